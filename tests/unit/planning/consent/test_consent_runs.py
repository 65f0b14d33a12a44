"""Consents where it counts: in runs of the whole stack, a revocation stops the next step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.planning.consent.consent_parts import CAMERA
from tests.unit.planning.consent.test_consent_court import a_plan, looking

import tarl
from tarl import Context, Denied, activity, workflow
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId
from tarl.planning.consent.ledger import Consents
from tarl.planning.plan import ExecutionStatus
from tarl.planning.plans.ledger import PlanLedger
from tarl.testing.clock import JumpingClock, run

DONE: list[str] = []


@activity(name="device.measure", needs=["device.measure"], resource="device/{device}")
async def measure(device: str, arguments: dict[str, Any]) -> str:
    DONE.append(device)
    return device


@workflow(name="consent.looks")
async def looks(ctx: Context, times: int) -> list[str]:
    """Looks again and again, and says what stopped it."""
    came = []
    for _ in range(times):
        try:
            came.append(await ctx.call(measure, "front_door", {}))
        except Denied as error:
            came.append(error.facts["reasons"][0]["code"])
        await ctx.sleep(60)
    return came


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


Beside = Callable[[Any, Consents], Awaitable[None]]


def looked(path: Path, times: int, beside: Beside, *, id: str = "p1") -> list[str]:
    """What a run comes to that looks so often, while something goes on beside it."""
    clock = JumpingClock()

    async def scenario() -> list[str]:
        async with tarl.open(path, workflows=[looks], clock=clock, plans_only=True) as runtime:
            plans = PlanLedger(runtime.journal, clock=clock)
            plans.record(a_plan(looking(), status=ExecutionStatus.APPROVED))
            plans.change_status("p1", ExecutionStatus.EXECUTING)
            handle = await runtime.start(looks, times, id=id)
            await beside(runtime, Consents(runtime.journal, clock=clock))
            came: list[str] = await handle.result()
            return came

    return run(scenario(), clock=clock)


def test_a_revocation_stops_the_next_step(tmp_path: Path) -> None:
    async def beside(runtime: Any, consents: Consents) -> None:
        consents.grant("anna", [CAMERA], by="anna")
        await asyncio.sleep(90)
        consents.revoke("anna", scope="measure:camera/*:*", by="anna", reason="enough")

    assert looked(tmp_path / "j.db", 3, beside) == ["front_door"] * 2 + ["consent.revoked"]
    assert len(DONE) == 2


def test_a_step_waits_and_says_what_for_until_the_user_consents(tmp_path: Path) -> None:
    async def beside(runtime: Any, consents: Consents) -> None:
        await asyncio.sleep(30)
        assert DONE == []
        [asked] = runtime.journal.scan("approval", {"status": "pending"})
        id = ApprovalId(asked["tenant"], asked["id"])
        request = Approvals(runtime.journal).get(id).request
        assert request.approvers == ("anna",)
        assert f"waits for anna's consent to {CAMERA}" in request.context["reasons"]
        consents.grant("anna", [CAMERA], by="anna")

    assert looked(tmp_path / "j.db", 2, beside) == ["front_door"] * 2


def test_where_plans_alone_move_devices_another_run_moves_none(tmp_path: Path) -> None:
    async def beside(runtime: Any, consents: Consents) -> None:
        consents.grant("anna", [CAMERA], by="anna")

    assert looked(tmp_path / "j.db", 1, beside, id="other") == ["plan.missing"]
    assert DONE == []
