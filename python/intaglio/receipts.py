"""Receipts: this user's own note, on this machine, that a commitment was checked, so that it need not be checked again.

A receipt is a MAC over the digest of all bytes of a commitment and the version of the check. Its key is drawn here, is
readable by its owner only, and is bound to the place where it lies: a folder that was copied from elsewhere, key and
all, is worth nothing. Anything odd (another owner, another mode, a link, a damaged receipt) leads to a full check,
never to trust.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import final

from intaglio import _core
from intaglio.errors import IntaglioError
from intaglio.files import SECRET, write_whole
from intaglio.policy import MAX_WORK

_FOLDER = 0o700
_KEY = "key"
_KEY_BYTES = _RECEIPT_BYTES = 32


def default_folder() -> Path:
    """`intaglio/receipts` in the user's cache directory."""
    cache = os.environ.get("XDG_CACHE_HOME") or ""
    return (Path(cache) if os.path.isabs(cache) else Path.home() / ".cache") / "intaglio" / "receipts"


@final
class Receipts:
    """A folder of receipts. Safe under several processes: every file in it appears whole or not at all."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = Path(folder) if folder is not None else default_folder()

    def checked(self, data: bytes, max_work: int = MAX_WORK) -> _core.Model:
        """The model of a commitment: checked now, or known to have been checked here before.

        Raises:
            FormatError: no commitment.
            Rejected: a commitment that does not hold (stage model).
        """
        own = self._key()
        if own is None:
            return _core.Model.check(data, max_work)
        key, place = own
        path = self._folder / hashlib.blake2b(data, digest_size=32).hexdigest()
        receipt = _private_bytes(path, _RECEIPT_BYTES)
        if receipt is not None:
            known = _core.Model.redeem(data, receipt, key, place)
            if known is not None:
                return known
        model = _core.Model.check(data, max_work)
        # a receipt that cannot be kept costs another check, nothing else
        with contextlib.suppress(IntaglioError):
            write_whole(path, model.receipt(key, place), mode=SECRET)
        return model

    def _key(self) -> tuple[bytes, bytes] | None:
        """The key and what identifies its place; drawn on first use. None where it cannot be kept safely."""
        path = self._folder / _KEY
        try:
            self._folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
            if not _is_private(self._folder.lstat(), stat.S_ISDIR):
                return None
            key = _private_bytes(path, _KEY_BYTES)
            if key is None:
                _draw_key(path)
                key = _private_bytes(path, _KEY_BYTES)
            found = path.lstat()
        except (OSError, RuntimeError):
            return None
        if key is None:
            return None
        place = f"{os.path.realpath(path)}\0{found.st_dev}\0{found.st_ino}\0{os.getuid()}"
        return key, os.fsencode(place)


def _draw_key(path: Path) -> None:
    """A fresh key, unless another process was first: the first one stays, so that its receipts do."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _private_bytes(path: Path, length: int) -> bytes | None:
    """The bytes of a file that only this user can read or write; None if it is anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not _is_private(os.fstat(file.fileno()), stat.S_ISREG):
            return None
        data = file.read(length + 1)
    return data if len(data) == length else None


def _is_private(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    return is_kind(found.st_mode) and found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
