"""The window's first frame waits for no sheet; all of them are imported just after it."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
import app.window
from app.sheets import _ON_DEMAND, import_sheets
print(sorted(set(_ON_DEMAND) & set(sys.modules)))
print(set(import_sheets()) == set(_ON_DEMAND) <= set(sys.modules))
"""


def test_sheets_are_imported_after_the_window() -> None:
    answer = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    assert answer.stdout.splitlines() == ["[]", "True"]
