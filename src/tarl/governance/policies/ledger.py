"""The policies of one journal: registered, put in force, taken out of force, looked at.

1. What is registered was validated; a version never changes.
2. At most one version of a policy is in force; registering puts nothing in force.
3. Registering what the newest version says already makes no new version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from tarl.errors import Conflict, Corrupt, Exceeded, Invalid, Missing
from tarl.governance.policies.events import (
    KINDS,
    Body,
    PolicyActivated,
    PolicyDeactivated,
    PolicyRegistered,
    body_bytes,
    read_body,
)
from tarl.governance.policies.state import stream_of
from tarl.journal.projection import Guard, Record, Tables
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.source import TEXT_BYTES_MAX, check_language
from tarl.policy.cedar.vocabulary import FREE, Vocabulary, read_vocabulary
from tarl.policy.enforcement import check_level
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.metrics import Metrics, Unmeasured

ACTIVE_MAX = 100
"""Policies of a tenant in force at once: each is a reason of every decision."""

VERSIONS_MAX = 100_000

_TRIES_MAX = 100


class Clock(Protocol):
    """Says what time it is."""

    def now_ms(self) -> int: ...


class Standing(NamedTuple):
    """A policy: its newest version, and the one in force, if any (``ERASED`` if nobody knows)."""

    tenant: str
    policy: str
    newest: int
    active: int | None


class Summary(NamedTuple):
    """A version of a policy without its text."""

    version: int
    level: str
    closed: bool
    digest: str


class Policies:
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
        self.store = store
        self.clock = clock
        self.metrics = metrics

    # --- looking

    def ls(self, *, tenant: str | None = None) -> list[Standing]:
        """The policies of a tenant, or of all, by id."""
        where = None if tenant is None else {"tenant": tenant}
        found = self.store.scan("policy", where, order_by=("tenant", "policy_id"))
        return [_standing(record) for record in found]

    def get(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> Standing:
        """The policy of an id.

        Raises:
            Missing: there is none (``policy.missing``).
        """
        record = self.store.get("policy", tenant, check_name(policy, "policy"))
        if record is None:
            raise _missing(policy, tenant)
        return _standing(record)

    def summary(self, standing: Standing) -> Summary | None:
        """The version in force, else the newest; None where the content is erased."""
        version = standing.active or standing.newest
        record = self.store.get("policy_edition", standing.tenant, standing.policy, version)
        if record is None:
            return None
        return Summary(version, record["level"], bool(record["closed"]), record["digest"])

    def edition(
        self, policy: str, version: int | None = None, *, tenant: str = DEFAULT_TENANT
    ) -> Edition:
        """A version of a policy; when left out, the one in force, else the newest.

        Raises:
            Missing: there is no such policy (``policy.missing``) or version (``policy.version``),
                or its content is erased (``journal.erased``).
        """
        standing = self.get(policy, tenant=tenant)
        chosen = version or standing.active or standing.newest
        record = self.store.get("policy_edition", tenant, policy, chosen)
        if record is None:
            raise Missing(
                f"policy {policy} has no version {chosen}",
                code="policy.version",
                next_step=f"its versions are 1 to {standing.newest}",
                policy=policy,
                version=chosen,
            )
        return self._edition_at(tenant, policy, record["seq"])

    def in_force(self, *, tenant: str = DEFAULT_TENANT) -> list[Edition]:
        """The editions of a tenant that decide, by policy.

        Raises:
            Missing: one's content is erased (``journal.erased``, ``policy.version``).
        """
        return [
            self.edition(standing.policy, standing.active, tenant=tenant)
            for standing in self.ls(tenant=tenant)
            if standing.active is not None
        ]

    def history(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> Iterator[tuple[int, Body]]:
        """What happened to a policy: the recorded time and the body of each event."""
        for event in self.store.read(stream_of(tenant, policy)):
            if event.body is not None:
                yield event.recorded_at_ms, read_body(event.kind, event.body)

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
    ) -> Edition:
        """Validate a text and keep it as the policy's next version; the newest version itself if
        that says the same.

        Raises:
            Invalid: unsound (``policy.*``, with the place), no level
                (``policy.enforcement_level``), no language (``policy.language``), or a name that is
                none (``id.*``).
            Exceeded: too large (``policy.too_large``, ``policy.too_deep``).
            Unavailable: there is no engine (``policy.no_engine``).
        """
        check_name(policy, "policy")
        check_name(tenant, "tenant")
        if "@" in policy:
            raise Invalid(
                f"{policy!r} has an @ in it, which stands before a version",
                code="policy.id",
                next_step="choose an id without @",
            )
        checked = Edition(
            policy=policy,
            version=1,
            text=_bounded(text),
            vocabulary=read_vocabulary(vocabulary.as_data()),
            level=check_level(level),
            closed=closed,
            language=check_language(language),
        )
        checked.rules(tenant=tenant)
        schema, digest = checked.schema, checked.digest

        def decide(standing: Standing) -> Body | None:
            if standing.newest:
                held = self.store.get("policy_edition", tenant, policy, standing.newest)
                if held is not None and held["digest"] == digest:
                    return None
            if standing.newest >= VERSIONS_MAX:
                raise Exceeded(
                    f"policy {policy} has {VERSIONS_MAX} versions",
                    code="policy.too_many_versions",
                    next_step="register it under another id",
                )
            return _registered(checked, standing.newest + 1, schema=schema, digest=digest)

        self._change(tenant, policy, decide, begins=True)
        return self.edition(policy, self.get(policy, tenant=tenant).newest, tenant=tenant)

    def activate(
        self, policy: str, version: int | None = None, *, tenant: str = DEFAULT_TENANT
    ) -> Standing:
        """Have a version decide from now on, the newest when left out. It is validated again.

        Raises:
            Missing: no such policy or version.
            Exceeded: too many policies are in force (``policy.too_many_active``).
            Invalid, Unavailable: it cannot be evaluated here.
        """
        chosen = version or self.get(policy, tenant=tenant).newest
        self.edition(policy, chosen, tenant=tenant).rules(tenant=tenant)

        def decide(standing: Standing) -> Body | None:
            return None if standing.active == chosen else PolicyActivated(version=chosen)

        return self._change(tenant, policy, decide, guards=(_few_active(tenant, policy),))

    def deactivate(self, policy: str, *, tenant: str = DEFAULT_TENANT) -> Standing:
        """Have no version decide any more.

        Raises:
            Missing: no such policy.
        """

        def decide(standing: Standing) -> Body | None:
            return None if standing.active is None else PolicyDeactivated(version=standing.active)

        return self._change(tenant, policy, decide)

    # --- inside

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
                raise _missing(policy, tenant)
            standing = Standing(tenant, policy, 0, None) if record is None else _standing(record)
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
        )
        if edition.digest != body.digest:
            raise Corrupt(
                f"version {body.version} of policy {policy} is not what its digest says",
                code="policy.digest",
                policy=policy,
                version=body.version,
            )
        return edition


def _standing(record: Record) -> Standing:
    return Standing(record["tenant"], record["policy_id"], record["newest"], record["active"])


def _registered(edition: Edition, version: int, *, schema: str, digest: str) -> PolicyRegistered:
    return PolicyRegistered(
        version=version,
        language=edition.language,
        text=edition.text,
        vocabulary=edition.vocabulary.as_data(),
        schema=schema,
        level=edition.level,
        closed=edition.closed,
        digest=digest,
    )


def _few_active(tenant: str, policy: str) -> Guard:
    def guard(tables: Tables) -> None:
        others = [
            record
            for record in tables.scan("policy", {"tenant": tenant})
            if record["active"] is not None and record["policy_id"] != policy
        ]
        if len(others) >= ACTIVE_MAX:
            raise Exceeded(
                f"{len(others)} policies of tenant {tenant!r} are in force; the limit is"
                f" {ACTIVE_MAX}",
                code="policy.too_many_active",
                next_step="deactivate one, or write several as one policy",
            )

    return guard


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


def _missing(policy: str, tenant: str) -> Missing:
    return Missing(
        f"no policy {policy}",
        code="policy.missing",
        next_step="tarl policy ls shows them",
        policy=policy,
        tenant=tenant,
    )
