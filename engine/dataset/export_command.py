"""`moltbox export`: a folder's decided boxes as label files, without a window."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.dataset.coco import write_coco
from engine.dataset.project import Project
from engine.dataset.project_file import PROJECT_FILE, PROJECT_FOLDER, home_elsewhere
from engine.dataset.records import LabelSet
from engine.dataset.table import write_box_table
from engine.dataset.voc import write_voc
from engine.dataset.yolo import write_yolo
from engine.errors import FileInTheWayError, MoltboxError, ProjectError

FORMATS = frozenset({"coco", "voc", "yolo", "csv"})
EPILOG = """example:
  moltbox export photos --out boxes --format coco,voc

Writes the boxes that a person accepted, edited or drew in the window, of the photos that are reviewed.
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
    try:
        _write(args, formats, label_set)
    except FileInTheWayError as error:
        raise FileInTheWayError(f"{error} Choose another --out, or add --overwrite.") from error
    return 0


def _write(args: argparse.Namespace, formats: set[str], label_set: LabelSet) -> None:
    overwrite = args.overwrite
    if "coco" in formats:
        report = write_coco(args.out / "annotations.coco.json", label_set, overwrite=overwrite)
        print(f"{report.path}: {report.photo_count} photos, {report.box_count} boxes")
    if "voc" in formats:
        report = write_voc(args.out / "voc", label_set, dialect=args.dialect, overwrite=overwrite)
        print(f"{report.folder}: {report.photo_count} photos, {report.box_count} boxes")
    if "yolo" in formats:
        report = write_yolo(args.out / "yolo", label_set, overwrite=overwrite)
        print(f"{report.folder}: {report.photo_count} photos, {report.box_count} boxes")
    if "csv" in formats:
        path = args.out / "boxes.csv"
        skipped = write_box_table(path, label_set, overwrite=overwrite)
        print(f"{path}: {len(label_set.photos) - len(skipped)} photos, {label_set.box_count} boxes")
