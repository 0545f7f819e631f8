"""Altered evidence, commitments, openings and requests of a small model: refused by both verifiers at the same stage."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from random import Random

import numpy as np
import pytest
from argument.plan import Plan
from intaglio import _core
from lower.opening import opening_system
from lower.wellformed import chunks
from mutations import (
    HEAD,
    STATEMENT,
    Places,
    altered_lists,
    altered_part,
    altered_request,
    altered_statement,
    resized_proof,
    statement_bytes,
    stays_small,
)
from programs import Description
from statement import read_evidence
from two_verifiers import ACCEPTED, Files, Judges, Part

COUNT = int(os.environ.get("INTAGLIO_MUTATIONS", "200"))
SEED = int(os.environ.get("INTAGLIO_SEED", "7"))


def description() -> Description:
    """Two inputs and two outputs of equal shapes, so that they can be swapped; a short table and a maximum."""
    given = {"shape": [1, 3], "exponent": 4, "lo": -8, "hi": 7, "integer": False}
    ends = {"exponent": 3, "integer": False}
    keep = {"op": "requantise", "shift": 4, "lo": -8, "hi": 7}
    return {
        "limb_bits": 8,
        "overflow": "saturate",
        "inputs": [{"name": "x", **given}, {"name": "t", **given}],
        "parameters": [{"name": "w", "shape": [3, 3], "bits": 5}, {"name": "v", "shape": [3, 3], "bits": 5}],
        "tables": [{"name": "f", "first_key": -8, "outputs": [k * k // 9 - 3 for k in range(-8, 8)]}],
        "nodes": [
            {"name": "first", "op": "matmul", "weight": 0, "bias": None, "inputs": [0]},
            {"name": "q", **keep, "inputs": [2]},
            {"name": "function", "op": "lookup", "table": 0, "inputs": [3]},
            {"name": "second", "op": "matmul", "weight": 1, "bias": None, "inputs": [1]},
            {"name": "p", **keep, "inputs": [5]},
        ],
        "outputs": [{"name": "y", "value": 4, **ends}, {"name": "z", "value": 6, **ends}],
    }


@dataclass(frozen=True, slots=True)
class World:
    """Honest files, and where points and scalars stand in them."""

    files: Files
    places: dict[Part, Places]


@pytest.fixture(scope="module")
def judges() -> Judges:
    return Judges()


@pytest.fixture(scope="module")
def world(judges: Judges) -> World:
    rng = np.random.default_rng(SEED)
    weights = {name: rng.integers(-16, 16, (3, 3)) for name in ("w", "v")}
    secret, commitment = _core.Compiled(json.dumps(description()), weights, "{}").commit(None)
    inputs = [rng.integers(-8, 8, (1, 3)) for _ in range(2)]
    levels = ["committed", "public"], ["public", "committed"]
    made = secret.prove(inputs, *levels, b"fresh", "the auditor", [None, None], None, None)
    opening = _core.open_commitment(made["openings"], "z", [0, 2])
    evidence = made["evidence"]
    files = Files(
        commitment=commitment, evidence=evidence, opening=opening, opened="z", nonce=b"fresh", audience="the auditor"
    )
    model = judges.reference_model(commitment)
    statement, proof = read_evidence(evidence)
    (chunk,) = chunks(model.program, model.column_vars)
    own = Places.of_proof(Plan.of(chunk.system), 0)
    start = len(commitment) - own.scalars[-1] - 32
    checked = Places.of_proof(Plan.of(chunk.system), start)
    rows = start - 8 - 64 * len(model.rows)
    shown = Places.of_proof(Plan.of(opening_system((1, 3))), 0)
    places: dict[Part, Places] = {
        "evidence": Places.of_proof(model.plan(statement.visibility), len(evidence) - len(proof)),
        "commitment": Places([*range(rows, start - 8, 64), *checked.points], checked.scalars),
        "opening": Places.of_proof(Plan.of(opening_system((1, 3))), len(opening) - shown.scalars[-1] - 32),
    }
    # the statement is where an input's row is: head, model, count, tag, count
    row = HEAD + 32 + 4 + 1 + 4
    return World(files, places | {"evidence": Places([row, *places["evidence"].points], places["evidence"].scalars)})


def mutant(rng: Random, world: World, statements: Iterator[str]) -> tuple[str, Files]:
    match rng.randrange(11):
        case 0 | 1 | 2:
            kind = next(statements)
            return f"statement: {kind}", altered_statement(rng, world.files, kind)
        case 3:
            return "request", altered_request(rng, world.files)
        case 4:
            resized = altered_lists if rng.random() < 0.3 else resized_proof
            return resized.__name__, resized(rng, world.files)
        case _:
            return altered_part(rng, world.files, world.places)


def test_honest_files_are_accepted_and_written_as_they_were(world: World, judges: Judges) -> None:
    assert judges.agree(world.files) == ACCEPTED
    assert statement_bytes(*read_evidence(world.files.evidence)) == world.files.evidence


def test_mutants_are_refused_by_both_at_the_same_stage(world: World, judges: Judges) -> None:
    rng = Random(SEED)
    stages: Counter[str] = Counter()
    names: Counter[str] = Counter()
    statements = cycle(STATEMENT)
    while stages.total() < COUNT:
        name, files = mutant(rng, world, statements)
        if files == world.files or not stays_small(files.commitment):
            continue
        try:
            verdict = judges.agree(files)
        except Exception as error:
            raise AssertionError(f"mutant {stages.total()} of seed {SEED}, {name}") from error
        assert verdict != ACCEPTED, f"mutant {stages.total()} of seed {SEED}, {name}, is accepted"
        stages[verdict] += 1
        names[name] += 1
    assert set(stages) == {"decode", "statement", "model", "closing"}, stages
    assert {f"statement: {kind}" for kind in STATEMENT} < set(names)
    assert len(names) >= 40, names


def test_an_opening_of_another_tensor_is_refused(world: World, judges: Judges) -> None:
    assert judges.agree(replace(world.files, opened="x")) == "statement"
