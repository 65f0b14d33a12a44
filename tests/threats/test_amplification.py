"""Row 2: authority grows on its way down.

Whatever a delegation says, it lies within the live record above it, or it does not hold. Records
are journalled past the door, as by somebody who can write to the file.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.threats.world import DAY_MS, DELEGATE, MAIL, NOON_MS, World, grants, world

from tarl.policy.facts import Facts

AT_MOST_5 = {"args.n": [{"kind": "at_most", "limit": 5}]}
AT_MOST_9 = {"args.n": [{"kind": "at_most", "limit": 9}]}


def held(**said: Any) -> tuple[World, str]:
    """Ada holds mail and the right to delegate; Bob is there."""
    made, acme = world()
    parent = made.agent("ada", acme, may=(MAIL, DELEGATE), **said)
    made.principal("bob")
    return made, parent


@pytest.mark.parametrize(
    ("may", "said"),
    [
        (({"action": "*"},), {}),
        (({"action": "mail.*"},), {}),
        ((MAIL, {"action": "pay.send"}), {}),
        (({"action": "pay.send"},), {}),
        ((MAIL,), {"expires_at_ms": NOON_MS + 31 * DAY_MS}),
        ((MAIL,), {"expires_at_ms": None}),
        ((MAIL,), {"task": None}),
        ((MAIL,), {"task": "t2"}),
        ((MAIL,), {"depth_left": 8}),
        ((MAIL,), {"depth_left": 9}),
    ],
)
def test_nothing_wider_than_the_record_above_holds(may: Any, said: Any) -> None:
    made, parent = held(task="t1")
    made.delegate("ada", "bob", parent, may=may, **{"task": "t1", **said})
    for task in ("t1", "t2"):
        for action in ("mail.send", "pay.send"):
            assert not made.allows("bob", action, task=task)
    made.principal("eve")
    made.delegate("ada", "eve", parent, may=(MAIL,), task="t1")
    assert made.allows("eve", task="t1")


def test_who_does_not_hold_the_right_to_delegate_hands_nothing_on() -> None:
    made, acme = world()
    made.principal("bob")
    parent = made.agent("ada", acme, may=(MAIL,))
    made.delegate("ada", "bob", parent, may=(MAIL,))
    assert not made.allows("bob")
    narrow = {"action": "trust.delegate", "resource": "agent/eve"}
    parent = made.agent("cyd", acme, may=(MAIL, narrow))
    made.principal("eve")
    made.delegate("cyd", "bob", parent, may=(MAIL,))
    made.delegate("cyd", "eve", parent, may=(MAIL,))
    assert not made.allows("bob")
    assert made.allows("eve")


def test_an_expired_capability_is_not_brought_back_by_delegating() -> None:
    made, parent = held(expires_at_ms=NOON_MS + 1000)
    made.delegate("ada", "bob", parent, may=(MAIL,), expires_at_ms=NOON_MS + 1000)
    assert made.allows("bob")
    made.at_ms += 1000
    assert not made.allows("ada")
    assert not made.allows("bob")
    made.principal("eve")
    made.delegate("ada", "eve", parent, may=(MAIL,), expires_at_ms=made.at_ms + DAY_MS)
    made.delegate("ada", "eve", parent, may=(MAIL,), expires_at_ms=NOON_MS + 1000)
    assert not made.allows("eve")


def test_nobody_delegates_in_anothers_name_or_from_anothers_grant() -> None:
    made, parent = held()
    made.principal("eve")
    made.delegate("ada", "bob", parent, may=(MAIL,), by=(made.key("eve"),))
    made.delegate("eve", "bob", parent, may=(MAIL,))
    assert not made.allows("bob")
    made.delegate("ada", "bob", "0" * 64, may=(MAIL,))
    assert not made.allows("bob")


def test_an_agent_does_not_attest_itself_or_others() -> None:
    made, acme = world()
    made.principal("ada")
    genesis = made.genesis("ada", acme)
    made.attest("ada", genesis, acme, may=({"action": "*"},), by=(made.key("ada"),))
    assert not made.allows("ada")
    made.principal("self", "service")
    own = made.authority("self", above=None)
    begun = made.genesis("ada", own, by=(made.key("self"),))
    made.attest("ada", begun, own, may=({"action": "*"},), by=(made.key("self"),))
    assert not made.allows("ada")


def test_a_subordinate_authority_lies_within_the_one_above() -> None:
    made = World()
    for name in ("acme", "team"):
        made.principal(name, "service")
    top = made.authority("acme", may=(MAIL, DELEGATE))
    wide = made.authority(
        "team", above=None, by=(made.key("acme"), made.key("team")), parent=top, may=("*",)
    )
    made.agent("ada", wide, may=({"action": "pay.send"},), by=(made.key("team"),))
    assert not made.allows("ada", "pay.send")
    stubborn = made.authority("acme", may=(MAIL,), delegable=False)
    below = made.authority(
        "team", above=None, by=(made.key("acme"), made.key("team")), parent=stubborn, may=(MAIL,)
    )
    made.principal("bob")
    genesis = made.genesis("bob", below, by=(made.key("team"),))
    made.attest("bob", genesis, below, may=(MAIL,), by=(made.key("team"),))
    assert not made.allows("bob")


# --- the property: effective(child) within effective(parent), over random chains

ACTIONS = ("mail.send", "mail.read", "pay.send", "mail.*", "*")
RESOURCES = ("mailbox/a", "mailbox/b", "mailbox/*", "*")
CONSTRAINTS = st.sampled_from(
    ({}, AT_MOST_5, AT_MOST_9, {"args.n": [{"kind": "at_least", "limit": 3}]})
)
GRANT = st.builds(
    lambda action, resource, constraints: {
        "action": action,
        "resource": resource,
        "constraints": constraints,
    },
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    CONSTRAINTS,
)
STEP = st.tuples(
    st.lists(GRANT, min_size=1, max_size=3), CONSTRAINTS, st.sampled_from(("t1", None))
)
QUESTIONS = [
    (action, resource, n)
    for action in ("mail.send", "mail.read", "pay.send", "trust.delegate")
    for resource in ("mailbox/a", "mailbox/b", "other")
    for n in (None, 2, 4, 7, 11)
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=4))
def test_what_a_child_may_every_ancestor_may(steps: list[Any]) -> None:
    """Each question is asked of every agent of a random chain, whether its records hold or not."""
    made, acme = world()
    parent = made.agent("a0", acme, may=(MAIL, {"action": "pay.*"}, DELEGATE))
    for number, (may, envelope, task) in enumerate(steps, 1):
        made.principal(f"a{number}")
        parent = made.delegate(
            f"a{number - 1}",
            f"a{number}",
            parent,
            may=(*grants(*may), DELEGATE),
            envelope=envelope,
            task=task,
            depth_left=8 - number,
        )
    cold = made.fresh()
    for action, resource, n in QUESTIONS:
        answers = []
        for number in range(len(steps) + 1):
            facts: Facts = made.facts(
                f"a{number}", action, resource, args={} if n is None else {"n": n}
            )
            answers.append(cold.verify(f"a{number}", facts).allowed)
        assert answers == sorted(answers, reverse=True), (action, resource, n, answers)
