"""The files of examples/: shells and YAML readers take them, and Moltbox takes the commands in them."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.prelabel import command
from trainer.__main__ import _parser as trainer_parser

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SLURM = sorted((EXAMPLES / "slurm").glob("*.sbatch"))
KUBERNETES = sorted((EXAMPLES / "kubernetes").glob("*.yaml"))
SHOULD_KNOW = {
    "propose-rayjob.yaml": ["Pod", "Pod"],
    "propose-shards.yaml": ["Job"],
    "train.yaml": ["Service", "Job"],
}


def taken(words: list[str]) -> None:
    """Parses a command line as its program does; shell variables stand for 1."""
    words = [re.sub(r"\$\(\(.*?\)\)|\$\w+", "1", word) for word in words]
    if "trainer" in words:
        trainer_parser().parse_args(words[words.index("trainer") + 1 :])
        return
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    args = parser.parse_args(words[words.index("propose") + 1 :])
    assert ("://" in args.folder) == (args.ray is not None)


def commands(text: str) -> Iterator[list[str]]:
    """The lines of a script that name one of our programs."""
    for line in text.replace("\\\n", " ").splitlines():
        if not line.startswith("#") and re.search(r"moltbox propose|-m trainer", line):
            yield shlex.split(line)


def commands_of(document: Any) -> Iterator[list[str]]:
    """The commands of containers and jobs, wherever they stand in a document."""
    if isinstance(document, dict):
        if "entrypoint" in document:
            yield shlex.split(document["entrypoint"])
        if "command" in document:
            words = [*document["command"], *document.get("args", [])]
            yield shlex.split(words[-1]) if words[0] == "/bin/bash" else words
        for value in document.values():
            yield from commands_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from commands_of(value)


def test_there_are_examples_for_both() -> None:
    assert len(SLURM) == 3
    assert len(KUBERNETES) == 3


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
@pytest.mark.parametrize("path", SLURM, ids=lambda path: path.name)
def test_a_batch_script_is_whole_and_its_command_is_ours(path: Path) -> None:
    done = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/bash\n")
    assert "set -euo pipefail" in text
    found = list(commands(text))
    assert len(found) == 1
    taken(found[0])


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_a_manifest_loads_and_its_command_is_ours(path: Path) -> None:
    documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    assert all({"apiVersion", "kind", "metadata", "spec"} <= document.keys() for document in documents)
    found = list(commands_of(documents))
    assert len(found) == 1
    taken(found[0])


def pods_of(document: Any) -> Iterator[dict[str, Any]]:
    """The pod templates of a custom resource as pods, which Kubernetes' own schemas know."""
    if isinstance(document, dict):
        if "template" in document:
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, **document["template"]}
        for value in document.values():
            yield from pods_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from pods_of(value)


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.name)
def test_a_manifest_holds_no_field_that_kubernetes_does_not_know(path: Path) -> None:
    reason = "kubernetes-validate is not installed (pip install kubernetes-validate)"
    schemas = pytest.importorskip("kubernetes_validate", reason=reason)
    documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    known = [document for document in documents if not document["apiVersion"].startswith("ray.io/")]
    known += [pod for document in documents if document not in known for pod in pods_of(document["spec"])]
    assert [each["kind"] for each in known] == SHOULD_KNOW[path.name]
    for document in known:
        schemas.validate(document, "1.33", strict=True)
        with pytest.raises(schemas.ValidationError):
            schemas.validate({**document, "spec": {**document["spec"], "backofLimit": 1}}, "1.33", strict=True)


def test_every_example_stands_in_the_page_about_scale() -> None:
    page = (EXAMPLES.parent / "docs" / "scale.md").read_text(encoding="utf-8")
    for path in (*SLURM, *KUBERNETES):
        assert f'--8<-- "{path.relative_to(EXAMPLES.parent).as_posix()}"' in page
