"""Acts on the classes of a project: each is stored at once and is one undo step of its own name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from app.session_types import Message
from app.texts import tr, tr_count
from engine.dataset.project import Project
from engine.dataset.project_records import ClassRow, GoneClass
from engine.errors import MoltboxError

if TYPE_CHECKING:
    from app.session import Session

Told = TypeVar("Told")


class ClassActs:
    """What a person does to classes. Every act answers whether it is stored; where it is not, a message says why."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def row(self, class_id: int) -> ClassRow | None:
        """A class as it is now."""
        return next((row for row in self._session.classes if row.id == class_id), None)

    def add(self, name: str) -> ClassRow | None:
        """Makes a class; the one of that name where there is one already."""
        known = {row.id for row in self._session.classes}
        added = self._do(lambda project: project.class_named(name))
        if added is None or added.id in known:
            return added
        self._show()
        gone = [GoneClass(added)]
        self._session.push_step(tr("Add class"), lambda: self._delete(gone), lambda: self._restore(gone))
        return added

    def rename(self, class_id: int, name: str) -> bool:
        before = self.row(class_id)
        if before is None or before.name == name.strip():
            return before is not None
        return self._swap(tr("Rename class"), lambda wanted: _rename(class_id, wanted), before.name, name)

    def recolour(self, class_id: int, colour_index: int) -> bool:
        """Gives a class another place in the palette of class colours."""
        before = self.row(class_id)
        if before is None or before.colour_index == colour_index:
            return before is not None
        old = before.colour_index
        return self._swap(tr("Recolour class"), lambda wanted: _recolour(class_id, wanted), old, colour_index)

    def set_key(self, class_id: int, key: str | None) -> bool:
        """Gives a class a digit, or none; the class that had the digit has none then."""
        before = self.row(class_id)
        if before is None or before.key == key:
            return before is not None
        loser = next((row for row in self._session.classes if key is not None and row.key == key), None)
        old: dict[int, str | None] = {class_id: before.key}
        new: dict[int, str | None] = {class_id: key}
        if loser is not None:
            old[loser.id], new[loser.id] = loser.key, None
        return self._swap(tr("Change key of class"), _set_keys, old, new)

    def merge(self, class_id: int, into_id: int) -> bool:
        """Gives all boxes and labels of a class to another one, some at a time; the class is gone then."""
        if self._session.many.waits(lambda: self.merge(class_id, into_id)):
            return True
        gone: list[GoneClass] = []

        def again() -> bool:
            return self._merge(gone, class_id, into_id)

        def push() -> None:
            self._session.push_step(tr("Merge classes"), lambda: self._part(gone), again)

        return self._merge(gone, class_id, into_id, push)

    def delete(self, class_ids: Iterable[int]) -> bool:
        """Takes out classes that no box and no photo has."""
        class_ids = tuple(class_ids)
        if self._session.many.waits(lambda: self.delete(class_ids)):
            return True
        gone = [GoneClass(row) for row in map(self.row, class_ids) if row is not None]
        if not gone or not self._delete(gone):
            return False
        text = tr_count("Delete {count} class", "Delete {count} classes", len(gone))
        self._session.push_step(text, lambda: self._restore(gone), lambda: self._delete(gone))
        return True

    def _swap(self, text: str, act: Callable[[Told], Callable[[Project], None]], old: Told, new: Told) -> bool:
        """Stores `new`, and makes the step that goes back to `old`."""

        def store(wanted: Told) -> bool:
            def run(project: Project) -> bool:
                act(wanted)(project)
                return True

            done = self._do(run) is not None
            if done:
                self._show()
            return done

        if not store(new):
            return False
        self._session.push_step(text, lambda: store(old), lambda: store(new))
        return True

    def _merge(
        self, gone: list[GoneClass], class_id: int, into_id: int, push: Callable[[], None] | None = None
    ) -> bool:
        """Merges, the first boxes at once; answers False where that is refused. `gone` takes in what went."""
        steps = self._merging(gone, class_id, into_id)
        if next(steps, False) is False:
            return False
        self._do_rest(steps, push, is_done=gone[-1].is_out)
        return True

    def _merging(self, gone: list[GoneClass], class_id: int, into_id: int) -> Iterator[None]:
        is_out = False
        while not is_out and (went := self._do(lambda project: project.merge_classes(class_id, into_id))) is not None:
            gone.append(went)
            is_out = went.is_out
            self._show_moved(went)
            yield

    def _part(self, gone: list[GoneClass]) -> bool:
        """Takes a merge back, its last boxes at once; answers False where that is refused. `gone` loses them."""
        steps = self._parting(gone)
        if next(steps, False) is False:
            return False
        self._do_rest(steps, None, is_done=not gone)
        return True

    def _parting(self, gone: list[GoneClass]) -> Iterator[None]:
        while gone and self._bring_back(gone[-1:]):
            self._show_moved(gone.pop())
            yield

    def _do_rest(self, steps: Iterator[None], push: Callable[[], None] | None, *, is_done: bool) -> None:
        """Does what is left of a merge while the window goes on; `push` makes the undo step of what is done then."""
        then = push or (lambda: None)
        if is_done:
            then()
        else:
            self._session.many.run(steps, then, makes_step=push is not None)

    def _delete(self, gone: list[GoneClass]) -> bool:
        deleted = self._do(lambda project: project.delete_classes([each.row.id for each in gone]))
        if deleted is None:
            return False
        gone[:] = deleted
        self._show()
        return True

    def _restore(self, gone: list[GoneClass]) -> bool:
        if not self._bring_back(gone):
            return False
        self._show()
        return True

    def _bring_back(self, gone: list[GoneClass]) -> bool:
        def run(project: Project) -> bool:
            project.restore_classes(gone)
            return True

        return self._do(run) is not None

    def _do(self, act: Callable[[Project], Told]) -> Told | None:
        project = self._session.project
        if project is None:
            return None
        try:
            return act(project)
        except MoltboxError as error:
            self._session.message.emit(Message("bad", tr("The class stays as it is"), str(error)))
            return None

    def _show(self) -> None:
        self._session.show_classes()

    def _show_moved(self, moved: GoneClass) -> None:
        """Shows boxes and labels that have another class now: the current photo's at once, others follow."""
        current = self._session.current
        if moved.is_out or (current is not None and current.id in moved.photo_ids):
            self._show()
        self._session.stale_rows.add(moved.photo_ids)


def _rename(class_id: int, name: str) -> Callable[[Project], None]:
    return lambda project: project.rename_class(class_id, name)


def _recolour(class_id: int, colour_index: int) -> Callable[[Project], None]:
    return lambda project: project.recolour_class(class_id, colour_index)


def _set_keys(keys: Mapping[int, str | None]) -> Callable[[Project], None]:
    return lambda project: project.set_class_keys(keys)
