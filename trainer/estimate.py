"""How long a training will take and how much memory, from a probe of a few seconds; nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import MoltboxError, PhotoError
from engine.localization.onnx_session import core_count
from trainer.branch_lesson import precision_on
from trainer.class_loss import ClassLoss
from trainer.clustering.amortised import ClusteringConfig, balanced_loss, seeded_network, show
from trainer.clustering.export import SETTINGS
from trainer.config import QuickConfig, TrainConfig
from trainer.data import LabelledFile, PhotoSet, PhotoViews, Shown, View, collate, normalised, read_at_least
from trainer.light import LightMolt
from trainer.light_features import CHANNELS, GRID, SIDE, chosen_photos
from trainer.light_trunk import BACKBONE, LightTrunk
from trainer.molt import Molt
from trainer.train import make_model, open_device

PROBE_S = 6.0
"""The probe ends within this; what it has not come to by then is told from what it has."""

_WRITING_S = 25.0
"""Writing the networks of a model file, about."""

_FASTER_THAN_TORCH = 5.0
"""ONNX Runtime, which looks at photos for the quick preset, beside torch on a CPU; see `trainer.light_features`."""

_LEAST_PART = 4
_LOOK_TO_CALIBRATE_S = 0.6
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


def estimate_paper(config: TrainConfig, photos: PhotoSet) -> Estimate:
    """Probes one step of the paper preset on one photo, on more where there is time.

    Raises:
        MoltboxError: backbone, weights or device do not serve, or none of the first photos can be read.
    """
    began = time.monotonic()
    device = open_device(config.device)
    # Other weights take the same time, and those of the hub may take minutes to come.
    model = make_model(replace(config, pretrained="none"), len(photos.class_names)).to(device).train()
    view = View(config.sides, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    views = PhotoViews(photos.root, photos.train, view, training=True, seed=config.seed)
    shown, reading_s = _read_some(views, len(photos.train), most=8)
    scoring = ClassLoss(several=photos.several)
    dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision_on(config.precision, device))

    def step(count: int) -> None:
        batch = collate([shown[place % len(shown)] for place in range(count)], len(photos.class_names)).to(device)
        with torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
            loss = scoring.summed(model([normalised(image, view) for image in batch.images]), batch.targets)
        loss.backward()
        model.zero_grad(set_to_none=True)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    activations = saved_bytes(lambda: step(1))
    step_s = _seconds_a_photo(step, config.batch, began)
    photo_s = max(step_s, reading_s / 8) if device.type == "cuda" else step_s + reading_s
    scored = len(photos.validation) * photo_s / 2  # no gradients, the larger views
    return Estimate(
        estimated_s=round(config.epochs * (len(photos.train) * photo_s + scored) + _ending_s(config, photos), 1),
        photos=len(photos.train),
        classes=len(photos.class_names),
        device=device.type,
        preset="paper",
        network=config.backbone,
        memory_bytes=_memory(model, activations * -(-config.batch // config.accumulate), device),
    )


def estimate_quick(config: QuickConfig, photos: PhotoSet) -> Estimate:
    """Probes a look at one photo and a step on made-up features.

    Raises:
        MoltboxError: the trunk's weights are missing, or none of the first photos can be read.
    """
    began = time.monotonic()
    threads = config.threads or core_count()
    train_files, validation_files = chosen_photos(photos, seed=config.seed)
    trunk = LightTrunk()
    pixels, reading_s = _decode_some(photos.root, train_files, 2 * SIDE)
    image = functional.interpolate(pixels, size=(SIDE, SIDE))
    torch.set_num_threads(1)
    with torch.no_grad():
        trunk(image)
        looking_s = _timed(lambda: trunk(image), 3) / _FASTER_THAN_TORCH + reading_s
    torch.set_num_threads(threads)
    model = LightMolt(len(photos.class_names), torch.zeros(CHANNELS), torch.ones(CHANNELS))

    def step(count: int) -> None:
        answers = model(torch.zeros(count, CHANNELS, GRID, GRID))
        (answers.logits.sum() + answers.foreground.sum() + answers.box.sum()).backward()

    activations = saved_bytes(lambda: step(1))
    step_s = _seconds_a_photo(step, config.batch, began)
    looked = (len(train_files) + len(validation_files)) * looking_s / threads
    taught = len(train_files) * _timed(lambda: trunk.to_head(torch.zeros(1, 320, GRID, GRID)), 1) * 3
    learnt = config.steps * config.batch * step_s
    return Estimate(
        estimated_s=round(looked + taught + learnt + _ending_s(config, photos), 1),
        photos=len(train_files),
        classes=len(photos.class_names),
        device="cpu",
        preset="quick",
        network=BACKBONE,
        memory_bytes=_memory(model, activations * config.batch, torch.device("cpu")),
    )


def _ending_s(config: TrainConfig | QuickConfig, photos: PhotoSet) -> float:
    """Clusters, writing and calibrating."""
    seconds = _WRITING_S
    if config.clusters:
        clusters = ClusteringConfig()
        seconds += clusters.steps * _cluster_step_s(photos)
    if config.boxes is not None:
        seconds += min(300, len(photos.train) + len(photos.validation)) * _LOOK_TO_CALIBRATE_S
    return seconds


def _cluster_step_s(photos: PhotoSet) -> float:
    """One step of the clustering network, on the first photo that can be read."""
    network = seeded_network(0)

    def step(path: Path) -> None:
        seen = show(read_at_least(path, 2 * SETTINGS.side), mirrored=False)
        balanced_loss(network(seen.image)[0], seen.superpixels, 1.0)[0].backward()

    for file in photos.train[:8]:
        path = photos.root / file.path
        try:
            step(path)  # the first one is slow
        except PhotoError:
            continue
        return _timed(lambda: step(path), 1)  # noqa: B023 - called at once
    return 0.0


def _read_some(views: PhotoViews, count: int, *, most: int) -> tuple[list[Shown], float]:
    """The first photos as a training shows them, and the seconds one takes."""
    began, shown, read = time.monotonic(), [], 0
    for place in range(min(most, count)):
        entry = views[(0, place)]
        read += 1
        if isinstance(entry, Shown):
            shown.append(entry)
        if time.monotonic() - began > PROBE_S / 4:
            break
    if not shown:
        raise MoltboxError(f"None of the first {read} photos can be read.")
    return shown, (time.monotonic() - began) / read


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


def _seconds_a_photo(step: Callable[[int], None], batch: int, began: float) -> float:
    """Of ever larger parts of a batch, as long as there is time; one photo alone would be told far too slow."""
    step(1)  # the first one is slow
    count = min(_LEAST_PART, batch)
    seconds = _timed(lambda: step(count), 1) / count
    while count < batch and time.monotonic() - began + 2.5 * count * seconds < PROBE_S:
        count = min(2 * count, batch)
        seconds = _timed(lambda: step(count), 1) / count  # noqa: B023 - called at once
    return seconds


def _timed(work: Callable[[], object], times: int) -> float:
    began = time.monotonic()
    for _ in range(times):
        work()
    return (time.monotonic() - began) / times


def saved_bytes(step: Callable[[], None]) -> int:
    """What a step keeps for its gradients, each stored tensor once; less the weights, which are there anyway."""
    sizes: dict[int, int] = {}

    def keep(value: Tensor) -> Tensor:
        if not isinstance(value, nn.Parameter):
            sizes[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
        step()
    return sum(sizes.values())


def _memory(model: Molt | LightMolt, activations: int, device: torch.device) -> int:
    weights = sum(parameter.numel() for parameter in model.parameters())
    program = _PROGRAM_BYTES if device.type == "cpu" else 0
    return weights * _OPTIMISER_BYTES_A_WEIGHT + activations + program
