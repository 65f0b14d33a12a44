"""Rules and settings: what is refused, and what a tenant's stream comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.opened import until_test_ends

from tarl.engines.embedded.clock import SystemClock
from tarl.errors import TarlError
from tarl.governance.taint.ledger import TaintSettings
from tarl.governance.taint.rules import RULES_MAX, read_rule
from tarl.governance.taint.state import NOTHING_SET, Settings
from tarl.kernel.conditions import (
    NOTHING,
    Each,
    Exactly,
    Integer,
    Members,
    OneOf,
    Text,
    read_condition,
)
from tarl.stack import open_store
from tarl.values.plain import plain

GOOD: dict[str, Any] = {
    "id": "r",
    "actions": ["mail.send"],
    "arguments": {"to": {"is": "one_of", "values": ["bob"]}},
    "why": "a test",
}


def settings(path: Path, **options: Any) -> TaintSettings:
    store = until_test_ends(open_store(path / "tarl.db", **options))
    return TaintSettings(store, clock=SystemClock())


def code_of(data: Any) -> str:
    with pytest.raises(TarlError) as caught:
        read_rule(data)
    assert caught.value.next_step or caught.value.code.startswith("id.")
    return caught.value.code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"actions": []}, "taint.rule"),
        ({"actions": ["*"]}, "taint.rule"),
        ({"actions": "mail.send"}, "taint.rule"),
        ({"actions": ["a.b"] * 51}, "taint.too_many"),
        ({"why": " "}, "taint.rule"),
        ({"times": 0}, "taint.rule"),
        ({"times": "often"}, "taint.rule"),
        ({"id": ""}, "id.empty"),
        ({"argument": {}}, "taint.rule"),
        ({"arguments": [1]}, "taint.rule"),
        ({"arguments": {"to": "bob"}}, "taint.condition"),
        ({"arguments": {"to": {"is": "regex"}}}, "taint.condition"),
        ({"arguments": {"to": {"is": "text"}}}, "taint.condition"),
        ({"arguments": {"to": {"is": "text", "why": " "}}}, "taint.condition"),
        ({"arguments": {"to": {"is": "text", "why": "x", "pattern": "("}}}, "taint.condition"),
        ({"arguments": {"to": {"is": "anything", "why": ""}}}, "taint.condition"),
        ({"arguments": {"to": {"is": "integer", "least": 2, "most": 1}}}, "taint.condition"),
        ({"arguments": {"to": {"is": "one_of", "values": []}}}, "taint.condition"),
    ],
)
def test_a_rule_that_endorses_nothing_is_refused(changed: dict[str, Any], code: str) -> None:
    assert code_of({**GOOD, **changed}) == code


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda data: {"is": "each", "of": data, "items_max": 1},
        lambda data: {"is": "members", "of": {"a": data}},
    ],
)
def test_conditions_within_conditions_end(wrapped: Any) -> None:
    data: dict[str, Any] = {"is": "integer", "least": 0, "most": 1}
    for _ in range(20):
        data = wrapped(data)
    assert code_of({**GOOD, "arguments": {"to": data}}) == "taint.condition"


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        (Exactly(value=1), [1], [True, "1", 2, None]),
        (Exactly(value={"a": [1]}), [{"a": [1]}], [{"a": [1], "b": 2}, {"a": [1, 1]}, {}]),
        (OneOf(values=("a", None)), ["a", None], ["A", "", 0]),
        (Integer(least=-1, most=1), [-1, 0, 1], [2, True, 0.5, "0", None]),
        (Text(why="x", chars_max=3), ["", "abc"], ["abcd", 1, None, ["a"]]),
        (Text(why="x", pattern="[a-z]+"), ["abc"], ["abc1", "abc\n", "", "a" * 257]),
        (
            Members(of={"to": Exactly(value="bob"), "n": Integer(least=0, most=1)}),
            [{"to": "bob", "n": 1}],
            [{"to": "bob"}, {"to": "bob", "n": 1, "cc": "eve"}, {"to": "eve", "n": 1}, [], None],
        ),
        (Each(of=Integer(least=0, most=9), items_max=2), [[], [1, 2]], [[1, 2, 3], [10], {}, "1"]),
    ],
)
def test_conditions_are_typed(condition: Any, good: list[Any], bad: list[Any]) -> None:
    assert all(condition.admits(value, NOTHING) for value in good)
    assert not any(condition.admits(value, NOTHING) for value in bad)
    assert read_condition(plain(condition)) == condition


def test_settings_are_what_their_events_say_in_every_process(tmp_path: Path) -> None:
    one, other = settings(tmp_path), settings(tmp_path)
    assert one.of() == other.of() == NOTHING_SET
    one.configure(by="ann", mode_word="hold", approvers=["maria", "maria", "paul"], needed=1)
    one.allow(read_rule(GOOD), by="ann")
    one.allow(read_rule({**GOOD, "times": 3}), by="bob")
    found = other.of()
    assert (found.mode, found.approvers, found.needed) == ("hold", ("maria", "paul"), 1)
    assert found.rules["r"].times == 3
    assert found.by == {"r": "bob"}
    one.withdraw("r", by="ann", reason="over")
    assert not other.of().rules
    assert other.of("acme") == NOTHING_SET


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"mode_word": "strict"}, "taint.mode"),
        ({"mode_word": "hold"}, "taint.approvers"),
        ({"approvers": ["a"], "needed": 2}, "taint.approvers"),
        ({"by": ""}, "id.empty"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    tmp_path: Path, options: dict[str, Any], code: str
) -> None:
    with pytest.raises(TarlError) as caught:
        settings(tmp_path).configure(**{"by": "ann", **options})
    assert caught.value.code == code


def test_rules_are_bounded_and_known(tmp_path: Path) -> None:
    ledger = settings(tmp_path)
    with pytest.raises(TarlError) as caught:
        ledger.withdraw("r", by="ann")
    assert caught.value.code == "taint.no_rule"
    rule = read_rule(GOOD)
    full = Settings(rules={str(n): rule for n in range(RULES_MAX)})
    ledger.of = lambda tenant="default": full  # type: ignore[method-assign]
    with pytest.raises(TarlError) as caught:
        ledger.allow(rule, by="ann")
    assert caught.value.code == "taint.too_many"


def test_a_tenants_caller_sees_its_settings_and_does_not_change_them(tmp_path: Path) -> None:
    settings(tmp_path).configure(by="ann", mode_word="deny", tenant="acme")
    theirs = settings(tmp_path, tenant="acme")
    assert theirs.of("acme").mode == "deny"
    with pytest.raises(TarlError) as caught:
        theirs.configure(by="eve", mode_word="off", tenant="acme")
    assert caught.value.code == "tenant.operator"
