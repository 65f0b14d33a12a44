"""What the doctor makes of a Temporal server's answers."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.temporal.probing import Namespace, Pollers, Probe
from tarl.errors import Conflict
from tarl.interfaces.cli import temporal_health
from tarl.interfaces.cli.findings import Finding
from tarl.interfaces.cli.invocation import Invocation


class Told(Probe):
    """A server that gives these answers."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    async def namespace(self) -> Namespace | None:
        return cast(Namespace | None, self.answers["namespace"])

    async def pollers(self, task_queue: str) -> Pollers:
        return cast(Pollers, self.answers["pollers"])

    async def clock_ahead_s(self) -> float | None:
        return cast(float | None, self.answers["clock"])


@pytest.mark.parametrize(
    ("ahead_s", "status", "found"),
    [
        (0.04, "ok", "the server's is 0.0 s ahead"),
        (-4.9, "ok", "the server's is 4.9 s behind"),
        (5.1, "warning", "the server's is 5.1 s ahead"),
        (-90.0, "warning", "the server's is 90.0 s behind"),
        (None, "ok", "the server does not show its clock"),
    ],
)
def test_clocks_that_differ_are_a_warning(ahead_s: float | None, status: str, found: str) -> None:
    finding = asyncio.run(temporal_health._clocks(Told(clock=ahead_s)))
    assert finding[:3] == ("clocks", status, found)
    assert bool(finding.next_step) == (status == "warning")


@pytest.mark.parametrize(
    ("pollers", "status", "found"),
    [
        (Pollers(2, 1), "ok", "q: 2 workers take workflows, 1 steps"),
        (Pollers(0, 0), "warning", "nobody takes work from q"),
        (Pollers(0, 3), "warning", "nobody takes workflows from q"),
        (Pollers(3, 0), "warning", "nobody takes steps from q"),
    ],
)
def test_a_task_queue_that_nobody_serves_is_a_warning(
    pollers: Pollers, status: str, found: str
) -> None:
    finding = asyncio.run(temporal_health._queue(Told(pollers=pollers), "q"))
    assert finding[:3] == ("task queue", status, found)


@pytest.mark.parametrize(
    ("bytes_max", "status"), [(0, "ok"), (2**21, "ok"), (2**16, "ok"), (2**15, "warning")]
)
def test_payloads_that_are_too_small_are_a_warning(bytes_max: int, status: str) -> None:
    probe = Told(namespace=Namespace(86_400.0, bytes_max))
    finding = asyncio.run(temporal_health._payloads(Invocation(), probe))
    assert finding.status == status


@pytest.mark.parametrize(
    ("check", "error", "status"),
    [
        ("clocks", RPCError("no", RPCStatusCode.PERMISSION_DENIED, b""), "warning"),
        ("clocks", RPCError("no", RPCStatusCode.UNAUTHENTICATED, b""), "warning"),
        ("namespace", RPCError("no", RPCStatusCode.PERMISSION_DENIED, b""), "problem"),
        ("clocks", RPCError("no", RPCStatusCode.UNAVAILABLE, b""), "problem"),
        ("clocks", Conflict("no", code="temporal.attributes", next_step="remove it"), "problem"),
    ],
)
def test_a_refusal_is_a_finding(check: str, error: Exception, status: str) -> None:
    async def ask() -> Finding:
        raise error

    finding = asyncio.run(temporal_health._asked(check, ask))
    assert (finding.check, finding.status) == (check, status)
