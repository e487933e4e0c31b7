"""The command `moltbox`: what it says, what it answers, and that it never shows a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import app.__main__ as door
from engine import __version__
from engine.dataset.coco import read_coco
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.geometry import Box
from support.sessions import write_photos

REPOSITORY = Path(__file__).resolve().parents[3]


def run_door(*words: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a shell starts it."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words], cwd=REPOSITORY, capture_output=True, text=True, timeout=timeout_s
    )


@pytest.mark.parametrize("verb", door.VERBS)
def test_every_verb_explains_itself_with_an_example(verb: str) -> None:
    said = run_door(verb, "--help")
    assert said.returncode == 0
    assert "example:" in said.stdout
    assert said.stderr == ""


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        door.main(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert all(f"    {verb} " in said for verb in door.VERBS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        door.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"moltbox {__version__}\n"


@pytest.mark.parametrize(
    ("words", "folder", "model"),
    [
        ([], None, None),
        (["photos"], Path("photos"), None),
        (["open", "photos"], Path("photos"), None),
        (["photos", "--model", "mine.molt"], Path("photos"), Path("mine.molt")),
        (["open", "demo"], Path("demo"), None),
    ],
)
def test_without_a_verb_the_window_opens(
    monkeypatch: pytest.MonkeyPatch, words: list[str], folder: Path | None, model: Path | None
) -> None:
    import app.window

    asked: list[tuple[Path | None, Path | None]] = []
    monkeypatch.setattr(app.window, "run_window", lambda *given: asked.append(given[:2]) or 0)
    assert door.main(words) == 0
    assert asked == [(folder, model)]


def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    for words in (
        ["propose", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")],
        ["export", str(tmp_path), "--out", str(tmp_path / "out")],
        ["export", str(tmp_path), "--out", str(tmp_path / "out"), "--format", "yolo9"],
    ):
        said = run_door(*words)
        assert said.returncode == 2
        assert said.stdout == ""
        assert said.stderr.startswith("moltbox: ")
        assert said.stderr.count("\n") == 1
        assert said.stderr.rstrip().endswith(".")


def test_wrong_words_are_refused_with_exit_code_2() -> None:
    said = run_door("propose")
    assert said.returncode == 2
    assert "the following arguments are required: folder" in said.stderr


def test_training_without_torch_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find_spec = door.importlib.util.find_spec
    monkeypatch.setattr(door.importlib.util, "find_spec", lambda name: None if name == "torch" else find_spec(name))
    assert door.main(["train", "photos", "--out", "mine.molt"]) == 2
    assert "train extra" in capsys.readouterr().err


def test_the_desktop_build_says_that_it_cannot_train(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert door.main(["train", "photos", "--out", "mine.molt"]) == 2
    assert "desktop build does not carry the trainer" in capsys.readouterr().err


def test_training_hands_its_words_and_exit_code_on(tmp_path: Path) -> None:
    said = run_door("train", str(tmp_path / "nowhere"), "--out", str(tmp_path / "mine.molt"))
    assert said.returncode == 2
    assert "nowhere" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.fixture
def reviewed_folder(tmp_path: Path) -> Path:
    """Three photos: one reviewed with an accepted and a rejected box, one reviewed without any, one only proposed."""
    root = write_photos(tmp_path / "photos")
    with Project.open(root) as project:
        files = [(path.name, path.stat()) for path in sorted(root.glob("photo_*.png"))]
        project.add_photos(FoundPhoto(name, stat.st_size, stat.st_mtime_ns) for name, stat in files)
        rows = project.photos()
        assert len(rows) == 3
        cat = project.class_named("cat")
        for row in rows:
            project.set_photo_size(row.id, 200, 100)

        def box(state: BoxState, *corners: float) -> BoxRow:
            return BoxRow(0, cat.id, Box(*corners), state, 0.5, 0.2, None, None)

        kept = (box(BoxState.ACCEPTED, 10, 20, 60, 80), box(BoxState.REJECTED, 1, 2, 3, 4))
        project.put_content(PhotoContent(rows[0].id, PhotoState.REVIEWED, kept), event="test")
        project.put_content(PhotoContent(rows[1].id, PhotoState.REVIEWED, ()), event="test")
        undecided = (box(BoxState.PROPOSED, 5, 5, 50, 50),)
        project.put_content(PhotoContent(rows[2].id, PhotoState.PROPOSED, undecided), event="test")
    return root


def test_export_writes_what_was_decided_and_nothing_else(reviewed_folder: Path, tmp_path: Path) -> None:
    said = run_door("export", str(reviewed_folder), "--out", str(tmp_path / "boxes"), "--format", "coco,voc")
    assert said.returncode == 0, said.stderr
    raw = json.loads((tmp_path / "boxes" / "annotations.coco.json").read_text("utf-8"))
    assert [annotation["bbox"] for annotation in raw["annotations"]] == [[10, 20, 50, 60]]
    assert len(raw["images"]) == 2  # the empty reviewed photo is a negative example
    assert list((tmp_path / "boxes" / "voc").rglob("*.xml"))


def test_export_can_bring_undecided_boxes_too(reviewed_folder: Path, tmp_path: Path) -> None:
    said = run_door("export", str(reviewed_folder), "--out", str(tmp_path / "boxes"), "--proposals")
    assert said.returncode == 0, said.stderr
    back = read_coco(tmp_path / "boxes" / "annotations.coco.json")
    boxes = sorted(each.box.as_tuple() for photo in back.photos for each in photo.boxes)
    assert boxes == [(5, 5, 50, 50), (10, 20, 60, 80)]
