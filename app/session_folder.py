"""The open folder: its project, its photos in list order, the scan that fills it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from pathlib import Path

from PySide6.QtCore import QTimer, Signal

from app.effort import Effort
from app.opening import open_project
from app.photo_facts import FactsReader, PhotoFacts
from app.photo_filters import OfferGroup, offered
from app.photo_order import Order, in_order
from app.photo_query import Query, parse_query
from app.session_signals import SessionSignals
from app.session_types import Message
from app.texts import tr
from app.workers import ScanWorker
from engine.dataset.project import Project
from engine.dataset.project_file import newest_backup, photo_folder
from engine.dataset.project_records import BoxFacts, BoxRow, ClassRow, FoundPhoto, PhotoContent, PhotoRow, PhotoState
from engine.dataset.restoring import restore_backup
from engine.errors import DamagedProjectError, MoltboxError, ProjectError
from engine.localization.naming import folder_label

LAST_PHOTO = "last_photo"
_FIRST_TAKEN, _MOST_TAKEN, _LEAST_TAKEN = 10, 160, 5
"""Photos added to the project and the list in one go; how many of them follows from how long the last ones took."""
_TAKING_S = 0.012
_TOLD_GROWTH = 1.5
_LEAST_TOLD = 80
# The list of a folder with more photos comes in behind its first photo.
_READ_AT_ONCE = 2000


class FolderSession(SessionSignals):
    """Opening, listing and filtering. Photos are shown from the first batch on; the scan goes on behind them."""

    _file_checked = Signal(object, str)

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self._project: Project | None = None
        self._scan: ScanWorker | None = None
        self._facts = PhotoFacts()
        self._reader: FactsReader | None = None
        self._read_after: Callable[[], None] | None = None
        self._changed_while_reading: set[int] = set()
        self._rows: list[PhotoRow] = []
        self._places: dict[int, int] = {}
        self._classes: tuple[ClassRow, ...] = ()
        self._filter: tuple[PhotoState | None, str] = (None, "")
        self._query = Query()
        self._order: Order | None = None
        self._found: deque[FoundPhoto] = deque()
        self._at_once = float(_FIRST_TAKEN)
        self._known_count = 0
        self._last_id = 0
        self._told_count = 0
        self._scan_is_over = False
        self._file_checked.connect(self._take_check)
        self._take_next = QTimer(self, singleShot=True, interval=1)
        self._take_next.timeout.connect(self._take_some)
        self._effort = Effort()
        self._damaged: Path | None = None
        self._page = "first_run"
        self._page_text = ""

    # What is open.

    @property
    def project(self) -> Project | None:
        return self._project

    @property
    def folder_name(self) -> str:
        return self._project.root.name if self._project is not None else ""

    @property
    def read_only(self) -> bool:
        return self._project is not None and self._project.read_only

    @property
    def rows(self) -> list[PhotoRow]:
        """The photos that the filter lets through, in list order."""
        return self._rows

    @property
    def all_rows(self) -> Collection[PhotoRow]:
        """All photos of the folder, in no order."""
        return self._facts.rows.values()

    @property
    def classes(self) -> tuple[ClassRow, ...]:
        return self._classes

    @property
    def page(self) -> str:
        """What the middle of the window shows: "first_run", "photo", "unreadable", "empty" or "finished"."""
        return self._page

    @property
    def page_text(self) -> str:
        """The sentence that belongs to the page."""
        return self._page_text

    def photo(self, photo_id: int) -> PhotoRow:
        return self._facts.rows[photo_id]

    def photo_path(self, photo: PhotoRow) -> Path:
        if self._project is None:
            raise MoltboxError("No folder is open.")
        return self._project.root / photo.path

    def boxes_of(self, photo_id: int) -> tuple[BoxRow, ...]:
        return self._project.content(photo_id).boxes if self._project is not None else ()

    def counts(self) -> dict[PhotoState, int]:
        return self._project.counts() if self._project is not None else dict.fromkeys(PhotoState, 0)

    def effort_today(self) -> tuple[int, float, float]:
        """Photos decided today, median seconds each, share of proposed boxes kept."""
        if self._project is not None:
            self._effort.catch_up(self._project)
        return self._effort.today()

    # Acts.

    def open_folder(self, folder: Path) -> bool:
        """Opens a folder of photos, or that of a project's file; answers whether it is open (a message tells)."""
        try:
            folder = photo_folder(folder)
            if not folder.is_dir():
                raise MoltboxError(tr("{folder} is not a folder.", folder=folder))
            if self._has_open(folder):
                self.close()  # its own lock would let it be looked at only
            project = open_project(folder, self._file_checked.emit)
        except MoltboxError as error:
            self._tell_unopened(str(error), error.path if isinstance(error, DamagedProjectError) else None)
            return False
        self.close()
        self._project = project
        try:
            self._show_opened(project)
        except Exception as error:  # the file may hold what no check thought of; half an open folder would be worse
            known = isinstance(error, MoltboxError)
            self.close()
            self._tell_unopened(str(error) if known else tr("{file} cannot be shown.", file=project.path), None)
            return False
        return True

    def _show_opened(self, project: Project) -> None:
        self._effort, self._scan_is_over = Effort.of(project), False
        self._reload_classes()
        if is_large := self._is_large(project):
            self._take_row(self._starting_photo(project))
            self._apply_filter()
        else:
            self._take_facts(PhotoFacts.of(project))
        self.project_opened.emit()
        if project.read_only:
            self.message.emit(Message("warn", tr("You can look, not change"), project.read_only_reason))
        elif project.path.parent.parent != project.root:
            kept = tr("It cannot be written, so your decisions are saved in {folder}.", folder=project.path.parent)
            self.message.emit(Message("info", tr("The folder itself stays as it is"), kept))
        if self._rows:
            last = project.setting(LAST_PHOTO)
            self.go_to(last if isinstance(last, int) and last in self._places else self._rows[0].id)
        else:
            self._show_page("photo")
        if is_large:
            self._read_facts(self._scan_folder)
        else:
            self._scan_folder()

    def _take_check(self, folder: Path, problem: str) -> None:
        """What a large project's file turned out to be, once it had been read whole; nothing was written before."""
        if self._project is None or self._project.root != folder:
            return
        if problem:
            path = self._project.path
            self.close()
            self._tell_unopened(problem, path if newest_backup(path) is not None else None)
        else:
            self._keep_place()

    def _tell_unopened(self, problem: str, damaged: Path | None) -> None:
        self._damaged = damaged
        title = tr("The folder cannot be opened")
        self.message.emit(Message("bad", title, problem, "" if damaged is None else "restore_backup"))

    @property
    def can_restore(self) -> bool:
        """Whether the folder that could not be opened last has a backup of its project."""
        return self._damaged is not None

    def restore_backup(self) -> None:
        """Puts the newest backup in the place of the project's file that could not be opened, and opens the folder."""
        path, self._damaged = self._damaged, None
        if path is None:
            return
        try:
            done = restore_backup(path)
        except ProjectError as error:
            self.message.emit(Message("bad", tr("The backup cannot be restored"), str(error)))
            return
        if self.open_folder(path):
            words = tr("The decisions are those of {backup}.", backup=done.backup.stem)
            kept = "" if done.kept is None else tr("What was there before is kept as {file}.", file=done.kept)
            self.message.emit(Message("ok", tr("The backup is restored"), f"{words} {kept}".strip()))

    def _keep_place(self) -> None:
        """Notes which photo is shown, for the next time; while the file is being checked, that comes later."""
        raise NotImplementedError

    def _has_open(self, folder: Path) -> bool:
        try:
            return self._project is not None and folder.samefile(self._project.root)
        except OSError:  # the open folder is gone
            return False

    def close(self) -> None:
        """Closes the folder; everything is saved already."""
        self.project_closing.emit()
        if self._reader is not None:
            self._reader.ended.disconnect()
            self._reader.stop()
            self._reader.deleteLater()
            self._reader = self._read_after = None
        if self._scan is not None:
            self._scan.stop()
            for signal in (self._scan.found, self._scan.ended, self._scan.failed, self._scan.unreadable):
                signal.disconnect()
            self._scan.deleteLater()
            self._scan = None
        self._take_next.stop()
        self._found.clear()
        self._known_count = 0
        self._forget_photo()
        if self._project is not None:
            self._project.close()
            self._project = None
        self._facts, self._rows, self._places, self._classes = PhotoFacts(), [], {}, ()
        self._filter, self._query, self._order = (None, ""), Query(), None
        self._show_page("first_run")
        self.project_closed.emit()

    def set_filter(self, state: PhotoState | None, text: str) -> None:
        """Chooses which photos are listed; photos decided later stay in the list until this is called again.

        Args:
            state: only photos in it; None for all.
            text: a search as `photo_query` understands it; `filter_problem` says what it did not.
        """
        self._filter = (state, text)
        self._query = parse_query(text)
        self._apply_filter()

    @property
    def filter_problem(self) -> str:
        """What the search has that is not understood, as one sentence; "" for nothing."""
        return self._query.problem

    def filters(self) -> tuple[OfferGroup, ...]:
        """The filters besides the states, with how many photos of the state shown they leave."""
        state = self._filter[0]
        rows = [row for row in self._facts.rows.values() if state in (None, row.state)]
        return offered(rows, self._facts.known(self._classes), self._classes)

    def set_order(self, order: Order | None) -> None:
        """Chooses the order of the list; None for the one that fits what is shown."""
        self._order = order
        self._apply_filter()

    @property
    def order(self) -> Order:
        """The order in which photos are listed: the one chosen, else by need while reviewing and by name otherwise."""
        if self._order is not None:
            return self._order
        return "need" if self._filter[0] is PhotoState.PROPOSED else "name"

    def go_to(self, photo_id: int) -> None:
        raise NotImplementedError

    def _forget_photo(self) -> None:
        raise NotImplementedError

    # Keeping the list.

    def _starting_photo(self, project: Project) -> PhotoRow:
        """The photo shown last, else the first one."""
        last = project.setting(LAST_PHOTO)
        try:
            return project.photo(last if isinstance(last, int) else project.first_photo_id())
        except ProjectError:
            return project.photo(project.first_photo_id())

    def _is_large(self, project: Project) -> bool:
        return sum(project.counts().values()) > _READ_AT_ONCE

    def _read_facts(self, then: Callable[[], None]) -> None:
        """Reads the whole list beside the window, and does what comes then."""
        if self._project is None:
            return
        if self._reader is not None:  # what it reads may be older already
            self._read_after = then
            return
        self._changed_while_reading.clear()
        self._reader = FactsReader(self._project, self)
        self._reader.ended.connect(lambda: self._take_read(then))
        self._reader.start()

    def _take_read(self, then: Callable[[], None]) -> None:
        reader, self._reader = self._reader, None
        after, self._read_after = self._read_after, None
        if reader is None:
            return
        reader.stop()
        reader.deleteLater()
        if reader.facts is None:
            self.message.emit(Message("bad", tr("The list of photos cannot be read"), reader.problem))
            return
        facts = reader.facts
        for photo_id in self._changed_while_reading:
            facts.take(self._facts.rows[photo_id], self._facts.boxes.get(photo_id))
        self._take_facts(facts)
        if after is not None:
            self._read_facts(after)
        # What comes then draws the list anew: in a turn of its own, so that the window can answer between the two.
        project = self._project
        QTimer.singleShot(0, lambda: then() if self._project is project else None)

    def _take_facts(self, facts: PhotoFacts) -> None:
        self._facts = facts
        self._last_id = max(facts.rows, default=0)
        self._told_count = len(facts.rows)
        self._reload_classes()
        self._apply_filter()

    def _reload_classes(self) -> None:
        if self._project is not None and (found := self._project.classes()) != self._classes:
            self._classes = found
            self.classes_changed.emit()

    def _apply_filter(self) -> None:
        rows = self._filtered(list(self._facts.rows.values()))
        if self.order != "name":
            rows = in_order(rows, self.order, self._facts.known(self._classes).class_names, self._facts.boxes)
        self._rows = rows
        self._places = dict(zip(map(attrgetter("id"), rows), range(len(rows)), strict=True))

    def _filtered(self, rows: list[PhotoRow]) -> list[PhotoRow]:
        state = self._filter[0]
        if state is not None:
            rows = [row for row in rows if row.state is state]
        return self._query.among(rows, self._facts.known(self._classes)) if self._query.tests else rows

    def _refresh_row(self, photo_id: int) -> None:
        """Takes one photo's row anew and tells the list."""
        if self._project is None:
            return
        self._take_stored([self._project.content(photo_id)])

    def _take_stored(self, contents: Sequence[PhotoContent]) -> None:
        """Takes the rows of photos anew whose contents are at hand, by number, and tells the list."""
        if self._project is None:
            return
        rows = self._project.photos_of([content.photo_id for content in contents])
        for content, row in zip(contents, rows, strict=True):
            self._facts.boxes[row.id] = BoxFacts.of(content.boxes)
            self._take_row(row)
            self.photo_changed.emit(row.id)

    def _take_row(self, row: PhotoRow) -> None:
        """Keeps a photo's row as the project has it now."""
        self._facts.take(row)
        if self._reader is not None:
            self._changed_while_reading.add(row.id)
        if row.id in self._places:
            self._rows[self._places[row.id]] = row

    def _show_page(self, page: str, text: str = "") -> None:
        self._page, self._page_text = page, text
        self.page_changed.emit(page)

    # The scan.

    def _scan_folder(self) -> None:
        """Looks for photos that are new or have changed since the folder was open last."""
        if self._project is None:
            return
        self._known_count = len(self._facts.rows)
        self.list_read.emit()
        self.photos_added.emit(self._told_count)
        self._scan = ScanWorker(self._project.root, self._facts.rows.values(), self)
        self._scan.found.connect(self._take_found)
        self._scan.unreadable.connect(self._say_left_out)
        self._scan.failed.connect(self._scan_failed)
        self._scan.ended.connect(self._scan_ended)
        self._scan.start()

    def _take_found(self, found: list[FoundPhoto]) -> None:
        """Keeps what the scan found until there is time for it."""
        self._found.extend(found)
        self._take_next.start()

    def _take_some(self) -> None:
        """Adds a few photos to the project and the list; few enough that nobody feels it."""
        if self._project is None:
            return
        found = [self._found.popleft() for _ in range(min(round(self._at_once), len(self._found)))]
        if found and not self._project.read_only:
            started_s = time.perf_counter()
            try:
                self._add(self._project, found)
            except MoltboxError as error:
                self._found.clear()
                self.message.emit(Message("bad", tr("The photos found could not be saved"), str(error)))
            pace = _TAKING_S / max(time.perf_counter() - started_s, 1e-6)
            self._at_once = min(max(self._at_once * min(max(pace, 0.5), 1.5), _LEAST_TAKEN), _MOST_TAKEN)
        if self._found:
            self._take_next.start()
        elif self._scan_is_over:
            self._say_added()
            if not self._facts.rows:
                self._show_page(
                    "empty", tr("{folder} holds no photo that Moltbox can read.", folder=self._project.root)
                )

    def _add(self, project: Project, found: list[FoundPhoto]) -> None:
        last_id = self._last_id
        known = self._scan.known if self._scan is not None else {}
        labels = {
            photo.path: (label,)
            for photo in found
            if photo.path not in known and (label := folder_label(photo.path)) is not None
        }
        project.add_photos(found, folder_labels=labels)
        self._classes = project.classes()
        for photo in found:
            changed = project.photo_id_of(photo.path) if photo.path in known else None
            if changed is not None:
                self._refresh_row(changed)
        added = project.photos(after_id=last_id)
        for row in added:
            self._facts.take(row)
        self._last_id = max((row.id for row in added), default=last_id)
        for row in self._filtered(added):
            self._places[row.id] = len(self._rows)
            self._rows.append(row)
        # Panels read the whole list anew, so they are told the more seldom the longer it is.
        least = _LEAST_TOLD if self._told_count else 1
        if len(self._facts.rows) >= max(_TOLD_GROWTH * self._told_count, self._told_count + least):
            self._say_added()

    def read_again(self) -> None:
        """Reads the whole list anew, after an act that may have changed any photo."""
        if self._project is None:
            return
        if self._is_large(self._project):
            self._read_facts(self._tell_added)
        else:
            self._take_facts(PhotoFacts.of(self._project))
            self._tell_added()

    def _say_added(self) -> None:
        if self._project is not None and 0 < self._known_count < len(self._facts.rows):
            # New photos among those known from before belong in their places.
            if not self._is_large(self._project):
                self._take_facts(PhotoFacts.of(self._project))
            elif self._scan_is_over:
                self._read_facts(self._tell_added)
                return
        self._tell_added()

    def _tell_added(self) -> None:
        self._told_count = len(self._facts.rows)
        self.classes_changed.emit()
        self.photos_added.emit(self._told_count)
        if self._rows and not self._has_current():
            self.go_to(self._rows[0].id)

    def _has_current(self) -> bool:
        raise NotImplementedError

    def _scan_ended(self) -> None:
        self._scan_is_over = True
        self._take_next.start()

    def _say_left_out(self, path: str) -> None:
        self.message.emit(Message("warn", tr("A folder is left out"), tr("{path} cannot be read.", path=path)))

    def _scan_failed(self, sentence: str) -> None:
        self.message.emit(Message("bad", tr("The folder cannot be read"), sentence))
        self._scan_ended()
