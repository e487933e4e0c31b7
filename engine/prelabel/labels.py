"""Where a photo's image-level labels come from: its folder, a table, or the model itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.dataset.checks import check_class_names, why_unnameable
from engine.dataset.table import read_label_table
from engine.errors import LabelFileError
from engine.localization.naming import fold_name, folder_label
from engine.prelabel.pipeline import Task

LabelSource = Callable[[str], tuple[str, ...] | None]
"""Answers a photo's labels, given its path below the folder with forward slashes: () where the source names none, None
where the model is to choose."""


def label_source(classes: str, root: Path) -> LabelSource:
    """Makes the source that `--classes` names.

    Args:
        classes: "folder" (the parent folder's name), "model" (no label), or a CSV file with columns image, class.
        root: the folder of photos; a photo directly in it takes the name of `root`'s own folder under "folder".

    Raises:
        LabelFileError: the table cannot be read.
    """
    if classes == "model":
        return lambda _: None
    if classes == "folder":
        own_name = root.resolve().name
        return lambda relative: (folder_label(relative) or own_name,)
    table = read_label_table(Path(classes))
    return lambda relative: table.get(relative, ())


def why_unfit(relative: str, labels: LabelSource) -> str | None:
    """Why a photo cannot stand in a label file whatever is found on it, as one sentence; None where it can.

    Its path or one of its labels is not valid text, has control characters, or is empty.
    """
    try:
        check_class_names(labels(relative) or ())
        return why_unnameable(relative)
    except LabelFileError as error:
        return str(error)


def with_labels(
    photos: Iterable[Path], root: Path, labels: LabelSource, limit: frozenset[str] | None
) -> Iterator[tuple[Path, list[str]]]:
    """Photos below `root` with those of their labels that are allowed; none where the model is to choose."""
    for path in photos:
        found = labels(path.relative_to(root).as_posix()) or ()
        yield path, [label for label in found if limit is None or fold_name(label) in limit]


def digest(classes: str) -> str:
    """`--classes` as a run's facts keep it: "folder", "model", or the SHA-256 of the table.

    Raises:
        LabelFileError: the table cannot be read.
    """
    if classes in ("folder", "model"):
        return classes
    try:
        return hashlib.sha256(Path(classes).read_bytes()).hexdigest()
    except OSError as error:
        raise LabelFileError(f"{classes} cannot be read: {error.strerror}.") from error


def tasks_for(names: Iterable[str], root: Path, labels: LabelSource) -> Iterator[Task]:
    """What the pipeline is given for photos, by their relative paths."""
    return (Task(root / name, name, labels(name)) for name in names)


def class_limit(text: str | None) -> frozenset[str] | None:
    """The folded class names that `--limit-classes` lets through; None for all, where it is not given."""
    return frozenset(fold_name(name) for name in text.split(",") if name.strip()) if text else None
