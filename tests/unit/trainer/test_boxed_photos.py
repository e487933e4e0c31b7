"""Boxes that people decided validate and calibrate; they never teach."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.errors import LabelFileError, PhotoError
from engine.geometry import Box
from trainer import boxed_photos
from trainer.boxed_photos import BoxedClass, BoxedPhotos, read_boxed_photos, score_boxes, share_of
from trainer.data import LabelledFile, PhotoSet

EMPTY = LabelSet((), ())


def photo_set(train: str, validation: str) -> PhotoSet:
    def files(names: str) -> tuple[LabelledFile, ...]:
        return tuple(LabelledFile(f"{name}.jpg", (0,)) for name in names)

    return PhotoSet(Path(), ("Cat", "dog"), files(train), files(validation), "", (), "")


def test_boxes_go_where_their_photos_are(tmp_path: Path) -> None:
    box, other = Box(1, 2, 30, 40), Box(5, 5, 20, 20)
    photos = (
        LabelledPhoto("a.jpg", 60, 50, (LabelledBox("cat", box), LabelledBox("bird", other))),
        LabelledPhoto("b.jpg", 60, 50, (LabelledBox("cat", box), LabelledBox("dog", other), LabelledBox("cat", other))),
        LabelledPhoto("c.jpg", 60, 50, ()),
    )
    write_coco(tmp_path / "d.coco.json", LabelSet(("cat", "dog", "bird"), photos))
    found = read_boxed_photos(tmp_path / "d.coco.json", photo_set("ac", "b"))
    assert found.validation == (BoxedClass("b.jpg", 0, (box, other)), BoxedClass("b.jpg", 1, (other,)))
    assert found.others == (BoxedClass("a.jpg", 0, (box,)),)
    assert [(photo.path, [each.class_name for each in photo.boxes]) for photo in found.decided.photos] == [
        ("a.jpg", ["cat"])
    ]
    write_coco(tmp_path / "e.coco.json", LabelSet(("bird",), (replace_boxes(photos[0], LabelledBox("bird", other)),)))
    with pytest.raises(LabelFileError, match="no box of any of the classes Cat, dog"):
        read_boxed_photos(tmp_path / "e.coco.json", photo_set("a", "b"))


def replace_boxes(photo: LabelledPhoto, *boxes: LabelledBox) -> LabelledPhoto:
    return LabelledPhoto(photo.path, photo.width, photo.height, boxes)


def shrinking(path: str) -> Any:
    """A model whose box shrinks as the threshold rises: of side 100 (1 - threshold) from the corner."""
    if path == "broken":
        raise PhotoError("broken")

    def boxes(threshold: float) -> list[Any]:
        side = 100 * (1 - threshold)
        return [SimpleNamespace(box=Box(0, 0, side, side))]

    return SimpleNamespace(heat_map=lambda _: SimpleNamespace(boxes=boxes))


def square(path: str, side: float) -> BoxedClass:
    return BoxedClass(path, 0, (Box(0, 0, side, side),))


def test_the_threshold_comes_from_the_other_photos(tmp_path: Path) -> None:
    validation = (square("a", 50), square("b", 50), square("broken", 50))
    alone = BoxedPhotos(validation, (), EMPTY)
    found = score_boxes(alone, shrinking, 0.1)  # side 90 against 50: IoU 0.31
    assert found is not None
    assert (found.right, found.scored) == (0.0, 2)
    others = tuple(square(f"o{number}", 40) for number in range(8))  # met from threshold 0.45 on
    chosen = score_boxes(BoxedPhotos(validation, others, EMPTY), shrinking, 0.1)
    assert chosen is not None
    assert chosen.right == 1.0
    few = score_boxes(BoxedPhotos(validation, others[:7], EMPTY), shrinking, 0.1)
    assert few == found
    assert score_boxes(BoxedPhotos((), others, EMPTY), shrinking, 0.1) is None


def test_the_interval_is_wilsons() -> None:
    found = share_of(np.array([0.9, 0.5, 0.49, 0.0, 0.7, 0.8, 0.6, 0.3, 0.2, 0.55]))
    assert found is not None
    assert found.right == 0.6
    # Wilson's interval of 6 of 10 as in the textbooks.
    assert (found.low, found.high) == (pytest.approx(0.3127, abs=1e-4), pytest.approx(0.8318, abs=1e-4))
    none = share_of(np.zeros(3))
    assert none is not None
    assert none.low == pytest.approx(0, abs=1e-9)
    assert share_of(np.zeros(0)) is None


def test_too_few_boxes_leave_the_model_as_it_is(tmp_path: Path) -> None:
    boxed = BoxedPhotos((), tuple(square(f"o{number}", 40) for number in range(7)), EMPTY)
    why_not = boxed_photos.calibrate(tmp_path / "m.molt", tmp_path, boxed, tmp_path, threads=1)
    assert why_not is not None
    assert "fewer than 8" in why_not


def test_a_calibration_gets_the_other_photos_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(boxed_photos.calibration_command, "run", lambda options: asked.append(options) or 0)
    photos = tuple(LabelledPhoto(f"o{n}.jpg", 60, 50, (LabelledBox("cat", Box(1, 2, 30, 40)),)) for n in range(8))
    others = tuple(square(f"o{number}.jpg", 40) for number in range(8))
    boxed = BoxedPhotos((square("v.jpg", 9),), others, LabelSet(("cat",), photos))
    assert boxed_photos.calibrate(tmp_path / "m.molt", tmp_path, boxed, tmp_path, threads=2) is None
    (options,) = asked
    assert options.in_place
    assert options.threads == 2
    text = cast(Path, options.boxes).read_text()
    assert "o3.jpg" in text
    assert "v.jpg" not in text
