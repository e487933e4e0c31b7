"""`moltbox calibrate`: fits a model's threshold and settings to a person's photos, with boxes or without."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.errors import LabelFileError, MoltboxError, PhotoError
from engine.evaluation.calibration import OBJECTIVE, ScoreTable, choose, cross_fitted_estimate
from engine.evaluation.calibration_boxless import METHOD, BoxlessMeasures, choose_without_boxes
from engine.evaluation.calibration_looks import LookStore, Sample, Subject, fewer, look_at_all
from engine.evaluation.calibration_record import RECORD_KEY, CalibrationRecord, PhotoSketch, photo_mark
from engine.evaluation.calibration_report import CalibrationReport, figures_of
from engine.evaluation.calibration_settings import COORDINATES, Coordinate, Settings, open_coordinates
from engine.evaluation.ground_truth import Target
from engine.evaluation.layouts.detect import LAYOUTS, open_ground_truth
from engine.evaluation.matching import LabelMatcher
from engine.images import scan_folder
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.localizer import Localizer
from engine.localization.model_file import copy_with_manifest, read_manifest_fields
from engine.localization.onnx_session import DEVICE_CHOICES
from engine.prelabel.labels import label_source
from engine.words import counted

EXIT_DONE, EXIT_STOPPED = 0, 130
_DEFAULT_PHOTOS = 1000
_LINE_EVERY_S = 10.0
_LEAST_WITH_BOXES = 8

EPILOG = """example:
  moltbox calibrate starter.molt photos --boxes photos/boxes.coco.json --out mine.molt
  moltbox calibrate starter.molt photos --out mine.molt

Without --boxes only the threshold is chosen: by how well boxes repeat on mirrored photos and part colours.
Score the new model on other photos: the model file remembers these, and `moltbox evaluate` warns of them.
Stopped by Ctrl+C, the same command goes on where it was.

exit code: 0 done, 2 nothing could be done, 130 stopped.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox calibrate`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("model", type=Path, help="model file; it is not changed unless --in-place says so")
    parser.add_argument("data", type=Path, help="folder of photos")
    parser.add_argument("--boxes", type=Path, default=None, help="true boxes: COCO, CSV, VOC (default: do without)")
    parser.add_argument(
        "--layout", choices=LAYOUTS, default=None, help="layout of DATA (default: told by what is there)"
    )
    parser.add_argument("--split", default=None, help="split of a benchmark's layout; never the one scored later")
    parser.add_argument("--out", type=Path, default=None, help="new model file (default: MODEL-calibrated.molt)")
    parser.add_argument("--in-place", action="store_true", help="replace MODEL itself")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is already at --out")
    parser.add_argument(
        "--only",
        default=None,
        metavar="A,B,...",
        help=f"choose these only: threshold, {', '.join(COORDINATES)} (default: all that the model has)",
    )
    parser.add_argument(
        "--classes",
        default="folder",
        metavar="folder|model|CSV",
        help="without --boxes: where a photo's class comes from, as in propose (default: %(default)s)",
    )
    parser.add_argument(
        "--photos", type=int, default=_DEFAULT_PHOTOS, help="look at so many at most (default: %(default)s)"
    )
    parser.add_argument("--device", choices=DEVICE_CHOICES, default="auto", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads (default: all cores)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON on standard output")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: nothing could be done; the message says why.
    """
    for name, value in (("--photos", args.photos), ("--threads", args.threads)):
        if value is not None and value < 1:
            raise MoltboxError(f"{name} {value}: expected 1 or more.")
    out = _out_path(args)
    with_boxes = args.boxes is not None or args.layout is not None
    fields = read_manifest_fields(args.model)
    localizer = Localizer.open(args.model, device=args.device, threads=args.threads)
    coordinates, moves_threshold = _wanted(args.only, localizer, fields["format_version"], with_boxes=with_boxes)
    root, subjects, data_classes, source = _subjects(args, with_boxes=with_boxes)
    subjects = fewer(subjects, args.photos)
    store = LookStore(
        out.with_name(out.name + ".looks"), f"{localizer.model.sha256} {root.resolve()} {args.boxes} {args.photos}"
    )
    try:
        report = _calibrate(
            localizer, root, subjects, data_classes, store, coordinates, moves_threshold, with_boxes=with_boxes
        )
    except KeyboardInterrupt:
        store.close()
        print(f"Stopped; {store.path} keeps what was looked at, and the same command goes on.", file=sys.stderr)
        return EXIT_STOPPED
    except BaseException:
        store.close()
        raise
    report.source = source
    _write(args, out, fields, report, root, [subject.relative for subject in subjects])
    store.discard()
    report.written = str(out)
    print(json.dumps(report.as_json(), indent=1, ensure_ascii=False) if args.json else report.as_text())
    return EXIT_DONE


def _out_path(args: argparse.Namespace) -> Path:
    if args.in_place:
        if args.out is not None:
            raise MoltboxError("--in-place and --out: expected one of them.")
        return args.model
    out = args.out or args.model.with_name(args.model.stem + "-calibrated.molt")
    if out.resolve() == args.model.resolve():
        raise MoltboxError(f"--out {out} is the model itself; expected another file, or --in-place.")
    if out.exists() and not args.overwrite:
        raise MoltboxError(f"{out} is already there; choose another --out, or add --overwrite.")
    if not out.parent.is_dir():
        raise MoltboxError(f"--out {out}: there is no folder {out.parent}.")
    return out


def _wanted(
    only: str | None, localizer: Localizer, format_version: int, *, with_boxes: bool
) -> tuple[tuple[Coordinate, ...], bool]:
    """The coordinates to choose, and whether the threshold is among what may move."""
    there = open_coordinates(localizer.model.manifest, format_version=format_version)
    if only is None:
        return (there if with_boxes else ()), True
    names = [name.strip() for name in only.split(",") if name.strip()]
    known = ("threshold", *COORDINATES)
    for name in names:
        if name not in known:
            raise MoltboxError(f"--only {name}: expected some of {', '.join(known)}.")
        if name != "threshold" and name not in there:
            raise MoltboxError(f"--only {name}: {localizer.model.path.name} has no choice there.")
        if name != "threshold" and not with_boxes:
            raise MoltboxError(f"--only {name}: without --boxes only the threshold can be chosen.")
    if not names:
        raise MoltboxError(f"--only is empty; expected some of {', '.join(known)}.")
    return tuple(coordinate for coordinate in there if coordinate in names), "threshold" in names


def _subjects(args: argparse.Namespace, *, with_boxes: bool) -> tuple[Path, list[Subject], int, str]:
    """The folder that names start from, what is to be looked at, number of numbered classes, and the source's name."""
    if with_boxes:
        truth = open_ground_truth(args.data, args.boxes, layout=args.layout, split=args.split)
        subjects, classes = [], 0
        for photo in truth.photos():
            for target in photo.targets:
                classes = max(classes, 0 if target.number is None else target.number + 1)
                if target.boxes:
                    subjects.append(Subject(photo.relative, target, photo.width, photo.height))
        source = args.boxes.name if args.boxes is not None else args.data.resolve().name
        if len(subjects) < _LEAST_WITH_BOXES:
            raise LabelFileError(
                f"{args.boxes or args.data} has boxes for {counted(len(subjects), 'photo')}; "
                f"expected {_LEAST_WITH_BOXES} or more to choose by."
            )
        return truth.root, subjects, classes, source
    if args.split is not None:
        raise MoltboxError("--split: only for a benchmark's layout, with boxes.")
    labels = label_source(args.classes, args.data)
    subjects = []
    for path in (path for batch in scan_folder(args.data) for path in batch):
        relative = path.relative_to(args.data).as_posix()
        names = labels(relative)
        if names is None:
            subjects.append(Subject(relative, None))
        else:
            subjects.extend(Subject(relative, Target((name,), None, ())) for name in names)
    if len(subjects) < 2:
        raise PhotoError(f"{args.data} holds {counted(len(subjects), 'photo')} to look at; expected 2 or more.")
    return args.data, subjects, 0, ""


def _calibrate(
    localizer: Localizer,
    root: Path,
    subjects: Sequence[Subject],
    data_classes: int,
    store: LookStore,
    coordinates: tuple[Coordinate, ...],
    moves_threshold: bool,
    *,
    with_boxes: bool,
) -> CalibrationReport:
    failed: dict[str, str] = {}
    samples = _look(localizer, root, subjects, data_classes, store, failed, mirror=not with_boxes)
    if len(samples) < 2:
        first = next(iter(failed.values()), "")
        raise PhotoError(f"{root}: {counted(len(samples), 'photo')} could be looked at; expected 2 or more. {first}")
    manifest = localizer.model.manifest
    present = Settings.of(manifest)
    report = CalibrationReport(
        model=localizer.model.name,
        scale_names=localizer.model.scale_names,
        source="",
        photos=len({sample.subject.relative for sample in samples}),
        boxes=sum(len(sample.subject.truth) for sample in samples),
        present=present,
        chosen=present,
        present_threshold=manifest.threshold,
        threshold=manifest.threshold,
        coordinates=coordinates,
        failed=failed,
    )
    if with_boxes:
        _choose_with_boxes(report, samples, moves_threshold=moves_threshold)
    else:
        progress = _Progress("measured", len(samples))
        report.boxless = choose_without_boxes(BoxlessMeasures.of(samples, present, progress), manifest.threshold)
        report.threshold = report.boxless.threshold
    return report


def _look(
    localizer: Localizer,
    root: Path,
    subjects: Sequence[Subject],
    data_classes: int,
    store: LookStore,
    failed: dict[str, str],
    *,
    mirror: bool,
) -> list[Sample]:
    matcher = LabelMatcher(localizer.names, len(localizer.model.class_names), data_classes=data_classes)
    new = [
        (root / subject.relative, [subject.target.label])
        for subject in subjects
        if subject.target is not None and not matcher.indices(subject.target)
    ]
    anchors = find_anchors(photos_to_anchor(new, localizer.names), localizer) if new else {}

    def place_of(subject: Subject, evidence: Evidence) -> ClassWeights:
        if subject.target is None:
            return ((int(np.argmax(evidence.class_scores)), 1.0),)
        return matcher.place(subject.target, evidence, anchors).weights

    progress = _Progress("looked at", len(subjects))
    samples = []
    for sample in look_at_all(subjects, root, localizer, place_of, store, mirror=mirror, on_failure=failed.__setitem__):
        samples.append(sample)
        progress(len(samples))
    return samples


def _choose_with_boxes(report: CalibrationReport, samples: Sequence[Sample], *, moves_threshold: bool) -> None:
    started_s = time.perf_counter()
    last_s = [started_s]

    def told(done: int) -> None:
        if time.perf_counter() - last_s[0] >= _LINE_EVERY_S:
            last_s[0] = time.perf_counter()
            print(f"{counted(done, 'setting')} tried, {last_s[0] - started_s:.0f} s", file=sys.stderr, flush=True)

    table = ScoreTable(samples, report.present_threshold, told)
    known = report.present, report.present_threshold, report.coordinates
    choice = choose(table, np.arange(len(samples)), *known, move_threshold=moves_threshold)
    photos = [sample.subject.relative for sample in samples]
    estimate = cross_fitted_estimate(table, photos, *known, move_threshold=moves_threshold)
    report.chosen, report.threshold, report.steps = choice.settings, choice.threshold, choice.steps
    report.figures = figures_of(table, report.present, choice, estimate)


def _write(
    args: argparse.Namespace,
    out: Path,
    fields: dict[str, object],
    report: CalibrationReport,
    root: Path,
    relatives: Sequence[str],
) -> None:
    today = datetime.date.today().isoformat()
    if report.boxless is None:
        told = f"{counted(report.photos, 'photo')} with {counted(report.boxes, 'box')} of {report.source}, {today}"
    else:
        told = f"{counted(report.photos, 'photo')} without boxes ({METHOD}), {today}"
    used = dict.fromkeys(name for name in relatives if name not in report.failed)
    moved = {step.coordinate for step in report.steps} | ({"threshold"} if report.boxless is not None else set())
    record = CalibrationRecord(
        file=report.source,
        split=args.split or "",
        photos=report.photos,
        boxes=report.boxes,
        chosen=tuple(name for name in ("threshold", *COORDINATES) if name in moved),
        objective=OBJECTIVE if report.boxless is None else METHOD,
        date=today,
        sketch=PhotoSketch.of(photo_mark(root / name) for name in used),
    )
    changed = report.chosen.written_into(fields)
    changed["threshold"] = {"value": report.threshold, "calibrated_on": told, "boxes_used": report.boxes}
    accuracy = changed["accuracy"]
    changed["accuracy"] = {**accuracy, RECORD_KEY: record.as_fields()}
    copy_with_manifest(args.model, out, changed)


class _Progress:
    """A line on standard error every ten seconds."""

    def __init__(self, done_word: str, total: int) -> None:
        self._done_word = done_word
        self._total = total
        self._started_s = self._last_s = time.perf_counter()

    def __call__(self, done: int) -> None:
        now = time.perf_counter()
        if done and done < self._total and now - self._last_s >= _LINE_EVERY_S:
            self._last_s = now
            left_s = (now - self._started_s) / done * (self._total - done)
            print(f"{done} of {self._total} {self._done_word}, about {left_s:.0f} s left", file=sys.stderr, flush=True)
