"""The facade of the engine: look once at a photo with a trained model, then decide as often as you like.

localizer = Localizer.open(starter_model_path())
evidence = localizer.look(read_photo(path))          # runs the networks
heat_map = evidence.heat_map(281)                    # milliseconds, no network
boxes = heat_map.boxes(threshold=0.2)                # microseconds
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, ModelFileError
from engine.localization.evidence import DecisionSettings, Evidence, ScaleEvidence
from engine.localization.gpu_providers import CPU, ImageSizes
from engine.localization.manifest import Manifest, ScaleSettings
from engine.localization.model_file import ModelFile
from engine.localization.naming import ClassNames
from engine.localization.onnx_session import DeviceChoice, DeviceReport, Network, core_count, report_device
from engine.localization.openvino_network import is_exact_in_eight_bits, openvino_version
from engine.localization.preparing import ShownPhoto, clustering_size, shown_size
from engine.localization.quickest import WORTH_TRYING_S, openvino_is_quicker, remember, remembered, trial_key
from engine.localization.refinement import number_clusters, split_components


def _image_sizes(manifest: Manifest, network: str) -> ImageSizes:
    """Heights and widths that a network is shown, over all shapes of photos."""
    shown = [scale for scale in manifest.scales if scale.network == network] or [manifest.clustering]
    sizes = [
        (height, width)
        for each in shown
        if each is not None
        for width, height in (
            shown_size(each, *shape) if isinstance(each, ScaleSettings) else clustering_size(each, *shape)
            for shape in ((1, 1), (8, 1), (1, 8))
        )
    ]
    heights, widths = zip(*sizes, strict=True)
    return ImageSizes((min(heights), min(widths)), max(sizes[::3]), (max(heights), max(widths)))


class Localizer:
    """A model, loaded and ready to look. One instance serves one thread at a time.

    `first_look_s` is how long its networks took for the trial run at all scales while it was loaded, in seconds: about
    what one look takes here.
    """

    def __init__(self, model: ModelFile, *, device: DeviceChoice = "auto", threads: int | None = None) -> None:
        """
        Args:
            model: a validated model file.
            device: see `DeviceChoice`.
            threads: CPU threads, all cores by default.

        Raises:
            ModelFileError: a network cannot be loaded, or does not keep the contract.
        """
        threads = threads or core_count()
        self.model = model
        self.names = ClassNames(model.manifest.classes)
        try:
            self._networks, self.first_look_s = self._open_quickest(device, threads)
        except ModelFileError as error:
            raise ModelFileError(f"{model.path.name} cannot be used: {error}", field=error.field) from error
        self.device: DeviceReport = report_device(device, list(self._networks.values()), threads)

    @classmethod
    def open(cls, path: Path, *, device: DeviceChoice = "auto", threads: int | None = None) -> Localizer:
        """Reads a model file and loads it.

        Raises:
            ModelFileError: see `ModelFile.read` and `Localizer`.
        """
        return cls(ModelFile.read(path), device=device, threads=threads)

    @property
    def providers(self) -> tuple[str, ...]:
        """What runs the first scale's network, the one that runs most of it first."""
        return self._networks[self.model.manifest.scales[0].network].providers

    @property
    def partition(self) -> dict[str, int]:
        """How many operations of all networks each provider took; empty where that is not known."""
        counts: dict[str, int] = {}
        for network in self._networks.values():
            for provider, count in network.partition.items():
                counts[provider] = counts.get(provider, 0) + count
        return counts

    def _open_quickest(self, device: DeviceChoice, threads: int) -> tuple[dict[str, Network], float]:
        """The networks, checked, and the seconds of their first run; on a CPU in whichever program is the quicker."""
        if not self._openvino_serves():
            return self._opened("cpu" if device == "openvino" else device, threads)
        if device != "auto":
            return self._opened(device, threads)
        bfloat16 = self.model.manifest.allows_bfloat16
        key = trial_key(self.model.sha256, threads, bfloat16=bfloat16)
        known = remembered(key)
        if known:
            with contextlib.suppress(ModelFileError):
                return self._opened("openvino", threads)
        networks, first_s = self._opened("auto", threads)
        on_cpu = all(network.providers[0] == CPU for network in networks.values())
        if known is not None or not on_cpu or first_s < WORTH_TRYING_S:
            return networks, first_s
        generator = np.random.default_rng(0)
        trial = []
        for scale in self.model.manifest.scales:
            width, height = shown_size(scale, scale.side, scale.side)
            trial.append((scale.network, generator.standard_normal((1, 3, height, width)).astype(np.float32)))
        quicker = openvino_is_quicker(
            networks,
            lambda: self._load("openvino", threads),
            trial,
            bfloat16=bfloat16,
            eight_bits=self.model.manifest.in_eight_bits,
        )
        remember(key, openvino_is_quicker=quicker)
        return self._opened("openvino", threads) if quicker else (networks, first_s)

    def _openvino_serves(self) -> bool:
        """Whether OpenVINO is there, and computes what the model asks for."""
        return openvino_version() is not None and (not self.model.manifest.in_eight_bits or is_exact_in_eight_bits())

    def _opened(self, device: DeviceChoice, threads: int) -> tuple[dict[str, Network], float]:
        networks = self._load(device, threads)
        started_s = time.perf_counter()
        for scale in self.model.manifest.scales:
            self._check(scale, networks[scale.network])
        self._check_clustering(networks)
        return networks, time.perf_counter() - started_s

    def _load(self, device: DeviceChoice, threads: int) -> dict[str, Network]:
        manifest = self.model.manifest
        looking = {scale.network for scale in manifest.scales}
        return {
            name: Network(
                name,
                onnx,
                # In single precision ONNX Runtime is as quick at the small clustering network, and loads it sooner.
                device if name in looking or device != "openvino" or manifest.allows_bfloat16 else "cpu",
                threads,
                bfloat16=manifest.allows_bfloat16,
                half=manifest.allows_half,
                eight_bits=manifest.in_eight_bits,
                sizes=_image_sizes(manifest, name),
            )
            for name, onnx in ((name, self.model.networks[name]) for name in manifest.network_names)
        }

    def look(
        self,
        photo: NDArray[np.uint8],
        *,
        size: tuple[int, int] | None = None,
        on_scale: Callable[[str, int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Evidence:
        """Runs the networks on one photo.

        Args:
            photo: (H, W, 3) uint8 RGB, upright.
            size: width and height of the whole photo where `photo` was decoded at a reduced size; boxes are in that
                frame.
            on_scale: told the scale's name, how many are done and how many there are, before each scale.
            cancelled: asked before each scale.

        Raises:
            Cancelled: `cancelled` said so.
        """
        manifest = self.model.manifest
        shown = ShownPhoto(photo, size)
        scales: list[ScaleEvidence] = []
        probabilities = []
        for number, scale in enumerate(manifest.scales):
            if cancelled is not None and cancelled():
                raise Cancelled("Stopped.")
            if on_scale is not None:
                on_scale(scale.name, number, len(manifest.scales))
            found = self._networks[scale.network].run(shown.for_scale(scale, manifest))
            foreground = None if manifest.constant_foreground else found["foreground"][0]
            compared = None if manifest.propagation is None else found[manifest.propagation_on][0]
            head = self.model.heads[scale.head]
            scales.append(ScaleEvidence(scale.name, scale.weight, foreground, {}, found["tokens"][0], head, compared))
            probabilities.append(self._probabilities(found["logits"][0]))
        return Evidence(
            class_scores=np.stack(probabilities).mean(axis=0, dtype=np.float32),
            class_names=self.model.class_names,
            scales=tuple(scales),
            photo_width=shown.width,
            photo_height=shown.height,
            settings=DecisionSettings(
                score_map_relu=manifest.score_map_relu,
                fuse_at_image=manifest.fuse_at == "image",
                rule=manifest.box_rule,
                propagation=manifest.propagation,
                foreground_power=manifest.foreground_power,
                score_power=manifest.score_power,
                refinement_weight=manifest.refinement_weight,
            ),
            clusters=self._cluster(photo, shown),
        )

    def class_scores(self, photo: NDArray[np.uint8], *, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """Class probabilities (C,) float32 of a photo (H, W, 3) uint8, by the smallest scale alone: the cheapest.

        `size` is as in `look`.
        """
        manifest = self.model.manifest
        scale = min(manifest.scales, key=lambda each: each.side)
        found = self._networks[scale.network].run(ShownPhoto(photo, size).for_scale(scale, manifest))
        return self._probabilities(found["logits"][0])

    def _probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        several = self.model.manifest.class_fusion == "mean_sigmoid"
        return _sigmoid(logits) if several else _softmax(logits)

    def _cluster(self, photo: NDArray[np.uint8], shown: ShownPhoto) -> NDArray[np.uint16] | None:
        settings = self.model.manifest.clustering
        if settings is None:
            return None
        found = self._networks[settings.network].run(shown.for_clustering(settings))
        clusters = found["clusters"][0]  # (h, w)
        return split_components(clusters, photo) if settings.split_components else number_clusters(clusters)

    def _check_clustering(self, networks: dict[str, Network]) -> None:
        settings = self.model.manifest.clustering
        if settings is None:
            return
        network = networks[settings.network]
        part = f"networks/{settings.network}.onnx"
        if network.input_names != ("image",) or "clusters" not in network.output_names:
            raise ModelFileError(f"the part {part}: expected an input 'image' and an output 'clusters'.", field=part)
        try:
            found = network.run(ShownPhoto(np.zeros((8, 8, 3), np.uint8)).for_clustering(settings))["clusters"]
        except Exception as error:  # ONNX Runtime raises many kinds, all of its own
            raise ModelFileError(
                f"field clustering.side: the network {settings.network} does not run at {settings.side} pixels.",
                field="clustering.side",
            ) from error
        if found.ndim != 3 or not np.issubdtype(found.dtype, np.integer) or found.size == 0 or found.min() < 0:
            raise ModelFileError(f"the part {part}: clusters are not whole numbers from 0 on a grid.", field=part)

    def _check(self, scale: ScaleSettings, network: Network) -> None:
        """One dummy run: the shapes must be those that the manifest promises."""
        part = f"networks/{scale.network}.onnx"
        manifest = self.model.manifest
        wanted = {"tokens", "logits"} | (set() if manifest.constant_foreground else {"foreground"})
        wanted |= set() if manifest.propagation is None else {manifest.propagation_on}
        if network.input_names != ("image",):
            raise ModelFileError(f"the part {part}: expected one input 'image'.", field=part)
        if not wanted <= set(network.output_names):
            raise ModelFileError(
                f"the part {part}: output {min(wanted - set(network.output_names))!r} is missing.", field=part
            )
        width, height = shown_size(scale, scale.side, scale.side)
        try:
            found = network.run(np.zeros((1, 3, height, width), np.float32))
        except Exception as error:  # ONNX Runtime raises many kinds, all of its own
            raise ModelFileError(
                f"field side: the network {scale.network} does not run at {width} x {height} pixels.", field="side"
            ) from error
        grid = scale.grid or (height // scale.patch, width // scale.patch)
        if found["tokens"].shape[-2:] != grid:
            got = "×".join(str(length) for length in found["tokens"].shape[-2:])
            raise ModelFileError(
                f"field grid of scale {scale.name} says {grid[0]}×{grid[1]}, the network gives {got}.", field="grid"
            )
        for name in wanted - {"tokens", "logits"}:
            if found[name].shape[-2:] != grid:
                raise ModelFileError(f"the part {part}: {name!r} is not on the grid of the tokens.", field=part)
        depth = self.model.heads[scale.head].weight.shape[1]
        if found["tokens"].shape[1] != depth:
            raise ModelFileError(
                f"field {scale.head}.weight: expected {found['tokens'].shape[1]} channels, got {depth}.",
                field=f"{scale.head}.weight",
            )
        classes = len(self.model.manifest.classes)
        if found["logits"].shape != (1, classes):
            raise ModelFileError(
                f"field classes: {classes} named, the network scores {found['logits'].shape[-1]}.", field="classes"
            )


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 + 0.5 * np.tanh(logits / 2), np.float32)  # this form never overflows


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = np.exp(logits - logits.max())
    return shifted / shifted.sum()
