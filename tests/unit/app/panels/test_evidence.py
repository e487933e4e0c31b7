from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from app.panels.evidence import EvidencePanel
from app.panels.framing import frame_photo
from app.panels.grey_photo import GreyPhoto
from app.panels.tiles import HOVER_MS, cluster_colours, paint_map, tile_pictures
from app.session_types import ScoreRow
from support.fake_session import FakeSession, heat_map, photo_row

LEFT = Qt.MouseButton.LeftButton
PHOTO = np.random.default_rng(3).integers(0, 255, (480, 640, 3), dtype=np.uint8)


@pytest.fixture
def session(qapp) -> FakeSession:
    found = FakeSession([photo_row(1)])
    found.current = found.rows[0]
    return found


@pytest.fixture
def panel(qtbot, session) -> EvidencePanel:
    found = EvidencePanel(session)
    qtbot.addWidget(found)
    found.resize(344, 900)
    with qtbot.waitExposed(found):
        found.show()
    session.look(heat_map(), PHOTO)
    shown_by(found)
    session.calls.clear()
    return found


def shown_by(panel):
    """What a photo tells of itself is shown once, just after the photo itself."""
    QApplication.processEvents()
    assert not panel._soon.isActive()


def tile(panel, name):
    return next(each for each in panel.tiles.tiles if each.name == name)


def enter(widget):
    middle = QPointF(widget.rect().center())
    QApplication.sendEvent(widget, QEnterEvent(middle, middle, widget.mapToGlobal(middle)))


def leave(widget):
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def test_tiles_are_scales_with_weights_fused_refined_and_clusters():
    shown = [(picture.title, picture.figure) for picture in tile_pictures(heat_map())]
    assert shown == [
        ("224", "× 0.33"),
        ("288", "× 0.33"),
        ("384", "× 0.33"),
        ("Fused", ""),
        ("Refined", ""),
        ("Clusters", "16"),
    ]
    assert [picture.title for picture in tile_pictures(heat_map(clusters=False))] == ["224", "288", "384", "Fused"]


def test_the_map_that_boxes_are_cut_from_says_so():
    for clusters, wanted in ((True, "refined"), (False, "fused")):
        hints = {picture.name: picture.hint for picture in tile_pictures(heat_map(clusters=clusters))}
        assert [name for name, hint in hints.items() if "boxes are cut from it" in hint] == [wanted]
        assert all(hints.values())


def voronoi(count: int, seed: int) -> np.ndarray:
    """(60, 80) int32 clusters: the cells around random points."""
    generator = np.random.default_rng(seed)
    points = generator.uniform(0, (60, 80), (count, 2))
    y, x = np.mgrid[0:60, 0:80]
    nearest = ((y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2).argmin(axis=2)
    return np.unique(nearest, return_inverse=True)[1].reshape(60, 80).astype(np.int32)


@pytest.mark.parametrize("count", [1, 2, 7, 40, 300])
def test_clusters_that_touch_differ_in_colour_each_time_alike(count):
    clusters = voronoi(count, seed=count)
    colours = cluster_colours(clusters)
    assert colours.shape == (clusters.max() + 1, 3)
    assert np.array_equal(colours, cluster_colours(clusters.copy()))
    painted = colours[clusters].astype(float)
    for first, second, moved in (
        (clusters[:, :-1], clusters[:, 1:], painted[:, 1:] - painted[:, :-1]),
        (clusters[:-1], clusters[1:], painted[1:] - painted[:-1]),
    ):
        assert np.all(np.linalg.norm(moved, axis=2)[first != second] >= 40)


def test_a_cluster_tile_keeps_the_light_of_the_photo():
    picture = tile_pictures(heat_map())[-1]
    framing = frame_photo(640, 480, 96, 72)
    half = np.zeros((480, 640, 3), np.uint8)
    half[:, 320:] = 255
    lit, plain = (
        paint_map(picture, GreyPhoto(half), framing, 1.0).astype(int),
        paint_map(picture, GreyPhoto(None), framing, 1.0).astype(int),
    )
    assert np.array_equal(lit[:, 60:], plain[:, 60:])
    assert np.all(lit[:, :40] < plain[:, :40])


def test_a_tile_is_hot_where_its_map_is_and_grey_elsewhere():
    picture = tile_pictures(heat_map())[3]
    framing = frame_photo(640, 480, 96, 72)
    pixels = paint_map(picture, GreyPhoto(PHOTO), framing, 2.0).astype(int)
    assert pixels.shape == (144, 192, 3)
    hot, cold = pixels[72, int(0.4 * 192)], pixels[2, 190]
    assert hot[0] > 200
    assert hot[0] - hot[2] > 80
    assert np.ptp(cold) <= 1
    assert cold.max() < 0.5 * 255


def test_hovering_shows_a_map_after_a_moment_and_leaving_restores(panel, session, qtbot):
    enter(tile(panel, "288"))
    assert session.called("set_map_view") == []
    qtbot.wait(HOVER_MS // 2)
    assert session.called("set_map_view") == []
    qtbot.waitUntil(lambda: session.map_view == "288", timeout=1000)
    assert tile(panel, "refined").current  # what stays afterwards is still marked
    leave(tile(panel, "288"))
    qtbot.waitUntil(lambda: session.map_view == "refined", timeout=1000)


def test_crossing_to_the_next_tile_goes_there_without_flicker(panel, session, qtbot):
    enter(tile(panel, "224"))
    qtbot.waitUntil(lambda: session.map_view == "224", timeout=1000)
    leave(tile(panel, "224"))
    enter(tile(panel, "288"))
    qtbot.waitUntil(lambda: session.map_view == "288", timeout=1000)
    leave(tile(panel, "288"))
    qtbot.waitUntil(lambda: session.map_view == "refined", timeout=1000)
    assert session.called("set_map_view") == [("224",), ("288",), ("refined",)]


def test_a_click_keeps_the_map(panel, session, qtbot):
    enter(tile(panel, "fused"))
    qtbot.waitUntil(lambda: session.map_view == "fused", timeout=1000)
    qtbot.mouseClick(tile(panel, "fused"), LEFT)
    leave(tile(panel, "fused"))
    qtbot.wait(2 * HOVER_MS)
    assert session.map_view == "fused"
    assert tile(panel, "fused").current
    assert not tile(panel, "refined").current


def test_a_map_chosen_elsewhere_while_hovering_stays(panel, session, qtbot):
    enter(tile(panel, "224"))
    qtbot.waitUntil(lambda: session.map_view == "224", timeout=1000)
    session.set_map_view("off")
    leave(tile(panel, "224"))
    qtbot.wait(2 * HOVER_MS)
    assert session.map_view == "off"
    assert not any(each.current for each in panel.tiles.tiles)


def test_going_to_another_photo_while_hovering_still_restores(panel, session, qtbot):
    enter(tile(panel, "224"))
    qtbot.waitUntil(lambda: session.map_view == "224", timeout=1000)
    session.current_changed.emit(1)
    session.look(heat_map(), PHOTO)
    leave(tile(panel, "224"))
    qtbot.waitUntil(lambda: session.map_view == "refined", timeout=1000)


def test_a_tile_that_goes_away_under_the_pointer_ends_its_preview(panel, session, qtbot):
    enter(tile(panel, "384"))
    qtbot.waitUntil(lambda: session.map_view == "384", timeout=1000)
    session.look(heat_map(scales=2), PHOTO)
    qtbot.waitUntil(lambda: session.map_view == "refined", timeout=1000)


def test_clusters_are_a_picture_only(panel, session, qtbot):
    enter(tile(panel, "clusters"))
    qtbot.mouseClick(tile(panel, "clusters"), LEFT)
    qtbot.wait(2 * HOVER_MS)
    assert session.called("set_map_view") == []


def test_refined_is_fused_where_a_model_refines_nothing(panel, session):
    session.look(heat_map(clusters=False), PHOTO)
    shown_by(panel)
    assert [each.name for each in panel.tiles.tiles] == ["224", "288", "384", "fused"]
    assert tile(panel, "fused").current


def test_tiles_keep_their_places_while_the_next_photo_is_looked_at(panel, session):
    before = [(each.name, each.geometry()) for each in panel.tiles.tiles]
    session.heat_map = None
    session.heat_map_changed.emit()
    shown_by(panel)
    assert [(each.name, each.geometry()) for each in panel.tiles.tiles] == before
    assert not any(each.isEnabled() for each in panel.tiles.tiles)


def test_a_photo_that_tells_of_itself_in_steps_is_explained_once(panel, session, monkeypatch):
    refreshed = []
    monkeypatch.setattr(panel.threshold, "refresh", lambda: refreshed.append(1))
    session.current_changed.emit(1)
    session.pixels_ready.emit(1)
    session.heat_map_changed.emit()
    session.evidence_ready.emit(1)
    assert not refreshed
    shown_by(panel)
    assert refreshed == [1]


def test_scales_agree_is_the_heat_maps_agreement(panel, session):
    shown = f"scales agree {session.heat_map.agreement(0.34):.2f}"
    assert panel._agreement.text() == shown
    session.set_threshold(0.6, dragging=True)
    assert panel._agreement.text() == f"scales agree {session.heat_map.agreement(0.6):.2f}"


def test_click_and_digit_choose_a_class(panel, session, qtbot):
    qtbot.mouseClick(panel.scores.rows[1], LEFT)
    qtbot.keyClick(panel.scores.rows[0], "3")
    qtbot.keyClick(panel.scores.rows[0], "9")
    assert session.called("set_class") == [(None, session.class_scores[1].name), (None, session.class_scores[2].name)]


def test_a_class_new_to_the_model_says_what_its_photos_look_like(panel, session):
    row = ScoreRow(9, "gizmo", 0.0, "1", 0, known=False, stands_for=("cat", "fox", "lynx", "dog"))
    session.class_scores = (row, *session.class_scores[1:])
    session.heat_map_changed.emit()
    shown_by(panel)
    shown = panel.scores.rows[0]
    assert shown.accessibleName().startswith("gizmo, new to the model, key 1")
    assert shown.toolTip() == "New to the model; its photos look like cat, fox, lynx. Make it gizmo, 1"
    assert panel.scores.rows[1].toolTip() == "Make it person, 2"


def test_compact_shows_three_scores_and_no_weights(panel, session):
    panel.set_compact(True)
    assert len([row for row in panel.scores.rows if row.isVisibleTo(panel)]) == 3
    assert panel._agreement.text().startswith("agree ")


@pytest.mark.parametrize(("width", "compact"), [(344, False), (304, False), (264, True)])
def test_nothing_is_cut_off_at_the_widths_of_the_window(panel, qtbot, width, compact):
    panel.set_compact(compact)
    panel.resize(width, 700)
    qtbot.wait(20)
    content = panel._scroll.widget()
    assert content.width() <= panel._scroll.viewport().width()
    assert content.minimumSizeHint().width() <= panel._scroll.viewport().width()


def test_boxes_are_listed_selected_and_hovered(panel, session, qtbot):
    rows = panel.boxes.rows
    assert [row.box.id for row in rows] == [7, 8]
    assert rows[0].selected
    qtbot.mouseClick(rows[1], LEFT)
    assert session.called("select") == [(8,)]
    assert rows[1].selected
    assert not rows[0].selected
    enter(rows[0])
    leave(rows[0])
    assert session.hovered == [7, -1]


def test_rows_of_boxes_follow_a_drag_without_new_widgets(panel, session):
    from dataclasses import replace

    before = panel.boxes.rows
    session.boxes = (replace(session.boxes[0], score=0.5), session.boxes[1])
    session.boxes_changed.emit()
    assert panel.boxes.rows == before
    session.boxes = session.boxes[:1]
    session.boxes_changed.emit()
    assert len(panel.boxes.rows) == 1


def test_everything_has_a_name_for_a_screen_reader(panel):
    assert tile(panel, "224").accessibleName() == "Map at scale 224, weight 0.33"
    assert tile(panel, "refined").accessibleName() == "Refined map, over the photo"
    assert panel.scores.rows[0].accessibleName() == "motorcycle, score 0.94, key 1, class of the box"
    assert panel.boxes.rows[0].accessibleName() == "motorcycle, proposed, score 0.94, selected"
    assert panel.boxes.rows[1].accessibleName() == "person, rejected"


def test_draw_and_hide_are_asked_of_the_window(panel, qtbot):
    with qtbot.waitSignal(panel.draw_requested):
        qtbot.mouseClick(panel._draw, LEFT)
    with qtbot.waitSignal(panel.hide_requested):
        qtbot.mouseClick(panel._hide, LEFT)
