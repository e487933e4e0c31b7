"""The log: what the program did and what failed, in a few small files, without anything of a photo's content."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from engine.resources import log_folder

LOG_NAME = "moltbox.log"
MOST_BYTES = 500_000
"""A file that would grow beyond this becomes an older one."""
OLDER_FILES = 2
MOST_ENTRY_CHARACTERS = 20_000


class Log:
    """One file that is written and `OLDER_FILES` that were: together at most `(1 + OLDER_FILES) * MOST_BYTES`.

    The file is opened for each entry, so that two windows can share it and nothing stays open. A log that cannot be
    written is no reason to fail.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or log_folder()
        self.file = self.folder / LOG_NAME
        self._lock = threading.Lock()

    def write(self, text: str) -> bool:
        """Adds an entry with the time; the home folder is written as `~`. Answers whether it is on the disk."""
        entry = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {without_home(text)[:MOST_ENTRY_CHARACTERS].rstrip()}\n"
        data = entry.encode("utf-8", errors="backslashreplace")
        with self._lock:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                if self.file.exists() and self.file.stat().st_size + len(data) > MOST_BYTES:
                    self._shift()
                with self.file.open("ab") as file:
                    file.write(data)
            except OSError:
                return False
        return True

    def end(self, most_bytes: int) -> str:
        """The last whole lines, at most `most_bytes` of them; "" where there is no log."""
        text = b""
        for file in (self.file, self._older(1)):
            if len(text) < most_bytes:
                text = _end_of(file, most_bytes - len(text)) + text
        lines = text.decode("utf-8", errors="replace")
        return lines if len(text) < most_bytes else lines.partition("\n")[2]

    def _shift(self) -> None:
        for number in range(OLDER_FILES, 0, -1):
            newer = self._older(number - 1) if number > 1 else self.file
            if newer.exists():
                newer.replace(self._older(number))

    def _older(self, number: int) -> Path:
        return self.file.with_name(f"{LOG_NAME}.{number}")


def without_home(text: str) -> str:
    """The text with the person's home folder, which holds their name, as `~`."""
    try:
        home = str(Path.home())
    except RuntimeError:
        return text
    return text.replace(home, "~") if len(home) > 1 else text


def _end_of(file: Path, most_bytes: int) -> bytes:
    try:
        with file.open("rb") as opened:
            opened.seek(0, 2)
            opened.seek(max(0, opened.tell() - most_bytes))
            return opened.read()
    except OSError:
        return b""
