"""What is blocked, watched and guarded is decided at the moment of the effect, in every process."""

from __future__ import annotations

import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest
from tests.unit.governance.safety.safety_parts import (
    anomalies,
    court,
    effect,
    look,
    memory,
    opened,
    ran,
    safety,
    send,
    sending,
)

from tarl.errors import Denied, Invalid, Missing
from tarl.governance.safety.events import BLOCK_LIFTED, BlockLifted, body_bytes, settings_stream
from tarl.governance.safety.guardrails import TIMEOUT_MS_MAX, Asked, Guardrails
from tarl.governance.safety.lanes import Cut
from tarl.journal.store import Batch
from tarl.values.metrics import Registry
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict
from tarl.work.streams import continued


def code_of(verdict: Verdict) -> str:
    return verdict.reasons[0].code if verdict.reasons else type(verdict).__name__


def refusing(asked: Asked) -> Verdict:
    return Deny((Reason(code="test.no", text="not this"),))


class Other(Verdict, frozen=True):
    """Nothing that any gate answers."""


def odd_reason() -> Reason:
    return Reason(code="c", text="t", facts={"what": object()})


def allowing(asked: Asked) -> Verdict:
    return Allow()


def guards(**checks: Any) -> Guardrails:
    guardrails = Guardrails()
    for name, check in checks.items():
        options = check if isinstance(check, dict) else {"check": check}
        guardrails.register(**options, name=name)
    return guardrails


def test_nothing_is_asked_where_nothing_is_set() -> None:
    metrics = Registry()
    assert court(memory(), guards(a=refusing), metrics=metrics).decide(effect()) == Allow()
    assert list(metrics.series()) == []


def test_an_enabled_guardrail_denies_and_a_disabled_one_does_not() -> None:
    store = memory()
    judge, settings = court(store, guards(a=refusing)), safety(store)
    settings.enable("a", by="ops")
    verdict = judge.decide(effect())
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].facts == {"found_by": "a", "severity": "high"}
    settings.disable("a", by="ops")
    assert judge.decide(effect()) == Allow()


def test_guardrails_are_asked_in_the_order_in_which_they_were_enabled() -> None:
    asked: list[str] = []

    def told(name: str) -> Any:
        def check(about: Asked) -> Verdict:
            asked.append(name)
            return Allow()

        return check

    store = memory()
    judge = court(store, guards(a=told("a"), b=told("b"), c=refusing, d=told("d")))
    for name in ("b", "a", "c", "d"):
        safety(store).enable(name, by="ops")
    assert code_of(judge.decide(effect())) == "test.no"
    assert asked == ["b", "a"]


@pytest.mark.parametrize(
    ("word", "answer", "actions", "blocks"),
    [
        ("low", "Allow", ["recorded"], 0),
        ("medium", "Allow", ["recorded"], 0),
        ("high", "test.no", ["denied"], 0),
        ("critical", "test.no", ["blocked"], 1),
    ],
)
def test_what_a_refusal_comes_to_is_its_severity(
    word: str, answer: str, actions: list[str], blocks: int
) -> None:
    store = memory()
    safety(store).enable("a", by="ops", severity=word)
    assert code_of(court(store, guards(a=refusing)).decide(effect())) == answer
    found = anomalies(store).ls()
    assert [each.found.action for each in found] == actions
    assert found[0].found.run == "r/1"
    assert len(safety(store).settings().blocks) == blocks


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (lambda asked: 1 / 0, "safety.guardrail_crashed"),
        (lambda asked: exec("raise SystemExit"), "safety.guardrail_crashed"),
        (lambda asked: None, "safety.guardrail_no_verdict"),
        (lambda asked: True, "safety.guardrail_no_verdict"),
        (lambda asked: Verdict(), "safety.guardrail_no_verdict"),
        (lambda asked: Other(), "safety.guardrail_no_verdict"),
        (lambda asked: Deny(("no",)), "safety.guardrail_no_verdict"),
        (lambda asked: Deny((Reason(code="c", text="\ud800"),)), "safety.guardrail_no_verdict"),
        (lambda asked: Deny((odd_reason(),)), "safety.guardrail_no_verdict"),
        (lambda asked: Deny(), "safety.guardrail"),
    ],
)
def test_a_guardrail_that_does_not_work_denies_with_its_name(check: Any, code: str) -> None:
    store = memory()
    safety(store).enable("mine", by="ops")
    verdict = court(store, guards(mine={"check": check, "severity": "high"})).decide(effect())
    assert code_of(verdict) == code
    assert "mine" in verdict.reasons[0].text


def test_a_guardrail_that_crashes_denies_whatever_its_severity() -> None:
    store = memory()
    safety(store).enable("mine", by="ops", severity="low")
    broken = {"check": lambda asked: 1 / 0, "severity": "low"}
    assert isinstance(court(store, guards(mine=broken)).decide(effect()), Deny)


def test_a_guardrail_that_this_process_does_not_have_denies_with_its_name() -> None:
    store = memory()
    safety(store).enable("elsewhere", by="ops")
    verdict = court(store).decide(effect())
    assert code_of(verdict) == "safety.guardrail_missing"
    assert "elsewhere" in verdict.reasons[0].text


def test_a_guardrail_that_hangs_is_cut_and_not_called_again_while_it_hangs() -> None:
    released, calls = threading.Event(), []

    def hanging(asked: Asked) -> Verdict:
        calls.append(asked)
        released.wait(30)  # blocks in C: nothing can end it from outside
        return Allow()

    store = memory()
    safety(store).enable("slow", by="ops")
    safety(store).enable("after", by="ops")
    slow = {
        "check": hanging,
        "timeout_ms": TIMEOUT_MS_MAX,
    }  # enough for the answer to the last question
    others = set(threading.enumerate())
    judge = court(store, guards(slow=slow, after=allowing))
    assert code_of(judge.decide(effect())) == "safety.guardrail_hangs"
    assert code_of(judge.decide(effect(step=2))) == "safety.guardrail_hangs"
    assert len(calls) == 1
    released.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(30)
    assert judge.decide(effect(step=3)) == Allow()


def computing(asked: object) -> Verdict:
    while True:
        pass


def test_a_guardrail_that_computes_for_ever_is_ended() -> None:
    store = memory()
    safety(store).enable("slow", by="ops")
    judge = court(store, guards(slow={"check": computing, "timeout_ms": 5}))
    assert code_of(judge.decide(effect())) == "safety.guardrail_hangs"
    assert_guardrails_end()


def test_a_guardrail_is_ended_though_a_callback_swallows_what_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swallowed: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: swallowed.append(lost.exc_type))

    def collecting(asked: Asked) -> Verdict:
        garbage = threading.Event()
        watcher = weakref.ref(garbage, computing)
        del garbage  # computes in the callback, from where no exception comes out
        return computing(watcher)

    store = memory()
    safety(store).enable("slow", by="ops")
    judge = court(store, guards(slow={"check": collecting, "timeout_ms": 5}))
    assert code_of(judge.decide(effect())) == "safety.guardrail_hangs"
    assert_guardrails_end()
    assert swallowed == [Cut]


def assert_guardrails_end() -> None:
    for thread in threading.enumerate():
        if thread.name == "tarl-guardrail":
            thread.join(30)
            assert not thread.is_alive()


def test_a_guardrail_may_hold() -> None:
    held = Hold((Reason(code="test.ask", text="ask"),), awaits="x")
    store = memory()
    safety(store).enable("a", by="ops")
    assert court(store, guards(a=lambda asked: held)).decide(effect()) == held


def test_critical_blocks_the_action_in_every_process_until_it_is_lifted(tmp_path: Path) -> None:
    one, other = opened(tmp_path / "t.db"), opened(tmp_path / "t.db")
    safety(one).enable("a", by="ops", severity="critical")
    here, there = court(one, guards(a=refusing)), court(other, guards(a=allowing))
    assert code_of(there.decide(effect())) == "Allow"
    assert code_of(here.decide(effect())) == "test.no"
    assert code_of(there.decide(effect(step=2))) == "safety.blocked"
    assert code_of(there.decide(effect(look, "x", step=3))) == "Allow"
    (block,) = safety(other).settings().blocks.values()
    assert (block.said.action, block.said.by, block.said.found_by) == ("safety.send", "tarl", "a")
    safety(other).lift(block.id, by="ops", reason="looked at it")
    assert code_of(there.decide(effect(step=4))) == "Allow"
    assert ran(opened(tmp_path / "t.db"), sending, 1, id="w", guardrails=guards(a=allowing)) == [
        "sent to n0"
    ]


@pytest.mark.parametrize("action", ["safety.send", "mail.send", "mail.*", "safety.*", "*"])
def test_an_action_is_blocked_by_capability_or_by_name(action: str) -> None:
    store = memory()
    safety(store).block_action(action, by="ops", reason="an incident")
    verdict = court(store).decide(effect())
    assert code_of(verdict) == "safety.blocked"
    assert "an incident" in verdict.reasons[0].text


def test_a_block_of_one_agent_is_no_block_of_others() -> None:
    store = memory()
    safety(store).block_action("mail.send", by="ops", agent="bob")
    judge = court(store)
    assert code_of(judge.decide(effect(agent="bob"))) == "safety.blocked"
    assert code_of(judge.decide(effect(agent="bobby"))) == "Allow"
    assert code_of(judge.decide(effect())) == "Allow"


def test_a_block_is_lifted_only_by_who_may() -> None:
    store = memory()
    named = safety(store).block_action("mail.send", by="ops", agent="bob", lifters=["ann"])
    for by in ("ops", "bob"):
        with pytest.raises(Denied) as refused:
            safety(store).lift(named.id, by=by)
        assert refused.value.code == "safety.may_not_lift"
    open_to_all = safety(store).block_action("mail.look", by="ops", agent="bob")
    with pytest.raises(Denied):
        safety(store).lift(open_to_all.id, by="bob")
    safety(store).lift(named.id, by="ann")
    safety(store).lift(open_to_all.id, by="ops")
    with pytest.raises(Missing):
        safety(store).lift(named.id, by="ann")
    assert court(store).decide(effect(agent="bob")) == Allow()


def test_a_lift_that_somebody_wrote_without_the_right_counts_for_nothing() -> None:
    store = memory()
    block = safety(store).block_action("mail.send", by="ops", lifters=["ann"])
    writer = continued(store, settings_stream("default"), tenant="default")
    forged = body_bytes(BlockLifted(by="mallory", block=block.id))
    store.commit(Batch([writer.append(BLOCK_LIFTED, forged, at_ms=1)]))
    assert code_of(court(store).decide(effect())) == "safety.blocked"


def test_blocking_again_what_is_blocked_makes_no_second_block() -> None:
    store = memory()
    first = safety(store).block_action("mail.send", by="ops")
    assert safety(store).block_action("mail.send", by="ann") == first


def test_settings_are_their_tenants_own() -> None:
    store = memory()
    safety(store).block_action("*", by="ops", tenant="acme")
    assert court(store).decide(effect()) == Allow()
    assert code_of(court(store).decide(effect(tenant="acme"))) == "safety.blocked"


def test_a_denied_step_says_why_in_the_run() -> None:
    store = memory()
    safety(store).block_action("mail.send", by="ops", reason="an incident")
    assert "mail.send is blocked" in ran(store, sending, 1, id="w")


def test_words_of_severity_are_checked() -> None:
    with pytest.raises(Invalid) as refused:
        safety(memory()).enable("a", by="ops", severity="awful")
    assert refused.value.code == "severity.unknown"
    with pytest.raises(Invalid) as refused:
        guards(a={"check": allowing, "severity": "awful"})
    assert refused.value.code == "severity.unknown"


def test_send_is_what_the_tests_say() -> None:
    assert send("x") == "sent to x"
