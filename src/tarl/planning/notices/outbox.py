"""The durable way to people: each notifier has a durable timer for each notice.

    outbox = Outbox(Timers(store, clock=clock), [LogNotifier()], quiet=Nightly(...))
    outbox.register(handlers)      # those of whoever fires the journal's timers
    await outbox.notify(notice)

1. What was posted is told after any crash, or has visibly failed after the bounded tries of timers.
2. In quiet hours nobody is told anything but a danger, and what is asked for that could no longer
   be answered when they end; what waits is told when they end. They are asked again at the moment
   of telling, which may be a late one.
3. The same is not told twice within the debounce; something new about the same waits until it is
   over, unless that is too late for an answer, and the newest stands for those that wait. A danger
   that is new waits for nothing, and nothing takes its place.
4. Each notifier is tried by itself: who was told is not told again because another was not.

Two processes that post the same in one moment may tell it twice; a notice that is posted again is
told once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from hashlib import sha256

import msgspec

from tarl.errors import Conflict, Corrupt, Invalid, Unavailable
from tarl.planning.notices.notice import Notice, NoticeKind, Notifier, fitted
from tarl.planning.notices.quiet import NEVER, QuietHours
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.plain import plain
from tarl.work.pulse import POLL_S
from tarl.work.timers import tables
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Request, Timer, Timers, set_event, timer_from

DEBOUNCE_MS = 15 * 60_000
DEBOUNCE_DANGER_MS = 60_000
ANSWER_MS_MIN = 5 * 60_000
"""Whoever is asked is told so long before an answer no longer counts, if it was asked by then."""

NOTIFY_S = 60.0
"""A notifier that has not come back by then has failed."""

LOOKED_AT_MAX = 32
"""The last timers of a subject: those that wait, and the last that were told."""

SETTLE_S = 30.0
"""What is due is waited for so long, and no longer."""

NOTIFIERS_MAX = 16
_WAITING = (tables.PENDING, tables.UNANSWERED)


class Posted(msgspec.Struct, frozen=True):
    """What lies in a timer; ``content`` is a digest of what the notice says, without its time."""

    notice: Notice
    content: str


class Outbox:
    """Tells notices through notifiers, durably; itself a notifier.

    Args:
        timers: The journal's timers; whoever fires them has the handlers of :meth:`register`.
        notifiers: Who tells.
        quiet: When nobody is to be disturbed.
        debounce_ms: How long the same is not told again.
        tenant: Whose.
        name: See :class:`~tarl.planning.notices.notice.Notifier`.

    Raises:
        Invalid: no notifiers, too many, or two of one name (``notice.notifiers``).
    """

    def __init__(
        self,
        timers: Timers,
        notifiers: Sequence[Notifier],
        *,
        quiet: QuietHours = NEVER,
        debounce_ms: int = DEBOUNCE_MS,
        tenant: str = DEFAULT_TENANT,
        name: str = "outbox",
    ) -> None:
        names = [check_name(notifier.name, "notifier") for notifier in notifiers]
        if not 1 <= len(set(names)) == len(names) <= NOTIFIERS_MAX:
            raise Invalid(
                f"an outbox has 1 to {NOTIFIERS_MAX} notifiers, each with a name of its own",
                code="notice.notifiers",
                next_step="give each a name",
                names=names,
            )
        self.name = name
        self._timers = timers
        self._notifiers = tuple(notifiers)
        self._quiet = quiet
        self._debounce_ms = debounce_ms
        self._tenant = tenant

    async def notify(self, notice: Notice) -> None:
        """See :meth:`post`."""
        self.post(notice)

    def post(self, notice: Notice) -> tuple[Timer, ...]:
        """Have a notice told; the timers that were set for it, none where it is known already.

        Raises:
            Invalid: ``notice.malformed``.
            Unavailable: the journal cannot be written; nothing was posted.
        """
        notice = fitted(notice)
        posted = Posted(notice, _content(notice))
        requests: list[Request] = []
        replaced: list[Timer] = []
        for notifier in self._notifiers:
            earlier = self._earlier(notice, notifier)
            request = self._request(posted, notifier, earlier)
            if request is not None:
                requests.append(request)
                replaced += [timer for timer, _ in earlier if timer.status in _WAITING]
        timers = self._timers.set_all(requests)
        # Only then: between the two, something is rather told twice than not at all.
        if notice.kind is not NoticeKind.SAFETY:
            for timer in replaced:
                self._replace(timer)
        return tuple(timers)

    async def settled(self) -> None:
        """Wait until nothing is due any more, where somebody fires the timers; for ``SETTLE_S`` at
        most: the journal keeps the rest."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                while self._is_due():
                    await asyncio.sleep(POLL_S)

    def _is_due(self) -> bool:
        now_ms = self._timers.clock.now_ms()
        for notifier in self._notifiers:
            handler = _handler(notifier)
            where = {"tenant": self._tenant, "handler": handler, "status": tables.PENDING}
            found = self._timers.store.scan(tables.TIMER.name, where)
            if any(record["due_at_ms"] <= now_ms for record in found):
                return True
        return False

    def register(self, handlers: Handlers) -> None:
        """Make known, to who fires timers, how each notifier tells."""
        for notifier in self._notifiers:
            handlers.register(partial(self._tell, notifier), name=_handler(notifier))

    # --- inside

    def _earlier(self, notice: Notice, notifier: Notifier) -> list[tuple[Timer, str]]:
        """This notifier's last timers about the same, the newest first, with their content."""
        where = {
            "tenant": self._tenant,
            "about": _subject(notice),
            "handler": _handler(notifier),
        }
        found = self._timers.store.scan(
            tables.TIMER.name, where, order_by="set_at_ms", descending=True, limit=LOOKED_AT_MAX
        )
        timers = [timer_from(record) for record in found if record["status"] != tables.CANCELLED]
        return [(timer, self._content_of(timer)) for timer in timers]

    def _content_of(self, timer: Timer) -> str:
        was_set = set_event(self._timers.store, timer.tenant, timer.timer_id)
        return "" if was_set is None else str(was_set.payload["content"])

    def _request(
        self, posted: Posted, notifier: Notifier, earlier: list[tuple[Timer, str]]
    ) -> Request | None:
        """The timer to set; None where the same waits, or was told a moment ago."""
        notice, now_ms = posted.notice, self._timers.clock.now_ms()
        timer_id = _timer_id(posted, notifier)
        if self._timers.store.get(tables.TIMER.name, self._tenant, timer_id) is not None:
            return None  # posted again, perhaps after a newer one took its place
        is_danger = notice.kind is NoticeKind.SAFETY
        debounce_ms = DEBOUNCE_DANGER_MS if is_danger else self._debounce_ms
        for timer, content in earlier[:1]:
            is_recent = now_ms - _told_ms(timer) < debounce_ms
            if content == posted.content and (timer.status in _WAITING or is_recent):
                return None
        due_at_ms = now_ms
        if not is_danger:
            told_ms = max((_told_ms(timer) for timer, _ in earlier), default=-debounce_ms)
            later_ms = max(now_ms, told_ms + debounce_ms)
            later_ms = self._quiet_until(later_ms) or later_ms
            if not _is_too_late(notice, later_ms, now_ms=now_ms):
                due_at_ms = later_ms
        return Request(
            timer_id=timer_id,
            handler=_handler(notifier),
            due_at_ms=due_at_ms,
            payload=plain(posted),
            about=_subject(notice),
            tenant=self._tenant,
        )

    def _quiet_until(self, at_ms: int) -> int | None:
        until_ms = self._quiet.until_ms(at_ms)
        return until_ms if until_ms is not None and until_ms > at_ms else None

    def _replace(self, timer: Timer) -> None:
        try:
            self._timers.cancel(timer.timer_id, tenant=timer.tenant, reason="a newer one is posted")
        except Conflict as error:
            if error.code != "timer.firing":
                raise
            # It is being told at this moment; the newer one is told after it.

    async def _tell(self, notifier: Notifier, due: Due) -> None:
        posted = _posted(due)
        notice, now_ms = posted.notice, self._timers.clock.now_ms()
        until_ms = None if notice.kind is NoticeKind.SAFETY else self._quiet_until(now_ms)
        if until_ms is not None and not _is_too_late(notice, until_ms, now_ms=now_ms):
            self._hold(due, until_ms)
            return
        try:
            async with asyncio.timeout(NOTIFY_S):
                await notifier.notify(notice)
        except TimeoutError as error:
            raise Unavailable(
                f"{notifier.name} has not told a notice in {NOTIFY_S:.0f} s",
                code="notice.timed_out",
                next_step="see what it waits for; it is tried again",
                notifier=notifier.name,
            ) from error

    def _hold(self, due: Due, until_ms: int) -> None:
        """Another timer for the end of the quiet hours; the same one, however often it is set."""
        first, _, _ = due.timer_id.partition("@")
        was_set = set_event(self._timers.store, due.tenant, due.timer_id)
        if was_set is None:
            raise _malformed(due)
        self._timers.set(
            Request(
                timer_id=f"{first}@{until_ms}",
                handler=was_set.handler,
                due_at_ms=until_ms,
                payload=due.payload,
                about=due.about,
                tenant=due.tenant,
            )
        )


def _is_too_late(notice: Notice, later_ms: int, *, now_ms: int) -> bool:
    """Whether an answer that still counts now can no longer be given when it is told later."""
    until_ms = notice.facts.get("until_ms")
    if notice.kind is not NoticeKind.APPROVAL_WANTED or not isinstance(until_ms, int):
        return False
    return now_ms < until_ms < later_ms + ANSWER_MS_MIN


def _told_ms(timer: Timer) -> int:
    """When a timer told its notice; long ago where it has not."""
    return timer.ended_at_ms or 0 if timer.status == tables.FIRED else 0


def _handler(notifier: Notifier) -> str:
    return f"notice/{notifier.name}"


def _subject(notice: Notice) -> str:
    return f"notice/{notice.kind.value}/{notice.about}"


def _content(notice: Notice) -> str:
    timeless = msgspec.structs.replace(notice, created_ms=0)
    return sha256(encode(plain(timeless))).hexdigest()


def _timer_id(posted: Posted, notifier: Notifier) -> str:
    """The same for the same notice: posting it again, after a crash, sets nothing new."""
    name = encode([notifier.name, posted.content, posted.notice.created_ms])
    return f"notice-{sha256(name).hexdigest()[:32]}"


def _posted(due: Due) -> Posted:
    try:
        return msgspec.convert(due.payload, Posted, strict=True)
    except msgspec.ValidationError as error:
        raise _malformed(due) from error


def _malformed(due: Due) -> Corrupt:
    return Corrupt(
        f"timer {due.timer_id} has no notice in it",
        code="notice.unreadable",
        next_step="tarl db check, then cancel the timer",
        timer=due.timer_id,
    )
