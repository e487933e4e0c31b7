"""One run at a time writes into a place, and a crash holds nobody up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="the cluster extra is not installed (pip install -e '.[cluster]')")

from engine.cluster.owner import OWNER_FILE, Owner, Pace, _is_alive, owned
from engine.cluster.store import Store
from engine.cluster.tries import MOST_ENDED, Tries, clear
from engine.errors import LabelFileError

QUICK = Pace(sign_s=0.05, gone_s=0.4, settle_s=0.02)
HOLDER = """
import sys, time
from engine.cluster.owner import Pace, owned
from engine.cluster.store import Store
with owned(Store.of(sys.argv[1]), Pace(0.05, 30.0, 0.0)):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["disk", "scheme"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store.of(tmp_path / "out" if request.param == "disk" else f"memory://{tmp_path.name}/out")


def test_a_second_run_is_refused_while_the_first_lives_and_not_after_it(out: Store) -> None:
    with owned(out, QUICK):
        with pytest.raises(LabelFileError, match=r"is held by a run on .+ \(process \d+\); wait for its end"):
            Owner(out, QUICK).take()
        assert out.has(OWNER_FILE)
    assert not out.has(OWNER_FILE)
    with owned(out, QUICK):
        pass


def test_an_owner_elsewhere_without_a_sign_of_life_is_followed(out: Store) -> None:
    out.write(OWNER_FILE, json.dumps({"run": "x", "machine": "far", "process": 1, "among": "far", "signs": 7}).encode())
    begun = time.monotonic()
    with owned(out, QUICK):
        assert time.monotonic() - begun >= QUICK.gone_s


def test_what_is_no_owner_file_holds_nobody_up_for_long(out: Store) -> None:
    out.write(OWNER_FILE, b"\xff not ours")
    with owned(out, QUICK):
        pass


def test_two_that_begin_together_do_not_both_hold_the_place(out: Store) -> None:
    both = threading.Barrier(2)
    held: list[str] = []
    refused = threading.Event()

    def take() -> None:
        both.wait()
        try:
            with owned(out, QUICK):
                held.append("one")
                refused.wait(10)
        except LabelFileError:
            refused.set()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 1


def test_a_run_whose_place_was_taken_hears_of_it_and_leaves_the_other_alone(out: Store) -> None:
    with owned(out, QUICK) as owner:
        out.write(OWNER_FILE, json.dumps({"run": "x", "machine": "far", "process": 1}).encode())
        time.sleep(6 * QUICK.sign_s)
        with pytest.raises(LabelFileError, match="is held by a run on far"):
            owner.check_heard()
        with pytest.raises(LabelFileError, match="is held by a run on far"):
            owner.check()
    assert out.has(OWNER_FILE)


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="processes are looked up in /proc")
def test_after_a_crash_on_this_machine_the_next_run_begins_at_once(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLDER, str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=root) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LabelFileError, match="is held by a run on"):
            Owner(Store.of(tmp_path), Pace(0.05, 30.0, 0.0)).take()
        holder.kill()
    begun = time.monotonic()
    with owned(Store.of(tmp_path), Pace(0.05, 30.0, 0.0)):
        assert time.monotonic() - begun < 5


def test_a_photo_is_given_up_after_so_many_workers_ended_at_it(out: Store) -> None:
    assert not Tries.begin(out, "block").again
    for _ in range(MOST_ENDED):
        tries = Tries.begin(out, "block")
        assert tries.again
        assert tries.look_at("a/good.jpg") is None
        assert tries.look_at("a/deadly.jpg") is None
    tries = Tries.begin(out, "block")
    assert tries.look_at("a/good.jpg") is None
    why = tries.look_at("a/deadly.jpg")
    assert why is not None
    assert why.startswith("deadly.jpg was given up: 2 workers ended while they looked at it alone")
    tries.done()
    assert not Tries.begin(out, "block").again
    clear(out)
    assert not Tries.begin(out, "block").again


def test_a_note_that_is_torn_counts_as_none(out: Store) -> None:
    tries = Tries.begin(out, "block")
    out.write(tries.name, b'{"ended": {"a.jp')
    assert not Tries.begin(out, "block").again


def test_a_worker_that_stops_for_another_reason_blames_no_photo(out: Store) -> None:
    tries = Tries.begin(out, "block")
    assert tries.look_at("a.jpg") is None
    tries.leave()
    assert not Tries.begin(out, "block").again
    for _ in range(3):
        tries = Tries.begin(out, "block")
        tries.look_at("b.jpg")
    tries = Tries.begin(out, "block")
    before = dict(tries.ended)
    tries.look_at("c.jpg")
    tries.leave()
    assert Tries.begin(out, "block").ended == before


def test_an_owner_file_that_is_being_renewed_is_read_again(out: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with owned(out, Pace(10.0, 30.0, 0.0)) as owner:
        whole = out.read(OWNER_FILE)
        halves = iter([b"{", whole[: len(whole) // 2]])
        read = Store.read
        monkeypatch.setattr(Store, "read", lambda self, name: next(halves, None) or read(self, name))
        owner.check()
        assert next(halves, None) is None


@pytest.mark.parametrize(("process", "alive"), [(os.getpid(), True), (0, True), ("x", True), (2**22 + 1, False)])
def test_a_process_of_this_machine_is_known_to_live_or_not(process: object, alive: bool) -> None:
    assert _is_alive(process) is alive
