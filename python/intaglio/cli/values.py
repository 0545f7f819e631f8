"""Arrays in and out of the command line."""

from __future__ import annotations

import binascii
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intaglio.errors import InvalidInput


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """An `.npz` with one array for each input, by its name.

    Raises:
        InvalidInput: it cannot be read, or holds pickled objects.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise InvalidInput(f"{path} holds one array: save an .npz with an array for each input, by its name")
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidInput(f"cannot read arrays from {path}: {error}") from error


def read_shapes(words: list[str]) -> dict[str, tuple[int, ...]]:
    """`name=1,3,224,224` for each symbolic input.

    Raises:
        InvalidInput: another form.
    """
    shapes = {}
    for word in words:
        name, _, sizes = word.rpartition("=")
        try:
            shapes[name] = tuple(int(size) for size in sizes.split(","))
        except ValueError as error:
            raise InvalidInput(f"--shape {word!r}: write name=1,3,224,224") from error
        if not name:
            raise InvalidInput(f"--shape {word!r}: write name=1,3,224,224")
    return shapes


def read_hex(word: str | None) -> bytes | None:
    """A nonce in hexadecimal.

    Raises:
        InvalidInput: no hexadecimal.
    """
    if word is None:
        return None
    try:
        return binascii.unhexlify(word)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(f"--nonce {word!r} is no hexadecimal") from error


def read_passphrase(path: Path | None) -> bytes | None:
    """The first line of a passphrase file.

    Raises:
        InvalidInput: it cannot be read or is empty.
    """
    if path is None:
        return None
    try:
        passphrase = path.read_bytes().split(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}") from error
    if not passphrase:
        raise InvalidInput(f"{path} holds no passphrase")
    return passphrase


def as_lists(arrays: Mapping[str, NDArray[Any] | None]) -> dict[str, Any]:
    """Nested lists, as JSON wants them."""
    return {name: None if value is None else value.tolist() for name, value in arrays.items()}


def as_lines(arrays: Mapping[str, NDArray[Any] | None]) -> list[str]:
    """One readable line for each array."""
    lines = []
    for name, value in arrays.items():
        if value is None:
            lines.append(f"  {name}: not public")
            continue
        flat = value.reshape(-1)
        shown = ", ".join(f"{v:g}" for v in flat[:10]) + (", …" if flat.size > 10 else "")
        lines.append(f"  {name} {list(value.shape)}: {shown}")
    return lines
