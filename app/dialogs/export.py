"""The export sheet: what to write and where; after writing, what reads back from the file stands in the same place."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase
from PySide6.QtWidgets import QApplication, QButtonGroup, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.dialogs.choice_card import ChoiceCard
from app.dialogs.export_result import ExportResult
from app.dialogs.sheet import Sheet
from app.export_job import ExportFormat, ExportReport, ExportRequest
from app.texts import tr, tr_count
from app.theme.fonts import text_scale
from app.widgets import Button, Divider, SegmentControl, TickBox, Words
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.session import Session

_SIZE = QSize(960, 640)
_LEFT_PX = 312
_FOLDERS: frozenset[ExportFormat] = frozenset({"voc", "yolo"})


def _formats() -> tuple[tuple[ExportFormat, str, str], ...]:
    return (
        ("coco", "COCO", tr("one JSON file")),
        ("voc", "Pascal VOC", tr("one XML file a photo")),
        ("yolo", "YOLO", tr("one text file a photo")),
        ("csv", "CSV", tr("one table, a line a box")),
    )


class ExportSheet(Sheet):
    """Asks what and where, exports in the background, and shows the facts read back."""

    def __init__(self, session: Session, window: QWidget, chosen: Collection[int] = ()) -> None:
        """
        Args:
            chosen: ids of the photos chosen in the list, offered as a scope where there are several.
        """
        super().__init__(tr("Export boxes"), _SIZE, window)
        self._chosen = frozenset(session.photo(photo_id).path for photo_id in chosen) if len(chosen) > 1 else None
        self._session = session
        self._running = False
        self._report: ExportReport | None = None
        self._target_chosen = False
        self.formats: dict[ExportFormat, ChoiceCard] = {
            name: ChoiceCard(title, text) for name, title, text in _formats()
        }
        reviewed = session.counts().get(PhotoState.REVIEWED, 0)
        decided, open_boxes = session.boxes_to_export()
        self.decided = ChoiceCard(
            tr("Accepted, edited and drawn"), f"{_photos(reviewed)}, {_boxes(decided)}", bare=True
        )
        self.proposals = ChoiceCard(
            tr("Proposals too"), tr("adds {boxes} of photos not yet reviewed", boxes=_boxes(open_boxes)), bare=True
        )
        self._format_group = _group(self, self.formats.values())
        self._which_group = _group(self, (self.decided, self.proposals))
        self.formats["coco"].setChecked(True)
        self.decided.setChecked(True)
        self.target = QLineEdit()
        self.target.setAccessibleName(tr("Where to write"))
        self.target.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.target.setFixedHeight(32)
        self.target.textEdited.connect(self._take_typed)
        self.change = Button("second", text=tr("Change"), icon="folder", height=32)
        self.change.clicked.connect(self._ask_target)
        self.copy_photos = TickBox(tr("Copy photos beside the labels"))
        self.only_chosen = TickBox(
            tr_count("Only the {count} photo chosen", "Only the {count} photos chosen", len(chosen))
        )
        self.only_chosen.setVisible(self._chosen is not None)
        self.include_empty = TickBox(tr("Photos without a box too"))
        self.include_empty.setChecked(True)
        self.dialect = SegmentControl([("devkit", tr("Pixels from 1, as VOC")), ("edges", tr("Edges, as labelImg"))])
        self.dialect.chosen.connect(lambda _: self._restart())
        self._options = QWidget()
        self.result = ExportResult()
        self.copy = Button("ghost", text=tr("Copy report"), icon="copy", height=36)
        self.show_folder = Button("ghost", text=tr("Open folder"), icon="folder", height=36)
        self.export_button = Button("primary", text=tr("Export"), icon="export", key="↵", height=36)
        self.done_button = Button("primary", text=tr("Done"), icon="check", key="↵", height=36)
        self.again_button = Button("second", text=tr("Export again"), icon="export", height=36)
        self.replace_button = Button("second", text=tr("Replace what is there"), icon="export", height=36)
        self.copy.clicked.connect(self._copy_report)
        self.show_folder.clicked.connect(self._open_folder)
        self.export_button.clicked.connect(lambda: self.export())
        self.again_button.clicked.connect(lambda: self.export())
        self.replace_button.clicked.connect(self._replace)
        for tick in (self.copy_photos, self.only_chosen, self.include_empty):
            tick.clicked.connect(self._restart)
        self.done_button.clicked.connect(self.close_sheet)
        for group in (self._format_group, self._which_group):
            group.buttonClicked.connect(lambda _: self._restart())
        self._build()
        session.export_done.connect(self._show_report)
        self._restart()
        if session.exporting:
            # The sheet was closed while it wrote: here it goes on, and what comes of it is told.
            self._show_running()

    @property
    def format(self) -> ExportFormat:
        return next(name for name, card in self.formats.items() if card.isChecked())

    def request(self, *, overwrite: bool = False) -> ExportRequest:
        """What is asked for now; `overwrite` also replaces files that Moltbox did not write."""
        return ExportRequest(
            self.format,
            Path(self.target.text()).expanduser(),
            include_proposals=self.proposals.isChecked(),
            include_empty=self.include_empty.isChecked(),
            only=self._chosen if self.only_chosen.isChecked() else None,
            dialect="edges" if self.dialect.current() == "edges" else "devkit",
            copy_photos=self.format in _FOLDERS and self.copy_photos.isChecked(),
            overwrite=overwrite,
        )

    def _replace(self) -> None:
        self.export(overwrite=True)

    def export(self, *, overwrite: bool = False) -> None:
        """Starts writing, once a place is named."""
        if not self.target.text().strip() or self._running:
            return
        self._show_running()
        self._session.export(self.request(overwrite=overwrite))

    def _show_running(self) -> None:
        self._running = True
        self._report = None
        self.result.show_running()
        self._show_acts()

    def submit(self) -> None:
        """Return: export, or done after it."""
        if self._report is not None and self._report.ok:
            self.close_sheet()
        else:
            self.export()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        else:
            super().keyPressEvent(event)

    def close_sheet(self) -> None:
        self._session.export_done.disconnect(self._show_report)
        super().close_sheet()

    def _show_report(self, report: ExportReport) -> None:
        self._running = False
        self._report = report
        self.result.show_report(report)
        self._show_acts()
        following = self.done_button if report.ok else self.replace_button if report.in_the_way else self.again_button
        following.setFocus()

    def _restart(self) -> None:
        """Another choice: what was written before is not what stands here now."""
        if self._running:
            return
        self._report = None
        self.copy_photos.setVisible(self.format in _FOLDERS)
        self.dialect.setVisible(self.format == "voc")
        if not self._target_chosen:
            self.target.setText(str(self._usual_target()))
            self.target.setCursorPosition(0)
        self.result.show_nothing(self.format)
        self._show_acts()

    def _show_acts(self) -> None:
        ended = self._report is not None
        self.copy.setVisible(ended)
        self.show_folder.setVisible(self._report is not None and self._report.ok)
        self.export_button.setVisible(not ended)
        self.export_button.setEnabled(not self._running)
        self.again_button.setVisible(ended)
        self.replace_button.setVisible(self._report is not None and self._report.in_the_way)
        self.done_button.setVisible(self._report is not None and self._report.ok)
        ticks = (self.copy_photos, self.only_chosen, self.include_empty, self.dialect)
        for part in (self.target, self.change, *self.formats.values(), self.decided, self.proposals, *ticks):
            part.setEnabled(not self._running)

    def _usual_target(self) -> Path:
        root = self._session.project.root if self._session.project is not None else Path.home()
        name = f"boxes_{date.today().isoformat()}"
        endings = {"coco": ".json", "csv": ".csv", "voc": "_voc", "yolo": "_yolo"}
        return root / "export" / f"{name}{endings[self.format]}"

    def _take_typed(self, _text: str) -> None:
        self._target_chosen = True
        self._restart()

    def _ask_target(self) -> None:
        start = str(self.request().target)
        if self.format in _FOLDERS:
            chosen = QFileDialog.getExistingDirectory(self, tr("Folder for the label files"), str(Path(start).parent))
        else:
            kind = "COCO (*.json)" if self.format == "coco" else "CSV (*.csv)"
            chosen, _ = QFileDialog.getSaveFileName(self, tr("Where to write"), start, kind)
        if chosen:
            self._target_chosen = True
            self.target.setText(chosen)
            self._restart()

    def _copy_report(self) -> None:
        if self._report is not None:
            QApplication.clipboard().setText(report_text(self._report))

    def _open_folder(self) -> None:
        if self._report is not None:
            written = self._report.written
            folder = written if written.is_dir() else written.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(24, 20, 20, 20)
        left.setSpacing(8)
        left.addWidget(Words(tr("Format"), "body", weight=600))
        for card in self.formats.values():
            left.addWidget(card)
        left.addSpacing(12)
        left.addWidget(Words(tr("Which boxes"), "body", weight=600))
        left.addWidget(self.decided)
        left.addWidget(self.proposals)
        left.addSpacing(4)
        left.addWidget(self.include_empty)
        left.addWidget(self.only_chosen)
        left.addStretch(1)
        holder = QWidget()
        holder.setLayout(left)
        holder.setFixedWidth(round(_LEFT_PX * text_scale()))
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.target, 1)
        place.addWidget(self.change)
        right = QVBoxLayout()
        right.setContentsMargins(20, 20, 24, 20)
        right.setSpacing(8)
        right.addWidget(Words(tr("Where"), "body", weight=600))
        right.addLayout(place)
        options = QVBoxLayout(self._options)
        options.setContentsMargins(0, 8, 0, 0)
        options.setSpacing(6)
        options.addWidget(self.dialect)
        options.addWidget(self.copy_photos)
        right.addWidget(self._options)
        right.addSpacing(8)
        right.addWidget(self.result)
        right.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(holder)
        middle.addWidget(Divider(standing=True))
        middle.addLayout(right, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 12, 24, 12)
        foot.setSpacing(8)
        foot.addWidget(self.copy)
        foot.addWidget(self.show_folder)
        foot.addStretch(1)
        for button in (self.again_button, self.replace_button, self.export_button, self.done_button):
            foot.addWidget(button)
        self.body.addLayout(middle, 1)
        self.body.addWidget(Divider())
        self.body.addLayout(foot)


def report_text(report: ExportReport) -> str:
    """The report as plain text, one fact a line."""
    lines = [f"{report.title} ({report.elapsed_s:.1f} s)", str(report.written)]
    for fact in report.facts:
        lines.append(f"- {fact.title}. {fact.text}".strip())
        lines += [f"    {path}" for path in fact.photos]
    return "\n".join(lines) + "\n"


def _photos(count: int) -> str:
    return tr_count("{count} photo", "{count} photos", count)


def _boxes(count: int) -> str:
    return tr_count("{count} box", "{count} boxes", count)


def _group(parent: QWidget, cards: Iterable[ChoiceCard]) -> QButtonGroup:
    group = QButtonGroup(parent)
    for card in cards:
        group.addButton(card)
    return group
