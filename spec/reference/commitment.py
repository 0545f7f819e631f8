"""A model commitment (`format.md` §3) and the check that makes it a model to verify evidence against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from argument.curve import Point, in_subgroup
from argument.encoding import POINT_BYTES, encode_point
from argument.plan import Plan
from argument.system import SystemLimitError
from argument.transcript import digest
from argument.verification import Bound, check
from errors import SpecificationError
from lower.boundary import Level, Visibility
from lower.inference import column_vars, inference
from lower.lowering import LoweringError
from lower.wellformed import chunks, model_layout
from program import Program
from program_bytes import Reader, decode
from program_bytes import digest as program_digest
from rejection import RejectionError, Stage
from statement import read_point

MODEL = b"INTAGLIO-MODEL\0\0"


@dataclass(frozen=True, slots=True)
class Model:
    """A checked commitment; plans are kept for each visibility."""

    program: Program
    identity: bytes
    rows: Sequence[Point]
    column_vars: int
    _plans: dict[tuple[tuple[Level, ...], tuple[Level, ...]], Plan] = field(default_factory=dict)

    def plan(self, visibility: Visibility) -> Plan:
        """What a proof under a visibility is made of.

        Raises:
            RejectionError: at stage statement.
        """
        key = tuple(visibility.inputs), tuple(visibility.outputs)
        if key not in self._plans:
            try:
                self._plans[key] = Plan.of(inference(self.program, visibility, self.column_vars))
            except (LoweringError, SystemLimitError) as reason:
                raise RejectionError(Stage.STATEMENT, str(reason)) from reason
        return self._plans[key]


def check_model(data: bytes) -> Model:
    """Reads and checks a commitment.

    Raises:
        RejectionError: at stage decode or model.
    """
    try:
        r = Reader(data)
        r.head(MODEL)
        program = decode(r.blob())
        rows = r.list(POINT_BYTES, lambda: read_point(r))
        proofs = r.list(4, r.blob)
        r.end()
    except SpecificationError as reason:
        raise RejectionError(Stage.DECODE, str(reason)) from reason
    identity = digest(b"intaglio-model-1", program_digest(program) + b"".join(map(encode_point, rows)))
    try:
        width = column_vars(program)
        parts = chunks(program, width)
    except (LoweringError, SystemLimitError) as reason:
        raise RejectionError(Stage.MODEL, str(reason)) from reason
    needed = model_layout(program, width).num_rows
    if len(rows) != needed:
        raise RejectionError(Stage.MODEL, f"{len(rows)} rows, this program needs {needed}")
    if not all(map(in_subgroup, rows)):
        raise RejectionError(Stage.MODEL, "a row has a part of small order")
    if len(proofs) != len(parts):
        raise RejectionError(Stage.MODEL, f"{len(proofs)} well-formedness proofs, this program needs {len(parts)}")
    for index, (part, proof) in enumerate(zip(parts, proofs, strict=True)):
        own = [rows[row] for row in part.rows]
        try:
            check(Plan.of(part.system), Bound(identity, [], [own]), proof)
        except RejectionError as reason:
            raise RejectionError(Stage.MODEL, f"well-formedness proof {index} is refused at {reason}") from reason
    return Model(program, identity, rows, width)
