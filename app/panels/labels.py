"""One line of text as the panels write it: size and colour by role, following the theme."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme.fonts import Role, font
from app.theme.palette import notifier, theme
from app.widgets import ElideLabel


class Line(ElideLabel):
    """A line of text that gives way where room is short.

    Args:
        size: a role of `app.theme.fonts.font`.
        role: a text colour of the theme, by name.
        rigid: for figures, which never elide: the line then asks for its whole width.
    """

    def __init__(
        self,
        text: str = "",
        *,
        size: Role = "body",
        weight: int = 400,
        role: str = "t1",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        rigid: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, mode, parent)
        self._size: Role = size
        self._weight = weight
        self._role = role
        self._rigid = rigid
        notifier.changed.connect(self._dress)
        self._dress()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint() if self._rigid else super().minimumSizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        shown = self.text()
        if not self._rigid:
            shown = self.fontMetrics().elidedText(shown, self._mode, self.contentsRect().width())
            self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        # Not from the palette, which the application's style sheet sets back when a panel moves to another window.
        painter.setPen(theme().colour(self._role))
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _dress(self) -> None:
        self.setFont(font(self._size, self._weight, tabular=True))
        self.update()
