"""Starts the window."""

from __future__ import annotations

import signal
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.comfort import put_on
from app.garbage import GarbageCollector
from app.language import language_of, speak
from app.main_window import MainWindow
from app.mishaps import Mishaps
from app.priority import answer_soon
from app.session import Session
from app.session_types import Message
from app.settings import Settings
from app.texts import tr
from app.theme.fonts import prefer_clear_font
from engine.resources import data_folder, starter_model_path

# Qt's loop runs no Python by itself: this often, Ctrl+C in a terminal is noticed.
_INTERRUPT_CHECK_MS = 200


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
    mishaps = Mishaps(data_folder() / "moltbox.log", window)
    mishaps.happened.connect(lambda sentence: session.message.emit(Message("bad", tr("A fault in Moltbox"), sentence)))
    mishaps.install()
    GarbageCollector(window)
    window.show()
    if folder is not None:
        # A folder that cannot be opened is told in the window.
        QTimer.singleShot(0, window, lambda: window.acts.open_folder(folder))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    heartbeat = QTimer(window, interval=_INTERRUPT_CHECK_MS)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    return app.exec()
