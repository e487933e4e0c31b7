"""Looking once at every photo of a calibration, and keeping what was seen, so that a stopped run goes on later.

What is kept is compact evidence: the maps of the one class that a photo is scored for, with and without propagation. It
lies in one SQLite file, a few kilobytes a photo; memory holds the same.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.dataset.files import safe_relative
from engine.errors import Cancelled, MoltboxError
from engine.evaluation.calibration_settings import Settings
from engine.evaluation.ground_truth import Target
from engine.evaluation.looking import check_size
from engine.geometry import Box
from engine.localization.evidence import ClassNotKeptError, ClassWeights, Evidence
from engine.localization.heat_map import HeatMap, working_shape
from engine.localization.localizer import Localizer
from engine.prelabel.deciding import decode_for

Placing = Callable[["Subject", Evidence], ClassWeights]
"""Where a subject is looked for on its photo."""

_THUMBNAIL_SUFFIX = ".png"
_STORED_VERSION = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """One class on one photo.

    target: the class with its boxes, () where none are known; None where the model chooses the class.
    width, height: upright size in pixels as the label file tells it, 0 where it does not.
    """

    relative: str
    target: Target | None
    width: int = 0
    height: int = 0

    @property
    def truth(self) -> tuple[Box, ...]:
        return self.target.boxes if self.target is not None else ()


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One look at one class, without propagation and with it; the latter None where the model has none."""

    plain: Evidence
    propagated: Evidence | None

    def heat_map(self, place: ClassWeights, settings: Settings) -> HeatMap:
        """The maps of the place under these settings."""
        evidence = self.propagated if settings.propagates and self.propagated is not None else self.plain
        return settings.decide_again(evidence).heat_map(place)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What was seen of a subject.

    mirrored: the look at the photo's mirror image, in the mirror image's frame; None unless asked for.
    thumbnail: (h, w, 3) uint8 RGB, the photo on the working grid; None unless asked for.
    """

    subject: Subject
    place: ClassWeights
    seen: Seen
    mirrored: Seen | None = None
    thumbnail: NDArray[np.uint8] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Upright width and height in pixels."""
        return self.seen.plain.photo_width, self.seen.plain.photo_height

    def heat_map(self, settings: Settings) -> HeatMap:
        """The maps of the subject's class under these settings."""
        return self.seen.heat_map(self.place, settings)

    def mirrored_heat_map(self, settings: Settings) -> HeatMap:
        """The same of the mirror image, in the mirror image's frame.

        Raises:
            ValueError: the mirror image was not looked at.
        """
        if self.mirrored is None:
            raise ValueError("this sample was taken without its mirror image")
        return self.mirrored.heat_map(self.place, settings)

    def small_photo(self) -> NDArray[np.uint8]:
        """The photo on the working grid: (h, w, 3) uint8 RGB.

        Raises:
            ValueError: the sample was taken without it.
        """
        if self.thumbnail is None:
            raise ValueError("this sample was taken without its thumbnail")
        return self.thumbnail


def fewer(subjects: Sequence[Subject], limit: int) -> list[Subject]:
    """At most `limit` photos' subjects: the same ones for the same names, spread evenly over the whole."""
    order = sorted({subject.relative for subject in subjects}, key=_scattered)
    kept = set(order[:limit])
    return [subject for subject in subjects if subject.relative in kept]


class LookStore:
    """The looks of one calibration in a file. Not for two processes at once."""

    def __init__(self, path: Path, identity: str) -> None:
        """
        Args:
            path: the file; made where it is missing, emptied where it belongs to another model or is damaged.
            identity: what the looks depend on.

        Raises:
            MoltboxError: the file cannot be made.
        """
        self.path = Path(path)
        self._identity = f"{_STORED_VERSION} {identity}"
        try:
            self._database = self._opened()
        except sqlite3.DatabaseError:
            self.path.unlink(missing_ok=True)
            try:
                self._database = self._opened()
            except sqlite3.Error as error:
                raise MoltboxError(f"{self.path} cannot be written: {error}.") from error

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path)
        try:
            database.execute("CREATE TABLE IF NOT EXISTS about (identity TEXT)")
            database.execute("CREATE TABLE IF NOT EXISTS looks (name TEXT PRIMARY KEY, place TEXT, parts BLOB)")
            known = database.execute("SELECT identity FROM about").fetchone()
            if known != (self._identity,):
                database.execute("DELETE FROM looks")
                database.execute("DELETE FROM about")
                database.execute("INSERT INTO about VALUES (?)", (self._identity,))
            database.commit()
        except sqlite3.Error:
            database.close()
            raise
        return database

    def close(self) -> None:
        self._database.close()

    def discard(self) -> None:
        """Closes and deletes the file: the calibration is done."""
        self.close()
        self.path.unlink(missing_ok=True)

    def put(self, sample: Sample) -> None:
        """Keeps a sample; it is on disk when this returns."""
        parts = [*_parts(sample.seen), *_parts(sample.mirrored), _encoded(sample.thumbnail)]
        sizes = json.dumps([len(part) for part in parts]).encode()
        packed = len(sizes).to_bytes(4, "big") + sizes + b"".join(parts)
        name = _name(sample.subject)
        try:
            self._database.execute(
                "INSERT OR REPLACE INTO looks VALUES (?, ?, ?)", (name, json.dumps(sample.place), packed)
            )
            self._database.commit()
        except sqlite3.Error as error:
            raise MoltboxError(f"{self.path} cannot be written: {error}.") from error

    def get(self, subject: Subject, class_names: tuple[str, ...]) -> Sample | None:
        """A kept sample; None where it was not kept or is damaged."""
        try:
            row = self._database.execute("SELECT place, parts FROM looks WHERE name = ?", (_name(subject),)).fetchone()
            if row is None:
                return None
            place = tuple((int(index), float(weight)) for index, weight in json.loads(row[0]))
            plain, propagated, mirrored, mirrored_propagated, thumbnail = _unpacked(row[1])
            seen = _seen(plain, propagated, class_names)
            if seen is None:
                return None
            there = _seen(mirrored, mirrored_propagated, class_names)
            return Sample(subject, place, seen, there, _decoded(thumbnail))
        except (sqlite3.Error, ClassNotKeptError, ValueError, TypeError):
            return None


def look_at_all(
    subjects: Sequence[Subject],
    root: Path,
    localizer: Localizer,
    place_of: Placing,
    store: LookStore,
    *,
    mirror: bool,
    on_failure: Callable[[str, str], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Sample]:
    """Samples of all subjects in their order, from the store where they are kept there.

    Args:
        subjects: those of one photo follow each other.
        root: folder that relative names start from.
        mirror: look at the mirror image as well, and keep a thumbnail.
        on_failure: told a photo's name and the sentence why it could not be looked at; the others go on.

    Raises:
        Cancelled: `cancelled` said so; what was looked at until then is kept.
    """
    names = localizer.model.class_names
    fresh: tuple[str, _Fresh] | None = None
    failed = ""
    for subject in subjects:
        if cancelled():
            raise Cancelled("Stopped.")
        sample = store.get(subject, names)
        if sample is None and subject.relative != failed:
            try:
                if fresh is None or fresh[0] != subject.relative:
                    fresh = (subject.relative, _Fresh.of(subject, root, localizer, mirror=mirror))
            except MoltboxError as error:
                on_failure(subject.relative, str(error))
                failed = subject.relative
                continue
            store.put(fresh[1].sample(subject, place_of(subject, fresh[1].evidence)))
            sample = store.get(subject, names)  # as a later run would read it, so that stopping changes no figure
        if sample is not None:
            yield sample


@dataclass(frozen=True, slots=True, eq=False)
class _Fresh:
    """Evidence of one photo with all its classes, before a place is chosen."""

    evidence: Evidence
    mirrored: Evidence | None
    thumbnail: NDArray[np.uint8] | None

    @classmethod
    def of(cls, subject: Subject, root: Path, localizer: Localizer, *, mirror: bool) -> _Fresh:
        photo = decode_for(localizer.model.manifest, safe_relative(subject.relative, root))
        check_size(subject.relative, photo, subject.width, subject.height)
        size = (photo.width, photo.height)
        evidence = localizer.look(photo.pixels, size=size)
        if not mirror:
            return cls(evidence, None, None)
        rows, columns = working_shape(evidence.photo_width, evidence.photo_height)
        small = np.asarray(cv2.resize(photo.pixels, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
        return cls(evidence, localizer.look(np.ascontiguousarray(photo.pixels[:, ::-1]), size=size), small)

    def sample(self, subject: Subject, place: ClassWeights) -> Sample:
        there = None if self.mirrored is None else _both_ways(self.mirrored, place)
        return Sample(subject, place, _both_ways(self.evidence, place), there, self.thumbnail)


def _both_ways(evidence: Evidence, place: ClassWeights) -> Seen:
    if evidence.settings.propagation is None:
        return Seen(_only(evidence, place), None)
    off = replace(evidence, settings=replace(evidence.settings, propagation=None))
    return Seen(_only(off, place), _only(evidence, place))


def _only(evidence: Evidence, place: ClassWeights) -> Evidence:
    """Compact evidence of one place."""
    scales = tuple(
        replace(
            scale,
            kept_maps={place: scale.score_map(place, evidence.settings)},
            tokens=None,
            head=None,
            features=None,
        )
        for scale in evidence.scales
    )
    return replace(evidence, scales=scales)


def _name(subject: Subject) -> str:
    label = None if subject.target is None else subject.target.label
    return json.dumps([subject.relative, label], ensure_ascii=False)


def _scattered(relative: str) -> bytes:
    return hashlib.sha256(relative.encode("utf-8", "surrogatepass")).digest()


def _parts(seen: Seen | None) -> tuple[bytes, bytes]:
    if seen is None:
        return b"", b""
    return seen.plain.to_bytes(), b"" if seen.propagated is None else seen.propagated.to_bytes()


def _seen(plain: bytes, propagated: bytes, class_names: tuple[str, ...]) -> Seen | None:
    if not plain:
        return None
    walked = Evidence.from_bytes(propagated, class_names) if propagated else None
    return Seen(Evidence.from_bytes(plain, class_names), walked)


def _unpacked(packed: bytes) -> list[bytes]:
    start = 4 + int.from_bytes(packed[:4], "big")
    sizes = json.loads(packed[4:start])
    parts = []
    for size in sizes:
        parts.append(packed[start : start + size])
        start += size
    if len(parts) != 5 or start != len(packed):
        raise ValueError("not a kept look")
    return parts


def _encoded(thumbnail: NDArray[np.uint8] | None) -> bytes:
    if thumbnail is None:
        return b""
    return cv2.imencode(_THUMBNAIL_SUFFIX, cv2.cvtColor(thumbnail, cv2.COLOR_RGB2BGR))[1].tobytes()


def _decoded(data: bytes) -> NDArray[np.uint8] | None:
    if not data:
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if pixels is None else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
