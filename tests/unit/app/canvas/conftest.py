"""A canvas in a window, its photo fitted, with a photo-to-screen helper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QApplication

from app.canvas.view import CanvasView
from app.theme.palette import apply_theme
from support.fake_canvas_session import FakeSession

PHOTO_WIDTH, PHOTO_HEIGHT = 600, 400


@pytest.fixture
def session(qapp: QApplication) -> FakeSession:
    apply_theme(qapp, "dark")
    return FakeSession()


@pytest.fixture
def view(session: FakeSession, qtbot) -> CanvasView:
    shown = CanvasView(session)  # pyright: ignore[reportArgumentType]
    qtbot.addWidget(shown)
    shown.resize(900, 700)
    shown.show()
    qtbot.waitExposed(shown)
    photo = np.random.default_rng(1).integers(0, 255, (PHOTO_HEIGHT, PHOTO_WIDTH, 3), dtype=np.uint8)
    session.show(photo)
    shown.setFocus()
    return shown


@pytest.fixture
def at(view: CanvasView) -> Callable[[float, float], QPoint]:
    """Where a point of the photo lies in the viewport."""

    def place(x: float, y: float) -> QPoint:
        found = view.viewportTransform().map(QPointF(x, y))
        return QPoint(round(found.x()), round(found.y()))

    return place
