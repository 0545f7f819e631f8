"""Model commitments: the secret to prove with, the public part to verify against."""

from __future__ import annotations

import json
import os
from typing import final

from intaglio import _core
from intaglio.arguments import Passphrase, as_bytes, as_passphrase
from intaglio.errors import FormatError
from intaglio.files import PUBLIC, SECRET, named, read_file, write_whole
from intaglio.memory import require_memory
from intaglio.policy import MAX_WORK, Policy
from intaglio.receipts import Receipts
from intaglio.tensors import Interface


@final
class ModelId(bytes):
    """The identity of a model commitment: 32 bytes, shown as hexadecimal."""

    def __str__(self) -> str:
        return self.hex()

    def __repr__(self) -> str:
        return f"ModelId({self.hex()})"


@final
class Secret:
    """Weights and blinds of a committed model. Its file has mode 0600.

    A secret that was made or loaded with a passphrase keeps it: it encrypts what `save` writes, and openings of proofs.
    """

    def __init__(self, core: _core.Secret, *, passphrase: Passphrase | None = None) -> None:
        self._core = core
        self._passphrase = as_passphrase(passphrase)
        self._needed: int | None = None
        self._interface = Interface.from_json(core.interface())

    @property
    def id(self) -> ModelId:
        """Identity of the commitment, 32 bytes; shown as hexadecimal."""
        return ModelId(self._core.id)

    @property
    def interface(self) -> Interface:
        """Inputs and outputs of the model."""
        return self._interface

    def check_memory(self) -> None:
        """Refuse early what this machine cannot hold.

        Raises:
            ResourceLimit: the estimate of a proof exceeds the memory that is available.
        """
        if self._needed is None:
            self._needed = int(json.loads(self._core.estimate())["memory_bytes"])
        require_memory(self._needed)

    def save(self, path: str | os.PathLike[str], *, passphrase: Passphrase | None = None) -> None:
        """Write the secret with mode 0600; with a passphrase encrypted (Argon2id, XChaCha20-Poly1305).

        Args:
            path: where to.
            passphrase: instead of the one that the secret was made or loaded with.

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        own = self._passphrase if passphrase is None else as_passphrase(passphrase)
        write_whole(path, self._core.to_bytes(own), mode=SECRET)

    @staticmethod
    def load(path: str | os.PathLike[str], *, passphrase: Passphrase | None = None) -> Secret:
        """Read a secret.

        Raises:
            FormatError: damaged, of another kind, or the passphrase is wrong.
            InvalidInput: it cannot be read.
        """
        own = as_passphrase(passphrase)
        with named(path):
            return Secret(_core.Secret.from_bytes(read_file(path), own), passphrase=own)


@final
class Commitment:
    """A public model commitment that was checked: every weight in its declared range, every row well-formed."""

    def __init__(self, data: bytes, core: _core.Model) -> None:
        self._data = data
        self._core = core
        self._interface = Interface.from_json(core.interface())

    @staticmethod
    def from_bytes(data: bytes, *, receipts: Receipts | None = None, max_work: int = MAX_WORK) -> Commitment:
        """Check a commitment's well-formedness proof. There is no other way to make one.

        Args:
            data: all bytes of the commitment.
            receipts: this machine's receipts; a commitment that was checked here before is not checked again.
            max_work: most work for the check, as in `Policy`.

        Raises:
            FormatError: no commitment.
            Rejected: a commitment that does not hold (stage model).
            ResourceLimit: the check would cost more than `max_work`.
        """
        data = as_bytes(data, "a commitment")
        max_work = Policy(max_work=max_work).max_work
        core = _core.Model.check(data, max_work) if receipts is None else receipts.checked(data, max_work)
        return Commitment(data, core)

    @staticmethod
    def load(path: str | os.PathLike[str], *, receipts: Receipts | None = None, max_work: int = MAX_WORK) -> Commitment:
        """Read and check a commitment.

        Raises:
            FormatError, Rejected, ResourceLimit: as `from_bytes`.
            InvalidInput: it cannot be read.
        """
        with named(path):
            return Commitment.from_bytes(read_file(path), receipts=receipts, max_work=max_work)

    @property
    def id(self) -> ModelId:
        """Identity, 32 bytes; shown as hexadecimal."""
        return ModelId(self._core.id)

    @property
    def interface(self) -> Interface:
        """Inputs and outputs of the model."""
        return self._interface

    def to_bytes(self) -> bytes:
        """All that a verifier needs."""
        return self._data

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the commitment.

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        write_whole(path, self._data, mode=PUBLIC)

    def __repr__(self) -> str:
        return f"Commitment({self.id.hex()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Commitment) and self._data == other._data

    def __hash__(self) -> int:
        return hash(self._data)


def require_commitment(value: object) -> Commitment:
    """`verify` takes a checked commitment and nothing else."""
    if not isinstance(value, Commitment):
        raise FormatError("verify takes a Commitment: make one with Commitment.from_bytes or Commitment.load")
    return value
