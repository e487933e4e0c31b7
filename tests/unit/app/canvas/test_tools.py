"""Hit testing and gestures, without a window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.editing import Handle, PhotoSize, drawn, moved, resized
from app.canvas.tools import Candidate, Drawing, Hands, Outcome, Target, Tool, find_target, next_box
from engine.geometry import Box

PHOTO = PhotoSize(400, 300)
LARGE = Candidate(1, Box(50, 50, 350, 250))
SMALL = Candidate(2, Box(100, 100, 200, 180))
BOXES = (LARGE, SMALL)

coordinates = st.floats(-500, 900)
boxes = st.tuples(st.floats(0, 390), st.floats(0, 290), st.floats(2, 400), st.floats(2, 300)).map(
    lambda t: Box(t[0], t[1], min(t[0] + t[2], 400), min(t[1] + t[3], 300))
)


def inside(box: Box) -> bool:
    return box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 400 and box.y1 <= 300


@pytest.mark.parametrize("pixel", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("handle", list(Handle))
def test_a_handle_of_the_selected_box_is_hit_within_seven_screen_pixels(handle, pixel):
    box = Candidate(1, Box(50, 50, 350, 250))
    x, y = handle.place(box.box)
    assert find_target((x + 6.9 * pixel, y - 6.9 * pixel), [box], 1, pixel) == Target(1, box.box, handle)
    hit = find_target((x + 7.1 * pixel, y + 7.1 * pixel), [box], 1, pixel)
    assert hit is None or hit.handle is None
    unselected = find_target((x, y), [box], -1, pixel)
    assert unselected is not None
    assert unselected.handle is None


def test_the_smallest_box_round_the_point_is_hit():
    assert find_target((150, 140), BOXES, -1, 1.0) == Target(2, SMALL.box)
    assert find_target((300, 240), BOXES, -1, 1.0) == Target(1, LARGE.box)
    assert find_target((20, 20), BOXES, -1, 1.0) is None


def test_an_edge_is_hit_from_outside_too_and_before_the_inside_of_another_box():
    assert find_target((46, 150), BOXES, -1, 1.0) == Target(1, LARGE.box)
    inner = Candidate(3, Box(52, 52, 340, 240))
    assert find_target((50, 120), [LARGE, inner], 1, 1.0) == Target(1, LARGE.box)
    assert find_target((50, 120), [LARGE, inner], 3, 1.0) == Target(3, inner.box)


def test_on_a_tiny_box_corners_win_over_sides():
    tiny = Candidate(1, Box(10, 10, 14, 14))
    hit = find_target((14, 12), [tiny], 1, 1.0)
    assert hit is not None
    assert hit.handle is not None
    assert hit.handle.is_corner


@given(start=st.tuples(coordinates, coordinates), end=st.tuples(coordinates, coordinates))
def test_a_drawn_box_lies_in_the_photo_whatever_the_corners(start, end):
    hands = Hands()
    hands.tool = Tool.DRAW
    hands.press(start, None, PHOTO, 1.0)
    hands.drag(end, PHOTO)
    outcome = hands.release(PHOTO)
    if outcome is not None:
        assert inside(outcome.box)
        assert outcome.box_id is None


@given(box=boxes, dx=coordinates, dy=coordinates)
def test_moving_keeps_the_size_and_stays_in_the_photo(box, dx, dy):
    after = moved(box, dx, dy, PHOTO)
    assert (after.width, after.height) == pytest.approx((box.width, box.height))
    assert after.x0 >= -1e-9
    assert after.y0 >= -1e-9
    assert after.x1 <= 400 + 1e-9
    assert after.y1 <= 300 + 1e-9


@given(box=boxes, handle=st.sampled_from(Handle), dx=coordinates, dy=coordinates)
def test_resizing_moves_only_the_handles_sides_and_stays_in_the_photo(box, handle, dx, dy):
    after = resized(box, handle, dx, dy, PHOTO)
    assert inside(after)
    along_x, along_y = handle.value
    assert (after.x0 == box.x0) or along_x < 0
    assert (after.x1 == box.x1) or along_x > 0
    assert (after.y0 == box.y0) or along_y < 0
    assert (after.y1 == box.y1) or along_y > 0
    assert after.width >= min(1.0, box.width) - 1e-9
    assert after.height >= min(1.0, box.height) - 1e-9


def test_a_drag_of_a_handle_asks_for_the_resized_box():
    hands = Hands()
    hands.press((349, 251), Target(1, LARGE.box, Handle.SOUTH_EAST), PHOTO, 1.0)
    assert hands.drag((369, 261), PHOTO) == Box(50, 50, 370, 260)
    assert hands.busy
    assert hands.release(PHOTO) == Outcome(Box(50, 50, 370, 260), 1)
    assert not hands.busy


def test_a_click_changes_nothing():
    hands = Hands()
    hands.press((150, 140), Target(2, SMALL.box), PHOTO, 1.0)
    assert hands.drag((152, 141), PHOTO) == SMALL.box
    assert not hands.busy
    assert hands.release(PHOTO) is None


def test_a_tiny_drawing_comes_to_nothing():
    assert drawn((10, 10), (10.5, 200), PHOTO) is None


def test_escape_gives_up_the_gesture_then_the_tool():
    hands = Hands()
    hands.tool = Tool.DRAW
    hands.press((10, 10), None, PHOTO, 1.0)
    hands.drag((100, 100), PHOTO)
    assert isinstance(hands.gesture, Drawing)
    assert hands.step_back()
    assert hands.gesture is None
    assert hands.tool is Tool.DRAW
    assert hands.step_back()
    assert hands.tool is Tool.SELECT
    assert not hands.step_back()


def test_the_hand_takes_hold_of_no_box():
    hands = Hands()
    hands.tool = Tool.HAND
    hands.press((150, 140), Target(2, SMALL.box), PHOTO, 1.0)
    assert hands.gesture is None


def test_tab_goes_round_in_reading_order():
    third = Candidate(3, Box(10, 10, 20, 20))
    many = [SMALL, LARGE, third]
    assert [next_box(many, each, 1) for each in (-1, 3, 1, 2)] == [3, 1, 2, 3]
    assert [next_box(many, each, -1) for each in (-1, 3)] == [2, 2]
    assert next_box([], 5, 1) == -1
