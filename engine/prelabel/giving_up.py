"""When a photo is given up that ends whatever process looks at it."""

from __future__ import annotations

from pathlib import PurePosixPath

MOST_ENDED = 2
"""Workers that may end at a photo while it is looked at alone; one or more have ended before, at it or beside it."""


def given_up(photo: str, ended: int) -> str:
    """The sentence that stands for the result of such a photo, by its relative path."""
    return (
        f"{PurePosixPath(photo).name} was given up: {ended} workers ended while they looked at it alone, for want of "
        "memory perhaps."
    )
