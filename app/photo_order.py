"""The orders of the photo list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from engine.dataset.project_records import BoxFacts, PhotoRow

Order = Literal["name", "need", "class", "score"]
ORDERS: tuple[Order, ...] = ("name", "need", "class", "score")

_LAST = "\U0010ffff"


def in_order(
    rows: Sequence[PhotoRow], order: Order, class_names: Mapping[int, str], boxes: Mapping[int, BoxFacts]
) -> list[PhotoRow]:
    """Photos in an order; those that are equal in it stay in the order given, which is the natural one of their names.

    Args:
        order: "name" as given; "need" most in need of a look first; "class" by the label's name, photos without one
            last; "score" the least sure undecided box first, photos without one last.
        class_names: folded name by class id.
        boxes: by photo id, for "score".
    """
    if order == "need":
        return sorted(rows, key=lambda row: -row.need)
    if order == "class":
        return sorted(rows, key=lambda row: class_names.get(row.label_class_id or 0, _LAST))
    if order == "score":
        return sorted(rows, key=lambda row: _score(boxes.get(row.id)))
    return list(rows)


def _score(facts: BoxFacts | None) -> float:
    return 2.0 if facts is None or facts.least_score is None else facts.least_score
