"""The plans of a journal: recorded version by version, looked at, moved from status to status.

Each change reads the plan, decides, and writes at the position that it has read; when somebody else
was faster, it decides anew. Snapshots are kept once, under their digest: plans made from the same
knowledge share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Conflict, Corrupt, Exceeded, Missing
from tarl.journal.event import Row
from tarl.journal.projection import Guard, Record, Tables
from tarl.journal.store import Batch, Store
from tarl.planning.context import ContextSnapshot, digest_of
from tarl.planning.plan import ExecutionPlan, ExecutionStatus
from tarl.planning.plans import decide, events, metrics
from tarl.planning.plans.events import Made, StepEnded
from tarl.planning.plans.metrics import PlanMetrics, SystemMetrics
from tarl.planning.plans.state import PLAN, STEP, VERSION, State, state_from
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.plain import plain
from tarl.work.streams import continued

PLAN_BYTES_MAX = 8 * 1024 * 1024
"""A plan of a thousand steps with ten alternatives has less; it lies in one event."""

TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""


class Standing(NamedTuple):
    """Where a plan stands; ``digest`` names the content of its newest version."""

    tenant: str
    plan_id: str
    state: State

    @property
    def status(self) -> str:
        """A value of ``ExecutionStatus``, or ``erased``."""
        return self.state.status

    @property
    def version(self) -> int:
        """The newest version."""
        return self.state.version

    @property
    def in_force(self) -> int:
        """The version that is being carried out; 0 while none is."""
        return self.state.in_force

    @property
    def digest(self) -> str:
        """Of the newest version, with what was known."""
        return self.state.digest


class Happened(NamedTuple):
    """An event of a plan: when, its kind, and its body."""

    at_ms: int
    kind: str
    body: Any


class PlanLedger:
    """The plans of one journal.

    Args:
        store: The journal, with the projection of plans.
        clock: What events are dated by.
    """

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    # --- looking

    def get(
        self, plan_id: str, version: int | None = None, *, tenant: str = DEFAULT_TENANT
    ) -> ExecutionPlan:
        """A version of a plan, the newest when left out, with the status that it has now.

        Raises:
            Missing: there is no such plan (``plan.missing``) or version (``plan.no_version``), or
                its content is erased (``journal.erased``).
            Corrupt: it is not what its digest says (``plan.digest``).
        """
        standing = self.standing(plan_id, tenant=tenant)
        wanted = standing.version if version is None else version
        row = self.store.get(VERSION.name, tenant, plan_id, wanted)
        if row is None:
            raise Missing(
                f"plan {plan_id} has no version {wanted}",
                code="plan.no_version",
                next_step=f"its versions are 1 to {standing.version}",
                plan=plan_id,
                version=wanted,
            )
        data = self._read(events.plan_stream(tenant, plan_id), row["seq"])
        made, written = _decode_made(data), _decode_written(data)
        if made.digest != _digest(bytes(written.plan), made.context):
            raise _forged(f"version {wanted} of plan {plan_id}")
        known = None if made.context is None else self.context(made.context, tenant=tenant)
        return msgspec.structs.replace(
            made.plan,
            context_snapshot=known,
            status=ExecutionStatus(row["status"]),
            updated_at=row["changed_ms"],
        )

    def standing(self, plan_id: str, *, tenant: str = DEFAULT_TENANT) -> Standing:
        """Where a plan stands.

        Raises:
            Missing: there is no such plan (``plan.missing``).
        """
        record = self.store.get(PLAN.name, tenant, check_name(plan_id, "plan"))
        if record is None:
            raise decide.missing(plan_id)
        return _standing(record)

    def has(self, plan_id: str, *, tenant: str = DEFAULT_TENANT) -> bool:
        """Whether there is a plan of an id."""
        return self.store.get(PLAN.name, tenant, plan_id) is not None

    def ls(
        self,
        *,
        tenant: str | None = None,
        user_id: str | None = None,
        status: ExecutionStatus | None = None,
        limit: int | None = None,
    ) -> Iterator[Standing]:
        """Plans, those that changed last first."""
        asked = {"tenant": tenant, "user_id": user_id, "status": status and status.value}
        where = {name: value for name, value in asked.items() if value is not None}
        found = self.store.scan(
            PLAN.name, where, order_by="changed_ms", descending=True, limit=limit
        )
        return map(_standing, found)

    def history(self, plan_id: str, *, tenant: str = DEFAULT_TENANT) -> Iterator[Happened]:
        """What happened to a plan, oldest first; what is erased is left out."""
        for event in self.store.read(events.plan_stream(tenant, plan_id)):
            if event.body is not None:
                yield Happened(
                    event.recorded_at_ms, event.kind, events.DECODERS[event.kind](event.body)
                )

    def outcomes(self, plan_id: str, *, tenant: str = DEFAULT_TENANT) -> dict[str, Record]:
        """What each step came to last, by step id."""
        return {row["step_id"]: row for row in self._steps(tenant, plan_id)}

    def context(self, digest: str, *, tenant: str = DEFAULT_TENANT) -> ContextSnapshot:
        """What was known, by its digest.

        Raises:
            Missing: no plan was made by it (``plan.no_context``), or it is erased
                (``journal.erased``).
            Corrupt: it is not what its digest says (``plan.digest``).
        """
        stream = events.context_stream(tenant, digest)
        if self.store.head(stream) is None:
            raise Missing(
                f"no snapshot {digest}",
                code="plan.no_context",
                next_step="take it from a plan: context_snapshot.snapshot_id",
                digest=digest,
            )
        data = self._read(stream, 1)
        if sha256(bytes(_decode_kept(data).snapshot)).hexdigest() != digest:
            raise _forged(f"snapshot {digest}")
        return _decode_taken(data).snapshot

    def metrics(self, plan_id: str, *, tenant: str = DEFAULT_TENANT) -> PlanMetrics:
        """How a plan fares.

        Raises:
            Missing: there is no such plan (``plan.missing``).
        """
        state = self.standing(plan_id, tenant=tenant).state
        return metrics.of_plan(plan_id, state, self._steps(tenant, plan_id))

    def system_metrics(self, *, tenant: str | None = None) -> SystemMetrics:
        """How all plans fare, of a tenant or of all."""
        return metrics.of_all(standing.state for standing in self.ls(tenant=tenant))

    # --- changing

    def record(
        self, plan: ExecutionPlan, *, tenant: str = DEFAULT_TENANT, took_ms: int | None = None
    ) -> Standing:
        """Record a version, with what was known when it was made; once, however often.

        Args:
            plan: The version; its status is where it begins.
            tenant: Whose.
            took_ms: How long planning took.

        Raises:
            Conflict, Invalid: see ``decide.check_version``.
            Exceeded: it is too large (``plan.too_large``).
        """
        check_name(tenant, "tenant")
        check_name(plan.plan_id, "plan")
        snapshot = plan.context_snapshot
        context = None if snapshot is None else digest_of(snapshot)
        bare = msgspec.structs.replace(plan, context_snapshot=None)
        body = Made(
            version=plan.version,
            plan=bare,
            digest=_digest(encode(plain(bare)), context),
            context=context,
            took_ms=took_ms,
        )

        def decided(state: State) -> Made | None:
            known = self.store.get(VERSION.name, tenant, plan.plan_id, plan.version)
            if known is not None and known["digest"] == body.digest:
                return None
            decide.check_version(state, plan)
            return body

        def beside() -> list[Row]:
            return [] if snapshot is None else self._taken(tenant, snapshot, context or "")

        return self._do(tenant, plan.plan_id, decided, beside=beside)

    def change_status(
        self,
        plan_id: str,
        status: ExecutionStatus,
        *,
        version: int | None = None,
        by: str = "",
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
        guards: tuple[Guard, ...] = (),
    ) -> Standing:
        """Let a plan stand elsewhere; nothing is recorded if it stands there.

        Args:
            plan_id: Which plan.
            status: Where it is to stand.
            version: Which version is meant; an approval has to say it.
            by: By whose word; an approval that is required has to say it.
            reason: Why.
            tenant: Whose.
            guards: What else must hold when it is recorded.

        Raises:
            Missing, Conflict, Invalid: see ``decide.change_status``.
        """
        return self._do(
            tenant,
            plan_id,
            lambda state: decide.change_status(
                state, plan_id, status, version=version, by=by, reason=reason
            ),
            guards=guards,
        )

    def decline(
        self,
        plan_id: str,
        version: int,
        *,
        by: str = "",
        reason: str = "",
        tenant: str = DEFAULT_TENANT,
    ) -> Standing:
        """Not take up the newest version: the one that is being carried out goes on.

        Raises:
            Missing, Conflict: see ``decide.decline``.
        """
        return self._do(
            tenant,
            plan_id,
            lambda state: decide.decline(state, plan_id, version, by=by, reason=reason),
        )

    def end_step(self, plan_id: str, ended: StepEnded, *, tenant: str = DEFAULT_TENANT) -> Standing:
        """Record what a step came to; once, however often.

        Raises:
            Missing, Conflict, Invalid: see ``decide.end_step``; no such version
                (``plan.no_version``).
        """
        bounded = msgspec.structs.replace(ended, error=ended.error[: decide.TEXT_CHARS_MAX])
        plan = self.get(plan_id, ended.version, tenant=tenant)

        def decided(state: State) -> StepEnded | None:
            earlier = self.store.get(STEP.name, tenant, plan_id, ended.step_id)
            return decide.end_step(state, plan, bounded, earlier)

        return self._do(tenant, plan_id, decided)

    # --- inside

    def _do(
        self,
        tenant: str,
        plan_id: str,
        decided: Callable[[State], msgspec.Struct | None],
        *,
        beside: Callable[[], list[Row]] = list,
        guards: tuple[Guard, ...] = (),
    ) -> Standing:
        """Record what is decided about a plan as it stands, deciding anew when others were
        faster.
        """
        stream = events.plan_stream(tenant, plan_id)
        for _ in range(TRIES_MAX):
            record = self.store.get(PLAN.name, tenant, plan_id)
            state = state_from(record)
            body = decided(state)
            if body is None:
                return Standing(tenant, plan_id, state)
            writer = continued(self.store, stream, tenant=tenant)
            if writer.seq != state.seq:
                continue
            row = writer.append(_KIND[type(body)], _encoded(body), at_ms=self.clock.now_ms())
            try:
                self.store.commit(Batch([*beside(), row], guards=guards))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return self.standing(plan_id, tenant=tenant)
        raise Conflict(f"plan {plan_id} never stood still", code="journal.position")

    def _taken(self, tenant: str, snapshot: ContextSnapshot, digest: str) -> list[Row]:
        """The row that keeps a snapshot; none where it is kept."""
        writer = continued(self.store, events.context_stream(tenant, digest), tenant=tenant)
        if writer.seq:
            return []
        body = events.Taken(snapshot=snapshot)
        return [writer.append(events.TAKEN, _encoded(body), at_ms=self.clock.now_ms())]

    def _read(self, stream: str, seq: int) -> bytes:
        event = next(self.store.read(stream, after=seq - 1, until=seq), None)
        if event is None or event.body is None:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        return event.body

    def _steps(self, tenant: str, plan_id: str) -> Iterator[Record]:
        return self.store.scan(STEP.name, {"tenant": tenant, "plan_id": plan_id})


def unchanged(standing: Standing) -> Guard:
    """Refuses a commit when the plan has changed since it was looked at."""

    def guard(tables: Tables) -> None:
        record = tables.get(PLAN.name, standing.tenant, standing.plan_id)
        if state_from(record).seq != standing.state.seq:
            raise Conflict(
                f"plan {standing.plan_id} changed meanwhile",
                code="plan.changed",
                next_step="look at it again",
                plan=standing.plan_id,
            )

    return guard


class _Written(msgspec.Struct):
    """A version's plan as it is spelled: digests are about that, not about what is read from it."""

    plan: msgspec.Raw


class _Kept(msgspec.Struct):
    snapshot: msgspec.Raw


_KIND: dict[type, str] = {body: kind for kind, body in events.BODIES.items()}
_decode_made = msgspec.json.Decoder(Made).decode
_decode_written = msgspec.json.Decoder(_Written).decode
_decode_taken = msgspec.json.Decoder(events.Taken).decode
_decode_kept = msgspec.json.Decoder(_Kept).decode


def _standing(record: Record) -> Standing:
    return Standing(record["tenant"], record["plan_id"], state_from(record))


def _digest(bare_json: bytes, context: str | None) -> str:
    """SHA-256 over the canonical JSON of a plan without its snapshot, and the snapshot's digest."""
    return sha256(b'{"context":%b,"plan":%b}' % (encode(context), bare_json)).hexdigest()


def _encoded(body: msgspec.Struct) -> bytes:
    data = encode(plain(body))
    if len(data) > PLAN_BYTES_MAX:
        raise Exceeded(
            f"it has {len(data)} bytes; what is recorded of a plan at once has at most"
            f" {PLAN_BYTES_MAX}",
            code="plan.too_large",
            next_step="plan for fewer devices, a shorter time, or with fewer alternatives",
            size_bytes=len(data),
        )
    return data


def _forged(what: str) -> Corrupt:
    return Corrupt(
        f"{what} is not what its digest says",
        code="plan.digest",
        next_step="tarl db check, then restore a backup",
    )
