"""Clients of our contracts on the development chain: real proofs, real fees, the routes of a node."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from intaglio import aleo
from intaglio.errors import InvalidInput, NodeError, ResourceLimit
from rich.console import Console

from examples.aleo_attested_inference import Attested, must, play


@dataclass(frozen=True)
class Played:
    """A chain on which the example was played."""

    url: str
    node: aleo.Node
    client: aleo.Client
    payee: aleo.Client
    attested: Attested


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    with aleo.DevNet() as net, aleo.Node(net.url) as node:
        client, payee = aleo.Client(node, net.account), aleo.Client(node, aleo.Account.create())
        must(client, "credits.aleo", "transfer_public", payee.account.address, "10000000u64")
        yield Played(net.url, node, client, payee, play(client, payee, Console(quiet=True)))


def test_the_chain_knows_the_model_and_its_run(played: Played) -> None:
    registry, attestations = aleo.Registry(played.node), aleo.Attestations(played.node)
    edition, circuit = played.attested.edition, played.attested.circuit
    entry = registry.entry(edition)
    assert entry is not None
    assert (entry.owner, entry.statement) == (played.client.account.address, circuit.model)
    assert (entry.verifying_key, entry.revoked) == (circuit.verifying_key, False)
    assert registry.latest(edition.model) == edition.version == 1
    assert registry.entry(aleo.Edition(model=edition.model, version=2)) is None
    assert registry.latest("123456789field") == 0
    height = attestations.height(played.attested.claim)
    assert height is not None
    assert 29 < height <= played.node.height()
    assert played.node.mapping("intaglio_release.aleo", "paid", "17field") == "true"
    # the payee's balance: what it had, less one fee, plus what was released
    balance = played.node.mapping("credits.aleo", "account", played.payee.account.address)
    fee = played.payee.price("intaglio_release.aleo", "withdraw", "17field", "2000000u64")
    assert balance == f"{10_000_000 + 2_000_000 - fee}u64"


def test_replays_forgeries_and_revoked_models_are_not_accepted(played: Played) -> None:
    registry, attestations = aleo.Registry(played.node), aleo.Attestations(played.node)
    edition, evidence = played.attested.edition, played.attested.evidence
    with pytest.raises(aleo.NotAccepted, match="attest"):
        attestations.attest(played.client, evidence, edition)
    values = list(evidence.public_values)
    values[3] = str((int(values[3]) + 1) % aleo.circuit.MODULUS)
    forged = aleo.CircuitEvidence(public_values=tuple(values), proof=evidence.proof)
    with pytest.raises(aleo.NotAccepted, match="attest"):
        attestations.attest(played.client, forged, edition)
    assert attestations.height(aleo.Claim.of(forged, edition)) is None
    with pytest.raises(aleo.NotAccepted, match="revoke"):
        registry.revoke(played.payee, edition)
    registry.revoke(played.client, edition)
    entry = registry.entry(edition)
    assert entry is not None
    assert entry.revoked


def test_an_account_without_funds_gets_into_no_block(played: Played) -> None:
    poor = aleo.Client(played.node, aleo.Account.create())
    identity = poor.send("credits.aleo", "transfer_public", played.client.account.address, "1u64")
    assert played.node.wait(identity) == "aborted"
    with pytest.raises(NodeError, match="identity"):
        played.node.outcome(identity[:-1])


def test_calls_that_cannot_be_are_refused_before_anything_is_proven(played: Played) -> None:
    client = played.client
    with pytest.raises(InvalidInput, match=r"intaglio_registry\.aleo/put"):
        client.send("intaglio_registry.aleo", "put", "5field")
    with pytest.raises(InvalidInput, match="no_such"):
        client.send("intaglio_registry.aleo", "no_such", "5field")
    with pytest.raises(NodeError, match="not found"):
        client.send("nobody_deployed.aleo", "main")
    with pytest.raises(InvalidInput, match="deployed once"):
        client.deploy(aleo.source("intaglio_registry.aleo"))
    # more powers than there are: said with the numbers, and nothing is fetched
    with pytest.raises(ResourceLimit, match=r"intaglio_direct\.aleo/attest: .*2\^19"):
        client.deploy(aleo.source("intaglio_direct.aleo"))
    costs = {cost.function: cost.constraints for cost in client.functions("intaglio_attest.aleo")}
    assert costs == {"state": 14_133, "attest": 14_315}


def test_the_routes_refuse_what_is_no_request(played: Played) -> None:
    def status(method: str, path: str, **more: object) -> int:
        return httpx.request(method, f"{played.url}{path}", timeout=30, **more).status_code  # type: ignore[arg-type]

    assert status("GET", "/mainnet/block/height/latest") == 404
    assert status("GET", "/testnet/no/such/route") == 404
    assert status("GET", "/testnet/program/nobody_deployed.aleo") == 404
    assert status("GET", "/testnet/program/!!") == 400
    assert status("GET", "/testnet/block/4000000000") == 404
    assert status("GET", "/testnet/block/99999999999999999999") == 404
    assert status("GET", "/testnet/blocks?start=0&end=5000") == 400
    assert status("GET", "/testnet/transaction/confirmed/at1x") == 400
    assert status("POST", "/testnet/transaction/broadcast", content=b"{}") == 400
    assert status("POST", "/testnet/transaction/broadcast", content=b"\xff") == 400
    assert status("POST", "/testnet/transaction/broadcast", content=b" " * (1 << 23)) == 413
    assert status("GET", "/testnet/block/latest") == 200
    assert played.node.blocks(0, 2)[1]["header"]["metadata"]["height"] == 1


def test_a_development_chain_as_a_process() -> None:
    command = [sys.executable, "-m", "intaglio", "aleo", "devnet", "--port", "0", "--json"]

    def interruptible() -> None:
        # whoever runs the tests in the background may have it ignored
        signal.signal(signal.SIGINT, signal.default_int_handler)

    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=interruptible)
    try:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        with aleo.Node(told["url"]) as node:
            node.check()
            assert node.height() == 29
            assert aleo.Account.from_private_key(told["private_key"]).address == told["address"]
        taken = subprocess.run(
            [*command[:6], told["url"].rsplit(":", 1)[1], "--json"], capture_output=True, text=True, check=False
        )
        assert taken.returncode == 4, taken.stderr
        assert "cannot be used" in json.loads(taken.stdout)["message"]
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
    finally:
        running.kill()
        running.communicate()
