"""Crashes below Python: where every thread stood goes into a file of its own, which the next start tells of."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import time
from pathlib import Path
from typing import BinaryIO

from engine.resources import log_folder

KEPT_TRACES = 5
_PREFIX = "crash-"
_TOLD = "-told"
_LOST_AFTER_S = 30 * 24 * 3600.0


class CrashTrap:
    """Holds an empty file open into which Python's fault handler writes when the process dies of a signal.

    It is written by the dying process without memory being asked for, so nothing but the stacks can be in it: files,
    functions and lines, no values. An end that is no crash takes the file away.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or log_folder()
        self.file = self.folder / f"{_PREFIX}{time.strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}.txt"
        self._opened: BinaryIO | None = None
        self._was_watched = False

    def set(self) -> None:
        """From now on a crash leaves its trace; without a place for one it goes to standard error as usual."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._opened = self.file.open("wb")
        except OSError:
            return
        self._was_watched = faulthandler.is_enabled()
        faulthandler.enable(self._opened)

    def release(self) -> None:
        """Ends the watch; where Python watched before, it does so again, on standard error."""
        if self._opened is None:
            return
        faulthandler.disable()
        if self._was_watched and sys.__stderr__ is not None:
            faulthandler.enable(sys.__stderr__)
        self._opened.close()
        self._opened = None
        with contextlib.suppress(OSError):
            if self.file.stat().st_size == 0:
                self.file.unlink()

    def untold(self) -> list[Path]:
        """Traces of other processes that nobody was told of yet, oldest first."""
        return [file for file in self._traces() if not file.stem.endswith(_TOLD) and file.stat().st_size > 0]

    def tell(self, traces: list[Path]) -> list[Path]:
        """Notes that a person was told of these, under the names returned, and tidies up: a few are kept."""
        told = []
        for file in traces:
            with contextlib.suppress(OSError):
                told.append(file.replace(file.with_name(f"{file.stem}{_TOLD}.txt")))
        for file in [*self._lost(), *self._kept()[:-KEPT_TRACES]]:
            with contextlib.suppress(OSError):
                file.unlink()
        return told

    def last(self, most_characters: int) -> str:
        """The newest trace with its file's name, cut to a length; "" where there is none."""
        written = self._kept()
        if not written:
            return ""
        text = written[-1].read_text(encoding="utf-8", errors="replace")
        return f"{written[-1].name}\n{text[:most_characters]}"

    def _kept(self) -> list[Path]:
        return [file for file in self._traces() if file.stat().st_size > 0]

    def _lost(self) -> list[Path]:
        """Empty files of processes that were killed; a window that is open for days keeps its own."""
        before = time.time() - _LOST_AFTER_S
        return [file for file in self._traces() if file.stat().st_size == 0 and file.stat().st_mtime < before]

    def _traces(self) -> list[Path]:
        try:
            return sorted(file for file in self.folder.glob(f"{_PREFIX}*.txt") if file != self.file)
        except OSError:
            return []
