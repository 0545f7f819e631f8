"""The system of a run, and the width of its rows (`lowering.md` §2, §3)."""

from __future__ import annotations

from accumulators import Add, BatchMatMul, Conv, MatMul, SumPool
from argument.system import System
from committed import ArgMax, Lookup, MaxPool, Requantise
from program import Program
from values import Layout

from lower.boundary import BOUNDARY_WIDTH_VARS, Level, Visibility, lower_input, lower_output
from lower.cells import vars_for
from lower.linear import lower_batch_matmul, lower_conv, lower_matmul
from lower.lowering import Lowering
from lower.maxima import lower_argmax, lower_max_pool
from lower.sums import lower_add, lower_sum_pool
from lower.tables import lower_lookup, lower_requantise

TRIAL_VARS = 26


def inference(program: Program, visibility: Visibility, column_vars: int) -> System:
    """The system of a run.

    Raises:
        LoweringError: a wiring is too large.
        SystemLimitError: the system is.
    """
    low = Lowering(program, "inference", column_vars)
    for index, level in enumerate(visibility.inputs):
        lower_input(low, index, level)
    for index in range(len(program.nodes)):
        _lower_node(low, index)
    for index, level in enumerate(visibility.outputs):
        lower_output(low, index, level)
    low.system.check_size()
    return low.system


def _lower_node(low: Lowering, node: int) -> None:
    match low.program.nodes[node].operator:
        case Conv() as op:
            lower_conv(low, node, op)
        case MatMul() as op:
            lower_matmul(low, node, op)
        case BatchMatMul() as op:
            lower_batch_matmul(low, node, op)
        case Add() as op:
            lower_add(low, node, op)
        case SumPool() as op:
            lower_sum_pool(low, node, op)
        case Requantise() as op:
            lower_requantise(low, node, op)
        case Lookup() as op:
            lower_lookup(low, node, op)
        case MaxPool() as op:
            lower_max_pool(low, node, op)
        case ArgMax() as op:
            lower_argmax(low, node, op)
        case _:
            # a view: whoever reads it is wired to the tensor behind
            low.values.append(None)


def column_vars(program: Program) -> int:
    """n_C, a function of the program alone.

    Raises:
        LoweringError, SystemLimitError: there is no system at all.
    """
    hidden = Visibility([Level.PRIVATE] * len(program.inputs), [Level.PRIVATE] * len(program.outputs))
    trial = inference(program, hidden, TRIAL_VARS)
    witness = sum(1 << tensor.num_vars for tensor in trial.tensors if tensor.group == 1)
    model = sum(1 << program.parameter_layout(index).num_vars for index in range(len(program.parameters)))
    shapes = [given.shape for given in program.inputs]
    shapes += [program.values[output.value].shape for output in program.outputs]
    boundary = max(min(Layout.flat(shape).num_vars, BOUNDARY_WIDTH_VARS) for shape in shapes)
    balanced = min(max(_half(vars_for(witness)) + 1, 5), 14)
    return max(balanced, _half(vars_for(model)) if model else 0, boundary)


def _half(count: int) -> int:
    return (count + 1) // 2
