"""What an evaluation remembers of a photo: enough for every figure of the report without looking again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, as_array
from engine.localization.evidence import ClassWeights


@dataclass(frozen=True, slots=True, eq=False)
class SubjectScore:
    """One class on one photo, scored.

    photo: path below the folder of photos. label: the data set's word for the class.
    mark: the photo's content mark, see `engine.evaluation.calibration_record`.
    place: the classes whose maps were added, and their weights. known: the model knows the label.
    rank: how many classes the model finds more probable; None where it does not know the label.
    width, height: of the upright photo in pixels.
    truth: its true boxes; () where only masks are known.
    proposed: the boxes that `moltbox propose` would propose, the first one first.
    ious: (V, 1 + K) float64 best IoU of the first box under each variant; column 0 at the model's own threshold, the
        others over the grid of thresholds.
    best_of_all: (K,) float64 best IoU of any component over the grid, of the refined map.
    counts: further arrays by name, of the parity mode and of masks.
    """

    photo: str
    label: str
    mark: int
    place: ClassWeights
    known: bool
    rank: int | None
    width: int
    height: int
    truth: tuple[Box, ...]
    proposed: tuple[Box, ...]
    ious: NDArray[np.float64]
    best_of_all: NDArray[np.float64]
    counts: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def facts(self) -> str:
        """All but the arrays, as JSON."""
        return json.dumps(
            {
                "photo": self.photo,
                "label": self.label,
                "mark": self.mark,
                "place": self.place,
                "known": self.known,
                "rank": self.rank,
                "size": [self.width, self.height],
                "truth": as_array(self.truth).tolist(),
                "proposed": as_array(self.proposed).tolist(),
            },
            ensure_ascii=False,
        )

    def arrays(self) -> bytes:
        """The arrays, packed: IoU is the same over long stretches of thresholds, so it shrinks well."""
        named = {"ious": self.ious, "best_of_all": self.best_of_all, **self.counts}
        heads = {name: [array.dtype.str, list(array.shape)] for name, array in named.items()}
        head = json.dumps(heads).encode()
        body = b"".join(np.ascontiguousarray(array).tobytes() for array in named.values())
        return zlib.compress(len(head).to_bytes(4, "big") + head + body, level=4)

    @classmethod
    def unpack(cls, facts: str, packed: bytes) -> SubjectScore:
        """The inverse of `facts` and `arrays`."""
        told = json.loads(facts)
        named = dict(_arrays(packed))
        return cls(
            photo=told["photo"],
            label=told["label"],
            mark=told["mark"],
            place=tuple((index, weight) for index, weight in told["place"]),
            known=told["known"],
            rank=told["rank"],
            width=told["size"][0],
            height=told["size"][1],
            truth=tuple(Box(*ends) for ends in told["truth"]),
            proposed=tuple(Box(*ends) for ends in told["proposed"]),
            ious=named.pop("ious"),
            best_of_all=named.pop("best_of_all"),
            counts=named,
        )


def _arrays(packed: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    data = zlib.decompress(packed)
    at = 4 + int.from_bytes(data[:4], "big")
    for name, (kind, shape) in json.loads(data[4:at]).items():
        dtype = np.dtype(kind)
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        yield name, np.frombuffer(data[at : at + size], dtype).reshape(shape)
        at += size
