"""Grants and constraints as words of a command line."""

from __future__ import annotations

import pytest

from tarl.errors import TarlError
from tarl.interfaces.cli.grant_words import (
    amounts_of,
    arguments_of,
    as_words,
    envelope_of,
    grant_words,
    grants_of,
    with_delegation,
)
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
    Window,
)
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant


@pytest.mark.parametrize(
    ("word", "dimension", "constraint"),
    [
        ("args.fee<=500", "args.fee", AtMost(500)),
        ("args.fee>=-5", "args.fee", AtLeast(-5)),
        ("args.fee=5..9", "args.fee", Interval(5, 9)),
        ("args.fee=5", "args.fee", OneOf((5,))),
        ("args.to=ann,bob", "args.to", OneOf(("ann", "bob"))),
        ('args.to="5"', "args.to", OneOf(("5",))),
        ("args.to=1.5", "args.to", OneOf(("1.5",))),
        ("args.ok=true", "args.ok", OneOf((True,))),
        ("args.path^=notes/,reports/", "args.path", Prefix(("notes/", "reports/"))),
        ("args.to!=eve", "args.to", Forbidden(("eve",))),
        ("args.tags+=draft,internal", "args.tags", Required(("draft", "internal"))),
        ("access=read", "access", OneOf(("read",))),
        ("time=UTC", "time", Window("UTC")),
        ("time=UTC 12345", "time", Window("UTC", (1, 2, 3, 4, 5))),
        ("time=UTC 67 08:30-16:00", "time", Window("UTC", (6, 7), 510, 960)),
        ("time=UTC 22:00-06:00", "time", Window("UTC", from_minute=1320, to_minute=360)),
        ("read_only", "access", OneOf(("read",))),
        ('{"args.n": [{"kind": "at_most", "limit": 3}]}', "args.n", AtMost(3)),
    ],
)
def test_a_word_says_what_must_hold(word: str, dimension: str, constraint: Constraint) -> None:
    assert envelope_of([word]) == Envelope({dimension: constraint})


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("kindly", "constraint.unknown"),
        ("", "constraint.unknown"),
        ("args.fee<5", "constraint.unknown"),
        ("mood=good", "constraint.dimension"),
        ("access<=5", "constraint.dimension"),
        ("args.fee<=1.5", "constraint.malformed"),
        ("args.fee<=many", "constraint.malformed"),
        ("args.fee=9..5", "constraint.malformed"),
        ("time=Mars", "constraint.zone"),
        ("time<=5", "trust.option"),
        ("time=UTC 18 08:00-09:00", "trust.option"),
        ("time=UTC 1 25:00-26:00", "constraint.malformed"),
        ('{"args.n": [{"kind": "wish"}]}', "constraint.unknown"),
        ('{"args.n": []}', "constraint.malformed"),
        ("{", "json.malformed"),
        ("@none.json", "input.missing"),
    ],
)
def test_another_word_is_refused(word: str, code: str) -> None:
    with pytest.raises(TarlError) as refusal:
        envelope_of([word])
    assert refusal.value.code == code


def test_budgets_are_whole_amounts_of_a_unit() -> None:
    assert envelope_of([], ["EUR=500"]) == Envelope({"budget.EUR": Budget("EUR", 500)})
    assert amounts_of(["EUR=1", "calls=2"]) == {"EUR": 1, "calls": 2}
    for words in (["EUR"], ["EUR=1.5"], ["EUR=-1"], ["=5"], ["EUR=1", "EUR=2"]):
        with pytest.raises(TarlError) as refusal:
            amounts_of(words)
        assert refusal.value.code == "trust.option"


def test_actions_and_resources_are_granted_each_with_each() -> None:
    found = grants_of(
        actions=["mail.send", "mail.read"],
        resources=["mailbox/ann", "mailbox/bob"],
        constraints=["args.fee<=5"],
        budgets=[],
        grants_text='[{"action": "web.get"}]',
    )
    assert [grant.text for grant in found.grants] == [
        "mail.send on mailbox/ann",
        "mail.send on mailbox/bob",
        "mail.read on mailbox/ann",
        "mail.read on mailbox/bob",
        "web.get",
    ]
    assert found.envelope == Envelope({"args.fee": AtMost(5)})


def test_an_envelope_in_the_json_is_joined_with_the_words() -> None:
    text = (
        '{"grants": [{"action": "a"}], "envelope": {"args.n": [{"kind": "at_most", "limit": 3}]}}'
    )
    found = grants_of(
        actions=[], resources=[], constraints=["args.n>=1"], budgets=[], grants_text=text
    )
    assert found.envelope == Envelope({"args.n": AtMost(3)}).meet(Envelope({"args.n": AtLeast(1)}))
    for wrong in ('{"grants": [], "more": 1}', '{"actions": []}', "5"):
        with pytest.raises(TarlError):
            grants_of(actions=[], resources=[], constraints=[], budgets=[], grants_text=wrong)


def test_the_right_to_delegate_is_added_once() -> None:
    plain = grants_of(actions=["a"], resources=[], constraints=[], budgets=[], grants_text=None)
    with_right = with_delegation(plain)
    assert with_right.grants[-1] == Grant("trust.delegate", "agent/*")
    assert with_delegation(with_right) == with_right


def test_arguments_are_json_or_text() -> None:
    assert arguments_of(["n=5", "to=ann", 'list=["a"]', "f=1.5", "empty="]) == {
        "n": 5,
        "to": "ann",
        "list": ["a"],
        "f": "1.5",
        "empty": "",
    }
    for words in (["n"], ["=5"], ["n=1", "n=2"]):
        with pytest.raises(TarlError):
            arguments_of(words)


def test_a_grant_is_told_with_its_constraints() -> None:
    grant = Grant("mail.send", "mailbox/ann", Envelope({"args.fee": AtMost(5)}))
    assert grant_words(grant) == "mail.send on mailbox/ann (args.fee must be at most 5)"
    assert as_words(Envelope()) == []
