"""The court of consent: what a plan does to a device happens while the user consents to it.

It fills the kernel's port ``Gate`` and is about effects that take a capability ``device.<action>``,
on the resource ``device/<id>``; it lets all others pass. The plan is the one that the argument
``plan_id`` names, else the one with the id of the run; ``step_id`` may name the step.

1. A plan moves a device while it is being carried out, and as its version in force says: by a step
   with that action on that device, or to end or undo one. Anything else is denied. What no recorded
   plan does passes, unless the court is told that plans alone move devices.
2. Each consent that such a step wants is asked for at the moment of the effect. What was revoked is
   denied from then on; what was never given, or has expired, is held until the user gives it: to
   this one effect by a signed approval, or by a consent.
3. A dynamic consent holds each effect until the user has approved that one.
4. Ending or undoing what a plan began needs no consent: what is taken back can be stopped.
5. What cannot be read denies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tarl.errors import TarlError
from tarl.journal.store import Store
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.effect import Effect
from tarl.kernel.holding import approval_of, subject_of
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.scopes import Want
from tarl.planning.consent.state import Consent
from tarl.planning.consent.wanted import wants_of
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.plans.decide import all_steps
from tarl.planning.plans.ledger import PlanLedger
from tarl.values.instants import Clock
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict, join

ACTIONS, RESOURCES = "device.", "device/"
_ALLOW = Allow()

STOPPING = frozenset({"turn_off", "stop", "pause"})
"""Actions that end what a device does, on a device that the plan moves."""

APPROVAL_EXPIRES_MS = 24 * 3_600_000
"""A question that nobody has answered in a day is answered with no."""

PLANS_REMEMBERED = 256


class ConsentCourt:
    """Decides about effects on devices.

    Args:
        store: The journal, for approvals.
        plans: What is being carried out.
        consents: What users consented to.
        now_ms: The clock.
        requires_plan: Whether an effect on a device that no recorded plan does is denied.
    """

    def __init__(
        self,
        store: Store,
        plans: PlanLedger,
        consents: Consents,
        *,
        now_ms: Callable[[], int],
        requires_plan: bool = False,
    ) -> None:
        self._store = store
        self._approvals = Approvals(store)
        self._plans = plans
        self._consents = consents
        self._now_ms = now_ms
        self._requires_plan = requires_plan
        self._known: dict[tuple[str, str, int], ExecutionPlan] = {}

    @classmethod
    def on(
        cls, store: Store, *, seen: Store, clock: Clock, requires_plan: bool = False
    ) -> ConsentCourt:
        """The court over a journal; ``seen`` is the same one, as the loop's courts look at it."""
        return cls(
            store,
            PlanLedger(seen, clock=clock),
            Consents(seen, clock=clock),
            now_ms=clock.now_ms,
            requires_plan=requires_plan,
        )

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        if self.is_quiet(effect):
            return _ALLOW
        try:
            return self._decided(effect)
        except TarlError as error:
            return _deny(error.code, error.message[:500])

    def is_quiet(self, effect: Effect) -> bool:
        """See ``Quiet.is_quiet``: no device is moved."""
        return not any(action.startswith(ACTIONS) for action in effect.actions)

    def _decided(self, effect: Effect) -> Verdict:
        tenant, arguments = effect.run.tenant, effect.arguments
        named = arguments.get("plan_id")
        plan_id = str(named or effect.run.workflow_id)
        if not (named or self._requires_plan) and not self._plans.has(plan_id, tenant=tenant):
            return Allow()
        plan = self._in_force(tenant, plan_id)
        if isinstance(plan, Deny):
            return plan
        steps = _steps(effect, plan)
        if steps is None:
            return _unplanned(effect, plan)
        chosen = [each for each in steps if each.step_id == arguments.get("step_id")]
        wants = wants_of(plan, chosen or steps)
        if not wants:
            return Allow()
        user = plan.task_spec.user_id
        if user is None:
            text = "the step needs a consent, and nobody known asked for the plan"
            return _deny("consent.nobody", text, scope=wants[0].scope)
        return join(*(self._wanted(effect, want, user, plan.plan_id) for want in wants))

    def _in_force(self, tenant: str, plan_id: str) -> ExecutionPlan | Deny:
        """The version of a plan that is being carried out."""
        standing = self._plans.standing(plan_id, tenant=tenant)
        if not standing.in_force:
            text = f"plan {plan_id} is {standing.status}: it is not being carried out"
            return _deny("consent.not_in_force", text, plan=plan_id, status=standing.status)
        key = (tenant, plan_id, standing.in_force)
        plan = self._known.get(key)
        if plan is None:
            if len(self._known) >= PLANS_REMEMBERED:
                self._known.clear()
            plan = self._plans.get(plan_id, standing.in_force, tenant=tenant)
            self._known[key] = plan
        return plan

    def _wanted(self, effect: Effect, want: Want, user: str, plan_id: str) -> Verdict:
        """Whether one consent is there."""
        tenant = effect.run.tenant
        live = self._consents.live(user, want, self._now_ms(), plan_id=plan_id, tenant=tenant)
        if live is not None and not live.said.dynamic:
            return Allow((_given(live, want),))
        if live is None:
            last = self._consents.last(user, want, plan_id=plan_id, tenant=tenant)
            if last is not None and last.revoked_at_ms is not None:
                text = f"{last.revoked_by} revoked the consent {want.scope}"
                facts = {"consent": last.token, "revoked_at_ms": last.revoked_at_ms}
                return _deny("consent.revoked", text, scope=want.scope, user=user, **facts)
        return self._answered(effect, want, user)

    def _answered(self, effect: Effect, want: Want, user: str) -> Verdict:
        """What the user said about this effect, or that the user is to be asked."""
        id = approval_of(effect)
        if self._store.get("approval", id.tenant, id.id) is None:
            return _held(want, user)
        approval = self._approvals.get(id)
        request = approval.request
        if request.subject != subject_of(effect) or request.named != (user,):
            text = f"the approval {id.id} is of another effect, or of others than {user}"
            return _deny("consent.refused", text, scope=want.scope, approval=id.id)
        if approval.is_pending:
            return _held(want, user)
        if approval.status != "approved":
            text = f"{user} was asked for the consent {want.scope}: {approval.status}"
            return _deny("consent.refused", text, scope=want.scope, approval=id.id)
        facts = {"scope": want.scope, "approval": id.id}
        text = f"{user} consents to it in the approval {id.id}"
        return Allow((Reason(code="consent.given", text=text, facts=facts),))


def _steps(effect: Effect, plan: ExecutionPlan) -> list[ExecutionStep] | None:
    """The steps of a plan that an effect may be; none where it ends or undoes one, None where it is
    nothing that the plan does.
    """
    if not effect.resource.startswith(RESOURCES):
        return None
    device = unquote(effect.resource.removeprefix(RESOURCES))
    taken = {a.removeprefix(ACTIONS) for a in effect.actions if a.startswith(ACTIONS)}
    on_device = [each for each in all_steps(plan.steps) if each.device_id == device]
    steps = [each for each in on_device if each.parameters.get("action") in taken]
    planned = {each.parameters["action"] for each in steps}
    ends = STOPPING.union(*map(_endings, on_device)) if on_device else frozenset()
    return steps if taken <= planned | ends else None


def _endings(step: ExecutionStep) -> set[str]:
    """The actions that end or undo a step."""
    ends = (step.compensate, step.parameters.get("at_end"))
    return {str(each.get("action")) for each in ends if isinstance(each, dict)}


def _given(consent: Consent, want: Want) -> Reason:
    facts = {"scope": want.scope, "consent": consent.token, "by": consent.said.by}
    text = f"{consent.user_id} consents to {want.scope} ({consent.token})"
    return Reason(code="consent.given", text=text, facts=facts)


def _held(want: Want, user: str) -> Hold:
    facts = {
        "scope": want.scope,
        "privacy_class": want.privacy_class.value,
        "trust_tier": want.trust_tier.value,
        "approvers": [user],
        "needed": 1,
        "expires_after_ms": APPROVAL_EXPIRES_MS,
    }
    text = f"waits for {user}'s consent to {want.scope}"
    return Hold(
        (Reason(code="consent.wanted", text=text, facts=facts),), awaits=f"consent:{want.scope}"
    )


def _unplanned(effect: Effect, plan: ExecutionPlan) -> Deny:
    text = (
        f"version {plan.version} of plan {plan.plan_id} does not do {', '.join(effect.actions)}"
        f" on {effect.resource}"
    )
    return _deny("consent.unplanned", text, plan=plan.plan_id, version=plan.version)


def _deny(code: str, text: str, **facts: Any) -> Deny:
    return Deny((Reason(code=code, text=text, facts=facts),))
