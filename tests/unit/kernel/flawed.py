"""Workflows with flaws, for the tests of the static analysis."""

import datetime as dt
import os
import pathlib
import random
import time
import uuid
from random import choice
from time import time as clock
from typing import Any

from tarl import Context, activity, workflow

counter = 0


@activity(needs={"net.connect"})
def fetch() -> int:
    return 1


@activity(needs={"file.read.prices"})
def read() -> int:
    return 1


def helper() -> float:
    return clock()


@workflow
async def clocks(ctx: Context) -> Any:
    return time.time(), clock(), dt.datetime.now(), dt.date.today()  # noqa: DTZ005, DTZ011


@workflow
async def through_a_helper(ctx: Context) -> float:
    return helper()


@workflow
async def dice(ctx: Context) -> Any:
    return random.random(), choice([1]), uuid.uuid4(), os.urandom(1)


@workflow
async def world(ctx: Context) -> Any:
    return open("x"), os.environ["X"], pathlib.Path("x").read_text()


@workflow
async def sets(ctx: Context) -> Any:
    names = {"b", "a"}
    for name in names:
        await ctx.call(read, name)
    return [n + n for n in set("ab")], ",".join(names), list(names)


@workflow
async def blocks(ctx: Context) -> None:
    time.sleep(1)


@workflow
async def hashes(ctx: Context) -> int:
    return hash("x")


@workflow
async def module_state(ctx: Context) -> int:
    global counter
    counter += 1
    return counter


@workflow(capabilities={"file.read.*"})
async def beyond_its_manifest(ctx: Context) -> int:
    await ctx.call(read)
    return await ctx.call(fetch.options(pure=True))


@workflow(allow={"D101"})
async def allowed(ctx: Context) -> float:
    return time.time()


@workflow
async def sound(ctx: Context, input: list[int]) -> Any:
    import asyncio

    pick = ctx.random("pick").choice(input)
    biggest = max({1, 2}), sorted({3, 4}), 5 in {5}
    id, open = 1, 2
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ctx.call(fetch))
    await asyncio.sleep(1)
    return pick, biggest, id + open, ctx.now(), ctx.uuid(), task.result()
