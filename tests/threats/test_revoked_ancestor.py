"""Row 5: something above is revoked, and what hangs below goes on.

In random trees of delegations, whatever is revoked (a record, an agent, an authority, a human)
stops exactly what hangs below it, at once and at every level.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.threats.world import DELEGATE, MAIL, World, world

from tarl.trust.records import HumanOrigin

HUMAN = HumanOrigin(
    human="alice", name="Alice", provider="idp", session="s1", authenticated_at_ms=1
)


class Tree:
    """Agents below one another; the first is attested by a subordinate authority."""

    def __init__(self, shape: list[int]) -> None:
        self.world = made = World()
        for name in ("acme", "team"):
            made.principal(name, "service")
        self.top = made.authority("acme")
        self.team = made.authority(
            "team", above=None, by=(made.key("acme"), made.key("team")), parent=self.top
        )
        made.principal("a0")
        genesis = made.genesis("a0", self.team, by=(made.key("team"),), human_origin=HUMAN)
        attested = made.attest(
            "a0", genesis, self.team, may=(MAIL, DELEGATE), by=(made.key("team"),)
        )
        self.genesis = genesis
        self.records = [attested]
        self.parents: list[int | None] = [None]
        for number, choice in enumerate(shape, 1):
            parent = choice % number
            made.principal(f"a{number}")
            digest = made.delegate(
                f"a{parent}",
                f"a{number}",
                self.records[parent],
                may=(MAIL, DELEGATE),
                depth_left=8 - self.depth(parent) - 1,
                human_origin=HUMAN,
            )
            self.records.append(digest)
            self.parents.append(parent)

    def depth(self, number: int) -> int:
        parent = self.parents[number]
        return 0 if parent is None else 1 + self.depth(parent)

    def is_below(self, number: int, top: int) -> bool:
        parent = self.parents[number]
        return number == top or (parent is not None and self.is_below(parent, top))

    def stopped(self) -> set[int]:
        """Who may do nothing now; warm and cold, at each level."""
        return {n for n in range(len(self.records)) if not self.world.allows(f"a{n}")}


def under(tree: Tree, number: int) -> set[int]:
    return {n for n in range(len(tree.records)) if tree.is_below(n, number)}


SHAPES = st.lists(st.integers(0, 7), min_size=1, max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(SHAPES, st.integers(0, 6), st.sampled_from(("record", "agent", "principal", "suspended")))
def test_what_hangs_below_stops_and_nothing_else(shape: list[int], at: int, how: str) -> None:
    tree = Tree(shape)
    made, number = tree.world, at % len(tree.records)
    assert tree.stopped() == set()
    if how == "record":
        made.revoke(record=tree.records[number])
    elif how == "agent":
        made.revoke(agent=f"a{number}")
    elif how == "principal":
        from tests.unit.kernel.voters import someone

        made.principals.revoke(someone(f"a{number}"), "gone", at_ms=made.at_ms)
    else:
        made.stand("suspension", f"a{number}")
    assert tree.stopped() == under(tree, number)


@pytest.mark.parametrize(
    "target",
    [
        lambda tree: {"authority": "acme"},
        lambda tree: {"authority": "team"},
        lambda tree: {"record": tree.top},
        lambda tree: {"record": tree.team},
        lambda tree: {"record": tree.genesis},
        lambda tree: {"human": "alice"},
    ],
)
def test_the_top_of_a_tree_takes_all_of_it(target: Any) -> None:
    tree = Tree([0, 0, 1, 2])
    tree.world.revoke(**target(tree))
    assert tree.stopped() == {0, 1, 2, 3, 4}


def test_nothing_is_handed_on_below_what_is_revoked() -> None:
    tree = Tree([0, 1])
    made = tree.world
    made.revoke(record=tree.records[0])
    made.principal("late")
    made.delegate("a2", "late", tree.records[2], may=(MAIL,), depth_left=3, human_origin=HUMAN)
    assert not made.allows("late")


def test_a_delegator_takes_back_what_it_gave_and_nothing_beside() -> None:
    tree = Tree([0, 0, 1])
    made = tree.world
    made.revoke(by=made.key("a0"), issuer="a0", record=tree.records[1])
    assert tree.stopped() == {1, 3}


def test_another_process_sees_it_at_once() -> None:
    """A warm QUICK decision of one verifier, and a revocation through another store's eyes."""
    tree = Tree([0])
    made = tree.world
    assert made.ask("a1", level="QUICK").allowed
    assert made.ask("a1", level="QUICK").allowed
    made.revoke(agent="a0")
    assert not made.ask("a1", level="QUICK").allowed


def test_a_key_that_is_lost_above_does_not_undo_what_was_signed_before() -> None:
    """Rotation alone takes nothing away; what it signed stands in the log before it."""
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    made.delegate("ada", "bob", held, may=(MAIL,))
    made.rotate("ada", recovered="lost")
    assert made.allows("bob")
    made.revoke(agent="ada")
    assert not made.allows("bob")


def test_suspending_an_agent_stops_it_until_then_and_it_cannot_lift_that_itself() -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    made.delegate("ada", "bob", held, may=(MAIL,))
    made.stand("suspension", "ada", until_ms=made.at_ms + 10_000)
    assert not made.allows("ada")
    assert not made.allows("bob")
    made.stand("resumption", "ada", by=made.key("ada"), issuer="ada")
    made.stand("resumption", "ada", by=made.key("ada"), issuer="operator")
    made.stand("resumption", "ada", by=made.key("bob"), issuer="acme")
    assert not made.allows("ada")
    assert not made.allows("bob")
    made.at_ms += 10_000
    assert made.allows("ada")
    assert made.allows("bob")


def test_nobody_shortens_a_suspension_by_another() -> None:
    """An agent may suspend itself; that lifts nothing that others have put on it."""
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,))
    made.stand("suspension", "ada")
    made.stand("suspension", "ada", by=made.key("ada"), issuer="ada", until_ms=made.at_ms + 1)
    made.at_ms += 10
    assert not made.allows("ada")
    made.stand("suspension", "ada", until_ms=made.at_ms + 10_000)
    made.at_ms += 10_000
    assert not made.allows("ada")
    made.stand("resumption", "ada")
    assert made.allows("ada")


def test_a_downgrade_above_goes_for_those_below() -> None:
    """Who acts in another's stead is let go no further than the other."""
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    made.delegate("ada", "bob", held, may=(MAIL,))
    assert made.allows("bob")
    for wanted, previous in (("supervised", "delegating"), ("tool", "supervised")):
        made.stand("posture", "ada", posture=wanted, previous=previous, evidence={})
        assert not made.allows("ada")
        assert not made.allows("bob")
        assert made.allows("bob", access="read")
    made.stand("posture", "ada", posture="pseudo", previous="tool", evidence={})
    assert not made.allows("bob", access="read")
