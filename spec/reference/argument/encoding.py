"""Canonical bytes of scalars and points (`protocol.md` §1): one value has one encoding, anything else is refused."""

from __future__ import annotations

from argument.curve import BASE, Point, on_curve
from argument.field import MODULUS

SCALAR_BYTES = 32
POINT_BYTES = 64


class EncodingError(Exception):
    """These bytes are no scalar, or no point of the curve."""


def encode_scalar(scalar: int) -> bytes:
    """Little-endian."""
    return scalar.to_bytes(SCALAR_BYTES, "little")


def decode_scalar(data: bytes) -> int:
    """An integer below r.

    Raises:
        EncodingError: it is not.
    """
    scalar = int.from_bytes(data, "little")
    if scalar >= MODULUS:
        raise EncodingError("the scalar is not below the order of the field")
    return scalar


def encode_point(point: Point) -> bytes:
    """`x ‖ y`."""
    return b"".join(coordinate.to_bytes(SCALAR_BYTES, "little") for coordinate in point)


def decode_point(data: bytes) -> Point:
    """A point of the curve; it may have a part of small order.

    Raises:
        EncodingError: a coordinate is not reduced, or the point is off the curve.
    """
    point = int.from_bytes(data[:SCALAR_BYTES], "little"), int.from_bytes(data[SCALAR_BYTES:], "little")
    if max(point) >= BASE:
        raise EncodingError("a coordinate is not below the order of the base field")
    if not on_curve(point):
        raise EncodingError("the point is not on the curve")
    return point
