"""Fires timers that are due: claims them, calls their handlers, records what came of it.

A handler is called at least once, always with the same key, and not again once its timer is
recorded as fired. A handler that raises is tried again by the policy; then the timer has failed,
visibly, and ``Timers.rearm`` puts it back. A timer whose handler this process does not know is left
to the others for a while, then said to be unanswered, by name, in the journal and in the log; the
first process that knows the handler fires it.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from tarl.errors import TarlError, Unavailable
from tarl.journal.event import Row
from tarl.journal.grouping import GroupCommitter
from tarl.journal.projection import Change, Guard, Record
from tarl.journal.store import Batch
from tarl.kernel.retry import RetryPolicy, chance
from tarl.values.canonical import encode
from tarl.work.pulse import POLL_S, due_or_changed
from tarl.work.streams import continued
from tarl.work.timers import events
from tarl.work.timers.claims import (
    CLAIM_TTL_MS,
    Claim,
    Finder,
    Key,
    claiming,
    giving_up,
    holding,
    renewing,
    unclaimed,
)
from tarl.work.timers.handlers import Due, Handler, Handlers, is_async
from tarl.work.timers.ledger import Timer, Timers, set_event, stream, timer_from
from tarl.work.timers.tables import PENDING

log = logging.getLogger(__name__)

TOGETHER_MAX = 64
"""Handlers of one process that run at the same time."""

UNANSWERED_AFTER_MS = 5_000
"""How late a timer must be before a process that lacks its handler says so."""

PASSED_MAX = 10_000
"""Timers that a process leaves aside; beyond it, it looks at all of them again."""

FIRED_AT_ONCE_MAX = 1_000
"""Timers that one call of ``fire_due`` fires: a handler may set one that is due at once."""

ACKNOWLEDGE_TRIES_MAX = 6
"""Tries to record an outcome while storage fails, doubling ``ACKNOWLEDGE_WAIT_S`` in between."""

ACKNOWLEDGE_WAIT_S = 0.05

LOOKS_MAX = 20
"""In a row, past timers that have no handler here."""

ASIDE_S = 1.0
"""How long a process leaves a timer aside that it could not fire."""

ERROR_CHARS_MAX = 2_000

RETRY = RetryPolicy(attempts_max=10, wait_max_ms=300_000)
"""Of a handler that raises."""


class Free(NamedTuple):
    """A timer to claim, the dead process's claim that it takes over, and its handler."""

    record: Record
    before: Claim | None
    handler: Handler


class Work(NamedTuple):
    """A claimed timer on its way to its handler."""

    timer: Timer
    claim: Claim
    handler: Handler
    due: Due
    late_ms: int

    @property
    def key(self) -> Key:
        """Tenant and id."""
        return self.timer.tenant, self.timer.timer_id


class Firing:
    """Fires timers for one process.

    Args:
        timers: The ledger.
        handlers: The functions that this process knows.
        holder: This process's name, not another's: a process id and something drawn.
        monotonic: Seconds of a clock that is never set.
        retry: Of handlers that raise.
        claim_ttl_ms: After so long without a sign of life others take a claimed timer over.
        together_max: Handlers that run at the same time.
    """

    def __init__(
        self,
        timers: Timers,
        handlers: Handlers,
        *,
        holder: str,
        monotonic: Callable[[], float],
        retry: RetryPolicy = RETRY,
        claim_ttl_ms: int = CLAIM_TTL_MS,
        together_max: int = TOGETHER_MAX,
        unanswered_after_ms: int = UNANSWERED_AFTER_MS,
    ) -> None:
        self._timers = timers
        self._store = timers.store
        self._clock = timers.clock
        self._handlers = handlers
        self._holder = holder
        self._monotonic = monotonic
        self._retry = retry
        self._renew_s = claim_ttl_ms / 4_000
        self._together_max = together_max
        self._unanswered_after_ms = unanswered_after_ms
        self._finder = Finder(self._store, monotonic=monotonic, claim_ttl_ms=claim_ttl_ms)
        self._passed: dict[Key, float] = {}
        self._unanswered_at_s = 0.0
        self._running: dict[Key, Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, *, claims_max: int = TOGETHER_MAX) -> tuple[list[Work], int | None]:
        """Claim what is due and free; what was claimed, and when the next timer is due.

        Raises:
            Unavailable: storage is locked, full or failing; nothing was claimed.
        """
        now_ms, now_s = self._clock.now_ms(), self._monotonic()
        self._passed = {key: until for key, until in self._passed.items() if until > now_s}
        room = self._together_max - len(self._running)
        if room <= 0:
            return [], now_ms
        for _ in range(LOOKS_MAX):
            known, unknown, next_due_ms = self._find(now_ms, now_s, room)
            if unknown:
                self._pass_over(unknown, now_ms)
            if known or not unknown:
                break
        return self._claim(known[:claims_max], now_ms), next_due_ms

    def _find(
        self, now_ms: int, now_s: float, room: int
    ) -> tuple[list[Free], list[Record], int | None]:
        """What may be claimed, what has no handler here, and when the next timer is due."""
        aside = self._passed.keys() | self._running.keys()
        found, next_due_ms = self._finder.find(now_ms, room=room, passed=set(aside))
        if now_s >= self._unanswered_at_s:
            self._unanswered_at_s = now_s + ASIDE_S / 4
            found += self._finder.unanswered(self._handlers.names(), room=room - len(found))
        known, unknown = [], []
        for record, before in found:
            handler = self._handlers.get(record["handler"])
            if handler is None:
                unknown.append(record)
            elif (record["tenant"], record["timer_id"]) not in aside:
                known.append(Free(record, before, handler))
        return known, unknown, next_due_ms

    def fire_due(self, *, limit: int = FIRED_AT_ONCE_MAX) -> list[Timer]:
        """Fire what is due, one after another, without an event loop; what was fired.

        Asynchronous handlers get a loop of their own. Nothing renews claims meanwhile: a handler
        that takes longer than a claim lives may be called by another process as well.
        """
        fired: list[Timer] = []
        for _ in range(limit):
            works, _ = self.look(claims_max=1)
            if not works:
                break
            if self._call_now(works[0]):
                key = works[0].key
                fired.append(self._timers.get(key[1], tenant=key[0]))
        return fired

    async def keep_firing(self, *, poll_s: float = POLL_S) -> None:
        """Fire timers until cancelled; handlers that are running then are not waited for, and
        another process takes them over.
        """
        committer = GroupCommitter(self._store)
        renewing = asyncio.create_task(self._keep_renewing())
        try:
            while True:
                seen = self._store.revision()
                try:
                    works, next_due_ms = self.look()
                except TarlError as error:
                    log.error("timers cannot be claimed now: %s", error.message)
                    works, next_due_ms = [], None
                    await asyncio.sleep(ASIDE_S / 4)
                for work in works:
                    self._begin(work, committer)
                wake_ms = self._wake_ms(next_due_ms)
                await due_or_changed(
                    self._store, self._clock, seen=seen, due_at_ms=wake_ms, poll_s=poll_s
                )
        finally:
            renewing.cancel()
            for task in self._tasks:
                task.cancel()
            self._running.clear()

    # --- inside

    def _claim(self, found: list[Free], now_ms: int) -> list[Work]:
        if not found:
            return []
        claimed = [claiming(record, before, self._holder) for record, before, _ in found]
        refusals = self._store.commit_each([batch for _, batch in claimed])
        works = []
        for (record, _, handler), (claim, _), refusal in zip(found, claimed, refusals, strict=True):
            if refusal is not None:
                continue
            work = self._work(timer_from(record), claim, handler, now_ms)
            if work is not None:
                works.append(work)
        self._timers.metrics.count("timers.claimed", len(works))
        return works

    def _work(self, timer: Timer, claim: Claim, handler: Handler, now_ms: int) -> Work | None:
        was_set = set_event(self._store, timer.tenant, timer.timer_id)
        if was_set is None:
            log.error("timer %s of %s is sealed and its key is gone", timer.timer_id, timer.tenant)
            self._passed[timer.tenant, timer.timer_id] = self._monotonic() + 60 * ASIDE_S
            return None
        due = Due(
            timer.tenant,
            timer.timer_id,
            timer.due_at_ms,
            was_set.payload,
            timer.about,
            timer.attempts + 1,
        )
        return Work(timer, claim, handler, due, max(0, now_ms - timer.due_at_ms))

    def _pass_over(self, records: list[Record], now_ms: int) -> None:
        """Leave timers aside whose handlers are not here; say so when they are due for long."""
        if len(self._passed) >= PASSED_MAX:
            self._passed.clear()
        until_s = self._monotonic() + ASIDE_S
        self._passed |= {(r["tenant"], r["timer_id"]): until_s for r in records}
        late = [r for r in records if now_ms - r["due_at_ms"] >= self._unanswered_after_ms]
        if not late:
            return
        for handler, count in sorted(Counter(r["handler"] for r in late).items()):
            log.error(
                "%d timers are due and no handler is named %s here (first: %s); they wait for a"
                " process that registers it",
                count,
                handler,
                next(r["timer_id"] for r in late if r["handler"] == handler),
            )
        self._timers.metrics.count("timers.unanswered", len(late))
        try:
            batches = [self._unanswered(r, now_ms) for r in late if r["status"] == PENDING]
            self._store.commit_each(batches)  # a refusal: somebody does something about it
        except TarlError as error:
            log.error("unanswered timers cannot be recorded now: %s", error.message)

    def _unanswered(self, record: Record, now_ms: int) -> Batch:
        key = record["tenant"], record["timer_id"]
        body = encode({"handler": record["handler"]})
        row = self._row(key, events.UNANSWERED, body, now_ms)
        return Batch([row], guards=(unclaimed(key),))

    def _wake_ms(self, next_due_ms: int | None) -> int | None:
        """When to look again: soon, while timers are left aside or claimed by somebody else."""
        now_ms = self._clock.now_ms()
        soon_ms = now_ms + int(ASIDE_S * 250)
        if next_due_ms is not None and next_due_ms <= now_ms:
            return soon_ms if len(self._running) >= self._together_max else now_ms
        if next_due_ms is None or next_due_ms > soon_ms:
            return soon_ms
        return next_due_ms

    def _begin(self, work: Work, committer: GroupCommitter) -> None:
        self._running[work.key] = work
        task = asyncio.create_task(self._fire(work, committer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fire(self, work: Work, committer: GroupCommitter) -> None:
        try:
            error = await self._call(work)
            await self._acknowledge(work, error, committer)
        except TarlError as refusal:
            self._lost(work, refusal)
        else:
            self._count(work, error)
        finally:
            self._running.pop(work.key, None)

    async def _acknowledge(
        self, work: Work, error: Exception | None, committer: GroupCommitter
    ) -> None:
        """Record the outcome, with the claim kept alive while storage fails."""
        for tried in range(ACKNOWLEDGE_TRIES_MAX):
            try:
                await committer.commit(self._outcome(work, error))
                return
            except Unavailable:
                if tried + 1 == ACKNOWLEDGE_TRIES_MAX:
                    raise
                await asyncio.sleep(ACKNOWLEDGE_WAIT_S * 2**tried)

    async def _call(self, work: Work) -> Exception | None:
        loop = asyncio.get_running_loop()
        try:
            if is_async(work.handler):
                result = work.handler(work.due)
            else:
                result = await loop.run_in_executor(None, work.handler, work.due)
            if inspect.isawaitable(result):
                await result
        except Exception as error:
            return error
        return None

    def _call_now(self, work: Work) -> bool:
        error: Exception | None = None
        try:
            result = work.handler(work.due)
            if inspect.iscoroutine(result):
                asyncio.run(result)
        except Exception as raised:
            error = raised
        try:
            self._store.commit(self._outcome(work, error))
        except TarlError as refusal:
            self._lost(work, refusal)
            return False
        finally:
            self._running.pop(work.key, None)
        self._count(work, error)
        return error is None

    def _outcome(self, work: Work, error: Exception | None) -> Batch:
        """What is recorded of an attempt, if the claim is still ours."""
        now_ms = self._clock.now_ms()
        attempt = work.due.attempt
        if error is None:
            kind = events.FIRED
            body: dict[str, Any] = {"attempt": attempt, "late_ms": work.late_ms}
        else:
            names = [ancestor.__name__ for ancestor in type(error).__mro__]
            dice = chance(work.due.key.encode(), 0, attempt)
            wait_ms = self._retry.wait_ms(attempt, names, dice)
            kind, body = events.ATTEMPT_FAILED, {"attempt": attempt, "error": _text(error)}
            if wait_ms is not None:
                body["due_at_ms"] = now_ms + wait_ms
        row = self._row(work.key, kind, encode(body), now_ms)
        guards: tuple[Guard, ...] = (holding(work.key, work.claim),)
        changes: tuple[Change, ...] = (giving_up(work.key),)
        return Batch([row], guards=guards, changes=changes)

    def _count(self, work: Work, error: Exception | None) -> None:
        metrics = self._timers.metrics
        if error is None:
            metrics.count("timers.fired")
            metrics.observe("timers.late_ms", work.late_ms)
            return
        metrics.count("timers.attempts_failed")
        log.warning(
            "handler %s of timer %s of %s failed at attempt %d: %s",
            work.timer.handler,
            work.timer.timer_id,
            work.timer.tenant,
            work.due.attempt,
            _text(error),
        )

    def _lost(self, work: Work, refusal: TarlError) -> None:
        """The outcome was not recorded: another process took the timer over, or will."""
        self._timers.metrics.count("timers.outcomes_lost")
        log.warning("timer %s: %s", work.timer.timer_id, refusal.message)

    def _row(self, key: Key, kind: str, body: bytes, now_ms: int) -> Row:
        writer = continued(self._store, stream(*key), tenant=key[0])
        return writer.append(kind, body, at_ms=now_ms)

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(self._renew_s)
            changes = tuple(renewing(key, work.claim) for key, work in self._running.items())
            if changes:
                try:
                    self._store.commit(Batch((), changes=changes), wait_ms=0)
                except TarlError as error:
                    log.warning("claims of timers cannot be renewed now: %s", error.message)


def _text(error: BaseException) -> str:
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:
        text = f"{type(error).__name__}, which cannot be printed"
    return text.encode("utf-8", "replace").decode()[:ERROR_CHARS_MAX]
