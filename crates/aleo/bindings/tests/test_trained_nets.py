"""Trained nets on real digits, proven with 2^16 powers; where the powers are missing, they are named."""

from __future__ import annotations

import intaglio
import numpy as np
import pytest
from intaglio import aleo

from bench.aleo import NETS


@pytest.mark.parametrize("name", NETS)
def test_a_trained_net_is_proven(name: str) -> None:
    net = NETS[name]()
    told = aleo.estimate(net.model, weights=net.weights)
    assert told.powers_needed == 16, told
    assert max(told.non_zeros) <= 1 << 16
    agreement = net.model.fidelity.label_agreement
    assert agreement is not None
    assert agreement >= 0.99
    secret, circuit = aleo.compile(net.model, weights=net.weights)
    evidence = aleo.prove(secret, net.images[0], context=b"on real digits")
    verified = aleo.verify(evidence, circuit=circuit, context=b"on real digits")
    # the same integers three ways: circuit, integer program, off-chain proof
    np.testing.assert_array_equal(verified.outputs_integer["logits"], net.model.run_integers(net.images[0])["logits"])
    own, commitment = net.model.commit()
    told_off_chain = intaglio.verify(intaglio.prove(own, net.images[0]), commitment=commitment)
    np.testing.assert_array_equal(verified.outputs["logits"], told_off_chain.outputs["logits"])
