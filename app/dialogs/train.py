"""The train sheet: what a model would learn from, which kind of it, and how long that takes here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.dialogs.choice_card import ChoiceCard
from app.dialogs.sheet import Sheet
from app.dialogs.train_parts import LabelSources, PythonRow, TimeRow
from app.durations import duration
from app.texts import tr
from app.training.compared import Setup
from app.training.desk import command
from app.training.plan_job import EstimateJob, PlanJob, PlannedTraining
from app.training.plan_words import (
    boxes_words,
    fault_words,
    label_words,
    learning_words,
    unreadable_words,
    warning_words,
)
from app.training.troubles import plain_words
from app.widgets import Button, Divider, Note, Words

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(640, 660)
_QUICK, _FULL = "quick", "paper"
_MOST_NAMED = 40


class TrainSheet(Sheet):
    """Plans a training, says what it means, and starts it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Train a model of these photos"), _SIZE, window)
        self._session, self._settings, self._desk = window.session, window.settings, window.session.training
        self.planned: PlannedTraining | None = None
        self._plan_job: PlanJob | None = None
        self._estimate_job: EstimateJob | None = None
        self._memory_bytes = 0
        self._counting = self._count_again = self._ended = False
        self.presets = {
            _QUICK: ChoiceCard(tr("Quick"), tr("A light network; minutes on this computer")),
            _FULL: ChoiceCard(tr("Full"), tr("Three transformers as in the paper; hours, wants an NVIDIA GPU")),
        }
        self._group = QButtonGroup(self)
        self.learning = Words(tr("Counting photos and labels"), "body", weight=600, wrap=True)
        self.sources = LabelSources()
        self.boxes = Words("", "second", "t2", wrap=True)
        self.problem, self.unreadable = Note(), Note()
        self.time = TimeRow()
        project = window.session.project
        self.python = PythonRow(window.settings.trainer_python, project.root if project is not None else Path())
        self.start_button = Button("primary", text=tr("Start"), icon="train", key="↵", height=36)
        self._scrolled = QScrollArea()
        self._reveal = QTimer(self, singleShot=True, interval=0)
        self._reveal.timeout.connect(self._reveal_python)
        self._build()
        self.presets[_QUICK].setChecked(True)
        self.sources.changed.connect(self._plan)
        self._group.buttonClicked.connect(lambda _: self._ask_time())
        self.python.changed.connect(self._python_changed)
        self.start_button.clicked.connect(self.start)
        self.closed.connect(self._end)
        window.session.project_closing.connect(self._end)
        self._refresh()
        self._plan()
        self.python.look()

    def _build(self) -> None:
        inside = QWidget()
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        column.addWidget(self.learning)
        column.addWidget(self.sources)
        for part in (self.boxes, self.problem, self.unreadable):
            column.addWidget(part)
        column.addSpacing(8)
        for card in self.presets.values():
            self._group.addButton(card)
            column.addWidget(card)
        column.addSpacing(8)
        column.addWidget(self.time)
        no_boxes = tr("Boxes are never learnt from. You can go on labelling meanwhile; closing the window pauses it.")
        column.addWidget(Words(no_boxes, "second", "t2", wrap=True))
        column.addWidget(self.python)
        column.addStretch(1)
        scrolled = self._scrolled
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.viewport().setAutoFillBackground(False)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled.setWidget(inside)
        cancel = Button("ghost", text=tr("Cancel"), height=36)
        cancel.clicked.connect(self.close_sheet)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 12)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.start_button)
        self.body.addWidget(scrolled, 1)
        self.body.addWidget(Divider())
        self.body.addLayout(foot)

    @property
    def preset(self) -> str:
        return next(name for name, card in self.presets.items() if card.isChecked())

    def start(self) -> None:
        """Starts the training and goes away."""
        python = self.python.python
        if self.planned is None or python is None or not self.start_button.isEnabled():
            return
        planned, self.planned = self.planned, None  # its folder is the training's from now on
        if python != Path(sys.executable):
            self._settings.trainer_python = str(python)
        self._desk.start(planned, self._setup(planned), python)
        self.close_sheet()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.start()
        else:
            super().keyPressEvent(event)

    # Planning.

    def _plan(self) -> None:
        """Counts with the sources that are on, and once more where they change meanwhile."""
        if self._session.project is None:
            return
        self._drop_estimate()
        self._count_again = self._counting
        if not self._counting:
            self._counting = True
            planned = self.planned
            self._plan_job = PlanJob(
                self._session, self.sources.chosen, planned.folder if planned is not None else None
            )
            self._plan_job.planned.connect(self._take_plan)
            self._plan_job.failed.connect(self._plan_failed)
            self._plan_job.start()
        self._refresh()

    def _plan_failed(self, sentence: str) -> None:
        self._counting = False
        if not self._ended:
            self.learning.setText(plain_words(sentence))
            self._refresh()

    def _take_plan(self, planned: PlannedTraining) -> None:
        self._counting = False
        self.planned = planned
        if self._ended:
            planned.folder.remove()
            return
        if self._count_again:
            self._plan()
            return
        self.learning.setText(learning_words(planned.plan))
        self.sources.show_offered(planned.plan.offered)
        self.boxes.setText(boxes_words(planned.plan))
        self._refresh()
        self._ask_time()

    def _setup(self, planned: PlannedTraining) -> Setup:
        plan, counts = planned.plan, planned.plan.counts
        boxes: dict[str, int] = {}
        for photo in plan.photos:
            if photo.photo_id in plan.boxed:
                for name in photo.class_names:
                    boxes[name] = boxes.get(name, 0) + 1
        colours = {row.name: row.colour_index for row in self._session.classes}
        ordered = sorted(counts, key=lambda name: (-counts[name], name))
        return Setup(
            name=f"{_slug(self._session.folder_name)} v{planned.number}",
            preset=self.preset,
            labels=label_words(plan),
            classes=tuple((name, colours.get(name, 0), counts[name], boxes.get(name, 0)) for name in ordered),
            calibrated_on=len(plan.calibrating),
            scored_on=len(plan.held_out),
            old_name=self._session.model_name,
            centred_right=planned.trivial_right[0] if planned.trivial_right else None,
            whole_right=planned.trivial_right[1] if planned.trivial_right else None,
            memory_bytes=self._memory_bytes,
        )

    # Time, and what stands in the way.

    def _python_changed(self) -> None:
        self._refresh()
        self._ask_time()
        self._reveal.start()

    def _reveal_python(self) -> None:
        """In a low window what to install is below; without it nothing can start."""
        if not self.python.copy.isHidden():
            self._scrolled.ensureWidgetVisible(self.python.copy)

    def _ask_time(self) -> None:
        python, project = self.python.python, self._session.project
        self._drop_estimate()
        if self.planned is None or python is None or project is None or fault_words(self.planned.plan):
            self.time.tell("")
            return
        self.time.begin()
        folder, labels = self.planned.folder, self.planned.labels
        words = command(python, project.root, folder, self._setup(self.planned), labels, None)
        self._estimate_job = job = EstimateJob([*words, "--estimate"], self)
        job.told.connect(lambda facts, said: self._take_time(facts, said) if job is self._estimate_job else None)
        job.start()

    def _take_time(self, facts: Mapping[str, Any], sentence: str) -> None:
        seconds, memory = facts.get("estimated_s"), facts.get("memory_bytes")
        self._memory_bytes = int(memory) if isinstance(memory, (int, float)) else 0
        if not isinstance(seconds, (int, float)):
            self.time.tell(plain_words(sentence) or tr("How long it takes is not known"))
            return
        where = tr("GPU") if facts.get("device") == "cuda" else tr("CPU")
        if self._memory_bytes:
            where = tr("{device}, {memory:.1f} GB", device=where, memory=self._memory_bytes / 1e9)
        self.time.tell(tr("About {time} on this computer ({device})", time=duration(float(seconds)), device=where))

    def _refresh(self) -> None:
        plan = self.planned.plan if self.planned is not None else None
        fault = fault_words(plan) if plan is not None else ""
        words = fault or (warning_words(plan) if plan is not None else "")
        self.problem.show_words(words, "bad" if fault else "warn")
        unreadable = plan.unreadable if plan is not None else ()
        self.unreadable.show_words(unreadable_words(unreadable), tip="\n".join(unreadable[:_MOST_NAMED]))
        ready = plan is not None and not fault and not self._counting
        self.start_button.setEnabled(ready and self.python.python is not None)

    def _drop_estimate(self) -> None:
        if self._estimate_job is not None:
            self._estimate_job.stop()
            self._estimate_job = None

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._drop_estimate()
        self.python.close_search()
        if self.planned is not None and not self._counting:
            self.planned.folder.remove()


def _slug(name: str) -> str:
    """A folder's name as the beginning of a file's name: small letters, digits and single lines between."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return "-".join(words)[:40] or "model"
