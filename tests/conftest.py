"""What all tests need: an interrupt that means something."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Listens to SIGINT, which a shell's background job ignores; commands that tests start listen too, then."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
