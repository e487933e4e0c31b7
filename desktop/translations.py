"""Brings the catalogues of the window's texts up to date with the source.

python desktop/translations.py                # writes the .ts files anew and compiles them; tells what is missing
python desktop/translations.py --check        # only tells; exit code 1 where a catalogue is stale

A translator fills in `resources/translations/moltbox_*.ts`, by hand or with Qt Linguist, and runs this again.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import PySide6
from defusedxml import ElementTree

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "resources" / "translations"
LANGUAGES = ("de",)
_TEXTS_OF = {"tr": 1, "tr_count": 2, "mark": 1}


@dataclass(frozen=True, slots=True)
class Found:
    """Texts by the first file that says them, and what the catalogues can never know, as "file:line: why"."""

    texts: dict[str, str]
    faults: tuple[str, ...]


def texts_of_the_source(folder: Path = ROOT / "app") -> Found:
    """Every text of the window: the literals of `tr`, `tr_count` and `mark`, and the words of the table of acts."""
    texts: dict[str, str] = {}
    faults: list[str] = []
    for path in sorted(folder.rglob("*.py")):
        if path.name == "texts.py":
            continue
        place = path.relative_to(folder.parent).as_posix()
        found, wrong = texts_of_a_file(path.read_text(encoding="utf-8"))
        for text in found:
            texts.setdefault(text, place)
        faults += [f"{place}:{fault}" for fault in wrong]
    for text in _texts_of_the_table():
        texts.setdefault(text, "app/actions.py")
    return Found(texts, tuple(faults))


def texts_of_a_file(source: str) -> tuple[list[str], list[str]]:
    """The texts of one file, and as "line: why" each call that cannot be translated."""
    texts: list[str] = []
    faults: list[str] = []
    tree = ast.parse(source)
    early = {id(call) for call in _run_on_import(tree)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name not in _TEXTS_OF:
            continue
        for given in call.args[: _TEXTS_OF[name]]:
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                texts.append(given.value)
            elif isinstance(given, ast.IfExp):
                faults.append(f"{call.lineno}: {name} is given a choice; call it in each branch")
            else:
                faults.append(f"{call.lineno}: {name} is given no literal")
        if name != "mark" and id(call) in early:
            faults.append(f"{call.lineno}: {name} is called before the language is known; use mark and tr_marked")
    return texts, faults


def _run_on_import(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls outside of functions, which run before the program has chosen its language."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Call):
                yield node
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                waiting.append(node)


def _texts_of_the_table() -> Iterator[str]:
    from app.actions import ACTIONS, HAND_KEYS, MENUS, SECTIONS

    yield from MENUS
    yield from SECTIONS
    for spec in ACTIONS:
        yield from (text for text in (spec.text, spec.row, spec.menu.partition("/")[2]) if text)
    yield from (hand.text for hand in HAND_KEYS)


def catalogue_path(language: str) -> Path:
    """The .ts file of a language; the compiled .qm stands beside it."""
    return CATALOGUES / f"moltbox_{language}.ts"


def read_catalogue(path: Path) -> dict[str, str]:
    """Translations by English text, "" where one is missing; nothing where there is no file."""
    if not path.is_file():
        return {}
    read: dict[str, str] = {}
    for message in ElementTree.fromstring(path.read_bytes()).iter("message"):
        translation = message.find("translation")
        read[message.findtext("source", "")] = (translation.text or "") if translation is not None else ""
    return read


def write_catalogue(path: Path, language: str, texts: dict[str, str], known: dict[str, str]) -> None:
    """Writes a .ts file: every text with its translation, in the order of the files that say them."""
    from app.texts import CONTEXT

    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>"]
    lines += [f'<TS version="2.1" language="{language}" sourcelanguage="en">', "<context>", f"<name>{CONTEXT}</name>"]
    for text, place in sorted(texts.items(), key=lambda item: (item[1], item[0])):
        said = known.get(text, "")
        unfinished = "" if said else ' type="unfinished"'
        lines += ["<message>", f'<location filename="../../{place}"/>', f"<source>{escape(text)}</source>"]
        lines += [f"<translation{unfinished}>{escape(said)}</translation>", "</message>"]
    path.write_text("\n".join([*lines, "</context>", "</TS>", ""]), encoding="utf-8")


def compile_catalogue(path: Path) -> None:
    """Makes the .qm file beside a .ts file."""
    tool = Path(PySide6.__file__).parent / ("lrelease.exe" if sys.platform == "win32" else "lrelease")
    command = [str(tool), "-silent", "-nounfinished", str(path), "-qm", str(path.with_suffix(".qm"))]
    subprocess.run(command, check=True)  # noqa: S603 - Qt's own tool on our own file


def missing(texts: dict[str, str], known: dict[str, str]) -> list[str]:
    """The texts without a translation, each with its file."""
    return [f"{place}: {text}" for text, place in texts.items() if not known.get(text)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail where a catalogue is stale")
    only_check = parser.parse_args().check
    found = texts_of_the_source()
    wrong = list(found.faults)
    for language in LANGUAGES:
        path = catalogue_path(language)
        known = read_catalogue(path)
        lacking = missing(found.texts, known)
        superfluous = [text for text in known if text not in found.texts]
        print(f"{language}: {len(found.texts)} texts, {len(lacking)} missing, {len(superfluous)} no longer said")
        wrong += [f"{language}: {line}" for line in lacking]
        if only_check:
            wrong += [f"{language}: no longer said: {text}" for text in superfluous]
        else:
            write_catalogue(path, language, found.texts, known)
            compile_catalogue(path)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
