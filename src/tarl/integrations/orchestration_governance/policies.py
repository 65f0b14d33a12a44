"""Policies in versions, and what breaks them, as a user of the seed sees them.

1. Policy data is compiled to rules that bind the journal's runs (``governance/policies``). A member
   that is no key of the vocabulary binds nothing: it is kept, and named by ``not_enforced``.
2. In an environment the highest version decides that was registered for it, or for all. One that
   comes after a higher one is kept and never decides.
3. A critical violation is escalated as it is recorded; whoever has to be told is told at least
   once, also after a crash, by the next process that registers the handler.
"""

from __future__ import annotations

import asyncio
import difflib
import logging
import os
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tarl.engines.embedded.clock import Clock
from tarl.errors import Conflict, Missing
from tarl.governance.environment import environment as environment_of
from tarl.governance.policies.data import DATA, KEYS
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.versions import EVERYWHERE, read_semver
from tarl.governance.severity import severity as severity_of
from tarl.governance.violations.escalation import escalation_timers
from tarl.governance.violations.events import Level
from tarl.governance.violations.handlers import EscalationHandler
from tarl.governance.violations.ladders import WITHIN_MS
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.pages import PAGE_MAX, Filters
from tarl.governance.violations.state import Violation
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.ledger import stream_name
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.chronicle import Chronicle
from tarl.integrations.orchestration_extended.place import Place, drawn
from tarl.integrations.orchestration_extended.refusals import BadValue, translated
from tarl.integrations.orchestration_governance.rooms import BY
from tarl.journal.store import Store
from tarl.policy.cedar.edition import Edition
from tarl.routing.uptime import SystemUptime
from tarl.values.canonical import encode
from tarl.values.instants import isoformat_ms
from tarl.work.timers.firing import Firing
from tarl.work.timers.ledger import Timers

ALL = "all"
"""How the seed writes that something holds in every environment."""

POLICY_DECLARED = "governance.policy_declared/1"

_NOTHING = '@id("nothing")\nforbid (principal, action, resource)\nwhen { false };\n'
"""The rules of policy data of which nothing can be enforced."""

_ALIKE = 0.8
"""From this likeness on (Ratcliff and Obershelp's), an unknown key is a slip of the pen."""

_LOGGER = logging.getLogger(__name__)

EscalationFn = Callable[["PolicyViolation"], object]


@dataclass
class PolicyVersion:
    """A version of a policy as it was when it was read.

    Attributes:
        environment: ``dev``, ``stage``, ``prod`` or ``all``.
        created_at: When it was registered, RFC 3339.
        active: Whether it decides.
        not_enforced: Members of the data that are kept and bind nothing.
    """

    policy_id: str
    version: str
    environment: str
    policy_data: dict[str, Any]
    created_at: str
    active: bool = True
    not_enforced: list[str] = field(default_factory=list)


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


class _Declared:
    """Versions as they were declared, in that order, by policy, environment and version."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str, str], dict[str, Any]] = {}

    def evolve(self, kind: str, body: dict[str, Any], at_ms: int) -> None:
        key = body["policy_id"], body["environment"], body["version"]
        self.versions.setdefault(key, {**body, "at_ms": at_ms})


class GovernanceEngine:
    """Policies that decide by environment and semantic version; violations that reach somebody.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        journal: The journal's file, wherever it is.
        place: The journal of a stack.
        clock: Wall-clock time; the system's when left out.
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data/tarl_governance",
        *,
        journal: str | Path | None = None,
        place: Place | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.place = Place.of(place, data_dir, journal, clock)
        self._declared: Chronicle[_Declared] = Chronicle(
            self.place, stream_name("governance", "policies"), _Declared, _Declared.evolve
        )
        self._handlers: dict[str, EscalationHandler] = {}
        self._firing_store: Store | None = None

    # --- policies

    def register_policy_version(
        self, policy_id: str, version: str, environment: str, policy_data: Mapping[str, Any]
    ) -> PolicyVersion:
        """Register a version of a policy; it decides from now on, unless a higher one does. The
        same version again is the one that there is.

        Args:
            policy_id: Names the policy.
            version: A semantic version. One that allows more has a higher major number.
            environment: ``dev``, ``stage``, ``prod``, or ``all``.
            policy_data: Keys that `tarl policy keys` lists; others are kept, and bind nothing.

        Raises:
            BadValue: no such environment, no semantic version, a key that is nearly one, a value of
                another type than its key's, or more is allowed within a major version.
            Busy: the version says something else already.
        """
        with translated():
            data, version = _data_of(policy_data), str(read_semver(version))
            lane = _lane(environment)
            known = {name: value for name, value in data.items() if name in KEYS}
            _refuse_slips(data)
        key = policy_id, lane, version
        declared = self._declared.state().versions.get(key)
        if declared is not None and encode(declared["policy_data"]) == encode(data):
            return self._version(key)
        left = sorted(set(data) - set(known))
        details = {
            "policy_id": policy_id,
            "version": version,
            "environment": lane,
            "policy_data": data,
            "not_enforced": left,
            "edition": self._registered(key, known),
        }
        self._declared.change(
            lambda now: [] if key in now.versions else [(POLICY_DECLARED, details)]
        )
        if left:
            _LOGGER.warning("%s %s: nothing enforces %s", policy_id, version, ", ".join(left))
        return self._version(key)

    def activate_policy(
        self, policy_id: str, version: str | None = None, environment: str | None = None
    ) -> PolicyVersion:
        """Have a version decide, the newest when left out.

        Raises:
            UnknownName: no such policy or version.
            BadValue: no environment, no semantic version, or one of several environments.
        """
        with self._policies() as policies:
            lane = None if environment is None else _lane(environment)
            policies.activate(policy_id, version, environment=lane, by=BY)
            edition = policies.edition(policy_id, version, environment=lane)
            return self._shown(policies, edition)

    def deactivate_policy(self, policy_id: str, environment: str | None = None) -> None:
        """Have no version decide that was registered for an environment; none at all when that is
        left out.

        Raises:
            UnknownName: no such policy.
            BadValue: no such environment.
        """
        with self._policies() as policies:
            lane = None if environment is None else _lane(environment)
            policies.deactivate(policy_id, environment=lane, by=BY)

    def get_active_policy(self, policy_id: str, environment: str) -> PolicyVersion | None:
        """The version that decides in an environment; None where none does.

        Raises:
            BadValue: no such environment.
        """
        with self._policies() as policies:
            where = environment_of(environment)
            try:
                standing = policies.get(policy_id)
            except Missing as error:
                if error.code != "policy.missing":
                    raise
                return None
            deciding = standing.deciding(where)
            if not deciding:
                return None
            return self._shown(policies, policies.edition(policy_id, deciding[0]))

    def get_policy_versions(self, policy_id: str | None = None) -> list[PolicyVersion]:
        """The versions that were registered here, of a policy or of all, in that order."""
        keys = list(self._declared.state().versions)
        return [self._version(key) for key in keys if policy_id in (None, key[0])]

    # --- violations

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
        """Have a function told of escalated violations of a policy, from now on.

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
        with self._violations() as violations:
            levels = (Level(handler=name, within_ms=round(within * 1_000)),)
            if violations.ladders.ls().get(policy_id) != levels:
                violations.ladders.set(policy_id, levels, by=BY)
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

    # --- as a whole

    def get_metrics(self) -> dict[str, int]:
        """Policies, their versions and those in force; violations by status and severity."""
        versions = self.get_policy_versions()
        found = self.get_violations()
        by_status = Counter(each.status for each in found)
        by_severity = Counter(each.severity for each in found)
        with self._policies() as policies:
            standings = policies.ls()
        return {
            "policies": len(standings),
            "versions": len(versions),
            "active": sum(len(each.in_force) for each in standings),
            "violations": len(found),
            **{f"violations_{word}": count for word, count in sorted(by_status.items())},
            **{f"severity_{word}": count for word, count in sorted(by_severity.items())},
        }

    def get_status(self) -> dict[str, int]:
        """How many policies there are, and how many violations were recorded."""
        with self._policies() as policies, self._violations() as violations:
            return {"policies": len(policies.ls()), "violations": violations.count()}

    # --- inside

    @contextmanager
    def _policies(self) -> Iterator[Policies]:
        with self.place.store() as store:
            yield Policies(store, clock=self.place.clock, metrics=self.place.metrics)

    @contextmanager
    def _violations(self) -> Iterator[Violations]:
        with self.place.store() as store:
            yield Violations(store, clock=self.place.clock, metrics=self.place.metrics)

    def _registered(self, key: tuple[str, str, str], known: dict[str, Any]) -> int | None:
        """The room's number of a version that decides; None of one that comes too late to."""
        policy_id, lane, version = key
        text, language = (encode(known).decode(), DATA) if known else (_NOTHING, "cedar")
        with self._policies() as policies:
            try:
                edition = policies.register(
                    policy_id,
                    text,
                    language=language,
                    semver=version,
                    environment=lane or None,
                    by=BY,
                )
            except Conflict as error:
                if error.code != "policy.semver_order" or self._is_there(policies, key):
                    raise
                return None
            policies.activate(policy_id, edition.version, by=BY)
            return edition.version

    def _is_there(self, policies: Policies, key: tuple[str, str, str]) -> bool:
        """Whether the version is taken, by the room or by a late one."""
        policy_id, lane, version = key
        if key in self._declared.state().versions:
            return True
        found = policies.summaries(policies.get(policy_id))
        return any((each.semver, each.environment) == (version, lane) for each in found)

    def _version(self, key: tuple[str, str, str]) -> PolicyVersion:
        body = self._declared.state().versions[key]
        policy_id, lane, version = key
        with self._policies() as policies:
            in_force = policies.get(policy_id).in_force
        return PolicyVersion(
            policy_id=policy_id,
            version=version,
            environment=lane or ALL,
            policy_data=copied(body["policy_data"], "the policy data"),
            created_at=isoformat_ms(body["at_ms"]),
            active=body["edition"] is not None and in_force.get(lane) == body["edition"],
            not_enforced=list(body["not_enforced"]),
        )

    def _shown(self, policies: Policies, edition: Edition) -> PolicyVersion:
        """A version of the room's, of which somebody else may have told the journal."""
        key = edition.policy, edition.environment, edition.semver
        if key in self._declared.state().versions:
            return self._version(key)
        history = policies.history(edition.policy)
        said = (at_ms for at_ms, body in history if getattr(body, "digest", "") == edition.digest)
        return PolicyVersion(
            policy_id=edition.policy,
            version=edition.semver,
            environment=edition.environment or ALL,
            policy_data=dict(edition.data or {}),
            created_at=isoformat_ms(next(said)),
        )

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


def _data_of(policy_data: object) -> dict[str, Any]:
    if not isinstance(policy_data, Mapping):
        raise BadValue(f"{policy_data!r} is no policy data", code="policy.data")
    data: dict[str, Any] = copied(dict(policy_data), "the policy data")
    return data


def _lane(environment: str) -> str:
    return EVERYWHERE if environment == ALL else environment_of(environment)


def _refuse_slips(data: Mapping[str, Any]) -> None:
    """Refuse a key that is nearly one: nobody means to write a rule that binds nothing."""
    for name in data:
        near = [] if name in KEYS else difflib.get_close_matches(name, KEYS, 1, _ALIKE)
        if near:
            raise BadValue(
                f"policy data has no key {name[:80]!r}; is {near[0]} meant?",
                code="policy.data_key",
                next_step="tarl policy keys lists them",
                key=name[:80],
            )


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
