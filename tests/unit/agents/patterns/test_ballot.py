"""Ballots are counted by arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.agents.patterns.ballot import Ballot, Cast, Rules, count
from tarl.errors import Invalid

OPTIONS = {"x": 1, "y": 2, "z": 3}


def counted(votes: dict[str, str], **rules: Any) -> tuple[str | None, dict[str, int]]:
    made = Rules(**rules)
    made.check(list(votes))
    ballot = Ballot(
        id="1",
        run="run/default/r/1",
        round=1,
        question="?",
        options=OPTIONS,
        voters=tuple(votes),
        rules=made,
    )
    casts = [Cast(voter=v, choice=c, key=v) for v, c in votes.items() if c]
    tally = count(ballot, casts)
    return tally.winner, tally.totals


def winner(votes: str, **rules: Any) -> str | None:
    """The winner of votes written as a word: r rejects, a abstains, - does not vote."""
    said = {"r": "reject", "a": "abstain", "-": ""}
    return counted({str(at): said.get(c, c) for at, c in enumerate(votes)}, **rules)[0]


def test_a_majority_is_more_than_half_of_the_votes_cast() -> None:
    assert winner("xxy") == "x"
    assert winner("xyz") is None
    assert winner("xxyy") is None
    assert winner("xxaaaa") == "x"
    assert winner("xxaaaa", counts_abstentions=True) is None
    assert winner("x----") == "x"


def test_another_share_may_be_asked_for() -> None:
    assert winner("xxy", share=(2, 3)) is None
    assert winner("xxxy", share=(2, 3)) == "x"


def test_rejecting_can_win() -> None:
    assert winner("rrx") == "reject"
    assert winner("rx") is None


def test_a_plurality_is_the_most_votes() -> None:
    assert winner("xxyz", rule="plurality") == "x"
    assert winner("xxyyz", rule="plurality") is None


def test_all_must_agree() -> None:
    assert winner("xxx", rule="unanimous") == "x"
    assert winner("xxy", rule="unanimous") is None
    assert winner("xxa", rule="unanimous") == "x"
    assert winner("xxa", rule="unanimous", counts_abstentions=True) is None
    assert winner("xxr", rule="unanimous") is None


def test_votes_weigh() -> None:
    assert winner("xyy", weights={"0": 3}) == "x"
    assert winner("xyy", weights={"0": 0}) == "y"
    assert counted({"a": "x", "b": "y"}, weights={"a": 5})[1] == {
        "x": 5,
        "y": 1,
        "z": 0,
        "reject": 0,
    }
    assert winner("xa", weights={"0": 0}) is None


def test_a_quorum_must_vote_abstentions_included() -> None:
    assert winner("xx---", quorum=3) is None
    assert winner("xxa--", quorum=3) == "x"


def test_a_veto_prevents() -> None:
    assert winner("xxxr", veto=("3",)) is None
    assert winner("xxxr", veto=("0",)) == "x"
    assert winner("xxxy", veto=("3",)) == "x"


def test_ties() -> None:
    assert winner("yyxx", rule="plurality", tie="first") == "x"
    assert winner("yyxx", tie="first") == "x"
    assert winner("yyxx", tie="chair", chair="0") == "y"
    assert winner("yyxxz", rule="plurality", tie="chair", chair="4") is None
    assert winner("yyxxa", tie="chair", chair="4") is None
    assert winner("yyxxz", tie="first") is None  # 2 of 5 each are no majority


def test_strangers_and_second_votes_and_shared_keys_do_not_count() -> None:
    ballot = Ballot(
        id="1",
        run="r",
        round=1,
        question="?",
        options=OPTIONS,
        voters=("a", "b", "c", "d"),
        rules=Rules(),
    )
    tally = count(
        ballot,
        [
            Cast(voter="a", choice="x", key="k1"),
            Cast(voter="a", choice="y", key="k1"),
            Cast(voter="a", choice="y", key="k9"),
            Cast(voter="b", choice="y", key="k1"),
            Cast(voter="stranger", choice="y", key="k2"),
            Cast(voter="c", choice="w", key="k3"),
            Cast(voter="d", choice="y", key="k4", against="bad signature"),
        ],
    )
    assert tally.winner == "x"
    assert [(each["voter"], each["why"]) for each in tally.refused] == [
        ("a", "it has voted already"),
        ("a", "it has voted already"),
        ("b", "its key has voted already"),
        ("stranger", "it has no vote"),
        ("c", "there is no such option"),
        ("d", "bad signature"),
    ]
    assert tally.absent == ("b", "c", "d")


@pytest.mark.parametrize(
    "rules",
    [
        {"weights": {"z": 1}},
        {"weights": {"a": -1}},
        {"weights": {"a": 0, "b": 0}},
        {"quorum": 3},
        {"quorum": 0},
        {"veto": ("z",)},
        {"chair": "z"},
        {"tie": "chair"},
        {"share": (1, 3)},
        {"share": (1, 1)},
        {"share": (0, 0)},
    ],
)
def test_rules_that_cannot_decide_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        Rules(**rules).check(["a", "b"])
    assert refused.value.code == "consensus.rules"
