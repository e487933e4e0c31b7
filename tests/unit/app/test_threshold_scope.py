"""A threshold for one class or for all photos: what it changes, what it keeps, and how it is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app import threshold_scope
from app.threshold_maps import OpenMaps
from app.threshold_scope import NewThreshold, ScopeName
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState
from engine.errors import ProjectError
from support.sessions import ToldSession, wait_for_photos, write_photos

COUNT = 5
HIGH, LOW = 0.8, 0.05


@pytest.fixture
def looked(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> ToldSession:
    """A session with a folder whose photos have all been looked at."""
    write_photos(tmp_path / "photos", COUNT)
    for number in range(COUNT):
        folder = tmp_path / "photos" / ("square" if number % 2 else "disc")
        folder.mkdir(exist_ok=True)
        (tmp_path / "photos" / f"photo_{number}.png").rename(folder / f"photo_{number}.png")
    assert session.open_folder(tmp_path / "photos")
    wait_for_photos(session, qtbot, COUNT)
    qtbot.waitUntil(lambda: session.localizer is not None, timeout=10_000)
    session.prelabel_all()
    qtbot.waitUntil(lambda: session.counts()[PhotoState.PROPOSED] == COUNT, timeout=20_000)
    return session


def read(session: ToldSession, qtbot: QtBot) -> OpenMaps:
    reader = session.thresholds.reader()
    assert reader is not None
    with qtbot.waitSignal(reader.ended, timeout=10_000) as ended:
        reader.start()
    reader.wait()
    (found,) = ended.args or (None,)
    assert isinstance(found, OpenMaps)
    return found


def project_of(session: ToldSession) -> Project:
    assert session.project is not None
    return session.project


def contents(session: ToldSession) -> list[PhotoContent]:
    return [project_of(session).content(row.id) for row in session.rows]


def undecided(content: PhotoContent) -> list[BoxRow]:
    return [row for row in content.boxes if row.state is BoxState.PROPOSED]


def apply(
    session: ToldSession, found: OpenMaps, threshold: float, *photo_ids: int, scope: ScopeName = "all", class_id=None
) -> None:
    chosen = photo_ids or tuple(int(each) for each in found.many.photo_ids)
    session.thresholds.apply(NewThreshold(threshold, chosen, scope, class_id), found.many)
    session.many.finish()


def test_a_look_stores_what_its_map_answers_at_every_threshold(looked, qtbot) -> None:
    found = read(looked, qtbot)
    assert found.without == ()
    assert len(found.many.photo_ids) == COUNT
    heat_map = looked.heat_map
    assert heat_map is not None
    assert looked.current is not None
    (table,) = found.many.tables(looked.current.id).values()
    for threshold in (0.1, 0.5, 0.8):
        assert table.boxes(threshold) == heat_map.boxes(threshold)


def test_all_photos_follow_the_new_threshold_and_one_undo_step_takes_all_back(looked, qtbot) -> None:
    before = contents(looked)
    notes = {row.id: (row.need, row.note) for row in looked.rows}
    found = read(looked, qtbot)
    outcome = found.many.at(HIGH)
    apply(looked, found, HIGH)
    after = contents(looked)
    assert sum(a.boxes != b.boxes for a, b in zip(before, after, strict=True)) >= 1
    for content in after:
        assert all(row.threshold == HIGH for row in undecided(content))
        (table,) = found.many.tables(content.photo_id).values()
        assert [row.box for row in undecided(content)] == [each.box for each in table.boxes(HIGH)]
    places = [[[row.box for row in content.boxes] for content in each] for each in (before, after)]
    moved = [content.photo_id for content, old, new in zip(before, *places, strict=True) if old != new]
    assert moved == [int(photo_id) for photo_id in found.many.photo_ids[outcome.changes != 0]]
    assert looked.threshold == HIGH
    assert looked.undo_stack.undoText() == "Threshold 0.80"
    looked.undo()
    looked.many.finish()
    assert contents(looked) == before
    assert {row.id: (row.need, row.note) for row in looked.rows} == notes
    assert looked.thresholds.usual() == looked.calibrated_threshold
    looked.redo()
    looked.many.finish()
    assert contents(looked) == after
    assert looked.thresholds.usual() == HIGH


def test_what_a_person_decided_stays(looked, qtbot) -> None:
    first, second, third = looked.rows[:3]
    found = read(looked, qtbot)
    looked.go_to(first.id)
    looked.accept()
    looked.go_to(second.id)
    looked.skip()
    kept = [project_of(looked).content(row.id) for row in (first, second)]
    apply(looked, found, HIGH)
    assert [project_of(looked).content(row.id) for row in (first, second)] == kept
    assert all(row.threshold == HIGH for row in undecided(project_of(looked).content(third.id)))


def test_a_class_has_its_own_threshold_for_new_proposals(looked, qtbot) -> None:
    found = read(looked, qtbot)
    disc, square = (project_of(looked).class_named(name).id for name in ("disc", "square"))
    discs = [row.id for row in looked.rows if row.label_class_id == disc]
    apply(looked, found, LOW)
    apply(looked, found, HIGH, *discs, scope="class", class_id=disc)
    assert looked.thresholds.usual(disc) == HIGH
    assert looked.thresholds.usual(square) == looked.thresholds.usual() == LOW
    for row in looked.rows:
        wanted = HIGH if row.id in discs else LOW
        assert {box.threshold for box in undecided(project_of(looked).content(row.id))} <= {wanted}
    apply(looked, found, 0.3)
    assert looked.thresholds.usual(disc) == 0.3


def test_photos_chosen_alone_leave_new_proposals_as_they_were(looked, qtbot) -> None:
    found = read(looked, qtbot)
    chosen = looked.rows[1].id
    apply(looked, found, HIGH, chosen, scope="selected")
    assert looked.thresholds.usual() == looked.calibrated_threshold
    changed = [c.photo_id for c in contents(looked) if any(row.threshold == HIGH for row in c.boxes)]
    assert changed == [chosen]


def test_new_proposals_are_made_at_the_threshold_for_all(looked, qtbot, tmp_path) -> None:
    apply(looked, read(looked, qtbot), HIGH)
    write_photos(tmp_path / "more", 1)
    (tmp_path / "more" / "photo_0.png").rename(tmp_path / "photos" / "disc" / "photo_9.png")
    looked.close()
    assert looked.open_folder(tmp_path / "photos")
    wait_for_photos(looked, qtbot, COUNT + 1)
    looked.prelabel_all()
    qtbot.waitUntil(lambda: not looked.counts()[PhotoState.NEW], timeout=20_000)
    newest = next(row for row in looked.rows if row.path.endswith("photo_9.png"))
    assert {row.threshold for row in project_of(looked).content(newest.id).boxes} == {HIGH}


def test_a_photo_whose_table_is_gone_is_measured_again_from_its_maps_and_kept(looked, qtbot) -> None:
    first = read(looked, qtbot)
    project = project_of(looked)
    photo_id = looked.rows[0].id
    stored = [each for each in project.thresholds(looked.model_number) if each.photo_id == photo_id]
    project.put_thresholds((photo_id, each.label, each.model_id, each.weights, b"damaged") for each in stored)
    again = read(looked, qtbot)
    assert again.without == ()
    assert (again.many.at(HIGH).changes == first.many.at(HIGH).changes).all()
    qtbot.waitUntil(lambda: all(each.data != b"damaged" for each in project.thresholds(looked.model_number)))


def test_where_the_disk_refuses_nothing_is_said_to_be_done(looked, qtbot, monkeypatch) -> None:
    found = read(looked, qtbot)
    before = contents(looked)

    def refuse(*_: object) -> None:
        raise ProjectError("The disk is full.")

    monkeypatch.setattr(project_of(looked), "propose_anew", refuse)
    apply(looked, found, HIGH)
    assert contents(looked) == before
    assert looked.told.of_kind("bad") == ["Not saved. The disk is full."]
    assert looked.thresholds.usual() == looked.calibrated_threshold
    assert not looked.undo_stack.canUndo()


@pytest.mark.parametrize("interrupted_by", ["a full disk", "undo"])
def test_an_act_that_is_interrupted_leaves_each_photo_as_it_was_or_as_it_is_to_be(
    looked, qtbot, monkeypatch, interrupted_by
) -> None:
    monkeypatch.setattr(threshold_scope, "_TOGETHER", 2)
    found, before = read(looked, qtbot), contents(looked)
    propose_anew, calls = project_of(looked).propose_anew, []

    def refuse_later(*given: Any) -> list:
        calls.append(given)
        if interrupted_by == "a full disk" and len(calls) == 2:
            raise ProjectError("The disk is full.")
        return propose_anew(*given)

    monkeypatch.setattr(project_of(looked), "propose_anew", refuse_later)
    photo_ids = tuple(int(each) for each in found.many.photo_ids)
    looked.thresholds.apply(NewThreshold(HIGH, photo_ids, "all"), found.many)
    if interrupted_by == "a full disk":
        looked.many.finish()
        after = {content.photo_id: content for content in contents(looked)}
        assert [undecided(after[each])[0].threshold == HIGH for each in photo_ids] == [True, True, False, False, False]
    looked.undo()
    looked.many.finish()
    assert contents(looked) == before
    assert looked.thresholds.usual() == looked.calibrated_threshold


def test_where_the_disk_refuses_to_take_it_back_the_step_stays(looked, qtbot, monkeypatch) -> None:
    apply(looked, read(looked, qtbot), HIGH)
    after = contents(looked)

    def refuse(*_: object) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(project_of(looked), "propose_anew", refuse)
        looked.undo()
    assert contents(looked) == after
    assert looked.thresholds.usual() == HIGH
    assert looked.undo_stack.canUndo()
    looked.undo()
    looked.many.finish()
    assert looked.thresholds.usual() == looked.calibrated_threshold
    assert contents(looked) != after


@pytest.mark.parametrize("stored", [7, {"model": 1, "all": "high", "classes": {"x": 0.5, "1": True}}, {"all": 0.4}])
def test_a_damaged_setting_counts_as_none(looked, stored) -> None:
    project_of(looked).put_setting("thresholds", stored)
    assert looked.thresholds.usual(1) == looked.calibrated_threshold
