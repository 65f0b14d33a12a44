"""A step that can be undone, called off while it happens: what is recorded as completed is undone,
and what is recorded as cancelled stays so, whatever comes of it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines.opening import There, live, recorded
from tests.temporal_server import Server, server

from tarl import Context, activity, workflow
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.kernel import events
from tarl.kernel.engine import EnginePort
from tarl.values.ids import RunId

DONE: list[tuple[str, Any]] = []
MAY_END = threading.Event()
WAIT_S = 20.0


@activity
async def gives_back(n: int, result: str) -> None:
    DONE.append(("gives_back", [n, result]))


@activity(compensate=gives_back)
async def takes(n: int) -> str:
    DONE.append(("takes", n))
    return f"took {n}"


@activity(compensate=gives_back)
def takes_long(n: int) -> str:
    DONE.append(("begins", n))
    assert MAY_END.wait(WAIT_S)
    DONE.append(("takes_long", n))
    return f"took {n}"


@activity
async def tidies() -> None:
    DONE.append(("tidies", None))


@workflow
async def takes_twice(ctx: Context) -> None:
    await ctx.call(takes, 1)
    try:
        await ctx.call(takes, 2)
        await ctx.wait_for_signal("never")
    finally:
        await ctx.call(tidies)


@workflow
async def takes_its_time(ctx: Context) -> None:
    await ctx.call(takes_long, 3)


@workflow
async def gives_up_waiting(ctx: Context) -> str:
    try:
        await asyncio.wait_for(ctx.call(takes_long, 4), timeout=3)
    except TimeoutError:
        return "late"
    return "in time"


@activity
async def breaks_afterwards(n: int) -> None:
    while ("takes", n) not in DONE:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    raise ValueError("broken")


@workflow
async def breaks_beside(ctx: Context) -> None:
    await asyncio.gather(ctx.call(breaks_afterwards, 5), ctx.call(takes, 5))


FLOWS = [takes_twice, takes_its_time, gives_up_waiting, breaks_beside]
WORDS = {
    events.STEP_SCHEDULED: "asked",
    events.STEP_COMPLETED: "completed",
    events.STEP_CANCELLED: "cancelled",
}


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=8) as running:
        yield running


@pytest.fixture(params=["embedded", "temporal"])
def there(request: pytest.FixtureRequest) -> There:
    DONE.clear()
    MAY_END.clear()
    if request.param == "embedded":
        return None
    running: Server = request.getfixturevalue("temporal")
    return running.address, running.namespace()


def told(runtime: Runtime, run: RunId) -> list[tuple[str, int]]:
    """What the journal says of the run's steps."""
    found = [(WORDS.get(kind), body) for kind, body in recorded(runtime, run)]
    return [(word, json.loads(body)["step"]) for word, body in found if word is not None]


async def until(what: tuple[str, Any]) -> None:
    while what not in DONE:
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("cached", [100, 0])
def test_what_is_recorded_before_the_code_hears_of_it_is_undone(
    there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: int
) -> None:
    if there is not None:
        hold_answers_of_the_second(monkeypatch)

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(takes_twice, id="w")
        await until(("takes", 2))
        while ("completed", 2) not in told(runtime, handle.run_id):
            await asyncio.sleep(0.01)
        await engine.cancel("w", reason="enough")
        with pytest.raises(RunFailed) as ended:
            await handle.result()
        MAY_END.set()
        return ended.value.code, [each for each in told(runtime, handle.run_id) if each[1] == 2]

    code, second = live(there, tmp_path / "t.db", use, FLOWS, cached=cached)
    assert code == "run.cancelled"
    assert second == [("asked", 2), ("completed", 2)]
    assert DONE == [
        ("takes", 1),
        ("takes", 2),
        ("tidies", None),
        ("gives_back", [2, "took 2"]),
        ("gives_back", [1, "took 1"]),
    ]


def test_what_is_done_beside_a_failure_is_undone(
    there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there is not None:
        hold_answers_of_the_second(monkeypatch)

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(breaks_beside, id="w")
        with pytest.raises(RunFailed) as ended:
            await handle.result()
        MAY_END.set()
        return ended.value.facts["type"], told(runtime, handle.run_id)

    type, said = live(there, tmp_path / "t.db", use, FLOWS)
    assert type == "ValueError"
    assert DONE == [("takes", 5), ("gives_back", [5, "took 5"])]
    assert ("completed", 2) in said


def hold_answers_of_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Temporal hear of the second outcome, which is recorded, when the run is over."""
    from tarl.engines.temporal.effects import Effects

    real = Effects._carried_out

    async def held(effects: Effects, call: Any) -> bytes:
        answer = await real(effects, call)
        while json.loads(bytes(call.scheduled))["step"] == 2 and not MAY_END.is_set():
            await asyncio.sleep(0.01)
        return answer

    monkeypatch.setattr(Effects, "_carried_out", held)


def test_what_is_called_off_while_it_happens_stays_so(there: There, tmp_path: Path) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(takes_its_time, id="w")
        await until(("begins", 3))
        await engine.cancel("w", reason="enough")
        with pytest.raises(RunFailed) as ended:
            await handle.result()
        MAY_END.set()
        await until(("takes_long", 3))
        await asyncio.sleep(0.3)
        return ended.value.code, told(runtime, handle.run_id)

    code, said = live(there, tmp_path / "t.db", use, FLOWS)
    assert code == "run.cancelled"
    assert said == [("asked", 1), ("cancelled", 1)]
    assert DONE == [("begins", 3), ("takes_long", 3)]


def test_a_step_that_nobody_waits_for_has_one_end_on_record(there: There, tmp_path: Path) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(gives_up_waiting, id="w")
        result = await handle.result()
        MAY_END.set()
        await until(("takes_long", 4))
        await asyncio.sleep(0.3)
        return result, told(runtime, handle.run_id)

    said = live(there, tmp_path / "t.db", use, FLOWS)
    assert said == ("late", [("asked", 1), ("cancelled", 1)])
    assert DONE == [("begins", 4), ("takes_long", 4)]
