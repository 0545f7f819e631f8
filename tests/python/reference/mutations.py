"""Mutations of evidence, commitments, openings and requests that know what stands where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from argument.curve import BASE, NEUTRAL, Point, add, affine, extended
from argument.encoding import POINT_BYTES, SCALAR_BYTES, decode_point, encode_point, encode_scalar
from argument.field import MODULUS
from argument.generators import generator, square_root
from argument.plan import Plan
from argument.system import Origin
from errors import SpecificationError
from lower.boundary import Level
from program_bytes import decode
from statement import Boundary, Statement, read_evidence
from two_verifiers import Files, Part

_root = square_root(BASE - 1)
assert _root is not None
SMALL_ORDER: tuple[Point, ...] = ((0, BASE - 1), (_root, 0), (BASE - _root, 0))

HEAD = 18


@dataclass(frozen=True, slots=True)
class Places:
    """Offsets of points and scalars in a file."""

    points: list[int]
    scalars: list[int]

    @staticmethod
    def of_proof(plan: Plan, start: int) -> Places:
        """In a proof that starts at an offset."""
        rows = sum(plan.rows_of(Origin.WITNESS))
        parts = [
            (POINT_BYTES, rows + 1),
            (SCALAR_BYTES, plan.num_slots),
            (POINT_BYTES, 1),
            (SCALAR_BYTES, 3 + len(plan.operands) + 1),
            (POINT_BYTES, 2 * plan.folds),
            (SCALAR_BYTES, plan.tail),
        ]
        places = Places([], [])
        for length, count in parts:
            own = places.points if length == POINT_BYTES else places.scalars
            own += range(start, start + length * count, length)
            start += length * count
        return places


Bytes = Callable[[Random, bytes, Places], bytes]


def _write(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _point(data: bytes, at: int) -> Point:
    return decode_point(data[at : at + POINT_BYTES])


def _wide(value: bytes, modulus: int) -> bytes:
    """Another encoding of the same residue."""
    return (int.from_bytes(value, "little") + modulus).to_bytes(SCALAR_BYTES, "little")


def other_scalar(rng: Random, data: bytes, places: Places) -> bytes:
    """A scalar replaced by another, or one more, or its negative."""
    at = rng.choice(places.scalars)
    own = int.from_bytes(data[at : at + SCALAR_BYTES], "little")
    new = rng.choice([0, 1, (own + 1) % MODULUS, -own % MODULUS, rng.randrange(MODULUS)])
    return _write(data, at, encode_scalar(new))


def unreduced_scalar(rng: Random, data: bytes, places: Places) -> bytes:
    """A scalar in an encoding that is not canonical."""
    at = rng.choice(places.scalars)
    return _write(data, at, _wide(data[at : at + SCALAR_BYTES], MODULUS))


def swapped_scalars(rng: Random, data: bytes, places: Places) -> bytes:
    """Two scalars change places."""
    a, b = (rng.choice(places.scalars) for _ in range(2))
    first, second = data[a : a + SCALAR_BYTES], data[b : b + SCALAR_BYTES]
    return _write(_write(data, a, second), b, first)


def other_point(rng: Random, data: bytes, places: Places) -> bytes:
    """A point replaced by another: of the file, a generator, neutral, its negative."""
    at = rng.choice(places.points)
    x, y = _point(data, at)
    others = [_point(data, rng.choice(places.points)), generator("G", rng.randrange(8)), NEUTRAL, (-x % BASE, y)]
    return _write(data, at, encode_point(rng.choice(others)))


def small_order_added(rng: Random, data: bytes, places: Places) -> bytes:
    """A point plus one of order 2 or 4."""
    at = rng.choice(places.points)
    total = add(extended(_point(data, at)), extended(rng.choice(SMALL_ORDER)))
    return _write(data, at, encode_point(affine(total)))


def swapped_points(rng: Random, data: bytes, places: Places) -> bytes:
    """Two points change places."""
    a, b = (rng.choice(places.points) for _ in range(2))
    first, second = data[a : a + POINT_BYTES], data[b : b + POINT_BYTES]
    return _write(_write(data, a, second), b, first)


def unreduced_coordinate(rng: Random, data: bytes, places: Places) -> bytes:
    """A coordinate in an encoding that is not canonical."""
    at = rng.choice(places.points) + rng.choice([0, SCALAR_BYTES])
    return _write(data, at, _wide(data[at : at + SCALAR_BYTES], BASE))


def off_the_curve(rng: Random, data: bytes, places: Places) -> bytes:
    """A coordinate replaced by any other."""
    at = rng.choice(places.points) + rng.choice([0, SCALAR_BYTES])
    return _write(data, at, rng.randrange(BASE).to_bytes(SCALAR_BYTES, "little"))


def cut(rng: Random, data: bytes, _: Places) -> bytes:
    """Bytes of the end are missing."""
    return data[: len(data) - rng.choice([1, 4, SCALAR_BYTES, rng.randrange(1, len(data))])]


def extended_by(rng: Random, data: bytes, _: Places) -> bytes:
    """Bytes follow the end."""
    return data + rng.randbytes(rng.choice([1, SCALAR_BYTES, rng.randrange(1, 100)]))


def inserted_or_deleted(rng: Random, data: bytes, _: Places) -> bytes:
    """A byte more or less somewhere."""
    at = rng.randrange(len(data))
    return data[:at] + rng.choice([b"", bytes([rng.randrange(256)]) * 2]) + data[at + 1 :]


def flipped_bit(rng: Random, data: bytes, _: Places) -> bytes:
    """One bit of the file."""
    at = rng.randrange(len(data))
    return _write(data, at, bytes([data[at] ^ 1 << rng.randrange(8)]))


def flipped_head(rng: Random, data: bytes, _: Places) -> bytes:
    """One bit of what comes before the proofs: lengths, tags, names."""
    at = rng.randrange(min(len(data), 300))
    return _write(data, at, bytes([data[at] ^ 1 << rng.randrange(8)]))


BYTES: tuple[Bytes, ...] = (
    other_scalar,
    unreduced_scalar,
    swapped_scalars,
    other_point,
    small_order_added,
    swapped_points,
    unreduced_coordinate,
    off_the_curve,
    cut,
    extended_by,
    inserted_or_deleted,
    flipped_bit,
    flipped_head,
)


def stays_small(commitment: bytes) -> bool:
    """Whether the program in altered bytes of a commitment is none, or one of few cells: the reference is slow."""
    length = int.from_bytes(commitment[HEAD : HEAD + 4], "little")
    try:
        program = decode(commitment[HEAD + 4 : HEAD + 4 + length])
    except SpecificationError:
        return True
    return all(value.layout.num_vars <= 12 for value in program.values)


# ── statements: read, changed, written


def statement_bytes(statement: Statement, proof: bytes) -> bytes:
    """Evidence of a statement, by `format.md` §4."""

    def u32(number: int) -> bytes:
        return number.to_bytes(4, "little")

    def boundary(own: Boundary) -> bytes:
        parts = [cell.to_bytes(8, "little", signed=True) for cell in own.cells] + list(map(encode_point, own.rows))
        counted = b"" if own.level is Level.PRIVATE else u32(len(parts)) + b"".join(parts)
        return bytes([own.level.value]) + counted

    def optional(data: bytes | None) -> bytes:
        return b"\0" if data is None else b"\1" + u32(len(data)) + data

    sides = b"".join(u32(len(side)) + b"".join(map(boundary, side)) for side in (statement.inputs, statement.outputs))
    audience = None if statement.audience is None else statement.audience.encode()
    told = statement.model + sides + optional(statement.nonce) + optional(audience)
    return b"INTAGLIO-EVIDENC\1\0" + told + u32(len(proof)) + proof


BOUNDARY = ("cell", "row", "torsion", "fewer", "more", "private", "public", "committed")
STATEMENT = (*BOUNDARY, "swap", "missing", "twice", "nonce", "audience", "model")


def _altered_boundary(rng: Random, own: Boundary, kind: str) -> Boundary:
    cells, rows = list(own.cells), list(own.rows)
    match kind:
        case "cell" if cells:
            cells[rng.randrange(len(cells))] += rng.choice([-1, 1, 1000, 2**40])
        case "row" if rows:
            rows[rng.randrange(len(rows))] = generator("H", 0)
        case "torsion" if rows:
            at = rng.randrange(len(rows))
            rows[at] = affine(add(extended(rows[at]), extended(rng.choice(SMALL_ORDER))))
        case "fewer":
            cells, rows = cells[:-1], rows[:-1]
        case "more":
            cells, rows = cells + cells[:1], rows + rows[:1]
        case "private":
            return Boundary(Level.PRIVATE, [], [])
        case "public":
            return Boundary(Level.PUBLIC, cells or [0, 1, 2], [])
        case "committed":
            return Boundary(Level.COMMITTED, [], rows or [generator("G", 0)])
    return Boundary(own.level, cells, rows)


def altered_statement(rng: Random, files: Files, kind: str) -> Files:
    """One of [`STATEMENT`] in the statement; another nonce or audience is sometimes asked for alike."""
    statement, proof = read_evidence(files.evidence)
    inputs, outputs = list(statement.inputs), list(statement.outputs)
    side = rng.choice([inputs, outputs])
    at = rng.randrange(len(side))
    nonce, audience, model = statement.nonce, statement.audience, statement.model
    match kind:
        case "swap":
            inputs, outputs = rng.choice([(inputs[::-1], outputs), (inputs, outputs[::-1]), (outputs, inputs)])
        case "missing":
            del side[at]
        case "twice":
            side.append(side[at])
        case "nonce":
            nonce = rng.choice([None, b"", b"another", b"x" * 1025])
        case "audience":
            audience = rng.choice([None, "", "another", "é" * 513])
        case "model":
            model = rng.randbytes(32)
        case _:
            side[at] = _altered_boundary(rng, side[at], kind)
    told = replace(statement, model=model, inputs=inputs, outputs=outputs, nonce=nonce, audience=audience)
    evidence = statement_bytes(told, proof)
    if rng.random() < 0.5:
        return replace(files, evidence=evidence, nonce=nonce, audience=audience)
    return replace(files, evidence=evidence)


def altered_request(rng: Random, files: Files) -> Files:
    """Another nonce or audience is asked for."""
    if rng.random() < 0.5:
        return replace(files, nonce=rng.choice([None, b"", b"another"]))
    return replace(files, audience=rng.choice([None, "", "another"]))


def resized_proof(rng: Random, files: Files) -> Files:
    """A proof of another length, its length in the file right."""
    statement, proof = read_evidence(files.evidence)
    other = rng.choice([proof[:-32], proof[32:], proof + bytes(32), proof[:-1], b"", proof * 2])
    return replace(files, evidence=statement_bytes(statement, other))


def altered_lists(rng: Random, files: Files) -> Files:
    """A commitment with a row or a proof more or less."""
    data = files.commitment
    at = HEAD + 4 + int.from_bytes(data[HEAD : HEAD + 4], "little")
    lists: list[list[bytes]] = []
    for length in (lambda _: POINT_BYTES, lambda at: 4 + int.from_bytes(data[at : at + 4], "little")):
        count = int.from_bytes(data[at : at + 4], "little")
        at += 4
        lists.append([])
        for _ in range(count):
            lists[-1].append(data[at : at + length(at)])
            at += len(lists[-1][-1])
    own = rng.choice(lists)
    own[:] = rng.choice([own[:-1], own + own[:1]])
    program = data[: HEAD + 4 + int.from_bytes(data[HEAD : HEAD + 4], "little")]
    return replace(files, commitment=program + b"".join(len(o).to_bytes(4, "little") + b"".join(o) for o in lists))


def altered_part(rng: Random, files: Files, places: dict[Part, Places]) -> tuple[str, Files]:
    """One mutation, and its name."""
    part = rng.choices(list(places), weights=[{"evidence": 5, "commitment": 2, "opening": 2}[p] for p in places])[0]
    change = rng.choice(BYTES)
    return f"{part}: {change.__name__}", files.with_part(part, change(rng, _data(files, part), places[part]))


def _data(files: Files, part: Part) -> bytes:
    return {"evidence": files.evidence, "commitment": files.commitment, "opening": files.opening}[part]
