"""The cards at the left of a training's page: what it learns from, how, and its log."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.pages.train_words import moment_words, network_name
from app.panels.marks import draw_swatch
from app.texts import thousands, tr, tr_count
from app.theme.fonts import font, scaled
from app.theme.palette import notifier, theme
from app.training.compared import Setup
from app.training.plan_words import unreadable_words
from app.training.state import TrainingState
from app.widgets import Card, ElideLabel, Note, Words, set_role
from engine.localization.onnx_session import core_count

FEW_PHOTOS = 100
"""A class with fewer photos is warned of."""

_ROW_PX, _LOG_ROW_PX = 24, 18
_MOST_CLASSES = 12
_MOST_NAMED = 40
_LOG_LINES = 6
_FIGURE_PX, _SWATCH_PX = 52, 10
_NAME_SHARE = 0.52
"""Of the width between swatch and figures, the part that names have; the bar has the rest."""


def thin_class_words(classes: Sequence[tuple[str, int]]) -> str:
    """Which classes have few photos, in a sentence; "" for none.

    Args:
        classes: names and photos.
    """
    thin = sorted((count, name) for name, count in classes if count < FEW_PHOTOS)
    if not thin:
        return ""
    count, name = thin[0]
    if len(thin) == 1:
        few = tr_count("{name} has {count} photo", "{name} has {count} photos", count, name=name)
        return tr("{few}; {enough} or more works better.", few=few, enough=FEW_PHOTOS)
    return tr(
        "{number} classes have fewer than {enough} photos, {name} the fewest ({count}); more works better.",
        number=len(thin),
        enough=FEW_PHOTOS,
        name=name,
        count=count,
    )


class LearningCard(Card):
    """Photos and boxes of each class, the thin ones in amber, and a warning in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _ClassRows()
        self.more = Words("", "second", "t2")
        self.warning, self.unreadable = Note(), Note()
        column = _column(self, 2)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(Words(tr("Learning from"), "body", weight=600), 1)
        for text in (tr("photos"), tr("boxes")):
            words = Words(text, "caption", "t2")
            words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            words.setFixedWidth(scaled(_FIGURE_PX))
            head.addWidget(words)
        column.addLayout(head)
        column.addWidget(self._rows)
        column.addWidget(self.more)
        column.addWidget(self.warning)
        column.addWidget(self.unreadable)

    def show_unreadable(self, photos: Sequence[tuple[str, str]]) -> None:
        """Names the photos that are left out; the tool tip says why.

        Args:
            photos: paths, each with its reason.
        """
        tip = "\n".join(f"{path}: {why}" for path, why in photos[:_MOST_NAMED])
        self.unreadable.show_words(unreadable_words(tuple(path for path, _ in photos)), tip=tip)

    def show_classes(self, classes: Sequence[tuple[str, int, int, int]]) -> None:
        """Shows each class's name, colour index, photos and boxes, the most photos first."""
        ordered = sorted(classes, key=lambda row: (-row[2], row[0]))
        shown = ordered if len(ordered) <= _MOST_CLASSES else [*ordered[: _MOST_CLASSES - 1], ordered[-1]]
        self._rows.show_rows(shown)
        hidden = len(ordered) - len(shown)
        self.more.setText(tr_count("{count} class more", "{count} classes more", hidden))
        self.more.setVisible(hidden > 0)
        self.warning.show_words(thin_class_words([(name, photos) for name, _, photos, _ in ordered]))


class _ClassRows(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[str, int, int, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.updateGeometry)
        notifier.changed.connect(self.update)

    def show_rows(self, rows: Sequence[tuple[str, int, int, int]]) -> None:
        self._shown = list(rows)
        said = [
            tr("{name}: {photos} photos, {boxes} boxes", name=name, photos=photos, boxes=boxes)
            for name, _, photos, boxes in rows
        ]
        self.setAccessibleName("; ".join(said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, len(self._shown) * scaled(_ROW_PX))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours, height, figure = theme(), scaled(_ROW_PX), scaled(_FIGURE_PX)
        most = max((row[2] for row in self._shown), default=1) or 1
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        name_left = scaled(_SWATCH_PX) + 8
        bar_left = name_left + _NAME_SHARE * (self.width() - 2 * figure - name_left)
        bar_width = self.width() - 2 * figure - bar_left - 4
        for place, (name, colour_index, photos, boxes) in enumerate(self._shown):
            line = QRectF(0, place * height, self.width(), height)
            side = scaled(_SWATCH_PX)
            draw_swatch(painter, QRectF(0, line.center().y() - side / 2, side, side), colour_index)
            painter.setFont(font("body"))
            painter.setPen(colours.colour("t1"))
            room = bar_left - name_left - 8
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(room))
            painter.drawText(QRectF(name_left, line.top(), room, height), Qt.AlignmentFlag.AlignVCenter, shown)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("hover"))
            bar = QRectF(bar_left, line.center().y() - 2.5, bar_width, 5)
            painter.drawRoundedRect(bar, 2.5, 2.5)
            bar.setWidth(max(bar_width * photos / most, 5.0 if photos else 0.0))
            painter.setBrush(colours.colour("warn" if photos < FEW_PHOTOS else "edge"))
            painter.drawRoundedRect(bar, 2.5, 2.5)
            painter.setFont(font("second", tabular=True))
            painter.setPen(colours.colour("t2"))
            for step, count in enumerate((boxes, photos)):
                left = self.width() - (step + 1) * figure
                painter.drawText(QRectF(left, line.top(), figure, height), right, thousands(count))


class HowCard(Card):
    """How the training goes about it, and what it does not use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = _column(self, 6)
        column.addWidget(Words(tr("How"), "body", weight=600))
        self._values: dict[str, ElideLabel] = {}
        names = {
            "preset": tr("Preset"),
            "network": tr("Network"),
            "labels": tr("Labels"),
            "boxes": tr("Boxes used for training"),
            "calibrated": tr("Threshold calibrated on"),
            "scored": tr("Scored on"),
            "device": tr("Runs on"),
        }
        for key, name in names.items():
            value = ElideLabel()
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row = QHBoxLayout()
            row.setSpacing(12)
            row.addWidget(Words(name, "second", "t2"))
            row.addWidget(value, 1)
            column.addLayout(row)
            self._values[key] = value
        notifier.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        for value in self._values.values():
            value.setFont(font("second", 600, tabular=True))
            set_role(value, "t1")

    def show_training(self, setup: Setup, state: TrainingState) -> None:
        """Shows what the training was started with, and what its log adds to that."""
        network = network_name(state.network)
        if state.sides:
            sides = " · ".join(str(side) for side in state.sides)
            network = tr("{network}, scales {sides}", network=network, sides=sides)
        calibrated = tr_count("{count} reviewed photo", "{count} reviewed photos", setup.calibrated_on)
        scored = tr_count("{count} other, never trained on", "{count} others, never trained on", setup.scored_on)
        values = {
            "preset": tr("Quick, for this computer") if setup.preset == "quick" else tr("Full, as in the paper"),
            "network": network or "–",
            "labels": setup.labels,
            "boxes": tr("none"),
            "calibrated": calibrated if setup.calibrated_on else tr("labels alone"),
            "scored": scored if setup.scored_on else tr("labels alone"),
            "device": _where(state.device, setup.memory_bytes) if state.device else "–",
        }
        for key, value in values.items():
            self._values[key].setText(value)
        self._values["network"].set_tip(state.network)

    def words(self) -> tuple[str, ...]:
        """The values, from the top down."""
        return tuple(value.text() for value in self._values.values())


class LogCard(Card):
    """The last lines of the log."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = _column(self, 6)
        column.addWidget(Words(tr("Log"), "body", weight=600))
        self._lines = [ElideLabel(mode=Qt.TextElideMode.ElideRight) for _ in range(_LOG_LINES)]
        for line in self._lines:
            column.addWidget(line)
        column.addStretch(1)
        notifier.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        for line in self._lines:
            line.setFont(_log_font())
            line.setFixedHeight(scaled(_LOG_ROW_PX))
            set_role(line, "t2")

    def show_state(self, state: TrainingState) -> None:
        """Shows what was told last, the newest at the top."""
        newest = list(reversed(state.moments))[:_LOG_LINES]
        if not newest and state.device:
            newest_words = [tr("started")]
        else:
            newest_words = [f"{clock(moment.elapsed_s)}  {moment_words(moment)}" for moment in newest]
        for place, line in enumerate(self._lines):
            line.setText(newest_words[place] if place < len(newest_words) else "")

    def words(self) -> tuple[str, ...]:
        return tuple(line.text() for line in self._lines if line.text())


def device_words(device: str) -> str:
    """A device as the trainer names it, in words."""
    return {"cpu": tr("CPU"), "cuda": tr("GPU")}.get(device, device)


def _where(device: str, memory_bytes: int) -> str:
    parts = [device_words(device)]
    if device == "cpu":
        cores = core_count()
        parts.append(tr_count("{count} core", "{count} cores", cores))
    if memory_bytes:
        parts.append(tr("{memory:.1f} GB", memory=memory_bytes / 1e9))
    return ", ".join(parts)


def clock(elapsed_s: float | None) -> str:
    """Time since a training began, such as "1:04:22" or "04:22"."""
    whole = int(elapsed_s or 0)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def _column(card: Card, spacing: int) -> QVBoxLayout:
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 14, 16, 14)
    column.setSpacing(spacing)
    return column


def _log_font() -> QFont:
    face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    face.setPixelSize(font("caption").pixelSize())
    return face
