"""The reference and the product agree: on values, saturation, bytes and digests, and on what is no program."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from description import from_description
from errors import OutOfRangeError, SpecificationError
from hypothesis import given, settings
from hypothesis import strategies as st
from intaglio import _core
from intaglio.errors import FormatError, IntaglioError, OutOfRange
from interpreter import run, run_program
from program_bytes import COMPILED, COMPILED_VERSION, checksum, decode, decode_compiled, digest, encode
from programs import OPERATORS, Description, descriptions, operands, thorough
from tensors import Tensor


def compiled(description: Description, weights: dict[str, list[int]]) -> _core.Compiled:
    """The product's program."""
    arrays = {
        p["name"]: np.array(weights[p["name"]], dtype=np.int64).reshape(p["shape"]) for p in description["parameters"]
    }
    return _core.Compiled(json.dumps(description), arrays, "{}")


def zeros(description: Description) -> dict[str, list[int]]:
    """Weights that are all zero."""
    return {p["name"]: [0] * int(np.prod(p["shape"])) for p in description["parameters"]}


@thorough
@given(descriptions(), st.data())
def test_every_type_and_output_of_a_random_program_is_equal(description: Description, data: st.DataObject) -> None:
    program = from_description(description)
    weights, inputs = data.draw(operands(program))
    core = compiled(description, weights)
    assert core.digest() == digest(program)
    told = json.loads(_core.inspect(core.to_bytes()))["program"]["nodes"]
    types = [(tuple(node["shape"]), node["lo"], node["hi"]) for node in told]
    assert types == [(value.shape, value.low, value.high) for value in program.values[len(program.inputs) :]]
    arrays = [np.array(inputs[i.name], dtype=np.int64).reshape(i.shape) for i in program.inputs]
    try:
        expected = run(description, weights, inputs)
    except OutOfRangeError:
        with pytest.raises(OutOfRange):
            core.run(arrays)
        return
    outputs, saturated = core.run(arrays)
    own = [(output.shape, output.reshape(-1).tolist()) for output in outputs]
    assert own == [(output.shape, output.cells) for output in expected.outputs.values()]
    assert saturated == [(one.name, one.cells) for one in expected.saturated]


@thorough
@given(descriptions(), st.data())
def test_files_are_equal(description: Description, data: st.DataObject) -> None:
    program = from_description(description)
    weights, inputs = data.draw(operands(program))
    read, parameters, metadata = decode_compiled(compiled(description, weights).to_bytes())
    assert (read, metadata) == (program, "{}")
    assert encode(read) == encode(program)
    assert {p.name: t.cells for p, t in zip(program.parameters, parameters, strict=True)} == weights
    try:
        expected = run(description, weights, inputs)
    except OutOfRangeError:
        return
    tensors = [Tensor(i.shape, inputs[i.name]) for i in program.inputs]
    assert run_program(read, parameters, tensors) == expected


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every integer and every list of integers."""
    if isinstance(part, dict):
        return [place for key, inner in part.items() for place in places(inner, (*path, key))]
    if isinstance(part, list):
        inner = [place for index, item in enumerate(part) for place in places(item, (*path, index))]
        return [*inner, path] if part and all(type(item) is int for item in part) else inner
    return [path] if type(part) is int else []


@thorough
@given(descriptions(), st.data())
def test_a_changed_description_is_refused_by_both_or_by_none(description: Description, data: st.DataObject) -> None:
    changed = deepcopy(description)
    *way, last = data.draw(st.sampled_from(places(changed)))
    part: Any = changed
    for key in way:
        part = part[key]
    if isinstance(part[last], list):
        length = data.draw(st.integers(0, len(part[last]) + 1))
        part[last] = (part[last] + [1])[:length]
    else:
        far = st.sampled_from([0, 1, 2, 49, 2**20, 2**26 + 1, 2**31, 2**40, -(2**40), 2**52])
        part[last] = data.draw(st.one_of(st.integers(-2, 2).map(lambda step: part[last] + step), far))
    if any(np.prod(p["shape"], dtype=object) > 10**6 for p in changed["parameters"]):
        return
    try:
        own = digest(from_description(changed))
    except SpecificationError:
        own = None
    try:
        theirs = compiled(changed, zeros(changed)).digest()
    except (IntaglioError, ValueError):
        theirs = None
    assert own == theirs


@thorough
@given(descriptions(), st.data())
def test_changed_bytes_are_refused_by_both_or_by_none(description: Description, data: st.DataObject) -> None:
    whole = encode(from_description(description))
    at = data.draw(st.integers(18, len(whole) - 1))
    byte = data.draw(st.one_of(st.integers(0, 255), st.integers(-2, 2).map(lambda step: (whole[at] + step) % 256)))
    changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
    try:
        program = decode(changed)
    except SpecificationError:
        program = None
    head = COMPILED + COMPILED_VERSION.to_bytes(2, "little") + len(changed).to_bytes(4, "little")
    count = sum(int(np.prod(p.shape)) for p in program.parameters) if program else 0
    file = head + changed + bytes(8 * count) + bytes(4)
    file += checksum(file)
    if program is None:
        with pytest.raises(FormatError):
            _core.Compiled.from_bytes(file)
    else:
        assert _core.Compiled.from_bytes(file).digest() == digest(program)


def test_random_programs_meet_every_operator() -> None:
    met: set[str] = set()

    @settings(max_examples=400, derandomize=True, database=None, deadline=None)
    @given(descriptions())
    def meet(description: Description) -> None:
        met.update(node["op"] for node in description["nodes"])

    meet()
    assert met == set(OPERATORS)
