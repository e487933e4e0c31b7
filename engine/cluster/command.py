"""`moltbox propose --ray`: planned, handed out, committed and told."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from engine.cluster.names import Names
from engine.cluster.owner import Owner, owned
from engine.cluster.plan import PARTS_FOLDER, Block, Outline, RunFile, block_size, facts_key, plan
from engine.cluster.ray_run import Team, Wish, cluster, look, team_for
from engine.cluster.results import PartResults
from engine.cluster.store import Store, is_uri
from engine.cluster.tries import clear
from engine.cluster.worker import Receipt, WorkerSetup, order
from engine.dataset.coco import write_coco
from engine.errors import LabelFileError, MoltboxError, PhotoError
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceChoice
from engine.prelabel.command import COCO_NAME, EXIT_STOPPED, facts_of, folder_beside, photo_names, told
from engine.prelabel.deciding import Decision
from engine.prelabel.folder_run import parse_shard, part_of
from engine.prelabel.journal import RunFacts
from engine.prelabel.labels import LabelSource, label_source, with_labels
from engine.prelabel.report import ProposeReport
from engine.resources import starter_model_path
from engine.words import counted

_LINE_EVERY_S = 10.0
_SHARED_OUT_TOGETHER = 2000
_NOT_HERE = ("join", "sheet", "processes")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: nothing could be done, or the cluster gave up; the message says why.
    """
    check_arguments(args)
    photos, out = _places(args)
    names, unwritable = _writable(_names(args, photos))
    with owned(out) as owner:
        return _run(args, photos, names, unwritable, owner)


def _run(args: argparse.Namespace, photos: Store, names: Names, unwritable: Mapping[str, str], owner: Owner) -> int:
    out = owner.out
    model: Path = args.model or starter_model_path()
    before = _earlier(out, overwrite=args.overwrite)
    # What a run began with it goes on with, as on one machine.
    device = before.facts.device if before is not None and args.device == "auto" else args.device
    localizer = Localizer.open(model, device=device, threads=args.threads)
    facts = facts_of(args, localizer)
    if before is not None:
        _check_same_run(before, facts, args.shard or "", out)
    labels = label_source(args.classes, Path("/", photos.name))
    known = before.facts.anchors if before else {}
    decision = _decision(photos, names, labels, facts, known, localizer)
    facts = replace(facts, anchors=decision.anchors)
    key, there = facts_key(facts), out.below(PARTS_FOLDER)
    outline = Outline(lambda: plan(names, args.ray_block or block_size(len(names)), before, there, key))
    begun = RunFile(facts, args.shard or "", outline.starts, before.blocks if before else ())
    if begun != before:
        begun.save(out)
    report = ProposeReport(facts.model_name, "nothing left to do", facts.threshold, facts.threshold_source)
    work = _Work(outline, labels, Wish(args.ray, args.ray_workers, args.threads, args.ray_gpus), report, owner)
    folder = None if is_uri(args.folder) else photos.folder
    setup = WorkerSetup(folder, photos, out, key, facts.model, decision, facts.device, args.threads or 1)
    try:
        blocks = work.done(setup, model, args.device)
    except KeyboardInterrupt:
        clear(out)  # workers that were stopped say nothing about the photos that they had
        print("Stopped. What is done is kept: the same command goes on with it.", file=sys.stderr)
        return EXIT_STOPPED
    owner.check()
    committed = replace(begun, blocks=tuple(blocks))
    if committed != begun:
        _commit(committed, out)
    return told(_write(committed, out, report, unwritable, coco=args.format == "coco"), report, as_json=args.json)


def check_arguments(args: argparse.Namespace) -> None:
    """
    Raises:
        MoltboxError: an option cannot go with --ray, or --ray is missing.
    """
    if args.ray is None:
        raise MoltboxError(f"{args.folder}: photos behind a scheme are read by the workers of a cluster; add --ray.")
    for name in _NOT_HERE:
        if getattr(args, name):
            raise MoltboxError(f"--{name} cannot go with --ray.")
    if args.format not in ("coco", "parquet"):
        raise MoltboxError(f"--format {args.format}: expected coco or parquet with --ray (Parquet is always written).")
    for name in ("ray_workers", "ray_block"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise MoltboxError(f"--{name.replace('_', '-')} {value}: expected 1 or more.")
    if args.ray_gpus is not None and args.ray_gpus < 0:
        raise MoltboxError(f"--ray-gpus {args.ray_gpus:g}: expected 0 or more.")


@dataclass(slots=True)
class _Work:
    """The blocks of a run, brought to their end."""

    outline: Outline
    labels: LabelSource
    wish: Wish
    report: ProposeReport
    owner: Owner

    def done(self, setup: WorkerSetup, model: Path, device: DeviceChoice) -> list[Block]:
        """All blocks, in scan order; those that are not done yet are handed to the cluster, if there are any."""
        outline = self.outline
        finished = dict(outline.done)
        self.report.done_before = sum(block.photos for block in finished.values())
        if outline.open_photos:
            model_file = model.read_bytes()
            with cluster(self.wish, len(model_file)):
                team = team_for(self.wish, device, len(outline.digests))
                if team.gpus:
                    setup = replace(setup, device=device)
                for block in self._looked(setup, team, model_file):
                    finished[block.start] = block
        return [finished[start] for start in outline.starts]

    def _looked(self, setup: WorkerSetup, team: Team, model_file: bytes) -> Iterable[Block]:
        digests, total = self.outline.digests, self.outline.open_photos
        orders = (order(each, self.labels) for each in self.outline.blocks() if each.done is None)
        devices: set[str] = set()
        told_notes: set[str] = set()
        photos = 0
        started = last = time.perf_counter()
        for receipt in look(orders, setup, team, model_file):
            self.owner.check_heard()
            for note in _notes(receipt, team):
                if note not in told_notes:
                    print(note, file=sys.stderr)
                    told_notes.add(note)
            photos += receipt.photos
            self.report.done_before += receipt.photos - receipt.looked
            devices.add(receipt.device)
            workers = counted(team.workers, "worker")
            self.report.device = f"{', '.join(sorted(devices))}, {workers} of a Ray cluster"
            now = time.perf_counter()
            self.report.elapsed_s = now - started
            if now - last >= _LINE_EVERY_S and photos < total:
                last = now
                left_s = (now - started) / photos * (total - photos)
                print(f"{photos} of {total} photos, about {left_s:.0f} s left", file=sys.stderr, flush=True)
            yield Block(receipt.start, receipt.part, receipt.photos, receipt.failed, digests[receipt.start])


def _notes(receipt: Receipt, team: Team) -> Iterator[str]:
    """What a person should know about the device of a worker."""
    if receipt.note:
        yield f"A worker says: {receipt.note}"
    if team.gpus and not receipt.on_gpu:
        yield (
            f"Workers hold {team.gpus:g} GPU each but look at photos on the CPU; install the gpu extra on their "
            "machines, or give --ray-gpus 0."
        )


def _places(args: argparse.Namespace) -> tuple[Store, Store]:
    """Where the photos are, and where results go."""
    if args.out is not None:
        return Store.of(args.folder), Store.of(args.out)
    if is_uri(args.folder):
        raise MoltboxError(f"{args.folder}: name a place for the results with --out.")
    return Store.of(args.folder), Store.of(folder_beside(Path(args.folder)))


def _names(args: argparse.Namespace, photos: Store) -> Iterator[str]:
    """The photos of this run's shard, or of all, in scan order."""
    found = photos.photos() if photos.folder is None else photo_names(photos.folder)
    shard = parse_shard(args.shard)
    while some := list(itertools.islice(found, _SHARED_OUT_TOGETHER)):
        yield from part_of(some, shard)


def _writable(names: Iterable[str]) -> tuple[Names, dict[str, str]]:
    """Photos whose names are text, which Parquet asks for, and why the others are left out."""
    unfit: dict[str, str] = {}

    def fit() -> Iterator[str]:
        for name in names:
            try:
                name.encode()
            except UnicodeEncodeError:
                unfit[name] = "Its name is not valid text; rename the file."
            else:
                yield name

    packed = Names(fit())
    if not len(packed):
        raise PhotoError("There is no photo to look at, perhaps because this shard has none.")
    return packed, unfit


def _earlier(out: Store, *, overwrite: bool) -> RunFile | None:
    """The run to go on with.

    Raises:
        LabelFileError: what lies there is not of a run.
    """
    if overwrite:
        return None
    before = RunFile.load(out)
    if before is None and out.has(COCO_NAME):
        raise LabelFileError(f"{out.place}/{COCO_NAME} is already there; choose another --out, or add --overwrite.")
    return before


def _check_same_run(before: RunFile, facts: RunFacts, shard: str, out: Store) -> None:
    """
    Raises:
        LabelFileError: the earlier run asked for something else.
    """
    difference = "another --shard" if before.shard != shard else facts.difference(before.facts)
    if difference:
        raise LabelFileError(
            f"{out.place} was made with {difference}; give the same options, or start anew with --overwrite."
        )


def _decision(
    photos: Store,
    names: Iterable[str],
    labels: LabelSource,
    facts: RunFacts,
    known: Mapping[str, tuple[tuple[int, float], ...]],
    localizer: Localizer,
) -> Decision:
    """What is decided for every photo; gets to know here the labels that the model was not trained on."""
    limit = None if facts.limit is None else frozenset(facts.limit)
    root = Path("/")
    labelled = with_labels((root / name for name in names), root, labels, limit)
    wanted = photos_to_anchor(((place, found) for place, (_, found) in enumerate(labelled)), localizer.names)
    samples = {label: places for label, places in wanted.items() if label not in known}
    if not samples:
        return Decision(facts.threshold, dict(known), limit)
    print(f"{counted(len(samples), 'class')} here new to the model: looking for what they resemble.", file=sys.stderr)
    found = dict(known)
    sampled = {place for places in samples.values() for place in places}
    name_at = {place: name for place, name in enumerate(names) if place in sampled}
    for label, places in samples.items():
        with tempfile.TemporaryDirectory(prefix="moltbox-") as folder:
            fetched = [_fetched(photos, name_at[place], Path(folder, str(place))) for place in places]
            found.update(find_anchors({label: fetched}, localizer))
    return Decision(facts.threshold, found, limit)


def _fetched(photos: Store, name: str, folder: Path) -> Path:
    """A photo as a file of this machine; one that cannot be read leaves no file, which whoever opens it finds out."""
    if photos.folder is not None:
        return photos.folder / name
    path = folder / f"photo{PurePosixPath(name).suffix}"  # its own name may be longer than a disk takes
    with contextlib.suppress(PhotoError):
        data = photos.read_photo(name)
        folder.mkdir()
        path.write_bytes(data)
    return path


def _commit(committed: RunFile, out: Store) -> None:
    """Makes a run's parts the valid ones, in one step, and then removes those that are not.

    Raises:
        LabelFileError: a part is not where this machine sees it, or the run's file cannot be written.
    """
    there = out.below(PARTS_FOLDER)
    wanted = {block.part for block in committed.blocks}
    if not wanted <= there:
        raise LabelFileError(
            f"{counted(len(wanted - there), 'part')} written by workers cannot be seen in {out.place}/{PARTS_FOLDER}; "
            "--out must be a place that every worker and this machine share."
        )
    committed.save(out)
    for stale in sorted(name for name in there - wanted if name.endswith(".parquet")):
        out.remove(f"{PARTS_FOLDER}/{stale}")
    clear(out)


def _write(
    committed: RunFile, out: Store, report: ProposeReport, unwritable: Mapping[str, str], *, coco: bool
) -> PartResults:
    results = PartResults(out, committed.blocks)
    report.failed.update(unwritable)
    report.files.append(f"{out.place}/{PARTS_FOLDER}")
    if coco and len(results):
        with tempfile.TemporaryDirectory(prefix="moltbox-") as folder:
            path = (out.folder or Path(folder)) / COCO_NAME
            written = write_coco(path, results.label_set(), overwrite=True)
            if out.folder is None:
                out.upload(path, COCO_NAME)
        report.failed.update((skipped.path, skipped.reason) for skipped in written.skipped)
        report.files.append(f"{out.place}/{COCO_NAME}")
    return results
