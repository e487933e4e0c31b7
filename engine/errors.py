"""Errors whose text a person may read.

Every error raised at a border (a photo, a label file, a model file, a project, a command line) is a
`MoltboxError`. Its message is one plain sentence that names the file, the field and what was expected, so that
the window and the command line can show it as it stands.
"""

from __future__ import annotations

from pathlib import Path


class MoltboxError(Exception):
    """Base of all errors that are meant to be read by a person."""


class PhotoError(MoltboxError):
    """A photo cannot be read: missing, cut off, not a picture, too large."""


class ModelFileError(MoltboxError):
    """A model file is damaged or breaks its contract; `field` names the place."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class LabelFileError(MoltboxError):
    """A label file (COCO, VOC, CSV) cannot be read or written."""


class FileInTheWayError(LabelFileError):
    """A file stands where a label file was to be written, and Moltbox did not write it."""


class ProjectError(MoltboxError):
    """A project cannot be opened, or a change to it cannot be saved."""


class DamagedProjectError(ProjectError):
    """A project's file is damaged or gone, and a backup of it is there; `path` is the file."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


class NewerProjectError(ProjectError):
    """A project was made by a newer Moltbox; nothing is wrong with it."""


class Cancelled(MoltboxError):
    """The person stopped the work; not a failure."""
