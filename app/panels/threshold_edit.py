"""The little field in the value's bubble, in which a threshold is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.texts import tr
from app.theme.fonts import font


class ThresholdEdit(QLineEdit):
    """Shows itself over a bubble with its value marked; goes away by Return, Escape or when the keyboard leaves it.

    Signals: `typed` brings a threshold in [0, 1]; `gone` comes in either case, first.
    """

    typed = Signal(float)
    gone = Signal()

    def __init__(self, value: float, bubble: QRectF, parent: QWidget) -> None:
        super().__init__(f"{value:.2f}", parent)
        self._is_gone = False
        validator = QDoubleValidator(0.0, 1.0, 2, self)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        validator.setLocale(QLocale.c())
        self.setValidator(validator)
        self.setAccessibleName(tr("Threshold from 0 to 1"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setGeometry(bubble.toAlignedRect().adjusted(-6, -2, 6, 4))
        self.setFont(font("second", 600, tabular=True))
        self.selectAll()
        self.editingFinished.connect(self._take)
        self.show()
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def event(self, event: QEvent) -> bool:
        # Escape belongs to the field, not to the window's shortcut or the page behind it.
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._leave()
                return True
        return super().event(event)

    def _take(self) -> None:
        if self._is_gone:
            return
        value = float(self.text()) if self.hasAcceptableInput() else None
        self._leave()
        if value is not None:
            self.typed.emit(value)

    def _leave(self) -> None:
        if not self._is_gone:
            self._is_gone = True
            self.gone.emit()
            self.deleteLater()
