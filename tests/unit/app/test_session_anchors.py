"""The session: labels that the model does not know are placed by what their photos resemble, found once and kept."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.dataset.evidence_store import EVIDENCE_FILE
from engine.dataset.project_file import PROJECT_FOLDER
from engine.dataset.project_records import PhotoState
from engine.geometry import Box, iou
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from support.photos import RED, WHITE, save_photo, shape_photo
from support.sessions import OBJECTS, ToldSession, wait_for_photos, wait_for_proposal
from support.tiny_model import write_tiny_model

SMALL, LARGE = Box(16, 16, 64, 64), Box(160, 96, 288, 208)
"""On the odd photo: a bright thing, which is not what the label means, and a red one, which is."""


class Scoring:
    """Counts how often photos are scored for anchors and looked at, and on which threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scored = self.looked = 0
        self.threads: set[int] = set()
        score, look = Localizer.class_scores, Localizer.look

        def count_score(localizer: Localizer, photo, **more):
            self.scored += 1
            self.threads.add(threading.get_ident())
            return score(localizer, photo, **more)

        def count_look(localizer: Localizer, photo, **more):
            self.looked += 1
            return look(localizer, photo, **more)

        monkeypatch.setattr(Localizer, "class_scores", count_score)
        monkeypatch.setattr(Localizer, "look", count_look)


@pytest.fixture
def scoring(monkeypatch: pytest.MonkeyPatch) -> Scoring:
    return Scoring(monkeypatch)


@pytest.fixture
def widgets(tmp_path: Path) -> Path:
    """A folder of a label new to the model: one odd photo and six plain ones."""
    root = tmp_path / "photos"
    odd = shape_photo(SMALL, colour=WHITE)
    odd[96:208, 160:288] = RED
    save_photo(root / "My_Widget" / "0.png", odd)
    for number in range(1, 7):
        save_photo(root / "My_Widget" / f"{number}.png", shape_photo(OBJECTS[number % 3], colour=RED, seed=number))
    return root


def place_of(session: ToldSession) -> tuple[tuple[int, float], ...]:
    assert session._placed is not None
    return session._placed.placement.weights


def end(session: ToldSession, qtbot: QtBot, photos: int) -> None:
    qtbot.waitUntil(lambda: session.counts()[PhotoState.PROPOSED] == photos, timeout=10_000)
    session.close()


def damage(root: Path, statement: str) -> None:
    connection = sqlite3.connect(root / PROJECT_FOLDER / EVIDENCE_FILE)
    with connection:
        connection.execute(statement)
    connection.close()


def test_all_photos_of_a_label_have_one_place_the_one_that_propose_finds(
    session: ToldSession, qtbot: QtBot, widgets: Path, scoring: Scoring, tiny_model: Path
) -> None:
    session.open_folder(widgets)
    box = wait_for_proposal(session, qtbot)
    wait_for_photos(session, qtbot, 7)
    assert threading.get_ident() not in scoring.threads
    first = place_of(session)
    assert iou(box.box, LARGE) > 0.6
    session.next_photo()
    wait_for_proposal(session, qtbot)
    assert place_of(session) == first
    assert scoring.scored == 7
    localizer = Localizer.open(tiny_model)
    paths = [session.photo_path(row) for row in session.rows]
    wanted = photos_to_anchor([(path, ["My_Widget"]) for path in paths], localizer.names)
    assert find_anchors(wanted, localizer) == {"my widget": first}
    assert [row.name for row in session.classes] == ["My_Widget"]
    assert not session.class_scores[0].known


def test_reopening_finds_the_same_place_and_runs_no_network(
    session: ToldSession, qtbot: QtBot, widgets: Path, scoring: Scoring
) -> None:
    session.open_folder(widgets)
    wait_for_proposal(session, qtbot)
    place, before = place_of(session), session.boxes
    session.prelabel_all()
    end(session, qtbot, 7)
    scoring.scored = scoring.looked = 0
    session.open_folder(widgets)
    qtbot.waitUntil(lambda: session.heat_map is not None)
    assert place_of(session) == place
    assert session.boxes == before
    for _ in range(6):
        session.next_photo()
        qtbot.waitUntil(lambda: session.heat_map is not None)
    assert (scoring.scored, scoring.looked) == (0, 0)


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE anchors", "UPDATE anchors SET weights = '[[77, 1.0]]'", "UPDATE anchors SET weights = '{'"],
)
def test_what_was_lost_is_found_again_and_the_boxes_stay(
    session: ToldSession, qtbot: QtBot, widgets: Path, scoring: Scoring, statement: str
) -> None:
    session.open_folder(widgets)
    wait_for_proposal(session, qtbot)
    place, before = place_of(session), session.boxes
    session.prelabel_all()
    end(session, qtbot, 7)
    damage(widgets, statement)
    session.open_folder(widgets)
    assert session.heat_map is None
    assert session.boxes == before
    qtbot.waitUntil(lambda: session.heat_map is not None)
    assert place_of(session) == place
    assert session.boxes == before
    session.close()
    scoring.scored = scoring.looked = 0
    session.open_folder(widgets)
    qtbot.waitUntil(lambda: session.heat_map is not None)
    assert (scoring.scored, scoring.looked) == (0, 0)


def test_progress_is_told_for_the_photo_in_front(session: ToldSession, qtbot: QtBot, widgets: Path) -> None:
    told: list[tuple[int, str, int, int]] = []
    session.anchor_progress.connect(lambda *step: told.append(step))
    session.open_folder(widgets)
    wait_for_proposal(session, qtbot)
    assert session.current is not None
    assert told == [(session.current.id, "My_Widget", done, 7) for done in range(7)]


def test_a_typed_class_is_anchored_by_the_photo_that_carries_it(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, scoring: Scoring
) -> None:
    photo = shape_photo(SMALL, colour=WHITE)
    photo[96:208, 160:288] = RED
    save_photo(tmp_path / "photos" / "a.png", photo)
    session.open_folder(tmp_path / "photos")
    first = wait_for_proposal(session, qtbot)
    assert scoring.scored == 0
    session.set_class(first.id, "gizmo")
    assert session.heat_map is None
    qtbot.waitUntil(lambda: session.heat_map is not None)
    assert scoring.scored == 1
    scores = session._localizer.class_scores(photo) if session._localizer is not None else None
    assert scores is not None
    assert [index for index, _ in place_of(session)] == sorted(range(3), key=lambda index: -scores[index])
    (box,) = session.boxes
    assert box.id == first.id
    assert session.heat_map is not None
    assert box.box == session.heat_map.boxes(session.threshold)[0].box
    assert {row.id: row.name for row in session.classes}[box.class_id] == "gizmo"
    assert session.current is not None
    assert session.boxes_of(session.current.id) == session.boxes
    session.close()
    scoring.looked = 0
    session.open_folder(tmp_path / "photos")
    qtbot.waitUntil(lambda: session.heat_map is not None)
    assert session.boxes == (box,)
    assert scoring.looked == 0


def test_a_class_typed_on_a_second_photo_is_the_same_class(three: ToldSession, qtbot: QtBot, scoring: Scoring) -> None:
    three.set_class(None, "gizmo")
    qtbot.waitUntil(lambda: three.heat_map is not None)
    place = place_of(three)
    three.next_photo()
    wait_for_proposal(three, qtbot)
    three.set_class(None, "Gizmo")
    qtbot.waitUntil(lambda: three.heat_map is not None)
    assert place_of(three) == place
    assert scoring.scored == 1


def test_taking_the_class_back_brings_back_the_box(three: ToldSession, qtbot: QtBot) -> None:
    before = three.boxes
    three.set_class(None, "gizmo")
    three.undo_stack.undo()
    qtbot.waitUntil(lambda: three.heat_map is not None)
    qtbot.wait(300)
    assert three.boxes == before
    assert three.heat_map is not None
    assert three.heat_map.boxes(three.threshold)[0].box == before[0].box


@pytest.mark.parametrize(("name", "scored"), [("tiny", 0), ("other", 7)])
def test_a_window_that_only_looks_uses_what_is_stored_and_keeps_other_anchors_in_memory(
    session: ToldSession, qtbot: QtBot, widgets: Path, tmp_path: Path, scoring: Scoring, name: str, scored: int
) -> None:
    session.open_folder(widgets)
    wait_for_proposal(session, qtbot)
    place = place_of(session)
    second = ToldSession(write_tiny_model(tmp_path / "second.molt", name=name))
    second.open_folder(widgets)
    assert second.read_only
    scoring.scored = 0
    qtbot.waitUntil(lambda: second.heat_map is not None)
    assert place_of(second) == place
    second.next_photo()
    qtbot.waitUntil(lambda: second.heat_map is not None)
    assert place_of(second) == place
    assert scoring.scored == scored
    second.shut_down()


def test_another_model_finds_its_own(
    session: ToldSession, qtbot: QtBot, widgets: Path, tmp_path: Path, scoring: Scoring, tiny_model: Path
) -> None:
    session.open_folder(widgets)
    wait_for_proposal(session, qtbot)
    assert scoring.scored == 7
    session.use_model(write_tiny_model(tmp_path / "other.molt", name="other"))
    qtbot.waitUntil(lambda: session.model_name == "other" and session.heat_map is not None)
    assert scoring.scored == 14
    session.use_model(tiny_model)
    qtbot.waitUntil(lambda: session.model_name == "tiny" and session.heat_map is not None)
    assert scoring.scored == 14  # known from before


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Scoring takes a tenth of a second a photo; the event tells that it has begun."""
    begun, pause = threading.Event(), threading.Event()
    score = Localizer.class_scores

    def slowly(localizer: Localizer, photo, **more):
        begun.set()
        pause.wait(0.1)
        return score(localizer, photo, **more)

    monkeypatch.setattr(Localizer, "class_scores", slowly)
    yield begun
    pause.set()


def test_closing_the_folder_stops_it(
    session: ToldSession, qtbot: QtBot, widgets: Path, slow: threading.Event, tmp_path: Path
) -> None:
    shutil.copytree(widgets / "My_Widget", tmp_path / "more" / "red")
    found: list[object] = []
    session._looks.anchored.connect(lambda *each: found.append(each))
    session.open_folder(widgets)
    qtbot.waitUntil(slow.is_set)
    session.open_folder(tmp_path / "more")
    wait_for_proposal(session, qtbot)
    assert found == []


def test_shutting_down_stops_it(qtbot: QtBot, widgets: Path, tiny_model: Path, slow: threading.Event) -> None:
    session = ToldSession(tiny_model)
    session.open_folder(widgets)
    qtbot.waitUntil(slow.is_set)
    session.shut_down()
    assert session._looks.isFinished()


def test_a_cancelled_job_stops_it(session: ToldSession, qtbot: QtBot, widgets: Path, slow: threading.Event) -> None:
    for number in range(3):
        save_photo(widgets / f"{number}.png", shape_photo(OBJECTS[number]))
    session.open_folder(widgets)
    wait_for_photos(session, qtbot, 10)
    qtbot.waitUntil(lambda: session.counts()[PhotoState.PROPOSED] == 3)
    found: list[object] = []
    session._looks.anchored.connect(lambda *each: found.append(each))
    session.prelabel_all()
    qtbot.waitUntil(slow.is_set)
    session.cancel_job()
    qtbot.wait(500)
    assert found == []
    assert session.counts()[PhotoState.PROPOSED] == 3
