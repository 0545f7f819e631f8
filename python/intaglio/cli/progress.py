"""Progress on stderr for whatever takes longer than a second: a bar for people, plain lines where nobody looks."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

SHOW_AFTER = 1.0
"""Seconds before anything is said."""
LINE_EVERY = 5.0
"""Seconds between two plain lines."""


def remaining(elapsed: float, done: float) -> str:
    """The time that is left, if the rest is as fast as the part that is done; nothing while nothing is done."""
    if done <= 0.0:
        return ""
    seconds = round(elapsed * (1.0 - done) / done)
    return f"about {seconds // 60} min {seconds % 60} s left" if seconds >= 60 else f"about {seconds} s left"


class Meter:
    """Shows one piece of work while it runs. Call it with a stage and the share that is done."""

    def __init__(self, stage: str, *, quiet: bool) -> None:
        self._stage, self._done = stage, 0.0
        self._quiet = quiet
        self._start = time.monotonic()
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> Self:
        if not self._quiet:
            self._watcher.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        if not self._quiet:
            self._watcher.join()

    def __call__(self, stage: str, done: float) -> None:
        # never backwards, whatever is told
        self._stage, self._done = stage, max(self._done, min(1.0, done))

    def _watch(self) -> None:
        if self._ended.wait(SHOW_AFTER):
            return
        if sys.stderr.isatty():
            self._draw()
        else:
            self._say()

    def _left(self) -> str:
        return remaining(time.monotonic() - self._start, self._done)

    def _say(self) -> None:
        while True:
            share = f" {self._done:.0%}" if self._done else ""
            print(f"{self._stage}{share} {self._left()}".rstrip(), file=sys.stderr, flush=True)
            if self._ended.wait(LINE_EVERY):
                return

    def _draw(self) -> None:
        bar = Progress(
            TextColumn("{task.description:<16}"), BarColumn(), TextColumn("{task.fields[left]}"),
            console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        with bar:
            task: TaskID = bar.add_task(self._stage, total=None, left="")
            while not self._ended.wait(0.1):
                total = 1.0 if self._done else None
                bar.update(task, description=self._stage, total=total, completed=self._done, left=self._left())
