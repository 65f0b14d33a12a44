"""Many effects at once, with what asyncio has for it: gather, TaskGroup, Semaphore and timeout.

python fan_out.py
"""

import asyncio
from dataclasses import dataclass

import tarl
from tarl import Context, activity, workflow


@dataclass(frozen=True)
class Reading:
    room: str
    celsius: float


@activity
async def measure(room: str) -> Reading:
    """Ask one sensor; larger rooms answer later."""
    await asyncio.sleep(len(room) / 100)
    return Reading(room, 18.0 + len(room) / 4)


@activity
async def announce(text: str) -> None:
    """Tell the household."""
    print(text)


@activity
async def ask_neighbour() -> str:
    """Somebody who does not answer today."""
    await asyncio.sleep(3600)
    return "hello"


@workflow
async def survey(ctx: Context, rooms: list[str]) -> dict[str, object]:
    """Measure all rooms at once, announce two of them, and wait for the neighbour in vain."""
    readings = await asyncio.gather(*(ctx.call(measure, room) for room in rooms))
    warmest = max(readings, key=lambda reading: reading.celsius)
    coldest = min(readings, key=lambda reading: reading.celsius)

    at_once = asyncio.Semaphore(1)  # one announcement at a time

    async def say(text: str) -> None:
        async with at_once:
            await ctx.call(announce, text)

    async with asyncio.TaskGroup() as group:
        group.create_task(say(f"warmest: {warmest.room}"))
        group.create_task(say(f"coldest: {coldest.room}"))

    try:
        async with asyncio.timeout(0.2):
            neighbour = await ctx.call(ask_neighbour)
    except TimeoutError:
        neighbour = "did not answer"
    return {"warmest": warmest.room, "coldest": coldest.room, "neighbour": neighbour}


async def main() -> None:
    async with tarl.open("survey.db") as runtime:
        print(await runtime.run(survey, ["hall", "kitchen", "bath"], id="today"))


if __name__ == "__main__":
    asyncio.run(main())
