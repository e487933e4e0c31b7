"""The page of a training: how far it is, what it learns from, and in the end the old model against the new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.durations import duration
from app.keymap import key_caps
from app.pages.page import PADDING_PX, Page
from app.pages.train_cards import HowCard, LearningCard, LogCard
from app.pages.train_gallery import PairGallery, Waiting
from app.pages.train_plots import BoxesPlot, LossPlot, Mark
from app.pages.train_words import chance_words, fraction, phase_words, verdict, warning_words
from app.texts import thousands, tr, tr_count
from app.theme.fonts import scaled
from app.training.compared import Change, Comparison, Setup
from app.training.state import TrainingState
from app.widgets import Button, Card, IconLabel, Note, ProgressLine, SegmentControl, Words, announce

_SIDE_PX, _NARROW_SIDE_PX = 372, 300
_NARROW_BELOW_PX = 1180
_PLOTS_PX, _LOW_PLOTS_PX = 252, 148
_LOW_BELOW_PX = 780
_CHANGES: tuple[Change, ...] = ("better", "worse", "same")

_Ended = Literal["running", "paused", "failed", "done"]


class TrainingPage(Page):
    """Shows a training; whoever opens it tells it how things stand, and does what it asks for.

    Signals: `finish_asked` (learn no more, keep the best so far), `pause_asked`, `resume_asked`, `keep_asked` (leave
    the model in use), `adopt_asked`, and `photo_asked` with the id of a photo that was clicked.
    """

    finish_asked = Signal()
    pause_asked = Signal()
    resume_asked = Signal()
    keep_asked = Signal()
    adopt_asked = Signal()
    photo_asked = Signal(int)
    is_wide = True

    def __init__(self) -> None:
        lead = tr("Review goes on while this runs. Closing the window pauses it; nothing is lost.")
        super().__init__(tr("Training"), lead)
        self._setup: Setup | None = None
        self._state = TrainingState()
        self._comparison: Comparison | None = None
        self._paused = False
        self._rebox_count = 0
        self._said = ""
        self.back = Button("ghost", text=tr("Back to the review"), icon="chevron-left", height=32)
        self.finish = Button("second", text=tr("Stop, keep the best so far"), icon="stop", height=32)
        self.cancel = Button("ghost", text=tr("Cancel"), height=32)
        self.resume = Button("primary", text=tr("Go on"), icon="play", height=32)
        self.left = Words("", "figure")
        self.progress_words = Words("", "second", "t2")
        self.saved = IconLabel("saved")
        self.progress = ProgressLine(6)
        self.warning = Note()
        self.learning, self.how, self.log = LearningCard(), HowCard(), LogCard()
        self.loss, self.boxes = LossPlot(), BoxesPlot()
        self.boxes_title = Words("", "body", weight=600)
        self.gallery = PairGallery()
        self.waiting = Waiting()
        self.filter = SegmentControl([(name, "") for name in ("all", *_CHANGES)])
        self.verdict = Words("", "body", weight=600)
        self.reasons = Words("", "second", "t2", wrap=True)
        self.sign = IconLabel()
        self.keep = Button("ghost", height=36)
        self.adopt = Button("primary", icon="check", key=key_caps(("Ctrl+Return",))[0], height=36)
        self._build()
        self._connect()
        self._show_gallery()
        self._refresh()

    def _connect(self) -> None:
        self.back.clicked.connect(self.close_page)
        self.finish.clicked.connect(self.finish_asked)
        self.cancel.clicked.connect(self._cancel)
        self.resume.clicked.connect(self.resume_asked)
        self.keep.clicked.connect(self.keep_asked)
        self.adopt.clicked.connect(self.do_main_act)
        self.gallery.opened.connect(self.photo_asked)
        self.filter.chosen.connect(lambda _: self._show_gallery())

    # How things stand.

    def set_setup(self, setup: Setup) -> None:
        """What the training was started with."""
        if setup != self._setup:
            self._setup = setup
            self.learning.show_classes(setup.classes)
            self._refresh()

    def set_state(self, state: TrainingState) -> None:
        """What its log tells."""
        if state != self._state:
            self._state = state
            self._refresh()

    def set_comparison(self, comparison: Comparison | None) -> None:
        """The old model against the new one; None before that is known."""
        if comparison is not self._comparison:
            self._comparison = comparison
            self._show_gallery()
            self._refresh()

    def set_paused(self, paused: bool) -> None:
        """Whether it waits to be gone on with."""
        if paused != self._paused:
            self._paused = paused
            self._refresh()

    def set_rebox_count(self, count: int) -> None:
        """How many photos the new model would look at again."""
        if count != self._rebox_count:
            self._rebox_count = count
            self._refresh()

    @property
    def ended(self) -> _Ended:
        """Whether the training runs, waits, has failed or is done."""
        if self._paused:
            return "paused"
        return cast(_Ended, self._state.outcome)

    # What a person does.

    def do_main_act(self) -> None:
        """Takes the new model over, where there is one."""
        if self.adopt.isVisibleTo(self) and self.adopt.isEnabled():
            self.adopt_asked.emit()

    def close_page(self) -> None:
        self.gallery.close_workers()
        super().close_page()

    def _cancel(self) -> None:
        self.pause_asked.emit()
        self.close_page()

    # Showing it.

    def _refresh(self) -> None:
        setup, state = self._setup, self._state
        if setup is not None:
            self.title.setText(tr("Training {name}", name=setup.name))
            self.how.show_training(setup, state)
        self.loss.show_state(state)
        self.boxes.show_state(state, self._marks(), self._scoring_note())
        scored = setup.scored_on if setup is not None else 0
        self.boxes_title.setText(
            tr_count("Boxes right on {count} held-out photo", "Boxes right on {count} held-out photos", scored)
            if scored
            else tr("Boxes right")
        )
        self.log.show_state(state)
        self.learning.show_unreadable(state.unreadable)
        self.warning.show_words(warning_words(state) if self.ended in ("running", "paused") else "")
        self._show_progress()
        self._show_lead()
        self._show_acts()
        self._show_verdict()

    def _show_progress(self) -> None:
        state, ended = self._state, self.ended
        done = ended == "done"
        figures = {
            "running": tr("{time} left", time=duration(state.eta_s)) if state.eta_s else tr("Just started"),
            "paused": tr("Paused"),
            "failed": tr("The training has failed"),
            "done": tr("Trained"),
        }
        self.left.setText(figures[ended])
        self.left.recolour("bad" if ended == "failed" else "t1")
        parts = [] if done else [phase_words(state)]
        if ended == "failed":
            parts = [state.error]
        elif state.elapsed_s:
            spent = duration(state.elapsed_s)
            parts.append(tr("{time} in all", time=spent) if done else tr("{time} so far", time=spent))
        if ended == "running" and state.photos_per_s:
            parts.append(tr("{rate:.0f} photos/s", rate=state.photos_per_s))
        self.progress_words.setText("  ·  ".join(part for part in parts if part))
        self.progress.set_share(1.0 if done else fraction(state))
        epoch = state.best_epoch if done else state.saved_epoch
        self.saved.setVisible(epoch is not None)
        if epoch is not None:
            self.saved.set_icon("saved", "ok")
            best, kept = tr("best at epoch {epoch:.3g}", epoch=epoch), tr("saved at epoch {epoch:.3g}", epoch=epoch)
            self.saved.setText(best if done else kept)

    def _show_lead(self) -> None:
        self.lead.setVisible(self.ended == "running" and self.height() >= _LOW_BELOW_PX)

    def _show_acts(self) -> None:
        ended = self.ended
        self.finish.setVisible(ended == "running")
        self.finish.setEnabled(bool(self._state.step))
        self.cancel.setVisible(ended == "running")
        self.resume.setVisible(ended in ("paused", "failed"))
        # The bare buttons end with the page's edge by their words, this one by its outline.
        self.head.setContentsMargins(0, 0, 8 if ended in ("paused", "failed") else 0, 0)
        self.resume.setText(tr("Go on") if ended == "paused" or self._state.saved_epoch else tr("Try again"))
        old = self._setup.old_name if self._setup is not None else ""
        self.keep.setVisible(ended != "running")
        self.adopt.setVisible(ended == "done")
        self.keep.setText(tr("Keep {model}", model=old))
        count = self._rebox_count
        boxed = tr_count("re-box {count} photo", "re-box {count} photos", count)
        best = self._state.best_epoch
        if best is not None and count:
            words = tr("Adopt epoch {epoch:.3g} and {boxed}", epoch=best, boxed=boxed)
        elif count:
            words = tr("Adopt it and {boxed}", boxed=boxed)
        else:
            words = tr("Adopt it")
        self.adopt.setText(words)

    def _show_verdict(self) -> None:
        found, ended = self._comparison, self.ended
        self.sign.setVisible(found is not None)
        if found is not None and found.photos:
            sign, role = verdict(found)
            self.sign.set_icon(sign, role)
            new, old, total = found.new_right, found.old_right, len(found.photos)
            self.verdict.setText(tr("New is right on {new} of {total}, old on {old}.", new=new, total=total, old=old))
            better, worse, same = (len(found.of(change)) for change in _CHANGES)
            counts = tr("Better on {better}, worse on {worse}, same on {same}.", better=better, worse=worse, same=same)
            self.reasons.setText(f"{counts} {chance_words(found.chance)}")
        elif ended == "done":
            self.verdict.setText(self._undecided_words())
            self.reasons.setText(tr("You decide which one stays."))
        elif ended in ("paused", "failed"):
            self.verdict.setText(tr("{model} stays in use.", model=self._setup.old_name if self._setup else ""))
            self.reasons.setText(tr("Go on where it was saved, or leave it at that."))
        else:
            self.verdict.setText(tr("Nothing is taken over by itself."))
            self.reasons.setText(tr("When it ends, old and new are compared. You decide which one stays."))
        self.waiting.setText(self._waiting_words())
        self.waiting.setVisible(not self.gallery.photos)
        self.gallery.setVisible(bool(self.gallery.photos))
        said = f"{self.verdict.text()} {self.reasons.text()}" if found is not None else self.left.text()
        if ended != "running" and said != self._said:
            announce(self, said)
        self._said = said

    def _undecided_words(self) -> str:
        if self._setup is not None and not self._setup.scored_on:
            return tr("No reviewed photo was held out, so nobody knows yet whether it is better.")
        return tr("Comparing old and new on the held-out photos")

    def _waiting_words(self) -> str:
        if self._setup is not None and not self._setup.scored_on:
            return tr("Old and new can be compared where you have reviewed photos with boxes before the training.")
        if self.ended == "done" and self._comparison is None:
            return tr("Both models are looking at the photos you reviewed.")
        if self._comparison is not None:
            return tr("No photo of this kind.")
        return tr("The pairs come when the training ends.")

    def _scoring_note(self) -> str:
        if self._setup is not None and not self._setup.scored_on:
            return tr("Boxes are scored on photos you reviewed before the training; there are too few.")
        return tr("Scored when the network has learnt a first time.")

    def _marks(self) -> Sequence[Mark]:
        setup, found = self._setup, self._comparison
        if setup is None:
            return ()
        old = setup.old_right
        if found is not None and found.photos:
            old = found.old_right / len(found.photos)
        levels = (
            (tr("{model}, in use", model=setup.old_name), old, True),
            (tr("centred box"), setup.centred_right, False),
            (tr("whole photo"), setup.whole_right, False),
        )
        return [Mark(name, share, in_use) for name, share, in_use in levels if share is not None]

    def _show_gallery(self) -> None:
        found = self._comparison
        photos = found.photos if found is not None else ()
        names = (tr("All"), tr("Better"), tr("Worse"), tr("Same"))
        counts = (len(photos), *(len(found.of(change)) if found is not None else 0 for change in _CHANGES))
        for name, words, count in zip(("all", *_CHANGES), names, counts, strict=True):
            self.filter.set_text(name, f"{words} {thousands(count)}")
        self.filter.setVisible(found is not None)
        chosen = self.filter.current()
        shown = photos if found is None or chosen == "all" else found.of(cast(Change, chosen))
        self.gallery.show_photos(shown)
        self.waiting.setText(self._waiting_words())
        self.waiting.setVisible(not shown)
        self.gallery.setVisible(bool(shown))

    # How it is laid out.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow, low = self.width() < _NARROW_BELOW_PX, self.height() < _LOW_BELOW_PX
        self._side.setFixedWidth(scaled(_NARROW_SIDE_PX if narrow else _SIDE_PX))
        for card in self._plots:
            card.setFixedHeight(scaled(_LOW_PLOTS_PX if low else _PLOTS_PX))
        self._side_word.setVisible(not narrow)
        self._show_lead()
        self._legend.setVisible(not narrow)
        self.gallery.set_small(small=low)

    def _build(self) -> None:
        self.close_button.hide()
        for button in (self.back, self.finish, self.resume, self.cancel):
            self.head.addWidget(button)
        self.body.setContentsMargins(PADDING_PX, 14, PADDING_PX, 12)
        self.body.setSpacing(12)
        self.body.addWidget(self._progress_card())
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._side_column())
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addLayout(self._plot_row())
        right.addLayout(self._gallery_head())
        right.addWidget(self.waiting, 1)
        right.addWidget(self.gallery, 1)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)
        foot = self.add_foot()
        foot.addWidget(self.sign)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.verdict)
        words.addWidget(self.reasons)
        foot.addLayout(words, 1)
        foot.addWidget(self.keep)
        foot.addWidget(self.adopt)

    def _progress_card(self) -> Card:
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self.left)
        line.addWidget(self.progress_words, 1)
        line.addWidget(self.saved)
        column.addLayout(line)
        column.addWidget(self.progress)
        column.addWidget(self.warning)
        return card

    def _side_column(self) -> QScrollArea:
        inside = QWidget()
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.learning)
        column.addWidget(self.how)
        column.addWidget(self.log, 1)
        self._side = QScrollArea()
        self._side.setWidgetResizable(True)
        self._side.setFrameShape(QFrame.Shape.NoFrame)
        self._side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._side.viewport().setAutoFillBackground(False)
        self._side.setWidget(inside)
        return self._side

    def _plot_row(self) -> QHBoxLayout:
        self._side_word = Words(tr("IoU 0.5 or more, band = 95 %"), "second", "t2")
        self._plots = (
            _plot_card(Words(tr("Loss"), "body", weight=600), self.loss, None),
            _plot_card(self.boxes_title, self.boxes, self._side_word),
        )
        row = QHBoxLayout()
        row.setSpacing(12)
        for card, share in zip(self._plots, (45, 55), strict=True):
            row.addWidget(card, share)
        return row

    def _gallery_head(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        self._gallery_title = Words(tr("Old and new on photos you reviewed"), "body", weight=600)
        self._legend = Words(tr("dots = your box  ·  dashes = proposal"), "second", "t2")
        line.addWidget(self._gallery_title)
        line.addWidget(self._legend)
        line.addStretch(1)
        line.addWidget(self.filter)
        return line


def _plot_card(title: Words, plot: QWidget, beside: Words | None) -> Card:
    card = Card()
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 12, 12, 8)
    column.setSpacing(6)
    line = QHBoxLayout()
    line.addWidget(title, 1)
    if beside is not None:
        line.addWidget(beside)
    column.addLayout(line)
    column.addWidget(plot, 1)
    return card
