"""`moltbox check`: does everything work here? Versions, Qt, the model, one look, one export, as copyable lines."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine import __version__

Step = tuple[str, Callable[[], str]]


def run_check(*, as_json: bool = False) -> int:
    """Runs all steps, prints what each found, and answers 0 where all of them worked, else 1."""
    facts: list[dict[str, object]] = []
    for name, step in _steps():
        started = time.perf_counter()
        try:
            found, worked = step(), True
        except Exception as error:  # whatever is wrong here is what the person wants to read
            found, worked = f"{type(error).__name__}: {error}", False
        facts.append({"step": name, "ok": worked, "found": found, "elapsed_s": round(time.perf_counter() - started, 3)})
    everything = all(fact["ok"] for fact in facts)
    if as_json:
        print(json.dumps({"moltbox": __version__, "ok": everything, "steps": facts}, indent=1, ensure_ascii=False))
    else:
        for fact in facts:
            print(
                f"{'ok  ' if fact['ok'] else 'FAIL'}  {fact['step']:<14} {fact['found']}  ({fact['elapsed_s']:.2f} s)"
            )
        print("Everything works." if everything else "Something does not work; send these lines with your question.")
    return 0 if everything else 1


def _steps() -> list[Step]:
    return [
        ("moltbox", versions),
        ("qt", _qt),
        ("model", _model),
        ("look", _look),
        ("export", _export),
        ("log", _log),
    ]


def versions() -> str:
    """Moltbox's own version, Python's, those of the libraries that matter, and the system."""
    import cv2
    import onnxruntime

    parts = (
        f"{__version__}{' (desktop build)' if getattr(sys, 'frozen', False) else ''}",
        f"Python {platform.python_version()}",
        f"NumPy {np.__version__}",
        f"OpenCV {cv2.__version__}",
        f"ONNX Runtime {onnxruntime.__version__}",
        platform.platform(),
    )
    return ", ".join(parts)


def _qt() -> str:
    from app.display import has_display

    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import PySide6
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication.instance() or QApplication(["moltbox"])
    label = QLabel("Moltbox")
    if label.grab().isNull():
        raise RuntimeError("Qt painted nothing")
    importlib.import_module("app.window")  # whatever the window is made of is there
    return f"PySide6 {PySide6.__version__}, platform {app.platformName()}"  # type: ignore[attr-defined]


def _model() -> str:
    from engine.localization.localizer import Localizer
    from engine.resources import starter_model_path

    localizer = Localizer.open(starter_model_path())
    note = f", {localizer.device.note}" if localizer.device.note else ""
    classes = f"{len(localizer.model.class_names):,} classes"
    return f"{localizer.model.name}, {classes}, runs on {localizer.device.sentence}{note}"


def _look() -> str:
    from app.samples import SAMPLES, samples_folder
    from engine.images import read_photo
    from engine.localization.localizer import Localizer
    from engine.resources import starter_model_path

    localizer = Localizer.open(starter_model_path())
    photo = read_photo(samples_folder() / SAMPLES[0][1])
    started = time.perf_counter()
    evidence = localizer.look(photo)
    elapsed_s = time.perf_counter() - started
    index, score = evidence.top_classes(1)[0]
    boxes = evidence.heat_map(index).boxes(localizer.model.calibrated_threshold)
    if not boxes:
        raise RuntimeError("no box on the sample photo")
    box = ", ".join(f"{value:.0f}" for value in boxes[0].box.as_tuple())
    return f"{SAMPLES[0][1]}: {evidence.class_names[index]} {score:.2f}, box {box}, {elapsed_s * 1000:.0f} ms"


def _log() -> str:
    from app.diagnostics.crash import CrashTrap
    from app.diagnostics.log import Log, without_home

    log = Log()
    if not log.write("checked"):
        raise RuntimeError(f"{log.file} cannot be written")
    trace = CrashTrap(log.folder).last(0).strip()
    return without_home(f"{log.file}, last crash: {trace or 'none'}")


def _export() -> str:
    from engine.dataset.coco import read_coco, write_coco
    from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
    from engine.dataset.voc import read_voc, write_voc
    from engine.geometry import Box

    box = LabelledBox("cat", Box(10, 20, 110, 220))
    label_set = LabelSet(("cat",), (LabelledPhoto("cat/one.png", 300, 240, (box,)),))
    with tempfile.TemporaryDirectory() as folder:
        write_coco(Path(folder) / "boxes.json", label_set)
        write_voc(Path(folder) / "voc", label_set)
        for back in (read_coco(Path(folder) / "boxes.json"), read_voc(Path(folder) / "voc")):
            if back.photos[0].boxes[0].box != box.box:
                raise RuntimeError("the box did not come back as it was written")
    return "COCO and Pascal VOC written and read back"
