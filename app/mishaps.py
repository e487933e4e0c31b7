"""Faults of the program while its window is open: told in the window in one sentence, with the details in the log."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from app.diagnostics.faults import keep, place_of
from app.diagnostics.log import Log
from app.texts import tr

_MOST_QT_MESSAGES = 200


class Mishaps(QObject):
    """Takes exceptions that nobody caught, from any thread, and what Qt complains of.

    Signal: `happened` with a sentence for a person, once for each place in the program that failed.
    """

    happened = Signal(str)

    def __init__(self, log: Log, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.log = log
        self._known: set[str] = set()
        self._complaints: set[str] = set()

    def install(self) -> None:
        """From now on takes what Qt's slots and the threads let fall, and Qt's own messages."""
        sys.excepthook = self.take
        threading.excepthook = lambda fault: self.take(
            fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback
        )
        qInstallMessageHandler(self.note)

    def uninstall_from_qt(self) -> None:
        """Gives Qt its own way of telling back: what it says while the program ends must not come here."""
        qInstallMessageHandler(None)

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Writes the details to the log and standard error, and tells the window."""
        if not issubclass(kind, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        place = place_of(kind, trace)
        if place in self._known:
            # What fails at every repaint must not fill the disk.
            return
        self._known.add(place)
        sentences = [tr("{fault}. What was shown as decided is saved.", fault=place)]
        if keep(self.log, kind, error, trace):
            sentences.append(tr("Details are in {file}.", file=self.log.file))
        self.happened.emit(" ".join(sentences))

    def note(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        """Passes what Qt says on to standard error, and keeps each complaint once."""
        if sys.stderr is not None:
            sys.stderr.write(f"{text}\n")
        is_complaint = kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if is_complaint and text not in self._complaints and len(self._complaints) < _MOST_QT_MESSAGES:
            self._complaints.add(text)
            self.log.write(f"Qt: {text}")
