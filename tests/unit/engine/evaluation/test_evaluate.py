"""`moltbox evaluate` from its command line: figures of a model whose boxes are known, resuming, files, sentences."""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelSet
from engine.errors import FileInTheWayError, MoltboxError
from engine.evaluation import command
from engine.geometry import Box, iou
from engine.images import read_photo
from engine.localization.evidence import Evidence
from engine.localization.heat_map import HeatMap
from engine.localization.localizer import Localizer
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model
from support.true_boxes import HEIGHT, SHAPES, WIDTH, photo_name, save_shapes, save_shapes_with_coco


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    save_shapes_with_coco(root)
    return root


def evaluate(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


def report_in(out: Path) -> dict[str, Any]:
    return json.loads((out / command.REPORT_NAME).read_text(encoding="utf-8"))


def boxes_of(photos: Path) -> Path:
    return photos / "boxes.coco.json"


@pytest.fixture
def perfect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every map is 1 inside the photo's true box and 0 outside, on a grid whose cells are the photo's pixels."""
    truth = {number: box for number, (_, box) in enumerate(SHAPES)}
    look = Localizer.look

    def marked(self: Localizer, photo: np.ndarray, **kwargs: Any) -> Evidence:
        evidence = look(self, photo, **kwargs)
        number = next(
            number
            for number, box in truth.items()
            if photo[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)].std(axis=(0, 1)).max() == 0
        )
        values = np.zeros((HEIGHT, WIDTH), np.float32)
        box = truth[number]
        values[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = 1
        marks[id(evidence)] = values
        return evidence

    marks: dict[int, np.ndarray] = {}
    heat_map = Evidence.heat_map

    def known(self: Evidence, place: Any) -> HeatMap:
        values = marks[id(self)]
        found = heat_map(self, place)
        scales = tuple(replace(scale, values=values) for scale in found.scales)
        return replace(found, scales=scales, fused=values, refined=values)

    monkeypatch.setattr(Localizer, "look", marked)
    monkeypatch.setattr(Evidence, "heat_map", known)


def test_a_perfect_model_scores_100(perfect: None, photos: Path, model: Path, tmp_path: Path) -> None:
    assert evaluate(model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out") == 0
    report = report_in(tmp_path / "out")
    for field in ("gt_known", "cross_fitted", "some_threshold"):
        assert all(figure == {"share": 1, "low": 1, "high": 1} for figure in report[field].values())
    assert report["max_box_acc"] == report["max_box_acc_v2"]["mean"] == 1
    assert report["errors"] == {"right": 1}
    assert report["effort"]["as_it_stands"] == 1
    assert report["baselines"]["whole_photo"]["0.5"]["share"] == 0


def test_the_figures_are_those_of_the_boxes_that_propose_would_give(photos: Path, model: Path, tmp_path: Path) -> None:
    """Everything is worked out again with plain loops over the boxes at each threshold."""
    assert evaluate(model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out") == 0
    report = report_in(tmp_path / "out")
    localizer = Localizer.open(model)
    thresholds = [number / 100 for number in range(1, 100)]
    shipped, anywhere, top_1 = [], [], []
    for number, (name, box) in enumerate(SHAPES):
        evidence = localizer.look(read_photo(photos / photo_name(number)))
        index = evidence.class_names.index(name)
        heat_map = evidence.heat_map(index)
        overlap = [max((iou(each.box, box) for each in heat_map.boxes(cut)[:1]), default=0.0) for cut in thresholds]
        shipped.append(max((iou(each.box, box) for each in heat_map.boxes(0.4)[:1]), default=0.0))
        anywhere.append(max(*overlap, shipped[-1]))
        top_1.append(int(np.argmax(evidence.class_scores)) == index)
    for level in (0.5, 0.7):
        assert report["gt_known"][str(level)]["share"] == np.mean([value >= level for value in shipped])
        assert report["some_threshold"][str(level)]["share"] == np.mean([value >= level for value in anywhere])
    assert report["accuracy_top_1"]["share"] == np.mean(top_1)
    assert report["accuracy_top_5"]["share"] == 1
    assert report["top_1"]["share"] == np.mean(
        [hit and value >= 0.5 for hit, value in zip(top_1, shipped, strict=True)]
    )
    missed = [not hit and value >= 0.5 for hit, value in zip(top_1, shipped, strict=True)]
    assert report["right_box_wrong_class"] == np.mean(missed)
    assert [entry["name"] for entry in report["maps"]] == ["as proposed", "scale 128 alone", "scale 256 alone"]
    assert sum(entry["photos"] for entry in report["by_size"]) == len(SHAPES)
    effort = report["effort"]
    acts = ("as_it_stands", "slider", "other_map", "redrawn")
    assert sum(effort[act] for act in acts) == pytest.approx(1)
    assert effort["as_it_stands"] == np.mean([value >= 0.75 for value in shipped])


def stop_after(count: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Ctrl+C at the look after `count` looks; call the answer to take it away."""
    look = Localizer.look
    looks = [0]

    def stopping(self: Localizer, *args: Any, **kwargs: Any) -> Evidence:
        looks[0] += 1
        if looks[0] > count:
            raise KeyboardInterrupt
        return look(self, *args, **kwargs)

    monkeypatch.setattr(Localizer, "look", stopping)
    return lambda: monkeypatch.setattr(Localizer, "look", look)


def test_a_stopped_run_goes_on_and_comes_to_the_same(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (model, photos, "--boxes", boxes_of(photos))
    assert evaluate(*words, "--out", tmp_path / "whole") == 0
    go_on = stop_after(2, monkeypatch)
    assert evaluate(*words, "--out", tmp_path / "parts") == command.EXIT_STOPPED
    assert "Stopped after 2 photos; the same command goes on from there." in capsys.readouterr().err
    assert not (tmp_path / "parts" / command.REPORT_NAME).exists()
    go_on()
    looked = []
    look = Localizer.look
    monkeypatch.setattr(Localizer, "look", lambda self, *a, **k: looked.append(1) or look(self, *a, **k))
    assert evaluate(*words, "--out", tmp_path / "parts") == 0
    shown_again = 3  # the sheet's best, median and worst photos; each holds two of six
    assert len(looked) == len(SHAPES) - 2 + 2 * shown_again
    whole, parts = report_in(tmp_path / "whole"), report_in(tmp_path / "parts")
    for report in (whole, parts):
        report.pop("files")
    assert parts == whole
    sheets = [(tmp_path / name / command.SHEET_NAME).read_bytes() for name in ("whole", "parts")]
    assert sheets[0] == sheets[1]


@pytest.mark.parametrize("name", [command.REPORT_NAME, command.SHEET_NAME])
def test_a_file_of_somebody_else_is_replaced_only_with_overwrite(
    photos: Path, model: Path, tmp_path: Path, name: str
) -> None:
    words = (model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(FileInTheWayError, match=f"{name} is already there .* add --overwrite"):
        evaluate(*words, "--restart")
    assert [(path.name, path.read_text()) for path in (tmp_path / "out").iterdir()] == [(name, "mine")]
    assert evaluate(*words, "--overwrite") == 0
    assert (tmp_path / "out" / name).read_bytes() != b"mine"
    assert evaluate(*words) == 0  # now in the place of its own


def test_a_failed_photo_does_not_stop_the_others_and_is_tried_again(
    photos: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (photos / photo_name(1)).read_bytes()
    (photos / photo_name(1)).write_bytes(whole[:100])
    save_photo(photos / photo_name(2), shape_photo(SHAPES[2][1], 400, 300))
    words = (model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out")
    assert evaluate(*words) == command.EXIT_SOME_FAILED
    report = report_in(tmp_path / "out")
    assert (report["data"]["scored"], report["data"]["failed"]) == (4, 2)
    reasons = {entry["photo"]: entry["reason"] for entry in report["failures"]}
    assert "cut off or damaged" in reasons[photo_name(1)]
    assert reasons[photo_name(2)] == f"{photo_name(2)} is 400 x 300 pixels; its boxes are for 320 x 240."
    assert "Failed: 2 photos, the others are not affected." in capsys.readouterr().out
    (photos / photo_name(1)).write_bytes(whole)
    assert evaluate(*words) == command.EXIT_SOME_FAILED
    assert report_in(tmp_path / "out")["data"]["scored"] == 5


def test_another_evaluation_in_the_same_place_is_refused_until_it_may_begin_anew(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    words = (model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out")
    assert evaluate(*words) == 0
    with pytest.raises(MoltboxError, match="holds an evaluation with another --threshold; choose another --out, or"):
        evaluate(*words, "--threshold", "0.2")
    assert evaluate(*words, "--threshold", "0.2", "--restart") == 0
    assert report_in(tmp_path / "out")["model"]["threshold"] == 0.2
    (tmp_path / "out" / command.SCORES_NAME).write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(MoltboxError, match=r"scores.sqlite cannot be used \(file is not a database\)"):
        evaluate(*words)


def test_a_run_in_the_same_place_at_the_same_time_is_refused(photos: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with sqlite3.connect(out / command.SCORES_NAME, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(MoltboxError, match="is in use by another evaluation"):
            evaluate(model, photos, "--boxes", boxes_of(photos), "--out", out)


def test_labels_that_the_model_does_not_know_have_no_top_k(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "photos"
    named = save_shapes(root)
    for photo in named.photos:
        (root / photo.path.replace("bright", "lantern").replace("red", "rose")).parent.mkdir(
            exist_ok=True, parents=True
        )
        (root / photo.path).rename(root / photo.path.replace("bright", "lantern").replace("red", "rose"))
    words = {"bright": "lantern", "red": "rose"}
    renamed = tuple(
        replace(
            photo,
            path=photo.path.replace("bright", "lantern").replace("red", "rose"),
            boxes=tuple(replace(box, class_name=words[box.class_name]) for box in photo.boxes),
        )
        for photo in named.photos
    )
    write_coco(root / "boxes.json", LabelSet(("lantern", "rose"), renamed))
    assert evaluate(model, root, "--boxes", root / "boxes.json", "--out", tmp_path / "out", "--json") == 0
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert report == report_in(tmp_path / "out")
    assert report["top_1"] is report["accuracy_top_5"] is None
    assert report["not_applicable"]["top_1"] == "the model knows none of the labels."
    assert report["unknown_labels"] == {"lantern": 3, "rose": 3}
    assert report["gt_known"]["0.5"]["share"] > 0.5
    assert "2 classes here new to the model" in told.err


def test_a_photo_of_several_classes_counts_once_for_each(tmp_path: Path, model: Path) -> None:
    root = tmp_path / "photos"
    label_set = save_shapes(root)
    first = label_set.photos[0]
    both = replace(
        first, path="a.png", boxes=(first.boxes[0], LabelledBox("dark", Box(0, 180, 320, 240)), first.boxes[0])
    )
    (root / first.path).rename(root / "a.png")
    write_coco(root / "boxes.json", LabelSet(("bright", "red", "dark"), (both, replace(both, path="b.png", boxes=()))))
    save_photo(root / "b.png", shape_photo(SHAPES[0][1]))
    assert evaluate(model, root, "--boxes", root / "boxes.json", "--out", tmp_path / "out") == 0
    data = report_in(tmp_path / "out")["data"]
    assert (data["scored"], data["classes_on_photos"], data["without_boxes"], data["with_several_boxes"]) == (
        1,
        2,
        1,
        1,
    )


def test_a_limit_takes_photos_from_the_whole_data_set(photos: Path, model: Path, tmp_path: Path) -> None:
    words = (model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out")
    assert evaluate(*words, "--limit", "2") == 0
    with sqlite3.connect(tmp_path / "out" / command.SCORES_NAME) as scores:
        assert scores.execute("SELECT path FROM photo").fetchall() == [(photo_name(0),), (photo_name(5),)]


def test_one_photo_is_too_few_for_two_halves(photos: Path, model: Path, tmp_path: Path) -> None:
    words = (model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out", "--limit", "1")
    assert evaluate(*words) == 0
    assert report_in(tmp_path / "out")["cross_fitted"] is None


def kinds(value: Any) -> Any:
    """The fields and kinds of values of a JSON document; numbers are alike, lists by their first entry."""
    if isinstance(value, dict):
        return {name: kinds(each) for name, each in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


SHARE = {"share": "number", "low": "number", "high": "number"}
AT_TWO = {"0.5": SHARE, "0.7": SHARE}


def test_the_fields_of_the_json_report_stay(photos: Path, model: Path, tmp_path: Path) -> None:
    """Other programs read them: a change here is a new `schema_version`."""
    words = (model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out", "--mode", "tscam")
    assert evaluate(*words) == 0
    report = report_in(tmp_path / "out")
    assert report["schema_version"] == 1
    assert kinds(report) == {
        "schema_version": "number",
        "moltbox": "str",
        "date": "str",
        "model": {
            "name": "str",
            "file": "str",
            "sha256": "str",
            "backbone": "str",
            "threshold": "number",
            "own_threshold": "number",
            "calibrated_on": "str",
            "boxes_used": "number",
            "note": "NoneType",
        },
        "data": {
            "name": "str",
            "layout": "str",
            "photos": "str",
            "boxes": ["str"],
            "scored": "number",
            "failed": "number",
            "without_boxes": "number",
            "classes_on_photos": "number",
            "with_several_boxes": "number",
        },
        "not_applicable": {"px_ap": "str"},
        "gt_known": {"0.3": SHARE} | AT_TWO,
        "cross_fitted": AT_TWO,
        "some_threshold": AT_TWO,
        "max_box_acc": "number",
        "max_box_acc_v2": dict.fromkeys(("mean", "0.3", "0.5", "0.7"), "number"),
        "baselines": {"centred_box": AT_TWO, "centred_box_side": "number", "whole_photo": AT_TWO},
        "maps": [
            {
                "name": "str",
                "kind": "str",
                "at_threshold": AT_TWO,
                "cross_fitted": AT_TWO,
                "some_threshold": AT_TWO,
                "gain_of_proposal": "NoneType",
            }
        ],
        "by_size": [{"size": "str", "photos": "number", "gt_known": SHARE}],
        "errors": {"right": "number"},
        "effort": {
            "right_at_iou": "number",
            "as_it_stands": "number",
            "slider": "number",
            "other_map": "number",
            "redrawn": "number",
            "hours_per_1000": dict.fromkeys(
                ("with_proposals", "with_proposals_and_clicking", "all_drawn", "all_clicked"), "number"
            ),
            "seconds": dict.fromkeys(("judge_s", "slide_s", "switch_s", "draw_s", "click_s"), "number"),
        },
        "top_1": SHARE,
        "top_5": SHARE,
        "accuracy_top_1": SHARE,
        "accuracy_top_5": SHARE,
        "right_box_wrong_class": "number",
        "unknown_labels": {},
        "px_ap": "NoneType",
        "parity": dict.fromkeys(("gt_known", "top_1", "top_5"), "number") | {"mode": "str"},
        "failures": [],
        "files": ["str"],
    }
    gain = report["maps"][1]["gain_of_proposal"]
    assert kinds(gain) == AT_TWO


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--threshold", "2"), "--threshold 2: expected a number from 0 to 1."),
        (("--limit", "0"), "--limit 0: expected 1 or more."),
        (("--boxes", "gone.json"), "gone.json is not there."),
        (("--class-list", "gone.txt"), "gone.txt cannot be read: No such file or directory."),
    ],
)
def test_bad_words_are_told_in_one_sentence(
    photos: Path, model: Path, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(MoltboxError) as caught:
        evaluate(model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out", *words)
    assert str(caught.value) == sentence


def test_photos_that_are_not_there_are_found_out_before_the_work(model: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(MoltboxError, match=r"None of the 6 photos that .*; the first is val/bright/0\.png"):
        evaluate(model, tmp_path / "elsewhere", "--boxes", boxes_of(photos), "--out", tmp_path / "out")
    write_coco(tmp_path / "empty.json", LabelSet((), ()))
    with pytest.raises(MoltboxError, match="no photo is named there"):
        evaluate(model, photos, "--boxes", tmp_path / "empty.json", "--out", tmp_path / "out")
    for photo in photos.rglob("*.png"):
        photo.write_bytes(b"")
    with pytest.raises(MoltboxError, match=r"No photo could be scored; the first, val/bright/0.png: 0.png is empty\."):
        evaluate(model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "out")


def test_the_folder_for_the_result_must_be_to_be_had(model: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MoltboxError, match="name a folder that can be written to with --out"):
        evaluate(model, photos, "--boxes", boxes_of(photos), "--out", tmp_path / "file" / "out")
