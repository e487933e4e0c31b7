"""Labels from a table: several classes a photo, none, and which photos validate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.dataset.project import Project
from engine.dataset.project_records import FoundPhoto
from engine.dataset.training_labels import plan_training, write_training_files
from engine.errors import MoltboxError
from support.photos import save_photo
from trainer.data import LabelledFile, PhotoSet
from trainer.label_table import read_labelled_photos


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in "abcdef":
        save_photo(tmp_path / "photos" / f"{name}.png", np.full((12, 12, 3), ord(name), np.uint8))
    return tmp_path / "photos"


def read(root: Path, *lines: str, heading: str = "image,class,split", seed: int = 0) -> PhotoSet:
    table = root.parent / "labels.csv"
    table.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    return read_labelled_photos(root, table, seed=seed)


def test_rows_of_one_photo_are_its_classes_and_none_is_a_negative(root: Path) -> None:
    photos = read(root, "b.png,dog,train", "b.png,cat,train", "a.png,cat,", "c.png,,train", "d.png,dog,val")
    assert photos.class_names == ("cat", "dog")
    assert photos.train == (
        LabelledFile("b.png", (0, 1)),
        LabelledFile("a.png", (0,)),
        LabelledFile("c.png", ()),
    )
    assert photos.validation == (LabelledFile("d.png", (1,)),)
    assert photos.several
    assert photos.train_counts() == {"cat": 2, "dog": 1}
    assert photos.split == "as labels.csv says"


def test_one_class_each_is_the_plain_case(root: Path) -> None:
    assert not read(root, "a.png,cat,train", "b.png,dog,train", "c.png,dog,val").several


def test_without_val_a_part_is_set_aside_of_what_is_not_said_to_train(root: Path) -> None:
    photos = read(root, *(f"{name}.png,{'cat' if name < 'd' else 'dog'},train" for name in "abcd"), "e.png,dog,")
    assert photos.validation == ()  # the last of its kind that may be set aside stays for training
    photos = read(root, "a.png,cat,train", "b.png,cat,", "c.png,cat,", "d.png,dog,train", "e.png,dog,", "f.png,dog,")
    assert {file.path for file in photos.validation} <= {"b.png", "c.png", "e.png", "f.png"}
    assert [file.class_index for file in photos.validation] == [0, 1]
    assert "held out" in photos.split


def test_a_photo_that_is_gone_is_left_for_later(root: Path) -> None:
    photos = read(root, "a.png,cat,train", "gone.png,dog,train", "b.png,dog,train")
    assert len(photos.train) == 3


def test_other_classes_are_another_fingerprint(root: Path) -> None:
    one = read(root, "a.png,cat,train", "b.png,dog,train")
    assert read(root, "a.png,cat,train", "b.png,dog,train", seed=3).fingerprint == one.fingerprint
    assert read(root, "a.png,dog,train", "b.png,cat,train").fingerprint != one.fingerprint


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["a.png,cat,train"], r"one class only \(cat\)"),
        (["a.png,,train"], "names no class"),
        (["a.png,cat,test"], "labels.csv, line 2 has the split 'test'"),
        (["a.png,cat,train", "a.png,dog,val"], "line 3 says val of a.png; an earlier line train"),
        (["../a.png,cat,train"], "line 2, image"),
        (["a.png,cat"], "2 columns"),
        (["a.png,cat,train", "b.png,dog,val"], "No photo to train on shows 'dog'"),
    ],
)
def test_what_cannot_be_trained_on_is_said(root: Path, lines: list[str], sentence: str) -> None:
    with pytest.raises(MoltboxError, match=sentence):
        read(root, *lines)


def test_one_class_and_photos_without_it_will_do(root: Path) -> None:
    assert read(root, "a.png,cat,train", "b.png,,train").class_names == ("cat",)


def test_another_heading_is_refused(root: Path) -> None:
    with pytest.raises(MoltboxError, match="expected image,class,split"):
        read(root, "cat,a.png,", heading="class,image,split")


def test_names_that_a_spreadsheet_would_run_are_guarded_in_the_file_and_learnt_as_they_are(tmp_path: Path) -> None:
    paths = [f"{name}/{place}.png" for name in ("=cat", "dog;+1") for place in range(3)]
    for path in paths:
        save_photo(tmp_path / path, np.zeros((12, 12, 3), np.uint8))
    with Project.open(tmp_path) as project:
        labels = {path: (path.split("/")[0],) for path in paths}
        project.add_photos([FoundPhoto(path, 1, 1) for path in paths], folder_labels=labels)
        table, _ = write_training_files(project, plan_training(project), tmp_path)
    assert table.read_text().splitlines()[1::3] == ["'=cat/0.png,'=cat,", "dog;'+1/0.png,dog;'+1,"]
    photos = read_labelled_photos(tmp_path, table, seed=0)
    assert photos.class_names == ("=cat", "dog;+1")
    assert {file.path for file in (*photos.train, *photos.validation)} == set(paths)
