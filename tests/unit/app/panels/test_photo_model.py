from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.panels.photo_model import PhotoModel, PhotoModelRole
from engine.dataset.project_records import BoxRow, BoxState, PhotoState
from engine.geometry import Box
from support.fake_session import CLASSES, photo_row


@pytest.fixture
def model(qapp) -> PhotoModel:
    found = PhotoModel()
    found.set_classes(CLASSES)
    found.set_rows([photo_row(n) for n in range(1, 6)])
    return found


def test_the_model_keeps_qts_rules(model, qtmodeltester):
    qtmodeltester.check(model)
    model.set_rows([photo_row(n) for n in range(1, 12)])
    qtmodeltester.check(model)


def test_following_rows_are_inserted_and_other_rows_start_anew(model):
    inserted, resets = [], []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    model.modelReset.connect(lambda: resets.append(True))

    model.set_rows([photo_row(n) for n in range(1, 9)])
    assert inserted == [(5, 7)]
    assert not resets

    model.set_rows([photo_row(n) for n in (2, 4)])
    assert resets == [True]
    assert [model.photo_at(place).id for place in range(model.rowCount())] == [2, 4]
    assert model.index_of(4).row() == 1
    assert not model.index_of(3).isValid()


def test_a_changed_photo_stays_where_it_stands(model):
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.update_photo(replace(model.photo_at(2), state=PhotoState.REVIEWED))
    assert changed == [(2, 2)]
    assert model.photo_at(2).state is PhotoState.REVIEWED


def test_rows_of_the_same_photos_are_updated_without_a_reset(model):
    resets, changed = [], []
    model.modelReset.connect(lambda: resets.append(True))
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    rows = [model.photo_at(place) for place in range(5)]
    rows[3] = replace(rows[3], note="Class in doubt")
    model.set_rows(rows)
    assert not resets
    assert changed == [(3, 3)]


def test_hundred_thousand_rows_come_in_batches_and_are_filtered_within_a_second(qapp):
    rows = [photo_row(n, state=list(PhotoState)[n % 5]) for n in range(100_000)]
    wanted = [row for row in rows if row.state is PhotoState.PROPOSED]
    model = PhotoModel()
    start_s = time.thread_time()
    for end in range(10_000, 100_001, 10_000):
        model.set_rows(rows[:end])
    model.set_rows(wanted)
    assert time.thread_time() - start_s < 1.0
    assert model.rowCount() == len(wanted) == 20_000


def test_the_class_and_the_words_come_from_the_boxes_once_they_are_known(model):
    photo = model.photo_at(0)
    index = model.index_of(photo.id)
    assert index.data(PhotoModelRole.CLASSES) == (CLASSES[1],)
    area = Box(0, 0, 9, 9)
    proposed, again, rejected = (
        BoxRow(number, class_id, area, state, 0.5)
        for number, class_id, state in (
            (1, 4, BoxState.PROPOSED),
            (2, 1, BoxState.PROPOSED),
            (3, 3, BoxState.REJECTED),
        )
    )
    model.set_boxes(photo.id, (proposed,))
    assert index.data(PhotoModelRole.CLASSES) == (CLASSES[3],)
    model.set_boxes(photo.id, (proposed, again, replace(proposed, id=4), rejected))
    assert index.data(PhotoModelRole.CLASSES) == (CLASSES[3], CLASSES[0])
    assert "person, motorcycle" in index.data(Qt.ItemDataRole.AccessibleTextRole)


@pytest.mark.parametrize(
    ("photo", "boxes", "spoken"),
    [
        (photo_row(3, need=0.9), (), "photo_3.jpg, to review, person, Scales disagree, most in need"),
        (photo_row(3, need=0.1, note=""), (), "photo_3.jpg, to review, person, Steady box, little need"),
        (photo_row(3, state=PhotoState.NEW), (), "photo_3.jpg, new, person, Waiting for its box"),
        (photo_row(3, state=PhotoState.REVIEWED), (BoxState.ACCEPTED,), "photo_3.jpg, reviewed, cat, Accepted"),
        (
            photo_row(3, state=PhotoState.REVIEWED),
            (BoxState.ACCEPTED, BoxState.EDITED),
            "photo_3.jpg, reviewed, cat, Accepted after edit",
        ),
        (photo_row(3, state=PhotoState.REVIEWED), (BoxState.REJECTED,), "photo_3.jpg, reviewed, person, No box here"),
        (photo_row(3, state=PhotoState.REVIEWED), (BoxState.DRAWN,), "photo_3.jpg, reviewed, cat, Drawn by hand"),
        (
            photo_row(3, state=PhotoState.FAILED, reason="photo_3.jpg is empty."),
            (),
            "photo_3.jpg, failed, person, photo_3.jpg is empty.",
        ),
    ],
)
def test_accessible_text_says_state_class_and_reason(model, photo, boxes, spoken):
    photo = replace(photo, label_class_id=4)
    model.set_rows([photo])
    model.set_boxes(photo.id, tuple(BoxRow(1, 2, Box(0, 0, 9, 9), state) for state in boxes))
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == spoken
