"""Takes the pictures of the window that the README and the guide show, on the demo's photos.

xvfb-run -a -s "-screen 0 1600x1000x24" python docs/screenshots.py     # or on a real display
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

IMAGES = Path(__file__).with_name("images")
SIZE = (1600, 1000)
SHOWN_WIDTH_PX = 1280
PHOTO = "coffee.png"
THRESHOLD = 0.22


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOLTBOX_SETTINGS"] = str(Path(folder) / "settings.ini")
        app = QApplication(["moltbox"])
        take_all(app, Path(folder) / "Everyday things")


def take_all(app: QApplication, photos: Path) -> None:
    from app.main_window import MainWindow
    from app.samples import copy_samples
    from app.session import Session
    from app.theme.fonts import prefer_clear_font
    from app.theme.palette import apply_theme
    from engine.dataset.project_records import PhotoState
    from engine.resources import starter_model_path

    def wait(ready: Callable[[], bool], at_most_s: float = 60.0) -> None:
        end_s = time.monotonic() + at_most_s
        while not ready() and time.monotonic() < end_s:
            app.processEvents()
            time.sleep(0.005)

    copy_samples(photos)
    prefer_clear_font(app)
    apply_theme(app, "dark")
    session = Session(starter_model_path())
    window = MainWindow(session)
    window.resize(*SIZE)
    window.show()
    session.open_folder(photos)
    wait(lambda: session.heat_map is not None)
    session.prelabel_all()
    wait(lambda: not session.counts()[PhotoState.NEW])
    session.go_to(next(row.id for row in session.rows if row.path.endswith(PHOTO)))
    wait(lambda: session.heat_map is not None and session.pixels is not None)
    session.set_threshold(THRESHOLD)
    IMAGES.mkdir(exist_ok=True)
    for scheme in ("dark", "light"):
        apply_theme(app, scheme)
        settled_s = time.monotonic() + 1.0
        wait(lambda settled_s=settled_s: time.monotonic() > settled_s)
        picture = window.grab().toImage()
        shown = picture.scaledToWidth(SHOWN_WIDTH_PX, Qt.TransformationMode.SmoothTransformation)
        shown.save(str(IMAGES / f"window-{scheme}.png"))
    session.shut_down()


if __name__ == "__main__":
    main()
