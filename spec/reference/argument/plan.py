"""A system laid out, and what its proofs are made of: numbers of points and scalars, and the soundness error."""

from __future__ import annotations

from dataclasses import dataclass

from argument.layout import Layout
from argument.party import Counting
from argument.schedule import run_schedule
from argument.system import Origin, System
from argument.system_bytes import system_digest

MAX_TAIL = 256
FIELD_BITS = 250
DISCRETE_LOG_BITS = 124


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything about a proof that is known before it."""

    system: System
    digest: bytes
    layout: Layout
    operands: list[int]
    """Slots that stand in products; the rest of the slots are plain."""
    plain: list[int]
    folds: int
    tail: int
    errors: dict[str, int]
    """Numerators of the soundness error, over r, by source."""

    @staticmethod
    def of(system: System) -> Plan:
        """The plan of a system."""
        layout = Layout.of(system)
        counting = Counting()
        run_schedule(counting, system, layout, [])
        length = (1 << system.column_vars) + len(counting.plain)
        folds = 0
        while -(-length >> folds) > MAX_TAIL:
            folds += 1
        # η with the opening; κ; e and ξ; folds
        counting.error("closing", counting.equations + 1 + 3 + 3 + 3 * folds)
        return Plan(
            system=system,
            digest=system_digest(system),
            layout=layout,
            operands=counting.operands,
            plain=counting.plain,
            folds=folds,
            tail=-(-length >> folds),
            errors=dict(counting.errors),
        )

    @property
    def num_slots(self) -> int:
        """Scalars that the schedule sends."""
        return len(self.operands) + len(self.plain)

    @property
    def num_columns(self) -> int:
        """Cells of a row."""
        return 1 << self.system.column_vars

    def rows_of(self, origin: Origin) -> list[int]:
        """Rows of each group of an origin."""
        groups = zip(self.system.groups, self.layout.group_rows, strict=True)
        return [rows for group, rows in groups if group.origin is origin]

    @property
    def statistical_bits(self) -> int:
        """Bits of soundness for each hash query (`security.md` §12)."""
        return max(FIELD_BITS - sum(self.errors.values()).bit_length(), 0)

    @property
    def security_bits(self) -> int:
        """The lower of statistical and computational bits."""
        return min(self.statistical_bits, DISCRETE_LOG_BITS)
