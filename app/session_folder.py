"""The open folder: its project, its photos in list order, the scan that fills it."""

from __future__ import annotations

from pathlib import Path

from app.effort import Effort
from app.session_signals import SessionSignals
from app.session_types import Message
from app.workers import ScanWorker
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, ClassRow, FoundPhoto, PhotoRow, PhotoState
from engine.errors import MoltboxError
from engine.localization.naming import fold_name, folder_label

_LAST_PHOTO = "last_photo"


class FolderSession(SessionSignals):
    """Opening, listing and filtering. Photos are shown from the first batch on; the scan goes on behind them."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self._project: Project | None = None
        self._scan: ScanWorker | None = None
        self._all_rows: dict[int, PhotoRow] = {}
        self._rows: list[PhotoRow] = []
        self._places: dict[int, int] = {}
        self._classes: tuple[ClassRow, ...] = ()
        self._filter: tuple[PhotoState | None, str] = (None, "")
        self._loaded = 0
        self._found = 0
        self._effort = Effort()
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
        return self._all_rows[photo_id]

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
        """Opens a folder of photos; answers whether it could be opened (a message says why not)."""
        try:
            if not folder.is_dir():
                raise MoltboxError(f"{folder} is not a folder.")
            project = Project.open(folder)
        except MoltboxError as error:
            self.message.emit(Message("bad", "The folder cannot be opened", str(error)))
            return False
        self.close()
        self._project = project
        self._effort = Effort.of(project)
        self._found = 0
        self._reload_rows()
        self.project_opened.emit()
        if project.read_only:
            self.message.emit(Message("warn", "You can look, not change", project.read_only_reason))
        if self._rows:
            last = project.setting(_LAST_PHOTO)
            self.go_to(last if last in self._places else self._rows[0].id)
        else:
            self._show_page("photo")
        self._scan = ScanWorker(project.root, self)
        self._scan.found.connect(self._take_found)
        self._scan.unreadable.connect(self._say_left_out)
        self._scan.failed.connect(self._scan_failed)
        self._scan.ended.connect(self._scan_ended)
        self._scan.start()
        return True

    def close(self) -> None:
        """Closes the folder; everything is saved already."""
        if self._scan is not None:
            self._scan.stop()
            for signal in (self._scan.found, self._scan.ended, self._scan.failed, self._scan.unreadable):
                signal.disconnect()
            self._scan.deleteLater()
            self._scan = None
        self._forget_photo()
        if self._project is not None:
            self._project.close()
            self._project = None
        self._all_rows, self._rows, self._places, self._classes = {}, [], {}, ()
        self._filter = (None, "")
        self._show_page("first_run")
        self.project_closed.emit()

    def set_filter(self, state: PhotoState | None, text: str) -> None:
        """Chooses which photos are listed; photos decided later stay in the list until this is called again."""
        self._filter = (state, text)
        self._apply_filter()

    def go_to(self, photo_id: int) -> None:
        raise NotImplementedError

    def _forget_photo(self) -> None:
        raise NotImplementedError

    # Keeping the list.

    def _reload_rows(self) -> None:
        if self._project is None:
            return
        rows = self._project.photos()
        self._all_rows = {row.id: row for row in rows}
        self._loaded = len(rows)
        self._reload_classes()
        self._apply_filter()

    def _reload_classes(self) -> None:
        if self._project is not None and (found := self._project.classes()) != self._classes:
            self._classes = found
            self.classes_changed.emit()

    def _apply_filter(self) -> None:
        state, text = self._filter
        rows = list(self._all_rows.values())
        if state is not None:
            rows = [row for row in rows if row.state is state]
        if text.strip():
            rows = [row for row in rows if self._matches(row, fold_name(text))]
        if state is PhotoState.PROPOSED:
            rows.sort(key=lambda row: -row.need)
        self._rows = rows
        self._places = {row.id: place for place, row in enumerate(rows)}

    def _matches(self, row: PhotoRow, folded: str) -> bool:
        names = {each.id: each.name for each in self._classes}
        return folded in fold_name(row.path) or folded in fold_name(names.get(row.label_class_id or -1, ""))

    def _refresh_row(self, photo_id: int) -> None:
        """Takes one photo's row anew and tells the list."""
        if self._project is None:
            return
        self._take_row(self._project.photo(photo_id))
        self.photo_changed.emit(photo_id)

    def _take_row(self, row: PhotoRow) -> None:
        """Keeps a photo's row as the project has it now."""
        self._all_rows[row.id] = row
        if row.id in self._places:
            self._rows[self._places[row.id]] = row

    def _show_page(self, page: str, text: str = "") -> None:
        self._page, self._page_text = page, text
        self.page_changed.emit(page)

    # The scan.

    def _take_found(self, found: list[FoundPhoto]) -> None:
        if self._project is None:
            return
        self._found += len(found)
        known = len(self._all_rows)
        if not self._project.read_only:
            try:
                self._project.add_photos(found)
                labels = {each.path: (label,) for each in found if (label := folder_label(each.path)) is not None}
                self._project.set_named_labels(labels, "folder")
            except MoltboxError as error:
                self.message.emit(Message("bad", "The photos found could not be saved", str(error)))
                return
        # Reading all rows again costs more the more there are; doubling keeps the sum small.
        if known == 0 or self._found >= 2 * self._loaded:
            self._show_found()

    def _show_found(self) -> None:
        self._reload_rows()
        self.photos_added.emit(len(self._all_rows))
        if self._rows and not self._has_current():
            self.go_to(self._rows[0].id)

    def _has_current(self) -> bool:
        raise NotImplementedError

    def _scan_ended(self) -> None:
        self._show_found()
        if self._project is not None and not self._all_rows:
            self._show_page("empty", f"{self._project.root} holds no photo that Moltbox can read.")

    def _say_left_out(self, path: str) -> None:
        self.message.emit(Message("warn", "A folder is left out", f"{path} cannot be read."))

    def _scan_failed(self, sentence: str) -> None:
        self.message.emit(Message("bad", "The folder cannot be read", sentence))
        self._scan_ended()
