"""Arrays in and out of the command line."""

from __future__ import annotations

import binascii
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intaglio import _core
from intaglio.errors import InvalidInput
from intaglio.files import named, read_file
from intaglio.policy import LEVELS, Level
from intaglio.proof import Openings
from intaglio.quantise.fidelity import Target


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
    except (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
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


def read_target(label_agreement: float | None, max_error: float | None, *, strict: bool) -> Target | None:
    """The fidelity that is asked for: what is not said is as in `Target()`; nothing is asked for if nothing is said."""
    if label_agreement is None and max_error is None and not strict:
        return None
    usual = Target()
    return Target(
        label_agreement=usual.label_agreement if label_agreement is None else label_agreement,
        max_error=usual.max_error if max_error is None else max_error or math.inf,
    )


def read_levels(words: list[str], names: list[str]) -> dict[str, Level]:
    """`public` for all, or `name=public` for one, of the names that the model has.

    Raises:
        InvalidInput: another word or name, or a name that is left without a word.
    """
    levels: dict[str, Level] = {}
    for word in sorted(words, key=lambda word: "=" in word):
        name, _, level = word.rpartition("=")
        if level not in LEVELS:
            raise InvalidInput(f"visibility {level!r}: one of {', '.join(LEVELS)}")
        if name and name not in names:
            raise InvalidInput(f"visibility of {name!r}: the model has {', '.join(names)}")
        levels |= dict.fromkeys([name] if name else names, level)
    if missing := [name for name in names if name not in levels]:
        raise InvalidInput(f"no visibility is given for {', '.join(missing)}")
    return levels


def read_openings(path: Path, passphrase: bytes | None) -> Openings:
    """An openings file; the passphrase is for an encrypted one only.

    Raises:
        InvalidInput: it cannot be read.
        FormatError: damaged, of another kind, or the passphrase is wrong or missing.
    """
    with named(path):
        described = json.loads(_core.inspect(read_file(path)))
    return Openings.load(path, passphrase=passphrase if described.get("encrypted") else None)


def read_reuse(words: list[str], names: list[str], passphrase: bytes | None) -> dict[str, tuple[Openings, str]] | None:
    """`[input=]FILE[:tensor]` for each input that stands under the commitment of an earlier proof.

    Without a tensor it is the file's only one, or the one of the input's name.

    Raises:
        InvalidInput, FormatError: as `read_openings`; or several inputs and none named.
    """
    reuse = {}
    for word in words:
        name, _, file = word.partition("=") if not Path(word).exists() else ("", "", word)
        if not file:
            name, file = "", word
        if not name and len(names) != 1:
            raise InvalidInput(f"--input-commitment {word!r}: the model has several inputs, write input=FILE")
        path, _, tensor = file.rpartition(":") if not Path(file).exists() else (file, "", "")
        openings = read_openings(Path(path or file), passphrase)
        name = name or names[0]
        reuse[name] = (openings, tensor if path and tensor else _same_or_only(openings, name))
    return reuse or None


def _same_or_only(openings: Openings, name: str) -> str:
    return openings.names[0] if len(openings.names) == 1 else name


def read_text(path: Path) -> str:
    """A text file.

    Raises:
        InvalidInput: it cannot be read, or is no UTF-8.
    """
    try:
        return read_file(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is no text: {error}") from error


def read_hex(word: str | None, option: str = "--nonce") -> bytes | None:
    """Bytes in hexadecimal.

    Raises:
        InvalidInput: no hexadecimal.
    """
    if word is None:
        return None
    try:
        return binascii.unhexlify(word)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(f"{option} {word!r} is no hexadecimal") from error


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
