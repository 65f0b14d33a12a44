"""Effects that a gate holds until people have decided about exactly them, on every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines.opening import There, live, recorded
from tests.temporal_server import Server, server

from tarl import Context, Denied, activity, current_effect, workflow
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.people import People
from tarl.engines.embedded.runtime import Runtime
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.effect import Effect
from tarl.kernel.engine import EnginePort
from tarl.kernel.holding import approval_of
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

ALICE = PrincipalId("default", "alice")
DONE: list[tuple[str, str]] = []


@activity(needs=["door.open"], resource="door/{door}")
async def opens(door: str) -> str:
    DONE.append((door, current_effect().key))
    return f"opened {door}"


@activity(needs=["door.open"], resource="door/{door}", idempotent=False)
async def opens_once(door: str) -> str:
    DONE.append((door, current_effect().key))
    return f"opened {door}"


@activity
async def rings() -> str:
    DONE.append(("bell", current_effect().key))
    return "rang"


async def opened_by(ctx: Context, what: Any) -> list[str]:
    said = [await ctx.call(rings)]
    try:
        said.append(await ctx.call(what, "front"))
    except Denied as error:
        said.append(error.facts["reasons"][0]["code"])
    return [*said, await ctx.call(rings)]


@workflow
async def opens_the_door(ctx: Context) -> list[str]:
    return await opened_by(ctx, opens)


@workflow
async def opens_the_door_once(ctx: Context) -> list[str]:
    return await opened_by(ctx, opens_once)


FLOWS = [opens_the_door, opens_the_door_once]


class AskAlice:
    """Holds what opens doors until Alice has decided about it."""

    def __init__(self, *, expires_after_ms: int | None = None) -> None:
        self.store: Store | None = None
        self._expires_after_ms = expires_after_ms

    def decide(self, effect: Effect) -> Verdict:
        if "door.open" not in effect.actions:
            return Allow()
        assert self.store is not None
        id = approval_of(effect)
        facts = {"approvers": ["alice"], "expires_after_ms": self._expires_after_ms}
        held = Hold((Reason(code="door.ask", text="ask Alice", facts=facts),), awaits=id.id)
        if self.store.get("approval", id.tenant, id.id) is None:
            return held
        status = Approvals(self.store).get(id).status
        if status == "approved":
            return Allow()
        return held if status == "pending" else Deny((Reason(code=f"door.{status}", text="no"),))


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=10) as running:
        yield running


@pytest.fixture(params=["embedded", "temporal"])
def there(request: pytest.FixtureRequest) -> There:
    DONE.clear()
    if request.param == "embedded":
        return None
    running: Server = request.getfixturevalue("temporal")
    return running.address, running.namespace()


async def decide(runtime: Runtime, run: RunId, choice: str) -> None:
    """Let Alice decide about the one thing that the run waits for."""
    people = People(runtime.journal, Keyring())
    people.ensure_human(ALICE, at_ms=SystemClock().now_ms())
    while not (asked := people.approvals.of_run(run)):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    assert [what for what, _ in DONE] == ["bell"]
    people.vote(asked[0], ALICE, choice, reason="seen", at_ms=SystemClock().now_ms())


def steps(runtime: Runtime, run: RunId) -> list[str]:
    """The outcomes that the journal has of the run."""
    over = (events.STEP_COMPLETED, events.STEP_DENIED, events.STEP_FAILED)
    return [kind for kind, _ in recorded(runtime, run) if kind in over]


YES = ["rang", "opened front", "rang"]
COMPLETED, DENIED = events.STEP_COMPLETED, events.STEP_DENIED


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_what_people_approve_goes_on(there: There, tmp_path: Path, flow: Any) -> None:
    gate = AskAlice()

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        gate.store = runtime.journal
        handle = await engine.start(flow, id="w")
        await decide(runtime, handle.run_id, "approve")
        return await handle.result(), steps(runtime, handle.run_id)

    said = live(there, tmp_path / "t.db", use, FLOWS, gate=gate)
    assert said == (YES, [COMPLETED, COMPLETED, COMPLETED])
    assert [what for what, _ in DONE] == ["bell", "front", "bell"]
    assert len({key for _, key in DONE}) == 3


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_what_people_refuse_is_denied(there: There, tmp_path: Path, flow: Any) -> None:
    gate = AskAlice()

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        gate.store = runtime.journal
        handle = await engine.start(flow, id="w")
        await decide(runtime, handle.run_id, "reject")
        return await handle.result(), steps(runtime, handle.run_id)

    said = live(there, tmp_path / "t.db", use, FLOWS, gate=gate)
    assert said == (["rang", "door.rejected", "rang"], [COMPLETED, DENIED, COMPLETED])
    assert [what for what, _ in DONE] == ["bell", "bell"]


def test_what_nobody_answers_in_time_is_denied(there: There, tmp_path: Path) -> None:
    gate = AskAlice(expires_after_ms=300)

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        gate.store = runtime.journal
        handle = await engine.start(opens_the_door, id="w")
        return await handle.result(), steps(runtime, handle.run_id)

    said = live(there, tmp_path / "t.db", use, FLOWS, gate=gate)
    assert said == (["rang", "door.expired", "rang"], [COMPLETED, DENIED, COMPLETED])
    assert [what for what, _ in DONE] == ["bell", "bell"]
