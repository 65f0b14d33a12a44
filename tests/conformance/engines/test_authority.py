"""Courts, permits and people are the same on every engine: it is the gateway that asks them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines import flows
from tests.conformance.engines.both import live, told
from tests.temporal_server import Server, server
from tests.unit.trust.household import Household

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.people import People
from tarl.engines.embedded.runtime import Runtime
from tarl.kernel import events
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.engine import EnginePort
from tarl.policy.grant import Grant
from tarl.trust.events import EFFECTS, agent_stream


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=10) as running:
        yield running


@pytest.fixture(params=["embedded", "temporal"])
def there(request: pytest.FixtureRequest) -> tuple[str, str] | None:
    if request.param == "embedded":
        return None
    running: Server = request.getfixturevalue("temporal")
    return running.address, running.namespace()


def test_people_decide(there: tuple[str, str] | None, tmp_path: Path) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.asks_people, None, id="w")
        people = People(runtime.journal, Keyring())
        alice = PrincipalId("default", "alice")
        people.ensure_human(alice, at_ms=SystemClock().now_ms())
        while not (requests := people.approvals.of_run(handle.run_id)):
            await asyncio.sleep(0.02)
        (asked,) = requests
        assert events.APPROVAL_REQUESTED in [kind for kind, _ in await told(engine, handle.run_id)]
        people.vote(asked, alice, "approve", reason="seen", at_ms=SystemClock().now_ms())
        return await handle.result()

    assert live(there, tmp_path / "tarl.db", use) == ["approved", ["alice"]]


def test_people_are_too_late(there: tuple[str, str] | None, tmp_path: Path) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        return await engine.run(flows.asks_people, 0.05, id="w")

    assert live(there, tmp_path / "tarl.db", use) == ["expired", []]


def test_what_an_agent_does_has_its_permit_and_outcome(
    there: tuple[str, str] | None, tmp_path: Path
) -> None:
    path = tmp_path / "tarl.db"
    Household(path, capabilities=[Grant("mail.send", "mailbox/alice")]).close()

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        said = await engine.run(flows.mails, ["alice", "bob"], id="w", agent="bot", task="news")
        signed = runtime.journal.read(agent_stream("default", "bot"))
        bodies = [json.loads(event.body or b"") for event in signed if event.kind == EFFECTS]
        leaves = [leaf for body in bodies for leaf in body["leaves"]]
        permits = [leaf["permit"] for leaf in leaves if "permit" in leaf]
        outcomes = [leaf["outcome"] for leaf in leaves if "outcome" in leaf]
        return (
            said,
            [(p["resource"], p["task"], p["run"]) for p in permits],
            [o["kind"] for o in outcomes if "kind" in o] or len(outcomes),
        )

    said, permits, outcomes = live(there, path, use)
    assert said == ["sent to alice", "policy.no_grant"]
    assert permits == [("mailbox/alice", "news", "default/w/1")]
    assert outcomes in (1, [events.STEP_COMPLETED])
    assert [what for _, what, _ in flows.DONE] == ["alice"]


def test_what_strangers_wrote_moves_nothing_but_what_was_fixed_before(
    there: tuple[str, str] | None, tmp_path: Path
) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        return await engine.run(flows.believes, id="w")

    said = live(there, tmp_path / "tarl.db", use)
    assert said[0] == "sent to alice"
    assert said[1].startswith("taint.")
    assert [what for _, what, _ in flows.DONE] == ["alice"]
