"""What is typed into the search field of the photo list, understood: which photos it means.

bicycle            name, folder or class holds the word; "two words" in quotes stay together
class:cat          the photo's label, or a box that nobody has rejected, is of such a class; class=cat of this one
state:reviewed     new, review, reviewed, skipped or failed
folder:part_001    a folder on the way to the photo
score<0.5          the least sure undecided box; also <=, >, >=, =
why:jumps          why it is shown: jumps, scales, class, small or steady
need>0.6           how much the photo needs a look
boxes=0            boxes that nobody has rejected
-class:cat         all but these
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from app.texts import tr
from engine.dataset.project_records import BoxFacts, PhotoRow, PhotoState
from engine.localization.naming import fold_name

_WORD = re.compile(r'(?P<not>-?)(?:(?P<field>[a-z]+)(?P<sign>:|<=|>=|<|>|=))?(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S+))')
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    ":": operator.eq,
}
_STATES = {
    "new": PhotoState.NEW,
    "review": PhotoState.PROPOSED,
    "reviewed": PhotoState.REVIEWED,
    "skipped": PhotoState.SKIPPED,
    "failed": PhotoState.FAILED,
}
_FIGURES = ("score", "need", "boxes")
# How the notes of proposals begin, folded.
_REASONS = {"jumps": "box jumps", "scales": "scales disagree", "class": "class in doubt", "small": "too small"}
_STEADY = "steady"
_FIELDS = ("class", "state", "folder", "why", *_FIGURES)


_NO_BOXES = BoxFacts()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of photos beside their rows.

    Attributes:
        words: folded path by photo id.
        class_names: folded name by class id.
        boxes: by photo id; photos left out have none.
    """

    words: Mapping[int, str]
    class_names: Mapping[int, str]
    boxes: Mapping[int, BoxFacts]

    def classes_with(self, folded: str, *, whole: bool = False) -> frozenset[int]:
        """Ids of the classes whose name holds a folded text, or is it where `whole`."""
        names = self.class_names.items()
        return frozenset(class_id for class_id, name in names if (folded == name if whole else folded in name))


Holds = Callable[[PhotoRow], bool]
# Looks up what is the same for all photos first, because it is asked about 100,000 of them while somebody types.
Test = Callable[[Known], Holds]


@dataclass(frozen=True, slots=True)
class Query:
    """A search: all of `tests` must hold. `problem` says in a sentence what was not understood, "" for nothing; what
    was understood counts."""

    tests: tuple[Test, ...] = ()
    problem: str = ""

    def among(self, photos: Sequence[PhotoRow], known: Known) -> list[PhotoRow]:
        """The photos that the search means, in the order given."""
        left = list(photos)
        for test in self.tests:
            holds = test(known)
            left = [photo for photo in left if holds(photo)]
        return left


def parse_query(text: str) -> Query:
    """Understands a search as far as it can."""
    tests: list[Test] = []
    problem = ""
    for found in _WORD.finditer(text):
        field, sign = found["field"] or "", found["sign"] or ""
        value = found["quoted"] if found["quoted"] is not None else found["plain"]
        if field and field not in _FIELDS:
            # Not one of ours: a name such as "img:3" is looked for as it stands.
            field, sign, value = "", "", found.group(0).removeprefix("-")
        test, said = _test(field, sign, value)
        problem = problem or said
        if test is None:
            continue
        tests.append(_not(test) if found["not"] else test)
    return Query(tuple(tests), problem)


def _test(field: str, sign: str, value: str) -> tuple[Test | None, str]:
    """One word's test, or a sentence about what was expected."""
    folded = fold_name(value)
    if field in _FIGURES:
        return _figure_test(field, sign, value)
    if field == "state":
        state = _STATES.get(value.casefold())
        if state is None:
            return None, tr("state: expects one of {names}.", names=", ".join(_STATES))
        return (lambda _: lambda photo: photo.state is state), ""
    if field == "why":
        if value.casefold() not in (*_REASONS, _STEADY):
            return None, tr("why: expects one of {names}.", names=", ".join((*_REASONS, _STEADY)))
        return (lambda _: _shown_for(value.casefold())), ""
    if not folded:
        return None, tr("{field}: expects a word.", field=field) if field else ""
    if field == "class":
        return (lambda known: _of_class(known, folded, whole=sign == "=")), ""
    if field == "folder":
        return (lambda known: lambda photo: folded in known.words[photo.id].rpartition("/")[0]), ""
    return (lambda known: _with_word(known, folded)), ""


@cache
def why_shown(note: str) -> str:
    """The reason that a proposal's note gives: one of those that `why:` knows."""
    folded = fold_name(note)
    return next((name for name, start in _REASONS.items() if folded.startswith(start)), _STEADY)


def split_words(text: str) -> list[str]:
    """The words of a search as they were typed."""
    return [found.group(0) for found in _WORD.finditer(text)]


def field_of(word: str) -> str:
    """What a word of a search asks about, such as "class"; "" for the name."""
    found = _WORD.fullmatch(word)
    field = (found["field"] or "") if found is not None else ""
    return field if field in _FIELDS else ""


def _shown_for(reason: str) -> Holds:
    return lambda photo: photo.state is PhotoState.PROPOSED and why_shown(photo.note) == reason


def _of_class(known: Known, folded: str, *, whole: bool = False) -> Holds:
    wanted, boxes = known.classes_with(folded, whole=whole), known.boxes

    def holds(photo: PhotoRow) -> bool:
        return photo.label_class_id in wanted or not wanted.isdisjoint(boxes.get(photo.id, _NO_BOXES).class_ids)

    return holds


def _with_word(known: Known, folded: str) -> Holds:
    words = known.words
    if not known.classes_with(folded):
        return lambda photo: folded in words[photo.id]
    of_class = _of_class(known, folded)
    return lambda photo: folded in words[photo.id] or of_class(photo)


def _figure_test(field: str, sign: str, value: str) -> tuple[Test | None, str]:
    try:
        wanted = float(value.replace(",", "."))
    except ValueError:
        return None, tr("{field} expects a figure, such as {field}<0.5.", field=field)
    fits = _SIGNS[sign]

    def test(known: Known) -> Holds:
        boxes = known.boxes
        if field == "need":
            return lambda photo: photo.state is PhotoState.PROPOSED and fits(photo.need, wanted)
        if field == "boxes":
            return lambda photo: fits(boxes.get(photo.id, _NO_BOXES).count, wanted)

        def by_score(photo: PhotoRow) -> bool:
            score = boxes.get(photo.id, _NO_BOXES).least_score
            return score is not None and fits(score, wanted)

        return by_score

    return test, ""


def _not(test: Test) -> Test:
    def turned(known: Known) -> Holds:
        holds = test(known)
        return lambda photo: not holds(photo)

    return turned
