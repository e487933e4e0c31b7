"""Every command that README and documents show: all are read by their programs, those of a session are run.

The session's photos, labels and model are generated and small, and have the names that the documents use. What takes
long has tests of its own: the trainings of docs/reproduce.md (`unit/trainer/test_reproduce.py`), the quick preset
(`stories/test_training_for_real.py`); the benchmarks are run by hand, and read here.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from app import __main__ as door
from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.geometry import Box
from support.document_commands import CHECKS, REPOSITORY, Command, commands, documents
from support.photos import RED, WHITE, save_photo, shape_photo
from support.tiny_model import write_tiny_model

COUNT = 4
ALL = [command for path in documents() for command in commands(path)]
READ_ONLY_DOCUMENTS = {
    "docs/reproduce.md": "unit/trainer/test_reproduce.py runs them on tiny copies of the real folders",
    "CHANGELOG.md": "they were run by the version that they tell of",
    "docs/results.md": "they need the development photos, and minutes to hours",
}
ELSEWHERE = {
    "check": "README.md's is run; it takes seconds and is the same everywhere",
    "train": "a training takes minutes; stories/test_training_for_real.py runs one",
    "CUB_200_2011": "unit/engine/evaluation/test_layouts.py writes such a folder",
    "ILSVRC/val": "unit/engine/evaluation/test_layouts.py writes such a folder",
}


def runs(command: Command) -> bool:
    """Whether the session runs it: whole commands of ours, with the names that the session has."""
    if command.words[0] != "moltbox" or command.document in READ_ONLY_DOCUMENTS:
        return False
    words = set(command.words)
    if words == {"moltbox", "check"}:
        return command.document == "README.md"
    is_whole = command.in_block or len(words & {"photos", "birds", "demo"}) > 0
    return is_whole and not words & set(ELSEWHERE) and "--help" not in words and "--ray" not in words


def write_photos(folder: Path) -> None:
    """Photos of two classes that the tiny model knows, with their boxes in the places that the documents name."""
    generator = np.random.default_rng(0)
    labelled = []
    for name, colour in (("bright", WHITE), ("red", RED)):
        for number in range(COUNT):
            x0, y0 = (16 * int(cell) for cell in generator.integers(0, 7, 2))
            box = Box(x0, y0, x0 + 96, y0 + 80)
            save_photo(folder / name / f"{number}.png", shape_photo(box, 320, 240, colour=colour, seed=number))
            labelled.append(LabelledPhoto(f"{name}/{number}.png", 320, 240, (LabelledBox(name, box),)))
    for place in ("labels.json", "boxes.json", f"{folder.name}/boxes.coco.json"):
        write_coco(folder.parent / place, LabelSet(("bright", "red"), tuple(labelled)))


@pytest.mark.parametrize("command", ALL, ids=str)
def test_its_program_takes_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    program, *words = command.words
    assert program in CHECKS, f"say in support/document_commands.py how a command of {program} is checked"
    monkeypatch.chdir(REPOSITORY)
    CHECKS[program](words, monkeypatch)


@pytest.mark.parametrize("document", sorted({command.document for command in ALL if runs(command)}))
def test_a_session_by_the_document_works(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("photos", "birds"):
        write_photos(tmp_path / name)
        assert door.main(["import", str(tmp_path / name), str(tmp_path / "labels.json")]) == 0
    for name in ("mine.molt", "birds.molt"):
        write_tiny_model(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    opened: list[tuple[Path | None, Path | None]] = []
    monkeypatch.setattr("app.window.run_window", lambda folder, model, _argv: opened.append((folder, model)) or 0)
    for command in ALL:
        if command.document != document or not runs(command):
            continue
        code = door.main(list(command.words[1:]))
        told = capsys.readouterr()
        assert code == 0, f"{command}\n{told.out}\n{told.err}"
        for word, following in zip(command.words, [*command.words[1:], ""], strict=True):
            if word == "--out":
                assert Path(following).exists(), str(command)
    for folder, model in opened:
        assert folder is None or folder.is_dir()
        assert model is None or model.is_file()


def test_the_documents_do_show_commands() -> None:
    found = [str(command) for command in ALL]
    assert sum(runs(command) for command in ALL) >= 12, found
    assert {"README.md", "docs/guide.md", "docs/evaluate.md"} <= {c.document for c in ALL if runs(c)}
    assert not any(os.path.isabs(word) for command in ALL for word in command.words), found  # noqa: PTH117 - words
