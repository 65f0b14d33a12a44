"""Durable timers as their users see them: set, cancel, put back, look.

Laws:
1. A timer that was set is there after any crash until it is fired, cancelled or has failed
   visibly.
2. ``durable_timer.fired/1`` is written once; nothing follows it.
3. Setting an id again with the same request changes nothing; with another it is a Conflict.
4. A timer that is being fired now cannot be cancelled: a cancellation that succeeds means that the
   timer has not fired and will not.

Instants are UTC in milliseconds by the wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.journal.event import Row
from tarl.journal.projection import Record
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.work.streams import continued, stream_of
from tarl.work.timers import events, tables
from tarl.work.timers.claims import unclaimed

DELAY_MS_MAX = 100 * 366 * 86_400_000
"""A hundred years; a longer delay is a mistaken unit."""

PAYLOAD_BYTES_MAX = 32 * 1024
"""A timer's payload lies in its event; what is larger belongs into a run's input."""

SET_TOGETHER_MAX = 10_000
"""Timers of one commit, which other processes wait for."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A timer to set: due after a delay or at an instant, one of the two.

    Attributes:
        handler: The name under which a process that fires timers has the function.
        payload: What the handler is told, a JSON value.
        about: What the timer belongs to, such as a workflow id; timers are found by it.
    """

    timer_id: str
    handler: str
    delay_ms: int | None = None
    due_at_ms: int | None = None
    payload: Any = None
    about: str | None = None
    tenant: str = DEFAULT_TENANT


class Timer(NamedTuple):
    """A timer as it is now; ``status`` is one of ``tables.STATUSES``."""

    tenant: str
    timer_id: str
    status: str
    due_at_ms: int
    handler: str
    about: str | None
    attempts: int
    set_at_ms: int
    ended_at_ms: int | None


def stream(tenant: str, timer_id: str) -> str:
    """The name of a timer's stream."""
    return stream_of("timer", tenant, timer_id)


def set_event(store: Store, tenant: str, timer_id: str) -> events.TimerSet | None:
    """How a timer was set; None if it never was, or if the key that sealed it is gone."""
    first = next(store.read(stream(tenant, timer_id), until=1), None)
    return None if first is None or first.body is None else events.decode_set(first.body)


def decide_set(request: Request, *, now_ms: int) -> events.TimerSet:
    """What setting a timer records.

    Raises:
        Invalid: a name that cannot be one, not one of delay and instant, or one out of range
            (``timer.due``); a payload that is no JSON value (``value.*``).
        Exceeded: the payload is too large (``timer.payload_too_large``).
    """
    check_name(request.tenant, "tenant")
    check_name(request.timer_id, "timer")
    check_name(request.handler, "handler")
    if request.about is not None:
        check_name(request.about, "subject of the timer")
    delay_ms, due_at_ms = request.delay_ms, request.due_at_ms
    if (delay_ms is None) == (due_at_ms is None):
        raise Invalid(
            f"timer {request.timer_id} needs a delay or an instant, one of the two",
            code="timer.due",
            next_step="give delay_ms or due_at_ms",
        )
    value = due_at_ms if delay_ms is None else delay_ms
    latest = DELAY_MS_MAX + (now_ms if delay_ms is None else 0)
    if type(value) is not int or not 0 <= value <= latest:
        what = "instant" if delay_ms is None else "delay"
        raise Invalid(
            f"timer {request.timer_id} cannot have the {what} {value!r}",
            code="timer.due",
            next_step="give milliseconds as an integer, not negative, within a hundred years",
        )
    size = len(encode(request.payload))
    if size > PAYLOAD_BYTES_MAX:
        raise Exceeded(
            f"the payload of timer {request.timer_id} has {size} bytes; the limit is"
            f" {PAYLOAD_BYTES_MAX}",
            code="timer.payload_too_large",
            next_step="put a reference into the payload",
        )
    return events.TimerSet(
        handler=request.handler,
        due_at_ms=value if delay_ms is None else now_ms + value,
        payload=request.payload,
        about=request.about,
        delay_ms=delay_ms,
    )


class Timers:
    """The durable timers of one journal, shared by all processes that have it open."""

    def __init__(self, store: Store, *, clock: Clock, metrics: Metrics | None = None) -> None:
        self.store = store
        self.clock = clock
        self.metrics = metrics or Unmeasured()

    def set(self, request: Request) -> Timer:
        """Set a timer, durably; the same request again gives the timer that there is.

        Raises:
            Conflict: the id has a timer with another request (``timer.exists``).
            Invalid: see ``decide_set``.
        """
        return self.set_all([request])[0]

    def set_all(self, requests: Sequence[Request]) -> list[Timer]:
        """Set timers, all or none; see ``set``.

        Raises:
            Exceeded: too many at once (``timer.too_many``).
        """
        if len(requests) > SET_TOGETHER_MAX:
            raise Exceeded(
                f"{len(requests)} timers at once; the limit is {SET_TOGETHER_MAX}",
                code="timer.too_many",
                next_step="set them in several calls",
            )
        if len({(request.tenant, request.timer_id) for request in requests}) < len(requests):
            raise Invalid("an id stands twice among the timers", code="timer.twice")
        now_ms = self.clock.now_ms()
        while True:
            rows = [row for row in (self._row(request, now_ms) for request in requests) if row]
            if not rows or self._committed(Batch(rows)):
                break  # otherwise somebody was faster with one of them
        self.metrics.count("timers.set", len(rows))
        return [self.get(request.timer_id, tenant=request.tenant) for request in requests]

    def cancel(self, timer_id: str, *, tenant: str = DEFAULT_TENANT, reason: str = "") -> bool:
        """Cancel a timer; False if it is over already.

        Raises:
            Missing: no such timer (``timer.missing``).
            Conflict: it is being fired at this moment (``timer.firing``).
        """
        body = encode({"reason": reason} if reason else {})

        while self.get(timer_id, tenant=tenant).status in (tables.PENDING, tables.UNANSWERED):
            row = self._next(tenant, timer_id, events.CANCELLED, body)
            if self._committed(Batch([row], guards=(unclaimed((tenant, timer_id)),))):
                self.metrics.count("timers.cancelled")
                return True
        return False

    def rearm(
        self, timer_id: str, *, tenant: str = DEFAULT_TENANT, due_at_ms: int | None = None
    ) -> Timer:
        """Put a timer back that has failed, or that nobody answered; due now if not said
        otherwise.

        Raises:
            Missing: no such timer.
            Conflict: it has not failed (``timer.not_failed``).
        """
        due = self.clock.now_ms() if due_at_ms is None else due_at_ms
        while True:
            timer = self.get(timer_id, tenant=tenant)
            if timer.status not in (tables.FAILED, tables.UNANSWERED):
                raise Conflict(
                    f"timer {timer_id} is {timer.status}: only one that has failed is put back",
                    code="timer.not_failed",
                    timer=timer_id,
                )
            row = self._next(tenant, timer_id, events.REARMED, encode({"due_at_ms": due}))
            if self._committed(Batch([row])):
                return self.get(timer_id, tenant=tenant)

    def get(self, timer_id: str, *, tenant: str = DEFAULT_TENANT) -> Timer:
        """One timer.

        Raises:
            Missing: there is none (``timer.missing``).
        """
        record = self.store.get(tables.TIMER.name, tenant, timer_id)
        if record is None:
            raise Missing(f"no timer {timer_id}", code="timer.missing", timer=timer_id)
        return timer_from(record)

    def of(self, about: str, *, tenant: str = DEFAULT_TENANT) -> Iterator[Timer]:
        """The timers that belong to something, by due time."""
        where = {"tenant": tenant, "about": about}
        return map(timer_from, self.store.scan(tables.TIMER.name, where, order_by="due_at_ms"))

    def ls(self, *, status: str = tables.PENDING, limit: int | None = None) -> Iterator[Timer]:
        """Timers of a status, by due time."""
        found = self.store.scan(
            tables.TIMER.name, {"status": status}, order_by="due_at_ms", limit=limit
        )
        return map(timer_from, found)

    def count(self, status: str = tables.PENDING) -> int:
        """How many timers have the status."""
        return self.store.count(tables.TIMER.name, {"status": status})

    def get_status(self) -> dict[str, int]:
        """How many timers there are of each status, and how many are being fired."""
        counts = {status: self.count(status) for status in tables.STATUSES}
        return {**counts, "firing": self.store.count(tables.CLAIM.name)}

    # --- inside

    def _row(self, request: Request, now_ms: int) -> Row | None:
        decided = decide_set(request, now_ms=now_ms)
        if self.store.get(tables.TIMER.name, request.tenant, request.timer_id) is not None:
            self._same(request)
            return None
        name = stream(request.tenant, request.timer_id)
        writer = StreamWriter(name, tenant=request.tenant, codec=self.store.codec)
        body = {
            name: value
            for name, value in msgspec.structs.asdict(decided).items()
            if value is not None
        }
        return writer.append(events.SET, encode(body), at_ms=now_ms)

    def _same(self, request: Request) -> Timer:
        """The timer that the id has, which must be what is asked for."""
        known = set_event(self.store, request.tenant, request.timer_id)
        is_same = (
            known is not None
            and known.handler == request.handler
            and known.about == request.about
            and known.payload == request.payload
            and known.delay_ms == request.delay_ms
            and request.due_at_ms in (None, known.due_at_ms)
        )
        if not is_same:
            raise Conflict(
                f"timer {request.timer_id} is set already, in another way",
                code="timer.exists",
                next_step="choose another id",
                timer=request.timer_id,
            )
        return self.get(request.timer_id, tenant=request.tenant)

    def _next(self, tenant: str, timer_id: str, kind: str, body: bytes) -> Row:
        writer = continued(self.store, stream(tenant, timer_id), tenant=tenant)
        return writer.append(kind, body, at_ms=self.clock.now_ms())

    def _committed(self, batch: Batch) -> bool:
        try:
            self.store.commit(batch)
        except Conflict as error:
            if error.code != "journal.position":
                raise
            return False
        return True


def timer_from(record: Record) -> Timer:
    """A timer of its record."""
    return Timer(**{name: record[name] for name in Timer._fields})
