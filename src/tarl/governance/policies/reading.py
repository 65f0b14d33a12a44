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
    """A version of a policy without its text; ``seq`` is the event that has it."""

    version: int
    semver: str
    environment: str
    level: str
    closed: bool
    digest: str
    seq: int


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
        return self._summary(standing, standing.active or standing.newest)

    def summaries(self, standing: Standing) -> list[Summary]:
        """All versions of a policy that are not erased, the oldest first."""
        versions = range(1, standing.newest + 1)
        found = (self._summary(standing, version) for version in versions)
        return [each for each in found if each is not None]

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
        found = self._found(standing, version, lane)
        if found is None:
            raise Missing(
                f"policy {policy} has no version {version or 'for ' + str(environment)}",
                code="policy.version",
                next_step=f"its versions are 1 to {standing.newest}: tarl policy show {policy}",
                policy=policy,
                version=version,
            )
        return self.edition_of(standing, found)

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
        """A policy's record, and what is in force of it."""
        tenant, policy = record["tenant"], record["policy_id"]
        found = self.store.scan("policy_force", {"tenant": tenant, "policy_id": policy})
        in_force = {each["environment"]: each["version"] for each in found}
        if record["active"] is not None:
            in_force[EVERYWHERE] = record["active"]
        return Standing(tenant, policy, record["newest"], in_force)

    def newest(self, standing: Standing, lane: str | None) -> Summary | None:
        """The version that was registered last, of a lane if one is named."""
        for version in range(standing.newest, 0, -1):
            found = self._summary(standing, version)
            if found is not None and lane in (None, found.environment):
                return found
        return None

    def edition_of(self, standing: Standing, summary: Summary) -> Edition:
        """The edition of a version."""
        return self._edition_at(standing.tenant, standing.policy, summary.seq)

    def _summary(self, standing: Standing, version: int) -> Summary | None:
        key = standing.tenant, standing.policy, version
        record = self.store.get("policy_edition", *key)
        if record is None:
            return None
        named = self.store.get("policy_named", *key)
        return Summary(
            version,
            f"{version}.0.0" if named is None else named["semver"],
            EVERYWHERE if named is None else named["environment"],
            record["level"],
            bool(record["closed"]),
            record["digest"],
            record["seq"],
        )

    def _found(
        self, standing: Standing, version: int | str | None, lane: str | None
    ) -> Summary | None:
        """The version that is meant, of a lane if one is named."""
        if isinstance(version, str):
            return self._named(standing, str(read_semver(version)), lane)
        in_force = standing.deciding(lane)
        if version is None and in_force:
            return self._summary(standing, in_force[0])
        if version is None:
            return self.newest(standing, lane)
        found = self._summary(standing, version)
        return found if found is not None and lane in (None, found.environment) else None

    def _named(self, standing: Standing, semver: str, lane: str | None) -> Summary | None:
        found = [
            each
            for each in self.summaries(standing)
            if each.semver == semver and lane in (None, each.environment)
        ]
        if len(found) > 1:
            raise Invalid(
                f"policy {standing.policy} has {semver} for several environments",
                code="policy.ambiguous",
                next_step="say which with --environment, or name the version by its number",
            )
        return found[0] if found else None

    def _edition_at(self, tenant: str, policy: str, seq: int) -> Edition:
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


def missing(policy: str, tenant: str) -> Missing:
    """The refusal where there is no such policy."""
    return Missing(
        f"no policy {policy}",
        code="policy.missing",
        next_step="tarl policy ls shows them",
        policy=policy,
        tenant=tenant,
    )
