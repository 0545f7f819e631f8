"""The system that shows elements of a committed tensor (`lowering.md` §8)."""

from __future__ import annotations

from argument.system import Affine, Origin, System, Values, public_form, source_form
from tensors import Shape
from values import Layout

from lower.boundary import BOUNDARY_WIDTH_VARS


def opening_system(shape: Shape) -> System:
    """`shown·x = elements`."""
    num_vars = Layout.flat(shape).num_vars
    width = min(num_vars, BOUNDARY_WIDTH_VARS)
    system = System("opening", width)
    x = system.whole(system.tensor("committed", num_vars, system.group("committed", Origin.IMPORTED, width)))
    shown, elements = (public_form(system.public(Values(name, num_vars))) for name in ("shown", "elements"))
    system.zerocheck("opening", num_vars, (shown, source_form(x)), (Affine(-1), elements))
    return system
