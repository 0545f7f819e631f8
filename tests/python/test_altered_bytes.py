"""Seeded altered bytes through the Python surface; `fuzz/python_surface.py` says how they are altered."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from committed_net import Bench

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from fuzz.python_surface import Surface

COUNT = 20_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1000


def test_altered_bytes_are_refused_with_an_intaglio_error(bench: Bench) -> None:
    surface = Surface(bench)
    for which, (name, good, _) in enumerate(surface.readers):
        # control: nothing put in
        assert not surface.try_input(bytes([which, 3, 0, 0])), name
        assert surface.altered(bytes([which, 3, 0, 0])) == (which, good)
    rng = np.random.default_rng(20)
    refused = 0
    for _ in range(COUNT):
        head = bytes([*rng.integers(0, 256, 4)])
        refused += surface.try_input(head + rng.bytes(int(rng.integers(1, 40))))
    assert refused > COUNT // 2
