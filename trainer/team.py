"""Several processes that train one model: on the GPUs of one machine or of several, as `torchrun` starts them.

Each process sees its share of a batch; gradients are averaged, so that all hold the same weights. Only the first
process writes files and tells anything.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, distributed

from engine.errors import MoltboxError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Team:
    """This process's place among `size` of them, the first being 0; `local_rank` counts on its own machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def add_up(self, values: Tensor) -> Tensor:
        """The sum of the processes' values, of the same shape everywhere; changes `values`."""
        if self.size > 1:
            distributed.all_reduce(values)
        return values

    def as_the_first(self, flags: Sequence[bool], device: torch.device) -> list[bool]:
        """What the first process says, everywhere."""
        if self.size == 1:
            return list(flags)
        told = torch.tensor([float(flag) for flag in flags], device=device)
        distributed.broadcast(told, src=0)
        return [value > 0 for value in told.tolist()]

    def gather(self, own: T) -> list[T]:
        """Each process's object, in their order, everywhere."""
        if self.size == 1:
            return [own]
        found: list[T | None] = [None] * self.size
        distributed.all_gather_object(found, own)
        return [each for each in found if each is not None]

    def leave(self) -> None:
        """Ends the work together."""
        if self.size > 1 and distributed.is_initialized():
            distributed.destroy_process_group()


def join_team(device: torch.device) -> Team:
    """The team that `torchrun` started this process in; one of its own without.

    Raises:
        MoltboxError: the surroundings name a place that cannot be.
    """
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return Team()
    try:
        team = Team(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]), int(os.environ.get("LOCAL_RANK", "0")))
    except ValueError as error:
        raise MoltboxError("RANK, WORLD_SIZE and LOCAL_RANK must be whole numbers, as torchrun sets them.") from error
    if team.size > 1:
        if device.type == "cuda":
            torch.cuda.set_device(team.local_rank)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return team
