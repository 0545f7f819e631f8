"""The command line: the same words as the Python API, in the same order."""

import sys

INTERRUPTED = 130


def main() -> None:
    """The console script. An interrupt while it still loads ends as any other."""
    try:
        from intaglio.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run()


__all__ = ["main"]
