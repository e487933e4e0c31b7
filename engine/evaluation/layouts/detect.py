"""Which layout a data set has: told by the files that are there, or named by the person."""

from __future__ import annotations

from pathlib import Path

from engine.errors import LabelFileError
from engine.evaluation.ground_truth import GroundTruth
from engine.evaluation.layouts import cub, imagenet_xml, labelled_folder, tscam_list, wsol_metadata

LAYOUTS = ("coco", "csv", "voc", "cub", "imagenet", "tscam", "wsol")
_DEFAULT_SPLITS = {"cub": "test", "imagenet": "val"}


def open_ground_truth(
    data: Path,
    boxes: Path | None = None,
    *,
    layout: str | None = None,
    split: str | None = None,
    masks: Path | None = None,
) -> GroundTruth:
    """Opens a data set.

    Args:
        data: folder of the photos, or of the whole data set.
        boxes: label file or folder; None takes what lies in `data`.
        layout: one of `LAYOUTS`; None tells it by what is there.
        split: of CUB ("test" where None) and ILSVRC's XML ("val" where None).
        masks: folder of the masks of wsolevaluation's metadata; None takes `data`.

    Raises:
        LabelFileError: nothing that can be read is there, or it is wrong; one sentence.
    """
    if not data.is_dir():
        raise LabelFileError(f"{data} is not a folder.")
    if boxes is not None and not boxes.exists():
        raise LabelFileError(f"{boxes} is not there.")
    found = layout or _detect(data, boxes)
    if split is not None and found not in _DEFAULT_SPLITS:
        raise LabelFileError(f"--split {split}: only CUB and ILSVRC's XML have splits; name the boxes of one instead.")
    chosen_split = split or _DEFAULT_SPLITS.get(found, "")
    if found == "cub":
        return cub.open_folder(boxes or data, chosen_split)
    if found == "imagenet":
        return imagenet_xml.open_folder(data, boxes, chosen_split)
    if found == "wsol":
        return wsol_metadata.open_folder(boxes or data, data, masks)
    if boxes is None and found == "voc":
        boxes = data
    if boxes is None:
        raise LabelFileError(f"{data}: --boxes is missing; expected a file of boxes.")
    if found == "tscam":
        return tscam_list.open_list(boxes, data)
    return labelled_folder.open_folder(data, boxes, found)


def _detect(data: Path, boxes: Path | None) -> str:
    place = boxes or data
    if place.is_file():
        if place.suffix.lower() == ".json":
            return "coco"
        return "tscam" if tscam_list.looks_like(place) else "csv"
    if wsol_metadata.looks_like(place):
        return "wsol"
    if cub.looks_like(place):
        return "cub"
    if imagenet_xml.looks_like(data):
        return "imagenet"
    if labelled_folder.looks_like_voc(place):
        return "voc"
    raise LabelFileError(
        f"{place} holds no boxes that Moltbox knows; name a COCO file, a table or a VOC folder with --boxes, or the "
        f"layout with --layout ({', '.join(LAYOUTS)})."
    )
