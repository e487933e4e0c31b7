"""How long a training will take and how much memory, from a probe of a few seconds; nothing is trained.

The answer comes within ten seconds of the program's start, most of which its libraries take: what there is no time to
try is told from what was tried, or from what is usual.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import MoltboxError, PhotoError
from engine.localization.onnx_session import core_count
from trainer.backbones import HUB, NO_WEIGHTS
from trainer.class_loss import ClassLoss
from trainer.config import QuickConfig, TrainConfig
from trainer.data import LabelledFile, PhotoSet, PhotoViews, Shown, View, read_at_least
from trainer.devices import HALF, open_device, precision_on
from trainer.molt import DEFAULT_SIDES, Branch, Molt
from trainer.quick_network import BACKBONE as DEIT_TINY

ANSWER_S = 9.0
"""Seconds after the start by which nothing new is begun."""

PROBE_BLOCKS = 2
"""Of a transformer's blocks: they are all alike."""

_LIGHT_PROBE_S, _CLUSTER_PROBE_S = 2.5, 3.0
"""Time that must be left for a probe to be worth it."""

_USUAL_LOOK_S, _USUAL_TEACHING_S, _USUAL_STEP_S, _USUAL_CLUSTER_STEP_S = 0.15, 0.02, 0.008, 0.4
"""On one core of a server, where there is no time to try."""

_WRITING_S = 25.0
"""Writing the networks of a model file, about."""

_FASTER_THAN_TORCH = 5.0
"""ONNX Runtime, which looks at photos for the quick preset, beside torch on a CPU; see `trainer.light_features`."""

_LEAST_PART = 4
_LOOK_TO_CALIBRATE_S = 0.6
_KEPT_FREE_S = 1.0
"""Of the time, for what comes after the steps."""

_OPTIMISER_BYTES_A_WEIGHT = 16
"""Weight, gradient and AdamW's two moments, in single precision."""

_PROGRAM_BYTES = 700_000_000
"""The program and its libraries themselves, about."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a training will need: seconds in all, and the most memory at a time, on the device that learns."""

    estimated_s: float
    photos: int
    classes: int
    device: str
    preset: str
    network: str
    memory_bytes: int

    def as_fields(self) -> dict[str, object]:
        return asdict(self)


class Deadline:
    """Until when a probe may go on."""

    def __init__(self, started: float | None = None) -> None:
        """
        Args:
            started: when the program did, by `time.monotonic`; None for now.
        """
        self._end = (time.monotonic() if started is None else started) + ANSWER_S

    def left_s(self) -> float:
        return self._end - time.monotonic()


@dataclass(frozen=True, slots=True)
class Probe:
    """Of a network on a device: seconds a photo takes, bytes that it keeps for its gradients, numbers that are held."""

    photo_s: float
    photo_bytes: int
    weights: int


def estimate_paper(config: TrainConfig, photos: PhotoSet, deadline: Deadline | None = None) -> Estimate:
    """Probes the first blocks of the smallest branch on one photo, on more where there is time.

    Raises:
        MoltboxError: backbone, weights or device do not serve, or none of the first photos can be read.
    """
    deadline = deadline or Deadline()
    device = open_device(config.device)
    _check_weights(config.pretrained)
    view = View(config.sides, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    views = PhotoViews(photos.root, photos.train, view, training=True, seed=config.seed)
    reading_s = _reading_s(views, len(photos.train), deadline)
    part = -(-config.batch // config.accumulate)
    probe = probe_transformer(config, photos, device, part, deadline)
    turns = len(config.sides) if config.per_branch else 1
    reading_s *= turns
    photo_s = max(probe.photo_s, reading_s / 8) if device.type == "cuda" else probe.photo_s + reading_s
    scored = len(photos.validation) * photo_s / 2  # no gradients, the larger views
    ending_s = _ending_s(config, photos, deadline)
    return Estimate(
        estimated_s=round(config.epochs * (len(photos.train) * photo_s + scored) + ending_s, 1),
        photos=len(photos.train),
        classes=len(photos.class_names),
        device=device.type,
        preset="paper",
        network=config.backbone,
        memory_bytes=_memory(probe.weights, probe.photo_bytes * part, device),
    )


def estimate_quick(config: QuickConfig, photos: PhotoSet, deadline: Deadline | None = None) -> Estimate:
    """Probes a look at one photo and, on the light network, a step on made-up features.

    Raises:
        MoltboxError: the network's weights are missing, or none of the first photos can be read.
    """
    from trainer.light_features import chosen_photos

    deadline = deadline or Deadline()
    train_files, validation_files = chosen_photos(photos, seed=config.seed)
    if config.pretrained == NO_WEIGHTS:
        from trainer.light_trunk import BACKBONE as LIGHT

        probe, network = _probe_light(config, photos, train_files, deadline), LIGHT
    else:
        probe, network = _probe_frozen(config, photos, train_files, deadline), DEIT_TINY
    looked = (len(train_files) + len(validation_files)) * probe.photo_s / (config.threads or core_count())
    return Estimate(
        estimated_s=round(looked + probe.learning_s + _ending_s(config, photos, deadline), 1),
        photos=len(train_files),
        classes=len(photos.class_names),
        device="cpu",
        preset="quick",
        network=network,
        memory_bytes=_memory(probe.weights, probe.photo_bytes, torch.device("cpu")),
    )


def probe_transformer(
    config: TrainConfig, photos: PhotoSet, device: torch.device, batch: int, deadline: Deadline
) -> Probe:
    """Forward and backward through the first blocks of the smallest branch, scaled to all blocks of all branches.

    The weights are made up: the time does not depend on them.

    Args:
        batch: photos at a time that the trial may grow to.
    """
    with torch.device("meta"):
        model = Molt(config.backbone, config.sides, len(photos.class_names), shared_trunk=config.shared_trunk)
    weights = sum(parameter.numel() for parameter in model.parameters())
    works = [_work(branch, len(branch.trunk.blocks)) for branch in model.pyramid]
    tokens = [len(branch.trunk.blocks) * _length(branch) for branch in model.pyramid]
    pixels = [3 * branch.side**2 for branch in model.pyramid]
    branch = min(model.pyramid, key=lambda each: each.side)
    tried = min(PROBE_BLOCKS, len(branch.trunk.blocks))
    done = _work(branch, tried)
    branch.trunk.blocks = branch.trunk.blocks[:tried]
    branch.to_empty(device=device).train()
    for name, parameter in branch.named_parameters():
        nn.init.zeros_(parameter)
        parameter.requires_grad = ".head." in f".{name}" or not config.freeze_trunk
    scoring = ClassLoss(several=photos.several)
    dtype = HALF.get(precision_on(config.precision, device))

    def step(count: int) -> None:
        images = torch.zeros(count, 3, branch.side, branch.side, device=device)
        targets = functional.one_hot(torch.zeros(count, dtype=torch.int64), len(photos.class_names))
        with torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
            loss = scoring.loss(branch(images), targets.float().to(device))
        loss.backward()
        branch.zero_grad(set_to_none=True)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    image_bytes = 4 if dtype is None else 2  # a number of the image, which is kept for the first layer
    a_token = (bytes_a_photo(step) - image_bytes * min(pixels)) / (tried * _length(branch))
    each = [a_token * length + image_bytes * size for length, size in zip(tokens, pixels, strict=True)]
    photo_bytes = max(each) if config.per_branch else sum(each)
    photo_s = _seconds_a_photo(step, batch, deadline) / done * sum(works)
    return Probe(photo_s, round(photo_bytes), weights)


def _work(branch: Branch, blocks: int) -> float:
    """Multiply-adds of one photo's forward pass through so many blocks."""
    trunk = branch.trunk
    length, width = _length(branch), trunk.embed_dim
    in_matrices = sum(parameter.numel() for parameter in trunk.blocks[0].parameters() if parameter.ndim == 2)
    patches = branch.grid**2 * trunk.patch_embed.proj.weight.numel()
    return blocks * (length * in_matrices + 2 * length * length * width) + patches


def _length(branch: Branch) -> int:
    """Tokens of a photo."""
    return branch.grid**2 + branch.trunk.num_prefix_tokens


@dataclass(frozen=True, slots=True)
class QuickProbe(Probe):
    """With the seconds that all the learning takes once every photo was looked at."""

    learning_s: float


def _probe_light(
    config: QuickConfig, photos: PhotoSet, files: Sequence[LabelledFile], deadline: Deadline
) -> QuickProbe:
    from trainer.light import LightMolt
    from trainer.light_features import CHANNELS, GRID, SIDE
    from trainer.light_trunk import LightTrunk, weights_path

    weights_path()  # raises where they are missing
    pixels, reading_s = _decode_some(photos.root, files, 2 * SIDE)
    looking_s, teaching_s = _USUAL_LOOK_S, _USUAL_TEACHING_S
    if deadline.left_s() > _LIGHT_PROBE_S:
        trunk = LightTrunk()
        image = functional.interpolate(pixels, size=(SIDE, SIDE))
        torch.set_num_threads(1)
        with torch.no_grad():
            seconds = _timed(lambda: trunk(image))
            if deadline.left_s() > 2 * seconds:  # the first one is slow
                seconds = _timed(lambda: trunk(image))
            looking_s = seconds / _FASTER_THAN_TORCH
            if deadline.left_s() > seconds:
                teaching_s = 3 * _timed(lambda: trunk.to_head(torch.zeros(1, 320, GRID, GRID)))
    torch.set_num_threads(config.threads or core_count())
    model = LightMolt(len(photos.class_names), torch.zeros(CHANNELS), torch.ones(CHANNELS))

    def step(count: int) -> None:
        answers = model(torch.zeros(count, CHANNELS, GRID, GRID))
        (answers.logits.sum() + answers.foreground.sum() + answers.box.sum()).backward()

    activations = bytes_a_photo(step) * config.batch
    learning_s = config.steps * config.batch * _USUAL_STEP_S
    if deadline.left_s() > _KEPT_FREE_S:
        learning_s = config.steps * config.batch * _seconds_a_photo(step, config.batch, deadline)
    weights = sum(parameter.numel() for parameter in model.parameters())
    return QuickProbe(looking_s + reading_s, activations, weights, learning_s + len(files) * teaching_s)


def _probe_frozen(
    config: QuickConfig, photos: PhotoSet, files: Sequence[LabelledFile], deadline: Deadline
) -> QuickProbe:
    _check_weights(config.pretrained)
    _, reading_s = _decode_some(photos.root, files, 2 * max(DEFAULT_SIDES))
    torch.set_num_threads(1)  # as it looks: one photo a thread
    looks = TrainConfig(config.data, config.out, backbone=DEIT_TINY, shared_trunk=True, freeze_trunk=True)
    probe = probe_transformer(looks, photos, torch.device("cpu"), 1, deadline)
    # The heads read 9 numbers a channel: a thousandth of a look.
    learning_s = config.steps * config.batch * probe.photo_s / 1000
    return QuickProbe(probe.photo_s + reading_s, probe.photo_bytes, probe.weights, learning_s)


def _check_weights(pretrained: str) -> None:
    """Raises:
    MoltboxError: they are to come from a file that is not there.
    """
    if pretrained not in (HUB, NO_WEIGHTS) and not Path(pretrained).is_file():
        raise MoltboxError(f"The weights file {pretrained} is not there: expected a .safetensors or .pth file.")


def _ending_s(config: TrainConfig | QuickConfig, photos: PhotoSet, deadline: Deadline) -> float:
    """Clusters, writing and calibrating."""
    seconds = _WRITING_S
    if config.clusters:
        seconds += _clusters_s(photos, deadline)
    if config.boxes is not None:
        seconds += min(300, len(photos.train) + len(photos.validation)) * _LOOK_TO_CALIBRATE_S
    return seconds


def _clusters_s(photos: PhotoSet, deadline: Deadline) -> float:
    """All steps of the clustering network, by one on the first photo that can be read."""
    from trainer.clustering.amortised import ClusteringConfig, balanced_loss, seeded_network, show
    from trainer.clustering.export import SETTINGS

    network, steps = seeded_network(0), ClusteringConfig().steps

    def step(path: Path) -> None:
        seen = show(read_at_least(path, 2 * SETTINGS.side), mirrored=False)
        balanced_loss(network(seen.image)[0], seen.superpixels, 1.0)[0].backward()

    for file in photos.train[:8]:
        if deadline.left_s() < _CLUSTER_PROBE_S:
            break
        path = photos.root / file.path
        try:
            seconds = _timed(lambda: step(path))  # noqa: B023 - called at once
        except PhotoError:
            continue
        if deadline.left_s() > 2 * seconds:  # the first one is slow
            seconds = _timed(lambda: step(path))  # noqa: B023
        return steps * seconds
    return steps * _USUAL_CLUSTER_STEP_S


def _reading_s(views: PhotoViews, count: int, deadline: Deadline) -> float:
    """Seconds to read one of the first photos, as a training shows it."""
    began, read, shown = time.monotonic(), 0, 0
    for place in range(min(8, count)):
        shown += isinstance(views[(0, place)], Shown)
        read += 1
        if shown and time.monotonic() - began > deadline.left_s() / 5:
            break
    if not shown:
        raise MoltboxError(f"None of the first {read} photos can be read.")
    return (time.monotonic() - began) / read


def _decode_some(root: Path, files: Sequence[LabelledFile], side: int) -> tuple[Tensor, float]:
    """The first photo that can be read as (1, 3, H, W) in [0, 1], and the seconds that took."""
    for file in files[:8]:
        began = time.monotonic()
        try:
            pixels = torch.from_numpy(read_at_least(root / file.path, side))
        except PhotoError:
            continue
        return pixels.permute(2, 0, 1)[None].float() / 255, time.monotonic() - began
    raise MoltboxError("None of the first photos can be read.")


def _seconds_a_photo(step: Callable[[int], None], batch: int, deadline: Deadline) -> float:
    """Of ever larger parts of a batch, as long as there is time."""
    count, seconds = 1, _timed(lambda: step(1))
    while count < batch and deadline.left_s() > 2.5 * count * seconds + _KEPT_FREE_S:
        count = min(2 * count, batch)
        seconds = _timed(lambda: step(count)) / count  # noqa: B023 - called at once
    return seconds


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def bytes_a_photo(step: Callable[[int], object]) -> int:
    """What a step of so many photos keeps for each one's gradients: what a second photo adds.

    The first one's are kept beside the weights and their copies in half precision.
    """
    first = saved_bytes(lambda: step(1))
    return saved_bytes(lambda: step(2)) - first


def saved_bytes(step: Callable[[], object]) -> int:
    """What a step keeps for its gradients, each stored tensor once."""
    sizes: dict[int, int] = {}

    def keep(value: Tensor) -> Tensor:
        sizes[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        step()
    return sum(sizes.values())


def _memory(weights: int, activations: int, device: torch.device) -> int:
    program = _PROGRAM_BYTES if device.type == "cpu" else 0
    return weights * _OPTIMISER_BYTES_A_WEIGHT + activations + program
