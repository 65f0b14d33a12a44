"""No effect without permit: every public way to one is tried by agents that hold nothing for it.

Each way is first shown to lead to the effect where the agent may: a way that is broken proves
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lab import Recorded, replayed
from tests.threats import deeds
from tests.threats.shop import ACTIVITIES, WORKFLOWS, Shop, at_shop

from tarl.engines.embedded.clock import SystemClock
from tarl.errors import TarlError, UnknownOutcome
from tarl.kernel.acting import Acting
from tarl.values.ids import RunId
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

WHO: dict[str, dict[str, Any]] = {
    "may": {"agent": "clerk", "task": "t"},
    "holds nothing": {"agent": "mallory", "task": "t"},
    "is nobody": {"agent": "ghost", "task": "t"},
    "is no agent": {"agent": "acme", "task": "t"},
    "acts for none": {},
}


@pytest.fixture(autouse=True)
def nothing_happened() -> None:
    deeds.HAPPENED.clear()
    deeds.BETWEEN.clear()
    deeds.HANGS.clear()


def tried(path: Path, way: Callable[[Shop], Awaitable[Any]]) -> list[str]:
    """What came of a way in a shop where agents alone act."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.register("mallory", "agent")
        with contextlib.suppress(TarlError, TimeoutError):
            await way(shop)

    at_shop(path, work, agents_only=True)
    return list(deeds.HAPPENED)


async def with_worker(shop: Shop, use: Callable[[AsyncTaskQueue], Awaitable[Any]]) -> None:
    """Use a queue that a worker serves, in this process, by the runtime's gateway."""
    handlers = Handlers(ACTIVITIES, gateway=shop.runtime.engine.gateway)
    queue = AsyncTaskQueue(shop.store, "threat-queue", clock=SystemClock(), draw_id=lambda: "drawn")
    worker = Worker(queue, handlers, WorkerOptions(name="w", capabilities=_ALL, drain_ms=100))
    serving = asyncio.create_task(worker.run())
    try:
        async with asyncio.timeout(5):
            await use(queue)
    finally:
        worker.stop()
        await serving


_ALL = frozenset({"mail.send", "pay.send", "mail.unsend"})


def call(variant: str) -> Callable[[Any], Callable[[Shop], Awaitable[Any]]]:
    def made(who: Any) -> Callable[[Shop], Awaitable[Any]]:
        async def way(shop: Shop) -> None:
            async def use(queue: AsyncTaskQueue) -> None:
                await shop.runtime.run(deeds.threat_calls, variant, id="w", **who)

            if variant == "queue":
                await with_worker(shop, use)
            else:
                await shop.runtime.run(deeds.threat_calls, variant, id="w", **who)

        return way

    return made


def plain(workflow: Any, *given: Any) -> Callable[[Any], Callable[[Shop], Awaitable[Any]]]:
    return lambda who: lambda shop: shop.runtime.run(workflow, *given, id="w", **who)


def child(who: Any) -> Callable[[Shop], Awaitable[Any]]:
    return lambda shop: shop.runtime.run(deeds.threat_parent, "async", id="w", **who)


def as_another(who: Any) -> Callable[[Shop], Awaitable[Any]]:
    agent = who.get("agent", "mallory")
    return lambda shop: shop.runtime.run(
        deeds.threat_calls_as, agent, id="w", agent="clerk", task=who.get("task", "t")
    )


def update(who: Any) -> Callable[[Shop], Awaitable[Any]]:
    async def way(shop: Shop) -> None:
        handle = await shop.runtime.start(deeds.threat_answers, id="w", **who)
        try:
            await shop.runtime.update("w", "mail", "alice", timeout_s=5)
        finally:
            shop.runtime.signal("w", "done", "done")
            await handle.result()

    return way


def clean_up(who: Any) -> Callable[[Shop], Awaitable[Any]]:
    async def way(shop: Shop) -> None:
        handle = await shop.runtime.start(deeds.threat_cleans_up, id="w", **who)
        await asyncio.sleep(0.05)
        shop.runtime.cancel("w", reason="enough")
        await handle.result()

    return way


def task(who: Any) -> Callable[[Shop], Awaitable[Any]]:
    """A task that somebody puts into the queue, without any run."""
    acting = Acting(who["agent"], who["task"]) if who else None

    async def way(shop: Shop) -> None:
        async def use(queue: AsyncTaskQueue) -> None:
            id = await queue.enqueue("threat_mail", "alice", needs=["mail.send"], acting=acting)
            await queue.result(id)

        await with_worker(shop, use)

    return way


def fork(who: Any) -> Callable[[Shop], Awaitable[Any]]:
    """A run that shares the beginning of another, which had not called yet."""

    async def way(shop: Shop) -> None:
        try:
            await shop.runtime.run(deeds.threat_calls, "async", id="w", **who)
        finally:
            deeds.HAPPENED.clear()
            await (await shop.runtime.fork("w/1", at=1)).result()

    return way


WAYS: dict[str, Callable[[Any], Callable[[Shop], Awaitable[Any]]]] = {
    **{f"call: {variant}": call(variant) for variant in deeds.VARIANTS},
    "gather": plain(deeds.threat_gathers),
    "continued": plain(deeds.threat_continues, 2),
    "child": child,
    "acting as another": as_another,
    "handler of an update": update,
    "clean-up after a cancel": clean_up,
    "task": task,
    "fork": fork,
}


MATRIX = [
    (way, who)
    for way in WAYS
    for who in WHO
    if who in ("may", "holds nothing")
    or (way in ("call: async", "child", "task", "update") and who != "acts for none")
    or (way in ("call: async", "call: pure", "task") and who == "acts for none")
]


@pytest.mark.parametrize(("way", "who"), MATRIX)
def test_a_way_leads_to_an_effect_only_for_who_may(tmp_path: Path, way: str, who: str) -> None:
    happened = tried(tmp_path, WAYS[way](WHO[who]))
    assert bool(happened) is (who == "may"), happened


def test_a_task_is_carried_out_for_the_task_that_its_agent_is_at(tmp_path: Path) -> None:
    """What is granted for one task is not granted for the queue's task of another."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        shop.give("narrow", ["mail.*"], task_id="t")
        for number, at in enumerate(("other", "t")):

            async def use(queue: AsyncTaskQueue, number: int = number, at: str = at) -> None:
                acting = Acting("narrow", at)
                id = await queue.enqueue(
                    "threat_mail", "alice", id=f"t{number}", needs=["mail.send"], acting=acting
                )
                await queue.result(id)

            with contextlib.suppress(TarlError, TimeoutError):
                await with_worker(shop, use)
            assert len(deeds.HAPPENED) == number

    at_shop(tmp_path, work, agents_only=True)


def test_a_replay_has_no_effect(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        shop.open_for_business()
        await shop.runtime.run(deeds.threat_two_mails, id="w", agent="clerk", task="t")
        assert deeds.HAPPENED == ["mail alice", "mail bob"]
        deeds.HAPPENED.clear()
        run = RunId("default", "w", 1)
        recorded = Recorded(run, list(shop.store.read(run.stream)), [], None, None)
        assert replayed(deeds.threat_two_mails, recorded).error is None

    at_shop(tmp_path, work, agents_only=True)
    assert deeds.HAPPENED == []


def test_a_run_that_is_resumed_after_a_crash_asks_anew(tmp_path: Path) -> None:
    """The process ends while an effect is under way; the agent is revoked; another takes it up."""

    async def first(shop: Shop) -> None:
        shop.open_for_business()
        await shop.runtime.start(deeds.threat_slow, id="w", agent="clerk", task="t")
        while "step.scheduled/1" not in shop.kinds():
            await asyncio.sleep(0.01)

    async def then(shop: Shop) -> None:
        shop.revoke("planner")
        with pytest.raises(TarlError):
            await shop.runtime.resume("w")
        assert "step.denied/1" in shop.kinds()
        assert "trust.revoked" in shop.codes()

    at_shop(tmp_path, first, agents_only=True)
    at_shop(tmp_path, then, agents_only=True)
    assert deeds.HAPPENED == []


def test_a_person_who_lets_a_step_be_tried_again_does_not_permit_it(tmp_path: Path) -> None:
    """``resolve(retry=True)`` decides about the outcome that nobody knows, not about authority."""

    async def first(shop: Shop) -> None:
        shop.open_for_business()
        deeds.HANGS.append(True)
        await shop.runtime.start(deeds.threat_once, id="w", agent="clerk", task="t")
        while not deeds.HAPPENED:
            await asyncio.sleep(0.01)

    at_shop(tmp_path, first, agents_only=True)
    deeds.HANGS.clear()
    assert deeds.HAPPENED == ["mail alice"]
    deeds.HAPPENED.clear()

    async def then(shop: Shop) -> None:
        shop.revoke("clerk")
        with pytest.raises(UnknownOutcome):
            await shop.runtime.resume("w")
        shop.runtime.resolve("w", step=1, retry=True)
        with pytest.raises(TarlError):
            await shop.runtime.resume("w")
        assert "step.denied/1" in shop.kinds()

    at_shop(tmp_path, then, agents_only=True)
    assert deeds.HAPPENED == []


def test_every_permit_stands_before_its_effect_and_every_outcome_after(tmp_path: Path) -> None:
    """In the agent's own stream, signed: so many permits as effects, each for one attempt."""

    async def work(shop: Shop) -> None:
        shop.open_for_business()
        await shop.outcome(deeds.threat_two_mails, id="a", agent="clerk", task="t")
        await shop.outcome(deeds.threat_calls, "retry", id="b", agent="clerk", task="t")
        leaves: list[Any] = []
        for event in shop.store.read("agent/default/clerk"):
            if event.kind == "effects.signed/1":
                leaves += json.loads(event.body or b"")["leaves"]
        permits = [leaf["permit"] for leaf in leaves if "permit" in leaf]
        outcomes = [leaf["outcome"] for leaf in leaves if "outcome" in leaf]
        assert len(permits) == len(outcomes) == len(deeds.HAPPENED) == 5
        attempts = {(p["run"], p["step"], p["attempt"]) for p in permits}
        assert len(attempts) == 5
        assert attempts == {(o["run"], o["step"], o["attempt"]) for o in outcomes}

    at_shop(tmp_path, work, agents_only=True)


def test_a_call_past_the_context_is_no_way(tmp_path: Path) -> None:
    """An activity is called through the context; calling it like a function in a workflow is
    refused, before or while it runs.
    """
    from tests.threats import bypass

    async def work(shop: Shop) -> None:
        for way in bypass.WAYS:
            with pytest.raises(TarlError):
                await shop.runtime.run(way, id=way.name)

    at_shop(tmp_path, work, workflows=WORKFLOWS, agents_only=True)
    assert deeds.HAPPENED == []
