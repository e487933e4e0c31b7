from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit

from app.panels.threshold_plot import STICK_PX, ThresholdPlot, stick
from app.panels.threshold_section import ThresholdSection
from support.fake_session import FakeSession, heat_map

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(qapp) -> FakeSession:
    found = FakeSession()
    found.heat_map = heat_map()
    return found


@pytest.fixture
def section(qtbot, session) -> ThresholdSection:
    found = ThresholdSection(session)
    qtbot.addWidget(found)
    found.resize(312, 300)
    with qtbot.waitExposed(found):
        found.show()
    session.calls.clear()
    return found


@pytest.fixture
def plot(section) -> ThresholdPlot:
    return section.plot


def at(plot: ThresholdPlot, threshold: float, *, y: int = 90) -> QPoint:
    return QPoint(round(plot.x_of(threshold)), y)


def drag(qtbot, plot, start, *stops, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mousePress(plot.viewport(), LEFT, modifier, at(plot, start))
    for stop in stops:
        move(plot, at(plot, stop), modifier)


def move(plot, point, modifier=Qt.KeyboardModifier.NoModifier):
    """A move with modifiers, which qtbot.mouseMove cannot send."""
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    where = QPointF(point)
    far = plot.viewport().mapToGlobal(where)
    QApplication.sendEvent(plot.viewport(), QMouseEvent(QEvent.Type.MouseMove, where, far, LEFT, LEFT, modifier))


def test_stick_takes_the_nearest_target_within_reach_and_rounds_elsewhere():
    assert stick(0.318, (0.31, 0.5), 0.02) == 0.31
    assert stick(0.412345, (0.31, 0.5), 0.02) == 0.41
    assert stick(1.7, (), 0.02) == 1.0
    assert stick(-0.3, (), 0.02) == 0.0


def test_a_drag_begins_sets_and_ends_with_the_values_under_the_pointer(qtbot, plot, session):
    drag(qtbot, plot, 0.34, 0.60, 0.75)
    assert plot.dragging
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.75))
    names = [call[0] for call in session.calls]
    assert names == ["begin", "set_threshold", "set_threshold", "end"]
    values = [call[0] for call in session.called("set_threshold")]
    assert values == pytest.approx([0.60, 0.75], abs=0.011)
    assert all(call[1] for call in session.called("set_threshold"))
    assert plot.value == session.threshold


def test_pressing_anywhere_brings_the_line_there_and_its_bubble_drags_too(qtbot, plot, session):
    qtbot.mousePress(plot.viewport(), LEFT, pos=at(plot, 0.7))
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.7))
    assert session.threshold == pytest.approx(0.7, abs=0.011)
    session.calls.clear()
    middle = plot.bubble().center().toPoint()
    qtbot.mousePress(plot.viewport(), LEFT, pos=middle)
    assert session.called("set_threshold") == []  # gripping the bubble moves nothing
    move(plot, middle + QPoint(30, 0))
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=middle + QPoint(30, 0))
    moved = plot.threshold_at(30) - plot.threshold_at(0)
    assert session.threshold == pytest.approx(0.7 + moved, abs=0.02)


def test_the_line_sticks_for_six_pixels_and_alt_frees_it(qtbot, plot, session):
    plateau = session.heat_map.threshold_curve().plateau(0.34)
    pixel = plot.threshold_at(1) - plot.threshold_at(0)
    for target in (session.calibrated_threshold, *plateau):
        for offset in (-STICK_PX + 2, STICK_PX - 2):
            session.set_threshold(0.34)
            drag(qtbot, plot, 0.34, 0.9, target + offset * pixel)
            others = [each for each in (session.calibrated_threshold, *plateau) if each != target]
            if all(abs(target + offset * pixel - each) > STICK_PX * pixel for each in others):
                assert session.threshold == target
            qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, target))

    session.set_threshold(0.34)
    alt = Qt.KeyboardModifier.AltModifier
    wanted = session.calibrated_threshold - 0.015
    drag(qtbot, plot, 0.34, 0.9, wanted, modifier=alt)
    assert session.threshold != session.calibrated_threshold
    assert session.threshold == pytest.approx(wanted, abs=0.0101)
    qtbot.mouseRelease(plot.viewport(), LEFT, alt, at(plot, wanted))


def test_escape_goes_back_to_where_the_drag_began(qtbot, plot, session):
    drag(qtbot, plot, 0.34, 0.8)
    assert session.threshold == pytest.approx(0.8, abs=0.011)
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert not plot.dragging
    assert session.calls[-2:] != [("end",)]
    assert session.called("cancel") == [()]
    assert session.threshold == 0.34
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.8))
    assert session.called("end") == []


def test_focus_goes_back_to_where_it_was_before_the_drag(qtbot, section, plot):
    other = QLineEdit(section)
    other.show()
    other.setFocus()
    drag(qtbot, plot, 0.34, 0.5)
    assert plot.hasFocus()
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.5))
    assert other.hasFocus()


def test_a_double_click_on_the_bubble_lets_one_type(qtbot, plot, session):
    qtbot.mouseDClick(plot.viewport(), LEFT, pos=plot.bubble().center().toPoint())
    edit = plot.findChild(QLineEdit)
    assert edit is not None
    edit.selectAll()
    qtbot.keyClicks(edit, "0.62")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert session.threshold == 0.62
    assert session.called("set_threshold") == [(0.62, False)]

    qtbot.mouseDClick(plot.viewport(), LEFT, pos=plot.bubble().center().toPoint())
    edit = next(each for each in plot.findChildren(QLineEdit) if each.isVisible())
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert session.threshold == 0.62


def test_arrow_keys_step_by_a_hundredth_and_with_shift_by_five(qtbot, plot, session):
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert session.threshold == pytest.approx(0.35)
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert session.threshold == pytest.approx(0.30)


def test_it_says_value_plateau_jump_and_calibration(plot, session):
    curve = session.heat_map.threshold_curve()
    low, high = curve.plateau(0.34)
    spoken = plot.accessibleName()
    assert "Threshold 0.34" in spoken
    assert f"steady from {low:.2f} to {high:.2f}" in spoken
    assert f"jumps at {curve.jump:.2f}" in spoken
    assert "calibrated 0.31" in spoken


def test_the_curve_drawn_is_the_share_of_the_photo_in_percent(plot, session):
    curve = session.heat_map.threshold_curve()
    x, y = plot._line_item.getData()
    assert np.allclose(x, curve.thresholds)
    assert np.allclose(y, 100 * curve.area_fraction)


def test_without_a_map_nothing_can_be_dragged(qtbot, section, plot, session):
    session.heat_map = None
    section.refresh()
    drag(qtbot, plot, 0.34, 0.6)
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.6))
    assert session.calls == []


def test_the_button_goes_back_to_the_calibrated_threshold(qtbot, section, session):
    qtbot.mouseClick(section.calibrated, LEFT)
    assert session.called("set_threshold") == [(0.31, False)]


def test_a_wider_scope_is_asked_for_and_the_plot_stays_that_of_the_photo(qtbot, section):
    names = section.scope.names()
    assert [section.scope.segment(name).text() for name in names] == ["This photo", "motorcycle", "All photos"]
    wanted: list[str] = []
    section.scope_wanted.connect(wanted.append)
    for name in ("all", "class", "photo"):
        qtbot.mouseClick(section.scope.segment(name), LEFT)
        assert section.scope.current() == "photo"
    assert wanted == ["all", "class"]


def test_the_scales_agreement_is_drawn_where_there_are_several_scales(qtbot, section, plot, session):
    table = session.heat_map.threshold_table()
    x, y = plot._agreement_item.getData()
    assert list(x) == pytest.approx(list(table.agreement_thresholds))
    assert list(y) == pytest.approx([100 * each for each in table.agreement])
    assert f"{table.agreement_at(plot.value):.2f}" in plot.toolTip()
    session.heat_map = heat_map(scales=1)
    section.refresh()
    assert not plot._agreement_item.isVisible()
    assert plot.toolTip() == ""


def test_the_line_also_sticks_to_the_threshold_of_the_other_photos(qtbot, section, plot, session):
    session.usual_threshold = lambda _class_id: 0.71
    section.refresh()
    drag(qtbot, plot, 0.34, 0.71 + 3 / plot.width())
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(plot, 0.71))
    assert session.threshold == 0.71
    assert "for other photos 0.71" in plot.accessibleName()
