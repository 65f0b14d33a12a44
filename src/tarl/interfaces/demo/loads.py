"""The demonstration's workflow: when to run a household's loads at the day's cheapest prices.

Prices are EUR/MWh a quarter of an hour; money is in hundredths of a cent (``price_e4``), so that it
stays integer. A window is contiguous; its cost is energy in each quarter times the quarter's price.
"""

from __future__ import annotations

import csv
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from tarl import Context, activity, current_effect, workflow

QUARTER_HOURS = 0.25


@dataclass(frozen=True)
class Load:
    """A device's run: how long without interruption, at which power."""

    name: str
    quarters: int
    power_w: int


@dataclass(frozen=True)
class Task:
    """What the workflow is asked to do; ``pause_ms`` slows each effect so that people can watch."""

    prices: str
    directory: str
    loads: list[Load]
    pause_ms: int


@dataclass(frozen=True)
class Price:
    """A quarter of an hour: its start (RFC 3339, UTC) and its price in EUR/MWh."""

    start: str
    eur_per_mwh: float


@dataclass(frozen=True)
class Window:
    """Where a load is cheapest, and what the dearest window of the same length would cost."""

    load: str
    start: str
    first_quarter: int
    quarters: int
    cost_e4: int
    dearest_e4: int


@activity(needs={"file.read"})
def read_prices(path: str, directory: str, pause_ms: int) -> list[Price]:
    """The day's prices from a CSV file with a header."""
    _carry_out(directory, pause_ms)
    with Path(path).open(newline="") as file:
        return [
            Price(row["delivery_start"], float(row["eur_per_mwh"])) for row in csv.DictReader(file)
        ]


@activity(pure=True)
def cheapest_window(prices: list[Price], load: Load) -> Window:
    """The cheapest and the dearest contiguous window for a load."""
    costs = []
    for first in range(len(prices) - load.quarters + 1):
        quarters = prices[first : first + load.quarters]
        kwh = load.power_w / 1000 * QUARTER_HOURS
        # EUR/MWh is a tenth of a cent per kWh; times kWh, in hundredths of a cent: ten times that.
        costs.append(round(sum(q.eur_per_mwh for q in quarters) * kwh * 10))
    best = min(range(len(costs)), key=costs.__getitem__)
    return Window(
        load=load.name,
        start=prices[best].start,
        first_quarter=best,
        quarters=load.quarters,
        cost_e4=costs[best],
        dearest_e4=max(costs),
    )


@activity(needs={"file.write"})
def schedule_load(window: Window, directory: str, pause_ms: int) -> str:
    """Put one load on the schedule: a file of its own, replaced in one step."""
    _carry_out(directory, pause_ms)
    target = Path(directory) / "schedule" / f"{window.load}.json"
    target.parent.mkdir(exist_ok=True)
    return _write(target, json.dumps({"load": window.load, "start": window.start}) + "\n")


@activity(needs={"file.write"})
def write_report(windows: list[Window], directory: str, pause_ms: int) -> str:
    """The schedule as a table for people."""
    _carry_out(directory, pause_ms)
    lines = [
        "# Cheapest windows, Finland, 2025-05-07",
        "",
        "| load | start (UTC) | hours | cost, cent | dearest, cent | saved, cent |",
        "|---|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {w.load} | {w.start[11:16]} | {w.quarters * QUARTER_HOURS:g} | {cents(w.cost_e4)}"
        f" | {cents(w.dearest_e4)} | {cents(w.dearest_e4 - w.cost_e4)} |"
        for w in sorted(windows, key=lambda w: w.start)
    ]
    return _write(Path(directory) / "report.md", "\n".join(lines) + "\n")


@workflow(name="cheapest_windows", capabilities={"file.read", "file.write"})
async def cheapest_windows(ctx: Context, task: Task) -> list[Window]:
    """Read the prices, find each load's cheapest window, schedule it, and report."""
    prices = await ctx.call(read_prices, task.prices, task.directory, task.pause_ms)
    windows = []
    for load in task.loads:
        window = await ctx.call(cheapest_window, prices, load)
        await ctx.call(schedule_load, window, task.directory, task.pause_ms)
        windows.append(window)
        ctx.snapshot({"scheduled": [w.load for w in windows]})
    await ctx.call(write_report, windows, task.directory, task.pause_ms)
    return windows


def cents(price_e4: int) -> str:
    """Hundredths of a cent as cents."""
    return f"{price_e4 / 100:.2f}"


def _carry_out(directory: str, pause_ms: int) -> None:
    """Take the time a device would, then note for the demonstration that the effect happened."""
    time.sleep(pause_ms / 1000)
    effect = current_effect()
    line = json.dumps(
        {
            "activity": effect.activity.name,
            "key": effect.key,
            "pid": os.getpid(),
            "step": effect.step,
        }
    )
    with (Path(directory) / "effects.log").open("a") as log:
        log.write(line + "\n")


def _write(target: Path, text: str) -> str:
    beside = target.with_suffix(".tmp")
    beside.write_text(text)
    beside.replace(target)
    return str(target.name)
