"""VOC files that follow a project's decisions: one for each reviewed photo, beside it or in a folder of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

from engine.dataset.files import inside
from engine.dataset.project import Project
from engine.dataset.voc import ANNOTATIONS, is_in_step, write_voc_photo, xml_names
from engine.errors import LabelFileError
from engine.images import read_header

MirrorPlace = Literal["off", "beside", "folder"]
MIRROR_PLACES: tuple[MirrorPlace, ...] = ("off", "beside", "folder")


class VocMirror:
    """Brings the files in step with the project, a photo at a time; belongs to the thread that made it.

    Only files of its own are ever removed, and none that another tool wrote is replaced.
    """

    def __init__(self, project: Project, place: MirrorPlace) -> None:
        """
        Args:
            project: may be read-only.
            place: `beside` each photo, or in `folder` Annotations with the photos' sub-folders mirrored.
        """
        self._project = project
        self._folder = project.root / ANNOTATIONS if place == "folder" else project.root
        self._names: dict[str, str] = {}

    def update(self, photo_id: int) -> None:
        """Writes a photo's file where the photo is reviewed, and removes it where it no longer is.

        Raises:
            FileInTheWayError: another tool's file stands in its place.
            MoltboxError: the file cannot be written or removed, a link on the way to it leads out of the project's
                folder, or the photo cannot be read.
        """
        photo = self._project.labelled_photo(photo_id)
        path = self._path(photo.path)
        if not photo.verified:
            _remove(path)
            return
        if not photo.width or not photo.height:
            header = read_header(self._project.root / photo.path)
            photo = replace(photo, width=header.width, height=header.height)
        write_voc_photo(path, photo, in_step=True)

    def _path(self, photo_path: str) -> Path:
        if photo_path not in self._names:  # a new photo may also change the names of those known
            self._names = xml_names(row.path for row in self._project.photos())
        return inside(self._project.root, self._folder / PurePosixPath(self._names[photo_path]))


def _remove(path: Path) -> None:
    try:
        if path.is_file() and is_in_step(path):
            path.unlink()
    except OSError as error:
        raise LabelFileError(f"{path} cannot be removed: {error.strerror}.") from error
