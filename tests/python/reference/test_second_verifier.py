"""Both verifiers give one verdict on commitments, evidence and openings of random programs of every operator."""

from __future__ import annotations

import json
from itertools import product
from math import prod
from pathlib import Path
from random import Random

import numpy as np
import pytest
from description import from_description
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intaglio import _core
from intaglio.errors import OutOfRange
from lower.wellformed import chunks
from program import Program
from program_bytes import COMPILED, COMPILED_VERSION, checksum, decode, encode
from programs import Cells, Description, described, descriptions, kept, operands, thorough
from two_verifiers import ACCEPTED, Files, Judges

LEVELS = ("public", "committed", "private")
LONG = thorough.max_examples > 1000
VECTORS = sorted((Path(__file__).parents[3] / "spec" / "vectors").glob("*.commitment"))
few = settings(
    parent=thorough,
    max_examples=400 if LONG else 25,
    suppress_health_check=[HealthCheck.too_slow],
)


def committed(description: Description, weights: Cells) -> tuple[_core.Secret, bytes]:
    """Secret and commitment."""
    arrays = {
        p["name"]: np.array(weights[p["name"]], dtype=np.int64).reshape(p["shape"]) for p in description["parameters"]
    }
    return _core.Compiled(json.dumps(description), arrays, "{}").commit(None)


def proven(secret: _core.Secret, program: Program, inputs: Cells, levels: list[str]) -> _core._Made:
    """Evidence without nonce and audience; `levels` of the inputs, then of the outputs."""
    arrays = [np.array(inputs[i.name], dtype=np.int64).reshape(i.shape) for i in program.inputs]
    count = len(program.inputs)
    return secret.prove(arrays, levels[:count], levels[count:], None, None, [None] * count, None, None)


@few
@given(descriptions(), st.data())
def test_of_random_programs(description: Description, data: st.DataObject) -> None:
    program = from_description(description)
    weights, inputs = data.draw(operands(program))
    levels = [data.draw(st.sampled_from(LEVELS)) for _ in (*program.inputs, *program.outputs)]
    secret, commitment = committed(description, weights)
    try:
        made = proven(secret, program, inputs, levels)
    except OutOfRange:
        return
    judges = Judges()
    files = Files(commitment=commitment, evidence=made["evidence"])
    for name in made["opening_names"][-1:]:
        opening = _core.open_commitment(made["openings"], name, [0])
        files = Files(commitment=commitment, evidence=made["evidence"], opening=opening, opened=name)
    assert judges.agree(files) == ACCEPTED
    # a control: the last scalar of the proof altered
    other = bytearray(made["evidence"])
    other[-32] ^= 1
    assert judges.agree(files.with_part("evidence", bytes(other))) == "closing"


def compiled(program: Program, seed: int) -> tuple[_core.Compiled, Cells]:
    """A program with weights, and inputs for it; all seeded."""
    rng = Random(seed)

    def cells(shape: tuple[int, ...], low: int, high: int) -> list[int]:
        return [rng.randint(low, high) for _ in range(prod(shape))]

    weights = [cell for p in program.parameters for cell in cells(p.shape, *p.range)]
    raw = encode(program)
    told = COMPILED + COMPILED_VERSION.to_bytes(2, "little") + len(raw).to_bytes(4, "little") + raw
    told += b"".join(weight.to_bytes(8, "little", signed=True) for weight in weights) + bytes(4)
    return _core.Compiled.from_bytes(told + checksum(told)), {i.name: cells(i.shape, i.low, i.high) for i in program.inputs}


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_of_every_operator_under_every_visibility(path: Path) -> None:
    data = path.read_bytes()
    program = decode(data[22 : 22 + int.from_bytes(data[18:22], "little")])
    core, inputs = compiled(program, seed=len(data))
    secret, commitment = core.commit(None)
    judges = Judges()
    # the long run takes all nine; this one each word on both sides
    pairs = list(product(LEVELS, LEVELS)) if LONG else [(word, LEVELS[(i + 1) % 3]) for i, word in enumerate(LEVELS)]
    for given_level, output_level in pairs:
        levels = [given_level] * len(program.inputs) + [output_level] * len(program.outputs)
        made = proven(secret, program, inputs, levels)
        files = Files(commitment=commitment, evidence=made["evidence"])
        if made["opening_names"]:
            name = made["opening_names"][0]
            opening = _core.open_commitment(made["openings"], name, [])
            files = Files(commitment=commitment, evidence=made["evidence"], opening=opening, opened=name)
        assert judges.agree(files) == ACCEPTED, levels


def test_an_input_behind_an_output_and_one_cell() -> None:
    for shape in ([], [1], [2, 3]):
        view = [{"op": "reshape", "shape": shape, "inputs": [0]}, {**kept(), "inputs": [0]}]
        ends = [{"name": f"y{value}", "value": value, "exponent": 0, "integer": True} for value in (0, 1, 2)]
        description = described(view, shape=shape, outputs=ends)
        program = from_description(description)
        secret, commitment = committed(description, {})
        judges = Judges()
        for level in LEVELS:
            count = int(np.prod(shape))
            made = proven(secret, program, {"x": list(range(count))}, [level] * 4)
            assert judges.agree(Files(commitment=commitment, evidence=made["evidence"])) == ACCEPTED


def test_a_model_in_several_blocks_and_chunks_with_padding() -> None:
    # 600·1000 weights of 16 bits in limbs of 8: 2^20 padded cells, more than one chunk; a short parameter beside them
    rng = np.random.default_rng(3)
    description = described(
        [{"op": "matmul", "inputs": [0], "weight": 0, "bias": 1}, {**kept(8, -128, 127), "inputs": [1]}],
        shape=[1, 1000],
        parameters=[{"name": "w", "shape": [600, 1000], "bits": 16}, {"name": "b", "shape": [600], "bits": 8}],
    )
    weights = {"w": rng.integers(-(2**15), 2**15, 600_000).tolist(), "b": rng.integers(-128, 128, 600).tolist()}
    _, commitment = committed(description, weights)
    judges = Judges()
    files = Files(commitment=commitment, evidence=b"")
    assert judges.agree(files) == "decode", "the commitment holds, empty evidence is none"
    model = judges.reference_model(commitment)
    assert len(chunks(model.program, model.column_vars)) == 5
    # the last scalar of the last chunk's proof
    other = bytearray(commitment)
    other[-32] ^= 1
    assert judges.agree(files.with_part("commitment", bytes(other))) == "model"
