"""Story: a folder of a class that the model was never shown, several things on each photo, and maps to see why."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.dataset.project_records import BoxState, PhotoState
from engine.geometry import Box, iou
from support.person import Person
from support.photos import RED, WHITE, save_photo, shape_photo
from support.sessions import OBJECTS, states
from support.tiny_model import CLUSTERING, write_tiny_model

FIRST, SECOND = Box(192, 96, 304, 224), Box(16, 112, 112, 208)


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    rule = {"pick": "pixels", "max_boxes": 3, "min_area": 0.01, "min_share": 0.05, "nms_iou": 0.7}
    refinement = {"weight": 0.5, "split_components": True}
    threshold = {"value": 0.6, "calibrated_on": "made for tests", "boxes_used": 0}
    changes = {"clustering": CLUSTERING, "refinement": refinement, "box_rule": rule, "threshold": threshold}
    return write_tiny_model(tmp_path / "tiny.molt", **changes)


def test_a_new_class_is_found_on_all_its_photos_and_its_maps_are_seen(person: Person, tmp_path: Path) -> None:
    session = person.session
    photo = shape_photo(Box(16, 16, 48, 48), colour=WHITE)
    for box in (FIRST, SECOND):
        photo[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = RED
    save_photo(tmp_path / "photos" / "widget" / "0.png", photo)
    for number in range(1, 6):
        red = shape_photo(OBJECTS[number % 3], colour=RED, seed=number)
        save_photo(tmp_path / "photos" / "widget" / f"{number}.png", red)
    said: list[str] = []
    session.anchor_progress.connect(lambda *_: said.append(person.canvas.floats.looking.title.text()))
    person.open_folder(tmp_path / "photos", photos=6)
    person.see_proposal()
    assert set(said) == {"Finding what widget looks like"}
    assert person.button("widget, new to the model, key 1, class of the box").isVisible()

    assert len(session.boxes) == 2
    for wanted, row in zip((FIRST, SECOND), session.boxes, strict=True):
        assert iou(row.box, wanted) > 0.5

    person.wait_until(lambda: "Refined" in person.words_in_sight())
    assert person.button("Refined").isChecked()
    walked = []
    for _ in range(5):
        person.press(Qt.Key.Key_H)
        walked.append(
            next(name for name in ("Off", "128", "256", "Fused", "Refined") if person.button(name).isChecked())
        )
    assert walked == ["Off", "128", "256", "Fused", "Refined"]
    assert person.canvas.layers.heat.showing
    person.wait_until(lambda: person.sees("Fused map"))
    person.click("Fused map")
    assert session.map_view == "fused"
    assert person.button("Fused map, over the photo").isVisible()

    chosen = [session.selected]
    for _ in range(2):
        person.press(Qt.Key.Key_Tab)
        chosen.append(session.selected)
    assert chosen[0] == chosen[2] != chosen[1]
    person.press(Qt.Key.Key_Return)
    assert states(session) == [BoxState.ACCEPTED] * 2
    person.wait_for_photo("widget/1.png")
    person.wait_until(lambda: session.counts()[PhotoState.PROPOSED] >= 1)
    assert session.heat_map is not None
    assert said == ["Finding what widget looks like"] * 6
