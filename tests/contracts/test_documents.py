"""The documents make one site: every page in it, every link leads somewhere, and nothing in it asks another server."""

from __future__ import annotations

import html.parser
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    return sorted(DOCS.rglob("*.md"))


def listed(entries: list[object]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            if isinstance(value, list):
                yield from listed(value)
            else:
                assert isinstance(value, str)
                yield value


def settings() -> dict:
    return yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the site makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[\s_]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip()) for title in found}


def test_every_page_is_in_the_sites_menu_once() -> None:
    named = list(listed(settings()["nav"]))
    assert sorted(named) == [page.relative_to(DOCS).as_posix() for page in pages()]


def test_links_between_pages_lead_to_pages_and_headings() -> None:
    wrong = []
    for page in pages():
        for _, target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            to = (page.parent / file).resolve() if file else page
            # A page of the site can link only what is in the site.
            inside = to.is_file() and to.is_relative_to(DOCS)
            if not inside or (anchor and anchor not in anchors(to)):
                wrong.append(f"{page.relative_to(DOCS)}: {target}")
    assert wrong == []


def test_every_decision_is_in_the_list_of_decisions() -> None:
    told = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    records = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    assert re.findall(r"\]\((0\d+[^)]+)\)", told) == records
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))


def test_the_reference_names_modules_that_exist() -> None:
    named = [name for page in pages() for name in re.findall(r"^::: ([\w.]+)$", page.read_text("utf-8"), re.MULTILINE)]
    assert len(named) > 30
    assert len(set(named)) == len(named)
    assert [name for name in named if not (REPOSITORY / (name.replace(".", "/") + ".py")).is_file()] == []


class Loaded(html.parser.HTMLParser):
    """What a page of HTML makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") in ("canonical", "next", "prev"):
            return
        place = given.get("href") if tag == "link" else given.get("src") if tag != "a" else None
        if place:
            self.places.append(place)


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    for module in ("mkdocs", "material", "mkdocstrings"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not here; the docs extra brings it")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    built = list((tmp_path / "site").rglob("*.html"))
    assert len(built) > len(pages())
    for page in built:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert [place for place in loaded.places if re.match(r"(https?:)?//", place)] == [], page
    reference = (tmp_path / "site" / "api" / "photos.html").read_text(encoding="utf-8")
    assert 'id="engine.geometry.Box"' in reference
    assert "half-open" in reference
