"""The import sheet: what a file or folder of labels is, what of it fits, and, after bringing it in, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.dialogs.choice_card import ChoiceCard
from app.dialogs.export_result import ExportResult
from app.dialogs.sheet import Sheet
from app.export_job import ExportReport, Fact
from app.import_job import LabelReader, LookedInto
from app.texts import tr, tr_count
from app.widgets import Button, Divider, ElideLabel, SegmentControl, Words
from engine.dataset.label_sources import LabelSource, ReadLabels, SourceKind
from engine.dataset.project_labels import ImportReport
from engine.dataset.voc import Dialect

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(720, 600)


class ImportSheet(Sheet):
    """Looks into what was chosen or dropped, says what it found, and brings it in when asked to."""

    def __init__(self, window: MainWindow, path: Path | None = None) -> None:
        super().__init__(tr("Bring labels in"), _SIZE, window)
        self._session = window.session
        self._path: Path | None = None
        self._reader: LabelReader | None = None
        self.found: LookedInto | None = None
        self.report: ImportReport | None = None
        self.place = ElideLabel(tr("No file chosen"))
        self.file_button = Button("second", text=tr("Choose a file"), icon="file", height=32)
        self.folder_button = Button("second", text=tr("Choose a folder"), icon="folder", height=32)
        self.dialect = SegmentControl([("devkit", tr("Pixels from 1, as VOC")), ("edges", tr("Edges, as labelImg"))])
        self.right = ChoiceCard(tr("They are right"), tr("Boxes count at once, and their photos are reviewed"))
        self.look = ChoiceCard(tr("I want to look at each"), tr("Boxes come as proposals that wait for your answer"))
        self.result = ExportResult()
        self.bring_button = Button("primary", text=tr("Bring in"), icon="import", key="↵", height=36)
        self.done_button = Button("primary", text=tr("Done"), icon="check", key="↵", height=36)
        self._choices = QWidget()
        self._group = QButtonGroup(self)
        self.right.setChecked(True)
        for card in (self.right, self.look):
            self._group.addButton(card)
        self.file_button.clicked.connect(self._ask_file)
        self.folder_button.clicked.connect(self._ask_folder)
        self.dialect.chosen.connect(lambda name: self._look_into(cast(Dialect, name)))
        self.bring_button.clicked.connect(self.bring_in)
        self.done_button.clicked.connect(self.close_sheet)
        self._build()
        self._show_nothing()
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """Looks into a file or folder."""
        self._path = path
        self.place.setText(str(path))
        self.report = None
        self._look_into(None)

    def bring_in(self) -> None:
        """Brings into the project what was found."""
        if self.found is None or self.found.read is None or self.report is not None:
            return
        self.report = self._session.bring_in(self.found.read, reviewed=self.right.isChecked())
        if self.report is not None:
            facts = facts_brought_in(self.report, self.found.read)
            self._show(ExportReport(True, tr("Brought in"), facts, self.found.elapsed_s, self.found_path()))
        self._show_acts()

    def found_path(self) -> Path:
        return self._path or Path()

    def close_sheet(self) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        super().close_sheet()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.report is not None:
            self.close_sheet()
        else:
            self.bring_in()

    def _look_into(self, dialect: Dialect | None) -> None:
        project = self._session.project
        if project is None or self._path is None:
            return
        if self._reader is not None:
            self._reader.ended.disconnect()
            self._reader.stop()
            self._reader.deleteLater()
        self.found = None
        self._show_acts()
        self._reader = LabelReader(project, self._path, dialect, self)
        self._reader.ended.connect(self._take_found)
        self._reader.start()

    def _take_found(self, found: LookedInto) -> None:
        self.found = found
        path = self.found_path()
        if found.source is None or found.read is None:
            facts = (Fact("bad", tr("Nothing can be brought in"), found.problem),)
            self._show(ExportReport(False, tr("These are no labels that can be read"), facts, found.elapsed_s, path))
        else:
            facts = facts_found(found.source, found.read)
            self._show(ExportReport(True, kind_words(found.source.kind), facts, found.elapsed_s, path))
            if found.source.dialect is not None:
                self.dialect.set_current(found.source.dialect)
        self._show_acts()

    def _show(self, report: ExportReport) -> None:
        self.result.show_report(report)
        self.result.show()

    def _show_nothing(self) -> None:
        self.result.hide()
        self._show_acts()

    def _show_acts(self) -> None:
        read = self.found.read if self.found is not None else None
        is_voc = self.found is not None and self.found.source is not None and self.found.source.kind == "voc"
        self.dialect.setVisible(is_voc and self.report is None)
        self._choices.setVisible(read is not None and read.boxes is not None and self.report is None)
        self.bring_button.setVisible(self.report is None)
        self.bring_button.setEnabled(read is not None and _count(read) > 0 and not self._session.read_only)
        self.done_button.setVisible(self.report is not None)
        for button in (self.file_button, self.folder_button):
            button.setEnabled(self.report is None)

    def _ask_file(self) -> None:
        kinds = tr("Label files") + " (*.json *.csv *.tsv *.txt *.xml *.yaml)"
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a label file"), self._start(), kinds)
        if chosen:
            self.take(Path(chosen))

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Choose a folder of labels"), self._start())
        if chosen:
            self.take(Path(chosen))

    def _start(self) -> str:
        return str(self._session.project.root if self._session.project is not None else Path.home())

    def _build(self) -> None:
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.place, 1)
        place.addWidget(self.file_button)
        place.addWidget(self.folder_button)
        choices = QVBoxLayout(self._choices)
        choices.setContentsMargins(0, 0, 0, 0)
        choices.setSpacing(8)
        choices.addWidget(self.right)
        choices.addWidget(self.look)
        column = QVBoxLayout()
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        read = tr(
            "COCO, Pascal VOC, YOLO, tables of boxes, and what photos show from tables or ImageSets/Main. "
            "A file can be dropped on the window too."
        )
        column.addWidget(Words(read, "second", "t2", wrap=True))
        column.addLayout(place)
        column.addWidget(self.result)
        column.addWidget(self.dialect)
        column.addWidget(self._choices)
        column.addStretch(1)
        kept = tr("What you decided yourself stays as it is. Undo begins anew after labels came in.")
        column.addWidget(Words(kept, "second", "t3", wrap=True))
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 12)
        foot.addStretch(1)
        foot.addWidget(self.bring_button)
        foot.addWidget(self.done_button)
        self.body.addLayout(column, 1)
        self.body.addWidget(Divider())
        self.body.addLayout(foot)


def kind_words(kind: SourceKind) -> str:
    """What a source is, in words."""
    return {
        "coco": tr("A COCO file"),
        "voc": tr("Pascal VOC files"),
        "yolo": tr("YOLO files"),
        "box_table": tr("A table of boxes"),
        "label_table": tr("A table of what photos show"),
        "image_sets": tr("VOC lists of what photos show"),
    }[kind]


def facts_found(source: LabelSource, read: ReadLabels) -> tuple[Fact, ...]:
    """What a source holds for the open folder, before anything is brought in."""
    facts: list[Fact] = []
    if read.boxes is not None:
        photos = tr_count("{count} photo", "{count} photos", len(read.boxes.photos))
        boxes = tr_count("{count} box", "{count} boxes", read.boxes.box_count)
        names = ", ".join(read.boxes.class_names[:8])
        facts.append(Fact("ok", tr("{photos}, {boxes}", photos=photos, boxes=boxes), names))
    else:
        classes = dict.fromkeys(name for names in (read.classes or {}).values() for name in names)
        photos = tr_count("{count} photo with a class", "{count} photos with a class", len(read.classes or {}))
        facts.append(Fact("ok", photos, ", ".join(list(classes)[:8])))
    if source.dialect is not None:
        guess = {
            "devkit": tr("Read as pixels counted from 1, both ends included."),
            "edges": tr("Read as pixel edges, as labelImg writes them."),
        }[source.dialect]
        facts.append(Fact("info", tr("VOC files do not always tell how they count"), guess))
    if read.unknown:
        title = tr_count("{count} photo is not in this folder", "{count} photos are not in this folder", read.unknown)
        facts.append(Fact("warn", title, tr("Their labels are left out.")))
    return tuple(facts)


def facts_brought_in(report: ImportReport, read: ReadLabels) -> tuple[Fact, ...]:
    """What came of bringing labels in."""
    photos = tr_count("{count} photo", "{count} photos", report.photo_count)
    boxes = tr_count("{count} box", "{count} boxes", report.box_count)
    title = tr("{photos}, {boxes}", photos=photos, boxes=boxes) if read.boxes is not None else photos
    facts = [Fact("ok", title)]
    if report.skipped:
        left = tr_count("{count} photo was left as it is", "{count} photos were left as they are", len(report.skipped))
        paths = tuple(each.path for each in report.skipped)
        facts.append(Fact("warn", left, report.skipped[0].reason, paths))
    if report.renumbered:
        new = tr_count("{count} number was taken", "{count} numbers were taken", report.renumbered)
        facts.append(Fact("info", new, tr("Photos, boxes or classes that had them in the file have new ones here.")))
    return tuple(facts)


def _count(read: ReadLabels) -> int:
    return len(read.boxes.photos) if read.boxes is not None else len(read.classes or {})
