"""For whom a threshold counts: one photo, a class, or all photos; kept with the project and used by new proposals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject

from app.proposals import ids_for, need_of_cut, rows_for
from app.session_types import Message
from app.texts import tr
from app.threshold_maps import MapsWanted, OpenMapReader, StoredTable, boxes_that_move
from engine.dataset.project_records import BoxState, PhotoContent, PhotoState, Proposals
from engine.errors import MoltboxError
from engine.prelabel.reboxing import Reboxing

if TYPE_CHECKING:
    from app.session import Session

ScopeName = Literal["all", "class", "selected"]

_SETTING = "thresholds"
_TOGETHER = 32


@dataclass(frozen=True, slots=True)
class NewThreshold:
    """A threshold for many photos.

    Attributes:
        threshold: in [0, 1].
        photo_ids: the photos whose boxes follow it at once.
        scope: whose new proposals use it from now on; "selected" changes these photos alone.
        class_id: of the scope "class".
    """

    threshold: float
    photo_ids: tuple[int, ...]
    scope: ScopeName
    class_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """The thresholds of the open project, None where the calibrated one counts."""

    for_all: float | None = None
    by_class: tuple[tuple[int, float], ...] = ()


class ThresholdScope(QObject):
    """The project's thresholds."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def usual(self, class_id: int | None = None) -> float:
        """The threshold at which new proposals are made: the class's own, else that for all, else the calibrated."""
        kept = self._kept()
        own = dict(kept.by_class).get(class_id) if class_id is not None else None
        if own is not None:
            return own
        return kept.for_all if kept.for_all is not None else self._session.calibrated_threshold

    def reader(self) -> OpenMapReader | None:
        """A thread, not started, that reads what all open photos' maps answer; None without folder or model."""
        project, localizer = self._session.project, self._session.localizer
        if project is None or localizer is None:
            return None
        names = {row.id: row.name for row in self._session.classes}
        anchors = project.anchors(self._session.model_number)
        wanted = MapsWanted(
            project.root,
            project.path.parent,
            self._session.model_number,
            localizer.model.class_names,
            localizer.names,
            anchors,
            names,
        )
        reader = OpenMapReader(wanted, self)
        reader.measured.connect(self._keep_tables)
        return reader

    def apply(self, new: NewThreshold, many: Reboxing) -> None:
        """Boxes photos again at a threshold, a few at a time, and keeps it for new proposals: one undo step.

        Boxes that a person has decided on stay, and so do photos decided on since `many` was read.
        """
        session = self._session
        if session.project is None or session.read_only or session.many.waits(lambda: self.apply(new, many)):
            return
        text = tr("Threshold {value}", value=f"{new.threshold:.2f}")
        before, after = self._kept(), self._with(new)
        if not self._keep(after):
            return
        befores: dict[int, Proposals] = {}
        afters: dict[int, Proposals] = {}

        known = cache(session.knows_class)

        def reboxed(content: PhotoContent) -> Proposals | None:
            return self._reboxed(content, new.threshold, many, known)

        def push() -> None:
            if session.project is not None:
                session.push_step(text, lambda: back(before, befores), lambda: back(after, afters))

        def back(kept: _Kept, proposals: dict[int, Proposals]) -> bool:
            return self._turn(text, kept, proposals)

        steps = self._write(text, new.photo_ids, reboxed, befores, afters)
        if new.photo_ids and next(steps, False) is False:
            self._keep(before)
            return
        session.many.run(steps, push, makes_step=True)

    # Boxes.

    def _reboxed(
        self, content: PhotoContent, threshold: float, many: Reboxing, known: Callable[[int], bool]
    ) -> Proposals | None:
        """What a photo proposes at a threshold; None where it is no longer open."""
        if content.state is not PhotoState.PROPOSED:
            return None
        cuts = many.cuts(content.photo_id, threshold)
        rows = [row for row in content.boxes if row.state is BoxState.PROPOSED and row.class_id not in cuts]
        needs = []
        for class_id, cut in cuts.items():
            if boxes_that_move(content, class_id) is None:
                continue
            moving = [row for row in content.boxes if row.class_id == class_id]
            ids = tuple(max(box_id, 0) for box_id in ids_for(cut.boxes, moving))
            rows += rows_for(cut.boxes, class_id, threshold, self._session.model_number, ids)
            needs.append(need_of_cut(cut, threshold, known=known(class_id)))
        if not needs:
            return None
        need, note = max(needs)
        return Proposals(content.photo_id, tuple(rows), need, note)

    def _write(
        self,
        text: str,
        photo_ids: Sequence[int],
        change: Callable[[PhotoContent], Proposals | None],
        befores: dict[int, Proposals],
        afters: dict[int, Proposals],
    ) -> Iterator[None]:
        """Stores what `change` proposes, some photos a step; notes what was there and what is there now.

        Each step is one transaction: wherever the steps end, a photo is as it was or as it is to be.
        """
        for start in range(0, len(photo_ids), _TOGETHER):
            if not self._store(photo_ids[start : start + _TOGETHER], change, befores, afters):
                return
            self._session.many.progress.emit(text, min(start + _TOGETHER, len(photo_ids)), len(photo_ids))
            yield

    def _store(
        self,
        photo_ids: Sequence[int],
        change: Callable[[PhotoContent], Proposals | None],
        befores: dict[int, Proposals],
        afters: dict[int, Proposals],
    ) -> bool:
        session = self._session
        if session.project is None:
            return False
        try:
            changed = session.project.propose_anew(photo_ids, change)
        except MoltboxError as error:
            session.saved_changed.emit(False)
            session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        befores.update((before.photo_id, self._proposals(before)) for before, _ in changed)
        stored = [after for _, after in changed]
        session.show_stored(stored)
        afters.update((after.photo_id, self._proposals(after)) for after in stored)
        return True

    def _proposals(self, content: PhotoContent) -> Proposals:
        """A photo's proposals, with the need that the list shows of it now."""
        row = self._session.photo(content.photo_id)
        undecided = tuple(row for row in content.boxes if row.state is BoxState.PROPOSED)
        return Proposals(content.photo_id, undecided, row.need, row.note)

    def _turn(self, text: str, kept: _Kept, wanted: dict[int, Proposals]) -> bool:
        """Goes to one side of the undo step; answers False where the disk refuses the first photos of it.

        Shows the first of its photos where the current one is none of them.
        """
        session, before = self._session, self._kept()
        current = session.current
        if wanted and (current is None or current.id not in wanted):
            session.go_to(next(iter(wanted)))
        if not self._keep(kept):
            return False
        stored: dict[int, Proposals] = {}

        def back(content: PhotoContent) -> Proposals | None:
            return wanted[content.photo_id] if content.state is PhotoState.PROPOSED else None

        steps = self._write(text, list(wanted), back, {}, stored)
        if wanted and next(steps, False) is False:
            self._keep(before)
            return False
        session.many.run(steps, lambda: wanted.update(stored))
        return True

    def _keep_tables(self, tables: list[StoredTable]) -> None:
        session = self._session
        if session.project is None or session.read_only:
            return
        try:
            session.project.put_thresholds(tables)
        except MoltboxError as error:
            session.message.emit(Message("warn", tr("Not kept for the next time"), str(error)))

    # The setting.

    def _kept(self) -> _Kept:
        project = self._session.project
        stored = project.setting(_SETTING) if project is not None else None
        # A threshold belongs to the maps of one model.
        if not isinstance(stored, dict) or stored.get("model") != self._session.model_number:
            return _Kept()
        by_class = stored.get("classes")
        pairs = by_class.items() if isinstance(by_class, dict) else ()
        own = tuple((int(key), value) for key, value in pairs if key.isdecimal() and _is_threshold(value))
        for_all = stored.get("all")
        return _Kept(for_all if _is_threshold(for_all) else None, own)

    def _with(self, new: NewThreshold) -> _Kept:
        kept = self._kept()
        if new.scope == "all":
            return _Kept(new.threshold)
        if new.scope == "class" and new.class_id is not None:
            return replace(kept, by_class=tuple({**dict(kept.by_class), new.class_id: new.threshold}.items()))
        return kept

    def _keep(self, kept: _Kept) -> bool:
        session = self._session
        if session.project is None:
            return False
        classes = {str(class_id): value for class_id, value in kept.by_class}
        value = {"model": session.model_number, "all": kept.for_all, "classes": classes}
        try:
            session.project.put_setting(_SETTING, value)
        except MoltboxError as error:
            session.saved_changed.emit(False)
            session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        return True


def _is_threshold(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0.0 <= value <= 1.0
