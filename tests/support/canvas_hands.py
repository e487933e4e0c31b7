"""Hands for canvas tests: drags and wheel turns, and two boxes to try them on."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.dataset.project_records import BoxRow, BoxState
from engine.geometry import Box

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
FIRST = BoxRow(1, 1, Box(100, 100, 300, 250), BoxState.PROPOSED, 0.94, 0.34)
SECOND = BoxRow(2, 2, Box(350, 60, 500, 200), BoxState.ACCEPTED, 0.5, 0.34)


def drag(view, start: QPoint, end: QPoint, button=LEFT, modifiers=NONE) -> None:
    port = view.viewport()
    QTest.mousePress(port, button, modifiers, start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, button, modifiers, end)


def turn_wheel(view, place: QPoint, steps: float, modifiers=NONE) -> None:
    delta = QPoint(0, round(120 * steps))
    event = QWheelEvent(
        QPointF(place),
        QPointF(view.viewport().mapToGlobal(place)),
        QPoint(),
        delta,
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
