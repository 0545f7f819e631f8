"""A program described in JSON, as the compiler writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accumulators import Add, BatchMatMul, Conv, Divisor, MatMul, SumPool
from committed import ArgMax, Lookup, MaxPool, Requantise
from errors import ProgramError
from program import Input, Node, Operator, Output, Overflow, Program
from values import FunctionTable, Parameter
from views import Reshape, Transpose
from windows import Window

Entry = Mapping[str, Any]


def from_description(description: Entry) -> Program:
    """The program that a description means.

    Raises:
        ProgramError: an entry is missing or unknown, or the program breaks a rule.
    """
    try:
        return _program(description)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ProgramError(f"description: {error!r}") from error


def _natural(number: Any) -> int:
    if type(number) is not int or not 0 <= number < 1 << 32:
        raise ProgramError(f"description: {number!r} is no length, index or width")
    return number


def _integer(number: Any) -> int:
    if type(number) is not int:
        raise ProgramError(f"description: {number!r} is no integer")
    return number


def _optional(number: Any) -> int | None:
    return None if number is None else _natural(number)


def _sizes(numbers: Any) -> tuple[int, ...]:
    return tuple(map(_natural, numbers))


def _program(description: Entry) -> Program:
    known = {"limb_bits", "overflow", "inputs", "parameters", "tables", "nodes", "outputs"}
    if set(description) != known:
        raise ProgramError(f"description: its entries must be {sorted(known)}")
    parameters = [
        Parameter(name=p["name"], shape=_sizes(p["shape"]), bits=_natural(p["bits"])) for p in description["parameters"]
    ]
    return Program(
        limb_bits=description["limb_bits"],
        overflow=Overflow(description["overflow"]),
        inputs=[_input(given) for given in description["inputs"]],
        parameters=parameters,
        tables=[_table(table) for table in description["tables"]],
        nodes=[
            Node(name=node["name"], operator=_operator(node, parameters), inputs=_sizes(node["inputs"]))
            for node in description["nodes"]
        ],
        outputs=[_output(output) for output in description["outputs"]],
    )


def _input(given: Entry) -> Input:
    return Input(
        name=given["name"],
        shape=_sizes(given["shape"]),
        exponent=_integer(given["exponent"]),
        low=_integer(given["lo"]),
        high=_integer(given["hi"]),
        integer=given.get("integer", False),
    )


def _table(table: Entry) -> FunctionTable:
    outputs = tuple(map(_integer, table["outputs"]))
    return FunctionTable(name=table["name"], first_key=_integer(table["first_key"]), outputs=outputs)


def _output(output: Entry) -> Output:
    return Output(
        name=output["name"],
        value=_natural(output["value"]),
        exponent=_integer(output["exponent"]),
        integer=output.get("integer", False),
    )


def _operator(node: Entry, parameters: list[Parameter]) -> Operator:
    match node["op"]:
        case "conv":
            weight = _natural(node["weight"])
            # the kernel is that of the weights
            kernel = parameters[weight].shape[2:] if weight < len(parameters) else ()
            window = _window(node, kernel)
            bias = _optional(node.get("bias"))
            return Conv(weight=weight, bias=bias, groups=_natural(node["groups"]), window=window)
        case "matmul":
            return MatMul(weight=_natural(node["weight"]), bias=_optional(node.get("bias")))
        case "batch_matmul":
            return BatchMatMul()
        case "add":
            return Add(
                coefficients=tuple(map(_integer, node["coefficients"])),
                parameters=tuple((_natural(index), _integer(c)) for index, c in node.get("parameters", [])),
                constant=_integer(node.get("constant", 0)),
            )
        case "sum_pool":
            window = _window(node, _sizes(node["kernel"]))
            bits = _natural(node["fraction_bits"])
            return SumPool(window=window, divisor=Divisor(node["divisor"]), fraction_bits=bits)
        case "requantise":
            low, high = _integer(node["lo"]), _integer(node["hi"])
            return Requantise(shift=_natural(node["shift"]), low=low, high=high)
        case "lookup":
            return Lookup(table=_natural(node["table"]))
        case "max_pool":
            return MaxPool(window=_window(node, _sizes(node["kernel"])))
        case "argmax":
            return ArgMax(axis=_natural(node["axis"]), keepdims=node["keepdims"])
        case "reshape":
            return Reshape(shape=_sizes(node["shape"]))
        case "transpose":
            return Transpose(perm=_sizes(node["perm"]))
    raise ProgramError(f"node {node['name']!r}: no operator {node['op']!r}")


def _window(node: Entry, kernel: tuple[int, ...]) -> Window:
    dilations = node.get("dilations")
    return Window(
        kernel=kernel,
        strides=_sizes(node["strides"]),
        pads=_sizes(node["pads"]),
        dilations=(1,) * len(kernel) if dilations is None else _sizes(dilations),
        ceil=node.get("ceil", False),
    )
