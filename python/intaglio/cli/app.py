"""The commands under one name, and how each ends."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import Abort, TyperException

from intaglio.cli import aleo_commands, interrupts, model_commands, proof_commands
from intaglio.cli.shared import current, talk
from intaglio.cli.terminal import DONE, Terminal
from intaglio.errors import IntaglioError, InvalidInput, ResourceLimit

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Prove that a committed model, run on an input, gave an output; weights and input stay private.",
)
model_commands.add_to(app)
proof_commands.add_to(app)
aleo_commands.add_to(app)
model_commands.add_last(app)


def main() -> None:
    """The console script: every failure becomes one line and an exit code."""
    # until a command knows better; a wrong option must be told as an object, too
    talk(Terminal(as_json="--json" in sys.argv[1:]))
    try:
        code = app(standalone_mode=False)
        # a full disk or a closed pipe behind stdout shows here
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else DONE)
    except OSError as error:
        _end_without_stdout(error)
    except TyperException as error:
        # without arguments the help was already shown, and there is nothing to add
        sys.exit(current().failure(InvalidInput(str(error)), name="usage"))
    except (KeyboardInterrupt, Exception) as error:
        sys.exit(current().failure(_told(error)))


def _told(error: BaseException) -> BaseException:
    """What a failure is for the user."""
    if interrupts.seen() or isinstance(error, (KeyboardInterrupt, Abort)):
        return KeyboardInterrupt("interrupted")
    if isinstance(error, (IntaglioError, MemoryError)):
        return error
    # exit code 1 says "rejected" and must not be what a defect of ours ends with
    return IntaglioError(f"internal error, please report it: {type(error).__name__}: {error}")


def _end_without_stdout(error: OSError) -> None:
    talk(Terminal())
    code = current().failure(ResourceLimit(f"cannot write the result: {error.strerror}"))
    # what is buffered would fail once more on the way out
    sys.stdout = None
    sys.exit(code)
