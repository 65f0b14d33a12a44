"""The consents that the steps of a plan want, for which data and devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tarl.planning.consent.lifetimes import PRIVACY_ORDER, TRUST_ORDER
from tarl.planning.consent.scopes import Want, exact
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.plans.decide import all_steps
from tarl.planning.task import PrivacyClass, TrustTier


class Wanted(NamedTuple):
    """Scopes that a plan wants and does not stand on yet; the most private data and the least
    trusted device of all of them.
    """

    scopes: tuple[str, ...]
    privacy_class: PrivacyClass
    trust_tier: TrustTier


def wants_of(plan: ExecutionPlan, steps: Sequence[ExecutionStep]) -> list[Want]:
    """The consents that steps of a plan want, once each; for the most private data of those that
    want it. A device of which the plan does not say how far it is trusted is not.

    Raises:
        Invalid: a guardrail that names no exact scope (``consent.scope``).
    """
    tiers = {
        scope: reference.trust_tier
        for reference in plan.consent_references
        for scope in reference.scopes
    }
    wants: dict[str, Want] = {}
    for step in steps:
        for guardrail in step.guardrails:
            if guardrail.kind != "consent":
                continue
            scope = exact(str(guardrail.facts.get("scope", ""))).text
            classes = [step.privacy_class, plan.task_spec.privacy_class]
            classes += [wants[scope].privacy_class] if scope in wants else []
            privacy = max(classes, key=PRIVACY_ORDER.index)
            wants[scope] = Want(scope, privacy, tiers.get(scope, TrustTier.UNTRUSTED))
    return list(wants.values())


def wanted_by(plan: ExecutionPlan) -> Wanted:
    """What a plan wants that it does not stand on yet."""
    held = {
        scope
        for reference in plan.consent_references
        if reference.consent_token
        for scope in reference.scopes
    }
    wants = [want for want in wants_of(plan, all_steps(plan.steps)) if want.scope not in held]
    return Wanted(
        tuple(want.scope for want in wants),
        max(
            (want.privacy_class for want in wants),
            key=PRIVACY_ORDER.index,
            default=PrivacyClass.PUBLIC,
        ),
        min(
            (want.trust_tier for want in wants), key=TRUST_ORDER.index, default=TrustTier.PRIVILEGED
        ),
    )
