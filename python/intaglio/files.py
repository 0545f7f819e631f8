"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from intaglio.errors import FormatError, InvalidInput, ResourceLimit

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
    try:
        target = Path(path)
    except TypeError as error:
        raise InvalidInput(f"cannot write {path!r}: {error}") from error
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
    except ValueError as error:
        raise InvalidInput(f"cannot write {target!r}: {error}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ResourceLimit(f"no space to write {target}: {error.strerror}") from error
        raise InvalidInput(f"cannot write {target}: {error.strerror}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def require_writable(*paths: str | os.PathLike[str]) -> None:
    """Refuse early what cannot be written late: hours of work may lie between.

    Raises:
        InvalidInput: a folder that does not exist or may not be written, a path that is a folder, or one path twice.
    """
    for path in map(Path, paths):
        if path.is_dir():
            raise InvalidInput(f"cannot write {path}: it is a folder")
        if not path.parent.is_dir():
            raise InvalidInput(f"cannot write {path}: there is no folder {path.parent}")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise InvalidInput(f"cannot write {path}: no permission to write in {path.parent}")
    if len({os.path.realpath(path) for path in paths}) < len(paths):
        raise InvalidInput(f"cannot write two files to one path: {', '.join(str(path) for path in paths)}")


@contextlib.contextmanager
def named(path: str | os.PathLike[str]) -> Iterator[None]:
    """A `FormatError` inside says which file it is about."""
    try:
        yield
    except FormatError as error:
        raise FormatError(f"{os.fspath(path)}: {error}") from error


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        InvalidInput: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {os.fspath(path)}: {error.strerror}") from error
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"cannot read {path!r}: {error}") from error
