"""The commands of docs/reproduce.md as they stand there, on tiny copies of the real folders; its derived figures."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import trainer.export
from app.__main__ import main as moltbox
from engine.localization.model_file import read_manifest_fields
from support.benchmark_folders import write_cub, write_ilsvrc
from trainer.__main__ import main as train
from trainer.export import export_branch
from trainer.molt import Branch

REPOSITORY = Path(__file__).resolve().parents[3]
SMALLER = ["--backbone", "test_vit", "--pretrained", "none", "--device", "cpu", "--threads", "1"]
SMALLER += ["--sizes", "32", "--epochs", "2", "--batch", "8", "--no-clusters"]
"""What makes a training take seconds; everything else is as the document says."""


def commands(heading: str) -> list[list[str]]:
    """The words of each command under a heading, in order."""
    text = (REPOSITORY / "docs" / "reproduce.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def script(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, REPOSITORY / "benchmarks" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def run(words: list[str]) -> None:
    """Runs a command where its programs are this process's own."""
    if words[0] == "tar":
        subprocess.run(words, check=True)
    elif words[0] == "python" and words[1].startswith("benchmarks/"):
        script(Path(words[1]).stem).main(words[2:])
    elif "trainer" in words:
        start = words.index("trainer") + 1
        assert words[start - 1 : start + 1] == ["trainer", "train"]
        assert train([*words[start:], *SMALLER]) == 0
    else:
        assert words[0] == "moltbox"
        assert moltbox([*words[1:], "--device", "cpu", "--threads", "1"]) == 0


@pytest.fixture(scope="module", autouse=True)
def exported_once() -> Iterator[None]:
    """The network of the first training stands for that of the others: exporting takes long and is tested elsewhere."""
    done: list[bytes] = []

    def once(branch: Branch) -> bytes:
        if not done:
            done.append(export_branch(branch))
        return done[0]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trainer.export, "export_branch", once)
        yield


@pytest.mark.parametrize(
    ("heading", "write", "labels"), [("ILSVRC-2012", write_ilsvrc, "ilsvrc"), ("CUB-200-2011", write_cub, "cub")]
)
def test_the_commands_lead_from_the_archive_to_the_tables(heading: str, write, labels: str, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    models = 0
    for words in commands(heading):
        run(words)
        if "--out" in words and "trainer" in words:
            models += 1
            model = tmp_path / words[words.index("--out") + 1]
            fields = read_manifest_fields(model)
            assert fields["training"]["recipe"] == ("strict_tscam" if "strict_tscam" in words else "default")
            assert len(fields["classes"]) == 3
        elif "evaluate" in words:
            found = json.loads((tmp_path / words[words.index("--out") + 1] / "evaluation.json").read_text())
            assert found["data"]["scored"] == 6
            assert not found["unknown_labels"]
    assert models == 2
    table = (tmp_path / "work" / labels / "labels.csv").read_text().splitlines()
    per_class = 10 if heading.startswith("ILSVRC") else 3
    validating = [line for line in table if line.endswith(",val")]
    assert len(table) == 1 + 3 * (12 if per_class == 10 else 6)
    assert len(validating) == 3 * per_class
    boxed = json.loads((tmp_path / "work" / labels / "boxes.coco.json").read_text())
    names = {image["file_name"] for image in boxed["images"]}
    assert names & {line.split(",")[0] for line in validating}
    assert not any("val_" in name for name in names)


def test_the_hours_and_gigabytes_are_those_of_the_script() -> None:
    cost = script("training_cost")
    text = (REPOSITORY / "docs" / "reproduce.md").read_text(encoding="utf-8")
    for sides, column, step in (((224, 288, 384), 0, "167.8 G"), ((224,), 1, "27.5 G")):
        operations = cost.training_operations(sides, 1000)
        assert f"{operations / 1e9:.1f} G" == step
        assert step in text
        photos, epochs, _ = cost.SETS["ILSVRC-2012"]
        for gpu, rates in cost.GPUS.items():
            row = next(line for line in text.splitlines() if line.startswith(f"| {gpu} |"))
            stated = float(row.split("|")[2 if column == 0 else 4].split()[0])
            assert stated == pytest.approx(cost.hours(operations * photos * epochs, rates[column]), rel=0.06)
        weights = cost.held_bytes(sides, 1000, half=column == 0)
        row = next(line for line in text.splitlines() if line.startswith(("| MOLT, bf", "| strict_tscam, s")[column]))
        eight, most = (float(row.split("|")[cell].split()[0]) for cell in (2, 7))
        a_photo = (most - eight) / (256 - 8)
        assert eight - 8 * a_photo == pytest.approx(weights / 1e9, abs=0.1)
        # Keeping less for each photo than its tokens in every block would be an error of the count.
        assert a_photo == pytest.approx(0.186 if column == 0 else 0.059, rel=0.03)
