"""A block's results as a Parquet file: a row for each box, and one for each label or photo that has none.

Columns, in this order (docs/scale.md says the same):

    photo       string   path below the folder, forward slashes
    width       int32    of the whole upright photo in pixels; null where the photo failed
    height      int32    likewise
    label       int16    which of the photo's labels the row is about, from 0; null where it has none or failed
    class       string   that label's name; null likewise
    known       bool     False where the model was not trained on the class; null likewise
    x0 y0 x1 y1 double   the box, half-open, pixels of the upright photo; null where there is no box
    score       double   in [0, 1]; null where there is no box
    threshold   double   at which the box was cut
    error       string   the sentence that says why the photo failed; null where it did not
    model       string   SHA-256 of the model file
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.errors import LabelFileError
from engine.prelabel.results import FoundClass, PhotoResult

SCHEMA = pa.schema(
    [
        pa.field("photo", pa.string(), nullable=False),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("label", pa.int16()),
        pa.field("class", pa.string()),
        pa.field("known", pa.bool_()),
        *(pa.field(name, pa.float64()) for name in ("x0", "y0", "x1", "y1", "score")),
        pa.field("threshold", pa.float64(), nullable=False),
        pa.field("error", pa.string()),
        pa.field("model", pa.string(), nullable=False),
    ]
)

_NO_BOX = (None,) * 5
_NO_CLASS = (None,) * 3


def encoded(results: Iterable[PhotoResult], threshold: float, model: str) -> bytes:
    """The Parquet file of some photos, in their order; the same results give the same bytes."""
    rows = [row for result in results for row in _rows(result, threshold, model)]
    columns = zip(*rows, strict=True) if rows else ((),) * len(SCHEMA)
    table = pa.table([pa.array(list(each), field.type) for each, field in zip(columns, SCHEMA, strict=True)], SCHEMA)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def decoded(data: bytes, name: str) -> Iterator[PhotoResult]:
    """What `encoded` was given.

    Raises:
        LabelFileError: it is no such file; `name` says which.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise LabelFileError(f"{name} is damaged or not a Parquet file; remove it and run again.") from error
    if not table.schema.equals(SCHEMA):
        raise LabelFileError(f"{name} has other columns than Moltbox writes; choose another --out.")
    for photo, rows in itertools.groupby(table.to_pylist(), key=lambda row: row["photo"]):
        yield _result(photo, list(rows))


def _rows(result: PhotoResult, threshold: float, model: str) -> Iterator[tuple[Any, ...]]:
    name = result.relative
    if result.error is not None:
        yield name, None, None, *_NO_CLASS, *_NO_BOX, threshold, result.error, model
        return
    size = (result.width, result.height)
    if not result.found:
        yield name, *size, *_NO_CLASS, *_NO_BOX, threshold, None, model
    for place, each in enumerate(result.found):
        for box in each.boxes or (_NO_BOX,):
            yield name, *size, place, each.class_name, each.known, *box, threshold, None, model


def _result(photo: str, rows: list[dict[str, Any]]) -> PhotoResult:
    first = rows[0]
    if first["error"] is not None:
        return PhotoResult.failed(photo, first["error"])
    found = []
    for place, group in itertools.groupby(rows, key=lambda row: row["label"]):
        if place is None:
            continue
        of_label = list(group)
        boxes = tuple(
            (row["x0"], row["y0"], row["x1"], row["y1"], row["score"]) for row in of_label if row["score"] is not None
        )
        found.append(FoundClass(of_label[0]["class"], of_label[0]["known"], boxes))
    return PhotoResult(photo, first["width"], first["height"], tuple(found))
