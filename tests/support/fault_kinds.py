"""What is killed in the middle, and what must hold afterwards: one class for each kind of work.

`prepare` makes the folder as it is before the work, `work` does it in a process of its own and tells each thing that
the window would have shown as saved, `check` looks at what the kill has left.
"""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState, Proposals
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import write_box_table
from engine.dataset.voc import read_voc, write_voc
from engine.dataset.yolo import read_yolo, write_yolo
from engine.geometry import Box
from support.fault_kinds_many import Merging, Proposing, Reboxing

Tell = Callable[[str], None]
DUMPS = Path(__file__).resolve().parent.parent / "projects"
_UNFINISHED = ".part"


class Kind(Protocol):
    """One kind of work that is killed."""

    def prepare(self, folder: Path) -> None: ...
    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None: ...
    def check(self, folder: Path, told: list[str]) -> None: ...


class Labelling:
    """Photo after photo is decided: boxes drawn, changed, taken back; classes renamed on the way."""

    photo_count = 60

    def prepare(self, folder: Path) -> None:
        with Project.open(folder) as project:
            project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(self.photo_count))
            project.class_named("cat")

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        with Project.open(folder) as project:
            for photo_id in range(1, self.photo_count + 1):
                boxes = tuple(self._box(draw) for _ in range(draw.randint(0, 4)))
                stored = project.put_content(PhotoContent(photo_id, PhotoState.REVIEWED, boxes), event="draw")
                tell(self._line(stored))
                if draw.random() < 0.3:
                    stored = project.put_content(replace(stored, boxes=stored.boxes[1:]), event="delete")
                    tell(self._line(stored))
                if draw.random() < 0.1:
                    project.rename_class(1, f"cat {photo_id}")
                    tell(f"class cat {photo_id}")

    def check(self, folder: Path, told: list[str]) -> None:
        with Project.open(folder) as project:
            assert not project.read_only, project.read_only_reason
            last = {line.split()[0]: line for line in told if not line.startswith("class")}
            found = {row.id: self._line(project.content(row.id)) for row in project.photos()}
            assert len(found) == self.photo_count
            newer = [line for key, line in last.items() if found[int(key)] != line]
            assert len(newer) <= 1, f"lost: {newer}"  # the one act that was on its way may be there
            undone = [row for row in project.photos() if row.state is PhotoState.REVIEWED]
            assert len(undone) - len(last) in (0, 1)
            if newer:  # then it is the next act on the last photo, not an earlier content of it
                assert newer[0] == list(last.values())[-1]
                assert len(project.content(int(newer[0].split()[0])).boxes) == len(newer[0].split()) - 3
            names = [line.removeprefix("class ") for line in told if line.startswith("class")]
            told_name = names[-1] if names else "cat"
            assert project.classes()[0].name == told_name or len(names) < sum(
                event.kind == "draw" for event in project.events()
            )

    @staticmethod
    def _box(draw: random.Random) -> BoxRow:
        x, y = draw.uniform(0, 50), draw.uniform(0, 50)
        return BoxRow(0, 1, Box(x, y, x + draw.uniform(1, 40), y + draw.uniform(1, 40)), BoxState.DRAWN)

    @staticmethod
    def _line(content: PhotoContent) -> str:
        return f"{content.photo_id} {content.state.value} " + " ".join(
            f"{box.id}:{box.box.x0!r},{box.box.y1!r}" for box in content.boxes
        )


class Prelabelling:
    """Proposals and maps come in by the batch while a person decides; deciding is what may not be lost."""

    photo_count = 60

    def prepare(self, folder: Path) -> None:
        with Project.open(folder) as project:
            project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(self.photo_count))
            project.class_named("cat")
            project.model_id("tiny", "0" * 64, {})

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        with Project.open(folder) as project:
            for start in range(1, self.photo_count + 1, 5):
                ids = range(start, start + 5)
                row = BoxRow(0, 1, Box(0, 0, 9, 9), BoxState.PROPOSED, 0.5, 0.3, 1, Box(0, 0, 9, 9))
                project.put_many_evidence((photo_id, 1, draw.randbytes(4000)) for photo_id in ids)
                project.put_many_proposals(Proposals(photo_id, (row,), 0.5, "") for photo_id in ids)
                content = project.content(start)
                accepted = tuple(replace(box, state=BoxState.ACCEPTED) for box in content.boxes)
                project.put_content(PhotoContent(start, PhotoState.REVIEWED, accepted), event="accept")
                tell(f"{start} {accepted[0].id}")

    def check(self, folder: Path, told: list[str]) -> None:
        with Project.open(folder) as project:
            assert not project.read_only, project.read_only_reason
            for line in told:
                photo_id, box_id = map(int, line.split())
                content = project.content(photo_id)
                assert content.state is PhotoState.REVIEWED, f"lost: {line}"
                assert [(box.id, box.state) for box in content.boxes] == [(box_id, BoxState.ACCEPTED)], f"lost: {line}"
            proposed = [row for row in project.photos() if row.state is PhotoState.PROPOSED]
            assert all(len(project.content(row.id).boxes) == 1 for row in proposed)
            for photo_id in project.photos_with_evidence():
                kept = project.evidence(photo_id)
                assert kept is not None
                assert len(kept[1]) == 4000


class Migrating:
    """A project of an earlier format is opened, and so brought up to date."""

    def __init__(self, number: int) -> None:
        self._number = number

    def prepare(self, folder: Path) -> None:
        home = folder / ".moltbox"
        home.mkdir(parents=True)
        connection = sqlite3.connect(home / "project.sqlite")
        connection.executescript((DUMPS / f"format_{self._number}.sql").read_text(encoding="utf-8"))
        connection.close()

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        Project.open(folder).close()
        tell("open")

    def check(self, folder: Path, told: list[str]) -> None:
        for kept in (folder / ".moltbox" / "backups").glob("*.sqlite"):
            connection = sqlite3.connect(kept)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",), kept.name
            connection.close()
        with Project.open(folder) as project:
            assert not project.read_only
            assert [row.state.value for row in project.photos()][1:] == [
                "reviewed", "reviewed", "reviewed", "skipped", "failed",
            ]  # fmt: skip
            assert [row.name for row in project.classes()] == ["cat", "Hündin", "gone for good"]
            assert len(project.content(2).boxes) == len(project.content(3).boxes) == 2
            assert project.setting("threshold:all") == 0.31
        connection = sqlite3.connect(folder / ".moltbox" / "project.sqlite")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


class Exporting:
    """COCO, VOC, YOLO and CSV are written again and again in each other's place, of two states of a project."""

    photo_count = 12

    def prepare(self, folder: Path) -> None:
        photos = folder / "photos"
        photos.mkdir(parents=True)
        for place in range(self.photo_count):
            (photos / f"{place}.jpg").write_bytes(bytes([place]) * 200_000)
        for state in (0, 1):
            self._export(folder, folder / f"whole-{state}", state)
        self._export(folder, folder / "out", 0)

    def work(self, folder: Path, draw: random.Random, tell: Tell) -> None:
        for number in range(3):
            self._export(folder, folder / "out", (number + 1) % 2)
            tell(str(number))

    def check(self, folder: Path, told: list[str]) -> None:
        count = 0
        for path in (folder / "out").rglob("*"):
            if path.is_file() and path.suffix != _UNFINISHED:
                name = path.relative_to(folder / "out")
                whole = [(folder / f"whole-{state}" / name).read_bytes() for state in (0, 1)]
                assert path.read_bytes() in whole, f"{name} is neither the old nor the new file"
                count += 1
        assert count == sum(path.is_file() for path in (folder / "whole-0").rglob("*"))  # none has gone
        assert read_coco(folder / "out" / "a.json").box_count > 0
        assert read_voc(folder / "out" / "voc").box_count > 0
        sizes = [(f"{place}.jpg", 100, 80) for place in range(self.photo_count)]
        assert len(read_yolo(folder / "out" / "yolo", sizes).photos) == self.photo_count

    def _export(self, folder: Path, out: Path, state: int) -> None:
        out.mkdir(exist_ok=True)
        boxes = tuple(LabelledBox("cat", Box(place, 0, place + 5, 50), 0.5) for place in range(1 + 3 * state))
        photos = tuple(LabelledPhoto(f"{place}.jpg", 100, 80, boxes) for place in range(self.photo_count))
        label_set = LabelSet(("cat", "dog"), photos)
        for place in range(self.photo_count):  # rewritten photos are copied anew
            (folder / "photos" / f"{place}.jpg").write_bytes(bytes([place]) * (200_000 + state))
        write_coco(out / "a.json", label_set)
        write_box_table(out / "a.csv", label_set, overwrite=True)
        with contextlib.redirect_stdout(io.StringIO()):
            write_voc(out / "voc", label_set, photos=folder / "photos", overwrite=True)
            write_yolo(out / "yolo", label_set, photos=folder / "photos", overwrite=True)


KINDS: dict[str, Kind] = {
    "labelling": Labelling(),
    "pre-labelling": Prelabelling(),
    "migrating from format 1": Migrating(1),
    "migrating from format 2": Migrating(2),
    "exporting": Exporting(),
    "making two classes one": Merging(),
    "boxing all photos anew": Reboxing(),
    "moltbox propose": Proposing(),
}


def fresh(kind: Kind, folder: Path) -> None:
    """Makes a kind's folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kind.prepare(folder)
