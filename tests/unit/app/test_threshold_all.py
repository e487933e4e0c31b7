"""The parts of the page for many photos: plots, counts and gallery."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.pages.threshold_all_counts import CountCard
from app.pages.threshold_all_gallery import Gallery, GalleryPhoto
from app.pages.threshold_all_plots import SizePlot, SteadyPlot, nice_top
from app.theme.palette import DARK, apply_theme
from engine.prelabel.reboxing import Change


def photo(number: int, change: Change = Change.MOVES) -> GalleryPhoto:
    return GalleryPhoto(number, Path(f"nowhere/photo_{number}.jpg"), (), (), change, 0.25)


@given(st.integers(0, 200_000))
def test_the_top_of_an_axis_is_even_holds_all_and_wastes_less_than_half(most: int) -> None:
    top = nice_top(most)
    assert top >= most
    assert top % 2 == 0
    assert top <= max(2, 2 * most)


@pytest.mark.parametrize("width", range(600, 1300, 37))
def test_pictures_fill_the_rows_of_the_gallery(qtbot, qapp, width) -> None:
    gallery = Gallery()
    qtbot.addWidget(gallery)
    gallery.resize(width, 500)
    gallery.show()
    gallery.show_photos([photo(number) for number in range(12)])
    tops = [gallery.visualRect(gallery.model().index(number, 0)).y() for number in range(12)]
    columns = tops.count(tops[0])
    assert columns == gallery.viewport().width() // gallery.gridSize().width()
    assert gallery.viewport().width() - columns * gallery.gridSize().width() < columns + 1
    gallery.close_workers()


def test_each_picture_says_what_happens_to_it() -> None:
    said = [photo(1, change).said for change in (Change.MOVES, Change.LOSES, Change.GAINS, Change.STAYS)]
    assert said == ["IoU 0.25", "loses its box", "gains a box", "stays"]


def test_counts_are_told_in_figures_and_words(qtbot) -> None:
    card = CountCard()
    qtbot.addWidget(card)
    card.show_counts({Change.MOVES: 1187, Change.LOSES: 1, Change.GAINS: 0, Change.STAYS: 648}, 312)
    assert card.figures == (1187, 1, 0, 648, 312)
    assert card.accessibleName().startswith("1,187 boxes move, 1 photo loses its box, 0 photos gain a box")


def test_box_sizes_are_counted_in_steps_of_five_per_cent_without_photos_that_have_none(qtbot) -> None:
    plot = SizePlot()
    qtbot.addWidget(plot)
    plot.set_sizes(np.array([0.0, 0.02, 0.51, 1.0]), np.array([0.0, 0.0, 0.49, 0.51]))
    before, after = plot.counts
    assert [int(place) for place in np.flatnonzero(before)] == [0, 10, 19]
    assert [int(place) for place in np.flatnonzero(after)] == [9, 10]
    assert plot.accessibleName() == "Box size, % of the photo: 51 now, 50 after, as the median"


@pytest.fixture
def steady(qtbot, qapp: QApplication) -> SteadyPlot:
    apply_theme(qapp, "dark")
    plot = SteadyPlot()
    qtbot.addWidget(plot)
    plot.resize(700, 220)
    plot.set_counts(np.full(101, 40))
    plot.set_now(0.3)
    plot.set_value(0.5)
    plot.moved.connect(plot.set_value)
    plot.show()
    return plot


def place(plot: SteadyPlot, threshold: float) -> QPoint:
    return QPoint(round(plot.x_of(threshold)), round(plot.area().center().y()))


def test_the_stretch_between_now_and_the_line_is_blue_and_the_rest_is_not(steady) -> None:
    picture = steady.grab().toImage()

    def colour(threshold: float) -> QColor:
        at = QPoint(round(steady.x_of(threshold) + steady.area().width() / 300), round(steady.area().bottom()) - 6)
        return picture.pixelColor(at * picture.devicePixelRatio())

    assert colour(0.40).name().upper() == DARK.acc
    assert {colour(0.2).name().upper(), colour(0.7).name().upper()} == {DARK.edge}


def test_the_bubble_is_dragged_where_it_was_taken(steady) -> None:
    grip = steady.bubble().center().toPoint() + QPoint(8, 0)
    QTest.mousePress(steady, Qt.MouseButton.LeftButton, pos=grip)
    assert steady.value == 0.5
    QTest.mouseMove(steady, grip + QPoint(round(0.2 * steady.area().width()), 0))
    assert steady.value == pytest.approx(0.7, abs=0.011)
    QTest.mouseRelease(steady, Qt.MouseButton.LeftButton, pos=grip)
    assert not steady.dragging


def test_arrow_keys_step_by_a_hundredth_and_stay_within_0_and_1(steady) -> None:
    QTest.keyClick(steady, Qt.Key.Key_Right)
    assert steady.value == 0.51
    QTest.keyClick(steady, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert steady.value == 0.46
    steady.set_value(0.99)
    QTest.keyClick(steady, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert steady.value == 1.0
    assert steady.accessibleName() == "Threshold 1.00, now 0.30, steady photos: 40"
