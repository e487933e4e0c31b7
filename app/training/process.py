"""A training as a process of its own, followed through the log that it writes."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.texts import tr
from app.training.files import FINISH, PAUSE, TrainingFolder
from app.training.python import NO_WINDOW, clean_environment, working_folder
from app.training.state import TrainingState, read_state, took_line
from app.training.troubles import plain_words

Ended = Literal["done", "paused", "failed"]
EXIT_PAUSED = 130
_LOOK_EVERY_MS = 300
_CLOSING_S = 3.0


class LogReader:
    """Reads a growing log piece by piece; a log that was written anew is read from its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._file_id = 0
        self._rest = ""
        self.state = TrainingState()

    def read(self) -> bool:
        """Takes what came since the last time; whether anything did."""
        try:
            facts = self._path.stat()
            if facts.st_ino != self._file_id or facts.st_size < self._at:
                self._file_id, self._at, self._rest = facts.st_ino, 0, ""
                self.state = TrainingState()
            if facts.st_size == self._at:
                return False
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except OSError:
            return False
        self._at += len(data)
        *whole, self._rest = (self._rest + data.decode("utf-8", "replace")).split("\n")
        if self.state == TrainingState():
            self.state = read_state("\n".join(whole))
        else:
            for line in whole:
                self.state = took_line(self.state, line)
        return True


class TrainingProcess(QObject):
    """Starts a training and follows it. It goes on without the window until it has saved.

    Signals: `changed(TrainingState)`; `ended(how, sentence)`, how one of "done", "paused", "failed".
    """

    changed = Signal(object)
    ended = Signal(str, str)

    def __init__(self, folder: TrainingFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_early = False
        self._log = LogReader(folder.log)
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    @property
    def state(self) -> TrainingState:
        return self._log.state

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def read(self) -> TrainingState:
        """The state that the log tells now, of a training that runs or of one that has ended."""
        self._log.read()
        return self._log.state

    def start(self, command: Sequence[str]) -> None:
        """Starts the process; what cannot be started ends as failed."""
        try:
            self._folder.running.touch()
            with self._folder.errors.open("wb") as errors:
                self._process = subprocess.Popen(  # noqa: S603 - our own trainer
                    list(command),
                    stdin=subprocess.DEVNULL,
                    stdout=errors,
                    stderr=errors,
                    start_new_session=True,
                    creationflags=NO_WINDOW,
                    env=clean_environment(os.environ),
                    cwd=working_folder(Path(command[0])),
                )
        except OSError as error:
            self._folder.running.unlink(missing_ok=True)
            self.ended.emit("failed", _start_trouble(command[0], error))
            return
        self._timer.start()

    def pause(self) -> None:
        """Asks it to save where it stands and to end."""
        self._ask(PAUSE)

    def finish(self) -> None:
        """Asks it to learn no more and to write the model of the best so far."""
        self._ask(FINISH)

    def leave(self) -> None:
        """The window goes: asks for a pause, and waits a moment for it; the process saves and ends by itself."""
        self._timer.stop()
        if self._process is None:
            return
        self.pause()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_CLOSING_S)
            self._folder.running.unlink(missing_ok=True)
        self._process = None

    def _ask(self, word: str) -> None:
        if self._process is None:
            return
        if not self.state.steps:
            # It does not listen yet, and has learnt nothing that could be lost.
            self._ended_early = True
            self._process.terminate()
            return
        with contextlib.suppress(OSError):
            self._folder.ask.write_text(word, encoding="utf-8")

    def _look(self) -> None:
        process = self._process
        code = process.poll() if process is not None else None
        if self._log.read():
            self.changed.emit(self.state)
        if process is None or code is None:
            return
        self._timer.stop()
        self._process = None
        self._folder.running.unlink(missing_ok=True)
        if code == 0 and self.state.outcome == "done":
            self.ended.emit("done", "")
        elif code == EXIT_PAUSED or self._ended_early:
            self.ended.emit("paused", "")
        else:
            self.ended.emit("failed", plain_words(self.state.error or self._last_words(), code) or _no_word(code))

    def _last_words(self) -> str:
        """The last sentence on the error channel, without a traceback before it."""
        try:
            lines = self._folder.errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _start_trouble(program: str, error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.EACCES) and not Path(program).is_file():
        return tr("{program} is not there any more. Ctrl+T looks for another Python.", program=program)
    told = plain_words(str(error))
    return told if told != str(error) else tr("{program} cannot be started: {reason}.", program=program, reason=error)


def _no_word(code: int) -> str:
    return tr("The training ended without a word (exit code {code}).", code=code)
