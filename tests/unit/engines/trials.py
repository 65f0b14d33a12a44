"""Workflows that put the engine to the test; names that other processes find again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from tarl import ActivityFailed, Context, activity, workflow

SEEN: list[Any] = []
"""What activities of this process have done."""

GATES: dict[str, asyncio.Event] = {}
"""What ``gated`` waits for, by name; a name that is missing lets it pass."""


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@activity
async def note(value: Any) -> Any:
    SEEN.append(value)
    return value


@activity
async def gated(name: str) -> str:
    SEEN.append(name)
    if name in GATES:
        await GATES[name].wait()
    return name


@activity(idempotent=False)
async def pay(name: str) -> str:
    SEEN.append(f"pay {name}")
    if name in GATES:
        await GATES[name].wait()
    return f"paid {name}"


@activity
async def loses_its_task() -> None:
    inner = asyncio.ensure_future(asyncio.sleep(10))
    inner.cancel()
    await inner


@activity
async def exits() -> None:
    raise SystemExit(3)


@activity
def exits_in_thread() -> None:
    raise SystemExit("thread")


@activity
async def unprintable() -> None:
    raise Unprintable


@activity
async def stubborn(value: str) -> str:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        SEEN.append("swallowed")
    return value


@activity
async def surrogate_error() -> None:
    raise ValueError("broken \ud800 text")


@activity
async def long_error() -> None:
    raise ValueError("x" * 1_000_000)


@activity
async def returns(kind: str) -> Any:
    values: dict[str, Any] = {
        "nan": float("nan"),
        "infinity": float("inf"),
        "surrogate": "\ud800",
        "bytes": b"x",
        "object": object(),
        "big int": 2**60,
        "set": {1},
        "key": {1: 2},
        "blob": {"$blob": {"digest": "00", "size": 1}},
    }
    if kind == "deep":
        value: Any = []
        for _ in range(200):
            value = [value]
        return value
    if kind == "large":
        return "x" * 3_000
    return values[kind]


@activity
async def accepts(*args: Any, **kwargs: Any) -> int:
    return len(args) + len(kwargs)


@workflow
async def simple(ctx: Context, n: int) -> list[int]:
    return [await ctx.call(note, i) for i in range(n)]


@workflow
async def waits_for_gates(ctx: Context, names: list[str]) -> list[str]:
    return list(await asyncio.gather(*(ctx.call(gated, name) for name in names)))


@workflow
async def one_by_one(ctx: Context, names: list[str]) -> list[str]:
    return [await ctx.call(gated, name) for name in names]


@workflow
async def pays_each(ctx: Context, names: list[str]) -> list[str]:
    return [await ctx.call(pay, name) for name in names]


@workflow
async def meets(ctx: Context, kind: str) -> str:
    activities: dict[str, Any] = {
        "loses_its_task": loses_its_task,
        "exits": exits,
        "exits_in_thread": exits_in_thread,
        "unprintable": unprintable,
        "surrogate_error": surrogate_error,
        "long_error": long_error,
    }
    try:
        await ctx.call(activities[kind])
    except ActivityFailed as error:
        return f"{error.type}: {error}"
    return "no error"


@workflow
async def gets(ctx: Context, kind: str) -> str:
    try:
        await ctx.call(returns, kind)
    except ActivityFailed as error:
        return error.type
    return "recorded"


@workflow
async def gives_up(ctx: Context) -> list[str]:
    """Cancels an activity that does not let itself be cancelled."""
    task = asyncio.ensure_future(ctx.call(stubborn, "late"))
    await ctx.call(note, 1)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await ctx.sleep(1)
    return ["done"]


@workflow
async def unprintable_end(ctx: Context) -> None:
    await ctx.call(note, 1)
    raise Unprintable


@workflow
async def exits_itself(ctx: Context) -> None:
    await ctx.call(note, 1)
    raise SystemExit(4)


@workflow
async def bad_callback(ctx: Context) -> str:
    def explode(_: Any) -> None:
        raise ValueError("in a callback")

    call = asyncio.ensure_future(ctx.call(note, "callback"))
    call.add_done_callback(explode)
    await call
    return "unharmed"


@workflow
async def cleans_up(ctx: Context) -> str:
    """Would still do things when it is thrown away in the middle."""
    try:
        return await ctx.call(gated, "cleans_up")
    finally:
        await asyncio.sleep(0)
        await asyncio.gather(ctx.call(note, "cleaned"), ctx.call(note, "up"))
        ctx.snapshot("cleaned")


@workflow(allow={"D101"})
async def computes(ctx: Context, seconds: float) -> str:
    await ctx.call(note, 1)
    until = _process_clock() + seconds
    while _process_clock() < until:
        pass
    return "computed"


_process_clock = time.thread_time  # stands for a long computation; the guard refuses other clocks


@workflow
async def loops(ctx: Context, rounds: int) -> int:
    for i in range(rounds):
        await ctx.call(note, i)
    return rounds


@workflow
async def loops_and_pays(ctx: Context, rounds: int) -> list[str]:
    return [await ctx.call(pay, str(i)) for i in range(rounds)]


@workflow
async def argues(ctx: Context, kind: str) -> int:
    values: dict[str, Any] = {"nan": float("nan"), "surrogate": "\ud800", "object": object()}
    return await ctx.call(accepts, values[kind], 1)


@workflow
async def argues_by_name(ctx: Context, kind: str) -> int:
    values: dict[str, Any] = {"nan": float("nan"), "surrogate": "\ud800", "object": object()}
    return await ctx.call(accepts, 1, value=values[kind])


@workflow
async def ends_with(ctx: Context, kind: str) -> Any:
    if kind == "nan":
        return float("nan")
    if kind == "surrogate":
        return "\ud800"
    if kind == "object":
        return object()
    if kind == "blob":
        return {"$blob": 1}
    return "x" * 3_000


@workflow
async def typed_input(ctx: Context, n: int) -> int:
    return n


@workflow
async def any_input(ctx: Context, value: Any) -> Any:
    return value


@workflow
async def no_input(ctx: Context) -> str:
    return "none"


@workflow(allow={"D101"})
async def peeks_beside_another(ctx: Context) -> list[Any]:
    async def harmless() -> Any:
        await ctx.call(note, "b")
        return await ctx.call(note, "c")

    async def harmful() -> Any:
        await ctx.call(note, "d")
        return time.time()

    return list(await asyncio.gather(harmless(), harmful()))


@workflow
async def leaves_a_callback(ctx: Context) -> str:
    asyncio.get_running_loop().call_later(0.004, list)
    await ctx.call(note, 1)
    return "left"
