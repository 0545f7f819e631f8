"""Compiling, running, estimating, saving and committing a model."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intaglio import _core
from intaglio.arguments import Passphrase, as_passphrase, instance
from intaglio.commitment import Commitment, Secret
from intaglio.errors import FormatError, IntaglioError, InvalidInput
from intaglio.files import SECRET, named, read_file, write_whole
from intaglio.memory import require_memory
from intaglio.quantise.fidelity import Fidelity, Target, judge
from intaglio.tensors import Interface, Port

Progress = Callable[[str, float], object]
Source = str | os.PathLike[str] | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one proof will cost, private input and public output."""

    prove_seconds: float
    verify_seconds: float
    memory_bytes: int
    proof_bytes: int
    by_node: dict[str, int]
    """Leaves of the lookup tree that each node takes: where the time goes."""


@final
class Model:
    """A compiled model: the integer program with its weights in clear. Never publish its file."""

    def __init__(self, core: _core.Compiled) -> None:
        self._core = core
        self._interface = Interface.from_json(core.interface())
        self._metadata: dict[str, Any] = json.loads(core.metadata)

    @property
    def inputs(self) -> tuple[Port, ...]:
        """Name, shape and dtype of each input."""
        return self._interface.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """Name, shape and dtype of each output."""
        return self._interface.outputs

    @property
    def fidelity(self) -> Fidelity:
        """Agreement with onnxruntime, on calibration data and on the part held out."""
        return Fidelity.from_dict(self._metadata["fidelity"])

    @property
    def digest(self) -> bytes:
        """Identity of the integer program, 32 bytes."""
        return self._core.digest()

    @property
    def parameters(self) -> int:
        """Number of committed weights."""
        return int(self._metadata["parameters"])

    @property
    def nodes(self) -> int:
        """Number of nodes of the user's model, after constants were folded."""
        return int(self._metadata["nodes"])

    def run(self, inputs: ArrayLike | Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
        """Run the integer program, exactly, without a proof.

        Args:
            inputs: an array for one input, or input name -> array.

        Returns:
            output name -> float64 array (int64 for integer outputs).

        Raises:
            InvalidInput: names, shapes, types or values that do not fit.
            OutOfRange: under `overflow="refuse"` a value leaves its range.
        """
        integers, _ = self._interface.quantise(inputs)
        outputs, _ = self._core.run(integers)
        return {port.name: port.to_floats(value) for port, value in zip(self.outputs, outputs, strict=True)}

    def run_integers(self, inputs: ArrayLike | Mapping[str, ArrayLike]) -> dict[str, NDArray[np.int64]]:
        """As `run`, but the exact integers of the outputs."""
        integers, _ = self._interface.quantise(inputs)
        outputs, _ = self._core.run(integers)
        return {port.name: value for port, value in zip(self.outputs, outputs, strict=True)}

    def estimate(self) -> Estimate:
        """What a proof will cost, before anything is proven.

        Raises:
            ResourceLimit: no proof of this model can be laid out.
        """
        return Estimate(**json.loads(self._core.estimate()))

    def commit(
        self, passphrase: Passphrase | None = None, *, progress: Progress | None = None
    ) -> tuple[Secret, Commitment]:
        """Commit to the model with fresh blinds.

        Args:
            passphrase: encrypts the secret's file, and openings, by Argon2id and XChaCha20-Poly1305.
        progress: called with a stage and the share that is done.

        Returns:
            the secret, to prove with, and the public commitment, to hand out.

        Raises:
            ResourceLimit: the model is too large for this machine's memory.
        """
        own = as_passphrase(passphrase)
        self.check_memory()
        secret, public = self._core.commit(progress)
        return Secret(secret, passphrase=own), Commitment.from_bytes(public)

    def check_memory(self) -> None:
        """Refuse early what this machine cannot hold.

        Raises:
            ResourceLimit: the estimate exceeds the memory that is available.
        """
        require_memory(self.estimate().memory_bytes)

    def to_bytes(self) -> bytes:
        """The bytes of a `.program` file."""
        return self._core.to_bytes()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model, with mode 0600: it holds the weights in clear.

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        write_whole(path, self.to_bytes(), mode=SECRET)


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that `save` wrote.

    Raises:
        FormatError: the file is damaged or of another kind.
        InvalidInput: it cannot be read.
    """
    with named(path):
        return from_bytes(read_file(path))


def from_bytes(data: bytes) -> Model:
    """Read the bytes of a `.program` file.

    Raises:
        FormatError: they are damaged or of another kind.
    """
    core = _core.Compiled.from_bytes(data)
    try:
        return Model(core)
    except (json.JSONDecodeError, KeyError) as error:
        raise FormatError(f"program: its metadata are damaged ({error})") from error


def compile(
    source: Source,
    *,
    calibration: ArrayLike | Mapping[str, ArrayLike],
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    target: Target | None = None,
    overflow: Literal["saturate", "refuse"] = "saturate",
    activation_bits: Literal[8, 12, 16] = 16,
    weight_bits: int = 31,
    progress: Progress | None = None,
) -> Model:
    """Compile a float model to an integer program.

    Args:
        source: path or bytes of an ONNX model.
        calibration: array (one input), or input name -> array; the first axis counts samples, each of exactly the shape
            that the model takes.
        shapes: input name -> shape, for symbolic axes.
        target: fidelity that is asked for; `Fidelity()` asks for 99.9 % of the labels and errors below a thousandth of
            an output's range. Missing it is a warning, and `fidelity.met` is False. With None nothing is asked for:
            `fidelity.met` is True, and the report is for you to judge.
        activation_bits: width of activations; fewer make proofs cheaper and outputs coarser. Tensors with less than a
            hundredth of all elements keep 16.
        weight_bits: most bits of a weight, from 4 to 31; fewer make outputs coarser, and circuits with private weights
            cheaper.
        overflow: "saturate" proves every input; "refuse" is cheaper and raises `OutOfRange` beyond calibrated ranges.
        progress: called with a stage and the share that is done.

    Raises:
        UnsupportedModel: with every node that cannot be compiled.
        FormatError: no valid ONNX model.
        InvalidInput: calibration data or shapes that do not fit, NaN or infinity anywhere.
    """
    from intaglio.frontend import OnnxModel
    from intaglio.frontend.canonical import canonicalise
    from intaglio.quantise.calibrate import calibrate
    from intaglio.quantise.program import quantise
    from intaglio.quantise.support import check_support

    if not isinstance(source, str | bytes | os.PathLike):
        raise InvalidInput(f"source must be a path or the bytes of an ONNX model, not {type(source).__name__}")
    if target is not None:
        instance(target, Target, "target")
    if overflow not in ("saturate", "refuse"):
        raise InvalidInput(f"overflow is {overflow!r}: 'saturate' or 'refuse'")
    if activation_bits not in (8, 12, 16):
        raise InvalidInput(f"activation_bits is {activation_bits!r}: 8, 12 or 16")
    if not (isinstance(weight_bits, int) and 4 <= weight_bits <= 31):
        raise InvalidInput(f"weight_bits is {weight_bits!r}: from 4 to 31")
    tell = progress or (lambda stage, done: None)
    tell("read", 0.0)
    model = OnnxModel(source, shapes=shapes)
    graph = canonicalise(model.graph())
    check_support(graph)
    tell("calibrate", 0.1)
    ranges = calibrate(model, calibration)
    tell("quantise", 0.5)
    best: tuple[float, _core.Compiled] | None = None
    for limb_bits in (8, 12, 16):
        made = quantise(
            graph,
            ranges,
            limb_bits=limb_bits,
            overflow=overflow,
            activation_bits=activation_bits,
            weight_bits=weight_bits,
        )
        core = _core.Compiled(json.dumps(made.description), made.weights, "{}")
        cost = float(json.loads(core.estimate())["prove_seconds"])
        if best is None or cost < best[0]:
            best = (cost, core)
            description, weights = json.dumps(made.description), made.weights
    if best is None:
        raise IntaglioError("no limb width fits this model")
    tell("judge", 0.7)
    core = best[1]
    interface = Interface.from_json(core.interface())

    def run(sample: dict[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], list[tuple[str, int]]]:
        integers, saturated = interface.quantise(sample)
        outputs, counts = core.run(integers)
        named = {port.name: port.to_floats(v) for port, v in zip(interface.outputs, outputs, strict=True)}
        # outputs are compared under the names of the user's own file
        ours = {theirs: named[port.name] for theirs, port in zip(model.outputs, interface.outputs, strict=True)}
        return ours, [*saturated.items(), *counts]

    fidelity = judge(run, ranges, target, probabilities=graph.probabilities())
    metadata = {
        "fidelity": fidelity.as_dict(),
        "parameters": int(sum(w.size for w in weights.values())),
        "nodes": len(graph.nodes),
    }
    if not fidelity.met:
        warnings.warn(
            f"the fidelity target is missed: label agreement {fidelity.label_agreement}, "
            f"largest error {fidelity.max_error:.2e}; "
            f"limiting tensors: {', '.join(fidelity.limiting)}",
            stacklevel=2,
        )
    tell("done", 1.0)
    return Model(_core.Compiled(description, weights, json.dumps(metadata)))
