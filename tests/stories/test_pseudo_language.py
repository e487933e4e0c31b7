"""Story: the window speaks a made-up language; every word in sight that is not the person's own must be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from app.texts import CONTEXT
from support.person import Person
from support.sessions import write_photos

LEFT, RIGHT = "⟦", "⟧"
# Names that stay as they are in every language, and what the person's photos, classes and model are called.
NAMES = {"Moltbox", "COCO", "Pascal", "VOC", "YOLO", "CSV", "JSON", "IoU", "English", "Deutsch", "CPU", "GPU", "px"}
NAMES |= {"photo_0", "photo_1", "photo_2", "png", "photos", "bright", "red", "dark", "tiny", "molt"}


class MadeUp(QTranslator):
    """Puts brackets round every text of the window; what lies outside of brackets was never translated."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"{LEFT}{source}{RIGHT}" if context == CONTEXT else ""


@pytest.fixture(autouse=True)
def made_up(qapp: QApplication) -> Iterator[None]:
    """Before the window is made; the fixture `person` comes after."""
    translator = MadeUp()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def said_by(window: QWidget) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that can be read, heard or chosen now."""
    for action in window.findChildren(QAction):
        yield f"action {action.objectName()}", action.text()
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        kind = type(widget).__name__
        if isinstance(widget, (QLabel, QAbstractButton)):
            yield kind, widget.text()
        if isinstance(widget, QLineEdit):
            yield kind, widget.placeholderText()
        yield f"{kind} tool tip", widget.toolTip()
        yield f"{kind} name", widget.accessibleName()
        yield f"{kind} description", widget.accessibleDescription()


def untranslated(window: QWidget, own: set[str]) -> list[str]:
    """The texts with a word outside of the brackets that is nobody's name."""
    found = set()
    for where, text in said_by(window):
        outside = without_brackets(text)
        for place in own:
            outside = outside.replace(place, "")
        words = set(re.findall(r"[^\W\d_]{2,}(?:_\d+)?", outside)) - NAMES
        if words:
            found.add(f"{where}: {text}")
    return sorted(found)


def without_brackets(text: str) -> str:
    """What is left of a text without its brackets and all they hold, other brackets included."""
    before = ""
    while before != text:
        before, text = text, re.sub(f"{LEFT}[^{LEFT}{RIGHT}]*{RIGHT}", "", text)
    return text


def test_brackets_in_brackets_are_taken_off() -> None:
    assert without_brackets("a ⟦b {⟦c⟧} d⟧, e") == "a , e"


def test_the_first_page(person: Person) -> None:
    assert untranslated(person.window, set()) == []


SHEETS = ["preferences", "export", "import_labels", "classes", "prelabel", "go_to", "shortcuts"]
PAGES = ["statistics", "threshold_all"]
FLOATS = ["navigator", "light", "photo_labels", "class_by_name"]


@pytest.fixture
def own(person: Person, tmp_path: Path) -> set[str]:
    """Three photos are open; the names of their folders are the person's own."""
    root = write_photos(tmp_path / "photos")
    person.open_folder(root, photos=3)
    person.see_proposal()
    return {str(root), str(root.parent)}


def test_a_photo_with_what_floats_over_it(person: Person, own: set[str]) -> None:
    assert untranslated(person.window, own) == []
    for name in FLOATS:
        person.window.actions_by_id[name].trigger()
        assert untranslated(person.window, own) == [], name


def test_sheets_and_pages(person: Person, own: set[str]) -> None:
    window = person.window
    for name in SHEETS:
        window.actions_by_id[name].trigger()
        person.wait_until(lambda: window.sheet is not None)
        if name == "shortcuts":
            assert untranslated(window, own) == [], name
            person.click(f"{LEFT}Change keys{RIGHT}")
        assert untranslated(window, own) == [], name
        assert window.sheet is not None
        window.sheet.close_sheet()
    for name in PAGES:
        window.actions_by_id[name].trigger()
        person.wait_until(lambda: window.centre.opened is not None)
        assert untranslated(window, own) == [], name
        window.centre.close_page()


def test_skipped_photos(person: Person, own: set[str]) -> None:
    for _ in range(3):
        person.press(Qt.Key.Key_S)
        person.press(Qt.Key.Key_D)
    assert untranslated(person.window, own) == []
