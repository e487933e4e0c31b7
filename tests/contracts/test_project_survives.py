"""A project through `kill -9`: what the window had shown as made is there, and nothing is half there."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, FoundPhoto, PhotoState

REPOSITORY = Path(__file__).resolve().parents[2]

# Decides on one photo after the other and tells each decision once the call has returned.
DECIDER = """
import sys
from pathlib import Path
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState
from engine.geometry import Box

project = Project.open(Path(sys.argv[1]))
assert not project.read_only, project.read_only_reason
cat = project.class_named("cat").id
for row in project.photos():
    if row.state is PhotoState.REVIEWED:
        continue
    boxes = tuple(BoxRow(0, cat, Box(0, 0, row.id, place + 1), BoxState.DRAWN) for place in range(3))
    stored = project.put_content(PhotoContent(row.id, PhotoState.REVIEWED, boxes), event="draw")
    print(row.id, *(box.id for box in stored.boxes), flush=True)
sys.stdin.read()
"""

ADDER = """
import sys
from pathlib import Path
from engine.dataset.project import Project
from engine.dataset.project_records import FoundPhoto

project = Project.open(Path(sys.argv[1]))
for batch in range(1000):
    project.add_photos(FoundPhoto(f"{batch}/{place}.jpg", 1, 1) for place in range(500))
    print(batch, flush=True)
"""


def killed_run(program: str, folder: Path, lines: int, delay_s: float = 0.0) -> list[list[int]]:
    """Runs a program until it has told `lines` lines, kills it `delay_s` later, and returns all it had told."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(lines)]
    time.sleep(delay_s)
    process.kill()
    # Not communicate(): it would pass over what the line reader has already taken out of the pipe.
    rest = process.stdout.read()
    process.wait()
    whole = "".join(told) + rest
    # A line cut off by the kill was not told.
    return [[int(word) for word in line.split()] for line in whole.splitlines(keepends=True) if line.endswith("\n")]


def test_a_decision_is_there_when_the_program_dies_right_after_making_it(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto("a.jpg", 1, 1)])
    ((photo_id, *box_ids),) = killed_run(DECIDER, tmp_path, lines=1)
    with Project.open(tmp_path) as project:
        assert not project.read_only  # the lock died with its owner
        content = project.content(photo_id)
        assert content.state is PhotoState.REVIEWED
        assert [box.id for box in content.boxes] == box_ids
        assert all(box.state is BoxState.DRAWN for box in content.boxes)


@pytest.mark.slow
def test_decisions_survive_kills_at_any_moment_and_none_is_half_there(tmp_path: Path) -> None:
    source = random.Random(3)  # noqa: S311 - test data
    with Project.open(tmp_path) as project:
        project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(100_000))
    told: dict[int, list[int]] = {}
    for _ in range(5):
        for photo_id, *box_ids in killed_run(
            DECIDER, tmp_path, lines=source.randint(1, 60), delay_s=source.random() / 20
        ):
            assert photo_id not in told
            told[photo_id] = box_ids
        with Project.open(tmp_path) as project:
            reviewed = [row.id for row in project.photos() if row.state is PhotoState.REVIEWED]
            assert told.keys() <= set(reviewed)
            assert len(reviewed) - len(told) <= 5  # at most one made but not told at each kill
            for photo_id in reviewed:
                boxes = project.content(photo_id).boxes
                assert len(boxes) == 3
                assert photo_id not in told or [box.id for box in boxes] == told[photo_id]
            assert len({event.photo_id for event in project.events()}) == len(reviewed)


def test_a_killed_scan_leaves_whole_batches(tmp_path: Path) -> None:
    batches = killed_run(ADDER, tmp_path, lines=4, delay_s=0.01)
    with Project.open(tmp_path) as project:
        count = len(project.photos())
    assert count % 500 == 0
    assert count >= 500 * len(batches)
