"""The project's classes and the labels of whole photos."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

from engine.dataset import class_rows, photo_rows
from engine.dataset.project_records import ClassRow, ClassUse, GoneClass
from engine.errors import ProjectError

MERGED_TOGETHER = 1000
"""Boxes and labels that go to another class in one transaction: some milliseconds."""


class ProjectClasses:
    """The part of `Project` that is about classes; every act is one transaction."""

    _connection: sqlite3.Connection

    def _act(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def _reading(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def _note(self, photo_id: int | None, kind: str, payload: dict[str, object]) -> None:
        raise NotImplementedError

    def classes(self) -> tuple[ClassRow, ...]:
        """The classes in the order in which they were made."""
        with self._reading():
            return class_rows.classes(self._connection)

    def class_named(self, name: str, *, create: bool = True) -> ClassRow:
        """The class of this name, made where there is none; the first ten get the keys 1 to 9 and 0.

        Raises:
            ProjectError: the name is empty or has control characters, or there is no such class and `create` is False.
        """
        with self._reading():
            known = class_rows.find(self._connection, name.strip())
        if known is not None:
            return known
        if not create:
            raise ProjectError(f"The project has no class {name!r}.")
        with self._act():
            return class_rows.find_or_add(self._connection, name)

    def rename_class(self, class_id: int, name: str) -> None:
        """Renames a class; its id, colour and boxes stay.

        Raises:
            ProjectError: another class has this name, or it is empty or has control characters.
        """
        with self._act():
            class_rows.rename(self._connection, class_id, name)

    def recolour_class(self, class_id: int, colour_index: int) -> None:
        """Gives a class another place in the palette of class colours, 0 or more."""
        with self._act():
            class_rows.recolour(self._connection, class_id, colour_index)

    def set_class_keys(self, keys: Mapping[int, str | None]) -> None:
        """Gives classes, by id, a digit or none; a digit is taken from the class that had it.

        Raises:
            ProjectError: a class is unknown, a key is no digit, or two classes are given the same.
        """
        with self._act():
            class_rows.set_keys(self._connection, keys)

    def class_use(self) -> dict[int, ClassUse]:
        """Where each class is used, every class present."""
        with self._reading():
            return class_rows.use(self._connection)

    def merge_classes(self, class_id: int, into_id: int, *, most: int = MERGED_TOGETHER) -> GoneClass:
        """Gives boxes and labels of a class to another one, and takes the class out with the last, in one transaction.

        A transaction on a hundred thousand boxes would keep everybody waiting for a second; what one call has done is a
        sound project, whether the next one comes or not.

        Args:
            most: boxes and labels in all that this call gives.

        Returns:
            what `restore_classes` needs to part them again; its `is_out` tells whether it was all.

        Raises:
            ProjectError: both are the same, or one is unknown.
        """
        with self._act():
            gone = class_rows.merge(self._connection, class_id, into_id, most)
            self._note(None, "merge classes", {"class": gone.row.name, "into": into_id, "boxes": list(gone.box_ids)})
            return gone

    def delete_classes(self, class_ids: Iterable[int]) -> list[GoneClass]:
        """Takes out classes that no box and no photo has, in one transaction.

        Raises:
            ProjectError: one is unknown or in use; then all stay.
        """
        with self._act():
            return [class_rows.delete(self._connection, class_id) for class_id in class_ids]

    def restore_classes(self, gone: Iterable[GoneClass]) -> None:
        """Brings classes back under their ids, with the boxes and labels that a merge took from them.

        Of a merge in several parts the last part, which took the class out, comes back first.

        Raises:
            ProjectError: there is another class of that name by now.
        """
        with self._act():
            for each in gone:
                class_rows.restore(self._connection, each)
                self._note(None, "restore class", {"class": each.row.name, "boxes": list(each.box_ids)})

    def set_label(self, photo_id: int, class_id: int | None, source: str) -> None:
        """Sets what one source (`person`, `table` or `folder`) says the photo shows; None takes its word back."""
        self.set_labels([(photo_id, () if class_id is None else (class_id,))], source)

    def set_labels(self, items: Iterable[tuple[int, Iterable[int]]], source: str) -> None:
        """Sets the classes of many photos, `(photo id, class ids)`, as one source gives them, in one transaction."""
        with self._act():
            for photo_id, class_ids in items:
                photo_rows.set_labels(self._connection, photo_id, class_ids, source)

    def set_named_labels(self, labels: dict[str, tuple[str, ...]], source: str) -> int:
        """Sets classes by name for photos by path, makes the classes, and returns how many photos are known."""
        with self._act():
            return self._set_named(labels, source)

    def _set_named(self, labels: Mapping[str, tuple[str, ...]], source: str) -> int:
        known = 0
        for path, names in labels.items():
            photo_id = photo_rows.photo_id_of(self._connection, path)
            if photo_id is None:
                continue
            class_ids = [class_rows.find_or_add(self._connection, name).id for name in names]
            photo_rows.set_labels(self._connection, photo_id, class_ids, source)
            known += 1
        return known

    def labels(self, photo_id: int) -> tuple[tuple[int, str], ...]:
        """The photo's `(class id, source)` pairs, the one that counts first."""
        with self._reading():
            return photo_rows.labels(self._connection, photo_id)
