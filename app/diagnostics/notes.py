"""What the log keeps of a session: counts and states, and the messages that a person was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.diagnostics.log import Log

if TYPE_CHECKING:
    from app.session import Session
    from app.session_types import JobStatus, Message


WINDOW_SHOWN = "window shown"


class FirstPaint(QObject):
    """Writes once that the window is on the screen: until that line is there, a start has not succeeded."""

    def __init__(self, window: QWidget, log: Log) -> None:
        super().__init__(window)
        self._window = window
        self._log = log
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, lambda: self._log.write(WINDOW_SHOWN))
        return super().eventFilter(watched, event)


class SessionNotes(QObject):
    """Writes a line when a folder, a model or a job begins or ends, and for every warning.

    No line is written for a photo, so that the log says nothing of them but what a warning says.
    """

    def __init__(self, session: Session, log: Log) -> None:
        super().__init__(session)
        self._session = session
        self._log = log
        self._job = ""
        session.project_opened.connect(self._opened)
        session.project_closed.connect(lambda: self._log.write("folder closed"))
        session.model_changed.connect(self._model)
        session.job_changed.connect(self._job_changed)
        session.message.connect(self._message)

    def _opened(self) -> None:
        manner = ", only to be looked at" if self._session.read_only else ""
        self._log.write(f"folder opened{manner}: {len(self._session.rows)} photos known")

    def _model(self) -> None:
        self._log.write(f"model: {self._session.model_name or 'none'}")

    def _job_changed(self, status: JobStatus | None) -> None:
        title = status.title if status is not None else ""
        if title == self._job:
            return
        if self._job:
            self._log.write(f"job ended: {self._job}")
        if status is not None:
            self._log.write(f"job begun: {title}, {status.total} photos")
        self._job = title

    def _message(self, message: Message) -> None:
        if message.kind in ("warn", "bad"):
            self._log.write(f"{message.kind}: {message.title}. {message.text}".rstrip())
