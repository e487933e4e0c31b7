"""Scoring and calibrating a large JPEG, decoded reduced as all looks decode it, against the whole photo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation import calibration_looks, looking
from engine.evaluation.calibration_looks import LookStore, Subject, look_at_all
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.evaluation.matching import LabelMatcher
from engine.evaluation.records import SubjectScore
from engine.evaluation.score_store import ScoreStore
from engine.evaluation.scoring import Scorer, score_all
from engine.evaluation.variants import variants_of
from engine.geometry import Box, iou
from engine.images import SizedPhoto, read_photo
from engine.localization.localizer import Localizer
from engine.localization.manifest import Manifest
from engine.prelabel.deciding import decode_for
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model

BOX = Box(800, 300, 1501, 1001)
SIZE = (2002, 1501)

Decoding = Callable[[Manifest, Path], SizedPhoto]


def decode_whole(_: Manifest, path: Path) -> SizedPhoto:
    pixels = read_photo(path)
    return SizedPhoto(pixels, pixels.shape[1], pixels.shape[0])


@pytest.fixture
def localizer(tmp_path: Path) -> Localizer:
    return Localizer.open(write_tiny_model(tmp_path / "tiny.molt"), threads=1)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    save_photo(tmp_path / "large.jpg", shape_photo(BOX, *SIZE))
    return Target(("bright",), None, (BOX,))


def test_a_score_is_that_of_the_whole_photo(
    tmp_path: Path, localizer: Localizer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decode_for(localizer.model.manifest, tmp_path / "large.jpg").pixels.shape[1] < SIZE[0] // 2 + 2
    truth = GroundTruth("one", tmp_path, (), lambda: iter([TruePhoto("large.jpg", *SIZE, (target,))]))
    scorer = Scorer(localizer, LabelMatcher(localizer.names, 3), {}, 0.4, variants_of(localizer.model.manifest))

    def scored(name: str, decode: Decoding) -> SubjectScore:
        monkeypatch.setattr(looking, "decode_for", decode)
        store = ScoreStore(tmp_path / name, {})
        list(score_all(truth, store, scorer, range(1)))
        assert store.failures(1) == []
        (found,) = store.scores()
        store.close()
        return found

    reduced, whole = scored("reduced", decode_for), scored("whole", decode_whole)
    assert (reduced.width, reduced.height) == (whole.width, whole.height) == SIZE
    assert iou(reduced.proposed[0], whole.proposed[0]) > 0.97
    assert reduced.ious.shape == whole.ious.shape
    assert np.median(np.abs(reduced.ious - whole.ious)) < 0.02


def test_a_calibration_sees_the_whole_photo(
    tmp_path: Path, localizer: Localizer, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def boxes(name: str, decode: Decoding) -> list[Box]:
        monkeypatch.setattr(calibration_looks, "decode_for", decode)
        failures: list[str] = []
        with closing(LookStore(tmp_path / name, "same")) as store:
            (sample,) = look_at_all(
                [Subject("large.jpg", target, *SIZE)],
                tmp_path,
                localizer,
                lambda _subject, _evidence: ((0, 1.0),),
                store,
                mirror=True,
                on_failure=lambda _, sentence: failures.append(sentence),
            )
        assert failures == []
        assert sample.mirrored is not None
        found = []
        for seen in (sample.seen, sample.mirrored):
            assert (seen.plain.photo_width, seen.plain.photo_height) == SIZE
            found.append(seen.plain.heat_map(0).boxes(0.4)[0].box)
        return found

    for reduced, whole in zip(boxes("reduced", decode_for), boxes("whole", decode_whole), strict=True):
        assert iou(reduced, whole) > 0.97
