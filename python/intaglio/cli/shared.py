"""What all commands share: three options, and the start."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from intaglio import _core
from intaglio.cli.terminal import Terminal

_current = Terminal()


def current() -> Terminal:
    """How the command that runs talks; before one does, as it will by default."""
    return _current


def talk(terminal: Terminal) -> None:
    """Make this the way in which failures are told."""
    global _current
    _current = terminal


def _options(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Worker threads; 0 takes all cores.")] = 0,
) -> Terminal:
    terminal = Terminal(as_json=as_json, quiet=quiet)
    talk(terminal)
    if threads:
        _core.set_threads(threads)
    return terminal


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds a command whose body takes a terminal first; `--json`, `--quiet` and `--threads` come with it."""

    def add(body: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(body, eval_str=True)
        common = inspect.signature(_options, eval_str=True)
        taken = [*list(own.parameters.values())[1:], *common.parameters.values()]

        @functools.wraps(body)
        def run(**given: Any) -> None:
            terminal = _options(**{key: given.pop(key) for key in common.parameters})
            body(terminal, **given)

        keyword = inspect.Parameter.KEYWORD_ONLY
        run.__signature__ = own.replace(parameters=[p.replace(kind=keyword) for p in taken])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in taken}
        app.command(name)(run)
        return body

    return add
