"""Whatever goes wrong beside the window is told by the job's own signal, and its place is kept."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, QSize
from pytestqt.qtbot import QtBot

import app.import_job
import app.map_shelf
import app.panels.thumbnails
import app.training.plan_job
import app.training.python_search
import app.workers
from app.class_use import _Counting
from app.diagnostics.log import Log
from app.export_job import ExportJob, ExportRequest
from app.import_job import LabelReader
from app.map_shelf import MapShelf, StoredMaps
from app.mishaps import Mishaps
from app.pages.statistics import StatisticsPage, _Reading
from app.panels.thumbnails import ThumbnailStore
from app.photo_facts import FactsReader
from app.threads import failures_told
from app.threshold_maps import MapsWanted, OpenMapReader
from app.training.compare_job import CompareJob, Contender
from app.training.plan_job import EstimateJob, PlanJob
from app.training.python_search import PythonSearch
from app.voc_mirror import MirrorWriter
from app.workers import CURRENT, Decoder, LookRequest, LookWorker, ScanWorker
from engine.dataset.project import Project
from engine.dataset.voc_mirror import VocMirror
from engine.errors import PhotoError
from engine.localization.localizer import Localizer
from engine.localization.naming import ClassNames
from support.photos import save_photo, shape_photo
from support.sessions import OBJECTS, ToldSession

FAULT = "A fault in Moltbox: ValueError in test_threads_that_fail.py, line "


def odd(*_given: object, **_named: object) -> Any:
    raise ValueError("an odd fault")


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The kinds of faults that came to where the log keeps them."""
    found: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: found.append(kind))
    return found


@pytest.fixture
def no_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What stands for an open project, whose file answers with an odd fault."""
    monkeypatch.setattr(Project, "open", odd)
    monkeypatch.setattr(Project, "beside", odd)
    return SimpleNamespace(root=tmp_path, path=tmp_path / ".moltbox" / "project.db")


def told_by(signal: Any) -> list[Any]:
    """The last thing that each emission of a signal carries."""
    found: list[Any] = []
    signal.connect(lambda *given: found.append(given[-1] if given else None))
    return found


def test_a_fault_is_one_sentence_and_an_entry_of_the_log(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    mishaps = Mishaps(Log(tmp_path / "logs"))
    monkeypatch.setattr(sys, "excepthook", mishaps.take)
    told: list[str] = []
    with failures_told(told.append):
        odd()
    assert len(told) == 1
    assert told[0].startswith(FAULT)
    assert "an odd fault" not in told[0]
    log = mishaps.log.file.read_text(encoding="utf-8")
    assert "ValueError" in log
    assert "in odd" in log


def test_a_plain_error_is_told_as_it_is_and_is_no_fault(kept: list[type[BaseException]]) -> None:
    told: list[str] = []
    with failures_told(told.append):
        raise PhotoError("a.jpg is empty.")
    assert (told, kept) == (["a.jpg is empty."], [])


def test_the_scan(kept: list[type[BaseException]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app.workers, "scan_folder", odd)
    worker = ScanWorker(tmp_path, ())
    told, ended = told_by(worker.failed), told_by(worker.ended)
    worker.run()
    assert told[0].startswith(FAULT)
    assert ended == []
    assert kept == [ValueError]


def test_the_decoder_and_the_photo_can_be_asked_for_again(
    kept: list[type[BaseException]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = save_photo(tmp_path / "a.png", shape_photo(OBJECTS[0]))
    decoder = Decoder()
    with monkeypatch.context() as patch, qtbot.waitSignal(decoder.failed, timeout=5_000) as told:
        patch.setattr(app.workers, "read_photo", odd)
        decoder.ask(7, path)
    assert told.args is not None
    assert told.args[0] == 7
    assert told.args[1].startswith(FAULT)
    assert kept == [ValueError]
    with qtbot.waitSignal(decoder.decoded, timeout=5_000):
        decoder.ask(7, path)
    decoder.close()


def test_the_opening_of_a_model(kept: list[type[BaseException]], qtbot: QtBot) -> None:
    worker = LookWorker(odd)
    told = told_by(worker.model_failed)
    worker.run()
    assert told[0].startswith(FAULT)
    assert kept == [ValueError]


@pytest.mark.parametrize("step", ["decode_for", "place_for", "place_labels"])
def test_a_look_and_the_next_photo_is_looked_at(
    step: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tiny_model: Path, tmp_path: Path
) -> None:
    path = save_photo(tmp_path / "a.png", shape_photo(OBJECTS[0]))
    worker = LookWorker(lambda: Localizer.open(tiny_model))
    with monkeypatch.context() as patch:
        patch.setattr(app.workers, step, odd)
        with qtbot.waitSignal(worker.failed, timeout=10_000) as told:
            worker.ask(LookRequest(1, path, ("a class",), 0), CURRENT)
            worker.start()
    assert told.args is not None
    assert told.args[:2] == [1, 0]
    assert "ValueError" in told.args[2]
    with qtbot.waitSignal(worker.looked, timeout=10_000):
        worker.ask(LookRequest(2, path, (), 0), CURRENT)
    worker.stop()


def test_thumbnails_and_their_turn_is_free_again(
    kept: list[type[BaseException]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = save_photo(tmp_path / "a.png", shape_photo(OBJECTS[0]))
    store = ThumbnailStore(QSize(40, 40))
    with monkeypatch.context() as patch:
        patch.setattr(app.panels.thumbnails, "read_photo", odd)
        store.show([(number, path) for number in range(3)])
        qtbot.waitUntil(lambda: all(store.is_unreadable(number) for number in range(3)), timeout=5_000)
    assert kept == [ValueError] * 3
    store.show([(9, path)])
    qtbot.waitUntil(lambda: store.thumbnail(9) is not None, timeout=5_000)
    store.close()


def test_maps_made_ready(kept: list[type[BaseException]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.map_shelf.Evidence, "from_bytes", odd)
    shelf = MapShelf()
    with qtbot.waitSignal(shelf.ready, timeout=5_000) as told:
        shelf.ask(StoredMaps(5, b"", (None,), (), ClassNames(()), {}))
    assert told.args == [5, False]
    assert not shelf.is_coming(5)
    assert kept == [ValueError]
    shelf.close()


Made = Callable[[Any, QObject], Any]


def open_maps(project: Any, _parent: QObject) -> OpenMapReader:
    return OpenMapReader(MapsWanted(project.root, project.root, 1, (), ClassNames(()), {}, {}))


def comparison(project: Any, _parent: QObject) -> CompareJob:
    old = Contender(project.root, {}, {})
    return CompareJob(project, (), old, old)


def plan(project: Any, _parent: QObject) -> PlanJob:
    session: Any = SimpleNamespace(project=project)
    return PlanJob(session, ())


@pytest.mark.parametrize(
    ("make", "signal"),
    [
        (lambda project, parent: MirrorWriter(project, "beside", parent), "failed"),
        (_Reading, "failed"),
        (open_maps, "ended"),
        (comparison, "failed"),
        (plan, "failed"),
        (lambda project, _parent: EstimateJob([str(project.root / "python")]), "told"),
    ],
    ids=["mirror", "statistics", "open maps", "comparison", "plan", "estimate"],
)
def test_what_reads_a_project(
    make: Made,
    signal: str,
    kept: list[type[BaseException]],
    qtbot: QtBot,
    no_project: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.training.plan_job, "clean_environment", lambda _given: {}["PATH"])
    parent = QObject()
    job = make(no_project, parent)
    told = told_by(getattr(job, signal))
    job.run()
    assert told[0].startswith("A fault in Moltbox: ")
    assert len(kept) == 1


def test_an_export(kept: list[type[BaseException]], qtbot: QtBot, no_project: Any, tmp_path: Path) -> None:
    job = ExportJob(no_project, ExportRequest("coco", tmp_path / "a.json"))
    told = told_by(job.ended)
    job.run()
    assert not told[0].ok
    assert told[0].facts[0].text.startswith(FAULT)
    assert kept == [ValueError]


def test_a_file_kept_in_step_and_the_next_one_is_written(
    kept: list[type[BaseException]], three: ToldSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated: list[int] = []

    def update(_mirror: VocMirror, photo_id: int) -> None:
        updated.append(photo_id)
        if len(updated) == 1:
            odd()

    monkeypatch.setattr(VocMirror, "update", update)
    parent = QObject()
    assert three.project is not None
    writer = MirrorWriter(three.project, "beside", parent)
    told = told_by(writer.failed)
    for photo_id in (1, 2):
        writer.ask(photo_id)
    writer._put(1, 0)  # the end
    writer.run()
    assert updated == [1, 2]
    assert told[0].startswith(FAULT)
    assert kept == [ValueError]


def test_labels_looked_into(
    kept: list[type[BaseException]], qtbot: QtBot, no_project: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(app.import_job, "recognise", odd)
    parent = QObject()
    reader = LabelReader(no_project, tmp_path, None, parent)
    told = told_by(reader.ended)
    reader.run()
    assert told[0].problem.startswith(FAULT)
    assert told[0].read is None
    assert kept == [ValueError]


def test_the_list_of_photos(kept: list[type[BaseException]], qtbot: QtBot, no_project: Any) -> None:
    reader = FactsReader(no_project)
    told = told_by(reader.ended)
    reader.run()
    assert told == [None]
    assert reader.facts is None
    assert reader.problem.startswith(FAULT)
    assert kept == [ValueError]


def test_the_search_for_a_python(
    kept: list[type[BaseException]], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(app.training.python_search, "probe", odd)
    search = PythonSearch("", tmp_path, only=[tmp_path / "python"])
    told = told_by(search.ended)
    search.run()
    assert told[0].fit is None
    assert kept == [ValueError]


def test_a_count_of_classes_tells_nothing_but_is_kept(
    kept: list[type[BaseException]], qtbot: QtBot, no_project: Any
) -> None:
    parent = QObject()
    _Counting(no_project, parent).run()
    assert kept == [ValueError]


def test_statistics_that_cannot_be_written_are_told(three: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    page = StatisticsPage(three)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.found is not None, timeout=5_000)
    assert not page.save_to(tmp_path / "gone" / "figures.csv")
    assert any("figures.csv cannot be written" in words for words in three.told.of_kind("bad"))
    assert page.save_to(tmp_path / "figures.csv")
    page.close_page()
