"""Random homes, what is known of them, and what is asked of them; the same for the same seed.

A case is made to be ``feasible`` (its rules leave room), ``tight`` (they leave little) or
``infeasible`` (at least one thing asked for cannot be had): what it is made to be is a hint for
counting, and the solver's to decide. Times, prices and levels are such that a day of 23 or 25
hours, a price below nothing, and a series that ends early come up often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from math import cos, pi
from random import Random
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from tarl.planning.context import ContextSnapshot, DeviceState, digest_of
from tarl.planning.household import (
    Area,
    Device,
    DeviceCapability,
    Floor,
    Household,
    Phase,
    PlacementTarget,
    Program,
    Storage,
    checked,
)
from tarl.planning.slots import MINUTE_MS, QUARTER_MS, Grid, instant_of
from tarl.planning.task import (
    Constraint,
    Goal,
    PrivacyClass,
    TaskSpec,
    TriggerType,
    TrustTier,
    When,
    check_constraint,
    check_goal,
)
from tarl.values.instants import to_datetime

Kind = Literal["feasible", "tight", "infeasible"]

ZONES = ("Europe/Helsinki", "Europe/Berlin", "America/New_York", "Australia/Adelaide", "UTC")
CLOCK_CHANGES = (date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 7), date(2026, 10, 31))
"""Evenings before a change of clocks, in Europe and in America."""

PROGRAMS = {
    "dishwasher": ((900, 80), (1800, 1900), (4500, 60), (1800, 1700)),
    "washing_machine": ((1800, 2000), (3600, 250), (1200, 500)),
    "dryer": ((5400, 700), (900, 200)),
    "water_heater": ((7200, 3000),),
    "vacuum": ((3600, 40),),
    "oven": ((600, 2400), (2400, 900)),
}
"""Kind -> its usual program: seconds and watts."""

NOISY = frozenset({"dishwasher", "washing_machine", "dryer", "vacuum"})
ROOMS = ("kitchen", "utility_room", "living_room", "bedroom", "garage", "office")


class Case(NamedTuple):
    """A home, what is known of it, and what is asked of it."""

    seed: int
    kind: Kind
    home: Household
    known: ContextSnapshot
    task: TaskSpec


def cases(count: int, *, first_seed: int = 0) -> Iterator[Case]:
    """So many cases, of seeds that follow one another."""
    return map(case, range(first_seed, first_seed + count))


def case(seed: int) -> Case:
    """The case of a seed: of ten, five are feasible, three tight and two infeasible."""
    rng, more = Random(seed), Random(f"{seed}: to the minute")
    kind: Kind = ("feasible", "tight", "infeasible")[rng.choices((0, 1, 2), (5, 3, 2))[0]]
    home = home_of(rng)
    known = known_of(home, rng, more)
    task = task_of(home, known, rng, kind)
    return Case(seed, kind, home, known, _with_minutes(task, home, more))


# --- the home


def home_of(rng: Random) -> Household:
    """A home of 3 to 14 devices."""
    devices = [_machine(kind, index, rng) for index, kind in enumerate(_kinds(rng))]
    devices += _others(rng)
    if rng.random() < 0.5:
        devices.append(_car(rng))
    if rng.random() < 0.4:
        devices.append(_battery(rng))
    if rng.random() < 0.5:
        devices.append(_device("solar", "solar", ("measure",), rng))
    rng.shuffle(devices)
    return checked(
        Household(
            id="home",
            time_zone=rng.choice(ZONES),
            currency=rng.choice(("EUR", "EUR", "SEK")),
            floors=(Floor(id="ground", name="Ground floor"),),
            areas=tuple(
                Area(id=room, name=room.replace("_", " "), floor=rng.choice((None, "ground")))
                for room in ROOMS
            ),
            devices=tuple(devices),
            power_max_w=rng.choice((None, 5_750, 8_000, 11_000, 17_250)),
            base_load_w=rng.choice((0, 150, 280, 600)),
            export_allowed=rng.random() < 0.8,
        )
    )


def _kinds(rng: Random) -> list[str]:
    kinds = rng.sample(sorted(PROGRAMS), rng.randint(2, len(PROGRAMS)))
    return kinds + rng.choices(sorted(PROGRAMS), k=rng.choice((0, 0, 1, 3)))


def _device(id: str, kind: str, actions: Sequence[str], rng: Random, **fields: Any) -> Device:
    able = tuple(DeviceCapability(id, action) for action in actions)
    usual: dict[str, Any] = {
        "area": rng.choice((None, *ROOMS)),
        "trust_tier": rng.choices(list(TrustTier), (1, 2, 8, 4, 1))[0],
        "privacy_class": rng.choices(list(PrivacyClass), (1, 8, 1, 0))[0],
        "noisy": kind in NOISY,
    }
    return Device(id=id, name=id.replace("_", " "), kind=kind, capabilities=able, **usual | fields)


def _machine(kind: str, index: int, rng: Random) -> Device:
    phases = tuple(
        Phase(
            # Not all of them end with a slot.
            duration_ms=max(60, round(seconds * rng.choice((0.5, 1, 1, 1.1, 1.37)))) * 1_000,
            power_w=round(watts * rng.choice((0.8, 1, 1.2))),
        )
        for seconds, watts in PROGRAMS[kind]
    )
    quick = Program(name="quick", phases=phases[:1])
    programs = (Program(name="usual", phases=phases), *((quick,) if rng.random() < 0.4 else ()))
    return _device(f"{kind}_{index}", kind, ("run", "turn_off"), rng, programs=programs)


def _others(rng: Random) -> list[Device]:
    gateway, cloud = PlacementTarget.EDGE_GATEWAY, PlacementTarget.CLOUD_REGION
    others = [
        _device("lamp", "light", ("turn_on", "turn_off"), rng, power_w=40),
        _device("fan", "fan", ("turn_on", "turn_off"), rng, power_w=60, noisy=True),
        _device(
            "heating",
            "heat_pump",
            ("set_temperature",),
            rng,
            limits={"temperature": {"gte": 160, "lte": 250}},
        ),
        _device("door", "lock", ("lock", "unlock"), rng, privacy_class=PrivacyClass.CONFIDENTIAL),
        _device(
            "camera",
            "camera",
            ("detect_people",),
            rng,
            placements=(gateway, cloud),
            privacy_class=rng.choice((PrivacyClass.INTERNAL, PrivacyClass.RESTRICTED)),
        ),
        _device(
            "speaker", "hub", ("recognise",), rng, placements=(PlacementTarget.LOCAL_DEVICE, cloud)
        ),
    ]
    return rng.sample(others, rng.randint(1, len(others)))


def _car(rng: Random) -> Device:
    storage = Storage(
        capacity_wh=rng.choice((24_000, 40_000, 58_000)),
        charge_w_max=rng.choice((2_300, 3_680, 7_400, 11_000)),
        efficiency=rng.choice((880, 920, 1000)),
    )
    return _device("car", "ev_charger", ("charge", "turn_off"), rng, storage=storage)


def _battery(rng: Random) -> Device:
    watts = rng.choice((2_500, 5_000))
    storage = Storage(
        capacity_wh=rng.choice((5_000, 10_000, 13_500)),
        charge_w_max=watts,
        discharge_w_max=watts,
        efficiency=rng.choice((850, 920)),
        reserve_wh=rng.choice((0, 500, 1_000)),
        wear_micro_per_kwh=rng.choice((0, 20_000)),
    )
    return _device("battery", "battery", ("charge", "discharge"), rng, storage=storage)


# --- what is known


def known_of(home: Household, rng: Random, more: Random) -> ContextSnapshot:
    """What is known of a home at some evening, morning or noon of the year; more often than not in
    the middle of a slot."""
    zone = ZoneInfo(home.time_zone)
    day = rng.choice(CLOCK_CHANGES) if rng.random() < 0.25 else _some_day(rng)
    at = time(rng.choice((6, 12, 17, 20, 22)), rng.choice((0, 0, 7, 45)))
    now = instant_of(day, at, zone) + more.choice((0, 0, 60_000, 240_000, 491_234, 840_000))
    grid = _grid(now, rng)
    hours = [to_datetime(grid.at(slot)).astimezone(zone).hour for slot in range(grid.count)]
    prices = _prices(hours, rng)
    has_sun = any(device.kind == "solar" for device in home.devices)
    return ContextSnapshot(
        timestamp=now,
        grid=grid,
        time_zone=home.time_zone,
        currency=home.currency,
        import_price=prices,
        export_price=_exports(prices, rng),
        solar_w=tuple(_sun(hour, rng) for hour in hours) if has_sun else (),
        base_load_w=tuple(rng.choice((None, 200, 300, 900)) for _ in hours)
        if rng.random() < 0.7
        else (),
        co2_g_per_kwh=tuple(rng.randint(20, 500) for _ in hours) if rng.random() < 0.7 else (),
        home=_shares(hours, rng, {*range(17, 24), *range(8)}),
        asleep=_shares(hours, rng, {22, 23, *range(7)}),
        quiet=tuple(hour in {22, 23, *range(6)} for hour in hours) if rng.random() < 0.7 else (),
        temperature=tuple(rng.randint(-150, 320) for _ in hours),
        devices=_states(home, now, rng),
        events={
            "sunrise": (instant_of(day + timedelta(days=1), time(7, 13), zone),),
            "wake_up": (instant_of(day + timedelta(days=1), time(6, 30), zone),),
        },
        household_digest=digest_of(home),
    )


def _some_day(rng: Random) -> date:
    return date(2026, 1, 1) + timedelta(days=rng.randrange(365))


def _grid(now: int, rng: Random) -> Grid:
    slot_ms = rng.choice((QUARTER_MS, QUARTER_MS, QUARTER_MS, 2 * QUARTER_MS, 4 * QUARTER_MS))
    hours = rng.choice((12, 24, 24, 36))
    start = now // slot_ms * slot_ms
    count = hours * 3_600_000 // slot_ms + (start < now)
    return Grid(start_ms=start, slot_ms=slot_ms, count=count)


def _prices(hours: Sequence[int], rng: Random) -> tuple[int | None, ...]:
    """Dear in the morning and the evening; at times below nothing, ended early, or not known."""
    shape = rng.random()
    if shape < 0.05:
        return ()
    level = rng.choice((40_000, 120_000, 250_000))
    offset = -level if shape < 0.25 else 0
    swing = [level + round(level * 0.6 * cos((hour - 19) * pi / 6)) for hour in hours]
    prices: list[int | None] = [offset + each + rng.randint(-9_999, 9_999) for each in swing]
    if 0.25 <= shape < 0.4:
        end = rng.randint(len(prices) // 2, len(prices))
        prices[end:] = [None] * (len(prices) - end)
    return tuple(prices)


def _exports(prices: tuple[int | None, ...], rng: Random) -> tuple[int | None, ...]:
    if not prices or rng.random() < 0.4:
        return ()
    # What is fed in never brings more than what is drawn costs: else nothing would be bounded.
    return tuple(None if price is None else min(price, 50_000) for price in prices)


def _sun(hour: int, rng: Random) -> int:
    return max(0, round(4_000 * cos((hour - 13) * pi / 12) * rng.uniform(0.3, 1)))


def _shares(hours: Sequence[int], rng: Random, likely: set[int]) -> tuple[int | None, ...]:
    if rng.random() < 0.1:
        return ()
    gap = rng.randrange(len(hours)) if rng.random() < 0.2 else len(hours)
    return tuple(
        None
        if gap <= slot < gap + 8
        else rng.randint(600, 1000)
        if hour in likely
        else rng.randint(0, 400)
        for slot, hour in enumerate(hours)
    )


def _states(home: Household, now: int, rng: Random) -> dict[str, DeviceState]:
    states = {}
    for device in home.devices:
        if rng.random() < 0.1 and device.kind not in ("ev_charger", "battery"):
            continue
        level = {"level": rng.randint(100, 1000)} if device.storage is not None else {}
        states[device.id] = DeviceState(
            state=rng.choice(("on", "off", "idle")),
            observed_ms=now - rng.randint(0, 10 * MINUTE_MS),
            attributes=level,
        )
    return states


# --- what is asked


def task_of(home: Household, known: ContextSnapshot, rng: Random, kind: Kind) -> TaskSpec:
    """One to six things to do, an objective or none, and rules as tight as the kind says."""
    # Where something has to be impossible it is not the car: a full one needs nothing.
    beside = ("solar", "battery", *(("ev_charger",) if kind == "infeasible" else ()))
    doable = [device for device in home.devices if device.kind not in beside]
    chosen = rng.sample(doable, min(len(doable), rng.randint(1, 6)))
    goals = [_goal(device, f"g{index}", rng) for index, device in enumerate(chosen, 1)]
    pairs = list(zip(goals, chosen, strict=True))
    rules = _Rules(known, rng, kind)
    for goal, device in pairs:
        rules.about(goal, device)
    if kind == "infeasible":
        rules.impossible(*rng.choice(pairs))
    rules.of_all(goals)
    objectives = ("cost", "cost", "energy", "co2", "peak_power", None)
    if objective := rng.choice(objectives):
        goals.append(Goal("minimize", objective, id=f"g{len(goals) + 1}"))
    return TaskSpec(
        task_id=f"task-{kind}",
        trigger_type=TriggerType.USER_REQUEST,
        intent="something to do at home",
        goals=tuple(map(check_goal, goals)),
        constraints=tuple(map(check_constraint, rules.found)),
        trust_tier=rng.choices(list(TrustTier), (1, 2, 5, 4, 1))[0],
        user_id="anna",
        created_at=known.timestamp,
    )


def _goal(device: Device, id: str, rng: Random) -> Goal:
    if device.kind == "ev_charger":
        value: dict[str, Any] = {"action": "charge"}
        value |= rng.choice(({"level": 700}, {"energy_wh": 6_000}, {"level": 900}))
        return Goal("achieve", device.id, value, id=id)
    if device.programs:
        target = rng.choice((device.id, device.id, device.kind))
        return Goal("achieve", target, {"action": "run"}, id=id)
    if device.limits:
        value = {"action": "set_temperature", "temperature": rng.randint(180, 230)}
        return Goal("achieve", device.id, value, id=id)
    return Goal("achieve", device.id, {"action": device.capabilities[0].capability_type}, id=id)


def _with_minutes(task: TaskSpec, home: Household, rng: Random) -> TaskSpec:
    """The task with some things that are to begin now or in so many minutes, or last for a while
    from now."""
    devices, found = {device.id: device for device in home.devices}, list(task.constraints)

    def add(goal: Goal, type: str, value: Any, operator: Any, *, is_start: bool = False) -> None:
        id, hard = f"n{len(found) + 1}", rng.random() < 0.7
        rule = Constraint(type, value, operator=operator, hard=hard, id=id, goals=(goal.id,))
        found.append(msgspec.structs.replace(rule, is_start=is_start, source="user"))

    for goal in task.goals:
        device = devices.get(goal.target)
        if goal.type != "achieve" or rng.random() < 0.5:
            continue
        if device is not None and device.power_w and rng.random() < 0.7:
            add(goal, "duration", rng.choice((5, 15, 20, 47, 90)), "eq")
        if rng.random() < 0.7:
            minutes = When(in_minutes=rng.choice((0, 0, 0, 3, 11, 22, 100)))
            add(goal, "earliest", minutes, "gte", is_start=True)
    return msgspec.structs.replace(task, constraints=tuple(map(check_constraint, found)))


class _Rules:
    """The rules of a task, one after the other."""

    def __init__(self, known: ContextSnapshot, rng: Random, kind: Kind) -> None:
        self.found: list[Constraint] = []
        self._known = known
        self._rng = rng
        self._kind = kind

    def _add(self, type: str, value: Any, operator: Any = "lte", *, goal: str = "") -> None:
        rng = self._rng
        self.found.append(
            Constraint(
                type,
                value,
                operator=operator,
                priority=rng.randint(1, 10),
                hard=rng.random() < 0.85 or self._kind == "infeasible",
                id=f"c{len(self.found) + 1}",
                goals=(goal,) if goal else (),
            )
        )

    def about(self, goal: Goal, device: Device) -> None:
        """Rules about one thing to do."""
        rng, is_tight = self._rng, self._kind == "tight"
        if rng.random() < (0.9 if is_tight else 0.5):
            lasts = _lasts(device, self._known)
            share = rng.uniform(0.15, 0.4) if is_tight else rng.uniform(0.6, 1)
            horizon = self._known.grid.end_ms - self._known.timestamp
            at = self._known.timestamp + max(round(horizon * share), lasts + QUARTER_MS)
            self._add("deadline", self._clock(min(at, self._known.grid.end_ms - 1)), goal=goal.id)
        if rng.random() < 0.2:
            self._add("earliest", When(in_minutes=rng.randint(10, 120)), "gte", goal=goal.id)
        if rng.random() < (0.4 if is_tight else 0.15):
            self._add(*self._condition(), goal=goal.id)
        if rng.random() < 0.15:
            self._add(*self._window(), goal=goal.id)
        if rng.random() < 0.1:
            self._add("privacy", "cloud", "neq", goal=goal.id)
        if (
            self._known.import_price
            and device.programs
            and rng.random() < (0.5 if is_tight else 0.2)
        ):
            self._budget(goal, device, is_tight=is_tight)

    def of_all(self, goals: Sequence[Goal]) -> None:
        """Rules about the whole."""
        rng = self._rng
        if len(goals) > 1 and rng.random() < 0.4:
            before, after = rng.sample(list(goals), 2)
            self._add("order", {"after": before.id}, "eq", goal=after.id)
        if rng.random() < 0.15:
            self._add("power", rng.choice((4_000, 6_000, 9_000)))
        if rng.random() < 0.1:
            self._add("energy", rng.choice((5_000, 20_000, 60_000)))
        if rng.random() < 0.1:
            self._add("exclude", rng.choice(("lamp", "garage")), "neq")

    def impossible(self, goal: Goal, device: Device) -> None:
        """Something that cannot be had."""
        ways = ["late", "window", "contradiction"]
        prices = self._known.import_price
        if device.programs and prices and min(price or 0 for price in prices) > 0:
            ways.append("cheap")
        way = self._rng.choice(ways)
        if way == "late":
            self._add("deadline", When(in_minutes=1), goal=goal.id)
        elif way == "window":
            far = {"in_minutes": 60 * 24 * 3}
            self._add(
                "window", {"from": far, "to": {"in_minutes": 60 * 24 * 4}}, "in", goal=goal.id
            )
        elif way == "contradiction":
            self._add("deadline", When(in_minutes=100), goal=goal.id)
            self._add("earliest", When(in_minutes=101), "gte", goal=goal.id)
        else:
            money = {"amount_micro": 1, "currency": self._known.currency}
            self._add("cost", money, goal=goal.id)

    def _budget(self, goal: Goal, device: Device, *, is_tight: bool) -> None:
        known = [price for price in self._known.import_price if price is not None]
        if not known:
            return
        energy = device.programs[0].energy_wh
        price = min(known) * 1.3 if is_tight else max(known)
        amount = max(1_000, round(energy * abs(price) / 1000))
        self._add("cost", {"amount_micro": amount, "currency": self._known.currency}, goal=goal.id)

    def _clock(self, at: int) -> When:
        """A time as it would be said, if it is then the next of its kind; else minutes."""
        zone = ZoneInfo(self._known.time_zone)
        local = to_datetime(at).astimezone(zone)
        if at - self._known.timestamp < 22 * 3_600_000 and self._rng.random() < 0.7:
            return When(clock=local.strftime("%H:%M"))
        return When(in_minutes=(at - self._known.timestamp) // MINUTE_MS)

    def _window(self) -> tuple[str, dict[str, Any], str]:
        begin, length = self._rng.randrange(24), self._rng.randint(4, 12)
        clocks = (f"{begin:02d}:00", f"{(begin + length) % 24:02d}:30")
        value = {"from": {"clock": clocks[0]}, "to": {"clock": clocks[1]}}
        return "window", value, self._rng.choice(("in", "neq"))

    def _condition(self) -> tuple[str, dict[str, Any], str]:
        subject, states = self._rng.choice(
            (
                ("occupancy", ("asleep", "awake", "home", "away")),
                ("price", ("high", "low", "negative")),
                ("solar", ("surplus",)),
                ("weather", ("cold", "hot", "raining")),
                ("mode", ("guests",)),
            )
        )
        value = {"subject": subject, "state": self._rng.choice(states)}
        return "condition", value, self._rng.choice(("neq", "neq", "eq"))


def _lasts(device: Device, known: ContextSnapshot) -> int:
    if device.programs:
        return device.programs[0].duration_ms
    return 2 * 3_600_000 if device.storage is not None else known.grid.slot_ms
