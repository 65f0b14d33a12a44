"""Workflows that read what strangers wrote, and what they do then."""

from __future__ import annotations

import asyncio
from typing import Any

from tarl import ActivityFailed, Context, activity, workflow
from tarl.kernel.conditions import Anything, Integer, OneOf, Text

DONE: list[tuple[Any, ...]] = []
"""What was carried out."""

FREE = Text(why="a test")


@activity(name="taint.page", access="read", untrusted=True)
async def page(text: str = "page") -> str:
    return f"{text}: do as I say"


@activity(name="taint.broken", access="read", untrusted=True)
async def broken() -> str:
    raise LookupError("do as I say")


@activity(name="taint.outside", access="read", untrusted="assumed")
async def outside() -> str:
    return "a tool's answer"


@activity(name="taint.lookup", access="read")
async def lookup() -> dict[str, str]:
    return {"bob": "bob@firm.example"}


@activity(name="taint.lookup_late", access="read")
async def lookup_late() -> str:
    return "late"


@activity(name="taint.size", pure=True)
def size(text: str) -> int:
    return len(text)


@activity(name="taint.send", needs=("mail.send",), resource="mailbox/{to}")
async def send(to: str, body: str = "hello", copies: int = 1) -> str:
    DONE.append(("send", to, body, copies))
    return f"sent to {to}"


@activity(name="taint.wipe", needs=("mail.wipe",))
async def wipe() -> str:
    DONE.append(("wipe",))
    return "wiped"


@activity(name="taint.unbook")
async def unbook(what: str) -> None:
    DONE.append(("unbook", what))


@activity(name="taint.book", compensate=unbook)
async def book(what: str) -> str:
    DONE.append(("book", what))
    return what


async def tried(ctx: Context, act: Any, *args: Any, **kwargs: Any) -> list[str]:
    """The codes of a refusal, or what was answered."""
    from tarl.errors import Denied

    try:
        return [await ctx.call(act, *args, **kwargs)]
    except Denied as error:
        return [reason["code"] for reason in error.facts["reasons"]]


@workflow(name="taint.reads_then")
async def reads_then(ctx: Context, to: str) -> list[Any]:
    before = await tried(ctx, send, to)
    text = await ctx.call(page)
    return [before, await ctx.call(size, text), await tried(ctx, send, to, text)]


@workflow(name="taint.wipes")
async def wipes(ctx: Context) -> list[str]:
    await ctx.call(page)
    return await tried(ctx, wipe)


@workflow(name="taint.fails_first")
async def fails_first(ctx: Context) -> list[str]:
    try:
        await ctx.call(broken)
    except ActivityFailed:
        return await tried(ctx, wipe)
    return []


@workflow(name="taint.assumes")
async def assumes(ctx: Context) -> list[str]:
    await ctx.call(outside)
    return await tried(ctx, wipe)


@workflow(name="taint.hardens")
async def hardens(ctx: Context) -> list[Any]:
    await ctx.call(outside)
    soft = await tried(ctx, wipe)
    await ctx.call(page)
    return [soft, await tried(ctx, wipe)]


@workflow(name="taint.intends")
async def intends(ctx: Context, calls: list[dict[str, Any]]) -> list[Any]:
    ctx.intend(send, {"to": "bob", "body": FREE, "copies": Integer(least=1, most=2)}, times=2)
    await ctx.call(page)
    return [await tried(ctx, send, **call) for call in calls]


@workflow(name="taint.at_once")
async def at_once(ctx: Context) -> list[Any]:
    ctx.intend(send, {"to": "bob"})
    await ctx.call(page)
    return [*await asyncio.gather(*(tried(ctx, send, "bob") for _ in range(3)))]


@workflow(name="taint.too_late")
async def too_late(ctx: Context) -> None:
    await ctx.call(page)
    ctx.intend(wipe, {})


@workflow(name="taint.asked")
async def asked(ctx: Context, calls: list[dict[str, Any]]) -> list[Any]:
    await ctx.call(page)
    return [await tried(ctx, send, **call) for call in calls]


@workflow(name="taint.remembers")
async def remembers(ctx: Context, given: dict[str, Any]) -> dict[str, str]:
    """Values come from everywhere; what is called with each of them."""
    ctx.fix(["dana", "erin"])
    await ctx.call(lookup)
    read: str = await ctx.call(page)
    later = await ctx.call(lookup_late)
    targets = (
        "bob@firm.example",
        "dana",
        "carl",
        "eve",
        read,
        later,
        "firm.example",
        "frank@x.org",
    )
    return {to: (await tried(ctx, send, to))[0] for to in targets}


@workflow(name="taint.undoes")
async def undoes(ctx: Context) -> None:
    await ctx.call(book, "room")
    await ctx.call(page)
    raise ValueError("no")


@workflow(name="taint.quarantined")
async def quarantined(ctx: Context, text: str) -> str:
    read: str = await ctx.call(page, text)
    return read if text == "leak" else text


@workflow(name="taint.acts")
async def acts(ctx: Context) -> list[str]:
    return await tried(ctx, wipe)


@workflow(name="taint.parent")
async def parent(ctx: Context, text: str) -> list[Any]:
    answer = await ctx.child(quarantined, text, endorse=OneOf(values=("yes", "no")))
    return [answer, await tried(ctx, wipe)]


@workflow(name="taint.tainted_parent")
async def tainted_parent(ctx: Context) -> list[str]:
    await ctx.call(page)
    said: list[str] = await ctx.child(acts)
    return said


@workflow(name="taint.rounds")
async def rounds(ctx: Context, n: int) -> list[str]:
    if n == 0:
        await ctx.call(page)
        ctx.continue_as_new(1)
    return await tried(ctx, wipe)


@workflow(name="taint.mails", untrusted=True)
async def mails(ctx: Context, mail: str) -> list[str]:
    return await tried(ctx, send, mail)


@workflow(name="taint.forwards")
async def forwards(ctx: Context, mail: str) -> list[str]:
    said: list[str] = await ctx.child(mails, mail)
    return said


@workflow(name="taint.uses")
async def uses(ctx: Context) -> list[str]:
    await ctx.call(page)
    first = await tried(ctx, send, "bob")
    await ctx.wait_for_signal("go")
    return [*first, *await tried(ctx, send, "bob")]


@workflow(name="taint.signalled")
async def signalled(ctx: Context) -> list[str]:
    text = await ctx.wait_for_signal("form")
    ctx.distrust("the web form")
    return await tried(ctx, send, text)


@workflow(name="taint.waits")
async def waits(ctx: Context) -> list[str]:
    ctx.intend(send, {"to": Anything(why="a test")})
    await ctx.call(page)
    first = await tried(ctx, send, "bob")
    await ctx.wait_for_signal("go")
    return [*first, *await tried(ctx, send, "bob")]


far_page = page.options(queue="far")
shared_page = page.options(token="one")


@workflow(name="taint.reads_far")
async def reads_far(ctx: Context) -> list[str]:
    await ctx.call(far_page)
    return await tried(ctx, wipe)


@workflow(name="taint.reads_shared")
async def reads_shared(ctx: Context) -> list[str]:
    await ctx.call(shared_page)
    return await tried(ctx, wipe)


@workflow(name="taint.looks_on")
async def looks_on(ctx: Context) -> list[Any]:
    await ctx.call(page)
    return [await tried(ctx, page, "http://evil.example?q=secret"), await tried(ctx, lookup)]


FLOWS = [
    reads_then,
    wipes,
    fails_first,
    assumes,
    hardens,
    intends,
    at_once,
    too_late,
    asked,
    remembers,
    undoes,
    quarantined,
    acts,
    parent,
    tainted_parent,
    rounds,
    mails,
    forwards,
    uses,
    signalled,
    waits,
    looks_on,
    reads_far,
    reads_shared,
]
