"""What the tests of safety stand on: a journal, a clock set by hand, guardrails, activities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.opened import until_test_ends
from tests.unit.tenancy.parts import HandClock

from tarl import Context, activity, workflow
from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.governance.safety.anomalies import ANOMALIES_PROJECTION, Anomalies
from tarl.governance.safety.court import SafetyCourt
from tarl.governance.safety.guardrails import Guardrails
from tarl.governance.safety.ledger import Safety
from tarl.governance.safety.panel import Panel
from tarl.governance.safety.state import SAFETY_PROJECTION
from tarl.journal.event import Row
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.acting import Acting
from tarl.kernel.commands import Command, step_command
from tarl.kernel.definition import Activity, Registry, Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.permit import Deed, NoNotary
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.tenancy.state import TENANTS_PROJECTION
from tarl.testing.clock import JumpingClock, run
from tarl.values.ids import RunId
from tarl.values.metrics import Metrics, Unmeasured

PROJECTIONS = (RUNS_PROJECTION, TENANTS_PROJECTION, SAFETY_PROJECTION, ANOMALIES_PROJECTION)


@activity(name="safety.send", needs=["mail.send"])
def send(to: str, text: str = "hello") -> str:
    return f"sent to {to}"


@activity(name="safety.look", needs=["mail.look"], access="read")
def look(what: str) -> str:
    return what


@activity(name="safety.buy", spends={"eur": "amount_minor"})
def buy(amount_minor: int) -> int:
    return amount_minor


@workflow(name="safety.sending")
async def sending(ctx: Context, count: int) -> list[str]:
    return [await ctx.call(send, f"n{number}") for number in range(count)]


@workflow(name="safety.looping")
async def looping(ctx: Context, count: int) -> list[str]:
    return [await ctx.call(send, "same") for _ in range(count)]


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS)


def opened(path: Path, **options: Any) -> SqliteStore:
    """The journal in a file, as one process among others has it open."""
    return until_test_ends(
        SqliteStore(
            path, origin="tarl/test", projections=PROJECTIONS, synchronous="NORMAL", **options
        )
    )


def safety(store: Store, clock: Any = None) -> Safety:
    return Safety(store, clock=clock or HandClock())


def anomalies(store: Store) -> Anomalies:
    return Anomalies(store, clock=HandClock())


def court(store: Store, guardrails: Guardrails | None = None, **options: Any) -> SafetyCourt:
    clock = HandClock()
    panel = Panel(store, clock=clock, guardrails=guardrails or Guardrails(), **options)
    return SafetyCourt(store, until_test_ends(panel), clock=clock, **options)


def effect(
    of: Activity[..., Any] = send,
    *args: Any,
    id: str = "r",
    step: int = 1,
    at_ms: int = 1_000,
    agent: str | None = None,
    tenant: str = "default",
) -> Effect:
    """An effect as a run asks for it."""
    command: Command = step_command(
        of, args or ("ann",), {}, step=step, limits=DEFAULT_LIMITS, shelve=lambda data: data
    )
    command.at_ms = at_ms
    acting = None if agent is None else Acting(agent)
    return Effect(RunId(tenant, id, 1), step, of, command, acting, "tarl/test")


class Unsigning(NoNotary):
    """Lets agents act without a key."""

    def sign(self, deeds: Sequence[Deed]) -> list[Row]:
        return []


def ran(
    store: Store,
    workflow: Workflow[..., Any],
    input: Any,
    *,
    id: str,
    guardrails: Guardrails | None = None,
    metrics: Metrics = Unmeasured(),  # noqa: B008
    **options: Any,
) -> Any:
    """The result of a run under the court, or the text of its error."""
    clock = JumpingClock()

    async def go() -> Any:
        panel = Panel(store, clock=clock, guardrails=guardrails or Guardrails(), metrics=metrics)
        gate = SafetyCourt(store, panel, clock=clock, metrics=metrics)
        engine = Engine(
            store,
            owners=None,
            gate=gate,
            clock=clock,
            limits=DEFAULT_LIMITS,
            notary=Unsigning(),
            **options,
        )
        runtime = Runtime(engine, Registry())
        try:
            return await runtime.run(workflow, input, id=id)
        except RunFailed as error:
            return str(error)
        finally:
            await runtime.close()
            panel.close()

    return run(go(), clock=clock)
