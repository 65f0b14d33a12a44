"""A plan as a picture: its steps on a time line over the price curve. SVG, without scripts, links
or fonts from elsewhere, so that it can be mailed and opened anywhere.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from tarl.planning.explanation.counted import counted_from
from tarl.planning.explanation.wording import clock, doing, money
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import HOUR_MS, Grid, zone_named

WIDTH, LEFT, RIGHT, TOP = 960, 170, 20, 46
PRICES_HEIGHT, ROW_HEIGHT = 150, 30
HOURS_BETWEEN_MARKS = 3

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1d2733 }
.title { font-size: 16px; font-weight: 600 }
.faint { fill: #667382; font-size: 11px }
.price { fill: none; stroke: #b4540a; stroke-width: 2 }
.under { fill: #f6e3d0 }
.quiet { fill: #e8ecf6 }
.step { fill: #1f6f54 }
.told { stroke: #1f6f54; stroke-width: 3 }
.line { stroke: #d4dae1; stroke-width: 1 }
"""


def svg(plan: ExecutionPlan, household: Household) -> str:
    """The picture."""
    grid = plan.grid
    if grid is None:
        grid = Grid(start_ms=plan.created_at, count=96)
    rows = _rows(plan)
    height = TOP + PRICES_HEIGHT + ROW_HEIGHT * len(rows) + 40
    names = {device.id: device.name for device in household.devices}
    label = quoteattr(plan.rationale or "plan")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label={label}>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text class="title" x="{RIGHT}" y="26">{escape(_shown(plan.task_spec.intent))}</text>',
        *_quiet(plan, grid, height),
        *_marks(grid, household, height),
        *_prices(plan, grid, household),
    ]
    for index, (device, steps) in enumerate(rows.items()):
        y = TOP + PRICES_HEIGHT + 20 + index * ROW_HEIGHT
        parts.append(f'<text x="{RIGHT}" y="{y + 16}">{escape(names.get(device, device))}</text>')
        parts += [_bar(step, y, grid, household, plan) for step in steps]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _rows(plan: ExecutionPlan) -> dict[str, list[ExecutionStep]]:
    rows: dict[str, list[ExecutionStep]] = {}
    for step in plan.steps:
        rows.setdefault(step.device_id or "notice", []).append(step)
    return rows


def _x(ms: int, grid: Grid) -> float:
    share = (ms - grid.start_ms) / (grid.end_ms - grid.start_ms)
    return round(LEFT + max(0.0, min(1.0, share)) * (WIDTH - LEFT - RIGHT), 1)


def _bar(step: ExecutionStep, y: int, grid: Grid, household: Household, plan: ExecutionPlan) -> str:
    zone = zone_named(household.time_zone)
    start, end = _x(step.start_ms, grid), _x(step.end_ms, grid)
    told = f"{doing(step.parameters)} {clock(step.start_ms, zone)} to {clock(step.end_ms, zone)}"
    if step.energy_wh:
        told += f", {money(step.estimated_cost, household.currency)}"
    told = "; ".join((told, *counted_from(step, plan, lambda ms: clock(ms, zone))))
    title = f"<title>{escape(told)}</title>"
    if end - start < 4:
        return f'<line class="told" x1="{start}" y1="{y}" x2="{start}" y2="{y + 22}">{title}</line>'
    width = round(end - start, 1)
    return (
        f'<rect class="step" x="{start}" y="{y}" width="{width}" height="22" rx="3">{title}</rect>'
    )


def _quiet(plan: ExecutionPlan, grid: Grid, height: int) -> list[str]:
    snapshot = plan.context_snapshot
    if snapshot is None:
        return []
    parts, start = [], None
    for slot in range(grid.count + 1):
        quiet = slot < len(snapshot.quiet) and snapshot.quiet[slot]
        if quiet and start is None:
            start = slot
        elif not quiet and start is not None:
            x, end = _x(grid.at(start), grid), _x(grid.at(slot), grid)
            width, tall = round(end - x, 1), height - TOP - 26
            parts.append(
                f'<rect class="quiet" x="{x}" y="{TOP}" width="{width}" height="{tall}">'
                "<title>quiet hours</title></rect>"
            )
            start = None
    return parts


def _marks(grid: Grid, household: Household, height: int) -> list[str]:
    zone = zone_named(household.time_zone)
    step = HOURS_BETWEEN_MARKS * HOUR_MS
    parts = []
    at = -(-grid.start_ms // HOUR_MS) * HOUR_MS
    while at <= grid.end_ms:
        x = _x(at, grid)
        parts.append(f'<line class="line" x1="{x}" y1="{TOP}" x2="{x}" y2="{height - 26}"/>')
        parts.append(
            f'<text class="faint" x="{x}" y="{height - 10}" text-anchor="middle">'
            f"{clock(at, zone)}</text>"
        )
        at += step
    return parts


def _prices(plan: ExecutionPlan, grid: Grid, household: Household) -> list[str]:
    snapshot = plan.context_snapshot
    prices = snapshot.import_price if snapshot is not None else ()
    known = [price for price in prices if price is not None]
    if not known:
        return [f'<text class="faint" x="{LEFT}" y="{TOP + 20}">prices are not known</text>']
    low, high = min(0, *known), max(1, *known)

    def y_of(price: int) -> float:
        share = (price - low) / (high - low)
        return round(TOP + PRICES_HEIGHT - share * (PRICES_HEIGHT - 16), 1)

    parts = []
    for run in _known_runs(prices):
        points = []
        for slot in run:
            price = prices[slot] or 0
            points += [f"{_x(grid.at(slot), grid)},{y_of(price)}"]
            points += [f"{_x(grid.at(slot + 1), grid)},{y_of(price)}"]
        left, right = _x(grid.at(run[0]), grid), _x(grid.at(run[-1] + 1), grid)
        zero = y_of(0)
        parts.append(
            f'<polygon class="under" points="{left},{zero} {" ".join(points)} {right},{zero}"/>'
        )
        parts.append(f'<polyline class="price" points="{" ".join(points)}"/>')
    currency = household.currency
    parts.append(
        f'<text class="faint" x="{RIGHT}" y="{y_of(high) + 10}">'
        f"{escape(money(high, currency))}/kWh</text>"
    )
    lowest = min(known)
    parts.append(
        f'<text class="faint" x="{RIGHT}" y="{y_of(lowest) - 2}">'
        f"{escape(money(lowest, currency))}/kWh</text>"
    )
    return parts


def _known_runs(prices: tuple[int | None, ...]) -> list[list[int]]:
    """Slots that follow one another and have a price."""
    runs: list[list[int]] = []
    for slot, price in enumerate(prices):
        if price is None:
            continue
        if runs and runs[-1][-1] == slot - 1:
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return runs


def _shown(text: str) -> str:
    shown = "".join(character for character in text if character.isprintable())
    return shown if len(shown) <= 110 else shown[:109] + "…"
