"""The workflows that the crash test kills: every mode of step, timers, child tasks, large values.

Each effect appends one line to a file before it answers, and answers with a token of that attempt;
later steps get earlier answers as arguments, so an answer that was lost or computed twice shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from itertools import count
from typing import Any

from tarl import ActivityFailed, Context, activity, current_effect, workflow

EFFECTS_VARIABLE = "CRASH_EFFECTS"

_attempts = count()


def done(name: str, seen: Any, began_s: float | None = None) -> str:
    """Leave the effect's line and return the token of this attempt, which began then or now."""
    effect = current_effect()
    token = f"{name}:{os.getpid()}:{next(_attempts)}"
    line = {
        "run": effect.run.ref,
        "step": effect.step,
        "key": effect.key,
        "token": token,
        "seen": seen,
        "began_s": time.time() if began_s is None else began_s,
    }
    file = os.open(os.environ[EFFECTS_VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, json.dumps(line).encode() + b"\n")
    finally:
        os.close(file)
    return token


@activity
async def quick(seen: Any) -> str:
    return done("quick", seen)


@activity
async def slow(seen: Any, delay_ms: int) -> str:
    began_s = time.time()
    await asyncio.sleep(delay_ms / 1000)
    return done("slow", seen, began_s)


@activity
def in_thread(seen: Any) -> str:
    began_s = time.time()
    time.sleep(0.001)
    return done("thread", seen, began_s)


@activity(idempotent=False)
async def once(seen: Any) -> str:
    began_s = time.time()
    await asyncio.sleep(0.001)
    return done("once", seen, began_s)


@activity(pure=True)
def length(seen: Any) -> int:
    return len(repr(seen))


@activity
async def large(seen: Any) -> dict[str, str]:
    return {"token": done("large", seen), "padding": "x" * 40_000}


@activity
async def failing(seen: Any) -> str:
    raise RuntimeError(done("failing", seen))


@workflow
async def chain(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = [str(ctx.uuid()), ctx.random().random()]
    for i in range(n):
        seen.append(await ctx.call(quick, seen[-2:]))
        if i % 3 == 0:
            seen.append(await ctx.call(length, seen))
        if i % 4 == 0:
            ctx.snapshot({"i": i})
    return seen


@workflow
async def fan(ctx: Context, n: int) -> list[Any]:
    first = await asyncio.gather(*(ctx.call(slow, i, 1 + i % 5) for i in range(n)))
    second: list[Any] = []

    async def follow(token: str) -> None:
        second.append(await ctx.call(quick, token))

    async with asyncio.TaskGroup() as group:
        for token in first:
            group.create_task(follow(token))
    return [first, sorted(second)]


@workflow
async def pooled(ctx: Context, n: int) -> list[Any]:
    tokens: list[Any] = []
    for i in range(n):
        tokens += await asyncio.gather(ctx.call(in_thread, i), ctx.call(in_thread, tokens[-1:]))
    return tokens


@workflow
async def careful(ctx: Context, n: int) -> list[Any]:
    tokens: list[Any] = []
    for _ in range(n):
        tokens.append(await ctx.call(once, tokens[-1:]))
    return tokens


@workflow
async def races(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        try:
            seen.append(await asyncio.wait_for(ctx.call(slow, i, 3), timeout=0.003))
        except TimeoutError:
            seen.append("late")
        calls = [asyncio.ensure_future(ctx.call(slow, [i, k], 1 + k)) for k in range(3)]
        done_calls, open_calls = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        seen += [call.result() for call in done_calls]
        for call in open_calls:
            call.cancel()
        await ctx.sleep(0.002)
        seen.append(ctx.now().isoformat())
    return seen


@workflow
async def stubborn(ctx: Context, n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        try:
            await ctx.call(failing, seen[-1:])
        except ActivityFailed as error:
            seen.append(str(error))
        seen.append((await ctx.call(large, i))["token"])
    return seen


@workflow
async def queued(ctx: Context, n: int) -> list[Any]:
    queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=2)
    out: list[Any] = []

    async def produce() -> None:
        for i in range(n):
            await queue.put(await ctx.call(quick, i))
        await queue.put(None)

    async def consume() -> None:
        while (token := await queue.get()) is not None:
            out.append(await ctx.call(slow, token, 1))

    await asyncio.gather(produce(), consume())
    return out


MIX = (chain, fan, pooled, careful, races, stubborn, queued)
