"""What the photos' own headers tell, for label files: sizes that the project does not know yet, and turning by EXIF."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.dataset.records import LabelledPhoto
from engine.errors import PhotoError
from engine.images import read_header


def sized(photo: LabelledPhoto, root: Path) -> tuple[LabelledPhoto, bool]:
    """A photo with its upright size in pixels, and whether EXIF turns it; unchanged where its file cannot be read.

    Args:
        root: folder of the photos. Of a photo whose size is known, that size stays.
    """
    try:
        header = read_header(root / photo.path)
    except PhotoError:
        return photo, False
    if photo.width and photo.height:
        return photo, header.turned
    return replace(photo, width=header.width, height=header.height), header.turned
