"""What goes wrong in a training, in words that a person can act on."""

from __future__ import annotations

import pytest

from app.training.troubles import plain_words


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("OSError: [Errno 28] No space left on device", 1, "The disk is full"),
        ("/photos/a.pt cannot be used: No space left on device.", 2, "The disk is full"),
        ("RuntimeError: PytorchStreamWriter failed writing file data/3", 1, "The disk is full"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", 1, "Memory ran out"),
        (
            "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
            1,
            "Memory ran out",
        ),
        ("MemoryError", 1, "Memory ran out"),
        ("", -9, "The system ended the training"),
        ("", 137, "The system ended the training"),
        ("The cuda memory is too small: 8 photos at a time now, 64 a step as before.", 0, "8 photos at a time"),
        ("The cpu memory is too small even for one photo at a time: choose smaller --sizes.", 1, "Train with Quick"),
        ("ModuleNotFoundError: No module named 'timm.models'", 1, "has no timm.models any more"),
        ("/usr/bin/python: No module named trainer", 1, "has no trainer any more"),
        ("Training needs torch: install Moltbox with the train extra.", 2, "has no torch any more"),
        ("ValueError: something unheard of", 1, "a fault of its own: ValueError: something unheard of"),
    ],
)
def test_a_system_s_words_are_put_plainly(said: str, code: int, words: str) -> None:
    assert words in plain_words(said, code)


@pytest.mark.parametrize("said", ["", "labels.csv has one class only (cat): a classifier needs at least two."])
def test_the_trainer_s_own_sentences_stay_as_they_are(said: str) -> None:
    assert plain_words(said, 2) == said
