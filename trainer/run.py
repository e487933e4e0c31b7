"""A training's folder and what it tells, from the first line of its log to the last; both presets share it.

The folder holds `config.json`, `environment.json` (versions and device), `data.json` (photos and classes), `log.jsonl`
(see `trainer.progress.TrainingLog`), the newest checkpoints, the best weights, and at the end `curves.png`; with
TensorBoard installed also its curves in `tensorboard`.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine import __version__
from engine.dataset.files import atomic_write
from engine.errors import Cancelled, MoltboxError
from trainer.asking import Asks
from trainer.board import Board
from trainer.checkpoint import Progress, remove_checkpoints
from trainer.config import QuickConfig, TrainConfig
from trainer.data import LabelledFile, PhotoSet, read_photo_set
from trainer.label_table import read_labelled_photos
from trainer.progress import BrokenOff, Pace, Teller, TrainingLog
from trainer.team import Team

if TYPE_CHECKING:
    from trainer.loop import Plan

FEW_PHOTOS = 10
_PACKAGES = ("torch", "torchvision", "timm", "numpy", "opencv-python-headless", "onnx", "onnxruntime", "safetensors")
_REPOSITORY = Path(__file__).resolve().parents[1]


def open_photos(config: TrainConfig | QuickConfig) -> PhotoSet:
    """The photos that a training is asked to learn from: of its table of labels, or of folders.

    Raises:
        MoltboxError: they cannot be trained on.
    """
    if config.labels is not None:
        return read_labelled_photos(Path(config.data), Path(config.labels), seed=config.seed)
    return read_photo_set(Path(config.data), seed=config.seed)


@dataclass(slots=True)
class Run:
    """What a training writes to and listens to; processes other than a team's first write nothing."""

    folder: Path
    log: TrainingLog
    asks: Asks
    team: Team
    board: Board

    @classmethod
    def open(
        cls,
        config: TrainConfig | QuickConfig,
        folder: Path,
        photos: PhotoSet,
        progress: Progress,
        device: torch.device,
        *,
        resume: bool,
        stop: Callable[[], bool],
        team: Team | None = None,
    ) -> Run:
        """Makes the folder, clears an earlier training's checkpoints away unless this goes on, writes the facts."""
        team = team or Team()
        if team.is_first:
            if not resume:
                remove_checkpoints(folder)
            folder.mkdir(parents=True, exist_ok=True)
            _write_json(folder / "config.json", asdict(config))
            _write_json(folder / "environment.json", environment(device, team))
            _write_json(folder / "data.json", data_facts(photos))
        board = Board.open(folder, from_step=progress.step) if team.is_first else Board(None)
        log = TrainingLog(folder / "log.jsonl" if team.is_first else None, keep_to_step=progress.step, board=board)
        return cls(folder, log, Asks(folder, stop), team, board)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Tells in the log why a training ends early.

        Raises:
            BrokenOff: in place of an error that a person may read.
        """
        self.board.close()
        if error is None or isinstance(error, (Cancelled, KeyboardInterrupt)):
            return
        if isinstance(error, MoltboxError):
            self.log.write("error", text=str(error))
            raise BrokenOff(str(error)) from error
        self.log.write("error", text=f"The training broke off ({type(error).__name__}: {error}).")

    def begin(
        self,
        photos: PhotoSet,
        plan: Plan,
        step: int,
        device: torch.device,
        *,
        preset: str,
        network: str,
        sides: Sequence[int],
        seen: tuple[int, int],
        choice: str = "",
    ) -> None:
        """Writes the log's first line, and warns of classes with few photos.

        Args:
            seen: photos that are trained on and validated with.
            choice: why that network, in a sentence, where there was one.
        """
        if choice:
            Teller(0, 1, quiet=not self.team.is_first).say(choice)
        counts = photos.train_counts()
        self.log.begin(
            steps=plan.steps,
            step=step,
            epochs=-(-plan.steps // plan.steps_per_epoch),
            photos=seen[0],
            validation_photos=seen[1],
            classes=counts,
            device=device.type,
            device_name=device_name(device),
            preset=preset,
            network=network,
            sides=list(sides),
            **({"choice": choice} if choice else {}),
        )
        few = [f"{name!r} ({count})" for name, count in counts.items() if count < FEW_PHOTOS]
        if few and not step:
            more = f" and {len(few) - 5} more" if len(few) > 5 else ""
            self.warn(f"Classes with fewer than {FEW_PHOTOS} photos are hard to learn: {', '.join(few[:5])}{more}.")

    def warn(self, sentence: str) -> None:
        """Tells of something that a person should know."""
        Teller(0, 1, quiet=not self.team.is_first).say(sentence)
        self.log.write("warning", text=sentence)

    def counting(self, phase: str, total: int, what: str, *, done: int = 0) -> PhasePace:
        """Tells how far a phase over photos is, on stderr and in the log."""
        return PhasePace(self, phase, total, what, done)

    def told(self, phase: str) -> Callable[[int, int, float | None], None]:
        """Tells in the log how far a phase is: done, total, seconds left."""
        return lambda done, total, eta_s: self.log.phase(phase, done, total, eta_s)


class PhasePace:
    """Counts a phase's photos."""

    def __init__(self, run: Run, phase: str, total: int, what: str, done: int) -> None:
        self._run, self._phase, self._total, self._what = run, phase, total, what
        self._pace: Pace | None = None
        self._teller = Teller(done, total, unit="photo", quiet=not run.team.is_first)
        run.log.phase(phase, done, total)

    def __call__(self, done: int) -> None:
        eta_s = None if self._pace is None else self._pace.eta_s(done, self._total)
        self._pace = self._pace or Pace(done)
        self._teller.photos(done, self._what)
        self._run.log.phase(self._phase, done, self._total, eta_s)

    def close(self) -> None:
        self._teller.close()


def environment(device: torch.device, team: Team) -> dict[str, object]:
    """What the training runs on and with."""
    return {
        "moltbox": __version__,
        "commit": commit_of(_REPOSITORY),
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "device": device.type,
        "device_name": device_name(device),
        "cuda": torch.version.cuda,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "processes": team.size,
    }


def data_facts(photos: PhotoSet) -> dict[str, object]:
    """What is learnt from: the photos' fingerprint, and how many there are of each class."""
    validation = Counter(place for file in photos.validation for place in file.classes)
    return {
        "root": str(photos.root),
        "fingerprint": photos.fingerprint,
        "split": photos.split,
        "train": len(photos.train),
        "validation": len(photos.validation),
        "without_class": _without_class(photos.train) + _without_class(photos.validation),
        "classes": {
            name: {"train": count, "validation": validation[place]}
            for place, (name, count) in enumerate(photos.train_counts().items())
        },
        "left_out": list(photos.left_out),
    }


def device_name(device: torch.device) -> str:
    """What people call the device."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def commit_of(folder: Path) -> str | None:
    """The git commit that a folder stands at; None where it is no repository."""
    git = folder / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text(encoding="ascii").strip()
        packed = (git / "packed-refs").read_text(encoding="ascii").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)
    except (OSError, ValueError):
        return None


def _without_class(files: Sequence[LabelledFile]) -> int:
    return sum(not file.classes for file in files)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _write_json(path: Path, content: dict[str, object]) -> None:
    atomic_write(path, json.dumps(content, indent=1, ensure_ascii=False).encode())
