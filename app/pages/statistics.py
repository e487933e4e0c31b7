"""The statistics page: how far the folder is, what became of the proposals, what the work took, and what it saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.durations import duration
from app.pages.page import Page
from app.pages.statistics_charts import DayChart, OutcomeBar, OutcomeKey
from app.session_types import Message
from app.texts import tr, tr_count
from app.threads import failures_told, wait_or_let_go
from app.widgets import Button, Card, Words
from engine.dataset.project import Project
from engine.dataset.project_records import PhotoState
from engine.dataset.statistics import ProjectStatistics, Tally, project_statistics, write_statistics
from engine.errors import LabelFileError
from engine.metrics.effort import ActionTimes

if TYPE_CHECKING:
    from app.session import Session

_CLOSING_MS = 2000
_MOST_CLASSES = 60


class _Reading(QThread):
    """Works the figures out beside the window, with a connection of its own."""

    done = Signal(object)
    failed = Signal(str)

    def __init__(self, project: Project, parent: QObject) -> None:
        super().__init__(parent)
        self._root, self._home = project.root, project.path.parent

    def run(self) -> None:
        with (
            failures_told(self.failed.emit),
            Project.open(self._root, read_only=True, location=self._home) as project,
        ):
            self.done.emit(project_statistics(project))


class StatisticsPage(Page):
    """Shows the figures of the open folder as they are when it is opened."""

    def __init__(self, session: Session) -> None:
        super().__init__(tr("Statistics"), session.folder_name)
        self._session = session
        self.found: ProjectStatistics | None = None
        self.save = Button("second", text=tr("Save as CSV"), icon="export", height=32)
        self.save.setEnabled(False)
        self.save.clicked.connect(self._ask_file)
        self.head.addWidget(self.save)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(16)
        self._waiting = Words(tr("Reading the history…"), "body", "t2")
        self._column.addWidget(self._waiting)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)
        area.setWidget(self._inside)
        self.body.addWidget(area, 1)
        self._reading: _Reading | None = None
        if session.project is not None:
            self._reading = _Reading(session.project, self)
            self._reading.done.connect(self.show_figures)
            self._reading.failed.connect(self._waiting.setText)
            self._reading.start()

    def close_page(self) -> None:
        if self._reading is not None:
            wait_or_let_go(self._reading, _CLOSING_MS)
            self._reading = None
        super().close_page()

    def do_main_act(self) -> None:
        if self.save.isEnabled():
            self._ask_file()

    def show_figures(self, found: ProjectStatistics) -> None:
        """Shows figures in place of the waiting line."""
        self.found = found
        self.save.setEnabled(True)
        self._waiting.hide()
        cards = QGridLayout()
        cards.setSpacing(12)
        for place, (figure, title, text) in enumerate(headline_figures(found)):
            cards.addWidget(_FigureCard(figure, title, text), place // 4, place % 4)
        for column in range(4):
            cards.setColumnStretch(column, 1)
        place = self._column.count() - 1
        self._column.insertLayout(place, cards)
        self._column.insertWidget(place + 1, self._outcomes(found))
        if found.days:
            self._column.insertWidget(place + 2, _days(found))
        source = tr(
            "Drawing a box by hand is taken as {seconds} s (Su, Deng and Fei-Fei, 2012, median of crowd workers). "
            "Pauses over two minutes are not counted as work.",
            seconds=ActionTimes().draw_s,
        )
        self._column.insertWidget(self._column.count() - 1, Words(source, "second", "t3", wrap=True))

    def save_to(self, path: Path) -> bool:
        """Writes the figures; answers whether that was possible (a message says why not)."""
        if self.found is None:
            return False
        try:
            write_statistics(path, self.found)
        except LabelFileError as error:
            self._session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        self._session.message.emit(Message("ok", tr("Statistics saved"), str(path)))
        return True

    def _ask_file(self) -> None:
        start = str(Path.home() / f"{self._session.folder_name} statistics.csv")
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the statistics"), start, "CSV (*.csv)")
        if chosen:
            self.save_to(Path(chosen))

    def _outcomes(self, found: ProjectStatistics) -> QWidget:
        card = Card()
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 14, 16, 16)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        top = QHBoxLayout()
        top.addWidget(Words(tr("What became of the boxes"), "panel"))
        top.addStretch(1)
        top.addWidget(OutcomeKey())
        grid.addLayout(top, 0, 0, 1, 4)
        headings = (tr("Class"), "", tr("Boxes"), tr("Kept as proposed"))
        for column, text in enumerate(headings):
            grid.addWidget(Words(text, "caption", "t3"), 1, column)
        listed = [(name, tally) for name, tally in found.by_class if tally.proposed or tally.boxes]
        rows = [(tr("All classes"), found.total), *sorted(listed, key=lambda each: -each[1].boxes)[:_MOST_CLASSES]]
        most = max((_size(tally) for _, tally in rows[1:]), default=_size(found.total))
        for row, (name, tally) in enumerate(rows, start=2):
            grid.addWidget(_name(name, strong=row == 2), row, 0)
            grid.addWidget(OutcomeBar(tally, most if row > 2 else _size(tally)), row, 1)
            grid.addWidget(_right(f"{tally.boxes:,}"), row, 2)
            grid.addWidget(_right(percent(tally.share(tally.accepted))), row, 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 120)
        return card


def headline_figures(found: ProjectStatistics) -> list[tuple[str, str, str]]:
    """The large figures: (figure, what it is, a line that explains it)."""
    reviewed = found.photos.get(PhotoState.REVIEWED, 0)
    total = found.total
    saved_s = found.saved_s()
    edit = tr("overlap {iou:.2f} with the proposal", iou=total.edit_iou) if total.edit_iou is not None else ""
    return [
        (
            percent(reviewed / found.photo_count if found.photo_count else None),
            tr("reviewed"),
            tr("{done} of {total} photos", done=f"{reviewed:,}", total=f"{found.photo_count:,}"),
        ),
        (
            percent(total.share(total.accepted)),
            tr("kept as proposed"),
            tr_count("of {count} proposal answered", "of {count} proposals answered", total.proposed),
        ),
        (percent(total.share(total.edited)), tr("edited"), edit),
        (percent(total.share(total.rejected)), tr("rejected"), ""),
        (
            f"{found.seconds_each:.1f} s" if found.seconds_each is not None else "–",
            tr("for a photo"),
            tr("median, {time} worked", time=duration(found.worked_s)) if found.worked_s else "",
        ),
        (
            f"{found.boxes_an_hour:,.0f}" if found.boxes_an_hour is not None else "–",
            tr("boxes an hour"),
            tr_count("{count} box in all", "{count} boxes in all", total.boxes),
        ),
        (
            duration(saved_s) if saved_s is not None and saved_s > 0 else "–",
            tr("saved"),
            tr("against drawing every box by hand"),
        ),
        (f"{total.drawn:,}", tr("drawn by hand"), ""),
    ]


def percent(share: float | None) -> str:
    """A share in per cent, a dash where there is none."""
    return "–" if share is None else f"{share * 100:.0f} %"


def _size(tally: Tally) -> int:
    return tally.boxes + tally.rejected


def _days(found: ProjectStatistics) -> QWidget:
    card = Card()
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 14, 16, 16)
    column.setSpacing(8)
    column.addWidget(Words(tr("Photos a day"), "panel"))
    column.addWidget(DayChart(found.days))
    return card


def _name(text: str, *, strong: bool) -> QLabel:
    words = Words(text, "second", "t1", weight=600 if strong else 400)
    words.setMaximumWidth(220)
    words.setToolTip(text)
    return words


def _right(text: str) -> QLabel:
    words = Words(text, "second", "t2")
    words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return words


class _FigureCard(Card):
    """One large figure with what it is, and a line below."""

    def __init__(self, figure: str, title: str, text: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(2)
        column.addWidget(Words(figure, "figure"))
        column.addWidget(Words(title, "body", "t1", weight=500))
        column.addWidget(Words(text, "second", "t2", wrap=True))
        column.addStretch(1)
        self.setAccessibleName(f"{figure} {title}, {text}" if text else f"{figure} {title}")
