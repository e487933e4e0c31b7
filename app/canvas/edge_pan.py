"""Moves the photo on while a box is dragged over the edge of the canvas, so that large boxes need no second try."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer

from app.canvas.camera import Camera

_TICK_MS = 16
# Each tick moves the photo by this share of how far the pointer is outside.
_SHARE = 0.15
_MOST_PX = 30.0


def pan_step(place: QPointF, port: QRectF) -> QPointF:
    """By how many pixels the photo moves in one tick, against the way that the pointer has left the canvas."""
    across = min(place.x() - port.left(), 0.0) + max(place.x() - port.right(), 0.0)
    down = min(place.y() - port.top(), 0.0) + max(place.y() - port.bottom(), 0.0)
    return QPointF(-_bounded(across * _SHARE), -_bounded(down * _SHARE))


class EdgePan(QObject):
    """`moved` is called after each step with where the pointer is, in pixels of the viewport."""

    def __init__(self, camera: Camera, moved: Callable[[QPointF], None]) -> None:
        super().__init__(camera)
        self._camera = camera
        self._moved = moved
        self._place, self._port = QPointF(), QRectF()
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._step)

    def follow(self, place: QPointF, port: QRectF) -> None:
        """Takes where the pointer is while a box is dragged; inside the canvas the photo stands still."""
        self._place, self._port = place, port
        if pan_step(place, port).isNull():
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()

    def stop(self) -> None:
        self._clock.stop()

    def _step(self) -> None:
        step = pan_step(self._place, self._port)
        self._camera.pan(step.x(), step.y())
        self._moved(self._place)


def _bounded(step: float) -> float:
    # The camera moves by whole pixels; the smallest step outside is one.
    least = 1.0 if step > 0 else -1.0 if step < 0 else 0.0
    return max(-_MOST_PX, min(_MOST_PX, step if abs(step) >= 1.0 else least))
