"""A chain of delegation as a Biscuit token: one block for each record, each of which only narrows.

Needs ``tarl[biscuit]``. The operator's key signs the first block, so whoever has the operator's
public key and a library for Biscuit can ask offline whether the agent may do something. The asker
states the effect as facts and allows the holder:

    action("mail.send"); resource("mailbox/alice"); access("write"); output("text");
    tenant("default"); task("t"); arg("amount", 5); spends("EUR", 500); time(2026-01-01T00:00:00Z);
    allow if holder("clerk");

An array is written out (``arg("to", ["a", "b"])``): the Python binding takes a list of small
numbers for bytes. Every record is a block of checks and adds no right, so a token allows what all
records allow. Biscuit has no hours of the week: a chain with a time window is refused. What was
revoked since the token was made it does not know, and what was spent before it cannot count.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tarl.crypto.note import Signer
from tarl.errors import Invalid, Unavailable
from tarl.policy.constraint import (
    AtLeast,
    AtMost,
    Budget,
    Constraint,
    Forbidden,
    Interval,
    OneOf,
    Prefix,
    Required,
)
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant, Grants
from tarl.trust.chain import Chain
from tarl.values.instants import to_datetime

CLIMBS = r"(^|[/\\])(\.|%2[eE]){2}([/\\]|$)|\x00"
"""What no text may hold that must begin with a prefix: see ``policy.constraint``."""


def token(chain: Chain, operator: Signer) -> str:
    """The token of what a chain permits, in URL-safe base64.

    Args:
        chain: The records from the authority down to what the agent holds, verified.
        operator: Signs the first block.

    Raises:
        Unavailable: ``tarl[biscuit]`` is not installed (``export.no_biscuit``).
        Invalid: a constraint that Biscuit cannot express (``export.inexpressible``).
    """
    try:
        import biscuit_auth as biscuit  # type: ignore[import-not-found, unused-ignore]  # no wheel for each Python
    except ImportError:
        raise Unavailable(
            "Biscuit tokens need a library that is not installed",
            code="export.no_biscuit",
            next_step="pip install 'tarl[biscuit]'",
        ) from None
    seed, kind = operator.key.seed, biscuit.Algorithm.Ed25519  # type: ignore[attr-defined, unused-ignore]  # what the stubs leave out
    secret = biscuit.PrivateKey.from_bytes(seed, kind)  # type: ignore[call-arg, unused-ignore]  # what the stubs leave out
    first, *others = [link.record for link in chain.links if link.kind != "genesis"]
    head = _Block()
    head.add("holder({})", chain.leaf.subject)
    head.add("chain({})", chain.digest)
    made = biscuit.BiscuitBuilder(*head.of(first)).build(secret)
    for record in others:
        made = made.append(biscuit.BlockBuilder(*_Block().of(record)))
    return str(made.to_base64())


class _Block:
    """Datalog with its parameters: no text of a record is ever read as code."""

    def __init__(self) -> None:
        self.code: list[str] = []
        self.values: dict[str, Any] = {}

    def add(self, statement: str, *values: Any) -> None:
        """A statement; each ``{}`` in it is a value."""
        self.code.append(statement.format(*(self.value(value) for value in values)) + ";")

    def value(self, value: Any) -> str:
        """The name of a parameter with this value."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}}}"

    def of(self, record: Any) -> tuple[str, dict[str, Any]]:
        """The block of a record: its digest's facts and its checks."""
        grants = Grants.from_data(list(record.grants), record.envelope)
        self.add("check if tenant({})", record.tenant)
        self.add("check if time($t), $t >= {}", _instant(record.not_before_ms + 999))
        if record.expires_at_ms is not None:
            self.add("check if time($t), $t < {}", _instant(record.expires_at_ms))
        for name in ("task", "audience"):
            if getattr(record, name, None) is not None:
                self.add(f"check if {name}({{}})", getattr(record, name))
        ways = [self._way(grant) for grant in grants.grants]
        self.code.append(f"check if {' or '.join(ways) or 'false'};")
        self.code += [f"check if {term};" for term in self._terms(grants.envelope)]
        return "\n".join(self.code), self.values

    def _way(self, grant: Grant) -> str:
        """What one grant covers."""
        terms = [
            f"{name}($v{name}), {self._pattern(f'$v{name}', pattern)}"
            for name, pattern in (("action", grant.action), ("resource", grant.resource))
        ]
        return ", ".join([*terms, *self._terms(grant.constraints)])

    def _pattern(self, variable: str, pattern: str) -> str:
        if pattern == "*":
            return "true"
        if pattern.endswith("*"):
            return f"{variable}.starts_with({self.value(pattern[:-1])})"
        return f"{variable} == {self.value(pattern)}"

    def _terms(self, envelope: Envelope) -> list[str]:
        """Each constraint of an envelope."""
        terms = []
        for place, (dimension, several) in enumerate(envelope.constraints.items()):
            variable = f"$c{place}"
            for constraint in several:
                write = _WRITERS.get(type(constraint))
                if write is None:
                    raise _inexpressible(dimension, constraint)
                term = write(self, variable, constraint)
                terms.append(f"{self._fact(dimension, variable)}, {term}")
        return terms

    def _fact(self, dimension: str, variable: str) -> str:
        area, _, name = dimension.partition(".")
        if area == "args":
            return f"arg({self.value(name)}, {variable})"
        if area == "budget":
            return f"spends({self.value(name)}, {variable})"
        return f"{dimension}({variable})"

    def _range(self, variable: str, *bounds: tuple[str, int]) -> str:
        within = [f"{variable} {sign} {self.value(bound)}" for sign, bound in bounds]
        return f'({variable}.type() == "integer" && {" && ".join(within)})'

    def _at_most(self, variable: str, constraint: AtMost) -> str:
        return self._range(variable, ("<=", constraint.limit))

    def _at_least(self, variable: str, constraint: AtLeast) -> str:
        return self._range(variable, (">=", constraint.limit))

    def _interval(self, variable: str, constraint: Interval) -> str:
        return self._range(variable, (">=", constraint.lo), ("<=", constraint.hi))

    def _budget(self, variable: str, constraint: Budget) -> str:
        return self._range(variable, (">=", 0), ("<=", constraint.limit))

    def _one_of(self, variable: str, constraint: OneOf) -> str:
        same = [f"{variable} == {self.value(value)}" for value in constraint.values]
        return f"({' || '.join(same) or 'false'})"

    def _prefix(self, variable: str, constraint: Prefix) -> str:
        stems = [f"{variable}.starts_with({self.value(stem)})" for stem in constraint.prefixes]
        climbs = f"{variable}.matches({self.value(CLIMBS)})"
        return f'({variable}.type() == "string" && ({" || ".join(stems)}) && !{climbs})'

    def _required(self, variable: str, constraint: Required) -> str:
        held = [f"{variable}.contains({self.value(value)})" for value in constraint.values]
        return f'({variable}.type() == "array" && {" && ".join(held)})'

    def _forbidden(self, variable: str, constraint: Forbidden) -> str:
        both: list[Any] = []
        for value in constraint.values:  # 1 and true are the same here
            twin = bool(value) if type(value) is int and value in (0, 1) else value
            both += (
                [value, twin if type(value) is int else int(value)] if value in (0, 1) else [value]
            )
        held = [f"!{variable}.contains({self.value(value)})" for value in both]
        other = [f"{variable} != {self.value(value)}" for value in both]
        array = f'{variable}.type() == "array"'
        return f"({array} && {' && '.join(held)} || !({array}) && {' && '.join(other)})"


_WRITERS: dict[type[Constraint], Callable[[_Block, str, Any], str]] = {
    AtMost: _Block._at_most,
    AtLeast: _Block._at_least,
    Interval: _Block._interval,
    Budget: _Block._budget,
    OneOf: _Block._one_of,
    Prefix: _Block._prefix,
    Required: _Block._required,
    Forbidden: _Block._forbidden,
}


def _inexpressible(dimension: str, constraint: Constraint) -> Invalid:
    return Invalid(
        f"Biscuit cannot say that {dimension} {constraint.words}",
        code="export.inexpressible",
        next_step="export a credential (--as vc), or the evidence of a run",
        dimension=dimension,
    )


def _instant(at_ms: int) -> datetime:
    """The last whole second up to an instant: Biscuit knows no milliseconds."""
    return to_datetime(at_ms // 1000 * 1000)
