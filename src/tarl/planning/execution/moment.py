"""Whether a condition holds now, and what speaks against a step. What nobody knows holds neither
way (``None``)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tarl.planning.execution.handover import Observed
from tarl.planning.formulation.foreseen import (
    CHEAP,
    COLD,
    DEAR,
    HOT,
    LIKELY,
    MEASURED,
    is_beyond,
)
from tarl.planning.guardrails import StepFacts, hold_all
from tarl.planning.plan import ExecutionStep
from tarl.values.verdict import Deny, Reason, Verdict, join


def verdict_of(step: ExecutionStep, observed: Observed, *, confirmed: Collection[str]) -> Verdict:
    """What the check and a step's guardrails say of what is so; ``confirmed`` are the marks of the
    steps that a person said yes to."""
    facts = StepFacts(
        now_ms=observed.at_ms,
        step=step,
        state=observed.state,
        confirmed=frozenset(confirmed),
        consents=frozenset(observed.consents),
        is_isolated=is_isolated(step, observed),
        override=next(iter(observed.overrides.values()), None),
    )
    amiss = tuple(Reason(code=each.code, text=each.text) for each in observed.amiss)
    return join(Deny(amiss), hold_all(facts)) if amiss else hold_all(facts)


def is_isolated(step: ExecutionStep, observed: Observed) -> bool:
    """Whether a step would run in the sandbox."""
    return wants_sandbox(step) and observed.sandbox


def wants_sandbox(step: ExecutionStep) -> bool:
    """Whether a step is to run in the sandbox."""
    return any(rail.kind == "sandbox" for rail in step.guardrails)


def may_go(only_if: Mapping[str, Any] | None, observed: Observed) -> tuple[bool, str]:
    """Whether a step's condition lets it go now, and why not.

    What is unknown does not let it go: neither a step that wants an empty house, nor one that must
    not run while somebody sleeps.
    """
    for condition in parts_of(only_if):
        goes, why = _lets_go(condition, observed)
        if not goes:
            return False, why
    return True, ""


def parts_of(only_if: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], ...]:
    """The conditions of a step, all of which are to hold."""
    return () if only_if is None else (only_if, *only_if.get("also", ()))


def _lets_go(only_if: Mapping[str, Any], observed: Observed) -> tuple[bool, str]:
    holds = holds_now(only_if, observed)
    wanted = only_if.get("operator") != "neq"
    said = f"{only_if.get('subject')} {only_if.get('state')}"
    if holds is None:
        return False, f"nobody knows whether {said}"
    if holds is wanted:
        return True, ""
    return False, f"{said} is {'not so' if wanted else 'so'}"


def holds_now(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    """Whether it is so; None when nobody knows."""
    judge = _JUDGES.get(str(condition.get("subject")))
    return None if judge is None else judge(condition, observed)


def _occupancy(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    state = condition.get("state")
    share = observed.asleep if state in ("asleep", "awake") else observed.home
    if share is None:
        return None
    return (share >= LIKELY) is not (state in ("awake", "away"))


def _device(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    said = observed.states.get(str(condition.get("device")))
    if said is None or not said.is_online:
        return None
    return said.state.casefold() == str(condition.get("state")).casefold()


def _weather(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    state = condition.get("state")
    if state in MEASURED:
        return is_beyond(condition, observed.temperature)
    if state in ("cold", "hot"):
        if observed.temperature is None:
            return None
        return observed.temperature <= COLD if state == "cold" else observed.temperature >= HOT
    return None if observed.weather is None else observed.weather == state


def _price(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    price, mean, state = observed.price_micro, observed.mean_price_micro, condition.get("state")
    if price is None:
        return None
    if state == "negative":
        return price < 0
    if mean is None:
        return None
    return price * 1000 >= mean * DEAR if state == "high" else price * 1000 <= mean * CHEAP


def _solar(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    if condition.get("state") in MEASURED:
        return is_beyond(condition, observed.solar_w)
    if observed.solar_w is None:
        return None
    return observed.solar_w > (observed.base_w or 0)


def _mode(condition: Mapping[str, Any], observed: Observed) -> bool | None:
    return str(condition.get("state")) in observed.modes


_JUDGES: dict[str, Callable[[Mapping[str, Any], Observed], bool | None]] = {
    "occupancy": _occupancy,
    "device": _device,
    "weather": _weather,
    "price": _price,
    "solar": _solar,
    "mode": _mode,
}
