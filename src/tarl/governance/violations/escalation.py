"""Has the levels of violations told, and passes upwards what they do not answer.

Both are durable timers, set in the commit that escalates: one is due at once and bears the name of
the level's handler, the other is due when the level's time is over. So a handler that raises is
tried again, one whose process died is called by another process, and one that no process knows is
called by the first that does; whatever becomes of it, the second timer makes the violation the next
level's unless somebody has acknowledged it, and says what was wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from tarl.governance.violations.handlers import Caller, EscalationHandler
from tarl.governance.violations.ledger import OVERDUE, Violations, timer_id
from tarl.work.timers import events as timer_events
from tarl.work.timers import tables
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Timers
from tarl.work.timers.ledger import stream as timer_stream

_LOGGER = logging.getLogger("tarl.violations")


def escalation_timers(
    violations: Violations,
    handlers: Mapping[str, EscalationHandler],
    *,
    caller: Caller | None = None,
) -> Handlers:
    """The timers' handlers of a process that tells levels by these handlers, and passes upwards."""
    calls, timers = caller or Caller(), Handlers()
    for handler in handlers.values():
        teller = _Teller(violations, handler, calls)
        timers.register(teller, name=f"escalation.{handler.name}")
    timers.register(_Overdue(violations), name=OVERDUE)
    return timers


class _Teller:
    """Calls one handler about the violation of a timer, unless that is over."""

    def __init__(self, violations: Violations, handler: EscalationHandler, calls: Caller) -> None:
        self._violations = violations
        self._handler = handler
        self._calls = calls

    async def __call__(self, due: Due) -> None:
        id, level = due.payload["violation"], due.payload["level"]
        violation = self._violations.get(id, tenant=due.tenant)
        if violation.status != "escalated":
            return
        # The key is of this telling, whatever level it has reached since.
        mine = msgspec.structs.replace(violation, escalated_seq=due.payload["seq"])
        await self._calls.call(self._handler, mine)
        self._violations.told(id, level=level, handler=self._handler.name, tenant=due.tenant)


class _Overdue:
    """Makes the violation of a timer the next level's, unless somebody answered."""

    def __init__(self, violations: Violations) -> None:
        self._violations = violations

    async def __call__(self, due: Due) -> None:
        id, seq = due.payload["violation"], due.payload["seq"]
        before = self._violations.get(id, tenant=due.tenant)
        if before.status != "escalated" or before.escalated_seq != seq:
            return
        why = self._why(due)
        after = self._violations.pass_upwards(id, seq=seq, why=why, tenant=due.tenant)
        if after.is_exhausted:
            _LOGGER.error(
                "violation %s of policy %s: %s, and there is no level above", id, after.policy, why
            )

    def _why(self, due: Due) -> str:
        """What became of the level's handler."""
        payload: dict[str, Any] = due.payload
        handler = payload["handler"]
        name = timer_id(payload["violation"], payload["seq"], "tell")
        store = self._violations.store
        told = Timers(store, clock=self._violations.clock).get(name, tenant=due.tenant)
        if told.status == tables.FIRED:
            return f"nobody acknowledged it after {handler} told them"
        if not told.attempts:
            return f"no process that knows handler {handler} has called it to its end"
        error = ""
        for event in store.read(timer_stream(due.tenant, name)):
            if event.kind == timer_events.ATTEMPT_FAILED and event.body is not None:
                error = timer_events.DECODERS[event.kind](event.body).error
        return f"handler {handler} failed {told.attempts} times: {error}"
