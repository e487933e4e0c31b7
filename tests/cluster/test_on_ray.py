"""`moltbox propose --ray` on a real cluster of two workers: what comes out is what one machine would have written, also
when a worker is killed in the middle."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="the cluster extra is not installed (pip install -e '.[cluster]')")
pytest.importorskip("pyarrow", reason="the cluster extra is not installed (pip install -e '.[cluster]')")
pytest.importorskip("fsspec", reason="the cluster extra is not installed (pip install -e '.[cluster]')")

import pyarrow.parquet as pq
import ray

from engine.cluster import ray_run
from engine.cluster.store import Store
from engine.cluster.tries import MOST_ENDED
from engine.cluster.worker import Looker
from engine.errors import LabelFileError, MoltboxError, PhotoError
from engine.geometry import Box
from engine.prelabel import command
from support.photos import RED, save_photo, shape_photo
from support.tiny_model import write_tiny_model

pytestmark = pytest.mark.timeout(280)

COCO = "annotations.coco.json"
STORE_BYTES = 80_000_000


def propose(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on loopback that knows one bucket; "" where moto is not installed."""
    try:
        moto, boto3 = importlib.import_module("moto.server"), importlib.import_module("boto3")
    except ImportError:
        yield ""
        return
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = pytest.MonkeyPatch()
    # As Amazon's programs and pyarrow document them.
    settings.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    settings.setenv("AWS_ACCESS_KEY_ID", "anyone")
    settings.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.setenv("AWS_REGION", "us-east-1")
    settings.setenv("AWS_EC2_METADATA_DISABLED", "true")
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    yield f"http://{host}:{port}"
    settings.undo()
    server.stop()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, s3_server: str) -> Iterator[Any]:
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
    yield started
    ray.shutdown()
    started.shutdown()
    settings.undo()


@pytest.fixture(scope="module")
def address(nodes: Any) -> str:
    return str(nodes.address)


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


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small photos in two folders, of a class that the model knows and of one that it does not."""
    root = tmp_path_factory.mktemp("few") / "photos"
    for number in range(6):
        box = Box(40 + 10 * number, 30, 160 + 10 * number, 120)
        name = f"{('bright', 'my_widget')[number % 2]}/p{number}.png"
        save_photo(root / name, shape_photo(box, 320, 240, RED, seed=number))
    return root


def put_into(root: Path, store: Store) -> None:
    for path in root.rglob("*.*"):
        store.write(path.relative_to(root).as_posix(), path.read_bytes())


def test_photos_and_results_in_a_bucket_are_as_on_a_disk(
    address: str, s3_server: str, few: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not s3_server:
        pytest.skip("moto is not installed (pip install 'moto[s3]' flask flask-cors)")
    put_into(few, Store.of("s3://bucket/photos"))
    propose(few, "--model", model, "--out", tmp_path)
    words = ("s3://bucket/photos", "--model", model, "--out", "s3://bucket/boxes", "--ray", address, "--ray-block", "4")
    assert propose(*words) == 0
    boxes = Store.of("s3://bucket/boxes")
    assert boxes.read(COCO) == (tmp_path / COCO).read_bytes()
    parts = {name: boxes.read(f"proposals/{name}") for name in boxes.below("proposals")}
    assert len(parts) == 2
    capsys.readouterr()
    assert propose(*words) == 0
    assert "6 photos had been done before" in capsys.readouterr().out
    assert {name: boxes.read(f"proposals/{name}") for name in boxes.below("proposals")} == parts
    assert not boxes.has("owner.json")


def refuse(monkeypatch: pytest.MonkeyPatch, refused: Callable[[str, str], bool]) -> None:
    """Has the S3 server refuse where `refused` says so of a request's method and path, in words for which pyarrow's own
    library does not ask again."""
    application = importlib.import_module("moto.moto_server.werkzeug_app").DomainDispatcherApplication
    serve = application.__call__

    def answer(self: object, request: dict[str, Any], start: Callable[..., Any]) -> Any:
        if refused(request["REQUEST_METHOD"], request["PATH_INFO"]):
            body = b"<Error><Code>Throttled</Code><Message>Later.</Message></Error>"
            start("429 TOO MANY REQUESTS", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        return serve(self, request, start)

    monkeypatch.setattr(application, "__call__", answer)


def test_a_store_that_refuses_for_a_while_costs_nothing_and_one_that_always_does_one_sentence(
    address: str, s3_server: str, few: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not s3_server:
        pytest.skip("moto is not installed (pip install 'moto[s3]' flask flask-cors)")
    words = (few, "--model", model, "--ray", address, "--ray-block", "4", "--format", "parquet")
    assert propose(*words, "--out", tmp_path / "out") == 0
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "out" / "proposals").iterdir()}
    put_into(few, Store.of("s3://bucket/throttled/photos"))
    asked: Counter[tuple[str, str]] = Counter()

    def at_first(method: str, path: str) -> bool:
        asked[method, path] += 1
        some = (method == "GET" and path.endswith("/p0.png")) or (method == "POST" and "/out/proposals/" in path)
        return some and asked[method, path] <= 2

    refuse(monkeypatch, at_first)
    out = "s3://bucket/throttled/out"
    assert propose("s3://bucket/throttled/photos", *words[1:], "--out", out) == 0
    parts = Store.of(f"{out}/proposals")
    assert {name: parts.read(name) for name in parts.below("")} == wanted
    assert asked["GET", "/bucket/throttled/photos/bright/p0.png"] > 2
    assert sum(method == "POST" and "/proposals/" in path and count > 2 for (method, path), count in asked.items()) == 2
    monkeypatch.undo()

    class Impatient(Looker):
        def __init__(self, setup: Any, model_file: Any) -> None:
            super().__init__(replace(setup, out=replace(setup.out, patience_s=0.1)), ray.get(model_file))

    monkeypatch.setattr(ray_run, "_Looker", Impatient)
    refuse(monkeypatch, lambda method, path: method != "GET" and "/never/proposals/" in path)
    with pytest.raises(
        MoltboxError,
        match=r"^A worker gave up: s3://bucket/never/proposals/\S+ cannot be written: the store is asked too often\. "
        r"What is done is kept: the same command goes on with it\.$",
    ):
        propose(*words, "--out", "s3://bucket/never")
    monkeypatch.undo()
    assert propose(*words, "--out", "s3://bucket/never") == 0
    parts = Store.of("s3://bucket/never/proposals")
    assert {name: parts.read(name) for name in parts.below("")} == wanted


def test_a_bucket_that_is_not_there_or_forbidden_is_told_in_one_sentence(
    address: str, s3_server: str, few: Path, model: Path
) -> None:
    if not s3_server:
        pytest.skip("moto is not installed (pip install 'moto[s3]' flask flask-cors)")
    with pytest.raises(PhotoError, match=r"^s3://nowhere/photos cannot be read: there is no such bucket\.$"):
        propose("s3://nowhere/photos", "--model", model, "--out", "s3://bucket/x", "--ray", address)
    with pytest.raises(LabelFileError, match=r"^s3://nowhere/x/owner.json cannot be written: there is no such bucket"):
        propose(few, "--model", model, "--out", "s3://nowhere/x", "--ray", address)
    boto3, requests = importlib.import_module("boto3"), importlib.import_module("requests")
    people = boto3.client("iam", region_name="us-east-1")
    people.create_user(UserName="guest")
    keys = people.create_access_key(UserName="guest")["AccessKey"]
    secret = urllib.parse.quote(keys["SecretAccessKey"], safe="")
    requests.post(f"{s3_server}/moto-api/reset-auth", data="0", timeout=10)
    try:
        with pytest.raises(PhotoError, match="does not know the keys that the environment gives"):
            propose("s3://bucket/photos", "--model", model, "--out", "s3://bucket/x", "--ray", address)
        with pytest.raises(PhotoError, match=r"^s3://bucket/photos cannot be read: access is denied to the keys"):
            list(Store.of(f"s3://{keys['AccessKeyId']}:{secret}@bucket/photos").photos())
    finally:
        requests.post(f"{s3_server}/moto-api/reset-auth", data="inf", timeout=10)


def test_a_photo_that_ends_its_worker_is_given_up_and_the_rest_goes_on(
    address: str, few: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = tmp_path / "ended"

    class Deadly(Looker):
        """Ends its process, as a fault in a decoder or the machine's memory would, at one photo."""

        def __init__(self, setup: Any, model_file: Any) -> None:
            super().__init__(setup, ray.get(model_file))

        def _looked(self, labelled: Any) -> Any:
            def watched() -> Iterator[Any]:
                for each in labelled:
                    if each[0] == "bright/p2.png":
                        with ended.open("a") as file:
                            file.write("x")
                        os.kill(os.getpid(), signal.SIGKILL)
                    yield each

            return super()._looked(watched())

    monkeypatch.setattr(ray_run, "_Looker", Deadly)
    out = tmp_path / "out"
    words = (few, "--model", model, "--out", out, "--ray", address, "--ray-block", "7")
    assert propose(*words) == command.EXIT_SOME_FAILED
    rows = {row["photo"]: row["error"] for row in pq.read_table(out / "proposals").to_pylist()}
    assert rows.pop("bright/p2.png") == (
        "p2.png was given up: 2 workers ended while they looked at it alone, for want of memory perhaps."
    )
    assert list(rows.values()) == [None] * 5
    assert len(ended.read_text()) == 1 + MOST_ENDED
    assert not list(out.glob("tries/*"))
    monkeypatch.undo()
    assert propose(*words) == 0
    propose(few, "--model", model, "--out", tmp_path / "single")
    assert (out / COCO).read_bytes() == (tmp_path / "single" / COCO).read_bytes()


def test_workers_take_a_gpu_each_and_say_when_they_cannot_use_it(
    nodes: Any,
    few: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loaded = tmp_path / "loaded"

    class Placed(Looker):
        """Writes down which GPU Ray gave it, once for each model it loads."""

        def __init__(self, setup: Any, model_file: Any) -> None:
            super().__init__(setup, ray.get(model_file))
            with loaded.open("a") as file:
                file.write(f"{os.environ['CUDA_VISIBLE_DEVICES']} {setup.device}\n")

    monkeypatch.setattr(ray_run, "_Looker", Placed)
    node = nodes.add_node(num_cpus=2, num_gpus=2, object_store_memory=STORE_BYTES, node_ip_address="127.0.0.1")
    nodes.wait_for_nodes()
    try:
        words = (few, "--model", model, "--ray", nodes.address, "--ray-block", "2")
        assert propose(*words, "--out", tmp_path / "out") == 0
        told = capsys.readouterr()
        with pytest.raises(MoltboxError, match=r"has \d CPUs and 2 GPUs; a worker needs 1 CPUs and 3 GPUs"):
            propose(*words, "--out", tmp_path / "three", "--ray-gpus", "3")
    finally:
        nodes.remove_node(node)
    assert sorted(loaded.read_text().splitlines()) == ["0 auto", "1 auto"]
    assert "2 workers of a Ray cluster" in told.out
    assert "Workers hold 1 GPU each but look at photos on the CPU; install the gpu extra" in told.err
