"""Runs an integer program, slowly and plainly: the second definition of what it means.

From this folder, with nothing but the standard library:

    python -m interpreter model.program inputs.json                       a compiled program, its weights inside
    python -m interpreter program.json weights.json inputs.json           a description, its weights apart

The inputs are JSON, name → nested lists of numbers as the user has them; `--integers` takes the program's own integers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from committed import Requantise
from description import from_description
from errors import OperandError, OutOfRangeError
from program import Overflow, Program
from program_bytes import decode_compiled, digest
from quantisation import to_integers, to_numbers
from tensors import Shape, Tensor
from values import Operands


@dataclass(frozen=True, slots=True)
class Saturation:
    """How many cells one requantisation saturated."""

    node: int
    name: str
    cells: int


@dataclass(frozen=True, slots=True)
class Result:
    """Outputs by name, every value by number, and one entry for each requantisation."""

    outputs: dict[str, Tensor]
    values: list[Tensor]
    saturated: list[Saturation]


def run(description: Mapping[str, Any], weights: Mapping[str, Any], inputs: Mapping[str, Any]) -> Result:
    """Runs a description.

    Args:
        description: the program, as the compiler writes it.
        weights: parameter name → integers, as nested lists, a flat list, or a pair (shape, flat list).
        inputs: input name → integers, likewise.

    Raises:
        ProgramError: the description is no program.
        OperandError: weights or inputs do not fit.
        OutOfRangeError: see there.
    """
    program = from_description(description)
    for part, declared, given in (("parameter", program.parameters, weights), ("input", program.inputs, inputs)):
        missing_or_surplus = {named.name for named in declared} ^ set(given)
        if missing_or_surplus:
            raise OperandError(f"{part}: missing or surplus {sorted(missing_or_surplus)}")
    parameters = [tensor(weights[parameter.name], parameter.shape) for parameter in program.parameters]
    return run_program(program, parameters, [tensor(inputs[given.name], given.shape) for given in program.inputs])


def run_program(program: Program, parameters: Sequence[Tensor], inputs: Sequence[Tensor]) -> Result:
    """Runs a program on tensors, in the order of their declarations.

    Raises:
        OperandError: see there.
        OutOfRangeError: see there.
    """
    declared = [("input", given.name, given.shape, (given.low, given.high)) for given in program.inputs]
    _check(declared, inputs)
    _check([("parameter", p.name, p.shape, p.range) for p in program.parameters], parameters)
    values = list(inputs)
    saturated = []
    for index, node in enumerate(program.nodes):
        read = [values[number] for number in node.inputs]
        out = program.values[len(values)]
        if isinstance(node.operator, Requantise):
            count = sum(map(node.operator.beyond, read[0].cells))
            if count and program.overflow is Overflow.REFUSE:
                raise OutOfRangeError(f"node {node.name!r}: {count} cells leave the range")
            saturated.append(Saturation(index, node.name, count))
        made = node.operator.evaluate(Operands(inputs=read, parameters=parameters, tables=program.tables, out=out))
        # what the declared types promise about every input, for this one
        assert made.shape == out.shape
        assert all(out.low <= cell <= out.high for cell in made.cells)
        values.append(made)
    return Result({output.name: values[output.value] for output in program.outputs}, values, saturated)


def _check(declared: Sequence[tuple[str, str, Shape, tuple[int, int]]], given: Sequence[Tensor]) -> None:
    if len(declared) != len(given):
        raise OperandError(f"{len(declared)} tensors are declared, {len(given)} are given")
    for (part, name, shape, (low, high)), own in zip(declared, given, strict=True):
        if own.shape != shape:
            raise OperandError(f"{part} {name!r}: it has another shape")
        if not all(low <= cell <= high for cell in own.cells):
            raise OperandError(f"{part} {name!r}: a cell is outside the declared range")


def tensor(given: Any, shape: Shape) -> Tensor:
    """A tensor from a tensor, a pair (shape, flat list), nested lists, or a flat list for the declared shape.

    Raises:
        OperandError: no integers, or lists of other lengths.
    """
    if isinstance(given, Tensor):
        return given
    if isinstance(given, tuple):
        own, cells = given
        return _tensor(tuple(own), cells)
    own, cells = flatten(given)
    return _tensor(shape if len(own) == 1 and own[0] == prod(shape) else own, cells)


def flatten(nested: Any) -> tuple[Shape, list[Any]]:
    """Shape and items of nested lists.

    Raises:
        OperandError: lists of different lengths side by side.
    """
    if not isinstance(nested, list):
        return (), [nested]
    parts = [flatten(part) for part in nested]
    if len({shape for shape, _ in parts}) > 1:
        raise OperandError("nested lists of different lengths")
    inner = parts[0][0] if parts else ()
    return (len(parts), *inner), [item for _, items in parts for item in items]


def _tensor(shape: Shape, cells: Sequence[Any]) -> Tensor:
    if len(cells) != prod(shape) or not all(type(cell) is int for cell in cells):
        raise OperandError(f"integers of shape {list(shape)} are wanted")
    return Tensor(shape, list(cells))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m interpreter", description="Run an integer program by definition.")
    parser.add_argument("files", nargs="+", type=Path, help="model.program, or program.json weights.json; inputs.json")
    parser.add_argument("--integers", action="store_true", help="the inputs are the program's own integers")
    asked = parser.parse_args(arguments)
    *model, inputs_file = asked.files
    if len(model) == 1:
        program, parameters, _ = decode_compiled(model[0].read_bytes())
    elif len(model) == 2:
        program = from_description(json.loads(model[0].read_text()))
        weights = json.loads(model[1].read_text())
        parameters = [tensor(weights[parameter.name], parameter.shape) for parameter in program.parameters]
    else:
        parser.error("two or three files are wanted")
    given = json.loads(inputs_file.read_text())
    inputs = []
    for declared in program.inputs:
        shape, numbers = flatten(given[declared.name])
        integers = numbers if asked.integers else to_integers(declared, numbers)[0]
        inputs.append(_tensor(declared.shape if shape == (len(numbers),) else shape, integers))
    result = run_program(program, parameters, inputs)
    report = {
        "program": digest(program).hex(),
        "integers": {name: {"shape": t.shape, "cells": t.cells} for name, t in result.outputs.items()},
        "values": {o.name: to_numbers(o, result.outputs[o.name].cells) for o in program.outputs},
        "saturated": {f"{s.node}:{s.name}": s.cells for s in result.saturated if s.cells},
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
