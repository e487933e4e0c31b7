"""Decode ▸ look ▸ decide, photo by photo, with the next photos decoded while the network runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engine.errors import MoltboxError
from engine.images import SizedPhoto
from engine.localization.localizer import Localizer
from engine.prelabel.deciding import ClassResult, Decision, decide_photo, decode_for
from engine.prelabel.labels import LabelSource

_DECODED_AHEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class PhotoResult:
    """Outcome for one photo; `error` is the sentence that says why it failed, else None.

    relative: path below the folder, forward slashes. width, height: upright, pixels (0 where it failed).
    """

    relative: str
    width: int
    height: int
    found: tuple[ClassResult, ...]
    photo: SizedPhoto | None
    error: str | None


def propose(
    photos: Iterable[Path],
    root: Path,
    localizer: Localizer,
    labels: LabelSource,
    decision: Decision,
    *,
    keep_pixels: bool = False,
) -> Generator[PhotoResult, None, None]:
    """Proposes boxes for photos, in their order; a photo that fails never stops the others.

    Args:
        photos: files below `root`.
        root: the folder that relative names start from.
        localizer: the loaded model.
        labels: image-level labels of a photo; a photo with none gets no box, None lets the model choose the class.
        decision: threshold, anchors and class limit.
        keep_pixels: keep the decoded photo in the result, for pictures of the work; it may be smaller than the photo.
    """
    manifest = localizer.model.manifest
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
        waiting: deque[tuple[Path, Future[SizedPhoto]]] = deque()
        source = iter(photos)
        try:
            while True:
                while len(waiting) < _DECODED_AHEAD and (path := next(source, None)) is not None:
                    waiting.append((path, pool.submit(decode_for, manifest, path)))
                if not waiting:
                    return
                path, decoding = waiting.popleft()
                relative = path.relative_to(root).as_posix()
                try:
                    photo = decoding.result()
                    outcome = decide_photo(localizer, photo, labels(relative), decision)
                except MoltboxError as error:
                    yield PhotoResult(relative, 0, 0, (), None, str(error))
                    continue
                kept = photo if keep_pixels else None
                yield PhotoResult(relative, outcome.width, outcome.height, outcome.found, kept, None)
        finally:
            for _, decoding in waiting:
                decoding.cancel()
