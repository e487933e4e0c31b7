"""`moltbox import`: labels of other tools into a folder's project, without a window."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from engine.dataset.importing import bring_in, photo_sizes
from engine.dataset.label_sources import KINDS, LabelSource, read_labels, recognise
from engine.dataset.project import Project
from engine.dataset.project_file import home_elsewhere
from engine.dataset.project_records import FoundPhoto
from engine.errors import ProjectError
from engine.images import scan_folder

EPILOG = """example:
  moltbox import photos annotations.json
  moltbox import photos labels.csv
  moltbox import photos VOC2012 --to-review

Reads COCO, Pascal VOC, YOLO, tables of boxes, and image-level labels from tables or ImageSets/Main. What you decided in
the window stays as it is; the report says what was left out.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox import`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("folder", type=Path, help="folder of photos")
    parser.add_argument("labels", type=Path, help="label file, or folder of label files")
    parser.add_argument("--format", choices=("auto", *KINDS), default="auto", help="what it is (default: look into it)")
    parser.add_argument(
        "--dialect", choices=("devkit", "edges"), help="of VOC files that do not tell (default: guessed)"
    )
    parser.add_argument("--to-review", action="store_true", help="bring boxes in as proposals that a person decides on")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: the labels cannot be read, or the project cannot be changed.
    """
    source = recognise(args.labels) if args.format == "auto" else LabelSource(args.format, args.labels)
    if args.dialect is not None:
        source = LabelSource(source.kind, source.path, args.dialect)
    told = f", {source.dialect} dialect" if source.dialect is not None else ""
    print(f"{source.path}: {source.kind.replace('_', ' ')}{told}", file=sys.stderr)
    with _open(args.folder) as project:
        if project.read_only:
            raise ProjectError(project.read_only_reason)
        for batch in scan_folder(args.folder):
            facts = [(path.relative_to(args.folder).as_posix(), path.stat()) for path in batch]
            project.add_photos(FoundPhoto(name, each.st_size, each.st_mtime_ns) for name, each in facts)
        read = read_labels(source, photo_sizes(project))
        report = bring_in(project, read, reviewed=not args.to_review)
    left_out = [{"path": each.path, "reason": each.reason} for each in report.skipped]
    if args.json:
        facts = {"kind": source.kind, "dialect": source.dialect, "photos": report.photo_count}
        counts = {"boxes": report.box_count, "renumbered": report.renumbered, "unknown": read.unknown}
        print(json.dumps({**facts, **counts, "skipped": left_out}, indent=1))
        return 0
    print(f"{report.photo_count} photos, {report.box_count} boxes brought in")
    if report.renumbered:
        print(f"{report.renumbered} numbers of the labels were taken; these photos, boxes or classes have new ones")
    if read.unknown:
        print(f"{read.unknown} photos of the labels are not in {args.folder}")
    for each in left_out:
        print(f"left out: {each['path']}: {each['reason']}")
    return 0


def _open(folder: Path) -> Project:
    elsewhere = home_elsewhere(folder)
    return Project.open(folder, location=elsewhere if elsewhere.is_dir() else None)
