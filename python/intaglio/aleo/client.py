"""An account at a node: transactions made and proven here, handed in there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import final

from intaglio.aleo.accounts import Account
from intaglio.aleo.native import native
from intaglio.aleo.node import Node, Outcome
from intaglio.errors import NodeError

MAX_PROGRAMS = 64
_IMPORT = re.compile(r"^import ([a-z][a-z0-9_]*\.aleo);$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCost:
    """What the circuit of one function takes.

    Attributes:
        function: its name.
        constraints, variables: sizes of its rank-1 constraint system.
        non_zeros: of its three matrices.
    """

    function: str
    constraints: int
    variables: int
    non_zeros: tuple[int, int, int]


@final
class Client:
    """Calls programs in an account's name, and pays for it publicly.

    Args:
        node: asked for programs and where the chain stands; no parameter and no key is fetched from anywhere.
        account: signs and pays.
    """

    def __init__(self, node: Node, account: Account) -> None:
        self.node = node
        self.account = account
        self._author = native().Author()
        self._known: set[str] = {"credits.aleo"}

    def learn(self, program: str) -> None:
        """Fetches a program and what it imports.

        Raises:
            NodeError: it is not there, or not what it is called.
            InvalidInput: it does not type-check.
        """
        self._learn(program, frozenset())

    def _learn(self, program: str, above: frozenset[str]) -> None:
        if program in self._known:
            return
        if program in above or len(self._known) > MAX_PROGRAMS:
            raise NodeError(f"the imports of {program} go in a circle or are more than {MAX_PROGRAMS}")
        source = self.node.program(program)
        for name in _IMPORT.findall(source):
            self._learn(name, above | {program})
        got = self._author.learn(source)
        if got != program:
            raise NodeError(f"the node was asked for {program} and answers with {got}")
        self._known.add(program)

    def functions(self, program: str) -> tuple[FunctionCost, ...]:
        """What each function of a program takes."""
        self.learn(program)
        told = self._author.functions(program)
        return tuple(FunctionCost(function=f, constraints=c, variables=v, non_zeros=tuple(n)) for f, c, v, n in told)

    def evaluate(self, program: str, function: str, *inputs: str) -> list[str]:
        """Evaluates a call with all its assertions, without proof, fee or chain; its outputs.

        Raises:
            InvalidInput: an assertion does not hold, or inputs do not fit.
        """
        self.learn(program)
        return list(self._author.evaluate(self.account.private_key, (program, function, list(inputs))))

    def price(self, program: str, function: str, *inputs: str) -> int:
        """What a call costs, in microcredits."""
        self.learn(program)
        return int(self._author.price(self.account.private_key, (program, function, list(inputs))))

    def send(self, program: str, function: str, *inputs: str, priority_fee: int = 0) -> str:
        """Proves a call and hands it in; the transaction's identity.

        Raises:
            InvalidInput: the call cannot be executed.
            ResourceLimit: powers are missing, with what is needed.
            NodeError: the node does not take it.
        """
        self.learn(program)
        call = (program, function, list(inputs))
        transaction = self._author.execute(self.account.private_key, call, priority_fee, self._tip())
        return self.node.broadcast(transaction)

    def call(self, program: str, function: str, *inputs: str, priority_fee: int = 0) -> Outcome:
        """Sends a call and waits for its outcome."""
        return self.node.wait(self.send(program, function, *inputs, priority_fee=priority_fee))

    def deployment_price(self, source: str) -> int:
        """What deploying a program costs in microcredits, known before any key is made.

        Raises:
            InvalidInput: it does not type-check.
        """
        for name in _IMPORT.findall(source):
            self.learn(name)
        return int(self._author.deployment_price(source))

    def deploy(self, source: str) -> tuple[str, int]:
        """Deploys a program; the transaction's identity and its price in microcredits.

        Raises:
            InvalidInput: it does not type-check, or is deployed already.
            ResourceLimit: powers are missing for one of its functions.
            NodeError: the node does not take it.
        """
        for name in _IMPORT.findall(source):
            self.learn(name)
        transaction, price = self._author.deploy(self.account.private_key, source, self._tip())
        return self.node.broadcast(transaction), int(price)

    def _tip(self) -> tuple[int, str]:
        self.node.check()
        return self.node.height(), self.node.state_root()
