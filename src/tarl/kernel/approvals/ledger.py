"""Approval requests over a store.

What ends a request is told to the run that waits for it in the same commit. Every change first
reads the request with all its signatures (``proof``), and is tried again when somebody else was
faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tarl.errors import Conflict, Corrupt, Missing, TarlError
from tarl.journal.event import Event, Row
from tarl.journal.projection import Guard, Record
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import inbox
from tarl.kernel.approvals import decide, events, proof
from tarl.kernel.approvals.events import Decision
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import Principal
from tarl.kernel.approvals.register import TRIES_MAX, Principals, continued, unchanged
from tarl.kernel.approvals.request import Request
from tarl.kernel.approvals.state import STATUSES, Approval, evolved, requested
from tarl.kernel.approvals.statement import Delegation, claimed
from tarl.values.canonical import encode
from tarl.values.ids import RunId
from tarl.values.metrics import Metrics, Unmeasured

DUE_MAX = 1_000
"""Requests of one look at the clock, so that other work gets its turn."""

Decide = Callable[[Approval], tuple[list[Decision], Sequence[Guard]]]


def request_rows(store: Store, id: ApprovalId, request: Request, *, at_ms: int) -> list[Row]:
    """The rows that ask, to be committed with whatever asks; the id must be new.

    Committing them is a Conflict (``journal.position``) if the id is in use.

    Raises:
        Invalid: nobody could decide this (``approval.request``).
    """
    writer = StreamWriter(id.stream, tenant=id.tenant, codec=store.codec)
    return [writer.append(kind, body, at_ms=at_ms) for kind, body in decide.request(id, request)]


def withdraw_rows(store: Store, id: ApprovalId, reason: str, *, at_ms: int) -> list[Row]:
    """The rows that take a question back, to be committed with whatever ended the asking run;
    nothing is put into its inbox. None when the request has ended, or never was.

    Committing them is a Conflict (``journal.position``) if somebody voted meanwhile: make them
    anew.
    """
    approval, writer = Approvals(store).read(id)
    if approval is None:
        return []
    decisions = decide.withdraw(approval, reason)
    return [writer.append(kind, body, at_ms=at_ms) for kind, body in decisions]


def outcome(approval: Approval) -> dict[str, Any]:
    """What the run that waits is told: how it ended, and who voted how."""
    return {"status": approval.status, "votes": list(approval.votes)}


class Approvals:
    """The approval requests of a journal.

    Nothing here takes a vote that is not signed, and no instant is read from a clock: ``at_ms`` is
    now, in UTC milliseconds.
    """

    def __init__(self, store: Store, *, metrics: Metrics | None = None) -> None:
        self._store = store
        self._metrics = metrics or Unmeasured()
        self._principals = Principals(store, metrics=metrics)
        self._unreadable: set[ApprovalId] = set()

    # --- looking

    def get(self, id: ApprovalId) -> Approval:
        """A request with every signature in it verified.

        Raises:
            Missing: there is none (``approval.missing``), or its content is erased.
            Corrupt: its history could not have come about (``approval.unproved``).
        """
        approval, _ = self.read(id)
        if approval is None:
            raise Missing(
                f"no approval request {id.ref}",
                code="approval.missing",
                next_step="tarl approvals ls",
                approval=id.ref,
            )
        return approval

    def read(self, id: ApprovalId) -> tuple[Approval | None, StreamWriter]:
        """A request as ``get`` has it, or None, and the writer that continues its stream."""
        writer = continued(self._store, id.stream, tenant=id.tenant)
        approval = proof.proved(
            id,
            self._store.read(id.stream, until=writer.seq),
            journal=self._store.origin,
            principal_at=proof.principals_in(self._store, id.tenant),
        )
        return approval, writer

    def events(self, id: ApprovalId) -> Iterator[Event]:
        """A request's events, oldest first, as recorded; ``get`` says whether they hold."""
        return self._store.read(id.stream)

    def records(
        self, *, status: str | None = None, tenant: str | None = None, limit: int | None = None
    ) -> Iterator[Record]:
        """Requests from their table: those that wait the longest first, then the last ended."""
        where = {} if tenant is None else {"tenant": tenant}
        left = limit
        for wanted in STATUSES if status is None else (status,):
            if status is None and wanted != "pending":
                break
            for record in self._store.scan(
                "approval",
                {**where, "status": wanted},
                order_by="requested_at_ms",
                descending=wanted != "pending",
                limit=left,
            ):
                left = None if left is None else left - 1
                yield record
        if status is None and left != 0:
            for record in self._store.scan(
                "approval", where, order_by="ended_at_ms", descending=True, limit=left
            ):
                if record["ended_at_ms"] is None:
                    return
                yield record

    def of_run(self, run: RunId, *, status: str = "pending") -> list[ApprovalId]:
        """The requests that a run has asked."""
        where = {"run": run.stream, "status": status}
        return [_id(record) for record in self._store.scan("approval", where)]

    # --- changing

    def request(self, id: ApprovalId, request: Request, *, at_ms: int) -> Approval:
        """Ask; the same request under the same id is asked once.

        Raises:
            Conflict: the id has another request (``approval.exists``).
            Invalid: nobody could decide this (``approval.request``).
        """
        rows = request_rows(self._store, id, request, at_ms=at_ms)
        try:
            self._store.commit(Batch(rows))
        except Conflict as error:
            if error.code != "journal.position":
                raise
            found = self.get(id)
            if found.request.json != request.json:
                raise Conflict(
                    f"{id.ref} is another request already",
                    code="approval.exists",
                    next_step="choose another id",
                    approval=id.ref,
                ) from None
            return found
        self._metrics.count("approvals.requested")
        return requested(id, request.json, at_ms=at_ms)

    def vote(self, id: ApprovalId, envelope: Any, *, at_ms: int) -> Approval:
        """Take a signed vote; see ``statement.Vote`` and ``decide.vote`` for what is refused.

        Raises:
            Missing: no such request, or the principal is not registered.
            Conflict, Denied, Invalid: as ``decide.vote``.
        """

        def decided(approval: Approval) -> tuple[list[Decision], Sequence[Guard]]:
            who = self._find(id, claimed(envelope).principal)
            decisions = decide.vote(
                approval, envelope, who, journal=self._store.origin, at_ms=at_ms
            )
            return decisions, _guards(who)

        return self._signed(id, decided, at_ms=at_ms)

    def delegate(self, id: ApprovalId, envelope: Any, *, at_ms: int) -> Approval:
        """Take a signed delegation; see ``statement.Delegation`` and ``decide.delegate``.

        Raises:
            Missing: no such request, or one of the principals is not registered.
            Conflict, Denied, Invalid: as ``decide.delegate``.
        """

        def decided(approval: Approval) -> tuple[list[Decision], Sequence[Guard]]:
            statement = claimed(envelope)
            who = self._find(id, statement.principal)
            to = self._find(id, statement.to) if isinstance(statement, Delegation) else None
            decisions = decide.delegate(
                approval, envelope, who, to, journal=self._store.origin, at_ms=at_ms
            )
            return decisions, _guards(who, to)

        return self._signed(id, decided, at_ms=at_ms)

    def withdraw(self, id: ApprovalId, reason: str, *, at_ms: int) -> Approval:
        """Take the question back; nothing happens when it has ended.

        Raises:
            Missing: no such request.
        """
        return self._change(id, lambda found: (decide.withdraw(found, reason), ()), at_ms=at_ms)

    # --- time

    def due(self, now_ms: int, *, limit: int = DUE_MAX) -> list[ApprovalId]:
        """Requests that expire or escalate now, the longest due first."""
        found = self._store.scan(
            "approval", at_most={"due_at_ms": now_ms}, order_by="due_at_ms", limit=limit
        )
        return [_id(record) for record in found]

    def next_due_at_ms(self) -> int | None:
        """When ``advance`` has something to do next, if ever; may have passed already."""
        found = self._store.scan(
            "approval", at_most={"due_at_ms": 2**62}, order_by="due_at_ms", limit=1
        )
        return next((int(record["due_at_ms"]) for record in found), None)

    def advance(self, now_ms: int, *, limit: int = DUE_MAX) -> list[Approval]:
        """Let time bring about what is due; the requests that changed.

        Several processes may do this at once. A request that cannot be read holds up no other; it
        is not looked at again.
        """
        changed: list[Approval] = []
        for id in self.due(now_ms, limit=limit + len(self._unreadable)):
            if id in self._unreadable:
                continue
            try:
                before = self.get(id)
                after = self._advanced(id, at_ms=now_ms)
            except (Corrupt, Missing):
                self._unreadable.add(id)
                self._metrics.count("approvals.unreadable")
                continue
            if after.seq != before.seq:
                changed.append(after)
        return changed

    # --- numbers

    def get_status(self) -> dict[str, int]:
        """How many requests there are of each status."""
        return {status: self._store.count("approval", {"status": status}) for status in STATUSES}

    # --- inside

    def _find(self, id: ApprovalId, name: str) -> Principal | None:
        return self._principals.find(PrincipalId(id.tenant, name))

    def _signed(self, id: ApprovalId, decided: Decide, *, at_ms: int) -> Approval:
        """A change that somebody signed, after what time has brought about."""
        try:
            self._advanced(id, at_ms=at_ms)
            return self._change(id, decided, at_ms=at_ms)
        except TarlError as error:
            self._metrics.count("approvals.refused", code=error.code)
            raise

    def _advanced(self, id: ApprovalId, *, at_ms: int) -> Approval:
        return self._change(id, lambda found: (decide.tick(found, at_ms=at_ms), ()), at_ms=at_ms)

    def _change(self, id: ApprovalId, decided: Decide, *, at_ms: int) -> Approval:
        for _ in range(TRIES_MAX):
            approval, writer = self.read(id)
            if approval is None:
                return self.get(id)
            decisions, guards = decided(approval)
            if not decisions:
                return approval
            rows = []
            for kind, body in decisions:
                rows.append(writer.append(kind, body, at_ms=at_ms))
                approval = evolved(approval, kind, body, at_ms=writer.recorded_at_ms)
            try:
                rows += self._message(approval, at_ms=at_ms)
                self._store.commit(Batch(rows, guards=guards))
            except Conflict as error:
                if error.code not in ("journal.position", "principal.changed"):
                    raise
            else:
                self._count(decisions, approval)
                return approval
        raise Conflict(f"{id.stream} never stood still", code="journal.position")

    def _message(self, approval: Approval, *, at_ms: int) -> list[Row]:
        """What the run that waits is told, once the request has ended."""
        if approval.is_pending or approval.request.run is None:
            return []
        body = encode(
            {
                "approval": approval.id.id,
                "outcome": outcome(approval),
            }
        )
        run = RunId.from_stream(approval.request.run)
        return [inbox.message(self._store, run, inbox.APPROVAL_ENDED, body, at_ms=at_ms)]

    def _count(self, decisions: Sequence[Decision], approval: Approval) -> None:
        for kind, _ in decisions:
            if kind in events.ENDING:
                self._metrics.count("approvals.ended", status=approval.status)
            else:
                name = kind.partition("/")[0].replace("approval", "approvals")
                self._metrics.count(name)


def _guards(*principals: Principal | None) -> list[Guard]:
    return [unchanged(principal) for principal in principals if principal is not None]


def _id(record: Record) -> ApprovalId:
    return ApprovalId(record["tenant"], record["id"])
