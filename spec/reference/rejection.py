"""How a verifier says no: the stage that refused, by its stable name, and why."""

from __future__ import annotations

from enum import Enum


class Stage(Enum):
    """Where a check failed; `protocol.md` §12."""

    DECODE = "decode"
    STATEMENT = "statement"
    MODEL = "model"
    POLICY = "policy"
    CLOSING = "closing"


class RejectionError(Exception):
    """A refusal."""

    def __init__(self, stage: Stage, reason: str) -> None:
        super().__init__(f"{stage.value}: {reason}")
        self.stage = stage
        self.reason = reason
