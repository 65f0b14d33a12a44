"""Deferrable loads at the cheapest time, beside EMHASS: the same loads, tariffs and connection.

EMHASS has a process and an environment of its own, ``.build/emhass`` (``make bench`` makes it from
``requirements/emhass.txt``; a gigabyte); without it there is nothing to compare with, and that is
said. Both are asked in turn, problem by problem. The bill is worked out here from either's plan, by
the same sum; times are of processes that have their libraries loaded. EMHASS stops within 1 % of
the best, which is its default; tarl proves that there is nothing better.

Tariffs are EMHASS's own example (half-hours, two rates) and a year of CityLearn 2022 (hours, with
what a real building drew and its sun), below ``TARL_BENCH_DATA``, ``../shared/data`` when it says
nothing.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
import statistics
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.measure import Finding
from tarl.planning.problem import Job, Option, Power, Problem, Rule, Weights
from tarl.planning.solver.solve import solve_here

EMHASS = Path(".build/emhass/bin/python")
PEER = Path(__file__).with_name("emhass_peer.py")

WORSE_MAX = 0.005
IMPORT_W_MAX = 12_000
SUN_KW = 4
ANSWER_S_MAX = 120

Watts = list[list[int]]


class Load(NamedTuple):
    """So many watts for so many slots, in one piece, between two slots."""

    watts: int
    slots: int
    start: int
    end: int


class Day(NamedTuple):
    """A day's prices by kilowatt-hour, and what the house draws and makes besides."""

    tariff: str
    minutes: int
    buy: list[float]
    sell: list[float]
    base_w: list[int]
    sun_w: list[int]


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Bills and times, tariff by tariff; ``quick`` takes fewer days and loads."""
    if not EMHASS.exists():
        return [Finding("EMHASS", "not installed; make bench does (about 1 GB)")]
    days = [*_emhass_days(2 if quick else 3), *_citylearn_days(2 if quick else 8)]
    if not days:
        return [Finding("EMHASS", "no tariffs: TARL_BENCH_DATA names no data")]
    counts = (5, 10) if quick else (2, 5, 10, 20)
    solve_here(_problem(days[0], _loads(days[0], 2, seed=0)))  # loads the library
    found: dict[str, list[_Pair]] = {}
    with _peer() as ask:
        ask(days[0], _loads(days[0], 2, seed=0))
        for number, day in enumerate(days):
            for count in counts:
                loads = _loads(day, count, seed=100 * number + count)
                found.setdefault(day.tariff, []).append(_compared(day, loads, ask))
    return [finding for tariff, pairs in found.items() for finding in _told(tariff, pairs)]


# --- days and loads


def _data() -> Path:
    return Path(os.environ.get("TARL_BENCH_DATA", "../shared/data"))


def _column(path: Path, name: str) -> list[float]:
    with path.open(encoding="utf-8") as file:
        return [float(row[name] or 0) for row in csv.DictReader(file)]


def _series(path: Path) -> list[float]:
    """The values of a file of EMHASS: an instant and a number a line, without a heading."""
    with path.open(encoding="utf-8") as file:
        return [float(row[1]) for row in csv.reader(file) if row]


def _emhass_days(days_max: int) -> Iterator[Day]:
    place = _data() / "home" / "tariffs"
    if not place.is_dir():
        return
    buy = _series(place / "data_load_cost_forecast.csv")
    sell = _series(place / "data_prod_price_forecast.csv")
    base = [round(watts) for watts in _series(place / "data_load_forecast.csv")][:48]
    for first in range(0, min(len(buy), 48 * days_max) - 47, 48):
        own = slice(first, first + 48)
        yield Day("EMHASS's tariff", 30, buy[own], sell[own], base, [0] * 48)


def _citylearn_days(days_max: int) -> Iterator[Day]:
    place = _data() / "planning" / "citylearn"
    if not place.is_dir():
        return
    price = _column(place / "pricing.csv", "electricity_pricing")
    draws = _column(place / "Building_1.csv", "non_shiftable_load")
    sun = _column(place / "Building_1.csv", "solar_generation")
    for number in range(days_max):
        own = slice(24 * 41 * number, 24 * 41 * number + 24)
        base = [round(1_000 * kwh) for kwh in draws[own]]
        yield Day("CityLearn", 60, price[own], [0.0] * 24, base, [0] * 24)
        with_sun = [round(SUN_KW * watts) for watts in sun[own]]
        yield Day("CityLearn with sun", 60, price[own], [0.0] * 24, base, with_sun)


def _loads(day: Day, count: int, *, seed: int) -> list[Load]:
    """Loads that the connection carries with room to spare."""
    dice, slots = random.Random(seed), len(day.buy)
    found = []
    for _ in range(count):
        lasts = dice.randint(1, 4 * 60 // day.minutes)
        start = dice.choice((0, 0, dice.randrange(slots // 3)))
        end = dice.choice((slots, slots, dice.randint(start + 2 * lasts, slots)))
        found.append(Load(dice.randrange(300, 3_000, 50), lasts, start, end))
    return found


# --- the two


def _problem(day: Day, loads: list[Load]) -> Problem:
    jobs = tuple(
        Job(id=f"l{n}", options=(Option(id="here", power_w=(load.watts,) * load.slots),))
        for n, load in enumerate(loads)
    )
    rules = []
    for n, load in enumerate(loads):
        mine = (f"l{n}",)
        rules.append(Rule(id=f"from{n}", kind="start_from", jobs=mine, limit=load.start))
        rules.append(Rule(id=f"by{n}", kind="end_by", jobs=mine, limit=load.end))
    return Problem(
        slot_ms=day.minutes * 60_000,
        count=len(day.buy),
        jobs=jobs,
        rules=tuple(rules),
        power=Power(
            import_micro=tuple(round(1e6 * price) for price in day.buy),
            export_micro=tuple(round(1e6 * price) for price in day.sell),
            base_w=tuple(day.base_w),
            solar_w=tuple(day.sun_w),
            import_w_max=IMPORT_W_MAX,
        ),
        weights=Weights(cost=1),
        time_limit_ms=10_000,
    )


def _planned(day: Day, loads: list[Load]) -> tuple[Watts, float]:
    begin = perf_counter()
    solution = solve_here(_problem(day, loads))
    seconds = perf_counter() - begin
    assert solution.schedule is not None, solution
    watts = [[0] * len(day.buy) for _ in loads]
    for placed in solution.schedule.placed:
        number = int(placed.job[1:])
        load = loads[number]
        watts[number][placed.start : placed.start + load.slots] = [load.watts] * load.slots
    return watts, seconds


Ask = Callable[[Day, list[Load]], dict[str, Any]]


@contextmanager
def _peer() -> Iterator[Ask]:
    process = subprocess.Popen(
        # -P: modules that lie beside it are not to be taken for those of the standard library.
        [EMHASS, "-P", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    def ask(day: Day, loads: list[Load]) -> dict[str, Any]:
        problem = {
            **day._asdict(),
            "import_w_max": IMPORT_W_MAX,
            "loads": [
                {"watts": each.watts, "slots": each.slots, "from": each.start, "to": each.end}
                for each in loads
            ],
        }
        asked.write(json.dumps(problem) + "\n")
        asked.flush()
        answer: dict[str, Any] = json.loads(answers.readline())
        return answer

    try:
        yield ask
    finally:
        asked.close()
        process.wait(timeout=ANSWER_S_MAX)
        answers.close()


# --- beside each other


class _Pair(NamedTuple):
    """Bills, seconds and what is wrong with either's plan; EMHASS's first time and again."""

    bill: float
    seconds: float
    peer_bill: float
    peer_seconds: float
    peer_again: float
    wrong: str

    @property
    def worse(self) -> float:
        """How much more than EMHASS's the bill is, as a share; nothing where its plan is wrong."""
        if self.wrong:
            return 0.0
        return (self.bill - self.peer_bill) / max(abs(self.peer_bill), 1e-9)


def _compared(day: Day, loads: list[Load], ask: Ask) -> _Pair:
    watts, seconds = _planned(day, loads)
    assert not (wrong := _wrong(day, loads, watts)), wrong
    answer = ask(day, loads)
    return _Pair(
        _bill(day, watts),
        seconds,
        _bill(day, answer["watts"]),
        *answer["seconds"],
        _wrong(day, loads, answer["watts"])
        or ("" if answer["status"] == "Optimal" else "not the best"),
    )


def _bill(day: Day, watts: Watts) -> float:
    """What is drawn at its price less what is fed in at its."""
    total = 0.0
    for slot, (buy, sell) in enumerate(zip(day.buy, day.sell, strict=True)):
        net_w = day.base_w[slot] - day.sun_w[slot] + sum(load[slot] for load in watts)
        total += net_w * (buy if net_w > 0 else sell) * day.minutes / 60_000
    return total


def _wrong(day: Day, loads: list[Load], watts: Watts) -> str:
    """What was asked for and is not so."""
    for load, given in zip(loads, watts, strict=True):
        on = [slot for slot, each in enumerate(given) if each]
        if [given[slot] for slot in on] != [load.watts] * load.slots:
            return "not as much as asked for"
        if on[-1] - on[0] + 1 != load.slots:
            return "not in one piece"
        if on[0] < load.start or on[-1] >= load.end:
            return "not between its times"
    for slot in range(len(day.buy)):
        drawn = day.base_w[slot] - day.sun_w[slot] + sum(load[slot] for load in watts)
        if drawn > IMPORT_W_MAX:
            return "more than the connection carries"
    return ""


def _told(tariff: str, pairs: list[_Pair]) -> list[Finding]:
    right = [pair for pair in pairs if not pair.wrong]
    worst = max((pair.worse for pair in right), default=math.inf)
    mine, theirs = sum(p.bill for p in right), sum(p.peer_bill for p in right)
    wrong = sorted({pair.wrong for pair in pairs if pair.wrong})
    beside = f"; {len(pairs) - len(right)} of EMHASS's are {', '.join(wrong)}" if wrong else ""
    seconds = statistics.median(pair.seconds for pair in pairs)
    first = statistics.median(pair.peer_seconds for pair in pairs)
    again = statistics.median(pair.peer_again for pair in pairs)
    return [
        Finding(
            f"{tariff}, the bill beside EMHASS's",
            f"{mine:.2f} to {theirs:.2f} for {len(right)} plans, {worst:+.2%} at most{beside}",
            target=f"at most {WORSE_MAX:.1%} more on any",
            met=worst <= WORSE_MAX,
        ),
        Finding(
            f"{tariff}, the time beside EMHASS's",
            f"median {seconds:.3f} s, proved best, to {first:.3f} s, or {again:.3f} s again",
            ratio=first / seconds,
        ),
    ]
