"""What the fuzzers feed: every reader of foreign bytes, with seeds that we make and the rules that must hold.

A reader may refuse with a `MoltboxError` of one line. Anything else that it raises, a path that leaves the chosen
folder, a file opened outside it and a connection are faults, and so is what it took but cannot write and read again.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

import cv2
import numpy as np
from PIL import Image, features

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.image_sets import read_image_sets
from engine.dataset.label_sources import read_labels, recognise
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import as_text, read_box_table, read_label_table, write_box_table
from engine.dataset.voc import read_voc, write_voc
from engine.dataset.yolo import read_yolo, write_yolo
from engine.errors import MoltboxError
from engine.geometry import Box
from engine.images import decode_sized, read_header, read_photo
from engine.localization.model_file import ModelFile
from engine.prelabel.journal import Journal, JournalFile, RunFacts
from engine.prelabel.labels import digest, label_source, why_unfit
from engine.prelabel.results import FoundClass, PhotoResult
from engine.prelabel.spool import Spool

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_SENTENCE = 1500
_OWN_PLACES = tuple(str(Path(each).resolve()) for each in (sys.prefix, sys.base_prefix, REPOSITORY, "/proc", "/sys"))
_DIVIDER = b"\x00\x00"

watched: Path | None = None
"""The folder outside which no file may be opened just now."""


class Escape(BaseException):
    """A reader reached for what is not its own; no reader can swallow it."""


@dataclass(frozen=True)
class Reader:
    """One fuzzed reader. read: takes bytes and an empty folder; seeds: sound input; words: what the mutator may use."""

    read: Callable[[bytes, Path], None]
    seeds: Callable[[Path], list[bytes]]
    words: tuple[str, ...] = ()
    most_bytes: int = 4096
    instrumented: tuple[str, ...] = ("engine",)


def stand_guard() -> None:
    """From now on whoever opens a file outside the `watched` folder, or a connection, is stopped."""
    sys.addaudithook(_watch)


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[None]:
    """Only files in `folder` may be opened in the block."""
    global watched
    watched = folder.resolve()
    try:
        yield
    finally:
        watched = None


def _watch(event: str, words: tuple[object, ...]) -> None:
    if watched is None:
        return
    if event.startswith(("socket.connect", "socket.getaddrinfo", "subprocess", "os.system", "os.exec")):
        raise Escape(f"{event} {words}")
    if event == "open" and isinstance(words[0], str | bytes):
        name = words[0].decode("utf-8", "replace") if isinstance(words[0], bytes) else words[0]
        place = Path(name).resolve()
        if not place.is_relative_to(watched) and not str(place).startswith(_OWN_PLACES):
            raise Escape(f"{place} is outside {watched}")


def feed(name: str, data: bytes, folder: Path) -> str | None:
    """Gives a reader bytes in an empty folder; answers its sentence where it refused, None where it took them.

    Raises:
        AssertionError, Escape, or whatever a reader must not raise.
    """
    try:
        with watching(folder):
            READERS[name].read(data, folder)
    except MoltboxError as error:
        sentence = str(error)
        assert sentence.strip(), "an empty sentence"
        assert len(sentence.splitlines()) == 1, f"more than one line: {sentence!r}"
        assert len(sentence) <= LONGEST_SENTENCE, f"a sentence of {len(sentence)} letters"
        return sentence
    return None


def _within(path: str) -> None:
    assert path, "an empty path"
    assert "\\" not in path
    assert "\x00" not in path
    for pure in (PurePosixPath(path), PureWindowsPath(path)):
        assert not pure.is_absolute(), path
        assert not pure.drive, path
        assert ".." not in pure.parts, path


def _check(found: LabelSet) -> None:
    for photo in found.photos:
        _within(photo.path)
        for labelled in photo.boxes:
            assert 0 <= labelled.box.x0 < labelled.box.x1
            assert 0 <= labelled.box.y0 < labelled.box.y1
            assert not photo.width or labelled.box.x1 <= photo.width
            assert labelled.class_name.strip() == labelled.class_name != ""


def _sized(found: LabelSet) -> LabelSet:
    """The photos that can be written: whose size is known."""
    fit = tuple(photo for photo in found.photos if photo.width and photo.height)
    return LabelSet(found.class_names, fit, found.class_source_ids, found.class_foreign, found.foreign)


def _link_out(path: Path) -> None:
    """Makes a link that leads out of the folder: the guard stops whoever follows it."""
    path.unlink(missing_ok=True)
    path.symlink_to("/etc/passwd")


def _coco(data: bytes, folder: Path) -> None:
    (folder / "a.json").write_bytes(data)
    found = read_coco(folder / "a.json")
    _check(found)
    found = _sized(found)
    write_coco(folder / "b.json", found)
    again = read_coco(folder / "b.json")
    assert [(each.path, len(each.boxes)) for each in again.photos] == [
        (each.path, len(each.boxes)) for each in found.photos
    ]


def _voc(data: bytes, folder: Path) -> None:
    (folder / "Annotations" / "sub").mkdir(parents=True, exist_ok=True)
    (folder / "Annotations" / "a.xml").write_bytes(data)
    _link_out(folder / "Annotations" / "sub" / "b.xml")
    read_labels(recognise(folder), [("a.jpg", 64, 48)])
    found = read_voc(folder)
    _check(found)
    out = folder / "out"
    report = write_voc(out, _sized(found))
    if report.photo_count:
        assert read_voc(out).box_count == report.box_count


def _yolo(data: bytes, folder: Path) -> None:
    names, _, lines = data.partition(_DIVIDER)
    (folder / "labels").mkdir(exist_ok=True)
    (folder / "data.yaml").unlink(missing_ok=True)
    if names:
        (folder / "data.yaml").write_bytes(names)
    (folder / "labels" / "a.txt").write_bytes(lines)
    _link_out(folder / "labels" / "b.txt")
    _link_out(folder / "classes.txt")
    found = read_yolo(folder, [("a.jpg", 640, 480)])
    _check(found)
    report = write_yolo(folder / "out", found)
    again = read_yolo(folder / "out", [("a.jpg", 640, 480)])
    assert again.box_count == report.box_count
    assert again.class_names == found.class_names


def _table(data: bytes, folder: Path) -> None:
    (folder / "a.csv").write_bytes(data)
    (folder / "cat_train.txt").write_bytes(data)
    _link_out(folder / "dog_train.txt")
    for read in (read_label_table, lambda path: read_image_sets(path.parent)):
        with contextlib.suppress(MoltboxError):
            for path in read(folder / "a.csv"):
                _within(path)
    recognise(folder / "a.csv")
    found = read_box_table(folder / "a.csv")
    _check(found)
    write_box_table(folder / "b.csv", found, overwrite=True)
    again = read_box_table(folder / "b.csv")
    assert [(each.path, each.boxes) for each in again.photos] == [(each.path, each.boxes) for each in found.photos]


def _classes(data: bytes, folder: Path) -> None:
    """A table as `moltbox propose --classes` takes it."""
    table = folder / "a.csv"
    table.write_bytes(data)
    assert len(digest(str(table))) == 64
    labels = label_source(str(table), folder)
    found = read_label_table(table)
    with (folder / "b.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "class"))
        for path, names in found.items():
            _within(path)
            assert labels(path) == names
            assert why_unfit(path, labels) is None
            writer.writerows((as_text(path), as_text(name)) for name in names)
    if found:
        assert read_label_table(folder / "b.csv") == found


def _journal(data: bytes, folder: Path) -> None:
    (folder / "proposals.jsonl").write_bytes(data)
    journal = JournalFile(folder / "proposals.jsonl")
    assert journal.facts.difference(journal.facts) == ""
    assert len(list(journal.marks())) <= len(journal.places)
    spool = Spool([journal], journal.places)
    assert len(list(spool.results())) == len(journal.places)
    report = write_coco(folder / "b.json", spool.label_set())
    again = read_coco(folder / "b.json")
    assert (len(again.photos), again.box_count) == (report.photo_count, report.box_count)
    _check(again)


def _model(data: bytes, folder: Path) -> None:
    path = folder / "a.molt"
    kind, body = (data[0] % 4, data[1:]) if data else (0, b"")
    if kind == 0:
        path.write_bytes(body)
    else:
        parts = dict(_model_parts())
        parts[("manifest.json", "networks/trunk.onnx", "head.safetensors")[kind - 1]] = body
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
    model = ModelFile.read(path)
    assert model.class_names
    assert all(np.isfinite(head.weight).all() for head in model.heads.values())


def _photo(data: bytes, folder: Path) -> None:
    path = folder / "a.jpg"
    path.write_bytes(data)
    header = read_header(path)
    assert header.width > 0
    assert header.height > 0
    if header.width * header.height > 16_000_000:  # what large ones cost is tried by the tests, not by each mutant
        return
    pixels = read_photo(path)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    sized = decode_sized(data, "a.jpg", lambda _width, _height: (8, 8))
    assert min(sized.width, sized.height) > 0


def _project(data: bytes, folder: Path) -> None:
    home = folder / ".moltbox"
    home.mkdir(exist_ok=True)
    for old in home.iterdir():
        if old.is_file():
            old.unlink()
        else:
            for inner in old.iterdir():
                inner.unlink()
    (home / "project.sqlite").write_bytes(data)
    for read_only in (True, False):
        with Project.open(folder, read_only=read_only) as project:
            rows = project.photos()
            for row in rows[:50]:
                _within(row.path)
                project.content(row.id)
                project.labels(row.id)
            project.counts()
            project.classes()
            project.box_facts()
            list(project.decided_boxes())
            list(project.events())
            project.setting("threshold:all")
            label_set = project.label_set("all", include_proposals=True)
            for each in label_set.photos:
                _within(each.path)
            if not read_only and rows:
                project.put_content(PhotoContent(rows[0].id, PhotoState.REVIEWED, ()), event="draw")


# Seeds


def _label_set() -> LabelSet:
    boxes = (
        LabelledBox("cat", Box(1, 2, 30, 40), 0.5, "accepted", truncated=True),
        LabelledBox("=Hündin", Box(0, 0, 64, 48), difficult=True),
    )
    photos = (LabelledPhoto("a.jpg", 64, 48, boxes, verified=True), LabelledPhoto("sub/b.png", 5, 5, ()))
    return LabelSet(("cat", "=Hündin"), photos)


def _coco_seeds(folder: Path) -> list[bytes]:
    write_coco(folder / "seed.json", _label_set())
    foreign = {
        "info": {"year": 2017},
        "licenses": [{"id": 1, "name": "x", "url": "y"}],
        "images": [{"id": 7, "file_name": "a.jpg", "width": 64, "height": 48, "license": 1}],
        "annotations": [
            {"id": 5, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 1,
             "segmentation": [[1, 2, 3, 4, 5, 6]], "score": 0.9}
        ],
        "categories": [{"id": 3, "name": "cat", "supercategory": "animal"}],
    }  # fmt: skip
    return [(folder / "seed.json").read_bytes(), json.dumps(foreign).encode()]


def _voc_seeds(folder: Path) -> list[bytes]:
    write_voc(folder / "seed", _label_set())
    foreign = (
        b"<annotation><folder>x</folder><filename>a.jpg</filename><path>C:\\x\\a.jpg</path><source><database>Unknown"
        b"</database></source><size><width>64</width><height>48</height><depth>3</depth></size><segmented>0</segmented>"
        b"<object><name>cat</name><pose>Left</pose><bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>64</xmax><ymax>48</ymax>"
        b"</bndbox><part><name>head</name></part></object></annotation>"
    )
    return [*(path.read_bytes() for path in sorted((folder / "seed" / "Annotations").rglob("*.xml"))), foreign]


def _yolo_seeds(_: Path) -> list[bytes]:
    lines = b"0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.05 0.05 0.9\n\n"
    return [
        b"names:\n  0: cat\n  1: dog\n" + _DIVIDER + lines,
        b'# Boxes made with Moltbox\npath: .\nnames: ["cat", yes]\nnc: 2\n' + _DIVIDER + lines,
        b"a: &a [1]\nnames: [*a, x]\n" + _DIVIDER + b"0 1 1 1 1",
    ]


def _table_seeds(folder: Path) -> list[bytes]:
    write_box_table(folder / "seed.csv", _label_set())
    return [
        (folder / "seed.csv").read_bytes(),
        b"image;width;height;class;x0;y0;x1;y1\na.jpg;64;48;cat;1;2;3;4\nb.jpg;5;5;;;;;\n",
        b'filename,label\na.jpg,cat\na.jpg,"dog, big"\n',
        b"a 1\nb -1\nc 0\n",
    ]


def _classes_seeds(_: Path) -> list[bytes]:
    return [
        b"image,class\na.jpg,cat\nsub/b.jpg,dog\na.jpg,dog\n",
        b"Filename;Label\n'=a.jpg;'-cat\nb.jpg;\"a;'+b\"\n",
        b"a.jpg\tcat\n\nb.jpg\tdog\n",
    ]


def _journal_seeds(folder: Path) -> list[bytes]:
    path = folder / "seed.jsonl"
    facts = RunFacts("0f" * 32, "tiny", 0.3, "model", "folder", ("cat",), "cpu", {"cat": ((0, 1.0), (3, 0.5))})
    journal = Journal.start(path, facts)
    boxes = ((1.0, 2.0, 30.0, 40.0, 0.5), (0.0, 0.0, 64.0, 48.0, 1.0))
    journal.add(PhotoResult("a.jpg", 64, 48, (FoundClass("cat", True, boxes), FoundClass("dog", False, ()))), (9, 12))
    journal.add(PhotoResult.failed("sub/b.jpg", "It cannot be read."))
    journal.finish(2)
    journal.close()
    whole = path.read_bytes()
    return [whole, whole + b'{"gone":"a.jpg"}\n{"anchors":{"cat":[[0,1.0]]}}\n{"pho']


_parts: dict[str, bytes] = {}


def _model_parts() -> dict[str, bytes]:
    if not _parts:
        with zipfile.ZipFile(REPOSITORY / "tests" / "fuzz" / "seed.molt") as archive:
            _parts.update({name: archive.read(name) for name in archive.namelist()})
    return _parts


def _model_seeds(_: Path) -> list[bytes]:
    whole = (REPOSITORY / "tests" / "fuzz" / "seed.molt").read_bytes()
    return [b"\x00" + whole, *(bytes([kind]) + part for kind, part in enumerate(_model_parts().values(), start=1))]


def _photo_seeds(_: Path) -> list[bytes]:
    generator = np.random.default_rng(3)
    colours = generator.integers(0, 255, (9, 12, 3), dtype=np.uint8)
    seeds = []
    for suffix in (".jpg", ".png", ".webp", ".tif", ".bmp", ".ppm"):
        seeds.append(cv2.imencode(suffix, colours)[1].tobytes())
    if features.check("jpg_2000"):  # OpenCV's encoder wants larger pictures, and leaves a file behind where it fails
        buffer = io.BytesIO()
        Image.fromarray(colours).save(buffer, "JPEG2000")
        seeds.append(buffer.getvalue())
    for mode, kind in (("CMYK", "JPEG"), ("L", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("I;16", "PNG"), ("1", "TIFF"),
                       ("P", "GIF"), ("LA", "PNG"), ("RGBA", "WEBP"), ("CMYK", "TIFF")):  # fmt: skip
        picture = Image.fromarray(colours)
        picture = Image.fromarray(colours[:, :, 0].astype(np.uint16) * 200) if mode == "I;16" else picture.convert(mode)
        buffer = io.BytesIO()
        more = {"save_all": True, "append_images": [picture.copy()]} if kind == "GIF" else {}
        exif = Image.Exif()
        exif[0x0112] = 6
        if kind in ("JPEG", "PNG", "WEBP"):
            more["exif"] = exif
        picture.save(buffer, kind, **more)
        seeds.append(buffer.getvalue())
    return seeds


def _project_seeds(folder: Path) -> list[bytes]:
    with Project.open(folder) as project:
        project.add_photos([FoundPhoto("a.jpg", 1, 1), FoundPhoto("sub/b.jpg", 2, 2)])
        cat = project.class_named("cat").id
        box = BoxRow(0, cat, Box(1, 2, 3, 4), BoxState.DRAWN)
        project.put_content(PhotoContent(1, PhotoState.REVIEWED, (box,)), event="draw")
        project.put_setting("threshold:all", 0.3)
    path = folder / ".moltbox" / "project.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA page_size = 512")
    connection.execute("VACUUM")
    connection.close()
    return [path.read_bytes()]


_NUMBERS = ("1e999", "-1", "NaN", "1e308", "9007199254740993", "0x10", "١", "1_0", "true", "null")
_PATHS = ("../../etc/passwd", "/etc/passwd", "C:\\\\x", "\\\\\\\\srv\\\\share", "CON", "a:b", "..")

READERS: dict[str, Reader] = {
    "coco": Reader(
        _coco, _coco_seeds,
        (*_NUMBERS, *_PATHS, '"images":', '"annotations":', '"categories":', '"file_name":', '"bbox":[', '"iscrowd":1',
         '"moltbox":', '"segmentation":', '"licenses":[', "[[[[[[[[", '{"id":1}', "\\ud800"),
        instrumented=("engine", "json"),
    ),
    "voc": Reader(
        _voc, _voc_seeds,
        (*_NUMBERS, *_PATHS, "<object>", "</object>", "<bndbox>", "<!DOCTYPE a [", '<!ENTITY a "b">', "&a;",
         'SYSTEM "file:///etc/passwd"', '<?xml version="1.0" encoding="utf-16"?>', "<filename>", "<!--", "<![CDATA[",
         ' verified="yes"', ' moltbox="edges"', ' xmlns:a="b"', "<a:b/>", "<size>", "<part>"),
        instrumented=("engine", "defusedxml", "xml"),
    ),
    "yolo": Reader(
        _yolo, _yolo_seeds,
        (*_NUMBERS, *_PATHS, "names:", "- ", "&a", "*a", "<<: *a", "!!python/object/apply:os.system", "!!binary ",
         "? [a]", "{a: b}", "2001-01-01", "|", "0: "),
        instrumented=("engine", "yaml"),
    ),
    "table": Reader(
        _table, _table_seeds,
        (*_NUMBERS, *_PATHS, "image,width,height,class,x0,y0,x1,y1,score,state,verified\n", '"', '""', "=cmd|", "'=",
         "@SUM", "\ufeff", "\r\n", "\t"),
        instrumented=("engine", "csv"),
    ),
    "classes": Reader(
        _classes, _classes_seeds,
        (*_NUMBERS, *_PATHS, "image,class\n", '"', '""', "=cmd|", "'=", ";'=", ";=", "\ufeff", "\r\n", "\t"),
        instrumented=("engine", "csv"),
    ),
    "journal": Reader(
        _journal, _journal_seeds,
        (*_NUMBERS, *_PATHS, '{"photo":', '"size":[', '"found":[', '"boxes":[[', '"failed":', '{"gone":',
         '{"finished":', '{"anchors":', '"file":[', '"moltbox_proposals":', "\ud800", "\n", "[[[[[[[["),
        instrumented=("engine", "json"),
    ),
    "model": Reader(
        _model, _model_seeds,
        (*_NUMBERS, *_PATHS, "PK\x03\x04", "PK\x01\x02", '"scales":', '"dtype":"F32"', '"data_offsets":[0,', "location",
         '"shape":['),
        most_bytes=16384,
        instrumented=("engine", "zipfile", "json", "safetensors"),
    ),
    "project": Reader(_project, _project_seeds, (*_PATHS, "CREATE VIEW photo", "TRIGGER", "drawn"), most_bytes=65536),
    "photo": Reader(_photo, _photo_seeds, ("IHDR", "IDAT", "IEND", "acTL", "Exif", "WEBP", "VP8 ", "ICC_PROFILE"),
                    instrumented=("engine", "PIL")),
}  # fmt: skip
