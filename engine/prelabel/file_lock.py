"""A lock on an open file that ends with the process that holds it, however that ends."""

from __future__ import annotations

import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, and locked bytes cannot be read by others: one far behind any content is taken.
    _FAR = 2**62

    def lock(file: BinaryIO) -> bool:
        """Takes the lock of a file opened for writing; False where another process holds it."""
        place = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(place)
        return True

else:
    import errno
    import fcntl

    def lock(file: BinaryIO) -> bool:
        """Takes the lock of a file opened for writing; False where another process holds it.

        A disk that knows no locks, as some network disks do, lets everyone in.
        """
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        return True
