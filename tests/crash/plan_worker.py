"""The process that the crash test of plans kills.

Usage: ``python -m tests.crash.plan_worker DIRECTORY PORT COUNT [CALLS]``: makes so many plans for
the home in the directory, one after the other, says yes to each and carries it out; those that were
begun before are taken up. Its clock goes on from the newest event of the journal. Every other plan
is made anew on the way, because somebody asks for it. With CALLS it kills itself right after a
device has obeyed for the so manieth time: what it did is done, and no step says so.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.unit.planning.execution.living import Living

from tarl.integrations.planning.home import HomeRuntime
from tarl.interfaces.demo.home.lapse import LapseClock
from tarl.planning.devices.broker import Broker
from tarl.planning.execution.handover import DRIFT_SIGNAL, Drift
from tarl.planning.execution.live import LiveHome
from tarl.planning.slots import zone_named
from tarl.planning.task import Constraint, Goal, TaskSpec, TriggerType, TrustTier, When
from tarl.storage import open_store
from tarl.values.instants import to_datetime
from tarl.values.plain import plain

LIGHTS = ("light.kitchen", "light.living_room", "light.bedroom")
LOCK = "lock.front_door"
DEVICES = (*LIGHTS, LOCK)
SPEED = 14_400.0


def home_at(directory: Path, port: int) -> Living:
    """The home, whose devices are in the process that kills this one."""
    broker = Broker(host="127.0.0.1", port=port)
    home = Living(directory, broker, DEVICES, speed=SPEED, is_elsewhere=True)
    if home.db.exists():
        store = open_store(home.db, keyring=home.keyring)
        newest = max((event.recorded_at_ms for event in store.read_log(0)), default=0)
        store.close()
        home.clock = LapseClock(start_ms=max(newest, home.clock.now_ms()), speed=SPEED)
    return home


def task_of(id: str, now: datetime) -> TaskSpec:
    """Three lights, one after the other, each for half an hour; at last the door."""
    begins = [now + timedelta(minutes=20 + 30 * n) for n in range(len(DEVICES))]
    wanted = [{"action": "turn_on", "duration": 30}] * len(LIGHTS) + [{"action": "lock"}]
    return TaskSpec(
        task_id=id,
        trigger_type=TriggerType.USER_REQUEST,
        intent="light the way to bed, and lock the door",
        user_id="anna",
        trust_tier=TrustTier.TRUSTED,
        goals=tuple(
            Goal("achieve", device, value, id=f"g{n}")
            for n, (device, value) in enumerate(zip(DEVICES, wanted, strict=True))
        ),
        constraints=tuple(
            Constraint(
                "earliest",
                When(clock=f"{at:%H:%M}"),
                operator="gte",
                id=f"c{n}",
                goals=(f"g{n}",),
            )
            for n, at in enumerate(begins)
        ),
    )


async def nudge(here: HomeRuntime, id: str) -> None:
    """Ask for another version of a plan, once."""
    while not here.has_begun(id):
        await asyncio.sleep(60)
    if here.runtime.query(id, "progress")["replans"] == 0:
        told = Drift(kind="person", text="somebody asks for it")
        here.runtime.signal(id, DRIFT_SIGNAL, plain(told))


async def work(home: Living, count: int) -> None:
    async with home.here() as here:
        print("READY", flush=True)
        for number in range(count):
            id = f"p{number}"
            if not here.plans.has(id):
                zone = zone_named(home.household.time_zone)
                now = to_datetime(home.clock.now_ms()).astimezone(zone)
                await here.plan(task_of(id, now), plan_id=id)
            if not (here.plans.standing(id).in_force or here.has_begun(id)):
                here.agree(here.plans.get(id), by="anna")
            nudging = asyncio.create_task(nudge(here, id)) if number % 2 else None
            outcome = await here.carry_out(id)
            if nudging is not None:
                await nudging
            assert outcome.status == "completed", outcome
    print("DONE", flush=True)


def dies_after(calls: int) -> None:
    """Kill this process when devices have obeyed so often."""
    left, command = [calls], LiveHome.command

    async def dying(self: LiveHome, *args: Any, **options: Any) -> dict[str, Any]:
        answer = await command(self, *args, **options)
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    LiveHome.command = dying  # type: ignore[method-assign]


def main(directory: str, port: str, count: str, calls: str = "0") -> None:
    dies_after(int(calls))
    home = home_at(Path(directory), int(port))
    with home.open():
        home.play(work(home, int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
