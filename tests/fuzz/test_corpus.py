"""Every kept input of the fuzzers, and some hundred changes of sound files: a sentence or sound data, quickly."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import fuzz_readers
from support.fuzz_corpus import Case, cases
from support.fuzz_readers import READERS, feed

LONGEST_S = 10.0
MOST_MEMORY_GROWTH_MB = 500
CASES = [case for reader in READERS for case in cases(reader)]
REFUSED = {
    "coco": ("path_up", "path_absolute", "path_drive", "path_share", "path_nul", "endless_width", "deep", "empty"),
    "voc": ("entity_bomb", "external_entity", "path_up", "path_share", "empty"),
    "yolo": ("classes_behind_a_link", "laughs", "python_object", "deep", "thirteenth_month"),
    "table": ("path_up", "huge_number", "endless_cell"),
    "classes": ("path_up", "path_absolute", "device_or_drive", "open_quote", "not_utf_8", "empty"),
    "journal": ("deep", "endless_box", "endless_anchor", "path_up", "size_of_nothing", "empty"),
    "model": ("side_of_a_million_million", "network_path_up", "tensor_larger_than_the_world", "part_name_not_utf8"),
    "project": (
        "photo_path_up",
        "photo_path_backslash",
        "photo_path_absolute",
        "trigger",
        "view_for_photo",
        "cut_in_the_middle",
        "zeros",
    ),
    "photo": ("png_60000_pixels_square", "png_with_nothing_in_it", "gif_60000_pixels_square", "empty", "text"),
}


@pytest.fixture(scope="module", autouse=True)
def guard() -> None:
    fuzz_readers.stand_guard()


def most_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.reader}-{case.name}")
def test_a_kept_input_ends_in_a_sentence_or_in_sound_data(case: Case, tmp_path: Path) -> None:
    before_mb, started_s = most_memory_mb(), time.monotonic()
    sentence = feed(case.reader, case.data, tmp_path)
    assert time.monotonic() - started_s < LONGEST_S
    assert most_memory_mb() - before_mb < MOST_MEMORY_GROWTH_MB
    if case.name in REFUSED[case.reader]:
        assert sentence is not None


def test_every_trick_is_there() -> None:
    there = {(case.reader, case.name) for case in CASES}
    assert there >= {(reader, name) for reader, names in REFUSED.items() for name in names}


@pytest.mark.parametrize("reader", list(READERS))
def test_seeds_are_taken(reader: str, tmp_path: Path) -> None:
    for number, data in enumerate(READERS[reader].seeds(tmp_path)):
        place = tmp_path / str(number)
        place.mkdir()
        told = feed(reader, data, place)
        assert told is None or reader in ("model", "table", "yolo"), told


@pytest.mark.parametrize("reader", list(READERS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_end_in_a_sentence_or_in_sound_data(
    reader: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seeds = READERS[reader].seeds(tmp_path_factory.mktemp("seeds"))
    raw = bytearray(data.draw(st.sampled_from(seeds)))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    feed(reader, bytes(raw), tmp_path_factory.mktemp("place"))
