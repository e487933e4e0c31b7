"""Stores that refuse: whether that lasts, in which words it is told, and asking again where it may pass."""

from __future__ import annotations

import errno
import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from engine.errors import LabelFileError, MoltboxError

PATIENCE_S = 60.0
"""For how long a store that refuses is asked again, its own library's tries included."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 8.0

_NO_SUCH_BUCKET = "there is no such bucket"
_DENIED = "access is denied to the keys that the environment gives"
_UNKNOWN_KEYS = "the store does not know the keys that the environment gives"
_SILENT = "the store does not answer"
_TOO_OFTEN = "the store is asked too often"

_LASTING = {
    "NO_SUCH_BUCKET": _NO_SUCH_BUCKET,
    "allow_bucket_creation": _NO_SUCH_BUCKET,
    "ACCESS_DENIED": _DENIED,
    "INVALID_ACCESS_KEY_ID": _UNKNOWN_KEYS,
    "SIGNATURE_DOES_NOT_MATCH": "the secret key in the environment is wrong",
    "Unable to locate credentials": "the environment gives no keys",
    "Status(PERMISSION_DENIED": _DENIED,
    "Status(UNAUTHENTICATED": _UNKNOWN_KEYS,
}
_PASSING = {
    "NETWORK_CONNECTION": _SILENT,
    "Could not connect to the endpoint": _SILENT,
    "Status(UNAVAILABLE": _SILENT,
    "SLOW_DOWN": _TOO_OFTEN,
    "HTTP status 429": _TOO_OFTEN,
    "HTTP status 503": _TOO_OFTEN,
}
_LASTING_STATUS = re.compile(r"HTTP status 4(?!08|25|29)\d\d")
_LASTING_KINDS = (
    *(FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(ValueError, TypeError, NotImplementedError),
)
_LASTING_NUMBERS = {errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP, errno.ENOSPC, errno.EROFS, errno.EFBIG}

_Answer = TypeVar("_Answer")


class StoreBusyError(LabelFileError):
    """A store refused for as long as it was asked, for a reason that may pass."""


class Refused(OSError):
    """What `tried` raises when its patience is at an end."""


def tried(act: Callable[[], _Answer], patience_s: float) -> _Answer:
    """Does what a store may refuse for a moment; what is missing, forbidden or full is not asked for again.

    The pauses grow, and differ by chance: workers that were refused together do not come again together.

    Args:
        act: what to do.
        patience_s: no try begins later than this after the first.

    Raises:
        Refused: it was refused each time.
        OSError: it is refused for good; the stores' own kinds of errors become this one.
        MoltboxError: as `act` raises it.
    """
    until_s = time.monotonic() + patience_s
    longest_s = _FIRST_PAUSE_S
    while True:
        try:
            return act()
        except MoltboxError:
            raise
        except Exception as error:
            if _lasts(error):
                if isinstance(error, OSError):
                    raise
                raise OSError(str(error)) from error
            pause_s = longest_s * random.uniform(0.5, 1)  # noqa: S311
            if time.monotonic() + pause_s > until_s:
                raise Refused(reason(error)) from error
        time.sleep(pause_s)
        longest_s = min(2 * longest_s, _LONGEST_PAUSE_S)


def reason(error: Exception) -> str:
    """Why a place refused, in a few words; of what a provider's library says, only what a person can act on."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    for word, meaning in (_LASTING | _PASSING).items():
        if word in text:
            return meaning
    return text.partition(" (Request ID")[0].partition(" Detail: ")[0].rstrip(".")


def told(error: OSError, sentence: str) -> LabelFileError:
    """The error of a place where something could not be done, to be raised from `error`."""
    kind = StoreBusyError if isinstance(error, Refused) else LabelFileError
    return kind(f"{sentence}: {reason(error)}.")


def _lasts(error: Exception) -> bool:
    if isinstance(error, _LASTING_KINDS) or getattr(error, "errno", None) in _LASTING_NUMBERS:
        return True
    text = str(error)
    return any(word in text for word in _LASTING) or _LASTING_STATUS.search(text) is not None
