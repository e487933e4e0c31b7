"""The page "Threshold for all photos": what another threshold would change, before anything is written."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.keymap import key_caps, keymap, pressed_key
from app.pages.page import PADDING_PX, Page
from app.pages.threshold_all_counts import CountCard
from app.pages.threshold_all_gallery import Gallery, GalleryPhoto
from app.pages.threshold_all_plots import SizePlot, SteadyPlot
from app.texts import thousands, tr, tr_count
from app.theme.fonts import scaled
from app.theme.palette import notifier, theme
from app.threshold_maps import OpenMapReader, OpenMaps
from app.threshold_scope import NewThreshold, ScopeName
from app.widgets import Button, Card, IconLabel, KeyCap, SegmentControl, Words
from engine.dataset.project_records import PhotoState
from engine.prelabel.reboxing import Change, Outcome, Reboxing

if TYPE_CHECKING:
    from app.session import Session

_COUNTS_MS = 100
_GALLERY_MS = 150
_READ_AGAIN_MS = 1500
_REST = 5
_MOST_SHOWN = 200
_PLOTS_HEIGHT, _LOW_PLOTS_HEIGHT = 240, 170
_LOW_BELOW_PX = 760
_BESIDE_GALLERY_PX = 26
_STEPS = {"threshold_less": -0.01, "threshold_more": 0.01, "threshold_less_much": -0.05, "threshold_more_much": 0.05}


class ThresholdPage(Page):
    """Reads the stored maps of all open photos, then follows the line at once; nothing is written until the button.

    Signal `photo_chosen` brings the id of a photo that was clicked.
    """

    photo_chosen = Signal(int)

    def __init__(self, session: Session, scope: ScopeName, selected: Iterable[int] = ()) -> None:
        """
        Args:
            session: of the open folder.
            scope: chosen at first.
            selected: ids of the photos chosen in the list; the scope "selected" is offered for several.
        """
        lead = tr("Boxes are worked out again from stored maps, so no photo is looked at twice.")
        super().__init__(tr("Threshold for all photos"), lead)
        self._session = session
        self._selected = frozenset(selected)
        self._class_id = session.place_class_id
        self._found: OpenMaps | None = None
        self._outcome: Outcome | None = None
        self._chosen: NDArray[np.bool_] = np.zeros(0, bool)
        self._without = self._reviewed = 0
        self._reader: OpenMapReader | None = None
        self._read_from_s = 0.0
        self._threshold = round(session.threshold, 2)
        self.scope = SegmentControl([])
        self.steady = SteadyPlot()
        self.sizes = SizePlot()
        self.counts = CountCard()
        self.gallery = Gallery()
        self.shown = SegmentControl([(name, "") for name in ("changed", "lost", "gained", "any")])
        self.apply_button = Button("primary", icon="check", key=key_caps(("Ctrl+Return",))[0], height=36)
        self._note = IconLabel("info")
        self._counting = self._timer(_COUNTS_MS, self._show_outcome)
        self._resting = self._timer(_GALLERY_MS, self._show_gallery)
        self._reading_again = self._timer(_READ_AGAIN_MS, self._read)
        self._build()
        self._connect()
        self._name_scopes()
        self.scope.set_current(scope)
        self._choose_scope()
        self._read()

    def _timer(self, interval_ms: int, act) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=interval_ms)
        timer.timeout.connect(act)
        return timer

    def _connect(self) -> None:
        session = self._session
        self.scope.chosen.connect(lambda _: self._choose_scope())
        self.shown.chosen.connect(lambda _: self._show_gallery())
        self.steady.moved.connect(self.set_threshold)
        self.steady.rested.connect(self._resting.start)
        self.gallery.opened.connect(self.photo_chosen)
        self.apply_button.clicked.connect(self.do_main_act)
        session.photo_changed.connect(lambda _: self._read_later())

    # What a person does.

    @property
    def threshold(self) -> float:
        """The threshold that the button would use."""
        return self._threshold

    @property
    def is_ready(self) -> bool:
        """Whether the stored maps have been read."""
        return self._found is not None

    def set_threshold(self, value: float) -> None:
        """Moves the line; counts follow ten times a second, the gallery when it rests."""
        self._threshold = round(min(max(value, 0.0), 1.0), 2)
        self.steady.set_value(self._threshold)
        if not self._counting.isActive():
            self._counting.start()
        self._resting.start()

    def do_main_act(self) -> None:
        """Boxes the photos of the scope again, keeps the threshold, and shows the photo."""
        if self._found is None or not self.apply_button.isEnabled():
            return
        photo_ids = tuple(int(each) for each in self._found.many.photo_ids[self._chosen])
        new = NewThreshold(self._threshold, photo_ids, self._scope(), self._class_id)
        found = self._found
        self.close_page()
        self._session.thresholds.apply(new, found.many)

    def close_page(self) -> None:
        for timer in (self._counting, self._resting, self._reading_again):
            timer.stop()
        if self._reader is not None:
            self._reader.stop()
        self.gallery.close_workers()
        super().close_page()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        exact = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
        act = keymap.holder(exact) or keymap.holder(pressed_key(event)) or ""
        if act in _STEPS:
            self.set_threshold(self._threshold + _STEPS[act])
        elif act == "threshold_calibrated":
            self.set_threshold(self._session.calibrated_threshold)
        else:
            super().keyPressEvent(event)

    # Reading.

    def _read(self) -> None:
        if self._reader is not None or self.steady.dragging:
            self._read_later()
            return
        self._reader = self._session.thresholds.reader()
        if self._reader is None:
            self.steady.set_counts(np.zeros(101, np.int64), note=tr("Waiting for the model"))
            self._reading_again.start()
            return
        self._read_from_s = time.monotonic()
        self._reader.progress.connect(self._show_progress)
        self._reader.ended.connect(self._take)
        self._reader.start()

    def _read_later(self) -> None:
        if not self._reading_again.isActive():
            self._reading_again.start()

    def _show_progress(self, done: int, total: int) -> None:
        if self._found is None:
            note = tr("Reading stored maps, {done} of {total}", done=thousands(done), total=thousands(total))
            self.steady.set_counts(np.zeros(101, np.int64), note=note)

    def _take(self, found: OpenMaps | str) -> None:
        if self._reader is not None:
            self._reader.wait()
            self._reader.deleteLater()
            self._reader = None
        # A large folder that goes on changing is not read all the time.
        took_ms = 1000 * (time.monotonic() - self._read_from_s)
        self._reading_again.setInterval(max(_READ_AGAIN_MS, round(_REST * took_ms)))
        if isinstance(found, str):
            self.steady.set_counts(np.zeros(101, np.int64), note=found)
            return
        self._found = found
        self._name_scopes()
        self._choose_scope()

    # The scope.

    def _scope(self) -> ScopeName:
        name = self.scope.current()
        return name if name in ("class", "selected") else "all"  # type: ignore[return-value]

    def _in_scope(self, found: OpenMaps, scope: ScopeName) -> tuple[NDArray[np.bool_], int]:
        """Which photos with maps are in a scope, and how many of those without."""
        ids = found.many.photo_ids
        if scope == "all":
            return np.ones(len(ids), bool), len(found.without)
        if scope == "selected":
            return np.isin(ids, list(self._selected)), sum(each in self._selected for each in found.without)
        labelled = [self._session.photo(photo_id).label_class_id == self._class_id for photo_id in found.without]
        return found.many.has_class(self._class_id or 0), sum(labelled)

    def _reviewed_in(self, scope: ScopeName) -> int:
        session = self._session
        if scope == "all":
            return session.counts()[PhotoState.REVIEWED]
        rows = [row for row in session.all_rows if row.state is PhotoState.REVIEWED]
        if scope == "class":
            return sum(row.label_class_id == self._class_id for row in rows)
        return sum(row.id in self._selected for row in rows)

    def _name_scopes(self) -> None:
        session = self._session
        counts = session.counts()
        options = [("all", tr("To review {count}", count=thousands(counts[PhotoState.PROPOSED])))]
        named = next((row.name for row in session.classes if row.id == self._class_id), None)
        if named is not None:
            inside, without = self._in_scope(self._found, "class") if self._found is not None else (np.zeros(0), 0)
            options.append(("class", f"{named} {thousands(int(inside.sum()) + without)}"))
        if len(self._selected) > 1:
            options.append(("selected", tr("Selected {count}", count=thousands(len(self._selected)))))
        if [name for name, _ in options] != list(self.scope.names()):
            self.scope.set_options(options)
        for name, text in options:
            self.scope.set_text(name, text)

    def _choose_scope(self) -> None:
        scope = self._scope()
        now = self._session.thresholds.usual(self._class_id if scope == "class" else None)
        self.steady.set_now(now)
        self.steady.set_value(self._threshold)
        if self._found is not None:
            self._chosen, self._without = self._in_scope(self._found, scope)
            self._reviewed = self._reviewed_in(scope)
            note = "" if self._chosen.any() else tr("No photo waits with a map of this model")
            self.steady.set_counts(self._found.many.steady_counts(self._chosen), note=note)
        self._show_outcome()
        self._show_gallery()

    # What is shown.

    def _show_outcome(self) -> None:
        if self._found is None:
            self.apply_button.setText(tr("Reading stored maps"))
            self.apply_button.setEnabled(False)
            return
        self._outcome = self._found.many.at(self._threshold)
        counts = self._outcome.counts(self._chosen)
        changed = sum(counts.values()) - counts[Change.STAYS]
        counts[Change.STAYS] += self._without
        self.counts.show_counts(counts, self._reviewed)
        self.sizes.set_sizes(self._outcome.sizes_before[self._chosen], self._outcome.sizes_after[self._chosen])
        value = f"{self._threshold:.2f}"
        use = tr_count(
            "Use {value} and change {count} box", "Use {value} and change {count} boxes", changed, value=value
        )
        self.apply_button.setText(use if changed else tr("Use {value}; no box changes", value=value))
        is_new = self._threshold != round(self._session.thresholds.usual(self._class_of_scope()), 2)
        self.apply_button.setEnabled(not self._session.read_only and (changed > 0 or is_new))
        self._note.setText(self._foot_words())
        names = {
            "changed": tr("Most changed"),
            "lost": tr("Lost {count}", count=thousands(counts[Change.LOSES])),
            "gained": tr("Gained {count}", count=thousands(counts[Change.GAINS])),
            "any": tr("Any"),
        }
        for name, text in names.items():
            self.shown.set_text(name, text)

    def _class_of_scope(self) -> int | None:
        return self._class_id if self._scope() == "class" else None

    def _foot_words(self) -> str:
        if self._session.read_only:
            return tr("You can look, not change.")
        words = tr("Nothing is written until you apply. One undo step.")
        if self._without:
            missing = tr_count(
                "{count} photo has no stored map and stays.",
                "{count} photos have no stored map and stay.",
                self._without,
            )
            words = f"{words} {missing}"
        return words

    def _show_gallery(self) -> None:
        if self._found is None or self._outcome is None:
            return
        if self._outcome.threshold != self._threshold:
            self._show_outcome()
        outcome, shown = self._outcome, self.shown.current()
        wanted = self._chosen.copy()
        if shown in ("lost", "gained"):
            wanted &= outcome.changes == (Change.LOSES if shown == "lost" else Change.GAINS)
        elif shown == "changed":
            wanted &= outcome.changes != Change.STAYS
        places = np.flatnonzero(wanted)
        if shown != "any":
            places = places[np.argsort(outcome.overlaps[places], kind="stable")]
        some = places[:_MOST_SHOWN].tolist()
        self.gallery.show_photos([self._picture(self._found.many, outcome, place) for place in some])

    def _picture(self, many: Reboxing, outcome: Outcome, place: int) -> GalleryPhoto:
        session = self._session
        photo_id = int(many.photo_ids[place])
        row = session.photo(photo_id)
        colours = {each.id: each.colour_index for each in session.classes}
        after = {class_id: table.boxes(self._threshold) for class_id, table in many.tables(photo_id).items()}
        return GalleryPhoto(
            photo_id,
            session.photo_path(row),
            tuple((box, colours.get(key, 0)) for key, boxes in many.boxes_before(photo_id).items() for box in boxes),
            tuple((each.box, colours.get(key, 0)) for key, boxes in after.items() for each in boxes),
            Change(int(outcome.changes[place])),
            float(outcome.overlaps[place]),
        )

    # How it is laid out.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = _LOW_PLOTS_HEIGHT if self.height() < _LOW_BELOW_PX else _PLOTS_HEIGHT
        for card in self._cards:
            card.setFixedHeight(scaled(height))

    def _build(self) -> None:
        self.head.addWidget(self.scope)
        steady_title = QHBoxLayout()
        steady_title.setSpacing(6)
        steady_title.addWidget(Words(tr("Photos whose box holds steady at each threshold"), "body", weight=600))
        steady_title.addStretch(1)
        for act in ("threshold_less", "threshold_more"):
            steady_title.addWidget(KeyCap(act=act))
        steady_title.addWidget(Words(tr("by 0.01"), "second", "t2"))
        sizes_title = QHBoxLayout()
        sizes_title.addWidget(Words(tr("Box size, % of the photo"), "body", weight=600))
        sizes_title.addStretch(1)
        sizes_title.addWidget(Words(tr("photos"), "second", "t2"))
        self._cards = (_card(steady_title, self.steady), _card(sizes_title, self.sizes, _Legend(bars=True)))
        plots = QHBoxLayout()
        plots.setSpacing(16)
        for card, share in zip(self._cards, (64, 36), strict=True):
            plots.addWidget(card, share)
        above = QVBoxLayout()
        # The gallery goes further to the right than what stands above it: by its last gap and its scroll bar.
        above.setContentsMargins(0, 0, _BESIDE_GALLERY_PX, 0)
        above.setSpacing(14)
        above.addLayout(plots)
        above.addWidget(self.counts)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(Words(tr("What changes most"), "body", weight=600))
        line.addWidget(_Legend(bars=False))
        line.addStretch(1)
        line.addWidget(self.shown)
        above.addLayout(line)
        self.body.setContentsMargins(PADDING_PX, 20, PADDING_PX - _BESIDE_GALLERY_PX, 0)
        self.body.setSpacing(12)
        self.body.addLayout(above)
        self.body.addWidget(self.gallery, 1)
        cancel = Button("ghost", text=tr("Cancel"), key=tr("Esc"), height=36)
        cancel.clicked.connect(self.close_page)
        foot = self.add_foot()
        foot.addWidget(self._note, 1)
        foot.addWidget(cancel)
        foot.addWidget(self.apply_button)


class _Legend(QWidget):
    """Which line is now and which is after."""

    def __init__(self, *, bars: bool) -> None:
        super().__init__()
        self._bars = bars
        row = QHBoxLayout(self)
        row.setContentsMargins(26, 0, 0, 0)
        row.setSpacing(36)
        self._words = (Words(tr("now"), "second", "t2"), Words(tr("after"), "second", "t2"))
        for words in self._words:
            row.addWidget(words)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours, middle = theme(), self.height() // 2
        now, after = (words.x() for words in self._words)
        pen = QPen(colours.colour("t1"), 2.0, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([2.0, 1.3])
        painter.setPen(pen)
        painter.drawLine(now - 24, middle, now - 6, middle)
        if self._bars:
            painter.setOpacity(0.75)
            painter.fillRect(after - 22, middle - 5, 16, 10, colours.colour("acc"))
        else:
            pen.setColor(colours.colour("acc"))
            pen.setDashPattern([4.0, 1.5])
            painter.setPen(pen)
            painter.drawLine(after - 24, middle, after - 6, middle)


def _card(title: QHBoxLayout, plot: QWidget, legend: QWidget | None = None) -> Card:
    card = Card()
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 14, 16, 8)
    column.setSpacing(6)
    column.addLayout(title)
    if legend is not None:
        column.addWidget(legend, 0, Qt.AlignmentFlag.AlignLeft)
    column.addWidget(plot, 1)
    return card
