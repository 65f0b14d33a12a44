"""What the workers run; ``python workflows.py NAME`` starts one such run and waits for it.

``TARL_DB`` names the journal, ``TARL_TEMPORAL`` the server.
"""

import asyncio
import os
import sys

import tarl
from tarl import Context, activity, workflow


@activity
async def greet(name: str) -> str:
    return f"Hello, {name}"


@workflow
async def greeting(ctx: Context, name: str) -> str:
    return await ctx.call(greet, name)


async def start(name: str) -> None:
    async with tarl.open(os.environ["TARL_DB"], workflows=[greeting]) as runtime:
        temporal = await tarl.connect_temporal(runtime, os.environ["TARL_TEMPORAL"])
        print(await temporal.run(greeting, name, id=f"greet-{name}"))


if __name__ == "__main__":
    asyncio.run(start(sys.argv[1]))
