"""The log stays small, holds the end, hides the home folder, and never makes anything fail."""

from __future__ import annotations

import threading
from pathlib import Path

from app.diagnostics.log import MOST_BYTES, OLDER_FILES, Log


def test_entries_have_a_time_and_no_home(tmp_path: Path) -> None:
    log = Log(tmp_path / "logs")
    assert log.write(f"opened {Path.home()}/photos")
    text = log.file.read_text(encoding="utf-8")
    assert text.endswith(" opened ~/photos\n")
    assert text.startswith("20")


def test_the_files_are_bounded_together_and_the_newest_entries_are_there(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for number in range(400):
        log.write(f"{number} " + "x" * 9_000)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["moltbox.log", "moltbox.log.1", "moltbox.log.2"]
    assert all(file.stat().st_size <= MOST_BYTES for file in files)
    assert sum(file.stat().st_size for file in files) > OLDER_FILES * MOST_BYTES * 0.9
    assert " 399 x" in log.end(20_000)
    assert log.end(20_000).startswith("20")
    assert len(log.end(20_000)) <= 20_000


def test_the_end_reaches_into_the_older_file(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write("early")
    log.file.replace(tmp_path / "moltbox.log.1")
    log.write("late")
    assert [line.split()[-1] for line in log.end(1000).splitlines()] == ["early", "late"]


def test_one_entry_cannot_fill_the_log(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.write("x" * 10_000_000)
    assert log.file.stat().st_size < 30_000


def test_a_log_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    log = Log(tmp_path / "file")
    assert not log.write("lost")
    assert log.end(100) == ""


def test_odd_characters_are_written(tmp_path: Path) -> None:
    log = Log(tmp_path)
    assert log.write("猫 \udcff")
    assert "猫" in log.end(100)


def test_threads_share_a_log(tmp_path: Path) -> None:
    log = Log(tmp_path)
    threads = [threading.Thread(target=lambda: [log.write("y" * 2000) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for file in tmp_path.iterdir() for line in file.read_text("utf-8").splitlines()]
    assert len(lines) > 2 * MOST_BYTES // 2100
    assert all(line.endswith("y" * 2000) for line in lines)
