"""What is typed into the search field of the photo list, understood: which photos it means.

bicycle            name, folder or class holds the word; "two words" in quotes stay together
class:cat          the photo's label, or a box that nobody has rejected, is of such a class
state:reviewed     new, review, reviewed, skipped or failed
folder:part_001    a folder on the way to the photo
score<0.5          the least sure undecided box; also <=, >, >=, =
need>0.6           how much the photo needs a look
boxes=0            boxes that nobody has rejected
-class:cat         all but these
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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


NO_BOXES = BoxFacts()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo with all that a query may ask about; `words` is its folded path, `classes` the folded names of its
    classes."""

    photo: PhotoRow
    words: str
    classes: tuple[str, ...]
    boxes: BoxFacts


Test = Callable[[Candidate], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """A search: all of `tests` must hold. `needs_boxes` where one of them asks about boxes; `problem` says in a
    sentence what was not understood, "" for nothing; what was understood counts."""

    tests: tuple[Test, ...] = ()
    needs_boxes: bool = False
    problem: str = ""

    def holds(self, candidate: Candidate) -> bool:
        return all(test(candidate) for test in self.tests)


def parse_query(text: str) -> Query:
    """Understands a search as far as it can."""
    tests: list[Test] = []
    needs_boxes = False
    problem = ""
    for found in _WORD.finditer(text):
        field, sign = found["field"] or "", found["sign"] or ""
        value = found["quoted"] if found["quoted"] is not None else found["plain"]
        if field and field not in ("class", "state", "folder", *_FIGURES):
            # Not one of ours: a name such as "img:3" is looked for as it stands.
            field, sign, value = "", "", found.group(0).removeprefix("-")
        test, said = _test(field, sign, value)
        problem = problem or said
        if test is None:
            continue
        needs_boxes |= field in ("score", "boxes", "class")
        tests.append(_not(test) if found["not"] else test)
    return Query(tuple(tests), needs_boxes, problem)


def candidates(
    photos: Sequence[PhotoRow],
    folded_paths: Mapping[int, str],
    class_names: Mapping[int, str],
    boxes: Mapping[int, BoxFacts],
) -> list[Candidate]:
    """Photos with what a query asks about.

    Args:
        folded_paths: folded path by photo id.
        class_names: folded name by class id.
        boxes: by photo id; photos left out have none.
    """
    made = []
    for photo in photos:
        facts = boxes.get(photo.id, NO_BOXES)
        ids = facts.class_ids if photo.label_class_id is None else facts.class_ids | {photo.label_class_id}
        names = tuple(class_names[each] for each in ids if each in class_names)
        made.append(Candidate(photo, folded_paths[photo.id], names, facts))
    return made


def _test(field: str, sign: str, value: str) -> tuple[Test | None, str]:
    """One word's test, or a sentence about what was expected."""
    folded = fold_name(value)
    if field in _FIGURES:
        return _figure_test(field, sign, value)
    if field == "state":
        state = _STATES.get(value.casefold())
        if state is None:
            return None, tr("state: expects one of {names}.", names=", ".join(_STATES))
        return (lambda candidate: candidate.photo.state is state), ""
    if not folded:
        return None, tr("{field}: expects a word.", field=field) if field else ""
    if field == "class":
        return (lambda candidate: any(folded in name for name in candidate.classes)), ""
    if field == "folder":
        return (lambda candidate: folded in candidate.words.rpartition("/")[0]), ""
    return (lambda candidate: folded in candidate.words or any(folded in name for name in candidate.classes)), ""


def _figure_test(field: str, sign: str, value: str) -> tuple[Test | None, str]:
    try:
        wanted = float(value.replace(",", "."))
    except ValueError:
        return None, tr("{field} expects a figure, such as {field}<0.5.", field=field)
    holds = _SIGNS[sign]

    def test(candidate: Candidate) -> bool:
        if field == "need":
            return candidate.photo.state is PhotoState.PROPOSED and holds(candidate.photo.need, wanted)
        if field == "boxes":
            return holds(candidate.boxes.count, wanted)
        return candidate.boxes.least_score is not None and holds(candidate.boxes.least_score, wanted)

    return test, ""


def _not(test: Test) -> Test:
    return lambda candidate: not test(candidate)
