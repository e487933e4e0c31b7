"""The folder's own models: taken over, undone, done again, gone back to; and what happens where one is missing."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from engine.dataset.project_records import PhotoContent, PhotoState
from engine.geometry import Box
from engine.localization.localizer import Localizer
from support.sessions import ToldSession, wait_for_photos, wait_for_proposal, write_photos
from support.tiny_model import manifest, write_tiny_model

COUNT = 6


@pytest.fixture
def six(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> ToldSession:
    """Six photos, all with the box of the model in use."""
    assert session.open_folder(write_photos(tmp_path / "photos", COUNT))
    wait_for_photos(session, qtbot, COUNT)
    wait_for_proposal(session, qtbot)
    session.prelabel_all()
    _rest(session, qtbot)
    return session


@pytest.fixture
def learnt(tmp_path: Path) -> Path:
    """A model that cuts its maps elsewhere, so that its boxes are others."""
    threshold = {**manifest()["threshold"], "value": 0.6}
    (tmp_path / "learnt").mkdir()
    return write_tiny_model(tmp_path / "learnt" / "shapes v1.molt", name="shapes v1", threshold=threshold)


def _rest(session: ToldSession, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)


def _uses(session: ToldSession, qtbot: QtBot, name: str) -> None:
    qtbot.waitUntil(lambda: session.model_name == name, timeout=10_000)
    session.many.finish()
    _rest(session, qtbot)


def _contents(session: ToldSession) -> dict[int, PhotoContent]:
    assert session.project is not None
    return {row.id: session.project.content(row.id) for row in session.all_rows}


def _makers(session: ToldSession) -> set[int | None]:
    return {box.model_id for content in _contents(session).values() for box in content.boxes}


def test_taking_a_model_over_is_an_undo_step_with_all_that_it_proposed(
    six: ToldSession, qtbot: QtBot, learnt: Path
) -> None:
    before = _contents(six)
    old = six.model_number
    assert six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    new, after = six.model_number, _contents(six)
    assert _makers(six) == {new} != {old}
    assert six.undo_stack.undoText() == "Use shapes v1"
    assert (six.training.models.adopted, six.training.models.former_name) == ("1", "tiny")
    six.undo()
    _uses(six, qtbot, "tiny")
    assert _contents(six) == before
    assert (six.training.models.adopted, six.training.models.former_name) == ("", "")
    six.redo()
    _uses(six, qtbot, "shapes v1")
    assert _contents(six) == after
    assert six.training.models.adopted == "1"


def test_a_photo_that_was_new_is_new_again(six: ToldSession, qtbot: QtBot, learnt: Path) -> None:
    assert six.project is not None
    photo_id = six.rows[-1].id
    six.store_contents([PhotoContent(photo_id, PhotoState.NEW, ())], "wait")
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    assert six.photo(photo_id).state is PhotoState.PROPOSED
    six.undo()
    _uses(six, qtbot, "tiny")
    assert six.project.content(photo_id) == PhotoContent(photo_id, PhotoState.NEW, ())


def test_what_a_person_decided_stays_either_way(six: ToldSession, qtbot: QtBot, learnt: Path) -> None:
    six.moves_on = False
    six.accept()
    decided = six.rows[0].id
    kept = _contents(six)[decided]
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    six.undo()
    _uses(six, qtbot, "tiny")
    assert _contents(six)[decided] == kept
    six.undo()
    assert _contents(six)[decided].state is PhotoState.PROPOSED


def test_a_later_step_undone_first_is_not_overwritten(six: ToldSession, qtbot: QtBot, learnt: Path) -> None:
    """The model's look comes to a photo only after a person's act on it, which is undone before the model is."""
    before = _contents(six)
    six.moves_on = False
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    six.draw(Box(5, 5, 40, 40))
    six.undo()
    six.undo()
    _uses(six, qtbot, "tiny")
    assert _contents(six) == before


def test_going_back_is_an_undo_step_that_names_the_model(six: ToldSession, qtbot: QtBot, learnt: Path) -> None:
    models = six.training.models
    models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    assert models.go_back()
    _uses(six, qtbot, "tiny")
    assert six.undo_stack.undoText() == "Back to tiny"
    assert models.former_name == "shapes v1"
    assert models.adopted == "1"  # the training stays answered
    old = six.model_number
    assert _makers(six) == {old}
    six.undo()
    _uses(six, qtbot, "shapes v1")
    assert models.former_name == "tiny"
    assert _makers(six) == {six.model_number}


def test_a_photo_without_a_box_is_looked_at_again_by_another_model(
    six: ToldSession, qtbot: QtBot, learnt: Path
) -> None:
    """The model before found nothing large enough there; the new one may."""
    assert six.project is not None
    boxless = six.rows[2].id
    six.project.put_proposals(boxless, (), need=1.0, note="Too small to box")
    six.show_stored([six.project.content(boxless)])
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    (box,) = six.boxes_of(boxless)
    assert box.model_id == six.model_number
    looked: list[int] = []
    six.look_ended.connect(lambda photo_id, _: looked.append(photo_id))
    six.project.put_proposals(boxless, (), need=1.0, note="Too small to box")
    six.show_stored([six.project.content(boxless)])
    six.prelabelling.start([boxless])
    _rest(six, qtbot)
    assert looked == []  # this model has looked there and proposes no box


def test_a_model_taken_over_while_a_job_runs_goes_on_with_it(six: ToldSession, qtbot: QtBot, learnt: Path) -> None:
    fresh = [PhotoContent(row.id, PhotoState.NEW, ()) for row in six.rows[1:]]
    six.store_contents(fresh, "wait")
    six.prelabel_all()
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    assert _makers(six) == {six.model_number}


def test_a_file_that_is_no_model_is_told_and_nothing_changes(six: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    bad = tmp_path / "bad.molt"
    bad.write_bytes(b"no model")
    before = _contents(six)
    assert six.training.models.adopt(bad, "1")
    qtbot.waitUntil(lambda: bool(six.told.of_kind("bad")), timeout=10_000)
    assert "tiny stays in use" in six.told.of_kind("bad")[-1]
    assert (six.training.models.adopted, six.training.models.former_name) == ("", "")
    assert _contents(six) == before
    assert not six.undo_stack.canUndo()


def test_a_former_model_whose_file_is_gone_is_told_and_the_step_stays(
    six: ToldSession, qtbot: QtBot, learnt: Path, tiny_model: Path
) -> None:
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    tiny_model.unlink()
    six.undo()
    assert "no longer there" in six.told.of_kind("warn")[-1]
    assert six.model_name == "shapes v1"
    assert six.undo_stack.canUndo()
    assert six.training.models.adopted == "1"


def test_one_model_after_the_other(six: ToldSession, qtbot: QtBot, learnt: Path) -> None:
    six.training.models.adopt(learnt, "1")
    assert not six.training.models.adopt(learnt, "2")
    assert "still being loaded" in six.told.of_kind("info")[-1]
    _uses(six, qtbot, "shapes v1")
    assert six.training.models.adopted == "1"


def test_a_folder_that_cannot_be_written_is_told(six: ToldSession, learnt: Path) -> None:
    assert six.project is not None
    (six.project.path.parent / "models").write_bytes(b"in the way")
    assert not six.training.models.adopt(learnt, "1")
    assert "was not taken over" in six.told.of_kind("bad")[-1]


def test_the_model_asked_for_last_is_used_whichever_is_loaded_first(
    six: ToldSession, qtbot: QtBot, learnt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = write_tiny_model(tmp_path / "slow.molt", name="slow")
    loaded: list[Path] = []

    def open_slowly(path: Path) -> Localizer:
        time.sleep(1.0 if path == slow else 0.0)
        loaded.append(path)
        return Localizer.open(path)

    monkeypatch.setattr("app.session_looks.Localizer", SimpleNamespace(open=open_slowly))
    six.use_model(slow)
    six.use_model(learnt)
    qtbot.waitUntil(lambda: len(loaded) == 2, timeout=10_000)
    qtbot.wait(300)
    assert six.model_name == "shapes v1"


def test_a_file_asked_for_before_the_first_model_is_there_may_be_no_model(
    qtbot: QtBot, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.molt"
    bad.write_bytes(b"no model")

    for slow in (bad, tiny_model):

        def open_slowly(path: Path, slow: Path = slow) -> Localizer:
            time.sleep(0.5 if path == slow else 0.0)
            return Localizer.open(path)

        monkeypatch.setattr("app.session_looks.Localizer", SimpleNamespace(open=open_slowly))
        made = ToldSession(tiny_model)
        made.use_model(bad)
        qtbot.waitUntil(lambda made=made: made.model_name == "tiny" and bool(made.told), timeout=10_000)
        assert "The model file cannot be used" in made.told.of_kind("bad")[-1]
        made.shut_down()


def test_a_folder_s_own_model_is_used_whenever_it_is_opened(
    six: ToldSession, qtbot: QtBot, learnt: Path, tmp_path: Path, tiny_model: Path
) -> None:
    photos = tmp_path / "photos"
    six.training.models.adopt(learnt, "1")
    _uses(six, qtbot, "shapes v1")
    six.open_folder(write_photos(tmp_path / "other", 2))
    _uses(six, qtbot, "tiny")
    six.shut_down()
    again = ToldSession(tiny_model)
    assert again.open_folder(photos)  # before the usual model is loaded
    qtbot.waitUntil(lambda: again.model_name == "shapes v1", timeout=10_000)
    assert again.training.models.former_name == "tiny"
    assert again.training.models.go_back()
    _uses(again, qtbot, "tiny")
    again.shut_down()
