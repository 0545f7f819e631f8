"""Ctrl-C, told apart from what it makes other code raise."""

from __future__ import annotations

import signal
from types import FrameType

INTERRUPTED = 130
"""The exit code."""

_seen = False


def watch() -> None:
    """Remember an interrupt from now on, and raise it as Python does.

    A module of C++ that is interrupted while it loads raises an `ImportError` of its own in its place.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def seen() -> bool:
    """Whether there was one, so that whatever failed since is its consequence."""
    return _seen


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _seen
    _seen = True
    signal.default_int_handler(number, frame)
