"""Layouts of data sets, each against a small copy made as its makers lay it out; boxes are worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import write_box_table
from engine.dataset.voc import write_voc
from engine.errors import LabelFileError
from engine.evaluation.ground_truth import GroundTruth, MaskFiles, TruePhoto, measure
from engine.evaluation.layouts.detect import open_ground_truth
from engine.geometry import Box

LAMP = Box(10, 20, 30, 60)
POST = Box(40, 5, 64, 48)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def photos_of(truth: GroundTruth) -> dict[str, TruePhoto]:
    return {photo.relative: photo for photo in truth.photos()}


def coco_file(path: Path, images: list[str], boxes: list[tuple[int, str, Box]]) -> Path:
    names = list(dict.fromkeys(name for _, name, _ in boxes))
    document = {
        "images": [{"id": at, "file_name": name, "width": 64, "height": 64} for at, name in enumerate(images, start=1)],
        "annotations": [
            {
                "id": at,
                "image_id": image,
                "category_id": 1 + names.index(name),
                "bbox": [box.x0, box.y0, box.width, box.height],
            }
            for at, (image, name, box) in enumerate(boxes, start=1)
        ],
        "categories": [{"id": at, "name": name} for at, name in enumerate(names, start=1)],
    }
    return write(path, json.dumps(document))


def test_the_folder_names_the_class_and_other_classes_boxes_are_left_aside(tmp_path: Path) -> None:
    boxes = coco_file(
        tmp_path / "boxes.json",
        ["val/bright_lamp/1.png", "val/bright_lamp/2.png", "3.png", "val/empty/4.png"],
        [(1, "Bright Lamp", LAMP), (1, "post", POST), (2, "post", POST), (2, "lid", LAMP), (3, "post", POST)],
    )
    truth = open_ground_truth(tmp_path, boxes)
    found = photos_of(truth)
    assert [(t.label, t.boxes) for t in found["val/bright_lamp/1.png"].targets] == [("bright_lamp", (LAMP,))]
    both = [(t.label, t.boxes) for t in found["val/bright_lamp/2.png"].targets]
    assert both == [("post", (POST,)), ("lid", (LAMP,))]
    assert [t.label for t in found["3.png"].targets] == ["post"]
    extent = measure(truth)
    assert (extent.photos, extent.missing, extent.without_truth, extent.class_count) == (4, 4, 1, 0)
    assert extent.first_missing == "val/bright_lamp/1.png"


def test_a_table_and_voc_say_the_same_as_coco(tmp_path: Path) -> None:
    labelled = LabelledPhoto("post/1.png", 64, 64, (LabelledBox("post", POST),))
    label_set = LabelSet(("post",), (labelled,))
    write_box_table(tmp_path / "boxes.csv", label_set)
    write_voc(tmp_path / "voc", label_set)
    (tmp_path / "voc" / "JPEGImages").mkdir()
    for truth in (
        open_ground_truth(tmp_path, tmp_path / "boxes.csv"),
        open_ground_truth(tmp_path, tmp_path / "voc"),
        open_ground_truth(tmp_path / "voc"),
    ):
        assert photos_of(truth)["post/1.png"].targets[0].boxes == (POST,)
    assert open_ground_truth(tmp_path / "voc").root == tmp_path / "voc" / "JPEGImages"


def test_tscams_list_counts_both_ends_in(tmp_path: Path) -> None:
    lines = "n01440764/ILSVRC2012_val_00000293.JPEG 0 10 20 29 59 40 5 63 47\nn01443537/b.JPEG 1 0 0 9 9\n"
    truth = open_ground_truth(tmp_path, write(tmp_path / "val_folder_new.txt", lines))
    assert truth.layout == "ILSVRC, TS-CAM's list"
    assert truth.ends_included
    photo = photos_of(truth)["n01440764/ILSVRC2012_val_00000293.JPEG"]
    assert photo.targets[0].boxes == (LAMP, POST)
    assert (photo.targets[0].words, photo.targets[0].number) == (("n01440764",), 0)
    assert measure(truth).class_count == 2


def imagenet(root: Path, annotation: str = "<xmin>10</xmin><ymin>20</ymin><xmax>29</xmax><ymax>59</ymax>") -> Path:
    xml = (
        "<annotation><folder>val</folder><filename>ILSVRC2012_val_00000001</filename>"
        "<size><width>64</width><height>64</height><depth>3</depth></size>"
        f"<object><name>n02</name><bndbox>{annotation}</bndbox></object></annotation>"
    )
    write(root / "Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml", xml)
    write(root / "Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG", "")
    write(root / "LOC_synset_mapping.txt", "n01 tench, Tinca tinca\nn02 goldfish, Carassius auratus\n")
    return root


def test_ilsvrcs_own_xml_counts_pixels_from_0_with_both_ends_in(tmp_path: Path) -> None:
    truth = open_ground_truth(imagenet(tmp_path))
    assert measure(truth).missing == 0
    photo = photos_of(truth)["val/ILSVRC2012_val_00000001.JPEG"]
    assert (photo.width, photo.height) == (64, 64)
    target = photo.targets[0]
    assert (target.words, target.number, target.boxes) == (("n02", "goldfish", "Carassius auratus"), 1, (LAMP,))
    with pytest.raises(LabelFileError, match="split 'train'"):
        open_ground_truth(tmp_path, split="train")


def cub(root: Path) -> Path:
    write(root / "images.txt", "1 001.Black_footed_Albatross/a_1.jpg\n2 002.Laysan_Albatross/b_2.jpg\n")
    write(root / "image_class_labels.txt", "1 1\n2 2\n")
    write(root / "train_test_split.txt", "1 0\n2 1\n")
    write(root / "bounding_boxes.txt", "1 10.0 20.0 20.0 40.0\n2 40.0 5.0 24.0 43.0\n")
    (root / "images").mkdir()
    return root


def test_cubs_boxes_are_corner_and_size_and_its_classes_count_from_1(tmp_path: Path) -> None:
    root = cub(tmp_path)
    found = photos_of(open_ground_truth(root))
    assert list(found) == ["001.Black_footed_Albatross/a_1.jpg"]
    target = found["001.Black_footed_Albatross/a_1.jpg"].targets[0]
    assert target.words == ("001.Black_footed_Albatross", "Black_footed_Albatross")
    assert (target.number, target.boxes) == (0, (LAMP,))
    training = photos_of(open_ground_truth(root, split="train"))
    assert training["002.Laysan_Albatross/b_2.jpg"].targets[0].boxes == (POST,)
    assert len(photos_of(open_ground_truth(root, split="all"))) == 2
    assert not open_ground_truth(root).ends_included


def wsol(folder: Path) -> Path:
    # As upstream writes them: no newline at the end.
    write(folder / "image_ids.txt", "val2/0/a.jpeg\nval2/1/b.jpeg")
    write(folder / "class_labels.txt", "val2/0/a.jpeg,0\nval2/1/b.jpeg,1")
    write(folder / "image_sizes.txt", "val2/0/a.jpeg,64,64\nval2/1/b.jpeg,500,375")
    write(folder / "localization.txt", "val2/1/b.jpeg,0,0,499,374\nval2/0/a.jpeg,10,20,29,59\nval2/0/a.jpeg,40,5,63,47")
    return folder


def test_wsolevaluations_lines_may_be_in_any_order(tmp_path: Path) -> None:
    truth = open_ground_truth(tmp_path, wsol(tmp_path / "metadata"))
    found = photos_of(truth)
    assert list(found) == ["val2/0/a.jpeg", "val2/1/b.jpeg"]
    assert found["val2/0/a.jpeg"].targets[0].boxes == (LAMP, POST)
    whole = found["val2/1/b.jpeg"]
    assert (whole.targets[0].boxes, whole.targets[0].number) == ((Box(0, 0, 500, 375),), 1)
    assert (whole.width, whole.height) == (500, 375)


def test_wsolevaluations_masks_name_the_ignored_region_once(tmp_path: Path) -> None:
    folder = tmp_path / "metadata"
    write(folder / "image_ids.txt", "val/0/x.jpg")
    write(folder / "class_labels.txt", "val/0/x.jpg,0")
    write(folder / "image_sizes.txt", "")
    write(folder / "localization.txt", "val/0/x.jpg,val/0/x_m1.png,val/0/x_ignore.png\nval/0/x.jpg,val/0/x_m2.png,")
    truth = open_ground_truth(tmp_path, folder, masks=tmp_path / "masks")
    photo = photos_of(truth)["val/0/x.jpg"]
    assert photo.masks == MaskFiles(("val/0/x_m1.png", "val/0/x_m2.png"), "val/0/x_ignore.png")
    assert truth.mask_root == tmp_path / "masks"
    assert measure(truth).has_masks


def test_a_layout_can_be_named_where_another_would_be_told(tmp_path: Path) -> None:
    boxes = coco_file(tmp_path / "boxes.txt", ["post/1.png"], [(1, "post", POST)])
    with pytest.raises(LabelFileError, match="no column image"):
        open_ground_truth(tmp_path, boxes)
    assert len(photos_of(open_ground_truth(tmp_path, boxes, layout="coco"))) == 1


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("list.txt", "a/1.JPEG 0 1 2 3 4\na/2.JPEG 0 1 2 3\n", r"list.txt, line 2 has 5 fields; expected"),
        ("list.txt", "a/1.JPEG 0 1 2 3 4\na/2.JPEG x 1 2 3 4\n", r"list.txt, line 2, label is 'x'; expected a number"),
        ("list.txt", "../1.JPEG 0 1 2 3 4\n", r"list.txt, line 1, photo is '../1.JPEG'; expected a path inside"),
        ("list.txt", "a/1.JPEG 0 9 2 3 4\n", r"list.txt, line 1, box has left and right ends"),
        ("list.txt", "a/1.JPEG 0 1 2 nan 4\n", r"line 1, box is 'nan'; expected a finite number"),
        ("list.txt", "/etc/1.JPEG 0 1 2 3 4\n", r"expected a path relative to the folder"),
    ],
)
def test_each_fault_of_a_list_is_one_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        measure(open_ground_truth(tmp_path, write(tmp_path / name, text)))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("class_labels.txt", "val2/0/a.jpeg,0", "class_labels.txt has no line for val2/1/b.jpeg; expected one"),
        ("class_labels.txt", "val2/0/a.jpeg,-1\nval2/1/b.jpeg,0", "class_labels.txt, line 1, class is '-1'"),
        ("image_sizes.txt", "val2/0/a.jpeg,64\nval2/1/b.jpeg,1,1", "image_sizes.txt, line 1 has 2 fields; expected 3"),
        ("localization.txt", "val2/0/a.jpeg,1,2,300,4", "localization.txt, line 1 is .*outside the photo of 64 x 64"),
        ("localization.txt", "val2/0/a.jpeg,m.png,", "m.png"),
        ("image_ids.txt", "val2/../../a.jpeg", "image_ids.txt, line 1 is .*expected a path inside"),
    ],
)
def test_each_fault_of_wsolevaluations_files_is_one_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    folder = wsol(tmp_path / "metadata")
    write(folder / name, text)
    if sentence == "m.png":
        write(folder / name, "val2/0/a.jpeg,m.png,i.png\nval2/0/a.jpeg,n.png,j.png")
        sentence = "localization.txt, line 2 names a second picture of what is ignored"
    with pytest.raises(LabelFileError, match=sentence):
        measure(open_ground_truth(tmp_path, folder))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("bounding_boxes.txt", "1 1 2 3\n2 1 2 3 4\n", "bounding_boxes.txt, line 1 has 4 fields; expected 5"),
        ("image_class_labels.txt", "1 0\n2 1\n", "image_class_labels.txt, line 1 has the class 0; expected"),
        ("train_test_split.txt", "1 7\n2 1\n", "train_test_split.txt, line 1 says '7'; expected 1 for training"),
        ("images.txt", "1 \n", "images.txt, line 1, photo is empty"),
        ("images.txt", "9 a/b.jpg\n", "train_test_split.txt has no line for 9"),
    ],
)
def test_each_fault_of_cubs_files_is_one_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    root = cub(tmp_path)
    write(root / name, text)
    with pytest.raises(LabelFileError, match=sentence):
        measure(open_ground_truth(root))


@pytest.mark.parametrize(
    ("annotation", "sentence"),
    [
        ("<xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>", "object 1 has no bndbox.ymax"),
        ("<xmin>1</xmin><ymin>1</ymin><xmax>999</xmax><ymax>9</ymax>", "object 1, bndbox is .*outside the photo"),
        ("<xmin>a</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>", "bndbox.xmin is 'a'; expected a number"),
        ("<xmin>1", "is not an XML file"),
    ],
)
def test_each_fault_of_ilsvrcs_xml_is_one_sentence(tmp_path: Path, annotation: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        measure(open_ground_truth(imagenet(tmp_path, annotation)))


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    root = imagenet(tmp_path)
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'
    write(root / "Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml", bomb)
    with pytest.raises(LabelFileError, match="defines entities"):
        measure(open_ground_truth(root))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="nowhere is not a folder"):
        open_ground_truth(tmp_path / "nowhere")
    with pytest.raises(LabelFileError, match=r"gone\.json is not there"):
        open_ground_truth(tmp_path, tmp_path / "gone.json")
    with pytest.raises(LabelFileError, match="holds no boxes that Moltbox knows"):
        open_ground_truth(tmp_path)
    with pytest.raises(LabelFileError, match="--boxes is missing"):
        open_ground_truth(tmp_path, layout="coco")
    with pytest.raises(LabelFileError, match="only CUB and ILSVRC"):
        open_ground_truth(tmp_path, coco_file(tmp_path / "b.json", ["a.png"], [(1, "a", LAMP)]), split="val")
    with pytest.raises(LabelFileError, match="CUB has no split 'val'"):
        open_ground_truth(cub(tmp_path / "cub"), split="val")
