"""A checkpoint gets its name only after the disk has its files and their names; the power may go at any moment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

from trainer import checkpoint
from trainer.checkpoint import Progress, save_checkpoint


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux which file a handle is")
def test_files_and_their_names_are_waited_for_before_the_checkpoint_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[tuple[str, bool]] = []
    final = tmp_path / "checkpoint-3"
    real_fsync = os.fsync

    def note_file(handle: int) -> None:
        waits.append((Path(f"/proc/self/fd/{handle}").readlink().name, final.exists()))
        real_fsync(handle)

    monkeypatch.setattr(checkpoint.os, "fsync", note_file)
    model = torch.nn.Linear(2, 2)
    save_checkpoint(tmp_path, model, torch.optim.AdamW(model.parameters()), Progress(3, 1.0, "photos"))
    files = {"weights.safetensors", "optimiser.pt", "state.json"}
    assert {name for name, _ in waits[:3]} == files
    assert waits[3:] == [(".writing-checkpoint-3", False), (tmp_path.name, True)]
    assert not any(named for _, named in waits[:4])
    assert {path.name for path in final.iterdir()} == files
