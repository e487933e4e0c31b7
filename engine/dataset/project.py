"""The project: what is known and decided about one folder of photos, saved as it happens.

Every act is one transaction that is on the disk before the call returns: a crash at any moment loses no decision that
the window had shown as made. One window writes; a second one opens the project read-only and says why. A `Project`
belongs to the thread that opened it; another thread opens its own with `read_only=True`. Photos are never changed.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.dataset import box_rows, photo_rows, project_file, project_labels
from engine.dataset.evidence_store import EvidenceStore
from engine.dataset.project_check import AT_ONCE_BYTES, FileCheck
from engine.dataset.project_classes import ProjectClasses
from engine.dataset.project_evidence import ProjectEvidence
from engine.dataset.project_file import PROJECT_FILE, PROJECT_FOLDER, WriterLock
from engine.dataset.project_labels import ImportReport, Scope
from engine.dataset.project_records import (
    BoxFacts,
    BoxRow,
    BoxState,
    EventRow,
    FoundPhoto,
    PhotoContent,
    PhotoRow,
    PhotoState,
    Proposals,
)
from engine.dataset.records import LabelledPhoto, LabelSet
from engine.errors import ProjectError

_READ_TOGETHER = 1000
_SETTLED = frozenset({PhotoState.REVIEWED, PhotoState.SKIPPED})


class Project(ProjectClasses, ProjectEvidence):
    """An open project.

    Attributes:
        root: the folder of photos; every photo's path is relative to it.
        path: the project's file.
        read_only: whether changes are refused.
        read_only_reason: why, as one sentence; empty where changes are welcome or reading was asked for.
    """

    def __init__(
        self, root: Path, path: Path, connection: sqlite3.Connection, lock: WriterLock | None, reason: str
    ) -> None:
        self.root = root
        self.path = path
        self.read_only = lock is None
        self.read_only_reason = reason
        self._connection = connection
        self._lock = lock
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        self._write_ahead = journal == "wal"
        self._evidence = EvidenceStore(path.parent, read_only=self.read_only, write_ahead=self._write_ahead)
        self._file_check: FileCheck | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        read_only: bool = False,
        location: Path | None = None,
        on_checked: Callable[[str], None] | None = None,
    ) -> Project:
        """Opens the project of a folder of photos, and makes it where there is none.

        Args:
            folder: the folder of photos.
            read_only: only look; the project must exist.
            location: folder for the project's files where they cannot lie in `.moltbox` inside the folder of photos
                (see `project_file.home_elsewhere`).
            on_checked: has a large file checked in a thread of its own after it is open, and is told there how that
                ended: "", or what is wrong with the file. Until then whatever would write waits, and fails where the
                file is damaged. Without it every file is checked before the call returns.

        Raises:
            ProjectError: the folder is missing or cannot be written, or the project's file is damaged, from a newer
                Moltbox, or no project.
        """
        root = Path(folder)
        if not root.is_dir():
            raise ProjectError(f"{root} is not a folder.")
        home = root / PROJECT_FOLDER if location is None else Path(location)
        path = home / PROJECT_FILE
        if read_only:
            return cls(root, path, project_file.open_for_reading(path), None, "")
        try:
            home.mkdir(parents=True, exist_ok=True)
            project_file.refuse_unwritable(path)
            lock = WriterLock.acquire(home)
        except (OSError, sqlite3.OperationalError) as error:
            if not path.exists():
                raise ProjectError(f"{home} cannot be written; the project needs another place.") from error
            reason = f"{home} cannot be written; the project can be looked at but not changed."
            return cls(root, path, project_file.open_for_reading(path), None, reason)
        if lock is None:
            reason = "This project is open in another window; here it can be looked at but not changed."
            return cls(root, path, project_file.open_for_reading(path), None, reason)
        try:
            later = on_checked is not None and path.exists() and path.stat().st_size > AT_ONCE_BYTES
            project = cls(root, path, project_file.open_for_writing(path, checks_later=later), lock, "")
        except BaseException:
            lock.release()
            raise
        if later and on_checked is not None:
            project._file_check = FileCheck(path, on_checked)
        return project

    @classmethod
    def beside(cls, project: Project) -> Project:
        """Another connection to an open project, only to read, for another thread; the file is not checked again.

        Raises:
            ProjectError: the file cannot be read.
        """
        try:
            return cls(project.root, project.path, project_file.connect_beside(project.path), None, "")
        except sqlite3.Error as error:
            raise project_file.unusable(project.path, error) from error

    @property
    def is_being_checked(self) -> bool:
        """Whether the file is not known to be whole yet, so that writing would wait, or fail."""
        return self._file_check is not None and not self._file_check.has_passed

    def close(self) -> None:
        """Closes the files; safe to call twice."""
        if self._file_check is not None:
            self._file_check.stop()
        self._evidence.close()
        self._connection.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Photos

    def add_photos(
        self,
        found: Iterable[FoundPhoto],
        *,
        folder_labels: Mapping[str, tuple[str, ...]] | None = None,
        on_refused: Callable[[str], None] | None = None,
    ) -> int:
        """Adds the photos that are not known yet, all in one transaction, and returns how many are new.

        Photos that have vanished keep their rows. A changed file that had failed is `new` again. It does not wait for
        the disk: what a power cut takes, the next scan finds again.

        Args:
            folder_labels: class names by path, as the names of folders give them.
            on_refused: is told a path that is not relative or not valid Unicode, and is left out.
        """
        with self._without_waiting(), self._act():
            added = photo_rows.add_photos(self._connection, found, on_refused)
            self._set_named(folder_labels or {}, "folder")
            return added

    def photos(self, *, after_id: int = 0) -> list[PhotoRow]:
        """Photos in natural order, a folder's own before those of its sub-folders: all, or those added since."""
        with self._reading():
            return photo_rows.photos(self._connection, after_id)

    def photo(self, photo_id: int) -> PhotoRow:
        with self._reading():
            return photo_rows.photo(self._connection, photo_id)

    def photos_of(self, photo_ids: Collection[int]) -> list[PhotoRow]:
        """Some photos, by number; numbers of no photo are left out."""
        with self._reading():
            return photo_rows.photos_of(self._connection, photo_ids)

    def first_photo_id(self) -> int:
        """The photo that the natural order of names puts first.

        Raises:
            ProjectError: there is no photo.
        """
        with self._reading():
            return photo_rows.first_photo_id(self._connection)

    def photo_id_of(self, path: str) -> int | None:
        """The photo with this relative path, or None."""
        with self._reading():
            return photo_rows.photo_id_of(self._connection, path)

    def set_photo_size(self, photo_id: int, width: int, height: int) -> None:
        """Notes the upright size in pixels."""
        with self._without_waiting(), self._act():
            photo_rows.update(self._connection, photo_id, width=width, height=height)

    def set_photo_sizes(self, sizes: Iterable[tuple[int, int, int]]) -> None:
        """Notes `(photo id, width, height)` of many photos in one transaction."""
        with self._without_waiting(), self._act():
            for photo_id, width, height in sizes:
                photo_rows.update(self._connection, photo_id, width=width, height=height)

    def set_photo_state(self, photo_id: int, state: PhotoState, reason: str | None = None) -> None:
        with self._act():
            photo_rows.update(self._connection, photo_id, state=PhotoState(state).value, reason=reason)
            self._note(photo_id, "state", {"state": PhotoState(state).value, "reason": reason})

    def set_need(self, photo_id: int, need: float, note: str) -> None:
        with self._act():
            photo_rows.update(self._connection, photo_id, need=float(need), note=note)

    def counts(self) -> dict[PhotoState, int]:
        """Photos in each state; every state is there."""
        with self._reading():
            return photo_rows.counts(self._connection)

    # Boxes

    def content(self, photo_id: int) -> PhotoContent:
        """A photo's state and boxes, in the order in which the boxes were made."""
        with self._reading():
            return box_rows.content(self._connection, photo_id)

    def contents(self, state: PhotoState) -> Iterator[PhotoContent]:
        """The contents of all photos in a state, by number; some are read at a time, so that no writer waits long."""
        after_id = 0
        while True:
            with self._reading():
                some = list(box_rows.contents(self._connection, state, after_id, _READ_TOGETHER))
            yield from some
            if len(some) < _READ_TOGETHER:
                return
            after_id = some[-1].photo_id

    def contents_of(self, photo_ids: Collection[int]) -> list[PhotoContent]:
        """The contents of some photos, by number; numbers of no photo are left out."""
        with self._reading():
            return list(box_rows.contents_of(self._connection, photo_ids))

    def put_content(self, content: PhotoContent, *, event: str) -> PhotoContent:
        """Makes a photo's state and boxes what is given, in one transaction, and returns what is stored.

        Boxes with id 0 get new ids. Ids that are given are kept, also of boxes deleted earlier, so that undo brings
        back the same box. The history gets a line of kind `event`.

        Raises:
            ProjectError: photo, class or model is unknown, a box belongs to another photo, or the disk refuses.
        """
        with self._act():
            return self._put(content, event)

    def put_contents(self, contents: Iterable[PhotoContent], *, event: str) -> list[PhotoContent]:
        """`put_content` for many photos in one transaction; none is changed where one is refused."""
        with self._act():
            return [self._put(content, event) for content in contents]

    def put_proposals(self, photo_id: int, boxes: Iterable[BoxRow], *, need: float, note: str) -> PhotoContent:
        """Replaces a photo's undecided boxes; decided ones are never touched, nor a reviewed or skipped photo."""
        self.put_many_proposals([Proposals(photo_id, tuple(boxes), need, note)])
        return self.content(photo_id)

    def put_many_proposals(self, items: Iterable[Proposals]) -> None:
        """`put_proposals` for many photos in one transaction; a power cut may cost the last ones, made again then."""
        with self._without_waiting(), self._act():
            for item in items:
                self._propose(item, box_rows.content(self._connection, item.photo_id))

    def propose_anew(
        self, photo_ids: Collection[int], change: Callable[[PhotoContent], Proposals | None]
    ) -> list[tuple[PhotoContent, PhotoContent]]:
        """`put_many_proposals` with what `change` makes of each photo's content, by number, in one transaction.

        Returns the contents before and after of the photos that `change` answered something for.
        """
        with self._without_waiting(), self._act():
            befores = []
            for before in self.contents_of(photo_ids):
                item = change(before)
                if item is not None:
                    self._propose(item, before)
                    befores.append(before)
            afters = self.contents_of([before.photo_id for before in befores])
            return list(zip(befores, afters, strict=True))

    def decided_boxes(self) -> Iterator[BoxRow]:
        """The boxes of all photos that a person has decided on."""
        with self._reading():
            yield from box_rows.decided(self._connection)

    def box_facts(self) -> dict[int, BoxFacts]:
        """Every photo's boxes in short, by photo; photos without a box are left out."""
        with self._reading():
            return box_rows.facts(self._connection)

    def photos_with_box(self, class_id: int) -> frozenset[int]:
        """Photos with a box of a class that nobody has rejected."""
        with self._reading():
            return box_rows.photos_with_box(self._connection, class_id)

    def events(self, *, after_id: int = 0, since_s: float | None = None) -> Iterator[EventRow]:
        """The history, oldest first, from the line after `after_id`, or those since a time (seconds of 1970)."""
        with self._reading():
            rows = self._connection.execute(
                "SELECT id, at_s, photo_id, kind, payload FROM event WHERE id > ? AND at_s >= ? ORDER BY id",
                (after_id, float("-inf") if since_s is None else since_s),
            )
            for event_id, at_s, photo_id, kind, payload in rows:
                yield EventRow(event_id, at_s, photo_id, kind, json.loads(payload))

    # Label files

    def label_set(self, scope: Scope = "reviewed", *, include_proposals: bool = False) -> LabelSet:
        """The boxes for an export: accepted, edited and drawn ones, with the photos that have none.

        Numbers are stable between exports. Photos whose size is not known yet have size 0.

        Args:
            scope: `reviewed` for the photos a person has called done, `all` for every photo.
            include_proposals: undecided boxes too, with state `proposed`.
        """
        with self._reading():
            return project_labels.label_set(self._connection, scope, include_proposals=include_proposals)

    def labelled_photo(self, photo_id: int) -> LabelledPhoto:
        """One photo as `label_set` has it, `verified` where it is reviewed; others have the boxes decided so far."""
        with self._reading():
            return project_labels.labelled_photo(self._connection, photo_id)

    def box_count(self, scope: Scope = "reviewed", *, include_proposals: bool = False) -> int:
        """How many boxes `label_set` has for the same arguments."""
        with self._reading():
            return project_labels.box_count(self._connection, scope, include_proposals=include_proposals)

    def add_label_set(self, given: LabelSet, *, reviewed: bool) -> ImportReport:
        """Brings a label file's boxes into the project, in one transaction.

        Photos that a person has decided on are left as they are, and so are photos whose size is not the one the
        file says; the report names them. Numbers of the file are kept where they are free, also where a deleted box
        had them: undo steps from before an import must not be taken after it.

        Args:
            reviewed: take the boxes as accepted and the photos as reviewed; otherwise a person is to decide, except
                on photos that the file itself calls verified.
        """
        with self._act():
            report = project_labels.take_in(self._connection, self.root, given, reviewed=reviewed)
            self._note(None, "import", {"photos": report.photo_count, "boxes": report.box_count})
        return report

    # Models and settings

    def model_id(self, name: str, sha256: str, metadata: dict[str, Any]) -> int:
        """The number of a model in this project, noted on first use."""
        row = self._connection.execute("SELECT id FROM model WHERE sha256 = ?", (sha256,)).fetchone()
        if row is not None:
            return int(row[0])
        with self._act():
            added = self._connection.execute(
                "INSERT INTO model (name, sha256, metadata) VALUES (?, ?, ?)", (name, sha256, _json(metadata))
            )
            return int(added.lastrowid or 0)

    def setting(self, key: str, default: Any = None) -> Any:
        with self._reading():
            row = self._connection.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
            return default if row is None else json.loads(row[0])

    def put_setting(self, key: str, value: Any, *, waits: bool = True) -> None:
        """Keeps a setting of this project; `value` is anything JSON can hold.

        Without `waits` it is on the disk a little later; a power cut before that brings the value back that was there.
        """
        with contextlib.nullcontext() if waits else self._without_waiting(), self._act():
            self._put_setting(key, value)

    def put_settings(self, settings: Mapping[str, Any]) -> None:
        """`put_setting` for settings that belong together: all of them are kept, or none."""
        with self._act():
            for key, value in settings.items():
                self._put_setting(key, value)

    def _put_setting(self, key: str, value: Any) -> None:
        self._connection.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (key, _json(value)))

    @contextlib.contextmanager
    def _without_waiting(self) -> Iterator[None]:
        """Leaves it to the system when what the block writes gets to the disk; later acts get there after it."""
        if not self._write_ahead or self.read_only:  # only a write-ahead journal stays sound without waiting
            yield
            return
        self._connection.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = FULL")

    @contextlib.contextmanager
    def _act(self) -> Iterator[None]:
        """One transaction, on the disk when the block has ended; nothing of it is kept when the block raises."""
        self._be_writable()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.ProgrammingError):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise ProjectError(f"The change does not fit the project and was not saved ({error}).") from error
            # A ProgrammingError is a mistake of the caller's, such as another thread, and no matter of the file.
            if isinstance(error, project_file.UNREADABLE) and not isinstance(error, sqlite3.ProgrammingError):
                raise ProjectError(f"The change could not be saved to {self.path}: {error}.") from error
            raise

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Says that the file is damaged where what comes out of it is no row of ours."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # as in _act
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError, MemoryError) as error:
            reason = " ".join(str(error).split())  # may quote whatever stands in the file
            raise ProjectError(f"{self.path} cannot be read; it may be damaged ({reason:.200}).") from error

    def _be_writable(self) -> None:
        """Refuses a change where only looking is allowed, and waits until the file is known to be whole."""
        if self.read_only:
            raise ProjectError(self.read_only_reason or "This project was opened only to be looked at.")
        if self._file_check is not None:
            self._file_check.wait()
            self._file_check = None

    def _put(self, content: PhotoContent, event: str) -> PhotoContent:
        before = box_rows.content(self._connection, content.photo_id)
        box_rows.swap(self._connection, content.photo_id, before.boxes, content.boxes)
        if content.state is not before.state:
            photo_rows.update(self._connection, content.photo_id, state=content.state.value, reason=None)
        after = box_rows.content(self._connection, content.photo_id)
        self._note(content.photo_id, event, _difference(before, after))
        return after

    def _propose(self, item: Proposals, before: PhotoContent) -> None:
        if before.state in _SETTLED:
            return
        if any(row.state is not BoxState.PROPOSED for row in item.boxes):
            raise ProjectError("Only boxes that nobody has decided on can be proposed.")
        decided = [row for row in before.boxes if row.state.decided]
        box_rows.swap(self._connection, item.photo_id, before.boxes, [*decided, *item.boxes])
        photo_rows.update(
            self._connection,
            item.photo_id,
            state=PhotoState.PROPOSED.value,
            reason=None,
            need=float(item.need),
            note=item.note,
        )

    def _note(self, photo_id: int | None, kind: str, payload: dict[str, object]) -> None:
        self._connection.execute(
            "INSERT INTO event (at_s, photo_id, kind, payload) VALUES (?, ?, ?, ?)",
            (time.time(), photo_id, kind, _json(payload)),
        )


def _difference(before: PhotoContent, after: PhotoContent) -> dict[str, object]:
    old = {row.id: row for row in before.boxes}
    new = {row.id: row for row in after.boxes}
    return {
        "state": [before.state.value, after.state.value],
        "added": [box_id for box_id in new if box_id not in old],
        "removed": [box_rows.as_json(row) for box_id, row in old.items() if box_id not in new],
        "changed": [
            {"before": box_rows.as_json(row), "after": box_rows.as_json(new[box_id])}
            for box_id, row in old.items()
            if box_id in new and new[box_id] != row
        ],
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
