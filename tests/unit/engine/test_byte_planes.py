"""Stored evidence: packed without loss, read in its first form too, and damage is noticed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.geometry import Box
from engine.localization.byte_planes import pack, unpack
from engine.localization.evidence import Evidence
from engine.localization.localizer import Localizer
from support.photos import shape_photo
from support.tiny_model import CLUSTERING, write_tiny_model

KINDS = st.sampled_from([np.uint8, np.uint16, np.float16, np.float32])
SOME = st.dictionaries(
    st.text(max_size=5), KINDS.flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=3))), min_size=1
)


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_what_is_unpacked_is_what_was_packed(given_arrays: dict[str, np.ndarray]) -> None:
    again = unpack(pack(given_arrays))
    assert again.keys() == given_arrays.keys()
    for name, array in given_arrays.items():
        assert again[name].dtype == array.dtype
        assert again[name].shape == array.shape
        assert again[name].tobytes() == array.tobytes()


@settings(max_examples=40, deadline=None)
@given(SOME, st.data())
def test_damage_is_noticed_or_harmless(given_arrays: dict[str, np.ndarray], data: st.DataObject) -> None:
    packed = bytearray(pack(given_arrays))
    kept = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(ValueError, match=r"cut off|damaged|named|kept|Expecting|decode"):
        unpack(bytes(packed[:kept]))
    packed[kept] ^= data.draw(st.integers(1, 255))
    try:
        unpack(bytes(packed))
    except ValueError:
        return


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    localizer = Localizer.open(write_tiny_model(tmp_path / "tiny.molt", clustering=CLUSTERING))
    return localizer.look(shape_photo(Box(40, 40, 200, 150))).compact()


def first_form(evidence: Evidence) -> bytes:
    """The same evidence as the first form kept it."""
    tensors = unpack(evidence.to_bytes()[4:])
    facts = json.loads(tensors["facts"].tobytes()) | {"version": 2}
    tensors["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    return zlib.compress(safetensors.numpy.save(tensors), level=3)


@pytest.mark.parametrize("form", [Evidence.to_bytes, first_form])
def test_both_forms_give_the_same_maps(evidence: Evidence, form: Callable[[Evidence], bytes]) -> None:
    again = Evidence.from_bytes(form(evidence), evidence.class_names)
    place = ((evidence.top_classes(1)[0][0], 1.0),)
    expected = evidence.scales[0].kept_maps[place].astype(np.float16).astype(np.float32)
    assert np.array_equal(again.scales[0].kept_maps[place], expected)
    assert again.clusters is not None
    assert evidence.clusters is not None
    assert np.array_equal(again.clusters, evidence.clusters)
    assert again.settings == evidence.settings


def test_packing_takes_less_than_the_first_form(evidence: Evidence) -> None:
    assert len(evidence.to_bytes()) < len(first_form(evidence))
