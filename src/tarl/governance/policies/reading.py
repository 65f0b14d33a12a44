"""What a journal holds of policies: which there are, what they say, which versions are in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tarl.errors import Corrupt, Invalid, Missing
from tarl.governance.policies.events import Body, PolicyRegistered, read_body
from tarl.governance.policies.state import ERASED, stream_of
from tarl.governance.policies.versions import EVERYWHERE, check_lane, read_semver
from tarl.journal.projection import Record
from tarl.journal.store import Store
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.vocabulary import read_vocabulary
from tarl.values.ids import DEFAULT_TENANT, check_name


class Standing(NamedTuple):
    """A policy: its newest version, and those in force (``ERASED`` if nobody knows) by environment,
    empty for all of them.
    """

    tenant: str
    policy: str
    newest: int
    in_force: Mapping[str, int]

    @property
    def active(self) -> int | None:
        """The version that decides wherever no other one does, if any."""
        return self.in_force.get(EVERYWHERE)

    def deciding(self, environment: str | None) -> list[int]:
        """The versions that decide in an environment; of all environments where none is named."""
        everywhere = self.active
        if environment is None or everywhere == ERASED:
            return [version for _, version in sorted(self.in_force.items())]
        version = self.in_force.get(environment, everywhere)
        return [] if version is None else [version]


class Summary(NamedTuple):
    """A version of a policy without its text."""

    version: int
    semver: str
    environment: str
    level: str
    closed: bool
    digest: str


class Editions:
    """The policies of one journal, to be looked at.

    Args:
        store: The journal, with the projection of policies.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def ls(self, *, tenant: str | None = None) -> list[Standing]:
        """The policies of a tenant, or of all, by id."""
        where = None if tenant is None else {"tenant": tenant}
        found = self.store.scan("policy", where, order_by=("tenant", "policy_id"))
        return [self.standing_of(record) for record in found]

    def get(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> Standing:
        """The policy of an id.

        Raises:
            Missing: there is none (``policy.missing``).
        """
        record = self.store.get("policy", tenant, check_name(policy, "policy"))
        if record is None:
            raise missing(policy, tenant)
        return self.standing_of(record)

    def summary(self, standing: Standing) -> Summary | None:
        """The version in force everywhere, else the newest; None where the content is erased."""
        version = standing.active or standing.newest
        record = self.store.get("policy_edition", standing.tenant, standing.policy, version)
        if record is None:
            return None
        return _summary(record)

    def summaries(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> list[Summary]:
        """All versions of a policy, the oldest first."""
        where = {"tenant": tenant, "policy_id": policy}
        return [_summary(r) for r in self.store.scan("policy_edition", where, order_by="version")]

    def edition(
        self,
        policy: str,
        version: int | str | None = None,
        *,
        environment: str | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Edition:
        """A version of a policy, by its number or its semantic version; when left out, the one in
        force, else the newest. ``environment`` is where, of those that were registered for one.

        Raises:
            Missing: there is no such policy (``policy.missing``) or version (``policy.version``),
                or its content is erased (``journal.erased``).
            Invalid: no environment (``environment.unknown``), no semantic version
                (``policy.semver``), or one of several environments (``policy.ambiguous``).
        """
        lane = None if environment is None else check_lane(environment)
        standing = self.get(policy, tenant=tenant)
        if isinstance(version, str):
            record = self._named(standing, version, lane)
        else:
            chosen = version or self._chosen(standing, lane)
            record = self.store.get("policy_edition", tenant, policy, chosen)
        if record is None:
            raise Missing(
                f"policy {policy} has no version {version or 'for ' + str(environment)}",
                code="policy.version",
                next_step=f"its versions are 1 to {standing.newest}: tarl policy show {policy}",
                policy=policy,
                version=version,
            )
        return self.edition_at(tenant, policy, record["seq"])

    def in_force(
        self, *, tenant: str = DEFAULT_TENANT, environment: str | None = None
    ) -> list[Edition]:
        """The editions of a tenant that decide in an environment, by policy; those of all
        environments where none is named.

        Raises:
            Missing: one's content is erased (``journal.erased``, ``policy.version``).
        """
        return [
            self.edition(standing.policy, version, tenant=tenant)
            for standing in self.ls(tenant=tenant)
            for version in standing.deciding(environment)
        ]

    def history(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> Iterator[tuple[int, Body]]:
        """What happened to a policy: the recorded time and the body of each event."""
        for event in self.store.read(stream_of(tenant, policy)):
            if event.body is not None:
                yield event.recorded_at_ms, read_body(event.kind, event.body)

    # --- inside

    def standing_of(self, record: Record) -> Standing:
        tenant, policy = record["tenant"], record["policy_id"]
        found = self.store.scan("policy_force", {"tenant": tenant, "policy_id": policy})
        in_force = {each["environment"]: each["version"] for each in found}
        return Standing(tenant, policy, record["newest"], in_force)

    def newest(self, standing: Standing, lane: str | None) -> Record | None:
        """The version that was registered last, of a lane if one is named."""
        where = {"tenant": standing.tenant, "policy_id": standing.policy}
        where |= {} if lane is None else {"environment": lane}
        found = self.store.scan(
            "policy_edition", where, order_by="version", descending=True, limit=1
        )
        return next(found, None)

    def _before(self, standing: Standing, lane: str) -> Edition | None:
        """What an edition for a lane would follow."""
        record = self.newest(standing, lane) or self.newest(standing, EVERYWHERE)
        if record is None:
            return None
        return self.edition_at(standing.tenant, standing.policy, record["seq"])

    def _chosen(self, standing: Standing, lane: str | None) -> int:
        """The version that is meant where none is named; 0 if there is none for the lane."""
        in_force = standing.deciding(lane)
        if in_force:
            return in_force[0]
        newest = self.newest(standing, lane)
        return 0 if newest is None else newest["version"]

    def _named(self, standing: Standing, semver: str, lane: str | None) -> Record | None:
        """The version of a semantic version."""
        where = {"tenant": standing.tenant, "policy_id": standing.policy}
        where |= {"semver": str(read_semver(semver))}
        where |= {} if lane is None else {"environment": lane}
        found = list(self.store.scan("policy_edition", where, order_by="version"))
        if len(found) > 1:
            raise Invalid(
                f"policy {standing.policy} has {semver} for several environments",
                code="policy.ambiguous",
                next_step="say which with --environment, or name the version by its number",
            )
        return found[0] if found else None

    def edition_at(self, tenant: str, policy: str, seq: int) -> Edition:
        stream = stream_of(tenant, policy)
        event = next(self.store.read(stream, after=seq - 1, until=seq), None)
        if event is None or event.body is None:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        body = read_body(event.kind, event.body)
        if not isinstance(body, PolicyRegistered):
            raise Corrupt(f"event {seq} of {stream} is no edition", code="policy.no_edition")
        edition = Edition(
            policy=policy,
            version=body.version,
            text=body.text,
            vocabulary=read_vocabulary(body.vocabulary),
            level=body.level,
            closed=body.closed,
            language=body.language,
            semver=body.semver,
            environment=body.environment,
            violation=body.violation,
            data=body.data,
        )
        if edition.digest != body.digest:
            raise Corrupt(
                f"version {body.version} of policy {policy} is not what its digest says",
                code="policy.digest",
                policy=policy,
                version=body.version,
            )
        return edition


def _summary(record: Record) -> Summary:
    return Summary(
        record["version"],
        record["semver"],
        record["environment"],
        record["level"],
        bool(record["closed"]),
        record["digest"],
    )


def missing(policy: str, tenant: str) -> Missing:
    return Missing(
        f"no policy {policy}",
        code="policy.missing",
        next_step="tarl policy ls shows them",
        policy=policy,
        tenant=tenant,
    )
