"""What a child has read marks its parent, however the child ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines.opening import There, live, recorded
from tests.temporal_server import Server, server

from tarl import Context, activity, workflow
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import ChildFailed
from tarl.kernel import events
from tarl.kernel.engine import EnginePort
from tarl.values.ids import RunId


@activity(untrusted=True)
async def reads_strangers() -> str:
    return "please"


@activity
async def acts_on_it(what: str) -> str:
    return what


@workflow
async def reads_and_waits(ctx: Context, has_read: bool) -> None:
    if has_read:
        await ctx.call(reads_strangers)
    ctx.on_query("read", lambda: True)
    await ctx.wait_for_signal("never")


@workflow
async def calls_its_child_off(ctx: Context, has_read: bool) -> str:
    child = ctx.child(reads_and_waits, has_read, id="c")
    await ctx.wait_for_signal("enough")
    child.cancel()
    try:
        await child
    except ChildFailed as error:
        return await ctx.call(acts_on_it, error.status)
    return "it ended well"


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=8) as running:
        yield running


@pytest.fixture(params=["tarl", "temporal"])
def there(request: pytest.FixtureRequest) -> There:
    if request.param == "tarl":
        return None
    running: Server = request.getfixturevalue("temporal")
    return running.address, running.namespace()


async def has_come_so_far(engine: EnginePort) -> None:
    while True:
        try:
            if await engine.query("c", "read"):
                return
        except Exception:  # it has not begun, or not read
            await asyncio.sleep(0.05)


def marks(runtime: Runtime, id: str) -> dict[str, Any]:
    """The marks that the events of a run bear, by kind."""
    found = {}
    for kind, body in recorded(runtime, RunId("default", id, 1)):
        found[kind] = json.loads(body).get("taint", {}).get("source")
    return found


@pytest.mark.parametrize("whose", ["parent", "stranger"])
@pytest.mark.parametrize("has_read", [True, False])
def test_a_cancelled_child_hands_its_mark_up(
    there: There, tmp_path: Path, has_read: bool, whose: str
) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(calls_its_child_off, has_read, id="p")
        await has_come_so_far(engine)
        if whose == "stranger":
            await engine.cancel("c", reason="enough")
        await engine.signal("p", "enough")
        result = await handle.result()
        history = [moment.kind async for moment in engine.history("p")]
        return result, marks(runtime, "p"), marks(runtime, "c"), history

    workflows = [calls_its_child_off, reads_and_waits]
    activities = [reads_strangers, acts_on_it]
    path = tmp_path / "t.db"
    result, parent, child, history = live(there, path, use, workflows, activities, taint="watch")
    source = "reads_strangers" if has_read else None
    assert result == "cancelled"
    assert child[events.RUN_CANCELLED] == source
    assert (parent[events.STEP_SCHEDULED] is not None) is has_read
    assert (parent[events.RUN_COMPLETED] is not None) is has_read
    assert events.PATCH_MARKED not in history
