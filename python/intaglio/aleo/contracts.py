"""Clients of our fixed programs: the registry of models, and what the chain attests of their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from intaglio.aleo.circuit import Circuit, CircuitEvidence
from intaglio.aleo.client import Client
from intaglio.aleo.native import native
from intaglio.aleo.node import Node
from intaglio.aleo.values import Value, member, parse
from intaglio.errors import FormatError, IntaglioError, InvalidInput

REGISTRY = "intaglio_registry.aleo"
ATTEST = "intaglio_attest.aleo"
_DIGEST_BYTES = 32


def source(program: str) -> str:
    """The instructions of one of our programs, to deploy or to compare.

    Raises:
        InvalidInput: none of ours.
    """
    return str(native().contract(program))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A registered model.

    Attributes:
        model: a field literal, `"7field"`.
        version: from one on.
    """

    model: str
    version: int

    def value(self) -> str:
        """As programs write it."""
        return f"{{ model: {self.model}, version: {self.version}u32 }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the registry says of an edition.

    Attributes:
        owner: the address that may append and revoke.
        statement: how a circuit's statement names the model: a field element in decimal.
        commitment: identity of the commitment that proofs off the chain are checked against, 32 bytes.
        digest: of the integer program, 32 bytes.
        verifying_key: of its circuit, 673 bytes, or None.
        revoked: whether its owner took it back.
    """

    owner: str
    statement: str
    commitment: bytes
    digest: bytes
    verifying_key: bytes | None
    revoked: bool


class NotAccepted(IntaglioError):  # noqa: N818 - says what happened
    """The chain did not accept a transaction: its program refused, or its fee could not be paid."""


def _accepted(client: Client, program: str, function: str, *inputs: str) -> None:
    match client.call(program, function, *inputs):
        case "accepted":
            return
        case "rejected":
            raise NotAccepted(f"the chain rejects {program}/{function}: its conditions do not hold")
        case "aborted":
            raise NotAccepted(f"the chain aborts {program}/{function}: its fee cannot be paid, or it repeats another")


def _put(client: Client, data: bytes) -> str:
    """Brings in the parts that the registry does not have; their names as an array."""
    parts = native().parts(data)
    for value, name in parts:
        if client.node.mapping(REGISTRY, "parts", name) is None:
            _accepted(client, REGISTRY, "put", value)
    return "[" + ", ".join(name for _, name in parts) + "]"


@final
class Registry:
    """The registry of models, read through a node, written through a client."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def latest(self, model: str) -> int:
        """The newest version of a model; 0 if there is none."""
        told = self._node.mapping(REGISTRY, "latest", model)
        return 0 if told is None else _unsigned(told, "u32")

    def entry(self, edition: Edition) -> Entry | None:
        """What it says of an edition; None if there is none.

        Raises:
            FormatError: the node's answer is no entry.
        """
        told = self._node.mapping(REGISTRY, "entries", edition.value())
        owner = self._node.mapping(REGISTRY, "owners", edition.model)
        if told is None or owner is None:
            return None
        entry = parse(told)
        key = self._node.mapping(REGISTRY, "keys", edition.value())
        return Entry(
            owner=owner,
            statement=member(entry, "statement").removesuffix("field"),
            commitment=_digest(entry, "commitment"),
            digest=_digest(entry, "digest"),
            verifying_key=None if key is None else _bytes(parse(key)),
            revoked=self._node.mapping(REGISTRY, "revoked", edition.value()) == "true",
        )

    def register(
        self,
        client: Client,
        model: str,
        *,
        circuit: Circuit | None = None,
        commitment: bytes = bytes(_DIGEST_BYTES),
        digest: bytes = bytes(_DIGEST_BYTES),
    ) -> Edition:
        """Appends an edition to a model, which the client's account owns or founds.

        Args:
            client: whose account signs and pays.
            model: a field literal of the owner's choice.
            circuit: of runs that the chain shall verify.
            commitment, digest: identity of the commitment and digest of the program, for runs proven off the chain.

        Raises:
            NotAccepted: another account owns the model.
            InvalidInput: not 32 bytes, or no field literal.
        """
        if len(commitment) != _DIGEST_BYTES or len(digest) != _DIGEST_BYTES:
            raise InvalidInput(f"commitment and digest have {_DIGEST_BYTES} bytes each")
        if circuit is None and commitment == bytes(_DIGEST_BYTES):
            raise InvalidInput("an edition has a circuit or a commitment: proofs are checked against one of them")
        edition = Edition(model=model, version=self.latest(model) + 1)
        own = native()
        statement = "0" if circuit is None else circuit.model
        entry = f"{{ statement: {statement}field, commitment: {own.digest(commitment)}, digest: {own.digest(digest)} }}"
        _accepted(client, REGISTRY, "register", edition.value(), entry)
        if circuit is not None:
            parts = _put(client, circuit.verifying_key)
            _accepted(client, REGISTRY, "set_key", edition.value(), parts)
        return edition

    def revoke(self, client: Client, edition: Edition) -> None:
        """Takes an edition back.

        Raises:
            NotAccepted: there is none, or another account owns it.
        """
        _accepted(client, REGISTRY, "revoke", edition.value())


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a proof's public values say of a registered model.

    Attributes:
        edition: the model.
        value: as programs write it.
        name: the key under which programs find it: a field literal.
        context: a field literal.
    """

    edition: Edition
    value: str
    name: str
    context: str

    @staticmethod
    def of(evidence: CircuitEvidence, edition: Edition) -> Claim:
        """The claim of evidence about an edition.

        Raises:
            InvalidInput: more public values than the contract takes (sixteen with the constant one), or wider ones.
        """
        value, name, context = native().claim(edition.model, edition.version, list(evidence.public_values))
        return Claim(edition=edition, value=value, name=name, context=context)


@final
class Attestations:
    """What the chain attests, read through a node, written through a client."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def height(self, claim: Claim) -> int | None:
        """The height at which the chain verified a claim; None if it has not."""
        told = self._node.mapping(ATTEST, "attested", claim.name)
        return None if told is None else _unsigned(told, "u32")

    def attest(self, client: Client, evidence: CircuitEvidence, edition: Edition) -> Claim:
        """States a claim and has the chain verify its proof.

        Raises:
            NotAccepted: the proof does not hold under the edition's key, the edition is revoked or has no key, or the
                claim is attested already.
            InvalidInput: the evidence is no claim that the contract takes.
        """
        claim = Claim.of(evidence, edition)
        if self._node.mapping(ATTEST, "claims", claim.name) is None:
            _accepted(client, ATTEST, "state", claim.value)
        parts = _put(client, evidence.proof)
        _accepted(client, ATTEST, "attest", claim.name, parts)
        return claim


def _unsigned(literal: str, kind: str) -> int:
    digits = literal.removesuffix(kind)
    if not digits.isascii() or not digits.isdigit():
        raise FormatError(f"the node's answer is no {kind}: {literal[:40]!r}")
    return int(digits)


def _bytes(value: Value) -> bytes:
    if not isinstance(value, list):
        raise FormatError("the node's answer is no array of bytes")
    numbers = [_unsigned(byte if isinstance(byte, str) else "", "u8") for byte in value]
    if any(number > 255 for number in numbers):
        raise FormatError("the node's answer is no array of bytes")
    return bytes(numbers)


def _digest(entry: Value, name: str) -> bytes:
    halves = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(halves, list) or len(halves) != 2:
        raise FormatError(f"the node's answer has no {name} of two halves")
    numbers = [_unsigned(half if isinstance(half, str) else "", "u128") for half in halves]
    if any(number >> 128 for number in numbers):
        raise FormatError(f"the node's answer has no {name} of two halves")
    return b"".join(number.to_bytes(16, "little") for number in numbers)
