"""The pipeline in processes of this machine, each with its share of the cores.

On a CPU two networks on one core each do more than one network on two: nothing waits for the other core. Photos are
handed out one by one, so no process is left with the slow ones.

A process may be ended by a photo, for want of memory or by a fault in a decoder or a network. It is started anew and
does what it had in hand again, one photo at a time; a photo at which it ends again and again is given up.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

import cv2

from engine.errors import MoltboxError
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceChoice
from engine.prelabel.deciding import Decision
from engine.prelabel.giving_up import MOST_ENDED, given_up
from engine.prelabel.pipeline import Task, propose
from engine.prelabel.results import PhotoResult

_HANDED_OUT = 10
_ENDING_S = 5.0
# More photos than one process has in hand, each the end of two: then it is no photo's fault.
_MOST_ENDED_IN_A_ROW = 30
# Read when NumPy is first imported, so they are set around the start of a process.
_MATRIX_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class WorkerSetup:
    """What a process needs to begin: the model file, the device, CPU threads of its own, and what is decided how."""

    model: Path
    device: DeviceChoice
    threads: int
    decision: Decision

    def open(self) -> Localizer:
        """Loads the model, in the process that looks.

        Raises:
            ModelFileError: see `Localizer.open`.
        """
        return Localizer.open(self.model, device=self.device, threads=self.threads)


def propose_in_processes(tasks: Iterable[Task], setups: Sequence[WorkerSetup]) -> Generator[PhotoResult, None, None]:
    """Proposes boxes for photos, in the order in which they get done. Closing the generator ends the processes.

    Args:
        tasks: asked for one by one, a few ahead of the results.
        setups: one for each process.

    Raises:
        MoltboxError: a process could not begin, or processes end whichever photo they look at.
    """
    team = [_Worker(setup) for setup in setups]
    try:
        yield from _hand_out(iter(tasks), team)
    finally:
        for worker in team:
            worker.terminate()
        for worker in team:
            worker.join()


def _hand_out(tasks: Iterator[Task], team: Sequence[_Worker]) -> Iterator[PhotoResult]:
    ended_in_a_row = 0
    for worker in team:
        worker.take(tasks)
    while busy := {worker.connection: worker for worker in team if worker.in_hand}:
        ready = wait(list(busy))
        for worker in [each for connection, each in busy.items() if connection in ready]:
            try:
                result = worker.received()
            except (EOFError, OSError) as error:
                ended_in_a_row += 1
                exit_code = worker.join()
                if not worker.has_begun or ended_in_a_row > _MOST_ENDED_IN_A_ROW:
                    raise MoltboxError(
                        f"One of the processes ended before its work did (exit code {exit_code}), perhaps for want of "
                        "memory. What is done is kept: go on with --resume, and fewer --processes."
                    ) from error
                result = worker.to_be_tried_again()
            else:
                ended_in_a_row = ended_in_a_row if result is None else 0
            worker.take(tasks)
            if result is not None:
                yield result


class _Worker:
    """A process and the tasks it has in hand, which it does in their order; it is started when it gets the first.

    Attributes:
        in_hand: handed to the process, and not answered.
        has_begun: the process has loaded the model.
    """

    connection: Connection

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._process: SpawnProcess | None = None
        self.has_begun = False
        self.in_hand: deque[Task] = deque()
        # What it had in hand when it ended. The first of them is in hand alone, and so many processes ended at it.
        self._alone: deque[Task] = deque()
        self._ended_alone = 0

    def take(self, tasks: Iterator[Task]) -> None:
        """Hands out as much as there may be in hand, of what is to be tried again before anything new.

        Raises:
            MoltboxError: the process cannot be started.
        """
        if not self._alone:
            for task in itertools.islice(tasks, _HANDED_OUT - len(self.in_hand)):
                self._hand(task)
        elif not self.in_hand:
            self._hand(self._alone[0])

    def received(self) -> PhotoResult | None:
        """The next result; None where the process says that it has begun.

        Raises:
            EOFError, OSError: the process has ended.
            MoltboxError: it cannot begin.
        """
        found = self.connection.recv()
        if isinstance(found, str):
            raise MoltboxError(found)
        if found is None:
            self.has_begun = True
            return None
        self.in_hand.popleft()
        if self._alone:
            self._next_alone()
        return found

    def to_be_tried_again(self) -> PhotoResult | None:
        """Puts aside what the process, which has ended, had in hand. Answers a photo that is given up."""
        self.connection.close()
        self._process = None
        first = None
        if self._alone:
            self._ended_alone += 1
            if self._ended_alone == MOST_ENDED:
                first = self._next_alone().relative
        else:
            self._alone.extend(self.in_hand)
        self.in_hand.clear()
        return None if first is None else PhotoResult.failed(first, given_up(first, MOST_ENDED))

    def terminate(self) -> None:
        """Ends the process, if there is one, without waiting for it."""
        if self._process is not None:
            self.connection.close()
            self._process.terminate()

    def join(self) -> int | None:
        """Waits for the process to end; answers its exit code, None where there is none."""
        if self._process is None:
            return None
        self._process.join(_ENDING_S)
        return self._process.exitcode

    def _hand(self, task: Task) -> None:
        if self._process is None:
            self._start()
        self.in_hand.append(task)
        with contextlib.suppress(OSError):  # the process is gone, which is noticed when its result is waited for
            self.connection.send(task)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        try:
            self.connection, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self._setup), daemon=True)
            with _matrix_threads(self._setup.threads):
                process.start()
        except OSError as error:
            raise MoltboxError(f"A process could not be started: {error.strerror}.") from error
        theirs.close()
        self._process, self.has_begun = process, False

    def _next_alone(self) -> Task:
        self._ended_alone = 0
        return self._alone.popleft()


def _work(connection: Connection, setup: WorkerSetup) -> None:
    """The body of a process: tasks come in, results go out; it ends with the process that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the one that writes the journal ends the others
    cv2.setNumThreads(setup.threads)
    try:
        localizer = setup.open()
    except MoltboxError as error:
        connection.send(str(error))
        return

    def tasks() -> Iterator[Task]:
        while True:
            try:
                yield connection.recv()
            except (EOFError, OSError):
                return

    try:
        connection.send(None)
        for done in propose(tasks(), localizer, setup.decision):
            connection.send(PhotoResult.of_done(done))
    except OSError:
        return


@contextlib.contextmanager
def _matrix_threads(threads: int) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _MATRIX_THREADS}
    os.environ.update(dict.fromkeys(_MATRIX_THREADS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
