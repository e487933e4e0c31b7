"""Looks once at every photo and scores what would be proposed there; the scores go to a store, photo by photo."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import MoltboxError
from engine.evaluation.extras import Extra
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.evaluation.looking import check_size, decoded_ahead
from engine.evaluation.matching import LabelMatcher
from engine.evaluation.records import SubjectScore
from engine.evaluation.score_store import ScoreStore
from engine.evaluation.variants import Variant, maps_of
from engine.geometry import Box, as_array, pairwise_iou
from engine.images import SizedPhoto
from engine.localization.anchors import Anchors
from engine.localization.boxes import BoxRule, ProposedBox, component_boxes, mask_at
from engine.localization.evidence import Evidence
from engine.localization.localizer import Localizer
from engine.metrics.localization import best_iou

THRESHOLDS = np.round(np.arange(0.01, 1.0, 0.01), 2)
"""The grid of thresholds that are tried, those of the live slider."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """How photos are scored: by which model, at which threshold, under which variants, and what else is measured."""

    localizer: Localizer
    matcher: LabelMatcher
    anchors: Anchors
    threshold: float
    variants: tuple[Variant, ...]
    extras: tuple[Extra, ...] = ()

    def score(self, photo: TruePhoto, decoded: SizedPhoto, mark: int) -> list[SubjectScore]:
        """Looks at a photo and scores each class that it shows.

        Raises:
            LabelFileError: the photo has another size than the data set says.
        """
        check_size(photo.relative, decoded, photo.width, photo.height)
        evidence = self.localizer.look(decoded.pixels, size=(decoded.width, decoded.height))
        return [self._score_target(photo, target, evidence, mark) for target in wanted(photo)]

    def _score_target(self, photo: TruePhoto, target: Target, evidence: Evidence, mark: int) -> SubjectScore:
        placement = self.matcher.place(target, evidence, self.anchors)
        rule = evidence.settings.rule
        size = evidence.photo_width, evidence.photo_height
        rows = []
        proposed: tuple[Box, ...] = ()
        best_of_all = np.zeros(len(THRESHOLDS))
        counts: dict[str, NDArray[Any]] = {}
        for variant, values in maps_of(evidence, placement.weights, self.variants):
            found = _boxes(values, self.threshold, rule, size)
            over_grid = (_boxes(values, float(cut), rule, size) for cut in THRESHOLDS)
            rows.append([_first_iou(boxes, target.boxes) for boxes in (found, *over_grid)])
            if variant.kind == "proposed":
                proposed = tuple(each.box for each in found)
                best_of_all = _best_of_all(values, size, target.boxes)
                for extra in self.extras:
                    counts.update(extra(values, photo, target, size))
        return SubjectScore(
            photo=photo.relative,
            label=target.label,
            mark=mark,
            place=placement.weights,
            known=placement.known,
            rank=self.matcher.rank(target, evidence),
            width=size[0],
            height=size[1],
            truth=target.boxes,
            proposed=proposed,
            ious=np.array(rows, np.float64),
            best_of_all=best_of_all,
            counts=counts,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: photos done, and those of them that an earlier run had done."""

    done: int
    found_done: int


def score_all(
    truth: GroundTruth, store: ScoreStore, scorer: Scorer, chosen: Container[int]
) -> Generator[Progress, None, None]:
    """Scores the photos that the store does not have yet, and tells how far it is after each.

    A photo that cannot be read, or whose size does not fit its boxes, is stored as failed; the others go on. What was
    done stays in the store whenever the generator is closed.

    Args:
        chosen: which photos, counted from 0 among those that can be scored.
    """
    found_done = scored = 0

    def waiting() -> Iterator[tuple[int, TruePhoto]]:
        nonlocal found_done
        place = -1
        for number, photo in enumerate(truth.photos()):
            if not wanted(photo):
                continue
            place += 1
            if place not in chosen:
                continue
            if store.has(number):
                found_done += 1
            else:
                yield number, photo

    with closing(decoded_ahead(waiting(), truth.root, scorer.localizer.model.manifest)) as decoded:
        try:
            for each in decoded:
                scores: list[SubjectScore] = []
                failure = None
                try:
                    found, mark = each.decoding.result()
                    scores = scorer.score(each.photo, found, mark)
                except MoltboxError as error:
                    failure = str(error)
                store.add(each.number, each.photo.relative, scores, failure)
                scored += 1
                yield Progress(found_done + scored, found_done)
        finally:
            store.commit()


def wanted(photo: TruePhoto) -> tuple[Target, ...]:
    """The classes of a photo that can be scored: those with a box, all where there are masks."""
    return tuple(target for target in photo.targets if target.boxes or photo.masks is not None)


def _boxes(values: NDArray[np.float32], cut: float, rule: BoxRule, size: tuple[int, int]) -> tuple[ProposedBox, ...]:
    return component_boxes(values, cut, rule, photo_width=size[0], photo_height=size[1])


def _first_iou(found: tuple[ProposedBox, ...], truth: Sequence[Box]) -> float:
    return best_iou(found[0].box if found else None, truth)


def _best_of_all(values: NDArray[np.float32], size: tuple[int, int], truth: Sequence[Box]) -> NDArray[np.float64]:
    """(K,) best IoU of any component of the map with any true box, at each threshold; no component is too small."""
    best = np.zeros(len(THRESHOLDS))
    if not truth:
        return best
    rows, columns = values.shape
    stretch = np.array([size[0] / columns, size[1] / rows] * 2)
    true_boxes = as_array(list(truth))
    for place, cut in enumerate(THRESHOLDS):
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask_at(values, float(cut)).astype(np.uint8), connectivity=8)
        corners = stats[1:, :4].astype(np.float64)  # (n, 4), x, y, width, height in cells
        if len(corners):
            corners[:, 2:] += corners[:, :2]
            best[place] = pairwise_iou(corners * stretch, true_boxes).max()
    return best
