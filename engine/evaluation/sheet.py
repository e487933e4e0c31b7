"""The contact sheet of an evaluation: its best, its median and its worst photos, map by map.

One row a photo: the photo, each scale, the fused and the refined map. True boxes are red, a map's own box at the
model's threshold is green, and the corner says their IoU.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine import pictures
from engine.dataset.files import safe_relative
from engine.errors import PhotoError
from engine.evaluation.ground_truth import GroundTruth
from engine.evaluation.records import SubjectScore
from engine.evaluation.score_store import ScoreStore
from engine.geometry import Box
from engine.images import read_photo
from engine.localization.boxes import component_boxes
from engine.localization.heat_map import HeatMap
from engine.localization.localizer import Localizer
from engine.metrics.localization import best_iou
from engine.words import counted

_EACH = 4
_TRUE_BOX = (240, 70, 64)
_OWN_BOX = (70, 214, 112)
_PLATE = (16, 17, 19)
_TILE_HEIGHT, _WIDEST_TILE = 168, 224
_GAP = 10
_NARROWEST = 840
_MARGIN = 24
_ROW_CAPTION = 24
_HEAD = 96
_SECTION = 46
_TITLE_SIZE, _SECTION_SIZE, _CAPTION_SIZE, _CORNER_SIZE = 24, 18, 13, 13


@dataclass(frozen=True, slots=True, eq=False)
class SheetPhoto:
    """A row of the sheet: caption, pixels (H, W, 3) uint8 RGB, true boxes in photo pixels, the maps."""

    caption: str
    pixels: NDArray[np.uint8]
    truth: tuple[Box, ...]
    heat_map: HeatMap


def pick(ious: NDArray[np.float64], each: int) -> dict[str, list[int]]:
    """The places of the best, the median and the worst photos, `each` of each (fewer where there are few).

    Args:
        ious: (N,) the proposals' IoU. Equal ones stay in the order of the data set.
    """
    order = np.argsort(-ious, kind="stable")
    each = min(each, max(1, len(order) // 3))
    middle = max(0, (len(order) - each) // 2)
    named = {"Best": order[:each], "Median": order[middle : middle + each], "Worst": order[len(order) - each :]}
    taken: set[int] = set()
    found: dict[str, list[int]] = {}
    for name, places in named.items():
        found[name] = [int(place) for place in places if int(place) not in taken]
        taken.update(found[name])
    return {name: places for name, places in found.items() if places}


def contact_sheet(
    report: Mapping[str, Any], store: ScoreStore, truth: GroundTruth, localizer: Localizer, threshold: float
) -> NDArray[np.uint8] | None:
    """The sheet of a finished evaluation, (H, W, 3) uint8 RGB; None where no photo has a true box.

    The photos are looked at once more, since maps are not kept.
    """
    ious = np.array([score.ious[0, 0] for score in store.scores() if score.truth])
    if not len(ious):
        return None
    chosen = pick(ious, _EACH)
    asked = {place for places in chosen.values() for place in places}
    shown: dict[int, SheetPhoto] = {}
    for place, score in enumerate(score for score in store.scores() if score.truth):
        if place in asked:
            with contextlib.suppress(PhotoError):
                shown[place] = _look_again(score, truth, localizer)
    sections = [(name, [shown[place] for place in places if place in shown]) for name, places in chosen.items()]
    model, data = report["model"], report["data"]
    title = f"{model['name']} on {data['name']}"
    share = report["gt_known"]["0.5"]["share"]
    note = (
        f"{counted(len(ious), 'photo')}, threshold {threshold:.2f}: {100 * share:.1f} % right at IoU 0.5. "
        "In the corner the IoU of the map's own box."
    )
    return draw_sheet(title, note, sections, threshold)


def _look_again(score: SubjectScore, truth: GroundTruth, localizer: Localizer) -> SheetPhoto:
    pixels = read_photo(safe_relative(score.photo, truth.root))
    heat_map = localizer.look(pixels).heat_map(score.place)
    return SheetPhoto(f"{score.photo}   {score.label}", pixels, score.truth, heat_map)


def draw_sheet(
    title: str, note: str, sections: Iterable[tuple[str, Sequence[SheetPhoto]]], threshold: float
) -> NDArray[np.uint8]:
    """The sheet as (H, W, 3) uint8 RGB.

    Args:
        title: its first line. note: its second, smaller.
        sections: name and photos of each; all photos by one model.
        threshold: cut of the maps.
    """
    filled = [(name, photos) for name, photos in sections if photos]
    tile_width = max(_shrunk(photo).shape[1] for _, photos in filled for photo in photos)
    views = filled[0][1][0].heat_map.view_names if filled else ()
    width = max(_MARGIN * 2 + (len(views) + 1) * (tile_width + _GAP) - _GAP, _NARROWEST)
    row_height = _ROW_CAPTION + _TILE_HEIGHT + _GAP + 4
    height = _HEAD + sum(_SECTION + len(photos) * row_height for _, photos in filled) + _MARGIN
    sheet = pictures.blank(width, height)
    pictures.write(sheet, pictures.shortened(title, _TITLE_SIZE, width - 2 * _MARGIN), _MARGIN, 20, _TITLE_SIZE)
    pictures.write(sheet, note, _MARGIN, 58, _CAPTION_SIZE, pictures.QUIET_TEXT)
    _legend(sheet, width)
    y = _HEAD
    for name, photos in filled:
        pictures.write(sheet, name, _MARGIN, y + 8, _SECTION_SIZE)
        _column_names(sheet, y + 14, views, tile_width)
        y += _SECTION
        for photo in photos:
            _draw_row(sheet, y, photo, views, threshold, tile_width)
            y += row_height
    return sheet


def _shrunk(photo: SheetPhoto) -> NDArray[np.uint8]:
    return pictures.shrunk(photo.pixels, _WIDEST_TILE, _TILE_HEIGHT)


def _column_names(sheet: NDArray[np.uint8], y: int, views: Sequence[str], tile_width: int) -> None:
    for column, view in enumerate(views, start=1):
        name = f"scale {view}" if view not in ("fused", "refined") else view
        pictures.write(sheet, name, _left(column, tile_width), y, _CAPTION_SIZE, pictures.QUIET_TEXT)


def _legend(sheet: NDArray[np.uint8], width: int) -> None:
    x = width - _MARGIN
    for text, colour in (("proposed box", _OWN_BOX), ("true box", _TRUE_BOX)):
        x -= pictures.text_width(text, _CAPTION_SIZE) + 2
        pictures.write(sheet, text, x, 58, _CAPTION_SIZE, pictures.QUIET_TEXT)
        x -= 22
        cv2.rectangle(sheet, (x, 60), (x + 14, 70), colour, 2)
        x -= 18


def _draw_row(
    sheet: NDArray[np.uint8], y: int, photo: SheetPhoto, views: Sequence[str], threshold: float, tile_width: int
) -> None:
    room = sheet.shape[1] - 2 * _MARGIN
    pictures.write(sheet, pictures.shortened(photo.caption, _CAPTION_SIZE, room), _MARGIN, y + 2, _CAPTION_SIZE)
    small = _shrunk(photo)
    factors = small.shape[1] / photo.pixels.shape[1], small.shape[0] / photo.pixels.shape[0]
    truth = [box.scaled(*factors) for box in photo.truth]
    plain = small.copy()
    for box in truth:
        pictures.draw_box(plain, box, _TRUE_BOX)
    _place(sheet, plain, _left(0, tile_width), y, tile_width)
    for column, view in enumerate(views, start=1):
        heat_map = photo.heat_map
        values = heat_map.view(view)
        size = heat_map.photo_width, heat_map.photo_height
        found = component_boxes(values, threshold, heat_map.rule, photo_width=size[0], photo_height=size[1])
        tile = pictures.lay_over(small, values)
        for box in truth:
            pictures.draw_box(tile, box, _TRUE_BOX)
        for proposal in found:
            pictures.draw_box(tile, proposal.box.scaled(*factors), _OWN_BOX)
        _corner(tile, best_iou(found[0].box if found else None, photo.truth))
        _place(sheet, tile, _left(column, tile_width), y, tile_width)


def _corner(tile: NDArray[np.uint8], iou: float) -> None:
    text = f"{iou:.2f}"
    width, height = pictures.text_width(text, _CORNER_SIZE) + 10, _CORNER_SIZE + 7
    x, y = tile.shape[1] - width, tile.shape[0] - height
    if x < 0 or y < 0:
        return
    tile[y:, x:] = (0.2 * tile[y:, x:] + 0.8 * np.array(_PLATE)).astype(np.uint8)
    pictures.write(tile, text, x + 5, y + 2, _CORNER_SIZE, _OWN_BOX if iou >= 0.5 else _TRUE_BOX)


def _place(sheet: NDArray[np.uint8], tile: NDArray[np.uint8], left: int, y: int, tile_width: int) -> None:
    x = left + (tile_width - tile.shape[1]) // 2
    pictures.put(sheet, tile, x, y + _ROW_CAPTION + (_TILE_HEIGHT - tile.shape[0]) // 2)


def _left(column: int, tile_width: int) -> int:
    return _MARGIN + column * (tile_width + _GAP)
