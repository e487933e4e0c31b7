"""`moltbox propose`: boxes for a folder of photos without a window."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.voc import write_voc
from engine.errors import LabelFileError, MoltboxError, PhotoError
from engine.images import scan_folder
from engine.localization.anchors import Anchors, find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.prelabel.contact_sheet import SheetRow, write_contact_sheet
from engine.prelabel.deciding import Decision
from engine.prelabel.labels import LabelSource, class_limit, label_source, with_labels
from engine.prelabel.pipeline import PhotoResult, propose
from engine.prelabel.report import ProposeReport
from engine.resources import starter_model_path
from engine.words import counted

EXIT_DONE, EXIT_ERROR, EXIT_SOME_FAILED, EXIT_STOPPED = 0, 2, 3, 130
COCO_NAME = "annotations.coco.json"
VOC_FOLDER = "voc"
SHEET_NAME = "contact_sheet.png"

_FORMATS = ("coco", "voc")
_LINE_EVERY_S = 10.0
_SHEET_ROWS = 24

EPILOG = """example:
  moltbox propose photos --classes folder --out boxes --format coco,voc

Each sub-folder's name is the class of its photos. Writes boxes/annotations.coco.json and one XML a photo under
boxes/voc. The photos are not changed.

exit code: 0 all photos done, 2 nothing could be done, 3 some photos failed (the report says which and why),
130 stopped by Ctrl+C (what was done until then is written).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox propose`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("folder", type=Path, help="folder of photos, sub-folders too")
    parser.add_argument("--model", type=Path, default=None, help="model file (default: the starter model)")
    parser.add_argument("--out", type=Path, default=None, help="where to write (default: FOLDER-boxes beside it)")
    parser.add_argument("--format", default="coco", help="coco, voc or coco,voc (default: %(default)s)")
    parser.add_argument(
        "--classes",
        default="folder",
        metavar="folder|model|CSV",
        help="where a photo's class comes from: its folder's name, the model, or a table with columns image,class",
    )
    parser.add_argument("--threshold", type=float, default=None, help="0 to 1 (default: the model's own)")
    parser.add_argument("--limit-classes", default=None, metavar="A,B,...", help="propose these classes only")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads (default: all cores)")
    parser.add_argument("--sheet", action="store_true", help=f"also draw {SHEET_NAME} of the first photos")
    parser.add_argument("--overwrite", action="store_true", help="replace label files that are already there")
    parser.add_argument("--json", action="store_true", help="print the report as JSON on standard output")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: nothing could be done; the message says why.
    """
    formats = _formats(args.format)
    if args.threshold is not None and not 0.0 <= args.threshold <= 1.0:
        raise MoltboxError(f"--threshold {args.threshold:g}: expected a number from 0 to 1.")
    if args.threads is not None and args.threads < 1:
        raise MoltboxError(f"--threads {args.threads}: expected 1 or more.")
    root: Path = args.folder
    photos = _photos(root)
    out = args.out if args.out is not None else root.resolve().with_name(root.resolve().name + "-boxes")
    _check_out(out, formats, overwrite=args.overwrite)
    labels = label_source(args.classes, root)
    localizer = Localizer.open(args.model or starter_model_path(), device=args.device, threads=args.threads)
    if localizer.device.note:
        print(localizer.device.note, file=sys.stderr)
    threshold = args.threshold if args.threshold is not None else localizer.model.calibrated_threshold
    limit = class_limit(args.limit_classes)
    source = "" if args.threshold is not None else localizer.model.manifest.threshold_source
    report = ProposeReport(localizer.model.name, localizer.device.sentence, threshold, source)
    labelled: list[LabelledPhoto] = []
    rows: list[SheetRow] = []
    started = time.perf_counter()
    results = propose(
        photos,
        root,
        localizer,
        labels,
        Decision(threshold, _anchors(photos, root, labels, limit, localizer), limit),
        keep_pixels=args.sheet,
    )
    with closing(results):
        try:
            for result in _with_progress(results, len(photos)):
                report.add(result)
                if result.error is None:
                    labelled.append(_labelled(result))
                if args.sheet and len(rows) < _SHEET_ROWS:
                    rows.extend(_sheet_rows(result))
        except KeyboardInterrupt:
            report.stopped = True
    report.elapsed_s = time.perf_counter() - started
    _write(out, formats, labelled, rows, report)
    print(json.dumps(report.as_json(), indent=1, ensure_ascii=False) if args.json else report.as_text())
    if report.stopped:
        return EXIT_STOPPED
    if report.failed:
        return EXIT_SOME_FAILED if labelled else EXIT_ERROR
    return EXIT_DONE


def _anchors(
    photos: list[Path], root: Path, labels: LabelSource, limit: frozenset[str] | None, localizer: Localizer
) -> Anchors:
    """Gets to know the labels that the model was not trained on, from a sample of their photos."""
    wanted = photos_to_anchor(with_labels(photos, root, labels, limit), localizer.names)
    if not wanted:
        return {}
    print(f"{counted(len(wanted), 'class')} here new to the model: looking for what they resemble.", file=sys.stderr)
    return find_anchors(wanted, localizer)


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not formats or not set(formats) <= set(_FORMATS):
        raise MoltboxError(f"--format {text}: expected coco, voc or coco,voc.")
    return formats


def _photos(root: Path) -> list[Path]:
    skipped: list[Path] = []
    photos = [path for batch in scan_folder(root, on_unreadable=skipped.append) for path in batch]
    for folder in skipped:
        print(f"{folder} cannot be read and is left out.", file=sys.stderr)
    if not photos:
        raise PhotoError(f"{root} holds no photo that Moltbox can read (JPEG, PNG, WebP, TIFF, BMP, GIF).")
    return photos


def _check_out(out: Path, formats: Iterable[str], *, overwrite: bool) -> None:
    """Finds out before the work, not after it, whether the result can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabelFileError(
            f"{out} cannot be made ({error.strerror}); name a folder that can be written to with --out."
        ) from error
    names = {"coco": COCO_NAME, "voc": VOC_FOLDER}
    there = [out / names[each] for each in formats if (out / names[each]).exists()]
    if there and not overwrite:
        raise LabelFileError(f"{there[0]} is already there; choose another --out, or add --overwrite.")


def _with_progress(results: Iterator[PhotoResult], total: int) -> Iterator[PhotoResult]:
    """A bar on a terminal, a plain line every ten seconds elsewhere."""
    if sys.stderr.isatty():
        yield from tqdm(results, total=total, unit="photo", file=sys.stderr)
        return
    last = started = time.perf_counter()
    for done, result in enumerate(results, start=1):
        now = time.perf_counter()
        if now - last >= _LINE_EVERY_S and done < total:
            last = now
            left_s = (now - started) / done * (total - done)
            print(f"{done} of {total} photos, about {left_s:.0f} s left", file=sys.stderr, flush=True)
        yield result


def _labelled(result: PhotoResult) -> LabelledPhoto:
    boxes = tuple(
        LabelledBox(each.class_name, found.box, score=found.score, state="proposed")
        for each in result.found
        for found in each.boxes
    )
    labels = tuple(each.class_name for each in result.found)
    return LabelledPhoto(result.relative, result.width, result.height, boxes, labels)


def _sheet_rows(result: PhotoResult) -> list[SheetRow]:
    if result.photo is None:
        return []
    return [
        SheetRow(
            f"{result.relative}   {each.class_name}", result.photo, each.heat_map, [found.box for found in each.boxes]
        )
        for each in result.found
    ]


def _write(
    out: Path, formats: Iterable[str], photos: list[LabelledPhoto], rows: list[SheetRow], report: ProposeReport
) -> None:
    if not photos:
        return
    names = tuple(sorted({label for photo in photos for label in photo.labels}))
    label_set = LabelSet(names, tuple(photos))
    if "coco" in formats:
        written = write_coco(out / COCO_NAME, label_set, overwrite=True)
        report.failed.update((skipped.path, skipped.reason) for skipped in written.skipped)
        report.files.append(str(out / COCO_NAME))
    if "voc" in formats:
        written = write_voc(out / VOC_FOLDER, label_set, overwrite=True)
        report.failed.update((skipped.path, skipped.reason) for skipped in written.skipped)
        report.files.append(str(out / VOC_FOLDER))
    if rows:
        write_contact_sheet(out / SHEET_NAME, rows)
        report.files.append(str(out / SHEET_NAME))
