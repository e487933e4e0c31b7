"""Going on after the last answer is a setting, kept for the next start."""

from __future__ import annotations

from app.dialogs.preferences import PreferencesSheet
from app.main_window import MainWindow
from app.settings import Settings
from app.widgets import TickBox
from support.sessions import ToldSession


def _switch(window: MainWindow) -> TickBox:
    window.actions_by_id["preferences"].trigger()
    sheet = window.sheet
    assert isinstance(sheet, PreferencesSheet)
    return next(box for box in sheet.findChildren(TickBox) if box.accessibleName() == "Go on after the last answer")


def test_a_person_who_wants_to_stay_stays_at_once_and_after_the_next_start(three: ToldSession, qtbot) -> None:
    window = MainWindow(three, Settings())
    qtbot.addWidget(window)
    window.show()
    assert three.moves_on
    switch = _switch(window)
    assert switch.isChecked()
    switch.click()
    assert not three.moves_on
    assert not Settings().moves_on
    assert window.sheet is not None
    window.sheet.close_sheet()
    assert three.current is not None
    photo_id = three.current.id
    three.accept_all()
    qtbot.wait(300)
    assert three.current.id == photo_id

    three.moves_on = True
    again = MainWindow(three, Settings())
    qtbot.addWidget(again)
    assert not three.moves_on


def test_the_bar_of_a_box_offers_to_accept_all_by_its_own_key(three: ToldSession, qtbot) -> None:
    window = MainWindow(three, Settings())
    qtbot.addWidget(window)
    assert window.actions_by_id["accept_all"].shortcut().toString() == "Shift+Y"
    window.actions_by_id["accept_all"].trigger()
    assert not [row for row in three.boxes if not row.state.decided]
