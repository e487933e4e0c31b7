"""The project's boxes out to label files and in from them, as SQL; the project wraps these in transactions.

Numbers in files stay the same from export to export: a photo's, a class's and a box's number is its id, which is
never given twice, or the number it was imported with.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.dataset import box_rows, class_rows, coco_fields, foreign_rows, photo_rows
from engine.dataset.foreign import Foreign
from engine.dataset.project_records import BoxRow, BoxState, PhotoRow, PhotoState
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet, Skipped
from engine.errors import PhotoError, ProjectError
from engine.images import read_header

Scope = Literal["reviewed", "all"]

_LARGEST_KEPT_NUMBER = 2**53  # ids go on above the largest kept number, and 64 bits must leave room for that


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import brought into the project, and what it left out.

    `renumbered` counts photos, boxes and classes that could not keep the file's number, as another one has it.
    """

    photo_count: int
    box_count: int
    skipped: tuple[Skipped, ...] = ()
    renumbered: int = 0


def label_set(connection: sqlite3.Connection, scope: Scope, *, include_proposals: bool) -> LabelSet:
    """Photos in list order with the boxes that count; see `Project.label_set`."""
    if scope not in ("reviewed", "all"):
        raise ProjectError(f"The scope is {scope!r}; expected reviewed or all.")
    classes = connection.execute("SELECT id, name, COALESCE(number, id) FROM class ORDER BY id").fetchall()
    names = {class_id: name for class_id, name, _ in classes}
    boxes = _boxes_by_photo(connection, names, _states(include_proposals=include_proposals))
    labels = _labels_by_photo(connection, names)
    fields, class_fields = foreign_rows.read(connection, "photo"), foreign_rows.read(connection, "class")
    where = "WHERE state = 'reviewed'" if scope == "reviewed" else ""
    rows = connection.execute(
        f"SELECT id, path, width, height, state, COALESCE(number, id) FROM photo {where} ORDER BY sort_key, path"  # noqa: S608
    )
    photos = tuple(
        LabelledPhoto(
            path=path,
            width=width,
            height=height,
            boxes=tuple(boxes.get(photo_id, ())),
            labels=labels.get(photo_id, ()),
            verified=state == PhotoState.REVIEWED.value,
            source_id=number,
            foreign=fields.get(photo_id, ()),
        )
        for photo_id, path, width, height, state, number in rows
    )
    return LabelSet(
        tuple(names.values()),
        photos,
        tuple(number for _, _, number in classes),
        tuple(class_fields.get(class_id, ()) for class_id in names),
        foreign_rows.read(connection, "file").get(foreign_rows.FILE_ROW, ()),
    )


def labelled_photo(connection: sqlite3.Connection, photo_id: int) -> LabelledPhoto:
    """One photo with the boxes that count, as `label_set` has it; see `Project.labelled_photo`."""
    row = photo_rows.photo(connection, photo_id)
    names = dict(connection.execute("SELECT id, name FROM class"))
    number = connection.execute("SELECT COALESCE(number, id) FROM photo WHERE id = ?", (photo_id,)).fetchone()[0]
    counting = [each for each in box_rows.boxes(connection, photo_id) if each.state.counts]
    fields = foreign_rows.read(connection, "box", [each.id for each in counting])
    sources: dict[str, list[str]] = defaultdict(list)
    for class_id, source in photo_rows.labels(connection, photo_id):
        sources[source].append(names[class_id])
    return LabelledPhoto(
        path=row.path,
        width=row.width,
        height=row.height,
        boxes=tuple(_labelled(each, names, fields) for each in counting),
        labels=tuple(next(iter(sources.values()), ())),
        verified=row.state is PhotoState.REVIEWED,
        source_id=number,
        foreign=foreign_rows.read(connection, "photo", [photo_id]).get(photo_id, ()),
    )


def box_count(connection: sqlite3.Connection, scope: Scope, *, include_proposals: bool) -> int:
    """How many boxes `label_set` has for the same arguments."""
    states = _states(include_proposals=include_proposals)
    where = "AND photo.state = 'reviewed'" if scope == "reviewed" else ""
    marks = ", ".join("?" * len(states))
    (count,) = connection.execute(
        f"SELECT COUNT(*) FROM box JOIN photo ON photo.id = photo_id WHERE box.state IN ({marks}) {where}",  # noqa: S608
        [state.value for state in states],
    ).fetchone()
    return count


def _states(*, include_proposals: bool) -> list[BoxState]:
    return [state for state in BoxState if state.counts or (include_proposals and state is BoxState.PROPOSED)]


def take_in(connection: sqlite3.Connection, root: Path, given: LabelSet, *, reviewed: bool) -> ImportReport:
    """Brings a label file's boxes into the project; see `Project.add_label_set`."""
    given = coco_fields.joined(foreign_rows.read(connection, "file").get(foreign_rows.FILE_ROW, ()), given)
    class_ids = {name: class_rows.find_or_add(connection, name).id for name in given.class_names}
    numbers = _class_numbers(given, class_ids)
    _keep_numbers(connection, "class", numbers)
    renumbered = _missed(connection, "class", numbers)
    photo_ids = _match(connection, given.photos)
    wanted = (labelled.source_id or 0 for photo in given.photos for labelled in photo.boxes)
    fresh = itertools.count(max([_last_id(connection, "box"), *filter(_can_be_kept, wanted)]) + 1)
    skipped: list[Skipped] = []
    numbers = {}
    box_count = 0
    for photo in given.photos:
        photo_id = photo_ids.get(photo.path)
        if photo_id is None:
            skipped.append(Skipped(photo.path, "The project has no such photo."))
            continue
        reason = _why_kept_out(connection, root, photo, photo_rows.photo(connection, photo_id))
        if reason is not None:
            skipped.append(Skipped(photo.path, reason))
            continue
        numbers[photo_id] = photo.source_id
        box_ids = _put(connection, photo_id, photo, class_ids, fresh, reviewed=reviewed or photo.verified)
        box_count += len(box_ids)
        pairs = zip(photo.boxes, box_ids, strict=True)
        renumbered += sum(labelled.source_id not in (None, box_id) for labelled, box_id in pairs)
        foreign_rows.forget(connection, "photo", [photo_id])
        foreign_rows.put(connection, "photo", [(photo_id, photo.foreign)])
    _keep_numbers(connection, "photo", numbers)
    renumbered += _missed(connection, "photo", numbers)
    _keep_class_fields(connection, given, class_ids)
    foreign_rows.put(connection, "file", [(foreign_rows.FILE_ROW, given.foreign)])
    return ImportReport(len(numbers), box_count, tuple(skipped), renumbered)


def _boxes_by_photo(
    connection: sqlite3.Connection, names: Mapping[int, str], states: Iterable[BoxState]
) -> dict[int, list[LabelledBox]]:
    wanted = [state.value for state in states]
    fields = foreign_rows.read(connection, "box")
    found: dict[int, list[LabelledBox]] = defaultdict(list)
    rows = connection.execute(
        f"SELECT photo_id, {box_rows.COLUMNS} FROM box WHERE state IN ({', '.join('?' * len(wanted))}) ORDER BY id",  # noqa: S608
        wanted,
    )
    for photo_id, *values in rows:
        row = box_rows.box_of(tuple(values))
        found[photo_id].append(_labelled(row, names, fields))
    return found


def _labelled(row: BoxRow, names: Mapping[int, str], fields: Mapping[int, Foreign]) -> LabelledBox:
    return LabelledBox(
        class_name=names[row.class_id],
        box=row.box,
        score=row.score,
        state=row.state.value,
        difficult=row.difficult,
        truncated=row.truncated,
        source_id=row.id,
        foreign=fields.get(row.id, ()),
    )


def _labels_by_photo(connection: sqlite3.Connection, names: Mapping[int, str]) -> dict[int, tuple[str, ...]]:
    by_source: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for photo_id, class_id, source in connection.execute("SELECT photo_id, class_id, source FROM photo_label"):
        by_source[photo_id][source].append(names[class_id])
    # The person's word replaces a table's, and a table's the folder's name.
    return {
        photo_id: tuple(next(given[source] for source in photo_rows.LABEL_SOURCES if source in given))
        for photo_id, given in by_source.items()
    }


def _match(connection: sqlite3.Connection, photos: Iterable[LabelledPhoto]) -> dict[str, int]:
    """Finds the project's photo for each name in a file: the same path, or the only one that ends in it."""
    by_path: dict[str, int] = dict(connection.execute("SELECT path, id FROM photo"))
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in by_path:
        by_name[path.rsplit("/", 1)[-1]].append(path)
    matched: dict[str, int] = {}
    for photo in photos:
        if photo.path in by_path:
            matched[photo.path] = by_path[photo.path]
            continue
        ending = [path for path in by_name[photo.path.rsplit("/", 1)[-1]] if path.endswith(f"/{photo.path}")]
        if len(ending) == 1:
            matched[photo.path] = by_path[ending[0]]
    return matched


def _why_kept_out(connection: sqlite3.Connection, root: Path, photo: LabelledPhoto, row: PhotoRow) -> str | None:
    decided = "SELECT 1 FROM box WHERE photo_id = ? AND state <> 'proposed'"
    if row.state is PhotoState.REVIEWED or connection.execute(decided, (row.id,)).fetchone() is not None:
        return "Somebody has already decided on its boxes here."
    width, height = row.width, row.height
    if not (width and height):
        try:
            header = read_header(root / row.path)
        except PhotoError as error:
            return str(error)
        width, height = header.width, header.height
        photo_rows.update(connection, row.id, width=width, height=height)
    if photo.width and photo.height and (photo.width, photo.height) != (width, height):
        return f"The file says {photo.width} x {photo.height} pixels, but the upright photo has {width} x {height}."
    if any(labelled.box.clipped(width, height) != labelled.box for labelled in photo.boxes):
        return f"A box lies outside the photo of {width} x {height} pixels."
    return None


def _put(
    connection: sqlite3.Connection,
    photo_id: int,
    photo: LabelledPhoto,
    class_ids: Mapping[str, int],
    fresh: Iterator[int],
    *,
    reviewed: bool,
) -> list[int]:
    """Puts a photo's boxes in the place of those it has, and returns their ids in the file's order."""
    usual = BoxState.ACCEPTED if reviewed else BoxState.PROPOSED
    before = box_rows.boxes(connection, photo_id)
    own = {row.id for row in before}
    rows = [
        BoxRow(
            id=_box_id(connection, labelled.source_id, own, fresh),
            class_id=class_ids[labelled.class_name],
            box=labelled.box,
            state=_state(labelled.state) or usual,
            score=labelled.score,
            difficult=labelled.difficult,
            truncated=labelled.truncated,
        )
        for labelled in photo.boxes
    ]
    box_rows.swap(connection, photo_id, before, rows)
    box_ids = [row.id for row in rows]
    foreign_rows.forget(connection, "box", box_ids)
    foreign_rows.put(connection, "box", zip(box_ids, (labelled.foreign for labelled in photo.boxes), strict=True))
    if reviewed:
        photo_rows.update(connection, photo_id, state=PhotoState.REVIEWED.value, reason=None)
    elif rows:
        photo_rows.update(connection, photo_id, state=PhotoState.PROPOSED.value, reason=None)
    if photo.labels:
        given = [class_rows.find_or_add(connection, name).id for name in photo.labels]
        photo_rows.set_labels(connection, photo_id, given, "table")
    return box_ids


def _state(text: str | None) -> BoxState | None:
    try:
        return None if text is None else BoxState(text)
    except ValueError:
        return None


def _box_id(connection: sqlite3.Connection, wanted: int | None, own: set[int], fresh: Iterator[int]) -> int:
    """The number that a box of a file gets: its own unless a box of another photo has it; `own` loses it."""
    if wanted is None or not wanted or not _can_be_kept(wanted):
        return next(fresh)
    if wanted in own:
        own.remove(wanted)
        return wanted
    known = connection.execute("SELECT 1 FROM box WHERE id = ?", (wanted,)).fetchone()
    return wanted if known is None else next(fresh)


def _can_be_kept(number: int) -> bool:
    return 0 <= number <= _LARGEST_KEPT_NUMBER


def _missed(connection: sqlite3.Connection, table: Literal["class", "photo"], wanted: Mapping[int, int | None]) -> int:
    """How many rows have another number than the file gave them."""
    numbers = dict(connection.execute(f"SELECT id, COALESCE(number, id) FROM {table}"))  # noqa: S608
    return sum(number not in (None, numbers[row_id]) for row_id, number in wanted.items())


def _keep_class_fields(connection: sqlite3.Connection, given: LabelSet, class_ids: Mapping[str, int]) -> None:
    """Keeps what a file says of its classes, where no file brought in before says anything of them."""
    held = foreign_rows.read(connection, "class")
    new = zip(given.class_names, given.class_foreign or ((),) * len(given.class_names), strict=True)
    foreign_rows.put(
        connection,
        "class",
        ((class_ids[name], foreign) for name, foreign in new if class_ids[name] not in held),
    )


def _class_numbers(given: LabelSet, class_ids: Mapping[str, int]) -> dict[int, int | None]:
    wanted = given.class_source_ids or (None,) * len(given.class_names)
    return {class_ids[name]: number for name, number in zip(given.class_names, wanted, strict=True)}


def _keep_numbers(
    connection: sqlite3.Connection, table: Literal["class", "photo"], wanted: Mapping[int, int | None]
) -> None:
    """Gives rows the numbers they had in a file, so that the next export has them too.

    A number that another row was imported with stays with that row. A row that merely has such an id gets a fresh
    number instead, and later ids go on above all numbers, so that none is ever in use twice.
    """
    numbers: dict[int, int | None] = dict(connection.execute(f"SELECT id, number FROM {table}"))  # noqa: S608
    held = {number: row_id for row_id, number in numbers.items() if number is not None}
    given: dict[int, int] = {}
    for row_id, number in wanted.items():
        if number is None or not _can_be_kept(number) or numbers[row_id] is not None:
            continue
        if number not in held:
            held[number] = row_id
            given[row_id] = number
    following = max([_last_id(connection, table), *held]) + 1
    for row_id, number in numbers.items():
        if number is None and row_id not in given and row_id in held:
            given[row_id] = following
            following += 1
    connection.executemany(
        f"UPDATE {table} SET number = ? WHERE id = ?",  # noqa: S608
        ((number, row_id) for row_id, number in given.items()),
    )
    connection.execute("UPDATE sqlite_sequence SET seq = MAX(seq, ?) WHERE name = ?", (following - 1, table))


def _last_id(connection: sqlite3.Connection, table: str) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 0 if row is None else int(row[0])
