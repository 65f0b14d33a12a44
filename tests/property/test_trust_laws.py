"""Laws of trust: authority only narrows; a revocation denies exactly what stands below it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.trust.world import HOUR_MS, START_MS, World

from tarl.errors import TarlError
from tarl.policy.constraint import AtMost, Forbidden, OneOf, Window
from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts
from tarl.policy.grant import Grant
from tarl.trust.chain import Chain
from tarl.trust.records import Target
from tarl.values.verdict import Allow

ACTIONS = ("mail.send", "mail.read", "files.read")
PATTERNS = ("*", "mail.*", *ACTIONS)
RESOURCES = ("box/a", "box/b")

constraints = st.builds(
    lambda amount, access, names, hours: Envelope(
        {
            **({"args.amount": AtMost(amount)} if amount is not None else {}),
            **({"access": OneOf(tuple(sorted(access)))} if access else {}),
            **({"args.name": Forbidden(tuple(sorted(names)))} if names else {}),
            **({"time": Window("UTC", (1,), hours, hours + 60)} if hours is not None else {}),
        }
    ),
    st.none() | st.integers(0, 3),
    st.sets(st.sampled_from(("read", "write"))),
    st.sets(st.sampled_from(("x", "y"))),
    st.none() | st.integers(0, 1_300),
)
grants = st.builds(
    Grant, st.sampled_from(PATTERNS), st.sampled_from(("*", "box/*", *RESOURCES)), constraints
)
hands = st.lists(
    st.tuples(st.none() | st.lists(grants, min_size=1, max_size=3), constraints),
    min_size=1,
    max_size=4,
)
effects = st.builds(
    lambda action, resource, access, amount, name, at_ms: Facts(
        action=action,
        resource=resource,
        access=access,
        output="data",
        tenant="default",
        agent="z",
        args={k: v for k, v in (("amount", amount), ("name", name)) if v is not None},
        at_ms=START_MS + at_ms,
    ),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.sampled_from(("read", "write")),
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from(("x", "y", "z")),
    st.integers(0, 7 * 24).map(lambda hours: hours * HOUR_MS),
)

_DELEGATE = Grant("trust.delegate")


@settings(deadline=None, max_examples=60)
@given(hands, st.lists(effects, min_size=5, max_size=20))
def test_what_is_handed_on_lies_within_what_is_held(
    hands: list[tuple[list[Grant] | None, Envelope]], facts: list[Facts]
) -> None:
    world = World()
    world.authority()
    world.agents(*(f"a{n}" for n in range(len(hands) + 1)))
    chains: list[Chain] = [world.ops.establish("a0", "acme", depth_left=len(hands))]
    for capabilities, envelope in hands:
        asked: Any = None if capabilities is None else [*capabilities, _DELEGATE]
        holder, heir = f"a{len(chains) - 1}", f"a{len(chains)}"
        refusal = ""
        try:
            chains.append(
                world.ops.delegate(
                    holder, heir, capabilities=asked, additional_constraints=envelope
                )
            )
        except TarlError as error:
            refusal = error.code
        assert refusal in ("", "trust.widened", "trust.not_delegable")
        if refusal:
            break
    for upper, lower in pairwise(chains):
        assert lower.terms.within(upper.terms) == ()
        assert lower.expires_at_ms <= upper.expires_at_ms
        for fact in facts:
            if isinstance(lower.terms.allows(fact), Allow):
                assert isinstance(upper.terms.allows(fact), Allow)


@settings(deadline=None, max_examples=40)
@given(st.data(), st.lists(st.integers(0, 100), min_size=1, max_size=9), st.booleans())
def test_revoking_a_node_of_a_tree_denies_exactly_what_is_below(
    data: st.DataObject, shape: list[int], by_agent: bool
) -> None:
    world = World()
    world.authority()
    world.agents(*(f"a{n}" for n in range(len(shape) + 1)))
    first = world.ops.establish("a0", "acme", ["mail.*", "trust.delegate"], depth_left=len(shape))
    digests, above = [first.leaf.digest], [-1]
    for n, wish in enumerate(shape, 1):
        parent = wish % n
        chain = world.ops.delegate(f"a{parent}", f"a{n}")
        digests.append(chain.leaf.digest)
        above.append(parent)
    cut = data.draw(st.integers(0, len(shape)))

    def is_below(node: int) -> bool:
        while node != -1:
            if node == cut:
                return True
            node = above[node]
        return False

    below = {n for n in range(len(digests)) if is_below(n)}
    target = Target(agent=f"a{cut}") if by_agent else Target(record=digests[cut])
    seen = world.ops.preview(target)
    assert set(seen.agents) == {f"a{n}" for n in below}
    assert seen.complete
    for n in range(len(digests)):
        assert world.ask(f"a{n}", level="QUICK").allowed
    world.ops.revoke(target, "cut")
    for n in range(len(digests)):
        assert world.all_levels(f"a{n}") == {n not in below}
