"""A development chain: the ledger of the extra, in memory, behind the routes of a node.

Real consensus code, real proofs and fees, no network. The newest rules are in force and our contracts are deployed. The
key of an account with funds is known to everybody: nothing on it is worth anything.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, final
from urllib.parse import parse_qs, unquote, urlsplit

from intaglio.aleo.accounts import Account
from intaglio.aleo.native import native
from intaglio.aleo.node import MAX_BLOCKS, NETWORK
from intaglio.errors import IntaglioError, InvalidInput, ResourceLimit

MAX_BODY = 1 << 22
MAX_QUEUE = 64
_TICK_SECONDS = 0.05


class _RefusedError(Exception):
    """A request that gets an error."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@final
class DevNet:
    """A chain that adds a block whenever transactions wait. Use it as a context manager.

    Args:
        port: where it listens on the loopback address; 0 takes a free one.
        block_seconds: how long transactions wait for others before their block is made.

    Attributes:
        url: of its REST interface.
        account: an account with funds.
    """

    def __init__(self, *, port: int = 0, block_seconds: float = 0.2) -> None:
        self._chain = native().Chain()
        self._block_seconds = block_seconds
        self._lock = threading.Lock()
        self._queue: list[str] = []
        self._closing = threading.Event()
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        except OSError as error:
            raise ResourceLimit(f"port {port} of 127.0.0.1 cannot be used: {error}") from error
        self._server.daemon_threads = True
        self._threads = [
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _TICK_SECONDS}, daemon=True),
            threading.Thread(target=self._make_blocks, daemon=True),
        ]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.account = Account.from_private_key(self._chain.private_key())
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> DevNet:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening. What was on the chain is lost."""
        if not self._closing.is_set():
            self._closing.set()
            self._server.shutdown()
            self._server.server_close()
            for thread in self._threads:
                thread.join()

    def _make_blocks(self) -> None:
        while not self._closing.wait(_TICK_SECONDS):
            with self._lock:
                waiting = bool(self._queue)
            if not waiting:
                continue
            time.sleep(self._block_seconds)
            with self._lock:
                taken, self._queue = self._queue, []
            try:
                self._chain.advance(taken)
            except IntaglioError:
                # one that cannot even be put into a block must not take the others with it
                for one in taken:
                    try:
                        self._chain.advance([one])
                    except IntaglioError:
                        continue

    def _broadcast(self, body: bytes) -> str:
        try:
            transaction = body.decode()
            identity = str(self._chain.identity(transaction))
        except (UnicodeDecodeError, InvalidInput) as error:
            raise _RefusedError(400, f"invalid transaction: {error}") from error
        with self._lock:
            if len(self._queue) >= MAX_QUEUE:
                raise _RefusedError(429, "too many transactions wait")
            self._queue.append(transaction)
        return identity

    def _get(self, path: str, query: dict[str, list[str]]) -> Any:
        chain = self._chain
        match [unquote(part) for part in path.split("/")]:
            case ["consensus_version"]:
                return chain.consensus_version()
            case ["block", "height", "latest"]:
                return chain.height()
            case ["block", "latest"]:
                return _loaded(chain.block(chain.height()))
            case ["block", height] if height.isdigit():
                return _loaded(chain.block(min(int(height), 2**32 - 1)))
            case ["blocks"]:
                return self._blocks(query)
            case ["stateRoot", "latest"]:
                return chain.state_root()
            case ["program", name]:
                return _there(chain.program(name))
            case ["program", name, "mapping", mapping, key]:
                return chain.mapping(name, mapping, key)
            case ["transaction", "confirmed", identity]:
                return _loaded(chain.confirmed(identity))
            case ["transaction", "unconfirmed", identity]:
                return _loaded(chain.unconfirmed(identity))
            case _:
                raise _RefusedError(404, "no such route")

    def _blocks(self, query: dict[str, list[str]]) -> list[Any]:
        try:
            start, end = (int(query[name][0]) for name in ("start", "end"))
        except (KeyError, ValueError) as error:
            raise _RefusedError(400, "start and end are heights") from error
        if not 0 <= start <= end <= start + MAX_BLOCKS or end > self._chain.height() + 1:
            raise _RefusedError(400, f"blocks {start} to {end}: at most {MAX_BLOCKS} that are there")
        return [_loaded(self._chain.block(height)) for height in range(start, end)]


def _there(text: str | None) -> str:
    if text is None:
        raise _RefusedError(404, "not found")
    return text


def _loaded(text: str | None) -> Any:
    return json.loads(_there(text))


def _handler(net: DevNet) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._answer(lambda path, query: net._get(path, query))

        def do_POST(self) -> None:
            self._answer(self._post)

        def _post(self, path: str, query: dict[str, list[str]]) -> str:
            length = self.headers.get("content-length", "")
            if not length.isdigit() or int(length) > MAX_BODY:
                self.close_connection = True
                raise _RefusedError(413, f"a body has at most {MAX_BODY} bytes")
            body = self.rfile.read(int(length))
            if path != "transaction/broadcast":
                raise _RefusedError(404, "no such route")
            return net._broadcast(body)

        def _answer(self, act: Any) -> None:
            split = urlsplit(self.path)
            prefix = f"/{NETWORK}/"
            try:
                if not split.path.startswith(prefix):
                    raise _RefusedError(404, f"this is a node of {NETWORK}")
                status, told = 200, act(split.path.removeprefix(prefix), parse_qs(split.query))
            except _RefusedError as refusal:
                status, told = refusal.status, {"message": str(refusal), "error_type": "refused"}
            except InvalidInput as error:
                status, told = 400, {"message": str(error), "error_type": "bad_request"}
            except IntaglioError as error:
                status, told = 500, {"message": str(error), "error_type": "internal_server_error"}
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the client tells what went wrong."""

    return Handler
