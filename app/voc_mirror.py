"""Keeps VOC files in step with the decisions, where the person wants that; written beside the window."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from app.priority import work_beside_window
from app.session_types import Message
from app.settings import Settings
from app.texts import tr
from app.threads import failures_told, wait_or_let_go
from engine.dataset.project import Project
from engine.dataset.project_records import PhotoState
from engine.dataset.voc_mirror import MirrorPlace, VocMirror
from engine.errors import FileInTheWayError

if TYPE_CHECKING:
    from app.session import Session

_CLOSING_MS = 10_000
# Turns in the order in which they are taken.
_DECIDED, _END, _ALL, _ONE_OF_ALL = range(4)


class MirrorWriter(QThread):
    """Writes the files of photos whose decisions have changed, each as it is when its turn comes.

    Signals: `in_the_way` with the sentence about the first file of another tool, `failed` with that about the first
    file that could not be written.
    """

    in_the_way = Signal(str)
    failed = Signal(str)

    def __init__(self, project: Project, place: MirrorPlace, parent: QObject) -> None:
        super().__init__(parent)
        self._root: Path = project.root
        self._home: Path = project.path.parent
        self._place: MirrorPlace = place
        self._turns: queue.PriorityQueue[tuple[int, int]] = queue.PriorityQueue()
        self._waiting: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._told: set[str] = set()

    def ask(self, photo_id: int) -> None:
        """Brings a photo's file in step, before any that `ask_all` means."""
        self._put(_DECIDED, photo_id)

    def ask_all(self) -> None:
        """Brings the files of all reviewed photos in step."""
        self._put(_ALL, 0)

    def stop(self) -> None:
        """Writes what has been decided, and ends; of `ask_all`, the rest is left. Waits ten seconds at most."""
        self._put(_END, 0)
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        work_beside_window()
        with (
            failures_told(self._tell_failed),
            Project.open(self._root, read_only=True, location=self._home) as project,
        ):
            self._work(project, VocMirror(project, self._place))

    def _put(self, kind: int, photo_id: int) -> None:
        turn = (kind, photo_id)
        with self._lock:
            if turn not in self._waiting:
                self._waiting.add(turn)
                self._turns.put(turn)

    def _work(self, project: Project, mirror: VocMirror) -> None:
        while (turn := self._turns.get())[0] != _END:
            with self._lock:
                self._waiting.discard(turn)
            kind, photo_id = turn
            if kind == _ALL:
                for row in project.photos():
                    if row.state is PhotoState.REVIEWED:
                        self._put(_ONE_OF_ALL, row.id)
            else:
                with failures_told(self._tell_failed):  # the files of the other photos are written all the same
                    self._update(mirror, photo_id)

    def _update(self, mirror: VocMirror, photo_id: int) -> None:
        try:
            mirror.update(photo_id)
        except FileInTheWayError as error:
            self._tell("in_the_way", str(error))
        except OSError as error:
            self._tell_failed(f"{error.filename}: {error.strerror}.")

    def _tell_failed(self, sentence: str) -> None:
        self._tell("failed", sentence)

    def _tell(self, kind: str, sentence: str) -> None:
        if kind not in self._told:
            self._told.add(kind)
            (self.in_the_way if kind == "in_the_way" else self.failed).emit(sentence)


class VocFiles(QObject):
    """Starts a writer for each folder that is opened, and tells it what changes there."""

    def __init__(self, session: Session, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._writer: MirrorWriter | None = None
        self._names: dict[int, str] = {}
        session.project_opened.connect(self._start)
        session.project_closing.connect(self.stop)
        session.photo_changed.connect(self._follow)
        session.classes_changed.connect(self._follow_names)
        session.labels_brought_in.connect(self.catch_up)

    def use(self, place: MirrorPlace) -> None:
        """Keeps the files there from now on, those of photos reviewed already too; files elsewhere stay."""
        self._settings.voc_mirror = place
        self.stop()
        self._start()
        self.catch_up()

    def catch_up(self) -> None:
        """Brings the files of all reviewed photos in step."""
        if self._writer is not None:
            self._writer.ask_all()

    def stop(self) -> None:
        """Ends the writing, when all that has been decided is written."""
        if self._writer is not None:
            self._writer.stop()
            self._writer.deleteLater()
            self._writer = None

    def _start(self) -> None:
        project, place = self._session.project, self._settings.voc_mirror
        if project is None or project.read_only or place == "off" or self._writer is not None:
            return
        self._names = self._class_names()
        self._writer = MirrorWriter(project, place, self)
        self._writer.in_the_way.connect(self._say_in_the_way)
        self._writer.failed.connect(self._say_failed)
        self._writer.start()

    def _follow(self, photo_id: int) -> None:
        if self._writer is not None:
            self._writer.ask(photo_id)

    def _follow_names(self) -> None:
        """A class that has another name now, or none, is in the files of many photos."""
        before, self._names = self._names, self._class_names()
        if any(self._names.get(class_id) != name for class_id, name in before.items()):
            self.catch_up()

    def _class_names(self) -> dict[int, str]:
        return {row.id: row.name for row in self._session.classes}

    def _say_in_the_way(self, sentence: str) -> None:
        others = tr("Moltbox leaves such files as they are.")
        self._session.message.emit(Message("warn", tr("A VOC file is not kept in step"), f"{sentence} {others}"))

    def _say_failed(self, sentence: str) -> None:
        self._session.message.emit(Message("bad", tr("A VOC file is not kept in step"), sentence))
