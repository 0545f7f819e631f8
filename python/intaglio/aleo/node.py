"""A node's REST interface. Whatever it answers, the outcome is a value of the right type or a `NodeError`."""

from __future__ import annotations

import json
import time
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, final
from urllib.parse import quote, urlsplit

from intaglio.errors import IntaglioError, InvalidInput, NodeError

if TYPE_CHECKING:
    import httpx

Outcome = Literal["accepted", "rejected", "aborted"]

CONSENSUS_VERSION = 22
"""The rules that transactions are made for."""
NETWORK = "testnet"
"""The network that they are made for."""
MAX_ANSWER = 1 << 26
"""Bytes that an answer may have."""
MAX_BLOCKS = 50
"""Blocks that a node tells at once."""
_POLL_SECONDS = 0.5
_MISSING, _ABORTED = object(), object()
_ABORTED_SAYS = "was aborted in block"


@final
class Node:
    """One node.

    Args:
        url: where it listens, `http://127.0.0.1:3030`.
        network: must be "testnet": the encodings of others differ.
        timeout_seconds: how long one answer may take, all of it.
        transport: of httpx, for those who bring their own.

    Raises:
        InvalidInput: another network, or no address.
    """

    def __init__(
        self,
        url: str,
        *,
        network: str = NETWORK,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if network != NETWORK:
            raise InvalidInput(f"network {network!r}: this version speaks {NETWORK!r} only")
        self._url = url.rstrip("/")
        self._timeout = timeout_seconds
        self._library = _library()
        try:
            split = urlsplit(self._url)
            if split.scheme not in ("http", "https") or not split.hostname:
                raise ValueError("http:// or https:// and a host are wanted")
            base = f"{self._url}/{network}"
            self._http = self._library.Client(base_url=base, timeout=timeout_seconds, transport=transport)
        except (self._library.InvalidURL, ValueError) as error:
            raise InvalidInput(f"{url!r} is no address of a node: {error}") from error

    def __enter__(self) -> Node:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def check(self) -> None:
        """Asks for the rules in force.

        Raises:
            NodeError: others than transactions are made for, or no node of this network.
        """
        got = self._number("consensus_version")
        if got != CONSENSUS_VERSION:
            raise NodeError(
                f"{self._url} is at consensus version {got}, this version makes transactions for {CONSENSUS_VERSION}"
            )

    def height(self) -> int:
        """Height of its newest block."""
        return self._number("block/height/latest")

    def state_root(self) -> str:
        """What transactions refer to."""
        return self._text("stateRoot/latest")

    def program(self, name: str) -> str:
        """Instructions of a deployed program.

        Raises:
            NodeError: there is none of this name.
        """
        return self._text(f"program/{quote(name)}")

    def mapping(self, program: str, name: str, key: str) -> str | None:
        """A value, as the chain's language writes it; None if the key is not there."""
        value = self._get(f"program/{quote(program)}/mapping/{quote(name)}/{quote(key, safe='')}")
        if value is not None and not isinstance(value, str):
            raise self._nonsense("a mapping's value", value)
        return value

    def broadcast(self, transaction: str) -> str:
        """Hands in a transaction in JSON; its identity.

        Raises:
            NodeError: the node does not take it, with its reason.
        """
        answer = self._ask("POST", "transaction/broadcast", content=transaction)
        if not isinstance(answer, str) or not answer.startswith("at1"):
            raise self._nonsense("a transaction's identity", answer)
        return answer

    def outcome(self, identity: str) -> Outcome | None:
        """What became of a transaction; None as long as no block has it.

        Accepted; rejected, because its program refused, and only the fee is taken; or aborted, because its proof or fee
        does not hold or it repeats another, and nothing is taken.
        """
        confirmed = self._ask("GET", f"transaction/confirmed/{quote(identity)}", missing=True)
        match confirmed:
            case {"status": "accepted"}:
                return "accepted"
            case {"status": "rejected"}:
                return "rejected"
            case found if found is _MISSING:
                # of a rejected one the block holds the fee, under another identity
                told = self._ask("GET", f"transaction/unconfirmed/{quote(identity)}", missing=True)
                return "rejected" if told is not _MISSING and told is not _ABORTED else None
            case found if found is _ABORTED:
                return "aborted"
        raise self._nonsense("a confirmed transaction", confirmed)

    def wait(self, identity: str, *, timeout_seconds: float = 60.0) -> Outcome:
        """Waits until a block has a transaction.

        Raises:
            NodeError: none has in time.
        """
        end = time.monotonic() + timeout_seconds
        while True:
            outcome = self.outcome(identity)
            if outcome is not None:
                return outcome
            if time.monotonic() > end:
                raise NodeError(f"{self._url}: no block has {identity} after {timeout_seconds:.0f} s")
            time.sleep(_POLL_SECONDS)

    def blocks(self, start: int, end: int) -> list[dict[str, Any]]:
        """Blocks from `start` up to but not including `end`, at most 50."""
        if not 0 <= start <= end <= start + MAX_BLOCKS:
            raise InvalidInput(f"blocks {start} to {end}: at most {MAX_BLOCKS} at once")
        answer = self._get(f"blocks?start={start}&end={end}")
        if not isinstance(answer, list) or not all(isinstance(block, dict) for block in answer):
            raise self._nonsense("a list of blocks", answer)
        return answer

    def _number(self, path: str) -> int:
        answer = self._get(path)
        if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < 1 << 32:
            raise self._nonsense("a number", answer)
        return answer

    def _text(self, path: str) -> str:
        answer = self._get(path)
        if not isinstance(answer, str):
            raise self._nonsense("a text", answer)
        return answer

    def _get(self, path: str) -> Any:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, *, content: str | None = None, missing: bool = False) -> Any:
        headers = {"content-type": "application/json"} if content is not None else {}
        end = time.monotonic() + self._timeout
        body = bytearray()
        try:
            with self._http.stream(method, path, content=content, headers=headers) as answer:
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_ANSWER:
                        raise NodeError(f"{self._url}: the answer to {path} has more than {MAX_ANSWER} bytes")
                    if time.monotonic() > end:
                        raise NodeError(f"{self._url}: the answer to {path} takes more than {self._timeout:.0f} s")
        except self._library.TimeoutException as error:
            raise NodeError(f"{self._url}: no answer to {path} within {self._timeout:.0f} s") from error
        except (self._library.HTTPError, self._library.InvalidURL) as error:
            raise NodeError(f"{self._url} cannot be reached: {error}") from error
        if answer.status_code >= 400:
            reason = _reason(bytes(body))
            if missing and answer.status_code in (404, 500):
                return _ABORTED if _ABORTED_SAYS in reason else _MISSING
            raise NodeError(f"{self._url}: {path} is refused with {answer.status_code}: {reason}")
        try:
            return json.loads(bytes(body))
        except (ValueError, RecursionError) as error:
            raise self._nonsense("JSON", bytes(body)) from error

    def _nonsense(self, expected: str, got: object) -> NodeError:
        return NodeError(f"{self._url} answers nonsense: {expected} was expected, not {repr(got)[:80]}")


def _library() -> Any:
    """The HTTP library, which comes with the extra."""
    try:
        return import_module("httpx")
    except ImportError as error:
        raise IntaglioError("talking to nodes needs httpx: install intaglio[aleo]") from error


def _reason(body: bytes) -> str:
    """A node tells errors as JSON with a chain of causes, or as plain text."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return body[:300].decode(errors="replace")
    if not isinstance(told, dict):
        return str(told)[:300]
    chain = told.get("chain")
    causes = chain if isinstance(chain, list) else []
    return ": ".join(str(part) for part in [told.get("message"), *causes])[:600]
