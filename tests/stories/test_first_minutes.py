"""Story: a folder is opened, boxes appear, and a person decides, draws, takes back and exports."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from pycocotools.coco import COCO
from PySide6.QtCore import Qt

from engine.dataset.project_records import BoxState, PhotoState
from engine.geometry import Box, iou
from support.person import Person
from support.sessions import OBJECTS, states, write_photos

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_open_accept_draw_undo_redo_export(person: Person, tmp_path: Path) -> None:
    session = person.session
    root = write_photos(tmp_path / "photos")
    person.open_folder(root, photos=3)

    proposed = person.see_proposal()
    assert iou(proposed.box, OBJECTS[0]) > 0.8

    for _ in range(10):
        person.press(Qt.Key.Key_BracketRight, SHIFT)
    tighter = session.boxes[0]
    assert tighter.box.area < proposed.box.area
    assert session.threshold == pytest.approx(0.9)

    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")

    person.see_proposal()
    person.press(Qt.Key.Key_N)
    person.wait_for_photo("photo_2.png")

    person.see_proposal()
    person.press(Qt.Key.Key_W)
    wanted = Box(20, 30, 70, 60)
    person.drag(wanted)
    drawn = session.boxes[-1]
    assert drawn.state is BoxState.DRAWN
    assert all(abs(a - b) <= person.pixel for a, b in zip(drawn.box.as_tuple(), wanted.as_tuple(), strict=True))

    person.press(Qt.Key.Key_Z, CTRL)
    assert states(session) == [BoxState.PROPOSED]
    person.press(Qt.Key.Key_Z, CTRL | SHIFT)
    assert session.boxes[-1] == drawn
    person.press(Qt.Key.Key_Return)
    person.wait_until(lambda: session.counts()[PhotoState.REVIEWED] == 3)

    coco_path, voc_path = tmp_path / "out" / "boxes.json", tmp_path / "out" / "voc"
    person.wait_until(lambda: session.page == "finished")
    assert "Written and read back: no difference" in person.export("coco", coco_path)
    assert "Written and read back: no difference" in person.export("voc", voc_path)

    assert session.project is not None
    first, second, third = (session.boxes_of(row.id) for row in session.rows)
    assert [row.state for row in second] == [BoxState.REJECTED]
    expected = {
        "photo_0.png": [tighter.box],
        "photo_1.png": [],
        "photo_2.png": [row.box for row in third],
    }
    assert first[0].box == tighter.box
    assert len(third) == 2
    coco = _coco_boxes(coco_path)
    assert coco.keys() == expected.keys()
    for name, boxes in expected.items():
        assert coco[name] == [pytest.approx(box.as_tuple(), abs=1e-9) for box in boxes]
    assert _voc_boxes(voc_path) == {
        name: [tuple(round(side) for side in box.as_tuple()) for box in boxes] for name, boxes in expected.items()
    }


def _coco_boxes(path: Path) -> dict[str, list[tuple[float, ...]]]:
    """Corners of each photo's boxes, read by COCO's own tools."""
    coco = COCO(str(path))
    found = {}
    for image in coco.loadImgs(coco.getImgIds()):
        sides = [entry["bbox"] for entry in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))]
        found[image["file_name"]] = [(x, y, x + width, y + height) for x, y, width, height in sides]
    return found


def _voc_boxes(folder: Path) -> dict[str, list[tuple[int, ...]]]:
    """Edges of each photo's boxes, read by the devkit's rule: from 1, both ends included."""
    found = {}
    for path in sorted((folder / "Annotations").glob("*.xml")):
        root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        boxes = []
        for bndbox in root.iter("bndbox"):
            x0, y0, x1, y1 = (int(bndbox.findtext(tag, "")) for tag in ("xmin", "ymin", "xmax", "ymax"))
            boxes.append((x0 - 1, y0 - 1, x1, y1))
        found[root.findtext("filename", "")] = boxes
    return found


def test_the_selected_box_is_moved_by_mouse_and_arrows_as_one_step_each(person: Person, tmp_path: Path) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos", 1), photos=1)
    proposed = person.see_proposal().box
    middle = ((proposed.x0 + proposed.x1) / 2, (proposed.y0 + proposed.y1) / 2)
    person.drag_between(middle, (middle[0] + 20, middle[1] + 10))
    moved = session.boxes[0].box
    assert moved.x0 - proposed.x0 == pytest.approx(20, abs=person.pixel)
    assert moved.y0 - proposed.y0 == pytest.approx(10, abs=person.pixel)
    assert (moved.width, moved.height) == pytest.approx((proposed.width, proposed.height))
    for _ in range(3):
        person.press(Qt.Key.Key_Right)
    assert session.boxes[0].box.x0 == pytest.approx(moved.x0 + 3)
    person.press(Qt.Key.Key_Z, CTRL)
    assert session.boxes[0].box == moved
    person.press(Qt.Key.Key_Z, CTRL)
    assert session.boxes[0].box == proposed
    assert states(session) == [BoxState.PROPOSED]


def test_undo_goes_back_to_the_photo_it_is_about(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")
    person.press(Qt.Key.Key_D)
    assert person.photo_name == "photo_2.png"
    person.press(Qt.Key.Key_Z, CTRL)
    assert person.photo_name == "photo_0.png"
    assert states(person.session) == [BoxState.PROPOSED]


def test_letters_typed_into_the_search_field_decide_nothing(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_Slash)
    for key in (Qt.Key.Key_N, Qt.Key.Key_Y, Qt.Key.Key_D):
        person.press(key)
    assert states(person.session) == [BoxState.PROPOSED]
    assert person.photo_name == "photo_0.png"
