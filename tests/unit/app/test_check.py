"""`moltbox check`: says what works, and does not say so where something is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import check
from engine import __version__


def test_everything_works_here(capsys: pytest.CaptureFixture[str], qapp: object) -> None:
    assert check.run_check() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["ok", name] for name in ("moltbox", "qt", "model", "look", "export", "log")
    ]
    assert __version__ in lines[0]


def test_a_broken_step_is_told_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> str:
        raise RuntimeError("the cable is out")

    monkeypatch.setattr(check, "_steps", lambda: [("first", broken), ("second", lambda: "fine")])
    assert check.run_check(as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [(step["step"], step["ok"]) for step in told["steps"]] == [("first", False), ("second", True)]
    assert told["steps"][0]["found"] == "RuntimeError: the cable is out"


def test_a_damaged_starter_model_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "starter.molt"
    damaged.write_bytes(b"cut off")
    monkeypatch.setattr("engine.resources.starter_model_path", lambda: damaged)
    assert check.run_check() == 1
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert [line.split()[1] for line in failed] == ["model", "look"]
    assert all("starter.molt" in line for line in failed)
