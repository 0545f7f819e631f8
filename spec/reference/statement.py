"""What evidence claims (`format.md` §4), read from bytes."""

from __future__ import annotations

from dataclasses import dataclass

from argument.curve import Point
from argument.encoding import POINT_BYTES, EncodingError, decode_point
from argument.transcript import digest
from lower.boundary import Level, Visibility
from program_bytes import Reader

EVIDENCE = b"INTAGLIO-EVIDENC"
MAX_NONCE = MAX_AUDIENCE = 1024


@dataclass(frozen=True, slots=True)
class Boundary:
    """One input or output: cells if it is public, rows if it is committed."""

    level: Level
    cells: list[int]
    rows: list[Point]


@dataclass(frozen=True, slots=True)
class Statement:
    """Model, inputs, outputs, whom it is for; `context` is all of its bytes."""

    model: bytes
    inputs: list[Boundary]
    outputs: list[Boundary]
    nonce: bytes | None
    audience: str | None
    context: bytes

    @property
    def visibility(self) -> Visibility:
        """Who sees what."""
        return Visibility([b.level for b in self.inputs], [b.level for b in self.outputs])

    @property
    def digest(self) -> bytes:
        """The identity of the claim."""
        return digest(b"intaglio-stmt-v1", self.context)


def read_point(r: Reader) -> Point:
    """A row."""
    try:
        return decode_point(r.take(POINT_BYTES))
    except EncodingError as error:
        raise r.fail("a row that is no canonical point") from error


def read_evidence(data: bytes) -> tuple[Statement, bytes]:
    """Statement and proof.

    Raises:
        DecodeError: the bytes are no evidence.
    """
    r = Reader(data)
    r.head(EVIDENCE)
    start = r.at
    model = r.take(32)
    inputs, outputs = r.list(1, lambda: _read_boundary(r)), r.list(1, lambda: _read_boundary(r))
    nonce = r.blob() if r.flag() else None
    audience = r.text() if r.flag() else None
    if len(nonce or b"") > MAX_NONCE or len((audience or "").encode()) > MAX_AUDIENCE:
        raise r.fail("nonce or audience is too long")
    context = data[start : r.at]
    proof = r.blob()
    r.end()
    return Statement(model, inputs, outputs, nonce, audience, context), proof


def _read_boundary(r: Reader) -> Boundary:
    level = Level(r.below(3))
    cells = r.list(8, r.i64) if level is Level.PUBLIC else []
    rows = r.list(POINT_BYTES, lambda: read_point(r)) if level is Level.COMMITTED else []
    return Boundary(level, cells, rows)
