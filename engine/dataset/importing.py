"""Bringing labels that were read into a project, whether they are boxes or classes of whole photos."""

from __future__ import annotations

import contextlib

from engine.dataset.label_sources import ReadLabels
from engine.dataset.project import Project
from engine.dataset.project_labels import ImportReport
from engine.dataset.yolo import PhotoSize
from engine.errors import PhotoError
from engine.images import read_header


def photo_sizes(project: Project) -> list[PhotoSize]:
    """Path and upright size of every photo of a project; headers are read where a size is not known yet.

    A photo that cannot be read has size 0.
    """
    found = []
    for row in project.photos():
        width, height = row.width, row.height
        if not width or not height:
            with contextlib.suppress(PhotoError):
                header = read_header(project.root / row.path)
                width, height = header.width, header.height
        found.append((row.path, width, height))
    return found


def bring_in(project: Project, read: ReadLabels, *, reviewed: bool) -> ImportReport:
    """Brings labels into a project in one transaction; see `Project.add_label_set` and `Project.set_named_labels`.

    Raises:
        ProjectError: the project cannot be changed.
    """
    if read.boxes is not None:
        return project.add_label_set(read.boxes, reviewed=reviewed)
    labels = dict(read.classes or {})
    return ImportReport(project.set_named_labels(labels, "table"), 0)
