"""`moltbox propose --ray` on a real cluster of two workers: what comes out is what one machine would have written, also
when a worker is killed in the middle."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LabelFileError, MoltboxError
from engine.geometry import Box
from engine.prelabel import command
from support.photos import RED, save_photo, shape_photo
from support.tiny_model import write_tiny_model

WHY = "the cluster extra is not installed (pip install 'moltbox[cluster]')"
ray = pytest.importorskip("ray", reason=WHY)
pq = pytest.importorskip("pyarrow.parquet", reason=WHY)
pytest.importorskip("fsspec", reason=WHY)

pytestmark = pytest.mark.timeout(280)

COCO = "annotations.coco.json"
STORE_BYTES = 80_000_000


def propose(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of two nodes with one CPU each, on loopback, without its pages and without reports to Ray's makers."""
    from ray._private import ray_constants
    from ray.cluster_utils import Cluster

    settings = pytest.MonkeyPatch()
    settings.setattr(ray_constants, "ENABLE_RAY_CLUSTER", False)  # or Ray would put this machine's name for loopback
    settings.setenv("RAY_USAGE_STATS_ENABLED", "0")
    settings.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    node: dict[str, Any] = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    started = Cluster(initialize_head=True, head_node_args={**node, "node_ip_address": "127.0.0.1"})
    started.add_node(num_cpus=1, object_store_memory=STORE_BYTES, node_ip_address="127.0.0.1")
    started.wait_for_nodes()
    ray.init(address=started.address, _node_ip_address="127.0.0.1", log_to_driver=False)
    yield str(started.address)
    ray.shutdown()
    started.shutdown()
    settings.undo()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.molt")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes that the model knows, one that it does not, and a file that is no picture."""
    root = tmp_path_factory.mktemp("many") / "photos"
    for number in range(48):
        box = Box(300 + 10 * number, 200, 900 + 10 * number, 900)
        folder, colour = (("bright", (250, 250, 245)), ("red", RED), ("my_widget", RED))[number % 3]
        save_photo(root / folder / f"p{number}.png", shape_photo(box, 2000, 1400, colour, seed=number))
    (root / "bright" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    return root


@pytest.fixture(scope="module")
def single(photos: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The label file of a run on one machine."""
    out = tmp_path_factory.mktemp("single") / "out"
    assert propose(photos, "--model", model, "--out", out) == command.EXIT_SOME_FAILED
    return (out / COCO).read_bytes()


def workers() -> set[int]:
    """Process ids of the Ray workers below this process that have the model loaded."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                names[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace")
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = set()
    for process, name in names.items():
        above = process
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() and "MapWorker" in name:
            found.add(process)
    return found


def kept(out: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(out).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="workers are found through /proc")
def test_a_worker_killed_in_the_middle_costs_nothing(
    address: str, photos: Path, model: Path, single: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    at_kill: list[int] = []

    def kill() -> None:
        while not list(out.glob("proposals/*.parquet")):
            time.sleep(0.01)
        victim = min(workers())
        at_kill.extend((victim, len(list(out.glob("proposals/*.parquet")))))
        os.kill(victim, signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    code = propose(photos, "--model", model, "--out", out, "--ray", address, "--ray-block", "3")
    killer.join()
    victim, parts_then = at_kill
    parts = len(list(out.glob("proposals/*.parquet")))
    assert code == command.EXIT_SOME_FAILED
    assert parts_then < parts == 17
    assert victim not in workers()
    assert (out / COCO).read_bytes() == single


def test_photos_behind_a_scheme_give_the_same_and_a_second_run_touches_nothing(
    address: str, photos: Path, model: Path, single: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = (photos.as_uri(), "--model", model, "--out", out.as_uri(), "--ray", address)
    assert propose(*words) == command.EXIT_SOME_FAILED
    assert (out / COCO).read_bytes() == single
    rows = pq.read_table(out / "proposals").to_pylist()
    assert len({row["photo"] for row in rows}) == 49
    assert {row["photo"]: row["error"] for row in rows if row["error"]} == {
        "bright/broken.jpg": "broken.jpg is cut off or damaged (1 kB)."
    }
    (photos / "bright" / "broken.jpg").rename(tmp_path / "broken.jpg")
    assert propose(*words) == 0
    before = kept(out)
    capsys.readouterr()
    assert propose(*words) == 0
    assert "48 photos had been done before" in capsys.readouterr().out
    after = kept(out)
    assert {name: data for name, (data, _) in after.items()} == {name: data for name, (data, _) in before.items()}
    assert all(after[name][1] == before[name][1] for name in after if name != COCO)
    (tmp_path / "broken.jpg").rename(photos / "bright" / "broken.jpg")
    assert propose(*words) == command.EXIT_SOME_FAILED
    assert (out / COCO).read_bytes() == single


def test_a_run_that_asks_for_something_else_is_refused(address: str, photos: Path, model: Path, tmp_path: Path) -> None:
    one = tmp_path / "one"
    save_photo(one / "bright" / "lamp.png", shape_photo(Box(96, 48, 224, 160)))
    words = (one, "--model", model, "--out", tmp_path / "out", "--ray", address)
    assert propose(*words) == 0
    with pytest.raises(LabelFileError, match="another threshold"):
        propose(*words, "--threshold", "0.7")
    with pytest.raises(LabelFileError, match="another --shard"):
        propose(*words, "--shard", "1/1")
    with pytest.raises(MoltboxError, match="--sheet cannot go with --ray"):
        propose(*words, "--sheet")
    with pytest.raises(MoltboxError, match="add --ray"):
        propose(one.as_uri(), "--model", model, "--out", tmp_path / "other")
    assert propose(*words, "--threshold", "0.7", "--overwrite") == 0
