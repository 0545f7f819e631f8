"""Models as circuits that the Aleo chain verifies: `snark.verify` takes their keys and proofs.

An extra of its own: `intaglio[aleo]`. Weights are constants of the circuit ("baked"), and the verifying key identifies
the model; or they are private, and a commitment to them stands in the statement.
"""

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
from intaglio.aleo.groups import from_groups, to_groups

__all__ = [
    "Circuit",
    "CircuitEstimate",
    "CircuitEvidence",
    "CircuitSecret",
    "VerifiedCircuit",
    "compile",
    "estimate",
    "from_groups",
    "prove",
    "to_groups",
    "verify",
]
