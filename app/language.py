"""The language of the window: English from the source, or a catalogue of `resources/translations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from app.texts import group_digits_by
from engine.resources import resource_path

Language = Literal["system", "en", "de"]
LANGUAGES: dict[Language, str] = {"en": "English", "de": "Deutsch"}
"""What the window can speak, each named in itself; "en" is the source and needs no catalogue."""

_spoken: Language = "en"

# A narrow space is read right beside both 1.204 and 1,204; the figures' own decimal point stays.
_SEPARATORS = {"en": ",", "de": "\u202f"}


def language_of(wanted: Language, preferred: Sequence[str] | None = None) -> Language:
    """The language to speak: the one wanted, or for "system" the first of the desktop's that we have, else English.

    Args:
        wanted: the setting.
        preferred: the desktop's languages as codes such as "de-AT", the best first; asked of the desktop by default.
    """
    if wanted in LANGUAGES:
        return wanted
    for code in QLocale.system().uiLanguages() if preferred is None else preferred:
        spoken = code.replace("_", "-").partition("-")[0].lower()
        if spoken in LANGUAGES:
            return cast(Language, spoken)
    return "en"


def spoken() -> Language:
    """The language that the window speaks now."""
    return _spoken


def speak(app: QCoreApplication, language: Language) -> None:
    """Makes every text read from now on appear in a language; what is on the screen already stays as it is."""
    global _spoken
    _spoken = language
    for old in app.findChildren(QTranslator):
        app.removeTranslator(old)
        old.deleteLater()
    group_digits_by(_SEPARATORS[language])
    if language == "en":
        return
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in ((f"qtbase_{language}", qt), (f"moltbox_{language}", str(resource_path("translations")))):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
