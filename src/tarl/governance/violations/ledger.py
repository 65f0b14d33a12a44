"""The violations of a journal: recorded, escalated, acknowledged, resolved, looked at.

1. A critical violation is escalated in the commit that records it.
2. An escalation and the timers that tell a level, and pass on what it does not answer, are one
   commit: whoever dies after it has lost nothing.
3. What was recorded under a key is recorded once.
4. Nothing follows a resolution.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from tarl.errors import Conflict, Exceeded, Missing
from tarl.governance.severity import Severity
from tarl.governance.violations import events
from tarl.governance.violations.events import (
    Acknowledged,
    Body,
    Escalated,
    Exhausted,
    Recorded,
    Resolved,
    Told,
)
from tarl.governance.violations.ladders import Ladders
from tarl.governance.violations.pages import (
    PAGE,
    Filters,
    Page,
    check_page,
    cursor_of,
    number_at,
)
from tarl.governance.violations.state import COUNT, VIOLATION, Said, Violation, fold
from tarl.journal.event import Row
from tarl.journal.projection import Record
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.plain import plain
from tarl.work.streams import continued
from tarl.work.timers import events as timer_events
from tarl.work.timers.ledger import Request, decide_set
from tarl.work.timers.ledger import stream as timer_stream

DESCRIPTION_CHARS_MAX = 4_000
FACTS_BYTES_MAX = 64 * 1024
NOTE_CHARS_MAX = 2_000
TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""

OVERDUE = "violation.overdue"
"""The timers' handler that passes upwards what nobody has answered in time."""


class Violations:
    """The violations of one journal.

    Args:
        store: The journal, with the projections of violations and of timers.
        clock: What events are dated by.
        metrics: Where they are counted.
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
        self.ladders = Ladders(store, clock=clock)

    # --- looking

    def get(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Violation:
        """A violation.

        Raises:
            Missing: there is none (``violation.missing``), or its content is erased
                (``journal.erased``).
        """
        found = fold(tenant, id, self.history(check_name(id, "violation"), tenant=tenant))
        if found is not None:
            return found
        stream = events.violation_stream(tenant, id)
        if self.store.head(stream) is not None:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        raise Missing(
            f"there is no violation {id[:80]}",
            code="violation.missing",
            next_step="tarl violations ls",
            violation=id[:80],
        )

    def history(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Iterator[Said]:
        """What happened to a violation, the oldest first; nothing where that is erased."""
        for event in self.store.read(events.violation_stream(tenant, id)):
            if event.body is not None:
                body = events.DECODERS[event.kind](event.body)
                yield Said(event.seq, event.recorded_at_ms, body)

    def ls(
        self,
        filters: Filters = Filters(),  # noqa: B008
        *,
        tenant: str = DEFAULT_TENANT,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page:
        """A page of a tenant's violations, the newest first; what is erased is left out.

        Raises:
            Invalid: a cursor of another query (``violation.cursor``), or a page of no size
                (``violation.limit``).
        """
        wanted = check_page(limit)
        before = None if cursor is None else number_at(cursor, tenant, filters)
        found: list[Violation] = []
        last = 0
        for record in self._records(filters, tenant, before):
            if len(found) == wanted:
                return Page(tuple(found), cursor_of(last, tenant, filters))
            last = record["number"]
            id = record["violation_id"]
            violation = fold(tenant, id, self.history(id, tenant=tenant))
            if violation is not None:
                found.append(violation)
        return Page(tuple(found), None)

    def count(self, *, tenant: str = DEFAULT_TENANT, status: str | None = None) -> int:
        """How many a tenant has, or how many that stand so."""
        where = {"tenant": tenant} if status is None else {"tenant": tenant, "status": status}
        return self.store.count(VIOLATION.name, where)

    def _records(self, filters: Filters, tenant: str, before: int | None) -> Iterator[Record]:
        where = {"tenant": tenant, **filters.where}
        at_most = None if before is None else {"number": before - 1}

        def scan(narrowed: dict[str, Any]) -> Iterator[Record]:
            return self.store.scan(
                VIOLATION.name, narrowed, at_most=at_most, order_by="number", descending=True
            )

        severities = filters.severities
        if severities is None:
            return scan(where)
        parts = [scan({**where, "severity": one}) for one in severities]
        return heapq.merge(*parts, key=lambda record: -record["number"])

    # --- changing

    def record(
        self,
        policy: str,
        *,
        run: str | None = None,
        severity: Severity,
        description: str,
        by: str,
        facts: dict[str, Any] | None = None,
        key: str | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Violation:
        """Record that something broke a policy; a critical violation is escalated at once.

        Args:
            policy: Which one.
            run: In which run, as people write it.
            severity: How bad it is.
            description: What happened.
            by: Who says so.
            facts: The values behind it.
            key: What happened, in a word that is the same when it is recorded again.
            tenant: Whose.

        Raises:
            Invalid: a name or a value that is none (``id.*``, ``value.*``).
            Exceeded: description or facts are too large (``violation.too_large``).
        """
        body = Recorded(
            policy=check_name(policy, "policy"),
            severity=Severity(severity).word,
            description=_bounded(description, DESCRIPTION_CHARS_MAX, "description"),
            by=check_name(by, "person"),
            facts=facts or {},
            run=None if run is None else check_name(run, "run"),
        )
        check_name(tenant, "tenant")
        if len(encode(body.facts)) > FACTS_BYTES_MAX:
            raise _too_large("facts", f"{FACTS_BYTES_MAX} bytes")
        for _ in range(TRIES_MAX):
            id = self._id(tenant, body, key)
            stream = events.violation_stream(tenant, id)
            if self.store.head(stream) is not None:
                if key is not None:
                    return self.get(id, tenant=tenant)
                continue
            bodies: list[Body] = [body]
            if severity >= Severity.CRITICAL:
                bodies.append(self._escalated(policy, 1, "it is critical", by, tenant))
            if self._commit(tenant, id, self._rows(tenant, id, bodies)):
                self.metrics.count("violations.recorded", severity=body.severity)
                return self.get(id, tenant=tenant)
        raise Conflict(f"violations of {tenant} never stood still", code="journal.position")

    def escalate(
        self, id: str, *, by: str, why: str = "", tenant: str = DEFAULT_TENANT
    ) -> Violation:
        """Make it the next level's, or the last one's once more.

        Raises:
            Missing: there is no such violation.
            Conflict: it is resolved (``violation.resolved``).
        """
        told = _bounded(why, NOTE_CHARS_MAX, "reason") or f"{by} escalates it"
        check_name(by, "person")

        def decided(now: Violation) -> Body:
            levels = self.ladders.of(now.policy, tenant=tenant)
            level = max(1, min(now.level + 1, len(levels)))
            return self._escalated(now.policy, level, told, by, tenant)

        return self._change(id, tenant, decided)

    def acknowledge(
        self, id: str, *, by: str, note: str = "", tenant: str = DEFAULT_TENANT
    ) -> Violation:
        """Take it on: no further level is told.

        Raises:
            Missing: there is no such violation.
            Conflict: it is resolved (``violation.resolved``).
        """
        said = _bounded(note, NOTE_CHARS_MAX, "note")
        body = Acknowledged(by=check_name(by, "person"), note=said)
        return self._change(id, tenant, lambda now: body)

    def resolve(
        self, id: str, *, by: str, resolution: str, tenant: str = DEFAULT_TENANT
    ) -> Violation:
        """Say how it was dealt with, once.

        Raises:
            Missing: there is no such violation.
            Conflict: it is resolved already (``violation.resolved``).
        """
        how = _bounded(resolution, NOTE_CHARS_MAX, "resolution")
        body = Resolved(by=check_name(by, "person"), resolution=how)
        return self._change(id, tenant, lambda now: body)

    # --- for those who tell

    def told(self, id: str, *, level: int, handler: str, tenant: str) -> None:
        """A level was told; nothing happens where that is known, or the violation is over."""

        def decided(now: Violation) -> Body | None:
            is_news = level not in now.told and now.status != "resolved"
            return Told(level=level, handler=handler) if is_news else None

        self._change(id, tenant, decided)

    def pass_upwards(self, id: str, *, seq: int, why: str, tenant: str) -> Violation:
        """Nobody answered the escalation of an event: it is the next level's. Nothing happens where
        somebody did, or where it was escalated again since.
        """

        def decided(now: Violation) -> Body | None:
            if now.status != "escalated" or now.escalated_seq != seq or now.is_exhausted:
                return None
            if now.level < len(self.ladders.of(now.policy, tenant=tenant)):
                return self._escalated(now.policy, now.level + 1, why, "tarl", tenant)
            return Exhausted(level=now.level, why=why)

        return self._change(id, tenant, decided)

    # --- inside

    def _id(self, tenant: str, body: Recorded, key: str | None) -> str:
        """The name of a violation: its number where nothing names what happened."""
        if key is None:
            counted = self.store.get(COUNT.name, tenant)
            return f"v{1 if counted is None else counted['count'] + 1}"
        named = encode([tenant, body.policy, body.run, key])
        return f"v-{sha256(named).hexdigest()[:16]}"

    def _escalated(self, policy: str, level: int, why: str, by: str, tenant: str) -> Escalated:
        levels = self.ladders.of(policy, tenant=tenant)
        if level > len(levels):
            return Escalated(level=level, why=why, by=by)
        to = levels[level - 1]
        return Escalated(level=level, why=why, by=by, handler=to.handler, within_ms=to.within_ms)

    def _change(
        self, id: str, tenant: str, decided: Callable[[Violation], Body | None]
    ) -> Violation:
        for _ in range(TRIES_MAX):
            now = self.get(id, tenant=tenant)
            body = decided(now)
            if body is None:
                return now
            if now.status == "resolved":
                raise Conflict(
                    f"violation {id} was resolved by {now.resolved_by}",
                    code="violation.resolved",
                    next_step="record what happened since as another one",
                    violation=id,
                )
            rows = self._rows(tenant, id, [body], seq=now.seq)
            if rows and self._commit(tenant, id, rows):
                kind = type(body).__name__.lower()
                self.metrics.count("violations.changes", kind=kind)
                return self.get(id, tenant=tenant)
        raise Conflict(f"violation {id} never stood still", code="journal.position")

    def _rows(self, tenant: str, id: str, bodies: list[Body], *, seq: int = 0) -> list[Row]:
        """What is written of the bodies after an event, and the timers that they set; nothing where
        others have written since.
        """
        at_ms = self.clock.now_ms()
        writer = continued(self.store, events.violation_stream(tenant, id), tenant=tenant)
        if writer.seq != seq:
            return []
        rows = []
        for body in bodies:
            kind = events.KINDS[type(body)]
            row = writer.append(kind, encode(plain(body)), at_ms=at_ms)
            rows.append(row)
            if isinstance(body, Escalated) and body.handler is not None:
                rows += self._timers(tenant, id, body, row.seq, at_ms)
        return rows

    def _timers(self, tenant: str, id: str, body: Escalated, seq: int, at_ms: int) -> list[Row]:
        """The timer that tells a level now, and the one that looks whether it has answered."""
        payload = {"violation": id, "level": body.level, "handler": body.handler, "seq": seq}
        due = {f"escalation.{body.handler}": 0, OVERDUE: body.within_ms}
        rows = []
        for handler, delay_ms in due.items():
            name = timer_id(id, seq, "overdue" if handler == OVERDUE else "tell")
            request = Request(
                timer_id=name,
                handler=handler,
                delay_ms=delay_ms,
                payload=payload,
                about=f"violation/{id}",
                tenant=tenant,
            )
            codec = self.store.codec
            writer = StreamWriter(timer_stream(tenant, name), tenant=tenant, codec=codec)
            said = plain(decide_set(request, now_ms=at_ms))
            held = {name: value for name, value in said.items() if value is not None}
            rows.append(writer.append(timer_events.SET, encode(held), at_ms=at_ms))
        return rows

    def _commit(self, tenant: str, id: str, rows: list[Row]) -> bool:
        try:
            self.store.commit(Batch(rows))
        except Conflict as error:
            if error.code != "journal.position":
                raise
            return False
        return True


def timer_id(id: str, seq: int, what: str) -> str:
    """The timer that an escalation has set."""
    return f"violation/{id}/{seq}/{what}"


def _bounded(text: str, most: int, what: str) -> str:
    if len(text) > most:
        raise _too_large(what, f"{most} characters")
    return text


def _too_large(what: str, most: str) -> Exceeded:
    return Exceeded(
        f"the {what} of a violation has at most {most}",
        code="violation.too_large",
        next_step="say it shorter, and name where the rest is",
    )
