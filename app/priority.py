"""Threads that work beside the window leave the processor to it whenever it needs it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

import cv2

_BESIDE = 10
_SWITCH_S = 0.001


def work_beside_window() -> None:
    """Puts the thread that calls it behind the window's own, with every thread that it starts from then on.

    Linux counts this for each thread; elsewhere nothing changes, and Qt's priorities do what they can.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BESIDE)


def answer_soon() -> None:
    """Lets the window's thread have its turn in Python a millisecond after it asks, not five.

    It also keeps OpenCV from sharing small pictures out among threads: those belong to whoever came first, mostly a
    worker that stands behind the window, so that painting would wait for a thread that waits for its turn.
    """
    sys.setswitchinterval(_SWITCH_S)
    cv2.setNumThreads(1)
