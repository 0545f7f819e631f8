"""Nodes that cannot be reached, are slow, answer nonsense or follow other rules; values, accounts and records."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import intaglio
import pytest
from intaglio import aleo
from intaglio.aleo.values import parse
from intaglio.errors import FormatError, InvalidInput, NodeError

URL = "http://127.0.0.1:1"
ANSWERS: dict[str, Any] = {
    "/testnet/consensus_version": 22,
    "/testnet/block/height/latest": 900,
    "/testnet/stateRoot/latest": "sr1dz06ur5spdgzkguh4pr42mvft6u3nwsg5drh9rdja9v8jpcz3czsls9geg",
}


def node(answer: Callable[[httpx.Request], httpx.Response]) -> aleo.Node:
    return aleo.Node(URL, transport=httpx.MockTransport(answer), timeout_seconds=2)


def told(changed: dict[str, Any]) -> aleo.Node:
    """A node that answers as a good one does, but for some routes."""

    def answer(request: httpx.Request) -> httpx.Response:
        answers = {**ANSWERS, **changed}
        return httpx.Response(200, json=answers[request.url.path])

    return node(answer)


def test_a_good_node_is_believed() -> None:
    good = told({})
    good.check()
    assert good.height() == 900
    assert good.state_root().startswith("sr1")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b"nul"])
def test_nonsense_is_named(body: bytes) -> None:
    bad = node(lambda request: httpx.Response(200, content=body))
    for ask in (bad.height, bad.state_root, bad.check, lambda: bad.program("a.aleo"), lambda: bad.broadcast("{}")):
        with pytest.raises(NodeError, match="nonsense"):
            ask()


@pytest.mark.parametrize("height", ["12", -1, 1 << 40, 1.5, True, None, [], {}])
def test_a_height_is_a_height(height: Any) -> None:
    with pytest.raises(NodeError, match="nonsense"):
        told({"/testnet/block/height/latest": height}).height()


def test_refusals_come_with_the_nodes_reason() -> None:
    told_why = {"message": "no such program", "error_type": "not_found", "chain": ["it was never deployed"]}
    refusing = node(lambda request: httpx.Response(404, json=told_why))
    with pytest.raises(NodeError, match=r"404: no such program: it was never deployed"):
        refusing.program("a.aleo")
    with pytest.raises(NodeError, match="500: out of order"):
        node(lambda request: httpx.Response(500, text="out of order")).height()


def test_other_networks_and_rules_are_refused() -> None:
    with pytest.raises(InvalidInput, match="testnet"):
        aleo.Node(URL, network="mainnet")
    with pytest.raises(NodeError, match="consensus version 21, this version makes transactions for 22"):
        told({"/testnet/consensus_version": 21}).check()
    # a client asks before it proves anything
    account = aleo.Account.create()
    older = told({"/testnet/consensus_version": 23})
    with pytest.raises(NodeError, match="consensus version 23"):
        aleo.Client(older, account).send("credits.aleo", "transfer_public", account.address, "1u64")
    # a node that says so and stands at a height of other rules
    young = told({"/testnet/block/height/latest": 3})
    with pytest.raises(NodeError, match="consensus version"):
        aleo.Client(young, account).send("credits.aleo", "transfer_public", account.address, "1u64")
    wrong = told({"/testnet/stateRoot/latest": "sr1nonsense"})
    with pytest.raises(InvalidInput, match="state root"):
        aleo.Client(wrong, account).send("credits.aleo", "transfer_public", account.address, "1u64")


def test_a_node_that_is_not_there_is_named() -> None:
    with pytest.raises(NodeError, match="cannot be reached"):
        aleo.Node(URL, timeout_seconds=2).height()
    for wrong in ("http://[", "", "127.0.0.1:3030", "ftp://127.0.0.1", "http://"):
        with pytest.raises(InvalidInput, match="no address"):
            aleo.Node(wrong, timeout_seconds=2)


def test_outcomes_are_told_apart() -> None:
    def answering(confirmed: httpx.Response, unconfirmed: httpx.Response) -> aleo.Node:
        return node(lambda request: unconfirmed if "/unconfirmed/" in request.url.path else confirmed)

    missing = httpx.Response(404, json={"message": "Missing transaction"})
    aborted = httpx.Response(500, json={"message": "Transaction 'at1x' was aborted in block 'ab1x'"})
    for confirmed, unconfirmed, outcome in (
        (httpx.Response(200, json={"status": "accepted"}), missing, "accepted"),
        (httpx.Response(200, json={"status": "rejected"}), missing, "rejected"),
        (missing, httpx.Response(200, json={"type": "execute"}), "rejected"),
        (aborted, missing, "aborted"),
        (missing, missing, None),
    ):
        assert answering(confirmed, unconfirmed).outcome("at1x") == outcome
    with pytest.raises(NodeError, match="nonsense"):
        answering(httpx.Response(200, json={"status": "perhaps"}), missing).outcome("at1x")
    with pytest.raises(NodeError, match="no block has at1x after 0 s"):
        answering(missing, missing).wait("at1x", timeout_seconds=0)


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that answers one byte every 50 ms, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip() -> None:
        try:
            connection, _ = listening.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
            while not done.wait(0.05):
                connection.sendall(b" ")
        except OSError:
            return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    done.set()
    listening.close()
    thread.join(2)


def test_a_node_that_drips_runs_out_of_time(dripping: str) -> None:
    start = time.monotonic()
    with pytest.raises(NodeError, match="takes more than 1 s"):
        aleo.Node(dripping, timeout_seconds=1).height()
    assert time.monotonic() - start < 20


def test_a_silent_node_runs_out_of_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(NodeError, match="no answer"):
            aleo.Node(url, timeout_seconds=0.5).height()


def test_programs_that_are_not_what_they_are_called_are_refused() -> None:
    source = aleo.source("intaglio_registry.aleo")
    lying = told({"/testnet/program/other_program.aleo": source})
    with pytest.raises(NodeError, match=r"asked for other_program\.aleo and answers with intaglio_registry\.aleo"):
        aleo.Client(lying, aleo.Account.create()).learn("other_program.aleo")
    circle = {
        f"/testnet/program/{a}.aleo": f"import {b}.aleo;\nprogram {a}.aleo;\n"
        for a, b in (("one", "two"), ("two", "one"))
    }
    with pytest.raises(NodeError, match="circle"):
        aleo.Client(told(circle), aleo.Account.create()).learn("one.aleo")
    with pytest.raises(InvalidInput, match="program"):
        aleo.Client(told({"/testnet/program/bad.aleo": "program bad.aleo;\nfunction"}), aleo.Account.create()).learn(
            "bad.aleo"
        )


def test_values_are_read_and_nothing_else() -> None:
    text = "{\n  model: 7field,\n  halves: [ 1u128, 2u128 ],\n  inner: { a: true }\n}"
    assert parse(text) == {"model": "7field", "halves": ["1u128", "2u128"], "inner": {"a": "true"}}
    assert parse("12u32") == "12u32"
    for wrong in ("", "{", "{a}", "{a:}", "[1u8", "1u8 2u8", "[1u8,,2u8]", "{a:1u8]", "[" * 50, ":"):
        with pytest.raises(FormatError):
            parse(wrong)


def test_accounts_come_back_from_their_keys() -> None:
    account = aleo.Account.create()
    assert aleo.Account.from_private_key(account.private_key) == account
    assert account.address.startswith("aleo1")
    assert account.private_key not in repr(account)
    assert account.view_key not in repr(account)
    assert account.sign("5field").startswith("sign1")
    for wrong in ("", "APrivateKey1zkp", account.address, account.private_key[:-1]):
        with pytest.raises(InvalidInput, match="private key") as refusal:
            aleo.Account.from_private_key(wrong)
        assert not wrong or wrong not in str(refusal.value)
    with pytest.raises(InvalidInput, match="value"):
        account.sign("5fields")


@pytest.fixture(scope="module")
def kept() -> tuple[aleo.Account, dict[str, Any]]:
    """An account and a block with a record of it, of the ledger that asks for no proofs."""
    key, block = (Path(__file__).parent / "record_block.txt").read_text().splitlines()
    return aleo.Account.from_private_key(key), json.loads(block)


def serving(block: dict[str, Any]) -> aleo.Node:
    return told({"/testnet/block/height/latest": 0, "/testnet/blocks": [block]})


def test_an_account_finds_its_records_and_no_other_does(kept: tuple[aleo.Account, dict[str, Any]]) -> None:
    account, block = kept
    found = aleo.scan(serving(block), account)
    assert [(r.program, r.function, r.height, r.spent) for r in found] == [
        ("intaglio_record.aleo", "keep_vouched", 0, False)
    ]
    assert account.address in found[0].text
    assert "row" in found[0].text
    assert aleo.scan(serving(block), account, program="other.aleo") == ()
    assert aleo.scan(serving(block), aleo.Account.create()) == ()
    ciphertext = next(
        output["value"]
        for confirmed in block["transactions"]
        for transition in confirmed["transaction"]["execution"]["transitions"]
        for output in transition["outputs"]
        if output["type"] == "record"
    )
    assert account.decrypt(ciphertext) == found[0].text
    with pytest.raises(InvalidInput, match="another account"):
        aleo.Account.create().decrypt(ciphertext)
    with pytest.raises(InvalidInput, match="record"):
        account.decrypt(ciphertext[:-1])


def test_a_record_that_was_taken_is_spent(kept: tuple[aleo.Account, dict[str, Any]]) -> None:
    account, block = kept
    record = aleo.scan(serving(block), account)[0]
    number = aleo.records.native().record_serial_number(account.private_key, record.commitment)
    inputs = [{"type": "record", "id": number}]
    taking = {"program": "intaglio_record.aleo", "function": "show_at_most", "inputs": inputs}
    later = {"transactions": [{"transaction": {"id": "at1x", "execution": {"transitions": [taking]}}}]}
    both = told({"/testnet/block/height/latest": 1, "/testnet/blocks": [block, later]})
    seen: list[tuple[int, int]] = []
    found = aleo.scan(both, account, progress=lambda done, all: seen.append((done, all)))
    assert [r.spent for r in found] == [True]
    assert seen == [(2, 2)]


@pytest.mark.parametrize(
    "block", [{}, {"transactions": 5}, {"transactions": [{}]}, {"transactions": [{"transaction": 1}]}]
)
def test_blocks_that_are_none_are_named(block: dict[str, Any]) -> None:
    with pytest.raises(NodeError, match="nonsense"):
        aleo.scan(serving(block), aleo.Account.create())


def test_without_httpx_it_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(intaglio.IntaglioError, match=r"install intaglio\[aleo\]"):
        aleo.Node(URL)
