"""Quotas as a runtime meets them: who is refused, who goes on, what can be resumed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.unit.tenancy.parts import Office, sqlite

from tarl import Context, activity, workflow
from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.owners import OwnerLocks
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Exceeded
from tarl.kernel.definition import Registry
from tarl.kernel.gateway import AllowAll
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.metering import BoundedStore
from tarl.tenancy.tenant import Quotas

calls: list[str] = []


@activity
def copy(text: str) -> str:
    calls.append(text)
    return text


@workflow
async def writing(ctx: Context, text: str) -> int:
    first = await ctx.call(copy, text)
    second = await ctx.call(copy, first)
    return len(second)


@workflow
async def waiting(ctx: Context, text: str) -> str:
    await ctx.wait_for_signal("go")
    return text


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Runtime, Office]]:
    office = Office(sqlite(path))
    office.store = BoundedStore(office.store, office.bounds)
    office.tenants = Tenants(office.store, keyring=office.keyring, bounds=office.bounds)
    engine = Engine(
        office.store,
        owners=OwnerLocks(Path(f"{path}-owners")),
        gate=AllowAll(),
        clock=office.clock,
        limits=DEFAULT_LIMITS,
    )
    runtime = Runtime(engine, Registry())
    runtime.register(writing, waiting)
    try:
        yield runtime, office
    finally:
        await runtime.close()
        office.store.close()


def test_runs_that_share_a_commit_are_refused_apart(tmp_path: Path) -> None:
    async def act() -> None:
        async with opened(tmp_path / "t.db") as (runtime, office):
            office.tenants.create("acme", sealed=False, quotas=Quotas(concurrent_executions=2))
            office.tenants.create("beta", sealed=False)
            started = [
                await runtime.start(waiting, "x", id=id, tenant=tenant)
                for tenant, id in (("acme", "a"), ("acme", "b"), ("beta", "a"), ("acme", "c"))
            ]
            with pytest.raises(Exceeded) as refused:
                await asyncio.wait_for(started[3].result(), 30)
            assert refused.value.facts["resource"] == "concurrent_executions"
            assert office.store.head("run/acme/c/1") is None
            for handle in started[:3]:
                runtime.signal(handle.run_id, "go")
                assert await asyncio.wait_for(handle.result(), 30) == "x"
            usage = office.bounds.usage("acme")
            assert (usage.workflows, usage.concurrent_executions) == (2, 0)
            again = await runtime.start(waiting, "x", id="c", tenant="acme")
            runtime.signal(again.run_id, "go")
            assert await asyncio.wait_for(again.result(), 30) == "x"
            assert office.bounds.usage("acme") == office.bounds.counted("acme")

    asyncio.run(act())


def test_a_run_over_the_storage_quota_is_interrupted_and_goes_on_when_it_is_raised(
    tmp_path: Path,
) -> None:
    calls.clear()

    async def act() -> None:
        async with opened(tmp_path / "t.db") as (runtime, office):
            office.tenants.create("acme", sealed=False, quotas=Quotas(storage_bytes=3_500))
            with pytest.raises(Exceeded) as refused:
                await runtime.run(writing, "x" * 1_000, id="a", tenant="acme")
            assert refused.value.facts["resource"] == "storage_bytes"
            assert office.bounds.usage("acme").storage_bytes <= 3_500
            assert office.store.count("run", {"status": "running"}) == 1
            office.tenants.set_quotas("acme", {"storage_bytes": None})
            assert await runtime.resume("acme/a") == 1_000
            assert office.bounds.usage("acme") == office.bounds.counted("acme")

    asyncio.run(act())
    assert len(calls) in (2, 3), "what was acknowledged is not done again"


def test_an_interrupted_run_holds_its_place_until_it_has_ended(tmp_path: Path) -> None:
    async def begin() -> None:
        async with opened(tmp_path / "t.db") as (runtime, office):
            office.tenants.create("acme", sealed=False, quotas=Quotas(concurrent_executions=1))
            await runtime.start(waiting, "x", id="a", tenant="acme")
            await asyncio.sleep(0.1)

    async def go_on() -> None:
        async with opened(tmp_path / "t.db") as (runtime, office):
            assert office.bounds.usage("acme").concurrent_executions == 1
            with pytest.raises(Exceeded):
                await runtime.run(writing, "x", id="b", tenant="acme")
            runtime.terminate("acme/a", reason="in the way")
            assert office.bounds.usage("acme").concurrent_executions == 0
            assert await runtime.run(writing, "x", id="b", tenant="acme") == 1
            assert office.bounds.usage("acme") == office.bounds.counted("acme")

    asyncio.run(begin())
    asyncio.run(go_on())


def test_a_fork_is_a_run_as_well(tmp_path: Path) -> None:
    async def act() -> None:
        async with opened(tmp_path / "t.db") as (runtime, office):
            office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=2))
            await runtime.run(writing, "x", id="a", tenant="acme")
            forked = await runtime.fork("acme/a", at=1, id="b")
            assert await forked.result() == 1
            assert office.bounds.usage("acme").workflows == 2
            with pytest.raises(Exceeded):
                await runtime.fork("acme/a", at=1, id="c")
            assert office.bounds.usage("acme") == office.bounds.counted("acme")

    asyncio.run(act())


def test_the_same_id_again_is_the_same_run_even_at_the_quota(tmp_path: Path) -> None:
    async def act() -> None:
        async with opened(tmp_path / "t.db") as (runtime, office):
            office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=1))
            assert await runtime.run(writing, "xy", id="a", tenant="acme") == 2
            assert await runtime.run(writing, "xy", id="a", tenant="acme") == 2
            with pytest.raises(Exceeded):
                await runtime.run(writing, "xy", id="b", tenant="acme")

    asyncio.run(act())
