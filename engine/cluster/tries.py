"""What is noted of a block while a worker has it, so that a photo that ends its worker is found and given up.

A worker that dies says nothing. So each notes in the place for results that it has begun a block, and takes the note
away when the block is done. Whoever finds a note knows that a worker ended in that block: it goes through the photos
one at a time, noting each before it is looked at, and the photo under way when a worker ends is the one to blame. After
some workers have ended at a photo it is given up. Blocks whose workers live cost one note.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field, replace

from engine.cluster.store import Store
from engine.errors import LabelFileError
from engine.prelabel.giving_up import MOST_ENDED, given_up

TRIES_FOLDER = "tries"


@dataclass(slots=True)
class Tries:
    """The note of one block.

    again: whether a worker ended in this block before. ended: by photo, how many ended while it was looked at alone.
    """

    out: Store
    name: str
    again: bool = False
    ended: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, out: Store, block: str) -> Tries:
        """Reads what is noted of a block, and notes that it is begun.

        Args:
            block: names the block among those of `out`, as a file's name can.

        Raises:
            LabelFileError: the note cannot be read or written.
        """
        tries = cls(out, f"{TRIES_FOLDER}/{block}.json")
        noted = out.read_if_there(tries.name)
        if noted is not None:
            with contextlib.suppress(ValueError):  # without a whole note this is the first try
                tries._take(json.loads(noted))
        tries._note(None)
        return tries

    def look_at(self, photo: str) -> str | None:
        """Notes that a photo is looked at alone from now on; or answers why it is not to be looked at any more.

        Raises:
            LabelFileError: the note cannot be written.
        """
        ended = self.ended.get(photo, 0)
        if ended >= MOST_ENDED:
            return given_up(photo, ended)
        self._note(photo)
        return None

    def leave(self) -> None:
        """Notes that nothing is under way: the worker lives, and stops for another reason than a photo.

        The store is asked once: it may be the reason.
        """
        self.out = replace(self.out, patience_s=0.0)
        with contextlib.suppress(LabelFileError):
            if self.ended:
                self._note(None)
            else:
                self.out.remove(self.name)

    def done(self) -> None:
        """Takes the note away."""
        with contextlib.suppress(LabelFileError):
            self.out.remove(self.name)

    def _take(self, fields: object) -> None:
        if not isinstance(fields, dict):
            raise ValueError
        self.again = True
        ended = fields.get("ended")
        if isinstance(ended, dict):
            self.ended = {name: count for name, count in ended.items() if isinstance(count, int)}
        under_way = fields.get("under_way")
        if isinstance(under_way, str):
            self.ended[under_way] = self.ended.get(under_way, 0) + 1

    def _note(self, under_way: str | None) -> None:
        fields = {"ended": self.ended, "under_way": under_way}
        self.out.write(self.name, (json.dumps(fields) + "\n").encode())


def clear(out: Store) -> None:
    """Removes the notes of a run that has come to its end."""
    with contextlib.suppress(LabelFileError):
        for name in out.below(TRIES_FOLDER):
            out.remove(f"{TRIES_FOLDER}/{name}")
