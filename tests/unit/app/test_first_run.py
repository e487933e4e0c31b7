"""The first page: what it offers, what it knows of this computer, and that it fits a small window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from app.pages.drop_zone import dropped_folder
from app.pages.first_run import FirstRunPage, speed_words
from app.pages.idea_pictures import PHOTO_SIZE, IdeaPicture
from app.theme.palette import apply_theme


@pytest.fixture
def page(qtbot, qapp) -> FirstRunPage:
    apply_theme(qapp, "dark")
    made = FirstRunPage()
    qtbot.addWidget(made)
    return made


def shown_at(page: FirstRunPage, qtbot, width: int, height: int) -> FirstRunPage:
    page.resize(width, height)
    with qtbot.waitExposed(page):
        page.show()
    return page


@pytest.mark.parametrize(
    ("look_s", "words"),
    [
        (0.0, "CPU, 2 cores"),
        (0.004, "CPU, 2 cores: about 0.1 s a photo"),
        (0.44, "CPU, 2 cores: about 0.4 s a photo"),
        (12.0, "CPU, 2 cores: about 12.0 s a photo"),
    ],
)
def test_speed_is_said_in_seconds_for_a_photo(look_s: float, words: str) -> None:
    assert speed_words("CPU, 2 cores", look_s) == words


def test_speed_has_no_line_before_a_model_is_there(page: FirstRunPage) -> None:
    assert page._speed.isHidden()
    page.show_speed("CPU, 2 cores", 0.5)
    assert not page._speed.isHidden()
    assert page._speed.text() == "CPU, 2 cores: about 0.5 s a photo"


def test_recent_folder_is_chosen_by_its_line(page: FirstRunPage, qtbot, tmp_path: Path) -> None:
    page.set_recents((tmp_path / "gone", tmp_path))
    gone, there = page.recents.lines()
    assert (gone.isEnabled(), there.isEnabled()) == (False, True)
    with qtbot.waitSignal(page.folder_chosen) as chosen:
        there.click()
    assert chosen.args == [tmp_path]


def test_drop_means_the_folder_or_the_one_of_the_file(tmp_path: Path) -> None:
    photo = tmp_path / "cup.jpg"
    photo.write_bytes(b"x")
    for dropped, wanted in ((tmp_path, tmp_path), (photo, tmp_path), (tmp_path / "gone", None)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(dropped))])
        assert dropped_folder(data) == wanted
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/cup.jpg")])
    assert dropped_folder(web) is None


@pytest.mark.parametrize(("width", "height"), [(1600, 924), (1024, 564)])
def test_page_is_seen_whole(page: FirstRunPage, qtbot, width: int, height: int) -> None:
    """Nothing has to be scrolled, in a large window or in the smallest one that is supported."""
    shown_at(page, qtbot, width, height)
    page.show_speed("CPU, 2 cores", 0.5)
    pictures = page.findChildren(IdeaPicture)
    qtbot.waitUntil(lambda: all(picture.height() > 0 for picture in pictures))
    for picture in pictures:
        bottom = picture.mapTo(page, picture.rect().bottomLeft()).y()
        assert bottom < height - 40
    assert page._content.height() <= height


def test_pictures_keep_the_photo_s_shape(page: FirstRunPage, qtbot) -> None:
    shown_at(page, qtbot, 1600, 924)
    for picture in page.findChildren(IdeaPicture):
        assert picture.height() == pytest.approx(picture.width() * PHOTO_SIZE[1] / PHOTO_SIZE[0], abs=1.5)
        assert picture.accessibleName()
