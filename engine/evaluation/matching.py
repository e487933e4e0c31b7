"""From a data set's classes to the model's: which of its classes a target means, and where it is looked for."""

from __future__ import annotations

from engine.errors import LabelFileError
from engine.evaluation.ground_truth import Target
from engine.localization.anchors import Anchors
from engine.localization.evidence import Evidence
from engine.localization.naming import ClassNames, Placement, place_for

_NO_ANCHORS: Anchors = {}


class LabelMatcher:
    """Finds a target's classes among the model's, by name as `moltbox propose` does, else by number.

    A class number means the model's class of that place only where the data set has as many classes as the model: both
    then use one list (ILSVRC's 1,000 in the order of the WordNet numbers). It then also decides between two classes of
    one name. A list of names given by the person replaces the numbers.
    """

    def __init__(
        self, names: ClassNames, model_classes: int, *, data_classes: int = 0, class_list: tuple[str, ...] = ()
    ) -> None:
        """
        Args:
            names: the model's classes.
            model_classes: how many there are.
            data_classes: how many classes the data set numbers; 0 where it names them.
            class_list: the name of each of the data set's numbers; () where the person gave none.

        Raises:
            LabelFileError: the list is shorter than the numbers go.
        """
        if class_list and len(class_list) < data_classes:
            raise LabelFileError(
                f"--class-list has {len(class_list)} names; the data set numbers its classes up to {data_classes - 1}."
            )
        self._names = names
        self._numbers_agree = not class_list and data_classes == model_classes
        self._class_list = class_list
        self._found: dict[tuple[tuple[str, ...], int | None], tuple[str | None, tuple[int, ...]]] = {}

    def indices(self, target: Target) -> tuple[int, ...]:
        """The model's classes that a target can mean; () where the model does not know it."""
        return self._match(target)[1]

    def place(self, target: Target, evidence: Evidence, anchors: Anchors = _NO_ANCHORS) -> Placement:
        """Where a target is looked for, as `engine.localization.naming.place_for` places a label."""
        word, indices = self._match(target)
        if word is not None:
            return place_for(word, evidence, self._names)
        if indices:
            return Placement(((indices[0], 1.0),), known=True, score=float(evidence.class_scores[indices[0]]))
        return place_for(target.label, evidence, self._names, anchors)

    def rank(self, target: Target, evidence: Evidence) -> int | None:
        """How many of the model's classes it finds more probable than the target's; None where it does not know it.

        Of several classes that the word can mean the most probable counts. Equal probabilities count in the order of
        the classes, as a stable sort would.
        """
        indices = self.indices(target)
        if not indices:
            return None
        scores = evidence.class_scores
        best = max(indices, key=lambda index: (float(scores[index]), -index))
        return int((scores > scores[best]).sum() + (scores[:best] == scores[best]).sum())

    def _match(self, target: Target) -> tuple[str | None, tuple[int, ...]]:
        key = target.words, target.number
        if key not in self._found:
            self._found[key] = self._look_up(target)
        return self._found[key]

    def _look_up(self, target: Target) -> tuple[str | None, tuple[int, ...]]:
        words = target.words
        if self._class_list and target.number is not None:
            words = (*words, self._class_list[target.number])
        number = target.number if self._numbers_agree else None
        for word in words:
            found = self._names.find(word)
            if len(found) > 1 and number in found:
                break
            if found:
                return word, found
        return None, () if number is None else (number,)
