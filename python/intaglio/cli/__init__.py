"""The command line: the same words as the Python API, in the same order."""

from intaglio.cli.app import main

__all__ = ["main"]
