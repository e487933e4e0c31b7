"""Story: a person makes the window fit them; every choice counts at once and is there at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from app.comfort import put_on
from app.dialogs.preferences import PreferencesSheet
from app.dialogs.shortcuts import ShortcutSheet
from app.language import language_of, speak
from app.settings import Settings
from app.texts import thousands, tr, tr_count
from app.theme.fonts import text_scale
from app.theme.motion import ACCEPTED_MS, lasting_ms, reduce_motion
from app.theme.palette import DARK_HIGH, LIGHT_HIGH, apply_theme, theme
from app.widgets import SegmentControl, TickBox
from support.person import Person
from support.sessions import write_photos

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def usual_again(qapp: QApplication) -> Iterator[None]:
    """Looks, motion and language are those of the whole program: later tests want the usual ones."""
    yield
    put_on(qapp, Settings())
    settings = Settings()
    settings.text_percent, settings.contrast, settings.reduced_motion = 100, "system", False
    put_on(qapp, settings)
    reduce_motion(False)
    apply_theme(qapp, "dark", "system")
    speak(qapp, "en")


def preferences(person: Person) -> PreferencesSheet:
    person.press(Qt.Key.Key_Comma, CTRL)
    sheet = person.window.sheet
    assert isinstance(sheet, PreferencesSheet)
    return sheet


def choose(person: Person, sheet: PreferencesSheet, name: str, option: str) -> None:
    control = next(each for each in sheet.findChildren(SegmentControl) if each.accessibleName() == name)
    control.segment(option).click()


def test_theme_and_contrast_change_at_once_and_are_kept(person: Person) -> None:
    sheet = preferences(person)
    choose(person, sheet, "Theme", "dark")
    choose(person, sheet, "Contrast", "high")
    assert theme() is DARK_HIGH
    choose(person, sheet, "Theme", "light")
    assert theme() is LIGHT_HIGH
    assert (Settings().scheme, Settings().contrast) == ("light", "high")
    assert person.window.actions_by_id["theme_light"].isChecked()
    person.press(Qt.Key.Key_Comma, CTRL)
    assert person.window.sheet is None


def test_larger_text_makes_words_controls_and_panels_larger_at_once(person: Person, tmp_path: Path) -> None:
    person.window.resize(1800, 1000)
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    window, button = person.window, person.window.top_bar.buttons["export"]
    scale = text_scale()

    def sizes() -> tuple[int, ...]:
        return button.height(), button.width(), window.top_bar.height(), window.evidence.width()

    before = sizes()
    choose(person, preferences(person), "Size of text", "150")
    person.press(Qt.Key.Key_Escape)
    person.wait_until(lambda: all(new > old for new, old in zip(sizes(), before, strict=True)))
    assert text_scale() == pytest.approx(1.5 * scale, rel=0.02)
    assert Settings().text_percent == 150


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_no_button_cuts_its_words_at_any_size_of_text(qapp, person: Person, tmp_path: Path, percent: int) -> None:
    settings = Settings()
    settings.text_percent = percent
    put_on(qapp, settings)
    person.window.resize(1600, 1000)
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    bars = (person.window.top_bar, person.window.job_strip, person.window.centre.header)
    for bar in bars:
        for child in bar.findChildren(SegmentControl) + list(person.window.top_bar.buttons.values()):
            if child.isVisible():
                assert child.height() >= child.sizeHint().height()
                assert child.width() >= child.sizeHint().width()
        lines = [label for label in bar.findChildren(QLabel) if label.isVisible()]
        assert all(label.height() >= label.fontMetrics().height() for label in lines)


def test_reduced_motion_goes_to_the_next_photo_at_once(qapp, person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    sheet = preferences(person)
    next(each for each in sheet.findChildren(TickBox) if each.accessibleName() == "Reduce motion").click()
    person.press(Qt.Key.Key_Escape)
    assert Settings().reduced_motion
    assert lasting_ms(ACCEPTED_MS) == 0
    person.press(Qt.Key.Key_Y)
    for _ in range(2):
        qapp.processEvents()
    assert person.photo_name == "photo_1.png"


def test_another_language_is_told_to_wait_for_the_next_start(qapp, person: Person) -> None:
    sheet = preferences(person)
    assert not sheet.later.isVisible()
    choose(person, sheet, "Language of the window", "de")
    assert sheet.later.isVisible()
    assert Settings().language == "de"
    choose(person, sheet, "Language of the window", "en")
    assert not sheet.later.isVisible()
    choose(person, sheet, "Language of the window", "de")
    # The next start does this before it makes the window.
    speak(qapp, language_of(Settings().language))
    assert PreferencesSheet(person.window).accessibleName() == "Einstellungen"
    assert tr("Close") == "Schließen"
    assert tr_count("{count} photo", "{count} photos", 1204) == "1\u202f204 Fotos"
    speak(qapp, "en")
    assert (tr("Close"), thousands(1204)) == ("Close", "1,204")


@pytest.mark.parametrize(
    ("wanted", "preferred", "language"),
    [
        ("system", ["de-AT", "en-GB"], "de"),
        ("system", ["fr-FR", "de-DE"], "de"),
        ("system", ["fr-FR"], "en"),
        ("system", ["C"], "en"),
        ("system", [], "en"),
        ("de", ["en-GB"], "de"),
        ("en", ["de-DE"], "en"),
    ],
)
def test_the_desktop_s_language_is_spoken_where_we_can(wanted, preferred: list[str], language: str) -> None:
    assert language_of(wanted, preferred) == language


def test_preferences_lead_to_the_keys(person: Person) -> None:
    sheet = preferences(person)
    person.click("Change keys", sheet)
    opened = person.window.sheet
    assert isinstance(opened, ShortcutSheet)
    assert opened.changing
