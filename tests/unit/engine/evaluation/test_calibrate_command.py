"""`moltbox calibrate` from end to end, on generated photos and a tiny model whose maps are known."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.__main__ import main
from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.errors import Cancelled
from engine.evaluation import calibration_command
from engine.evaluation.calibration_looks import LookStore, Subject, fewer, look_at_all
from engine.evaluation.calibration_record import CalibrationRecord, photo_mark
from engine.evaluation.ground_truth import Target
from engine.geometry import Box
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile, read_manifest_fields
from support.photos import save_photo, shape_photo
from support.tiny_model import CLUSTERING, write_tiny_model

COUNT = 12
BAD_THRESHOLD = {"value": 0.02, "calibrated_on": "made for tests", "boxes_used": 0}
PROPAGATION = {"on": "tokens", "power": 6, "steps": 2}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `bright` of photos with one bright rectangle each, and their boxes beside it."""
    root = tmp_path_factory.mktemp("photos")
    generator = np.random.default_rng(0)
    labelled = []
    for number in range(COUNT):
        x0, y0 = (16 * int(cell) for cell in generator.integers(0, 7, 2))
        box = Box(x0, y0, x0 + 16 * int(generator.integers(4, 9)), y0 + 16 * int(generator.integers(4, 8)))
        photo = shape_photo(box, 320, 240, seed=number)
        save_photo(root / "bright" / f"{number}.png", photo)
        labelled.append(LabelledPhoto(f"bright/{number}.png", 320, 240, (LabelledBox("bright", box),)))
    write_coco(root / "boxes.json", LabelSet(("bright",), tuple(labelled)))
    return root


def model_file(folder: Path, **changes: Any) -> Path:
    return write_tiny_model(folder / "tiny.molt", **({"threshold": BAD_THRESHOLD} | changes))


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}


def test_a_bad_threshold_is_mended_and_only_the_manifest_differs(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path)
    before = model.read_bytes()
    assert main(["calibrate", str(model), str(photos), "--boxes", str(photos / "boxes.json")]) == 0
    out = tmp_path / "tiny-calibrated.molt"
    text = capsys.readouterr().out
    assert f"{COUNT} photos with {COUNT} boxes (boxes.json)" in text
    assert "cross-fitted" in text
    assert "centred box" in text
    assert f"Written: {out}" in text
    assert model.read_bytes() == before
    assert parts(out) == parts(model)
    manifest = ModelFile.read(out).manifest
    assert 0.05 < manifest.threshold < 0.8
    assert manifest.threshold_boxes_used == COUNT
    assert "boxes.json" in manifest.threshold_source
    record = CalibrationRecord.from_accuracy(manifest.accuracy)
    assert record is not None
    assert (record.photos, record.boxes, record.file) == (COUNT, COUNT, "boxes.json")
    assert "threshold" in record.chosen
    marks = [photo_mark(path) for path in sorted((photos / "bright").iterdir())]
    assert record.sketch.share_in(marks) == 1.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny-calibrated.molt", "tiny.molt"]
    unchanged = ("name", "classes", "input", "backbone", "training", "format_version")
    fields, new = read_manifest_fields(model), read_manifest_fields(out)
    assert all(new[name] == fields[name] for name in unchanged)


def test_every_kind_of_setting_can_be_chosen_and_told_as_json(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path, clustering=CLUSTERING, propagation=PROPAGATION)
    out = tmp_path / "new.molt"
    words = ["calibrate", str(model), str(photos), "--boxes", str(photos / "boxes.json"), "--out", str(out), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["settings"]) == {"propagation", "scales", "refinement", "pick"}
    assert told["threshold"]["before"] == 0.02
    assert told["threshold"]["after"] == ModelFile.read(out).manifest.threshold
    assert told["accuracy"]["after_on_these"]["0.5"] >= told["accuracy"]["before"]["0.5"]
    assert [round(bound, 9) for bound in told["accuracy"]["cross_fitted"]["0.5"]] == [1.0, 1.0, 1.0]
    assert told["written"] == str(out)


def test_only_some_settings_are_chosen(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = model_file(tmp_path)
    words = ["calibrate", str(model), str(photos), "--boxes", str(photos / "boxes.json"), "--in-place", "--json"]
    assert main([*words, "--only", "pick"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["settings"]) == ["pick"]
    assert told["threshold"]["after"] == ModelFile.read(model).manifest.threshold == 0.02
    assert main([*words, "--only", "threshold"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"] == {}
    assert ModelFile.read(model).manifest.threshold > 0.05


def test_without_boxes_the_threshold_is_chosen_and_the_file_says_so(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path)
    assert main(["calibrate", str(model), str(photos / "bright"), "--photos", "8"]) == 0
    assert "without boxes" in capsys.readouterr().out
    manifest = ModelFile.read(tmp_path / "tiny-calibrated.molt").manifest
    assert manifest.threshold != 0.02
    assert manifest.threshold_boxes_used == 0
    assert manifest.threshold_source.startswith("8 photos without boxes")
    record = CalibrationRecord.from_accuracy(manifest.accuracy)
    assert record is not None
    assert (record.photos, record.boxes) == (8, 0)
    words = [
        "propose",
        str(photos),
        "--model",
        str(tmp_path / "tiny-calibrated.molt"),
        "--out",
        str(tmp_path / "boxes"),
    ]
    assert main(words) == 0
    assert "Calibration: 8 photos without boxes" in capsys.readouterr().out
    assert main([*words, "--threshold", "0.5", "--overwrite"]) == 0
    assert "Calibration:" not in capsys.readouterr().out


def test_scoring_the_photos_of_the_choice_is_warned_of(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path)
    boxes = ["--boxes", str(photos / "boxes.json")]
    assert main(["calibrate", str(model), str(photos), *boxes, "--in-place", "--only", "threshold"]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(model), str(photos), *boxes, "--out", str(tmp_path / "scores")]) == 0
    assert "these are the photos on which this model's threshold was chosen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--photos", "0"], "--photos 0: expected 1 or more"),
        (["--threads", "-1"], "--threads -1: expected 1 or more"),
        (["--in-place", "--out", "x.molt"], "--in-place and --out: expected one of them"),
        (["--out", "MODEL"], "is the model itself"),
        (["--out", "no/where/x.molt"], "there is no folder"),
        (["--only", "colour"], "--only colour: expected some of threshold, propagation"),
        (["--only", ","], "--only is empty"),
        (["--only", "refinement"], "--only refinement: tiny.molt has no choice there"),
        (["--boxes", "none.json"], "none.json is not there"),
        (["--boxes", "MODEL"], "MODEL"),
        (["--boxes", "FEW"], "has boxes for 1 photo; expected 8 or more"),
    ],
)
def test_bad_input_is_one_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    model = model_file(tmp_path)
    few = tmp_path / "few.json"
    write_coco(few, LabelSet(("a",), (LabelledPhoto("a.png", 9, 9, (LabelledBox("a", Box(0, 0, 5, 5)),)),)))
    given = [{"MODEL": str(model), "FEW": str(few)}.get(word, word) for word in words]
    if "--boxes" not in given and "--only" in given:
        given += ["--boxes", str(photos / "boxes.json")]
    assert main(["calibrate", str(model), str(photos), *given]) == 2
    error = capsys.readouterr().err
    assert says.replace("MODEL", "tiny.molt") in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("*calibrated*"))


def test_without_boxes_other_settings_and_empty_folders_are_refused(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path)
    assert main(["calibrate", str(model), str(photos), "--only", "scales"]) == 2
    assert "without --boxes only the threshold" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["calibrate", str(model), str(tmp_path / "empty")]) == 2
    assert "0 photos to look at" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_replaced_unless_asked(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path)
    (tmp_path / "tiny-calibrated.molt").write_bytes(b"mine")
    words = ["calibrate", str(model), str(photos / "bright"), "--photos", "2"]
    assert main(words) == 2
    assert "is already there" in capsys.readouterr().err
    assert (tmp_path / "tiny-calibrated.molt").read_bytes() == b"mine"
    assert main([*words, "--overwrite"]) == 0


def test_photos_that_fail_are_named_and_left_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (photos / "bright").iterdir():
        (tmp_path / "bright").mkdir(exist_ok=True)
        (tmp_path / "bright" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "bright" / "3.png").write_bytes(b"")
    save_photo(tmp_path / "bright" / "4.png", shape_photo(Box(0, 0, 50, 50), 300, 200))
    model = model_file(tmp_path)
    assert main(["calibrate", str(model), str(tmp_path), "--boxes", str(photos / "boxes.json"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["photos"] == COUNT - 2
    assert "is empty" in told["failed"]["bright/3.png"]
    assert "its boxes are for 320 x 240" in told["failed"]["bright/4.png"]


def test_a_stopped_run_goes_on_and_comes_to_the_same(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = model_file(tmp_path)
    looks: list[int] = []
    plain_look = Localizer.look

    def counted_look(self: Localizer, photo: NDArray[np.uint8], **kwargs: Any) -> Any:
        if len(looks) == 5:
            looks.append(0)
            raise KeyboardInterrupt
        looks.append(1)
        return plain_look(self, photo, **kwargs)

    words = ["calibrate", str(model), str(photos), "--boxes", str(photos / "boxes.json"), "--out"]
    assert main([*words, str(tmp_path / "whole.molt")]) == 0
    monkeypatch.setattr(Localizer, "look", counted_look)
    assert main([*words, str(tmp_path / "stopped.molt")]) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert not (tmp_path / "stopped.molt").exists()
    assert (tmp_path / "stopped.molt.looks").exists()
    assert main([*words, str(tmp_path / "stopped.molt")]) == 0
    assert sum(looks) == COUNT
    assert (tmp_path / "stopped.molt").read_bytes() == (tmp_path / "whole.molt").read_bytes()


def test_looks_can_be_cancelled_and_a_damaged_store_is_begun_anew(photos: Path, tmp_path: Path) -> None:
    localizer = Localizer.open(model_file(tmp_path))
    subjects = [Subject(f"bright/{number}.png", Target(("bright",), None, ())) for number in range(4)]
    store = LookStore(tmp_path / "looks", "a")
    asked = iter([False, False, True])
    found = look_at_all(
        subjects,
        photos,
        localizer,
        lambda *_: ((0, 1.0),),
        store,
        mirror=True,
        on_failure=lambda _, why: pytest.fail(why),
        cancelled=lambda: next(asked),
    )
    samples = [next(found), next(found)]
    with pytest.raises(Cancelled):
        next(found)
    kept = store.get(subjects[1], localizer.model.class_names)
    assert kept is not None
    assert np.array_equal(kept.small_photo(), samples[1].small_photo())
    assert kept.place == ((0, 1.0),)
    store.close()
    other = LookStore(tmp_path / "looks", "b")
    assert other.get(subjects[1], localizer.model.class_names) is None
    other.close()
    (tmp_path / "looks").write_bytes(b"not a database" * 100)
    mended = LookStore(tmp_path / "looks", "a")
    assert mended.get(subjects[0], localizer.model.class_names) is None
    mended.discard()
    assert not (tmp_path / "looks").exists()


def test_fewer_photos_are_the_same_whatever_their_order() -> None:
    subjects = [Subject(f"{number}.jpg", None) for number in range(50)]
    few = fewer(subjects, 10)
    assert len(few) == 10
    assert set(fewer(subjects[::-1], 10)) == set(few)
    assert fewer(subjects, 50) == subjects
    assert set(fewer(subjects, 9)) < set(few)


def test_the_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["calibrate", "--help"])
    assert ended.value.code == 0
    assert "moltbox calibrate starter.molt" in capsys.readouterr().out
    assert calibration_command.EPILOG.count("exit code") == 1
