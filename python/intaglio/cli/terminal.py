"""What a command says: one JSON object or readable lines on stdout, progress and errors on stderr, an exit code."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from intaglio.errors import (
    FormatError,
    IntaglioError,
    InvalidInput,
    OutOfRange,
    Rejected,
    ResourceLimit,
    UnsupportedModel,
)

DONE, REJECTED, USAGE, UNSUPPORTED, LIMIT, INTERRUPTED = 0, 1, 2, 3, 4, 130

PROGRESS_AFTER = 1.0
"""Seconds before a progress bar appears."""


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

    def failure(self, error: BaseException) -> int:
        """Say what went wrong; returns the exit code."""
        if self.as_json:
            nodes = [str(node.name) for node in error.nodes] if isinstance(error, UnsupportedModel) else []
            print(json.dumps({"error": type(error).__name__, "message": str(error), "nodes": nodes}))
        print(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, file=sys.stderr)
        return exit_code(error)

    def progress(self) -> Callable[[str, float], None] | None:
        """A progress callback that draws a bar on stderr once a second has passed."""
        if self.quiet:
            return None
        return _Bar()


def exit_code(error: BaseException) -> int:
    """The exit code of a failure."""
    codes: list[tuple[type[BaseException], int]] = [
        (Rejected, REJECTED),
        (UnsupportedModel, UNSUPPORTED),
        (ResourceLimit, LIMIT),
        (MemoryError, LIMIT),
        (OutOfRange, USAGE),
        (InvalidInput, USAGE),
        (FormatError, USAGE),
        (KeyboardInterrupt, INTERRUPTED),
        (IntaglioError, USAGE),
    ]
    return next((code for kind, code in codes if isinstance(error, kind)), USAGE)


class _Bar:
    """Draws nothing for work under a second."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._progress: Progress | None = None
        self._task: Any = None

    def __call__(self, stage: str, done: float) -> None:
        if self._progress is None:
            if time.monotonic() - self._start < PROGRESS_AFTER or done >= 1.0:
                return
            console = Console(stderr=True)
            self._progress = Progress(
                TextColumn("{task.description:<16}"), BarColumn(), TimeRemainingColumn(), console=console
            )
            self._task = self._progress.add_task(stage, total=1.0)
            self._progress.start()
        self._progress.update(self._task, completed=done, description=stage)
        if done >= 1.0:
            self._progress.stop()
            self._progress = None
            self._start = time.monotonic()
