"""Every colour of the window, dark and light, and the one place that switches between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Scheme = Literal["system", "dark", "light"]
SCHEMES: tuple[Scheme, ...] = ("system", "dark", "light")
Contrast = Literal["system", "usual", "high"]
CONTRASTS: tuple[Contrast, ...] = ("system", "usual", "high")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by role as `#RRGGBB`; text colours reach 4.5:1 on every surface they stand on.

    With `high` contrast they reach 7:1, soft fills are gone, and what they said is said by outlines.
    """

    dark: bool
    canvas: str
    win: str
    panel: str
    raised: str
    track: str
    hover: str
    float: str
    line: str
    edge: str
    edge_soft: str
    t1: str
    t2: str
    t3: str
    acc: str
    fill: str
    on_fill: str
    soft: str
    ok: str
    warn: str
    bad: str
    ok_soft: str
    warn_soft: str
    bad_soft: str
    high: bool = False

    def colour(self, role: str) -> QColor:
        """The colour of a role by name, such as "t2"."""
        return QColor(getattr(self, role))


DARK = Theme(
    dark=True,
    canvas="#151618",
    win="#1B1C1F",
    panel="#212327",
    raised="#2B2E33",
    track="#2B2E33",
    hover="#343840",
    float="#26292E",
    line="#32353B",
    edge="#6E747F",
    edge_soft="#3D424A",
    t1="#ECEDEF",
    t2="#B0B5BE",
    t3="#9CA2AD",
    acc="#7DB0FF",
    fill="#2B68D8",
    on_fill="#FFFFFF",
    soft="#24344F",
    ok="#4CC795",
    warn="#F2B84B",
    bad="#FF8A80",
    ok_soft="#1E3B30",
    warn_soft="#40351F",
    bad_soft="#4A2A2A",
)

LIGHT = Theme(
    dark=False,
    canvas="#D4D6DA",
    win="#EFF0F2",
    panel="#FBFBFC",
    raised="#ECEEF1",
    track="#E1E4E9",
    hover="#E2E5EA",
    float="#FFFFFF",
    line="#DCDEE3",
    edge="#868D98",
    edge_soft="#CFD3D9",
    t1="#1A1C20",
    t2="#4A505A",
    t3="#5B626D",
    acc="#1D59C9",
    fill="#2460D2",
    on_fill="#FFFFFF",
    soft="#DDE8FB",
    ok="#0B7548",
    warn="#855600",
    bad="#B3261E",
    ok_soft="#DDF3E8",
    warn_soft="#FBEFD6",
    bad_soft="#FBE3E1",
)

DARK_HIGH = replace(
    DARK,
    high=True,
    canvas="#000000",
    win="#000000",
    panel="#0B0C0E",
    raised="#1A1C20",
    track="#1A1C20",
    hover="#2B2E33",
    float="#0B0C0E",
    line="#7C838F",
    edge="#C4C9D2",
    edge_soft="#9CA2AD",
    t1="#FFFFFF",
    t2="#E4E7EB",
    t3="#D0D4DB",
    acc="#A9CBFF",
    fill="#1A4CB0",
    soft="#0B0C0E",
    ok="#63E0AE",
    warn="#FFCB66",
    bad="#FFB1AA",
    ok_soft="#0B0C0E",
    warn_soft="#0B0C0E",
    bad_soft="#0B0C0E",
)

LIGHT_HIGH = replace(
    LIGHT,
    high=True,
    canvas="#FFFFFF",
    win="#FFFFFF",
    panel="#FFFFFF",
    raised="#F2F3F5",
    track="#F2F3F5",
    hover="#E8EAEE",
    line="#6B727D",
    edge="#3A3F47",
    edge_soft="#5B626D",
    t1="#000000",
    t2="#24282E",
    t3="#363B43",
    acc="#0F3F9B",
    fill="#1A4CB0",
    soft="#FFFFFF",
    ok="#064F30",
    warn="#5E3C00",
    bad="#8A1811",
    ok_soft="#FFFFFF",
    warn_soft="#FFFFFF",
    bad_soft="#FFFFFF",
)

CLASS_COLOURS = ("#2BC6FF", "#FFAF01", "#1F925C", "#876DF1", "#FFFC88", "#E34A0B", "#BC9FB2", "#C5FFE2")
"""By order of use, the same in both themes; after eight the cycle repeats and the name carries the identity."""

TAG_TEXT = "#10141A"


class Notifier(QObject):
    """Tells painted widgets, icons and cached pictures that the colours are others now."""

    changed = Signal()


notifier = Notifier()
_current = DARK
_wanted: Scheme = "system"
_wanted_contrast: Contrast = "system"


def theme() -> Theme:
    """The colours in force."""
    return _current


def class_colour(colour_index: int) -> QColor:
    """Colour of a class by its number in order of use, 0 or more."""
    return QColor(CLASS_COLOURS[colour_index % len(CLASS_COLOURS)])


def apply_theme(app: QApplication, scheme: Scheme, contrast: Contrast | None = None) -> None:
    """Puts a colour scheme on the application; "system" follows the desktop and is dark where that says nothing.

    Args:
        app: gets the colours.
        scheme: light or dark.
        contrast: usual or high; None leaves it as it was, "system" at first.
    """
    global _wanted, _wanted_contrast
    first = app.property("moltbox_follows_system") is None
    _wanted = scheme
    _wanted_contrast = contrast or _wanted_contrast
    if first:
        app.setProperty("moltbox_follows_system", True)
        app.setStyle("Fusion")
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda _: _follow_system(app))
        hints.accessibility().contrastPreferenceChanged.connect(lambda _: _follow_system(app))
    _put_on(app, _chosen())


def _follow_system(app: QApplication) -> None:
    if "system" in (_wanted, _wanted_contrast) and theme() is not _chosen():
        _put_on(app, _chosen())


def _chosen() -> Theme:
    hints = QGuiApplication.styleHints()
    light = hints.colorScheme() == Qt.ColorScheme.Light if _wanted == "system" else _wanted == "light"
    preferred = hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
    high = preferred if _wanted_contrast == "system" else _wanted_contrast == "high"
    return {(False, False): DARK, (True, False): LIGHT, (False, True): DARK_HIGH, (True, True): LIGHT_HIGH}[light, high]


def _put_on(app: QApplication, chosen: Theme) -> None:
    global _current
    _current = chosen
    app.setPalette(_palette(chosen))
    app.setStyleSheet(_style_sheet(chosen))
    notifier.changed.emit()


def _palette(chosen: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for colour_role, value in (
        (role.Window, chosen.win),
        (role.Base, chosen.panel),
        (role.AlternateBase, chosen.raised),
        (role.Button, chosen.raised),
        (role.WindowText, chosen.t1),
        (role.Text, chosen.t1),
        (role.ButtonText, chosen.t1),
        (role.PlaceholderText, chosen.t3),
        (role.ToolTipBase, chosen.float),
        (role.ToolTipText, chosen.t1),
        (role.Highlight, chosen.fill),
        (role.HighlightedText, chosen.on_fill),
        (role.Accent, chosen.fill),
        (role.Link, chosen.acc),
        (role.Light, chosen.hover),
        (role.Midlight, chosen.line),
        (role.Mid, chosen.edge_soft),
        (role.Dark, chosen.edge),
        (role.Shadow, chosen.canvas),
    ):
        palette.setColor(colour_role, QColor(value))
    for colour_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, colour_role, QColor(chosen.edge))
    return palette


def _style_sheet(chosen: Theme) -> str:
    """Only what a palette cannot say: the menu bar, menus, tool tips, thin scroll bars, flat docks and fields."""
    field = chosen.win if chosen.dark else chosen.float
    return f"""
    QMenuBar {{ background: transparent; border: none; spacing: 0; }}
    QMenuBar::item {{ padding: 6px 9px; border-radius: 6px; background: transparent; color: {chosen.t1}; }}
    QMenuBar::item:selected {{ background: {chosen.hover}; }}
    QMenu {{ background: {chosen.float}; border: 1px solid {chosen.line}; padding: 6px; }}
    QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 6px; }}
    QMenu::item:selected {{ background: {chosen.hover}; color: {chosen.t1}; }}
    QMenu::item:disabled {{ color: {chosen.t3}; }}
    QMenu::separator {{ height: 1px; background: {chosen.line}; margin: 6px 4px; }}
    QMenu::icon {{ padding-left: 8px; }}
    QToolTip {{ background: {chosen.float}; color: {chosen.t1}; border: 1px solid {chosen.line}; padding: 4px 6px; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
    QScrollBar::handle {{ background: {chosen.edge_soft}; border-radius: 3px; min-height: 24px; min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {chosen.edge}; }}
    QScrollBar::handle:disabled {{ background: transparent; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QLineEdit {{ background: {field}; border: 1px solid {chosen.edge_soft}; border-radius: 6px; padding: 0 8px;
        selection-background-color: {chosen.fill}; selection-color: {chosen.on_fill}; }}
    QLineEdit:focus {{ border: 2px solid {chosen.acc}; padding: 0 7px; }}
    QMainWindow::separator {{ width: 1px; height: 1px; background: {chosen.line}; }}
    """
