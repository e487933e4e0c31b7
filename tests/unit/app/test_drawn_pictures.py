"""What is painted by hand: bars as long as their share, days as high as their count, keys with the acts on them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.dialogs.keyboard import KeyboardPicture
from app.keymap import keymap
from app.pages.statistics_charts import DayChart, OutcomeBar, OutcomeKey
from app.theme.palette import apply_theme, theme
from engine.dataset.statistics import DayWork, Tally


@pytest.fixture(params=["dark", "light"])
def themed(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    apply_theme(qapp, request.param)
    yield request.param
    apply_theme(qapp, "dark")


def painted(widget: QWidget, qtbot: QtBot, width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB of the widget."""
    qtbot.addWidget(widget)
    widget.resize(QSize(width, height))
    picture = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return rows[:, : picture.width() * 3].reshape(picture.height(), picture.width(), 3).copy()


def test_a_bar_is_as_long_as_its_share(themed: str, qtbot: QtBot) -> None:
    nothing = painted(OutcomeBar(Tally(), 100), qtbot, 200, 20)
    ground = nothing[10, 100]
    for accepted, drawn, wanted in ((25, 0, 50), (50, 25, 150), (100, 0, 200)):
        bar = painted(OutcomeBar(Tally(accepted=accepted, drawn=drawn), 100), qtbot, 200, 20)
        filled = (bar != ground).any(axis=2).any(axis=0)
        assert abs(int(filled.nonzero()[0].max()) + 1 - wanted) <= 2
    assert (nothing == ground).all()


def test_parts_of_a_bar_differ_in_grey(themed: str, qtbot: QtBot) -> None:
    bar = painted(OutcomeBar(Tally(accepted=50, edited=50, drawn=50, rejected=50), 200), qtbot, 400, 20)
    looks = [
        bar[7:13, place + 10 : place + 90].mean(axis=2).std(axis=1).round(1).tolist() for place in range(0, 400, 100)
    ]
    assert len({tuple(look) for look in looks}) == 4
    key = OutcomeKey()
    assert (painted(key, qtbot, key.sizeHint().width(), 20) != bar[0, 0]).any()


def test_days_are_as_high_as_their_count(themed: str, qtbot: QtBot) -> None:
    days = [DayWork(datetime.date(2026, 11, 1 + place), 10 * (place + 1), 5, 4, 60.0, None) for place in range(9)]
    chart = DayChart(days)
    assert "01 Nov: 10" in chart.accessibleName()
    picture = painted(chart, qtbot, 500, 190)
    accent = theme().colour("acc")
    blue = (np.abs(picture.astype(int) - [accent.red(), accent.green(), accent.blue()]).max(axis=2) < 12).sum(axis=0)
    middle = np.flatnonzero(blue)
    assert blue[middle[-5:]].mean() > 4 * blue[middle[:5]].mean()


def test_a_key_given_to_another_act_is_painted_anew(themed: str, qtbot: QtBot) -> None:
    keyboard = KeyboardPicture()
    size = keyboard.sizeHint()
    before = painted(keyboard, qtbot, size.width(), size.height())
    keymap.give("accept", "U")
    try:
        after = painted(keyboard, qtbot, size.width(), size.height())
    finally:
        keymap.reset_all()
    changed = (before != after).any(axis=2)
    assert 0 < changed.mean() < 0.1
    assert (painted(keyboard, qtbot, size.width(), size.height()) == before).all()
