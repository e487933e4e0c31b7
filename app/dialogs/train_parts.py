"""The train sheet's parts: where labels come from, how long it takes, and the Python that trains."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.texts import tr, tr_count
from app.training.python import install_command, trouble_words
from app.training.python_search import PythonFound, PythonSearch
from app.widgets import Button, IconLabel, ProgressLine, TickBox, Words, announce
from engine.dataset.training_labels import SOURCES, Source

PROBE_S = 10.0
_TOLD_EVERY_MS = 200


class LabelSources(QWidget):
    """A switch for each place that labels come from, with its photos; one of them stays on. Signal `changed`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[Source, str] = {
            "given": tr("Folder names and tables"),
            "person": tr("What you said photos show"),
            "boxes": tr("Classes of boxes you decided on"),
        }
        self.ticks: dict[Source, TickBox] = {source: TickBox(self._names[source]) for source in SOURCES}
        self._counts: dict[Source, Words] = {source: Words("", "second", "t2") for source in SOURCES}
        self._offered: Mapping[Source, int] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for source, tick in self.ticks.items():
            tick.setChecked(True)
            tick.setEnabled(False)
            tick.toggled.connect(self._toggled)
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(tick)
            row.addStretch(1)
            row.addWidget(self._counts[source])
            column.addLayout(row)

    @property
    def chosen(self) -> tuple[Source, ...]:
        """The sources that are on; a source without labels counts as on, it gives nothing."""
        off = [source for source, tick in self.ticks.items() if self._has(source) and not tick.isChecked()]
        return tuple(source for source in SOURCES if source not in off)

    def show_offered(self, offered: Mapping[Source, int]) -> None:
        """Shows how many photos each source has labels of; one without any cannot be switched."""
        first = self._offered is None
        self._offered = offered
        for source, tick in self.ticks.items():
            count = offered.get(source, 0)
            self._counts[source].setText(
                tr_count("{count} photo", "{count} photos", count) if count else tr("no photo")
            )
            tick.setAccessibleDescription(self._counts[source].text())
            if first or not count:
                tick.blockSignals(True)
                tick.setChecked(count > 0)
                tick.blockSignals(False)
        self._keep_one()

    def _has(self, source: Source) -> bool:
        return self._offered is not None and self._offered.get(source, 0) > 0

    def _keep_one(self) -> None:
        """The last one that is on cannot be switched off."""
        on = [source for source, tick in self.ticks.items() if tick.isChecked() and self._has(source)]
        for source, tick in self.ticks.items():
            last = on == [source]
            tick.setEnabled(self._has(source) and not last)
            tick.setToolTip(tr("A model learns from labels: one of these stays on") if last else "")

    def _toggled(self) -> None:
        self._keep_one()
        self.changed.emit()


class TimeRow(QWidget):
    """How long a training takes: tried out for some seconds, which shows, then told."""

    def __init__(self) -> None:
        super().__init__()
        self.words = IconLabel("clock")
        self.progress = ProgressLine(4)
        self._began_s = 0.0
        self._timer = QTimer(self, interval=_TOLD_EVERY_MS)
        self._timer.timeout.connect(self._show_trying)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addWidget(self.progress)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.hide()

    @property
    def is_trying(self) -> bool:
        return self._timer.isActive()

    def begin(self) -> None:
        """The trial begins."""
        self._began_s = time.monotonic()
        self.show()
        self.progress.show()
        self._timer.start()
        self._show_trying()

    def tell(self, words: str) -> None:
        """The trial has ended, or there is none."""
        self._timer.stop()
        self.progress.hide()
        self.words.setText(words)
        self.setVisible(bool(words))
        if words:
            announce(self, words)

    def _show_trying(self) -> None:
        elapsed_s = time.monotonic() - self._began_s
        self.progress.set_share(elapsed_s / PROBE_S)
        if elapsed_s < PROBE_S:
            seconds, most = int(elapsed_s), int(PROBE_S)
            words = tr("Trying how fast this computer is, {seconds} of {most} s", seconds=seconds, most=most)
        else:
            words = tr("Still trying how fast this computer is; you can start without it")
        self.words.setText(words)


class PythonRow(QWidget):
    """Looks for a Python that can train; where there is none, says exactly what to install, or takes one by hand.

    Signal `changed` when another Python was found, or none.
    """

    changed = Signal()

    def __init__(self, chosen: str, root: Path) -> None:
        """
        Args:
            chosen: the Python of the settings, "" for none.
            root: the folder of photos.
        """
        super().__init__()
        self._chosen, self._root = chosen, root
        self._search: PythonSearch | None = None
        self.python: Path | None = None
        self.words = Words("", "second", "t2", wrap=True)
        self.command = Words("", "second", "t1", wrap=True)
        self.command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = Button("second", text=tr("Copy the command"), icon="copy")
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.command.text()))
        self.again = Button("ghost", text=tr("Look again"))
        self.again.clicked.connect(lambda: self.look())
        self.choose = Button("ghost", text=tr("Choose a Python…"))
        self.choose.clicked.connect(self._ask)
        self._asks = (self.command, self.copy, self.again, self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addWidget(self.command)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.copy, self.again, self.choose):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self._show_asks(shown=False)

    def look(self, only: tuple[Path, ...] = ()) -> None:
        """Looks for one in the usual places, or only at those given."""
        self.close_search()
        self.python = None
        self._show_asks(shown=False)
        self.words.setText(tr("Looking for a Python that can train"))
        self._search = PythonSearch(self._chosen, self._root, self, only=only)
        self._search.trying.connect(self._show_trying)
        self._search.ended.connect(self._take)
        self._search.start()
        self.changed.emit()

    def close_search(self) -> None:
        """Ends a search that goes on."""
        if self._search is not None:
            self._search.stop()
            self._search = None

    def say_lacks(self, sentence: str) -> None:
        """The Python turned out not to train after all."""
        self.words.setText(sentence)

    def _show_trying(self, path: Path) -> None:
        self.words.setText(tr("Looking for a Python that can train: {python}", python=path))

    def _take(self, found: PythonFound) -> None:
        if found.fit is not None:
            self.python = found.fit.path
            words = tr("Trains with {python}, Python {version}", python=found.fit.path, version=found.fit.version_words)
            self.words.setText(words)
        else:
            nearest = found.nearest
            parts = [tr("No Python on this computer can train yet.")]
            if nearest is not None or len(found.tried) == 1:
                parts.append(trouble_words(nearest or found.tried[0]))
            else:
                parts.append(tr("Install Python 3.11 or newer first."))
            parts.append(tr("Type this in a terminal, then look again:"))
            self.words.setText(" ".join(parts))
            self.command.setText(install_command(nearest, Path.home()))
        self._show_asks(shown=found.fit is None)
        self.changed.emit()

    def _show_asks(self, *, shown: bool) -> None:
        for part in self._asks:
            part.setVisible(shown)

    def _ask(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a Python"), str(Path.home()))
        if chosen:
            self._chosen = chosen
            self.look(only=(Path(chosen),))
