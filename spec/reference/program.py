"""The integer program: inputs, parameters, tables, nodes, outputs. It is checked whole when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import prod
from typing import Protocol

from accumulators import Conv, SumPool
from committed import Lookup, MaxPool
from errors import ProgramError
from tensors import Shape, Tensor
from values import MAX_CELLS, Class, Declared, FunctionTable, Layout, Operands, Parameter, Value, shape_fits, tensor

LIMB_BITS = (8, 12, 16)
EXPONENT_LIMIT = 64
TABLE_LIMIT = 2**40
MAX_ROWS = 2**16
MAX_VARS = 23
MAX_TAPS = 2**23


class Operator(Protocol):
    """What every operator has: its name, how many values it takes, its parameters, its output's type, its meaning."""

    @property
    def name(self) -> str: ...

    @property
    def takes(self) -> int | None: ...

    def reads(self) -> list[int]: ...

    def declare(self, declared: Declared) -> Value: ...

    def evaluate(self, operands: Operands) -> Tensor: ...


class Overflow(Enum):
    """What happens to a value beyond its range: it becomes the nearest bound, or there is no proof."""

    SATURATE = "saturate"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A model input; `integer` if the user's own values are integers."""

    name: str
    shape: Shape
    exponent: int
    low: int
    high: int
    integer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One operator, and the numbers of the values that it reads."""

    name: str
    operator: Operator
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A model output."""

    name: str
    value: int
    exponent: int
    integer: bool


@dataclass(frozen=True, kw_only=True)
class Program:
    """A checked program; `values` are the types of all values: inputs, then one for each node.

    Raises:
        ProgramError: a rule is broken; the message names the part or the node.
    """

    limb_bits: int
    overflow: Overflow
    inputs: Sequence[Input]
    parameters: Sequence[Parameter]
    tables: Sequence[FunctionTable]
    nodes: Sequence[Node]
    outputs: Sequence[Output]
    values: list[Value] = field(init=False, default_factory=list, compare=False)

    def __post_init__(self) -> None:
        self._check_declarations()
        for given in self.inputs:
            self.values.append(tensor(given.shape, Layout.flat(given.shape), (given.low, given.high)))
        for node in self.nodes:
            try:
                self.values.append(self._declare(node))
            except ProgramError as reason:
                raise ProgramError(f"node {node.name!r} ({node.operator.name}): {reason}") from reason
        self._check_taps()
        self._check_parameters_read_once()
        self._check_tables_read()
        self._check_padded_parameters()
        for output in self.outputs:
            if output.value >= len(self.values) or self.values[output.value].kind is Class.ACCUMULATOR:
                raise ProgramError(f"output {output.name!r}: its value does not exist or is an accumulator")

    def _declare(self, node: Node) -> Value:
        if any(index >= len(self.values) for index in node.inputs):
            raise ProgramError("it reads a value that does not exist yet")
        if node.operator.takes is not None and node.operator.takes < len(node.inputs):
            raise ProgramError("it reads more values than its operator takes")
        inputs = [self.values[index] for index in node.inputs]
        value = node.operator.declare(Declared(inputs=inputs, parameters=self.parameters, tables=self.tables))
        if not shape_fits(value.shape) or value.layout.num_vars > MAX_VARS:
            raise ProgramError("its output has no cells, too many cells or too many axes")
        return value

    def _check_taps(self) -> None:
        taps = 0
        for node, value in zip(self.nodes, self.values[len(self.inputs) :], strict=True):
            if isinstance(node.operator, Conv | SumPool | MaxPool):
                taps += prod(value.shape[2:]) * node.operator.window.volume
                if taps > MAX_TAPS:
                    raise ProgramError(f"node {node.name!r}: all windows up to here have more than 2^23 taps together")

    def _check_parameters_read_once(self) -> None:
        read = [index for node in self.nodes for index in node.operator.reads()]
        for index, parameter in enumerate(self.parameters):
            if read.count(index) != 1:
                raise ProgramError(f"parameter {parameter.name!r}: it must be read by exactly one node")

    def _check_tables_read(self) -> None:
        read = {node.operator.table for node in self.nodes if isinstance(node.operator, Lookup)}
        for index, table in enumerate(self.tables):
            if index not in read:
                raise ProgramError(f"table {table.name!r}: no node reads it")

    def _check_padded_parameters(self) -> None:
        for index, parameter in enumerate(self.parameters):
            if 1 << self.parameter_layout(index).num_vars > MAX_CELLS:
                raise ProgramError(f"parameter {parameter.name!r}: more than 2^26 cells with the padding of its axes")

    def parameter_layout(self, index: int) -> Layout:
        """[kernel][groups][M/groups][C/groups] for weights of a convolution, [groups][M/groups] for its bias."""
        shape = self.parameters[index].shape
        for node in self.nodes:
            if isinstance(node.operator, Conv):
                groups = node.operator.groups
                if node.operator.weight == index:
                    return Layout((prod(shape[2:]), groups, shape[0] // groups, shape[1]))
                if node.operator.bias == index:
                    return Layout((groups, shape[0] // groups))
        return Layout.separate(shape)

    def _check_declarations(self) -> None:
        if self.limb_bits not in LIMB_BITS:
            raise ProgramError("range-check limbs have 8, 12 or 16 bits")
        if not self.inputs or not self.outputs:
            raise ProgramError("a program needs an input and an output")
        for part in (self.inputs, self.parameters, self.outputs):
            names = [named.name for named in part]
            if len(set(names)) != len(names):
                raise ProgramError("a name is taken twice")
        for given in self.inputs:
            bounded = -(2**31) <= given.low < given.high < 2**32
            if not shape_fits(given.shape) or not bounded or abs(given.exponent) > EXPONENT_LIMIT:
                raise ProgramError(f"input {given.name!r}: shape, range or exponent")
        for parameter in self.parameters:
            if not shape_fits(parameter.shape) or not 2 <= parameter.bits <= 48:
                raise ProgramError(f"parameter {parameter.name!r}: shape, or a width outside 2…48 bits")
        for table in self.tables:
            bounded = all(abs(number) < TABLE_LIMIT for number in (table.first_key, *table.outputs))
            if not 1 <= len(table.outputs) <= MAX_ROWS or not bounded:
                raise ProgramError(f"table {table.name!r}: 1 to 2^16 rows of less than 40 bits")
        for output in self.outputs:
            if abs(output.exponent) > EXPONENT_LIMIT:
                raise ProgramError(f"output {output.name!r}: exponent")
