"""The court of consent: devices move as the plan in force says, while the user consents."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.unit.kernel.voters import Panel
from tests.unit.planning.consent.consent_parts import CAMERA, HOUR_MS
from tests.unit.planning.plans.plan_parts import plan, step, task
from tests.unit.tenancy.parts import NOON_MS, HandClock

from tarl.journal.memory import MemoryStore
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.commands import Command, step_command
from tarl.kernel.definition import Activity
from tarl.kernel.effect import Effect
from tarl.kernel.gateway import Gateway
from tarl.kernel.holding import approval_of, request_of
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.permit import Permit
from tarl.planning.consent.court import ConsentCourt
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.state import CONSENTS_PROJECTION
from tarl.planning.household import PlacementTarget
from tarl.planning.plan import ConsentReference, ExecutionPlan, ExecutionStatus, Guardrail
from tarl.planning.plans.ledger import PlanLedger
from tarl.planning.plans.state import PLANS_PROJECTION
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Hold, Verdict


async def move(device: str, arguments: dict[str, Any], plan_id: str = "", step_id: str = "") -> str:
    return device


def activity(action: str, resource: str = "device/{device}") -> Activity[..., Any]:
    return Activity(move, name=f"device.{action}", needs=[f"device.{action}"], resource=resource)


def call(what: Activity[..., Any], *args: Any, **said: Any) -> Command:
    return step_command(what, args, said, step=1, limits=DEFAULT_LIMITS, shelve=lambda b: b)


def looking(id: str = "s1", scope: str = CAMERA, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "device_id": "front_door",
        "parameters": {"action": "measure"},
        "placement": PlacementTarget.CLOUD_REGION,
        "guardrails": (Guardrail(kind="consent", facts={"scope": scope}),),
    }
    return step(id, **{**given, **changes})


def a_plan(*steps: Any, version: int = 1, **changes: Any) -> ExecutionPlan:
    reference = ConsentReference("", (CAMERA,), TrustTier.VERIFIED, 0)
    given: dict[str, Any] = {"consent_references": (reference,), "context_snapshot": None}
    steps = steps or (looking(), step("s2"))
    return plan("p1", version, steps=steps, **{**given, **changes})


class World:
    """A plan that is being carried out, and what is asked of the court."""

    def __init__(self, *steps: Any, **changes: Any) -> None:
        rooms = (APPROVALS_PROJECTION, PLANS_PROJECTION, CONSENTS_PROJECTION)
        self.store = MemoryStore(origin="tarl/test", projections=rooms)
        self.clock = HandClock()
        self.plans = PlanLedger(self.store, clock=self.clock)
        self.consents = Consents(self.store, clock=self.clock)
        self.court = ConsentCourt(self.store, self.plans, self.consents, now_ms=self.clock.now_ms)
        self.strict = ConsentCourt.on(
            self.store, seen=self.store, clock=self.clock, requires_plan=True
        )
        self.panel = Panel("anna", "ben", store=self.store)
        self.plans.record(a_plan(*steps, status=ExecutionStatus.APPROVED, **changes))
        self.plans.change_status("p1", ExecutionStatus.EXECUTING)

    def effect(
        self, action: str = "measure", device: str = "front_door", run: str = "p1", **said: Any
    ) -> Effect:
        what = activity(action)
        return Effect(RunId("default", run, 1), 1, what, call(what, device, {}, **said))

    def decide(self, *asked: Any, **said: Any) -> Verdict:
        return self.court.decide(self.effect(*asked, **said))


def code(verdict: Verdict) -> str:
    return verdict.reasons[0].code


class TestWhatIsAsked:
    def test_what_moves_no_device_passes(self) -> None:
        world = World()
        what = Activity(move, name="mail.send", needs=["mail.send"], resource="mailbox/{device}")
        effect = Effect(RunId("default", "other", 1), 1, what, call(what, "anna", {}))
        assert world.court.decide(effect) == Allow()

    def test_a_step_that_wants_no_consent_passes(self) -> None:
        assert World().decide("run", "dishwasher") == Allow()

    def test_the_plan_is_the_runs_or_the_one_that_is_named(self) -> None:
        world = World()
        assert world.decide("run", "dishwasher", run="other", plan_id="p1") == Allow()
        assert code(world.decide("run", "dishwasher", plan_id="p2")) == "plan.missing"

    def test_what_no_plan_does_passes_unless_plans_alone_move_devices(self) -> None:
        world = World()
        effect = world.effect("run", "dishwasher", run="other")
        assert world.court.decide(effect) == Allow()
        assert code(world.strict.decide(effect)) == "plan.missing"
        assert world.strict.decide(world.effect("run", "dishwasher")) == Allow()

    @pytest.mark.parametrize(
        "status",
        [ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.CANCELLED],
    )
    def test_a_plan_that_is_not_carried_out_moves_nothing(self, status: ExecutionStatus) -> None:
        world = World()
        world.plans.change_status("p1", status)
        verdict = world.decide("run", "dishwasher")
        assert isinstance(verdict, Deny)
        assert code(verdict) == "consent.not_in_force"

    @pytest.mark.parametrize(
        ("action", "device"),
        [("open", "dishwasher"), ("run", "oven"), ("turn_off", "oven"), ("run", "front_door")],
    )
    def test_what_the_plan_does_not_do_is_denied(self, action: str, device: str) -> None:
        verdict = World().decide(action, device)
        assert isinstance(verdict, Deny)
        assert code(verdict) == "consent.unplanned"

    def test_a_capability_of_devices_on_anything_else_is_denied(self) -> None:
        world = World()
        what = activity("run", resource="mailbox/{device}")
        effect = Effect(RunId("default", "p1", 1), 1, what, call(what, "dishwasher", {}))
        assert code(world.court.decide(effect)) == "consent.unplanned"
        sly = World(step("s1", device_id="mailbox/dishwasher"))
        assert code(sly.court.decide(effect)) == "consent.unplanned"

    def test_of_several_capabilities_each_is_in_the_plan(self) -> None:
        world = World()
        for needs, is_planned in (
            (["device.run", "log.write"], True),
            (["device.run", "device.turn_off"], True),
            (["device.run", "device.open"], False),
        ):
            what = Activity(move, name="many", needs=needs, resource="device/{device}")
            effect = Effect(RunId("default", "p1", 1), 1, what, call(what, "dishwasher", {}))
            assert isinstance(world.court.decide(effect), Allow if is_planned else Deny)

    def test_the_version_in_force_says_what_is_done(self) -> None:
        world = World()
        later = a_plan(looking(), version=2, status=ExecutionStatus.PENDING_APPROVAL)
        world.plans.record(later)
        assert world.decide("run", "dishwasher") == Allow()
        world.plans.change_status("p1", ExecutionStatus.APPROVED, version=2, by="anna")
        world.plans.change_status("p1", ExecutionStatus.EXECUTING)
        assert code(world.decide("run", "dishwasher")) == "consent.unplanned"

    def test_a_fallback_wants_its_own_consent(self) -> None:
        other = "measure:camera/back_door:cloud_region"
        fallback = looking("f1", other, device_id="back_door")
        world = World(looking(fallback_steps=(fallback,)))
        world.consents.grant("anna", [CAMERA], by="anna")
        assert isinstance(world.decide(), Allow)
        assert isinstance(world.decide("measure", "back_door"), Hold)

    def test_a_named_step_wants_its_consents_alone(self) -> None:
        world = World(looking("s1"), looking("s2", guardrails=()))
        assert isinstance(world.decide(), Hold)
        assert isinstance(world.decide(step_id="s1"), Hold)
        assert isinstance(world.decide(step_id="nobody"), Hold)
        assert world.decide(step_id="s2") == Allow()


class TestConsents:
    def test_it_waits_until_the_user_consents(self) -> None:
        world = World()
        held = world.decide()
        assert isinstance(held, Hold)
        assert held.awaits == f"consent:{CAMERA}"
        assert held.reasons[0].facts["approvers"] == ["anna"]
        granted = world.consents.grant("anna", ["measure:camera/*:*"], by="anna")
        allowed = world.decide()
        assert isinstance(allowed, Allow)
        assert allowed.reasons[0].facts["consent"] == granted.token

    def test_somebody_elses_consent_is_none(self) -> None:
        world = World()
        world.consents.grant("ben", [CAMERA], by="anna")
        assert isinstance(world.decide(), Hold)

    def test_a_revocation_while_the_intent_is_committed_stops_the_step(self) -> None:
        world = World()
        world.consents.grant("anna", [CAMERA], by="anna")
        with ThreadPoolExecutor(1) as threads:
            gateway = Gateway(
                world.court, threads=threads, limits=DEFAULT_LIMITS, now_s=lambda: 0.0
            )
            effect = world.effect()
            permit = gateway.ask(effect)
            assert isinstance(permit, Permit)
            permit.has_waited = True  # until what is wanted was on disk
            world.consents.revoke("anna", scope=CAMERA, by="anna")
            refused = gateway.take(permit, effect)
        assert refused is not None
        assert refused.kind == "step.denied/1"
        assert b"consent.revoked" in refused.body

    def test_what_was_revoked_is_denied_until_it_is_given_anew(self) -> None:
        world = World()
        world.consents.grant("anna", [CAMERA], by="anna")
        assert isinstance(world.decide(), Allow)
        world.consents.revoke("anna", scope=CAMERA, by="anna")
        denied = world.decide()
        assert isinstance(denied, Deny)
        assert code(denied) == "consent.revoked"
        world.clock.at_ms += 1
        world.consents.grant("anna", [CAMERA], by="anna")
        assert isinstance(world.decide(), Allow)

    def test_what_has_expired_is_asked_for_anew(self) -> None:
        world = World()
        world.consents.grant("anna", [CAMERA], by="anna")
        world.clock.at_ms += 12 * HOUR_MS
        assert isinstance(world.decide(), Hold)

    def test_a_consent_of_another_class_or_tier_or_plan_is_none(self) -> None:
        for options in (
            {"privacy_class": PrivacyClass.PUBLIC},
            {"trust_tier": TrustTier.TRUSTED},
            {"plan_id": "p2"},
        ):
            world = World()
            world.consents.grant("anna", [CAMERA], by="anna", **options)  # type: ignore[arg-type]
            assert isinstance(world.decide(), Hold), options
        private = World(looking(privacy_class=PrivacyClass.CONFIDENTIAL))
        private.consents.grant("anna", [CAMERA], by="anna")
        assert isinstance(private.decide(), Hold)
        silent = World(consent_references=())
        silent.consents.grant("anna", [CAMERA], by="anna")
        assert isinstance(silent.decide(), Hold)

    def test_nobody_known_consents_to_nothing(self) -> None:
        world = World(task_spec=task(user_id=None))
        assert code(world.decide()) == "consent.nobody"

    def test_a_want_that_cannot_be_read_denies(self) -> None:
        world = World(looking(scope="everything"))
        assert code(world.decide()) == "consent.scope"

    def test_what_is_taken_back_can_be_stopped(self) -> None:
        world = World(
            looking(compensate={"action": "erase"}),
            step("s2", parameters={"action": "run", "at_end": {"action": "cool_down"}}),
        )
        world.consents.grant("anna", [CAMERA], by="anna")
        world.consents.revoke("anna", by="anna")
        for action in ("erase", "turn_off", "stop", "pause"):
            assert world.decide(action) == Allow()
        assert world.decide("cool_down", "dishwasher") == Allow()
        assert code(world.decide("cool_down")) == "consent.unplanned"


class TestAsking:
    """What the kernel asks people where the court holds, and what their answer comes to."""

    def asked(self, world: World, effect: Effect) -> None:
        held = world.court.decide(effect)
        assert isinstance(held, Hold)
        request = request_of(effect, held)
        assert request is not None
        world.panel.ask(request, approval_of(effect), at_ms=NOON_MS)

    def test_the_user_approves_one_effect(self) -> None:
        world = World()
        effect = world.effect()
        self.asked(world, effect)
        assert isinstance(world.court.decide(effect), Hold)
        world.panel.vote("anna", id=approval_of(effect))
        allowed = world.court.decide(effect)
        assert isinstance(allowed, Allow)
        assert allowed.reasons[0].facts["approval"] == approval_of(effect).id
        other = Effect(RunId("default", "p1", 1), 2, effect.activity, effect.command)
        assert isinstance(world.court.decide(other), Hold)

    def test_a_no_is_a_no_until_the_user_consents(self) -> None:
        world = World()
        effect = world.effect()
        self.asked(world, effect)
        world.panel.vote("anna", "reject", id=approval_of(effect))
        assert code(world.court.decide(effect)) == "consent.refused"
        world.consents.grant("anna", [CAMERA], by="anna")
        assert isinstance(world.court.decide(effect), Allow)

    def test_an_approval_of_something_else_or_by_others_is_none(self) -> None:
        for changes in ({"subject": "00" * 32}, {"approvers": ("ben",)}):
            world = World()
            effect = world.effect()
            held = world.court.decide(effect)
            assert isinstance(held, Hold)
            request = request_of(effect, held)
            assert request is not None
            members = {name: getattr(request, name) for name in request.__struct_fields__}
            world.panel.ask(type(request)(**{**members, **changes}), approval_of(effect))
            assert code(world.court.decide(effect)) == "consent.refused"

    def test_a_dynamic_consent_asks_before_each_effect(self) -> None:
        world = World()
        world.consents.grant("anna", [CAMERA], by="anna", dynamic=True)
        effect = world.effect()
        self.asked(world, effect)
        world.panel.vote("anna", id=approval_of(effect))
        assert isinstance(world.court.decide(effect), Allow)
        world.consents.revoke("anna", by="anna")
        assert code(world.court.decide(effect)) == "consent.revoked"
