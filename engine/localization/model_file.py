"""The model file (`.molt`): networks, class heads and their whole contract in one file that can be mailed.

Layout: a ZIP archive, uncompressed, with

- `manifest.json`: the contract, every field below validated on loading;
- `networks/<name>.onnx`: one network per branch, input `image` (B, 3, H, W) float32 normalised, outputs `tokens`
  (B, D, h, w), `logits` (B, C) and, unless the foreground is constant, `foreground` (B, h, w);
- `head.safetensors`: `<head>.weight` (C, D, k, k) and `<head>.bias` (C,), the convolutional class head, from which the
  score map of any class is computed without running a network again.

No code runs from the file, nothing in it is unpacked to disk, and it cannot reach other files: see
`engine.localization.network_guard`.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from engine.dataset.files import atomic_write
from engine.errors import ModelFileError
from engine.localization.manifest import Manifest, parse_manifest
from engine.localization.network_guard import check_network

_LARGEST_MANIFEST_BYTES = 16_000_000
_LARGEST_PART_BYTES = 2_000_000_000
_LARGEST_FILE_BYTES = 4_000_000_000
_ZIP_DATE = (2020, 1, 1, 0, 0, 0)
_MANIFEST_PART = "manifest.json"
_HEADS_PART = "head.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class ClassHead:
    """Convolutional class head: `weight` (C, D, k, k) float32 with k 1 or 3, `bias` (C,) float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ModelFile:
    """A validated model file, read whole into memory."""

    path: Path
    sha256: str
    manifest: Manifest
    networks: Mapping[str, bytes]
    heads: Mapping[str, ClassHead]

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.manifest.classes)

    @property
    def scale_names(self) -> tuple[str, ...]:
        return tuple(scale.name for scale in self.manifest.scales)

    @property
    def calibrated_threshold(self) -> float:
        return self.manifest.threshold

    @classmethod
    def read(cls, path: Path) -> ModelFile:
        """Reads and validates a model file.

        Raises:
            ModelFileError: the file is missing, damaged, or breaks its contract; the message names the field.
        """
        path = Path(path)
        try:
            if path.exists() and not path.is_file():
                raise ModelFileError(f"The model file {path} cannot be opened: it is not a file.")
            _refuse_huge(path)
            data = path.read_bytes()
        except OSError as error:
            raise ModelFileError(f"The model file {path} cannot be opened: {error.strerror}.") from error
        try:
            return cls._parse(path, data)
        except ModelFileError as error:
            raise ModelFileError(f"{path.name} cannot be used: {error}", field=error.field) from error

    @classmethod
    def _parse(cls, path: Path, data: bytes) -> ModelFile:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                _refuse_bombs(archive, len(data))
                manifest = _read_manifest(archive)
                networks = {name: _read_part(archive, f"networks/{name}.onnx") for name in manifest.network_names}
                tensors = _read_tensors(_read_part(archive, _HEADS_PART))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, UnicodeDecodeError) as error:
            raise ModelFileError("it is damaged or not a Moltbox model file.") from error
        for name, network in networks.items():
            check_network(name, network)
        heads = {name: _read_head(tensors, name, len(manifest.classes)) for name in manifest.head_names}
        return cls(path, hashlib.sha256(data).hexdigest(), manifest, networks, heads)


def write_model_file(
    path: Path,
    manifest: Mapping[str, Any],
    networks: Mapping[str, bytes],
    heads: Mapping[str, NDArray[np.generic]],
) -> None:
    """Writes a model file in one step: either the whole file is there afterwards, or nothing changed.

    Args:
        path: where to; an existing file is replaced.
        manifest: the contract as a JSON object (see `engine.localization.manifest`).
        networks: ONNX bytes by name, weights inside.
        heads: `<head>.weight` and `<head>.bias` arrays, float32 or float16.

    Raises:
        ModelFileError: the manifest breaks the contract; nothing is written.
    """
    parsed = parse_manifest(manifest)
    missing = set(parsed.network_names) - set(networks)
    if missing:
        raise ModelFileError(f"field scales: network {sorted(missing)[0]!r} is not given.", field="scales")
    for name in parsed.head_names:
        _read_head({key: np.asarray(value) for key, value in heads.items()}, name, len(parsed.classes))
    tensors = safetensors.numpy.save({key: np.ascontiguousarray(value) for key, value in heads.items()})
    parts = {f"networks/{name}.onnx": network for name, network in networks.items()} | {_HEADS_PART: tensors}
    _write_archive(Path(path), manifest, parts)


def read_manifest_fields(path: Path) -> dict[str, Any]:
    """The manifest of a model file as it stands there, validated.

    Raises:
        ModelFileError: the file is missing or damaged, or the manifest breaks the contract.
    """
    fields, _ = _read_archive(Path(path))
    parse_manifest(fields)
    return fields


def copy_with_manifest(source: Path, target: Path, manifest: Mapping[str, Any]) -> None:
    """Writes a model file with another manifest and the very bytes of `source`'s networks and heads, in one step.

    Args:
        target: where to; may be `source` itself.
        manifest: names the same networks and heads as that of `source`.

    Raises:
        ModelFileError: `source` is missing or damaged, or the manifest breaks the contract; nothing is written.
    """
    fields, parts = _read_archive(Path(source))
    before, after = parse_manifest(fields), parse_manifest(manifest)
    if (before.network_names, before.head_names) != (after.network_names, after.head_names):
        raise ModelFileError("field scales: other networks or heads than the file has.", field="scales")
    _write_archive(Path(target), manifest, parts)


def _read_archive(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest's fields, and every other part by its name."""
    try:
        _refuse_huge(path)
        with zipfile.ZipFile(path) as archive:
            _refuse_bombs(archive, path.stat().st_size)
            fields = json.loads(_read_part(archive, _MANIFEST_PART, _LARGEST_MANIFEST_BYTES))
            names = [name for name in archive.namelist() if name != _MANIFEST_PART]
            return fields, {name: _read_part(archive, name) for name in names}
    except FileNotFoundError as error:
        raise ModelFileError(f"The model file {path} cannot be opened: {error.strerror}.") from error
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{path.name} is damaged or not a Moltbox model file.") from error


def _write_archive(path: Path, manifest: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
        archive.writestr(zipfile.ZipInfo(_MANIFEST_PART, _ZIP_DATE), text.encode())
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), data)
    atomic_write(path, buffer.getvalue())


def _refuse_huge(path: Path) -> None:
    """It would be read whole into memory."""
    if path.stat().st_size > _LARGEST_FILE_BYTES:
        largest = f"{_LARGEST_FILE_BYTES // 1_000_000_000} GB"
        raise ModelFileError(f"The model file {path} cannot be opened: it is larger than {largest}.")


def _refuse_bombs(archive: zipfile.ZipFile, size_bytes: int) -> None:
    """Parts are stored as they are; those that say to be more than the file holds would only fill memory."""
    entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ModelFileError("its parts are compressed; a model file holds them as they are.")
    if sum(entry.file_size for entry in entries) > size_bytes:
        raise ModelFileError("its parts say to be larger than the file.")


def _read_part(archive: zipfile.ZipFile, name: str, limit_bytes: int = _LARGEST_PART_BYTES) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise ModelFileError(f"the part {name} is missing.", field=name) from error
    if info.file_size > limit_bytes:
        raise ModelFileError(f"the part {name} is larger than {limit_bytes // 1_000_000} MB.", field=name)
    try:
        return archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise ModelFileError(f"the part {name} is damaged.", field=name) from error


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    text = _read_part(archive, _MANIFEST_PART, _LARGEST_MANIFEST_BYTES)
    try:
        return parse_manifest(json.loads(text.decode("utf-8")))
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError too
        raise ModelFileError("manifest.json is not valid JSON.", field="manifest.json") from error


def _read_tensors(data: bytes) -> dict[str, NDArray[np.generic]]:
    try:
        return safetensors.numpy.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelFileError("the part head.safetensors is damaged.", field="head.safetensors") from error


def _read_head(tensors: Mapping[str, NDArray[np.generic]], name: str, class_count: int) -> ClassHead:
    arrays = []
    for part in ("weight", "bias"):
        field = f"{name}.{part}"
        if field not in tensors:
            raise ModelFileError(f"field {field}: missing from head.safetensors.", field=field)
        arrays.append(np.asarray(tensors[field], dtype=np.float32))
        if not np.isfinite(arrays[-1]).all():
            raise ModelFileError(f"field {field}: not every number is finite.", field=field)
    weight, bias = arrays
    if weight.ndim != 4 or weight.shape[2] != weight.shape[3] or weight.shape[2] not in (1, 3):
        raise ModelFileError(
            f"field {name}.weight: expected classes x channels x k x k with k 1 or 3, got {weight.shape}.",
            field=f"{name}.weight",
        )
    for part, found in (("weight", weight.shape[0]), ("bias", bias.size)):
        if found != class_count:
            field = f"{name}.{part}"
            raise ModelFileError(f"field {field}: expected {class_count} classes, got {found}.", field=field)
    return ClassHead(weight, bias.reshape(-1))
