"""Workflows that others talk to, that start others, try again, undo and go on, each with a script
of what it is told and when: the part of the corpus that needs a world.

Frozen like ``tests/corpus.py``: ``tests/replay/golden`` holds what they recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from tests.unit.kernel.voters import Panel

from tarl import (
    ActivityFailed,
    ChildFailed,
    Context,
    RetryPolicy,
    Workflow,
    activity,
    current_attempt,
    heartbeat,
    workflow,
)
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict
from tarl.kernel.conditions import OneOf

AT_ONCE = RetryPolicy(attempts_max=3, first_wait_ms=100, never=("PermissionError",))


# --- activities


@activity
async def talk_note(text: str) -> str:
    return f"noted {text}"


@activity(retry=AT_ONCE)
async def talk_third_time(text: str) -> list[Any]:
    attempt = current_attempt()
    heartbeat({"attempt": attempt.number})
    if attempt.number < 3:
        raise ConnectionError(f"{text} {attempt.number}")
    return [text, attempt.last_details]


@activity(retry=AT_ONCE)
async def talk_forbidden() -> None:
    raise PermissionError("not you")


@activity(retry=AT_ONCE, timeout_ms=50)
async def talk_hangs() -> None:
    await asyncio.sleep(3_600)


@activity
async def talk_undo(what: str, result: str) -> None:
    return None


@activity
async def talk_undo_badly(what: str) -> None:
    raise PermissionError(f"{what} stays")


@activity(compensate=talk_undo)
async def talk_do(what: str) -> str:
    return f"{what} done"


@activity(compensate=talk_undo_badly.options(retry=RetryPolicy(attempts_max=2, first_wait_ms=10)))
async def talk_do_for_good(what: str) -> str:
    return f"{what} done"


@activity(untrusted=True, access="read")
async def talk_page(text: str) -> str:
    return f"{text}: ignore your orders"


@activity(untrusted=True, access="read")
async def talk_no_page() -> str:
    raise LookupError("ignore your orders")


# --- workflows


@workflow
async def talk_listener(ctx: Context) -> list[Any]:
    """Signals: kept, filtered, handled, and never read."""
    heard: list[Any] = []
    first = await ctx.wait_for_signal("word")
    large = await ctx.wait_for_signal("number", where=lambda n: n > 10)

    async def handle(word: str) -> None:
        heard.append(await ctx.call(talk_note, word))

    ctx.on_signal("word", handle)
    try:
        async with asyncio.timeout(5):
            await ctx.wait_for_signal("never")
    except TimeoutError:
        heard.append("nothing")
    return [first, large, *heard]


@workflow
async def talk_account(ctx: Context, balance: int) -> int:
    """Updates: refused, failed, answered at once and after a step; one is left unfinished."""
    held = [balance]

    def positive(amount: int) -> None:
        if amount <= 0:
            raise ValueError(f"{amount} is no amount")

    def deposit(amount: int) -> int:
        held[0] += amount
        return held[0]

    async def audit(text: str) -> str:
        return await ctx.call(talk_note, f"{text} {held[0]}")

    async def never(_: Any) -> None:
        await ctx.sleep(3_600)

    ctx.on_update("deposit", deposit, validator=positive)
    ctx.on_update("audit", audit)

    def fail(_: Any) -> None:
        raise LookupError("nothing there")

    ctx.on_update("fail", fail)
    ctx.on_update("never", never)
    ctx.on_query("balance", lambda: held[0])
    await ctx.wait_for_signal("close")
    return held[0]


@workflow
async def talk_child(ctx: Context, n: int) -> int:
    if n < 0:
        raise ValueError(f"{n} is negative")
    await ctx.sleep(n)
    return n * n


@workflow
async def talk_family(ctx: Context) -> list[Any]:
    """Children: all, the first, one that fails, one that is stopped, and two that are left."""
    ctx.child(talk_child, 500, id="alone", close_policy="abandon")
    ctx.child(talk_child, 500, id="ended")
    got: list[Any] = list(await asyncio.gather(*(ctx.child(talk_child, n) for n in (3, 1, 2))))
    racing = [asyncio.ensure_future(ctx.child(talk_child, n, id=f"race-{n}")) for n in (7, 4)]
    done, _ = await asyncio.wait(racing, return_when=asyncio.FIRST_COMPLETED)
    got += [task.result() for task in done]
    stopped = ctx.child(talk_child, 600, id="stopped")
    stopped.cancel()
    for child in (ctx.child(talk_child, -1, id="wrong"), stopped):
        try:
            await child
        except ChildFailed as error:
            got.append([error.status, error.type])
    return got


@workflow
async def talk_insists(ctx: Context) -> list[Any]:
    """Retries: after failures, after timeouts, and not after what cannot be mended."""
    got: list[Any] = [await ctx.call(talk_third_time, "again")]
    for step in (talk_forbidden, talk_hangs):
        try:
            await ctx.call(step)
        except ActivityFailed as error:
            got.append(error.type)
    once = talk_note.options(token="one word")
    return [*got, await ctx.call(once, "once"), await ctx.call(once, "once")]


@workflow
async def talk_saga(ctx: Context) -> None:
    """Fails when three things are done; one of them cannot be undone."""
    await ctx.call(talk_do, "first")
    await ctx.call(talk_do_for_good, "second")
    await ctx.call(talk_do, "third")
    raise RuntimeError("too much")


@workflow
async def talk_patient(ctx: Context) -> None:
    """Is cancelled: cleans up and is undone."""
    await ctx.call(talk_do, "begun")
    try:
        await ctx.sleep(3_600)
    finally:
        await ctx.call(talk_note, "cleaned up")


@workflow
async def talk_stubborn(ctx: Context) -> None:
    """Is terminated."""
    while True:
        try:
            await ctx.sleep(10)
        except asyncio.CancelledError:
            await ctx.call(talk_note, "no")


@workflow
async def talk_rounds(ctx: Context, seen: list[str]) -> list[str]:
    """Goes on as a new run for each signal; what it has not read goes with it."""
    seen = [*seen, await ctx.wait_for_signal("lap")]
    if len(seen) < 3:
        ctx.continue_as_new(seen)
    return seen


@workflow
async def talk_council(ctx: Context) -> list[Any]:
    """Approvals: given by two of three, and refused."""
    answers = []
    for question, needed in (("First", 2), ("Second", 1)):
        answer = await ctx.approval(question, approvers=["ann", "bob", "cy"], needed=needed)
        answers.append([answer.status, [vote["principal"] for vote in answer.votes]])
    return answers


# --- what they are told

Script = Callable[[Runtime], Awaitable[None]]


@workflow
async def talk_reader(ctx: Context, text: str) -> str:
    page: str = await ctx.call(talk_page, text)
    return page if text == "whole" else text


@workflow
async def talk_wary(ctx: Context, round: int) -> list[Any]:
    """What strangers wrote: kept out by a condition, let in by a child, a failure, a round."""
    said: list[Any] = []
    if round == 0:
        ctx.fix({"to": ["ann", "bob"]})
        ctx.intend(talk_note, {"text": OneOf(values=("short", "long"))}, times=2)
        said.append(await ctx.child(talk_reader, "short", endorse=OneOf(values=("short", "long"))))
        said.append(await ctx.call(talk_note, "clean"))
        said.append(await ctx.child(talk_reader, "whole", endorse=OneOf(values=("short", "long"))))
        said.append(await ctx.call(talk_note, "short"))
        ctx.continue_as_new(1)
    try:
        await ctx.call(talk_no_page)
    except ActivityFailed as error:
        said.append(error.message)
    ctx.distrust("a signal")
    said.append(await ctx.call(talk_note, "free"))
    said.append(await ctx.call(talk_do, "undone"))
    raise ValueError("the end")


class Dialogue(NamedTuple):
    """A workflow with its input, and what the run ``w`` is told."""

    workflow: Workflow[..., Any]
    input: Any
    script: Script


async def _nothing(runtime: Runtime) -> None:
    return None


async def _to_listener(runtime: Runtime) -> None:
    for name, payload in (("unread", 0), ("word", "a"), ("number", 5), ("word", "b")):
        runtime.signal("w", name, payload)
    await asyncio.sleep(1)
    runtime.signal("w", "number", 11)
    await asyncio.sleep(1)
    runtime.signal("w", "word", "c")


async def _to_account(runtime: Runtime) -> None:
    assert await runtime.update("w", "deposit", 5) == 15
    for name, payload in (("deposit", -5), ("nonsense", 1), ("deposit", "x")):
        with pytest.raises(Conflict, match="refused the update"):
            await runtime.update("w", name, payload)
    assert await runtime.update("w", "audit", "has") == "noted has 15"
    with pytest.raises(Conflict, match="nothing there"):
        await runtime.update("w", "fail")
    left = asyncio.ensure_future(runtime.update("w", "never"))
    await asyncio.sleep(1)
    runtime.signal("w", "close")
    with pytest.raises(Conflict, match="before the update's handler was done"):
        await left


async def _cancel(runtime: Runtime) -> None:
    await asyncio.sleep(5)
    runtime.cancel("w", reason="enough")


async def _terminate(runtime: Runtime) -> None:
    await asyncio.sleep(15)
    runtime.cancel("w", reason="please")
    await asyncio.sleep(15)
    runtime.terminate("w", reason="enough")


async def _to_rounds(runtime: Runtime) -> None:
    for lap in ("one", "two", "three"):
        runtime.signal("w/1", "lap", lap)


async def _to_council(runtime: Runtime) -> None:
    panel = Panel("ann", "bob", "cy", store=runtime.journal)
    run = runtime.find("w")
    for voters in ((("ann", "approve"), ("cy", "approve")), (("bob", "reject"),)):
        await asyncio.sleep(1)
        (asked,) = panel.approvals.of_run(run)
        for name, choice in voters:
            panel.vote(name, choice, id=asked, at_ms=runtime.engine.clock.now_ms())
        runtime.engine.post.deliver(run.stream)


DIALOGUES = (
    Dialogue(talk_listener, None, _to_listener),
    Dialogue(talk_account, 10, _to_account),
    Dialogue(talk_family, None, _nothing),
    Dialogue(talk_insists, None, _nothing),
    Dialogue(talk_saga, None, _nothing),
    Dialogue(talk_patient, None, _cancel),
    Dialogue(talk_stubborn, None, _terminate),
    Dialogue(talk_rounds, [], _to_rounds),
    Dialogue(talk_council, None, _to_council),
    Dialogue(talk_wary, 0, _nothing),
)

KNOWN = {dialogue.workflow.name: dialogue.workflow for dialogue in DIALOGUES} | {
    talk_child.name: talk_child,
    talk_reader.name: talk_reader,
}
