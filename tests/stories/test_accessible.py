"""Story: who cannot see the window, or use a mouse, finds every part of it named and reached in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QLineEdit,
    QMenu,
    QWidget,
)

from app.dialogs.preferences import PreferencesSheet
from app.session_types import Message
from app.theme.palette import apply_theme, theme
from app.widgets import PaintedButton
from support.person import Person
from support.sessions import write_photos

CTRL = Qt.KeyboardModifier.ControlModifier
LEAST_TARGET_PX = 24
# Places where something is offered: each shows other parts of the window.
PLACES = ("first page", "photo", "keys", "own keys", "preferences", "export")


def go_to(person: Person, place: str, tmp_path: Path) -> None:
    if place != "first page":
        person.open_folder(write_photos(tmp_path / "photos"), photos=3)
        person.see_proposal()
    if place in ("keys", "own keys"):
        person.press(Qt.Key.Key_F1)
    if place == "own keys":
        person.click("Change keys")
    if place == "preferences":
        person.press(Qt.Key.Key_Comma, CTRL)
        assert isinstance(person.window.sheet, PreferencesSheet)
    if place == "export":
        person.press(Qt.Key.Key_E, CTRL)
    person.wait_until(lambda: (person.window.sheet is None) == (place in ("first page", "photo")))


def controls(window: QWidget) -> Iterator[QWidget]:
    """What a person can act on now."""
    kinds = (QAbstractButton, QAbstractItemView, QAbstractSlider, QLineEdit)
    for widget in window.findChildren(QWidget):
        acts = isinstance(widget, kinds) or widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        # The parts of Qt's own scroll bars and the buttons that it puts into fields are no places to go to.
        view = widget.parent()
        port = isinstance(view, QAbstractScrollArea) and view.viewport() is widget
        inner = port or widget.objectName().startswith("qt_") or isinstance(widget.parent(), (QLineEdit, QMenu))
        if (
            acts
            and widget.isVisible()
            and widget.isEnabled()
            and not inner
            and "QScrollBar" not in type(widget).__name__
        ):
            yield widget


def told(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


@pytest.mark.parametrize("place", PLACES)
def test_everything_is_named_explained_and_large_enough(person: Person, tmp_path: Path, place: str) -> None:
    go_to(person, place, tmp_path)
    found = list(controls(person.window))
    assert len(found) > 3
    unnamed = [repr(widget) for widget in found if not told(widget).strip()]
    assert unnamed == []
    buttons = [widget for widget in found if isinstance(widget, QAbstractButton)]
    small = [told(each) for each in buttons if min(each.width(), each.height()) < LEAST_TARGET_PX]
    assert small == []
    painted = [each for each in buttons if isinstance(each, PaintedButton)]
    assert [told(each) for each in painted if not each.text() and not each.toolTip()] == []
    assert [told(each) for each in painted if "\n" in each.toolTip()] == []


def test_f6_goes_round_the_parts_in_the_order_they_stand(person: Person, tmp_path: Path) -> None:
    go_to(person, "photo", tmp_path)
    window = person.window
    assert window.centre.canvas.hasFocus()
    parts = [window.centre.canvas, window.evidence, window.job_strip, window.top_bar]
    parts += [window.photo_list, window.centre.header]
    visited = []
    for _ in range(len(parts) + 1):
        focused = window.focusWidget()
        assert focused is not None
        visited.append(next(part for part in parts if part is focused or part.isAncestorOf(focused)))
        person.press(Qt.Key.Key_F6)
    assert visited == [*parts, parts[0]]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_keyboard_s_place_is_seen_on_every_control(qapp, person: Person, tmp_path: Path, scheme) -> None:
    go_to(person, "photo", tmp_path)
    apply_theme(qapp, scheme)
    unseen = []
    for widget in controls(person.window):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        person.window.centre.canvas.setFocus()
        if widget is person.window.centre.canvas:
            person.window.photo_list.view.setFocus()
        before = accents(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        person.wait_until(widget.hasFocus)
        if accents(widget) < before + 2 * min(widget.width(), widget.height()):
            unseen.append(told(widget))
    assert unseen == []


def accents(widget: QWidget) -> int:
    """How many pixels of the widget have the colour of the focus ring."""
    corner = widget.mapTo(widget.window(), QPoint(0, 0))
    image = widget.window().grab(QRect(corner, widget.size())).toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.array(image.constBits(), np.uint8).view(np.uint32).reshape(image.height(), -1)[:, : image.width()]
    return int((pixels | 0xFF000000 == QColor(theme().acc).rgb()).sum())


def test_messages_are_said_aloud_the_bad_ones_at_once(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        "app.message_stack.announce", lambda _widget, text, *, urgent=False: said.append((text, urgent))
    )
    person.session.message.emit(Message("ok", "All written"))
    person.session.message.emit(Message("bad", "Not saved", "The disk is full."))
    assert said == [("All written", False), ("Not saved The disk is full.", True)]
