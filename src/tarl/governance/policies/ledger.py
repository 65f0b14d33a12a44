"""The policies of one journal: registered, put in force, taken out of force, looked at.

1. What is registered was validated; a version never changes. Which may follow which: ``versions``.
2. At most one version of a policy is in force in an environment; registering puts nothing in force.
   One that was registered for an environment decides there in the place of one for all of them.
3. Registering what the newest version says already makes no new version.
4. Who does not say where it is decided is bound by what is in force in any environment.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from tarl.errors import Conflict, Exceeded, Invalid
from tarl.governance.policies.data import DATA, compiled, read_data
from tarl.governance.policies.events import (
    KINDS,
    Body,
    PolicyActivated,
    PolicyDeactivated,
    PolicyRegistered,
    body_bytes,
)
from tarl.governance.policies.reading import Editions, Standing, missing
from tarl.governance.policies.state import stream_of
from tarl.governance.policies.versions import (
    EVERYWHERE,
    check_follows,
    check_lane,
    next_semver,
    read_semver,
)
from tarl.governance.severity import severity
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.source import CEDAR, TEXT_BYTES_MAX, check_language
from tarl.policy.cedar.vocabulary import FREE, Vocabulary, read_vocabulary
from tarl.policy.enforcement import check_level
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured

ACTIVE_MAX = 100
"""Policies of a tenant in force at once, those of several environments counted apart."""

VERSIONS_MAX = 100_000

_TRIES_MAX = 100

OPERATOR = "operator"
"""Who changes policies where nobody else is named."""


class Policies(Editions):
    """The policies of one journal.

    Args:
        store: The journal, with the projection of policies.
        clock: What events are dated by.
        metrics: Where changes are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        super().__init__(store)
        self.clock = clock
        self.metrics = metrics

    # --- changing

    def register(
        self,
        policy: str,
        text: str,
        *,
        tenant: str = DEFAULT_TENANT,
        level: str = "required",
        closed: bool = False,
        vocabulary: Vocabulary = FREE,
        language: str = "cedar",
        semver: str | None = None,
        environment: str | None = None,
        violation: str | None = None,
        by: str = OPERATOR,
    ) -> Edition:
        """Validate a text and keep it as the policy's next version; the newest version itself if
        that says the same.

        Args:
            policy: Its id.
            text: What it says.
            tenant: Whose.
            level: What its refusals come to.
            closed: Whether it refuses what none of its permits matches.
            vocabulary: What it may name.
            language: What the text is written in; ``data`` for policy data as JSON.
            semver: Its semantic version; the next major one when left out.
            environment: Where it decides; everywhere when left out.
            violation: As how severe a violation its refusals are recorded; not at all when left
                out.
            by: Who registers it.

        Raises:
            Invalid: unsound (``policy.*``, with the place), no level
                (``policy.enforcement_level``), no language (``policy.language``), no semantic
                version (``policy.semver``), looser within a major version (``policy.loosening``),
                no environment (``environment.unknown``), no severity (``severity.unknown``), or a
                name that is none (``id.*``).
            Conflict: a version that is not above the last one (``policy.semver_order``).
            Exceeded: too large (``policy.too_large``, ``policy.too_deep``).
            Unavailable: there is no engine (``policy.no_engine``).
        """
        _check_id(policy)
        check_name(tenant, "tenant")
        check_name(by, "person")
        data = read_data(text) if language == DATA else None
        checked = Edition(
            policy=policy,
            version=1,
            text=_bounded(text if data is None else compiled(data)),
            vocabulary=read_vocabulary(vocabulary.as_data()),
            level=check_level(level),
            closed=closed,
            language=CEDAR if language == DATA else check_language(language),
            semver="" if semver is None else str(read_semver(semver)),
            environment=check_lane(environment),
            violation="" if violation is None else severity(violation).word,
            data=data,
        )
        checked.rules(tenant=tenant)

        def decide(standing: Standing) -> Body | None:
            return self._next(standing, checked, by=by)

        standing = self._change(tenant, policy, decide, begins=True)
        newest = self.newest(standing, checked.environment)
        assert newest is not None
        return self.edition_of(standing, newest)

    def activate(
        self,
        policy: str,
        version: int | str | None = None,
        *,
        environment: str | None = None,
        tenant: str = DEFAULT_TENANT,
        by: str = OPERATOR,
    ) -> Standing:
        """Have a version decide from now on where it was registered for, the newest when left out.
        It is validated again.

        Raises:
            Missing: no such policy or version.
            Exceeded: too many policies are in force (``policy.too_many_active``).
            Invalid, Unavailable: it cannot be evaluated here, or is not named by that.
        """
        check_name(by, "person")
        standing = self.get(policy, tenant=tenant)
        lane = None if environment is None else check_lane(environment)
        newest = self.newest(standing, lane) if version is None else None
        if newest is None:
            edition = self.edition(policy, version, environment=environment, tenant=tenant)
        else:
            edition = self.edition_of(standing, newest)
        edition.rules(tenant=tenant)
        number, where = edition.version, edition.environment

        def decide(standing: Standing) -> Body | None:
            if standing.in_force.get(where) == number:
                return None
            return PolicyActivated(version=number, environment=where, by=by)

        return self._change(tenant, policy, decide, guards=(_few_active(tenant, policy, where),))

    def deactivate(
        self,
        policy: str,
        *,
        environment: str | None = None,
        tenant: str = DEFAULT_TENANT,
        by: str = OPERATOR,
    ) -> Standing:
        """Have no version that was registered for an environment decide any more; none at all when
        that is left out.

        Raises:
            Missing: no such policy.
            Invalid: no environment (``environment.unknown``).
        """
        lane = None if environment is None else check_lane(environment)
        check_name(by, "person")

        def decide(standing: Standing) -> Body | None:
            for name, version in sorted(standing.in_force.items()):
                if lane in (None, name):
                    return PolicyDeactivated(version=version, environment=name, by=by)
            return None

        standing = self._change(tenant, policy, decide)
        while lane is None and standing.in_force:
            standing = self._change(tenant, policy, decide)
        return standing

    # --- inside

    def _next(self, standing: Standing, checked: Edition, *, by: str) -> Body | None:
        """What makes an edition the policy's next version; None where the newest says the same."""
        last = self.newest(standing, checked.environment) or self.newest(standing, EVERYWHERE)
        before = None if last is None else self.edition_of(standing, last)
        if before is not None and _is_same(before, checked):
            return None
        if standing.newest >= VERSIONS_MAX:
            raise Exceeded(
                f"policy {standing.policy} has {VERSIONS_MAX} versions",
                code="policy.too_many_versions",
                next_step="register it under another id",
            )
        edition = replace(checked, semver=checked.semver or next_semver(before))
        check_follows(before, edition)
        return _registered(edition, standing.newest + 1, by=by)

    def _change(
        self,
        tenant: str,
        policy: str,
        decide: Callable[[Standing], Body | None],
        *,
        begins: bool = False,
        guards: tuple[Guard, ...] = (),
    ) -> Standing:
        """Record what is decided about a policy as it stands, deciding anew when others were
        faster.
        """
        stream = stream_of(tenant, policy)
        for _ in range(_TRIES_MAX):
            record = self.store.get("policy", tenant, policy)
            if record is None and not begins:
                raise missing(policy, tenant)
            standing = Standing(tenant, policy, 0, {})
            if record is not None:
                standing = self.standing_of(record)
            body = decide(standing)
            if body is None:
                return standing
            head = self.store.head(stream)
            if (0 if head is None else head.seq) != (0 if record is None else record["seq"]):
                continue
            first = None if head is None else next(self.store.read(stream, until=1), None)
            writer = StreamWriter(stream, tenant=tenant, codec=self.store.codec.as_in(first))
            if head is not None:
                writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
            kind = KINDS[type(body)]
            row = writer.append(kind, body_bytes(body), at_ms=self.clock.now_ms())
            try:
                self.store.commit(Batch([row], guards=guards))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                self.metrics.count("policy.changes", kind=kind.partition("/")[0])
                return self.get(policy, tenant=tenant)
        raise Conflict(f"policy {policy} never stood still", code="journal.position")


def _is_same(before: Edition, edition: Edition) -> bool:
    """Whether an edition is what the newest one of its lane is already."""
    of_lane = before.environment == edition.environment and before.data == edition.data
    return of_lane and before.digest == edition.digest and edition.semver in ("", before.semver)


def _registered(edition: Edition, version: int, *, by: str) -> PolicyRegistered:
    return PolicyRegistered(
        version=version,
        semver=edition.semver,
        environment=edition.environment,
        language=edition.language,
        text=edition.text,
        vocabulary=edition.vocabulary.as_data(),
        schema=edition.schema,
        level=edition.level,
        closed=edition.closed,
        violation=edition.violation,
        data=None if edition.data is None else dict(edition.data),
        digest=edition.digest,
        by=by,
    )


def _few_active(tenant: str, policy: str, lane: str) -> Guard:
    def guard(tables: Tables) -> None:
        everywhere = [
            (record["policy_id"], "")
            for record in tables.scan("policy", {"tenant": tenant})
            if record["active"] is not None
        ]
        elsewhere = [
            (record["policy_id"], record["environment"])
            for record in tables.scan("policy_force", {"tenant": tenant})
        ]
        others = [each for each in (*everywhere, *elsewhere) if each != (policy, lane)]
        if len(others) >= ACTIVE_MAX:
            raise Exceeded(
                f"{len(others)} policies of tenant {tenant!r} are in force; the limit is"
                f" {ACTIVE_MAX}",
                code="policy.too_many_active",
                next_step="deactivate one, or write several as one policy",
            )

    return guard


def _check_id(policy: str) -> None:
    check_name(policy, "policy")
    if "@" in policy:
        raise Invalid(
            f"{policy!r} has an @ in it, which stands before a version",
            code="policy.id",
            next_step="choose an id without @",
        )


def _bounded(text: str) -> str:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > TEXT_BYTES_MAX:
        raise Exceeded(
            f"the text has {size} bytes; a policy has at most {TEXT_BYTES_MAX}",
            code="policy.too_large",
            next_step="register it as several policies",
            size_bytes=size,
            size_bytes_max=TEXT_BYTES_MAX,
        )
    return text
