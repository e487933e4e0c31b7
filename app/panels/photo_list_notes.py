"""What stands under and in place of the photo list: today's work, and why no photo is shown."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.panels import words
from app.texts import tr, tr_count
from app.theme.fonts import font
from app.theme.palette import notifier
from app.widgets import Button, Divider, IconLabel
from engine.dataset.project_records import PhotoState


class PhotoListFoot(QWidget):
    """One line: how many photos were decided today, how long each took, how many boxes were kept as proposed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compact = False
        self._effort = (0, 0.0, 0.0)
        self._line = IconLabel("clock")
        self._line.setContentsMargins(16, 8, 8, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(Divider())
        layout.addWidget(self._line)

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self._show()

    def set_effort(self, photos: int, seconds_each: float, kept_share: float) -> None:
        """Photos decided today, median seconds for one (0 while unknown), share of proposed boxes kept, in [0, 1]."""
        self._effort = (photos, seconds_each, kept_share)
        self._show()

    def _show(self) -> None:
        photos, seconds_each, kept_share = self._effort
        if photos == 0:
            text = tr("None today yet") if self._compact else tr("No photo decided today yet")
        elif self._compact:
            text = tr("Today {count}", count=f"{photos:,}")
        else:
            parts = [tr_count("Today {count} photo", "Today {count} photos", photos)]
            if seconds_each > 0:
                parts.append(tr("{seconds:.1f} s each", seconds=seconds_each))
            parts.append(tr("{share:.0f} % kept", share=kept_share * 100))
            text = " · ".join(parts)
        self._line.setText(text)


class EmptyNote(QWidget):
    """Says why the list is empty, and offers to clear a filter that leaves nothing."""

    clear_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._text = QLabel()
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.clear = Button("second", text=tr("Clear filter"))
        self.clear.clicked.connect(self.clear_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 40, 24, 24)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(4)
        layout.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        notifier.changed.connect(self._dress)
        self._dress()

    @property
    def sentence(self) -> str:
        return f"{self._title.text()} {self._text.text()}".strip()

    def explain(self, total: int, state: PhotoState | None, text: str) -> None:
        """Why nothing is shown: `total` photos in the folder, a filter by state and a searched text."""
        wanted = [
            f"<i>{escape(part)}</i>" for part in (text, words.photo_state(state) if state is not None else "") if part
        ]
        self.clear.setVisible(total > 0)
        if total == 0:
            self._title.setText(tr("No photo here yet"))
            self._text.setText(tr("Photos appear as they are found. JPEG, PNG, WebP, TIFF and BMP are read."))
        elif state is PhotoState.PROPOSED and not text:
            self._title.setText(tr("Nothing to review"))
            self._text.setText(tr("Every photo that has a box is decided."))
        else:
            self._title.setText(tr("No photo matches"))
            self._text.setText(", ".join(wanted) + ".")

    def _dress(self) -> None:
        self._title.setFont(font("body", 600))
        self._text.setFont(font("second"))
