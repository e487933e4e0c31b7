"""Makes the desktop build's icons from the window's own SVG: `python desktop/icons.py` writes desktop/icons/."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "resources" / "icons" / "app.svg"
FOLDER = ROOT / "desktop" / "icons"
WINDOWS_SIDES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
LINUX_SIDES = (48, 128, 256)
MAC_SIDE = 1024


def drawn(side: int) -> Image.Image:
    """The icon as `side` x `side` RGBA pixels, drawn at that size and not scaled from another."""
    image = QImage(side, side, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub knows no device
    return Image.open(io.BytesIO(data.data())).convert("RGBA")


def write_icons(folder: Path) -> list[Path]:
    """Writes the icons of the three systems and returns their files."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [drawn(side) for side in WINDOWS_SIDES]
    windows, mac = folder / "moltbox.ico", folder / "moltbox.icns"
    pictures[-1].save(windows, sizes=[(side, side) for side in WINDOWS_SIDES], append_images=pictures[:-1])
    drawn(MAC_SIDE).save(mac)
    files = [windows, mac]
    for side in LINUX_SIDES:
        files.append(folder / f"moltbox-{side}.png")
        drawn(side).save(files[-1], optimize=True)
    return files


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    for file in write_icons(FOLDER):
        print(file.relative_to(ROOT), file.stat().st_size)
