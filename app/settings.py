"""What Moltbox remembers between two starts: how it looks and speaks, recent folders, the person's keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from PySide6.QtCore import QByteArray, QSettings

from app.canvas.colour_maps import COLOUR_MAPS, ColourMapName
from app.language import LANGUAGES, Language
from app.theme.fonts import TEXT_PERCENTS
from app.theme.palette import CONTRASTS, SCHEMES, Contrast, Scheme
from engine.dataset.voc_mirror import MIRROR_PLACES, MirrorPlace

MAX_RECENTS = 8
LEAST_OPACITY, MOST_OPACITY = 0.0, 1.0
USUAL_OPACITY = 0.54
# No key is written with it.
_KEY_BREAK = "\t"


class Settings:
    """Typed access to one ini file; a value that makes no sense reads as its default.

    The file is the one `MOLTBOX_SETTINGS` names, else the usual place for settings of this person.
    """

    def __init__(self) -> None:
        named = os.environ.get("MOLTBOX_SETTINGS")
        if named:
            self._store = QSettings(named, QSettings.Format.IniFormat)
        else:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Moltbox", "Moltbox")

    @property
    def path(self) -> Path:
        """The ini file."""
        return Path(self._store.fileName())

    def flush(self) -> None:
        """Writes what was changed to the file now."""
        self._store.sync()

    @property
    def scheme(self) -> Scheme:
        """Colour scheme: "system", "dark" or "light"."""
        value = self._text("theme", "system")
        return cast(Scheme, value) if value in SCHEMES else "system"

    @scheme.setter
    def scheme(self, value: Scheme) -> None:
        self._store.setValue("theme", value)

    @property
    def contrast(self) -> Contrast:
        """Contrast of the colours: "system", "usual" or "high"."""
        value = self._text("contrast", "system")
        return cast(Contrast, value) if value in CONTRASTS else "system"

    @contrast.setter
    def contrast(self, value: Contrast) -> None:
        self._store.setValue("contrast", value)

    @property
    def text_percent(self) -> int:
        """Size of all text in per cent of the system's, one of `TEXT_PERCENTS`."""
        text = self._text("text_percent", "100")
        return int(text) if text.isdecimal() and int(text) in TEXT_PERCENTS else 100

    @text_percent.setter
    def text_percent(self, value: int) -> None:
        self._store.setValue("text_percent", str(value))

    @property
    def reduced_motion(self) -> bool:
        """Whether everything that moves shall be instant instead."""
        return self._text("reduced_motion", "false") == "true"

    @reduced_motion.setter
    def reduced_motion(self, value: bool) -> None:
        self._store.setValue("reduced_motion", "true" if value else "false")

    @property
    def moves_on(self) -> bool:
        """Whether the next photo follows when a photo has its last answer."""
        return self._text("deciding/moves_on", "true") != "false"

    @moves_on.setter
    def moves_on(self, value: bool) -> None:
        self._store.setValue("deciding/moves_on", "true" if value else "false")

    @property
    def voc_mirror(self) -> MirrorPlace:
        """Where VOC files follow the decisions: "off", "beside" the photos, or in a "folder" of their own."""
        value = self._text("deciding/voc_mirror", "off")
        return cast(MirrorPlace, value) if value in MIRROR_PLACES else "off"

    @voc_mirror.setter
    def voc_mirror(self, value: MirrorPlace) -> None:
        self._store.setValue("deciding/voc_mirror", value)

    @property
    def language(self) -> Language:
        """Language of the window from the next start: "system", "en" or "de"."""
        value = self._text("language", "system")
        return cast(Language, value) if value in LANGUAGES else "system"

    @language.setter
    def language(self, value: Language) -> None:
        self._store.setValue("language", value)

    @property
    def opacity(self) -> float:
        """Opacity of the heat map over the photo, in [0, 1]."""
        try:
            value = float(self._text("map/opacity", str(USUAL_OPACITY)))
        except ValueError:
            return USUAL_OPACITY
        return value if LEAST_OPACITY <= value <= MOST_OPACITY else USUAL_OPACITY

    @opacity.setter
    def opacity(self, value: float) -> None:
        self._store.setValue("map/opacity", f"{min(max(value, LEAST_OPACITY), MOST_OPACITY):.3f}")

    @property
    def colour_map(self) -> ColourMapName:
        """Colours of heat maps: "inferno", "viridis" or "grey"."""
        value = self._text("map/colours", COLOUR_MAPS[0])
        return cast(ColourMapName, value) if value in COLOUR_MAPS else COLOUR_MAPS[0]

    @colour_map.setter
    def colour_map(self, value: ColourMapName) -> None:
        self._store.setValue("map/colours", value)

    @property
    def recents(self) -> tuple[Path, ...]:
        """Folders opened lately, the latest first; at most eight, some may be gone by now."""
        count = self._store.beginReadArray("recents")
        found = []
        for place in range(min(count, MAX_RECENTS)):
            self._store.setArrayIndex(place)
            folder = self._text("folder", "")
            if folder:
                found.append(Path(folder))
        self._store.endArray()
        return tuple(found)

    def remember(self, folder: Path) -> None:
        """Puts a folder first in the recents."""
        folder = folder.absolute()
        self._write_recents((folder, *(known for known in self.recents if known != folder))[:MAX_RECENTS])

    def forget(self, folder: Path) -> None:
        """Takes a folder out of the recents."""
        self._write_recents(tuple(known for known in self.recents if known != folder.absolute()))

    @property
    def evidence_shown(self) -> bool:
        """Whether the evidence panel stands at the right."""
        return self._text("window/evidence", "true") != "false"

    @evidence_shown.setter
    def evidence_shown(self, value: bool) -> None:
        self._store.setValue("window/evidence", "true" if value else "false")

    @property
    def trainer_python(self) -> str:
        """The Python that trains for a desktop build; empty where none has been chosen."""
        return self._text("trainer_python", "")

    @trainer_python.setter
    def trainer_python(self, value: str) -> None:
        self._store.setValue("trainer_python", value)

    @property
    def canvas_aids(self) -> frozenset[str]:
        """Ids of the acts that are switched on for the canvas, such as "crosshair"; some may be of another version."""
        return frozenset(self._text("canvas/aids", "").split())

    @canvas_aids.setter
    def canvas_aids(self, value: frozenset[str]) -> None:
        self._store.setValue("canvas/aids", " ".join(sorted(value)))

    @property
    def list_width(self) -> int:
        """Width of the photo list in wide windows, px; 0 when it was never changed."""
        text = self._text("window/list_width", "0")
        return int(text) if text.isdecimal() else 0

    @list_width.setter
    def list_width(self, value: int) -> None:
        self._store.setValue("window/list_width", str(value))

    @property
    def list_grid(self) -> bool:
        """Whether the photo list shows photos side by side."""
        return self._text("window/list_grid", "false") == "true"

    @list_grid.setter
    def list_grid(self, value: bool) -> None:
        self._store.setValue("window/list_grid", "true" if value else "false")

    @property
    def own_keys(self) -> dict[str, tuple[str, ...]]:
        """Keys that the person chose, by act; an empty tuple for an act that shall have none."""
        self._store.beginGroup("keys")
        found = {name: self._text(name, "") for name in self._store.childKeys()}
        self._store.endGroup()
        return {name: tuple(key for key in text.split(_KEY_BREAK) if key) for name, text in found.items()}

    @own_keys.setter
    def own_keys(self, value: Mapping[str, tuple[str, ...]]) -> None:
        self._store.remove("keys")
        for name, keys in value.items():
            self._store.setValue(f"keys/{name}", _KEY_BREAK.join(keys))

    @property
    def geometry(self) -> QByteArray:
        """Place and size of the window as Qt packs them; empty at the first start."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _write_recents(self, folders: tuple[Path, ...]) -> None:
        self._store.remove("recents")
        self._store.beginWriteArray("recents", len(folders))
        for place, folder in enumerate(folders):
            self._store.setArrayIndex(place)
            self._store.setValue("folder", str(folder))
        self._store.endArray()
