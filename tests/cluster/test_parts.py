"""Parquet parts give back what they were given, and are the same bytes each time; blocks stay as photos come and go."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the cluster extra is not installed (pip install -e '.[cluster]')")
pytest.importorskip("fsspec", reason="the cluster extra is not installed (pip install -e '.[cluster]')")

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cluster.command import _fetched, _writable
from engine.cluster.names import Names
from engine.cluster.parts import SCHEMA, decoded, encoded
from engine.cluster.plan import Block, Outline, RunFile, block_size, names_digest, part_prefix, plan
from engine.cluster.store import Store
from engine.errors import LabelFileError, MoltboxError, PhotoError
from engine.images import scan_key
from engine.prelabel.journal import RunFacts
from engine.prelabel.results import FoundClass, PhotoResult

FACTS = RunFacts("m" * 64, "tiny", 0.4, "tests", "folder", None, "cpu", {"cat": ((3, 0.75), (5, 0.25))})
KEY = "12345678"

numbers = st.floats(0, 1e5)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
boxes = st.tuples(numbers, numbers, numbers, numbers, st.floats(0, 1))
found = st.builds(FoundClass, texts, st.booleans(), st.lists(boxes, max_size=3).map(tuple))
fine = st.builds(
    PhotoResult, texts, st.integers(1, 50000), st.integers(1, 50000), st.lists(found, max_size=3).map(tuple)
)
results = st.lists(
    st.one_of(fine, st.builds(PhotoResult.failed, texts, texts)), max_size=6, unique_by=lambda each: each.relative
)


@settings(deadline=None, max_examples=60)
@given(results)
def test_a_part_gives_back_every_result_exactly(given_results: list[PhotoResult]) -> None:
    data = encoded(given_results, 0.4, "model")
    assert list(decoded(data, "part")) == given_results
    assert encoded(given_results, 0.4, "model") == data


def test_the_columns_are_those_that_are_documented() -> None:
    given_results = [
        PhotoResult("a.jpg", 30, 20, (FoundClass("cat", True, ((1.0, 2.0, 3.0, 4.5, 0.5),)),)),
        PhotoResult.failed("b.jpg", "b.jpg is empty."),
    ]
    rows = pq.read_table(io.BytesIO(encoded(given_results, 0.25, "abc"))).to_pylist()
    assert rows == [
        dict(zip(SCHEMA.names, ["a.jpg", 30, 20, 0, "cat", True, 1, 2, 3, 4.5, 0.5, 0.25, None, "abc"], strict=True)),
        dict(zip(SCHEMA.names, ["b.jpg", *[None] * 10, 0.25, "b.jpg is empty.", "abc"], strict=True)),
    ]


def test_what_is_no_part_is_refused() -> None:
    with pytest.raises(LabelFileError, match=r"x\.parquet is damaged"):
        list(decoded(b"PAR1 nothing", "x.parquet"))


def committed(names: list[str], size: int) -> tuple[RunFile, set[str]]:
    planned = list(plan(names, size, None, set(), KEY))
    blocks = tuple(
        Block(each.start, part_prefix(each.start, KEY) + "d.parquet", len(each.names), 0, each.digest)
        for each in planned
    )
    return RunFile(FACTS, "", tuple(each.start for each in planned), blocks), {block.part for block in blocks}


names_lists = st.lists(st.from_regex(r"[ab]/[a-c]{1,3}[0-9]{1,3}\.jpg", fullmatch=True), min_size=1, unique=True)


@settings(deadline=None, max_examples=60)
@given(names_lists, names_lists, st.integers(1, 5))
def test_a_photo_stands_in_one_block_in_scan_order_as_photos_come_and_go(
    first: list[str], second: list[str], size: int
) -> None:
    first.sort(key=scan_key)
    second.sort(key=scan_key)
    before, there = committed(first, size)
    again = list(plan(first, size, before, there, KEY))
    assert all(each.done is not None for each in again)
    changed = list(plan(second, size, before, there, KEY))
    assert [name for each in changed for name in each.names] == second
    assert all(len(each.names) <= 2 * size for each in changed)
    assert len({each.start for each in changed}) == len(changed)
    old = {block.start: block.names for block in before.blocks}
    assert all((each.done is not None) == (old.get(each.start) == names_digest(each.names)) for each in changed)


def test_only_the_block_of_a_new_photo_is_open_and_it_knows_its_earlier_part() -> None:
    names = [f"p{number}.jpg" for number in range(0, 40, 2)]
    before, there = committed(names, 5)
    planned = plan(sorted([*names, "p13.jpg"], key=scan_key), 5, before, there, KEY)
    (opened,) = [each for each in planned if each.done is None]
    assert "p13.jpg" in opened.names
    assert opened.parts == (before.blocks[1].part,)


def test_a_photo_that_failed_opens_its_block_again_and_a_part_that_is_gone_too() -> None:
    names = [f"p{number}.jpg" for number in range(20)]
    before, there = committed(names, 5)
    there.discard(before.blocks[3].part)
    failed = Block(before.blocks[0].start, before.blocks[0].part, 5, 1, before.blocks[0].names)
    before = RunFile(before.facts, "", before.starts, (failed, *before.blocks[1:]))
    assert [each.done is None for each in plan(names, 5, before, there, KEY)] == [True, False, False, True]


def test_a_crash_before_the_commit_leaves_parts_that_the_next_run_finds() -> None:
    names = [f"p{number}.jpg" for number in range(20)]
    before, there = committed(names, 5)
    begun = RunFile(before.facts, "", before.starts)
    planned = plan(names, 5, begun, {*there, part_prefix(names[0], "ffffffff") + "d.parquet"}, KEY)
    assert [each.parts for each in planned] == [(block.part,) for block in before.blocks]


def test_the_run_file_comes_back_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    out = Store.of(tmp_path)
    assert RunFile.load(out) is None
    run, _ = committed(["a.jpg", "b.jpg"], 1)
    run.save(out)
    assert RunFile.load(out) == run
    (tmp_path / "run.json").write_text('{"moltbox_cluster_run": 1, "facts": []}')
    with pytest.raises(LabelFileError, match=r"run\.json is not the file of a run"):
        RunFile.load(out)


@pytest.mark.parametrize(("photos", "size"), [(1, 8), (300, 8), (6400, 100), (10_000_000, 500)])
def test_blocks_are_many_and_none_is_large(photos: int, size: int) -> None:
    assert block_size(photos) == size


def test_a_store_behind_a_scheme_lists_reads_writes_and_removes() -> None:
    store = Store.of("memory://bucket/photos")
    for name in ("b/p10.jpg", "b/p2.JPG", "a.png", ".hidden/x.jpg", "b/notes.txt"):
        store.write(name, name.encode())
    assert list(store.photos()) == ["a.png", "b/p2.JPG", "b/p10.jpg"]
    assert store.read_photo("b/p10.jpg") == b"b/p10.jpg"
    assert (store.name, store.folder, store.place) == ("photos", None, "memory://bucket/photos")
    assert store.below("b") == {"p10.jpg", "p2.JPG", "notes.txt"}
    assert store.below("nowhere") == set()
    store.remove("a.png")
    assert not store.has("a.png")
    with pytest.raises(PhotoError, match=r"a\.png is no longer there"):
        store.read_photo("a.png")
    with pytest.raises(PhotoError, match="memory://bucket/empty is not there, or empty"):
        list(Store.of("memory://bucket/empty").photos())


@pytest.mark.parametrize("name", ["my photos", "50%20 off", "a#b?c", "ü;é", "C:"])
def test_a_folder_of_any_name_is_a_store(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    store = Store.of(folder)
    store.write("b/p1.jpg", b"x")
    assert (folder / "b" / "p1.jpg").read_bytes() == b"x"
    assert (store.read("b/p1.jpg"), list(store.photos())) == (b"x", ["b/p1.jpg"])
    assert (store.folder, store.name) == (folder.resolve(), name)
    assert store.has("b/p1.jpg")
    assert not store.has("b/p2.jpg")


def test_what_is_not_there_is_none_and_what_cannot_be_read_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store("memory://bucket/some", patience_s=0.0)
    assert store.read_if_there("run.json") is None
    store.write("run.json", b"{}")
    assert store.read_if_there("run.json") == b"{}"
    tries: list[str] = []

    class _StoresOwnError(Exception):
        """As libraries of stores raise, which is no OSError."""

    def refuse(_self: object, path: str, **_: object) -> bytes:
        tries.append(path)
        raise _StoresOwnError("Could not connect to the endpoint URL")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.cat_file", refuse)
    with pytest.raises(LabelFileError, match=r"some/run\.json cannot be read: the store does not answer\.$"):
        store.read_if_there("run.json")
    assert len(tries) == 1
    with pytest.raises(LabelFileError, match="cannot be read"):
        RunFile.load(store)


def test_a_photo_to_be_looked_at_here_may_have_a_name_that_no_disk_takes(tmp_path: Path) -> None:
    name = f"{'n' * 400}.jpg"
    store = Store.of("memory://bucket/long")
    store.write(name, b"pixels")
    assert _fetched(store, name, tmp_path / "0").read_bytes() == b"pixels"
    assert not _fetched(store, "gone.jpg", tmp_path / "1").exists()


def test_a_place_that_cannot_be_reached_is_told_in_a_sentence() -> None:
    with pytest.raises(MoltboxError, match="nonsense://x cannot be reached"):
        list(Store.of("nonsense://x").photos())


def test_gs_is_opened_by_pyarrow_and_silence_told_in_a_sentence() -> None:
    nobody = "gs://anonymous@bucket/photos?scheme=http&endpoint_override=127.0.0.1:1&retry_limit_seconds=0.1"
    assert Store.of(nobody).name == "photos"
    with pytest.raises(PhotoError, match=r"^gs://bucket/photos.* cannot be read: the store does not answer\.$"):
        list(Store(nobody, patience_s=0.0).photos())


def test_keys_in_an_address_are_not_told() -> None:
    assert Store.of("memory://key:secret@bucket/photos").place == "memory://bucket/photos"


def test_names_come_back_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cluster.names._TOGETHER", 3)
    given_names = ["a.jpg", "ü b/c\n.png", "a.jpg", "d", "e/f/g.jpeg", "h", "i"]
    packed = Names(iter(given_names))
    assert len(packed) == 7
    assert list(packed) == given_names == list(packed)


def test_an_outline_knows_what_is_open_and_what_is_done() -> None:
    names = [f"p{number}.jpg" for number in range(20)]
    before, there = committed(names, 5)
    there.discard(before.blocks[3].part)
    outline = Outline(lambda: plan(names, 5, before, there, KEY))
    assert outline.starts == before.starts
    assert outline.done == {block.start: block for block in before.blocks[:3]}
    assert outline.digests == {before.starts[3]: names_digest(names[15:])}
    assert outline.open_photos == 5


def test_a_photo_whose_name_is_not_text_is_left_out_and_told() -> None:
    fit, unfit = _writable(["a.jpg", "b\udcff.jpg"])
    assert list(fit) == ["a.jpg"]
    assert "not valid text" in unfit["b\udcff.jpg"]
