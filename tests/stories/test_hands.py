"""Stories: a day of boxes by mouse, the same by keys alone, and photos that lie on their side in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoState
from engine.geometry import Box, iou
from support.person import Person
from support.photos import shape_photo
from support.sessions import OBJECTS, states, write_photos

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
Key = Qt.Key


def close(box: Box, wanted: Box, within: float) -> bool:
    return all(abs(a - b) <= within for a, b in zip(box.as_tuple(), wanted.as_tuple(), strict=True))


def stored(root: Path) -> dict[str, list[BoxState]]:
    """What the project on the disk says of each photo."""
    with Project.open(root, read_only=True) as project:
        return {row.path: [box.state for box in project.content(row.id).boxes] for row in project.photos()}


def test_accept_mend_reject_and_draw_by_mouse(person: Person, tmp_path: Path) -> None:
    session = person.session
    root = write_photos(tmp_path / "photos", 4)
    person.open_folder(root, photos=4)

    right = person.see_proposal()
    person.click("Accept", person.canvas)
    person.wait_for_photo("photo_1.png")

    before = person.see_proposal().box
    corner = Box(before.x0, before.y0, before.x1 - 30, before.y1 - 20)
    person.drag_between((before.x1, before.y1), (corner.x1, corner.y1))
    assert close(session.boxes[0].box, corner, person.pixel)
    side = Box(corner.x0 + 15, corner.y0, corner.x1, corner.y1)
    person.drag_between((corner.x0, (corner.y0 + corner.y1) / 2), (side.x0, corner.y1))
    assert close(session.boxes[0].box, side, 2 * person.pixel)
    assert states(session) == [BoxState.EDITED]
    person.press(Key.Key_D)
    person.wait_for_photo("photo_2.png")

    person.see_proposal()
    person.click("Reject", person.canvas)
    person.wait_for_photo("photo_3.png")

    person.see_proposal()
    person.click("Draw a box")
    wanted = [Box(20, 150, 60, 200), Box(90, 160, 140, 210)]
    person.drag(wanted[0])
    person.press(Key.Key_R)
    person.drag(wanted[1])
    drawn = [row for row in session.boxes if row.state is BoxState.DRAWN]
    assert len(drawn) == 2
    assert all(close(row.box, box, person.pixel) for row, box in zip(drawn, wanted, strict=True))
    person.press(Key.Key_Delete)
    person.press(Key.Key_Return)
    person.wait_until(lambda: session.counts()[PhotoState.REVIEWED] == 4)

    assert stored(root) == {
        "photo_0.png": [BoxState.ACCEPTED],
        "photo_1.png": [BoxState.EDITED],
        "photo_2.png": [BoxState.REJECTED],
        "photo_3.png": [BoxState.ACCEPTED, BoxState.DRAWN],
    }
    assert session.boxes_of(session.rows[0].id)[0].box == right.box


def test_twenty_photos_by_keys_alone(person: Person, tmp_path: Path) -> None:
    session = person.session
    root = write_photos(tmp_path / "photos", 20)
    person.open_folder(root, photos=20)
    person.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
    names = [row.path for row in session.rows]
    expected: dict[str, list[BoxState]] = {}
    for number, name in enumerate(names):
        person.wait_for_photo(name)
        proposed = person.see_proposal().box
        match number % 5:
            case 0:
                person.press(Key.Key_Y)
                expected[name] = [BoxState.ACCEPTED]
            case 1:
                person.press(Key.Key_N)
                expected[name] = [BoxState.REJECTED]
            case 2:
                for _ in range(3):
                    person.press(Key.Key_Right)
                person.press(Key.Key_Up, SHIFT)
                person.press(Key.Key_Down, ALT)
                moved = Box(proposed.x0 + 3, proposed.y0 - 10, proposed.x1 + 3, proposed.y1 - 9)
                assert session.boxes[0].box.as_tuple() == pytest.approx(moved.as_tuple())
                person.press(Key.Key_Return)
                expected[name] = [BoxState.EDITED]
            case 3:
                person.press(Key.Key_D, CTRL)
                person.press(Key.Key_Tab)
                person.press(Key.Key_Delete)
                person.press(Key.Key_Z, CTRL)
                person.press(Key.Key_C, CTRL)
                person.press(Key.Key_V, CTRL)
                assert len(session.boxes) == 3
                person.press(Key.Key_Space)
                expected[name] = [BoxState.ACCEPTED, BoxState.DRAWN, BoxState.DRAWN]
            case 4:
                person.press(Key.Key_P, CTRL)
                assert len(session.boxes) == 4
                person.press(Key.Key_Escape)
                person.press(Key.Key_S)
                expected[name] = [BoxState.PROPOSED, BoxState.DRAWN, BoxState.DRAWN, BoxState.DRAWN]
        assert person.window.focusWidget() is person.canvas
    person.wait_until(lambda: session.counts()[PhotoState.REVIEWED] == 16)
    assert session.counts()[PhotoState.SKIPPED] == 4
    assert stored(root) == expected


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_on_its_side_is_seen_and_stored_upright(person: Person, tmp_path: Path, orientation: int) -> None:
    upright = shape_photo(OBJECTS[0])
    turns = {3: 2, 6: 1, 8: 3}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    root = tmp_path / "photos"
    root.mkdir()
    Image.fromarray(np.rot90(upright, turns)).save(root / "turned.png", exif=exif)
    person.open_folder(root, photos=1)
    assert iou(person.see_proposal().box, OBJECTS[0]) > 0.8
    person.press(Key.Key_W)
    person.drag(OBJECTS[0])
    assert close(person.session.boxes[-1].box, OBJECTS[0], person.pixel)
    person.press(Key.Key_X)
    seen = person.canvas.viewport().grab().toImage()
    ratio = seen.devicePixelRatio()
    for x, y, bright in ((60, 120, True), (135, 40, True), (30, 120, False), (60, 150, False)):
        assert (seen.pixelColor(person.place(x, y) * ratio).value() > 150) is bright
