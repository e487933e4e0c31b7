"""Every text of the window can be translated, and every catalogue has all of them."""

from __future__ import annotations

import ast
import importlib.util
import re
import string
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QTranslator

from app.texts import CONTEXT

REPOSITORY = Path(__file__).resolve().parents[2]
# Calls whose texts a person reads; of the widgets only arguments without a name or with one of `_WORDS`.
_SHOWING = re.compile(
    r"set(Text|ToolTip|AccessibleName|AccessibleDescription|PlaceholderText|WindowTitle|Title)"
    r"|Words|Button|bar_button|Chip|TickBox|ElideLabel|IconLabel|Line|Message|MessageBar|ChoiceCard|addMenu|JobStatus|Fact"
    r"|get(ExistingDirectory|OpenFileName|SaveFileName)"
)
_WORDS = {"text", "tip", "title", "lead", "hint", "act"}
_NO_WORDS = re.compile(r"[a-z0-9_-]*|[^A-Za-z]*|( – )?Moltbox|COCO|Pascal VOC|YOLO|CSV|px|OK|CSV \(\*\.csv\)")


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", REPOSITORY / "desktop" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = made
    spec.loader.exec_module(made)
    return made


translations = load_tool()
HOW_TO_MEND = "fill in resources/translations/moltbox_*.ts and run `python desktop/translations.py`"


def test_every_text_of_the_source_can_be_extracted() -> None:
    found = translations.texts_of_the_source()
    assert found.faults == ()
    assert len(found.texts) > 300


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_the_catalogue_has_every_text(language: str) -> None:
    known = translations.read_catalogue(translations.catalogue_path(language))
    texts = translations.texts_of_the_source().texts
    stale = [*translations.missing(texts, known), *(f"no longer said: {text}" for text in known if text not in texts)]
    assert stale == [], HOW_TO_MEND


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_the_compiled_catalogue_says_what_the_written_one_says(qapp, language: str) -> None:
    path = translations.catalogue_path(language)
    compiled = QTranslator()
    assert compiled.load(str(path.with_suffix(".qm")))
    written = {text: said for text, said in translations.read_catalogue(path).items() if said}
    told = {text: compiled.translate(CONTEXT, text) for text in written}
    assert {text for text in written if told[text] != written[text]} == set(), HOW_TO_MEND


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_translations_put_the_same_values_in(language: str) -> None:
    known = translations.read_catalogue(translations.catalogue_path(language))
    assert {text: said for text, said in known.items() if said and fields(said) != fields(text)} == {}


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_translations_keep_the_dots_of_a_menu_and_the_end_of_a_sentence(language: str) -> None:
    known = translations.read_catalogue(translations.catalogue_path(language))
    differing = [text for text, said in known.items() if said and ending(said) != ending(text)]
    assert differing == []


def ending(text: str) -> str:
    return text[-1] if text[-1] in ".…?:" else ""


@pytest.mark.parametrize(
    ("source", "texts", "faults"),
    [
        ('def f():\n    tr("One {x}", x=1)', ["One {x}"], []),
        ('def f():\n    tr("a " "b")', ["a b"], []),
        ('def f(n):\n    tr_count("{count} photo", "{count} photos", n)', ["{count} photo", "{count} photos"], []),
        ('WORDS = mark("new")', ["new"], []),
        ("def f(x):\n    tr(x)", [], ["2: tr is given no literal"]),
        ('def f(x):\n    tr(f"a {x}")', [], ["2: tr is given no literal"]),
        ('def f(x):\n    tr("a" if x else "b")', [], ["2: tr is given a choice; call it in each branch"]),
        ('WORD = tr("new")', ["new"], ["1: tr is called before the language is known; use mark and tr_marked"]),
        (
            'class A:\n    word = tr("new")',
            ["new"],
            ["2: tr is called before the language is known; use mark and tr_marked"],
        ),
    ],
)
def test_extraction_finds_literals_and_tells_what_it_cannot_know(
    source: str, texts: list[str], faults: list[str]
) -> None:
    assert translations.texts_of_a_file(source) == (texts, faults)


def test_a_catalogue_survives_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "moltbox_de.ts"
    texts = {"a < b & c": "app/x.py", "“{name}” …": "app/y.py", "not yet": "app/x.py"}
    known = {"a < b & c": "ä > b & c", "“{name}” …": "„{name}“ …", "gone": "weg"}
    translations.write_catalogue(path, "de", texts, known)
    read = translations.read_catalogue(path)
    assert read == {"a < b & c": "ä > b & c", "“{name}” …": "„{name}“ …", "not yet": ""}
    assert translations.missing(texts, read) == ["app/x.py: not yet"]
    translations.compile_catalogue(path)
    compiled = QTranslator()
    assert compiled.load(str(path.with_suffix(".qm")))
    assert compiled.translate(CONTEXT, "a < b & c") == "ä > b & c"
    assert not compiled.translate(CONTEXT, "not yet")


def shown_literals(source: str) -> list[str]:
    """As "line: text", the literals that a person would read untranslated."""
    found = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name == "tr" and isinstance(call.func, ast.Attribute):
            found.append(f"{call.lineno}: Qt's own tr")
        if _SHOWING.fullmatch(name):
            given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg in _WORDS)]
            found += [f"{call.lineno}: {text}" for value in given for text in _literals(value)]
    return found


def _literals(value: ast.expr) -> list[str]:
    if isinstance(value, ast.IfExp):
        return [*_literals(value.body), *_literals(value.orelse)]
    if isinstance(value, ast.Constant):
        return [] if not isinstance(value.value, str) or _NO_WORDS.fullmatch(value.value) else [value.value]
    if isinstance(value, ast.JoinedStr):
        parts = [part.value for part in value.values if isinstance(part, ast.Constant)]
        words = [text for text in parts if isinstance(text, str) and re.search(r"[A-Za-z]{2}", text)]
        return [text for text in words if not _NO_WORDS.fullmatch(text)]
    return []


def test_the_search_for_untranslated_texts_finds_them() -> None:
    source = 'a.setText("Dismiss")\nButton("ghost", text="Go on", icon="close")\nWords(f"{n} photos")\nWords(tr("Hi"))'
    assert shown_literals(source) == ["1: Dismiss", "2: Go on", "3:  photos"]


def test_no_text_is_shown_untranslated() -> None:
    found = []
    for path in sorted((REPOSITORY / "app").rglob("*.py")):
        place = path.relative_to(REPOSITORY).as_posix()
        found += [f"{place}:{text}" for text in shown_literals(path.read_text(encoding="utf-8"))]
    assert found == []
