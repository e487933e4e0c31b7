"""What the networks saw on one photo: small, storable, and asked for any class without looking again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from engine.errors import MoltboxError
from engine.localization.boxes import BoxRule
from engine.localization.fusion import fuse, min_max, resize_map, score_maps
from engine.localization.heat_map import HeatMap, ScaleMap, working_shape
from engine.localization.model_file import ClassHead

ClassWeights = tuple[tuple[int, float], ...]
"""Classes whose score maps are added, each by its weight: `((class index, weight), ...)`."""

_STORED_VERSION = 1
_KEPT_TOP_CLASSES = 5


class ClassNotKeptError(MoltboxError):
    """Stored evidence was asked for a class that was not kept; the photo has to be looked at again."""


@dataclass(frozen=True, slots=True, eq=False)
class ScaleEvidence:
    """One scale's share of the evidence.

    foreground: (h, w) float32, class-agnostic; None where the model's is constant.
    score_maps: class index to (h, w) float32, signed.
    tokens, head: (D, h, w) float32 and the class head that reads them, while the evidence is fresh: any class can be
        asked for. None once it is compact.
    """

    name: str
    weight: float
    foreground: NDArray[np.float32] | None
    score_maps: Mapping[int, NDArray[np.float32]]
    tokens: NDArray[np.float32] | None = None
    head: ClassHead | None = None

    def score_map(self, weights: ClassWeights) -> NDArray[np.float32]:
        """Weighted sum of the classes' score maps, (h, w) float32."""
        unknown = [index for index, _ in weights if index not in self.score_maps]
        maps = dict(self.score_maps)
        if unknown:
            if self.tokens is None or self.head is None:
                raise ClassNotKeptError("This class was not kept with the photo; it has to be looked at again.")
            found = score_maps(self.tokens, self.head.weight, self.head.bias, unknown)
            maps.update(zip(unknown, found, strict=True))
        return np.asarray(sum(weight * maps[index] for index, weight in weights), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class DecisionSettings:
    """What the model file says of turning evidence into maps and boxes."""

    score_map_relu: bool
    fuse_at_image: bool
    rule: BoxRule


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything one look found. Immutable.

    class_scores: (C,) float32 probabilities, the mean over the scales of their softmax.
    class_names: the model's C class names.
    scales: one entry a scale, in the model's order.
    photo_width, photo_height: size of the upright photo in pixels.
    """

    class_scores: NDArray[np.float32]
    class_names: tuple[str, ...]
    scales: tuple[ScaleEvidence, ...]
    photo_width: int
    photo_height: int
    settings: DecisionSettings

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
        weights: ClassWeights = ((place, 1.0),) if isinstance(place, int) else place
        shape = working_shape(self.photo_width, self.photo_height)
        cams = []
        for scale in self.scales:
            cam = scale.score_map(weights)
            if self.settings.score_map_relu:
                cam = np.maximum(cam, 0.0)
            if scale.foreground is not None:
                cam = cam * scale.foreground
            cams.append(resize_map(cam, shape) if self.settings.fuse_at_image else cam)
        each, fused = fuse(cams, [scale.weight for scale in self.scales])
        fused = min_max(resize_map(fused, shape))
        maps = (min_max(resize_map(values, shape)) for values in each)
        return HeatMap(
            scales=tuple(
                ScaleMap(scale.name, scale.weight, values) for scale, values in zip(self.scales, maps, strict=True)
            ),
            fused=fused,
            refined=fused,
            clusters=None,
            photo_width=self.photo_width,
            photo_height=self.photo_height,
            class_score=float(min(1.0, sum(self.class_scores[index] for index, _ in weights))),
            rule=self.settings.rule,
        )

    def compact(self, places: Iterable[int | ClassWeights] = ()) -> Evidence:
        """Keeps the five best classes and those of `places`, drops the tokens: tens of kilobytes, fit to store."""
        kept = {index for index, _ in self.top_classes(_KEPT_TOP_CLASSES)}
        for place in places:
            kept.update([place] if isinstance(place, int) else [index for index, _ in place])
        scales = []
        for scale in self.scales:
            maps = {index: scale.score_map(((index, 1.0),)) for index in sorted(kept)}
            scales.append(replace(scale, score_maps=maps, tokens=None, head=None))
        return replace(self, scales=tuple(scales))

    def to_bytes(self) -> bytes:
        """Stores compact evidence: half precision, compressed. See `from_bytes`."""
        top = [index for index, _ in self.top_classes(20)]
        facts = {
            "version": _STORED_VERSION,
            "photo": [self.photo_width, self.photo_height],
            "class_count": len(self.class_names),
            "top": [[index, float(self.class_scores[index])] for index in top],
            "scales": [[scale.name, scale.weight, sorted(scale.score_maps)] for scale in self.scales],
            "settings": asdict(self.settings),
        }
        tensors: dict[str, NDArray[np.generic]] = {"facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)}
        for number, scale in enumerate(self.scales):
            for index, values in scale.score_maps.items():
                tensors[f"{number}.{index}"] = values.astype(np.float16)
            if scale.foreground is not None:
                tensors[f"{number}.foreground"] = scale.foreground.astype(np.float32)
        return zlib.compress(safetensors.numpy.save(tensors), level=3)

    @classmethod
    def from_bytes(cls, data: bytes, class_names: tuple[str, ...]) -> Evidence:
        """Reads stored evidence back. Scores of classes outside the best twenty come back as 0.

        Raises:
            ClassNotKeptError: the bytes are damaged or belong to another model; the photo has to be looked at again.
        """
        try:
            tensors = safetensors.numpy.load(zlib.decompress(data))
            facts = json.loads(tensors["facts"].tobytes())
            if facts["version"] != _STORED_VERSION or facts["class_count"] != len(class_names):
                raise ValueError("stored by another version or model")
            scores = np.zeros(len(class_names), dtype=np.float32)
            for index, score in facts["top"]:
                scores[index] = score
            scales = tuple(
                ScaleEvidence(
                    name,
                    weight,
                    tensors.get(f"{number}.foreground"),
                    {index: tensors[f"{number}.{index}"].astype(np.float32) for index in kept},
                )
                for number, (name, weight, kept) in enumerate(facts["scales"])
            )
            settings = facts["settings"]
            rule = BoxRule(**settings.pop("rule"))
            width, height = facts["photo"]
            return cls(scores, class_names, scales, width, height, DecisionSettings(**settings, rule=rule))
        except (zlib.error, KeyError, ValueError, TypeError, IndexError, safetensors.SafetensorError) as error:
            raise ClassNotKeptError(
                "What was stored for this photo is damaged; it has to be looked at again."
            ) from error
