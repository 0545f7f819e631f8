"""Funds that move only on a verified inference: a model registered, a run proven, attested and acted on by the chain.

Run `make aleo` once, then `python -m examples.aleo_attested_inference`. It takes a few minutes: each transaction is
proven for real, on a development chain that the example starts. With `--node URL --key PRIVATE_KEY` it uses any node of
the network that has our contracts.

A clinic's risk model (a logistic regression on scikit-learn's breast cancer data) is known to the chain by the key of
its circuit; its weights and the patient's 30 measurements are not. A payer offers funds for request 17 if the model's
score is at most zero. The prover shows the score with a proof; the chain verifies it; the payee withdraws.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import intaglio
import numpy as np
from intaglio import aleo
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from rich.console import Console
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

AMOUNT = 2_000_000
RELEASE = "intaglio_release.aleo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What the play leaves on the chain."""

    edition: aleo.Edition
    circuit: aleo.Circuit
    evidence: aleo.CircuitEvidence
    claim: aleo.Claim


def risk_model() -> tuple[intaglio.Model, NDArray[np.float32]]:
    """The compiled model, and the measurements of one patient whom it scores below zero."""
    data = load_breast_cancer()
    scaled = ((data.data - data.data.mean(0)) / data.data.std(0)).astype(np.float32)
    malignant = data.target == 0
    fitted = LogisticRegression(C=0.1, max_iter=500).fit(scaled[:400], malignant[:400])
    initial = {"w": fitted.coef_.T.astype(np.float32), "b": fitted.intercept_.astype(np.float32)}
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["measurements", "w", "b"], ["risk"])],
        "risk",
        [helper.make_tensor_value_info("measurements", TensorProto.FLOAT, [1, 30])],
        [helper.make_tensor_value_info("risk", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(value, name) for name, value in initial.items()],
    )
    source = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    model = intaglio.compile(
        source.SerializeToString(), calibration=scaled[:400, None, :], activation_bits=8, weight_bits=8
    )
    scores = scaled[400:] @ initial["w"] + initial["b"]
    return model, scaled[400 + int(np.argmin(scores))][None, :]


def play(client: aleo.Client, payee: aleo.Client, console: Console, *, request: str = "17field") -> Attested:
    """From a model to a payment. The client owns the model, pays, and proves; each could be somebody else."""
    registry, attestations = aleo.Registry(client.node), aleo.Attestations(client.node)
    model, patient = risk_model()
    secret, circuit = aleo.compile(model)
    console.print(f"[bold]1[/] circuit of the risk model: verifying key of {len(circuit.verifying_key)} bytes")

    name = f"{int.from_bytes(bytes.fromhex(circuit.verifying_key[:8].hex()), 'little')}field"
    edition = registry.register(client, name, circuit=circuit)
    console.print(f"[bold]2[/] registered as model {edition.model}, version {edition.version}")

    terms = (
        f"{{ payee: {payee.account.address}, amount: {AMOUNT}u64, edition: {edition.value()}, "
        f"limit: 0field, until: {client.node.height() + 10_000}u32 }}"
    )
    must(client, RELEASE, "offer", request, terms)
    must(client, RELEASE, "fund", request, f"{AMOUNT}u64")
    console.print(f"[bold]3[/] {AMOUNT / 1e6} credits for request {request}, released if the score is at most 0")

    start = time.perf_counter()
    evidence = aleo.prove(secret, patient, context=request)
    seconds = time.perf_counter() - start
    verified = aleo.verify(evidence, circuit=circuit, context=request)
    score = float(verified.outputs["risk"].ravel()[0])
    console.print(f"[bold]4[/] score {score:.2f} proven in {seconds:.1f} s; measurements and weights stay here")

    claim = attestations.attest(client, evidence, edition)
    console.print(f"[bold]5[/] verified by the chain at height {attestations.height(claim)}: claim {claim.name[:12]}…")

    must(client, RELEASE, "release", claim.name)
    must(payee, RELEASE, "withdraw", request, f"{AMOUNT}u64")
    console.print("[bold]6[/] released, and withdrawn by the payee")
    return Attested(edition=edition, circuit=circuit, evidence=evidence, claim=claim)


def must(client: aleo.Client, program: str, function: str, *inputs: str) -> None:
    """A call that the chain accepts."""
    if client.call(program, function, *inputs) != "accepted":
        raise aleo.NotAccepted(f"the chain rejects {program}/{function}")


def main() -> None:
    """Play on a development chain, or on a node that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--node", help="a node that has our contracts")
    parser.add_argument("--key", help="the private key of an account with funds there")
    given = parser.parse_args()
    console = Console()
    if given.node:
        account = aleo.Account.from_private_key(given.key or "")
        with aleo.Node(given.node) as node:
            client = aleo.Client(node, account)
            play(client, client, console)
        return
    with aleo.DevNet() as net, aleo.Node(net.url) as node:
        console.print(f"[bold]0[/] a development chain at {net.url}, height {node.height()}")
        client, payee = aleo.Client(node, net.account), aleo.Client(node, aleo.Account.create())
        # the payee needs funds for the fee of its withdrawal
        must(client, "credits.aleo", "transfer_public", payee.account.address, "1000000u64")
        play(client, payee, console)


if __name__ == "__main__":
    main()
