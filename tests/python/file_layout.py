"""The layout of every file, read from `spec/format.md` and from nothing else: what stands where, and how long it is.

A field is `(name, bytes)`. Fields whose bytes are random (rows, blinds, proofs) are shown by their length only.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Field = tuple[str, bytes | int]


class Walk:
    """Walks bytes and writes down what it meets."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.fields: list[Field] = []

    def take(self, name: str, length: int, *, random: bool = False) -> bytes:
        part = self.data[self.at : self.at + length]
        assert len(part) == length, f"{name}: {length} bytes were due at {self.at}"
        self.at += length
        self.fields.append((name, length if random else part))
        return part

    def count(self, name: str) -> int:
        return int(struct.unpack("<I", self.take(name, 4))[0])

    def blob(self, name: str, *, random: bool = False) -> bytes:
        return self.take(name, self.count(f"{name} length"), random=random)

    def sizes(self, name: str) -> list[int]:
        return [self.count(f"{name} {i}") for i in range(self.count(f"{name} dimensions"))]

    def head(self, magic: bytes) -> None:
        assert self.take("magic", 16) == magic
        self.take("version", 2)

    def end(self) -> list[Field]:
        assert self.at == len(self.data), f"{len(self.data) - self.at} bytes follow the end"
        return self.fields


def commitment(data: bytes) -> list[Field]:
    walk = Walk(data)
    walk.head(b"INTAGLIO-MODEL\0\0")
    walk.blob("program")
    for row in range(walk.count("rows")):
        walk.take(f"row {row}", 64, random=True)
    for proof in range(walk.count("proofs")):
        walk.blob(f"proof {proof}", random=True)
    return walk.end()


def _boundary(walk: Walk, name: str) -> None:
    tag = walk.take(f"{name} tag", 1)[0]
    if tag == 0:
        walk.take(f"{name} integers", 8 * walk.count(f"{name} cells"))
    elif tag == 1:
        walk.take(f"{name} rows", 64 * walk.count(f"{name} rows count"), random=True)
    else:
        assert tag == 2


def evidence(data: bytes, *, private_model: bool = True) -> list[Field]:
    walk = Walk(data)
    walk.head(b"INTAGLIO-EVIDENC")
    walk.take("model", 32, random=private_model)
    for side in ("input", "output"):
        for index in range(walk.count(f"{side}s")):
            _boundary(walk, f"{side} {index}")
    for name in ("nonce", "audience"):
        if walk.take(f"{name} flag", 1)[0]:
            walk.blob(name)
    walk.blob("proof", random=True)
    return walk.end()


def opening(data: bytes) -> list[Field]:
    walk = Walk(data)
    walk.head(b"INTAGLIO-OPENING")
    walk.blob("name")
    walk.sizes("shape")
    walk.take("exponent", 8)
    for index in range(walk.count("elements")):
        walk.count(f"element {index}")
        walk.take(f"value {index}", 8)
    walk.blob("proof", random=True)
    return walk.end()


def openings(data: bytes) -> list[Field]:
    walk = Walk(data)
    walk.head(b"INTAGLIO-OPENERS")
    assert walk.take("sealed", 1) == b"\0"
    for index in range(walk.count("tensors")):
        walk.blob(f"name {index}")
        walk.sizes(f"shape {index}")
        walk.take(f"exponent {index}", 8)
        walk.take(f"fill {index}", 8)
        walk.take(f"cells {index}", 8 * walk.count(f"cells count {index}"))
        rows = walk.count(f"rows {index}")
        walk.take(f"blinds {index}", 32 * rows, random=True)
        walk.take(f"points {index}", 64 * rows, random=True)
    walk.take("checksum", 32, random=True)
    return walk.end()


def secret(data: bytes, *, weights: int) -> list[Field]:
    walk = Walk(data)
    walk.head(b"INTAGLIO-SECRET\0")
    assert walk.take("sealed", 1) == b"\0"
    walk.blob("program")
    walk.take("weights", 8 * weights)
    rows = walk.count("rows")
    walk.take("blinds", 32 * rows, random=True)
    walk.take("points", 64 * rows, random=True)
    walk.take("checksum", 32, random=True)
    return walk.end()


def program(data: bytes, *, weights: int) -> list[Field]:
    walk = Walk(data)
    walk.head(b"INTAGLIO-COMPILE")
    walk.blob("program")
    walk.take("weights", 8 * weights)
    walk.blob("metadata")
    walk.take("checksum", 32)
    return walk.end()


WEIGHTS = 6 * 4 + 6 + 3 * 6
"""Of the frozen net."""

LAYOUTS: dict[str, Callable[[bytes], list[Field]]] = {
    "model.program": lambda data: program(data, weights=WEIGHTS),
    "model.secret": lambda data: secret(data, weights=WEIGHTS),
    "model.commitment": commitment,
    "run.evidence": evidence,
    "run.openings": openings,
    "x.opening": opening,
}
