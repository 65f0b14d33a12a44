"""Policies in versions, as a user of the seed sees them; what breaks them is ``violations``'.

1. Policy data is compiled to rules that bind the journal's runs (``governance/policies``). A member
   that is no key of the vocabulary binds nothing: it is kept, and named by ``not_enforced``.
2. In an environment the highest version decides that was registered for it; where none was, the
   highest of those for all. One that comes after a higher one is kept and never decides.
"""

from __future__ import annotations

import difflib
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack

from tarl.errors import Conflict, Missing
from tarl.governance.environment import environment as environment_of
from tarl.governance.policies.data import DATA, KEYS
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.versions import EVERYWHERE, read_semver
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.ledger import stream_name
from tarl.integrations.orchestration_extended.chronicle import Chronicle
from tarl.integrations.orchestration_extended.place import Place, Where
from tarl.integrations.orchestration_extended.refusals import BadValue, translated
from tarl.integrations.orchestration_governance.rooms import BY
from tarl.integrations.orchestration_governance.violations import Violated
from tarl.policy.cedar.edition import Edition
from tarl.values.canonical import encode
from tarl.values.instants import isoformat_ms

ALL = "all"
"""How the seed writes that something holds in every environment."""

POLICY_DECLARED = "governance.policy_declared/1"

_NOTHING = '@id("nothing")\nforbid (principal, action, resource)\nwhen { false };\n'
"""The rules of policy data of which nothing can be enforced."""

_ALIKE = 0.8
"""From this likeness on (Ratcliff and Obershelp's), an unknown key is a slip of the pen."""

_LOGGER = logging.getLogger(__name__)


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


class _Declared:
    """Versions as they were declared, in that order, by policy, environment and version."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str, str], dict[str, Any]] = {}

    def evolve(self, kind: str, body: dict[str, Any], at_ms: int) -> None:
        key = body["policy_id"], body["environment"], body["version"]
        self.versions.setdefault(key, {**body, "at_ms": at_ms})


class GovernanceEngine(Violated):
    """Policies that decide by environment and semantic version; violations that reach somebody.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data/tarl_governance",
        **where: Unpack[Where],
    ) -> None:
        super().__init__(Place.of(data_dir, **where))
        self._declared: Chronicle[_Declared] = Chronicle(
            self.place, stream_name("governance", "policies"), _Declared, _Declared.evolve
        )

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
