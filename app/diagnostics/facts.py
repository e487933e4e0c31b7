"""What *Copy diagnostics* puts on the clipboard: versions, screens, settings, figures of the folder, the log's end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6 import __version__ as pyside_version
from PySide6.QtGui import QGuiApplication

from app.check import versions
from app.diagnostics.crash import CrashTrap
from app.diagnostics.log import Log, without_home
from engine.dataset.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from app.main_window import MainWindow

_MOST_LOG_BYTES = 16_000
_MOST_TRACE_CHARACTERS = 6_000


def diagnostics(window: MainWindow, log: Log) -> str:
    """The facts as plain text: no photo, no class name, no decision, and the home folder as `~`."""
    parts = [
        "Moltbox diagnostics",
        f"versions: {versions()}",
        f"Qt: PySide6 {pyside_version}, platform {QGuiApplication.platformName()}, {_screens()}",
        f"cores: {os.cpu_count()}",
        f"window: {window.width()} x {window.height()}, {_settings(window)}",
        f"model: {_model(window)}",
        f"folder: {_folder(window)}",
        f"last crash: {CrashTrap(log.folder).last(_MOST_TRACE_CHARACTERS) or 'none'}",
        f"log ({log.file}):\n{log.end(_MOST_LOG_BYTES)}",
    ]
    return without_home("\n".join(parts))


def _screens() -> str:
    sizes = [
        f"{screen.size().width()} x {screen.size().height()} at {screen.devicePixelRatio():g}"
        for screen in QGuiApplication.screens()
    ]
    return f"screens {', '.join(sizes)}"


def _settings(window: MainWindow) -> str:
    settings = window.settings
    return (
        f"theme {settings.scheme}, contrast {settings.contrast}, text {settings.text_percent} %,"
        f" language {settings.language}"
    )


def _model(window: MainWindow) -> str:
    name = window.session.model_name
    return f"{name}, runs on {window.session.device_sentence}" if name else "none"


def _folder(window: MainWindow) -> str:
    session = window.session
    if session.project is None:
        return "none"
    states = ", ".join(f"{count} {state.value}" for state, count in session.counts().items())
    manner = "only to be looked at" if session.read_only else "can be written"
    return f"{states}; {len(session.project.classes())} classes; project format {SCHEMA_VERSION}, {manner}"
