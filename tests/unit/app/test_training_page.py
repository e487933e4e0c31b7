"""The page of a training: what it says at each stage, what it offers, and that nothing is taken over by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.pages.train_cards import clock, thin_class_words
from app.pages.train_plots import apart, epoch_ticks, nice_top_of
from app.pages.train_words import chance_words, fraction, network_name, phase_words
from app.pages.training import TrainingPage
from app.training.compare_job import comparison
from app.training.compared import ComparedPhoto, Setup
from app.training.state import TrainingState, read_state
from engine.evaluation.compare import changed
from engine.geometry import Box, iou
from support.photos import save_photo, shape_photo

SETUP = Setup(
    "birds v2",
    "quick",
    "folder names, 3 set by hand",
    (("wren", 0, 312, 88), ("robin", 1, 38, 12)),
    40,
    60,
    "birds v1",
    centred_right=0.41,
    whole_right=0.33,
)
BEGIN = {
    "event": "begin",
    "steps": 120,
    "epochs": 12,
    "photos": 350,
    "classes": {"wren": 312, "robin": 38},
    "device": "cpu",
    "preset": "quick",
    "network": "tf_efficientnet_lite0",
    "sides": [160, 224],
}


def state_of(*events: Mapping[str, object]) -> TrainingState:
    return read_state("\n".join(json.dumps(event) for event in (BEGIN, *events)))


def step(number: int) -> dict[str, object]:
    return {
        "event": "step",
        "step": number,
        "steps": 120,
        "epoch": number / 10,
        "loss": 2.0 / (1 + number),
        "elapsed_s": 5.0 * number,
        "eta_s": 240,
        "photos_per_s": 38.0,
    }


def scored(epoch: int, right: float) -> dict[str, object]:
    return {
        "event": "validation",
        "step": 10 * epoch,
        "epoch": epoch,
        "loss": 0.5,
        "accuracy": 0.9,
        "photos": 60,
        "boxes_right": right,
        "boxes_low": right - 0.1,
        "boxes_high": right + 0.1,
        "boxes_scored": 60,
    }


LEARNING = {"event": "phase", "name": "training", "done": 85, "total": 120, "eta_s": 240}
SAVED = {"event": "saved", "step": 80, "epoch": 8}
END = {"event": "end", "model": "birds v2.molt", "accuracy": 0.9, "boxes_right": 0.72, "best_epoch": 8}


def photo(number: int, folder: Path, old: Box | None, new: Box | None) -> ComparedPhoto:
    truth = Box(48, 32, 144, 128)
    path = save_photo(folder / f"photo_{number}.png", shape_photo(truth, seed=number))
    ious = [iou(box, truth) if box is not None else 0.0 for box in (old, new)]
    return ComparedPhoto(number, path, 0, 320, 240, truth, old, new, ious[0], ious[1], changed(*ious))


def pairs(folder: Path) -> list[ComparedPhoto]:
    """Three better, one worse, two the same."""
    right, wrong = Box(48, 32, 144, 128), Box(200, 150, 300, 230)
    kinds = [(wrong, right), (None, right), (wrong, right), (right, wrong), (right, right), (wrong, wrong)]
    return [photo(number, folder, old, new) for number, (old, new) in enumerate(kinds)]


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.train_cards.core_count", lambda: 2)


@pytest.fixture
def page(qtbot: QtBot) -> TrainingPage:
    page = TrainingPage()
    page.resize(1400, 900)
    qtbot.addWidget(page)
    page.set_setup(SETUP)
    page.show()
    qtbot.waitExposed(page)
    return page


def asked(page: TrainingPage) -> list[str]:
    """Notes what the page asks for."""
    found: list[str] = []
    for name in ("finish_asked", "pause_asked", "resume_asked", "keep_asked", "adopt_asked", "closed"):
        getattr(page, name).connect(lambda name=name: found.append(name))
    return found


def test_a_running_training_shows_time_and_progress_and_what_it_is_measured_by(page: TrainingPage) -> None:
    page.set_state(state_of(*(step(number) for number in range(1, 86)), scored(8, 0.72), SAVED, LEARNING))
    assert page.left.text() == "4 min left"
    assert page.progress_words.text() == "epoch 9 of 12  ·  7 min so far  ·  38 photos/s"
    assert page.saved.text() == "saved at epoch 8"
    assert page.boxes.accessibleName() == "Boxes right: new 72 %, centred box 41 %, whole photo 33 %"
    assert page.boxes_title.text() == "Boxes right on 60 held-out photos"
    assert page.learning.warning.text() == "robin has 38 photos; 100 or more works better."
    assert "epoch 8  loss 0.50  boxes 72 %" in page.log.words()[0]
    assert page.finish.isVisible()
    assert not page.adopt.isVisible()


def test_it_says_what_was_not_used(page: TrainingPage) -> None:
    page.set_setup(replace(SETUP, memory_bytes=1_100_000_000))
    page.set_state(state_of(step(1)))
    assert page.how.words() == (
        "Quick, for this computer",
        "EfficientNet-Lite0, scales 160 · 224",
        "folder names, 3 set by hand",
        "none",
        "40 reviewed photos",
        "60 others, never trained on",
        "CPU, 2 cores, 1.1 GB",
    )


@pytest.mark.parametrize(
    ("technical", "name"),
    [
        ("tf_efficientnet_lite0", "EfficientNet-Lite0"),
        ("deit_small_patch16_224", "DeiT-S/16"),
        ("deit_tiny_distilled_patch16_224", "DeiT-Ti/16"),
        ("vit_base_patch14_dinov2.lvd142m", "DINOv2 ViT-B/14"),
        ("vit_base_patch16_224.augreg", "ViT-B/16"),
        ("my_own_network", "my_own_network"),
    ],
)
def test_networks_have_the_names_that_people_know(technical: str, name: str) -> None:
    assert network_name(technical) == name


def test_what_a_training_warns_of_is_shown_and_photos_left_out_are_named(page: TrainingPage) -> None:
    thin = {"event": "warning", "text": "Classes with fewer than 20 photos are hard to learn: 'robin' (12)."}
    page.set_state(state_of(step(1), thin))
    assert page.warning.isHidden()  # it stands beside the classes already
    halved = {"event": "warning", "text": "The cuda memory is too small: 32 photos at a time now, 64 a step as before."}
    broken = [{"event": "unreadable", "path": f"wren/{number}.jpg", "why": "It is cut off."} for number in range(5)]
    page.set_state(state_of(step(1), thin, halved, *broken))
    assert page.warning.isVisible()
    assert "32 photos at a time" in page.warning.text()
    said = "5 photos cannot be read and are left out: wren/0.jpg, wren/1.jpg, wren/2.jpg and 2 more"
    assert page.learning.unreadable.text() == said
    assert "wren/4.jpg: It is cut off." in page.learning.unreadable.toolTip()


def test_cancel_asks_nothing_pauses_and_goes_back(page: TrainingPage, qtbot: QtBot) -> None:
    page.set_state(state_of(step(1)))
    found = asked(page)
    qtbot.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert found == ["pause_asked", "closed"]


def test_a_paused_training_can_be_gone_on_with(page: TrainingPage, qtbot: QtBot) -> None:
    page.set_state(state_of(step(20), SAVED))
    page.set_paused(True)
    found = asked(page)
    assert page.left.text() == "Paused"
    assert not page.finish.isVisible()
    assert page.verdict.text() == "birds v1 stays in use."
    qtbot.mouseClick(page.keep, Qt.MouseButton.LeftButton)
    assert found == ["keep_asked"]
    found.clear()
    qtbot.mouseClick(page.resume, Qt.MouseButton.LeftButton)
    assert found == ["resume_asked"]


def test_a_failed_training_says_why_in_words(page: TrainingPage) -> None:
    page.set_state(state_of(step(20), {"event": "error", "text": "The disk is full."}))
    assert page.left.text() == "The training has failed"
    assert page.progress_words.text().startswith("The disk is full.")
    assert page.resume.text() == "Try again"
    assert not page.adopt.isVisible()


def test_old_and_new_stand_beside_each_other_and_nothing_is_taken_over_by_itself(
    page: TrainingPage, qtbot: QtBot, tmp_path: Path
) -> None:
    found = asked(page)
    page.set_rebox_count(861)
    page.set_state(state_of(step(119), scored(8, 0.72), END))
    assert page.verdict.text() == "Comparing old and new on the held-out photos"
    page.set_comparison(comparison(pairs(tmp_path)))
    assert page.verdict.text() == "New is right on 4 of 6, old on 2."
    assert page.reasons.text() == "Better on 3, worse on 1, same on 2. May well be chance (p = 0.62)."
    assert page.keep.text() == "Keep birds v1"
    assert page.adopt.text() == "Adopt epoch 8 and re-box 861 photos"
    assert "birds v1, in use 33 %" in page.boxes.accessibleName()
    assert found == []
    qtbot.mouseClick(page.keep, Qt.MouseButton.LeftButton)
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert found == ["keep_asked", "adopt_asked"]


def test_the_gallery_is_filtered_and_opens_photos(page: TrainingPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.set_state(state_of(step(119), END))
    page.set_comparison(comparison(pairs(tmp_path)))
    texts = [page.filter.segment(name).text() for name in page.filter.names()]
    assert texts == ["All 6", "Better 3", "Worse 1", "Same 2"]
    qtbot.mouseClick(page.filter.segment("worse"), Qt.MouseButton.LeftButton)
    assert [each.photo_id for each in page.gallery.photos] == [3]
    said = page.gallery.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "photo_3.png, worse: IoU 1.00 with the model in use, 0.00 with the new one"
    opened: list[int] = []
    page.photo_asked.connect(opened.append)
    page.gallery.setCurrentIndex(page.gallery.model().index(0, 0))
    page.gallery.setFocus()
    qtbot.keyClick(page.gallery, Qt.Key.Key_Return)
    assert opened == [3]


def test_a_training_without_reviewed_photos_says_that_nobody_knows(page: TrainingPage) -> None:
    page.set_setup(
        Setup("birds v2", "quick", "folder names", (("wren", 0, 200, 0), ("robin", 1, 200, 0)), 0, 0, "starter")
    )
    page.set_state(state_of(step(119), END))
    assert page.verdict.text() == "No reviewed photo was held out, so nobody knows yet whether it is better."
    assert page.how.words()[4:6] == ("labels alone", "labels alone")
    assert page.learning.warning.text() == ""
    assert page.adopt.isVisible()


def test_thin_classes_in_words() -> None:
    assert thin_class_words([("wren", 100), ("robin", 400)]) == ""
    said = thin_class_words([("wren", 60), ("robin", 12), ("tit", 300)])
    assert said == "2 classes have fewer than 100 photos, robin the fewest (12); more works better."


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.5, "May well be chance (p = 0.50)."),
        (0.04, "Unlikely to be chance (p = 0.04)."),
        (0.0004, "Unlikely to be chance (p < 0.01)."),
    ],
)
def test_chance_in_words(chance: float, words: str) -> None:
    assert chance_words(chance) == words


def test_progress_never_goes_back_from_phase_to_phase() -> None:
    shares = [
        fraction(TrainingState(preset="quick", phase=name, done=done, total=10, step=step, steps=100))
        for name, done, step in (
            ("looking", 0, 0),
            ("looking", 10, 0),
            ("maps", 5, 0),
            ("training", 1, 10),
            ("training", 9, 90),
            ("clusters", 1, 100),
            ("calibrating", 5, 100),
            ("writing", 0, 100),
        )
    ]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] < 1.0


def test_a_phase_in_words() -> None:
    looking = TrainingState(phase="looking", done=1200, total=4000)
    assert phase_words(looking) == "looking at photo 1,200 of 4,000"
    assert phase_words(TrainingState()) == "getting ready"


def test_the_axis_of_epochs_has_few_round_figures() -> None:
    assert epoch_ticks(12) == [0, 3, 6, 9, 12]
    assert epoch_ticks(3.7) == [0, 1, 2, 3]
    assert len(epoch_ticks(300)) <= 6
    assert epoch_ticks(0.001)[0] == 0


@pytest.mark.parametrize("most", [0.001, 0.7, 2.3, 2.4001, 9.0, 31.0, 12345.0])
def test_the_top_of_an_axis_is_above_what_it_shows_but_not_far(most: float) -> None:
    assert most <= nice_top_of(most) <= 3.1 * most


def test_words_at_lines_never_lie_on_each_other() -> None:
    ys = apart([50.0, 52.0, 51.0, 180.0], 16.0, 0.0, 190.0)
    assert ys[0] < ys[2] < ys[1]
    ordered = sorted(ys)
    assert all(below - above >= 16.0 for above, below in pairwise(ordered))
    assert apart([185.0, 189.0], 16.0, 0.0, 190.0) == [174.0, 190.0]


def test_time_since_the_start() -> None:
    assert [clock(None), clock(64.5), clock(3725)] == ["00:00", "01:04", "1:02:05"]
