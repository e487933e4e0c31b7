"""The commands that README and documents show, and whether the programs would take them as they stand."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import re
import runpy
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SHELL_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELL_NAMES = ("", "sh", "bash", "console")
CODE_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
CONDITION = re.compile(r"[A-Z][A-Z0-9_]*=\S*")
PROGRAMS = ("moltbox", "python", "python3", "torchrun", "make", "pyinstaller", "mkdocs", "pip", "ray", "xvfb-run")
"""A code span that begins with one of these and says more than its name is a command; so is every line of a block."""


@dataclass(frozen=True)
class Command:
    """One command of a document: its words without what is around it (`.venv/bin/`, variables, a virtual screen)."""

    document: str
    text: str
    words: tuple[str, ...]
    in_block: bool

    def __str__(self) -> str:
        return f"{self.document}: {self.text}"


def documents() -> list[Path]:
    """README, what stands beside it, and all pages."""
    beside = sorted(REPOSITORY.glob("*.md"))
    return [*beside, *sorted((REPOSITORY / "docs").rglob("*.md"))]


def commands(path: Path) -> Iterator[Command]:
    """The commands of a document in their order."""
    name = path.relative_to(REPOSITORY).as_posix()
    text = path.read_text(encoding="utf-8")
    found: list[tuple[int, str, bool]] = []
    for block in SHELL_BLOCK.finditer(text):
        if block[1] in SHELL_NAMES:
            lines = block[2].replace("\\\n", " ").splitlines()
            found += [(block.start(), line.removeprefix("$ "), True) for line in lines if line.strip()]
    outside = SHELL_BLOCK.sub(lambda block: " " * len(block[0]), text)
    for span in CODE_SPAN.finditer(outside):
        program = Path(span[1].split()[0]).name if span[1].split() else ""
        if program in PROGRAMS and " " in span[1]:
            found.append((span.start(), span[1], False))
    for _, line, in_block in sorted(found, key=lambda entry: entry[0]):
        for words in _split(line):
            yield Command(name, " ".join(words), tuple(words), in_block)


def _split(line: str) -> Iterator[list[str]]:
    """The words of each command on a line."""
    words: list[str] = []
    for word in [*shlex.split(line, comments=True), "&&"]:
        if word not in ("&&", ";", "||", "|"):
            words.append(word)
            continue
        plain = unwrapped(words)
        if plain:
            yield plain
        words = []


def unwrapped(words: list[str]) -> list[str]:
    while words and (CONDITION.fullmatch(words[0]) or words[0] in ("env", "sudo", "time")):
        words = words[1:]
    if words[:1] == ["xvfb-run"]:
        rest = iter(words[1:])
        words = [word for word in rest if not _is_option_of_the_screen(word, rest)]
        return unwrapped(words)
    return (
        [Path(words[0]).name if words[0].startswith((".venv/bin/", "dist/")) else words[0], *words[1:]] if words else []
    )


def _is_option_of_the_screen(word: str, rest: Iterator[str]) -> bool:
    if word == "-s":
        next(rest)
    return word in ("-a", "-s")


class Parsed(BaseException):
    """A program took all of its words; nothing further shall happen."""


def takes(monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]) -> None:
    """Calls a program up to where its options are read; raises SystemExit where it refuses one of them."""
    usual = argparse.ArgumentParser.parse_args

    def parse(self: argparse.ArgumentParser, *given, **named) -> None:
        usual(self, *given, **named)
        raise Parsed

    with monkeypatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "parse_args", parse)
        with pytest.raises(Parsed):
            call()


def check_moltbox(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from app import __main__ as door

    if words[:1] == ["VERB"]:
        words = ["check", *words[1:]]
    if words[:1] == ["train"]:
        check_trainer(words, monkeypatch)
    elif words[:1] == ["speed-up"] and len(words) > 1:
        takes(monkeypatch, lambda: importlib.import_module("trainer.speed_up").main(words[1:]))
    elif words == ["--version"]:
        with pytest.raises(SystemExit) as ended:
            door.main(words)
        assert ended.value.code == 0
    elif words[-1:] == ["--help"]:
        assert words[0] in door.VERBS, words
    elif len(words) == 1 and words[0] in door.VERBS:
        return  # a verb spoken of
    else:
        takes(monkeypatch, lambda: door.main(words))


def check_trainer(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from trainer.__main__ import main

    if len(words) == 1:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])
        assert ended.value.code == 0
    else:
        takes(monkeypatch, lambda: main(words))


def check_python(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if words[:2] == ["-X", "importtime"]:
        check_python(words[2:], monkeypatch)
    elif words[:1] == ["-c"]:
        for imported in words[1].split("; "):
            assert importlib.util.find_spec(imported.removeprefix("import ")) is not None, words
    elif words[:2] == ["-m", "trainer"]:
        check_trainer(words[2:], monkeypatch)
    elif words[:1] == ["-m"]:
        assert words[1] in ("venv", "pytest", "mkdocs", "pip"), words
    else:
        script = REPOSITORY / words[0]
        assert script.is_file(), words[0]
        if "ArgumentParser" not in script.read_text(encoding="utf-8"):
            assert words[1:] == [], f"{words[0]} takes no words"
            return
        monkeypatch.setattr(sys, "argv", [str(script), *words[1:]])
        monkeypatch.syspath_prepend(str(script.parent))
        takes(monkeypatch, lambda: runpy.run_path(str(script), run_name="__main__"))


def check_torchrun(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    place = words.index("-m")
    from torch.distributed.run import get_args_parser

    get_args_parser().parse_args([*words[:place], "script.py"])
    check_python(words[place:], monkeypatch)


def check_make(words: list[str], _monkeypatch: pytest.MonkeyPatch) -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(words) <= set(targets), words


def check_pip(words: list[str], _monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name for word in words for named in re.findall(r"\[([\w,]+)\]", word) for name in named.split(",")}
    assert extras <= set(project["optional-dependencies"]), extras
    assert words[0] == "install"
    assert all((REPOSITORY / words[place + 1]).is_file() for place, word in enumerate(words) if word == "-c")


def check_pyinstaller(words: list[str], _monkeypatch: pytest.MonkeyPatch) -> None:
    assert (REPOSITORY / words[0]).is_file()
    ours = words.index("--") if "--" in words else len(words)
    importlib.import_module("PyInstaller.__main__").generate_parser().parse_args(words[:ours])


def check_mkdocs(words: list[str], _monkeypatch: pytest.MonkeyPatch) -> None:
    assert words[0] in ("build", "serve")
    assert set(words[1:]) <= {"--strict"}


def nothing_of_ours(_words: list[str], _monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of the system, shown for what it is known to do."""


CHECKS: dict[str, Callable[[list[str], pytest.MonkeyPatch], None]] = {
    "moltbox": check_moltbox,
    "python": check_python,
    "python3": check_python,
    "torchrun": check_torchrun,
    "make": check_make,
    "pip": check_pip,
    "pyinstaller": check_pyinstaller,
    "mkdocs": check_mkdocs,
    "apt-get": nothing_of_ours,
    "du": nothing_of_ours,
    "tar": nothing_of_ours,
}
"""How a command of each program is checked; a document that shows another program's makes the test fail."""
