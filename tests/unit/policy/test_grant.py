"""Grants: verdicts with reasons, and what is within what."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Exceeded, Invalid
from tarl.policy.constraint import AtMost, Interval, OneOf, Prefix
from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts
from tarl.policy.grant import GRANTS_MAX, REASONS_MAX, Grant, Grants
from tarl.values.verdict import Allow, Deny, Reason


def at_most(limit: int) -> Envelope:
    return Envelope({"args.n": AtMost(limit)})


def facts(action: str = "mail.send", resource: str = "mailbox/alice", **more: Any) -> Facts:
    return Facts(action=action, resource=resource, **more)


MAIL = Grants([Grant("mail.send", "mailbox/*", at_most(5)), Grant("mail.read", "mailbox/alice")])


def test_what_is_granted_is_allowed_with_its_ground() -> None:
    verdict = MAIL.allows(facts(args={"n": 5}))
    assert verdict == Allow(
        (
            Reason(
                code="policy.granted",
                text="granted: mail.send on mailbox/*",
                facts={"action": "mail.send", "resource": "mailbox/*"},
            ),
        )
    )
    assert MAIL.allows(facts("mail.read")).reasons[0].text == "granted: mail.read on mailbox/alice"


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (facts("mail.delete"), "policy.no_grant", "nothing grants mail.delete on mailbox/alice"),
        (facts("mail.read", "mailbox/bob"), "policy.no_grant", "nothing grants"),
        (facts("mail.send", args={"n": 6}), "policy.constraint", "args.n must be at most 5"),
        (facts("mail.send"), "policy.constraint", "args.n is missing"),
        (facts("mail.send", args={"n": True}), "policy.constraint", "args.n must be at most 5"),
        (facts("mail.*"), "policy.facts", "'mail.*' is not the name of any action"),
        (facts("mail.send", "mailbox/../x"), "policy.facts", "not the name of any resource"),
        (facts("", ""), "policy.facts", "not the name of any action"),
    ],
)
def test_what_is_not_is_denied_with_its_reason(asked: Facts, code: str, text: str) -> None:
    verdict = MAIL.allows(asked)
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].code == code
    assert text in verdict.reasons[0].text
    assert MAIL.grant_for(asked) is None


def test_nothing_granted_is_nothing_allowed() -> None:
    assert isinstance(Grants().allows(facts()), Deny)
    assert not Grants()


def test_the_narrowest_grant_that_admits_is_the_ground() -> None:
    wide, narrow = Grant("*", "*"), Grant("mail.send", "mailbox/alice", at_most(5))
    grants = Grants([wide, narrow, Grant("mail.*", "mailbox/*", at_most(9))])
    assert grants.grant_for(facts(args={"n": 5})) is narrow
    assert grants.grant_for(facts(args={"n": 7})) == Grant("mail.*", "mailbox/*", at_most(9))
    assert grants.grant_for(facts(args={"n": 10})) is wide
    assert grants.covering("mail.send", "mailbox/alice")[0] is narrow
    assert len(grants.covering("mail.send", "mailbox/alice")) == 3


def test_the_envelope_of_the_whole_holds_for_every_grant() -> None:
    grants = Grants([Grant("*")], Envelope({"access": OneOf(("read",))}))
    assert isinstance(grants.allows(facts(access="read")), Allow)
    denied = grants.allows(facts(access="write"))
    assert [reason.text for reason in denied.reasons] == ["access must be one of 'read'"]


def test_all_that_is_missing_is_said_up_to_a_bound() -> None:
    several = [Grant("mail.send", "*", at_most(limit)) for limit in range(40)]
    denied = Grants(several, Envelope({"access": OneOf(("read",))})).allows(facts(args={"n": 99}))
    assert len(denied.reasons) == REASONS_MAX
    assert denied.reasons[0].facts["dimension"] == "access"


# --- within


def test_grants_are_within_themselves_and_within_wider_ones() -> None:
    assert MAIL.within(MAIL) == ()
    assert MAIL.within(Grants([Grant("mail.*")])) == ()
    assert Grants().within(Grants()) == ()


@pytest.mark.parametrize(
    ("child", "parent", "dimensions"),
    [
        (Grant("mail.*"), Grant("mail.send"), []),
        (Grant("mail.send", "*"), Grant("mail.send", "mailbox/*"), []),
        (Grant("mail.send"), Grant("mail.send", "*", at_most(5)), ["args.n"]),
        (Grant("mail.send", "*", at_most(6)), Grant("mail.*", "*", at_most(5)), ["args.n"]),
        (Grant("mail.send"), Grant("*", "*", Envelope({"task": OneOf(("t",))})), ["task"]),
        (Grant("mail.send"), Grant("*", "*", Envelope({"action": Prefix(("x.",))})), ["action"]),
    ],
)
def test_what_is_wider_is_named(child: Grant, parent: Grant, dimensions: list[str]) -> None:
    (reason,) = Grants([child]).within(Grants([parent]))
    assert reason.code == "policy.wider"
    assert reason.facts["dimensions"] == dimensions
    assert child.action in reason.text


def test_the_parents_envelope_binds_and_the_childs_own_counts() -> None:
    parent = Grants([Grant("mail.*")], Envelope({"access": OneOf(("read",))}))
    child = Grants([Grant("mail.send")])
    assert child.within(parent)[0].facts["dimensions"] == ["access"]
    strict = Grants([Grant("mail.send")], Envelope({"access": OneOf(("read",))}))
    assert strict.within(parent) == ()


def test_what_a_pattern_says_of_the_action_counts_as_a_constraint() -> None:
    board = Grants([Grant("*")], Envelope({"action": Prefix(("blackboard.",))}))
    assert Grants([Grant("blackboard.write")]).within(board) == ()
    assert Grants([Grant("blackboard.*")]).within(board) == ()
    assert Grants([Grant("blackboard")]).within(board)
    box = Grants([Grant("*")], Envelope({"resource": Prefix(("mailbox/",))}))
    assert Grants([Grant("mail.send", "mailbox/alice/in")]).within(box) == ()
    assert Grants([Grant("mail.send")]).within(box)


def test_several_grants_of_a_parent_together_are_not_taken_for_one() -> None:
    halves = Grants(
        [Grant("a", "*", at_most(5)), Grant("a", "*", Envelope({"args.n": Interval(6, 9)}))]
    )
    assert Grants([Grant("a", "*", at_most(9))]).within(halves)


def test_one_is_not_within_true() -> None:
    one, true = (Envelope({"args.n": OneOf((value,))}) for value in (1, True))
    for mine, theirs in ((one, true), (true, one)):
        assert Grants([Grant("a", "*", mine)]).within(Grants([Grant("a", "*", theirs)]))
        assert Grants([Grant("a")], mine).within(Grants([Grant("a")], theirs))


def test_what_admits_nothing_is_within_what_is_as_wide() -> None:
    nothing = Envelope({"args.n": OneOf(())})
    assert Grants([Grant("a", "*", nothing)]).within(Grants([Grant("a", "*", at_most(1))])) == ()


def test_reasons_are_bounded() -> None:
    many = Grants([Grant(f"a{i}") for i in range(100)])
    assert len(many.within(Grants())) == REASONS_MAX


# --- from outside


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "grant.malformed"),
        (["mail.send"], "grant.malformed"),
        ("mail.send", "grant.malformed"),
        ({"action": "mail.send", "more": 1}, "grant.malformed"),
        ({"action": 5}, "capability.pattern"),
        ({"action": "mail.send", "resource": "a//b"}, "capability.resource"),
        ({"action": "mail.send", "constraints": {"n": []}}, "constraint.malformed"),
        ({"action": "a", "constraints": {"task": [{"kind": "x"}]}}, "constraint.unknown"),
    ],
)
def test_what_is_no_grant_is_refused(data: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        Grant.from_data(data)
    assert caught.value.code == code


def test_too_many_grants_are_refused() -> None:
    with pytest.raises(Exceeded) as caught:
        Grants.from_data([{"action": "a"}] * (GRANTS_MAX + 1))
    assert caught.value.code == "grant.too_many"
    with pytest.raises(Exceeded):
        Grants([Grant("a")] * (GRANTS_MAX + 1))
    with pytest.raises(Invalid):
        Grants.from_data({"action": "a"})


def test_what_may_be_left_out() -> None:
    assert Grant.from_data({"action": "a"}) == Grant("a", "*", Envelope())
    assert Grants.from_data([{"action": "a"}]) == Grants([Grant("a")])
    assert repr(Grants([Grant("a")])).startswith("Grants((Grant(action='a'")
