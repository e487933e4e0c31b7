"""Takes the pictures of the window that the README and the guide show, on the demo's photos.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/screenshots.py           # or on a real display
xvfb-run -a -s "-screen 0 2560x1600x24" python docs/screenshots.py --dense   # one picture of a screen twice as dense
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.samples import copy_samples
from app.session import Session
from app.theme.fonts import prefer_clear_font
from app.theme.palette import apply_theme
from engine.dataset.project_records import PhotoState
from engine.resources import starter_model_path

IMAGES = Path(__file__).with_name("images")
SIZE = (1600, 1000)
SMALL_SIZE = (1024, 640)
DENSE_SIZE = (1280, 800)
SHOWN_WIDTH_PX = 1280
PHOTO = "coffee.png"
THRESHOLD = 0.22
_QUALITY = 88


class Studio:
    """One window on the demo's photos, and the pictures taken of it."""

    def __init__(self, app: QApplication, photos: Path) -> None:
        self._app = app
        copy_samples(photos)
        prefer_clear_font(app)
        apply_theme(app, "dark")
        self.session = Session(starter_model_path())
        self.window = MainWindow(self.session)
        self.window.resize(*SIZE)
        self.window.show()
        self._photos = photos

    def wait(self, ready: Callable[[], bool], at_most_s: float = 60.0) -> None:
        end_s = time.monotonic() + at_most_s
        while not ready() and time.monotonic() < end_s:
            self._app.processEvents()
            time.sleep(0.005)

    def rest(self, rest_s: float = 1.0) -> None:
        until_s = time.monotonic() + rest_s
        self.wait(lambda: time.monotonic() > until_s)

    def take(self, name: str, *, width_px: int = SHOWN_WIDTH_PX) -> None:
        """Takes a picture once everything has settled, at most so wide."""
        self.rest()
        picture = self.window.grab().toImage()
        shown = picture.scaledToWidth(min(width_px, picture.width()), Qt.TransformationMode.SmoothTransformation)
        shown.save(str(IMAGES / f"{name}.jpg"), quality=_QUALITY)

    def act(self, name: str) -> None:
        self.window.actions_by_id[name].trigger()

    def close_sheet(self) -> None:
        if self.window.sheet is not None:
            self.window.sheet.close_sheet()

    def open_folder(self) -> None:
        """Opens the photos, has all of them looked at, and goes to the one that is shown."""
        session = self.session
        session.open_folder(self._photos)
        self.wait(lambda: session.heat_map is not None)
        session.prelabel_all()
        self.wait(lambda: not session.counts()[PhotoState.NEW] and not session.prelabelling.is_running)
        self.window.centre.messages.clear_news()
        self.show_photo()

    def show_photo(self) -> None:
        session = self.session
        session.go_to(next(row.id for row in session.rows if row.path.endswith(PHOTO)))
        self.wait(lambda: session.heat_map is not None and session.pixels is not None)
        session.set_threshold(THRESHOLD)


def take_all(studio: Studio) -> None:
    session, window = studio.session, studio.window
    studio.wait(lambda: session.model_name != "")
    studio.take("first-run")
    studio.open_folder()
    apply_theme(QApplication.instance(), "light")  # pyright: ignore[reportArgumentType]
    studio.take("window-light")
    apply_theme(QApplication.instance(), "dark")  # pyright: ignore[reportArgumentType]
    studio.take("window")
    session.begin_threshold_drag()
    session.set_threshold(0.4, dragging=True)
    studio.take("drag")
    session.cancel_threshold_drag()
    studio.act("threshold_all")
    studio.rest(0.5)
    for _ in range(8):
        QTest.keyClick(window.centre.page, Qt.Key.Key_BracketRight)
    studio.take("threshold-all")
    window.centre.close_page()
    for name in ("export", "shortcuts", "classes", "preferences"):
        studio.act(name)
        studio.take(name)
        studio.close_sheet()
    session.moves_on = False
    for row in session.rows[:5]:
        session.go_to(row.id)
        studio.rest(0.3)
        session.accept()
    studio.act("statistics")
    studio.take("statistics")
    window.centre.close_page()
    studio.show_photo()
    window.resize(*SMALL_SIZE)
    studio.take("small")


def take_dense(studio: Studio) -> None:
    studio.window.resize(*DENSE_SIZE)
    studio.wait(lambda: studio.session.model_name != "")
    studio.open_folder()
    studio.take("window-dense", width_px=2 * DENSE_SIZE[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dense", action="store_true", help="only the picture of a dense screen")
    options = parser.parse_args()
    if options.dense:
        os.environ["QT_SCALE_FACTOR"] = "2"
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOLTBOX_SETTINGS"] = str(Path(folder) / "settings.ini")
        studio = Studio(QApplication(["moltbox"]), Path(folder) / "Everyday things")
        (take_dense if options.dense else take_all)(studio)
        studio.session.shut_down()


if __name__ == "__main__":
    main()
