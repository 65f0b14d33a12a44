"""Workflows that the tests of policies run."""

from __future__ import annotations

from tarl import Context, activity, workflow


@activity(name="policies.pay", needs=["bank.pay"], resource="account/{to}")
def pay(to: str, amount_minor: int, note: str = "none", rush: bool = False) -> str:
    return f"paid {amount_minor} to {to}"


@activity(name="policies.look", needs=["bank.look"], access="read")
def look(account: str) -> dict[str, int]:
    return {"balance": len(account)}


@activity(name="policies.plain")
def plain(text: str) -> str:
    return text


@workflow(name="policies.paying")
async def paying(ctx: Context, amount: int) -> str:
    await ctx.call(look, "a")
    await ctx.call(plain, "x" * 100_000)
    return await ctx.call(pay, "bob", amount)
