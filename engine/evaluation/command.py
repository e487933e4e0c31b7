"""`moltbox evaluate`: how good a model's boxes are on photos whose boxes are known."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from engine import pictures
from engine.dataset.files import atomic_write
from engine.errors import FileInTheWayError, LabelFileError, MoltboxError
from engine.evaluation.extras import MODES, extras_for
from engine.evaluation.figures import evaluate
from engine.evaluation.ground_truth import Extent, GroundTruth, measure
from engine.evaluation.layouts.detect import LAYOUTS, open_ground_truth
from engine.evaluation.layouts.lines import read_lines
from engine.evaluation.matching import LabelMatcher
from engine.evaluation.report import as_text
from engine.evaluation.score_store import ScoreStore
from engine.evaluation.scoring import Progress, Scorer, score_all, wanted
from engine.evaluation.sheet import contact_sheet
from engine.evaluation.variants import variants_of
from engine.localization.anchors import Anchors, find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DEVICE_CHOICES
from engine.words import counted

EXIT_DONE, EXIT_ERROR, EXIT_SOME_FAILED, EXIT_STOPPED = 0, 2, 3, 130
REPORT_NAME, SCORES_NAME, SHEET_NAME = "evaluation.json", "scores.sqlite", "contact_sheet.png"

_LINE_EVERY_S = 10.0
_STORED_VERSION = 1

EPILOG = """example:
  moltbox evaluate mine.molt photos --boxes photos/boxes.coco.json
  moltbox evaluate mine.molt CUB_200_2011
  moltbox evaluate mine.molt ILSVRC/val --boxes wsolevaluation/metadata/ILSVRC/test --mode maxboxaccv2

Prints a table and writes evaluation.json, contact_sheet.png and scores.sqlite. Stopped by Ctrl+C or otherwise, the same
command goes on where it was.

exit code: 0 all photos scored, 2 nothing could be done, 3 some photos failed (the report says which and why),
130 stopped by Ctrl+C.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox evaluate`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("model", type=Path, help="model file")
    parser.add_argument("data", type=Path, help="folder of photos, or of a whole data set (CUB, ILSVRC, VOC)")
    parser.add_argument(
        "--boxes", type=Path, metavar="COCO|CSV|VOC", help="true boxes: a file, or a folder of VOC files or metadata"
    )
    parser.add_argument("--layout", choices=LAYOUTS, help="layout of the data set (default: told by its files)")
    parser.add_argument("--split", help="of CUB (default: test) or of ILSVRC's XML (default: val)")
    parser.add_argument("--masks", type=Path, metavar="FOLDER", help="masks of wsolevaluation's metadata")
    parser.add_argument("--class-list", type=Path, metavar="FILE", help="names of numbered classes, one a line, from 0")
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="geometric",
        help="also score as a public evaluation does, to the bit (default: %(default)s)",
    )
    parser.add_argument("--steps", action="store_true", help="also score with single steps left out")
    parser.add_argument("--threshold", type=float, help="0 to 1 (default: the model's own)")
    parser.add_argument("--limit", type=int, metavar="N", help="score N photos only, spread over the data set")
    parser.add_argument("--out", type=Path, help="where to write (default: DATA-MODEL-evaluation beside DATA)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are no evaluation's")
    parser.add_argument("--restart", action="store_true", help="begin anew instead of going on with an earlier run")
    parser.add_argument("--device", choices=DEVICE_CHOICES, default="auto", help="default: %(default)s")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON on standard output")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: nothing could be done; the message says why.
    """
    _check_numbers(args)
    class_list = () if args.class_list is None else tuple(text for _, text in read_lines(args.class_list))
    truth = open_ground_truth(args.data, args.boxes, layout=args.layout, split=args.split, masks=args.masks)
    extent = measure(truth)
    _check_extent(truth, extent)
    localizer = Localizer.open(args.model, device=args.device, threads=args.threads)
    if localizer.device.note:
        print(localizer.device.note, file=sys.stderr)
    model = localizer.model
    matcher = LabelMatcher(
        localizer.names, len(model.class_names), data_classes=extent.class_count, class_list=class_list
    )
    threshold = model.calibrated_threshold if args.threshold is None else args.threshold
    variants = variants_of(model.manifest, steps=args.steps)
    chosen = spread(extent.photos - extent.without_truth, args.limit)
    out = _out_folder(args)
    identity = {
        "version": _STORED_VERSION,
        "model": model.sha256,
        "data set": [truth.layout, str(truth.root.resolve()), _digest(truth)],
        "--mode": args.mode,
        "--threshold": threshold,
        "set of maps": [variant.name for variant in variants],
        "--limit": args.limit,
        "--class-list": class_list,
    }
    with closing(ScoreStore(out / SCORES_NAME, identity, restart=args.restart)) as store:
        try:
            anchors = _anchors(truth, store, localizer, matcher)
            scorer = Scorer(
                localizer, matcher, anchors, threshold, variants, extras_for(args.mode, truth, extent, threshold)
            )
            with closing(score_all(truth, store, scorer, chosen)) as progress:
                _tell(progress, len(chosen))
        except KeyboardInterrupt:
            print(
                f"Stopped after {counted(store.counts()[0], 'photo')}; the same command goes on from there.",
                file=sys.stderr,
            )
            return EXIT_STOPPED
        scored, failed, _ = store.counts()
        if not scored:
            path, why = store.failures(1)[0]
            raise MoltboxError(f"No photo could be scored; the first, {path}: {why}")
        report = evaluate(store, truth, extent, model, scorer, args.mode)
        _write(out, report, store, truth, localizer, threshold)
    print(json.dumps(report, indent=1, ensure_ascii=False) if args.json else as_text(report))
    return EXIT_SOME_FAILED if failed else EXIT_DONE


def spread(total: int, limit: int | None) -> range | frozenset[int]:
    """Which of `total` photos are scored: all, or at most `limit` of them in even steps."""
    if limit is None or limit >= total:
        return range(total)
    return frozenset(int(place) for place in np.linspace(0, total - 1, limit))


def _check_numbers(args: argparse.Namespace) -> None:
    if args.threshold is not None and not 0.0 <= args.threshold <= 1.0:
        raise MoltboxError(f"--threshold {args.threshold:g}: expected a number from 0 to 1.")
    for name in ("threads", "limit"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise MoltboxError(f"--{name} {value}: expected 1 or more.")


def _check_extent(truth: GroundTruth, extent: Extent) -> None:
    """Finds out before the work whether there is any."""
    where = ", ".join(str(path) for path in truth.sources)
    if not extent.photos:
        raise LabelFileError(f"{where}: no photo is named there.")
    if extent.missing == extent.photos:
        raise LabelFileError(
            f"None of the {counted(extent.photos, 'photo')} that {where} names is below {truth.root}; the first is "
            f"{extent.first_missing}."
        )
    if extent.without_truth == extent.photos:
        raise LabelFileError(f"{where} has no box for any of its {counted(extent.photos, 'photo')}.")


def _out_folder(args: argparse.Namespace) -> Path:
    data = args.data.resolve()
    out = args.out if args.out is not None else data.with_name(f"{data.name}-{args.model.stem}-evaluation")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabelFileError(
            f"{out} cannot be made ({error.strerror}); name a folder that can be written to with --out."
        ) from error
    # Scores are there from an evaluation's first photo on, so what lies beside them is its own.
    if not args.overwrite and not (out / SCORES_NAME).exists():
        for path in (out / REPORT_NAME, out / SHEET_NAME):
            if path.exists():
                raise FileInTheWayError(
                    f"{path} is already there without the {SCORES_NAME} of an evaluation; choose another --out, or add "
                    "--overwrite."
                )
    return out


def _digest(truth: GroundTruth) -> str:
    """What the label files say, in short: their bytes, and for a folder its files' names, sizes and times."""
    digest = hashlib.sha256()
    try:
        for source in truth.sources:
            if source.is_file():
                with source.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
                continue
            for path in sorted(source.rglob("*.xml")):
                facts = path.stat()
                digest.update(f"{path.relative_to(source)}|{facts.st_size}|{facts.st_mtime_ns}\n".encode())
    except OSError as error:
        raise LabelFileError(f"{error.filename} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def _anchors(truth: GroundTruth, store: ScoreStore, localizer: Localizer, matcher: LabelMatcher) -> Anchors:
    """Gets to know the labels that the model was not trained on, as `moltbox propose` does; once a run."""
    stored = store.anchors
    if stored is not None:
        return stored
    unknown = (
        (truth.root / photo.relative, [target.label for target in wanted(photo) if not matcher.indices(target)])
        for photo in truth.photos()
    )
    sample = photos_to_anchor(unknown, localizer.names)
    if sample:
        print(
            f"{counted(len(sample), 'class')} here new to the model: looking for what they resemble.", file=sys.stderr
        )
    store.anchors = found = find_anchors(sample, localizer)
    return found


def _tell(progress: Iterator[Progress], total: int) -> None:
    """A bar on a terminal, a plain line every ten seconds elsewhere."""
    if sys.stderr.isatty():
        with tqdm(total=total, unit="photo", file=sys.stderr) as bar:
            for now in progress:
                bar.initial = now.found_done
                bar.update(now.done - bar.n)
        return
    last_s = started_s = time.perf_counter()
    for now in progress:
        at_s = time.perf_counter()
        if at_s - last_s >= _LINE_EVERY_S and now.done < total:
            last_s = at_s
            left_s = (at_s - started_s) / (now.done - now.found_done) * (total - now.done)
            print(f"{now.done} of {total} photos, about {left_s:.0f} s left", file=sys.stderr, flush=True)


def _write(
    out: Path, report: dict[str, Any], store: ScoreStore, truth: GroundTruth, localizer: Localizer, threshold: float
) -> None:
    sheet = contact_sheet(report, store, truth, localizer, threshold)
    if sheet is not None:
        pictures.save_png(out / SHEET_NAME, sheet)
        report["files"].append(str(out / SHEET_NAME))
    report["files"].append(str(out / REPORT_NAME))
    atomic_write(out / REPORT_NAME, json.dumps(report, indent=1, ensure_ascii=False).encode("utf-8"))
