"""One photo: decode it as small as the model allows, look, decide its boxes.

What the folder pipeline, several processes and a cluster run alike. Everything but the localizer can be pickled:

    photo = decode_for(manifest, path)            # or decode_for(manifest, data, name="a.jpg") for a file's bytes
    outcome = decide_photo(localizer, photo, ("cat",), decision)
    outcome.found[0].boxes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.images import OnSize, SizedPhoto, decode_sized, read_sized
from engine.localization.boxes import ProposedBox
from engine.localization.evidence import ClassWeights, Evidence, ScaleEvidence
from engine.localization.heat_map import HeatMap
from engine.localization.localizer import Localizer
from engine.localization.manifest import Manifest
from engine.localization.naming import Placement, fold_name, place_for
from engine.localization.preparing import largest_shown


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided the same way for every photo of a run.

    threshold: cut of the maps, in [0, 1].
    anchors: classes that stand for each folded label that the model does not know; see `engine.localization.anchors`.
    limit: folded names of the classes that may be proposed; None for all.
    """

    threshold: float
    anchors: Mapping[str, ClassWeights] = field(default_factory=dict)
    limit: frozenset[str] | None = None

    def allows(self, class_name: str) -> bool:
        return self.limit is None or fold_name(class_name) in self.limit


@dataclass(frozen=True, slots=True, eq=False)
class ClassResult:
    """What was found for one label of a photo: its class name, where it was looked for, its map and boxes."""

    class_name: str
    placement: Placement
    heat_map: HeatMap
    boxes: tuple[ProposedBox, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What was found on one photo; `width` and `height` are those of the whole upright photo in pixels."""

    width: int
    height: int
    found: tuple[ClassResult, ...]


def decode_for(
    manifest: Manifest, source: Path | bytes, *, name: str = "", on_size: OnSize | None = None
) -> SizedPhoto:
    """Decodes a photo for a model's eyes: a large JPEG at a reduced size, anything else as it is.

    Args:
        manifest: of the model that will look.
        source: the file, or its bytes.
        name: what an error calls bytes.
        on_size: see `engine.images.OnSize`.

    Raises:
        PhotoError: the photo is missing, cut off, not a picture, or larger than 500 megapixels.
    """

    def wanted(width: int, height: int) -> tuple[int, int]:
        return largest_shown(manifest, width, height)

    if isinstance(source, bytes):
        return decode_sized(source, name, wanted, on_size)
    return read_sized(source, wanted, on_size)


def decide_photo(
    localizer: Localizer, photo: SizedPhoto, labels: tuple[str, ...] | None, decision: Decision
) -> Outcome:
    """Looks at a photo and proposes boxes for its labels.

    Args:
        localizer: the loaded model; used by one thread at a time.
        photo: as `decode_for` answers it.
        labels: image-level labels; () gets no box, None lets the model choose the class.
        decision: threshold, anchors and class limit of the run.
    """
    evidence = localizer.look(photo.pixels, size=(photo.width, photo.height))
    return Outcome(photo.width, photo.height, tuple(decide(localizer, evidence, labels, decision)))


def decide(
    localizer: Localizer, evidence: Evidence, labels: tuple[str, ...] | None, decision: Decision
) -> Iterator[ClassResult]:
    """The part of `decide_photo` after the look: maps and boxes of each label that the limit lets through.

    Of scales that weigh nothing in the fusion no map is made.
    """
    if labels is None:
        placed = _model_choice(evidence, decision)
    else:
        placed = [
            (label, place_for(label, evidence, localizer.names, decision.anchors))
            for label in labels
            if decision.allows(label)
        ]
    counting = _counting_scales(evidence)
    for class_name, placement in placed:
        heat_map = counting.heat_map(placement.weights)
        yield ClassResult(class_name, placement, heat_map, heat_map.boxes(decision.threshold))


def _counting_scales(evidence: Evidence) -> Evidence:
    """The evidence without scales that weigh nothing, where the fused map has the same grid without them."""

    def cells(scale: ScaleEvidence) -> int:
        return 0 if scale.tokens is None else scale.tokens.shape[1] * scale.tokens.shape[2]

    counting = tuple(scale for scale in evidence.scales if scale.weight)
    if not counting or max(map(cells, evidence.scales)) > max(map(cells, counting)):
        return evidence
    return replace(evidence, scales=counting)


def _model_choice(evidence: Evidence, decision: Decision) -> list[tuple[str, Placement]]:
    """The model's most probable class among those allowed."""
    for index in np.argsort(-evidence.class_scores, kind="stable"):
        name = evidence.class_names[int(index)]
        if decision.allows(name):
            score = float(evidence.class_scores[index])
            return [(name, Placement(((int(index), 1.0),), known=True, score=score))]
    return []
