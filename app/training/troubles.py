"""What can go wrong in a training, in plain words: the trainer's own sentences stay, a system's are put otherwise."""

from __future__ import annotations

import re

from app.texts import tr

_KILLED = frozenset({-9, 137})
_DISK_FULL = re.compile(r"no space left|disk full|not enough space|pytorchstreamwriter failed|errno 28", re.IGNORECASE)
_NO_MEMORY = re.compile(
    r"out of memory|outofmemory|memoryerror|bad_alloc|can't allocate memory|cannot allocate memory|paging file",
    re.IGNORECASE,
)
_HALVED = re.compile(r"memory is too small: (\d+) photos at a time now")
_NO_ROOM = re.compile(r"memory is too small even for one photo")
_NO_MODULE = re.compile(r"no module named '?([\w.]+)'?", re.IGNORECASE)
_NEEDS = re.compile(r"^Training needs (\w+): install Moltbox")
_FAULT = re.compile(r"^[\w.]*(Error|Exception|Exit|Interrupt)\b")


def plain_words(sentence: str, code: int = 0) -> str:
    """What a training said last, as a person can act on it; "" stays "".

    Args:
        sentence: the last line of its log or of its error channel.
        code: how its process ended.
    """
    if code in _KILLED and not sentence:
        return tr("The system ended the training, most likely because memory ran out. Close other programs and go on.")
    if _DISK_FULL.search(sentence):
        return tr("The disk is full. Make room and go on; what was saved is kept.")
    halved = _HALVED.search(sentence)
    if halved is not None:
        return tr(
            "Memory is short: {count} photos at a time from now on. It takes longer and learns the same.",
            count=halved.group(1),
        )
    if _NO_ROOM.search(sentence):
        return tr("Memory is too small even for one photo at a time. Train with Quick.")
    if _NO_MEMORY.search(sentence):
        return tr("Memory ran out. Close other programs and go on, or train with Quick.")
    missing = _NEEDS.match(sentence) or _NO_MODULE.search(sentence)
    if missing is not None:
        name = missing.group(1)
        return tr("The Python that trains has no {name} any more. Ctrl+T looks for another one.", name=name)
    if _FAULT.match(sentence):
        return tr("The training broke off by a fault of its own: {words}", words=sentence)
    return sentence
