"""An account's private records, found in the blocks of a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from intaglio.aleo.accounts import Account
from intaglio.aleo.native import native
from intaglio.aleo.node import MAX_BLOCKS, Node
from intaglio.errors import InvalidInput, NodeError

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedRecord:
    """A record that the account owns or owned.

    Attributes:
        program, function: the transition that made it.
        height: of its block.
        transaction: its identity.
        commitment: what the chain knows of it.
        text: the record, decrypted.
        spent: whether a later transition within the blocks scanned has taken it.
    """

    program: str
    function: str
    height: int
    transaction: str
    commitment: str
    text: str
    spent: bool = False


def scan(
    node: Node,
    account: Account,
    *,
    start: int = 0,
    end: int | None = None,
    program: str | None = None,
    progress: Progress | None = None,
) -> tuple[OwnedRecord, ...]:
    """Finds an account's records in the blocks from `start` up to but not including `end`.

    The node learns which blocks are asked for, and nothing of the account: decryption is done here.

    Args:
        node: of the chain.
        account: whose records are wanted.
        start, end: heights; all that the node has by default.
        program: only records of this program.
        progress: told how many blocks of how many are done.

    Raises:
        NodeError: the node answers nonsense.
    """
    last = node.height() + 1 if end is None else end
    own = native()
    found: dict[str, OwnedRecord] = {}
    serial_numbers: dict[str, str] = {}
    for at in range(start, last, MAX_BLOCKS):
        until = min(at + MAX_BLOCKS, last)
        for height, block in enumerate(node.blocks(at, until), at):
            for transaction, transition in _transitions(block):
                for serial_number in _inputs(transition):
                    commitment = serial_numbers.get(serial_number)
                    if commitment is not None:
                        found[commitment] = replace(found[commitment], spent=True)
                if program is not None and transition.get("program") != program:
                    continue
                for commitment, ciphertext in _outputs(transition):
                    try:
                        text = account.decrypt(ciphertext)
                    except InvalidInput:
                        continue
                    serial_numbers[own.record_serial_number(account.private_key, commitment)] = commitment
                    found[commitment] = OwnedRecord(
                        program=str(transition.get("program")),
                        function=str(transition.get("function")),
                        height=height,
                        transaction=transaction,
                        commitment=commitment,
                        text=text,
                    )
        if progress is not None:
            progress(until - start, last - start)
    return tuple(found.values())


def _transitions(block: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        for confirmed in block["transactions"]:
            transaction = confirmed["transaction"]
            for transition in (transaction.get("execution") or {}).get("transitions", ()):
                yield str(transaction["id"]), dict(transition)
            fee = transaction.get("fee")
            if fee is not None:
                yield str(transaction["id"]), dict(fee["transition"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NodeError(f"the node answers nonsense: a block without {error}") from error


def _inputs(transition: dict[str, Any]) -> Iterator[str]:
    for one in transition.get("inputs") or ():
        if isinstance(one, dict) and one.get("type") == "record":
            yield str(one.get("id"))


def _outputs(transition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in transition.get("outputs") or ():
        if isinstance(one, dict) and one.get("type") == "record" and isinstance(one.get("value"), str):
            yield str(one.get("id")), one["value"]
