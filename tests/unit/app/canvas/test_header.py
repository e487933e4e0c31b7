"""The line over the photo."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.canvas.header import PhotoHeader
from support.fake_canvas_session import SmallHeatMap, bump

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def header(session, qtbot) -> PhotoHeader:
    shown = PhotoHeader(session)
    qtbot.addWidget(shown)
    shown.resize(940, 44)
    shown.show()
    session.show(np.zeros((400, 600, 3), np.uint8), SmallHeatMap(bump(20, 30), 600, 400))
    return shown


def test_it_tells_name_place_and_class(header):
    assert header.name.text() == "photo_1.jpg"
    assert header.position.text() == "4 of 861"
    assert header.label.text() == "motorcycle"


def test_its_arrows_walk(header, session):
    QTest.mouseClick(header.next, LEFT)
    QTest.mouseClick(header.previous, LEFT)
    assert [call[0] for call in session.calls if "photo" in call[0]] == ["next_photo", "previous_photo"]


def test_maps_are_those_of_the_session(header, session):
    assert header.maps.names() == ("off", "224", "288", "384", "fused", "refined")
    assert header.maps.current() == "refined"
    QTest.mouseClick(header.maps.segment("288"), LEFT)
    assert session.map_view == "288"
    session.set_map_view("fused")
    assert header.maps.current() == "fused"


def test_the_slider_sets_the_opacity_and_follows_it(header, session):
    header.opacity.setValue(80)
    assert session.opacity == 0.8
    session.set_opacity(0.25)
    assert header.opacity.value() == 25
    assert session.called("set_opacity") == [(0.8,), (0.25,)]


def test_while_looking_the_place_tells_how_far(header, session):
    session.heat_map = None
    session.look_progress.emit(1, "288", 1, 3)
    assert header.position.text() == "looking, 2 of 3 scales"
    session.evidence_ready.emit(1)
    assert header.position.text() == "4 of 861"


def test_while_a_new_class_is_looked_into_the_place_tells_how_far_and_the_maps_stay(header, session):
    session.heat_map = None
    session.heat_map_changed.emit()
    session.anchor_progress.emit(1, "gizmo", 3, 16)
    assert header.position.text() == "new class, 4 of 16 photos"
    assert header.maps.names() == ("off", "224", "288", "384", "fused", "refined")
    session.anchor_progress.emit(2, "gizmo", 5, 16)
    assert header.position.text() == "new class, 4 of 16 photos"


def test_a_narrow_header_keeps_name_and_map(header):
    header.resize(560, 44)
    assert header.name.isVisible()
    assert header.maps.isVisible()
    assert not header.position.isVisible()
    assert not header.opacity.isVisible()
    assert not header.label.isVisible()


@pytest.mark.parametrize("page", ["finished", "unreadable"])
def test_without_a_photo_there_is_no_choice_of_map(header, session, page):
    session.show_page(page)
    assert not any(part.isVisible() for part in (header.maps, header.opacity, header.key, header.eye))
    session.show_page("photo")
    assert all(part.isVisible() for part in (header.maps, header.opacity, header.key, header.eye))


def test_every_control_has_a_name(header):
    for control in (header.previous, header.next, header.label, header.maps, header.opacity):
        assert control.accessibleName()


def test_a_photo_of_several_classes_tells_the_first_and_how_many_more(header, session, monkeypatch):
    monkeypatch.setattr(session.labels, "of", lambda _: (1, 2, 3))
    header.refresh()
    assert header.label.text() == "motorcycle + 2"
    assert header.label.accessibleName() == "Class of the photo: motorcycle, cat, cup"
    monkeypatch.setattr(session.labels, "of", lambda _: ())
    header.refresh()
    assert header.label.text() == "No class"
