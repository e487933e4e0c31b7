"""From a photo's evidence to the boxes it proposes, and to the words that say how much they need a look."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from engine.dataset.project_records import BoxRow, BoxState
from engine.geometry import iou
from engine.localization.anchors import Anchors
from engine.localization.boxes import ProposedBox
from engine.localization.evidence import Evidence
from engine.localization.heat_map import HeatMap
from engine.localization.naming import ClassNames, Placement, place_for
from engine.prelabel.reboxing import Cut

_NEAR_JUMP = 0.08
_FAR_JUMP = 0.3
_BACKGROUND = 0.05
_DISAGREE = 0.5
_DOUBT = 0.3
_FIRST_FRESH_ID = -10


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """One class on one photo: its name, where it is looked for, and its map."""

    class_name: str
    placement: Placement
    heat_map: HeatMap


def place_class(label: str | None, evidence: Evidence, names: ClassNames, anchors: Anchors) -> Placed:
    """Finds the map for a label; without one, for the model's most probable class, under the model's own name.

    Raises:
        ClassNotKeptError: the evidence was stored without that map.
    """
    if label is None:
        index, score = evidence.top_classes(1)[0]
        placement = Placement(((index, 1.0),), known=True, score=score)
        label = evidence.class_names[index]
    else:
        placement = place_for(label, evidence, names, anchors)
    return Placed(label, placement, evidence.heat_map(placement.weights))


def ids_for(found: Sequence[ProposedBox], before: Sequence[BoxRow]) -> tuple[int, ...]:
    """Which number each box found keeps while the threshold moves: that of the box it was before.

    Boxes that overlap most are the same; what is left over keeps what numbers are left, so that a single box is itself
    wherever it jumps. Further boxes get numbers below zero, which are none of the project's: they are not stored yet.
    """
    overlaps = [(iou(each.box, row.box), place, row.id) for place, each in enumerate(found) for row in before]
    kept: dict[int, int] = {}
    for overlap, place, box_id in sorted(overlaps, key=lambda entry: -entry[0]):
        if overlap > 0 and place not in kept and box_id not in kept.values():
            kept[place] = box_id
    free = [row.id for row in before if row.id not in kept.values()]
    fresh = itertools.count(min([_FIRST_FRESH_ID + 1, *(row.id for row in before)]) - 1, -1)
    return tuple(kept[place] if place in kept else free.pop(0) if free else next(fresh) for place in range(len(found)))


def rows_for(
    found: tuple[ProposedBox, ...], class_id: int, threshold: float, model_id: int | None, ids: tuple[int, ...] = ()
) -> tuple[BoxRow, ...]:
    """Proposed boxes as rows of the project; `ids` lets rows that move with the threshold keep their number."""
    return tuple(
        BoxRow(
            id=ids[place] if place < len(ids) else 0,
            class_id=class_id,
            box=each.box,
            state=BoxState.PROPOSED,
            score=each.score,
            threshold=threshold,
            model_id=model_id,
            proposed=each.box,
        )
        for place, each in enumerate(found)
    )


def need_of(placed: Placed, threshold: float) -> tuple[float, str]:
    """How much a proposal needs a person's look, in [0, 1], and why, in a few words."""
    heat_map, placement = placed.heat_map, placed.placement
    jump, agreement = heat_map.threshold_curve().jump, heat_map.agreement(threshold)
    doubtful = placement.score if placement.known else None
    return _need(bool(heat_map.boxes(threshold)), jump, agreement, doubtful, threshold)


def need_of_cut(cut: Cut, threshold: float, *, known: bool) -> tuple[float, str]:
    """`need_of` where only the table of a map is at hand; `known` tells whether the model knows the class."""
    return _need(bool(cut.boxes), cut.jump, cut.agreement, cut.class_score if known else None, threshold)


def _need(
    boxed: bool, jump: float | None, agreement: float, class_score: float | None, threshold: float
) -> tuple[float, str]:
    if not boxed:
        return 1.0, f"Too small to box at {threshold:.2f}"
    reasons: list[tuple[float, str]] = [(0.15, "Steady box")]
    # Below 0.05 the box leaves the background behind, and a jump far off is nothing to fear at this threshold.
    away = abs(jump - threshold) if jump is not None else 1.0
    if jump is not None and jump > _BACKGROUND and away <= _FAR_JUMP:
        reasons.append((0.9 if away <= _NEAR_JUMP else 0.45, f"Box jumps at {jump:.2f}"))
    if agreement < _DISAGREE:
        reasons.append((0.5 + 0.45 * (1 - agreement / _DISAGREE), "Scales disagree"))
    if class_score is not None and class_score < _DOUBT:
        reasons.append((0.4 + 0.5 * (1 - class_score / _DOUBT), "Class in doubt"))
    return max(reasons)
