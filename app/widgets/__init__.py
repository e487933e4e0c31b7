"""The painted controls that every panel, page and dialog is built from."""

from app.widgets.announce import announce
from app.widgets.buttons import Button, Chip, PaintedButton, SegmentControl
from app.widgets.cards import RADIUS_PX, Card, Words, draw_chosen
from app.widgets.floats import FloatPanel, MessageBar
from app.widgets.labels import ElideLabel, IconLabel, KeyCap, cap_size, draw_cap, set_role
from app.widgets.lines import Divider, ProgressLine, ThinSlider, keep_height
from app.widgets.notes import Note
from app.widgets.ticks import TickBox

__all__ = [
    "RADIUS_PX",
    "Button",
    "Card",
    "Chip",
    "Divider",
    "ElideLabel",
    "FloatPanel",
    "IconLabel",
    "KeyCap",
    "MessageBar",
    "Note",
    "PaintedButton",
    "ProgressLine",
    "SegmentControl",
    "ThinSlider",
    "TickBox",
    "Words",
    "announce",
    "cap_size",
    "draw_cap",
    "draw_chosen",
    "keep_height",
    "set_role",
]
