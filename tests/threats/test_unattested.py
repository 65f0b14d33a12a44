"""No effect of a workflow without the attestations that are demanded: every way around that is
tried, on a real runtime.

Each way is first shown to lead to the effect while nothing is demanded, and to do so again once the
attestation is there: a way that is broken proves nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from tests.threats.shop import Shop, at_shop

from tarl import Context, activity, workflow
from tarl.engines.embedded.clock import SystemClock
from tarl.errors import Denied, TarlError
from tarl.governance.compliance.demand import Demands
from tarl.governance.compliance.events import Need
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.register import Principals
from tarl.kernel.retry import RetryPolicy
from tarl.provenance.attestations.statement import Subject, make
from tarl.stack import open_attestations
from tarl.storage import open_store
from tarl.values.ids import RunId

REVIEW = "https://tarl.dev/attestation/review/v1"
HAPPENED: list[str] = []


@activity
async def unattested_pay(to: str) -> str:
    HAPPENED.append(to)
    return to


@activity(pure=True)
def unattested_think(to: str) -> str:
    HAPPENED.append(to)
    return to


@activity(idempotent=False)
def unattested_once(to: str) -> str:
    HAPPENED.append(to)
    return to


@workflow
async def unattested_flow(ctx: Context, how: str = "pay") -> str:
    await ctx.sleep(0)
    if how == "think":
        return await ctx.call(unattested_think, "mallory")
    if how == "once":
        return await ctx.call(unattested_once, "mallory")
    return await ctx.call(unattested_pay, "mallory")


@workflow
async def unattested_parent(ctx: Context) -> str:
    return str(await ctx.child(unattested_flow, "pay"))


@workflow
async def unattested_going_on(ctx: Context, last: bool = False) -> str:
    if not last:
        ctx.continue_as_new(True)
    return await ctx.call(unattested_pay, "mallory")


@workflow
async def unattested_waiting(ctx: Context) -> str:
    first = await ctx.call(unattested_pay, "alice")
    await ctx.wait_for_signal("go")
    return first + await ctx.call(unattested_pay, "mallory")


@activity(retry=RetryPolicy(attempts_max=2, first_wait_ms=400, jitter=0))
async def unattested_try() -> str:
    HAPPENED.append("mallory")
    raise OSError("again")


@workflow
async def unattested_trying(ctx: Context) -> str:
    return await ctx.call(unattested_try)


DEMANDED = (unattested_flow, unattested_going_on, unattested_waiting, unattested_trying)


class Guarded(Shop):
    """A shop whose operator demands a review by ``rita``."""

    def demand(self) -> None:
        self.register("rita", "human")
        need = Need(predicate_type="review", signers=("rita",))
        names = [each.name for each in DEMANDED]
        Demands(self.store, clock=SystemClock()).require("review", names, [need], by="operator")

    def review(self, *signers: str, of: str | None = None) -> None:
        """A statement about the code of every workflow that needs one."""
        attestations = open_attestations(self.store, self.keyring)
        keys = [self._key(name) for name in signers]
        for each in DEMANDED:
            subject = Subject(name=each.name, sha256=of or each.code_digest)
            attestations.record(make([subject], REVIEW, {"of": each.name}, signers=keys))

    def _key(self, name: str) -> Any:
        found = Principals(self.store).get(PrincipalId("default", name))
        return self.files.signer(found.key)


async def plain(shop: Shop) -> None:
    await shop.runtime.run(unattested_flow, "pay", id="w", new_run=True)


async def pure(shop: Shop) -> None:
    await shop.runtime.run(unattested_flow, "think", id="t", new_run=True)


async def intent_first(shop: Shop) -> None:
    await shop.runtime.run(unattested_flow, "once", id="o", new_run=True)


async def as_a_child(shop: Shop) -> None:
    await shop.runtime.run(unattested_parent, id="p", new_run=True)


async def going_on(shop: Shop) -> None:
    await shop.runtime.run(unattested_going_on, id="g", new_run=True)


async def forked(shop: Shop) -> None:
    """From a run that was recorded while nothing was demanded, before its effect."""
    run = RunId("default", "w", 1)
    handle = await shop.runtime.fork(run, at=2)
    await handle.result()


WAYS = (plain, pure, intent_first, as_a_child, going_on, forked)


def tried(path: Path, *ways: Any, reviewed_by: str = "") -> dict[str, list[str]]:
    """What came of each way while a review is demanded."""

    async def work(shop: Shop) -> dict[str, list[str]]:
        guarded, found = Guarded(shop.runtime), {}
        await plain(guarded)
        guarded.demand()
        if reviewed_by:
            if reviewed_by != "rita":
                guarded.register(reviewed_by, "human")
            guarded.review(reviewed_by)
        for way in ways:
            HAPPENED.clear()
            with contextlib.suppress(TarlError):
                await way(guarded)
            found[way.__name__] = list(HAPPENED)
        return found

    said: dict[str, list[str]] = at_shop(path, work, workflows=(*DEMANDED, unattested_parent))
    return said


def test_no_way_leads_to_the_effect_without_the_statement(tmp_path: Path) -> None:
    assert tried(tmp_path, *WAYS) == {way.__name__: [] for way in WAYS}


def test_every_way_leads_to_it_with_the_statement(tmp_path: Path) -> None:
    found = tried(tmp_path, *WAYS, reviewed_by="rita")
    assert found == {way.__name__: ["mallory"] for way in WAYS}


def test_a_statement_of_ones_own_is_none(tmp_path: Path) -> None:
    assert tried(tmp_path, *WAYS, reviewed_by="mallory") == {way.__name__: [] for way in WAYS}


def test_a_run_that_is_under_way_stops_at_its_next_effect(tmp_path: Path) -> None:
    async def work(shop: Shop) -> set[str]:
        guarded = Guarded(shop.runtime)
        handle = await shop.runtime.start(unattested_waiting, id="w")
        while not HAPPENED:
            await _turn()
        guarded.demand()
        shop.runtime.signal("w", "go")
        with contextlib.suppress(TarlError):
            await handle.result()
        return shop.codes("w")

    HAPPENED.clear()
    codes = at_shop(tmp_path, work, workflows=DEMANDED)
    assert HAPPENED == ["alice"]
    assert codes == {"compliance.demanded"}


@pytest.mark.parametrize(("changed", "happened"), [(False, 2), (True, 1)])
def test_other_code_under_the_same_name_takes_no_effect_in_a_run_that_was_allowed(
    tmp_path: Path, changed: bool, happened: int
) -> None:
    """A further attempt is asked about at once when the run is taken up, before it is on disk that
    the code is another one.
    """

    async def begin(shop: Shop) -> None:
        guarded = Guarded(shop.runtime)
        guarded.demand()
        guarded.review("rita")
        await shop.runtime.start(unattested_trying, id="w")
        while "step.attempt_failed/1" not in shop.kinds("w"):
            await _turn()

    async def go_on(shop: Shop) -> None:
        await asyncio.sleep(0.5)  # the wait before the next attempt is over
        with contextlib.suppress(TarlError):
            await shop.runtime.resume("w")

    HAPPENED.clear()
    at_shop(tmp_path, begin, workflows=(*DEMANDED,))
    at_shop(tmp_path, go_on, workflows=(_changed() if changed else unattested_trying,))
    assert len(HAPPENED) == happened


def _changed() -> Any:
    """Other code of that name, which decides the same commands."""

    @workflow(name=unattested_trying.name)
    async def changed(ctx: Context) -> str:
        return "changed" + await ctx.call(unattested_try)

    return changed


def test_the_operators_demand_is_not_a_tenants_to_lift_or_change(tmp_path: Path) -> None:
    async def work(shop: Shop) -> None:
        Guarded(shop.runtime).demand()

    at_shop(tmp_path, work)
    store = open_store(tmp_path / "t.db", tenant="default")
    try:
        demands = Demands(store, clock=SystemClock())
        assert [each.id for each in demands.in_force()] == ["review"]
        for change in (
            lambda: demands.lift("review", by="mallory"),
            lambda: demands.require(
                "review",
                ["nothing"],
                [Need(predicate_type="review", signers=("rita",))],
                by="mallory",
            ),
        ):
            with pytest.raises(Denied) as caught:
                change()
            assert caught.value.code == "tenant.operator"
    finally:
        store.close()


async def _turn() -> None:
    await asyncio.sleep(0.005)
