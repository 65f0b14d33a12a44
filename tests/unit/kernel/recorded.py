"""Workflows whose histories the inspection tests take apart, and histories made by hand."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tarl
from tarl import ActivityFailed, Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.errors import RunFailed
from tarl.journal.codec import Codec
from tarl.journal.event import Event
from tarl.journal.sqlite import SqliteStore
from tarl.journal.writer import StreamWriter
from tarl.storage import open_store
from tarl.values.ids import RunId

CALLS: list[tuple[str, Any]] = []
BEHAVES: dict[str, Any] = {}
"""What a test changes about the code between two runs of it."""


@activity
async def double(n: int) -> int:
    CALLS.append(("double", n))
    return 2 * n


@activity(idempotent=False)
async def pay(amount_minor: int) -> str:
    CALLS.append(("pay", amount_minor))
    if BEHAVES.get("pay_hangs"):
        await asyncio.sleep(60)
    return f"paid {amount_minor}"


@activity
async def breaks(why: str) -> None:
    raise ValueError(why)


@activity
async def large(chars: int) -> str:
    CALLS.append(("large", chars))
    return "x" * chars


@activity
async def measure(text: str) -> int:
    return len(text)


@activity
async def waits(ms: int) -> int:
    await asyncio.sleep(ms / 1000)
    return ms


@workflow(name="recorded.doubles")
async def doubles(ctx: Context, count: int) -> int:
    total = 0
    for n in range(count):
        total += await ctx.call(double, n + BEHAVES.get("shift", 0))
        if n == BEHAVES.get("extra_after"):
            total += await ctx.call(double, 1_000)
    return total


@workflow(name="recorded.everything")
async def everything(ctx: Context, input: dict) -> dict:
    seen: dict[str, Any] = {"first": await ctx.call(double, input["n"])}
    try:
        await ctx.call(breaks, "as told")
    except ActivityFailed as error:
        seen["failed"] = str(error)
    ctx.snapshot({"so_far": seen["first"]})
    seen["patched"] = ctx.patched("faster")
    await ctx.sleep(0.001)
    try:
        await asyncio.wait_for(ctx.call(waits, 60_000), 0.002)
    except TimeoutError:
        seen["late"] = True
    async with asyncio.timeout(60):
        seen["in_time"] = await ctx.call(double, 7)
    seen["pair"] = await asyncio.gather(ctx.call(waits, 40), ctx.call(waits, 1))
    return seen


@workflow(name="recorded.fails")
async def fails(ctx: Context, n: int) -> int:
    await ctx.call(double, n)
    raise RuntimeError("no way on")


@workflow(name="recorded.pays")
async def pays(ctx: Context, amount_minor: int) -> list:
    first = await ctx.call(double, amount_minor)
    receipt = await ctx.call(pay, amount_minor)
    return [first, receipt, await ctx.call(double, 1)]


@workflow(name="recorded.carries")
async def carries(ctx: Context, chars: int) -> int:
    text = await ctx.call(large, chars)
    return await ctx.call(measure, text)


@workflow(name="recorded.patchwork")
async def patchwork(ctx: Context, count: int) -> list:
    sides = []
    for n in range(count):
        await ctx.call(double, n)
        if BEHAVES.get("patches"):
            sides.append(ctx.patched(f"p{n}"))
    return sides


@workflow(name="recorded.patches_later")
async def patches_later(ctx: Context) -> list:
    first = await ctx.call(double, 1)
    ctx.snapshot(first)
    early = ctx.patched("p") if BEHAVES.get("early") else None
    second = await ctx.call(double, 2)
    ctx.snapshot(second)
    return [early, ctx.patched("p")]


@activity
async def table(rows: int) -> dict:
    return {str(row): "x" * 100 for row in range(rows)}


@workflow(name="recorded.tabulates")
async def tabulates(ctx: Context, rows: int) -> int:
    return len(await ctx.call(table, rows))


@workflow(name="recorded.looks_back")
async def looks_back(ctx: Context, n: int) -> str:
    await ctx.call(double, n)
    ctx.snapshot({"n": n})
    return str(ctx.uuid()) + str(await ctx.call(double, n + 1)) + ctx.now().isoformat()


def record(db: Path, flow: Any, input: Any = None, *, id: str = "r", **options: Any) -> list[Event]:
    """Run a workflow to its end, or into its error, and return what was recorded."""
    if options.get("sealed") and Keyring().tenant_key("default") is None:
        Keyring().ensure().make_tenant_key("default")

    async def run() -> None:
        async with tarl.open(db, **options) as runtime:
            with contextlib.suppress(RunFailed):
                await runtime.run(flow, input, id=id)

    asyncio.run(run())
    return read(db, id)


def record_open(
    db: Path, flow: Any, input: Any = None, *, id: str = "r", events: int
) -> list[Event]:
    """Run a workflow until it has so many events, and let go of it there."""

    async def run() -> None:
        async with tarl.open(db) as runtime:
            handle = await runtime.start(flow, input, id=id)
            for _ in range(2_000):
                head = runtime.journal.head(handle.run_id.stream)
                if head is not None and head.seq >= events:
                    return
                await asyncio.sleep(0.005)
            raise AssertionError(f"the run did not come to event {events}")

    asyncio.run(run())
    return read(db, id)


def read(db: Path, id: str = "r", n: int = 1) -> list[Event]:
    store = open_store(db)
    try:
        return list(store.read(RunId("default", id, n).stream))
    finally:
        store.close()


def history(
    *pairs: tuple[str, bytes], stream: str = "run/default/r/1", codec: Codec | None = None
) -> list[Event]:
    """Events of these kinds and bodies, one after the other, with the right digests."""
    writer = StreamWriter(stream, tenant="default", codec=codec or Codec())
    return [
        Event(stream, row.seq, kind, body, row.digest, row.recorded_at_ms, None, None, None, n)
        for n, (kind, body) in enumerate(pairs)
        for row in [writer.append(kind, body, at_ms=1_000 + n)]
    ]


def pairs(events: Sequence[Event]) -> list[tuple[str, bytes]]:
    return [(event.kind, event.body or b"") for event in events]


class Values:
    """The shelf of a store's large values."""

    def __init__(self, store: SqliteStore | None = None) -> None:
        self.store = store

    def put(self, data: bytes) -> str:
        raise AssertionError("an inspection keeps no values")

    def get(self, digest: str) -> bytes:
        assert self.store is not None
        return self.store.blob("default", bytes.fromhex(digest))


def resealed(events: Sequence[Event]) -> list[Event]:
    """The events with something behind each commitment, which the digest does not cover."""
    return [event._replace(commitment=(event.commitment or b"") + b"x") for event in events]
