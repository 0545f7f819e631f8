"""The Fiat–Shamir transcript (`protocol.md` §2): labelled bytes go in, challenges come out."""

from __future__ import annotations

from hashlib import blake2b

from argument.curve import Point
from argument.encoding import encode_point, encode_scalar
from argument.field import MODULUS


def digest(person: bytes, data: bytes) -> bytes:
    """BLAKE2b with 32 bytes of output."""
    return blake2b(data, digest_size=32, person=person).digest()


def le64(number: int) -> bytes:
    """Eight bytes, little-endian."""
    return number.to_bytes(8, "little")


class Transcript:
    """All bytes so far."""

    def __init__(self) -> None:
        self._state = blake2b(person=b"intaglio-proof-1")

    def absorb(self, label: str, data: bytes) -> None:
        """Bind bytes under a label."""
        name = label.encode("ascii")
        self._state.update(le64(len(name)) + name + le64(len(data)) + data)

    def absorb_scalar(self, label: str, scalar: int) -> None:
        """Bind a scalar."""
        self.absorb(label, encode_scalar(scalar))

    def absorb_point(self, label: str, point: Point) -> None:
        """Bind a point."""
        self.absorb(label, encode_point(point))

    def challenge(self, label: str) -> int:
        """A scalar that depends on everything before."""
        self.absorb("challenge", label.encode("ascii"))
        return int.from_bytes(self._state.copy().digest(), "little") % MODULUS
