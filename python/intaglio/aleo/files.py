"""The files of circuits: JSON for what is public, bytes with a checksum for secrets."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, TypeVar, cast

from intaglio.errors import FormatError

VERSION = 1
MAX_FILE = 1 << 24
_MAGIC = b"INTAGLIO-ALEOSEC"
_SALT = 31
_SUM = 32
_WEIGHTS = ("baked", "private")
_INPUTS = ("shown", "hidden", "committed")

Word = TypeVar("Word", bound=str)
Kinds = tuple[Literal["baked", "private"], Literal["shown", "hidden", "committed"]]


class Fields:
    """The fields of a JSON file, each of the type that is asked for."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def _get(self, name: str, kind: type) -> Any:
        value = self._fields.get(name)
        if not isinstance(value, kind):
            raise FormatError(f"field {name!r} is missing or of another type")
        return value

    def text(self, name: str) -> str:
        """A text."""
        return str(self._get(name, str))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self._get(name, list)
        if not all(isinstance(value, str) for value in values):
            raise FormatError(f"field {name!r} holds something that is no text")
        return tuple(values)

    def mapping(self, name: str) -> dict[str, Any]:
        """An object."""
        return dict(self._get(name, dict))

    def hexadecimal(self, name: str) -> bytes:
        """Bytes."""
        try:
            return bytes.fromhex(self.text(name))
        except ValueError as error:
            raise FormatError(f"field {name!r} is not hexadecimal") from error

    def word(self, name: str, words: tuple[Word, ...]) -> Word:
        """One of some words."""
        value = self.text(name)
        for word in words:
            if value == word:
                return word
        raise FormatError(f"field {name!r} is {value!r}: {' or '.join(words)}")


def write_fields(kind: str, fields: dict[str, Any]) -> bytes:
    """A JSON file of a kind."""
    return json.dumps({"file": kind, "version": VERSION, **fields}, indent=1).encode() + b"\n"


def read_fields(kind: str, data: bytes) -> Fields:
    """Read such a file.

    Raises:
        FormatError: no JSON object, or of another kind or version.
    """
    if len(data) > MAX_FILE:
        raise FormatError(f"{len(data)} bytes are more than such a file has")
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"this is no {kind}: {error}") from error
    if not isinstance(fields, dict) or fields.get("file") != kind:
        raise FormatError(f"this is no {kind}")
    if fields.get("version") != VERSION:
        raise FormatError(f"version {fields.get('version')!r}, this build reads {VERSION}")
    return Fields(fields)


def write_secret(kinds: Kinds, salt: bytes, program: bytes) -> bytes:
    """The bytes of a circuit's secret."""
    weights, inputs = kinds
    body = _MAGIC + bytes([VERSION, _WEIGHTS.index(weights), _INPUTS.index(inputs)]) + salt + program
    return body + _checksum(body)


def read_secret(data: bytes) -> tuple[Kinds, bytes, bytes]:
    """What `write_secret` was given.

    Raises:
        FormatError: another kind or version of file, or a damaged one.
    """
    head = len(_MAGIC) + 3
    if data[: len(_MAGIC)] != _MAGIC or len(data) < head + _SALT + _SUM:
        raise FormatError("this is no secret of a circuit")
    version, weights, inputs = data[len(_MAGIC) : head]
    if version != VERSION:
        raise FormatError(f"version {version}, this build reads {VERSION}")
    if _checksum(data[:-_SUM]) != data[-_SUM:] or weights >= len(_WEIGHTS) or inputs >= len(_INPUTS):
        raise FormatError("the file is damaged: its checksum does not fit")
    kinds = cast(Kinds, (_WEIGHTS[weights], _INPUTS[inputs]))
    return kinds, data[head : head + _SALT], data[head + _SALT : -_SUM]


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SUM, person=b"intaglio-aleofil").digest()
