"""Moltbox works, looks and exports where no connection can be made, and nothing in a file makes it do more."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from engine.errors import ModelFileError
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile, write_model_file
from support.sessions import write_photos
from support.tiny_model import heads, manifest, network_bytes, write_tiny_model

REPOSITORY = Path(__file__).resolve().parents[2]
OWN_CODE = [path for part in ("app", "engine", "trainer") for path in (REPOSITORY / part).rglob("*.py")]

LOOK = """
import sys
from engine.localization.localizer import Localizer
import numpy as np
Localizer.open(sys.argv[1], device="cpu").look(np.zeros((64, 64, 3), np.uint8))
"""

SESSION = """
import socket, sys, time
from pathlib import Path

tried = []

def forbidden(*words, **_):
    tried.append(words)
    raise OSError("no network here")

class Forbidden(socket.socket):
    def __init__(self, family=-1, *words, **more):
        if family != socket.AF_UNIX:
            forbidden("socket", family)
        super().__init__(family, *words, **more)

socket.socket, socket.create_connection, socket.getaddrinfo = Forbidden, forbidden, forbidden
sys.addaudithook(lambda event, words: tried.append((event, words[1]))
    if event in ("socket.connect", "socket.sendto") and isinstance(words[1], tuple) else None)

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.export_job import ExportRequest, export
from app.main_window import MainWindow
from app.session import Session

app = QApplication([])
session = Session(Path(sys.argv[2]))
window = MainWindow(session)
window.show()
window.acts.open_folder(Path(sys.argv[1]))

def wait(seen):
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end, "nothing came"
        QTest.qWait(5)

wait(lambda: session.heat_map is not None and session.boxes)
QTest.keyClick(window.centre.canvas, Qt.Key.Key_Y)
wait(lambda: session.current.path == "photo_1.png" and session.heat_map is not None and session.boxes)
report = export(session.project, ExportRequest("coco", Path(sys.argv[1]) / "boxes.json"))
assert report.ok and report.box_count == 1, report
window.close()
session.close()
assert tried == [], tried
print("done", flush=True)
"""


def without_network() -> list[str]:
    """The words before a command that let it run where there is no network but the empty loopback, if that goes."""
    unshare = shutil.which("unshare")
    if unshare is None or not sys.platform.startswith("linux"):
        return []
    for options in (["-n"], ["-rn"]):
        if subprocess.run([unshare, *options, "true"], capture_output=True).returncode == 0:
            return [unshare, *options]
    return []


def test_a_session_in_the_window_makes_no_connection(tmp_path: Path) -> None:
    photos, model = write_photos(tmp_path / "photos"), write_tiny_model(tmp_path / "tiny.molt")
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    surroundings = {**os.environ, "PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen"}
    command = [*without_network(), sys.executable, "-c", SESSION, str(photos), str(model)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith("done\n")


def test_the_command_line_proposes_without_a_network(tmp_path: Path) -> None:
    photos, model = write_photos(tmp_path / "photos"), write_tiny_model(tmp_path / "tiny.molt")
    words = ["-m", "app", "propose", str(photos), "--model", str(model), "--out", str(tmp_path / "out")]
    command = [*without_network(), sys.executable, *words]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-3000:]
    assert list((tmp_path / "out").glob("*.json"))


def test_the_code_loads_no_objects_and_parses_xml_safely() -> None:
    for path in OWN_CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                words = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert called not in {"eval", "exec", "yaml.load", "pickle.load", "pickle.loads", "joblib.load"}, path
                assert called != "torch.load" or words.get("weights_only") == "True", path
                assert words.get("allow_pickle", "False") == "False", path
                assert words.get("shell", "False") == "False", path
                assert not re.fullmatch(r"(ElementTree|ET)\.(parse|fromstring|XML|iterparse)", called), path
                assert called not in {"minidom.parse", "minidom.parseString", "etree.parse"}, path


def test_nothing_but_the_trainer_s_download_knows_how_to_connect() -> None:
    for part in ("app", "engine"):
        for path in (REPOSITORY / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                roots = {name.partition(".")[0] for name in names} | set(names)
                if part == "engine" and "cluster" in path.parts:
                    continue  # runs where the person points it
                assert not roots & {"socket", "urllib.request", "http", "requests", "httpx", "PySide6.QtNetwork"}, path


def network_with(change: str) -> bytes:
    """The tiny model's network, made to reach out."""
    model = onnx.load_from_string(network_bytes())
    tensor = model.graph.initializer[0]
    if change == "external":
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "../../../etc/passwd"
    elif change == "domain":
        model.graph.node[1].domain = "evil.operators"
    elif change == "context":
        model.graph.node[1].domain, model.graph.node[1].op_type = "com.microsoft", "EPContext"
    elif change == "huge":
        tensor.dims[0] = 2**40
    elif change == "sparse":
        sparse = model.graph.sparse_initializer.add()
        sparse.dims.extend([2**20, 2**20])
    else:
        inner = helper.make_graph([], "inner", [], [])
        outside = inner.initializer.add()
        outside.data_location = TensorProto.EXTERNAL
        node = model.graph.node.add(op_type="If")
        node.attribute.add(name="then_branch", type=onnx.AttributeProto.GRAPH).g.CopyFrom(inner)
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("external", "keeps weights in another file"),
        ("domain", r"uses operators of 'evil\.operators'"),
        ("context", r"uses operators of 'com\.microsoft'"),
        ("huge", "says to be larger than its data"),
        ("sparse", "has sparse tensors"),
        ("in a branch", "keeps weights in another file"),
    ],
)
def test_a_network_that_reaches_out_is_refused(change: str, says: str, tmp_path: Path) -> None:
    write_model_file(tmp_path / "a.molt", manifest(), {"trunk": network_with(change)}, heads())
    for open_it in (ModelFile.read, Localizer.open):
        with pytest.raises(ModelFileError, match=says):
            open_it(tmp_path / "a.molt")


def test_zip_tricks_are_refused(tmp_path: Path) -> None:
    whole = write_tiny_model(tmp_path / "whole.molt")
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    bomb = tmp_path / "bomb.molt"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {"networks/trunk.onnx": bytes(200_000_000)}).items():
            archive.writestr(name, data)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(ModelFileError, match="compressed"):
        ModelFile.read(bomb)
    slip = tmp_path / "inner" / "slip.molt"
    slip.parent.mkdir()
    with zipfile.ZipFile(slip, "w") as archive:
        for name, data in (parts | {"../slipped.txt": b"out", "/slipped.txt": b"out"}).items():
            archive.writestr(name, data)
    ModelFile.read(slip)  # a part that the manifest does not name is not even read, and none is ever unpacked
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bomb.molt", "inner", "slip.molt", "whole.molt"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_library_connects_anywhere_or_notes_who_runs_it(tmp_path: Path) -> None:
    """Libraries in C ask Python for nothing: their calls of the system are watched."""
    temporary, trace = tmp_path / "temporary", tmp_path / "trace"
    temporary.mkdir()
    model = write_tiny_model(tmp_path / "tiny.molt")
    surroundings = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    surroundings |= {"TMPDIR": str(temporary), "HOME": str(temporary), "PYTHONPATH": str(REPOSITORY)}
    watched = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(trace)]
    command = [*watched, sys.executable, "-c", LOOK, str(model)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=120)
    if "ptrace" in done.stderr and done.returncode:
        pytest.skip("this system lets nobody be traced")
    assert done.returncode == 0, done.stderr
    assert "AF_INET" not in trace.read_text(encoding="utf-8")
    assert list(temporary.rglob(".ses")) == []


def test_whatever_imports_a_runtime_imports_the_engine_first() -> None:
    for package in ("app", "trainer"):
        assert "import engine" in (REPOSITORY / package / "__init__.py").read_text(encoding="utf-8")
    told = [sys.executable, "-c", "import app, trainer.quantise, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"]
    surroundings = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(told, env=surroundings, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
