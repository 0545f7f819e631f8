"""What a command says: one JSON object or readable lines on stdout, errors on stderr, an exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from intaglio.cli.interrupts import INTERRUPTED
from intaglio.cli.progress import Meter
from intaglio.errors import (
    FormatError,
    IntaglioError,
    InvalidInput,
    OutOfRange,
    Rejected,
    ResourceLimit,
    UnsupportedModel,
)

DONE, REJECTED, USAGE, UNSUPPORTED, LIMIT = 0, 1, 2, 3, 4

_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (Rejected, REJECTED),
    (UnsupportedModel, UNSUPPORTED),
    (ResourceLimit, LIMIT),
    (MemoryError, LIMIT),
    (OutOfRange, USAGE),
    (InvalidInput, USAGE),
    (FormatError, USAGE),
    (IntaglioError, USAGE),
    (KeyboardInterrupt, INTERRUPTED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """How one command talks."""

    as_json: bool = False
    quiet: bool = False

    def result(self, data: dict[str, Any], lines: list[str]) -> None:
        """The result of a command: `data` for scripts, `lines` for people."""
        if self.as_json:
            print(json.dumps(data))
        elif not self.quiet:
            for line in lines:
                print(line)

    def failure(self, error: BaseException, *, name: str | None = None) -> int:
        """Say what went wrong; returns the exit code."""
        name = name or type(error).__name__
        if self.as_json:
            nodes = [asdict(node) for node in error.nodes] if isinstance(error, UnsupportedModel) else []
            print(json.dumps({"error": name, "message": str(error), "nodes": nodes}))
        print(f"{name}: {error}" if str(error) else name, file=sys.stderr)
        return exit_code(error)

    def meter(self, stage: str) -> Meter:
        """Progress of the work inside a `with`: what it gives is to be called with a stage and the share done."""
        return Meter(stage, quiet=self.quiet)


def exit_code(error: BaseException) -> int:
    """The exit code of a failure."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), USAGE)
