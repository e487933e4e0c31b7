"""`moltbox speed-up`: a copy of a model that looks faster, made only where its boxes stay what they were.

Tried are bfloat16 (OpenVINO, where the processor has it), 8-bit whole numbers (ONNX Runtime, or OpenVINO), and both
together; half precision for a GPU on request. Each is compared with the model on a person's own photos
(`trainer.speed_gate`), and the fastest that passes is written.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnxruntime

from engine.dataset.coco import read_coco
from engine.errors import MoltboxError, PhotoError
from engine.images import read_photo, scan_folder
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.gpu_providers import CUDA
from engine.localization.localizer import Localizer
from engine.localization.manifest import Precision
from engine.localization.model_file import ModelFile, read_manifest_fields, write_model_file
from engine.localization.onnx_session import DeviceChoice
from engine.localization.openvino_network import has_bfloat16, is_exact_in_eight_bits
from engine.localization.preparing import prepare
from engine.prelabel.labels import label_source
from trainer.speed_gate import GatePhoto, Verdict, compare

EXIT_DONE, EXIT_BAD_INPUT, EXIT_REFUSED, EXIT_STOPPED = 0, 2, 3, 130
MODES = ("auto", "bf16", "int8", "int8+bf16", "fp16")
_PHOTOS, _CALIBRATION_PHOTOS = 200, 32
_LEAST_PHOTOS = 8

_EPILOG = """example:
  moltbox speed-up starter.molt --photos birds --boxes birds/boxes.coco.json --out starter-fast.molt

A form is refused where the median IoU of its boxes with the model's is below 0.95, or where it gets more than 0.5
points of GT-known (a box right at IoU 0.5) less; without --boxes only the first is measured. Some photos fix the scales
of 8-bit numbers, others are compared on. --mode fp16 is for GPUs: its speed is not measured here.

exit code: 0 written, 2 nothing could be done, 3 no form was let through, 130 stopped.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A faster form of a model: its networks, what they compute in, and what they were tried on."""

    precision: Precision
    made: str
    model: ModelFile
    device: DeviceChoice


def main(words: list[str] | None = None) -> int:
    """Runs the command and returns its exit code; an error is one sentence on standard error."""
    options = _parser().parse_args(words)
    try:
        return _run(options)
    except MoltboxError as error:
        print(f"moltbox: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        print("moltbox: speed-up needs onnx: install Moltbox with the train extra.", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print("moltbox: stopped; nothing was written.", file=sys.stderr)
        return EXIT_STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moltbox speed-up",
        description="Make a copy of a model that looks faster, where its boxes stay what they were.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("model", type=Path, help="model file; it is not changed")
    add("--photos", metavar="DATA", type=Path, required=True, help="folder of photos like those to be looked at")
    add("--boxes", metavar="FILE.json", type=Path, help="COCO file with true boxes; names in DATA or beside itself")
    add(
        "--classes",
        default="folder",
        metavar="folder|model|CSV",
        help="where a photo's class comes from, as in propose (default: %(default)s)",
    )
    add("--mode", choices=MODES, default="auto", help="try this only (default: all that a CPU can do)")
    add("--limit", type=int, default=_PHOTOS, help="compare on so many photos at most (default: %(default)s)")
    add("--out", type=Path, help="new model file (default: MODEL-fast.molt)")
    add("--overwrite", action="store_true", help="replace a file that is already at --out")
    add("--threads", type=int, help="CPU threads (default: all cores)")
    add("--json", action="store_true", help="print what was measured as JSON on standard output")
    return parser


def _run(options: argparse.Namespace) -> int:
    for name, value in (("--limit", options.limit), ("--threads", options.threads)):
        if value is not None and value < 1:
            raise MoltboxError(f"{name} {value}: expected 1 or more.")
    out = _out_path(options)
    onnxruntime.set_default_logger_severity(4)
    model = ModelFile.read(options.model)
    if model.manifest.precision != "fp32":
        raise MoltboxError(f"{options.model.name} is a fast copy already; expected the model that it was made of.")
    photos = _photos(options)
    calibrating = _spread_out(photos, min(_CALIBRATION_PHOTOS, len(photos) // 3))
    taken = {photo.path for photo in calibrating}
    compared = _spread_out([photo for photo in photos if photo.path not in taken], options.limit)
    usual = Localizer(model, device="cpu", threads=options.threads)
    anchors = find_anchors(
        photos_to_anchor(((photo.path, [photo.label]) for photo in compared if photo.label), usual.names), usual
    )
    best: tuple[float, Form, Verdict] | None = None
    rows: list[dict[str, Any]] = []
    for form in forms(model, calibrating, options.mode):
        other = Localizer(form.model, device=form.device, threads=options.threads)
        verdict = compare(usual, other, compared, anchors)
        if form.precision == "fp16":  # a CPU tells of its boxes, not of its speed
            verdict = replace(verdict, faster=float("inf"))
        rows.append({"precision": form.precision, "made": form.made, **_told(verdict), "refused": verdict.refusal})
        if not options.json:
            print(_sentence(form, verdict), flush=True)
        if not verdict.refusal and (best is None or verdict.faster > best[0]):
            best = (verdict.faster, form, verdict)
    if best is not None:
        write_fast(options.model, out, best[1], best[2])
    if options.json:
        print(json.dumps({"tried": rows, "written": None if best is None else str(out)}, indent=1, ensure_ascii=False))
    elif best is None:
        print(f"Nothing was written: {'no form was let through' if rows else 'this machine has no faster form'}.")
    else:
        print(f"{out} written: {best[1].made}.")
    return EXIT_DONE if best is not None else EXIT_REFUSED


def forms(model: ModelFile, photos: Sequence[GatePhoto], mode: str = "auto") -> Iterator[Form]:
    """The faster forms of a model that this machine can try, one by one.

    Args:
        model: in single precision.
        photos: for the scales of 8-bit numbers.
        mode: one of `MODES`.
    """
    from trainer.quantise import in_eight_bits, in_half_precision, linear_in_eight_bits

    networks = {scale.network: model.networks[scale.network] for scale in model.manifest.scales}
    openvino_serves = is_exact_in_eight_bits()

    def form(precision: Precision, made: str, changed: dict[str, bytes], device: DeviceChoice) -> Form:
        manifest = replace(model.manifest, precision=precision)
        return Form(precision, made, replace(model, networks={**model.networks, **changed}, manifest=manifest), device)

    if mode == "fp16":
        halved = {name: in_half_precision(onnx) for name, onnx in networks.items()}
        yield form("fp16", "half precision, for a GPU", halved, "cuda" if CUDA in _providers() else "cpu")
        return
    if mode in ("auto", "bf16") and has_bfloat16():
        yield form("bf16", "bfloat16 in OpenVINO", {}, "openvino")
    if mode == "bf16":
        return
    if mode in ("auto", "int8"):
        linear = {name: linear_in_eight_bits(onnx) for name, onnx in networks.items()}
        if all(linear.values()):
            made = {name: onnx for name, onnx in linear.items() if onnx is not None}
            yield form("int8", "8-bit linear layers, scaled for each photo, in ONNX Runtime", made, "cpu")
    pixels = [read_photo(photo.path) for photo in photos]
    fixed = {
        name: in_eight_bits(
            onnx,
            [
                prepare(photo, scale, model.manifest)
                for photo in pixels
                for scale in model.manifest.scales
                if scale.network == name
            ],
        )
        for name, onnx in networks.items()
    }
    if mode in ("auto", "int8"):
        yield form("int8", "8-bit layers with fixed scales in ONNX Runtime", fixed, "cpu")
        if openvino_serves:
            yield form("int8", "8-bit layers with fixed scales in OpenVINO", fixed, "openvino")
    if mode in ("auto", "int8+bf16") and has_bfloat16() and openvino_serves:
        yield form("int8+bf16", "8-bit layers with fixed scales, bfloat16 between, in OpenVINO", fixed, "openvino")


def write_fast(source: Path, out: Path, form: Form, verdict: Verdict) -> None:
    """Writes the model file of a form that was let through, with what was measured.

    Raises:
        ModelFileError: `source` is missing or damaged; nothing is written.
    """
    fields = read_manifest_fields(source)
    measured = {
        "made": form.made,
        "of": form.model.sha256,
        "measured": datetime.date.today().isoformat(),
        **_told(verdict),
    }
    fields["name"] = f"{fields['name']} ({form.precision})"
    fields["precision"] = form.precision
    fields["accuracy"] = {**fields["accuracy"], "precision": measured}
    heads = {
        f"{name}.{part}": values
        for name, head in form.model.heads.items()
        for part, values in (("weight", head.weight), ("bias", head.bias))
    }
    write_model_file(out, fields, form.model.networks, heads)


def _told(verdict: Verdict) -> dict[str, Any]:
    fields = verdict.as_fields()
    return fields if verdict.faster != float("inf") else {**fields, "look_ms": None, "faster": None}


def _sentence(form: Form, verdict: Verdict) -> str:
    speed = "" if verdict.faster == float("inf") else f"{verdict.look_ms:.0f} ms a look, {verdict.faster:.2f} x; "
    truth = ""
    if verdict.gt_known is not None:
        truth = f", GT-known {100 * verdict.gt_known[0]:.1f} -> {100 * verdict.gt_known[1]:.1f} %"
    result = f"refused: {verdict.refusal}" if verdict.refusal else "passes"
    boxes = f"box IoU median {verdict.median_iou:.3f}, least {verdict.least_iou:.3f}"
    return f"{form.made}: {speed}{boxes}{truth} on {verdict.photos} photos; {result}."


def _providers() -> list[str]:
    return onnxruntime.get_available_providers()


def _out_path(options: argparse.Namespace) -> Path:
    out = options.out or options.model.with_name(options.model.stem + "-fast.molt")
    if out.resolve() == options.model.resolve():
        raise MoltboxError(f"--out {out} is the model itself; expected another file.")
    if out.exists() and not options.overwrite:
        raise MoltboxError(f"{out} is already there; choose another --out, or add --overwrite.")
    if not out.parent.is_dir():
        raise MoltboxError(f"--out {out}: there is no folder {out.parent}.")
    return out


def _photos(options: argparse.Namespace) -> list[GatePhoto]:
    root: Path = options.photos
    paths = [path for batch in scan_folder(root) for path in batch]
    if len(paths) < _LEAST_PHOTOS:
        raise PhotoError(f"{root} holds {len(paths)} photos; expected at least {_LEAST_PHOTOS} to compare boxes on.")
    labels = label_source(options.classes, root)
    truth = {}
    if options.boxes is not None:
        known = read_coco(options.boxes).photos
        bases = (options.boxes.resolve().parent, root.resolve())
        truth = {base / photo.path: photo.boxes for base in bases for photo in known}
    found = []
    for path in paths:
        relative = path.relative_to(root).as_posix()
        names = labels(relative)
        boxes = truth.get(root.resolve() / relative, ())
        if options.boxes is not None and not boxes:
            continue
        for name in (None,) if names is None else names[:1]:
            found.append(GatePhoto(path, name, tuple(each.box for each in boxes)))
    if len(found) < _LEAST_PHOTOS:
        raise PhotoError(
            f"{len(found)} photos of {root} have a label, and boxes where --boxes is given; expected at least "
            f"{_LEAST_PHOTOS}."
        )
    return found


def _spread_out(photos: list[GatePhoto], count: int) -> list[GatePhoto]:
    """`count` photos evenly over the whole list."""
    return [photos[place * len(photos) // count] for place in range(count)] if len(photos) > count else list(photos)


if __name__ == "__main__":
    sys.exit(main())
