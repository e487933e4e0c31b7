"""How many processes work on a run, and with how many threads each."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass

from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceReport, core_count
from engine.prelabel.pipeline import Task, propose
from engine.prelabel.processes import WorkerSetup, propose_in_processes
from engine.prelabel.results import PhotoResult
from engine.words import counted

MOST_PROCESSES = 4
"""Chosen by itself; each holds the model once."""

_WORTH_A_PROCESS = 100


def team_for(processes: int | None, threads: int | None, photos: int, device: DeviceReport) -> Team:
    """Divides the cores among processes.

    Args:
        processes: as asked for; None chooses one a core up to `MOST_PROCESSES` on a CPU, one on a GPU, and no more than
            the photos are worth.
        threads: CPU threads in all, None for all cores.
        photos: how many there are to look at.
        device: what the model runs on.
    """
    cores = threads or core_count()
    if processes is None:
        worth = max(1, photos // _WORTH_A_PROCESS)
        processes = 1 if device.running != "CPU" else min(cores, MOST_PROCESSES, worth)
    return Team(processes, max(1, cores // processes))


@dataclass(frozen=True, slots=True)
class Team:
    """How many processes work on a run, with how many CPU threads each."""

    processes: int
    threads: int

    def sentence(self, device: DeviceReport) -> str:
        """For the report: "CPU, 2 cores, 2 processes"."""
        return device.sentence if self.processes == 1 else f"{device.sentence}, {counted(self.processes, 'process')}"

    def work(
        self, tasks: Iterable[Task], localizer: Localizer, setup: WorkerSetup
    ) -> Generator[PhotoResult, None, None]:
        """Results as they get done: in order from one process, in any order from several.

        Raises:
            MoltboxError: see `propose_in_processes`.
        """
        if self.processes > 1:
            yield from propose_in_processes(tasks, setup, self.processes)
            return
        with closing(propose(tasks, localizer, setup.decision)) as done:
            for each in done:
                yield PhotoResult.of_done(each)
