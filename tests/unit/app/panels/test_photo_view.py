"""Places of photos in rows and in a grid: look-ups agree with each other, whatever the size."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from app.panels.photo_delegate import THUMBNAIL_SIZE, PhotoDelegate
from app.panels.photo_model import PhotoModel
from app.panels.photo_view import PhotoView
from app.panels.thumbnails import ThumbnailStore
from support.fake_session import photo_row

_Flag = QItemSelectionModel.SelectionFlag


@pytest.fixture
def view(qtbot: QtBot) -> PhotoView:
    made = PhotoView()
    made.setModel(PhotoModel(made))
    made.setItemDelegate(PhotoDelegate(ThumbnailStore(THUMBNAIL_SIZE, parent=made), made))
    made.resize(312, 600)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def _fill(view: PhotoView, count: int) -> PhotoModel:
    model = view.model()
    assert isinstance(model, PhotoModel)
    model.set_rows([photo_row(number) for number in range(count)])
    return model


def _grid(view: PhotoView) -> None:
    delegate = view.itemDelegate()
    assert isinstance(delegate, PhotoDelegate)
    delegate.set_grid(grid=True)
    view.set_grid(grid=True)


def _chosen(view: PhotoView) -> list[int]:
    return sorted(index.row() for index in view.selectionModel().selectedIndexes())


@pytest.mark.parametrize("is_grid", [False, True])
def test_a_photo_is_found_where_it_is_drawn(view: PhotoView, is_grid: bool) -> None:
    model = _fill(view, 500)
    if is_grid:
        _grid(view)
    for place in (0, 1, 250, 499):
        view.scrollTo(model.index(place))
        rect = view.visualRect(model.index(place))
        assert view.viewport().rect().contains(rect)
        assert {view.indexAt(corner).row() for corner in (rect.topLeft(), rect.bottomRight())} == {place}
        assert place in view.places_in_sight()
    assert not view.indexAt(QPoint(5, -view.verticalOffset() - 5)).isValid()


@pytest.mark.parametrize("is_grid", [False, True])
def test_arrows_pages_home_and_end_stay_inside(view: PhotoView, is_grid: bool, qtbot: QtBot) -> None:
    model = _fill(view, 100)
    if is_grid:
        _grid(view)
    view.setCurrentIndex(model.index(0))
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_Home):
        qtbot.keyClick(view, key)
        seen.append(view.currentIndex().row())
    right = view.columns + 1 if is_grid else 1
    assert seen == [0, view.columns, right, 99, 99, 0]


def test_a_span_of_the_grid_follows_the_order_of_photos(view: PhotoView) -> None:
    model = _fill(view, 30)
    _grid(view)
    columns = view.columns
    last, first = (view.visualRect(model.index(place)).center() for place in (columns, columns - 1))
    view.setSelection(QRect(last, first), _Flag.ClearAndSelect)
    assert _chosen(view) == [columns - 1, columns]


def test_an_empty_list_answers_too(view: PhotoView) -> None:
    _fill(view, 0)
    view.setSelection(QRect(0, 0, 10, 10), _Flag.Select)
    assert len(view.places_in_sight()) == 0
    assert not view.indexAt(QPoint(1, 1)).isValid()
    assert view.verticalScrollBar().maximum() == 0


def test_hundred_thousand_photos_grow_are_reached_and_chosen_within_a_frame(view: PhotoView) -> None:
    rows = [photo_row(number) for number in range(100_000)]
    model = view.model()
    assert isinstance(model, PhotoModel)
    model.set_rows(rows[:90_000])
    view.scrollTo(model.index(50_000), PhotoView.ScrollHint.PositionAtTop)
    # The thread's own time: what else runs on the machine does not count.
    started_s = time.thread_time()
    model.set_rows(rows)
    view.viewport().repaint()
    view.selectAll()
    view.scrollTo(model.index(99_999))
    view.viewport().repaint()
    assert time.thread_time() - started_s < 0.05
    assert 99_999 in view.places_in_sight()
