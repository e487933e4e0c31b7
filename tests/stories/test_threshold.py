"""Story: the threshold is dragged for one photo, and set for a class and for all photos."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from app.pages.threshold_all import ThresholdPage
from app.panels.threshold_plot import ThresholdPlot
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState
from engine.geometry import Box
from support.person import Person
from support.sessions import write_photos

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
COUNT = 6


def at(plot: ThresholdPlot, threshold: float) -> QPoint:
    return QPoint(round(plot.x_of(threshold)), 90)


def contents(person: Person) -> list[PhotoContent]:
    project = person.session.project
    assert project is not None
    return [project.content(row.id) for row in person.session.rows]


def proposed(content: PhotoContent) -> list[BoxRow]:
    return [row for row in content.boxes if row.state is BoxState.PROPOSED]


def type_figure(within: QWidget, figure: str) -> None:
    """Types into the field that a double click has opened."""
    field = within.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, figure)
    QTest.keyClick(field, Qt.Key.Key_Return)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos of two classes, known by their folders."""
    root = write_photos(tmp_path / "photos", COUNT)
    for number in range(COUNT):
        home = root / ("lamp" if number % 2 else "ball")
        home.mkdir(exist_ok=True)
        (root / f"photo_{number}.png").rename(home / f"photo_{number}.png")
    return root


@pytest.fixture
def prelabelled(person: Person, folder: Path) -> Person:
    """A person before six photos that have all been looked at."""
    person.open_folder(folder, photos=COUNT)
    person.see_proposal()
    person.session.prelabel_all()
    person.wait_until(lambda: person.session.counts()[PhotoState.PROPOSED] == COUNT)
    return person


def test_the_box_follows_the_line_and_esc_brings_it_back(person: Person, folder: Path) -> None:
    person.open_folder(folder, photos=COUNT)
    start = person.see_proposal()
    session, plot, floats = person.session, person.window.evidence.threshold.plot, person.canvas.floats
    person.canvas.setFocus()
    before = session.threshold

    QTest.mousePress(plot.viewport(), LEFT, pos=at(plot, before))
    for threshold in (0.5, 0.8, 0.9):
        QTest.mouseMove(plot.viewport(), at(plot, threshold))
    assert session.threshold == pytest.approx(0.9, abs=0.011)
    assert session.boxes[0].box.area < start.box.area
    assert floats.read_out.isVisible()
    assert floats.read_out.words[0] == f"threshold {session.threshold:.2f}"
    assert floats.read_out.words[2].endswith("of before")
    assert not floats.answer.isVisible()
    person.press(Qt.Key.Key_Escape)
    assert session.threshold == before
    assert session.boxes[0].box == start.box
    QTest.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.9))

    QTest.mousePress(plot.viewport(), LEFT, pos=at(plot, before))
    QTest.mouseMove(plot.viewport(), at(plot, 0.7))
    QTest.mouseMove(plot.viewport(), at(plot, 0.9))
    QTest.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.9))
    assert not floats.read_out.isVisible()
    assert not session.undo_stack.canUndo()
    stored = contents(person)[session.position[0] - 1]
    assert stored.boxes[0].threshold == session.threshold == pytest.approx(0.9, abs=0.011)
    assert person.window.focusWidget() is person.canvas


def test_keys_and_a_typed_figure_set_the_threshold_and_c_goes_back(person: Person, folder: Path) -> None:
    person.open_folder(folder, photos=COUNT)
    person.see_proposal()
    session, plot = person.session, person.window.evidence.threshold.plot
    start = session.threshold
    person.press(Qt.Key.Key_BracketRight)
    person.press(Qt.Key.Key_Equal)
    assert session.threshold == pytest.approx(start + 0.02)
    person.press(Qt.Key.Key_BracketRight, SHIFT)
    assert session.threshold == pytest.approx(start + 0.07)
    QTest.mouseDClick(plot.viewport(), LEFT, pos=plot.bubble().center().toPoint())
    type_figure(plot, "0.62")
    assert session.threshold == pytest.approx(0.62)
    person.canvas.setFocus()
    person.press(Qt.Key.Key_C)
    assert session.threshold == session.calibrated_threshold


def test_a_box_by_hand_never_moves_with_the_threshold(person: Person, folder: Path) -> None:
    person.open_folder(folder, photos=COUNT)
    person.see_proposal()
    person.press(Qt.Key.Key_W)
    person.drag(Box(20, 30, 70, 60))
    drawn = person.session.boxes[-1]
    person.press(Qt.Key.Key_BracketRight, SHIFT)
    assert person.session.boxes[-1] == drawn


def open_page(person: Person) -> ThresholdPage:
    person.press(Qt.Key.Key_T, CTRL | SHIFT)
    page = person.window.centre.opened
    assert isinstance(page, ThresholdPage)
    person.wait_until(lambda: page.is_ready)
    return page


def test_one_threshold_for_all_photos_is_looked_at_used_and_taken_back(prelabelled: Person) -> None:
    person = prelabelled
    session = person.session
    first, second = session.rows[:2]
    person.session.go_to(first.id)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo(second.path)
    before = contents(person)

    page = open_page(person)
    for _ in range(12):
        person.press(Qt.Key.Key_BracketRight, SHIFT)
    person.press(Qt.Key.Key_BracketLeft)
    wanted = page.threshold
    assert wanted > 0.6
    person.wait_until(lambda: str(wanted) in page.apply_button.text())
    person.wait_until(lambda: len(page.gallery.photos) > 0)
    moved, lost, gained, stay, reviewed = page.counts.figures
    assert moved + lost + gained + stay == COUNT - 1
    assert reviewed == 1
    assert f"change {moved + lost + gained} box" in page.apply_button.text()
    assert sum(sum(each) for each in page.sizes.counts) == 2 * (COUNT - 1) - lost
    assert contents(person) == before

    person.press(Qt.Key.Key_Return, CTRL)
    session.many.finish()
    assert person.window.centre.opened is None
    after = contents(person)
    assert after[0] == before[0]
    assert all({row.threshold for row in proposed(content)} <= {wanted} for content in after)
    old, new = ([[row.box for row in content.boxes] for content in each] for each in (before, after))
    assert sum(one != other for one, other in zip(old, new, strict=True)) == moved + lost + gained
    assert session.threshold == wanted
    assert session.undo_stack.undoText() == f"Threshold {wanted:.2f}"

    person.press(Qt.Key.Key_Z, CTRL)
    session.many.finish()
    assert contents(person) == before


def test_the_line_on_the_page_is_dragged_and_esc_leaves_all_as_it_was(prelabelled: Person) -> None:
    person = prelabelled
    before = contents(person)
    page = open_page(person)
    steady = page.steady

    def place(threshold: float) -> QPoint:
        return QPoint(round(steady.x_of(threshold)), round(steady.area().center().y()))

    QTest.mousePress(steady, LEFT, pos=place(page.threshold))
    QTest.mouseMove(steady, place(0.7))
    assert page.threshold == pytest.approx(0.7, abs=0.011)
    person.press(Qt.Key.Key_Escape)
    assert page.threshold == person.session.threshold
    QTest.mouseRelease(steady, LEFT, pos=place(0.7))
    QTest.mousePress(steady, LEFT, pos=place(0.85))
    QTest.mouseRelease(steady, LEFT, pos=place(0.85))
    assert page.threshold == pytest.approx(0.85, abs=0.011)
    QTest.mouseDClick(steady, LEFT, pos=steady.bubble().center().toPoint())
    type_figure(steady, "0.9")
    assert page.threshold == 0.9
    person.press(Qt.Key.Key_Escape)
    assert person.window.centre.opened is None
    assert contents(person) == before


def test_a_class_gets_a_threshold_of_its_own_from_the_panel(prelabelled: Person) -> None:
    person = prelabelled
    session = person.session
    lamps = [row for row in session.rows if row.path.startswith("lamp")]
    session.go_to(lamps[0].id)
    person.see_proposal()
    before = contents(person)
    person.click("lamp", person.window.evidence)
    page = person.window.centre.opened
    assert isinstance(page, ThresholdPage)
    person.wait_until(lambda: page.is_ready)
    assert page.scope.current() == "class"
    assert page.scope.segment("class").text() == f"lamp {len(lamps)}"
    page.set_threshold(0.8)
    person.wait_until(lambda: "0.8" in page.apply_button.text())
    assert sum(page.counts.figures[:4]) == len(lamps)
    QTest.mouseClick(page.apply_button, LEFT)
    session.many.finish()
    for one, other in zip(before, contents(person), strict=True):
        in_class = any(row.id == one.photo_id for row in lamps)
        assert in_class or one == other
        assert {row.threshold for row in proposed(other)} <= {0.8 if in_class else session.calibrated_threshold}
    assert session.usual_threshold(session.place_class_id) == 0.8


def test_keys_work_in_the_gallery_too_and_chosen_photos_can_be_changed_alone(prelabelled: Person) -> None:
    person = prelabelled
    session, view = person.session, person.window.photo_list.view
    chosen = [session.rows[place].id for place in (1, 3)]
    session.go_to(chosen[0])
    person.see_proposal()
    other = view.visualRect(view.model().index(3, 0)).center()
    QTest.mouseClick(view.viewport(), LEFT, CTRL, other)
    before = contents(person)
    page = open_page(person)
    person.click("Selected 2", page)
    page.set_threshold(0.8)
    person.click("Any", page)
    person.wait_until(lambda: sorted(photo.photo_id for photo in page.gallery.photos) == sorted(chosen))
    page.gallery.setFocus()
    person.press(Qt.Key.Key_BracketRight)
    person.press(Qt.Key.Key_Right)
    assert page.threshold == pytest.approx(0.81)
    person.wait_until(lambda: "0.81" in page.apply_button.text())
    person.press(Qt.Key.Key_Return, CTRL)
    session.many.finish()
    for one, new in zip(before, contents(person), strict=True):
        assert one.photo_id in chosen or one == new
        assert one.photo_id not in chosen or {row.threshold for row in proposed(new)} <= {0.81}
    assert session.thresholds.usual() == session.calibrated_threshold


def test_a_click_in_the_gallery_opens_the_photo(prelabelled: Person) -> None:
    person = prelabelled
    page = open_page(person)
    page.set_threshold(0.9)
    person.click("Any", page)
    person.wait_until(lambda: len(page.gallery.photos) == COUNT)
    shown = page.gallery.photos[2]
    index = page.gallery.model().index(2, 0)
    QTest.mouseClick(page.gallery.viewport(), LEFT, pos=page.gallery.visualRect(index).center())
    assert person.window.centre.opened is None
    assert person.session.current is not None
    assert person.session.current.id == shown.photo_id
