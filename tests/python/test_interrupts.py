"""Ctrl-C in a long piece of work: it ends at once, as a KeyboardInterrupt, and everything can be used afterwards."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import intaglio
import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper
from onnx_graphs import to_model

SIZE = 96


@pytest.fixture(scope="module")
def long() -> tuple[intaglio.Model, intaglio.Secret, NDArray[Any]]:
    """Two convolutions of an image: a proof that takes long enough to be interrupted."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Conv", ["x", "v"], ["a"], pads=[1] * 4),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["y"]),
    ]
    constants = {"v": rng.normal(size=(8, 3, 3, 3)), "w": rng.normal(size=(16, 8, 3, 3))}
    model = to_model(nodes, inputs={"x": (1, 3, SIZE, SIZE)}, constants=constants)
    sample = rng.random((1, 3, SIZE, SIZE), np.float32)
    compiled = intaglio.compile(model, calibration=sample[None])
    return compiled, compiled.commit()[0], sample


@contextmanager
def interrupt_after(seconds: float) -> Iterator[None]:
    """The signal that Ctrl-C sends, to the main thread."""
    timer = threading.Timer(seconds, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def timed(call: Callable[[], object]) -> float:
    start = time.monotonic()
    call()
    return time.monotonic() - start


def test_an_interrupt_ends_a_proof_long_before_it_would_be_done(
    long: tuple[intaglio.Model, intaglio.Secret, NDArray[Any]],
) -> None:
    _, secret, sample = long
    seen = intaglio.Visibility(output="private")

    def prove() -> intaglio.Evidence:
        return intaglio.prove(secret, sample, visibility=seen)

    prove()
    whole = timed(prove)
    # in the middle of every stage: no stage is waited for
    for share in (0.05, 0.2, 0.4, 0.6):
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt), interrupt_after(share * whole):
            prove()
        taken = time.monotonic() - start
        assert taken < share * whole + max(0.5 * (1 - share) * whole, 0.2), (share, taken, whole)
        # work that was told to stop is given time to, so that the next share is timed alone
        time.sleep(0.5 * whole)
    # nothing is broken by it
    assert prove().proof_bytes > 0


def test_an_exception_of_the_callback_ends_a_proof_and_is_the_callers_own(
    long: tuple[intaglio.Model, intaglio.Secret, NDArray[Any]],
) -> None:
    _, secret, sample = long
    told: list[str] = []

    def progress(stage: str, done: float) -> None:
        told.append(stage)
        if len(told) == 4:
            raise LookupError(stage)

    with pytest.raises(LookupError, match=r"^.+$") as stopped:
        intaglio.prove(secret, sample, progress=progress)
    assert told[-1] in str(stopped.value)
    assert len(told) == 4


def test_progress_is_told_on_the_thread_of_the_caller(
    long: tuple[intaglio.Model, intaglio.Secret, NDArray[Any]],
) -> None:
    compiled, _, _ = long
    threads = set()
    compiled.commit(progress=lambda stage, done: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}
