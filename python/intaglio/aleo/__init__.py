"""Models on the Aleo chain: circuits that it verifies, programs that act on them, accounts and nodes.

An extra of its own: `intaglio[aleo]`. Weights are constants of the circuit ("baked"), and the verifying key identifies
the model; or they are private, and a commitment to them stands in the statement.
"""

from intaglio.aleo.accounts import Account
from intaglio.aleo.bounds import prove_bounds, verify_bounds
from intaglio.aleo.circuit import (
    Circuit,
    CircuitEstimate,
    CircuitEvidence,
    CircuitSecret,
    VerifiedCircuit,
    compile,
    estimate,
    prove,
    verify,
)
from intaglio.aleo.client import Client, FunctionCost
from intaglio.aleo.contracts import Attestations, Claim, Edition, Entry, NotAccepted, Registry, source
from intaglio.aleo.devnet import DevNet
from intaglio.aleo.groups import from_groups
from intaglio.aleo.instructions import ProgramModel, program
from intaglio.aleo.node import Node
from intaglio.aleo.records import OwnedRecord, scan
from intaglio.aleo.widths import narrow

__all__ = [
    "Account",
    "Attestations",
    "Circuit",
    "CircuitEstimate",
    "CircuitEvidence",
    "CircuitSecret",
    "Claim",
    "Client",
    "DevNet",
    "Edition",
    "Entry",
    "FunctionCost",
    "Node",
    "NotAccepted",
    "OwnedRecord",
    "ProgramModel",
    "Registry",
    "VerifiedCircuit",
    "compile",
    "estimate",
    "from_groups",
    "narrow",
    "program",
    "prove",
    "prove_bounds",
    "scan",
    "source",
    "verify",
    "verify_bounds",
]
