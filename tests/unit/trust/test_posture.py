"""Postures: upwards slowly and on evidence, downwards at once, and what each lets pass."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Denied, Invalid
from tarl.trust import posture
from tarl.trust.posture import POSTURES, TRANSITIONS, Evidence, check_change, fallen, judge, level
from tarl.values.verdict import Allow, Deny, Hold

RANK = {Allow: 0, Hold: 1, Deny: 2}
PLENTY = Evidence(observations=100_000, succeeded=100_000, hours=10_000)
ACTIONS = ("mail.read", "mail.send", "trust.delegate")


def refusal(*args: Any, **options: Any) -> str:
    with pytest.raises((Denied, Invalid)) as caught:
        check_change(*args, **options)
    return caught.value.code


def test_five_postures_in_order() -> None:
    assert [level(name) for name in POSTURES] == [1, 2, 3, 4, 5]
    assert POSTURES[0] == "pseudo"
    assert POSTURES[-1] == "autonomous"


@pytest.mark.parametrize("name", ["", "Tool", "root", "autonomous ", "5"])
def test_an_unknown_posture_is_refused_and_lets_nothing_pass(name: str) -> None:
    assert refusal(name, "tool", by="authority") == "posture.unknown"
    assert refusal("tool", name, by="authority") == "posture.unknown"
    for action, access in product(ACTIONS, ("read", "write")):
        assert isinstance(judge(name, agent="a", action=action, access=access), Deny)


@pytest.mark.parametrize(
    ("name", "read", "write", "delegate"),
    [
        ("pseudo", Deny, Deny, Deny),
        ("tool", Allow, Hold, Deny),
        ("supervised", Allow, Hold, Hold),
        ("delegating", Allow, Allow, Allow),
        ("autonomous", Allow, Allow, Allow),
    ],
)
def test_what_each_lets_pass(name: str, read: type, write: type, delegate: type) -> None:
    assert type(judge(name, agent="a", action="mail.read", access="read")) is read
    assert type(judge(name, agent="a", action="mail.send", access="write")) is write
    for access in ("read", "write"):
        assert type(judge(name, agent="a", action="trust.delegate", access=access)) is delegate


@pytest.mark.parametrize("access", ["", "READ", "append", "execute"])
def test_an_access_that_is_none_is_denied(access: str) -> None:
    for name in POSTURES:
        assert isinstance(judge(name, agent="a", action="mail.send", access=access), Deny)


def test_a_higher_posture_lets_pass_whatever_a_lower_one_does() -> None:
    for action, access in product(ACTIONS, ("read", "write")):
        ranks = [
            RANK[type(judge(name, agent="a", action=action, access=access))] for name in POSTURES
        ]
        assert ranks == sorted(ranks, reverse=True)


def test_a_hold_names_what_is_awaited_and_why() -> None:
    verdict = judge("supervised", agent="ada", action="mail.send", access="write")
    assert isinstance(verdict, Hold)
    assert verdict.awaits == "posture/ada/mail.send"
    assert verdict.reasons[0].code == "trust.posture"
    assert verdict.reasons[0].facts["agent"] == "ada"


def test_upwards_is_one_step_by_the_authority_on_evidence() -> None:
    for current, wanted in product(POSTURES, POSTURES):
        step = level(wanted) - level(current)
        if step <= 0:
            continue
        if step == 1:
            assert check_change(current, wanted, by="authority", evidence=PLENTY) == "upgrade"
            assert refusal(current, wanted, by="operator", evidence=PLENTY) == "posture.actor"
            assert refusal(current, wanted, by="rule", evidence=PLENTY) == "posture.actor"
        else:
            assert refusal(current, wanted, by="authority", evidence=PLENTY) == "posture.transition"
        assert (
            refusal(current, wanted, by="authority", evidence=PLENTY, emergency=True)
            == "posture.transition"
        )


def test_downwards_is_any_number_of_steps_at_once_without_evidence() -> None:
    for current, wanted in product(POSTURES, POSTURES):
        if level(wanted) >= level(current):
            continue
        for by in ("authority", "operator"):
            assert check_change(current, wanted, by=by) == "downgrade"
        assert refusal(current, wanted, by="rule") == "posture.actor"
        for anybody in ("authority", "operator", "rule"):
            assert check_change(current, wanted, by=anybody, emergency=True) == "emergency"


def test_nobody_moves_to_where_they_are() -> None:
    for name in POSTURES:
        assert refusal(name, name, by="authority", evidence=PLENTY) == "posture.transition"


def test_every_measure_of_the_evidence_is_needed() -> None:
    enough = {"observations": 100, "succeeded": 95, "hours": 24, "anomalies": 1}
    step: Any = {"by": "authority"}
    check_change("supervised", "delegating", evidence=Evidence(**enough), **step)
    for change in (
        {"observations": 99, "succeeded": 99},
        {"succeeded": 94},
        {"hours": 23},
        {"anomalies": 2},
    ):
        short = Evidence(**{**enough, **change})
        with pytest.raises(Denied) as caught:
            check_change("supervised", "delegating", evidence=short, **step)
        assert caught.value.code == "posture.evidence"
        assert len(caught.value.facts["short"]) == 1
    assert refusal("supervised", "delegating", **step) == "posture.evidence"


@pytest.mark.parametrize(
    "counts",
    [
        {"observations": 10, "succeeded": 11},
        {"observations": -1},
        {"observations": 2**53, "succeeded": 2**53},
        {"observations": 1000.0, "succeeded": 1000},
        {"observations": True},
        {"anomalies": -5},
        {"hours": "24"},
    ],
)
def test_evidence_that_cannot_be_is_refused(counts: Any) -> None:
    evidence = Evidence(**counts)
    assert refusal("tool", "supervised", by="authority", evidence=evidence) == "posture.evidence"
    with pytest.raises(Invalid):
        fallen("autonomous", evidence)


def test_the_automatic_rules_only_ever_lower() -> None:
    assert fallen("autonomous", PLENTY) is None
    assert fallen("autonomous", Evidence(anomalies=2)) is None
    assert fallen("autonomous", Evidence(anomalies=3)) == "supervised"
    assert fallen("autonomous", Evidence(anomalies=10)) == "pseudo"
    assert fallen("delegating", Evidence(observations=20, succeeded=15)) == "supervised"
    assert fallen("delegating", Evidence(observations=20, succeeded=16)) is None
    assert fallen("delegating", Evidence(observations=19, succeeded=0)) is None
    assert fallen("supervised", Evidence(anomalies=3)) is None
    assert fallen("pseudo", Evidence(anomalies=99)) is None


@given(
    st.sampled_from(POSTURES),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 20),
)
def test_a_fall_is_a_transition_that_a_rule_may_bring_about(
    current: str, seen: int, failed: int, anomalies: int
) -> None:
    evidence = Evidence(observations=seen + failed, succeeded=seen, anomalies=anomalies)
    to = fallen(current, evidence)
    if to is not None:
        assert check_change(current, to, by="rule", emergency=True) == "emergency"


def test_the_table_is_closed() -> None:
    """Nothing in it leads upwards but upgrades by the authority alone, each with its evidence."""
    for current, moves in TRANSITIONS.items():
        for move, guard in moves.items():
            ups = {to for to in guard.to if level(to) > level(current)}
            if move == "upgrade":
                assert ups == guard.to
                assert guard.by == {"authority"}
                assert guard.needed is not None
            else:
                assert not ups
    assert set(TRANSITIONS) == set(posture.PASSES) == set(POSTURES)
