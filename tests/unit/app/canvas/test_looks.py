"""What is painted: the photo in its place, dimmed under a map, the map's cells over the photo's, and a box's state."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.box_paint import Tag, paint_lines, paint_tag, tag_area
from app.canvas.colour_maps import colour_table
from app.canvas.heat_item import coloured
from app.canvas.photo_item import quieted
from app.theme.palette import CLASS_COLOURS
from engine.dataset.project_records import BoxState
from support.fake_canvas_session import SmallHeatMap


def grabbed(widget) -> np.ndarray:
    """The widget as painted: (h, w, 3) int RGB."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def test_a_quiet_photo_has_82_percent_of_its_light_and_45_of_its_colour():
    pixels = np.random.default_rng(3).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    expected = 0.82 * (luma[..., None] + 0.45 * (pixels - luma[..., None]))
    assert abs(quieted(pixels) - expected).max() <= 1.0
    grey = np.full((4, 4, 3), 100, np.uint8)
    assert (quieted(grey) == 82).all()


def test_values_are_coloured_as_the_table_says():
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    words = coloured(values, "inferno", 0.54)
    np.testing.assert_array_equal(words.ravel() >> 24, colour_table("inferno", 0.54)[:, 3])


def test_the_photo_is_painted_where_the_camera_says(view, session, at):
    photo = np.zeros((400, 600, 3), np.uint8)
    photo[100:200, 300:450] = (250, 10, 10)
    session.show(photo)
    seen = grabbed(view.viewport())
    for x, y, red in ((310, 110, 250), (440, 190, 250), (290, 110, 0), (310, 90, 0), (460, 150, 0)):
        place = at(x, y)
        assert seen[place.y(), place.x(), 0] == pytest.approx(red, abs=8)


def test_a_maps_cell_covers_its_part_of_the_photo_and_the_rest_is_quiet(view, session, at):
    values = np.zeros((8, 12), np.float32)
    values[2:4, 6:9] = 1.0  # covers x 300..450, y 100..200 of the photo
    session.opacity = 1.0
    session.show(np.full((400, 600, 3), 200, np.uint8), SmallHeatMap(values, 600, 400))
    session.set_opacity(1.0)
    session.select(-1)
    session.boxes = ()
    session.boxes_changed.emit()
    seen = grabbed(view.viewport())
    inside, outside = at(375, 150), at(100, 350)
    assert tuple(seen[inside.y(), inside.x()]) == pytest.approx(tuple(colour_table("inferno", 1.0)[255, :3]), abs=2)
    assert tuple(seen[outside.y(), outside.x()]) == pytest.approx((164, 164, 164), abs=1)
    session.set_map_view("off")
    seen = grabbed(view.viewport())
    assert tuple(seen[inside.y(), inside.x()]) == (200, 200, 200)


def painted(state: BoxState, colour: str = "#FF0000", *, tagged: bool = False) -> np.ndarray:
    """A box of 200 x 120 at (20, 20) on white."""
    image = QImage(240, 160, QImage.Format.Format_RGB888)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_lines(painter, QRectF(20.5, 20.5, 200, 120), state, QColor(colour))
    if tagged:
        paint_tag(painter, QRectF(40, 60, 30, 22), Tag("", None), state, QColor(colour), brief=True)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(160, image.bytesPerLine())
    return rows[:, : 240 * 3].reshape(160, 240, 3).astype(int).copy()


def reds(pixels: np.ndarray) -> np.ndarray:
    return (pixels[..., 0] > 180) & (pixels[..., 1] < 90)


def test_a_proposed_box_is_dashed_five_to_three():
    along_top = reds(painted(BoxState.PROPOSED))[20, 26:216]
    assert 0.5 < along_top.mean() < 0.75
    edges = np.flatnonzero(np.diff(along_top.astype(int)) == 1)
    assert np.diff(edges).mean() == pytest.approx(8 * 2.2, abs=0.5)


def test_accepted_and_edited_are_solid_and_edited_has_dots_on_its_corners():
    accepted, edited = painted(BoxState.ACCEPTED), painted(BoxState.EDITED)
    for pixels in (accepted, edited):
        assert reds(pixels)[20, 30:210].all()
        assert reds(pixels)[30:130, 220].all()
    assert not reds(accepted)[17, 18]
    assert reds(edited)[18, 18]
    assert reds(edited)[142, 222]


def test_a_drawn_box_is_double():
    across = reds(painted(BoxState.DRAWN))[80]
    starts = np.flatnonzero(np.diff(across.astype(int)) == 1)
    assert len(starts) == 4
    assert len(np.flatnonzero(np.diff(reds(painted(BoxState.ACCEPTED))[80].astype(int)) == 1)) == 2


def test_a_rejected_box_has_no_colour_and_a_diagonal():
    pixels = painted(BoxState.REJECTED)
    assert not reds(pixels).any()
    assert np.ptp(pixels, axis=2).max() < 30
    inner = cv2.cvtColor(pixels[40:120, 60:180].astype(np.uint8), cv2.COLOR_RGB2GRAY)
    assert (inner < 240).any()


@pytest.mark.parametrize("colour", CLASS_COLOURS)
def test_every_state_can_be_told_in_grey(qapp, colour):
    # On a white photo a dashed line of a middling colour is as grey as its casing: there the tag's icon tells.
    greys = {
        state: cv2.cvtColor(painted(state, colour, tagged=True).astype(np.uint8), cv2.COLOR_RGB2GRAY).astype(int)
        for state in BoxState
    }
    for first, second in itertools.combinations(BoxState, 2):
        assert (abs(greys[first] - greys[second]) > 40).sum() > 15, (first, second)


@pytest.mark.parametrize("top", [100.0, 3.0, -50.0])
def test_a_tag_stands_above_its_box_or_at_its_top_inside_and_always_on_the_screen(qapp, top):
    screen, box = QRectF(0, 0, 800, 600), QRectF(700, top, 90, 300)
    place = tag_area(box, Tag("motorcycle", 0.94), brief=False, screen=screen)
    assert screen.contains(place)
    if top == 100.0:
        assert place.bottom() <= top - 3
    else:
        assert place.top() >= max(top, 0)
