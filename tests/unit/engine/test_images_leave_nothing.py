"""Decoding leaves no file behind, whatever it is given: OpenCV writes some to the disk and forgets them on a fault."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from engine.errors import PhotoError
from engine.images import read_photo
from support.fuzz_corpus import cases
from support.fuzz_readers import READERS

REPOSITORY = Path(__file__).resolve().parents[3]


def test_a_fresh_folder_for_temporary_files_stays_empty(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    surroundings = {**os.environ, "OPENCV_TEMP_PATH": str(temporary), "TMPDIR": str(temporary)}
    surroundings["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    command = [sys.executable, __file__, str(tmp_path)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.splitlines()[-1]) > 60
    assert [path.name for path in temporary.iterdir()] == []


def feed_all(place: Path) -> int:
    """Decodes every kept input and every seed, whole and cut off, and answers how many they were."""
    seeds = READERS["photo"].seeds(place)
    cut = [seed[:size] for seed in seeds for size in (77, len(seed) // 2, len(seed) - 9)]
    inputs = [*(case.data for case in cases("photo")), *seeds, *cut]
    for data in inputs:
        (place / "photo.jpg").write_bytes(data)
        with contextlib.suppress(PhotoError):
            read_photo(place / "photo.jpg")
    return len(inputs)


if __name__ == "__main__":
    print(feed_all(Path(sys.argv[1])))
