"""The workflow of the tutorial: find the cheapest hours in a file of prices, and write them down.

tarl run prices.py --input '{"path": "prices.csv", "hours": 3}' --id p1
"""

import asyncio
import csv
from dataclasses import dataclass
from pathlib import Path

from tarl import Context, activity, workflow


@dataclass(frozen=True)
class Task:
    path: str
    hours: int


@dataclass(frozen=True)
class Price:
    start: str
    eur_per_mwh: float


@activity
async def read_prices(path: str) -> list[Price]:
    await asyncio.sleep(1)  # so that there is time to kill it
    with open(path, newline="") as file:
        rows = csv.DictReader(file)
        return [Price(row["delivery_start"], float(row["eur_per_mwh"])) for row in rows]


@activity(pure=True)
def cheapest_window(prices: list[Price], hours: int) -> list[Price]:
    windows = [prices[i : i + hours] for i in range(len(prices) - hours + 1)]
    return min(windows, key=lambda window: sum(price.eur_per_mwh for price in window))


@activity
async def write_plan(window: list[Price]) -> str:
    await asyncio.sleep(1)
    beside = Path("plan.tmp")
    beside.write_text("".join(f"{price.start} {price.eur_per_mwh}\n" for price in window))
    beside.replace("plan.txt")  # doing it twice leaves the same file
    return "plan.txt"


@workflow
async def prices(ctx: Context, task: Task) -> dict[str, str]:
    day = await ctx.call(read_prices, task.path)
    window = await ctx.call(cheapest_window, day, task.hours)
    await ctx.sleep(1)
    plan = await ctx.call(write_plan, window)
    return {"from": window[0].start, "plan": plan, "planned_at": ctx.now().isoformat()}
