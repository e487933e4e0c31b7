"""The session with a model that refines by clusters and proposes several boxes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.dataset.project_records import BoxState, PhotoState
from engine.geometry import Box, iou
from support.photos import save_photo, shape_photo
from support.sessions import ToldSession, states, wait_for_proposal
from support.tiny_model import CLUSTERING, write_tiny_model

LARGE, MIDDLE, SMALL = Box(16, 32, 128, 144), Box(208, 112, 288, 192), Box(208, 16, 272, 64)
SEVERAL = {"pick": "pixels", "max_boxes": 3, "min_area": 0.01, "min_share": 0.02, "nms_iou": 0.7}


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    refinement = {"weight": 0.5, "split_components": True}
    return write_tiny_model(tmp_path / "tiny.molt", clustering=CLUSTERING, refinement=refinement, box_rule=SEVERAL)


@pytest.fixture
def several(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> ToldSession:
    """A photo with three bright things, the large one the brightest, and a second photo of one."""
    photo = shape_photo(LARGE)
    photo[112:192, 208:288] = 190
    photo[16:64, 208:272] = 140
    save_photo(tmp_path / "photos" / "a.png", photo)
    save_photo(tmp_path / "photos" / "b.png", shape_photo(LARGE))
    session.open_folder(tmp_path / "photos")
    wait_for_proposal(session, qtbot)
    return session


def matched(session: ToldSession, wanted: Box) -> int:
    """The number of the box that is there."""
    best = max(session.boxes, key=lambda row: iou(row.box, wanted))
    assert iou(best.box, wanted) > 0.4
    return best.id


def test_the_map_that_boxes_are_cut_from_is_shown_and_h_walks_through_all(several: ToldSession) -> None:
    assert several.map_views == ("off", "128", "256", "fused", "refined")
    assert several.map_view == "refined"
    seen = []
    for _ in range(5):
        several.cycle_map_view()
        seen.append(several.map_view)
    assert seen == ["off", "128", "256", "fused", "refined"]
    heat_map = several.heat_map
    assert heat_map is not None
    assert heat_map.clusters is not None
    assert not (heat_map.view("refined") == heat_map.view("fused")).all()


def test_a_model_without_clusters_shows_the_fused_map_and_back(
    several: ToldSession, qtbot: QtBot, tmp_path: Path, tiny_model: Path
) -> None:
    several.use_model(write_tiny_model(tmp_path / "plain.molt", name="plain"))
    qtbot.waitUntil(lambda: several.model_name == "plain" and several.heat_map is not None)
    assert several.map_view == "fused"
    several.use_model(tiny_model)
    qtbot.waitUntil(lambda: several.model_name == "tiny" and several.heat_map is not None)
    assert several.map_view == "refined"
    several.set_map_view("off")
    several.use_model(tmp_path / "plain.molt")
    qtbot.waitUntil(lambda: several.model_name == "plain" and several.heat_map is not None)
    assert several.map_view == "off"


def test_h_does_nothing_while_the_map_is_on_its_way(several: ToldSession, monkeypatch: pytest.MonkeyPatch) -> None:
    several._placed = None
    several.cycle_map_view()
    assert several.map_view == "refined"


def test_several_boxes_are_proposed_the_largest_first_and_chosen(several: ToldSession) -> None:
    assert states(several) == [BoxState.PROPOSED] * 3
    assert [matched(several, wanted) for wanted in (LARGE, MIDDLE, SMALL)] == [row.id for row in several.boxes]
    assert several.selected == several.boxes[0]
    assert len({row.id for row in several.boxes}) == 3


def test_boxes_keep_their_numbers_while_the_threshold_is_dragged(several: ToldSession) -> None:
    start = several.boxes
    large, middle, small = (matched(several, wanted) for wanted in (LARGE, MIDDLE, SMALL))
    several.select(middle)
    several.begin_threshold_drag()
    several.set_threshold(0.6, dragging=True)
    assert [row.id for row in several.boxes] == [large, middle]
    assert matched(several, MIDDLE) == middle
    several.set_threshold(0.9, dragging=True)
    assert [row.id for row in several.boxes] == [large]
    assert several.selected is None
    several.set_threshold(0.4, dragging=True)
    assert [row.id for row in several.boxes] == [large, middle, small]
    assert several.selected is not None
    assert several.selected.id == middle
    several.end_threshold_drag()
    assert several.boxes == start


def test_boxes_that_appear_in_a_drag_are_told_apart_and_stored_at_its_end(several: ToldSession) -> None:
    several.set_threshold(0.9)
    (kept,) = several.boxes
    several.begin_threshold_drag()
    for value in (0.7, 0.5, 0.4):
        several.set_threshold(value, dragging=True)
        assert len({row.id for row in several.boxes}) == len(several.boxes)
    assert len(several.boxes) == 3
    several.end_threshold_drag()
    assert several.current is not None
    assert several.boxes == several.boxes_of(several.current.id)
    assert min(row.id for row in several.boxes) > 0
    assert matched(several, LARGE) == kept.id


def test_accepting_goes_from_box_to_box_and_then_on(several: ToldSession, qtbot: QtBot) -> None:
    for number in range(3):
        assert several.selected is not None
        assert several.selected.state is BoxState.PROPOSED
        several.accept() if number < 2 else several.reject()
    assert states(several) == [BoxState.ACCEPTED, BoxState.ACCEPTED, BoxState.REJECTED]
    qtbot.waitUntil(lambda: several.current is not None and several.current.path == "b.png")


def test_done_accepts_all_boxes_shown_in_one_step(several: ToldSession) -> None:
    several.moves_on = False
    several.photo_done()
    assert states(several) == [BoxState.ACCEPTED] * 3
    assert several.current is not None
    assert several.photo(several.current.id).state is PhotoState.REVIEWED
    several.undo_stack.undo()
    assert states(several) == [BoxState.PROPOSED] * 3


def test_a_window_that_only_looks_tells_boxes_apart(several: ToldSession, tiny_model: Path, qtbot: QtBot) -> None:
    assert several.project is not None
    several.set_threshold(1.0)
    assert several.boxes == ()
    second = ToldSession(tiny_model)
    second.open_folder(several.project.root)
    qtbot.waitUntil(lambda: second.heat_map is not None and len(second.boxes) == 3)
    assert len({row.id for row in second.boxes}) == 3
    second.select(second.boxes[1].id)
    assert second.selected == second.boxes[1]
    second.shut_down()
