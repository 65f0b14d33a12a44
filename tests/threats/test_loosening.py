"""Row 3: a constraint is dropped, widened or not understood on its way down.

For each kind of constraint: the same and something stricter hold below it; something wider, another
kind, none at all, or one that nobody knows, does not.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from tests.threats.world import DELEGATE, World, grants, world

PAY = "pay.send"
ON = "account/x"

KINDS: dict[str, tuple[str, Any, list[Any], list[Any]]] = {
    # kind: dimension, the constraint above, what is as strict, what is wider
    "at_most": (
        "args.v",
        {"kind": "at_most", "limit": 100},
        [{"kind": "at_most", "limit": 100}, {"kind": "interval", "lo": 0, "hi": 99}],
        [{"kind": "at_most", "limit": 101}, {"kind": "at_least", "limit": 0}],
    ),
    "at_least": (
        "args.v",
        {"kind": "at_least", "limit": 10},
        [{"kind": "at_least", "limit": 11}, {"kind": "one_of", "values": [10, 12]}],
        [{"kind": "at_least", "limit": 9}, {"kind": "at_most", "limit": 10}],
    ),
    "interval": (
        "args.v",
        {"kind": "interval", "lo": 5, "hi": 9},
        [{"kind": "interval", "lo": 6, "hi": 9}],
        [{"kind": "interval", "lo": 4, "hi": 9}, {"kind": "interval", "lo": 5, "hi": 10}],
    ),
    "one_of": (
        "args.v",
        {"kind": "one_of", "values": ["a", "b"]},
        [{"kind": "one_of", "values": ["b"]}, {"kind": "one_of", "values": []}],
        [{"kind": "one_of", "values": ["a", "c"]}, {"kind": "prefix", "prefixes": ["a"]}],
    ),
    "prefix": (
        "args.v",
        {"kind": "prefix", "prefixes": ["/data/"]},
        [{"kind": "prefix", "prefixes": ["/data/x/"]}, {"kind": "one_of", "values": ["/data/1"]}],
        [{"kind": "prefix", "prefixes": ["/"]}, {"kind": "one_of", "values": ["/data/../etc"]}],
    ),
    "required": (
        "args.v",
        {"kind": "required", "values": ["audit"]},
        [{"kind": "required", "values": ["audit", "seal"]}],
        [{"kind": "required", "values": ["seal"]}, {"kind": "forbidden", "values": ["x"]}],
    ),
    "forbidden": (
        "args.v",
        {"kind": "forbidden", "values": ["drop", "delete"]},
        [{"kind": "forbidden", "values": ["drop", "delete", "alter"]}],
        [{"kind": "forbidden", "values": ["drop"]}],
    ),
    "window": (
        "time",
        {"kind": "window", "zone": "Europe/Berlin", "days": [1, 2, 3], "from_minute": 540,
         "to_minute": 1020},
        [{"kind": "window", "zone": "Europe/Berlin", "days": [1, 3], "from_minute": 600,
          "to_minute": 1020}],
        [{"kind": "window", "zone": "Europe/Berlin", "days": [1, 2, 3, 4], "from_minute": 540,
          "to_minute": 1020},
         {"kind": "window", "zone": "Pacific/Auckland", "days": [1, 2, 3], "from_minute": 540,
          "to_minute": 1020}],
    ),
    "budget": (
        "budget.EUR",
        {"kind": "budget", "unit": "EUR", "limit": 1000},
        [{"kind": "budget", "unit": "EUR", "limit": 1000}],
        [{"kind": "budget", "unit": "EUR", "limit": 1001}],
    ),
    "access": (
        "access",
        {"kind": "one_of", "values": ["read"]},
        [{"kind": "one_of", "values": ["read"]}],
        [{"kind": "one_of", "values": ["read", "write"]}, {"kind": "one_of", "values": ["write"]}],
    ),
    "output": (
        "output",
        {"kind": "one_of", "values": ["text"]},
        [{"kind": "one_of", "values": ["text"]}],
        [{"kind": "one_of", "values": ["data"]}, {"kind": "forbidden", "values": ["x"]}],
    ),
}  # fmt: skip


def above(dimension: str, constraint: Any, where: str) -> tuple[World, str]:
    """Ada, under a constraint in her grant or in her envelope."""
    made, acme = world()
    made.principal("bob")
    said = {dimension: [constraint]}
    grant = {"action": "pay.*", "resource": "account/*"}
    if where == "grant":
        held = made.agent("ada", acme, may=({**grant, "constraints": said}, DELEGATE))
    else:
        held = made.agent("ada", acme, may=(grant, DELEGATE), envelope=said)
    return made, held


def holds(made: World, held: str, constraints: Any, where: str) -> bool:
    """Whether a delegation under these constraints holds at all."""
    grant: dict[str, Any] = {"action": "pay.*", "resource": "account/*"}
    envelope = {}
    if where == "grant":
        grant["constraints"] = constraints
    else:
        envelope = constraints
    digest = made.delegate("ada", "bob", held, may=(grant,), envelope=envelope)
    answers = []
    for level in ("QUICK", "STANDARD", "FULL"):
        facts = made.facts("bob", PAY, ON)
        decision = made.fresh().verify("bob", facts, level=level, grant=digest)  # type: ignore[arg-type]
        codes = {reason.code for reason in decision.reasons}
        answers.append(
            codes.isdisjoint(
                {
                    "trust.widened",
                    "constraint.unknown",
                    "constraint.malformed",
                    "constraint.dimension",
                }
            )
        )
    assert len(set(answers)) == 1, answers
    return answers[0]


@pytest.mark.parametrize(("kind", "where", "below"), list(
    product(KINDS, ("grant", "envelope"), ("grant", "envelope"))
))  # fmt: skip
def test_each_kind_only_tightens(kind: str, where: str, below: str) -> None:
    dimension, constraint, strict, wide = KINDS[kind]
    made, held = above(dimension, constraint, where)
    for tighter in strict:
        assert holds(made, held, {dimension: [tighter]}, below), tighter
    for wider in wide:
        assert not holds(made, held, {dimension: [wider]}, below), wider
        both = {dimension: [wider, constraint]}
        assert holds(made, held, both, below), wider
    assert not holds(made, held, {}, below)
    other = {"args.other": [{"kind": "at_most", "limit": 1}]}
    assert not holds(made, held, other, below)


@pytest.mark.parametrize(
    "constraints",
    [
        {"args.v": [{"kind": "deny_all"}]},
        {"args.v": [{"kind": "max_amount", "limit": 100}]},
        {"args.v": [{"kind": "At_most", "limit": 1}]},
        {"args.v": [{"kind": None}]},
        {"args.v": ["read_only"]},
        {"args.v": [{"limit": 1}]},
        {"args.v": [{"kind": "at_most", "limit": 1, "unless": "asked"}]},
        {"args.v": [{"kind": "at_most", "limit": "1"}]},
        {"args.v": []},
        {"args.v": None},
        {"mode": [{"kind": "one_of", "values": ["read"]}]},
        {"args.": [{"kind": "at_most", "limit": 1}]},
        {"": [{"kind": "at_most", "limit": 1}]},
        ["read_only"],
        "read_only",
        None,
        7,
    ],
)
def test_a_constraint_that_nobody_knows_denies(constraints: Any) -> None:
    """In an attestation, where nothing above it would be loosened by ignoring it."""
    made, acme = world()
    made.agent("ada", acme, may=({"action": "pay.*"},), envelope=constraints)
    if constraints is not None:
        assert not made.allows("ada", PAY, ON, args={"v": 0})
    grant = {"action": "pay.*", "resource": "*", "constraints": constraints}
    made.agent("bob", acme, may=(grant,))
    assert not made.allows("bob", PAY, ON, args={"v": 0})


def test_what_the_caller_says_of_its_context_loosens_nothing() -> None:
    """A mode, an approval or an exemption among the arguments is an argument."""
    made, acme = world()
    read = {"access": [{"kind": "one_of", "values": ["read"]}]}
    made.agent("ada", acme, may=({"action": "db.*"},), envelope=read)
    tricks = {"access": "read", "mode": "read_write", "require_approval": False, "read_only": True}
    assert made.allows("ada", "db.query", "table/x", access="read")
    for access in ("write", None, "READ", "", "read,write"):
        assert not made.allows("ada", "db.drop", "table/x", access=access, args=tricks)


def test_an_argument_that_is_missing_or_of_another_type_is_not_admitted() -> None:
    made, acme = world()
    small = {"args.amount": [{"kind": "at_most", "limit": 10}]}
    made.agent("ada", acme, may=({"action": PAY},), envelope=small)
    assert made.allows("ada", PAY, ON, args={"amount": 10})
    for value in (11, 10.0, True, "10", None, [10], {"amount": 1}, -(2**60)):
        assert not made.allows("ada", PAY, ON, args={"amount": value}), value
    for args in ({}, {"Amount": 1}, {"amount ": 1}, {"x": {"amount": 1}}):
        assert not made.allows("ada", PAY, ON, args=args), args


def test_an_exhaustive_small_domain_agrees_with_what_is_admitted() -> None:
    """Every pair of constraints over 0..4: a delegation holds only if nothing is gained."""
    pool: list[Any] = [
        *({"kind": "at_most", "limit": n} for n in (1, 3)),
        *({"kind": "at_least", "limit": n} for n in (1, 3)),
        {"kind": "interval", "lo": 1, "hi": 3},
        {"kind": "one_of", "values": [0, 2]},
        {"kind": "one_of", "values": [2]},
        {"kind": "forbidden", "values": [2]},
        {"kind": "forbidden", "values": [0, 4]},
    ]
    values: list[Any] = [0, 1, 2, 3, 4, -9, 9, "a", True, None]
    made, acme = world()
    made.principal("bob")
    for number, parent in enumerate(pool):
        name = f"ada{number}"
        grant = {"action": PAY, "resource": "account/*"}
        held = made.agent(name, acme, may=(grant, DELEGATE), envelope={"args.v": [parent]})
        for child in pool:
            digest = made.delegate(
                name, "bob", held, may=grants(grant), envelope={"args.v": [child]}
            )
            for value in values:
                args = {} if value is None else {"v": value}
                theirs = made.facts("bob", PAY, ON, args=args)
                if made.verifier.verify("bob", theirs, grant=digest).allowed:
                    mine = made.facts(name, PAY, ON, args=args)
                    assert made.verifier.verify(name, mine).allowed, (parent, child, value)
