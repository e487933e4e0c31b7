"""The five counts of the page for many photos; they add up to the photos to review and those reviewed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.panels.labels import Line
from app.texts import thousands, tr
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Card, Words
from engine.prelabel.reboxing import Change

_ICON = 18


class _Sign(QWidget):
    def __init__(self, icon: str, role: str) -> None:
        super().__init__()
        self._icon = icon
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(_ICON, _ICON)

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw_icon(QPainter(self), self._icon, QRectF(0, 0, _ICON, _ICON), theme().colour(self._role))


class CountCard(Card):
    """What becomes of the photos, in five figures with their words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(12)
        self._figures: list[Words] = []
        self._words: list[Line] = []
        signs = (
            ("pencil", "acc"),
            ("warning", "warn"),
            ("plus", "acc"),
            ("state-review", "t2"),
            ("state-done", "ok"),
        )
        for icon, role in signs:
            figure, words = Words("0", "figure"), Line("", size="second", role="t2")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(figure)
            column.addWidget(words)
            part = QHBoxLayout()
            part.setSpacing(12)
            part.addWidget(_Sign(icon, role))
            part.addLayout(column, 1)
            row.addLayout(part)
            self._figures.append(figure)
            self._words.append(words)

    def show_counts(self, counts: Mapping[Change, int], reviewed: int) -> None:
        """Shows what happens to the photos of the scope, and how many are reviewed and never touched."""
        moves, loses = counts[Change.MOVES], counts[Change.LOSES]
        gains, stays = counts[Change.GAINS], counts[Change.STAYS]
        told = (
            (moves, tr("box moves") if moves == 1 else tr("boxes move")),
            (loses, tr("photo loses its box") if loses == 1 else tr("photos lose their box")),
            (gains, tr("photo gains a box") if gains == 1 else tr("photos gain a box")),
            (stays, tr("stays as it is") if stays == 1 else tr("stay as they are")),
            (reviewed, tr("reviewed, never touched")),
        )
        for (count, text), figure, words in zip(told, self._figures, self._words, strict=True):
            figure.setText(thousands(count))
            words.setText(text)
        self.setAccessibleName(", ".join(f"{thousands(count)} {text}" for count, text in told))

    @property
    def figures(self) -> tuple[int, ...]:
        """The five figures as they are shown."""
        return tuple(int("".join(filter(str.isdecimal, figure.text()))) for figure in self._figures)
