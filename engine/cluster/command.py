"""`moltbox propose --ray`: planned, handed out, committed and told."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from engine.cluster.plan import PARTS_FOLDER, Block, Planned, RunFile, block_size, facts_key, plan
from engine.cluster.ray_run import Team, Wish, cluster, look, team_for
from engine.cluster.results import PartResults
from engine.cluster.store import Store, is_uri
from engine.cluster.worker import WorkerSetup, order
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
_NOT_HERE = ("join", "sheet", "processes")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: nothing could be done, or the cluster gave up; the message says why.
    """
    check_arguments(args)
    photos, out = _places(args)
    names, unwritable = _writable(part_of(_names(args, photos), parse_shard(args.shard)))
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
    planned = plan(names, args.ray_block or block_size(len(names)), before, out.below(PARTS_FOLDER), facts_key(facts))
    begun = RunFile(facts, args.shard or "", tuple(each.start for each in planned), before.blocks if before else ())
    if begun != before:
        begun.save(out)
    report = ProposeReport(facts.model_name, "nothing left to do", facts.threshold, facts.threshold_source)
    work = _Work(planned, labels, Wish(args.ray, args.ray_workers, args.threads, args.ray_gpus), report)
    folder = None if is_uri(args.folder) else photos.folder
    setup = WorkerSetup(folder, photos, out, facts_key(facts), facts.model, decision, facts.device, args.threads or 1)
    try:
        blocks = work.done(setup, model, args.device)
    except KeyboardInterrupt:
        print("Stopped. What is done is kept: the same command goes on with it.", file=sys.stderr)
        return EXIT_STOPPED
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

    planned: Sequence[Planned]
    labels: LabelSource
    wish: Wish
    report: ProposeReport

    def done(self, setup: WorkerSetup, model: Path, device: DeviceChoice) -> list[Block]:
        """All blocks, in scan order; those that are not done yet are handed to the cluster, if there are any."""
        finished = {each.start: each.done for each in self.planned if each.done}
        open_blocks = [each for each in self.planned if each.done is None]
        self.report.done_before = sum(block.photos for block in finished.values())
        if open_blocks:
            model_file = model.read_bytes()
            with cluster(self.wish, len(model_file)):
                team = team_for(self.wish, device, len(open_blocks))
                if team.gpus:
                    setup = replace(setup, device=device)
                for block in self._looked(open_blocks, setup, team, model_file):
                    finished[block.start] = block
        return [finished[each.start] for each in self.planned]

    def _looked(
        self, open_blocks: Sequence[Planned], setup: WorkerSetup, team: Team, model_file: bytes
    ) -> Iterable[Block]:
        digests = {each.start: each.digest for each in open_blocks}
        total = sum(len(each.names) for each in open_blocks)
        orders = [order(each, self.labels) for each in open_blocks]
        devices: set[str] = set()
        photos = 0
        started = last = time.perf_counter()
        for receipt in look(orders, setup, team, model_file):
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


def _places(args: argparse.Namespace) -> tuple[Store, Store]:
    """Where the photos are, and where results go."""
    if args.out is not None:
        return Store.of(args.folder), Store.of(args.out)
    if is_uri(args.folder):
        raise MoltboxError(f"{args.folder}: name a place for the results with --out.")
    return Store.of(args.folder), Store.of(folder_beside(Path(args.folder)))


def _names(args: argparse.Namespace, photos: Store) -> list[str]:
    return photos.photos() if is_uri(args.folder) else photo_names(Path(args.folder))


def _writable(names: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Photos whose names are text, which Parquet asks for, and why the others are left out."""
    fit: list[str] = []
    unfit: dict[str, str] = {}
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            unfit[name] = "Its name is not valid text; rename the file."
        else:
            fit.append(name)
    if not fit:
        raise PhotoError("There is no photo to look at, perhaps because this shard has none.")
    return fit, unfit


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
    wanted = photos_to_anchor(with_labels((root / name for name in names), root, labels, limit), localizer.names)
    samples = {label: paths for label, paths in wanted.items() if label not in known}
    if not samples:
        return Decision(facts.threshold, dict(known), limit)
    print(f"{counted(len(samples), 'class')} here new to the model: looking for what they resemble.", file=sys.stderr)
    found = dict(known)
    for label, paths in samples.items():
        with tempfile.TemporaryDirectory(prefix="moltbox-") as folder:
            fetched = [
                _fetched(photos, path.relative_to(root).as_posix(), Path(folder, str(number)))
                for number, path in enumerate(paths)
            ]
            found.update(find_anchors({label: fetched}, localizer))
    return Decision(facts.threshold, found, limit)


def _fetched(photos: Store, name: str, folder: Path) -> Path:
    """A photo as a file of this machine; one that cannot be read leaves no file, which whoever opens it finds out."""
    if photos.folder is not None:
        return photos.folder / name
    path = folder / PurePosixPath(name).name
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
