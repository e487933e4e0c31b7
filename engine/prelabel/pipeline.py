"""Decode ▸ look ▸ decide as overlapping stages: while the network runs on one photo, the next ones are decoded and the
one before is decided and stored.

The stages hand on through queues of a few photos, fewer where the photos are large, so a stage that is ahead waits, and
memory does not grow with the number of photos. A photo that fails goes through as a failure and never stops the others.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from engine.errors import Cancelled, MoltboxError
from engine.images import OnSize, SizedPhoto
from engine.localization.evidence import Evidence
from engine.localization.localizer import Localizer
from engine.prelabel.deciding import Decision, Outcome, decide, decode_for
from engine.prelabel.room import Room

_DECODERS = 2
_DECODED_AHEAD = 4
_ROOM_BYTES = 256_000_000
_LOOKED_AHEAD = 2
_STOP_ASKED_EVERY_S = 0.1

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to look at: its file, its name in results, its labels as `decide_photo` takes them."""

    path: Path
    relative: str
    labels: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A photo done: `outcome`, or `error`, the sentence that says why it failed."""

    relative: str
    outcome: Outcome | None
    error: str = ""


def propose(
    tasks: Iterable[Task],
    localizer: Localizer,
    decision: Decision,
    *,
    decode: Callable[[Task, OnSize], SizedPhoto] | None = None,
) -> Generator[Done, None, None]:
    """Proposes boxes for photos, in their order; a photo that fails never stops the others.

    Closing the generator ends the stages; the look under way is given up at its next scale.

    Args:
        tasks: asked for one by one, a few ahead of the results, from a thread of this function's own.
        localizer: the loaded model; nothing else may use it meanwhile.
        decision: threshold, anchors and class limit.
        decode: makes a task's photo where it is not the file at its path; it calls what it is given once, before the
            pixels take memory.
    """
    stop = threading.Event()
    decoded: _Lane[tuple[int, Task]] = _Lane(_DECODED_AHEAD, stop)
    looked: _Lane[tuple[Task, Evidence | str]] = _Lane(_LOOKED_AHEAD, stop)
    pool = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode")
    room = Room(_ROOM_BYTES, stop)
    # Not in the lane, whose threads hold on to an item until the next one comes.
    decoding: dict[int, Future[SizedPhoto]] = {}

    def decode_file(task: Task, on_size: OnSize) -> SizedPhoto:
        return decode_for(localizer.model.manifest, task.path, on_size=on_size)

    def decode_in_room(number: int, task: Task) -> SizedPhoto:
        try:
            return (decode or decode_file)(task, partial(room.enter, number))
        except BaseException:
            room.leave(number)  # at once: the photos behind it wait for its turn to pass
            raise

    def feed() -> None:
        for number, task in enumerate(tasks):
            decoding[number] = pool.submit(decode_in_room, number, task)
            decoded.put((number, task))

    def look() -> None:
        for number, task in decoded.items():
            found = _look(localizer, task, decoding.pop(number), stop)
            room.leave(number)
            looked.put((task, found))

    _started("feed", feed, decoded)
    looking = _started("look", look, looked)
    try:
        for task, found in looked.items():
            if isinstance(found, str):
                yield Done(task.relative, None, found)
            else:
                yield _decide(localizer, task, found, decision)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
        looking.join()


def _look(localizer: Localizer, task: Task, decoding: Future[SizedPhoto], stop: threading.Event) -> Evidence | str:
    """What the networks saw, or why there is nothing.

    Raises:
        Cancelled: the pipeline is being closed.
    """
    try:
        photo = decoding.result()
        return localizer.look(photo.pixels, size=(photo.width, photo.height), cancelled=stop.is_set)
    except Cancelled:
        raise
    except MoltboxError as error:
        return str(error)
    except Exception as error:  # a decoder, a network, or the memory, can fail in many ways; the other photos go on
        return f"{task.path.name} could not be looked at ({type(error).__name__})."


def _decide(localizer: Localizer, task: Task, evidence: Evidence, decision: Decision) -> Done:
    try:
        found = tuple(decide(localizer, evidence, task.labels, decision))
    except MoltboxError as error:
        return Done(task.relative, None, str(error))
    except Exception as error:  # the memory, for instance; the other photos go on
        return Done(task.relative, None, f"{task.path.name} could not be decided ({type(error).__name__}).")
    return Done(task.relative, Outcome(evidence.photo_width, evidence.photo_height, found))


class _Lane(Generic[_Item]):
    """A queue between two stages: bounded, ended or broken by the stage before, given up when the work is stopped."""

    def __init__(self, room: int, stop: threading.Event) -> None:
        self._queue: queue.Queue[tuple[_Item] | BaseException | None] = queue.Queue(room)
        self._stop = stop

    def put(self, item: _Item) -> None:
        """Hands an item on as soon as there is room.

        Raises:
            Cancelled: the work was stopped.
        """
        self._put((item,))

    def end(self, error: BaseException | None = None) -> None:
        """Says that nothing follows, or why."""
        self._put(error)

    def items(self) -> Generator[_Item, None, None]:
        """The items, as they come.

        Raises:
            Cancelled: the work was stopped.
            BaseException: what broke the stage before.
        """
        while True:
            try:
                item = self._queue.get(timeout=_STOP_ASKED_EVERY_S)
            except queue.Empty:
                if self._stop.is_set():
                    raise Cancelled("Stopped.") from None
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item[0]

    def _put(self, item: tuple[_Item] | BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_STOP_ASKED_EVERY_S)
            except queue.Full:
                continue
            return
        raise Cancelled("Stopped.")


def _started(name: str, work: Callable[[], None], lane: _Lane) -> threading.Thread:
    """Runs a stage that fills a lane; the lane ends with it, or breaks with what broke it."""

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except Cancelled:
            return
        except BaseException as broken:  # told by the thread that waits for the results
            error = broken
        try:
            lane.end(error)
        except Cancelled:
            return

    # A feeder may wait for tasks that never come; a daemon does not keep the program alive for them.
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
