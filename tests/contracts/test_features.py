"""The table of features says only what a test shows, and stays a table."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_TESTS = re.compile(r"`([\w/]+\.py)`")
_COLUMNS = 9


def _rows() -> list[list[str]]:
    text = (REPOSITORY / "docs" / "features.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|-")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[1] != "Moltbox"]


def test_every_line_names_tests_that_exist() -> None:
    for row in _rows():
        assert len(row) == _COLUMNS, row
        named = _TESTS.findall(row[-1])
        assert named, row
        for test in named:
            assert (REPOSITORY / "tests" / test).is_file(), test


def test_at_least_twenty_things_no_other_desktop_tool_has() -> None:
    alone = [row for row in _rows() if row[1] == "✓" and all(cell in ("–", "?") for cell in row[2:8])]
    assert len(alone) >= 20
