"""`moltbox export`: a folder's decided boxes as label files, without a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.dataset.coco import write_coco
from engine.dataset.headers import sized
from engine.dataset.project import Project
from engine.dataset.project_file import PROJECT_FILE, PROJECT_FOLDER, home_elsewhere
from engine.dataset.records import LabelledPhoto, LabelSet, Skipped
from engine.dataset.table import write_box_table
from engine.dataset.voc import write_voc
from engine.dataset.yolo import write_yolo
from engine.errors import FileInTheWayError, MoltboxError, ProjectError
from engine.words import counted

EXIT_DONE, EXIT_SOME_LEFT_OUT = 0, 3
_TARGETS = {"coco": "annotations.coco.json", "voc": "voc", "yolo": "yolo", "csv": "boxes.csv"}
FORMATS = frozenset(_TARGETS)
EPILOG = """example:
  moltbox export photos --out boxes --format coco,voc

Writes the boxes that a person accepted, edited or drew in the window, of the photos that are reviewed.

exit code: 0 all of them are in every format, 2 nothing could be done, 3 some photos are left out (it is told which and
why).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox export`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("folder", type=Path, help="folder of photos that was opened in the window before")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--format", default="coco", help="coco, voc, yolo, csv, or several with commas (default: coco)")
    parser.add_argument("--dialect", choices=("devkit", "edges"), default="devkit", help="of VOC (default: devkit)")
    parser.add_argument("--proposals", action="store_true", help="undecided boxes and unreviewed photos too")
    parser.add_argument(
        "--overwrite", action="store_true", help="also in the place of tables, and of files that Moltbox did not write"
    )


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        MoltboxError: there is no project, or a file cannot be written.
    """
    formats = {part.strip() for part in args.format.split(",")}
    if not formats <= FORMATS:
        raise MoltboxError(f"--format {args.format}: expected {', '.join(sorted(FORMATS))}, or several with commas.")
    homes = (args.folder / PROJECT_FOLDER, home_elsewhere(args.folder))
    home = next((home for home in homes if (home / PROJECT_FILE).is_file()), None)
    if home is None:
        raise ProjectError(f"{args.folder} has no Moltbox project; open it in the window first.")
    with Project.open(args.folder, read_only=True, location=home) as project:
        label_set = project.label_set("all" if args.proposals else "reviewed", include_proposals=args.proposals)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MoltboxError(f"{args.out} cannot be made: {error.strerror}.") from error
    label_set = replace(label_set, photos=tuple(_sized(photo, args.folder) for photo in label_set.photos))
    try:
        skipped = [each for name in _TARGETS if name in formats for each in _write(name, args, label_set)]
    except FileInTheWayError as error:
        raise FileInTheWayError(f"{error} Choose another --out, or add --overwrite.") from error
    return EXIT_SOME_LEFT_OUT if skipped else EXIT_DONE


def _sized(photo: LabelledPhoto, root: Path) -> LabelledPhoto:
    return photo if photo.width and photo.height else sized(photo, root)[0]


def _write(name: str, args: argparse.Namespace, label_set: LabelSet) -> Sequence[Skipped]:
    """Writes one format, tells what came of it, and answers what was left out."""
    target = args.out / _TARGETS[name]
    if name == "csv":
        skipped = write_box_table(target, label_set, overwrite=args.overwrite)
        left_out = {each.path for each in skipped}
        kept = [photo for photo in label_set.photos if photo.path not in left_out]
        photo_count, box_count = len(kept), sum(len(photo.boxes) for photo in kept)
    else:
        if name == "coco":
            report = write_coco(target, label_set, overwrite=args.overwrite)
        elif name == "voc":
            report = write_voc(target, label_set, dialect=args.dialect, overwrite=args.overwrite)
        else:
            report = write_yolo(target, label_set, overwrite=args.overwrite)
        skipped, photo_count, box_count = report.skipped, report.photo_count, report.box_count
    print(f"{target}: {counted(photo_count, 'photo')}, {counted(box_count, 'box')}")
    for each in skipped:
        print(f"{name} leaves out {each.path!r}: {each.reason}", file=sys.stderr)
    return skipped
