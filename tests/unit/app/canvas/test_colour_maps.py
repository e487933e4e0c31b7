"""Heat map colours: how alpha rises, which end of the colour map is used, and what Qt is given."""

from __future__ import annotations

import numpy as np
import pyqtgraph
import pytest

from app.canvas.colour_maps import COLOUR_MAPS, colour_table, premultiplied_table


@pytest.mark.parametrize("name", COLOUR_MAPS)
@pytest.mark.parametrize("opacity", [0.0, 0.54, 1.0])
def test_alpha_rises_from_nothing_at_005_to_the_opacity_at_06_and_stays(name, opacity):
    alpha = colour_table(name, opacity)[:, 3].astype(float)
    values = np.arange(256) / 255
    assert (alpha[values <= 0.05] == 0).all()
    assert (alpha[values >= 0.6] == round(255 * opacity)).all()
    assert (np.diff(alpha) >= 0).all()
    middle = np.argmin(abs(values - 0.325))
    assert alpha[middle] == pytest.approx(255 * opacity / 2, abs=1.5)


def test_inferno_runs_from_16_to_98_percent_of_its_range():
    table = colour_table("inferno", 1.0)
    inferno = pyqtgraph.colormap.get("inferno")
    assert inferno is not None
    whole = np.asarray(inferno.getLookupTable(0.0, 1.0, 1001), dtype=float)
    for row, place in ((0, 160), (128, 572), (255, 980)):
        assert tuple(table[row, :3]) == pytest.approx(tuple(whole[place, :3]), abs=1)


def test_grey_has_no_colour_and_rises():
    grey = colour_table("grey", 1.0)[:, :3].astype(int)
    assert np.ptp(grey, axis=1).max() <= 1
    assert (np.diff(grey[:, 0]) >= 0).all()


def test_premultiplied_words_say_the_same_as_the_table():
    table, words = colour_table("inferno", 0.54), premultiplied_table("inferno", 0.54)
    alpha = (words >> 24).astype(int)
    np.testing.assert_array_equal(alpha, table[:, 3])
    for channel, shift in enumerate((16, 8, 0)):
        exact = table[:, channel].astype(float) * table[:, 3] / 255
        assert abs(((words >> shift) & 255) - exact).max() <= 0.51
