"""Runs for the tests of adapters: on a journal of their own, replayed strictly, looked into."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import tarl
from tarl.agents.model import Message, ModelRequest, ToolCall
from tarl.agents.models.scripted import ScriptedModel
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.people import People
from tarl.engines.embedded.runtime import Runtime
from tarl.kernel import events
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.statement import Choice
from tarl.kernel.definition import Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays
from tarl.values.verdict import Allow, Deny, Reason, Verdict

RUN = "r"


class Refusing:
    """A gate that refuses activities by name."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def decide(self, effect: Effect) -> Verdict:
        if effect.activity.name in self.names:
            return Deny((Reason(code="test.refused", text="not for tests"),))
        return Allow()


def played(
    body: Workflow[..., Any],
    input: Any,
    path: Path,
    *,
    beside: Callable[[Runtime], Awaitable[Any]] | None = None,
    **options: Any,
) -> Any:
    """A run's result; its strict replay came to the same commands."""

    async def whole() -> Any:
        async with tarl.open(path / "t.db", **options) as runtime:
            handle = await runtime.start(body, input, id=RUN)
            if beside is not None:
                await beside(runtime)
            return await handle.result()

    try:
        return asyncio.run(whole())
    finally:
        assert assert_replays(body, path / "t.db", run=f"{RUN}/1").ahead == ()


def steps(path: Path) -> list[str]:
    """The activities that the run asked for, in order."""
    store = open_store(path / "t.db")
    try:
        return [
            DECODERS[event.kind](event.body or b"").activity
            for event in store.read(f"run/default/{RUN}/1")
            if event.kind == events.STEP_SCHEDULED
        ]
    finally:
        store.close()


def voting(name: str, choice: Choice, *, times: int = 1) -> Callable[[Runtime], Awaitable[None]]:
    """A person who decides about what the run asks, so many times."""

    async def vote(runtime: Runtime) -> None:
        people = People(runtime.journal, Keyring())
        principal, now_ms = PrincipalId("default", name), SystemClock().now_ms()
        people.ensure_human(principal, at_ms=now_ms)
        seen = set[str]()
        while len(seen) < times:
            for id in people.approvals.of_run(runtime.find(RUN)):
                if id.id not in seen:
                    seen.add(id.id)
                    people.vote(id, principal, choice, reason="seen", at_ms=now_ms)
            await asyncio.sleep(0.01)

    return vote


def asks(*calls: tuple[str, str]) -> Message:
    """A model's answer that asks for tools."""
    return Message(
        role="assistant",
        tool_calls=tuple(
            ToolCall(id=f"call-{n}-{name}-{arguments}", name=name, arguments=arguments)
            for n, (name, arguments) in enumerate(calls, 1)
        ),
    )


def model(asked: list[ModelRequest], *lines: Message | str, name: str = "tiny") -> ScriptedModel:
    """A script that writes down what it was asked."""

    def line(number: int) -> Callable[[ModelRequest], Message | str]:
        def said(request: ModelRequest) -> Message | str:
            asked.append(request)
            return lines[number]

        return said

    return ScriptedModel(name, [line(number) for number in range(len(lines))])
