"""What came of an export: facts read back from the file, each with its sign."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.export_job import ExportFormat, ExportReport, Fact
from app.texts import thousands, tr
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, Divider, Words

_ICONS = {"ok": "check", "warn": "warning", "info": "info", "bad": "warning"}
_ROLES = {"ok": "ok", "warn": "warn", "info": "t2", "bad": "bad"}
# A list of photos longer than this is for the copied report.
_SHOWN_PHOTOS = 40


class ExportResult(QWidget):
    """A card that says what will be written, that it is being written, or what reads back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: list[QWidget] = []
        self._sign = Sign("info", "t2")
        self.title = Words("", "panel", wrap=True)
        self._elapsed = Words("", "second", "t2")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._sign)
        head.addWidget(self.title, 1)
        head.addWidget(self._elapsed)
        self._divider = Divider()
        self._content = QWidget()
        self._list = QVBoxLayout(self._content)
        self._list.setContentsMargins(0, 4, 0, 0)
        self._list.setSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._divider)
        column.addWidget(_FactArea(self._content), 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        notifier.changed.connect(self.update)

    def show_nothing(self, format_name: ExportFormat) -> None:
        """Before anything is written."""
        self._show("info", "t2", tr("After writing, the file is read back and compared"), "", ())
        self._add(Words(_before(format_name), "body", "t2", wrap=True))

    def show_running(self) -> None:
        """While the job runs."""
        self._show("clock", "acc", tr("Writing the boxes and reading them back"), "", ())

    def show_report(self, report: ExportReport) -> None:
        """What came of it."""
        icon, role = ("state-done", "ok") if report.ok else ("warning", "bad")
        self._show(icon, role, report.title, f"{report.elapsed_s:.1f} s", report.facts)

    def words(self) -> str:
        """All text shown, for tests and screen readers."""
        return self.accessibleDescription()

    def _show(self, icon: str, role: str, title: str, elapsed: str, facts: tuple[Fact, ...]) -> None:
        for old in self._facts:
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._facts = []
        while self._list.count():
            self._list.takeAt(0)
        self._sign.show_icon(icon, role)
        self.title.setText(title)
        self._elapsed.setText(elapsed)
        for fact in facts:
            self._add(FactLine(fact))
        if facts:
            self._list.addStretch(1)
        self.setAccessibleName(title)
        self.setAccessibleDescription(" ".join([title, *(f"{fact.title}. {fact.text}" for fact in facts)]))

    def _add(self, widget: QWidget) -> None:
        self._facts.append(widget)
        self._list.addWidget(widget)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme().colour("line"))
        painter.setBrush(theme().colour("win"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class _FactArea(QScrollArea):
    """As high as what it holds, and scrolled where there is less room."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidget(content)
        for ground in (content, self.viewport()):
            ground.setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        content = self.widget()
        layout = content.layout() if content is not None else None
        if layout is None:
            return super().sizeHint()
        width = self.viewport().width()
        high = layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        return QSize(width, high)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 40)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        handled = super().eventFilter(watched, event)
        if watched is self.widget() and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.updateGeometry()
        return handled


class Sign(QWidget):
    """A small icon in a colour that carries meaning."""

    def __init__(self, icon: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._role = icon, role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def show_icon(self, icon: str, role: str) -> None:
        self._icon, self._role = icon, role
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(18, 18)

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw_icon(QPainter(self), self._icon, QRectF(self.rect()), theme().colour(self._role))


class FactLine(QWidget):
    """One fact: sign, title, explanation, and the photos it is about where a person asks for them."""

    def __init__(self, fact: Fact, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.photos = Words(_listed(fact.photos), "second", "t2", wrap=True)
        self.photos.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.photos.hide()
        self.show_button = Button("ghost", text=tr("Show"), icon="eye")
        self.show_button.setAccessibleName(tr("Show the photos: {fact}", fact=fact.title))
        self.show_button.clicked.connect(self._show_photos)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(Words(fact.title, "body", weight=600, wrap=True))
        if fact.text:
            words.addWidget(Words(fact.text, "second", "t2", wrap=True))
        words.addWidget(self.photos)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(Sign(_ICONS[fact.kind], _ROLES[fact.kind]), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.show_button, 0, Qt.AlignmentFlag.AlignTop)
        # Only now: shown before it stands in the line, it would be a window of its own for a moment.
        self.show_button.setVisible(bool(fact.photos))

    def _show_photos(self) -> None:
        shown = self.photos.isHidden()
        self.photos.setVisible(shown)
        self.show_button.setText(tr("Hide") if shown else tr("Show"))


def _listed(photos: tuple[str, ...]) -> str:
    lines = list(photos[:_SHOWN_PHOTOS])
    if len(photos) > _SHOWN_PHOTOS:
        left = thousands(len(photos) - _SHOWN_PHOTOS)
        lines.append(tr("and {count} more; all of them are in the copied report", count=left))
    return "\n".join(lines)


def _before(format_name: ExportFormat) -> str:
    """What will be written, before it is."""
    return {
        "coco": tr("Photos without a box are listed with no annotation. Numbers stay the same from export to export."),
        "voc": tr("One XML file for each photo, in folders like the photos'. Coordinates are whole pixels."),
        "yolo": tr("One text file for each photo, in folders like the photos', and the classes in data.yaml."),
        "csv": tr("A table for spreadsheets: edges in pixels of the upright photo, with state and score."),
    }[format_name]
