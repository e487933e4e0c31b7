"""Offered filters and their counts, against the search that they stand for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.photo_filters import offered, with_term
from app.photo_query import Known, parse_query
from engine.dataset.project_records import BoxFacts, ClassRow, PhotoRow, PhotoState
from engine.localization.naming import fold_name

CLASSES = (ClassRow(1, "cat", "1", 0), ClassRow(2, "wild-cat", "2", 1), ClassRow(3, "dog", "3", 2))
NOTES = ("", "Steady box", "Box jumps at 0.55", "Scales disagree", "Class in doubt", "Too small to box at 0.34")

_photos = st.lists(
    st.tuples(
        st.sampled_from(list(PhotoState)),
        st.sampled_from([None, 1, 2, 3]),
        st.sampled_from(NOTES),
        st.none()
        | st.builds(
            BoxFacts,
            st.integers(0, 3),
            st.none() | st.sampled_from([0.1, 0.5, 0.7, 0.8, 0.9]),
            st.frozensets(st.sampled_from([1, 2, 3])),
        ),
    ),
    max_size=12,
)


@given(_photos)
def test_a_count_is_what_the_search_finds(made) -> None:
    rows = [
        PhotoRow(number, f"{number}.jpg", 10, 10, state, None, 1, 1, label, 0.2, note)
        for number, (state, label, note, _) in enumerate(made)
    ]
    boxes = {number: facts for number, (*_, facts) in enumerate(made) if facts is not None}
    known = Known({row.id: row.path for row in rows}, {row.id: fold_name(row.name) for row in CLASSES}, boxes)
    seen = set()
    for group in offered(rows, known, CLASSES):
        for offer in group.offers:
            query = parse_query(offer.term)
            assert query.problem == ""
            assert len(query.among(rows, known)) == offer.count > 0
            seen.add(offer.term)
    whole = {term for term in ("boxes=0", "boxes=1", "boxes>1") if parse_query(term).among(rows, known)}
    assert whole == {term for term in seen if term.startswith("boxes")}


def test_a_filter_takes_the_place_of_another_of_its_kind() -> None:
    assert with_term('img class="big cat" -score<0.4', "class", 'class="dog"') == 'img -score<0.4 class="dog"'
    assert with_term("score>=0.5 score<0.8 img", "score", "") == "img"
    assert with_term("class", "class", "class=cat") == "class class=cat"
    assert with_term("", "boxes", "boxes=0") == "boxes=0"
