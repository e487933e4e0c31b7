"""The contract inside a model file: every field, its meaning, its limits, and an error that names it.

`parse_manifest` is the only way in. Unknown fields are kept out of the way of older programs by the format version:
a newer version is refused, unknown fields of this version are refused too, so a misspelt setting never passes. Version
1 knew neither `propagation`, `cam`, `clustering` and `refinement.split_components` nor the last two fields of
`box_rule`; it is read as a file that does without them. `precision` is absent where networks compute in single
precision.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from engine.dataset.files import UNFIT_CHARACTER
from engine.errors import ModelFileError
from engine.localization.boxes import BoxRule
from engine.localization.propagation import Propagation

FORMAT = "moltbox-model"
FORMAT_VERSION = 2

_LAYOUT = re.compile(r"[\t-\r]")  # tabs and the ends of lines and pages, as licences have them

Precision = Literal["fp32", "bf16", "int8", "int8+bf16", "fp16"]
"""What the networks may compute in, as `trainer.speed_up` found to keep the model's boxes: "bf16" allows bfloat16 where
the processor has it; "int8" and "fp16" networks hold such weights and operations."""


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A class as the model knows it: its name and other words for it."""

    name: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """How a photo is shown to one branch, and what its map weighs in the fusion.

    `resize` "square" squashes to side x side as the paper does; "keep_aspect" keeps the photo's shape at an area of
    about side², both sides rounded to `multiple`. `grid` is the fixed (rows, columns) of the maps, None where it
    follows the photo. `weight` >= 0; the weights of a model add up to 1.
    """

    name: str
    network: str
    head: str
    resize: Literal["square", "keep_aspect"]
    side: int
    multiple: int
    patch: int
    grid: tuple[int, int] | None
    weight: float


@dataclass(frozen=True, slots=True)
class ClusteringSettings:
    """The pixel-clustering network: shown RGB in [0, 1] with the photo's shape kept, at an area of about side² pixels.

    Both sides are rounded to `multiple`. `split_components`: clusters are split into their connected parts.
    """

    network: str
    side: int
    multiple: int
    split_components: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """A validated manifest.

    `mean` and `std` apply to RGB in [0, 1]; `threshold` to maps with maximum 1. `propagation_on` names the network's
    output that propagation compares. `foreground_power` and `score_power` are the exponents of the CAM's product.
    `class_fusion` says how the scales' logits become class probabilities: the mean of their softmax where a photo shows
    one class, of their logistic function where it may show several or none.
    """

    name: str
    kind: Literal["molt", "cnn-cam"]
    created: str
    creator: str
    backbone: str
    licence: str
    notice: str
    classes: tuple[ClassEntry, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    scales: tuple[ScaleSettings, ...]
    constant_foreground: bool
    score_map_relu: bool
    propagation: Propagation | None
    propagation_on: Literal["features", "tokens"]
    foreground_power: float
    score_power: float
    class_fusion: Literal["mean_softmax", "mean_sigmoid"]
    fuse_at: Literal["grid", "image"]
    refinement_weight: float
    clustering: ClusteringSettings | None
    threshold: float
    threshold_source: str
    threshold_boxes_used: int
    box_rule: BoxRule
    training: Mapping[str, Any] = field(default_factory=dict)
    accuracy: Mapping[str, Any] = field(default_factory=dict)
    precision: Precision = "fp32"

    @property
    def allows_bfloat16(self) -> bool:
        return "bf16" in self.precision

    @property
    def in_eight_bits(self) -> bool:
        """Whether layers of its networks multiply 8-bit numbers."""
        return "int8" in self.precision

    @property
    def allows_half(self) -> bool:
        return self.allows_bfloat16 or self.precision == "fp16"

    @property
    def network_names(self) -> tuple[str, ...]:
        """Names of the networks, each once: the scales' in their order, then the clustering network."""
        names = [scale.network for scale in self.scales]
        return tuple(dict.fromkeys([*names, self.clustering.network] if self.clustering else names))

    @property
    def head_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(scale.head for scale in self.scales))


def parse_manifest(fields: Any) -> Manifest:
    """Validates a manifest.

    Args:
        fields: the decoded JSON object.

    Raises:
        ModelFileError: names the field at fault and what was expected.
    """
    top = _Fields(fields, "")
    top.choice("format", (FORMAT,))
    version = top.whole("format_version", 1)
    if version > FORMAT_VERSION:
        raise _fault(
            "format_version", f"this Moltbox reads up to {FORMAT_VERSION}, the file has {version}; update Moltbox"
        )
    licence = top.part("licence")
    inputs = top.part("input")
    inputs.choice("colour_order", ("RGB",))
    threshold = top.part("threshold")
    rule = top.part("box_rule")
    refinement = top.part("refinement")
    is_first = version == 1
    propagation, propagation_on = (None, "features") if is_first else _propagation(top)
    foreground_power, score_power = (1.0, 1.0) if is_first else _powers(top)
    manifest = Manifest(
        name=top.name("name"),
        kind=top.choice("kind", ("molt", "cnn-cam")),
        created=top.text("created"),
        creator=top.text("creator"),
        backbone=top.text("backbone"),
        licence=licence.text("spdx"),
        notice=licence.text("notice", allow_empty=True),
        classes=_classes(top.items("classes")),
        mean=inputs.triple("mean", minimum=-10.0),
        std=inputs.triple("std", minimum=1e-6),
        scales=_scales(top.items("scales")),
        constant_foreground=top.choice("foreground", ("network", "constant")) == "constant",
        score_map_relu=top.part("score_map").flag("relu"),
        propagation=propagation,
        propagation_on=propagation_on,
        foreground_power=foreground_power,
        score_power=score_power,
        class_fusion=top.choice("class_fusion", ("mean_softmax", "mean_sigmoid")),
        fuse_at=top.part("fusion").choice("at", ("grid", "image")),
        refinement_weight=refinement.number("weight", 0.0, 1.0),
        clustering=None if is_first else _clustering(top, refinement),
        threshold=threshold.number("value", 0.0, 1.0),
        threshold_source=threshold.text("calibrated_on"),
        threshold_boxes_used=threshold.whole("boxes_used", 0),
        box_rule=BoxRule(
            pick=rule.choice("pick", ("pixels", "polygon")),
            max_boxes=rule.whole("max_boxes", 1),
            min_area=rule.number("min_area", 0.0, 1.0),
            **({} if is_first else _rule_of_several(rule)),
        ),
        training=top.part("training").rest(),
        accuracy=top.part("accuracy").rest(),
        precision=top.choice_or("precision", get_args(Precision), "fp32"),
    )
    for part in (top, licence, inputs, threshold, rule, refinement):
        part.refuse_unknown()
    return manifest


def _propagation(top: _Fields) -> tuple[Propagation | None, Literal["features", "tokens"]]:
    part = top.part_or_none("propagation")
    if part is None:
        return None, "features"
    found = Propagation(part.whole("power", 1, 32), part.whole("steps", 1, 64))
    compared = part.choice("on", ("features", "tokens"))
    part.refuse_unknown()
    return found, compared


def _powers(top: _Fields) -> tuple[float, float]:
    part = top.part("cam")
    powers = part.number("foreground_power", 0.0, 8.0), part.number("score_power", 0.0, 8.0)
    part.refuse_unknown()
    return powers


def _clustering(top: _Fields, refinement: _Fields) -> ClusteringSettings | None:
    split = refinement.flag("split_components")
    part = top.part_or_none("clustering")
    if part is None:
        return None
    found = ClusteringSettings(
        part.file_stem("network"), part.whole("side", 16, 4096), part.whole("multiple", 1, 1024), split
    )
    part.refuse_unknown()
    return found


def _rule_of_several(rule: _Fields) -> dict[str, float]:
    return {"min_share": rule.number("min_share", 0.0, 1.0), "nms_iou": rule.number("nms_iou", 0.0, 1.0)}


def _classes(entries: list[Any]) -> tuple[ClassEntry, ...]:
    classes = []
    for index, entry in enumerate(entries):
        part = _Fields(entry, f"classes[{index}].")
        synonyms = part.items("synonyms", allow_empty=True)
        if not all(_is_word(word) for word in synonyms):
            raise _fault(f"classes[{index}].synonyms", "expected a list of words without control characters")
        classes.append(ClassEntry(part.name("name"), tuple(synonyms)))
        part.refuse_unknown()
    return tuple(classes)


def _scales(entries: list[Any]) -> tuple[ScaleSettings, ...]:
    scales = []
    for index, entry in enumerate(entries):
        part = _Fields(entry, f"scales[{index}].")
        scales.append(
            ScaleSettings(
                name=part.name("name"),
                network=part.file_stem("network"),
                head=part.file_stem("head"),
                resize=part.choice("resize", ("square", "keep_aspect")),
                side=part.whole("side", 1, 4096),
                multiple=part.whole("multiple", 1, 1024),
                patch=part.whole("patch", 1, 1024),
                grid=part.grid("grid"),
                weight=part.number("weight", 0.0, 1.0),
            )
        )
        part.refuse_unknown()
        if scales[-1].resize == "square" and scales[-1].grid is None:
            raise _fault(f"scales[{index}].grid", "a square scale needs its rows and columns")
    names = [scale.name for scale in scales]
    if len(set(names)) < len(names):
        raise _fault("scales", "two scales have the same name")
    total = sum(scale.weight for scale in scales)
    if not math.isclose(total, 1.0, abs_tol=0.01):
        raise _fault("scales", f"the weights add up to {total:.3f}, expected 1")
    return tuple(scales)


def _fault(name: str, why: str) -> ModelFileError:
    return ModelFileError(f"field {name}: {why}.", field=name)


class _Fields:
    """Reads one JSON object field by field, remembers what was read, and names what is wrong."""

    def __init__(self, fields: Any, prefix: str) -> None:
        if not isinstance(fields, Mapping):
            raise _fault(prefix.rstrip(".") or "manifest.json", "expected an object with named fields")
        self._fields = fields
        self._prefix = prefix
        self._read: set[str] = set()

    def _get(self, name: str, check: Callable[[Any], bool], expected: str) -> Any:
        self._read.add(name)
        if name not in self._fields:
            raise _fault(self._prefix + name, "missing")
        value = self._fields[name]
        if not check(value):
            raise _fault(self._prefix + name, f"expected {expected}, got {_short(value)}")
        return value

    def text(self, name: str, *, allow_empty: bool = False) -> str:
        """Text that may have several lines."""
        return self._get(
            name,
            lambda value: (
                isinstance(value, str) and ((allow_empty and not value.strip()) or _is_word(_LAYOUT.sub(" ", value)))
            ),
            "text without control characters",
        )

    def name(self, name: str) -> str:
        return self._get(name, _is_word, "text without control characters")

    def file_stem(self, name: str) -> str:
        allowed = "letters, digits, '_' and '-' only"
        return self._get(
            name,
            lambda value: isinstance(value, str) and value.replace("_", "").replace("-", "").isalnum(),
            allowed,
        )

    def flag(self, name: str) -> bool:
        return self._get(name, lambda value: isinstance(value, bool), "true or false")

    def choice(self, name: str, allowed: tuple[str, ...]) -> Any:
        return self._get(name, lambda value: value in allowed, " or ".join(repr(option) for option in allowed))

    def choice_or(self, name: str, allowed: tuple[str, ...], absent: str) -> Any:
        return self.choice(name, allowed) if name in self._fields else absent

    def whole(self, name: str, minimum: int, maximum: int = 2**31) -> int:
        return self._get(
            name,
            lambda value: isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum,
            f"a whole number from {minimum} to {maximum}",
        )

    def number(self, name: str, minimum: float, maximum: float) -> float:
        return float(self._get(name, lambda value: _is_number(value, minimum, maximum), f"{minimum:g} to {maximum:g}"))

    def triple(self, name: str, *, minimum: float) -> tuple[float, float, float]:
        values = self._get(
            name,
            lambda value: (
                isinstance(value, list) and len(value) == 3 and all(_is_number(x, minimum, 10) for x in value)
            ),
            "three numbers, red, green and blue",
        )
        return (float(values[0]), float(values[1]), float(values[2]))

    def grid(self, name: str) -> tuple[int, int] | None:
        values = self._get(
            name,
            lambda value: (
                value is None or (isinstance(value, list) and len(value) == 2 and all(_is_count(x) for x in value))
            ),
            "null, or two whole numbers, rows and columns",
        )
        return None if values is None else (values[0], values[1])

    def items(self, name: str, *, allow_empty: bool = False) -> list[Any]:
        return self._get(name, lambda value: isinstance(value, list) and (allow_empty or len(value) > 0), "a list")

    def part(self, name: str) -> _Fields:
        fields = self._get(name, lambda value: isinstance(value, Mapping), "an object with named fields")
        return _Fields(fields, f"{self._prefix}{name}.")

    def part_or_none(self, name: str) -> _Fields | None:
        fields = self._get(
            name, lambda value: value is None or isinstance(value, Mapping), "null, or an object with named fields"
        )
        return None if fields is None else _Fields(fields, f"{self._prefix}{name}.")

    def rest(self) -> Mapping[str, Any]:
        return dict(self._fields)

    def refuse_unknown(self) -> None:
        unknown = sorted(set(self._fields) - self._read)
        if unknown:
            # The name may be anything, and stands in a sentence.
            shown = unknown[0].encode("unicode_escape").decode()[:40]
            raise _fault(self._prefix + shown, "unknown to this version of Moltbox")


def _is_word(value: Any) -> bool:
    """Whether it is text that fits in a line of the window and in a label file."""
    return isinstance(value, str) and bool(value.strip()) and not UNFIT_CHARACTER.search(value)


def _is_number(value: Any, minimum: float, maximum: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and minimum <= value <= maximum


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 4096


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
