"""Values as the chain's language writes them: structs, arrays and literals."""

from __future__ import annotations

import re
from typing import TypeAlias

from intaglio.errors import FormatError

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
"""A literal with its type (`"5field"`), an array, or a struct."""

MAX_DEPTH = 16
_TOKEN = re.compile(r"\s*([{}\[\]:,]|[^\s{}\[\]:,]+)")


def parse(text: str) -> Value:
    """What a text says.

    Raises:
        FormatError: no value.
    """
    tokens = [match.group(1) for match in _TOKEN.finditer(text)]
    value, rest = _value(tokens, 0, 0)
    if rest != len(tokens):
        raise FormatError(f"no value of the chain: {text[:80]!r}")
    return value


def _value(tokens: list[str], at: int, depth: int) -> tuple[Value, int]:
    if at >= len(tokens) or depth > MAX_DEPTH:
        raise FormatError("a value of the chain ends too early or nests too deep")
    match tokens[at]:
        case "[":
            return _array(tokens, at + 1, depth)
        case "{":
            return _struct(tokens, at + 1, depth)
        case "]" | "}" | ":" | ",":
            raise FormatError(f"a value of the chain cannot start with {tokens[at]!r}")
        case literal:
            return literal, at + 1


def _array(tokens: list[str], at: int, depth: int) -> tuple[Value, int]:
    values: list[Value] = []
    while True:
        value, at = _value(tokens, at, depth + 1)
        values.append(value)
        at, more = _separator(tokens, at, "]")
        if not more:
            return values, at


def _struct(tokens: list[str], at: int, depth: int) -> tuple[Value, int]:
    members: dict[str, Value] = {}
    while True:
        if at + 1 >= len(tokens) or tokens[at + 1] != ":":
            raise FormatError("a struct of the chain has a member without a name")
        name = tokens[at]
        members[name], at = _value(tokens, at + 2, depth + 1)
        at, more = _separator(tokens, at, "}")
        if not more:
            return members, at


def _separator(tokens: list[str], at: int, end: str) -> tuple[int, bool]:
    if at < len(tokens) and tokens[at] in (",", end):
        return at + 1, tokens[at] == ","
    raise FormatError(f"a value of the chain lacks ',' or {end!r}")


def member(value: Value, *path: str) -> str:
    """The literal at a path of members.

    Raises:
        FormatError: there is none.
    """
    for name in path:
        if not isinstance(value, dict) or name not in value:
            raise FormatError(f"a value of the chain has no member {'.'.join(path)}")
        value = value[name]
    if not isinstance(value, str):
        raise FormatError(f"{'.'.join(path)} of a value of the chain is no literal")
    return value
