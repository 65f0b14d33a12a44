"""Runs that Temporal ends without asking their code have their end in the journal all the same,
without anybody asking for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.temporal_server import Server, server

import tarl
from tarl import Context, workflow
from tarl.engines.embedded.recorded import last_event
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal import settling
from tarl.engines.temporal.settling import Settling
from tarl.kernel.children import ClosePolicy
from tarl.kernel.definition import Workflow
from tarl.values.ids import RunId

SETTLED_S = 60.0


@workflow
async def is_left_behind(ctx: Context) -> None:
    await ctx.wait_for_signal("never")


@workflow
async def leaves_children(ctx: Context, children: int) -> str:
    policies: tuple[ClosePolicy, ...] = ("terminate", "abandon")
    for number in range(children):
        for policy in policies:
            ctx.child(is_left_behind, id=f"{policy}-{number}", close_policy=policy)
    await asyncio.sleep(0.5)
    return "gone"


WORKFLOWS: list[Workflow[..., Any]] = [leaves_children, is_left_behind]


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


def last_of(runtime: Runtime, id: str) -> tuple[str, bytes | None]:
    found = last_event(runtime.journal, RunId("default", id, 1))
    return ("nothing yet", None) if found is None else (found.kind, found.body)


async def until_last(runtime: Runtime, id: str, kind: str) -> bytes | None:
    async with asyncio.timeout(SETTLED_S):
        while last_of(runtime, id)[0] != kind:
            await asyncio.sleep(0.05)
    return last_of(runtime, id)[1]


def test_children_that_ended_with_their_parent_are_settled_unasked(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "LOOK_S", 0.2)

    async def use() -> tuple[list[bytes | None], str]:
        async with tarl.open(tmp_path / "t.db", workflows=WORKFLOWS) as runtime:
            engine = await tarl.connect_temporal(
                runtime, temporal.address, namespace=temporal.namespace()
            )
            async with engine.working(workflows=WORKFLOWS):
                assert await engine.run(leaves_children, 2, id="p") == "gone"
                bodies = [
                    await until_last(runtime, f"terminate-{number}", "run.terminated/1")
                    for number in range(2)
                ]
                await until_last(runtime, "abandon-1", "run.started/1")
                await engine.terminate("abandon-0", reason="enough")
                return bodies, last_of(runtime, "abandon-1")[0]

    bodies, left = asyncio.run(use())
    assert bodies == [b'{"reason":"by parent close policy"}'] * 2
    assert left == "run.started/1"


def test_a_look_is_bounded_and_what_was_looked_at_is_not_looked_at_again(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "LOOK_S", 3_600.0)

    async def use() -> Any:
        async with tarl.open(tmp_path / "t.db", workflows=WORKFLOWS) as runtime:
            engine = await tarl.connect_temporal(
                runtime, temporal.address, namespace=temporal.namespace()
            )
            looked = Settling(engine.reach, engine.histories)
            async with engine.working(workflows=WORKFLOWS):
                await engine.run(leaves_children, 3, id="p")
            async with asyncio.timeout(SETTLED_S):
                while (await engine.client.count_workflows(settling._ENDED)).count != 3:
                    await asyncio.sleep(0.05)
            monkeypatch.setattr(settling, "SETTLED_MAX", 2)
            few = await looked.settle()
            monkeypatch.setattr(settling, "SETTLED_MAX", 1_000)
            return few, await looked.settle(), await looked.settle()

    assert asyncio.run(use()) == (2, 1, 0)


def test_what_does_not_answer_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settling, "LOOK_S", 0.01)

    class Silent(Settling):
        looks = 0

        async def settle(self) -> int:
            self.looks += 1
            raise tarl.errors.Unavailable("away", code="journal.unreachable")

    async def use() -> None:
        silent = Silent(None, None)  # type: ignore[arg-type]
        keeping = asyncio.create_task(silent.keep_settling())
        while silent.looks < 3:
            await asyncio.sleep(0.01)
        keeping.cancel()

    with caplog.at_level(logging.WARNING, "tarl.temporal"):
        asyncio.run(use())
    assert [record.getMessage() for record in caplog.records] == [
        "ends of runs wait for Temporal or the journal: away"
    ]
