"""What a plan is explained with, computed from it.

1. A reason is a fact: the runner-up and its price, the rule that binds and what it costs, the
   conflict and what each way out comes to. Where there is none, none is given.
2. A plan that is not proven the best says how far from the best it may be.
3. What was stale, missing or of other days when the plan was made is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tarl.planning.explanation.beside import not_held
from tarl.planning.explanation.counted import counted_from
from tarl.planning.explanation.staying import stays
from tarl.planning.explanation.wording import (
    action_words,
    carbon,
    clock,
    doing,
    kilowatt_hours,
    lasting,
    money,
    setting,
    share,
)
from tarl.planning.formulation.foreseen import condition_words
from tarl.planning.formulation.rules import QUIET_RULE, QUIET_TEXT, given_up
from tarl.planning.household import IN_THE_HOUSE, Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep, FeasibilityStatus, Guardrail
from tarl.planning.slots import zone_named
from tarl.values.instants import isoformat_ms


class StepWords(msgspec.Struct, frozen=True, kw_only=True):
    """A step, explained.

    Attributes:
        step_id, device, name, action: What.
        start, end: When, RFC 3339 in UTC; ``when`` says it on the wall.
        cost_micro, energy_wh, co2_g: Its own.
        placement, stays_in: Where, and whether nothing leaves the house.
        because: Reasons, whole sentences without a full stop.
        needs: What must hold at the moment, in words.
        only_if: A condition in words; empty for none.
    """

    step_id: str
    device: str | None
    name: str
    action: str
    start: str
    end: str
    when: str
    cost_micro: int
    energy_wh: int
    co2_g: int
    placement: str
    stays_in: bool
    because: tuple[str, ...]
    needs: tuple[str, ...]
    only_if: str = ""


class WayOutWords(msgspec.Struct, frozen=True, kw_only=True):
    """A way out of a conflict; ``starts`` says when, on the wall, by name."""

    give_up: tuple[str, ...]
    text: str
    cost_micro: int
    starts: dict[str, str]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, explained; money in micro-units of ``currency``, shares permille.

    Attributes:
        plan_id, version, sentence, status, feasibility, strategy: The plan's.
        summary: The plan in a paragraph.
        currency, time_zone: Of what is shown.
        cost_micro, baseline_cost_micro, saved_micro: Of the steps at the price of power drawn, of
            beginning at once, between the two; None where that is not known.
        bill_micro: What the steps add to the bill where the sun covers a part of them; None where
            it is the same, or not known.
        battery_saves_micro: What batteries that the plan moves take off the house's bill, their
            wear counted; None where it moves none.
        energy_wh, co2_g: Of the steps.
        gap: How far the plan may be from the best, permille; None when nothing is proven.
        steps: In order.
        rules: Those that cost something: text and price.
        conflict: Rules that cannot all be kept, in words by id; empty for none.
        ways_out: Of the conflict.
        given_up: Rules of the house that it was made without.
        left_out: What a degraded plan leaves out.
        alternatives: Title, cost, when the steps of each device begin, what it needs.
        privacy: How many steps stay in the house, of how many; data's highest class.
        consents: Scope, whether it is there, until when.
        approval: Why a person has to approve it; empty when nobody has to.
        questions, doubts: What is open, and what was not known or is not held (see ``unheld``).
    """

    plan_id: str
    version: int
    sentence: str
    status: str
    feasibility: str
    strategy: str
    summary: str
    currency: str
    time_zone: str
    cost_micro: int
    baseline_cost_micro: int | None
    saved_micro: int | None
    bill_micro: int | None
    battery_saves_micro: int | None
    energy_wh: int
    co2_g: int
    gap: int | None
    steps: tuple[StepWords, ...]
    rules: tuple[dict[str, Any], ...]
    conflict: dict[str, str]
    ways_out: tuple[WayOutWords, ...]
    given_up: tuple[str, ...]
    left_out: tuple[str, ...]
    alternatives: tuple[dict[str, Any], ...]
    privacy: dict[str, Any]
    consents: tuple[dict[str, Any], ...]
    approval: tuple[str, ...]
    questions: tuple[str, ...]
    doubts: tuple[str, ...]


def explain(plan: ExecutionPlan, household: Household) -> Explanation:
    """A plan's explanation."""
    zone = zone_named(household.time_zone)
    snapshot = plan.context_snapshot
    cost = sum(step.estimated_cost for step in plan.steps)
    baseline = plan.baseline_cost_micro
    energy = sum(step.energy_wh for step in plan.steps)
    gap = plan.gap
    names = {device.id: device.name for device in household.devices}
    worker = _Words(plan, household, names)
    conflict = plan.conflict
    return Explanation(
        plan_id=plan.plan_id,
        version=plan.version,
        sentence=plan.task_spec.intent,
        status=plan.status.value,
        feasibility=plan.feasibility.value,
        strategy=plan.strategy.value,
        summary=_summary(plan, household, names),
        currency=household.currency,
        time_zone=zone.key,
        cost_micro=cost,
        baseline_cost_micro=baseline,
        saved_micro=None if baseline is None or not plan.steps else baseline - cost,
        bill_micro=_bill(plan, cost),
        battery_saves_micro=_moved(plan, household),
        energy_wh=energy,
        co2_g=sum(step.co2_g for step in plan.steps),
        gap=None if gap is None else round(gap * 1000),
        steps=tuple(worker.step(step) for step in plan.steps),
        rules=tuple(
            {"rule": bound.rule, "text": bound.text, "cost_micro": bound.cost_micro}
            for bound in plan.bound_rules
        ),
        conflict=dict(conflict.names) if conflict else {},
        ways_out=worker.ways_out(),
        given_up=(QUIET_TEXT,) if QUIET_RULE in given_up(plan.constraints) else (),
        left_out=plan.left_out,
        alternatives=worker.alternatives(),
        privacy=_privacy(plan),
        consents=worker.consents(),
        approval=worker.approval(),
        questions=tuple(question.text for question in plan.task_spec.questions),
        doubts=(
            *not_held(plan),
            *(doubt.text for doubt in (snapshot.doubts if snapshot else ())),
            *stays(plan, household),
        ),
    )


def _bill(plan: ExecutionPlan, cost: int) -> int | None:
    """What the steps add to the house's bill: the sun's power is worth what it would bring, and no
    more."""
    snapshot, grid = plan.context_snapshot, plan.grid
    if snapshot is None or grid is None or not any(snapshot.solar_w):
        return None
    drawn = [0] * grid.count
    for step in plan.steps:
        for index, watts in enumerate(step.power_w):
            slot = grid.slot_of(step.start_ms) + index
            if 0 <= slot < grid.count:
                drawn[slot] += watts
    added = 0
    for slot, watts in enumerate(drawn):
        price = _at(snapshot.import_price, slot)
        if watts and price is None:
            return None
        paid = _at(snapshot.export_price, slot) or 0
        left = (_at(snapshot.solar_w, slot) or 0) - (_at(snapshot.base_load_w, slot) or 0)
        from_sun = min(watts, max(0, left))
        added += from_sun * min(paid, price or 0) + (watts - from_sun) * (price or 0)
    bill = (2 * added * grid.slot_ms + 3_600_000_000) // 7_200_000_000
    return None if bill == cost else bill


def _moved(plan: ExecutionPlan, household: Household) -> int | None:
    """What the batteries' part of a plan takes off the house's bill, their wear counted; None where
    no battery is planned."""
    snapshot, grid = plan.context_snapshot, plan.grid
    batteries = plan.charge_w.keys() | plan.discharge_w.keys()
    if snapshot is None or grid is None or not batteries:
        return None
    without = [0] * grid.count
    for slot in range(grid.count):
        base = _at(snapshot.base_load_w, slot)
        without[slot] = household.base_load_w if base is None else base
        without[slot] -= _at(snapshot.solar_w, slot) or 0
    for step in plan.steps:
        for index, watts in enumerate(step.power_w):
            slot = grid.slot_of(step.start_ms) + index
            if 0 <= slot < grid.count:
                without[slot] += watts
    saved = 0
    for slot, net in enumerate(without):
        given = sum(_at(series, slot) or 0 for series in plan.discharge_w.values())
        taken = sum(_at(series, slot) or 0 for series in plan.charge_w.values())
        bought = _at(snapshot.import_price, slot) or 0
        sold = _at(snapshot.export_price, slot) or 0 if household.export_allowed else 0
        for watts, sign in ((net, 1), (net + taken - given, -1)):
            saved += sign * watts * (bought if watts >= 0 else min(sold, bought))
        for id, series in plan.discharge_w.items():
            storage = household.device(id).storage
            wear = storage.wear_micro_per_kwh if storage is not None else 0
            saved -= wear * (_at(series, slot) or 0)
    return (2 * saved * grid.slot_ms + 3_600_000_000) // 7_200_000_000


def _at(values: Sequence[int | None], slot: int) -> int | None:
    return values[slot] if slot < len(values) else None


def _summary(plan: ExecutionPlan, household: Household, names: dict[str, str]) -> str:
    if plan.feasibility is FeasibilityStatus.UNKNOWN:
        return plan.rationale
    currency = household.currency
    if not plan.steps:
        rules = "; ".join(plan.conflict.names.values()) if plan.conflict else ""
        return (
            f"There is no such plan. These cannot all be kept: {rules or 'the steps and the time'}."
        )
    zone, now = zone_named(household.time_zone), plan.created_at
    cost = sum(step.estimated_cost for step in plan.steps)
    drawing = [step for step in plan.steps if any(step.power_w)]
    first = (drawing or list(plan.steps))[0]
    name = names.get(first.device_id or "", first.device_id or "a notice")
    said = f"{name} {clock(first.start_ms, zone, now_ms=now)} to {clock(first.end_ms, zone)}"
    if len(plan.steps) > 1:
        said += f", and {len(plan.steps) - 1} more step{'s' * (len(plan.steps) > 2)}"
    if any(step.power_w and any(step.power_w) for step in plan.steps):
        said += f": {money(cost, currency)}"
    if plan.baseline_cost_micro is not None and plan.baseline_cost_micro > cost:
        said += f", {money(plan.baseline_cost_micro - cost, currency)} less than at once"
    moved = _moved(plan, household)
    if moved is not None and moved > 0:
        said += f". Moving energy through batteries takes {money(moved, currency)} off the bill"
    gap = plan.gap
    if gap is not None:
        said += (
            ". No plan is better"
            if gap == 0
            else f". It is within {share(gap)} of the best possible"
        )
    if plan.feasibility is FeasibilityStatus.DEGRADED:
        said += f". Left out: {', '.join(plan.left_out)}"
    return said + "."


class _Words:
    """What is said of one plan."""

    def __init__(self, plan: ExecutionPlan, household: Household, names: dict[str, str]) -> None:
        self._plan = plan
        self._home = household
        self._names = names
        self._zone = zone_named(household.time_zone)

    def step(self, step: ExecutionStep) -> StepWords:
        """A step in words."""
        return StepWords(
            step_id=step.step_id,
            device=step.device_id,
            name=self._name(step.device_id),
            action=_action(step),
            start=isoformat_ms(step.start_ms),
            end=isoformat_ms(step.end_ms),
            when=f"{self._clock(step.start_ms)} to {clock(step.end_ms, self._zone)}",
            cost_micro=step.estimated_cost,
            energy_wh=step.energy_wh,
            co2_g=step.co2_g,
            placement=step.placement.value,
            stays_in=step.placement in IN_THE_HOUSE,
            because=tuple(self._reasons(step)),
            needs=tuple(rail_words(rail) for rail in step.guardrails),
            only_if=_condition_words(step.only_if, self._names),
        )

    def _reasons(self, step: ExecutionStep) -> list[str]:
        reasons = [*counted_from(step, self._plan, self._clock)]
        other = step.runner_up
        if other is not None and (step.energy_wh or other.cost_more_micro):
            moved = self._clock(other.start_ms)
            elsewhere = other.device_id != step.device_id or other.placement != step.placement
            place = (
                f" on {self._name(other.device_id)} at {other.placement.value}" if elsewhere else ""
            )
            if other.cost_more_micro:
                by = money(abs(other.cost_more_micro), self._home.currency)
                verb = "costs" if other.cost_more_micro > 0 else "saves"
                price = f"{verb} {by}{' more' if verb == 'costs' else ' but is worse otherwise'}"
            else:
                price = "is no cheaper"
            reasons.append(f"the next best time, {moved}{place}, {price}")
        before = dict.fromkeys(self._name_of_step(id) for id in step.dependencies)
        before.pop(self._name(step.device_id), None)
        if before:
            reasons.append(f"it comes after {', '.join(before)}")
        return [*reasons, *self._learned(step)]

    def _learned(self, step: ExecutionStep) -> Iterator[str]:
        """What plans that ran taught of its program."""
        known = self._plan.context_snapshot
        figures = known.learned.get(step.device_id or "") if known is not None else None
        if not figures or step.parameters.get("action") != "run":
            return
        device = self._home.device(step.device_id or "")
        name = str(step.parameters.get("program", device.programs[0].name))
        if (learned := figures.get(name)) is None:
            return
        taught = f"as {learned.count} runs taught"
        if learned.duration_ms is not None:
            yield f"it takes {lasting(learned.duration_ms)}, {taught}"
        if learned.power_w is not None:
            yield f"it draws {learned.power_w} W on average, {taught}"

    def ways_out(self) -> tuple[WayOutWords, ...]:
        """The ways out of the plan's conflict."""
        conflict = self._plan.conflict
        if conflict is None:
            return ()
        return tuple(
            WayOutWords(
                give_up=way.give_up,
                text=way.text,
                cost_micro=way.cost_micro,
                starts=self._begun(
                    (self._name_of_job(job), start) for job, start in way.starts.items()
                ),
            )
            for way in conflict.ways_out
        )

    def _begun(self, starts: Iterable[tuple[str, int]]) -> dict[str, str]:
        """When each begins, on the wall; of what is done in several parts, the first."""
        first: dict[str, int] = {}
        for name, start in starts:
            first[name] = min(start, first.get(name, start))
        return {name: self._clock(start) for name, start in first.items()}

    def _all_begun(self, steps: Iterable[ExecutionStep]) -> dict[str, str]:
        """When each device's steps begin, on the wall."""
        begun: dict[str, list[str]] = {}
        for step in steps:
            if step.goal:
                begun.setdefault(self._name(step.device_id), []).append(self._clock(step.start_ms))
        return {name: ", ".join(at) for name, at in begun.items()}

    def alternatives(self) -> tuple[dict[str, Any], ...]:
        """The plan's alternatives."""
        return tuple(
            {
                "title": other.title,
                "cost_micro": sum(step.estimated_cost for step in other.steps),
                "starts": self._all_begun(other.steps),
                "needs": list(other.needs),
            }
            for other in self._plan.alternatives
        )

    def consents(self) -> tuple[dict[str, Any], ...]:
        """What the plan stands on, or wants."""
        return tuple(
            {
                "scope": scope,
                "given": bool(reference.consent_token),
                "until": isoformat_ms(reference.expires_at) if reference.expires_at else None,
                "each_time": reference.dynamic_consent,
            }
            for reference in self._plan.consent_references
            for scope in reference.scopes
        )

    def approval(self) -> tuple[str, ...]:
        """Why a person has to approve the plan."""
        if not self._plan.approval_required:
            return ()
        wanted = [f"consent to {c['scope']}" for c in self.consents() if not c["given"]]
        moved = [
            f"a yes to {_action(step)} {self._name(step.device_id)}"
            for step in self._plan.steps
            if any(rail.kind == "confirm" for rail in step.guardrails)
        ]
        return tuple(wanted + moved) or ("its data and the trust in who asks",)

    def _clock(self, ms: int) -> str:
        return clock(ms, self._zone, now_ms=self._plan.created_at)

    def _name(self, device: str | None) -> str:
        return "notice" if device is None else self._names.get(device, device)

    def _name_of_step(self, id: str) -> str:
        for step in self._plan.steps:
            if step.step_id == id:
                return self._name(step.device_id)
        return id

    def _name_of_job(self, job: str) -> str:
        parts = job.partition("#")[0].split(".")
        known = (".".join(parts[at:]) for at in range(1, len(parts)))
        return next((self._names[id] for id in known if id in self._names), job)


def rail_words(rail: Guardrail) -> str:
    """A guardrail in words."""
    facts = rail.facts
    if rail.kind == "privacy":
        return f"{facts.get('privacy_class', 'its')} data stays in the house"
    if rail.kind == "sandbox":
        return f"runs isolated, as the tier {facts.get('tier')} wants"
    if rail.kind == "limits":
        return _limits_words(facts)
    if rail.kind == "confirm":
        return "a person says yes to this very step"
    if rail.kind == "fresh":
        return f"the device has answered within {lasting(int(facts.get('age_max_ms', 0)))}"
    if rail.kind == "state":
        return f"the device is {' or '.join(map(str, facts.get('states', ())))}"
    return f"the consent {facts.get('scope')} is there"


def _limits_words(facts: Mapping[str, Any]) -> str:
    name = str(facts.get("parameter"))
    low, high = (None if facts.get(k) is None else setting(name, facts[k]) for k in ("gte", "lte"))
    if low is None or high is None:
        return f"{action_words(name)} {f'up to {high}' if low is None else f'from {low} on'}"
    return f"{action_words(name)} from {low} to {high}"


def _action(step: ExecutionStep) -> str:
    return doing({"action": step.step_type.value, **step.parameters})


def _condition_words(condition: dict[str, Any] | None, names: dict[str, str]) -> str:
    if condition is None:
        return ""
    each = (condition, *condition.get("also", ()))
    words = (condition_words(one, str(one.get("operator", "eq")), names) for one in each)
    return ", ".join(words)


def _privacy(plan: ExecutionPlan) -> dict[str, Any]:
    inside = sum(step.placement in IN_THE_HOUSE for step in plan.steps)
    classes = [step.privacy_class.value for step in plan.steps]
    return {"in_the_house": inside, "steps": len(plan.steps), "classes": sorted(set(classes))}


def totals(explanation: Explanation) -> str:
    """Cost, energy and carbon in a line."""
    parts = [money(explanation.cost_micro, explanation.currency)]
    if explanation.bill_micro is not None:
        parts[0] += f" ({money(explanation.bill_micro, explanation.currency)} with the sun's share)"
    parts.append(kilowatt_hours(explanation.energy_wh))
    if explanation.co2_g:
        parts.append(carbon(explanation.co2_g))
    return ", ".join(parts)
