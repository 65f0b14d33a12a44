"""The policies in force decide about every effect, from the moment they are put in force."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.governance.policies.flows import paying
from tests.unit.governance.policies.parts import (
    LIMIT,
    VOCABULARY,
    court,
    memory,
    opened,
    policies,
    ran,
)
from tests.unit.tenancy.parts import HandClock

from tarl.errors import Unavailable
from tarl.governance.policies.notes import Notes
from tarl.governance.severity import Severity
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.state import VIOLATIONS_PROJECTION
from tarl.journal.codec import Codec
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.effect import Effect
from tarl.policy.cedar import judge as judging
from tarl.values.metrics import Registry as Metrics
from tarl.values.verdict import Allow, Deny, Verdict
from tarl.work.timers.tables import TIMERS_PROJECTION


def limited(store: Store, **options: Any) -> None:
    ledger = policies(store)
    ledger.register("limits", LIMIT, vocabulary=VOCABULARY, **options)
    ledger.activate("limits")


def denials(store: Store, stream: str) -> list[dict[str, Any]]:
    found = [e for e in store.read(stream) if e.kind == events.STEP_DENIED]
    return [
        reason
        for event in found
        if event.body is not None
        for reason in events.DECODERS[event.kind](event.body).reasons
    ]


def test_a_policy_in_force_denies_in_a_real_run_and_the_denial_is_recorded() -> None:
    store = memory()
    policies(store).register("limits", LIMIT, vocabulary=VOCABULARY)
    assert ran(store, paying, 10_001, id="a") == "paid 10001 to bob"  # registered, not in force
    policies(store).activate("limits")
    assert "policy limits@1 (rule limit) forbids it" in ran(store, paying, 10_001, id="b")
    assert ran(store, paying, 10_000, id="c") == "paid 10000 to bob"
    (reason,) = denials(store, "run/default/b/1")
    assert (reason["code"], reason["facts"]["version"]) == ("policy.denied", 1)
    policies(store).deactivate("limits")
    assert ran(store, paying, 10_001, id="d") == "paid 10001 to bob"


def test_what_another_process_puts_in_force_counts_at_the_next_effect(tmp_path: Path) -> None:
    here, there = opened(tmp_path / "j.db"), opened(tmp_path / "j.db")
    court_here = court(here)
    assert not getattr(court_here.judge("default"), "editions", None)
    limited(there)
    first = court_here.judge("default")
    assert [e.version for e in first.editions] == [1]  # type: ignore[union-attr]
    assert court_here.judge("default") is first
    policies(there).register("other", LIMIT, vocabulary=VOCABULARY)  # changes nothing in force
    assert court_here.judge("default") is first
    policies(there).register("limits", LIMIT + " ", vocabulary=VOCABULARY)
    policies(there).activate("limits")
    assert [e.version for e in court_here.judge("default").editions] == [2]  # type: ignore[union-attr]
    policies(there).deactivate("limits")
    assert not court_here.judge("default").editions  # type: ignore[union-attr]
    here.close()
    there.close()


def test_a_policy_is_its_tenants(tmp_path: Path) -> None:
    store = memory()
    ledger = policies(store)
    ledger.register("limits", LIMIT, vocabulary=VOCABULARY, tenant="acme")
    ledger.activate("limits", tenant="acme")
    assert ran(store, paying, 10_001, id="a") == "paid 10001 to bob"
    assert "denied" in ran(store, paying, 10_001, id="a", tenant="acme")


def test_a_default_argument_is_judged_as_if_it_were_given() -> None:
    store = memory()
    text = LIMIT.replace("context.args.amount_minor > 10000", 'context.args.note == "none"')
    policies(store).register("notes", text, vocabulary=VOCABULARY)
    policies(store).activate("notes")
    assert "rule limit" in ran(store, paying, 1, id="a")


@pytest.mark.parametrize("level", ["warning", "audit"])
def test_below_required_the_run_goes_on(level: str, caplog: pytest.LogCaptureFixture) -> None:
    store = memory()
    limited(store, level=level)
    with caplog.at_level(logging.WARNING, "tarl.policy"):
        assert ran(store, paying, 10_001, id="a") == "paid 10001 to bob"
    warned = [r.getMessage() for r in caplog.records if r.name == "tarl.policy"]
    assert bool(warned) is (level == "warning")
    assert all("a/1, step 3: policy limits@1" in text for text in warned)
    (note,) = Notes(store).read("default")
    assert (note.noted.run, note.noted.step, note.noted.actions) == ("a/1", 3, ["bank.pay"])
    assert [reason["facts"]["rule"] for reason in note.noted.reasons] == ["limit"]


def test_what_cannot_be_recorded_does_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    store = memory()
    limited(store, level="audit")

    def fail(self: Notes, *args: Any, **options: Any) -> bool:
        raise Unavailable("the disk is full", code="journal.full")

    monkeypatch.setattr(Notes, "write", fail)
    assert "cannot be recorded: the disk is full" in ran(store, paying, 10_001, id="a")
    assert ran(store, paying, 10_000, id="b") == "paid 10000 to bob"


def test_a_step_is_noted_once_however_often_it_is_asked_about() -> None:
    store = memory()
    limited(store, level="audit")
    judged = court(store)
    effects: list[Effect] = []

    class Asking:
        def decide(self, effect: Effect) -> Verdict:
            effects.append(effect)
            return judged.decide(effect)

    ran(store, paying, 10_001, id="a", gate=Asking())
    for effect in effects * 2:
        assert isinstance(judged.decide(effect), Allow)
    assert len(list(Notes(store).read("default"))) == 1


def test_without_the_engine_what_is_in_force_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    store = memory()
    assert ran(store, paying, 1, id="a") == "paid 1 to bob"
    limited(store)

    def no_engine() -> Any:
        raise Unavailable("no engine", code="policy.no_engine")

    monkeypatch.setattr(judging, "engine", no_engine)
    monkeypatch.setattr("tarl.policy.cedar.check.engine", no_engine)
    verdict = court(store).judge("default")
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].code == "policy.unreadable"
    assert verdict.reasons[0].facts == {"error": "policy.no_engine"}
    assert "cannot be evaluated" in ran(store, paying, 1, id="b")


def test_decisions_are_counted() -> None:
    store, metrics = memory(), Metrics()
    limited(store)
    assert "denied" in ran(store, paying, 10_001, id="a", metrics=metrics)
    counted = {labels: value for name, labels, value in metrics.numbers() if "policy" in name}
    assert counted == {(("answer", "allow"),): 2, (("answer", "deny"),): 1}


def test_when_a_tenants_key_is_gone_its_policies_deny(tmp_path: Path) -> None:
    keys: dict[str, bytes] = {"default": b"k" * 32}
    store = opened(tmp_path / "j.db", codec=Codec(keys.get, seals=True))
    limited(store)
    judged = court(store)
    assert [e.policy for e in judged.judge("default").editions] == ["limits"]  # type: ignore[union-attr]
    keys.clear()
    verdict = court(store).judge("default")
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].facts == {"error": "journal.erased"}
    store.close()


def test_an_edition_of_a_later_language_denies() -> None:
    store = memory()
    limited(store)
    known = policies(store)
    told = known.edition("limits")
    known.edition = lambda *_, **__: msgspec.structs.replace(told, language="cedar2")  # type: ignore[method-assign]
    judged = court(store)
    judged._policies = known
    verdict = judged.judge("default")
    assert isinstance(verdict, Deny)
    assert verdict.reasons[0].facts == {"error": "policy.language"}


def test_where_a_runtime_is_says_which_editions_decide() -> None:
    store = memory()
    known = policies(store)
    known.register("limits", LIMIT, vocabulary=VOCABULARY, environment="prod")
    known.activate("limits")
    for environment, is_denied in (("dev", False), ("prod", True), (None, True)):
        gate = court(store, environment=environment)
        said = ran(store, paying, 10_001, id=str(environment), gate=gate)
        assert ("forbids it" in said) is is_denied, environment
    (reason,) = denials(store, "run/default/prod/1")
    assert reason["facts"]["environment"] == "prod"


def test_refusals_of_a_watched_policy_are_violations() -> None:
    store = memory(VIOLATIONS_PROJECTION, TIMERS_PROJECTION)
    limited(store, violation="critical")
    assert "forbids it" in ran(store, paying, 10_001, id="a")
    known = Violations(store, clock=HandClock())
    (found,) = known.ls().items
    assert (found.policy, found.run, found.severity) == ("limits", "a/1", Severity.CRITICAL)
    assert (found.status, found.by, found.facts["rule"]) == ("escalated", "tarl", "limit")
    assert "limits@1" in found.description
    assert ran(store, paying, 10_000, id="b") == "paid 10000 to bob"
    assert known.count() == 1


def test_what_is_only_noted_is_a_violation_too() -> None:
    store = memory(VIOLATIONS_PROJECTION, TIMERS_PROJECTION)
    limited(store, level="audit", violation="low")
    assert ran(store, paying, 10_001, id="a") == "paid 10001 to bob"
    (found,) = Violations(store, clock=HandClock()).ls().items
    assert (found.severity, found.facts["level"]) == (Severity.LOW, "audit")


def test_an_effect_is_one_violation_however_often_it_is_asked_about() -> None:
    store = memory(VIOLATIONS_PROJECTION, TIMERS_PROJECTION)
    limited(store, violation="low")
    asked: list[Effect] = []

    class Asking:
        def decide(self, effect: Effect) -> Verdict:
            asked.append(effect)
            court(store).decide(effect)  # as a process does that knows nothing of the last time
            return court(store).decide(effect)

    ran(store, paying, 10_001, id="a", gate=Asking())
    assert asked
    assert Violations(store, clock=HandClock()).count() == 1


def test_a_violation_that_cannot_be_recorded_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    store = memory(VIOLATIONS_PROJECTION, TIMERS_PROJECTION)
    limited(store, level="audit", violation="low")

    def full(*_: Any, **__: Any) -> None:
        raise Unavailable("the disk is full", code="journal.full")

    monkeypatch.setattr(Violations, "record", full)
    assert "a violation cannot be recorded" in ran(store, paying, 10_001, id="a")
