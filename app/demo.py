"""`moltbox demo`: the whole job on sample photos, in the window, or without one where there is no display."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.display import has_display
from app.samples import copy_samples
from engine.prelabel import command
from engine.resources import data_folder


def run_demo(out: Path | None, *, headless: bool = False) -> int:
    """Copies the sample photos and opens them; headless it proposes boxes, and writes label files and a sheet.

    Raises:
        MoltboxError: the photos cannot be copied, or nothing can be written.
    """
    base = out if out is not None else data_folder() / "demo"
    photos = base / "photos"
    copy_samples(photos)
    if not headless and has_display():
        from app.window import run_window

        return run_window(photos, None, sys.argv[:1])
    why = "Asked to work without a window" if headless else "There is no display here"
    print(f"{why}: doing the demo's work on the command line.")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    words = [str(photos), "--out", str(base / "boxes"), "--format", "coco,voc", "--sheet", "--overwrite"]
    return command.run(parser.parse_args(words))
