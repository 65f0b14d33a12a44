"""What the tests of policies stand on: a journal, a clock set by hand, some policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.opened import until_test_ends
from tests.unit.tenancy.parts import HandClock

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.governance.policies.court import CedarCourt
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.state import POLICIES_PROJECTION
from tarl.journal.event import Row
from tarl.journal.memory import MemoryStore
from tarl.journal.projection import Projection
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.definition import Registry, Workflow
from tarl.kernel.gateway import Gate
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.permit import Deed, NoNotary
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.policy.cedar.vocabulary import read_vocabulary
from tarl.tenancy.state import TENANTS_PROJECTION
from tarl.testing.clock import JumpingClock, run
from tarl.values.metrics import Metrics, Unmeasured

PROJECTIONS = (RUNS_PROJECTION, TENANTS_PROJECTION, POLICIES_PROJECTION)

VOCABULARY = read_vocabulary(
    {
        "actions": {
            "bank.pay": {
                "args": {
                    "to": "String",
                    "amount_minor": "Long",
                    "note": "String",
                    "rush": "Bool",
                }
            },
            "bank.look": {"args": {"account": "String"}},
        }
    }
)

LIMIT = """
@id("limit")
forbid (principal, action == Action::"bank.pay", resource)
when { context.args.amount_minor > 10000 };
"""


def memory(*further: Projection) -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=(*PROJECTIONS, *further))


def opened(path: Path, **options: Any) -> SqliteStore:
    """The journal in a file, as one process among others has it open."""
    return until_test_ends(
        SqliteStore(
            path, origin="tarl/test", projections=PROJECTIONS, synchronous="NORMAL", **options
        )
    )


def policies(store: Store) -> Policies:
    return Policies(store, clock=HandClock())


def court(store: Store, **options: Any) -> CedarCourt:
    return CedarCourt(store, clock=HandClock(), **options)


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
    metrics: Metrics = Unmeasured(),  # noqa: B008
    gate: Gate | None = None,
    **options: Any,
) -> Any:
    """The result of a run under the court, or the text of its error."""
    clock = JumpingClock()

    async def go() -> Any:
        engine = Engine(
            store,
            owners=None,
            gate=gate or court(store, metrics=metrics),
            clock=clock,
            limits=DEFAULT_LIMITS,
            notary=Unsigning(),
        )
        runtime = Runtime(engine, Registry())
        try:
            return await runtime.run(workflow, input, id=id, **options)
        except RunFailed as error:
            return str(error)
        finally:
            await runtime.close()

    return run(go(), clock=clock)
