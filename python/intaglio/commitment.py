"""Model commitments: the secret to prove with, the public part to verify against."""

from __future__ import annotations

import os
from typing import final

from intaglio import _core
from intaglio.errors import FormatError
from intaglio.files import PUBLIC, SECRET, read_file, write_whole
from intaglio.tensors import Interface


@final
class Secret:
    """Weights and blinds of a committed model. Its file has mode 0600 and may be encrypted."""

    def __init__(self, core: _core.Secret) -> None:
        self._core = core
        self._interface = Interface.from_json(core.interface())

    @property
    def id(self) -> bytes:
        """Identity of the commitment, 32 bytes."""
        return self._core.id

    @property
    def interface(self) -> Interface:
        """Inputs and outputs of the model."""
        return self._interface

    def save(self, path: str | os.PathLike[str], *, passphrase: bytes | None = None) -> None:
        """Write the secret with mode 0600; with a passphrase encrypted (Argon2id, XChaCha20-Poly1305).

        Raises:
            InvalidInput: the path cannot be written.
            ResourceLimit: the disk is full.
        """
        write_whole(path, self._core.to_bytes(passphrase), mode=SECRET)

    @staticmethod
    def load(path: str | os.PathLike[str], *, passphrase: bytes | None = None) -> Secret:
        """Read a secret.

        Raises:
            FormatError: damaged, of another kind, or the passphrase is wrong.
            InvalidInput: it cannot be read.
        """
        return Secret(_core.Secret.from_bytes(read_file(path), passphrase))


@final
class Commitment:
    """A public model commitment that was checked: every weight in its declared range, every row well-formed."""

    def __init__(self, data: bytes, core: _core.Model) -> None:
        self._data = data
        self._core = core
        self._interface = Interface.from_json(core.interface())

    @staticmethod
    def from_bytes(data: bytes) -> Commitment:
        """Check a commitment's well-formedness proof. There is no other way to make one.

        Raises:
            FormatError: no commitment.
            Rejected: a commitment that does not hold (stage model).
        """
        return Commitment(data, _core.Model.check(data))

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Commitment:
        """Read and check a commitment.

        Raises:
            FormatError, Rejected: as `from_bytes`.
            InvalidInput: it cannot be read.
        """
        return Commitment.from_bytes(read_file(path))

    @property
    def id(self) -> bytes:
        """Identity, 32 bytes; shown as hexadecimal."""
        return self._core.id

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
