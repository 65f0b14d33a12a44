"""What is no longer as a plan took it to be: the triggers of planning anew.

1. Only what touches a step that has not ended is drift.
2. What was so when the plan was made is none, however bad it is.
3. Each is told once for as long as it lasts (:class:`Watch`).

The thresholds are of the requirements: 15 % of planned power; prices and presence where a step
rests on them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.execution.drawn import course_of
from tarl.planning.execution.handover import Drift, DriftKind
from tarl.planning.execution.moment import parts_of
from tarl.planning.formulation.foreseen import holding
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import Grid

POWER_SHARE = 150
"""Permille that the mean power of a running step may differ from the plan's."""

POWER_W_MIN = 50
"""A difference of fewer watts is nobody's business."""

PRICE_SHARE = 50
"""Permille that the price of what is left may change."""

PRICE_MICRO_MIN = 10_000
"""A cent."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a running step has drawn: the mean of ``over_ms``, from ``after_ms`` after its start."""

    power_w: int
    over_ms: int
    after_ms: int = 0


MEASURED_MS_MIN = 300_000
"""Shorter is a spike."""


def drifts_of(
    plan: ExecutionPlan,
    before: ContextSnapshot,
    now: ContextSnapshot,
    *,
    ended: Collection[str] = (),
    begun: Collection[str] = (),
    live_scopes: Collection[str] | None = None,
    measured: Mapping[str, Measured] | None = None,
    priced: ContextSnapshot | None = None,
) -> list[Drift]:
    """All that has drifted.

    Args:
        plan: The version in force.
        before: What it was made with.
        now: What is known now.
        ended: Steps that are over.
        begun: Steps that run.
        live_scopes: Consents that are live; None when nobody looked.
        measured: What running steps draw.
        priced: What was known when a drift of prices was last told; ``before`` when none was.
    """
    left = [step for step in plan.steps if step.step_id not in ended]
    coming = [step for step in left if step.step_id not in begun]
    found = [
        *_prices(coming, priced or before, now),
        *_offline(left, before, now),
        *_occupancy(coming, before, now),
        *_consents(left, live_scopes),
        *_power(left, measured or {}, begun, plan),
    ]
    return [msgspec.structs.replace(drift, observed_ms=now.timestamp) for drift in found]


def _ids(steps: list[ExecutionStep]) -> tuple[str, ...]:
    return tuple(step.step_id for step in steps)


def _prices(
    coming: list[ExecutionStep], before: ContextSnapshot, now: ContextSnapshot
) -> Iterator[Drift]:
    drawing = [step for step in coming if any(step.power_w)]
    if not drawing:
        return
    until = _known_until(before)
    later = _known_until(now)
    if until is not None and later is not None and until < before.grid.end_ms and later > until:
        yield Drift(kind="price", text="prices of a further day are known", affected=_ids(drawing))
        return
    compared = [(_cost(step, before), _cost(step, now)) for step in drawing]
    known = [(old, new) for old, new in compared if old is not None and new is not None]
    old, new = sum(pair[0] for pair in known), sum(pair[1] for pair in known)
    if abs(new - old) >= max(PRICE_MICRO_MIN, abs(old) * PRICE_SHARE // 1000):
        text = f"what is left would cost {new / 1e6:.2f} instead of {old / 1e6:.2f} {now.currency}"
        yield Drift(kind="price", text=text, affected=_ids(drawing))
    elif changed := _changed_slots(before, now):
        text = f"the price of {changed} quarter hours has changed"
        yield Drift(kind="price", text=text, affected=_ids(drawing))


def _known_until(snapshot: ContextSnapshot) -> int | None:
    known = [slot for slot, price in enumerate(snapshot.import_price) if price is not None]
    return snapshot.grid.at(known[-1] + 1) if known else None


def _cost(step: ExecutionStep, snapshot: ContextSnapshot) -> int | None:
    slot_ms = snapshot.grid.slot_ms
    total = 0
    for index, watts in enumerate(step.power_w):
        price = price_at(snapshot, step.start_ms + index * slot_ms)
        if price is None:
            return None
        total += watts * price
    return total * slot_ms // 3_600_000_000


def price_at(snapshot: ContextSnapshot, ms: int) -> int | None:
    """The price of a kilowatt-hour at an instant, if it is known."""
    return _at(snapshot.import_price, snapshot.grid, ms)


def _at(values: tuple[int | None, ...], grid: Grid, ms: int) -> int | None:
    slot = grid.slot_of(ms)
    return values[slot] if 0 <= slot < len(values) else None


def _changed_slots(before: ContextSnapshot, now: ContextSnapshot) -> int:
    """How many slots that both know have a price that differs by more than the share."""
    changed = 0
    for slot, price in enumerate(now.import_price):
        earlier = price_at(before, now.grid.at(slot))
        if price is None or earlier is None:
            continue
        changed += abs(price - earlier) * 1000 > abs(earlier) * PRICE_SHARE
    return changed


def _offline(
    left: list[ExecutionStep], before: ContextSnapshot, now: ContextSnapshot
) -> Iterator[Drift]:
    for device in dict.fromkeys(step.device_id for step in left if step.device_id):
        state, earlier = now.devices.get(device), before.devices.get(device)
        if state is None or state.is_online or (earlier is not None and not earlier.is_online):
            continue
        affected = _ids([step for step in left if step.device_id == device])
        text = f"{device} does not answer"
        yield Drift(kind="device_offline", text=text, affected=affected, subject=device)


def _occupancy(
    coming: list[ExecutionStep], before: ContextSnapshot, now: ContextSnapshot
) -> Iterator[Drift]:
    for step in coming:
        for condition in parts_of(step.only_if):
            if condition.get("subject") != "occupancy":
                continue
            if _is_met(step, condition, now) or not _is_met(step, condition, before):
                continue
            said = f"somebody is {condition.get('state')}"
            word = "no longer" if condition.get("operator") != "neq" else "now"
            text = f"{step.step_id}: it is {word} expected that {said}"
            yield Drift(kind="occupancy", text=text, affected=(step.step_id,), subject=step.step_id)
            break


def _is_met(step: ExecutionStep, condition: Mapping[str, Any], known: ContextSnapshot) -> bool:
    """Whether a step's condition is expected to hold all the while, as far as it is foreseen."""
    holds = holding(dict(condition), known)
    wanted = condition.get("operator") != "neq"
    slots = known.grid.covering(step.start_ms, step.end_ms)
    return holds is not None and all(holds[slot] is wanted for slot in slots)


def _consents(left: list[ExecutionStep], live: Collection[str] | None) -> Iterator[Drift]:
    if live is None:
        return
    for step in left:
        wanted = [str(r.facts.get("scope")) for r in step.guardrails if r.kind == "consent"]
        missing = [scope for scope in wanted if scope not in live]
        if missing:
            text = f"there is no consent to {', '.join(missing)} any more"
            yield Drift(
                kind="consent", text=text, affected=(step.step_id,), subject=",".join(missing)
            )


def _power(
    left: list[ExecutionStep],
    measured: Mapping[str, Measured],
    begun: Collection[str],
    plan: ExecutionPlan,
) -> Iterator[Drift]:
    slot_ms = plan.grid.slot_ms if plan.grid else 1
    for step in left:
        drawn = measured.get(step.step_id)
        if drawn is None or step.step_id not in begun or drawn.over_ms < MEASURED_MS_MIN:
            continue
        planned = mean_power(
            course_of(step, slot_ms=slot_ms), after_ms=drawn.after_ms, over_ms=drawn.over_ms
        )
        differs = abs(drawn.power_w - planned)
        if differs < POWER_W_MIN or differs * 1000 <= planned * POWER_SHARE:
            continue
        text = f"{step.device_id} draws {drawn.power_w} W instead of {planned} W"
        later = [other for other in left if other.step_id not in begun]
        if later:
            yield Drift(kind="power", text=text, affected=_ids(later), subject=step.step_id)


def mean_power(course: Iterable[tuple[int, int, int]], *, after_ms: int, over_ms: int) -> int:
    """Mean watts of a stretch of a course of power, as far as it lies in it."""
    drawn = within = 0
    for begins, ends, watts in course:
        share = max(0, min(after_ms + over_ms, ends) - max(after_ms, begins))
        drawn += watts * share
        within += share
    return drawn // max(1, within)


Told = tuple[DriftKind, str, int]
"""What was told: a kind of drift, of what, and of which version."""


class Watch:
    """Which drift of a plan has been told; what has passed may be told again.

    A step that draws more than it should still does so when the others have been planned anew: that
    is told once for all versions.
    """

    def __init__(self) -> None:
        self._told: set[Told] = set()
        self._priced: tuple[int, ContextSnapshot] | None = None

    def priced(self, version: int) -> ContextSnapshot | None:
        """What was known when a drift of prices of this version was last told."""
        return self._priced[1] if self._priced and self._priced[0] == version else None

    def new(self, drifts: list[Drift], *, version: int) -> list[Drift]:
        """Those that have not been told; what does not last any more is forgotten."""
        self._told &= {_key(drift, version) for drift in drifts}
        return [drift for drift in drifts if _key(drift, version) not in self._told]

    def told(self, drift: Drift, now: ContextSnapshot, *, version: int) -> None:
        """A drift has been told; of prices, the next is measured against what is known now."""
        if drift.kind == "price":
            self._priced = (version, now)
        else:
            self._told.add(_key(drift, version))


def _key(drift: Drift, version: int) -> Told:
    return (drift.kind, drift.subject, 0 if drift.kind == "power" else version)
