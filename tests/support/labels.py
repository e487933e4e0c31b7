"""Label sets for the tests of label files: hand-made ones, and a strategy that makes awkward ones."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.geometry import Box

AWKWARD_NAMES = (
    "plain.jpg",
    "UPPER.JPG",
    "with space.png",
    "sub/plain.jpg",
    "sub/deeper/plain.png",
    "猫/犬.jpg",
    "emoji 🐈.webp",
    "a#b&c<d>e\"f'g.jpg",
    "-dash.jpg",
    "clash.jpg",
    "clash.png",
    "clash.jpg.png",
    "dots.in.name.tif",
    "n" * 200 + ".jpg",
)


def one_photo(*boxes: LabelledBox, path: str = "a.jpg", width: int = 100, height: int = 80) -> LabelSet:
    """A label set of one photo with these boxes and their classes."""
    names = tuple(dict.fromkeys(box.class_name for box in boxes))
    return LabelSet(names, (LabelledPhoto(path, width, height, boxes),))


def cat(x0: float, y0: float, x1: float, y1: float) -> LabelledBox:
    return LabelledBox("cat", Box(x0, y0, x1, y1))


def class_names() -> st.SearchStrategy[str]:
    """Names as people may give them: any script, markup characters, no control characters, no space around."""
    letters = st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufffe\uffff")
    return st.text(letters, min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int, *, whole: bool = False) -> Box:
    """A box inside the photo; `whole` for whole-pixel ends."""

    def ends(side: int) -> tuple[float, float]:
        if whole:
            low = draw(st.integers(0, side - 1))
            return low, draw(st.integers(low + 1, side))
        low = draw(st.floats(0, side - 0.01))
        return low, draw(st.floats(min(low + 0.01, side), side))

    x0, x1 = ends(width)
    y0, y1 = ends(height)
    return Box(float(x0), float(y0), float(x1), float(y1))


@st.composite
def label_sets(draw: st.DrawFn, *, whole: bool = False, flags: bool = True) -> LabelSet:
    """Up to four photos, each with up to four boxes; `flags` for what only some formats can hold."""
    names = draw(st.lists(class_names(), min_size=1, max_size=4, unique=True))
    paths = draw(st.lists(st.sampled_from(AWKWARD_NAMES), min_size=1, max_size=4, unique=True))
    photos = []
    for path in paths:
        width, height = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
        labelled = tuple(
            LabelledBox(
                class_name=draw(st.sampled_from(names)),
                box=draw(boxes(width, height, whole=whole)),
                score=draw(st.none() | st.floats(0, 1)) if flags else None,
                state=draw(st.sampled_from([None, "accepted", "drawn"])) if flags else None,
                difficult=draw(st.booleans()),
                truncated=draw(st.booleans()),
            )
            for _ in range(draw(st.integers(0, 4)))
        )
        photos.append(LabelledPhoto(path, width, height, labelled, verified=draw(st.booleans())))
    return LabelSet(tuple(names), tuple(photos))
