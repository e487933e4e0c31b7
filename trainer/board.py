"""Curves for TensorBoard, beside the log: written where the package is installed, silently not where it is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

FOLDER = "tensorboard"
_NOT_CURVES = frozenset({"event", "step", "steps", "eta_s", "photos"})


class _Writer(Protocol):
    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class Board:
    """Writes the numbers of the log's `step` and `validation` lines: `step/loss`, `validation/accuracy` and so on."""

    def __init__(self, writer: _Writer | None) -> None:
        self._writer = writer

    @classmethod
    def open(cls, run_folder: Path, *, from_step: int) -> Board:
        """
        Args:
            run_folder: its folder `tensorboard` takes the files.
            from_step: steps after this one, told before a training was taken up again, no longer hold.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return cls(None)
        return cls(SummaryWriter(str(run_folder / FOLDER), purge_step=from_step + 1))

    def add(self, event: str, fields: dict[str, Any]) -> None:
        """Adds a line of the log."""
        if self._writer is None or event not in ("step", "validation"):
            return
        for name, value in fields.items():
            if name not in _NOT_CURVES and isinstance(value, int | float):
                self._writer.add_scalar(f"{event}/{name}", float(value), fields["step"])
        if event == "validation":
            self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
