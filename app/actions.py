"""Every act of the window in one table: menus, shortcuts, the sheet of keys and the tests are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from app.canvas.colour_maps import COLOUR_MAPS
from app.texts import tr_marked
from app.theme.icons import icon

Scope = Literal["window", "canvas"]
Need = Literal[
    "nothing", "folder", "change", "photo", "decision", "map", "box", "undo", "redo", "former_model", "backup"
]
Section = Literal["Decide", "Move on", "Box", "Heat map and threshold", "View", "Project"]
SECTIONS: tuple[Section, ...] = ("Decide", "Move on", "Box", "Heat map and threshold", "View", "Project")
MENUS = ("File", "Edit", "View", "Photo", "Model", "Help")

DIGITS = "1234567890"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One act.

    Attributes:
        id: name by which code and messages call it.
        text: words in the menu.
        keys: shortcuts, the usual one first, as QKeySequence reads them.
        scope: "window" works everywhere in the window; "canvas" only while the middle of the window has the keyboard,
            so that letters can be typed into fields and lists.
        section: heading under which the sheet of keys shows it.
        menu: menu it stands in, with a sub-menu after a slash; empty for none.
        enabled_when: what must be there for it to work; a "change" of the folder and a "decision" on the photo need a
            folder that is not open elsewhere, a "box" to act on does too.
        icon: icon in the menu; empty for none.
        choice: name of the exclusive group it belongs to; its own id for a plain switch; empty for a plain act.
        row: words of its line in the sheet of keys where it shares one with others; its text by default.
        starts_group: a divider stands above it in the menu.
    """

    id: str
    text: str
    keys: tuple[str, ...]
    scope: Scope
    section: Section
    menu: str = ""
    enabled_when: Need = "nothing"
    icon: str = ""
    choice: str = ""
    row: str = ""
    starts_group: bool = False

    @property
    def sheet_text(self) -> str:
        return self.row or self.text


@dataclass(frozen=True, slots=True)
class HandKey:
    """What the canvas itself does with a held key, an arrow or the wheel: shown in the sheet of keys, no action."""

    text: str
    keys: tuple[str, ...]
    section: Section


def _window(name: str, text: str, keys: tuple[str, ...], section: Section, menu: str = "", **more) -> ActionSpec:
    return ActionSpec(name, text, keys, "window", section, menu, **more)


def _canvas(name: str, text: str, keys: tuple[str, ...], section: Section, menu: str = "", **more) -> ActionSpec:
    return ActionSpec(name, text, keys, "canvas", section, menu, **more)


_MAPS: Section = "Heat map and threshold"

ACTIONS: tuple[ActionSpec, ...] = (
    _window("open_folder", "Open folder…", ("Ctrl+O", "Ctrl+U"), "Project", "File", icon="folder"),
    _window("import_labels", "Bring labels in…", ("Ctrl+I",), "Project", "File", enabled_when="change", icon="import"),
    _window("export", "Export boxes…", ("Ctrl+E",), "Project", "File", enabled_when="folder", icon="export"),
    _window("close_folder", "Close folder", ("Ctrl+Shift+W",), "Project", "File", enabled_when="folder"),
    _window("restore_backup", "Restore the backup", (), "Project", "File", enabled_when="backup"),
    _window("preferences", "Preferences…", ("Ctrl+,",), "Project", "File", icon="theme", starts_group=True),
    _window("statistics", "Statistics", ("Ctrl+Shift+S",), "Project", "File", enabled_when="folder"),
    _window("show_failed", "Show failed photos", (), "Move on", "View", enabled_when="folder"),
    _window("quit", "Quit", ("Ctrl+Q",), "Project", "File", starts_group=True),
    _window("undo", "Undo", ("Ctrl+Z",), "Decide", "Edit", enabled_when="undo", icon="undo", row="Undo, redo"),
    _window(
        "redo",
        "Redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Decide",
        "Edit",
        enabled_when="redo",
        icon="redo",
        row="Undo, redo",
    ),
    _canvas("copy", "Copy boxes", ("Ctrl+C",), "Box", "Edit", enabled_when="photo", icon="copy", starts_group=True),
    _canvas("paste", "Paste boxes", ("Ctrl+V",), "Box", "Edit", enabled_when="decision"),
    _canvas("duplicate", "Duplicate box", ("Ctrl+D",), "Box", "Edit", enabled_when="box"),
    _canvas("keep_last", "Keep the last photo's boxes", ("Ctrl+P",), "Box", "Edit", enabled_when="decision"),
    _canvas("snap", "Snap box to the map", ("G",), "Box", "Edit", enabled_when="box"),
    _canvas("delete", "Delete box", ("Del",), "Box", "Edit", enabled_when="box", icon="trash"),
    _window("search", "Find photos", ("/", "Ctrl+Shift+F"), "Move on", "Edit", enabled_when="folder", icon="search"),
    _canvas(
        "select_all",
        "Choose all listed photos",
        ("Ctrl+A",),
        "Move on",
        "Edit",
        enabled_when="photo",
        starts_group=True,
    ),
    _canvas("accept", "Accept box", ("Y",), "Decide", "Photo", enabled_when="decision", icon="check"),
    _canvas("accept_all", "Accept all boxes shown", ("Shift+Y",), "Decide", "Photo", enabled_when="decision"),
    _canvas("reject", "Reject box", ("N",), "Decide", "Photo", enabled_when="decision", icon="close"),
    _canvas("photo_done", "Photo done, go on", ("Return", "Enter"), "Decide", "Photo", enabled_when="decision"),
    _canvas("skip", "Skip photo", ("S",), "Decide", "Photo", enabled_when="decision", icon="skip"),
    _window(
        "accept_photos",
        "Accept as proposed",
        ("Ctrl+Shift+Y",),
        "Decide",
        "Photo/Chosen photos",
        enabled_when="decision",
        icon="check",
        row="Accept, reject chosen photos",
    ),
    _window(
        "reject_photos",
        "Reject what is proposed",
        ("Ctrl+Shift+N",),
        "Decide",
        "Photo/Chosen photos",
        enabled_when="decision",
        icon="close",
        row="Accept, reject chosen photos",
    ),
    _window("skip_photos", "Skip", (), "Decide", "Photo/Chosen photos", enabled_when="decision", icon="skip"),
    _window("review_again", "Review again", (), "Decide", "Photo/Chosen photos", enabled_when="decision", icon="undo"),
    _canvas(
        "next",
        "Next photo",
        ("D",),
        "Move on",
        "Photo",
        enabled_when="photo",
        icon="chevron-right",
        row="Next, back",
        starts_group=True,
    ),
    _canvas(
        "previous",
        "Previous photo",
        ("A",),
        "Move on",
        "Photo",
        enabled_when="photo",
        icon="chevron-left",
        row="Next, back",
    ),
    _window("next_undecided", "Next to review", ("Ctrl+Shift+D",), "Move on", "Photo", enabled_when="folder"),
    _window("previous_undecided", "Back to review", ("Ctrl+Shift+A",), "Move on", "Photo", enabled_when="folder"),
    _window("go_to", "Go to photo…", ("Ctrl+G",), "Move on", "Photo", enabled_when="folder"),
    _canvas("first", "First photo", ("Home",), "Move on", "Photo", enabled_when="photo", row="First, last"),
    _canvas("last", "Last photo", ("End",), "Move on", "Photo", enabled_when="photo", row="First, last"),
    _canvas(
        "tool_select",
        "Select boxes",
        ("V",),
        "Box",
        "Photo",
        enabled_when="photo",
        icon="select",
        choice="tool",
        starts_group=True,
    ),
    _canvas("tool_draw", "Draw a box", ("W", "R"), "Box", "Photo", enabled_when="decision", icon="draw", choice="tool"),
    _canvas("cycle_map", "Next map", ("H",), _MAPS, "View", enabled_when="photo", icon="eye", row="Next map, off"),
    _canvas("map_off", "No map", ("Shift+H",), _MAPS, "View", enabled_when="photo", row="Next map, off"),
    *(
        _window(f"colours_{name}", name.capitalize(), (), _MAPS, "View/Map colours", choice="colours")
        for name in COLOUR_MAPS
    ),
    _canvas(
        "threshold_less",
        "Lower the threshold",
        ("[", "-"),
        _MAPS,
        "View",
        enabled_when="map",
        row="Threshold by 0.01",
        starts_group=True,
    ),
    _canvas(
        "threshold_more", "Raise the threshold", ("]", "="), _MAPS, "View", enabled_when="map", row="Threshold by 0.01"
    ),
    _canvas("threshold_less_much", "Lower by 0.05", ("Shift+[", "{", "Shift+-", "_"), _MAPS, enabled_when="map"),
    _canvas("threshold_more_much", "Raise by 0.05", ("Shift+]", "}", "Shift+=", "+"), _MAPS, enabled_when="map"),
    _canvas("threshold_calibrated", "Calibrated threshold", ("C",), _MAPS, "View", enabled_when="map"),
    _window("threshold_all", "Threshold for all photos…", ("Ctrl+Shift+T",), _MAPS, "View", enabled_when="folder"),
    _window(
        "fit",
        "Fit the photo",
        ("Ctrl+F",),
        "View",
        "View",
        enabled_when="photo",
        icon="fit",
        row="Fit, 100 %",
        starts_group=True,
    ),
    _window("actual_size", "100 %", ("Ctrl+0",), "View", "View", enabled_when="photo", row="Fit, 100 %"),
    _canvas("look_at_box", "Zoom to the box", ("Z",), "View", "View", enabled_when="photo"),
    _window(
        "zoom_in",
        "Zoom in",
        ("Ctrl++", "Ctrl+="),
        "View",
        "View",
        enabled_when="photo",
        icon="plus",
        row="Zoom in, out",
    ),
    _window(
        "zoom_out", "Zoom out", ("Ctrl+-",), "View", "View", enabled_when="photo", icon="minus", row="Zoom in, out"
    ),
    _window(
        "hold_view", "Keep the zoom from photo to photo", (), "View", "View", enabled_when="photo", choice="hold_view"
    ),
    _canvas(
        "hide_boxes",
        "Hide boxes",
        ("X",),
        "View",
        "View",
        enabled_when="photo",
        choice="hide_boxes",
        starts_group=True,
    ),
    _canvas("show_rejected", "Show rejected boxes", (), "View", "View", enabled_when="photo", choice="show_rejected"),
    _canvas("crosshair", "Crosshair", ("T",), "View", "View", enabled_when="photo", choice="crosshair"),
    _window("navigator", "Navigator", ("F9",), "View", "View", enabled_when="photo", choice="navigator"),
    _window("light", "Brightness and contrast", ("Ctrl+L",), "View", "View", enabled_when="photo", choice="light"),
    _canvas(
        "evidence",
        "Evidence panel",
        ("E",),
        "View",
        "View",
        enabled_when="photo",
        choice="evidence",
        starts_group=True,
    ),
    _window("full_screen", "Only the photo, full screen", ("F11",), "View", "View", choice="full_screen"),
    _window("theme_system", "As the desktop", (), "View", "View/Theme", choice="theme"),
    _window("theme_dark", "Dark", (), "View", "View/Theme", choice="theme"),
    _window("theme_light", "Light", (), "View", "View/Theme", choice="theme"),
    _window("classes", "Classes…", ("Ctrl+Shift+C",), "Project", "Edit", enabled_when="folder", icon="tag"),
    _window("prelabel", "Pre-label photos…", ("Ctrl+B",), "Project", "Model", enabled_when="change", icon="wand"),
    _window("resume_prelabel", "Go on with the pre-labelling", (), "Project", "Model", enabled_when="change"),
    _window("train", "Train a model…", ("Ctrl+T",), "Project", "Model", enabled_when="change", icon="train"),
    _window("training", "Show the training", ("Ctrl+J",), "Project", "Model", enabled_when="folder"),
    _window("former_model", "Back to the model before", (), "Project", "Model", enabled_when="former_model"),
    _window("choose_model", "Choose a model file…", (), "Project", "Model", icon="model"),
    _window("next_region", "Next part of the window", ("F6",), "Move on"),
    _window("shortcuts", "Keys", ("F1",), "Project", "Help", icon="keyboard"),
    _window("copy_diagnostics", "Copy diagnostics", (), "Project", "Help", icon="copy"),
    _canvas("class_by_name", "Class by name…", ("L",), "Box", "Photo", enabled_when="box", starts_group=True),
    _canvas("photo_labels", "What the photo shows…", ("Shift+L",), "Box", "Photo", enabled_when="decision"),
    *(
        _canvas(f"class_{digit}", f"Class {digit}", (digit,), "Box", enabled_when="decision", row="Set class")
        for digit in DIGITS
    ),
)

HAND_KEYS: tuple[HandKey, ...] = (
    HandKey("Photo done, go on", ("Space",), "Decide"),
    HandKey("Next box", ("Tab",), "Box"),
    HandKey("Move by 1 px, with Shift 10", ("Arrows",), "Box"),
    HandKey("Resize by 1 px", ("Alt+Arrows",), "Box"),
    HandKey("The box below, clicked again", ("Click",), "Box"),
    HandKey("Draw several boxes in a row", ("Shift+Drag",), "Box"),
    HandKey("One step back", ("Esc",), "Box"),
    HandKey("Only the photo while held", ("B",), _MAPS),
    HandKey("Threshold by the mouse", ("Alt+Wheel",), _MAPS),
    HandKey("Zoom by the mouse", ("Wheel",), "View"),
    HandKey("Pan", ("Space+Drag",), "View"),
)


def build_actions(
    window: QMainWindow, canvas: QWidget, handlers: Mapping[str, Callable[[], None]]
) -> dict[str, QAction]:
    """Makes the QAction of every row and hangs it where its shortcut works.

    Args:
        window: carries the window's shortcuts.
        canvas: letters work while it, or a widget in it, has the keyboard.
        handlers: what each act does, by id.

    Raises:
        KeyError: an act has no handler.
    """
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for spec in ACTIONS:
        action = QAction(tr_marked(spec.text), window)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(keys) for keys in spec.keys])
        # macOS moves entries by their words ("Quit", "Keys…") unless told what they are.
        quits = spec.id == "quit"
        action.setMenuRole(QAction.MenuRole.QuitRole if quits else QAction.MenuRole.NoRole)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        if spec.choice:
            action.setCheckable(True)
            if spec.choice != spec.id:
                groups.setdefault(spec.choice, QActionGroup(window)).addAction(action)
        if spec.scope == "canvas":
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            canvas.addAction(action)
        else:
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            window.addAction(action)
        handler = handlers[spec.id]
        action.triggered.connect(lambda _=False, handler=handler: handler())
        actions[spec.id] = action
    return actions


def enable_actions(actions: Mapping[str, QAction], present: set[Need]) -> None:
    """Switches every act on or off by what is there."""
    for spec in ACTIONS:
        actions[spec.id].setEnabled(spec.enabled_when == "nothing" or spec.enabled_when in present)
