"""What holds for the repository as a whole: the commands it promises, its style, and what it must not hold."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_FILE_LINES = 500
SHELL_FENCE = re.compile(r"^```(?:sh|bash)?\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Spelt in two halves, so that this file does not hold what it looks for.
FORBIDDEN_TEXT = ("pypi" + ".org", "python" + "hosted", "npm" + "js.org", "--index" + "-url", "/work" + "/")
FORBIDDEN_WORDS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")


def tracked_files() -> list[Path]:
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [REPOSITORY / name for name in listed if name and (REPOSITORY / name).is_file()]


def text_files() -> dict[Path, str]:
    found = {}
    for path in tracked_files():
        try:
            found[path] = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
    assert REPOSITORY / "README.md" in found
    return found


def readme_commands() -> list[str]:
    return [block.strip() for block in SHELL_FENCE.findall((REPOSITORY / "README.md").read_text("utf-8"))]


def installed_names() -> Counter[str]:
    return Counter(dist.name.lower().replace("_", "-") for dist in importlib.metadata.distributions())


def test_exactly_one_opencv_and_one_onnx_runtime_are_installed() -> None:
    """Their variants share one import name: two of them overwrite each other's files."""
    names = installed_names()
    assert sum(names[name] for name in names if name.startswith("opencv-")) == 1
    assert names["opencv-python-headless"] == 1
    runtimes = [name for name in names if name in {"onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"}]
    assert len(runtimes) == 1


def test_pictures_are_read_and_written_in_one_way_only() -> None:
    """cv2's file functions fail on some names of Windows and say nothing; `engine.images` reads bytes."""
    pattern = re.compile(r"cv2\.(imread|imwrite|imshow)\b|from cv2 import .*\b(imread|imwrite|imshow)\b")
    sources = {path: text for path, text in text_files().items() if path.suffix == ".py"}
    guilty = [
        str(path.relative_to(REPOSITORY))
        for path, text in sources.items()
        if path.relative_to(REPOSITORY).parts[0] in {"app", "engine", "trainer", "benchmarks"} and pattern.search(text)
    ]
    assert len(sources) > 50
    assert guilty == []


def test_nothing_from_a_file_is_run_and_xml_is_read_through_defusedxml() -> None:
    loading = re.compile(
        r"\b(?:pickle|marshal)\.(?:loads?|Unpickler)\b|\b(?:import|from) shelve\b|\byaml\.load\("
        r"|\btorch\.load\((?![^\n]*weights_only=True)|allow_pickle=True"
    )
    # The standard library's own element tree may write XML; its readers expand entities without bound.
    reading = re.compile(
        r"(?<!Safe)ElementTree\.(?:parse|fromstring|iterparse|XML)\(|minidom|xml\.sax|weights_only=False"
    )
    guilty = [
        f"{path.name}: {found.group().strip()}"
        for path, text in text_files().items()
        if path.suffix == ".py" and path.relative_to(REPOSITORY).parts[0] in {"app", "engine", "trainer"}
        for pattern in (loading, reading)
        for found in pattern.finditer(text)
    ]
    assert guilty == []


def test_no_file_is_too_long_to_read() -> None:
    lengths = {
        str(path.relative_to(REPOSITORY)): text.count("\n")
        for path, text in text_files().items()
        if path.suffix in {".py", ".md", ".spec"}
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


def test_no_registry_host_nor_unfinished_work_is_in_any_file() -> None:
    guilty = []
    for path, text in text_files().items():
        guilty += [f"{path.name}: {part}" for part in FORBIDDEN_TEXT if part in text]
        if path.suffix in {".py", ".md", ".toml", ".spec"} or path.name in {"Makefile", "run"}:
            guilty += [f"{path.name}: {found.group()}" for found in FORBIDDEN_WORDS.finditer(text)]
    assert guilty == []


def test_readme_begins_with_the_two_commands_and_ci_runs_the_second() -> None:
    demo, tests = readme_commands()[:2]
    assert demo.endswith(".venv/bin/moltbox demo")
    assert tests.endswith(".venv/bin/python -m pytest")
    assert "\n" not in demo + tests
    last_line = (REPOSITORY / ".ci" / "run").read_text("utf-8").strip().splitlines()[-1]
    assert last_line == tests


def test_constraints_pin_every_package_we_name_to_what_is_installed() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    for line in importlib.metadata.requires("moltbox") or []:
        requirement = Requirement(line)
        name = requirement.name.lower().replace("_", "-")
        if requirement.marker is not None and not any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("cpu", "train", "starter", "dev", "")
        ):
            continue
        assert name in pinned, f"{name} has no pin"
        assert requirement.specifier.contains(pinned[name], prereleases=True), f"{name}=={pinned[name]}"
        try:
            assert importlib.metadata.version(name) == pinned[name]
        except importlib.metadata.PackageNotFoundError:
            continue


def test_ruff_finds_nothing() -> None:
    for words in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "."], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_finds_nothing() -> None:
    if shutil.which("node") is None:
        pytest.skip("pyright needs Node.js")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=280,
    )
    if not done.stdout.lstrip().startswith("{"):
        pytest.skip("pyright's own program could not be fetched: " + (done.stderr.strip().splitlines() or [""])[-1])
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > 100
    assert [f"{found['file']}: {found['message']}" for found in report["generalDiagnostics"]] == []
