"""Opens the project of a folder of photos, also of one that cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.dataset.project import Project
from engine.dataset.project_file import PHOTOS_SETTING, PROJECT_FOLDER, home_elsewhere
from engine.errors import ProjectError


def open_project(folder: Path, on_checked: Callable[[Path, str], None]) -> Project:
    """The project inside the folder; of a folder that cannot be written, the one kept among the person's data.

    Args:
        folder: of photos.
        on_checked: is told the folder, and what is wrong with its project's file or "" (see `Project.open`).

    Raises:
        ProjectError: it cannot be opened at either place.
    """
    try:
        return Project.open(folder, on_checked=lambda problem: on_checked(folder, problem))
    except ProjectError:
        if (folder / PROJECT_FOLDER).exists():
            raise
        home = home_elsewhere(folder)
        project = Project.open(folder, location=home, on_checked=lambda problem: on_checked(folder, problem))
        if not project.read_only and project.setting(PHOTOS_SETTING) != str(folder.absolute()):
            project.put_setting(PHOTOS_SETTING, str(folder.absolute()))
        return project
