"""`kill -9` at random moments: what was told as saved is there, files are whole or the old ones, the project opens.

`python benchmarks/faults.py` does the same hundreds of times.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from engine.dataset.project import Project
from support.fault_kinds import KINDS, Labelling, fresh

REPOSITORY = Path(__file__).resolve().parents[2]
TRIES = {"labelling": 10, "pre-labelling": 10, "exporting": 8}

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and SIGKILL")


@pytest.mark.parametrize("kind", list(KINDS))
def test_nothing_told_as_saved_is_lost_when_the_program_is_killed(kind: str) -> None:
    tries = TRIES.get(kind, 6)
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])}
    command = [sys.executable, "-m", "support.faults", kind, "--tries", str(tries), "--seed", "7"]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=240)
    found = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    assert done.returncode == 0, f"{found.get('losses')} {done.stderr[-2000:]}"
    assert found["losses"] == []
    assert found["cut"] >= max(1, tries // 5)  # kills that came while the work was under way; fewer on a busy machine


def test_a_loss_would_be_seen(tmp_path: Path) -> None:
    kind = Labelling()
    fresh(kind, tmp_path / "folder")
    told: list[str] = []
    kind.work(tmp_path / "folder", random.Random(1), told.append)  # noqa: S311
    kind.check(tmp_path / "folder", told)
    with Project.open(tmp_path / "folder") as project:
        content = project.content(3)
        project._connection.execute("DELETE FROM box WHERE photo_id = 3")
        project._connection.execute("UPDATE photo SET state = 'new' WHERE id = 3")
        assert content.state.value == "reviewed"
    with pytest.raises(AssertionError):
        kind.check(tmp_path / "folder", told)
