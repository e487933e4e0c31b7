"""Every text can be read on every ground it stands on, in both themes; measured after WCAG 2.2."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.dialogs.keyboard import GROUPS, colours_of
from app.theme.palette import CLASS_COLOURS, DARK, LIGHT, TAG_TEXT, Theme, apply_theme, class_colour, notifier, theme

THEMES = pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
TEXTS = ("t1", "t2", "t3", "acc", "ok", "warn", "bad")
GROUNDS = ("win", "panel", "raised", "hover", "float", "soft")


def luminance(colour: str) -> float:
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@THEMES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_readable(colours: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@THEMES
@pytest.mark.parametrize("ground", ["ok_soft", "warn_soft", "bad_soft"])
@pytest.mark.parametrize("text", ["t1", "t2"])
def test_messages_are_readable(colours: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@THEMES
def test_main_button_is_readable(colours: Theme) -> None:
    assert contrast(colours.on_fill, colours.fill) >= 4.5


@THEMES
def test_outlines_that_carry_meaning_are_seen(colours: Theme) -> None:
    assert contrast(colours.edge, colours.panel) >= 3.0


@THEMES
@pytest.mark.parametrize("text", ["t1", "t2"])
def test_text_on_the_bare_canvas_is_readable(colours: Theme, text: str) -> None:
    assert contrast(getattr(colours, text), colours.canvas) >= 4.5


@pytest.mark.parametrize("colour", CLASS_COLOURS)
def test_tags_are_readable(colour: str) -> None:
    assert contrast(TAG_TEXT, colour) >= 4.5


def test_class_colours_repeat_after_the_last() -> None:
    assert len(set(CLASS_COLOURS)) == 8
    assert class_colour(8) == class_colour(0)


@pytest.mark.parametrize(("scheme", "colours"), [("dark", DARK), ("light", LIGHT)])
def test_apply_theme_puts_colours_on_and_tells(qapp: QApplication, scheme, colours: Theme) -> None:
    told: list[Theme] = []
    connection = notifier.changed.connect(lambda: told.append(theme()))
    apply_theme(qapp, scheme)
    notifier.changed.disconnect(connection)
    assert told == [colours]
    assert theme() is colours
    palette = QGuiApplication.palette()
    assert palette.color(QPalette.ColorRole.Window).name().upper() == colours.win.upper()
    assert palette.color(QPalette.ColorRole.Base).name().upper() == colours.panel.upper()
    assert palette.color(QPalette.ColorRole.Highlight).name().upper() == colours.fill.upper()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_letters_and_words_on_the_drawn_keys_can_be_read(qapp: QApplication, scheme) -> None:
    apply_theme(qapp, scheme)
    for group in (*GROUPS, None):
        ground, ink = (colour.name() for colour in colours_of(group))
        words = theme().on_fill if group == "decide" else theme().t1
        assert min(contrast(ink, ground), contrast(words, ground)) >= 4.5, group
