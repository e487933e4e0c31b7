"""`moltbox restore`: the newest backup in the place of a project's file that is damaged or gone."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.dataset.restoring import check_file, project_file_of, restore_backup
from engine.errors import DamagedProjectError

EPILOG = """example:
  moltbox restore photos

A backup is made on each day on which something was decided. What was there is kept beside the restored file. A project
that is whole, or merely cannot be read now, is left as it is.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `moltbox restore`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("folder", type=Path, help="folder of photos, or its project's file")


def run(args: argparse.Namespace) -> int:
    """Runs the command and returns its exit code.

    Raises:
        ProjectError: the project is of a newer Moltbox, cannot be read now, is open in a window, or has no backup, or
            the files cannot be moved.
    """
    path = project_file_of(args.folder)
    try:
        check_file(path)
    except DamagedProjectError:
        done = restore_backup(path)
        print(f"What was wrong: {done.fault}")
        print(f"{path} is {done.backup.name} again.")
        if done.kept is not None:
            print(f"What was there before is kept as {done.kept}.")
        return 0
    print(f"{path} is whole; nothing was changed.")
    return 0
