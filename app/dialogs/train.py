"""The train sheet: what a model would learn from, which kind of it, and how long that takes here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QVBoxLayout

from app.dialogs.choice_card import ChoiceCard
from app.dialogs.sheet import Sheet
from app.durations import duration
from app.texts import tr, tr_count
from app.training.compared import Setup
from app.training.desk import command
from app.training.plan_job import EstimateJob, PlanJob, PlannedTraining
from app.training.python import INSTALL, usual_python
from app.widgets import Button, Divider, IconLabel, Words

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(620, 560)
THIN_CLASS = 100
LEAST_PHOTOS = 4
"""Photos of a class below which there is nothing to learn from and to hold out."""

_SHOWN_CLASSES = 3
_QUICK, _FULL = "quick", "paper"


class TrainSheet(Sheet):
    """Plans a training, says what it means, and starts it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Train a model of these photos"), _SIZE, window)
        self._session, self._settings, self._desk = window.session, window.settings, window.session.training
        self.planned: PlannedTraining | None = None
        self._plan_job: PlanJob | None = None
        self._estimate_job: EstimateJob | None = None
        self._started = False
        self.presets = {
            _QUICK: ChoiceCard(tr("Quick"), tr("A light network; minutes on this computer")),
            _FULL: ChoiceCard(tr("Full"), tr("Three transformers as in the paper; hours, wants an NVIDIA GPU")),
        }
        self._group = QButtonGroup(self)
        self.learning = Words(tr("Counting photos and labels"), wrap=True)
        self.labels = Words("", "second", "t2", wrap=True)
        self.held_out = Words("", "second", "t2", wrap=True)
        self.problem = IconLabel("warning", role="warn")
        self.time = IconLabel("clock")
        self.time.hide()
        self.python = Words("", "second", "t2", wrap=True)
        self.choose_python = Button("second", text=tr("Choose a Python…"))
        self.choose_python.clicked.connect(self._ask_python)
        column = QVBoxLayout()
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        for part in (self.learning, self.labels, self.held_out, self.problem):
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
        column.addWidget(self.choose_python, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.start_button = Button("primary", text=tr("Start"), icon="train", key="↵", height=36)
        self.start_button.clicked.connect(self.start)
        cancel = Button("ghost", text=tr("Cancel"), height=36)
        cancel.clicked.connect(self.close_sheet)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 12)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.start_button)
        self.body.addLayout(column, 1)
        self.body.addWidget(Divider())
        self.body.addLayout(foot)
        self.presets[_QUICK].setChecked(True)
        self._group.buttonClicked.connect(lambda _: self._ask_time())
        self.closed.connect(self._end)
        self._show_python()
        self._refresh()
        self._plan()

    @property
    def preset(self) -> str:
        return next(name for name, card in self.presets.items() if card.isChecked())

    def start(self) -> None:
        """Starts the training and goes away."""
        python = usual_python(self._settings.trainer_python)
        if self.planned is None or python is None or not self.start_button.isEnabled():
            return
        self._started = True
        self._desk.start(self.planned, self._setup(self.planned), python)
        self.close_sheet()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.start()
        else:
            super().keyPressEvent(event)

    # Planning.

    def _plan(self) -> None:
        if self._session.project is None:
            return
        self._plan_job = PlanJob(self._session.project, self)
        self._plan_job.planned.connect(self._take_plan)
        self._plan_job.failed.connect(self._plan_failed)
        self._plan_job.start()

    def _plan_failed(self, sentence: str) -> None:
        self.learning.setText(sentence)
        self._refresh()

    def _take_plan(self, planned: PlannedTraining) -> None:
        self.planned = planned
        plan, counts = planned.plan, planned.plan.counts
        photos = sum(not photo.held_out for photo in plan.photos)
        count = tr_count("{count} photo", "{count} photos", photos)
        of_classes = tr_count("{count} class", "{count} classes", len(counts))
        self.learning.setText(tr("Learns from {photos} in {classes}.", photos=count, classes=of_classes))
        self.labels.setText(tr("Labels: {labels}", labels=self._label_words(planned)))
        if plan.held_out:
            self.held_out.setText(
                tr(
                    "Your boxes: {scored} held out to score old and new, {calibrating} to fit the threshold.",
                    scored=tr_count("{count} photo", "{count} photos", len(plan.held_out)),
                    calibrating=tr_count("{count} photo", "{count} photos", len(plan.calibrating)),
                )
            )
        else:
            self.held_out.setText(tr("With boxes on some photos, old and new could be compared. Review a few first."))
        self._refresh()
        self._ask_time()

    def _label_words(self, planned: PlannedTraining) -> str:
        by_hand = planned.plan.by_hand
        if by_hand == len(planned.plan.photos):
            return tr("all set by hand")
        if not by_hand:
            return tr("folder names")
        return tr("folder names, {count} set by hand", count=by_hand)

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
            labels=self._label_words(planned),
            classes=tuple((name, colours.get(name, 0), counts[name], boxes.get(name, 0)) for name in ordered),
            calibrated_on=len(plan.calibrating),
            scored_on=len(plan.held_out),
            old_name=self._session.model_name,
            centred_right=planned.trivial_right[0] if planned.trivial_right else None,
            whole_right=planned.trivial_right[1] if planned.trivial_right else None,
        )

    # Time, and what stands in the way.

    def _ask_time(self) -> None:
        python = usual_python(self._settings.trainer_python)
        project = self._session.project
        if self.planned is None or python is None or project is None or self._fault():
            return
        self._drop_estimate()
        self.time.show()
        self.time.setText(tr("Trying for ten seconds how fast this computer is"))
        folder, labels = self.planned.folder, self.planned.labels
        words = command(python, project.root, folder, self._setup(self.planned), labels, None)
        self._estimate_job = EstimateJob([*words, "--estimate"], self)
        self._estimate_job.told.connect(self._take_time)
        self._estimate_job.start()

    def _take_time(self, facts: Mapping[str, Any], sentence: str) -> None:
        seconds = facts.get("estimated_s")
        if isinstance(seconds, (int, float)):
            time = duration(float(seconds))
            self.time.setText(tr("About {time} on this computer ({device})", time=time, device=facts.get("device", "")))
        else:
            self.time.setText(sentence or tr("How long it takes is not known"))
            self.python.setText(tr("If this Python lacks what training needs, run in it: {command}", command=INSTALL))
            self.python.show()

    def _fault(self) -> str:
        """Why there is nothing to train, in a sentence; "" where there is."""
        if self.planned is None:
            return ""
        counts = self.planned.plan.counts
        if not counts:
            return tr("No photo has a label: put photos of a class into a folder, or say what they show (Shift+L).")
        if len(counts) == 1:
            return tr(
                "There is one class only ({name}): a model learns by telling classes apart.", name=next(iter(counts))
            )
        few = sorted(name for name, count in counts.items() if count < LEAST_PHOTOS)
        if few:
            names = ", ".join(few[:_SHOWN_CLASSES])
            return tr("Too few photos of {names}: {count} or more are needed.", names=names, count=LEAST_PHOTOS)
        return ""

    def _warning(self) -> str:
        if self.planned is None:
            return ""
        counts = self.planned.plan.counts
        thin = sorted((name for name, count in counts.items() if count < THIN_CLASS), key=lambda name: counts[name])
        if not thin:
            return ""
        if len(thin) > 1:
            return tr(
                "{count} classes have fewer than {least} photos; more works better.", count=len(thin), least=THIN_CLASS
            )
        return tr(
            "{name} has {count} photos; {least} or more works better.",
            name=thin[0],
            count=counts[thin[0]],
            least=THIN_CLASS,
        )

    def _refresh(self) -> None:
        fault = self._fault()
        words = fault or self._warning()
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        python = usual_python(self._settings.trainer_python)
        self.start_button.setEnabled(self.planned is not None and not fault and python is not None)

    def _show_python(self) -> None:
        python = usual_python("")
        self.choose_python.setVisible(python is None)
        self.python.setVisible(python is None)
        chosen = self._settings.trainer_python
        if chosen:
            self.python.setText(tr("Trains with {python}", python=chosen))
        else:
            self.python.setText(
                tr("The desktop build needs a Python to train with. In one, run: {command}", command=INSTALL)
            )

    def _ask_python(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a Python"), str(Path.home()))
        if chosen:
            self._settings.trainer_python = chosen
            self._show_python()
            self._refresh()
            self._ask_time()

    def _drop_estimate(self) -> None:
        if self._estimate_job is not None:
            self._estimate_job.stop()
            self._estimate_job.deleteLater()
            self._estimate_job = None

    def _end(self) -> None:
        self._drop_estimate()
        if self._plan_job is not None:
            self._plan_job.stop()
        if self.planned is not None and not self._started:
            self.planned.folder.remove()


def _slug(name: str) -> str:
    """A folder's name as the beginning of a file's name: small letters, digits and single lines between."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return "-".join(words)[:40] or "model"
