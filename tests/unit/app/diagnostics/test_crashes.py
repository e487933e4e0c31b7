"""Processes that really crash: what they leave behind, and what the next one says of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.diagnostics.crash import KEPT_TRACES, CrashTrap

GUARDED = "from app.diagnostics.faults import guard_process\nguard_process()\n"
SEGFAULT = "import ctypes\nctypes.string_at(0)\n"
WORDS = "print(*window.centre.messages.words(), sep=chr(10), flush=True)"
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer, qFatal
import app.window

class Begin:
    def __init__(self, window):
        {soon}

app.window.GarbageCollector = Begin
sys.argv = ["moltbox", "--model", {model!r}]
from app.__main__ import main
sys.exit(main())
"""


def run(source: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_STATE_HOME": str(home), "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", source]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def in_window(soon: str, model: Path) -> str:
    return WINDOW.format(soon=soon, model=str(model))


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the place of the log is the one of Linux here")


def test_a_segmentation_fault_leaves_the_stacks_of_all_threads(tmp_path: Path) -> None:
    waiting = "import threading, time\ndef waits():\n    time.sleep(60)\n"
    waiting += "threading.Thread(target=waits, daemon=True).start()\n"
    done = run(GUARDED + waiting + SEGFAULT, tmp_path)
    assert done.returncode < 0
    trace = next((tmp_path / "moltbox").glob("crash-*.txt")).read_text(encoding="utf-8")
    assert "Segmentation fault" in trace
    assert "string_at" in trace
    assert "in waits" in trace


@pytest.mark.parametrize("ending", ["pass", "import os; os.kill(os.getpid(), 9)", "raise SystemExit(3)"])
def test_an_end_that_is_no_crash_leaves_nothing_to_tell(ending: str, tmp_path: Path) -> None:
    run(GUARDED + ending, tmp_path)
    assert CrashTrap(tmp_path / "moltbox").untold() == []


def test_a_fault_of_a_command_says_where_its_details_are(tmp_path: Path) -> None:
    done = run(GUARDED + "def count():\n    return {}['photos']\ncount()", tmp_path)
    assert done.returncode == 1
    log = tmp_path / "moltbox" / "moltbox.log"
    last = done.stderr.splitlines()[-1]
    assert last.startswith("moltbox: a fault in Moltbox itself, KeyError in <string>, line ")
    assert last.endswith(f"Details are in {log}.")
    assert "KeyError: 'photos'" in done.stderr
    text = log.read_text(encoding="utf-8")
    assert "in count\nKeyError\n" in text
    assert "'photos'" not in text


def test_a_fault_of_a_thread_is_kept_and_the_command_goes_on(tmp_path: Path) -> None:
    source = (
        "import threading\nthread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()\nprint('on')"
    )
    done = run(GUARDED + source, tmp_path)
    assert (done.returncode, done.stdout) == (0, "on\n")
    assert "ZeroDivisionError" in (tmp_path / "moltbox" / "moltbox.log").read_text(encoding="utf-8")


def test_the_window_that_crashed_is_told_of_by_the_next_one(tmp_path: Path, tiny_model: Path) -> None:
    crash = "QTimer.singleShot(300, lambda: __import__('ctypes').string_at(0))"
    assert run(in_window(crash, tiny_model), tmp_path).returncode < 0
    log = tmp_path / "moltbox" / "moltbox.log"
    assert " starts" in log.read_text(encoding="utf-8")
    told = f"QTimer.singleShot(300, lambda: ({WORDS}, window.close()))"
    second = run(in_window(told, tiny_model), tmp_path)
    assert second.returncode == 0, second.stderr
    assert "Moltbox crashed the last time" in second.stdout
    assert "moltbox: an earlier run crashed; where it stood is in" in second.stderr
    trace = next((tmp_path / "moltbox").glob("crash-*-told.txt"))
    assert trace.name in second.stdout
    third = run(in_window(told, tiny_model), tmp_path)
    assert "crashed" not in third.stdout + third.stderr


def test_a_fault_in_a_slot_is_told_in_the_window_which_lives_on(tmp_path: Path, tiny_model: Path) -> None:
    soon = "QTimer.singleShot(100, lambda: {}['box']); "
    soon += f"QTimer.singleShot(500, lambda: ({WORDS}, window.close()))"
    done = run(in_window(soon, tiny_model), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "A fault in Moltbox" in done.stdout
    assert str(tmp_path / "moltbox" / "moltbox.log") in done.stdout
    log = (tmp_path / "moltbox" / "moltbox.log").read_text(encoding="utf-8")
    assert "\nKeyError\n" in log
    assert log.count("window shown") == 1
    assert "Moltbox ends with 0" in log


def test_closing_while_a_model_is_being_opened_is_no_crash(tmp_path: Path, tiny_model: Path) -> None:
    slow = "import time, types\nimport app.session_looks as looks\nopened = looks.Localizer.open\n"
    slow += "looks.Localizer = types.SimpleNamespace(open=lambda path: (time.sleep(4), opened(path))[1])\n"
    done = run(slow + in_window("QTimer.singleShot(50, window.close)", tiny_model), tmp_path)
    assert done.returncode == 0, done.stderr
    assert CrashTrap(tmp_path / "moltbox").untold() == []


def test_what_is_fatal_to_qt_leaves_its_words_and_its_stack(tmp_path: Path, tiny_model: Path) -> None:
    done = run(in_window("QTimer.singleShot(100, lambda: qFatal('no surface'))", tiny_model), tmp_path)
    assert done.returncode < 0
    assert "Qt: no surface" in (tmp_path / "moltbox" / "moltbox.log").read_text(encoding="utf-8")
    assert "Aborted" in next((tmp_path / "moltbox").glob("crash-*.txt")).read_text(encoding="utf-8")


def test_a_few_traces_are_kept_and_empty_ones_go_when_old(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"crash-2026-01-0{number + 1}-000000-{number}.txt").write_text("stack", encoding="utf-8")
    (tmp_path / "crash-2026-01-01-000000-77.txt").touch()
    os.utime(tmp_path / "crash-2026-01-01-000000-77.txt", (time.time() - 90 * 86400, time.time() - 90 * 86400))
    (tmp_path / "crash-2026-01-01-000000-78.txt").touch()
    trap = CrashTrap(tmp_path)
    told = trap.tell(trap.untold())
    assert len(told) == 9
    assert trap.untold() == []
    left = sorted(file.name for file in tmp_path.iterdir())
    assert len([name for name in left if name.endswith("-told.txt")]) == KEPT_TRACES
    assert "crash-2026-01-09-000000-8-told.txt" in left
    assert "crash-2026-01-01-000000-78.txt" in left
    assert "crash-2026-01-01-000000-77.txt" not in left
    assert trap.last(100).startswith("crash-2026-01-09-000000-8-told.txt\nstack")


def test_a_trap_without_a_place_lets_the_program_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    trap = CrashTrap(tmp_path / "file")
    trap.set()
    trap.release()
    assert trap.untold() == []
    assert trap.last(10) == ""
