"""Recorded plans against a naive model: one dictionary a plan, and a table of what may follow."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.conftest import SOAK
from tests.unit.planning.plans.plan_parts import ledger, memory, plan, snapshot, step, task
from tests.unit.tenancy.parts import HandClock

from tarl.errors import Refused
from tarl.planning.plan import ExecutionPlan, ExecutionStatus
from tarl.planning.plans.events import StepEnded
from tarl.planning.plans.ledger import PlanLedger

FORWARD = {
    "draft": {"pending_approval", "approved", "cancelled"},
    "pending_approval": {"approved", "cancelled"},
    "approved": {"executing", "failed", "cancelled"},
    "executing": {"completed", "failed", "cancelled"},
}
ENDS = ("completed", "failed", "cancelled")
FORWARDS = tuple(ExecutionStatus)[1:4]
IDS = ("p1", "p2")
STEPS = ("a", "b")
OUTCOMES = ("completed", "failed", "skipped", "cancelled", "compensated")


class Model:
    def __init__(self) -> None:
        self.versions: list[ExecutionPlan] = []
        self.status = ""
        self.stood: list[str] = []
        self.steps: dict[str, tuple[int, str]] = {}
        self.has_begun = False
        self.in_force = 0

    @property
    def newest(self) -> ExecutionPlan:
        return self.versions[-1]

    def may_begin(self, made: ExecutionPlan) -> bool:
        status = made.status.value
        if made.task_spec.is_hypothetical and status != "draft":
            return False
        if made.approval_required and status in ("approved", "executing"):
            return False
        return status in FORWARD and (status != "executing" or bool(self.in_force))

    def may_move(self, status: str, *, version: int | None, by: str) -> bool:
        if self.status not in FORWARD or version not in (None, len(self.versions)):
            return False
        if self.in_force and status in ENDS:
            return True
        if status not in FORWARD[self.status]:
            return False
        if self.newest.task_spec.is_hypothetical and status not in ENDS:
            return False
        if status != "approved":
            return True
        asked = self.status == "pending_approval" or not self.newest.approval_required
        return asked and version is not None and bool(by or not self.newest.approval_required)


class PlanMachine(RuleBasedStateMachine):
    """Every operation on both; what one refuses the other refuses, and then nothing changes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.store = memory()
        self.plans = ledger(self.store, self.clock)
        self.models = {id: Model() for id in IDS}

    @rule(
        id=st.sampled_from(IDS),
        ahead=st.sampled_from([1, 1, 1, 1, 0, 2]),
        status=st.sampled_from(["draft", "draft", "pending_approval", *ExecutionStatus]),
        approval_required=st.booleans(),
        is_hypothetical=st.sampled_from([False, False, False, True]),
        price=st.integers(0, 1),
    )
    def record(
        self,
        id: str,
        ahead: int,
        status: str,
        approval_required: bool,
        is_hypothetical: bool,
        price: int,
    ) -> None:
        model = self.models[id]
        count = len(model.versions)
        made = plan(
            id,
            version=count + ahead,
            supersedes=count,
            steps=tuple(step(name) for name in STEPS),
            status=ExecutionStatus(status),
            approval_required=approval_required,
            task_spec=task(is_hypothetical=is_hypothetical),
            context_snapshot=snapshot(import_price=(price,)),
            rationale=f"{self.clock.at_ms}",
        )
        self.clock.at_ms += 1
        has_ended = bool(count) and model.status not in FORWARD
        may = ahead == 1 and not has_ended and model.may_begin(made)
        assert self.tried(lambda: self.plans.record(made)) == may
        if may:
            model.versions.append(made)
            model.status = made.status.value
            model.stood.append(model.status)
            if model.status == "executing":
                model.in_force = model.newest.version

    @rule(
        id=st.sampled_from(IDS),
        status=st.sampled_from([*ExecutionStatus, *FORWARDS]),
        which=st.sampled_from(["newest", "newest", "none", "first"]),
        by=st.sampled_from(["", "anna"]),
    )
    def move(self, id: str, status: ExecutionStatus, which: str, by: str) -> None:
        model = self.models[id]
        version = {"newest": len(model.versions), "none": None, "first": 1}[which]
        may = bool(model.versions) and model.may_move(status.value, version=version, by=by)
        stays = bool(model.versions) and model.status == status.value
        stays = stays and version in (None, len(model.versions))
        before = list(self.plans.history(id))
        done = self.tried(lambda: self.plans.change_status(id, status, version=version, by=by))
        assert done == (may or stays)
        if not may:
            assert list(self.plans.history(id)) == before
            return
        model.status = model.stood[-1] = status.value
        if model.in_force and status.value in ENDS:
            model.stood[model.in_force - 1] = status.value
        if status is ExecutionStatus.EXECUTING:
            model.in_force = len(model.versions)
        elif status.value in ENDS:
            model.in_force = 0
        model.has_begun = model.has_begun or status is ExecutionStatus.EXECUTING

    @rule(id=st.sampled_from(IDS), back=st.integers(0, 1))
    def decline(self, id: str, back: int) -> None:
        model = self.models[id]
        version = len(model.versions) - back
        waits = model.status in ("draft", "pending_approval", "approved")
        is_newest = back == 0 and bool(model.versions) and bool(model.in_force)
        may = is_newest and waits
        stays = is_newest and model.status == "executing" and model.in_force != version
        assert self.tried(lambda: self.plans.decline(id, version)) == (may or stays)
        if may:
            model.status, model.stood[-1] = "executing", "cancelled"

    @rule(
        id=st.sampled_from(IDS),
        name=st.sampled_from([*STEPS, "nobody"]),
        outcome=st.sampled_from(OUTCOMES),
        back=st.integers(0, 2),
    )
    def end_step(self, id: str, name: str, outcome: str, back: int) -> None:
        model = self.models[id]
        version = len(model.versions) - back
        known = model.steps.get(name)
        may = version >= 1 and name in STEPS and model.has_begun
        if known is not None and known != (version, outcome):
            follows = {"completed": {"compensated"}, "compensated": set[str]()}
            may = may and outcome in follows.get(known[1], {outcome})
        ended = StepEnded(
            version=version,
            step_id=name,
            outcome=outcome,  # type: ignore[arg-type]
            began_ms=1,
            ended_ms=2,
        )
        assert self.tried(lambda: self.plans.end_step(id, ended)) == may
        if may:
            model.steps[name] = (version, outcome)

    @invariant()
    def both_say_the_same(self) -> None:
        for plans in (self.plans, PlanLedger(self.store, clock=self.clock)):
            for id, model in self.models.items():
                if not model.versions:
                    continue
                standing = plans.standing(id)
                assert (standing.status, standing.version) == (model.status, len(model.versions))
                assert standing.in_force == model.in_force
                for at, (made, stood) in enumerate(
                    zip(model.versions, model.stood, strict=True), start=1
                ):
                    found = plans.get(id, at)
                    assert found.status == stood
                    assert found.rationale == made.rationale
                    assert found.context_snapshot == made.context_snapshot
                outcomes = plans.outcomes(id).items()
                assert {name: (row["version"], row["outcome"]) for name, row in outcomes} == (
                    model.steps
                )

    @staticmethod
    def tried(call: object) -> bool:
        try:
            call()  # type: ignore[operator]
        except Refused:
            return False
        return True


PlanMachine.TestCase.settings = settings(
    max_examples=1_000 if SOAK else 120, stateful_step_count=40, deadline=None
)
TestPlans = PlanMachine.TestCase
