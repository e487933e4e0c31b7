"""Boxing many photos again at another threshold, from what their maps answer at every threshold; no map is made.

many = Reboxing(open_maps)                 # once, from stored tables
outcome = many.at(0.46)                    # milliseconds for 100,000 photos
outcome.counts()                           # how many boxes move, go, come, stay
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, as_array
from engine.localization.boxes import ProposedBox
from engine.localization.threshold_curve import STEADY_SHARE, STEPS, grid_step, grid_thresholds, jumps
from engine.localization.threshold_table import ThresholdTable, box_areas, paired_iou

STEADY_REACH = 5
"""A box holds steady at a threshold where its area stays the same this many steps of 0.01 to either side."""

_SAME = 1.0 - 1e-9
_TOGETHER = 1024
_WHOLE_PHOTO = 0.98


class Change(IntEnum):
    """What another threshold does to a photo's boxes; of several classes on a photo the gravest counts."""

    STAYS = 0
    MOVES = 1
    GAINS = 2
    LOSES = 3


@dataclass(frozen=True, slots=True, eq=False)
class OpenMap:
    """One class on one photo that still waits for a person's answer.

    before: its boxes now, in photo pixels.
    table: what its map answers at every threshold.
    """

    photo_id: int
    class_id: int
    before: tuple[Box, ...]
    table: ThresholdTable


@dataclass(frozen=True, slots=True)
class Cut:
    """What one class's map on a photo answers at one threshold.

    jump: the threshold at which its box loses most area, None where it never jumps.
    agreement: how far the scales tell the same, in [0, 1].
    class_score: probability of the class over the whole photo.
    """

    boxes: tuple[ProposedBox, ...]
    jump: float | None
    agreement: float
    class_score: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a threshold does to each photo, in the order of `Reboxing.photo_ids`.

    changes: (n,) of `Change`.
    overlaps: (n,) in [0, 1], least IoU of a box now with the best one after; 1 where nothing changes, 0 where a photo
        loses or gains its only box.
    sizes_before, sizes_after: (n,) share of the photo that the largest box covers, 0 without one.
    """

    threshold: float
    changes: NDArray[np.uint8]
    overlaps: NDArray[np.float64]
    sizes_before: NDArray[np.float64]
    sizes_after: NDArray[np.float64]

    def counts(self, chosen: NDArray[np.bool_] | None = None) -> dict[Change, int]:
        """Photos by what happens to them: all, or those that `chosen` (n,) marks. They add up to these."""
        found = self.changes if chosen is None else self.changes[chosen]
        return {change: int(count) for change, count in zip(Change, np.bincount(found, minlength=4), strict=True)}


class Reboxing:
    """The boxes of many photos at every threshold, held as arrays: some two kilobytes a photo.

    Attributes:
        photo_ids: (n,) the photos, in rising order.
    """

    def __init__(self, maps: Iterable[OpenMap]) -> None:
        """
        Args:
            maps: by rising photo id; each is let go of when its table has been copied.

        Raises:
            ValueError: the maps come in another order.
        """
        # They are never joined: that would take the same room once more.
        self._groups = [_Group(some) for some in _in_groups(maps)]
        self.photo_ids = _joined([group.photo_ids for group in self._groups], np.int64)

    def tables(self, photo_id: int) -> dict[int, ThresholdTable]:
        """What the photo's maps answer, by class id; empty where it has none."""
        return {group.class_id(place): group.table(place) for group, place in self._places(photo_id)}

    def cuts(self, photo_id: int, threshold: float) -> dict[int, Cut]:
        """What the photo's maps answer at a threshold, by class id; empty where it has none."""
        return {group.class_id(place): group.cut(place, threshold) for group, place in self._places(photo_id)}

    def has_class(self, class_id: int) -> NDArray[np.bool_]:
        """Which photos have a map of a class: (n,)."""
        return _joined([group.has_class(class_id) for group in self._groups], np.bool_)

    def boxes_before(self, photo_id: int) -> dict[int, tuple[Box, ...]]:
        """The photo's boxes as they were given, by class id, in photo pixels; empty where it has no map."""
        return {group.class_id(place): group.boxes_before(place) for group, place in self._places(photo_id)}

    def steady_counts(self, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """How many photos hold steady at each threshold: (101,); `chosen` (n,) limits them."""
        counts = np.zeros(STEPS + 1, np.int64)
        for start, group in zip(range(0, len(self.photo_ids), _TOGETHER), self._groups, strict=True):
            some = slice(None) if chosen is None else chosen[start : start + _TOGETHER]
            counts += np.count_nonzero(group.steady[:, some], axis=1)
        return counts

    def at(self, threshold: float) -> Outcome:
        """What the nearest threshold of 0.00, 0.01, ... 1.00 would change."""
        step = grid_step(threshold)
        parts = [group.at(step) for group in self._groups]
        changes, overlaps, before, after = zip(*parts, strict=True) if parts else ((),) * 4
        return Outcome(
            step / STEPS,
            _joined(changes, np.uint8),
            _joined(overlaps, np.float64),
            _joined(before, np.float64),
            _joined(after, np.float64),
        )

    def _places(self, photo_id: int) -> Iterator[tuple[_Group, int]]:
        """Where the photo's maps stand."""
        place = int(np.searchsorted(self.photo_ids, photo_id))
        if place < len(self.photo_ids) and self.photo_ids[place] == photo_id:
            group = self._groups[place // _TOGETHER]
            for each in group.places(place % _TOGETHER):
                yield group, each


class _Group:
    """The m maps of `_TOGETHER` photos, the last group's of fewer, as arrays.

    photo_ids: (n,). steady: (101, n), where all maps of a photo hold steady.
    """

    def __init__(self, maps: Sequence[OpenMap]) -> None:
        tables = [each.table for each in maps]
        most = max(table.cells.shape[1] for table in tables)
        most_before = max([1, *(len(each.before) for each in maps)])
        self._class_ids = np.array([each.class_id for each in maps])
        self.photo_ids, self._starts = np.unique([each.photo_id for each in maps], return_index=True)
        self._cells = np.zeros((STEPS + 1, len(maps), most, 4), np.uint16)
        self._scores = np.zeros((STEPS + 1, len(maps), most))
        self._before = np.zeros((len(maps), most_before, 4))
        for place, (each, table) in enumerate(zip(maps, tables, strict=True)):
            self._cells[:, place, : table.cells.shape[1]] = table.cells
            self._scores[:, place, : table.scores.shape[1]] = table.scores
            self._before[place, : len(each.before)] = as_array(each.before)
        self._areas = np.stack([table.areas for table in tables], axis=1)
        self._agreement = np.stack([table.agreement for table in tables], axis=1)
        sizes = [(each.map_width, each.map_height, each.photo_width, each.photo_height) for each in tables]
        self._sizes = np.array(sizes)
        self._class_scores = np.array([table.class_score for table in tables])
        photo_size = self._sizes[:, 2:].astype(np.float64)
        self._scale = np.tile(photo_size / self._sizes[:, :2], 2)[:, None]  # (m, 1, 4)
        self._photo_area = np.prod(photo_size, axis=1, keepdims=True)
        self._jumps = jumps(self._areas, grid_thresholds())
        self.steady = np.logical_and.reduceat(_steady(self._areas), self._starts, axis=1)

    def class_id(self, place: int) -> int:
        return int(self._class_ids[place])

    def has_class(self, class_id: int) -> NDArray[np.bool_]:
        return np.logical_or.reduceat(self._class_ids == class_id, self._starts)

    def places(self, photo: int) -> range:
        """Where the maps of a photo stand, given by its place among the photos."""
        end = self._starts[photo + 1] if photo + 1 < len(self._starts) else len(self._class_ids)
        return range(int(self._starts[photo]), int(end))

    def boxes_before(self, place: int) -> tuple[Box, ...]:
        return tuple(Box(*row) for row in self._before[place].tolist() if row[2] > row[0])

    def table(self, place: int) -> ThresholdTable:
        map_width, map_height, photo_width, photo_height = self._sizes[place].tolist()
        return ThresholdTable(
            self._cells[:, place],
            self._scores[:, place],
            self._areas[:, place],
            self._agreement[:, place],
            map_width,
            map_height,
            photo_width,
            photo_height,
            float(self._class_scores[place]),
        )

    def cut(self, place: int, threshold: float) -> Cut:
        table, jump = self.table(place), float(self._jumps[place])
        agreement = table.agreement_at(threshold)
        return Cut(table.boxes(threshold), None if math.isnan(jump) else jump, agreement, table.class_score)

    def at(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The arrays of `Outcome`, of these photos."""
        after = self._cells[step] * self._scale  # (m, k, 4)
        before = self._before  # (m, b, 4)
        overlaps = paired_iou(before[:, :, None], after[:, None])  # (m, b, k)
        has_before, has_after = before[..., 2] > before[..., 0], after[..., 2] > after[..., 0]
        count_before, count_after = has_before.sum(axis=1), has_after.sum(axis=1)
        least = np.where(has_before, overlaps.max(axis=2), 1.0).min(axis=1)
        least = np.where((count_before > 0) == (count_after > 0), least, 0.0)
        same = (count_before == count_after) & (least >= _SAME)
        changes = np.where(same, Change.STAYS, Change.MOVES)
        changes = np.where(count_after > count_before, Change.GAINS, changes)
        changes = np.where((count_after == 0) & (count_before > 0), Change.LOSES, changes)
        return (
            np.maximum.reduceat(changes, self._starts).astype(np.uint8),
            np.minimum.reduceat(np.where(same, 1.0, least), self._starts),
            np.maximum.reduceat(self._largest_share(before), self._starts),
            np.maximum.reduceat(self._largest_share(after), self._starts),
        )

    def _largest_share(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        return (box_areas(boxes) / self._photo_area).max(axis=1)


def _in_groups(maps: Iterable[OpenMap]) -> Iterator[list[OpenMap]]:
    """The maps of so many photos at a time."""
    photos = _by_photo(maps)
    while some := list(itertools.chain.from_iterable(itertools.islice(photos, _TOGETHER))):
        yield some


def _by_photo(maps: Iterable[OpenMap]) -> Iterator[list[OpenMap]]:
    """The maps of one photo at a time, by class."""
    last_id = None
    for photo_id, some in itertools.groupby(maps, attrgetter("photo_id")):
        if last_id is not None and photo_id <= last_id:
            raise ValueError(f"maps must come by rising photo id, but {photo_id} comes after {last_id}")
        last_id = photo_id
        yield sorted(some, key=attrgetter("class_id"))


def _joined(parts: Sequence[NDArray], kind: type[np.generic]) -> NDArray:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _steady(areas: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a box keeps its area within 8.5 % over `STEADY_REACH` steps to either side: (101, m).

    A box round the whole photo holds nothing, however long it stays.
    """
    low, high = areas.copy(), areas.copy()
    for reach in range(1, STEADY_REACH + 1):
        for here, there in ((slice(reach, None), slice(None, -reach)), (slice(None, -reach), slice(reach, None))):
            np.minimum(low[here], areas[there], out=low[here])
            np.maximum(high[here], areas[there], out=high[here])
    room = STEADY_SHARE * areas
    return (areas > 0) & (areas < _WHOLE_PHOTO) & (high - areas <= room) & (areas - low <= room)
