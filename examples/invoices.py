"""A parent that fans out over children: a month's invoices, a few customers at a time.

Every customer is a child run with a history of its own: one that fails does not touch the others,
and can be looked at, resumed and proved alone. The parent is killed once in the middle here; the
second start takes it and its children up, and no customer is invoiced twice.

    python invoices.py --crash
    python invoices.py
"""

import asyncio
import os
import sys
from pathlib import Path

import tarl
from tarl import ChildFailed, Context, activity, current_effect, workflow

AT_ONCE = 3
SENT = Path("sent.log")


@activity
async def total(customer: str) -> int:
    """What a customer owes, in minor units."""
    await asyncio.sleep(0.05)
    if customer == "dora":
        raise LookupError("no address")
    return 100 * len(customer)


@activity
async def send(customer: str, minor: int) -> str:
    """Send it; the post office knows keys, and sends once for each."""
    await asyncio.sleep(0.05)
    key = current_effect().key[:12]
    known = SENT.read_text().splitlines() if SENT.exists() else []
    line = f"{key} {customer} {minor}"
    if line not in known:
        with SENT.open("a") as log:
            log.write(line + "\n")
    if "--crash" in sys.argv and len(known) == 4:
        os._exit(137)  # as if killed, after the effect and before its outcome is recorded
    return key


@workflow
async def invoice(ctx: Context, customer: str) -> int:
    """One customer."""
    minor = await ctx.call(total, customer)
    await ctx.call(send, customer, minor)
    return minor


@workflow
async def invoices(ctx: Context, customers: list[str]) -> dict[str, object]:
    """All customers, a few at a time."""
    at_once = asyncio.Semaphore(AT_ONCE)
    failed: dict[str, str] = {}

    async def one(customer: str) -> int:
        async with at_once:
            try:
                return int(await ctx.child(invoice, customer, id=f"2026-11-{customer}"))
            except ChildFailed as error:
                failed[customer] = error.status
                return 0

    minors = await asyncio.gather(*(one(customer) for customer in customers))
    return {"invoiced_minor": sum(minors), "failed": failed}


async def main() -> None:
    customers = ["ann", "bob", "cleo", "dora", "emil", "fatma", "gus", "hana"]
    async with tarl.open("invoices.db") as runtime:
        print(await runtime.run(invoices, customers, id="2026-11"))


if __name__ == "__main__":
    asyncio.run(main())
