"""Recorded decisions, asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

import msgspec
import pytest
from tests.unit.governance.policies import flows
from tests.unit.governance.policies.parts import LIMIT, VOCABULARY, memory, policies, ran
from tests.unit.tenancy.parts import HandClock

from tarl.errors import Invalid, Missing
from tarl.governance.policies.cases import read_cases, tried
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.past import Past, Report, Skipped, compare, past_decisions, simulate
from tarl.governance.policies.vocabularies import activities_in, vocabulary_of
from tarl.journal.store import Store
from tarl.kernel.definition import activity
from tarl.kernel.shelves import RecordedValues
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.vocabulary import read_vocabulary
from tarl.values.ids import RunId


class Parcel(msgspec.Struct):
    grams: int
    label: str = ""
    fragile: bool = False


class Terse(msgspec.Struct, omit_defaults=True):
    note: str = ""


class Keys(TypedDict):
    one: int
    two: NotRequired[int]


class Deep(msgspec.Struct):
    name: str
    inner: Deep | None = None
    others: list[Deep] = []


ACTIVITIES = activities_in([flows])


def candidate(text: str = LIMIT, **options: object) -> Edition:
    return Edition(policy="limits", version=0, text=text, vocabulary=VOCABULARY, **options)  # type: ignore[arg-type]


def past(store: Store, *ids: str, **options: object) -> list[Past | Skipped]:
    return [
        one
        for id in ids
        for one in past_decisions(
            store,
            RunId("default", id, 1),
            activities=options.get("activities", ACTIVITIES),  # type: ignore[arg-type]
            shelf=RecordedValues(store, "default"),
        )
    ]


def changes(report: Report) -> list[tuple[str, int, str]]:
    return [(change.run.ref, change.step, change.change) for change in report.changes]


def test_the_facts_are_those_that_the_gate_saw() -> None:
    store = memory()
    ran(store, flows.paying, 7, id="a", agent="bob", task="t1")
    look, plain, pay = past(store, "a")
    assert isinstance(pay, Past)
    (question,) = pay.questions
    assert (question.action, question.resource, question.access) == (
        "bank.pay",
        "account/bob",
        "write",
    )
    assert (question.agent, question.task, question.output) == ("bob", "t1", "text")
    assert question.args == {"to": "bob", "amount_minor": 7, "note": "none", "rush": False}
    assert isinstance(look, Past)
    assert look.questions[0].access == "read"
    assert isinstance(plain, Past)
    assert plain.questions[0].action == "call.policies.plain"
    assert len(plain.questions[0].args["text"]) == 100_000  # it lay in a blob


def test_what_ran_and_would_be_denied() -> None:
    store = memory()
    ran(store, flows.paying, 10_001, id="large")
    ran(store, flows.paying, 10_000, id="small")
    report = simulate(candidate(), past(store, "large", "small"))
    assert changes(report) == [("large/1", 3, "allow->deny")]
    assert (report.runs, report.decisions, report.changed) == (2, 6, 1)
    assert report.changes[0].reasons[0]["facts"]["rule"] == "limit"
    for level in ("warning", "audit"):
        noted = simulate(candidate(level=level), past(store, "large"))
        assert changes(noted) == [("large/1", 3, f"allow->{level}")]


def test_what_it_denied_and_would_run() -> None:
    store = memory()
    policies(store).register("limits", LIMIT, vocabulary=VOCABULARY)
    policies(store).activate("limits")
    ran(store, flows.paying, 10_001, id="large")
    assert changes(simulate(candidate(), past(store, "large"))) == []
    milder = candidate(LIMIT.replace("10000", "20000"))
    assert changes(simulate(milder, past(store, "large"))) == [("large/1", 3, "deny->allow")]
    # The denial of another policy stays.
    other = Edition(policy="other", version=0, text=milder.text, vocabulary=VOCABULARY)
    assert changes(simulate(other, past(store, "large"))) == []


def test_a_denial_by_two_stays_one() -> None:
    store = memory()
    for name in ("limits", "twin"):
        policies(store).register(name, LIMIT, vocabulary=VOCABULARY)
        policies(store).activate(name)
    ran(store, flows.paying, 10_001, id="large")
    milder = candidate(LIMIT.replace("10000", "20000"))
    assert changes(simulate(milder, past(store, "large"))) == []


def test_two_editions_compared() -> None:
    store = memory()
    for amount in (5_000, 10_001, 30_000):
        ran(store, flows.paying, amount, id=f"a{amount}")
    a, b = candidate(), candidate(LIMIT.replace("10000", "20000"))
    seen = past(store, "a5000", "a10001", "a30000")
    assert changes(compare(a, b, seen)) == [("a10001/1", 3, "deny->allow")]
    assert changes(compare(b, a, seen)) == [("a10001/1", 3, "allow->deny")]
    assert changes(compare(a, a, seen)) == []


def test_what_is_not_loaded_is_left_out_and_counted() -> None:
    store = memory()
    ran(store, flows.paying, 10_001, id="a")
    some = {name: a for name, a in ACTIVITIES.items() if name != "policies.pay"}
    report = simulate(candidate(), past(store, "a", activities=some))
    assert report.skipped == {"the activity policies.pay is not loaded": 1}
    assert (report.decisions, report.changed) == (2, 0)
    with pytest.raises(Missing):
        past(store, "nobody")


def test_the_vocabulary_of_the_activities() -> None:
    made = vocabulary_of(ACTIVITIES.values()).as_data()
    assert made == {
        "actions": {
            "bank.look": {"args": {"account": "String"}},
            "bank.pay": {
                "args": {"amount_minor": "Long", "note": "String", "rush": "Bool", "to": "String"}
            },
            "call.policies.plain": {"args": {"text": "String"}},
        }
    }


def test_cases() -> None:
    effect = {"action": "bank.pay", "agent": "bob", "args": {"to": "ann", "amount_minor": 10_001}}
    cases = read_cases(
        [
            {"name": "large", "effect": effect, "expect": "deny", "rule": "limit"},
            {"name": "wrong", "effect": effect, "expect": "allow"},
            {"name": "rule", "effect": effect, "expect": "deny", "rule": "other"},
            {"name": "look", "effect": {"action": "bank.look"}, "expect": "allow"},
        ]
    )
    results = tried(candidate(level="audit"), cases)
    assert [result.passed for result in results] == [True, False, False, True]


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        [{"name": "a"}],
        [{"name": "a", "effect": {"action": "b"}, "expect": "maybe"}],
        [{"name": "a", "effect": {"action": "b", "actor": "c"}, "expect": "deny"}],
        [{"name": "a", "effect": {"action": "b"}, "expect": "deny", "rules": []}],
        [{"name": "a", "effect": {"action": 1}, "expect": "deny"}],
    ],
)
def test_what_are_no_cases(data: object) -> None:
    with pytest.raises(Invalid) as refused:
        read_cases(data)
    assert refused.value.code == "policy.cases"


@activity(name="policies.odd", needs=["odd.*", "odd.do"])
def odd(
    größe: int,
    __x: int,
    many: list[Parcel],
    kind: Literal["a", "b"],
    when: datetime | None,
    anything: Any,
    either: int | str,
    terse: Terse,
    keys: Keys,
    words: frozenset[str] = frozenset(),
    deep: Deep | None = None,
    **rest: int,
) -> None: ...


def test_what_policies_cannot_name_is_left_out_of_the_vocabulary() -> None:
    made = vocabulary_of([odd])
    parcel = {"grams": "Long", "label": "String", "fragile": "Bool"}
    assert made.as_data() == {
        "actions": {
            "odd.do": {
                "args": {
                    "deep?": {"name": "String"},
                    "keys": {"one": "Long", "two?": "Long"},
                    "kind": "String",
                    "many": [parcel],
                    "terse": {"note?": "String"},
                    "when?": "String",
                    "words?": "Set<String>",
                }
            }
        }
    }
    assert read_vocabulary(made.as_data()) == made
    assert Policies(memory(), clock=HandClock()).register(
        "odd",
        'forbid (principal, action, resource) when { context.args.kind == "a" };',
        vocabulary=made,
    )
