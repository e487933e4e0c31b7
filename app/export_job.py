"""Writes the boxes to a label file, reads the file back, and says in plain facts what it holds."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QThread, Signal

from app.texts import thousands, tr, tr_count
from app.threads import failures_told, wait_or_let_go
from engine.dataset.coco import read_coco, write_coco
from engine.dataset.headers import sized
from engine.dataset.project import Project
from engine.dataset.records import LabelledPhoto, LabelSet, Skipped
from engine.dataset.table import read_box_table, write_box_table
from engine.dataset.voc import Dialect, read_voc, write_voc
from engine.dataset.yolo import read_yolo, write_yolo
from engine.errors import Cancelled, FileInTheWayError

ExportFormat = Literal["coco", "voc", "yolo", "csv"]
Progress = Callable[[int, int], None]
"""Told (done, total); raises `Cancelled` to stop the work."""

_CLOSING_MS = 2000
_TOLD_EVERY_S = 0.1
_TOLERANCE_PX: dict[ExportFormat, float] = {"coco": 1e-6, "voc": 1.0, "yolo": 1e-3, "csv": 1e-9}
"""How far a coordinate may come back from where it was: VOC holds whole pixels, and no box thinner than one."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export: a COCO or CSV file, or a folder of VOC or YOLO files, at `target`.

    Attributes:
        include_proposals: also boxes that nobody has decided on; otherwise only photos a person called done.
        include_empty: also photos without a box, which are negative examples.
        only: relative paths of the photos to export; None for all.
        dialect: VOC only: how its pixels are counted.
        copy_photos: VOC and YOLO only: copy the photos beside the labels.
        overwrite: also in the place of files that Moltbox did not write.
    """

    format: ExportFormat
    target: Path
    include_proposals: bool = False
    include_empty: bool = True
    only: frozenset[str] | None = None
    dialect: Dialect = "devkit"
    copy_photos: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the result: what was found, what it means, and the photos it is about (relative paths)."""

    kind: Literal["ok", "warn", "info", "bad"]
    title: str
    text: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What came of an export, as facts for a person.

    `ok` where the files read back hold what was to be written; `in_the_way` where nothing was written because a file of
    somebody else stands there.
    """

    ok: bool
    title: str
    facts: tuple[Fact, ...]
    elapsed_s: float
    written: Path
    photo_count: int = 0
    box_count: int = 0
    in_the_way: bool = False


class ExportJob(QThread):
    """Runs one export beside the window, with a connection of its own to the project's file."""

    progress = Signal(int, int)
    ended = Signal(object)

    def __init__(self, project: Project, request: ExportRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = project.root
        self._home = project.path.parent
        self._request = request
        self._stopped = threading.Event()
        self._told_s = 0.0

    def stop(self) -> None:
        """Asks the export to end and waits for that, two seconds at most."""
        self._stopped.set()
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        started_s = time.monotonic()

        def fail(sentence: str) -> None:
            self.ended.emit(self._not_exported(Fact("bad", tr("Nothing was exported"), sentence), started_s))

        with failures_told(fail):
            self.ended.emit(self._export(started_s))

    def _export(self, started_s: float) -> ExportReport:
        try:
            with Project.open(self._root, read_only=True, location=self._home) as project:
                return export(project, self._request, self._tell)
        except Cancelled as error:
            return self._not_exported(Fact("info", tr("Stopped"), str(error)), started_s)
        except FileInTheWayError as error:
            report = self._not_exported(Fact("warn", tr("Nothing was exported"), str(error)), started_s)
            return replace(report, in_the_way=True)
        except OSError as error:
            sentence = tr("{path} cannot be written: {reason}.", path=self._request.target, reason=error.strerror)
            return self._not_exported(Fact("bad", tr("Nothing was exported"), sentence), started_s)

    def _not_exported(self, fact: Fact, started_s: float) -> ExportReport:
        return ExportReport(False, tr("Not exported"), (fact,), time.monotonic() - started_s, self._request.target)

    def _tell(self, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise Cancelled("The export was stopped.")
        if time.monotonic() - self._told_s > _TOLD_EVERY_S:
            self._told_s = time.monotonic()
            self.progress.emit(done, total)


def export(project: Project, request: ExportRequest, on_progress: Progress | None = None) -> ExportReport:
    """Writes the project's boxes, reads the files back and compares.

    Raises:
        LabelFileError: the files cannot be written, or are not ours to replace.
        Cancelled: `on_progress` said so; a COCO file is then not there, of VOC files those written so far.
    """
    started_s = time.monotonic()
    tell = on_progress or _tell_nobody
    scope = "all" if request.include_proposals else "reviewed"
    given = project.label_set(scope, include_proposals=request.include_proposals)
    wanted_photos = (photo for photo in given.photos if request.only is None or photo.path in request.only)
    given = replace(given, photos=tuple(photo for photo in wanted_photos if photo.boxes or request.include_empty))
    given, turned = _read_headers(given, project.root, tell)
    written = _write(given, request, project.root, tell)
    read = _read_back(given, written, request)
    left_out = {skipped.path for skipped in written.skipped}
    wanted = replace(given, photos=tuple(photo for photo in given.photos if photo.path not in left_out))
    difference = compare(wanted, read, numbered=request.format == "coco", stale_count=len(written.stale))
    same = difference.sentence == "" and difference.largest_px <= _TOLERANCE_PX[request.format]
    facts = [
        _about_reading_back(wanted, difference, request.format, same=same),
        *_about_numbers(request.format, same=same),
        *_about_turned(turned),
        *_about_empty(wanted, request.format),
        *_about_left_out(written.skipped),
        *_about_stale(written.stale, request.target),
    ]
    title = tr("Written and read back: no difference") if same else tr("Written, but it reads back differently")
    elapsed_s = time.monotonic() - started_s
    return ExportReport(same, title, tuple(facts), elapsed_s, request.target, written.photo_count, written.box_count)


@dataclass(frozen=True, slots=True)
class _Written:
    photo_count: int
    box_count: int
    skipped: tuple[Skipped, ...]
    stale: tuple[Path, ...] = ()


def _write(given: LabelSet, request: ExportRequest, root: Path, tell: Progress) -> _Written:
    target, photos = request.target, root if request.copy_photos else None
    target.parent.mkdir(parents=True, exist_ok=True)
    if request.format == "coco":
        report = write_coco(target, given, overwrite=request.overwrite)
        return _Written(report.photo_count, report.box_count, report.skipped)
    if request.format == "csv":
        skipped = write_box_table(target, given, overwrite=request.overwrite)
        left_out = {each.path for each in skipped}
        kept = [photo for photo in given.photos if photo.path not in left_out]
        return _Written(len(kept), sum(len(photo.boxes) for photo in kept), skipped)
    if request.format == "yolo":
        report = write_yolo(target, given, photos=photos, overwrite=request.overwrite, on_progress=tell)
    else:
        report = write_voc(
            target, given, dialect=request.dialect, photos=photos, overwrite=request.overwrite, on_progress=tell
        )
    return _Written(report.photo_count, report.box_count, report.skipped, report.stale)


def _read_back(given: LabelSet, written: _Written, request: ExportRequest) -> LabelSet:
    if not written.photo_count:
        return LabelSet((), ())
    if request.format == "coco":
        return read_coco(request.target)
    if request.format == "csv":
        return read_box_table(request.target)
    if request.format == "yolo":
        return read_yolo(request.target, [(photo.path, photo.width, photo.height) for photo in given.photos])
    return read_voc(request.target)


@dataclass(frozen=True, slots=True)
class Difference:
    """How label sets differ: the first difference as a sentence, "" for none; the largest coordinate difference."""

    sentence: str
    largest_px: float


def compare(wanted: LabelSet, read: LabelSet, *, numbered: bool, stale_count: int = 0) -> Difference:
    """Compares what was to be written with what was read back, photo by photo and box by box.

    Args:
        numbered: the format keeps the numbers of photos and boxes, so they are compared too.
        stale_count: photos of earlier exports that the files hold beyond those wanted.
    """
    found = {photo.path: photo for photo in read.photos}
    too_many = len(found) - stale_count - len(wanted.photos)
    if too_many > 0:
        return Difference(_unexpected(too_many), 0.0)
    largest_px = 0.0
    for photo in wanted.photos:
        other = found.get(photo.path)
        if other is None:
            return Difference(tr("{photo} did not come back.", photo=photo.path), largest_px)
        sentence = _differs(photo, other, numbered=numbered)
        if sentence:
            return Difference(sentence, largest_px)
        for mine, theirs in zip(photo.boxes, other.boxes, strict=True):
            pairs = zip(mine.box.as_tuple(), theirs.box.as_tuple(), strict=True)
            largest_px = max(largest_px, *(abs(a - b) for a, b in pairs))
    return Difference("", largest_px)


def _unexpected(count: int) -> str:
    return tr_count(
        "{count} photo more than expected came back.", "{count} photos more than expected came back.", count
    )


def _differs(photo: LabelledPhoto, other: LabelledPhoto, *, numbered: bool) -> str:
    if (photo.width, photo.height) != (other.width, other.height):
        return tr(
            "{photo} came back as {width} x {height} pixels.", photo=photo.path, width=other.width, height=other.height
        )
    if [box.class_name for box in photo.boxes] != [box.class_name for box in other.boxes]:
        return tr("{photo} came back with other boxes or classes.", photo=photo.path)
    numbers = [each.source_id for each in (photo, *photo.boxes)]
    if numbered and numbers != [each.source_id for each in (other, *other.boxes)]:
        return tr("{photo} came back with other numbers.", photo=photo.path)
    return ""


def _read_headers(given: LabelSet, root: Path, tell: Progress) -> tuple[LabelSet, tuple[str, ...]]:
    """Fills in sizes that are not known yet, and finds the photos that EXIF turns."""
    photos, turned = [], []
    for done, photo in enumerate(given.photos):
        tell(done, len(given.photos))
        photo, is_turned = sized(photo, root)
        photos.append(photo)
        if is_turned:
            turned.append(photo.path)
    return replace(given, photos=tuple(photos)), tuple(turned)


def _about_reading_back(wanted: LabelSet, difference: Difference, file_format: ExportFormat, *, same: bool) -> Fact:
    if not same:
        sentence = difference.sentence or tr("A coordinate came back {off:.2f} px off.", off=difference.largest_px)
        return Fact("bad", tr("Not all came back as it was written"), sentence)
    used = {box.class_name for photo in wanted.photos for box in photo.boxes}
    parts = (
        tr_count("{count} photo", "{count} photos", len(wanted.photos)),
        tr_count("{count} box", "{count} boxes", wanted.box_count),
        tr_count("{count} class", "{count} classes", len(used)),
    )
    text = tr("Largest coordinate difference {off:.2f} px", off=difference.largest_px)
    if file_format == "voc":
        text = tr("{difference}. VOC keeps whole pixels.", difference=text)
    return Fact("ok", tr("{what} read back by Moltbox", what=", ".join(parts)), text)


def _about_numbers(file_format: ExportFormat, *, same: bool) -> list[Fact]:
    if file_format != "coco" or not same:
        return []
    return [Fact("ok", tr("Numbers are the project's own"), tr("They stay the same from export to export."))]


def _about_turned(turned: tuple[str, ...]) -> list[Fact]:
    if not turned:
        return []
    title = tr_count("{count} photo is turned by EXIF", "{count} photos are turned by EXIF", len(turned))
    text = tr("Boxes are in the upright frame. Readers that ignore EXIF will show them turned.")
    return [Fact("warn", title, text, turned)]


def _about_empty(wanted: LabelSet, file_format: ExportFormat) -> list[Fact]:
    empty = tuple(photo.path for photo in wanted.photos if photo.verified and not photo.boxes)
    if not empty:
        return []
    words: dict[ExportFormat, str] = {
        "coco": tr("Listed with no annotation, as COCO expects."),
        "voc": tr("Written without an object."),
        "yolo": tr("Their label files are empty."),
        "csv": tr("Each has a line without a box."),
    }
    text = words[file_format]
    title = tr_count("{count} reviewed photo has no box", "{count} reviewed photos have no box", len(empty))
    return [Fact("info", title, text, empty)]


def _about_left_out(skipped: tuple[Skipped, ...]) -> list[Fact]:
    if not skipped:
        return []
    reasons = Counter(each.reason for each in skipped)
    text = " ".join(
        reason if count == 1 else tr("{reason} ({count} photos)", reason=reason, count=thousands(count))
        for reason, count in reasons.most_common(3)
    )
    title = tr_count("{count} photo is left out", "{count} photos are left out", len(skipped))
    return [Fact("warn", title, text, tuple(each.path for each in skipped))]


def _about_stale(stale: tuple[Path, ...], target: Path) -> list[Fact]:
    if not stale:
        return []
    first = min(path.relative_to(target).as_posix().partition("/")[2] for path in stale)
    title = tr_count(
        "{count} file of an earlier export left there", "{count} files of an earlier export left there", len(stale)
    )
    return [Fact("warn", title, tr("No exported photo belongs to {file}.", file=first))]


def _tell_nobody(_done: int, _total: int) -> None:
    return
