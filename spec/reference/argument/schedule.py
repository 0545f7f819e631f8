"""The one schedule of messages, challenges and equations (`protocol.md` §7–10)."""

from __future__ import annotations

from collections.abc import Sequence

from argument.claims import Claims
from argument.columns import Opening, run_columns
from argument.inner_products import run_inner_products
from argument.layout import Layout
from argument.lookups import run_lookups
from argument.party import Party
from argument.system import System
from argument.wiring import run_wiring
from argument.zerochecks import run_zerochecks


def run_schedule(party: Party, system: System, layout: Layout, publics: Sequence[Sequence[int]]) -> Opening:
    """Stages A to C. Every claim is discharged by a later stage, the last by the opening."""
    claims = Claims(system, publics)
    run_lookups(party, layout, claims)
    run_zerochecks(party, claims)
    run_inner_products(party, claims)
    run_wiring(party, claims)
    return run_columns(party, layout, claims)
