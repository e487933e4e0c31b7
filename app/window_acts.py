"""What each act of the table does, and when it can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.actions import Need
from app.acts import classes, comfort, deciding, diagnosing, files, hands, jobs, photos, threshold, training
from app.canvas.tools import Tool
from app.samples import copy_samples
from app.session_types import Message
from app.texts import tr
from engine.dataset.project_records import PhotoState
from engine.errors import MoltboxError
from engine.resources import data_folder

if TYPE_CHECKING:
    from app.main_window import MainWindow

FEATURES: tuple[Callable[[MainWindow], dict[str, Callable[[], None]]], ...] = (
    classes.handlers,
    comfort.handlers,
    deciding.handlers,
    diagnosing.handlers,
    files.handlers,
    hands.handlers,
    jobs.handlers,
    photos.handlers,
    threshold.handlers,
    training.handlers,
)
"""The `handlers` of the modules in `app.acts`."""

SMALL_STEP = 0.01
LARGE_STEP = 0.05


class WindowActs:
    """Handlers of the action table for one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._settings = window.settings

    def handlers(self) -> dict[str, Callable[[], None]]:
        """What to call for each act, by id."""
        window, session, canvas = self._window, self._session, self._window.centre.canvas
        calls: dict[str, Callable[[], None]] = {
            "open_folder": self.ask_folder,
            "export": window.open_export,
            "close_folder": session.close,
            "quit": lambda: (window.close(), None)[1],
            "undo": session.undo,
            "redo": session.redo,
            "delete": session.delete,
            "search": window.photo_list.focus_search,
            "accept": session.accept,
            "reject": session.reject,
            "photo_done": session.photo_done,
            "skip": session.skip,
            "next": session.next_photo,
            "previous": session.previous_photo,
            "restore_backup": session.restore_backup,
            "next_undecided": session.next_undecided,
            "previous_undecided": session.previous_undecided,
            "first": lambda: self.go_to_place(0),
            "last": lambda: self.go_to_place(-1),
            "tool_select": lambda: self.take_tool(Tool.SELECT),
            "tool_draw": lambda: self.take_tool(Tool.DRAW),
            "cycle_map": session.cycle_map_view,
            "map_off": lambda: session.set_map_view("off"),
            "threshold_less": lambda: self.move_threshold(-SMALL_STEP),
            "threshold_more": lambda: self.move_threshold(SMALL_STEP),
            "threshold_less_much": lambda: self.move_threshold(-LARGE_STEP),
            "threshold_more_much": lambda: self.move_threshold(LARGE_STEP),
            "threshold_calibrated": lambda: session.set_threshold(session.calibrated_threshold),
            "fit": canvas.fit,
            "actual_size": canvas.actual_size,
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            "evidence": window.toggle_evidence,
            "full_screen": window.toggle_full_screen,
            "choose_model": self.ask_model,
            "next_region": lambda: window.regions.next(),
            "shortcuts": window.toggle_shortcuts,
        }
        for feature in FEATURES:
            calls.update(feature(window))
        return calls

    def present(self) -> set[Need]:
        """What is there, so that acts which need it can work."""
        session = self._session
        found: set[Need] = {"nothing", "backup"} if session.can_restore else {"nothing"}
        if session.project is None:
            return found
        found.add("folder")
        writable = not session.read_only
        if writable:
            found.add("change")
            if session.training.models.former_name:
                found.add("former_model")
        if session.undo_stack.canUndo():
            found.add("undo")
        if session.undo_stack.canRedo():
            found.add("redo")
        if session.current is not None:
            found.add("photo")
            if writable:
                found.add("decision")
            if session.heat_map is not None:
                found.add("map")
            if session.selected is not None and writable:
                found.add("box")
        return found

    def name_undo(self, actions: Mapping[str, QAction]) -> None:
        """Says in menu and tool tip what would be undone."""
        stack = self._session.undo_stack
        undo, redo = stack.undoText(), stack.redoText()
        actions["undo"].setText(tr("Undo: {act}", act=undo) if undo else tr("Undo"))
        actions["redo"].setText(tr("Redo: {act}", act=redo) if redo else tr("Redo"))

    def open_folder(self, folder: Path) -> None:
        """Opens a folder of photos, also by its project's file, and remembers it."""
        self._window.centre.messages.clear_news()
        if self._session.open_folder(folder) and self._session.project is not None:
            self._settings.remember(self._session.project.root)
            self._window.show_recents()
        elif not folder.is_dir():
            self._settings.forget(folder)
            self._window.show_recents()

    def ask_folder(self) -> None:
        """Lets the person choose a folder of photos."""
        recents = self._settings.recents
        start = str(recents[0].parent) if recents else str(Path.home())
        chosen = QFileDialog.getExistingDirectory(self._window, tr("Open a folder of photos"), start)
        if chosen:
            self.open_folder(Path(chosen))

    def open_demo(self) -> None:
        """Lays the sample photos into the person's data folder and opens them."""
        photos = data_folder() / "demo" / "photos"
        try:
            copy_samples(photos)
        except MoltboxError as error:
            self._session.message.emit(Message("bad", tr("The demo cannot be started"), str(error)))
            return
        self.open_folder(photos)

    def ask_model(self) -> None:
        """Lets the person choose another model file."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, tr("Choose a model file"), str(Path.home()), tr("Moltbox models") + " (*.molt)"
        )
        if chosen:
            self._session.use_model(Path(chosen))

    def move_threshold(self, step: float) -> None:
        """Raises or lowers the threshold of the photo by a step."""
        self._session.set_threshold(min(max(self._session.threshold + step, 0.0), 1.0))

    def take_tool(self, tool: Tool) -> None:
        """Takes a tool in hand, with the keyboard on the photo."""
        canvas = self._window.centre.canvas
        canvas.set_tool(tool)
        canvas.setFocus()

    def go_to_place(self, place: int) -> None:
        """Goes to a photo by its place in the list; -1 is the last."""
        rows = self._session.rows
        if rows:
            self._session.go_to(rows[place].id)

    def answer(self, asked: str) -> None:
        """What a page on the canvas asks the window for."""
        if asked == "export":
            self._window.open_export()
        elif asked == "others":
            skipped = self._session.counts().get(PhotoState.SKIPPED, 0)
            self._window.photo_list.head.choose(PhotoState.SKIPPED if skipped else PhotoState.FAILED)
        elif asked == "show_file" and self._session.current is not None:
            folder = self._session.photo_path(self._session.current).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
