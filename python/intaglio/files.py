"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from intaglio.errors import InvalidInput, ResourceLimit

PUBLIC = 0o644
SECRET = 0o600


def write_whole(path: str | os.PathLike[str], data: bytes, *, mode: int) -> None:
    """Write `data` to `path`: a new file beside it, then a rename. Nothing is left half-written.

    Args:
        path: where to.
        data: what.
        mode: permissions of the file, set before a byte is written.

    Raises:
        ResourceLimit: the disk is full.
        InvalidInput: the path cannot be written.
    """
    target = Path(path)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent or ".", prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ResourceLimit(f"no space to write {target}: {error.strerror}") from error
        raise InvalidInput(f"cannot write {target}: {error.strerror}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        InvalidInput: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {os.fspath(path)}: {error.strerror}") from error
