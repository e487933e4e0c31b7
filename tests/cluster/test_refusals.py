"""Stores that refuse for a while: asked again until they answer, given up in bounded time, and then one sentence."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="the cluster extra is not installed (pip install -e '.[cluster]')")
pytest.importorskip("fsspec", reason="the cluster extra is not installed (pip install -e '.[cluster]')")

from fsspec.implementations.memory import MemoryFileSystem

from engine.cluster import refusals
from engine.cluster.owner import OWNER_FILE, Pace, owned
from engine.cluster.parts import decoded
from engine.cluster.plan import Planned
from engine.cluster.refusals import PATIENCE_S, Refused, StoreBusyError, tried
from engine.cluster.store import Store
from engine.cluster.worker import Looker, WorkerSetup, order
from engine.errors import LabelFileError, PhotoError
from engine.geometry import Box
from engine.prelabel.deciding import Decision
from support.photos import RED, save_photo, shape_photo
from support.tiny_model import write_tiny_model

SLOW_DOWN = "AWS Error SLOW_DOWN during PutObject operation: Please reduce your request rate."
NAMES = ("bright/p0.png", "bright/p1.png", "red/p2.png")


class Clock:
    """Time that passes by waiting alone."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses_s: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, pause_s: float) -> None:
        self.pauses_s.append(pause_s)
        self.now_s += pause_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(refusals, "time", made)
    return made


def refuse(
    monkeypatch: pytest.MonkeyPatch, refused: Callable[[str, str], bool], text: str = SLOW_DOWN
) -> list[tuple[str, str]]:
    """Has memory:// refuse what is asked of it (a method and a path); answers what was refused."""
    told: list[tuple[str, str]] = []

    def refusing(method: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def asked(self: object, path: str, *args: Any, **options: Any) -> Any:
            if refused(method, path):
                told.append((method, path))
                raise OSError(text)
            return act(self, path, *args, **options)

        return asked

    for method in ("cat_file", "pipe_file", "info", "ls", "rm_file"):
        monkeypatch.setattr(MemoryFileSystem, method, refusing(method, getattr(MemoryFileSystem, method)))
    return told


@pytest.mark.parametrize("refused_for_s", [0.0, 3.0, 45.0])
def test_what_is_refused_for_a_while_is_done_in_the_end(clock: Clock, refused_for_s: float) -> None:
    def act() -> str:
        if clock.now_s < refused_for_s:
            raise OSError(SLOW_DOWN)
        return "done"

    assert tried(act, PATIENCE_S) == "done"
    assert clock.now_s < refused_for_s + 8.0


def test_pauses_grow_up_to_a_bound_differ_by_chance_and_end_within_the_patience(clock: Clock) -> None:
    class _StoresOwnError(Exception):
        pass

    def act() -> None:
        raise _StoresOwnError("Could not connect to the endpoint URL")

    for _ in range(2):
        with pytest.raises(Refused, match=r"^the store does not answer$"):
            tried(act, PATIENCE_S)
    count = len(clock.pauses_s) // 2
    longest = [min(0.5 * 2**number, 8.0) for number in range(count)]
    assert all(most / 2 <= pause <= most for pause, most in zip(clock.pauses_s, longest, strict=False))
    assert clock.pauses_s[:4] != clock.pauses_s[-4:]
    assert 2 * (PATIENCE_S - 8.0) < clock.now_s <= 2 * PATIENCE_S


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError("gone"),
        PermissionError("no"),
        OSError(28, "No space left on device"),
        OSError("AWS Error ACCESS_DENIED during PutObject operation"),
        OSError("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation: The bucket does not exist"),
        OSError("AWS Error UNKNOWN (HTTP status 400) during HeadObject operation: No response body."),
        ValueError("Unrecognized filesystem type"),
        LabelFileError("not ours"),
    ],
    ids=str,
)
def test_what_lasts_is_not_asked_for_again(clock: Clock, error: Exception) -> None:
    asked = []

    def act() -> None:
        asked.append(1)
        raise error

    with pytest.raises((OSError, LabelFileError)) as caught:
        tried(act, PATIENCE_S)
    assert not isinstance(caught.value, Refused)
    assert (asked, clock.pauses_s) == ([1], [])


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_statuses_that_pass_are_asked_for_again(clock: Clock, status: int) -> None:
    def act() -> str:
        if not clock.pauses_s:
            raise OSError(f"AWS Error UNKNOWN (HTTP status {status}) during HeadObject operation: No response body.")
        return "done"

    assert tried(act, PATIENCE_S) == "done"


def test_a_disk_that_stumbles_is_asked_again_and_a_full_one_is_told(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([5, 5, 116])  # input/output error, stale file handle
    write = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        number = next(numbers, 0)
        if number:
            raise OSError(number, "stumbled")
        return write(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    store = Store.of(tmp_path)
    store.write("a/b.txt", b"whole")
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"whole"
    numbers = iter([28])
    pauses = len(clock.pauses_s)
    with pytest.raises(LabelFileError, match=r"c\.txt cannot be written: stumbled\.$") as caught:
        store.write("a/c.txt", b"whole")
    assert not isinstance(caught.value, StoreBusyError)
    assert (pauses, len(clock.pauses_s)) == (3, 3)


def test_a_photo_is_to_blame_only_where_the_store_answers(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.of("memory://blame/photos")
    store.write("p.png", b"pixels")
    silent = {"cat_file"}
    refuse(monkeypatch, lambda method, _path: method in silent)
    with pytest.raises(PhotoError, match=r"^p\.png cannot be opened: the store is asked too often\.$"):
        store.read_photo("p.png")
    silent.add("info")
    with pytest.raises(StoreBusyError, match=r"^memory://blame/photos cannot be read: the store is asked too often\.$"):
        store.read_photo("p.png")


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    """A worker with photos and results behind a scheme."""
    folder = tmp_path / "photos"
    photos = Store.of(f"memory://{tmp_path.name}/photos")
    for number, name in enumerate(NAMES):
        save_photo(folder / name, shape_photo(Box(40, 30, 160, 120), 320, 240, RED, seed=number))
        photos.write(name, (folder / name).read_bytes())
    model = write_tiny_model(tmp_path / "tiny.molt")
    out = Store.of(f"memory://{tmp_path.name}/out")
    setup = WorkerSetup(None, photos, out, "12345678", "m" * 64, Decision(0.4, {}, None), "cpu", 1)
    return Looker(setup, model.read_bytes())


def block() -> dict[str, Any]:
    (row,) = order(Planned(NAMES[0], NAMES, (), None), lambda name: (name.split("/")[0],)).to_pylist()
    return row


def part_bytes(looker: Looker, part: str) -> bytes:
    return looker._setup.out.read(f"proposals/{part}")


@pytest.mark.parametrize("refused_for_s", [20.0, 100.0])
@pytest.mark.parametrize("what", ["photos/", "out/", "out/proposals/", ""])
def test_a_block_that_stores_hold_up_is_complete_in_the_end(
    looker: Looker, clock: Clock, monkeypatch: pytest.MonkeyPatch, refused_for_s: float, what: str
) -> None:
    wanted = looker.look(block())
    data = part_bytes(looker, wanted.part)
    looker._setup.out.remove(f"proposals/{wanted.part}")
    told = refuse(monkeypatch, lambda _method, path: what in path and clock.now_s < refused_for_s)
    looks: list[int] = []
    look = looker._localizer.look
    monkeypatch.setattr(looker._localizer, "look", lambda *args, **named: looks.append(1) or look(*args, **named))
    assert looker.look(block()) == wanted
    assert part_bytes(looker, wanted.part) == data
    assert {result.error for result in decoded(data, "part")} == {None}
    assert told
    assert len(looks) == len(NAMES)
    assert looker._setup.out.below("tries") == set()


@pytest.mark.parametrize("what", ["photos/", "out/", "out/proposals/"])
def test_a_store_that_always_refuses_ends_the_block_in_one_sentence_in_bounded_time(
    looker: Looker, clock: Clock, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    refuse(monkeypatch, lambda _method, path: what in path)
    with pytest.raises(StoreBusyError, match=r"^memory://\S+ cannot be (read|written): the store is asked too often"):
        looker.look(block())
    decoders = 2  # each of which may wait, and the clock of this test adds up their waits
    assert 2 * PATIENCE_S < clock.now_s < 3 * decoders * (PATIENCE_S + 8.0)
    monkeypatch.undo()
    assert looker._setup.out.below("tries") == set()
    assert looker.look(block()).failed == 0


def test_what_ends_a_block_is_told_by_its_receipt(
    looker: Looker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, lambda method, _path: method == "pipe_file", "AWS Error ACCESS_DENIED")
    orders = order(Planned(NAMES[0], NAMES, (), None), lambda _: None)
    (receipt,) = looker(orders).to_pylist()
    assert receipt["start"] == NAMES[0]
    assert receipt["error"].endswith(
        ".json cannot be written: access is denied to the keys that the environment gives."
    )
    assert clock.pauses_s == []


def test_a_run_lets_go_of_a_place_that_refuses_without_waiting_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Store.of("memory://leaving/out")
    silent: list[str] = []
    with owned(out, Pace(sign_s=0.05, gone_s=0.4, settle_s=0.02)):
        told = refuse(monkeypatch, lambda _method, path: bool(silent) and path.endswith(OWNER_FILE))
        silent.append("from now on")
        time.sleep(0.3)
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < 2.0
    assert told


def test_no_wait_is_longer_than_a_sign_of_life_may_be_late() -> None:
    assert refusals._LONGEST_PAUSE_S + 2 * Pace().sign_s < Pace().gone_s
