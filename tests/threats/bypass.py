"""Workflows that call an activity like any function, past the context and its gateway."""

from __future__ import annotations

from tests.threats.deeds import VARIANTS, threat_mail, threat_mail_sync

from tarl import Context, workflow


@workflow
async def threat_bypass_sync(ctx: Context) -> str:
    return threat_mail_sync("alice")


@workflow
async def threat_bypass_async(ctx: Context) -> str:
    return await threat_mail("alice")


@workflow
async def threat_bypass_found(ctx: Context, name: str = "sync") -> str:
    return str(VARIANTS[name]("alice"))


@workflow
async def threat_bypass_handed_over(ctx: Context) -> list[str]:
    return list(map(VARIANTS["sync"], ["alice"]))


WAYS = (
    threat_bypass_sync,
    threat_bypass_async,
    threat_bypass_found,
    threat_bypass_handed_over,
)
