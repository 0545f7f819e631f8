"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("-o", "--output", help="Where to write.")]
InputArrays = Annotated[Path, typer.Option(help="An .npz with one array for each input, by its name.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="File whose first line encrypts and decrypts secrets and openings.")
]
Nonce = Annotated[str | None, typer.Option(help="The verifier's nonce, hexadecimal.")]
AudienceText = Annotated[str | None, typer.Option("--audience", help="Whom the evidence is for.")]
CommitmentFile = Annotated[Path, typer.Option(help="The model commitment that it must be about.")]
NoReceipts = Annotated[
    bool, typer.Option("--no-receipts", help="Check the commitment again, whatever was checked before.")
]
