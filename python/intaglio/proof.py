"""Proving and verifying."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intaglio import _core
from intaglio.arguments import Passphrase, as_audience, as_bytes, as_nonce, as_passphrase, instance
from intaglio.commitment import Commitment, Secret, require_commitment
from intaglio.errors import FormatError, InvalidInput, Rejected
from intaglio.files import PUBLIC, SECRET, named, read_file, write_whole
from intaglio.policy import Policy, Visibility
from intaglio.tensors import Port

Progress = Callable[[str, float], object]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """The secret of the committed inputs and outputs of one proof. Its file has mode 0600."""

    data: bytes
    names: tuple[str, ...]
    passphrase: bytes | None = None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the openings with mode 0600; encrypted if the proof was made with a passphrase."""
        write_whole(path, self.data, mode=SECRET)

    @staticmethod
    def load(path: str | os.PathLike[str], *, passphrase: Passphrase | None = None) -> Openings:
        """Read openings.

        Raises:
            FormatError: damaged, of another kind, or the passphrase is wrong.
            InvalidInput: it cannot be read.
        """
        data, own = read_file(path), as_passphrase(passphrase)
        with named(path):
            names = tuple(_core.opening_names(data, own))
        return Openings(data=data, names=names, passphrase=own)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A statement and its proof: what a verifier gets."""

    data: bytes
    proof_bytes: int = 0
    openings: Openings | None = None
    saturated: Mapping[str, int]
    """Saturated values by input name and node: the prover's own knowledge, not part of the evidence. Keys of a function
    count where it is flat, too."""

    def to_bytes(self) -> bytes:
        """The bytes to hand out."""
        return self.data

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the evidence."""
        write_whole(path, self.data, mode=PUBLIC)


_ROW_BYTES = 64


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TensorCommitment:
    """A committed input or output of a verified statement.

    `rows` is the salted commitment itself: the same bytes stand in every proof that uses it. Name, shape and exponent
    come from the checked model; an opening must fit them. Two models that hand a tensor on must agree on the exponent.
    """

    name: str
    shape: tuple[int, ...]
    exponent: int
    rows: bytes

    @property
    def groups(self) -> tuple[str, ...]:
        """Its rows as values of Aleo's type `group`, `"…group"`: x-coordinates of points in the prime-order subgroup,
        as verification has checked; there an x belongs to one point."""
        starts = range(0, len(self.rows), _ROW_BYTES)
        return tuple(f"{int.from_bytes(self.rows[at : at + _ROW_BYTES // 2], 'little')}group" for at in starts)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What accepted evidence established. `verify` is the only maker."""

    outputs: dict[str, NDArray[Any] | None]
    """Name -> float64 array, None where the output is not public."""
    outputs_integer: dict[str, NDArray[np.int64] | None]
    inputs: dict[str, NDArray[Any] | None]
    input_commitment: dict[str, TensorCommitment]
    """Name -> commitment of each committed input."""
    output_commitment: dict[str, TensorCommitment]
    security_bits: int
    unproven_nodes: tuple[str, ...]
    """Nodes outside the proof; always empty: this version proves every node."""
    statement: str
    """Digest of the statement in hexadecimal: the identity of the claim, also for replay protection."""
    model: str
    """Identity of the model in hexadecimal."""


def prove(
    secret: Secret,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    *,
    visibility: Visibility | None = None,
    nonce: bytes | None = None,
    audience: str | None = None,
    input_commitment: Openings | Mapping[str, tuple[Openings, str]] | None = None,
    passphrase: Passphrase | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Prove that the committed model, run on these inputs, gives its outputs.

    Args:
        secret: the committed model.
        inputs: an array for one input, or input name -> array. Values beyond the calibrated range saturate and are
            counted.
        visibility: who sees what; inputs private and outputs public by default.
        nonce: fresh bytes of the verifier; the evidence is good for no other.
        audience: whom the evidence is for.
        input_commitment: openings of an earlier proof whose committed tensor stands for an input here, by the same
            name, or input name -> (openings, name there). That input must be "committed", and the values given for it
            the very ones that were committed.
        passphrase: encrypts the openings; the secret's own if None.
        progress: called with a stage and the share that is done; Ctrl-C stops between two calls.

    Raises:
        InvalidInput: names, shapes, types or values that do not fit, or a commitment to other values.
        OutOfRange: under `overflow="refuse"` a value leaves its range.
        ResourceLimit: the proof needs more memory than there is.
    """
    secret = instance(secret, Secret, "secret")
    visibility = instance(visibility or Visibility(), Visibility, "visibility")
    nonce, audience = as_nonce(nonce), as_audience(audience)
    own = secret._passphrase if passphrase is None else as_passphrase(passphrase)
    interface = secret.interface
    integers, saturated = interface.quantise(inputs)
    names = [port.name for port in interface.inputs]
    input_levels = visibility.levels("input", names)
    output_levels = visibility.levels("output", [port.name for port in interface.outputs])
    reuse = _reuse(names, input_levels, input_commitment)
    secret.check_memory()
    made = secret._core.prove(integers, input_levels, output_levels, nonce, audience, reuse, own, progress)
    openings = None
    if made["opening_names"]:
        openings = Openings(data=made["openings"], names=tuple(made["opening_names"]), passphrase=own)
    counts = {**saturated, **{name: count for name, count in made["saturated"] if count}}
    return Evidence(data=made["evidence"], proof_bytes=made["proof_bytes"], openings=openings, saturated=counts)


def _reuse(
    names: list[str],
    levels: list[str],
    given: Openings | Mapping[str, tuple[Openings, str]] | None,
) -> list[tuple[bytes, str, bytes | None] | None]:
    if given is None:
        return [None] * len(names)
    if isinstance(given, Openings):
        if len(names) != 1:
            raise InvalidInput("the model has several inputs: give input_commitment by name")
        there = given.names[0] if len(given.names) == 1 else names[0]
        given = {names[0]: (given, there)}
    for name, (openings, _) in given.items():
        instance(openings, Openings, f"input_commitment for {name!r}")
        if name not in names or levels[names.index(name)] != "committed":
            raise InvalidInput(f"input_commitment for {name!r} needs an input of that name that is 'committed'")
    known = {name: (openings.data, there, openings.passphrase) for name, (openings, there) in given.items()}
    return [known.get(name) for name in names]


def verify(
    evidence: Evidence | bytes,
    *,
    commitment: Commitment,
    nonce: bytes | None = None,
    audience: str | None = None,
    policy: Policy | None = None,
) -> Verified:
    """Check evidence. Read outputs from what is returned, not from the prover.

    Args:
        evidence: what the prover handed over.
        commitment: the checked commitment of the model that it must be about.
        nonce, audience: exactly what was asked for; absent in both places is fine.
        policy: what is demanded beyond truth.

    Raises:
        Rejected: with `.check`, the stage that refused, and `.reason`.
        ResourceLimit: verifying would cost more than the policy's `max_work`.
        InvalidInput: arguments that cannot be meant.
    """
    policy = instance(policy or Policy(), Policy, "policy")
    commitment = require_commitment(commitment)
    nonce, audience = as_nonce(nonce), as_audience(audience)
    data = evidence.data if isinstance(evidence, Evidence) else as_bytes(evidence, "evidence")
    if policy.models and commitment.id.hex() not in {model.lower() for model in policy.models}:
        raise Rejected("policy", "the model is not among those that the policy accepts")
    found = commitment._core.verify(data, nonce, audience, policy.min_security_bits, policy.max_work)
    interface = commitment.interface
    if policy.require_public_outputs and any(level != "public" for level, _, _ in found["outputs"]):
        raise Rejected("policy", "the policy demands public outputs")
    return Verified(
        outputs=_floats(interface.outputs, found["outputs"]),
        outputs_integer={p.name: v for p, (_, v, _) in zip(interface.outputs, found["outputs"], strict=True)},
        inputs=_floats(interface.inputs, found["inputs"]),
        input_commitment=_commitments(interface.inputs, found["inputs"]),
        output_commitment=_commitments(interface.outputs, found["outputs"]),
        security_bits=found["security_bits"],
        unproven_nodes=(),
        statement=found["statement_digest"].hex(),
        model=found["model"].hex(),
    )


_Side = list[tuple[str, NDArray[np.int64] | None, bytes | None]]


def _floats(ports: Sequence[Port], side: _Side) -> dict[str, NDArray[Any] | None]:
    return {p.name: None if v is None else p.to_floats(v) for p, (_, v, _) in zip(ports, side, strict=True)}


def _commitments(ports: Sequence[Port], side: _Side) -> dict[str, TensorCommitment]:
    return {
        p.name: TensorCommitment(name=p.name, shape=p.shape, exponent=p.exponent, rows=rows)
        for p, (_, _, rows) in zip(ports, side, strict=True)
        if rows is not None
    }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What an accepted opening shows."""

    name: str
    shape: tuple[int, ...]
    elements: dict[int, float]
    """Row-major index -> value."""
    elements_integer: dict[int, int]


def open_commitment(openings: Openings, name: str, *, elements: Sequence[int] = ()) -> bytes:
    """Show elements of a committed input or output, all of them if none is named; nothing else is learnt.

    Args:
        openings: the secret of the proof that committed.
        name: which input or output.
        elements: row-major indices.

    Raises:
        InvalidInput: an unknown name or index.
        FormatError: damaged openings or a wrong passphrase.
    """
    openings = instance(openings, Openings, "openings")
    for element in elements:
        if not isinstance(element, int | np.integer) or not 0 <= element < 2**63:
            raise InvalidInput(f"{name!r} has no element {element}")
    return _core.open_commitment(openings.data, name, list(elements), openings.passphrase)


def verify_opening(opening: bytes, commitment: TensorCommitment | Mapping[str, TensorCommitment]) -> Opened:
    """Check an opening against a commitment that `verify` returned.

    Args:
        opening: what `open_commitment` made.
        commitment: one commitment, or `verified.output_commitment` as a whole: the opening then names its tensor.

    Raises:
        Rejected: with the stage and the reason; also if name, shape or exponent are not the commitment's.
    """
    opening = as_bytes(opening, "an opening")
    if isinstance(commitment, TensorCommitment):
        committed = commitment
    else:
        named = _named_by(opening)
        if named not in commitment:
            raise Rejected("statement", f"there is no commitment to a tensor {named!r}")
        committed = commitment[named]
    found = _core.verify_opening(opening, committed.name, list(committed.shape), committed.exponent, committed.rows)
    integers = dict(found["elements"])
    return Opened(
        name=committed.name,
        shape=committed.shape,
        elements={i: float(np.ldexp(float(v), -committed.exponent)) for i, v in integers.items()},
        elements_integer=integers,
    )


def _named_by(opening: bytes) -> str:
    """The tensor that an opening says it is of; nothing is established by it."""
    try:
        described: dict[str, Any] = json.loads(_core.inspect(opening))
    except FormatError as error:
        raise Rejected("decode", str(error)) from error
    return str(described.get("name"))
