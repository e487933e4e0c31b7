"""From a person's word for a class to the model's classes, and to the place on the photo where it is looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.manifest import ClassEntry

_STRONGEST_CLASSES = 3
_NO_ANCHORS: Mapping[str, ClassWeights] = MappingProxyType({})


def fold_name(name: str) -> str:
    """Folds case, accents' encoding, spaces, underscores and hyphens: `English_Springer` is `english springer`."""
    if name.isascii():  # the same, and quick enough for the names of 100,000 photos
        return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_\-]+", " ", text).strip()


class ClassNames:
    """Finds a model's classes by name or synonym, folded."""

    def __init__(self, entries: Sequence[ClassEntry]) -> None:
        self._by_name: dict[str, list[int]] = {}
        self._by_synonym: dict[str, list[int]] = {}
        for index, entry in enumerate(entries):
            self._by_name.setdefault(fold_name(entry.name), []).append(index)
            for synonym in entry.synonyms:
                self._by_synonym.setdefault(fold_name(synonym), []).append(index)

    def find(self, label: str) -> tuple[int, ...]:
        """Indices of the classes this label can mean: by name first, else by synonym; empty where unknown.

        Several indices mean that the word is ambiguous (a bird and a machine are both called crane).
        """
        folded = fold_name(label)
        spellings = [folded, folded.removesuffix("es"), folded.removesuffix("s")]
        for table in (self._by_name, self._by_synonym):
            for spelling in dict.fromkeys(spellings):
                if spelling in table:
                    return tuple(table[spelling])
        return ()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a labelled class is looked for.

    weights: the model's classes whose evidence marks the place.
    known: True where the model knows the label; else the place is that of classes which stand for it.
    score: probability of the label's class where known, else of the strongest class.
    """

    weights: ClassWeights
    known: bool
    score: float


def place_for(
    label: str | None, evidence: Evidence, names: ClassNames, anchors: Mapping[str, ClassWeights] = _NO_ANCHORS
) -> Placement:
    """The classes whose evidence places `label` on the photo.

    A known label is placed by its own class (of an ambiguous word, by the likelier class here). An unknown label keeps
    its name, and is placed by the classes that its photos resemble (`engine.localization.anchors`, folded label to
    classes); where it has no anchor, by the model's own strongest evidence.
    """
    candidates = names.find(label) if label else ()
    if candidates:
        index = max(candidates, key=lambda candidate: float(evidence.class_scores[candidate]))
        return Placement(((index, 1.0),), known=True, score=float(evidence.class_scores[index]))
    own = _strongest_place(evidence)
    weights = anchors.get(fold_name(label)) if label else None
    return own if weights is None else replace(own, weights=weights)


def _strongest_place(evidence: Evidence) -> Placement:
    """Where the model's own evidence is strongest: its most probable classes, weighted by probability."""
    strongest = evidence.top_classes(_STRONGEST_CLASSES)
    total = sum(score for _, score in strongest)
    weights = tuple((index, score / total) for index, score in strongest)
    return Placement(weights, known=False, score=strongest[0][1])


def folder_label(relative_path: str) -> str | None:
    """The image-level label that a photo's folder gives: the parent folder's name, None at the top level."""
    parts = relative_path.split("/")
    return parts[-2] if len(parts) > 1 else None
