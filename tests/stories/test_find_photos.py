"""Somebody finds photos in a folder, works through those that need it, and decides on many at once."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.acts.photos import photo_menu
from engine.dataset.project_records import PhotoState
from support.person import Person
from support.sessions import write_photos

COUNT = 8
_LEFT = Qt.MouseButton.LeftButton
_NO = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


def _open(person: Person, root: Path) -> None:
    """A folder whose photos all wait for an answer, in two sub-folders."""
    write_photos(root / "left", COUNT // 2)
    write_photos(root / "right", COUNT // 2)
    person.open_folder(root, photos=COUNT)
    person.session.prelabel_all()
    person.wait_until(lambda: person.session.counts()[PhotoState.PROPOSED] == COUNT)


def _listed(person: Person) -> list[str]:
    model = person.window.photo_list.model
    return [model.photo_at(place).path for place in range(model.rowCount())]


def _click(person: Person, qtbot: QtBot, place: int, keys: Qt.KeyboardModifier = _NO) -> None:
    view = person.window.photo_list.view
    qtbot.mouseClick(view.viewport(), _LEFT, keys, view.visualRect(view.model().index(place, 0)).center())


def _type(person: Person, qtbot: QtBot, text: str) -> None:
    """Presses the key of the search, types, and waits for the list."""
    person.press(Qt.Key.Key_Slash)
    field = person.window.photo_list.head.search
    assert field.hasFocus()
    field.clear()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not field.hasFocus()


def _choose(menu: QMenu, *words: str) -> QAction:
    """The act of a menu under these words, one for each level."""
    found = menu.menuAction()
    for word in words:
        found = next(each for each in menu.actions() if each.text().split("\t")[0] == word)
        menu = found.menu() or menu  # type: ignore[assignment]
    return found


def _paths_of(person: Person, state: PhotoState) -> set[str]:
    return {row.path for row in person.session.all_rows if row.state is state}


def test_a_search_narrows_the_list_and_says_what_it_did_not_understand(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    _open(person, tmp_path)
    _type(person, qtbot, "folder:left 1")
    assert _listed(person) == ["left/photo_1.png"]
    _type(person, qtbot, "folder:left score<much")
    assert len(_listed(person)) == COUNT // 2
    assert "score expects a figure" in person.window.photo_list.head.problem
    _type(person, qtbot, "boxes=0")
    assert _listed(person) == []
    assert "No photo matches" in person.words_in_sight()
    person.click("Clear filter")
    assert len(_listed(person)) == COUNT


def test_the_menu_offers_filters_with_their_counts(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    _open(person, tmp_path)
    person.press(Qt.Key.Key_Y)
    person.wait_until(lambda: person.session.counts()[PhotoState.REVIEWED] == 1)
    head = person.window.photo_list.head
    named = person.session.classes[0].name
    menu = head.order_menu()
    action = _choose(menu, "Class", named)
    promised = int(action.text().split("\t")[1])
    action.trigger()
    assert len(_listed(person)) == promised > 0
    assert head.search.text() == f'class="{named}"'
    again = _choose(head.order_menu(), "Class", named)
    assert again.isChecked()
    again.trigger()
    assert head.search.text() == ""
    assert len(_listed(person)) == COUNT


def test_the_queue_shows_the_neediest_first_and_keeps_what_was_decided(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    _open(person, tmp_path)
    head = person.window.photo_list.head
    qtbot.mouseClick(head.chip(PhotoState.PROPOSED), _LEFT)
    needs = [row.need for row in person.session.rows]
    assert needs == sorted(needs, reverse=True)
    before = _listed(person)
    _click(person, qtbot, 0)
    for place in range(3):
        person.wait_for_photo(before[place])
        person.see_proposal()
        person.press(Qt.Key.Key_Y)
        person.wait_until(lambda place=place: person.session.counts()[PhotoState.REVIEWED] == place + 1)
    assert _listed(person) == before
    qtbot.mouseClick(head.chip(PhotoState.PROPOSED), _LEFT)
    assert _listed(person) == before[3:]


def test_many_photos_are_decided_in_one_step(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    _open(person, tmp_path)
    every = _listed(person)
    _click(person, qtbot, 1)
    _click(person, qtbot, 3, _SHIFT)
    _click(person, qtbot, 6, _CTRL)
    chosen = [every[place] for place in (1, 2, 3, 6)]
    assert [person.session.photo(each).path for each in person.window.photo_list.selected_ids()] == chosen
    _choose(photo_menu(person.window), "Accept as proposed").trigger()
    person.session.many.finish()
    assert _paths_of(person, PhotoState.REVIEWED) == set(chosen)
    assert person.session.undo_stack.undoText() == "Accept 4 photos"
    person.press(Qt.Key.Key_Z, _CTRL)
    person.session.many.finish()
    assert _paths_of(person, PhotoState.PROPOSED) == set(every)


def test_photos_stand_side_by_side_and_arrows_walk_them(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    _open(person, tmp_path)
    view = person.window.photo_list.view
    person.click("Photos side by side")
    assert view.columns >= 2
    first, second = (view.visualRect(view.model().index(place, 0)) for place in (0, 1))
    assert first.top() == second.top()
    assert first.right() < second.left()
    _click(person, qtbot, 0)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert person.photo_name == _listed(person)[view.columns]
    assert view.indexAt(QPoint(view.viewport().width() + 5, 5)).row() == -1
    assert person.window.settings.list_grid
    person.click("Photos side by side")
    assert view.columns == 1
    assert not person.window.settings.list_grid
