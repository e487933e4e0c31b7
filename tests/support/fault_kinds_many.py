"""More of what is killed in the middle: acts on very many photos, and proposing for a folder without a window."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState, Proposals
from engine.geometry import Box
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model

Tell = Callable[[str], None]
REPOSITORY = Path(__file__).resolve().parents[2]
_OLD, _NEW = Box(0, 0, 9, 9), Box(1, 1, 7, 7)


class Merging:
    """A class of many boxes is made one with another, part by part; each part stays, and the rest can follow."""

    photo_count, together = 300, 20

    def prepare(self, folder: Path) -> None:
        with Project.open(folder) as project:
            project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(self.photo_count))
            for name in ("cat", "tom"):
                project.class_named(name)
            row = BoxRow(0, 2, _OLD, BoxState.PROPOSED, 0.5, 0.3)
            project.put_many_proposals(Proposals(place + 1, (row,), 0.5) for place in range(self.photo_count))

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        with Project.open(folder) as project:
            moved = 0
            while True:
                gone = project.merge_classes(2, 1, most=self.together)
                moved += len(gone.box_ids)
                tell(str(moved))
                if gone.is_out:
                    return

    def check(self, folder: Path, told: list[str]) -> None:
        with Project.open(folder) as project:
            moved = sum(box.class_id == 1 for row in project.photos() for box in project.content(row.id).boxes)
            left = sum(box.class_id == 2 for row in project.photos() for box in project.content(row.id).boxes)
            assert moved + left == self.photo_count
            at_least = int(told[-1]) if told else 0
            assert moved - at_least in (0, self.together), f"lost: {at_least} were told, {moved} are there"
            names = [row.name for row in project.classes()]
            assert names == (["cat", "tom"] if left else ["cat"])
            while left and not project.merge_classes(2, 1, most=self.together).is_out:
                pass
            assert [row.name for row in project.classes()] == ["cat"]


class Reboxing:
    """All proposals are made anew, some photos a transaction; each photo has its old box or its new one."""

    photo_count, together = 300, 10

    def prepare(self, folder: Path) -> None:
        with Project.open(folder) as project:
            project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(self.photo_count))
            project.class_named("cat")
            row = BoxRow(0, 1, _OLD, BoxState.PROPOSED, 0.5, 0.3)
            project.put_many_proposals(Proposals(place + 1, (row,), 0.5) for place in range(self.photo_count))

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        def anew(content: PhotoContent) -> Proposals:
            return Proposals(content.photo_id, (replace(content.boxes[0], id=0, box=_NEW),), 0.4)

        with Project.open(folder) as project:
            for start in range(1, self.photo_count + 1, self.together):
                project.propose_anew(range(start, start + self.together), anew)
                tell(str(start + self.together - 1))

    def check(self, folder: Path, told: list[str]) -> None:
        with Project.open(folder) as project:
            boxes = [project.content(row.id).boxes for row in project.photos()]
            assert all(len(each) == 1 and each[0].box in (_OLD, _NEW) for each in boxes)
            assert all(row.state is PhotoState.PROPOSED for row in project.photos())
            new = [each[0].box == _NEW for each in boxes]
            count = sum(new)
            assert new == [place < count for place in range(self.photo_count)]
            assert count - (int(told[-1]) if told else 0) in (0, self.together)


class Proposing:
    """`moltbox propose` over a folder; resumed, it writes what a run that was never killed writes, to the byte."""

    photo_count = 24

    def prepare(self, folder: Path) -> None:
        for place in range(self.photo_count):
            photo = shape_photo(Box(8 + place, 8, 60 + place, 60), width=120, height=96, seed=place)
            save_photo(folder / "photos" / "bright" / f"{place}.png", photo)
        write_tiny_model(folder / "tiny.molt")
        self._propose(folder, "whole")

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        os.execve(sys.executable, self._words(folder, "out"), self._surroundings())  # noqa: S606 - our own command

    def check(self, folder: Path, told: list[str]) -> None:
        begun = (folder / "out" / "proposals.jsonl").exists()
        self._propose(folder, "out", *(["--resume"] if begun else []))
        found, wanted = ((folder / place / "annotations.coco.json").read_bytes() for place in ("out", "whole"))
        assert found == wanted, "the label file is not that of a whole run"

    def _propose(self, folder: Path, out: str, *more: str) -> None:
        subprocess.run(
            [*self._words(folder, out), *more], env=self._surroundings(), check=True, capture_output=True, timeout=120
        )

    @staticmethod
    def _words(folder: Path, out: str) -> list[str]:
        words = [sys.executable, "-m", "app", "propose", str(folder / "photos"), "--model", str(folder / "tiny.molt")]
        return [*words, "--out", str(folder / out), "--format", "coco", "--processes", "1"]

    @staticmethod
    def _surroundings() -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(REPOSITORY)}
