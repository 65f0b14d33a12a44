"""Guardrails: what must hold before a step runs, and whether it does.

1. A guardrail that is not understood, or whose facts are missing or odd, denies.
2. What a person can still give (a yes, a consent) holds the step; what nobody can give denies it.
3. A yes is to one step as it stands: its device, parameters, place and time (:func:`mark_of`).
4. The lowest of the tiers of who asks, of the device and of the capability decides about the
   sandbox; the highest of the privacy classes about where data may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from tarl.planning.context import DeviceState
from tarl.planning.explanation.wording import setting
from tarl.planning.household import IN_THE_HOUSE, Device
from tarl.planning.plan import ExecutionStep, Guardrail
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.canonical import encode
from tarl.values.plain import plain
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict, join

FRESH_MS = 5 * MINUTE_MS
"""A critical device is not moved on what it said longer ago."""

SANDBOXED = frozenset({TrustTier.UNTRUSTED, TrustTier.BASIC})
"""Tiers whose steps run isolated."""

PRIVATE = frozenset({PrivacyClass.CONFIDENTIAL, PrivacyClass.RESTRICTED})
"""Classes of data that do not leave the house."""


READING = frozenset({"collect", "measure", "read", "snapshot"})
"""Actions that move nothing."""


class StepFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a step is about to run.

    Attributes:
        now_ms: The instant.
        step: The step as it would run.
        state: What its device last said; None when nothing is known.
        confirmed: Marks (:func:`mark_of`) of the steps that a person said yes to.
        consents: Scopes that are granted, and not revoked, now.
        is_isolated: Whether the step would run in the sandbox.
        override: The name under which a consent lets it run without; None when none does.
    """

    now_ms: int
    step: ExecutionStep
    state: DeviceState | None = None
    confirmed: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    is_isolated: bool = False
    override: str | None = None


def attach(
    step: ExecutionStep,
    device: Device | None,
    *,
    asker: TrustTier,
    scopes: Iterable[str] = (),
    local_only: bool = False,
    states: Iterable[str] = (),
) -> tuple[Guardrail, ...]:
    """The guardrails that a step needs, in the order in which they are looked at.

    Args:
        step: Without guardrails; ``scopes`` and the rest are not read from it.
        device: Its device; None for a step that has none.
        asker: The tier of who asks.
        scopes: Consents that it needs.
        local_only: Whether a rule keeps it in the house whatever its privacy class.
        states: The device must be in one of these; any when empty.
    """
    found: list[Guardrail] = []
    privacy = privacy_of(step, device)
    if privacy in PRIVATE or local_only:
        places = step.placements or (device.placements if device else ()) or (step.placement,)
        allowed = sorted(place.value for place in places if place in IN_THE_HOUSE)
        found.append(_guardrail("privacy", allowed=allowed, privacy_class=privacy.value))
    tier = tier_of(step, device, asker=asker)
    if tier in SANDBOXED:
        found.append(_guardrail("sandbox", tier=tier.value))
    if device is not None:
        found.extend(_limits(step, device))
        if is_critical(step, device):
            found.append(_guardrail("fresh", device=device.id, age_max_ms=FRESH_MS))
            found.append(_guardrail("confirm", device=device.id, action=_action(step)))
    if wanted := sorted(set(states)):
        found.append(_guardrail("state", states=wanted))
    found.extend(_guardrail("consent", scope=scope) for scope in sorted(set(scopes)))
    return tuple(found)


def privacy_of(step: ExecutionStep, device: Device | None) -> PrivacyClass:
    """The most private of what the step, its device and the capability handle."""
    classes = [step.privacy_class]
    if device is not None:
        classes.append(device.privacy_class)
        classes.extend(
            able.privacy_class
            for able in device.capabilities
            if able.capability_type == _action(step)
        )
    return max(classes, key=list(PrivacyClass).index)


def tier_of(step: ExecutionStep, device: Device | None, *, asker: TrustTier) -> TrustTier:
    """The least trusted of who asks, the device and the capability."""
    tiers = [asker]
    if device is not None:
        tiers.append(device.trust_tier)
        tiers.extend(
            able.trust_tier for able in device.capabilities if able.capability_type == _action(step)
        )
    return min(tiers, key=list(TrustTier).index)


def is_critical(step: ExecutionStep, device: Device) -> bool:
    """Whether the step moves what can hurt somebody or let somebody in; reading does not, whatever
    the step calls itself."""
    return device.is_critical and _action(step) not in READING


def wants_yes(step: ExecutionStep) -> bool:
    """Whether somebody has to say yes to the step: it moves what is critical."""
    return any(rail.kind == "confirm" for rail in step.guardrails)


def mark_of(step: ExecutionStep) -> str:
    """What a yes to the step is a yes to: SHA-256, hexadecimal, over its device, parameters, place
    and start."""
    said = {
        "device": step.device_id,
        "parameters": plain(step.parameters),
        "placement": step.placement.value,
        "start_ms": step.start_ms,
        "step": step.step_id,
    }
    return sha256(encode(said)).hexdigest()


def hold(guardrail: Guardrail, facts: StepFacts) -> Verdict:
    """Whether what a guardrail asks for is so: Allow, Hold until a person gives it, or Deny."""
    judge = _JUDGES.get(guardrail.kind)
    if judge is None:
        text = f"nothing knows the guardrail {guardrail.kind!r}"
        return _deny(Reason(code="guardrail.unknown", text=text))
    try:
        return judge(guardrail.facts, facts)
    except (KeyError, TypeError, ValueError) as error:
        text = f"the guardrail {guardrail.kind} cannot be looked at: {type(error).__name__} {error}"
        return _deny(Reason(code="guardrail.malformed", text=text))


def hold_all(facts: StepFacts) -> Verdict:
    """The strictest verdict of the step's guardrails; Allow when it has none."""
    return join(Allow(), *(hold(guardrail, facts) for guardrail in facts.step.guardrails))


# --- one judge for each kind


def _privacy(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    place = facts.step.placement
    # A list is asked for by name: `in` on a text would find parts of words.
    if place.value in _texts(wanted["allowed"]) and place in IN_THE_HOUSE:
        return Allow()
    text = f"what the step handles is not allowed at {place.value}"
    return _deny(Reason(code="guardrail.privacy", text=text, facts={"placement": place.value}))


def _sandbox(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    if facts.is_isolated:
        return Allow()
    if facts.override:
        text = f"it runs without a sandbox, as the consent {facts.override!r} says"
        return Allow((Reason(code="guardrail.sandbox", text=text),))
    text = f"steps of the tier {wanted['tier']} run in a sandbox, and this one would not"
    return _deny(Reason(code="guardrail.sandbox", text=text))


def _within(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    name, low, high = wanted["parameter"], wanted.get("gte"), wanted.get("lte")
    if low is None and high is None:
        raise ValueError("it has no bound")
    value = _number(facts.step.parameters[name])
    if (low is None or value >= _number(low)) and (high is None or value <= _number(high)):
        return Allow()
    text = f"{name} {setting(name, value)} lies outside what the device is allowed"
    known = {"parameter": name, "value": value, "gte": low, "lte": high}
    return _deny(Reason(code="guardrail.limits", text=text, facts=known))


def _confirmed(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    mark = mark_of(facts.step)
    if mark in facts.confirmed:
        return Allow()
    text = f"a person has to say yes to {wanted['action']} of {wanted['device']}"
    reason = Reason(code="guardrail.confirm", text=text, facts={"mark": mark})
    return Hold((reason,), awaits=f"confirm:{mark}")


def _fresh(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    age_max_ms, device = _number(wanted["age_max_ms"]), wanted["device"]
    if device != facts.step.device_id:
        raise ValueError("it is about another device")
    if facts.state is None or not facts.state.is_online:
        text = f"{device} does not answer"
        return _deny(Reason(code="guardrail.fresh", text=text))
    age_ms = facts.now_ms - facts.state.observed_ms
    # What was observed in the future was observed by a clock that is wrong.
    if 0 <= age_ms <= age_max_ms:
        return Allow()
    text = f"what {device} said of itself is too old to move it"
    return _deny(Reason(code="guardrail.fresh", text=text, facts={"age_ms": age_ms}))


def _in_state(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    states = _texts(wanted["states"])
    if facts.state is not None and facts.state.is_online and facts.state.state in states:
        return Allow()
    is_now = facts.state.state if facts.state else "unknown"
    text = f"the device is {is_now}, and would have to be {' or '.join(states)}"
    return _deny(Reason(code="guardrail.state", text=text, facts={"state": is_now}))


def _consented(wanted: Mapping[str, Any], facts: StepFacts) -> Verdict:
    scope = wanted["scope"]
    if not isinstance(scope, str) or not scope:
        raise ValueError("it names no scope")
    if scope in facts.consents:
        return Allow()
    text = f"there is no consent to {scope}"
    reason = Reason(code="guardrail.consent", text=text, facts={"scope": scope})
    return Hold((reason,), awaits=f"consent:{scope}")


_JUDGES: dict[str, Callable[[Mapping[str, Any], StepFacts], Verdict]] = {
    "privacy": _privacy,
    "sandbox": _sandbox,
    "limits": _within,
    "confirm": _confirmed,
    "fresh": _fresh,
    "state": _in_state,
    "consent": _consented,
}


# --- parts


def _guardrail(kind: Any, **facts: Any) -> Guardrail:
    return Guardrail(kind=kind, facts=facts)


def _limits(step: ExecutionStep, device: Device) -> Iterable[Guardrail]:
    for name, bounds in sorted(device.limits.items()):
        if name in step.parameters:
            yield _guardrail("limits", parameter=name, **bounds)


def _action(step: ExecutionStep) -> str:
    return str(step.parameters.get("action", ""))


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise TypeError("a list is needed")
    return [str(item) for item in value]


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise TypeError(f"{value!r} is no number")
    return value


def _deny(reason: Reason) -> Deny:
    return Deny((reason,))
