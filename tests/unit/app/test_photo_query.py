"""What is typed into the search field, against a plain reading of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.photo_order import in_order
from app.photo_query import Known, parse_query
from engine.dataset.project_records import BoxFacts, PhotoRow, PhotoState
from engine.localization.naming import fold_name


def photo(number: int, path: str, state: PhotoState = PhotoState.PROPOSED, label: int | None = None, need: float = 0.2):
    return PhotoRow(number, path, 10, 10, state, None, 1, 1, label, need, "")


CLASSES = {1: "tabby cat", 2: "dog", 3: "sea lion"}
PHOTOS = [
    photo(1, "cats/IMG_1.jpg", label=1, need=0.9),
    photo(2, "dogs/IMG_2.jpg", PhotoState.REVIEWED, label=2),
    photo(3, "dogs/old/Sea-Lion 3.jpg", PhotoState.NEW),
    photo(4, "score.jpg", PhotoState.FAILED, label=3),
]
BOXES = {1: BoxFacts(2, 0.31, frozenset({1, 2})), 2: BoxFacts(1, None, frozenset({2}))}


def found(text: str) -> list[int]:
    words = {each.id: fold_name(each.path) for each in PHOTOS}
    return [each.id for each in parse_query(text).among(PHOTOS, Known(words, CLASSES, BOXES))]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [1, 2, 3, 4]),
        ("img", [1, 2]),
        ("IMG dog", [1, 2]),
        ("class:dog", [1, 2]),
        ('class:"tabby cat"', [1]),
        ('"sea lion"', [3, 4]),
        ("sea_lion", [3, 4]),
        ("-class:dog", [3, 4]),
        ("folder:dogs", [2, 3]),
        ("state:reviewed", [2]),
        ("state:NEW", [3]),
        ("-state:failed img", [1, 2]),
        ("score<0.5", [1]),
        ("score<0,5", [1]),
        ("score>=0.32", []),
        ("need>0.6", [1]),
        ("boxes=0", [3, 4]),
        ("boxes:1", [2]),
        ("boxes>0 class:cat", [1]),
        ("score", [4]),
        ("img:1", []),
    ],
)
def test_a_search_finds_the_photos_it_means(text: str, ids: list[int]) -> None:
    assert found(text) == ids
    assert parse_query(text).problem == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("state:done", "one of new, review"), ("score<high", "score expects a figure"), ("class:", "expects a word")],
)
def test_what_is_not_understood_is_said_and_the_rest_counts(text: str, expected: str) -> None:
    query = parse_query(f"{text} img" if text != "class:" else 'class:"" img')
    assert expected in query.problem
    assert found(f"{text} img" if text != "class:" else 'class:"" img') == [1, 2]


@given(st.text(max_size=40))
def test_any_text_can_be_searched_for(text: str) -> None:
    every = found(text)
    assert every == sorted(every)
    assert isinstance(parse_query(text).problem, str)


def test_orders_keep_the_natural_order_among_equals() -> None:
    assert [each.id for each in in_order(PHOTOS, "name", CLASSES, BOXES)] == [1, 2, 3, 4]
    assert [each.id for each in in_order(PHOTOS, "need", CLASSES, BOXES)] == [1, 2, 3, 4]
    assert [each.id for each in in_order(PHOTOS[::-1], "need", CLASSES, BOXES)] == [1, 4, 3, 2]
    assert [each.id for each in in_order(PHOTOS, "class", CLASSES, BOXES)] == [2, 4, 1, 3]
    assert [each.id for each in in_order(PHOTOS[::-1], "score", CLASSES, BOXES)] == [1, 4, 3, 2]
