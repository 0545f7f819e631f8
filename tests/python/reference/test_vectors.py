"""The second verifier gives the verdict that each shared vector states; the first one is held to them by a Rust test."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from argument.encoding import encode_point
from argument.generators import generator
from commitment import check_model
from evidence import Request, verify
from opening import committed_of, opening_name, verify_opening
from rejection import RejectionError, Stage

FOLDER = Path(__file__).parents[3] / "spec" / "vectors"
ACCEPTED = "accepted"


def table(name: str) -> list[list[str]]:
    """Its lines but the head."""
    return [line.split("\t") for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()[1:]]


@cache
def file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


model_of = cache(check_model)


def edited(data: bytes, edit: str) -> bytes:
    """`cut:N` drops the last bytes, `add:HEX` appends some, `N:HEX` writes over some."""
    place, what = edit.split(":")
    if place == "cut":
        return data[: -int(what)]
    new = bytes.fromhex(what)
    at = len(data) if place == "add" else int(place)
    return data[:at] + new + data[at + len(new) :]


def verdict(line: list[str]) -> str:
    """Of one line."""
    target, commitment, evidence, opening, edit, nonce, audience = line
    names = {"commitment": commitment, "evidence": evidence, "opening": opening}
    data = {part: b"" if name == "-" else file(name) for part, name in names.items()}
    if edit != "-":
        changed = edited(data[target], edit)
        assert changed != data[target], "an edit that changes nothing"
        data[target] = changed
    try:
        model = model_of(data["commitment"])
        if evidence == "-":
            return ACCEPTED
        request = Request(
            nonce=None if nonce == "-" else bytes.fromhex(nonce), audience=None if audience == "-" else audience
        )
        verified = verify(data["evidence"], model, request)
        if opening != "-":
            name = opening_name(data["opening"])
            own = [committed for committed in committed_of(model, verified) if committed.name == name]
            if not own:
                raise RejectionError(Stage.STATEMENT, "no such tensor")
            verify_opening(data["opening"], own[0])
    except RejectionError as error:
        return error.stage.value
    return ACCEPTED


def cases() -> Iterator[tuple[list[str], str]]:
    for *line, expected in table("verdicts.tsv"):
        yield line, expected


@pytest.mark.parametrize(
    ("line", "expected"), list(cases()), ids=lambda part: part if isinstance(part, str) else part[4][:24]
)
def test_the_verdict_is_the_one_stated(line: list[str], expected: str) -> None:
    assert verdict(line) == expected


def test_digests_sizes_and_errors_are_those_stated() -> None:
    lines = table("digests.tsv")
    assert {line[0] for line in lines} == {line[1] for line in table("verdicts.tsv") if line[2] != "-"}
    folded = 0
    for commitment, evidence, identity, claim, system, proof_bytes, numerator in lines:
        model = model_of(file(commitment))
        accepted = next(line for *line, told in table("verdicts.tsv") if line[2] == evidence and told == ACCEPTED)
        nonce, audience = (None if told == "-" else told for told in accepted[5:7])
        request = Request(nonce=None if nonce is None else bytes.fromhex(nonce), audience=audience)
        statement = verify(file(evidence), model, request).statement
        plan = model.plan(statement.visibility)
        digests = [model.identity.hex(), statement.digest.hex(), plan.digest.hex()]
        assert digests == [identity, claim, system], evidence
        # the proof is the last thing in the file, with its length before it
        assert len(file(evidence)) == 18 + len(statement.context) + 4 + int(proof_bytes)
        assert sum(plan.errors.values()) == int(numerator), evidence
        folded += plan.folds > 0
    assert folded, "no vector folds its response"


def test_generators_are_those_stated() -> None:
    for letter, index, point in table("generators.tsv"):
        assert encode_point(generator(letter, int(index))).hex() == point
