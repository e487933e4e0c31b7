"""`moltbox propose`: boxes for a folder of photos without a window."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from engine import pictures
from engine.dataset.coco import is_ours as is_our_coco
from engine.dataset.coco import write_coco
from engine.dataset.voc import write_voc
from engine.errors import FileInTheWayError, LabelFileError, MoltboxError, PhotoError
from engine.images import scan_folder
from engine.localization.anchors import find_anchors
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DEVICE_CHOICES
from engine.prelabel.contact_sheet import SheetRow, write_contact_sheet
from engine.prelabel.deciding import Decision, decide_photo, decode_for
from engine.prelabel.folder_run import (
    Folder,
    Marks,
    check_same_run,
    earlier,
    joined,
    new_labels,
    parse_shard,
    part_of,
    read_back,
    to_look_at,
)
from engine.prelabel.journal import Journal, JournalFile, RunFacts, journal_path
from engine.prelabel.labels import class_limit, digest, label_source, why_unfit
from engine.prelabel.pipeline import Task
from engine.prelabel.report import ProposeReport
from engine.prelabel.results import PhotoResult
from engine.prelabel.spool import Spool
from engine.prelabel.team import team_for
from engine.resources import starter_model_path
from engine.words import counted

EXIT_DONE, EXIT_ERROR, EXIT_SOME_FAILED, EXIT_STOPPED = 0, 2, 3, 130
COCO_NAME = "annotations.coco.json"
VOC_FOLDER = "voc"
SHEET_NAME = "contact_sheet.png"

_FORMATS = ("coco", "voc")
_WAY_OUT = "Move it away, or start anew with --overwrite."
# More threads or processes only wait for each other, and the system may not even give them.
_MOST_A_CORE, _MOST_ANYWHERE = 4, 16
_LINE_EVERY_S = 10.0
_SHEET_ROWS = 24


class Results(Protocol):
    """What a run found, in scan order; its length counts the photos that did not fail."""

    def results(self) -> Iterator[PhotoResult]: ...

    def __len__(self) -> int: ...


EPILOG = """example:
  moltbox propose photos --classes folder --out boxes --format coco,voc

Each sub-folder's name is the class of its photos. Writes boxes/annotations.coco.json and one XML a photo under
boxes/voc. The photos are not changed.

a run that was cut short:
  moltbox propose photos --out boxes --resume

boxes/proposals.jsonl is the journal, a line a photo. --resume looks at what it lacks (photos that failed are tried
again, new ones and those whose file was changed taken in) and then writes the same label files as one whole run.

a folder shared among four machines that see the same disk:
  moltbox propose photos --out boxes --shard 1/4        (and 2/4, 3/4, 4/4 on the others)
  moltbox propose photos --out boxes --join --format coco,voc

A photo's shard follows from its path alone. Where the machines share no disk, bring their journals
(proposals-1-of-4.jsonl and so on) into one folder before --join, which writes what one run would have written.

exit code: 0 all photos done, 2 nothing could be done, 3 some photos failed (the report says which and why),
130 stopped by Ctrl+C (what was done until then is written).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox propose`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("folder", help="folder of photos, sub-folders too; with --ray also s3://, gs:// and the like")
    parser.add_argument("--model", type=Path, default=None, help="model file (default: the starter model)")
    parser.add_argument("--out", default=None, help="where to write (default: FOLDER-boxes beside it)")
    parser.add_argument(
        "--format", default="coco", help="coco, voc or coco,voc; with --ray coco or parquet (default: %(default)s)"
    )
    parser.add_argument(
        "--classes",
        default="folder",
        metavar="folder|model|CSV",
        help="where a photo's class comes from: its folder's name, the model, or a table with columns image,class",
    )
    parser.add_argument("--threshold", type=float, default=None, help="0 to 1 (default: the model's own)")
    parser.add_argument("--limit-classes", default=None, metavar="A,B,...", help="propose these classes only")
    parser.add_argument("--device", choices=DEVICE_CHOICES, default="auto", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads in all (default: all cores)")
    parser.add_argument(
        "--processes", type=int, default=None, help="processes that share the threads (default: chosen by the cores)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was cut short; see below")
    parser.add_argument("--shard", default=None, metavar="I/N", help="only part I of N of the photos; see below")
    parser.add_argument("--join", action="store_true", help="write the label files of all shards in --out; see below")
    parser.add_argument("--sheet", action="store_true", help=f"also draw {SHEET_NAME} of the first photos")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are already there")
    _add_ray_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the report as JSON on standard output")


def _add_ray_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("on a Ray cluster (the `cluster` extra; docs/scale.md)")
    group.add_argument(
        "--ray",
        nargs="?",
        const="local",
        default=None,
        metavar="ADDRESS",
        help="share the work out through Ray Data; without an address on this machine, auto for the cluster it is in",
    )
    group.add_argument("--ray-workers", type=int, default=None, metavar="N", help="at most so many (default: all fit)")
    group.add_argument(
        "--ray-gpus", type=float, default=None, metavar="G", help="GPUs of each worker (default: 1 where there are any)"
    )
    group.add_argument("--ray-block", type=int, default=None, metavar="N", help="photos of a block (default: 8 to 500)")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: nothing could be done; the message says why.
    """
    _check_numbers(args)
    if args.ray is not None or "://" in args.folder:
        return _run_on_cluster(args)
    formats = _formats(args.format)
    shard = parse_shard(args.shard)
    root = Path(args.folder)
    out = folder_beside(root) if args.out is None else Path(args.out)
    if args.join:
        return _join(out, formats, as_json=args.json, overwrite=args.overwrite)
    folder = Folder(root, list(photo_names(root)), label_source(args.classes, root))
    path = journal_path(out, shard)
    _check_out(out, path, () if shard else formats, args)
    model = args.model or starter_model_path()
    before = earlier(path) if args.resume else None
    # What a run began with it goes on with: programs for networks differ in the last digits.
    device = before.facts.device if before is not None and args.device == "auto" else args.device
    localizer = Localizer.open(model, device=device, threads=args.threads)
    if localizer.device.note:
        print(localizer.device.note, file=sys.stderr)
    facts = facts_of(args, localizer)
    if before is not None:
        check_same_run(before, facts)
    names = part_of(folder.names, shard)
    # Found out before the work: one such label would keep the label files of all photos from being written.
    unfit = {name: why for name in folder.names if (why := why_unfit(name, folder.labels)) is not None}
    fit = replace(folder, names=[name for name in folder.names if name not in unfit])
    refused = [PhotoResult.failed(name, unfit[name]) for name in names if name in unfit]
    decision = _decision(fit, facts, before, localizer)
    to_do = to_look_at((name for name in names if name not in unfit), before, root)
    # What ended a run may be one of the photos that it lacks.
    team = team_for(args.processes, args.threads, len(to_do), localizer, apart=before is not None)
    report = _report(facts, team.sentence(localizer.device))
    report.done_before = len(names) - len(refused) - len(to_do)
    marks = Marks()
    results = team.work(marks.noting(folder.tasks(to_do)), localizer, decision)
    started = time.perf_counter()
    facts = replace(facts, anchors=decision.anchors)
    with (
        closing(Journal.start(path, facts) if before is None else Journal.resume(path, facts, names)) as journal,
        closing(results),
    ):
        try:
            for result in itertools.chain(refused, _with_progress(results, len(to_do))):
                journal.add(result, marks.take(result.relative))
            journal.finish(len(folder.names))
        except KeyboardInterrupt:
            report.stopped = True
    report.elapsed_s = time.perf_counter() - started
    spool = read_back(path, names)
    if shard is None:
        _write(out, formats, spool, report, overwrite=args.overwrite)
    else:
        report.files.append(str(path))
    if args.sheet:
        sampled = itertools.islice((name for name in names if name not in unfit), _SHEET_ROWS)
        _write_sheet(out, folder.tasks(sampled), localizer, decision, report)
    return told(spool, report, as_json=args.json)


def _run_on_cluster(args: argparse.Namespace) -> int:
    from engine.cluster.needs import check_installed

    check_installed()
    from engine.cluster.command import run as run_on_cluster

    return run_on_cluster(args)


def folder_beside(root: Path) -> Path:
    """Where results go if nothing else is said."""
    return root.resolve().with_name(root.resolve().name + "-boxes")


def _check_numbers(args: argparse.Namespace) -> None:
    if args.threshold is not None and not 0.0 <= args.threshold <= 1.0:
        raise MoltboxError(f"--threshold {args.threshold:g}: expected a number from 0 to 1.")
    for name in ("threads", "processes"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise MoltboxError(f"--{name} {value}: expected 1 or more.")
        if value is not None and value > (most := max(_MOST_ANYWHERE, _MOST_A_CORE * (os.cpu_count() or 1))):
            raise MoltboxError(f"--{name} {value}: expected {most} or fewer on this machine.")
    if args.join and args.shard:
        raise MoltboxError("--join takes all shards; leave --shard out.")
    if args.resume and args.overwrite:
        raise MoltboxError("--resume goes on with a run, --overwrite starts it anew; expected one of the two.")


def _join(out: Path, formats: tuple[str, ...], *, as_json: bool, overwrite: bool) -> int:
    """Writes the label files of shards that have all come to their end."""
    facts, spool = joined(out)
    _refuse_files(out, formats, overwrite=overwrite)
    report = _report(facts, "joined")
    _write(out, formats, spool, report, overwrite=overwrite)
    return told(spool, report, as_json=as_json)


def facts_of(args: argparse.Namespace, localizer: Localizer) -> RunFacts:
    """What the results depend on, besides the photos and anchors."""
    given = args.threshold is not None
    limit = class_limit(args.limit_classes)
    return RunFacts(
        model=localizer.model.sha256,
        model_name=localizer.model.name,
        threshold=args.threshold if given else localizer.model.calibrated_threshold,
        threshold_source="" if given else localizer.model.manifest.threshold_source,
        classes=digest(args.classes),
        limit=None if limit is None else tuple(sorted(limit)),
        device=localizer.device.choice,
    )


def _decision(folder: Folder, facts: RunFacts, before: JournalFile | None, localizer: Localizer) -> Decision:
    """What is decided for every photo; gets to know the labels that the model was not trained on."""
    limit = None if facts.limit is None else frozenset(facts.limit)
    known = {} if before is None else dict(before.facts.anchors)
    samples = new_labels(folder, limit, localizer, known)
    if samples:
        classes = counted(len(samples), "class")
        print(f"{classes} here new to the model: looking for what they resemble.", file=sys.stderr)
    return Decision(facts.threshold, {**known, **find_anchors(samples, localizer)}, limit)


def _report(facts: RunFacts, device: str) -> ProposeReport:
    return ProposeReport(facts.model_name, device, facts.threshold, facts.threshold_source)


def told(spool: Results, report: ProposeReport, *, as_json: bool) -> int:
    """Adds all results to the report, prints it, and answers the exit code."""
    for result in spool.results():
        report.add(result)
    print(json.dumps(report.as_json(), indent=1, ensure_ascii=False) if as_json else report.as_text())
    if report.stopped:
        return EXIT_STOPPED
    if report.failed:
        return EXIT_SOME_FAILED if len(spool) else EXIT_ERROR
    return EXIT_DONE


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not formats or not set(formats) <= set(_FORMATS):
        raise MoltboxError(f"--format {text}: expected coco, voc or coco,voc.")
    return formats


def photo_names(root: Path) -> Iterator[str]:
    """The photos of a folder in scan order, by their paths below it with forward slashes.

    Raises:
        PhotoError: the folder is missing, cannot be read, or holds no photo.
    """
    skipped: list[Path] = []
    some = False
    for batch in scan_folder(root, on_unreadable=skipped.append):
        yield from (path.relative_to(root).as_posix() for path in batch)
        some = some or bool(batch)
    for folder in skipped:
        print(f"{folder} cannot be read and is left out.", file=sys.stderr)
    if not some:
        raise PhotoError(f"{root} holds no photo that Moltbox can read (JPEG, PNG, WebP, TIFF, BMP, GIF).")


def _check_out(out: Path, journal: Path, formats: Iterable[str], args: argparse.Namespace) -> None:
    """Finds out before the work, not after it, whether the result can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabelFileError(
            f"{out} cannot be made ({error.strerror}); name a folder that can be written to with --out."
        ) from error
    if args.overwrite:
        return
    if args.sheet:
        _refuse_foreign(out / SHEET_NAME, pictures.is_ours)
    if args.resume and journal.exists():
        if "coco" in formats:
            _refuse_foreign(out / COCO_NAME, is_our_coco)
        return
    _refuse_files(out, formats, overwrite=False)
    if journal.exists():
        raise LabelFileError(
            f"{journal} is already there, of an earlier run; go on with --resume, or start anew with --overwrite."
        )


def _refuse_foreign(path: Path, is_ours: Callable[[Path], bool]) -> None:
    if path.exists() and not is_ours(path):
        raise FileInTheWayError(f"{path} is already there and was not written by Moltbox. {_WAY_OUT}")


def _refuse_files(out: Path, formats: Iterable[str], *, overwrite: bool) -> None:
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


def _write(out: Path, formats: Iterable[str], spool: Spool, report: ProposeReport, *, overwrite: bool) -> None:
    if not len(spool):
        return
    label_set = spool.label_set()
    try:
        if "coco" in formats:
            written = write_coco(out / COCO_NAME, label_set, overwrite=overwrite)
            report.failed.update((skipped.path, skipped.reason) for skipped in written.skipped)
            report.files.append(str(out / COCO_NAME))
        if "voc" in formats:
            written = write_voc(out / VOC_FOLDER, label_set, overwrite=overwrite)
            report.failed.update((skipped.path, skipped.reason) for skipped in written.skipped)
            report.files.append(str(out / VOC_FOLDER))
    except FileInTheWayError as error:  # of VOC's many files found only here; the journal has the work
        raise FileInTheWayError(f"{error} {_WAY_OUT}") from error


def _write_sheet(
    out: Path, tasks: Iterable[Task], localizer: Localizer, decision: Decision, report: ProposeReport
) -> None:
    """Looks at the first photos once more, for their maps, which are not kept."""
    rows: list[SheetRow] = []
    for task in tasks:
        try:
            photo = decode_for(localizer.model.manifest, task.path)
        except MoltboxError:
            continue  # told in the report
        for each in decide_photo(localizer, photo, task.labels, decision).found:
            boxes = [found.box for found in each.boxes]
            rows.append(SheetRow(f"{task.relative}   {each.class_name}", photo, each.heat_map, boxes))
    if rows:
        write_contact_sheet(out / SHEET_NAME, rows)
        report.files.append(str(out / SHEET_NAME))
