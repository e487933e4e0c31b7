"""Head of the photo list: folder and progress, search, filter by state, and the filter said in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.panels import words
from app.panels.labels import Line
from app.photo_filters import OfferGroup, with_term
from app.photo_order import ORDERS, Order
from app.texts import tr
from app.theme.fonts import font
from app.theme.icons import icon
from app.theme.palette import notifier
from app.widgets import Button, Chip, Divider, IconLabel, KeyCap, ProgressLine
from engine.dataset.project_records import PhotoState

STATES: tuple[PhotoState | None, ...] = (
    None,
    PhotoState.PROPOSED,
    PhotoState.REVIEWED,
    PhotoState.SKIPPED,
    PhotoState.FAILED,
)
"""The filters, in the order of their chips; None shows all photos."""

_ICON_ROLES: dict[PhotoState | None, str] = {
    PhotoState.PROPOSED: "acc",
    PhotoState.REVIEWED: "ok",
    PhotoState.FAILED: "warn",
}
_TYPING_PAUSE_MS = 150
# A chip may lose this much of its padding before the chips fold.
_CHIP_SQUEEZE = 6


class PhotoListHead(QWidget):
    """`filter_changed(state or None, text)` when the person chose or typed, `order_changed(order or None)` when another
    order was chosen, `grid_chosen(bool)` rows or a grid; `typing_ended` gives the focus back. `offered` tells which
    filters there are besides the states."""

    filter_changed = Signal(object, str)
    order_changed = Signal(object)
    typing_ended = Signal()
    grid_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compact = False
        self._counts: Mapping[PhotoState, int] = {}
        self._title = Line(size="panel", weight=600, mode=Qt.TextElideMode.ElideMiddle)
        self._figures = Line(size="second", weight=500, role="t2", rigid=True)
        self._progress = ProgressLine()
        self.search = SearchField(self)
        self._chips = {state: Chip(icon=_icon_of(state)) for state in STATES}
        self._fold_row = QWidget(self)
        self._folded = Chip(icon=_icon_of(PhotoState.PROPOSED))
        self._more = Button("ghost", icon="chevron-down")
        self._order: Order | None = None
        self.offered: Callable[[], Sequence[OfferGroup]] = tuple
        self._line = Button("quiet", icon="filter")
        self._grid = Button("ghost", icon="grid")
        self._problem = IconLabel("info")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_PAUSE_MS)
        self._build()
        self._typing.timeout.connect(self._tell)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.ended.connect(self._end_typing)
        self.set_compact(compact=False)
        self._show_state()

    # what is chosen

    @property
    def state(self) -> PhotoState | None:
        return next(state for state, chip in self._chips.items() if chip.isChecked())

    @property
    def text(self) -> str:
        return self.search.text().strip()

    def choose(self, state: PhotoState | None) -> None:
        """Chooses a filter as its chip would."""
        self._chips[state].setChecked(True)
        self._show_state()
        self._tell()

    def choose_order(self, order: Order | None) -> None:
        """Chooses an order as its menu would; None for the one that fits what is shown."""
        self._order = order
        self._show_state()
        self.order_changed.emit(order)

    def choose_filter(self, field: str, term: str) -> None:
        """Puts a filter into the search in the place of another of its kind; an empty term takes that out."""
        self.search.setText(with_term(self.text, field, term))
        self._tell()

    def show_grid(self, *, grid: bool) -> None:
        """Chooses rows or a grid as the button would."""
        self._grid.setChecked(grid)

    @property
    def problem(self) -> str:
        """The sentence about the search in sight; "" for none."""
        return self._problem.text() if self._problem.isVisible() else ""

    def show_problem(self, sentence: str) -> None:
        """Says what of the search is not understood; "" for nothing."""
        self._problem.setText(sentence)
        self._problem.setToolTip(sentence)
        self._problem.setVisible(bool(sentence))

    def reset(self) -> None:
        """Shows the filter of a folder just opened, all photos, and tells nobody."""
        self.search.clear()
        self._typing.stop()
        self._order = None
        self.show_problem("")
        self._chips[None].setChecked(True)
        self._show_state()

    def clear_filter(self) -> None:
        """Back to all photos, with an empty search field."""
        self.reset()
        self._tell()

    def chip(self, state: PhotoState | None) -> Chip:
        return self._chips[state]

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # what is shown

    def set_folder(self, name: str) -> None:
        self._title.setText(name)

    def set_counts(self, counts: Mapping[PhotoState, int]) -> None:
        self._counts = counts
        total, reviewed = sum(counts.values()), counts.get(PhotoState.REVIEWED, 0)
        self._figures.setText(f"{reviewed:,} / {total:,}" if total else "")
        self._figures.setToolTip(
            tr("{reviewed} of {total} photos reviewed", reviewed=f"{reviewed:,}", total=f"{total:,}") if total else ""
        )
        self._progress.set_share(reviewed / total if total else 0.0)
        self._progress.setAccessibleName(self._figures.toolTip())
        self._show_state()

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self._top.setVisible(not compact)
        self._progress.setVisible(not compact)
        self._fold()
        self.search.setPlaceholderText(tr("Find…") if compact else tr("Find name, class, score…"))
        self._show_state()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """One chip with a menu stands for all where they have no room."""
        margins = self._padded.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        needed = self._chip_layout.minimumSize().width() - _CHIP_SQUEEZE * len(self._chips)
        folded = self._compact or needed > room
        self._chip_row.setVisible(not folded)
        self._fold_row.setVisible(folded)

    def _show_state(self) -> None:
        for state, chip in self._chips.items():
            count = self._count(state)
            chip.setText(tr("All") if state is None else short_count(count))
            words_of_state = words.filter_title(state)
            chip.setToolTip(f"{words_of_state}: {count:,}")
            chip.setAccessibleName(f"{words_of_state}, {count}")
        chosen = self.state
        title = words.filter_title(chosen)
        self._folded.set_icon(_icon_of(chosen))
        self._folded.setChecked(chosen is not None)
        self._folded.setText(f"{title} {short_count(self._count(chosen))}")
        self._fold()
        short, long = _order_words(self._order or ("need" if chosen is PhotoState.PROPOSED else "name"))
        self._line.setText(short if self._compact else f"{title} · {long}")

    def _count(self, state: PhotoState | None) -> int:
        return sum(self._counts.values()) if state is None else self._counts.get(state, 0)

    # hands

    def _tell(self) -> None:
        self._typing.stop()
        self.filter_changed.emit(self.state, self.text)

    def _end_typing(self) -> None:
        if self._typing.isActive():
            self._tell()
        self.typing_ended.emit()

    def _open_menu(self) -> None:
        self._folded.setChecked(self.state is not None)  # the click has toggled it
        menu = QMenu(self)
        for state in STATES:
            action = menu.addAction(icon(_icon_of(state)), f"{words.filter_title(state)}\t{self._count(state):,}")
            action.setCheckable(True)
            action.setChecked(state is self.state)
            action.triggered.connect(lambda _=False, state=state: self.choose(state))
        menu.popup(self._folded.mapToGlobal(self._folded.rect().bottomLeft()))

    def _open_orders(self) -> None:
        menu = self.order_menu()
        menu.popup(self._line.mapToGlobal(self._line.rect().bottomLeft()))

    def order_menu(self) -> QMenu:
        """The orders, and the filters besides the states with how many photos they leave."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fitting = menu.addAction(tr("As it fits what is shown"))
        for action, order in [(fitting, None), *((menu.addAction(_order_words(each)[0]), each) for each in ORDERS)]:
            action.setCheckable(True)
            action.setChecked(order == self._order)
            action.triggered.connect(lambda _=False, order=order: self.choose_order(order))
        menu.insertSeparator(menu.actions()[1])
        menu.addSeparator()
        typed = self.text
        for group in self.offered():
            part = menu.addMenu(group.title)
            for offer in group.offers:
                action = part.addAction(f"{offer.text.replace('&', '&&')}\t{offer.count:,}")
                action.setCheckable(True)
                chosen = offer.term in typed and with_term(typed, group.field, offer.term).endswith(offer.term)
                action.setChecked(chosen)
                term = "" if chosen else offer.term
                action.triggered.connect(lambda _=False, field=group.field, term=term: self.choose_filter(field, term))
        return menu

    # layout

    def _build(self) -> None:
        self._top = QWidget(self)
        top = QHBoxLayout(self._top)
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(self._title, 1)
        top.addWidget(self._figures)
        self._chip_row = QWidget(self)
        self._chip_row.setMinimumWidth(1)  # it folds where it does not fit, and must not keep the panel wide
        self._chip_layout = row = QHBoxLayout(self._chip_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        group = QButtonGroup(self)
        for state, chip in self._chips.items():
            chip.setCheckable(True)
            if state in _ICON_ROLES:
                chip.set_icon_role(_ICON_ROLES[state])
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(lambda _=False, state=state: self.choose(state))
            group.addButton(chip)
            row.addWidget(chip, 0 if state is None else 1)
        self._chips[None].setChecked(True)
        fold = QHBoxLayout(self._fold_row)
        fold.setContentsMargins(0, 0, 0, 0)
        fold.addWidget(self._folded)
        fold.addStretch(1)
        fold.addWidget(self._more)
        self._folded.setCheckable(True)
        self._more.setToolTip(tr("Choose which photos are shown"))
        self._more.setAccessibleName(tr("Choose which photos are shown"))
        for button in (self._folded, self._more):
            button.clicked.connect(self._open_menu)
        self._padded = padded = QVBoxLayout()
        padded.setContentsMargins(16, 12, 16, 12)
        padded.setSpacing(10)
        self._problem.hide()
        for widget in (self._top, self._progress, self.search, self._problem, self._chip_row, self._fold_row):
            padded.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(padded)
        layout.addWidget(Divider())
        self._line.setToolTip(tr("Choose order and filter"))
        self._line.show_opens_menu()
        self._grid.setCheckable(True)
        self._grid.setToolTip(tr("Photos side by side"))
        self._grid.setAccessibleName(tr("Photos side by side"))
        self._grid.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._grid.toggled.connect(self.grid_chosen)
        self._line.clicked.connect(self._open_orders)
        line = QHBoxLayout()
        line.setContentsMargins(13, 4, 13, 4)
        line.addWidget(self._line)
        line.addStretch(1)
        line.addWidget(self._grid)
        layout.addLayout(line)


class SearchField(QLineEdit):
    """Search field with its key cap; Return and Escape end the typing, Escape empties it first."""

    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Find photos by name, class or score"))
        self.setToolTip(
            tr('Words, "two words", class:cat, state:new, folder:a, why:jumps, score<0.5, need>0.6, boxes=0, -word')
        )
        self.setFixedHeight(32)
        self._sign = QAction(self)
        self.addAction(self._sign, QLineEdit.ActionPosition.LeadingPosition)
        self._key = KeyCap(act="search", parent=self)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextMargins(0, 0, 28, 0)
        self.textChanged.connect(lambda text: self._key.setVisible(not text))
        notifier.changed.connect(self._dress)
        self._dress()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ended.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        size = self._key.sizeHint()
        self._key.setGeometry(
            self.width() - size.width() - 7, (self.height() - size.height()) // 2, size.width(), size.height()
        )

    def _dress(self) -> None:
        self._sign.setIcon(icon("search"))
        self.setFont(font("body"))


def _order_words(order: Order) -> tuple[str, str]:
    """An order in the fewest words, and as the end of a sentence."""
    return {
        "name": (tr("By name"), tr("by name")),
        "need": (tr("Need first"), tr("most in need first")),
        "class": (tr("By class"), tr("by class")),
        "score": (tr("Least sure first"), tr("least sure first")),
    }[order]


def short_count(count: int) -> str:
    """A count that fits a chip: exact below 10,000, then in thousands."""
    return f"{count:,}" if count < 10_000 else f"{count // 1000:,}k"


def _icon_of(state: PhotoState | None) -> str:
    return words.PHOTO_STATE_ICONS[state] if state is not None else ""
