"""Blocks handed out to the workers of a Ray cluster through Ray Data. The only place where Ray is imported."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from engine.cluster.worker import Looker, Receipt, WorkerSetup
from engine.errors import MoltboxError
from engine.localization.onnx_session import DeviceChoice, core_count

LOCAL = "local"
"""The address that starts a cluster of this machine alone and ends it afterwards."""

_LEAST_STORE_BYTES = 100_000_000
_ON_GPU: frozenset[DeviceChoice] = frozenset({"auto", "cuda", "tensorrt"})
_LEFT_IN_FLIGHT = 2
_KEPT = "What is done is kept: the same command goes on with it."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for: the cluster's address, workers at most, CPU threads and share of a GPU for each.

    None leaves it to the cluster: a thread a worker on CPUs, a GPU a worker where it has GPUs, and as many workers as
    fit.
    """

    address: str
    workers: int | None = None
    threads: int | None = None
    gpus: float | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Workers of a run, and what each takes of the cluster."""

    workers: int
    cpus: int
    gpus: float


@contextlib.contextmanager
def cluster(wish: Wish, model_bytes: int) -> Iterator[None]:
    """Connects to a cluster, or starts one of this machine.

    Ray's reports about its use are off, and its pages, which a machine of its own does not need, are not started.

    Raises:
        MoltboxError: there is no such cluster.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    joins = ray.is_initialized()
    try:
        if joins:
            pass
        elif wish.address == LOCAL:
            ray.init(
                address=LOCAL,
                num_cpus=core_count(),
                include_dashboard=False,
                _node_ip_address="127.0.0.1",
                object_store_memory=_LEAST_STORE_BYTES + 2 * model_bytes,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        else:
            ray.init(address=wish.address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        raise MoltboxError(f"The Ray cluster {wish.address} cannot be reached: {_first_line(error)}") from error
    try:
        yield
    finally:
        if not joins:
            ray.shutdown()


def team_for(wish: Wish, device: DeviceChoice, blocks: int) -> Team:
    """Divides the cluster that `cluster` connected to among workers.

    Raises:
        MoltboxError: no worker fits.
    """
    import ray

    has = ray.cluster_resources()
    cpus, gpus = int(has.get("CPU", 0)), has.get("GPU", 0.0)
    chosen = 1.0 if gpus >= 1 and device in _ON_GPU else 0.0
    share = chosen if wish.gpus is None else wish.gpus
    per_worker = wish.threads or 1
    fit = cpus // per_worker
    if share > 0:
        fit = min(fit, int(gpus / share))
    if fit < 1:
        raise MoltboxError(
            f"The Ray cluster has {cpus} CPUs and {gpus:g} GPUs; a worker needs {per_worker} CPUs and {share:g} GPUs."
        )
    return Team(max(1, min(fit, wish.workers or fit, blocks)), per_worker, share)


def look(
    orders: Iterable[pa.Table], setup: WorkerSetup, team: Team, model_file: bytes
) -> Generator[Receipt, None, None]:
    """Receipts of blocks as they get done, in any order. A block whose worker is lost is handed to another one; what a
    store holds up is tried again by the worker itself.

    Raises:
        MoltboxError: a worker cannot do its work; the blocks done before are kept.
    """
    import ray
    from ray.data import ActorPoolStrategy, DataContext
    from ray.exceptions import RayError

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    there: list[Any] = [ray.put(each) for each in orders]
    done = ray.data.from_arrow_refs(there).map_batches(
        _Looker,
        fn_constructor_args=(replace(setup, threads=team.cpus), ray.put(model_file)),
        batch_size=1,  # an order at a time; with GPUs Ray asks for a number
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=team.workers, max_tasks_in_flight_per_actor=_LEFT_IN_FLIGHT),
        num_cpus=team.cpus,
        num_gpus=team.gpus or None,
    )
    try:
        for row in done.iter_rows():
            receipt = Receipt(**row)
            if receipt.error:
                raise MoltboxError(f"A worker gave up: {receipt.error} {_KEPT}")
            yield receipt
    except RayError as error:
        raise MoltboxError(f"The cluster gave up ({_first_line(error)}). {_KEPT}") from error


class _Looker(Looker):
    """A worker whose model file comes through Ray's object store, once to a machine."""

    def __init__(self, setup: WorkerSetup, model_file: Any) -> None:
        import ray

        super().__init__(setup, ray.get(model_file))


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")
