"""Plans: versions that are kept as they were made, a status that only goes forward."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.opened import until_test_ends
from tests.unit.planning.plans.plan_parts import ledger, memory, plan, snapshot, step, task
from tests.unit.tenancy.parts import NOON_MS, HandClock

from tarl.crypto.keys import Keyring
from tarl.errors import Conflict, Corrupt, Denied, Exceeded, Invalid, Missing
from tarl.journal.codec import Codec
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.planning.plan import ExecutionStatus, FeasibilityStatus
from tarl.planning.plans import events
from tarl.planning.plans import ledger as plans_ledger
from tarl.planning.plans.events import Outcome, StepEnded
from tarl.planning.plans.ledger import PlanLedger, unchanged
from tarl.planning.plans.state import PLANS_PROJECTION
from tarl.storage import open_store
from tarl.values.canonical import encode
from tarl.values.plain import plain
from tarl.work.streams import continued

DRAFT = ExecutionStatus.DRAFT
PENDING = ExecutionStatus.PENDING_APPROVAL
APPROVED = ExecutionStatus.APPROVED
EXECUTING = ExecutionStatus.EXECUTING
COMPLETED = ExecutionStatus.COMPLETED
FAILED = ExecutionStatus.FAILED
CANCELLED = ExecutionStatus.CANCELLED


def executing(plans: PlanLedger, id: str = "p1") -> PlanLedger:
    plans.record(plan(id, status=APPROVED), took_ms=800)
    plans.change_status(id, EXECUTING)
    return plans


def ended(outcome: Outcome = "completed", id: str = "s1", **changes: int | str) -> StepEnded:
    at = {"began_ms": NOON_MS, "ended_ms": NOON_MS + 60_000}
    return msgspec.convert(
        {"version": 1, "step_id": id, "outcome": outcome, **at, **changes}, StepEnded
    )


class TestVersions:
    def test_a_plan_is_read_as_it_was_made_with_what_was_known(self) -> None:
        plans, made = ledger(), plan()
        plans.record(made)
        found = plans.get("p1")
        assert found == msgspec.structs.replace(made, updated_at=NOON_MS)
        assert found.context_snapshot == snapshot()

    def test_a_version_never_changes_when_a_newer_one_takes_its_place(self) -> None:
        plans = ledger()
        plans.record(plan(rationale="first"))
        plans.record(plan(version=2, rationale="second", context_snapshot=None))
        assert plans.get("p1").rationale == "second"
        assert plans.get("p1").context_snapshot is None
        assert plans.get("p1", 1).rationale == "first"

    def test_recording_a_version_again_records_nothing(self) -> None:
        plans = ledger()
        first = plans.record(plan())
        plans.change_status("p1", CANCELLED)
        assert plans.record(plan()).status == "cancelled"
        assert first.digest == plans.standing("p1").digest
        assert len(list(plans.history("p1"))) == 2

    def test_plans_made_by_the_same_knowledge_share_it(self) -> None:
        plans = ledger()
        plans.record(plan("p1"))
        plans.record(plan("p2"))
        assert len(list(plans.store.streams("context/"))) == 1
        assert plans.get("p2").context_snapshot == snapshot()
        assert plans.context(snapshot().snapshot_id) == snapshot()

    @pytest.mark.parametrize(("version", "supersedes"), [(1, 0), (3, 1), (3, 2), (2, 0), (0, 0)])
    def test_a_version_follows_the_newest(self, version: int, supersedes: int) -> None:
        plans = ledger()
        plans.record(plan())
        with pytest.raises(Conflict) as caught:
            plans.record(plan(version=version, supersedes=supersedes, rationale="other"))
        assert caught.value.code == "plan.version"
        assert plans.standing("p1").version == 1

    def test_a_version_is_for_the_user_of_the_first(self) -> None:
        plans = ledger()
        plans.record(plan())
        with pytest.raises(Conflict) as caught:
            plans.record(plan(version=2, task_spec=task(user_id="mallory")))
        assert caught.value.code == "plan.user"

    def test_what_is_missing_is_said(self) -> None:
        plans = ledger()
        for call in (plans.get, plans.standing, plans.metrics):
            with pytest.raises(Missing) as caught:
                call("nobody")
            assert caught.value.code == "plan.missing"
        with pytest.raises(Missing):
            plans.change_status("nobody", CANCELLED)
        plans.record(plan())
        with pytest.raises(Missing) as caught:
            plans.get("p1", 2)
        assert caught.value.code == "plan.no_version"
        with pytest.raises(Missing) as caught:
            plans.context("00" * 32)
        assert caught.value.code == "plan.no_context"

    def test_a_plan_that_is_too_large_is_refused_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plans = ledger()
        monkeypatch.setattr(plans_ledger, "PLAN_BYTES_MAX", 10_000)
        with pytest.raises(Exceeded) as caught:
            plans.record(plan(rationale="long" * 3_000))
        assert caught.value.code == "plan.too_large"
        assert list(plans.store.streams()) == []

    def test_tenants_have_plans_of_their_own(self) -> None:
        plans = ledger()
        plans.record(plan(), tenant="acme")
        with pytest.raises(Missing):
            plans.get("p1")
        assert [found.tenant for found in plans.ls(tenant="acme")] == ["acme"]

    def test_a_version_that_is_not_what_its_digest_says_is_not_believed(self) -> None:
        plans = ledger()
        plans.record(plan())
        made = next(plans.history("p1")).body
        writer = continued(plans.store, events.plan_stream("default", "p1"), tenant="default")
        forged = msgspec.structs.replace(made, version=2, digest="22" * 32)
        row = writer.append(events.MADE, encode(plain(forged)), at_ms=NOON_MS)
        plans.store.commit(Batch([row]))
        with pytest.raises(Corrupt) as caught:
            plans.get("p1")
        assert caught.value.code == "plan.digest"

    def test_a_snapshot_under_another_digest_is_not_believed(self) -> None:
        plans = ledger()
        plans.record(plan())
        other = snapshot(currency="SEK")
        [row] = plans._taken("default", other, "11" * 32)
        plans.store.commit(Batch([row]))
        with pytest.raises(Corrupt) as caught:
            plans.context("11" * 32)
        assert caught.value.code == "plan.digest"


class TestStatus:
    def test_a_plan_goes_forward_to_its_end(self) -> None:
        plans = ledger()
        plans.record(plan(approval_required=True, status=PENDING))
        plans.change_status("p1", APPROVED, version=1, by="anna", reason="fine")
        plans.change_status("p1", EXECUTING)
        plans.change_status("p1", COMPLETED)
        assert plans.get("p1").status is COMPLETED
        bodies = [each.body for each in plans.history("p1")]
        assert bodies[1] == events.StatusChanged(
            version=1, status=APPROVED, by="anna", reason="fine"
        )

    @pytest.mark.parametrize("end", [COMPLETED, FAILED, CANCELLED])
    def test_nothing_follows_an_end(self, end: ExecutionStatus) -> None:
        plans = executing(ledger())
        plans.change_status("p1", end)
        for status in set(ExecutionStatus) - {end}:
            with pytest.raises(Conflict) as caught:
                plans.change_status("p1", status, version=1, by="anna")
            assert caught.value.code == "plan.ended"
        with pytest.raises(Conflict):
            plans.record(plan(version=2))

    def test_what_stands_there_already_is_not_recorded_again(self) -> None:
        plans = executing(ledger())
        before = plans.standing("p1")
        assert plans.change_status("p1", EXECUTING) == before

    def test_what_needs_approval_is_approved_by_somebody_who_was_asked(self) -> None:
        plans = ledger()
        plans.record(plan(approval_required=True))
        with pytest.raises(Conflict):
            plans.change_status("p1", APPROVED, version=1, by="anna")
        with pytest.raises(Conflict):
            plans.change_status("p1", EXECUTING)
        plans.change_status("p1", PENDING)
        for said in ({"version": 1}, {"by": "anna"}):
            with pytest.raises(Invalid) as caught:
                plans.change_status("p1", APPROVED, **said)  # type: ignore[arg-type]
            assert caught.value.code == "plan.approval"
        plans.change_status("p1", APPROVED, version=1, by="anna")

    def test_an_approval_is_of_the_newest_version(self) -> None:
        plans = ledger()
        plans.record(plan(approval_required=True, status=PENDING))
        plans.record(plan(version=2, approval_required=True, status=PENDING))
        with pytest.raises(Conflict) as caught:
            plans.change_status("p1", APPROVED, version=1, by="anna")
        assert caught.value.code == "plan.version"

    @pytest.mark.parametrize("status", [PENDING, APPROVED])
    def test_what_is_hypothetical_or_impossible_is_never_approved(
        self, status: ExecutionStatus
    ) -> None:
        plans = ledger()
        plans.record(plan("if", task_spec=task(is_hypothetical=True)))
        plans.record(plan("no", feasibility=FeasibilityStatus.INFEASIBLE))
        for id in ("if", "no"):
            with pytest.raises(Conflict) as caught:
                plans.change_status(id, status, version=1, by="anna")
            assert caught.value.code == "plan.status"
            plans.change_status(id, CANCELLED)

    def test_where_a_version_may_begin(self) -> None:
        plans = ledger()
        refused = [
            plan(status=COMPLETED),
            plan(status=EXECUTING),
            plan(status=APPROVED, approval_required=True),
            plan(status=APPROVED, task_spec=task(is_hypothetical=True)),
            plan(status=PENDING, feasibility=FeasibilityStatus.INFEASIBLE),
        ]
        for each in refused:
            with pytest.raises(Invalid) as caught:
                plans.record(each)
            assert caught.value.code == "plan.beginning"
        executing(plans)
        plans.record(plan(version=2, status=EXECUTING, reason="state_drift"))
        assert plans.standing("p1").status == "executing"
        with pytest.raises(Invalid):
            plans.record(plan(version=3, supersedes=2, status=EXECUTING, approval_required=True))

    def test_a_version_goes_on_while_a_newer_one_waits_and_after_it_is_declined(self) -> None:
        plans = executing(ledger())
        plans.record(plan(version=2, status=PENDING, approval_required=True))
        waiting = plans.standing("p1")
        assert (waiting.status, waiting.version, waiting.in_force) == ("pending_approval", 2, 1)
        plans.end_step("p1", ended())
        declined = plans.decline("p1", 2, by="anna", reason="too dear")
        assert (declined.status, declined.version, declined.in_force) == ("executing", 2, 1)
        assert plans.decline("p1", 2) == declined
        assert [plans.get("p1", each).status for each in (1, 2)] == [EXECUTING, CANCELLED]
        plans.record(plan(version=3, supersedes=2, status=EXECUTING))
        assert plans.standing("p1").in_force == 3
        with pytest.raises(Conflict) as caught:
            plans.decline("p1", 3)
        assert caught.value.code == "plan.status"

    @pytest.mark.parametrize("end", [COMPLETED, FAILED, CANCELLED])
    def test_a_plan_may_end_while_a_newer_version_waits(self, end: ExecutionStatus) -> None:
        plans = executing(ledger())
        plans.record(plan(version=2, status=PENDING, feasibility=FeasibilityStatus.DEGRADED))
        plans.change_status("p1", end)
        assert [plans.get("p1", each).status for each in (1, 2)] == [end, end]
        assert plans.standing("p1").in_force == 0

    def test_nothing_can_be_declined_where_nothing_would_go_on(self) -> None:
        plans = ledger()
        with pytest.raises(Missing):
            plans.decline("p1", 1)
        plans.record(plan(status=PENDING))
        for version, code in ((1, "plan.status"), (2, "plan.version")):
            with pytest.raises(Conflict) as caught:
                plans.decline("p1", version)
            assert caught.value.code == code

    def test_a_guard_refuses_when_the_plan_has_changed(self) -> None:
        plans = executing(ledger())
        seen = plans.standing("p1")
        plans.record(plan(version=2, status=EXECUTING))
        with pytest.raises(Conflict) as caught:
            plans.change_status("p1", COMPLETED, guards=(unchanged(seen),))
        assert caught.value.code == "plan.changed"
        plans.change_status("p1", COMPLETED, guards=(unchanged(plans.standing("p1")),))


class TestSteps:
    def test_what_a_step_came_to_is_recorded_once(self) -> None:
        plans = executing(ledger())
        first = plans.end_step("p1", ended(cost_micro=180_000, energy_wh=900))
        assert plans.end_step("p1", ended(cost_micro=180_000, energy_wh=900)) == first
        assert plans.outcomes("p1")["s1"]["cost_micro"] == 180_000

    def test_what_is_completed_stays_so_unless_it_is_undone(self) -> None:
        plans = executing(ledger())
        plans.end_step("p1", ended("failed", error="x" * 5_000))
        plans.end_step("p1", ended())
        for outcome in ("failed", "skipped", "cancelled"):
            with pytest.raises(Conflict) as caught:
                plans.end_step("p1", ended(outcome))  # type: ignore[arg-type]
            assert caught.value.code == "plan.step_ended"
        plans.end_step("p1", ended("compensated"))
        with pytest.raises(Conflict):
            plans.end_step("p1", ended())

    def test_a_step_that_there_is_not_or_that_cannot_have_ended(self) -> None:
        plans = ledger()
        plans.record(plan(steps=(step(fallback_steps=(step("other"),)),), status=APPROVED))
        with pytest.raises(Conflict):
            plans.end_step("p1", ended())
        plans.change_status("p1", EXECUTING)
        plans.end_step("p1", ended(id="other"))
        with pytest.raises(Missing) as caught:
            plans.end_step("p1", ended(id="s9"))
        assert caught.value.code == "plan.no_step"
        with pytest.raises(Missing):
            plans.end_step("p1", ended(version=2))
        with pytest.raises(Invalid) as wrong:
            plans.end_step("p1", ended(ended_ms=NOON_MS - 1))
        assert wrong.value.code == "plan.step_times"


class TestMetrics:
    def test_how_a_plan_fares(self) -> None:
        clock = HandClock()
        plans = ledger(clock=clock)
        steps = (step("a"), step("b", local_execution=False), step("c"), step("d"))
        plans.record(plan(steps=steps, approval_required=True, status=PENDING), took_ms=900)
        plans.record(
            plan(version=2, steps=steps, approval_required=True, status=PENDING), took_ms=1_200
        )
        plans.change_status("p1", APPROVED, version=2, by="anna")
        plans.change_status("p1", EXECUTING)
        plans.end_step("p1", ended(id="a", version=2, cost_micro=100, energy_wh=10))
        drift = plan(version=3, steps=steps, status=EXECUTING, reason="state_drift")
        plans.record(drift)
        plans.end_step("p1", ended("failed", id="b", version=3, cost_micro=5))
        clock.at_ms += 90_000
        plans.change_status("p1", FAILED)
        found = plans.metrics("p1")
        assert (found.success_rate, found.total_executions, found.failed_executions) == (0, 1, 1)
        assert (found.time_to_plan_ms, found.approval_rate) == (1_050, 0.5)
        assert (found.user_overrides, found.replan_frequency) == (1, 1)
        assert found.privacy_score == 0.75
        assert (found.average_execution_time_ms, found.cost_per_execution) == (90_000, 105)
        assert (found.steps_completed, found.steps_failed, found.energy_wh) == (1, 1, 10)

    def test_a_plan_that_failed_before_it_began_has_no_execution(self) -> None:
        plans = ledger()
        plans.record(plan(status=APPROVED))
        plans.change_status("p1", FAILED, reason="no broker")
        found = plans.metrics("p1")
        assert (found.total_executions, found.failed_executions, found.success_rate) == (0, 0, None)

    def test_how_all_plans_fare(self) -> None:
        plans = executing(ledger())
        plans.change_status("p1", COMPLETED)
        executing(plans, "p2").change_status("p2", FAILED)
        plans.record(plan("p3", approval_required=True, status=PENDING))
        plans.record(plan("p4"))
        plans.change_status("p4", CANCELLED)
        found = plans.system_metrics()
        assert (found.total_plans, found.active_plans, found.waiting_for_approval) == (4, 1, 1)
        assert (found.completed_plans, found.failed_plans, found.cancelled_plans) == (1, 1, 1)
        assert (found.success_rate, found.average_planning_time_ms) == (0.5, 800)

    def test_a_list_has_the_latest_first(self) -> None:
        clock = HandClock()
        plans = ledger(clock=clock)
        for id in ("p1", "p2", "p3"):
            clock.at_ms += 1
            plans.record(plan(id, task_spec=task(user_id="ben" if id == "p2" else "anna")))
        assert [found.plan_id for found in plans.ls(limit=2)] == ["p3", "p2"]
        assert [found.plan_id for found in plans.ls(user_id="ben", tenant="default")] == ["p2"]
        assert [found.plan_id for found in plans.ls(status=APPROVED)] == []


def test_on_disk_as_in_memory_and_the_tables_can_be_rebuilt(tmp_path: Path) -> None:
    def opened() -> SqliteStore:
        return until_test_ends(
            SqliteStore(tmp_path / "j.db", origin="tarl/test", projections=(PLANS_PROJECTION,))
        )

    one, other = ledger(opened()), ledger(opened())
    executing(one).end_step("p1", ended())
    other.record(plan(version=2, status=EXECUTING))
    assert one.get("p1").version == 2
    assert list(one.history("p1")) == list(other.history("p1"))
    assert list(changed_tables(one.store)) == []  # type: ignore[arg-type]


def test_a_plan_whose_key_is_destroyed_is_gone(tarl_home: Path) -> None:
    keys = Keyring(tarl_home).ensure()
    keys.make_tenant_key("default")
    store = memory()
    store.codec = Codec(keys.tenant_key, seals=True)
    plans = ledger(store)
    plans.record(plan(rationale="nobody else's business"))
    assert plans.get("p1").rationale == "nobody else's business"
    keys.destroy_tenant_key("default")
    with pytest.raises(Missing) as caught:
        plans.get("p1")
    assert caught.value.code == "journal.erased"


def test_a_tenants_caller_sees_and_changes_its_own(tmp_path: Path) -> None:
    def opened(tenant: str | None) -> PlanLedger:
        return ledger(until_test_ends(open_store(tmp_path / "j.db", tenant=tenant)))

    operator, acme = opened(None), opened("acme")
    operator.record(plan(), tenant="acme")
    operator.record(plan("p2"))
    assert [(each.tenant, each.plan_id) for each in acme.ls()] == [("acme", "p1")]
    assert acme.get("p1", tenant="acme").context_snapshot == snapshot()
    with pytest.raises(Missing):
        acme.get("p2")
    with pytest.raises(Denied) as caught:
        acme.record(plan("p3"))
    assert caught.value.code == "tenant.denied"
    acme.change_status("p1", CANCELLED, tenant="acme")
    assert operator.standing("p1", tenant="acme").status == "cancelled"
