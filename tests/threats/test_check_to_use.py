"""Row 10: between the decision and the effect somebody takes the authority away, or changes the
effect.

A permit is for one attempt at one effect with these arguments, good for a moment, and used once.
What is revoked is denied from the next decision on, wherever the run stands.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.threats import deeds
from tests.threats.shop import Shop, at_shop
from tests.unit.kernel.voters import someone
from tests.unit.provenance.agents_at_work import Office
from tests.unit.trust.budget_parts import memory

from tarl.errors import Conflict, Denied, TarlError
from tarl.journal.projection import Tables
from tarl.kernel.acting import Acting
from tarl.kernel.commands import step_command
from tarl.kernel.effect import Effect
from tarl.kernel.gateway import PERMIT_LIFE_S, Gateway
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.permit import Permit
from tarl.storage import open_store
from tarl.trust.budget import Account, Budgets, Charge
from tarl.trust.records import Target
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Reason, Verdict


@pytest.fixture(autouse=True)
def nothing_happened() -> None:
    deeds.HAPPENED.clear()
    deeds.BETWEEN.clear()
    deeds.HANGS.clear()


ACTING: dict[str, Any] = {"agent": "clerk", "task": "t"}

TAKEN_AWAY: dict[str, Any] = {
    "its own grant": lambda shop: shop.revoke("clerk"),
    "the agent above": lambda shop: shop.revoke("planner"),
    "the authority": lambda shop: shop.operations.revoke(Target(authority="acme"), "a test"),
    "suspended": lambda shop: shop.operations.suspend("planner", "a test"),
    "downgraded": lambda shop: shop.operations.set_posture("planner", "pseudo", "a test"),
    "the principal": lambda shop: shop.people.principals.revoke(someone("clerk"), "gone", at_ms=0),
}


@pytest.mark.parametrize("how", TAKEN_AWAY)
def test_revoking_above_in_the_middle_of_a_run_stops_the_next_effect(
    tmp_path: Path, how: str
) -> None:
    """While the first effect is under way, and so before the second is decided."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        deeds.BETWEEN.append(lambda what: TAKEN_AWAY[how](shop))
        code = await shop.outcome(deeds.threat_two_mails, **ACTING)
        assert code != "done"
        assert deeds.HAPPENED == ["mail alice"]
        assert shop.kinds().count("step.completed/1") == 1
        assert shop.kinds().count("step.denied/1") == 1

    at_shop(tmp_path, work)


def test_another_process_that_revokes_is_heard_before_the_next_effect(tmp_path: Path) -> None:
    """Through another connection to the file, as another process has."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        await shop.runtime.start(deeds.threat_waits_between, id="w", **ACTING)
        while "step.completed/1" not in shop.kinds():
            await asyncio.sleep(0.01)
        other = open_store(tmp_path / "t.db", keyring=shop.keyring)

        class Elsewhere:
            journal = other

        Office(Elsewhere()).operations.revoke(Target(agent="planner"), "heard")  # type: ignore[arg-type]
        other.close()
        shop.runtime.signal("w", "go")
        with pytest.raises(TarlError):
            await shop.runtime.resume("w")
        assert deeds.HAPPENED == ["mail alice"]
        assert shop.codes() == {"trust.revoked"}

    at_shop(tmp_path, work)


def test_a_compensation_needs_authority_as_well(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        await shop.runtime.start(deeds.threat_saga, id="w", **ACTING)
        while "step.completed/1" not in shop.kinds():
            await asyncio.sleep(0.01)
        shop.revoke("planner")
        shop.runtime.signal("w", "go")
        with pytest.raises(TarlError):
            await shop.runtime.resume("w")
        assert deeds.HAPPENED == ["mail alice"]
        assert "step.denied/1" in shop.kinds()

    at_shop(tmp_path, work)


def test_a_compensation_happens_where_it_may(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        await shop.runtime.start(deeds.threat_saga, id="w", **ACTING)
        shop.runtime.signal("w", "go")
        with pytest.raises(TarlError):
            await shop.runtime.resume("w")
        assert deeds.HAPPENED == ["mail alice", "unmail alice"]

    at_shop(tmp_path, work)


def test_a_retry_is_decided_anew(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        deeds.BETWEEN.append(lambda what: shop.revoke("planner"))
        assert await shop.outcome(deeds.threat_calls, "retry", **ACTING) != "done"
        assert deeds.HAPPENED == ["mail alice"]

    at_shop(tmp_path, work)


def test_effects_that_were_asked_for_at_once_are_decided_one_by_one(tmp_path: Path) -> None:
    """Two calls are gathered; the first one's effect revokes. The second was decided before or
    after; after the next decision nothing more passes.
    """

    async def work(shop: Shop) -> None:
        shop.open_for_business()

        def once(what: str) -> None:
            deeds.BETWEEN.clear()
            shop.revoke("planner")

        deeds.BETWEEN.append(once)
        await shop.outcome(deeds.threat_gathers, **ACTING)
        assert len(deeds.HAPPENED) <= 2
        deeds.HAPPENED.clear()
        await shop.outcome(deeds.threat_gathers, id="later", **ACTING)
        assert deeds.HAPPENED == []

    at_shop(tmp_path, work)


# --- permits


class Switch:
    """A gate that allows until it does not."""

    def __init__(self) -> None:
        self.allows = True

    def decide(self, effect: Effect) -> Verdict:
        return Allow() if self.allows else Deny((Reason(code="test.off", text="off"),))


class Bench:
    """A gateway with a clock, and effects to take to it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.gate = Switch()
        self.gateway = self.another()

    def another(self) -> Gateway:
        return Gateway(
            self.gate,
            threads=ThreadPoolExecutor(1),
            limits=DEFAULT_LIMITS,
            now_s=lambda: self.now_s,
        )

    @staticmethod
    def effect(to: str = "alice", *, step: int = 1, agent: str = "clerk") -> Effect:
        command = step_command(
            deeds.threat_mail, (to,), {}, step=step, limits=DEFAULT_LIMITS, shelve=lambda data: data
        )
        run = RunId("default", "w", 1)
        return Effect(run, step, deeds.threat_mail, command, Acting(agent, "t"))

    def permit(self, effect: Effect, attempt: int = 1) -> Permit:
        permit = self.gateway.ask(effect, attempt)
        assert isinstance(permit, Permit)
        return permit


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_permit_is_used_once(bench: Bench) -> None:
    effect = bench.effect()
    permit = bench.permit(effect)
    assert bench.gateway.take(permit, effect) is None
    for _ in range(2):
        with pytest.raises(Denied) as caught:
            bench.gateway.take(permit, effect)
        assert caught.value.code == "permit.unfit"


def test_a_permit_is_for_one_effect_with_its_arguments_and_attempt(bench: Bench) -> None:
    effect = bench.effect()
    for other, attempt in (
        (bench.effect("bob"), 1),
        (bench.effect(step=2), 1),
        (bench.effect(agent="planner"), 1),
        (effect, 2),
    ):
        with pytest.raises(Denied) as caught:
            bench.gateway.take(bench.permit(effect), other, attempt)
        assert caught.value.code == "permit.unfit"


def test_a_permit_of_another_gateway_or_of_nobodys_making_is_none(bench: Bench) -> None:
    effect = bench.effect()
    forged = Permit(object(), effect, 1, (), given_at_s=0.0)
    with pytest.raises(Denied):
        bench.gateway.take(forged, effect)
    with pytest.raises(Denied):
        bench.another().take(bench.permit(effect), effect)


def test_a_permit_that_waited_is_asked_for_again(bench: Bench) -> None:
    effect = bench.effect()
    fresh, late, queued = (bench.permit(effect) for _ in range(3))
    bench.gate.allows = False
    queued.has_waited = True
    assert bench.gateway.take(queued, effect) is not None
    bench.now_s += PERMIT_LIFE_S
    assert bench.gateway.take(fresh, effect) is None  # the moment for which it is good
    bench.now_s += 0.001
    refused = bench.gateway.take(late, effect)
    assert refused is not None
    assert refused.kind == "step.denied/1"


def test_what_a_workflow_changes_after_its_call_does_not_change_the_effect(tmp_path: Path) -> None:
    """Arguments are what was recorded when the call was made, and that is what was decided."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.give("narrow", ["mail.many"])
        code = await shop.outcome(deeds.threat_changes_its_mind, id="c", agent="narrow", task="t")
        assert code == "done"
        assert deeds.HAPPENED == ["mail ['alice']"]

    at_shop(tmp_path, work)


def test_a_revocation_between_decision_and_reservation_stops_the_reservation() -> None:
    """Whatever guards go along are asked in the transaction that sets the budget aside."""
    store = memory()

    def revoked_meanwhile(tables: Tables) -> None:
        raise Conflict("authority was taken away meanwhile", code="trust.moved")

    charge = Charge("EUR", 5, (Account("g", 5),))
    with pytest.raises(Conflict) as caught:
        Budgets(store).reserve(
            "default", "clerk", "k", [charge], at_ms=0, guards=(revoked_meanwhile,)
        )
    assert caught.value.code == "trust.moved"
    assert Budgets(store).balance("default", "g", "EUR").reserved == 0
