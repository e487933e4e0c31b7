"""Lets coverage.py see what runs on Qt's own threads: Python's `threading.settrace` does not reach those."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRunnable, QThread

_MARK = "_is_traced"


def trace_qt_threads() -> None:
    """Wraps `run` of every kind of Qt thread known by now; does nothing where nobody measures."""
    if threading.gettrace() is None:
        return
    for base in (QThread, QRunnable):
        for kind in _below(base):
            run = kind.__dict__.get("run")
            if run is not None and not hasattr(run, _MARK):
                kind.run = _traced(run)


def _below(base: type) -> list[Any]:
    found = base.__subclasses__()
    return [*found, *(deeper for kind in found for deeper in _below(kind))]


def _traced(run: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(run)
    def traced_run(self: Any) -> None:
        sys.settrace(threading.gettrace())
        run(self)

    setattr(traced_run, _MARK, True)
    return traced_run
