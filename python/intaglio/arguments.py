"""Arguments of the public functions, parsed once: whatever cannot be meant is an `InvalidInput`."""

from __future__ import annotations

from typing import TypeVar

from intaglio.errors import InvalidInput

MAX_NONCE = MAX_AUDIENCE = 1024
"""Most bytes of each, as the verifier has it."""

T = TypeVar("T")
Bytes = bytes | bytearray | memoryview
Passphrase = str | bytes


def instance(value: object, kind: type[T], what: str) -> T:
    """The value, if it is of this kind.

    Raises:
        InvalidInput: it is something else.
    """
    if not isinstance(value, kind):
        raise InvalidInput(f"{what} must be a {kind.__name__}, not {type(value).__name__}")
    return value


def as_bytes(value: object, what: str) -> bytes:
    """Bytes of any kind.

    Raises:
        InvalidInput: it is something else.
    """
    if not isinstance(value, Bytes):
        raise InvalidInput(f"{what} must be bytes, not {type(value).__name__}")
    return bytes(value)


def as_nonce(value: object) -> bytes | None:
    """A nonce.

    Raises:
        InvalidInput: no bytes, or more than a statement takes.
    """
    if value is None:
        return None
    nonce = as_bytes(value, "nonce")
    if len(nonce) > MAX_NONCE:
        raise InvalidInput(f"nonce has {len(nonce)} bytes, at most {MAX_NONCE} are taken")
    return nonce


def as_audience(value: object) -> str | None:
    """An audience.

    Raises:
        InvalidInput: no text, no valid Unicode, or more than a statement takes.
    """
    if value is None:
        return None
    audience = instance(value, str, "audience")
    try:
        length = len(audience.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InvalidInput(f"audience is no valid text: {error}") from error
    if length > MAX_AUDIENCE:
        raise InvalidInput(f"audience has {length} bytes, at most {MAX_AUDIENCE} are taken")
    return audience


def as_passphrase(value: object) -> bytes | None:
    """A passphrase; a text counts as its UTF-8.

    Raises:
        InvalidInput: neither bytes nor text, or empty.
    """
    if value is None:
        return None
    try:
        passphrase = value.encode("utf-8") if isinstance(value, str) else as_bytes(value, "passphrase")
    except UnicodeEncodeError as error:
        raise InvalidInput("passphrase is no valid text") from error
    if not passphrase:
        raise InvalidInput("the passphrase is empty: leave it out, or choose one")
    return passphrase
