"""Rules 9 to 11 of the check: where a step may be done, who has to say yes, and what must hold.

Fallback steps are held to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tarl.planning.called import RELAYS, called_kind, slug
from tarl.planning.checker.finding import Finding, Subject, finding
from tarl.planning.checker.shape import with_fallbacks
from tarl.planning.household import IN_THE_HOUSE, Device, DeviceCapability
from tarl.planning.kinds import CRITICAL_ACTIONS, CRITICAL_KINDS
from tarl.planning.plan import ExecutionPlan, ExecutionStep, Guardrail
from tarl.planning.task import PrivacyClass, TrustTier

_CLASSES, _TIERS = list(PrivacyClass), list(TrustTier)
STAYS = PrivacyClass.CONFIDENTIAL
ISOLATED = TrustTier.BASIC
APPROVED_UP_TO: dict[PrivacyClass, TrustTier] = {
    PrivacyClass.INTERNAL: TrustTier.UNTRUSTED,
    PrivacyClass.CONFIDENTIAL: TrustTier.BASIC,
    PrivacyClass.RESTRICTED: TrustTier.VERIFIED,
}
"""For each class, the highest tier of who asks that needs a person's approval."""


MOVES_NOTHING = frozenset({"collect", "measure", "read", "snapshot"})
"""Actions of critical devices that nobody has to say yes to."""


def may_approve(plan: ExecutionPlan, step: ExecutionStep, tier: TrustTier) -> bool:
    """Whether somebody of a tier may say yes to a step that needs somebody's: they would need none
    themselves, and of what can hurt somebody or let somebody in they are trusted."""
    privacy = max(step.privacy_class, plan.task_spec.privacy_class, key=_CLASSES.index)
    if _asks(privacy, plan.task_spec.trust_tier) and _asks(privacy, tier):
        return False
    return not _of_kind(step, "confirm") or _TIERS.index(tier) > _TIERS.index(ISOLATED)


def _asks(privacy: PrivacyClass, asker: TrustTier) -> bool:
    upto = APPROVED_UP_TO.get(privacy)
    return upto is not None and _TIERS.index(asker) <= _TIERS.index(upto)


def check_safety(subject: Subject) -> Iterator[Finding]:
    """Rules 9 to 11, for each step and what may be done in its stead."""
    for step in subject.plan.steps:
        for each in with_fallbacks(step):
            device = subject.device_of(each)
            yield from _placement(subject, each, device)
            yield from _people(subject, each, device)
            yield from _guardrails(subject, each, device)


# --- rule 9


def _placement(subject: Subject, step: ExecutionStep, device: Device | None) -> Iterator[Finding]:
    inside = step.placement in IN_THE_HOUSE
    if not inside and _is_private(subject, step, device):
        text = f"{_class_of(subject, step, device).value} data leaves the house"
        yield finding(code="check.placement", text=text, step=step)
    if step.local_execution is not inside:
        yield finding(code="check.placement", text="it is not where it says", step=step)
    places = set(device.placements) if device is not None else {step.placement}
    if step.placement not in places or not set(step.placements) <= places:
        text = f"it cannot be done at {step.placement.value}"
        yield finding(code="check.placement", text=text, step=step)
    if any(able.cloud_required for able in _abilities(step, device)) and inside:
        yield finding(code="check.placement", text="it needs a cloud", step=step)


def _abilities(step: ExecutionStep, device: Device | None) -> list[DeviceCapability]:
    able = device.capabilities if device is not None else ()
    return [each for each in able if each.capability_type == step.parameters.get("action")]


def _class_of(subject: Subject, step: ExecutionStep, device: Device | None) -> PrivacyClass:
    classes = [step.privacy_class, subject.plan.task_spec.privacy_class]
    classes += [device.privacy_class] if device is not None else []
    classes += [able.privacy_class for able in _abilities(step, device)]
    return max(classes, key=_CLASSES.index)


def _is_private(subject: Subject, step: ExecutionStep, device: Device | None) -> bool:
    return _CLASSES.index(_class_of(subject, step, device)) >= _CLASSES.index(STAYS)


# --- rule 10


def _people(subject: Subject, step: ExecutionStep, device: Device | None) -> Iterator[Finding]:
    plan = subject.plan
    asks = _asks(_class_of(subject, step, device), plan.task_spec.trust_tier)
    if asks and not plan.approval_required:
        text = "a person has to approve it, and the plan does not say so"
        yield finding(code="check.approval", text=text, step=step)
    for scope in (rail.facts.get("scope") for rail in _of_kind(step, "consent")):
        given = [ref for ref in plan.consent_references if scope in ref.scopes]
        if not given:
            text = f"the plan does not say that it needs the consent {scope}"
            yield finding(code="check.consent", text=text, step=step)
        elif all(ref.consent_token and ref.expires_at <= step.start_ms for ref in given):
            text = f"the consent {scope} is over by then"
            yield finding(code="check.consent", text=text, step=step)


# --- rule 11


def _guardrails(subject: Subject, step: ExecutionStep, device: Device | None) -> Iterator[Finding]:
    if _is_private(subject, step, device):
        allowed = [set(_names(rail)) for rail in _of_kind(step, "privacy")]
        if not any(names <= {place.value for place in IN_THE_HOUSE} for names in allowed):
            yield _lacks(step, "privacy")
    tiers = [subject.plan.task_spec.trust_tier]
    tiers += [device.trust_tier] if device is not None else []
    tiers += [able.trust_tier for able in _abilities(step, device)]
    lowest = min(map(_TIERS.index, tiers))
    if lowest <= _TIERS.index(ISOLATED) and not _of_kind(step, "sandbox"):
        yield _lacks(step, "sandbox")
    if device is None:
        return
    lets_in = any(able.capability_type in CRITICAL_ACTIONS for able in device.capabilities)
    names = (device.name, *device.aliases) if device.kind in RELAYS else ()
    is_called_so = any(called_kind(slug(name)) for name in names)
    hurts = device.kind in CRITICAL_KINDS or lets_in or is_called_so
    if hurts and str(step.parameters.get("action")) not in MOVES_NOTHING:
        for kind in ("confirm", "fresh"):
            if not any(rail.facts.get("device") == device.id for rail in _of_kind(step, kind)):
                yield _lacks(step, kind)
    yield from _limits(step, device)


def _limits(step: ExecutionStep, device: Device) -> Iterator[Finding]:
    for name, bounds in device.limits.items():
        if name not in step.parameters:
            continue
        value, low, high = step.parameters[name], bounds.get("gte"), bounds.get("lte")
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (low is not None and value < low)
            or (high is not None and value > high)
        ):
            text = f"{device.id} may not be set to a {name} of {value}"
            yield finding(code="check.limits", text=text, step=step, parameter=name)
        wanted = {"parameter": name, **bounds}
        if not any(dict(rail.facts) == wanted for rail in _of_kind(step, "limits")):
            yield _lacks(step, "limits")


def _of_kind(step: ExecutionStep, kind: str) -> list[Guardrail]:
    return [rail for rail in step.guardrails if rail.kind == kind]


def _names(rail: Guardrail) -> Iterable[str]:
    allowed = rail.facts.get("allowed")
    return [str(each) for each in allowed] if isinstance(allowed, list | tuple) else ["?"]


def _lacks(step: ExecutionStep, kind: str) -> Finding:
    text = f"it lacks the guardrail {kind}"
    return finding(code="check.guardrail", text=text, step=step, kind=kind)
