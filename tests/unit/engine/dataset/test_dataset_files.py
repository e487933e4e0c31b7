from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from engine.dataset.files import atomic_write, bring_file, read_text, relative_name, safe_relative
from engine.errors import LabelFileError


def test_a_write_that_fails_leaves_the_old_file_and_no_scraps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "boxes.json"
    target.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabelFileError, match=r"boxes\.json cannot be written: No space left"):
        atomic_write(target, b"new")
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["boxes.json"]


def test_a_file_name_of_200_characters_can_be_written(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 200 + ".xml")
    atomic_write(target, b"x")
    assert target.read_bytes() == b"x"


@pytest.mark.skipif(os.name == "nt", reason="file modes are a matter of POSIX")
def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        atomic_write(tmp_path / "new", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="cannot be written: No such file"):
        atomic_write(tmp_path / "no" / "boxes.json", b"")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a.jpg", "a.jpg"),
        ("sub\\b.jpg", "sub/b.jpg"),
        ("./sub//c.jpg", "sub/c.jpg"),
        ("..a/b...jpg", "..a/b...jpg"),
        ("猫 🐈#.jpg", "猫 🐈#.jpg"),
    ],
)
def test_relative_names_are_unified(text: str, clean: str) -> None:
    assert relative_name(text, source="x") == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        ".",
        "/etc/passwd",
        "\\\\server\\share\\a.jpg",
        "//server/share/a.jpg",
        "C:\\a.jpg",
        "c:a.jpg",
        "../a.jpg",
        "sub/../../a.jpg",
        "sub\\..\\a.jpg",
        "a\x00.jpg",
        "a\n.jpg",
        "a\udcff.jpg",
    ],
)
def test_names_that_lead_elsewhere_are_refused(text: str) -> None:
    with pytest.raises(LabelFileError, match=r"boxes\.json, file_name"):
        relative_name(text, source="boxes.json, file_name")


ONLY_ELSEWHERE = [
    "a.",
    "a ",
    "sub ./a",
    "sub./a.jpg",
    "a?.jpg",
    "a*",
    "a<b|",
    'a"b',
    "ab:c.jpg",
    "CON",
    "x/nul.jpg",
    "...",
]


@pytest.mark.parametrize("text", ONLY_ELSEWHERE)
def test_names_that_no_file_on_windows_has_are_refused_there_alone(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert relative_name(text, source="x") == text
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        with pytest.raises(LabelFileError, match="which is no name of a file on Windows"):
            relative_name(text, source="x")


def test_usual_names_are_names_on_windows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        read = [
            relative_name(text, source="x") for text in ("./a.jpg", "sub\\.a b.jpg", "console.jpg", "a..b/c'(1).png")
        ]
    assert read == ["a.jpg", "sub/.a b.jpg", "console.jpg", "a..b/c'(1).png"]


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    (root / "inside.jpg").touch()
    (root / "out").symlink_to(tmp_path)
    assert safe_relative("inside.jpg", root) == (root / "inside.jpg").resolve()
    with pytest.raises(LabelFileError, match="leads out of"):
        safe_relative("out/secret.jpg", root)


def test_text_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9")
    assert read_text(path) == "café"
    path.write_bytes("café".encode("latin-1"))
    with pytest.raises(LabelFileError, match=r"is not UTF-8 text \(byte 3\)"):
        read_text(path)


def test_a_copy_is_another_file_and_a_link_is_the_same(tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(b"photo")
    bring_file(source, tmp_path / "copy.jpg", link=False)
    bring_file(source, tmp_path / "link.jpg", link=True)
    assert (tmp_path / "copy.jpg").read_bytes() == b"photo"
    assert not (tmp_path / "copy.jpg").samefile(source)
    assert (tmp_path / "link.jpg").samefile(source)


def test_a_disk_without_links_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a.jpg").write_bytes(b"photo")
    bring_file(tmp_path / "a.jpg", tmp_path / "b.jpg", link=True)
    assert (tmp_path / "b.jpg").read_bytes() == b"photo"
