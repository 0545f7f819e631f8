"""`python -m intaglio` is the command line."""

from intaglio.cli import main

main()
