"""A person before the window: all they do is look, press keys, click and drag."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from engine.dataset.project_records import BoxRow
from engine.geometry import Box
from support.sessions import ToldSession, wait_for_photos, wait_for_proposal

_NO = Qt.KeyboardModifier.NoModifier
_LEFT = Qt.MouseButton.LeftButton
_STEPS = 8


class Person:
    """Works in one window by keys and mouse; what they see is asked of the session."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.session = cast(ToldSession, window.session)
        self.canvas = window.centre.canvas
        self._qtbot = qtbot

    def open_folder(self, folder: Path, *, photos: int) -> None:
        """Drops a folder on the window and waits until its photos are listed."""
        self.window.acts.open_folder(folder)
        wait_for_photos(self.session, self._qtbot, photos)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = _NO) -> None:
        """Presses a key where the keyboard is."""
        self._qtbot.keyClick(self.window.focusWidget() or self.window, key, modifiers)

    def click(self, words: str, within: QWidget | None = None) -> None:
        """Clicks the visible button with these words on it or as its accessible name."""
        self._qtbot.mouseClick(self.button(words, within), _LEFT)

    def button(self, words: str, within: QWidget | None = None) -> QAbstractButton:
        for button in self._buttons(words, within or self.window):
            if button.isVisible():
                return button
        seen = [each.text() or each.accessibleName() for each in self.window.findChildren(QAbstractButton)]
        raise AssertionError(f"no button {words!r} in sight; there are {seen}")

    def sees(self, words: str) -> bool:
        """Whether a button of this text or name is in sight."""
        return any(button.isVisible() for button in self._buttons(words, self.window))

    def _buttons(self, words: str, within: QWidget) -> list[QAbstractButton]:
        buttons = within.findChildren(QAbstractButton)
        return [button for button in buttons if words in (button.text(), button.accessibleName())]

    def drag(self, box: Box) -> None:
        """Drags the mouse over the photo from a box's upper left to its lower right corner."""
        self.drag_between((box.x0, box.y0), (box.x1, box.y1))

    def drag_between(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags the mouse from one point of the photo to another, in photo pixels."""
        port = self.canvas.viewport()
        self._qtbot.mousePress(port, _LEFT, _NO, self.place(*start))
        for step in range(1, _STEPS + 1):
            share = step / _STEPS
            x, y = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            self._qtbot.mouseMove(port, self.place(x, y))
        self._qtbot.mouseRelease(port, _LEFT, _NO, self.place(*end))

    def place(self, x: float, y: float) -> QPoint:
        """Where a point of the photo lies in the canvas, in whole screen pixels."""
        return self.canvas.camera.to_screen(QRectF(QPointF(x, y), QPointF(x, y))).topLeft().toPoint()

    def export(self, file_format: str, target: Path) -> str:
        """Exports by the sheet; returns what the sheet says in the end."""
        self.press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        sheet = self.window.sheet
        assert sheet is not None
        self.click({"coco": "COCO", "voc": "Pascal VOC"}[file_format], sheet)
        field = next(each for each in sheet.findChildren(QLineEdit) if each.accessibleName() == "Where to write")
        field.selectAll()
        self._qtbot.keyClicks(field, str(target))
        self.click("Export", sheet)
        self.wait_until(lambda: any(each.isVisible() for each in self._buttons("Done", sheet)))
        said = self.words_in_sight()
        self.click("Done", sheet)
        self.wait_until(lambda: self.window.sheet is None)
        return said

    @property
    def pixel(self) -> float:
        """Size of a screen pixel in photo pixels: how exact a hand can be."""
        return 1.0 / self.canvas.camera.zoom

    def see_proposal(self) -> BoxRow:
        """Waits for the proposed box of the photo shown."""
        return wait_for_proposal(self.session, self._qtbot)

    def wait_until(self, seen: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(seen, timeout=10_000)

    def words_in_sight(self) -> str:
        """Everything written on labels and buttons in the window."""
        children = [*self.window.findChildren(QLabel), *self.window.findChildren(QAbstractButton)]
        return "\n".join(child.text() for child in children if child.isVisible())

    @property
    def photo_name(self) -> str:
        """Name of the photo shown, "" where there is none."""
        return self.session.current.path if self.session.current is not None else ""

    def wait_for_photo(self, name: str) -> None:
        self.wait_until(lambda: self.photo_name == name and self.session.pixels is not None)
