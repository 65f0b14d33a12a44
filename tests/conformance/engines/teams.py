"""Agents that work together, as anybody would write it: every pattern once, on any engine.

Each turn, tool and call of a model leaves a line, and answers with what follows from what it was
given, so that results and lines are the same wherever they come about.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from tests.crash import mix, pattern_mix
from tests.crash.pattern_mix import Notes, thinks
from tests.crash.role_mix import ROLE_MIX

from tarl import Context, workflow
from tarl.agents.patterns.parallel import parallel
from tarl.agents.patterns.sequential import sequential
from tarl.values.canonical import encode
from tarl.values.plain import plain

LINES: list[tuple[str, str]] = []
"""Who did something, and with what."""


def done(name: str, seen: Any, began_s: float | None = None) -> str:
    """Leave a line, and the same token for the same work."""
    what = encode(plain(seen)).decode()
    LINES.append((name, what))
    return f"{name}:{sha256(what.encode()).hexdigest()[:8]}"


def leave_lines_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the agents of the kill tests leave their lines in ``LINES``."""
    LINES.clear()
    for module in (mix, pattern_mix):
        monkeypatch.setattr(module, "done", done)


@workflow
async def in_a_row(ctx: Context, n: int) -> list[Any]:
    result = await sequential(ctx, [Notes("a"), thinks("b"), Notes("c"), thinks("d")], n)
    return [result.status, result.output]


@workflow
async def in_a_row_until_one_fails(ctx: Context, n: int) -> list[Any]:
    result = await sequential(ctx, [Notes("a"), Notes("fails", fails=True), Notes("c")], n)
    return [result.status, result.output]


@workflow
async def first_few(ctx: Context, n: int) -> list[Any]:
    agents = [*pattern_mix.some(n), Notes("fails", fails=True), Notes("late", delay_ms=20_000)]
    result = await parallel(ctx, agents, "in", quorum=n)
    return [result.status, result.output]


IN_ORDER = (in_a_row, in_a_row_until_one_fails, pattern_mix.talking, pattern_mix.routed)
"""Whose workflow fixes the order of what is done."""

AT_ONCE = (first_few, pattern_mix.at_once, pattern_mix.branching, pattern_mix.consulted, *ROLE_MIX)

BY_TURNS = ("divided", "collected", "decided", "argued")
"""Whose turns are told in the order in which they end, which is that of the clock."""

TEAMS = (*IN_ORDER, *AT_ONCE)
