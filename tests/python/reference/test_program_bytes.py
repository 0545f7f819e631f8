"""Canonical bytes: one example written out, and what a strict decoder refuses."""

from __future__ import annotations

import pytest
from description import from_description
from errors import DecodeError, ProgramError
from hypothesis import given
from hypothesis import strategies as st
from program_bytes import decode, digest, encode
from programs import described, descriptions, thorough

# format.md §2, by hand: one input x of two cells, reshaped
EXAMPLE = b"".join(
    [
        b"INTAGLIO-PROGRAM\x01\x00",
        b"\x08\0\0\0" + b"\0",
        b"\x01\0\0\0" + b"\x01\0\0\0x" + b"\x01\0\0\0\x02\0\0\0",
        b"\x03" + 7 * b"\0" + (-5).to_bytes(8, "little", signed=True) + b"\x06" + 7 * b"\0" + b"\x01",
        b"\0\0\0\0" + b"\0\0\0\0",
        b"\x01\0\0\0" + b"\x02\0\0\0n0" + b"\x01\0\0\0\0\0\0\0" + b"\x09" + b"\x02\0\0\0\x01\0\0\0\x02\0\0\0",
        b"\x01\0\0\0" + b"\x01\0\0\0y" + b"\x01\0\0\0" + 8 * b"\0" + b"\x01",
    ]
)


def test_the_example_is_the_program_that_it_says() -> None:
    description = described([{"op": "reshape", "inputs": [0], "shape": [1, 2]}], shape=[2], range=(-5, 6))
    description["inputs"][0]["exponent"] = 3
    program = from_description(description)
    assert encode(program) == EXAMPLE
    assert decode(EXAMPLE) == program
    assert len(digest(program)) == 32


@thorough
@given(descriptions())
def test_bytes_and_program_are_one_to_one(description: dict[str, object]) -> None:
    program = from_description(description)
    assert decode(encode(program)) == program
    assert encode(decode(encode(program))) == encode(program)


def replaced(at: int, own: bytes) -> bytes:
    """The example with other bytes at a place."""
    changed = EXAMPLE[:at] + own + EXAMPLE[at + len(own) :]
    assert changed != EXAMPLE
    return changed


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "end here"),
        (EXAMPLE[:-1], "end here"),
        (EXAMPLE + b"\0", "after the end"),
        (replaced(0, b"X"), "another kind"),
        (replaced(16, b"\x02"), "version"),
        (replaced(22, b"\x02"), "tag"),
        (replaced(23, b"\xff\xff\xff\xff"), "count"),
        (replaced(31, b"\xff"), "UTF-8"),
        (replaced(EXAMPLE.index(b"\x03" + 7 * b"\0") + 4, b"\x01"), "exponent"),
        (replaced(EXAMPLE.index(b"n0") + 10, b"\x0b"), "tag"),
        (replaced(len(EXAMPLE) - 1, b"\x02"), "tag"),
    ],
)
def test_bytes_that_nobody_writes_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode(data)


def test_bytes_of_something_that_is_no_program_are_refused() -> None:
    with pytest.raises(ProgramError, match="limbs"):
        decode(replaced(18, b"\x09"))


@thorough
@given(descriptions(), st.data())
def test_no_cut_and_no_random_bytes_break_the_decoder(description: dict[str, object], data: st.DataObject) -> None:
    whole = encode(from_description(description))
    with pytest.raises(DecodeError):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.binary(min_size=1, max_size=4)) + whole[at + 1 :]
    try:
        program = decode(changed)
    except (DecodeError, ProgramError):
        return
    assert encode(program) == changed
