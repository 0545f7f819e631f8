from collections.abc import Callable
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Progress = Callable[[str, float], object]

class _Made(TypedDict):
    evidence: bytes
    proof_bytes: int
    openings: bytes
    opening_names: list[str]
    outputs: list[Integers]
    saturated: list[tuple[str, int]]

class _Established(TypedDict):
    inputs: list[tuple[str, Integers | None, bytes | None]]
    outputs: list[tuple[str, Integers | None, bytes | None]]
    security_bits: int
    statement_digest: bytes
    model: bytes

class _Opened(TypedDict):
    name: str
    shape: list[int]
    exponent: int
    elements: list[tuple[int, int]]

class Compiled:
    def __init__(self, description: str, weights: dict[str, Integers], metadata: str) -> None: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Compiled: ...
    def to_bytes(self) -> bytes: ...
    @property
    def metadata(self) -> str: ...
    def interface(self) -> str: ...
    def digest(self) -> bytes: ...
    def run(self, inputs: list[Integers]) -> tuple[list[Integers], list[tuple[str, int]]]: ...
    def estimate(self) -> str: ...
    def commit(self, progress: Progress | None) -> tuple[Secret, bytes]: ...

class Secret:
    @staticmethod
    def from_bytes(bytes: bytes, passphrase: bytes | None = None) -> Secret: ...
    def to_bytes(self, passphrase: bytes | None = None) -> bytes: ...
    @property
    def id(self) -> bytes: ...
    def interface(self) -> str: ...
    def prove(
        self,
        inputs: list[Integers],
        input_levels: list[str],
        output_levels: list[str],
        nonce: bytes | None,
        audience: str | None,
        reuse: list[tuple[bytes, str] | None],
        passphrase: bytes | None,
        progress: Progress | None,
    ) -> _Made: ...

class Model:
    @staticmethod
    def check(bytes: bytes) -> Model: ...
    @property
    def id(self) -> bytes: ...
    def interface(self) -> str: ...
    def verify(
        self, evidence: bytes, nonce: bytes | None, audience: str | None, min_security_bits: int
    ) -> _Established: ...

def open_commitment(openings: bytes, name: str, elements: list[int], passphrase: bytes | None = None) -> bytes: ...
def verify_opening(opening: bytes, name: str, shape: list[int], exponent: int, commitment: bytes) -> _Opened: ...
def inspect(bytes: bytes) -> str: ...
def set_threads(threads: int) -> bool: ...
