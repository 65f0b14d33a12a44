"""What breaks policies, and who is told of it, as a user of the seed sees it.

1. A critical violation is escalated as it is recorded.
2. Whoever has to be told is told at least once, also after a crash: by the next process that
   registers the handler.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tarl.governance.severity import severity as severity_of
from tarl.governance.violations.escalation import escalation_timers
from tarl.governance.violations.events import Level
from tarl.governance.violations.handlers import EscalationHandler
from tarl.governance.violations.ladders import WITHIN_MS
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.pages import PAGE_MAX, Filters
from tarl.governance.violations.state import Violation
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, drawn, ms_of
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    UnknownName,
    translated,
)
from tarl.integrations.orchestration_governance.rooms import BY
from tarl.journal.store import Store
from tarl.routing.uptime import SystemUptime
from tarl.work.timers.firing import Firing
from tarl.work.timers.ledger import Timers

__all__ = ["Busy", "EscalationFn", "PolicyViolation", "UnknownName", "Violated"]

EscalationFn = Callable[["PolicyViolation"], object]


@dataclass
class PolicyViolation:
    """A violation as it was when it was read.

    Attributes:
        status: ``open``, ``escalated``, ``acknowledged`` or ``resolved``.
    """

    violation_id: str
    policy_id: str
    workflow_id: str
    severity: str
    description: str
    context: dict[str, Any]
    escalated: bool = False
    resolved: bool = False
    status: str = "open"


class Violated:
    """The violations in a journal.

    Args:
        place: The journal.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._handlers: dict[str, EscalationHandler] = {}
        self._firing_store: Store | None = None

    def record_violation(
        self,
        policy_id: str,
        workflow_id: str,
        severity: str,
        description: str,
        context: Mapping[str, Any] | None = None,
    ) -> str:
        """Record that something broke a policy; its id. A critical one is escalated at once.

        Raises:
            BadValue: no such severity, or names or values that cannot be recorded.
        """
        with translated():
            severity_of(severity)
        details = {
            "policy": policy_id,
            "run": workflow_id,
            "severity": severity,
            "description": description,
            "facts": copied(dict(context or {}), "the context"),
        }
        id: str = once("record_violation", details, lambda: self._record(**details))
        return id

    def escalate_violation(self, violation_id: str, why: str = "") -> PolicyViolation:
        """Make it the next level's to answer, and tell them.

        Raises:
            UnknownName: there is no such violation.
            Busy: it is resolved.
        """

        def escalate() -> None:
            with self._violations() as violations:
                violations.escalate(violation_id, by=BY, why=why)
            self.tell_escalations()

        once("escalate_violation", {"violation": violation_id, "why": why}, escalate)
        return self.get_violation(violation_id)

    def acknowledge_violation(self, violation_id: str, by: str, note: str = "") -> PolicyViolation:
        """Say that somebody has taken it on.

        Raises:
            UnknownName: there is no such violation.
            Busy: it is resolved.
        """
        with self._violations() as violations:
            return _violation(violations.acknowledge(violation_id, by=by, note=note))

    def resolve_violation(self, violation_id: str, by: str, resolution: str) -> PolicyViolation:
        """Say how it was dealt with.

        Raises:
            UnknownName: there is no such violation.
            Busy: it is resolved already.
        """
        with self._violations() as violations:
            return _violation(violations.resolve(violation_id, by=by, resolution=resolution))

    def register_escalation_handler(
        self, policy_id: str, handler: EscalationFn, *, within: float = WITHIN_MS / 1_000
    ) -> None:
        """Have a function told of escalated violations of a policy, from now on, before the levels
        that its ladder has otherwise.

        The journal has the ladder, and which violations wait to be told; the function is known to
        this object alone, and is registered again after a restart. One that raises is called again.

        Args:
            policy_id: Of which policy; ``*`` for those without a handler of their own.
            handler: Takes the ``PolicyViolation``.
            within: Seconds until it counts as unanswered.

        Raises:
            BadValue: nothing that can be called, or no name of a policy.
        """
        if not callable(handler):
            raise BadValue(f"{handler!r} is no function", code="violation.handler")
        name = f"policy:{policy_id}"
        level = Level(handler=name, within_ms=ms_of(within, "time to answer", least_ms=1))
        with self._violations() as violations:
            ladder = violations.ladders.ls().get(policy_id, ())
            if level not in ladder:
                others = (each for each in ladder if each.handler != name)
                violations.ladders.set(policy_id, (level, *others), by=BY)
        self._handlers[name] = EscalationHandler(name, lambda each: _tell(handler, each))
        self.tell_escalations()

    def tell_escalations(self) -> int:
        """Call the handlers of this object that are due; how many have answered."""
        if not self._handlers:
            return 0
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._fire()
        with ThreadPoolExecutor(1) as beside:  # handlers have a loop of their own
            return beside.submit(self._fire).result()

    def get_violation(self, violation_id: str) -> PolicyViolation:
        """A violation as it is now.

        Raises:
            UnknownName: there is none.
        """
        with self._violations() as violations:
            return _violation(violations.get(violation_id))

    def get_violations(
        self,
        workflow_id: str | None = None,
        severity: str | None = None,
        *,
        policy_id: str | None = None,
    ) -> list[PolicyViolation]:
        """Violations of a workflow, of a severity, of a policy, or all, the oldest first.

        Raises:
            BadValue: no such severity.
        """
        with self._violations() as violations:
            level = None if severity is None else severity_of(severity)
            filters = Filters(policy=policy_id, run=workflow_id, severity=level)
            page = violations.ls(filters, limit=PAGE_MAX)
            found = list(page.items)
            while page.cursor is not None:
                page = violations.ls(filters, limit=PAGE_MAX, cursor=page.cursor)
                found += page.items
            return [_violation(each) for each in reversed(found)]

    # --- inside

    @contextmanager
    def _violations(self) -> Iterator[Violations]:
        with self.place.store() as store:
            yield Violations(store, clock=self.place.clock, metrics=self.place.metrics)

    def _record(self, *, policy: Any, run: Any, severity: Any, description: Any, facts: Any) -> str:
        with self._violations() as violations:
            recorded = violations.record(
                policy,
                run=run,
                severity=severity_of(severity),
                description=description,
                facts=facts,
                by=BY,
            )
        if recorded.status == "escalated":
            self.tell_escalations()
        return recorded.id

    def _fire(self) -> int:
        """Call what is due, on a connection of its own: handlers use this object's."""
        if self._firing_store is None:
            self._firing_store = self.place.ledger.another()
            if self._firing_store is not self.place.ledger.store:
                weakref.finalize(self, self._firing_store.close)
        clock, store, uptime = self.place.clock, self._firing_store, SystemUptime()
        firing = Firing(
            Timers(store, clock=clock, metrics=self.place.metrics),
            escalation_timers(Violations(store, clock=clock), self._handlers),
            holder=drawn(str(os.getpid())),
            monotonic=lambda: uptime.mark().ms / 1_000,
        )
        with translated():
            return len(firing.fire_due())


def _tell(handler: EscalationFn, violation: Violation) -> Any:
    return handler(_violation(violation))


def _violation(violation: Violation) -> PolicyViolation:
    return PolicyViolation(
        violation_id=violation.id,
        policy_id=violation.policy,
        workflow_id=violation.run or "",
        severity=violation.severity.word,
        description=violation.description,
        context=dict(violation.facts),
        escalated=violation.level > 0,
        resolved=violation.status == "resolved",
        status=violation.status,
    )
