"""Both verifiers on the same bytes: the stage that refuses, or `accepted`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import intaglio
from argument.encoding import encode_point
from commitment import Model, check_model
from evidence import Request, verify
from intaglio import _core
from opening import Committed, committed_of, verify_opening
from rejection import RejectionError, Stage

ACCEPTED = "accepted"

Part = Literal["commitment", "evidence", "opening"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a verifier is given; the opening, if there is one, is of the committed tensor `opened`."""

    commitment: bytes
    evidence: bytes
    opening: bytes = b""
    opened: str = ""
    nonce: bytes | None = None
    audience: str | None = None

    def with_part(self, part: Part, data: bytes) -> Files:
        """With one file replaced."""
        match part:
            case "commitment":
                return replace(self, commitment=data)
            case "evidence":
                return replace(self, evidence=data)
            case "opening":
                return replace(self, opening=data)


class Judges:
    """Both verifiers; a commitment that comes again is not checked again."""

    def __init__(self) -> None:
        self._product: dict[bytes, _core.Model] = {}
        self._reference: dict[bytes, Model] = {}
        self._tensors: dict[bytes, list[Committed]] = {}

    def reference_model(self, commitment: bytes) -> Model:
        """Checked."""
        if commitment not in self._reference:
            self._reference[commitment] = check_model(commitment)
        return self._reference[commitment]

    def reference(self, files: Files) -> str:
        """The verdict of the second verifier."""
        try:
            model = self.reference_model(files.commitment)
            verified = verify(files.evidence, model, Request(nonce=files.nonce, audience=files.audience))
            if files.opened:
                self._tensors[files.evidence] = committed_of(model, verified)
                verify_opening(files.opening, self._tensor(files))
        except RejectionError as error:
            return error.stage.value
        return ACCEPTED

    def product(self, files: Files) -> str:
        """The verdict of the Rust verifier; after [`Judges.reference`], which knows the committed tensors."""
        try:
            if files.commitment not in self._product:
                self._product[files.commitment] = _core.Model.check(files.commitment, 2**40)
            model = self._product[files.commitment]
            model.verify(files.evidence, files.nonce, files.audience, 120, 2**40)
            if files.opened:
                own = self._tensor(files)
                rows = b"".join(map(encode_point, own.rows))
                _core.verify_opening(files.opening, own.name, list(own.shape), own.exponent, rows)
        except intaglio.FormatError:
            return Stage.DECODE.value
        except intaglio.Rejected as error:
            return error.check
        return ACCEPTED

    def _tensor(self, files: Files) -> Committed:
        return next(own for own in self._tensors[files.evidence] if own.name == files.opened)

    def agree(self, files: Files) -> str:
        """The verdict of both."""
        expected = self.reference(files)
        given = self.product(files)
        assert given == expected, f"the product says {given}, the reference {expected}"
        return expected
