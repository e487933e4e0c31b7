"""What holds for every file of the repository, whoever wrote it."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_FILE_LINES = 500
CODE = ("app", "benchmarks", "desktop", "engine", "tests", "trainer")
# Written in two halves, so that this file does not find itself.
PLACES_OF_ONE_MACHINE = ("pypi" + ".org", "files.python" + "hosted.org", "/wo" + "rk/", "/ro" + "ot/")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def tracked(*suffixes: str) -> list[Path]:
    """The files under version control with one of these endings; all of them without one."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def text_files() -> list[tuple[str, str]]:
    """(name, text) of every tracked text file that is ours: the licences' texts are not."""
    found = []
    for path in tracked():
        name = path.relative_to(REPOSITORY).as_posix()
        if name == "LICENSE" or name.startswith("resources/licences/"):
            continue
        try:
            found.append((name, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def ran(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    ran("ruff", "check", "--no-cache", *CODE)


def test_everything_is_formatted() -> None:
    ran("ruff", "format", "--no-cache", "--check", *CODE)


@pytest.mark.slow
def test_pyright_finds_nothing() -> None:
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if not done.stdout.lstrip().startswith("{"):
        pytest.skip("pyright's own program, which runs on Node.js, could not be fetched")
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > 100
    assert [f"{found['file']}: {found['message']}" for found in report["generalDiagnostics"]] == []


def test_no_file_is_long() -> None:
    suffixes = (".py", ".spec", ".md", ".toml")
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in tracked(*suffixes)}
    assert {str(path): count for path, count in lines.items() if count > LONGEST_FILE_LINES} == {}


def test_opencv_opens_no_path_and_no_window() -> None:
    """Its readers fail on paths outside the system's code page, say nothing where they fail, and ignore our limits."""
    banned = re.compile(r"\bcv2\s*\.\s*(im" + r"read|im" + r"write|im" + r"show)\b")
    ours = [(name, text) for name, text in text_files() if name.startswith(("app/", "engine/", "trainer/"))]
    assert [name for name, text in ours if banned.search(text)] == []


def test_nothing_from_a_file_is_run_and_xml_is_read_through_defusedxml() -> None:
    loading = re.compile(
        r"\b(?:pickle|marshal)\.(?:loads?|Unpickler)\b|\b(?:import|from) shelve\b|\byaml\.load\("
        r"|\btorch\.load\((?![^\n]*weights_only=True)|allow_pickle=True"
    )
    # The standard library's own element tree may write XML; its readers expand entities without bound.
    reading = re.compile(r"(?<!Safe)ElementTree\.(?:parse|fromstring|iterparse|XML)\(|\bminidom\b|\bxml\.sax\b")
    ours = [(name, text) for name, text in text_files() if name.startswith(("app/", "engine/", "trainer/"))]
    assert [name for name, text in ours if loading.search(text) or reading.search(text)] == []


def test_nothing_is_left_unfinished() -> None:
    assert [name for name, text in text_files() if UNFINISHED.search(text)] == []


def test_no_comment_holds_code() -> None:
    """A comment that is a statement with a call or an assignment was code once."""
    statement = re.compile(r"^#\s*([A-Za-z_][\w.]*\s*=\s*[\w.]+\(.*\)|[a-z_][\w.]*\(.*\)|return \w+|import \w+)\s*$")
    found = []
    for path in tracked(".py"):
        with path.open("rb") as file:
            comments = [token for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
        found += [f"{path.name}:{token.start[0]}" for token in comments if statement.match(token.string)]
    assert found == []


def test_no_file_names_a_place_of_one_machine() -> None:
    found = [f"{name}: {place}" for name, text in text_files() for place in PLACES_OF_ONE_MACHINE if place in text]
    assert found == []


@pytest.mark.parametrize(
    "wheels",
    [
        {"opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"},
        {"onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"},
    ],
)
def test_one_wheel_brings_the_module(wheels: set[str]) -> None:
    """Two wheels that bring the same module overwrite each other's files."""
    installed = {(found.metadata["Name"] or "").lower() for found in importlib.metadata.distributions()}
    assert len(installed & wheels) == 1


def test_every_package_we_name_is_pinned_to_what_is_installed() -> None:
    def same(name: str) -> str:
        return name.lower().replace("_", "-")

    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {same(name): version for name, version in pins.items()}
    installed = {same(found.metadata["Name"]): found.version for found in importlib.metadata.distributions()}
    named = [Requirement(line) for line in importlib.metadata.requires("moltbox") or []]
    tested = [each for each in named if each.name != "onnxruntime-gpu"]
    assert len(tested) > 20
    for each in tested:
        version = pinned[same(each.name)]
        assert each.specifier.contains(version, prereleases=True), each.name
        assert installed.get(same(each.name), version) == version, each.name


def readme_commands() -> list[str]:
    head = (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    return [line.strip() for line in head if "pip install" in line and line.lstrip().startswith("python3")]


def test_the_readme_begins_with_its_two_commands() -> None:
    commands = readme_commands()
    assert len(commands) == 2
    assert commands[0].endswith("moltbox demo")
    assert commands[1].endswith("python -m pytest")


def test_ci_runs_the_readmes_test_command() -> None:
    lines = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    first, *more = (line.strip() for line in lines if "pip install" in line)
    assert first == readme_commands()[1]
    assert all("-e '.[openvino,board]' && .venv/bin/python -m pytest" in line for line in more)


def test_links_of_the_documents_lead_somewhere() -> None:
    missing = []
    for path in tracked(".md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                missing.append(f"{path.relative_to(REPOSITORY)}: {target}")
    assert missing == []


def test_the_desktop_build_carries_no_folder_that_is_missing() -> None:
    """Every folder of resources is in the build, so that a new one is not forgotten."""
    spec = (REPOSITORY / "build.spec").read_text(encoding="utf-8")
    folders = {path.relative_to(REPOSITORY / "resources").parts[0] for path in tracked() if "resources" in path.parts}
    assert [folder for folder in sorted(folders) if f'"{folder}"' not in spec] == []
