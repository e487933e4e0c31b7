"""Where trainings of a project are kept: `.moltbox/training/<number>`; models taken over go to `.moltbox/models`."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from app.training.compared import Setup
from engine.dataset.files import atomic_write

TRAININGS, MODELS = "training", "models"
LOG, ASK, SETUP, ERRORS = "log.jsonl", "ask", "setup.json", "errors.txt"
_RUNNING = "running"
PAUSE, FINISH = "pause", "finish"
_SAVED = "checkpoint-*"


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """One training's files."""

    path: Path

    @property
    def run(self) -> Path:
        """Config, log and checkpoints, as the trainer writes them."""
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.run / LOG

    @property
    def ask(self) -> Path:
        return self.run / ASK

    @property
    def errors(self) -> Path:
        """What the process said on its error channel."""
        return self.path / ERRORS

    @property
    def running(self) -> Path:
        """A file that is there while a window has a process train here."""
        return self.path / _RUNNING

    def model(self, name: str) -> Path:
        return self.path / f"{name}.molt"

    @property
    def is_saved(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return any(self.run.glob(_SAVED))

    def keep(self, setup: Setup, held_out: tuple[int, ...]) -> None:
        """Notes what the training was started with.

        Raises:
            LabelFileError: the folder cannot be written.
        """
        atomic_write(self.path / SETUP, json.dumps({"setup": asdict(setup), "held_out": held_out}, indent=1).encode())

    def kept(self) -> tuple[Setup, tuple[int, ...]] | None:
        """What `keep` noted; None where it is missing or damaged."""
        try:
            stored = json.loads((self.path / SETUP).read_text(encoding="utf-8"))
            facts = dict(stored["setup"])
            facts["classes"] = tuple((str(name), int(a), int(b), int(c)) for name, a, b, c in facts["classes"])
            return Setup(**facts), tuple(int(each) for each in stored["held_out"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def training_folders(home: Path) -> list[TrainingFolder]:
    """All trainings below a project's home, oldest first."""
    folder = home / TRAININGS
    if not folder.is_dir():
        return []
    numbered = sorted((int(each.name), each) for each in folder.iterdir() if each.name.isdecimal() and each.is_dir())
    return [TrainingFolder(each) for _, each in numbered]


def new_training(home: Path) -> TrainingFolder:
    """Makes the folder of the next training; its name is a number.

    Raises:
        OSError: it cannot be made.
    """
    known = training_folders(home)
    number = int(known[-1].path.name) + 1 if known else 1
    folder = TrainingFolder(home / TRAININGS / str(number))
    folder.path.mkdir(parents=True)
    return folder
