"""The extra's own library, found or explained."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

from intaglio.errors import IntaglioError


def native() -> Any:
    """The module `intaglio_aleo`.

    Raises:
        IntaglioError: it is not installed, or of another version than this package.
    """
    try:
        module = import_module("intaglio_aleo")
    except ImportError as error:
        raise IntaglioError(
            "circuits for Aleo are an extra of their own: install intaglio[aleo], or run `make aleo` in a checkout"
        ) from error
    own = metadata.version("intaglio")
    if own != module.VERSION:
        raise IntaglioError(
            f"intaglio is {own} and intaglio-aleo is {module.VERSION}: install the same version of both"
        )
    return module
