"""Story: a model is trained of one's own labels beside the review, compared, taken over, and given back.

The trainer is a program that writes the log of one; what a real one learns is another story's.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.dialogs.train import TrainSheet
from app.main_window import MainWindow
from app.pages.training import TrainingPage
from engine.dataset.project_records import PhotoState
from engine.geometry import Box
from support.fake_training import use_fake_trainer, write_shapes
from support.person import Person
from support.photos import save_photo, shape_photo
from support.sessions import ToldSession

EACH, REVIEWED = 8, 6
_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eight bright things and eight red ones, in folders of their names."""
    return write_shapes(tmp_path / "shapes", EACH)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The fake trainer is in the real one's place."""
    use_fake_trainer(monkeypatch, tmp_path)
    return monkeypatch


def review(person: Person, count: int) -> None:
    """Accepts what is proposed on the first photos."""
    for done in range(1, count + 1):
        person.wait_until(lambda: person.session.heat_map is not None and bool(person.session.boxes))
        before = person.photo_name
        person.press(Qt.Key.Key_Y)
        person.wait_until(lambda done=done: person.session.counts()[PhotoState.REVIEWED] == done)
        person.wait_until(lambda before=before: person.photo_name != before)


def train(person: Person, qtbot: QtBot) -> TrainingPage:
    """Starts a training by its sheet; answers the page that comes."""
    person.press(Qt.Key.Key_T, _CTRL)
    sheet = person.window.sheet
    assert isinstance(sheet, TrainSheet)
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=10_000)
    person.click("Start", sheet)
    return page_of(person)


def page_of(person: Person) -> TrainingPage:
    page = person.window.centre.opened
    assert isinstance(page, TrainingPage)
    return page


def opened(person: Person, photos: Path) -> None:
    person.open_folder(photos, photos=2 * EACH)
    person.wait_until(lambda: person.session.localizer is not None)


def test_a_model_is_trained_compared_taken_over_and_given_back(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch
) -> None:
    opened(person, photos)
    review(person, REVIEWED)
    session = person.session
    project = session.project
    assert project is not None
    decided = {content.photo_id: content for content in project.contents(PhotoState.REVIEWED)}
    page = train(person, qtbot)
    assert "Training shapes v1" in page.title.text()
    assert page.how.words()[3] == "none"
    qtbot.waitUntil(lambda: session.training.comparison is not None, timeout=20_000)
    assert session.model_name == "tiny"
    assert "New is right on" in page.verdict.text()
    assert page.keep.isVisible()
    qtbot.mouseClick(page.adopt, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.model_name == "learnt", timeout=10_000)
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)
    assert person.window.centre.opened is None
    new = session.model_number
    for row in session.all_rows:
        if row.state is PhotoState.PROPOSED:
            assert {box.model_id for box in session.boxes_of(row.id)} == {new}
    assert {content.photo_id: content for content in project.contents(PhotoState.REVIEWED)} == decided
    assert (project.path.parent / "models" / "shapes v1.molt").is_file()
    back = person.window.actions_by_id["former_model"]
    assert back.isEnabled()
    assert back.text() == "Back to the model tiny"
    back.trigger()
    qtbot.waitUntil(lambda: session.model_name == "tiny", timeout=10_000)
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)
    assert {content.photo_id: content for content in project.contents(PhotoState.REVIEWED)} == decided


def test_ctrl_z_takes_the_new_model_and_its_boxes_back_and_offers_it_again(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch
) -> None:
    """One photo has no box by the model in use: the new one looks there too, and undo takes that back as well."""
    opened(person, photos)
    session = person.session
    session.prelabel_all()
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)
    review(person, REVIEWED)
    project = session.project
    assert project is not None
    boxless = session.rows[-1].id
    project.put_proposals(boxless, (), need=1.0, note="Too small to box")
    session.show_stored([project.content(boxless)])
    before = {row.id: session.boxes_of(row.id) for row in session.all_rows}
    page = train(person, qtbot)
    qtbot.waitUntil(lambda: session.training.comparison is not None, timeout=20_000)
    assert "re-box" in page.adopt.text()
    person.press(Qt.Key.Key_Return, _CTRL)
    qtbot.waitUntil(lambda: session.model_name == "learnt", timeout=10_000)
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)
    assert [box.model_id for box in session.boxes_of(boxless)] == [session.model_number]
    assert person.window.actions_by_id["undo"].text() == "Undo: Use shapes v1"
    person.press(Qt.Key.Key_Z, _CTRL)
    qtbot.waitUntil(lambda: session.model_name == "tiny", timeout=10_000)
    qtbot.waitUntil(lambda: {row.id: session.boxes_of(row.id) for row in session.all_rows} == before, timeout=10_000)
    person.press(Qt.Key.Key_J, _CTRL)
    assert page_of(person).adopt.isVisible()
    person.press(Qt.Key.Key_Escape)
    person.press(Qt.Key.Key_Z, _CTRL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: session.model_name == "learnt", timeout=10_000)
    qtbot.waitUntil(lambda: [box.model_id for box in session.boxes_of(boxless)] == [session.model_number])


def test_the_model_taken_over_is_the_folder_s_own_after_the_next_start(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch, tiny_model: Path
) -> None:
    opened(person, photos)
    review(person, REVIEWED)
    page = train(person, qtbot)
    qtbot.waitUntil(lambda: person.session.training.comparison is not None, timeout=20_000)
    qtbot.mouseClick(page.adopt, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: person.session.model_name == "learnt", timeout=10_000)
    person.window.close()
    again = another_window(qtbot, tiny_model)
    again.open_folder(photos, photos=2 * EACH)
    qtbot.waitUntil(lambda: again.session.model_name == "learnt", timeout=10_000)
    again.window.close()


def test_labelling_goes_on_beside_it_and_keeping_the_old_model_changes_nothing(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setenv("FAKE_TRAINER_STEP_S", "0.1")
    opened(person, photos)
    review(person, REVIEWED)
    page = train(person, qtbot)
    strip = person.window.job_strip
    qtbot.waitUntil(lambda: strip.words().startswith("Training shapes v1"), timeout=10_000)
    person.click("Back to the review", page)
    review_one_more(person)
    qtbot.waitUntil(lambda: "epoch" in strip.words(), timeout=10_000)
    person.click("Training shapes v1", strip)
    page = page_of(person)
    person.press(Qt.Key.Key_Escape)
    tab_to(person, strip.show_more)
    person.press(Qt.Key.Key_Space)
    page = page_of(person)
    person.click("Stop, keep the best so far", page)
    qtbot.waitUntil(lambda: person.session.training.comparison is not None, timeout=20_000)
    qtbot.mouseClick(page.keep, Qt.MouseButton.LeftButton)
    assert person.window.centre.opened is None
    assert person.session.model_name == "tiny"


def test_a_closed_window_pauses_it_and_the_next_start_goes_on(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch, tiny_model: Path
) -> None:
    trainer.setenv("FAKE_TRAINER_STEP_S", "0.1")
    opened(person, photos)
    review(person, REVIEWED)
    train(person, qtbot)
    training = person.session.training
    qtbot.waitUntil(lambda: training.state.step >= 5, timeout=20_000)
    person.window.close()
    again = another_window(qtbot, tiny_model)
    qtbot.waitUntil(lambda: again.session.localizer is not None, timeout=10_000)
    again.open_folder(photos, photos=2 * EACH)
    assert any("A training was not finished" in words for words in again.window.centre.messages.words())
    assert again.session.training.is_paused
    again.click("Show the training")
    page = page_of(again)
    assert page.left.text() == "Paused"
    again.click("Go on", page)
    qtbot.waitUntil(lambda: again.session.training.comparison is not None, timeout=30_000)
    log = next(photos.rglob("log.jsonl")).read_text(encoding="utf-8").splitlines()
    steps = [line for line in log if '"event": "step"' in line]
    assert len(steps) == 24
    again.window.close()


def test_what_went_wrong_is_said_in_plain_words(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setenv("FAKE_TRAINER_ERROR", "The disk is full.")
    opened(person, photos)
    review(person, REVIEWED)
    page = train(person, qtbot)
    qtbot.waitUntil(lambda: page.left.text() == "The training has failed", timeout=20_000)
    assert "The disk is full." in page.progress_words.text()
    assert person.window.centre.messages.words() == ()
    assert page.resume.isVisible()
    assert page.keep.isVisible()


def test_what_went_wrong_while_reviewing_is_told_in_a_message(
    person: Person, qtbot: QtBot, photos: Path, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setenv("FAKE_TRAINER_ERROR", "[Errno 28] No space left on device")
    opened(person, photos)
    review(person, REVIEWED)
    page = train(person, qtbot)
    person.click("Back to the review", page)
    messages = person.window.centre.messages
    qtbot.waitUntil(lambda: any("The disk is full. Make room" in words for words in messages.words()), timeout=20_000)
    person.click("Show the training", messages)
    assert page_of(person).left.text() == "The training has failed"
    assert messages.words() == ()


def test_one_class_only_is_told_before_anything_starts(
    person: Person, qtbot: QtBot, tmp_path: Path, trainer: pytest.MonkeyPatch
) -> None:
    for number in range(EACH):
        save_photo(tmp_path / "one" / "bright" / f"{number}.png", shape_photo(Box(48, 32, 144, 128), seed=number))
    person.open_folder(tmp_path / "one", photos=EACH)
    person.press(Qt.Key.Key_T, _CTRL)
    sheet = person.window.sheet
    assert isinstance(sheet, TrainSheet)
    qtbot.waitUntil(lambda: "one class only (bright)" in sheet.problem.text(), timeout=10_000)
    assert not sheet.start_button.isEnabled()
    sheet.close_sheet()
    assert not list((tmp_path / "one").rglob("labels.csv"))


def tab_to(person: Person, wanted: QWidget) -> None:
    """Goes from part to part and from button to button, as a person without a mouse does."""
    part = wanted.parentWidget()
    assert part is not None
    person.press(Qt.Key.Key_F6)
    for _ in range(60):
        if person.window.focusWidget() is wanted:
            return
        if part.isAncestorOf(person.window.focusWidget()):
            person.press(Qt.Key.Key_Tab)
        else:
            person.press(Qt.Key.Key_F6)
    raise AssertionError("the keyboard does not get there")


def review_one_more(person: Person) -> None:
    before = person.session.counts()[PhotoState.REVIEWED]
    shown = person.photo_name
    person.wait_until(lambda: person.session.heat_map is not None and bool(person.session.boxes))
    person.press(Qt.Key.Key_Y)
    person.wait_until(lambda: person.session.counts()[PhotoState.REVIEWED] == before + 1)
    person.wait_until(lambda: person.photo_name != shown)


def another_window(qtbot: QtBot, model: Path) -> Person:
    window = MainWindow(ToldSession(model))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    return Person(window, qtbot)
