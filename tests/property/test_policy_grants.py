"""Laws of patterns, envelopes and grants, against an oracle that tries every effect of a world."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tarl.policy.capability import (
    covers,
    covers_resource,
    holds,
    is_action,
    is_resource,
    is_within,
    is_within_resource,
    overlap,
)
from tarl.policy.constraint import AtMost, Budget, Constraint, Forbidden, OneOf, Prefix, Required
from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts
from tarl.policy.grant import Grant, Grants
from tarl.values.canonical import decode, encode
from tarl.values.verdict import Allow, Deny

# --- patterns


def names(separator: str) -> list[str]:
    """All names of up to three segments of two letters, and a letter that no pattern has."""
    return [separator.join(p) for length in (1, 2, 3, 4) for p in product("abz", repeat=length)]


def patterns(separator: str) -> list[str]:
    stems = [separator.join(p) for length in (1, 2, 3) for p in product("ab", repeat=length)]
    return ["*", *stems, *(f"{stem}{separator}*" for stem in stems)]


def test_patterns_are_ordered_as_the_names_that_they_cover() -> None:
    for separator, cover, within in (
        (".", covers, is_within),
        ("/", covers_resource, is_within_resource),
    ):
        covered = {
            pattern: {name for name in names(separator) if cover(pattern, name)}
            for pattern in patterns(separator)
        }
        for a, b in product(covered, repeat=2):
            assert within(a, b) == (covered[a] <= covered[b])
            both = overlap(a, b, separator)
            assert (covered[both] if both else set()) == covered[a] & covered[b]


@given(st.sets(st.sampled_from(patterns(".")), max_size=3), st.sampled_from(patterns(".")))
def test_needs_are_held_as_patterns_lie_within_one_another(held: set[str], need: str) -> None:
    assert holds(held, need) == any(is_within(need, pattern) for pattern in held)


@given(st.text(st.sampled_from("ab./*%2E6 ~é\x00\ud800")))
def test_what_is_no_name_is_covered_by_nothing(text: str) -> None:
    if not is_action(text):
        assert not any(covers(pattern, text) for pattern in ("*", "a.*", text))
    if not is_resource(text):
        assert not any(covers_resource(pattern, text) for pattern in ("*", "a/*", text))


# --- a world of effects

ACTIONS = ("mail", "mail.send", "mail.send.bulk", "board.write")
RESOURCES = ("box", "box/alice", "box/bob", "other/x")
ARGUMENTS: tuple[dict[str, Any], ...] = (
    *({}, {"n": None}, {"n": True}, {"n": 1.0}, {"n": 1}, {"n": 2}, {"n": 3}, {"n": "a"}),
    *({"n": 1, "tags": ["x"]}, {"n": 1, "tags": ["x", "y"]}, {"n": 1, "tags": ["z"]}),
)
EFFECTS = [
    Facts(action=action, resource=resource, access=access, args=args, spends=spends)
    for action, resource, access, args, spends in product(
        ACTIONS, RESOURCES, ("read", "write", None), ARGUMENTS, ({}, {"EUR": 2})
    )
]

DIMENSIONS: dict[str, st.SearchStrategy[Constraint]] = {
    "access": st.sampled_from((OneOf(("read",)), OneOf(("read", "write")), Forbidden(("write",)))),
    "action": st.sampled_from((Prefix(("mail",)), Prefix(("mail.", "board.")), OneOf(("mail",)))),
    "resource": st.sampled_from((Prefix(("box/",)), Forbidden(("box/bob",)))),
    "args.n": st.sampled_from((AtMost(1), AtMost(2), OneOf((1, 3)), OneOf((True, 3)))),
    "args.tags": st.sampled_from((Required(("x",)), Forbidden(("y",)), Forbidden(("z",)))),
    "budget.EUR": st.integers(1, 3).map(lambda limit: Budget("EUR", limit)),
}
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(of, min_size=1, max_size=2).map(tuple) for name, of in DIMENSIONS.items()
    },
).map(Envelope)
FEW = st.one_of(st.just(Envelope()), ENVELOPES)
GRANT = st.builds(
    Grant,
    st.sampled_from(("*", "mail", "mail.*", "mail.send", "mail.send.*", "board.write", "x")),
    st.sampled_from(("*", "box", "box/*", "box/alice", "other/*")),
    FEW,
)
GRANTS = st.builds(Grants, st.lists(GRANT, max_size=4), FEW)


def allowed(grants: Grants) -> set[int]:
    """The positions of the effects that are allowed."""
    return {i for i, facts in enumerate(EFFECTS) if isinstance(grants.allows(facts), Allow)}


def by_hand(grants: Grants, facts: Facts) -> bool:
    """Whether grants allow an effect, decided without index, cache or compilation."""

    def holds_all(envelope: Envelope) -> bool:
        return all(
            constraint.admits(_value(dimension, facts))
            for dimension, several in envelope.constraints.items()
            for constraint in several
        )

    return holds_all(grants.envelope) and any(
        covers(grant.action, facts.action)
        and covers_resource(grant.resource, facts.resource)
        and holds_all(grant.constraints)
        for grant in grants.grants
    )


def _value(dimension: str, facts: Facts) -> Any:
    area, _, name = dimension.partition(".")
    if area == "budget":
        return facts.spends.get(name, 0)
    return facts.args.get(name) if area == "args" else getattr(facts, dimension)


@given(GRANTS)
def test_the_index_decides_as_one_would_by_hand(grants: Grants) -> None:
    assert allowed(grants) == {i for i, facts in enumerate(EFFECTS) if by_hand(grants, facts)}


@given(GRANTS, st.sampled_from(EFFECTS))
def test_every_verdict_gives_its_reasons(grants: Grants, facts: Facts) -> None:
    verdict = grants.allows(facts)
    assert verdict.reasons
    codes = {reason.code for reason in verdict.reasons}
    if isinstance(verdict, Deny):
        assert codes <= {"policy.no_grant", "policy.constraint"}
        assert grants.grant_for(facts) is None
    else:
        assert codes == {"policy.granted"}
        assert Grants([grants.grant_for(facts)]).allows(facts) == verdict


@given(FEW, st.sampled_from(EFFECTS))
def test_violations_say_what_admits_decides(envelope: Envelope, facts: Facts) -> None:
    assert envelope.admits(facts) == (envelope.violations(facts) == ())


@given(ENVELOPES, ENVELOPES)
def test_envelopes_meet_and_imply(a: Envelope, b: Envelope) -> None:
    mine, theirs, both = (
        {i for i, facts in enumerate(EFFECTS) if envelope.admits(facts)}
        for envelope in (a, b, a.meet(b))
    )
    assert both == mine & theirs
    assert a.meet(b).implies(a)
    assert a.meet(b).implies(b)
    assert a.implies(Envelope())
    if a.implies(b):
        assert mine <= theirs
    assert a.meet(b) == b.meet(a)
    assert Envelope.from_data(decode(encode(a.as_data()))) == a


@settings(max_examples=300)
@given(GRANTS, GRANTS)
def test_what_is_within_allows_no_more(child: Grants, parent: Grants) -> None:
    if not child.within(parent):
        assert allowed(child) <= allowed(parent)


@settings(max_examples=300)
@given(GRANTS, GRANTS)
def test_what_is_effective_is_within_both(child: Grants, parent: Grants) -> None:
    effective = child.meet(parent)
    assert allowed(effective) == allowed(child) & allowed(parent)
    assert effective.within(child) == ()
    assert effective.within(parent) == ()


@given(st.lists(GRANTS, min_size=2, max_size=4))
def test_authority_only_narrows_along_a_chain(chain: list[Grants]) -> None:
    effective = chain[0]
    for link in chain[1:]:
        narrower = effective.meet(link)
        assert narrower.within(effective) == ()
        assert allowed(narrower) <= allowed(effective)
        effective = narrower


@given(GRANTS, st.data())
def test_what_is_cut_down_is_within(parent: Grants, data: st.DataObject) -> None:
    """Most random pairs are not within one another; a child made from its parent is."""
    kept = [grant for grant in parent.grants if data.draw(st.booleans())]
    narrowed = [
        Grant(grant.action, grant.resource, grant.constraints.meet(data.draw(FEW)))
        for grant in kept
    ]
    child = Grants(narrowed, parent.envelope.meet(data.draw(FEW)))
    assert child.within(parent) == ()
    assert allowed(child) <= allowed(parent)


@given(GRANTS)
def test_grants_come_back_from_their_json(grants: Grants) -> None:
    data = decode(encode(grants.as_data()))
    assert Grants.from_data(**data) == grants
    assert hash(Grants.from_data(**data)) == hash(grants)
    assert Grants.from_data(**data).as_data() == data
