"""How many processes work on a run, and with how many threads each."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass

from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceReport, core_count
from engine.machine import memory_left
from engine.prelabel.deciding import Decision
from engine.prelabel.pipeline import Task, propose
from engine.prelabel.processes import WorkerSetup, propose_in_processes
from engine.prelabel.results import PhotoResult
from engine.words import counted

_WORTH_A_PROCESS = 100

# Measured with the starter model on one core: 250 MB at JPEGs of 12 megapixels, 420 MB at PNGs of that size. Photos of
# 100 megapixels take 1 GB for a moment, which not all processes do at once.
_PROCESS_BYTES = 500_000_000
_TIMES_THE_NETWORKS = 3
_PROCESSES_WHERE_MEMORY_IS_UNKNOWN = 4


def team_for(processes: int | None, threads: int | None, photos: int, localizer: Localizer, *, apart: bool) -> Team:
    """Divides the cores among processes.

    Args:
        processes: as asked for; None chooses one a core on a CPU as far as there is memory for them, one on a GPU, and
            no more than the photos are worth.
        threads: CPU threads in all, None for all cores.
        photos: how many there are to look at.
        localizer: the model, as the processes will open it.
        apart: see `Team`.
    """
    cores = threads or core_count()
    if processes is None:
        worth = max(1, photos // _WORTH_A_PROCESS)
        processes = 1 if localizer.device.running != "CPU" else min(cores, worth, _room_for(localizer))
    return Team.of(processes, cores, apart=apart)


def _room_for(localizer: Localizer) -> int:
    """How many processes there is memory for beside this one."""
    left_bytes = memory_left()
    if left_bytes is None:
        return _PROCESSES_WHERE_MEMORY_IS_UNKNOWN
    networks_bytes = sum(map(len, localizer.model.networks.values()))
    return max(1, left_bytes // (_PROCESS_BYTES + _TIMES_THE_NETWORKS * networks_bytes))


@dataclass(frozen=True, slots=True)
class Team:
    """How many processes work on a run, and how.

    threads: of the CPU, for each process.
    apart: even a single process is another than this one, so that a photo that ends it is found and given up.
    """

    threads: tuple[int, ...]
    apart: bool = False

    @classmethod
    def of(cls, processes: int, cores: int, *, apart: bool = False) -> Team:
        """Hands out all cores, and at least one to each process."""
        share, more = divmod(cores, processes)
        return cls(tuple(max(1, share + (number < more)) for number in range(processes)), apart)

    def sentence(self, device: DeviceReport) -> str:
        """For the report: "CPU, 2 cores, 2 processes"."""
        processes = len(self.threads)
        return device.sentence if processes == 1 else f"{device.sentence}, {counted(processes, 'process')}"

    def work(
        self, tasks: Iterable[Task], localizer: Localizer, decision: Decision
    ) -> Generator[PhotoResult, None, None]:
        """Results as they get done: in order from one process, in any order from several.

        Raises:
            MoltboxError: see `propose_in_processes`.
        """
        if self.apart or len(self.threads) > 1:
            path, device = localizer.model.path, localizer.device.choice
            setups = [WorkerSetup(path, device, threads, decision) for threads in self.threads]
            yield from propose_in_processes(tasks, setups)
            return
        with closing(propose(tasks, localizer, decision)) as done:
            for each in done:
                yield PhotoResult.of_done(each)
