"""Story: the process is killed after an answer; the answer is there at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.dataset.project_records import BoxState, PhotoState
from support.person import Person
from support.sessions import write_photos

_TESTS = Path(__file__).resolve().parent.parent
_WORK = """
import sys, time
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.main_window import MainWindow
from app.session import Session
from engine.geometry import Box

app = QApplication([])
session = Session(Path(sys.argv[2]))
window = MainWindow(session)
window.show()
window.activateWindow()
window.acts.open_folder(Path(sys.argv[1]))

def wait(seen):
    end = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < end, "nothing came"
        QTest.qWait(5)

wait(lambda: session.heat_map is not None and session.boxes)
session.undo_stack.indexChanged.connect(lambda _: print("step", flush=True))
QTest.keyClick(window.centre.canvas, Qt.Key.Key_Y)
wait(lambda: session.current.path == "photo_1.png" and session.heat_map is not None and session.boxes)
session.draw(Box(10, 20, 60, 80))
wait(lambda: False)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX systems")
def test_a_killed_window_loses_no_answer(person: Person, tiny_model: Path, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos")
    paths = os.pathsep.join([str(_TESTS.parent), str(_TESTS)])
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORK, str(root), str(tiny_model)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        text=True,
    )
    assert worker.stdout is not None
    try:
        assert [worker.stdout.readline() for _ in range(2)] == ["step\n", "step\n"]
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
        worker.stdout.close()

    person.open_folder(root, photos=3)
    assert person.photo_name == "photo_1.png"
    first = person.session.rows[0]
    assert first.state is PhotoState.REVIEWED
    (accepted,) = person.session.boxes_of(first.id)
    assert accepted.state is BoxState.ACCEPTED
    assert accepted.box == accepted.proposed
    assert [row.state for row in person.session.boxes] == [BoxState.PROPOSED, BoxState.DRAWN]
    assert person.session.boxes[1].box.as_tuple() == (10, 20, 60, 80)
    # The killed window's lock does not lock this one out.
    person.press(Qt.Key.Key_Return)
    person.wait_until(lambda: person.session.counts()[PhotoState.REVIEWED] == 2)
