"""The kinds of work during which the power is cut: those that are killed too, and three that wait for the disk.

`prepare`, `work` and `check` as in `support.fault_kinds`.
"""

from __future__ import annotations

import importlib
import random
import shutil
from pathlib import Path

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import write_box_table
from engine.geometry import Box
from support import fault_kinds
from support.fault_kinds import Kind, Tell


class NewProject:
    """A folder is opened for the first time and its first photos are decided."""

    def prepare(self, folder: Path) -> None:
        (folder / "photo.jpg").write_bytes(b"a photo")

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        with Project.open(folder) as project:
            project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(9))
            class_id = project.class_named("cat").id
            for photo_id in range(1, 10):
                box = BoxRow(0, class_id, Box(0, 0, photo_id, 9), BoxState.DRAWN)
                project.put_content(PhotoContent(photo_id, PhotoState.REVIEWED, (box,)), event="draw")
                tell(str(photo_id))

    def check(self, folder: Path, told: list[str]) -> None:
        assert (folder / "photo.jpg").read_bytes() == b"a photo"
        with Project.open(folder) as project:
            for line in told:
                (row,) = project.content(int(line)).boxes
                assert row.box.x1 == int(line), f"lost: {line}"


class WholeFiles:
    """A COCO file and a table are written again and again, of two states of a project."""

    def prepare(self, folder: Path) -> None:
        self._write(folder, 0)

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        for number in range(1, 6):
            self._write(folder, number)
            tell(str(number))

    def check(self, folder: Path, told: list[str]) -> None:
        least = int(told[-1]) if told else 0
        count = len(read_coco(folder / "a.json").photos[0].boxes)
        assert count in (1 + least, 2 + least), f"the file of {count - 1} is there, {least} was told"
        whole = folder.with_name("whole")
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir()
        tables = []
        for number in (least, least + 1):
            self._write(whole, number)
            tables.append((whole / "a.csv").read_bytes())
        assert (folder / "a.csv").read_bytes() in tables, "the table is neither the old nor the new one"

    @staticmethod
    def _write(folder: Path, number: int) -> None:
        boxes = tuple(LabelledBox("cat", Box(place, 0, place + 5, 50), 0.5) for place in range(1 + number))
        photos = tuple(LabelledPhoto(f"{place}.jpg", 100, 80, boxes) for place in range(12))
        write_coco(folder / "a.json", LabelSet(("cat", "dog"), photos))
        write_box_table(folder / "a.csv", LabelSet(("cat", "dog"), photos), overwrite=True)


class Checkpoints:
    """A training writes one checkpoint after another; the last one told must be there, or a later one."""

    def prepare(self, folder: Path) -> None:
        pass

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        checkpoint = importlib.import_module("trainer.checkpoint")
        for step in range(1, 6):
            model, optimiser = self._model(step)
            checkpoint.save_checkpoint(folder, model, optimiser, checkpoint.Progress(step, 1.0, "photos"))
            tell(str(step))

    def check(self, folder: Path, told: list[str]) -> None:
        checkpoint = importlib.import_module("trainer.checkpoint")
        newest = checkpoint.newest_checkpoint(folder)
        least = int(told[-1]) if told else 0
        step = 0
        if newest is not None:
            step = checkpoint.read_progress(newest).step
            model, optimiser = self._model(0)
            checkpoint.load_checkpoint(newest, model, optimiser)
            assert model.weight.detach().max().item() == step
        assert step in (least, least + 1), f"checkpoint {step} is there, {least} was told"

    @staticmethod
    def _model(step: int):
        torch = importlib.import_module("torch")
        model = torch.nn.Linear(40, 30)
        torch.nn.init.constant_(model.weight, step)
        return model, torch.optim.AdamW(model.parameters())


TAKEN_OVER = ("labelling", "pre-labelling", "migrating from format 2")
KINDS: dict[str, Kind] = {
    "opening a new folder": NewProject(),
    **{name: fault_kinds.KINDS[name] for name in TAKEN_OVER},
    "writing COCO and CSV": WholeFiles(),
    "writing checkpoints": Checkpoints(),
}
