"""Starts the window."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication

from app.comfort import put_on
from app.diagnostics.crash import CrashTrap
from app.diagnostics.log import Log, without_home
from app.diagnostics.notes import FirstPaint, SessionNotes
from app.garbage import GarbageCollector, look_through_all
from app.language import language_of, speak
from app.main_window import MainWindow
from app.mishaps import Mishaps
from app.priority import answer_soon
from app.session import Session
from app.session_types import Message
from app.settings import Settings
from app.sheets import import_sheets
from app.slices import Slices
from app.texts import tr
from app.theme.fonts import prefer_clear_font
from engine import __version__
from engine.resources import starter_model_path

# What comes just after the first frame and is not needed for it may take the time that is then left over.
_FIRST_FRAME_MS = 1500
# Qt's loop runs no Python by itself: this often, Ctrl+C in a terminal is noticed.
_INTERRUPT_CHECK_MS = 200
_LAST_WORK_MS = 20_000


def run_window(folder: Path | None, model: Path | None, argv: list[str]) -> int:
    """Shows the window until it is closed; returns the exit code.

    Args:
        folder: folder of photos to open at once; None shows the first page.
        model: model file; None takes the starter model.
        argv: the program's name and Qt's own options.
    """
    answer_soon()
    app = QApplication(argv)
    app.setApplicationName("Moltbox")
    app.setDesktopFileName("moltbox")
    settings = Settings()
    speak(app, language_of(settings.language))
    prefer_clear_font(app)
    put_on(app, settings)
    session = Session(model or starter_model_path())
    window = MainWindow(session, settings)
    log = Log()
    log.write(f"Moltbox {__version__} starts")
    SessionNotes(session, log)
    FirstPaint(window, log)
    mishaps = Mishaps(log, window)
    mishaps.happened.connect(
        lambda sentence: session.message.emit(
            Message("bad", tr("A fault in Moltbox"), sentence, act="copy_diagnostics")
        )
    )
    mishaps.install()
    GarbageCollector(window)
    session.project_closed.connect(look_through_all)
    window.show()
    first = QTimer(window, singleShot=True, interval=_FIRST_FRAME_MS)
    first.timeout.connect(lambda: Slices(import_sheets(), window))
    first.start()
    QTimer.singleShot(0, window, lambda: tell_of_crashes(session, log))
    if folder is not None:
        # A folder that cannot be opened is told in the window.
        QTimer.singleShot(0, window, lambda: window.acts.open_folder(folder))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    heartbeat = QTimer(window, interval=_INTERRUPT_CHECK_MS)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    code = app.exec()
    mishaps.uninstall_from_qt()
    log.write(f"Moltbox ends with {code}")
    if not threads_end(session, window):
        log.write("a thread was cut off")
        os._exit(code)
    return code


def threads_end(*owners: QObject) -> bool:
    """Waits for threads that something keeps from ending, such as a model being opened; answers whether all have ended.

    The window is gone by then and all decisions are on the disk. A thread that is destroyed while it runs takes the
    whole process down, which would look like a crash.
    """
    threads = [thread for owner in owners for thread in owner.findChildren(QThread)]
    return all(thread.wait(_LAST_WORK_MS) for thread in threads)


def tell_of_crashes(session: Session, log: Log) -> None:
    """Says in the window and on standard error that an earlier run crashed, once for each crash."""
    trap = CrashTrap(log.folder)
    told = trap.tell(trap.untold())
    if not told:
        return
    log.write(f"an earlier run crashed: {told[-1].name}")
    if sys.stderr is not None:
        sys.stderr.write(f"moltbox: an earlier run crashed; where it stood is in {told[-1]}.\n")
    words = tr("What was shown as decided is saved. Where it stood is in {file}.", file=without_home(str(told[-1])))
    session.message.emit(Message("warn", tr("Moltbox crashed the last time"), words, act="copy_diagnostics"))
