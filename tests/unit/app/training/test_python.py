"""Which Python trains: where one is looked for, how made-up interpreters answer, and what is said of each."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.training import python
from app.training.python import PythonFacts, candidates, clean_environment, install_command, probe, trouble_words
from app.training.python_search import PythonFound, PythonSearch
from engine import __version__

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the made-up interpreters are shell scripts")

REPOSITORY = Path(__file__).resolve().parents[4]
ABLE = {"version": [3, 12, 1], "moltbox": __version__, "lacks": [], "own": True}


def interpreter(path: Path, said: str | dict = ABLE, *, before: str = "") -> Path:
    """A made-up Python that says what it is told to, whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = said if isinstance(said, str) else json.dumps(said)
    path.write_text(f"#!/bin/sh\n{before}\n/bin/cat <<'END'\n{text}\nEND\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the desktop build, which carries no Python that trains."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def test_places_are_tried_in_their_order_and_each_once(frozen: None, tmp_path: Path) -> None:
    root, home, path = tmp_path / "work" / "photos", tmp_path / "home", tmp_path / "bin"
    wanted = [
        interpreter(tmp_path / "chosen"),
        interpreter(tmp_path / "named" / "bin" / "python"),
        interpreter(tmp_path / "active" / "bin" / "python"),
        interpreter(root / ".venv" / "bin" / "python"),
        interpreter(root.parent / "venv" / "bin" / "python"),
        interpreter(home / "moltbox-train" / "bin" / "python"),
        interpreter(path / "python3"),
        interpreter(home / ".pyenv" / "versions" / "3.12.10" / "bin" / "python"),
        interpreter(home / ".pyenv" / "versions" / "3.12.9" / "bin" / "python"),
        interpreter(home / "miniforge3" / "envs" / "photos" / "bin" / "python"),
    ]
    environment = {
        "MOLTBOX_PYTHON": str(tmp_path / "named"),
        "VIRTUAL_ENV": str(tmp_path / "active"),
        "PATH": os.pathsep.join((str(path), "", str(tmp_path / "gone"), str(path))),
    }
    assert list(candidates(str(tmp_path / "chosen"), root, environment, home)) == wanted
    assert list(candidates("", tmp_path / "nothing", {}, tmp_path / "nobody")) == []


def test_an_environment_s_link_is_not_followed(frozen: None, tmp_path: Path) -> None:
    base = interpreter(tmp_path / "usr" / "python3")
    link = tmp_path / "photos" / ".venv" / "bin" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(base)
    found = list(candidates("", tmp_path / "photos", {"PATH": str(base.parent)}, tmp_path / "home"))
    assert found == [link, base]


def test_the_running_python_comes_before_others_where_it_is_no_desktop_build(tmp_path: Path) -> None:
    interpreter(tmp_path / ".venv" / "bin" / "python")
    assert next(iter(candidates("", tmp_path, {}, tmp_path))) == Path(sys.executable)


def test_a_real_python_answers(tmp_path: Path) -> None:
    facts = probe(Path(sys.executable))
    assert facts.version == sys.version_info[:3]
    assert facts.own == (sys.prefix != sys.base_prefix)
    assert "trainer" not in facts.lacks


@pytest.mark.parametrize(
    ("said", "trouble", "words"),
    [
        (ABLE, None, ""),
        ({**ABLE, "lacks": ["torch", "timm"]}, "lacks", "lacks torch, timm"),
        ({**ABLE, "lacks": ["trainer", "torch"], "moltbox": ""}, "lacks", "has no Moltbox"),
        ({**ABLE, "version": [3, 10, 4]}, "old", "is Python 3.10.4; 3.11 or newer"),
        ({**ABLE, "moltbox": "0.0.9"}, "other", f"has Moltbox 0.0.9; this window is {__version__}"),
        ("hello", "odd", "is no Python"),
        ("[1, 2]", "odd", "is no Python"),
        ("", "odd", "is no Python"),
    ],
)
def test_what_a_python_answers_is_said_in_plain_words(
    frozen: None, tmp_path: Path, said: str | dict, trouble: str | None, words: str
) -> None:
    facts = probe(interpreter(tmp_path / "python", said))
    assert facts.trouble == trouble
    assert words in trouble_words(facts)
    assert bool(trouble_words(facts)) == (trouble is not None)


def test_a_line_printed_before_the_answer_does_no_harm(frozen: None, tmp_path: Path) -> None:
    assert probe(interpreter(tmp_path / "python", before="echo Welcome")).trouble is None


def test_a_python_that_hangs_is_given_up(tmp_path: Path) -> None:
    began = time.monotonic()
    facts = probe(interpreter(tmp_path / "python", before="exec /bin/sleep 30"), timeout_s=0.3)
    assert time.monotonic() - began < 5
    assert "did not answer" in trouble_words(facts)


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    text = tmp_path / "python"
    text.write_text("not a program", encoding="utf-8")
    assert probe(text).trouble == "missing"
    assert probe(tmp_path / "gone").trouble == "missing"


def test_the_desktop_build_s_own_libraries_are_none_for_another_python(frozen: None) -> None:
    given = {"LD_LIBRARY_PATH": "/bundle", "LD_LIBRARY_PATH_ORIG": "/usr/lib", "PYTHONHOME": "/bundle", "HOME": "/me"}
    assert clean_environment(given) == {"LD_LIBRARY_PATH": "/usr/lib", "HOME": "/me"}
    assert clean_environment({"DYLD_LIBRARY_PATH": "/bundle", "_PYI_X": "1"}) == {}


def test_outside_of_it_nothing_is_taken_away() -> None:
    assert clean_environment({"LD_LIBRARY_PATH": "/mine"}) == {"LD_LIBRARY_PATH": "/mine"}


def test_what_to_install_is_said_exactly(tmp_path: Path) -> None:
    environment = PythonFacts(Path("/e/bin/python"), (3, 12, 1), own=True, lacks=("torch",), trouble="lacks")
    base = PythonFacts(Path("/usr/bin/python3"), (3, 12, 1), lacks=("trainer",), trouble="lacks")
    package = f'"{REPOSITORY}[cpu,train,starter]"'
    assert install_command(environment, tmp_path) == f'"/e/bin/python" -m pip install {package}'
    own = tmp_path / "moltbox-train"
    inside = f'"{own}/bin/python" -m pip install {package}'
    assert install_command(base, tmp_path) == f'"/usr/bin/python3" -m venv "{own}"\n{inside}'
    assert install_command(None, tmp_path) == f'python3 -m venv "{own}"\n{inside}'
    assert PythonFound(None, (base, environment)).nearest is environment
    assert PythonFound(None, (PythonFacts(Path("/x"), trouble="odd"),)).nearest is None


def test_what_is_installed_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone, build, elsewhere = (tmp_path / name for name in ("clone", "build", "elsewhere"))
    (clone / "resources").mkdir(parents=True)
    (clone / "pyproject.toml").touch()
    wheel = build / "resources" / "package" / f"moltbox-{__version__}-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    for root, installed in (
        (clone, f"{clone}[cpu,train,starter]"),
        (build, f"{wheel}[cpu,train,starter]"),
        (elsewhere, f"moltbox[cpu,train,starter]=={__version__}"),
    ):
        monkeypatch.setattr(python, "resource_path", root.joinpath("resources").joinpath)
        assert python.requirement() == installed


def _search(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, chosen: str, root: Path) -> PythonFound:
    monkeypatch.setenv("PATH", str(root / "nothing"))
    monkeypatch.setenv("HOME", str(root / "home"))
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT", "MOLTBOX_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    search = PythonSearch(chosen, root)
    with qtbot.waitSignal(search.ended, timeout=20_000) as told:
        search.start()
    search.wait()
    assert told.args is not None
    return told.args[0]


def test_the_first_that_can_train_is_taken(
    frozen: None, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = interpreter(tmp_path / "chosen", {**ABLE, "lacks": ["torch"]})
    able = interpreter(tmp_path / ".venv" / "bin" / "python")
    interpreter(tmp_path / "home" / "moltbox-train" / "bin" / "python")
    found = _search(qtbot, monkeypatch, str(chosen), tmp_path)
    assert found.fit is not None
    assert found.fit.path == able
    assert [facts.path for facts in found.tried] == [chosen, able]


def test_a_search_that_finds_none_names_the_nearest(
    frozen: None, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(python, "_ROOTS", ())
    interpreter(tmp_path / "venv" / "bin" / "python", {**ABLE, "version": [3, 9, 0]})
    near = interpreter(tmp_path / "home" / ".venv" / "bin" / "python", {**ABLE, "lacks": ["torch"]})
    found = _search(qtbot, monkeypatch, "", tmp_path)
    assert found.fit is None
    assert found.nearest is not None
    assert found.nearest.path == near


def test_a_stopped_search_tells_nothing(frozen: None, qtbot: QtBot, tmp_path: Path) -> None:
    search = PythonSearch("", tmp_path, only=[interpreter(tmp_path / "python", before="/bin/sleep 0.5")])
    told: list[object] = []
    search.ended.connect(told.append)
    search.start()
    search.stop()
    qtbot.wait(50)
    assert told == []
