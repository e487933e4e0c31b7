"""What a release relies on: one version, a changelog in its form, the two commands, workflows that can run."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from engine import __version__
from support.document_commands import CHECKS, unwrapped

REPOSITORY = Path(__file__).resolve().parents[2]
CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
SYSTEMS_OWN = ("sudo", "tar")


def loaded(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def setup_commands(name: str) -> list[str]:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    return re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)


def test_the_version_is_written_in_one_place() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert importlib.metadata.version("moltbox") == __version__
    says = re.compile(
        r"(?:__version__|^version|\"version\"|CFBundle\w*Version\w*)\s*[=:]\s*[\"'](\d[\w.]*)[\"']", re.MULTILINE
    )
    found = []
    for folder in ("app", "engine", "trainer", "desktop"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            found += [
                path.relative_to(REPOSITORY).as_posix()
                for said in says.findall(path.read_text(encoding="utf-8"))
                if said == __version__
            ]
    for name in ("pyproject.toml", "build.spec", "mkdocs.yml"):
        found += [name for said in says.findall((REPOSITORY / name).read_text(encoding="utf-8")) if said == __version__]
    assert found == ["engine/__init__.py"]


def test_every_pinned_package_that_is_here_takes_the_oldest_python_that_we_promise() -> None:
    """On Debian 12's Python 3.11.2 a pin that asks for 3.11.5 makes the set-up fail."""
    promised = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    oldest = promised.removeprefix(">=") + ".0"
    pinned = re.findall(r"^([\w.-]+)==", (REPOSITORY / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    asked = {}
    for name in pinned:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            asked[name] = importlib.metadata.metadata(name)["Requires-Python"]
    assert len(asked) > 50
    assert {name: python for name, python in asked.items() if python and oldest not in SpecifierSet(python)} == {}


def test_the_changelog_keeps_its_form() -> None:
    versions = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", CHANGELOG, re.MULTILINE)
    assert len(versions) == len(re.findall(r"^## ", CHANGELOG, re.MULTILINE))
    assert versions[0] == ("Unreleased", "")
    assert all(day for _, day in versions[1:])
    released = [tuple(map(int, name.split("."))) for name, _ in versions[1:]]
    assert released == sorted(released, reverse=True)
    assert ".".join(map(str, released[0])) == __version__
    for section in CHANGELOG.split("\n## [")[1:]:
        kinds = re.findall(r"^### (.+)$", section, re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds], section.splitlines()[0]


def test_contributing_shows_the_readmes_two_commands_and_every_folder() -> None:
    assert len(setup_commands("README.md")) == 2
    assert setup_commands("CONTRIBUTING.md") == setup_commands("README.md")
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for folder in ("app", "engine", "trainer", "tests", "benchmarks", "desktop", "docs"):
        assert f"`{folder}/`" in text
    rooms = re.findall(r"`(\w+)/`", next(line for line in text.splitlines() if line.startswith("| `app/`")))
    assert [room for room in rooms[1:] if not (REPOSITORY / "app" / room).is_dir()] == []


def test_a_hole_can_be_told_of_in_private() -> None:
    text = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
    assert "private vulnerability" in text
    assert "do not open a public issue" in text


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.name)
def test_an_issue_form_is_whole(form: Path) -> None:
    told = loaded(form)
    assert {"name", "description", "body"} <= set(told)
    fields = [field for field in told["body"] if field["type"] != "markdown"]
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names) > 0
    for field in fields:
        assert field["type"] in ("input", "textarea", "dropdown", "checkboxes")
        assert field["attributes"]["label"]
        assert field["type"] != "dropdown" or len(field["attributes"]["options"]) > 1
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_there_are_forms_and_no_blank_issue() -> None:
    assert len(FORMS) >= 3
    assert loaded(REPOSITORY / ".github" / "ISSUE_TEMPLATE" / "config.yml") == {"blank_issues_enabled": False}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_can_run(workflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = loaded(workflow)
    assert told["name"]
    assert told.get("on", told.get(True))  # "on" is a truth value to YAML
    assert told["permissions"] == {"contents": "read"}
    monkeypatch.chdir(REPOSITORY)
    for job in told["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])
            for line in step.get("run", "").splitlines():
                words = shlex.split(line)
                if words[0].startswith("./"):
                    assert (REPOSITORY / words[0]).is_file()
                elif words[0] not in SYSTEMS_OWN:
                    if words[:3] == ["python", "-m", "pip"]:
                        words = words[2:]
                    program, *rest = unwrapped(words)
                    CHECKS[program](rest, monkeypatch)


def test_the_desktop_builds_are_for_three_systems_and_tests_go_by_the_repositorys_own_script() -> None:
    matrix = loaded(REPOSITORY / ".github" / "workflows" / "desktop.yml")["jobs"]["build"]["strategy"]["matrix"][
        "include"
    ]
    assert {entry["system"] for entry in matrix} == {"linux", "windows", "macos"}
    assert all(entry["runner"].split("-")[0] in ("ubuntu", "windows", "macos") for entry in matrix)
    assert "./.ci/run" in (REPOSITORY / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")


def test_what_qt_wants_from_the_system_is_the_same_list_everywhere() -> None:
    lists = {}
    for name in ("README.md", ".ci/run", "docs/desktop-build.md", ".github/workflows/tests.yml"):
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        lists[name] = set(re.findall(r"\blib(?:egl|gl|xkb|xcb|dbus|fontconfig)[\w-]*\d", text))
    assert len(lists["README.md"]) >= 8
    assert [name for name, libraries in lists.items() if libraries != lists["README.md"]] == []
