"""Runs that are cut short, shared among shards, or done by several processes end like one whole run."""

from __future__ import annotations

import argparse
import errno
import itertools
import json
import math
import os
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import LabelFileError, MoltboxError
from engine.geometry import Box
from engine.images import scan_folder, scan_key
from engine.prelabel import command, team
from engine.prelabel import journal as journal_module
from engine.prelabel.folder_run import Marks, part_of
from engine.prelabel.journal import Journal, JournalFile, RunFacts, Shard
from engine.prelabel.pipeline import Task
from engine.prelabel.results import PhotoResult
from support.killing_setup import DEADLY_WIDTH, KillingSetup
from support.photos import RED, WHITE, save_photo, shape_photo
from support.tiny_model import write_tiny_model

PHOTOS = 150
JOURNAL = "proposals.jsonl"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.molt")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of known and unknown classes, with one that cannot be read."""
    root = tmp_path_factory.mktemp("run") / "photos"
    for number in range(PHOTOS):
        left = 8 + number % 40
        box, colour = Box(left, 10, left + 30, 40 + number % 20), (WHITE, RED)[number % 2]
        folder = ("bright", "red", "my widget")[number % 3]
        save_photo(root / folder / f"photo {number}.jpg", shape_photo(box, 96, 72, colour, seed=number))
    (root / "red" / "photo 7b.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    return root


@pytest.fixture(scope="module")
def whole(photos: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The label files of one undisturbed run in one process."""
    out = tmp_path_factory.mktemp("whole")
    assert propose(photos, "--model", model, "--out", out, "--processes", 1) == command.EXIT_SOME_FAILED
    return label_files(out)


def words(photos: Path, *more: str | Path | int) -> list[str]:
    return [str(word) for word in (photos, "--format", "coco,voc", *more)]


def propose(photos: Path, *more: str | Path | int) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words(photos, *more)))


def label_files(out: Path) -> dict[str, bytes]:
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    return {name: data for name, data in found.items() if not name.startswith("proposals")}


def test_a_killed_run_is_resumed_to_the_same_bytes(
    photos: Path, model: Path, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enough = 500 + secrets.randbelow(12_000)
    command_line = [sys.executable, "-m", "app", "propose", *words(photos, "--model", model, "--out", tmp_path)]
    with subprocess.Popen([*command_line, "--processes", "1"], stderr=subprocess.DEVNULL) as process:
        journal = tmp_path / JOURNAL
        while process.poll() is None and (not journal.exists() or journal.stat().st_size < enough):
            time.sleep(0.001)
        process.kill()
    done = len(JournalFile(journal).places)
    assert JournalFile(journal).finished is None, f"the run was over before {enough} bytes"
    assert not label_files(tmp_path)
    capsys.readouterr()
    assert propose(photos, "--model", model, "--out", tmp_path, "--resume", "--json") == command.EXIT_SOME_FAILED
    assert label_files(tmp_path) == whole, f"killed after {enough} bytes"
    report = json.loads(capsys.readouterr().out)
    assert report["done_before"] >= done - 1  # the photo that failed is tried again
    assert (report["photos"], len(report["failed"])) == (PHOTOS, 1)


def test_a_line_that_was_torn_is_done_again(photos: Path, model: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    propose(photos, "--model", model, "--out", tmp_path)
    journal = tmp_path / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    for torn in (b"".join(lines[:40]) + lines[40][:25], b"".join(lines[:40]) + b"\0" * 300, lines[0]):
        journal.write_bytes(torn)
        propose(photos, "--model", model, "--out", tmp_path, "--resume")
        assert label_files(tmp_path) == whole
        assert JournalFile(journal).end == journal.stat().st_size


def test_resuming_a_finished_run_looks_at_what_is_new_and_forgets_what_is_gone(
    photos: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / "photos", tmp_path / "out"
    for name in ("bright/a.jpg", "bright/b.jpg", "lamp shade/c.jpg"):
        save_photo(root / name, shape_photo(Box(10, 10, 50, 50), 96, 72))
    propose(root, "--model", model, "--out", out)
    save_photo(root / "other thing" / "d.jpg", shape_photo(Box(10, 10, 50, 50), 96, 72))
    (root / "bright" / "a.jpg").unlink()
    capsys.readouterr()
    assert propose(root, "--model", model, "--out", out, "--resume", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["photos"], report["done_before"]) == (3, 2)
    facts = JournalFile(out / JOURNAL)
    assert set(facts.facts.anchors) == {"lamp shade", "other thing"}
    assert (facts.finished, len(facts.places)) == (3, 3)


def test_resuming_looks_again_at_a_photo_that_another_took_the_place_of(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out, fresh = (tmp_path / name for name in ("photos", "out", "fresh"))

    def resumed() -> int:
        capsys.readouterr()
        assert propose(root, "--model", model, "--out", out, "--resume", "--json") == 0
        return json.loads(capsys.readouterr().out)["done_before"]

    for name in ("a", "b", "c"):
        save_photo(root / "bright" / f"{name}.png", shape_photo(Box(10, 10, 50, 50), 96, 72))
    propose(root, "--model", model, "--out", out)
    assert resumed() == 3
    changed = root / "bright" / "b.png"
    save_photo(changed, shape_photo(Box(50, 10, 90, 50), 96, 72))
    os.utime(changed, ns=(0, 1))  # whatever the clock of the disk
    assert resumed() == 2
    propose(root, "--model", model, "--out", fresh)
    assert label_files(out) == label_files(fresh)
    assert resumed() == 3
    # Journals of earlier versions say nothing of the files.
    journal = out / JOURNAL
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    assert sum("file" in line for line in lines) == 4
    plain = [{name: value for name, value in line.items() if name != "file"} for line in lines]
    journal.write_text("".join(json.dumps(line) + "\n" for line in plain))
    os.utime(changed, ns=(0, 2))
    assert resumed() == 3
    assert label_files(out) == label_files(fresh)


def test_a_photo_is_known_by_what_its_file_was_before_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"12345")
    os.utime(path, ns=(0, 7_000_000_000))
    marks = Marks()
    next(marks.noting([Task(path, "a.jpg", None)]))
    path.write_bytes(b"123456789")
    assert marks.take("a.jpg") == (5, 7_000_000_000)
    path.unlink()
    assert len(list(marks.noting([Task(path, "a.jpg", None)]))) == 1
    assert marks.take("a.jpg") is None


def test_another_run_s_journal_is_not_gone_on_with(photos: Path, model: Path, tmp_path: Path) -> None:
    root = photos / "bright"
    propose(root, "--model", model, "--out", tmp_path)
    (tmp_path / "annotations.coco.json").unlink()
    shutil.rmtree(tmp_path / "voc")
    for more, says in (
        ((), "go on with --resume, or start anew with --overwrite"),
        (("--resume", "--threshold", "0.7"), r"another threshold \(0.4 instead of 0.7\)"),
        (("--resume", "--classes", "model"), "another --classes"),
        (("--resume", "--overwrite"), "one of the two"),
    ):
        with pytest.raises(MoltboxError, match=says):
            propose(root, "--model", model, "--out", tmp_path, *more)


def test_shards_joined_are_the_whole_run(
    photos: Path, model: Path, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (3, 1):
        propose(photos, "--model", model, "--out", tmp_path, "--shard", f"{number}/3")
    with pytest.raises(LabelFileError, match="lacks the journal of shard 2/3"):
        propose(photos, "--out", tmp_path, "--join")
    propose(photos, "--model", model, "--out", tmp_path, "--shard", "2/3")
    assert not label_files(tmp_path)
    capsys.readouterr()
    assert propose(photos, "--out", tmp_path, "--join", "--json") == command.EXIT_SOME_FAILED
    assert label_files(tmp_path) == whole
    report = json.loads(capsys.readouterr().out)
    assert (report["photos"], list(report["failed"])) == (PHOTOS, ["red/photo 7b.jpg"])
    journal = tmp_path / "proposals-2-of-3.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(LabelFileError, match="has not come to its end"):
        propose(photos, "--out", tmp_path, "--join", "--overwrite")


def test_a_photo_keeps_its_shard_when_others_come() -> None:
    names = [f"a/{number}.jpg" for number in range(1000)]
    parts = [part_of(names, Shard(number, 4)) for number in (1, 2, 3, 4)]
    assert sorted(itertools.chain(*parts)) == sorted(names)
    assert all(200 < len(part) < 300 for part in parts)
    assert set(parts[1]) <= set(part_of([*names, "b/new.jpg"], Shard(2, 4)))


def test_sorting_by_key_is_the_order_of_the_scan(tmp_path: Path) -> None:
    for name in (
        "b/photo10.jpg",
        "b/photo2.jpg",
        "b/c/1.jpg",
        "B2/x.jpg",
        "a/x.jpg",
        "a/X.JPG",
        "a.jpg",
        "z.jpg",
        "01.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for batch in scan_folder(tmp_path) for path in batch]
    assert sorted(found, key=scan_key) == found


def test_two_processes_give_the_bytes_of_one(
    photos: Path, model: Path, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = propose(photos, "--model", model, "--out", tmp_path, "--processes", 2, "--threads", 2, "--json")
    assert done == command.EXIT_SOME_FAILED
    assert label_files(tmp_path) == whole
    assert json.loads(capsys.readouterr().out)["device"].endswith(", 2 processes")


def test_a_photo_that_kills_its_process_does_not_end_the_run_nor_one_that_is_resumed(
    photos: Path,
    model: Path,
    whole: dict[str, bytes],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(team, "WorkerSetup", KillingSetup)
    root, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(photos, root)
    save_photo(root / "red" / "photo 8b.png", shape_photo(Box(10, 10, 50, 50), DEADLY_WIDTH, 72))
    for more in (("--processes", 2), ("--processes", 1, "--resume")):
        capsys.readouterr()
        assert propose(root, "--model", model, "--out", out, "--json", *more) == command.EXIT_SOME_FAILED
        failed = json.loads(capsys.readouterr().out)["failed"]
        assert list(failed) == ["red/photo 7b.jpg", "red/photo 8b.png"]
        assert failed["red/photo 8b.png"].startswith("photo 8b.png was given up: 2 workers ended")
        assert label_files(out) == whole
    assert JournalFile(out / JOURNAL).finished == PHOTOS + 2


def test_a_shard_is_written_as_i_of_n(photos: Path, tmp_path: Path) -> None:
    for text in ("0/4", "5/4", "2", "a/b", "1/-1"):
        with pytest.raises(MoltboxError, match="expected I/N"):
            propose(photos, "--out", tmp_path, "--shard", text)


def test_a_journal_that_is_none_or_damaged_is_said(model: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "photos", tmp_path / "out"
    save_photo(root / "bright" / "a.jpg", shape_photo(Box(10, 10, 50, 50), 96, 72))
    propose(root, "--model", model, "--out", out)
    journal = out / JOURNAL
    first, second, *_ = journal.read_text().splitlines()
    facts = json.loads(first)
    result = json.loads(second)
    found = result["found"][0]
    x0, y0, x1, y1, score = found["boxes"][0]

    def of_box(*box: object) -> dict[str, object]:
        return {"found": [found | {"boxes": [list(box)]}]}

    unsound = (
        {"found": [{}]},
        {"size": ["a", None]},
        {"size": [96, 10**400]},
        {"size": [0, 72]},
        {"found": [found | {"class": 3}]},
        {"found": [found | {"known": "yes"}]},
        of_box(x1, y0, x0, y1, score),
        of_box(x0, y0, x1, y0, score),
        of_box(x0, y0, x1, y1, None),
        of_box(x0, y0, x1, math.inf, score),
        of_box(x0, math.nan, x1, y1, score),
        of_box(x0, y0, x1, y1),
        {"photo": 3},
        {"failed": {}},
    )
    lines = [json.dumps(result | fields) for fields in unsound]
    lines += ["[" * 100_000, "[1]", "no JSON", '{"anchors": {"cat": [[0, Infinity]]}}', '{"finished": "yes"}', "{}"]
    damaged = (
        ("no journal\n", "not a journal"),
        (json.dumps(facts | {"moltbox_proposals": 9}) + "\n", "not a journal"),
        (json.dumps(facts | {"threshold": "high"}) + "\n", "not a journal"),
        (json.dumps(facts | {"anchors": [[1]]}) + "\n", "not a journal"),
        (json.dumps(facts | {"anchors": {"cat": [[math.inf, 1]]}}) + "\n", "not a journal"),
        (json.dumps(facts | {"device": "abacus"}) + "\n", "not a journal"),
        ("[" * 100_000 + "\n", "not a journal"),
        *(
            (f"{first}\n{second}\n{line}\n{second}\n", r"proposals\.jsonl: line 3 of the journal is damaged; start")
            for line in lines
        ),
    )
    for text, says in damaged:
        journal.write_text(text)
        with pytest.raises(LabelFileError, match=says):
            propose(root, "--model", model, "--out", out, "--resume")


@pytest.mark.parametrize("sync_every_s", [-1.0, 1000.0])  # while photos are added, at the end
def test_a_quota_that_is_full_when_the_disk_is_waited_for_is_said(
    sync_every_s: float, photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(journal_module, "_SYNC_EVERY_S", sync_every_s)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LabelFileError, match=r"proposals\.jsonl cannot be written: "):
        propose(photos, "--model", model, "--out", tmp_path)
    done = JournalFile(tmp_path / JOURNAL).places
    assert len(done) == (1 if sync_every_s < 0 else PHOTOS + 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_disk_that_is_full_is_said_when_a_line_is_written_and_when_the_journal_is_closed(tmp_path: Path) -> None:
    facts = RunFacts("", "", 0.4, "", "folder", None, "cpu")
    with pytest.raises(LabelFileError, match="cannot be written"):
        Journal.start(Path("/dev/full"), facts)
    with (
        Path("/dev/full").open("ab") as file,
        pytest.raises(LabelFileError, match=r"a\.jsonl cannot be written: No space"),
        closing(Journal(tmp_path / "a.jsonl", file)) as journal,
    ):
        journal.add(PhotoResult.failed("a.jpg", "a.jpg is empty."))


@pytest.mark.skipif(sys.platform == "win32", reason="locks belong to the process there")
def test_two_runs_do_not_write_one_journal(model: Path, tmp_path: Path) -> None:
    root, out = tmp_path / "photos", tmp_path / "out"
    save_photo(root / "bright" / "a.jpg", shape_photo(Box(10, 10, 50, 50), 96, 72))
    propose(root, "--model", model, "--out", out)
    running = Journal.resume(out / JOURNAL, JournalFile(out / JOURNAL).facts, ["bright/a.jpg"])
    with closing(running), pytest.raises(LabelFileError, match="is being written by another run"):
        propose(root, "--model", model, "--out", out, "--resume")
    assert propose(root, "--model", model, "--out", out, "--resume") == 0
