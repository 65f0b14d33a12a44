"""What the tests of violations stand on: a journal, a clock set by hand, ladders."""

from __future__ import annotations

from typing import Any

from tests.unit.tenancy.parts import HandClock

from tarl.governance.severity import Severity
from tarl.governance.violations.events import Level
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.state import VIOLATIONS_PROJECTION, Violation
from tarl.journal.memory import MemoryStore
from tarl.tenancy.state import TENANTS_PROJECTION
from tarl.work.timers.tables import TIMERS_COORDINATION, TIMERS_PROJECTION

PROJECTIONS = (VIOLATIONS_PROJECTION, TIMERS_PROJECTION, TENANTS_PROJECTION)
COORDINATIONS = (TIMERS_COORDINATION,)
LADDER = (Level(handler="page-ops", within_ms=60_000), Level(handler="call-ciso", within_ms=9_000))


def memory(**options: Any) -> MemoryStore:
    return MemoryStore(
        origin="tarl/test", projections=PROJECTIONS, coordinations=COORDINATIONS, **options
    )


def ledger(store: MemoryStore | None = None) -> Violations:
    return Violations(store or memory(), clock=HandClock())


def recorded(known: Violations, **changes: Any) -> Violation:
    said: dict[str, Any] = {
        "severity": Severity.HIGH,
        "description": "a payment above the limit",
        "facts": {"amount_minor": 20_000},
        "by": "court",
        "run": "shop/1",
        **changes,
    }
    return known.record(said.pop("policy", "limits"), **said)
