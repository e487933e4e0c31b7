"""The filters of the photo list besides a photo's state: as words of a search, with how many photos they leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.photo_query import Known, field_of, split_words, why_shown
from app.texts import tr
from engine.dataset.project_records import BoxFacts, ClassRow, PhotoRow, PhotoState

_NO_BOXES = BoxFacts()
_SURE = 0.8
_DOUBTFUL = 0.5


@dataclass(frozen=True, slots=True)
class Offer:
    """A filter: what a person reads, the words of the search, and how many photos it leaves."""

    text: str
    term: str
    count: int


@dataclass(frozen=True, slots=True)
class OfferGroup:
    """Filters of one kind, of which one is chosen at a time; `field` is what their terms begin with."""

    title: str
    field: str
    offers: tuple[Offer, ...]


def offered(rows: Sequence[PhotoRow], known: Known, classes: Sequence[ClassRow]) -> tuple[OfferGroup, ...]:
    """The filters that leave some of these photos."""
    of_class: Counter[int] = Counter()
    of_count: Counter[int] = Counter()
    why: Counter[str] = Counter()
    # Few photos differ in these, so that each kind is counted once.
    facts = [known.boxes.get(row.id, _NO_BOXES) for row in rows]
    labelled = Counter((row.label_class_id, each.class_ids) for row, each in zip(rows, facts, strict=True))
    for (label, class_ids), count in labelled.items():
        for class_id in class_ids if label is None else class_ids | {label}:
            of_class[class_id] += count
    for boxes, count in Counter(each.count for each in facts).items():
        of_count[min(boxes, 2)] += count
    of_score = Counter(_band(each.least_score) for each in facts if each.least_score is not None)
    for note, count in Counter(row.note for row in rows if row.state is PhotoState.PROPOSED).items():
        why[why_shown(note)] += count
    groups = (
        OfferGroup(
            tr("Class"),
            "class",
            tuple(Offer(row.name, f'class="{row.name}"', of_class[row.id]) for row in classes),
        ),
        OfferGroup(
            tr("Score"),
            "score",
            (
                Offer(tr("Below {score}", score=_DOUBTFUL), f"score<{_DOUBTFUL}", of_score["low"]),
                Offer(
                    tr("{low} to {high}", low=_DOUBTFUL, high=_SURE),
                    f"score>={_DOUBTFUL} score<{_SURE}",
                    of_score["middle"],
                ),
                Offer(tr("{score} and above", score=_SURE), f"score>={_SURE}", of_score["high"]),
            ),
        ),
        OfferGroup(
            tr("Why it is shown"),
            "why",
            (
                Offer(tr("Box jumps"), "why:jumps", why["jumps"]),
                Offer(tr("Scales disagree"), "why:scales", why["scales"]),
                Offer(tr("Class in doubt"), "why:class", why["class"]),
                Offer(tr("Too small to box"), "why:small", why["small"]),
                Offer(tr("Steady box"), "why:steady", why["steady"]),
            ),
        ),
        OfferGroup(
            tr("Boxes"),
            "boxes",
            (
                Offer(tr("No box"), "boxes=0", of_count[0]),
                Offer(tr("One box"), "boxes=1", of_count[1]),
                Offer(tr("Several boxes"), "boxes>1", of_count[2]),
            ),
        ),
    )
    left = (
        OfferGroup(group.title, group.field, tuple(each for each in group.offers if each.count)) for group in groups
    )
    return tuple(group for group in left if group.offers)


def with_term(text: str, field: str, term: str) -> str:
    """A search with a filter in the place of those of its kind; without any of the kind where `term` is empty."""
    kept = [word for word in split_words(text) if field_of(word) != field]
    return " ".join([*kept, *([term] if term else [])])


def _band(score: float) -> str:
    return "low" if score < _DOUBTFUL else "middle" if score < _SURE else "high"
