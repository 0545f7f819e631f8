"""Intaglio: prove that this committed model, run on this input, gave this output. Weights and input stay private."""

from intaglio.commitment import Commitment, ModelId, Secret
from intaglio.errors import (
    FormatError,
    IntaglioError,
    InvalidInput,
    OutOfRange,
    Rejected,
    ResourceLimit,
    UnsupportedModel,
)
from intaglio.model import Estimate, Model, compile, load
from intaglio.policy import Policy, Visibility
from intaglio.proof import (
    Evidence,
    Openings,
    TensorCommitment,
    Verified,
    open_commitment,
    prove,
    verify,
    verify_opening,
)
from intaglio.quantise.fidelity import Target as Fidelity
from intaglio.receipts import Receipts

__all__ = [
    "Commitment",
    "Estimate",
    "Evidence",
    "Fidelity",
    "FormatError",
    "IntaglioError",
    "InvalidInput",
    "Model",
    "ModelId",
    "Openings",
    "OutOfRange",
    "Policy",
    "Receipts",
    "Rejected",
    "ResourceLimit",
    "Secret",
    "TensorCommitment",
    "UnsupportedModel",
    "Verified",
    "Visibility",
    "compile",
    "load",
    "open_commitment",
    "prove",
    "verify",
    "verify_opening",
]
