"""The pipeline in several processes of one machine, each with its share of the cores.

On a CPU two networks on one core each do more than one network on two: nothing waits for the other core. Photos are
handed out one by one, so no process is left with the slow ones.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

import cv2

from engine.errors import MoltboxError
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceChoice
from engine.prelabel.deciding import Decision
from engine.prelabel.pipeline import Task, propose
from engine.prelabel.results import PhotoResult

_HANDED_OUT = 10
_ENDING_S = 5.0
# Read when NumPy is first imported, so they are set around the start of a process.
_MATRIX_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a process needs to begin: the model file, the device, CPU threads of its own, and what is decided how."""

    model: Path
    device: DeviceChoice
    threads: int
    decision: Decision


def propose_in_processes(
    tasks: Iterable[Task], setup: WorkerSetup, processes: int
) -> Generator[PhotoResult, None, None]:
    """Proposes boxes for photos, in the order in which they get done. Closing the generator ends the processes.

    Raises:
        MoltboxError: a process could not begin, or ended before its work did.
    """
    context = multiprocessing.get_context("spawn")
    team: dict[Connection, SpawnProcess] = {}
    try:
        with _matrix_threads(setup.threads):
            for _ in range(processes):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, setup), daemon=True)
                process.start()
                theirs.close()
                team[ours] = process
        yield from _hand_out(iter(tasks), team)
    finally:
        for connection, process in team.items():
            connection.close()
            process.terminate()
        for process in team.values():
            process.join(_ENDING_S)


def _hand_out(tasks: Iterator[Task], team: dict[Connection, SpawnProcess]) -> Iterator[PhotoResult]:
    waiting = dict.fromkeys(team, 0)

    def hand(connection: Connection, most: int) -> None:
        for task in itertools.islice(tasks, most):
            waiting[connection] += 1
            with contextlib.suppress(OSError):  # the process is gone, which is noticed when its result is waited for
                connection.send(task)

    for connection in team:
        hand(connection, _HANDED_OUT)
    while any(waiting.values()):
        ready = wait([each for each, count in waiting.items() if count])
        for connection in [each for each in team if each in ready]:
            result = _received(connection, team[connection])
            waiting[connection] -= 1
            hand(connection, 1)
            yield result


def _received(connection: Connection, process: SpawnProcess) -> PhotoResult:
    """A process's next result.

    Raises:
        MoltboxError: it could not begin, or is no longer there.
    """
    try:
        found = connection.recv()
    except (EOFError, OSError) as error:
        process.join(_ENDING_S)
        raise MoltboxError(
            f"One of the processes ended before its work did (exit code {process.exitcode}), perhaps for want of "
            "memory. What is done is kept: go on with --resume, and fewer --processes."
        ) from error
    if isinstance(found, str):
        raise MoltboxError(found)
    return found


def _work(connection: Connection, setup: WorkerSetup) -> None:
    """The body of a process: tasks come in, results go out; it ends with the process that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the one that writes the journal ends the others
    cv2.setNumThreads(setup.threads)
    try:
        localizer = Localizer.open(setup.model, device=setup.device, threads=setup.threads)
    except MoltboxError as error:
        connection.send(str(error))
        return

    def tasks() -> Iterator[Task]:
        while True:
            try:
                yield connection.recv()
            except (EOFError, OSError):
                return

    for done in propose(tasks(), localizer, setup.decision):
        try:
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
