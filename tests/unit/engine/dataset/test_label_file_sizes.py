"""How large a label file may be, by its kind, and what it may cost to read one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.dataset import voc_fields
from engine.dataset.coco import read_coco
from engine.dataset.foreign import ENTRY_LIMIT_BYTES, fields_of
from engine.dataset.image_sets import read_image_sets
from engine.dataset.label_sources import recognise
from engine.dataset.table import read_box_table, read_label_table
from engine.dataset.voc import read_voc, read_voc_file
from engine.dataset.yolo import class_names_of, read_yolo
from engine.errors import LabelFileError


def of_size(path: Path, size_bytes: int, start: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size_bytes)


@pytest.mark.parametrize(
    ("name", "limit_bytes", "read"),
    [
        ("a.xml", 5_000_000, lambda folder: read_voc(folder)),
        ("labels/a.txt", 5_000_000, lambda folder: read_yolo(folder, [("a.jpg", 10, 10)])),
        ("data.yaml", 20_000_000, lambda folder: class_names_of(folder)),
        ("classes.txt", 20_000_000, lambda folder: class_names_of(folder)),
        ("cat_train.txt", 20_000_000, lambda folder: read_image_sets(folder)),
        ("a.json", 1_000_000_000, lambda folder: read_coco(folder / "a.json")),
        ("a.csv", 1_000_000_000, lambda folder: read_label_table(folder / "a.csv")),
        ("b.csv", 1_000_000_000, lambda folder: read_box_table(folder / "b.csv")),
        ("c.csv", 1_000_000_000, lambda folder: recognise(folder / "c.csv")),
    ],
)
def test_a_file_above_the_limit_of_its_kind_is_refused_unread(
    tmp_path: Path, name: str, limit_bytes: int, read: Callable[[Path], object]
) -> None:
    if name.startswith("labels/"):
        (tmp_path / "classes.txt").write_text("cat\n")
    of_size(tmp_path / name, limit_bytes + 1, b"a 1\n")
    with pytest.raises(LabelFileError, match=f"{Path(name).name} has {limit_bytes + 1:,} bytes; .* {limit_bytes:,}"):
        read(tmp_path)


def test_a_file_as_large_as_the_limit_is_read(tmp_path: Path) -> None:
    text = b"<annotation><filename>a.jpg</filename>%s</annotation>"
    (tmp_path / "a.xml").write_bytes(text % (b" " * (5_000_000 - len(text) + 2)))
    assert (tmp_path / "a.xml").stat().st_size == 5_000_000
    assert read_voc_file(tmp_path / "a.xml").path == "a.jpg"


def test_a_flood_of_elements_is_kept_up_to_its_limit_and_looked_at_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xml").write_text(f"<annotation><filename>a.jpg</filename>{'<p/>' * 50_000}</annotation>")
    turned = []
    text_of = voc_fields._text
    monkeypatch.setattr(voc_fields, "_text", lambda element: turned.append(1) or text_of(element))
    kept = fields_of(read_voc_file(tmp_path / "a.xml").foreign, "voc")
    assert len(turned) < 25_000
    assert 10_000 < len(kept) < len(turned)  # the limit of bytes cuts first: nothing that has room is lost
    assert set(kept.values()) == {"<p />"}
    assert len("".join(kept.values())) < ENTRY_LIMIT_BYTES


def test_a_table_is_not_held_whole_while_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w") as file:
        file.write("image,class\n")
        file.writelines("a.jpg,cat\n" for _ in range(30_000))
    tracemalloc.start()
    try:
        assert read_label_table(tmp_path / "a.csv") == {"a.jpg": ("cat",)}
        most_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most_bytes < 200_000  # the file has 300,000


def test_broken_letters_far_down_a_table_end_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"image,class\n" + b"a.jpg,cat\n" * 5000 + b"\xff\n")
    for read in (read_label_table, read_box_table):
        with pytest.raises(LabelFileError, match=r"a\.csv (is not UTF-8 text|has no column width)"):
            read(tmp_path / "a.csv")
