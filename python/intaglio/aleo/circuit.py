"""Compiling to a circuit, proving one run, verifying off chain."""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intaglio import model as compiled
from intaglio.aleo.files import read_fields, read_secret, write_fields, write_secret
from intaglio.aleo.native import native
from intaglio.errors import FormatError, InvalidInput, Rejected
from intaglio.files import PUBLIC, SECRET, named, read_file, write_whole
from intaglio.model import Model
from intaglio.tensors import Interface, Port

Weights = Literal["baked", "private"]
Inputs = Literal["shown", "hidden", "committed"]
Context = bytes | str
"""What a proof binds: at most 31 bytes, or a field literal."""

MODULUS = 8444461749428370424248824938781546531375899335154063827935233455917409239041
"""The scalar field of BLS12-377, in which public values live."""
MAX_CONTEXT = 31
SALT_BYTES = 31
MAX_CELLS = 1 << 16
_EVIDENCE = "intaglio aleo evidence"
_CIRCUIT = "intaglio aleo circuit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitEstimate:
    """What a circuit takes, known before any key is made.

    Attributes:
        constraints, variables, public_values: sizes of the rank-1 constraint system.
        non_zeros: of its three matrices.
        powers_needed, powers_available: of the universal parameters, as powers of two.
        fits: whether keys and proofs can be made here.
        reason: why not, and what to do.
    """

    constraints: int
    variables: int
    public_values: int
    non_zeros: tuple[int, int, int]
    powers_needed: int
    powers_available: int
    fits: bool
    reason: str | None


@final
class CircuitSecret:
    """A compiled model that becomes a circuit, with the salt that hides its weights. Never publish its file."""

    def __init__(self, model: Model, *, weights: Weights, inputs: Inputs, salt: bytes) -> None:
        self._model = model
        self._kinds: tuple[Weights, Inputs] = (weights, inputs)
        self._salt = salt
        self._core = native().Circuits(model.to_bytes(), weights, inputs, salt)

    @property
    def model(self) -> Model:
        """The compiled model."""
        return self._model

    @property
    def weights(self) -> Weights:
        """How the statement names the model."""
        return self._kinds[0]

    @property
    def inputs(self) -> Inputs:
        """How it names the inputs."""
        return self._kinds[1]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it, with mode 0600: it holds the weights in clear.

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        data = write_secret(self._kinds, self._salt, self._model.to_bytes())
        write_whole(path, data, mode=SECRET)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> CircuitSecret:
        """Read what `save` wrote.

        Raises:
            FormatError: the file is damaged or of another kind.
            InvalidInput: it cannot be read.
        """
        with named(path):
            (weights, inputs), salt, program = read_secret(read_file(path))
            return CircuitSecret(compiled.from_bytes(program), weights=weights, inputs=inputs, salt=salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What a verifier needs, off chain or on: the key, the model's public value, and what the numbers mean.

    Attributes:
        verifying_key: 673 bytes, the operand of `snark.verify`. Of baked weights it identifies the model; of private
            ones all models of this program share it, and `model` identifies one.
        model: the digest of baked weights, or the commitment to private ones: a field element in decimal.
        weights, inputs: how the statement names them.
        interface: names, shapes and exponents.
    """

    verifying_key: bytes
    model: str
    weights: Weights
    inputs: Inputs
    interface: Interface
    _told: str = field(compare=False, repr=False)

    def to_bytes(self) -> bytes:
        """The bytes of its file, JSON."""
        return write_fields(
            _CIRCUIT,
            {
                "weights": self.weights,
                "inputs": self.inputs,
                "model": self.model,
                "verifying_key": self.verifying_key.hex(),
                "interface": json.loads(self._told),
            },
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it.

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        write_whole(path, self.to_bytes(), mode=PUBLIC)

    @staticmethod
    def from_bytes(data: bytes) -> Circuit:
        """Read what `to_bytes` wrote.

        Raises:
            FormatError: no circuit, or a field that is missing or of another type.
        """
        fields = read_fields(_CIRCUIT, data)
        told = fields.mapping("interface")
        try:
            interface = Interface.from_json(json.dumps(told))
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"field 'interface' does not describe a model: {error}") from error
        for port in (*interface.inputs, *interface.outputs):
            _check_port(port)
        return Circuit(
            verifying_key=fields.hexadecimal("verifying_key"),
            model=fields.text("model"),
            weights=fields.word("weights", ("baked", "private")),
            inputs=fields.word("inputs", ("shown", "hidden", "committed")),
            interface=interface,
            _told=json.dumps(told),
        )

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Circuit:
        """Read its file.

        Raises:
            FormatError: the file is damaged or of another kind.
            InvalidInput: it cannot be read.
        """
        with named(path):
            return Circuit.from_bytes(read_file(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitEvidence:
    """One proven run.

    Attributes:
        public_values: what the proof is about, in the order of the chain, in decimal: one, model, context, inputs or
            their commitment, outputs.
        proof: 957 bytes, the operand of `snark.verify`.
        input_salt: opens the input commitment; it is in no file of the evidence.
    """

    public_values: tuple[str, ...]
    proof: bytes
    input_salt: bytes | None = None

    def to_bytes(self) -> bytes:
        """The bytes of its file, JSON."""
        return write_fields(_EVIDENCE, {"public_values": list(self.public_values), "proof": self.proof.hex()})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it.

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        write_whole(path, self.to_bytes(), mode=PUBLIC)

    @staticmethod
    def from_bytes(data: bytes) -> CircuitEvidence:
        """Read what `to_bytes` wrote.

        Raises:
            FormatError: no such evidence.
        """
        fields = read_fields(_EVIDENCE, data)
        return CircuitEvidence(public_values=fields.texts("public_values"), proof=fields.hexadecimal("proof"))


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCircuit:
    """What a circuit's proof established.

    Attributes:
        outputs: name -> float array; `outputs_integer`: the exact integers.
        inputs: name -> float array, if the statement shows them.
        input_commitment: a field element in decimal, if the statement commits to them.
        model: the model's public value.
    """

    outputs: dict[str, NDArray[Any]]
    outputs_integer: dict[str, NDArray[np.int64]]
    inputs: dict[str, NDArray[Any]] | None
    input_commitment: str | None
    model: str


def _check_port(port: Port) -> None:
    axes = all(isinstance(axis, int) and axis > 0 for axis in port.shape)
    bounds = all(bound is None or isinstance(bound, int) for bound in (port.low, port.high))
    if not (isinstance(port.name, str) and axes and bounds and isinstance(port.exponent, int)):
        raise FormatError("field 'interface' does not describe a model")
    if math.prod(port.shape) > MAX_CELLS or abs(port.exponent) > 64:
        raise FormatError(f"{port.name!r} has more cells or bits than any circuit")


def estimate(model: Model, *, weights: Weights = "baked", inputs: Inputs = "hidden") -> CircuitEstimate:
    """What the circuit of a model takes, before any key is made.

    Raises:
        ResourceLimit: a function table is too long for a circuit.
        InvalidInput: an unknown word.
    """
    core = native().Circuits(model.to_bytes(), weights, inputs, bytes(SALT_BYTES))
    told = json.loads(core.estimate())
    return CircuitEstimate(**{**told, "non_zeros": tuple(told["non_zeros"])})


def compile(model: Model, *, weights: Weights = "baked", inputs: Inputs = "hidden") -> tuple[CircuitSecret, Circuit]:
    """Make the keys of a model's circuit, with a fresh salt.

    Args:
        model: a compiled model; 8-bit activations and weights make small circuits
            (`intaglio.compile(…, activation_bits=8, weight_bits=8, overflow="refuse")`).
        weights: "baked" or "private".
        inputs: "shown", "hidden" or "committed" in the statement.

    Returns:
        the secret, to prove with, and the public circuit, to hand out.

    Raises:
        ResourceLimit: it does not fit, with the numbers, or powers are missing, with how to get them.
        InvalidInput: an unknown word.
    """
    secret = CircuitSecret(model, weights=weights, inputs=inputs, salt=secrets.token_bytes(SALT_BYTES))
    told = model._core.interface()
    public = Circuit(
        verifying_key=secret._core.verifying_key(),
        model=secret._core.model(),
        weights=weights,
        inputs=inputs,
        interface=Interface.from_json(told),
        _told=told,
    )
    return secret, public


def prove(
    secret: CircuitSecret,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    *,
    context: Context = b"",
    input_salt: bytes | None = None,
) -> CircuitEvidence:
    """Prove one run.

    Args:
        secret: of `compile`. The keys are made at its first proof, which takes seconds.
        inputs: an array for one input, or input name -> array.
        context: what the proof binds, a request or a replay key: at most 31 bytes, or a field literal, `"5field"`.
        input_salt: 31 secret bytes of an earlier commitment to the same inputs; fresh ones otherwise.

    Raises:
        InvalidInput: names, shapes, types or values that do not fit.
        OutOfRange: under `overflow="refuse"` a value leaves its range.
        ResourceLimit: the circuit does not fit, or powers are missing.
    """
    bound = context_element(context)
    if input_salt is not None and (not isinstance(input_salt, bytes) or len(input_salt) != SALT_BYTES):
        raise InvalidInput(f"input_salt must be {SALT_BYTES} bytes")
    integers, _ = secret.model._interface.quantise(inputs)
    salt = input_salt or secrets.token_bytes(SALT_BYTES)
    proof, publics = secret._core.prove(integers, salt, bound)
    committed = secret.inputs == "committed"
    return CircuitEvidence(public_values=tuple(publics), proof=proof, input_salt=salt if committed else None)


def context_element(context: Context) -> str:
    """The field element that stands for a context, in decimal.

    Raises:
        InvalidInput: more than 31 bytes, or a text that is no field literal.
    """
    if isinstance(context, str):
        digits = context.removesuffix("field")
        if digits == context or not digits.isascii() or not digits.isdigit() or len(digits) > len(str(MODULUS)):
            raise InvalidInput(f"context {context[:80]!r} is no field literal")
        if int(digits) >= MODULUS:
            raise InvalidInput("context is no field literal: it is not below the field's modulus")
        return str(int(digits))
    if not isinstance(context, bytes) or len(context) > MAX_CONTEXT or context.endswith(b"\0"):
        raise InvalidInput(f"context must be a field literal or at most {MAX_CONTEXT} bytes, the last not zero")
    return str(native().to_field(context))


def verify(evidence: CircuitEvidence | bytes, *, circuit: Circuit, context: Context = b"") -> VerifiedCircuit:
    """Check a proof off chain. No parameters are needed.

    Args:
        evidence: of `prove`, or the bytes of its file.
        circuit: of whoever published the model.
        context: what the verifier asked for.

    Raises:
        Rejected: with the stage, decode, model, statement or closing, and the reason.
        FormatError: the circuit's own key is damaged.
    """
    asked = context_element(context)
    if isinstance(evidence, bytes):
        try:
            evidence = CircuitEvidence.from_bytes(evidence)
        except FormatError as error:
            raise Rejected("decode", str(error)) from error
    core = native()
    told = _Reader(evidence.public_values)
    if told.text() != "1":
        raise Rejected("statement", "the first public value is not one")
    if told.text() != circuit.model:
        raise Rejected("model", "the evidence is about another model")
    if told.text() != asked:
        raise Rejected("statement", "the evidence carries another context")
    shown, commitment = None, None
    if circuit.inputs == "shown":
        shown = {port.name: told.tensor(port) for port in circuit.interface.inputs}
    elif circuit.inputs == "committed":
        commitment = told.text()
    outputs = {port.name: told.tensor(port) for port in circuit.interface.outputs}
    told.end()
    try:
        holds = core.verify(circuit.verifying_key, list(evidence.public_values), evidence.proof)
    except FormatError as error:
        if "verifying key" in str(error):
            raise
        raise Rejected("decode", str(error)) from error
    if not holds:
        raise Rejected("closing", "the proof does not hold for these public values under this key")
    as_floats = {port.name: port.to_floats(outputs[port.name]) for port in circuit.interface.outputs}
    inputs = None
    if shown is not None:
        inputs = {port.name: port.to_floats(shown[port.name]) for port in circuit.interface.inputs}
    return VerifiedCircuit(
        outputs=as_floats,
        outputs_integer=outputs,
        inputs=inputs,
        input_commitment=commitment,
        model=circuit.model,
    )


class _Reader:
    """Walks public values in their order."""

    def __init__(self, values: tuple[str, ...]) -> None:
        self._values = values
        self._at = 0

    def text(self) -> str:
        if self._at >= len(self._values):
            raise Rejected("statement", f"{len(self._values)} public values, the circuit has more")
        value = self._values[self._at]
        digits = value.isascii() and value.isdigit() and len(value) <= len(str(MODULUS))
        if not digits or str(int(value)) != value or int(value) >= MODULUS:
            raise Rejected("decode", f"public value {self._at} is no field element in decimal")
        self._at += 1
        return value

    def tensor(self, port: Port) -> NDArray[np.int64]:
        cells = []
        for _ in range(math.prod(port.shape)):
            value = int(self.text())
            number = value - MODULUS if value > MODULUS // 2 else value
            low = -(2**62) if port.low is None else port.low
            high = 2**62 if port.high is None else port.high
            if not low <= number <= high:
                raise Rejected("statement", f"{port.name!r} has a cell outside its range")
            cells.append(number)
        return np.array(cells, dtype=np.int64).reshape(port.shape)

    def end(self) -> None:
        if self._at != len(self._values):
            raise Rejected("statement", f"{len(self._values)} public values, the circuit has {self._at}")
