"""VOC's lists of what photos show: `ImageSets/Main/<class>_<split>.txt`, a line a photo with 1, 0 or -1.

1 says that the class is on the photo, 0 that it is there but hard to see, -1 that it is not. These are image-level
labels as Moltbox learns from them, so lists of the VOC data sets can be brought in as they are.
"""

from __future__ import annotations

from pathlib import Path

from engine.dataset import checks
from engine.dataset.files import LARGEST_LIST_BYTES, files_in, inside, read_text, relative_name
from engine.errors import LabelFileError

PLACE = Path("ImageSets", "Main")
_PRESENT = {"1", "0"}
_VALUES = {"1", "0", "-1"}


def class_lists(folder: Path) -> list[Path]:
    """The lists of classes in a VOC folder, or in its `ImageSets/Main`; those of whole splits are not among them.

    Lists that are links out of their folder are passed over.

    Raises:
        LabelFileError: `ImageSets/Main` leads out of the folder through a link.
    """
    place = inside(folder, PLACE) if (folder / PLACE).is_dir() else folder
    found = files_in(place.glob("*_*.txt"), place)
    return [path for path in found if len(_first_line(path)) == 2]


def read_image_sets(folder: Path) -> dict[str, tuple[str, ...]]:
    """Which classes each photo shows, by the photo's name without suffix, from all lists of a folder.

    A photo that is in lists but shows none of their classes has no class.

    Raises:
        LabelFileError: as `class_lists`, there is no list, or a line is wrong; the sentence names file and line.
    """
    lists = class_lists(Path(folder))
    if not lists:
        raise LabelFileError(
            f"{folder} has no lists of classes; expected files such as {PLACE.as_posix()}/cat_train.txt."
        )
    found: dict[str, dict[str, None]] = {}
    for path in lists:
        name = checks.class_name(path.stem.rpartition("_")[0], source=path.name)
        for number, line in enumerate(read_text(path, most_bytes=LARGEST_LIST_BYTES).splitlines(), 1):
            cells = line.split()
            if not cells:
                continue
            source = f"{path.name}, line {number}"
            if len(cells) != 2 or cells[1] not in _VALUES:
                raise LabelFileError(f"{source} is {line.strip()!r:.300}; expected a photo's name and 1, 0 or -1.")
            photo = found.setdefault(relative_name(cells[0], source=source), {})
            if cells[1] in _PRESENT:
                photo[name] = None
    return {photo: tuple(classes) for photo, classes in found.items()}


def _first_line(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            return file.readline(1000).decode("utf-8", "replace").split()
    except OSError:
        return []
