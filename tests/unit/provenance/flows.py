"""Workflows of agents that send mail."""

from __future__ import annotations

import asyncio

from tarl import Context, activity, workflow
from tarl.kernel.retry import RetryPolicy


@activity(needs=["mail.send"], resource="mailbox/{to}")
async def sends(to: str, text: str) -> str:
    return f"{text} to {to}"


@activity(
    needs=["mail.send"],
    resource="mailbox/{to}",
    retry=RetryPolicy(attempts_max=3, first_wait_ms=1),
)
async def bounces(to: str) -> str:
    raise ValueError(f"no {to}")


class Pause:
    """Where an effect waits for the test that watches it; new in each event loop."""

    def renew(self) -> None:
        self.began, self.may_end = asyncio.Event(), asyncio.Event()

    async def wait(self) -> None:
        self.began.set()
        await self.may_end.wait()


pause = Pause()


@activity(needs=["mail.send"], resource="mailbox/{to}")
async def lingers(to: str) -> str:
    await pause.wait()
    return to


@activity(needs=["mail.send", "files.read"], resource="mailbox/{to}")
async def reads_and_sends(to: str) -> str:
    return to


@workflow
async def evidence_lingers(ctx: Context) -> str:
    return await ctx.call(lingers, "alice")


@workflow
async def evidence_needs_two(ctx: Context) -> str:
    return await ctx.call(reads_and_sends, "alice")


@workflow
async def evidence_mails(ctx: Context, count: int) -> list[str]:
    sent = [await ctx.call(sends, "alice", str(n)) for n in range(count)]
    planner = ctx.acting_as("planner")
    return [*sent, await planner.call(sends, "bob", "hello")]


@workflow
async def evidence_bounces(ctx: Context) -> str:
    return await ctx.call(bounces, "alice")


@workflow
async def evidence_asks(ctx: Context) -> str:
    return (await ctx.approval("Go on?", approvers=["alice", "bob"], needed=1)).status


@workflow
async def evidence_sends(ctx: Context) -> str:
    return await ctx.call(sends, "alice", "hello")


@activity(pure=True, needs=["mail.read"])
def counts(text: str) -> int:
    return len(text)


@activity(idempotent=False, needs=["mail.send"], resource="mailbox/{to}")
async def posts(to: str) -> str:
    return to


@workflow
async def evidence_of_all_modes(ctx: Context) -> list[object]:
    waited = ctx.call(sends, "alice", "x" * 40_000)
    return [await ctx.call(counts, "abc"), await ctx.call(posts, "alice"), len(await waited)]


@activity(idempotent=False, needs=["mail.send"], resource="mailbox/{to}")
async def posts_slowly(to: str) -> str:
    await pause.wait()
    return to


@workflow
async def evidence_posts(ctx: Context) -> str:
    return await ctx.call(posts_slowly, "alice")
