"""The photos that the demo works on: those that the installed scikit-image carries, or the build's copies of them."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from engine.errors import PhotoError
from engine.resources import resource_path

SAMPLES = (
    ("tabby", "chelsea.png"),
    ("espresso", "coffee.png"),
    ("person", "astronaut.png"),
    ("motorcycle", "motorcycle_left.png"),
    ("motorcycle", "motorcycle_right.png"),
    ("missile", "rocket.jpg"),
    ("tripod", "camera.png"),
)
"""(folder that names the class, file in scikit-image's data). Motorcycle and person are no classes of the starter
model: their place comes from the classes that they resemble. In the list the espresso comes first."""


def samples_folder() -> Path:
    """Where the sample photos lie.

    Raises:
        PhotoError: neither the desktop build's copies nor scikit-image are there.
    """
    copied = resource_path("samples")
    if copied.is_dir():
        return copied
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise PhotoError("The sample photos are missing: install scikit-image.")
    return Path(found.origin).parent / "data"


def copy_samples(target: Path) -> int:
    """Copies the sample photos into one folder a class below `target`; those already there stay.

    Raises:
        PhotoError: a photo is missing or the folder cannot be written.
    """
    source = samples_folder()
    for folder, name in SAMPLES:
        to = target / folder / name
        if to.exists():
            continue
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, to)
        except OSError as error:
            raise PhotoError(f"The sample photo {name} cannot be copied to {to.parent}: {error.strerror}.") from error
    return len(SAMPLES)
