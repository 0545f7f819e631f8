"""What users choose: who sees what, and what a verifier demands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from intaglio.errors import InvalidInput

Level = Literal["public", "committed", "private"]
MAX_WORK = 2**28
LEVELS: tuple[Level, ...] = ("public", "committed", "private")

_MODEL_ID = re.compile("[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Who sees the inputs and outputs: one word for all, or a mapping name -> word.

    `public` values stand in the statement; `committed` ones stand there as a salted commitment that can be opened
    later; `private` ones do not stand there at all.
    """

    input: Level | Mapping[str, Level] = "private"
    output: Level | Mapping[str, Level] = "public"

    def levels(self, side: Literal["input", "output"], names: list[str]) -> list[str]:
        """The word of each named input or output, in order.

        Raises:
            InvalidInput: an unknown word or name, or a name without a word.
        """
        choice = self.input if side == "input" else self.output
        if not isinstance(choice, str | Mapping):
            raise InvalidInput(f"{side} visibility is a word or a mapping name -> word, not {type(choice).__name__}")
        words = dict.fromkeys(names, choice) if isinstance(choice, str) else dict(choice)
        if sorted(words) != sorted(names):
            raise InvalidInput(f"{side} visibility names {sorted(words)}, the model has {sorted(names)}")
        for name, word in words.items():
            if word not in LEVELS:
                raise InvalidInput(f"visibility of {side} {name!r} is {word!r}: one of {', '.join(LEVELS)}")
        return [str(words[name]) for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a verifier demands beyond truth, and how much work it does to find out."""

    min_security_bits: int = 120
    max_work: int = MAX_WORK
    """Most work for a commitment, and for evidence: multiplications in the field, about ten nanoseconds each, counted
    before they are done."""
    require_public_outputs: bool = False
    models: tuple[str, ...] = field(default=())
    """Accepted model ids in hexadecimal; empty accepts the commitment that was passed."""

    def __post_init__(self) -> None:
        """Refuse a number of bits that no proof could have, or that is no number."""
        # true and false are integers to Python, not to whoever writes a policy
        if type(self.min_security_bits) is not int or not 0 <= self.min_security_bits < 2**32:
            raise InvalidInput("policy: min_security_bits is a number of bits, 0 or more")
        if type(self.max_work) is not int or not 0 <= self.max_work < 2**64:
            raise InvalidInput("policy: max_work is a number of multiplications below 2^64")

    @staticmethod
    def from_toml(text: str) -> Policy:
        """A policy file.

        Raises:
            InvalidInput: no TOML, or keys that a policy does not have.
        """
        try:
            data = tomllib.loads(text)
            models = data.pop("models", [])
            policy = Policy(**data)
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise InvalidInput(f"policy: {error}") from error
        if not isinstance(policy.require_public_outputs, bool):
            raise InvalidInput("policy: require_public_outputs is true or false")
        if not isinstance(models, list) or not all(isinstance(m, str) and _MODEL_ID.fullmatch(m) for m in models):
            raise InvalidInput("policy: models is a list of model ids, each of 64 hexadecimal digits")
        return replace(policy, models=tuple(model.lower() for model in models))
