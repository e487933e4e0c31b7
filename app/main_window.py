"""The window: puts bars, panels and pages together and keeps the acts' state up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QCloseEvent, QColor, QDragEnterEvent, QDropEvent, QIcon, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from app.actions import ACTIONS, build_actions, enable_actions
from app.acts import hands
from app.acts.files import import_labels
from app.acts.threshold import open_threshold_page
from app.canvas.colour_maps import map_colours
from app.canvas.tools import Tool
from app.centre import Centre
from app.dialogs.sheet import Sheet
from app.job_strip import JobStrip
from app.keymap import keymap
from app.layout_rules import Widths, widths_for
from app.pages.drop_zone import dropped_folder, dropped_labels, dropped_model
from app.pages.page import Page
from app.panels.evidence import EvidencePanel
from app.panels.photo_list import PhotoListPanel
from app.regions import Regions
from app.settings import Settings
from app.theme.fonts import text_scale
from app.theme.icons import pixmap
from app.theme.palette import LIGHT, notifier
from app.top_bar import TopBar
from app.voc_mirror import VocFiles
from app.window_acts import WindowActs

if TYPE_CHECKING:
    from app.session import Session

_FIRST_SIZE = (1600, 1000)
_TITLE_BAR = 40  # the system's, above the window
_LEAST_SIZE = (900, 600)
_ICON_PX = 128
# These work while a sheet covers the window.
_ABOVE_SHEETS = ("quit", "shortcuts", "preferences")


class MainWindow(QMainWindow):
    """The one window of Moltbox, showing one session."""

    def __init__(self, session: Session, settings: Settings | None = None) -> None:
        super().__init__()
        self.session = session
        self.settings = settings or Settings()
        self._sheet: Sheet | None = None
        self._full_screen = False
        self._widths: Widths | None = None
        self._acts_state: object = None
        self.setWindowTitle("Moltbox")
        self.setWindowIcon(QIcon(pixmap("app", _ICON_PX, QColor(LIGHT.fill))))
        self.setMinimumSize(*_LEAST_SIZE)
        self.setAcceptDrops(True)
        self.centre = Centre(session)
        self.photo_list = PhotoListPanel(session)
        self.evidence = EvidencePanel(session)
        self.job_strip = JobStrip(session)
        self.voc_files = VocFiles(session, self.settings, self)
        self.acts = WindowActs(self)
        self.actions_by_id = build_actions(self, self.centre, self.acts.handlers())
        keymap.use(self.settings.own_keys)
        keymap.put_on(self.actions_by_id)
        self.top_bar = TopBar(self.actions_by_id)
        centre = self.centre
        self.regions = Regions(
            (
                self.top_bar,
                self.photo_list.view,
                centre.header,
                centre.canvas,
                centre.first_run,
                self.evidence,
                self.job_strip,
            )
        )
        self.centre.connect_actions(self.actions_by_id)
        self._list_dock = self._dock("photo_list", self.photo_list, Qt.DockWidgetArea.LeftDockWidgetArea)
        self._evidence_dock = self._dock("evidence", self.evidence, Qt.DockWidgetArea.RightDockWidgetArea)
        self._strip_dock = self._dock("job_strip", self.job_strip, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setMenuWidget(self.top_bar)
        self.setCentralWidget(self.centre)
        self._connect()
        self._restore()
        self.show_recents()
        self._show_folder()

    def _dock(self, name: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        """A place at an edge that can neither be moved nor torn off."""
        dock = QDockWidget(self)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        no_title = QWidget(dock)
        no_title.setFixedHeight(0)
        dock.setTitleBarWidget(no_title)
        dock.setWidget(panel)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        session, centre = self.session, self.centre
        for signal in (session.project_opened, session.project_closed):
            signal.connect(self._show_folder)
        for signal in (
            session.current_changed,
            session.evidence_ready,
            session.heat_map_changed,
            session.selection_changed,
            session.boxes_changed,
        ):
            signal.connect(lambda *_: self.refresh_actions())
        stack = session.undo_stack
        for signal in (stack.canUndoChanged, stack.canRedoChanged):
            signal.connect(lambda _: self.refresh_actions())
        for signal in (stack.undoTextChanged, stack.redoTextChanged):
            signal.connect(lambda _: self.acts.name_undo(self.actions_by_id))
        session.message.connect(lambda _: self.refresh_actions())  # one may offer an act that works from now on
        session.message.connect(centre.messages.show_message)
        session.page_changed.connect(lambda _: self._arrange())
        centre.opened_changed.connect(self._arrange)
        centre.opened_changed.connect(self.refresh_actions)
        session.opacity_changed.connect(self._keep_opacity)
        keymap.changed.connect(self._keep_keys)
        notifier.changed.connect(self._arrange)
        centre.canvas.asked.connect(self.acts.answer)
        centre.canvas.tool_changed.connect(self._show_tool)
        centre.first_run.folder_chosen.connect(self.acts.open_folder)
        centre.first_run.demo_requested.connect(self.acts.open_demo)
        self.photo_list.typing_ended.connect(centre.take_keyboard)
        self.evidence.hide_requested.connect(self.actions_by_id["evidence"].trigger)
        self.evidence.scope_wanted.connect(lambda scope: open_threshold_page(self, scope))
        self.evidence.draw_requested.connect(self.actions_by_id["tool_draw"].trigger)
        self.job_strip.model_requested.connect(self.actions_by_id["choose_model"].trigger)
        self.job_strip.act_requested.connect(lambda act: self.actions_by_id[act].trigger())

    def _restore(self) -> None:
        room = self.screen().availableSize() - QSize(0, _TITLE_BAR)
        self.resize(QSize(*_FIRST_SIZE).boundedTo(room))
        if not self.settings.geometry.isEmpty():
            self.restoreGeometry(self.settings.geometry)
        self.actions_by_id["evidence"].setChecked(self.settings.evidence_shown)
        self.actions_by_id[f"theme_{self.settings.scheme}"].setChecked(True)
        self.actions_by_id["tool_select"].setChecked(True)
        self.session.set_opacity(self.settings.opacity)
        self.actions_by_id[f"colours_{self.settings.colour_map}"].setChecked(True)
        map_colours.choose(self.settings.colour_map)
        hands.restore(self)

    def show_recents(self) -> None:
        """Lists the folders opened lately, in the menu and on the first page."""
        folders = self.settings.recents
        self.centre.first_run.set_recents(folders)
        menu = self.top_bar.recent_menu
        menu.clear()
        menu.setEnabled(bool(folders))
        for folder in folders:
            entry = menu.addAction(str(folder))
            entry.setEnabled(folder.is_dir())
            entry.triggered.connect(lambda _=False, folder=folder: self.acts.open_folder(folder))

    def refresh_actions(self) -> None:
        """Switches acts on and off by what is there; behind a page no key meant for the photo works, and under a sheet
        only a few work."""
        present = self.acts.present()
        state = (present, self.centre.opened, self._sheet)
        if state == self._acts_state:
            return
        self._acts_state = state
        enable_actions(self.actions_by_id, present)
        if self.centre.opened is not None:
            for spec in ACTIONS:
                if spec.scope == "canvas":
                    self.actions_by_id[spec.id].setEnabled(False)
        if self._sheet is not None:
            above = (*_ABOVE_SHEETS, *self._sheet.acts)
            for name, action in self.actions_by_id.items():
                action.setEnabled(action.isEnabled() and name in above)

    def _show_folder(self) -> None:
        is_open = self.session.project is not None
        self.setWindowTitle(f"{self.session.folder_name} – Moltbox" if is_open else "Moltbox")
        self.top_bar.set_folder_open(is_open=is_open)
        self._arrange()
        self.refresh_actions()
        self.centre.take_keyboard()

    # Where things stand.

    def _arrange(self) -> None:
        """Shows what belongs to the page, as wide as the window allows."""
        is_open = self.session.project is not None
        chrome = not self._full_screen
        widths = widths_for(self.width(), self.settings.list_width, text_scale())
        list_was_there = not self._list_dock.isHidden()
        self.top_bar.setVisible(chrome)
        self._strip_dock.setVisible(chrome)
        opened = self.centre.opened
        listed = is_open and chrome and not (opened is not None and opened.is_wide)
        self._list_dock.setVisible(listed)
        evidence = is_open and chrome and self.session.page != "empty" and opened is None
        self._evidence_dock.setVisible(evidence and self.actions_by_id["evidence"].isChecked())
        if widths == self._widths and list_was_there == listed:
            return
        self._widths = widths
        for panel in (self.photo_list, self.evidence, self.job_strip):
            panel.set_compact(compact=widths.compact)
        self.photo_list.setMinimumWidth(widths.list_range[0])
        self.photo_list.setMaximumWidth(widths.list_range[1])
        self.evidence.setFixedWidth(widths.evidence)
        self.resizeDocks([self._list_dock], [widths.photo_list], Qt.Orientation.Horizontal)

    def toggle_evidence(self) -> None:
        """Follows the switch of the evidence panel."""
        self.settings.evidence_shown = self.actions_by_id["evidence"].isChecked()
        self._arrange()

    def toggle_full_screen(self) -> None:
        """Only the photo on the whole screen, or the window as it was."""
        self._full_screen = not self._full_screen
        self.actions_by_id["full_screen"].setChecked(self._full_screen)
        self._arrange()
        if self._full_screen:
            self.showFullScreen()
        else:
            self.showNormal()

    def _show_tool(self, tool: str) -> None:
        name = {Tool.SELECT: "tool_select", Tool.DRAW: "tool_draw"}.get(Tool(tool))
        for action in (self.actions_by_id["tool_select"], self.actions_by_id["tool_draw"]):
            group = action.actionGroup()
            # Panning is a tool of its own: then neither of the two is chosen.
            if group is not None:
                group.setExclusive(name is not None)
            action.setChecked(action.objectName() == name)

    def _keep_keys(self) -> None:
        self.settings.own_keys = keymap.own
        keymap.put_on(self.actions_by_id)

    def _keep_opacity(self, opacity: float) -> None:
        self.settings.opacity = opacity

    # Pages in the place of the photo, and sheets over the window.

    def open_page(self, page: Page) -> None:
        """Shows a page in the place of photo and evidence; Esc or choosing a photo closes it."""
        if self.session.project is not None:
            self.centre.open_page(page)

    def open_export(self) -> None:
        """Opens the export sheet."""
        from app.dialogs.export import ExportSheet

        if self.session.project is not None and self._sheet is None:
            self.open_sheet(ExportSheet(self.session, self, self.photo_list.selected_ids()))

    def toggle_shortcuts(self) -> None:
        """Opens the sheet of keys, or closes it."""
        from app.dialogs.shortcuts import ShortcutSheet

        if isinstance(self._sheet, ShortcutSheet):
            self._sheet.close_sheet()
        elif self._sheet is None:
            self.open_sheet(ShortcutSheet(self))

    def change_keys(self) -> None:
        """Opens the sheet of keys where keys are changed."""
        from app.dialogs.shortcuts import ShortcutSheet

        sheet = ShortcutSheet(self)
        self.open_sheet(sheet)
        sheet.change.setChecked(True)

    @property
    def sheet(self) -> Sheet | None:
        """The sheet that covers the window, if any."""
        return self._sheet

    def open_sheet(self, sheet: Sheet) -> None:
        """Covers the window with a sheet until that closes."""
        self._sheet = sheet
        sheet.closed.connect(self._forget_sheet)
        self.refresh_actions()
        sheet.open_sheet()

    def _forget_sheet(self) -> None:
        self._sheet = None
        self.refresh_actions()

    # What Qt tells.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        left = event.type() == QEvent.Type.WindowStateChange and self._full_screen and not self.isFullScreen()
        if left and self.isVisible() and not self.isMinimized():
            self._full_screen = False
            self.actions_by_id["full_screen"].setChecked(False)
            self._arrange()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if dropped_folder(data) is not None or dropped_model(data) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        labels = dropped_labels(event.mimeData()) if self.session.project is not None else None
        folder = dropped_folder(event.mimeData())
        if labels is not None:
            event.acceptProposedAction()
            import_labels(self, labels)
        elif folder is not None:
            event.acceptProposedAction()
            self.acts.open_folder(folder)
        elif (model := dropped_model(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.session.use_model(model)

    def closeEvent(self, event: QCloseEvent) -> None:
        wide = self._widths is not None and not self._widths.compact
        if self.session.project is not None and not self._full_screen and wide:
            self.settings.list_width = self.photo_list.width()
        if not self._full_screen:
            self.settings.geometry = self.saveGeometry()
        self.settings.flush()
        self.photo_list.close_workers()
        self.session.shut_down()
        super().closeEvent(event)
