"""What the networks saw on one photo: small, storable, and asked for any class without looking again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from engine.errors import MoltboxError
from engine.localization.boxes import BoxRule
from engine.localization.byte_planes import pack, unpack
from engine.localization.fusion import class_activation_map, fuse, min_max, resize_map, score_maps
from engine.localization.heat_map import HeatMap, ScaleMap, working_shape
from engine.localization.model_file import ClassHead
from engine.localization.propagation import Propagation, propagate, transition
from engine.localization.refinement import refine, resize_clusters

ClassWeights = tuple[tuple[int, float], ...]
"""Classes whose score maps are added, each by its weight: `((class index, weight), ...)`."""

_STORED_VERSION = 3
_MARK = b"MLT3"
_FIRST_FORM_VERSION = 2  # safetensors in one zlib stream; read, not written any more
_KEPT_TOP_CLASSES = 5


class ClassNotKeptError(MoltboxError):
    """Stored evidence was asked for a class that was not kept; the photo has to be looked at again."""


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """What the model file says of turning evidence into maps and boxes.

    score_map_relu: score maps are clamped at 0 first.
    propagation: how score maps spread over similar cells; None where they do not.
    foreground_power, score_power: exponents of the product CAM = foreground^a x score map^b; see
        `engine.localization.fusion.class_activation_map`.
    fuse_at_image: scales are fused on the working grid of the photo instead of the finest scale's grid.
    refinement_weight: share of the cluster means in the refined map, in [0, 1].
    rule: which components become boxes.
    """

    score_map_relu: bool
    fuse_at_image: bool
    rule: BoxRule
    propagation: Propagation | None = None
    foreground_power: float = 1.0
    score_power: float = 1.0
    refinement_weight: float = 0.0


@dataclass(frozen=True, eq=False)
class ScaleEvidence:
    """One scale's share of the evidence.

    foreground: (h, w) float32 >= 0, class-agnostic; None where the model's is constant.
    kept_maps: place to its score map (h, w) float32 as `score_map` answers it, of a photo that was stored.
    tokens, head: (D, h, w) float32 and the class head that reads them, while the evidence is fresh: any class can be
        asked for. None once it is compact.
    features: (E, h, w) float32 that propagation compares, while the evidence is fresh; None where there is none.
    """

    name: str
    weight: float
    foreground: NDArray[np.float32] | None
    kept_maps: Mapping[ClassWeights, NDArray[np.float32]]
    tokens: NDArray[np.float32] | None = None
    head: ClassHead | None = None
    features: NDArray[np.float32] | None = None

    def score_map(self, place: ClassWeights, settings: DecisionSettings) -> NDArray[np.float32]:
        """Weighted sum of the classes' score maps, clamped and propagated as the settings say: (h, w) float32.

        Raises:
            ClassNotKeptError: the evidence is compact and does not hold that place.
        """
        if self.tokens is None or self.head is None:
            if place not in self.kept_maps:
                raise ClassNotKeptError("This class was not kept with the photo; it has to be looked at again.")
            return self.kept_maps[place]
        found = score_maps(self.tokens, self.head.weight, self.head.bias, [index for index, _ in place])
        mixed = np.tensordot(np.array([weight for _, weight in place], np.float32), found, axes=1)
        values = np.maximum(mixed, 0.0) if settings.score_map_relu else mixed
        if settings.propagation is not None and self.features is not None:
            step = self._transition(self.features, settings.propagation.power)
            values = propagate(values, step, settings.propagation.steps)
        return np.asarray(values, dtype=np.float32)

    def _transition(self, features: NDArray[np.float32], power: int) -> NDArray[np.float32]:
        if power not in self._transitions:
            self._transitions[power] = transition(features, power)
        return self._transitions[power]

    @cached_property
    def _transitions(self) -> dict[int, NDArray[np.float32]]:
        """Every class of a photo walks by the same steps, so they are worked out once."""
        return {}


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything one look found. Immutable.

    class_scores: (C,) float32 probabilities, the mean over the scales (see `Manifest.class_fusion`).
    class_names: the model's C class names.
    scales: one entry a scale, in the model's order.
    photo_width, photo_height: size of the upright photo in pixels.
    settings: how maps and boxes are made of it.
    clusters: (h, w) uint16 pixel clusters, numbered from 0; None where the model has no clustering network.
    """

    class_scores: NDArray[np.float32]
    class_names: tuple[str, ...]
    scales: tuple[ScaleEvidence, ...]
    photo_width: int
    photo_height: int
    settings: DecisionSettings
    clusters: NDArray[np.uint16] | None = None

    @property
    def scale_names(self) -> tuple[str, ...]:
        return tuple(scale.name for scale in self.scales)

    def top_classes(self, count: int = 5) -> tuple[tuple[int, float], ...]:
        """The most probable classes as (class index, probability), best first; ties by index."""
        order = np.argsort(-self.class_scores, kind="stable")[:count]
        return tuple((int(index), float(self.class_scores[index])) for index in order)

    def heat_map(self, place: int | ClassWeights) -> HeatMap:
        """The maps of a class, or of a weighted set of classes; no network runs.

        Raises:
            ClassNotKeptError: the evidence is compact and does not hold that class.
        """
        weights = _as_place(place)
        settings = self.settings
        shape = working_shape(self.photo_width, self.photo_height)
        cams = []
        for scale in self.scales:
            cam = class_activation_map(
                scale.score_map(weights, settings),
                scale.foreground,
                foreground_power=settings.foreground_power,
                score_power=settings.score_power,
            )
            cams.append(resize_map(cam, shape) if settings.fuse_at_image else cam)
        each, fused = fuse(cams, [scale.weight for scale in self.scales])
        fused = min_max(resize_map(fused, shape))
        maps = (min_max(resize_map(values, shape)) for values in each)
        clusters = None if self.clusters is None else resize_clusters(self.clusters, shape)
        refined = fused if clusters is None else min_max(refine(fused, clusters, settings.refinement_weight))
        return HeatMap(
            scales=tuple(
                ScaleMap(scale.name, scale.weight, values) for scale, values in zip(self.scales, maps, strict=True)
            ),
            fused=fused,
            refined=refined,
            clusters=clusters,
            photo_width=self.photo_width,
            photo_height=self.photo_height,
            class_score=float(min(1.0, sum(self.class_scores[index] for index, _ in weights))),
            rule=settings.rule,
        )

    def compact(self, places: Iterable[int | ClassWeights] = ()) -> Evidence:
        """Keeps the maps of the five best classes and of `places`, drops the rest: tens of kilobytes, fit to store."""
        kept = {_as_place(index) for index, _ in self.top_classes(_KEPT_TOP_CLASSES)}
        kept.update(_as_place(place) for place in places)
        scales = []
        for scale in self.scales:
            maps = {place: scale.score_map(place, self.settings) for place in sorted(kept)}
            scales.append(replace(scale, kept_maps=maps, tokens=None, head=None, features=None))
        return replace(self, scales=tuple(scales))

    def to_bytes(self) -> bytes:
        """Stores compact evidence: maps in half precision, all of it compressed. See `from_bytes`."""
        top = [index for index, _ in self.top_classes(20)]
        facts = {
            "version": _STORED_VERSION,
            "photo": [self.photo_width, self.photo_height],
            "class_count": len(self.class_names),
            "top": [[index, float(self.class_scores[index])] for index in top],
            "scales": [[scale.name, scale.weight, sorted(scale.kept_maps)] for scale in self.scales],
            "settings": asdict(self.settings),
        }
        tensors: dict[str, NDArray[np.generic]] = {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)}
        for number, scale in enumerate(self.scales):
            for order, place in enumerate(sorted(scale.kept_maps)):
                tensors[f"{number}.{order}"] = scale.kept_maps[place].astype(np.float16)
            if scale.foreground is not None:
                tensors[f"{number}.foreground"] = scale.foreground.astype(np.float32)
        if self.clusters is not None:
            tensors["clusters"] = self.clusters
        return _MARK + pack(tensors)

    @classmethod
    def from_bytes(cls, data: bytes, class_names: tuple[str, ...]) -> Evidence:
        """Reads stored evidence back. Scores of classes outside the best twenty come back as 0.

        Raises:
            ClassNotKeptError: the bytes are damaged or belong to another model; the photo has to be looked at again.
        """
        try:
            is_first_form = not data.startswith(_MARK)
            tensors = safetensors.numpy.load(zlib.decompress(data)) if is_first_form else unpack(data[len(_MARK) :])
            facts = json.loads(tensors["facts"].tobytes())
            version = _FIRST_FORM_VERSION if is_first_form else _STORED_VERSION
            if facts["version"] != version or facts["class_count"] != len(class_names):
                raise ValueError("stored by another version or model")
            scores = np.zeros(len(class_names), dtype=np.float32)
            for index, score in facts["top"]:
                scores[index] = score
            scales = []
            for number, (name, weight, places) in enumerate(facts["scales"]):
                maps = {
                    tuple((index, share) for index, share in place): tensors[f"{number}.{order}"].astype(np.float32)
                    for order, place in enumerate(places)
                }
                scales.append(ScaleEvidence(name, weight, tensors.get(f"{number}.foreground"), maps))
            width, height = facts["photo"]
            settings = _settings_from(facts["settings"])
            return cls(scores, class_names, tuple(scales), width, height, settings, tensors.get("clusters"))
        except (zlib.error, KeyError, ValueError, TypeError, IndexError, safetensors.SafetensorError) as error:
            raise ClassNotKeptError(
                "What was stored for this photo is damaged; it has to be looked at again."
            ) from error


def _as_place(place: int | ClassWeights) -> ClassWeights:
    return ((place, 1.0),) if isinstance(place, int) else place


def _settings_from(fields: dict[str, Any]) -> DecisionSettings:
    rule = BoxRule(**fields.pop("rule"))
    propagation = fields.pop("propagation")
    return DecisionSettings(
        **fields, rule=rule, propagation=None if propagation is None else Propagation(**propagation)
    )
