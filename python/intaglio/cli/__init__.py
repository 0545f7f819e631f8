"""The command line: the same words as the Python API, in the same order."""

import sys

from intaglio.cli import interrupts


def main() -> None:
    """The console script. An interrupt while it still loads ends as any other."""
    interrupts.watch()
    try:
        from intaglio.cli.app import main as run
    except (KeyboardInterrupt, Exception):
        if interrupts.seen():
            sys.exit(interrupts.INTERRUPTED)
        raise
    run()


__all__ = ["main"]
