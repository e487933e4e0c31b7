"""The first page: its pictures show what the starter model says, drops and recents open folders."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QScrollArea

from app.pages.drop_zone import dropped_folder
from app.pages.first_run import FirstRunPage, speed_words
from app.pages.idea_pictures import BOX, CLASS_NAME, PHOTO_SIZE, THRESHOLD, IdeaPicture
from app.theme.palette import CLASS_COLOURS, apply_theme
from engine.geometry import iou
from engine.images import read_photo
from engine.localization.localizer import Localizer
from engine.localization.naming import place_for
from engine.resources import resource_path, starter_model_path


def test_pictures_show_what_the_starter_model_says() -> None:
    """Map, box and threshold of the picture are no drawing: they come out of the model that is shipped."""
    photo = read_photo(resource_path("idea", "coffee.jpg"))
    assert (photo.shape[1], photo.shape[0]) == PHOTO_SIZE
    localizer = Localizer.open(starter_model_path(), threads=1)
    evidence = localizer.look(photo)
    heat_map = evidence.heat_map(place_for(CLASS_NAME, evidence, localizer.names).weights)
    assert localizer.model.calibrated_threshold == pytest.approx(THRESHOLD)
    best = heat_map.boxes(THRESHOLD)[0].box
    assert iou(best, BOX) > 0.9
    drawn = cv2.imread(str(resource_path("idea", "cup_map.png")), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    same_size = cv2.resize(drawn, heat_map.refined.shape[::-1]).astype(np.float64) / 255
    assert np.abs(same_size - heat_map.refined).mean() < 0.03


@pytest.mark.parametrize("kind", ["folder", "map", "accepted"])
def test_pictures_keep_the_photo_s_shape_and_differ(qtbot, qapp, kind: str) -> None:
    apply_theme(qapp, "dark")
    picture = IdeaPicture(kind)
    qtbot.addWidget(picture)
    assert picture.heightForWidth(300) == 200
    picture.resize(300, 200)
    image = picture.grab().toImage()
    ink = QColor(CLASS_COLOURS[2])
    box_colour = sum(
        abs(found.red() - ink.red()) + abs(found.green() - ink.green()) + abs(found.blue() - ink.blue()) < 12
        for found in (image.pixelColor(x, y) for x in range(300) for y in range(0, 200, 3))
    )
    assert (box_colour > 0) is (kind != "folder")


def test_recent_folders_open_and_missing_ones_do_not(qtbot, tmp_path: Path) -> None:
    page = FirstRunPage()
    qtbot.addWidget(page)
    page.set_recents((tmp_path, tmp_path / "gone"))
    there, gone = page.recents.lines()
    assert not gone.isEnabled()
    with qtbot.waitSignal(page.folder_chosen) as told:
        qtbot.mouseClick(there, Qt.MouseButton.LeftButton)
    assert told.args == [tmp_path]


@pytest.mark.parametrize(
    ("look_s", "words"),
    [
        (0.0, "CPU, 2 cores"),
        (0.004, "CPU, 2 cores: about 0.1 s a photo"),
        (0.44, "CPU, 2 cores: about 0.4 s a photo"),
    ],
)
def test_speed_is_said_in_seconds_for_a_photo(look_s: float, words: str) -> None:
    assert speed_words("CPU, 2 cores", look_s) == words


def test_speed_is_said_once_a_model_is_there(qtbot) -> None:
    page = FirstRunPage()
    qtbot.addWidget(page)
    assert page.speed.isHidden()
    page.show_speed("CPU, 2 cores", 0.5)
    assert not page.speed.isHidden()
    assert page.speed.text() == "CPU, 2 cores: about 0.5 s a photo"


@pytest.mark.parametrize(("width", "height"), [(1600, 924), (1024, 564)])
def test_page_is_seen_whole(qtbot, qapp, width: int, height: int) -> None:
    """Nothing has to be scrolled, in a large window or in the smallest one that is drawn."""
    apply_theme(qapp, "dark")
    page = FirstRunPage()
    qtbot.addWidget(page)
    page.show_speed("CPU, 2 cores", 0.5)
    page.resize(width, height)
    with qtbot.waitExposed(page):
        page.show()
    scroll = page.findChild(QScrollArea)
    assert scroll is not None
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() == 0)
    for picture in page.findChildren(IdeaPicture):
        assert picture.height() > 100


def test_what_a_drop_means(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"")
    project = tmp_path / ".moltbox" / "project.sqlite"
    expected = {tmp_path: tmp_path, photo: tmp_path, tmp_path / "gone": None, project: project}
    for dropped, folder in expected.items():
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(dropped))])
        assert dropped_folder(data) == folder
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/photos")])
    assert dropped_folder(web) is None
