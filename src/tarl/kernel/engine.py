"""The port of engines: what anybody outside can do with runs, whoever drives them.

tarl's own engine (``tarl.engines.embedded``) and Temporal (``tarl.engines.temporal``) fill it; the
command line, the HTTP interface and the conformance suite hold either.

1. A run is named by a ``RunId`` or by what a person writes: ``id``, ``id/n``, ``tenant/id/n``.
2. Instants are milliseconds since 1970; durations name their unit.
3. An engine opened for one tenant starts, tells, asks and lists that tenant's runs only.
4. A run's history is told in the kinds and bodies of ``kernel.events``, in the order in which the
   engine took it in.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec
from msgspec import Meta

from tarl.errors import Invalid, TarlError
from tarl.kernel import events
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS
from tarl.kernel.runs import RunStatus
from tarl.values.canonical import encode
from tarl.values.ids import RunId

LISTED_MAX = 10_000
"""Runs in one list: as many as are held in memory to put them in order."""

UPDATE_TIMEOUT_S = 60.0


class RunListed(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a list; ``workflow`` is None once the key that sealed it is gone."""

    run: RunId
    workflow: str | None
    status: RunStatus
    started_at_ms: int
    ended_at_ms: int | None = None


class Cursor(NamedTuple):
    """Where a list of runs goes on: behind the run that started then, the newest first; of those
    that started at one time, behind the run of that name.
    """

    started_at_ms: int
    run: RunId

    @classmethod
    def behind(cls, listed: RunListed) -> Cursor:
        """Where a list goes on that ended with a run."""
        return cls(listed.started_at_ms, listed.run)

    @property
    def text(self) -> str:
        """The cursor as it is handed out and taken back; it holds nothing to be relied upon."""
        return urlsafe_b64encode(encode([self.started_at_ms, self.run.stream])).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that was handed out so.

        Raises:
            Invalid: none was (``runs.cursor``).
        """
        try:
            held = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            started_at_ms, stream = _read_cursor(held)
            return cls(started_at_ms, RunId.from_stream(stream))
        except (ValueError, msgspec.MsgspecError, TarlError) as error:
            raise Invalid(
                "no list of runs goes on there: that is no cursor",
                code="runs.cursor",
                next_step="hand back, as it was, what the page before gave; or begin at the front",
            ) from error


_read_cursor = msgspec.json.Decoder(tuple[Annotated[int, Meta(ge=0, le=2**53)], str]).decode


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a run's history: its number from 1, when, and what; see ``kernel.events``."""

    seq: int
    at_ms: int
    kind: str
    body: bytes


class OpenTimer(msgspec.Struct, frozen=True, kw_only=True):
    """A timer that has not fired: its number in the run, and when it is due."""

    timer: int
    due_at_ms: int


class OpenChild(msgspec.Struct, frozen=True, kw_only=True):
    """A child whose end its parent has not seen: its number in the parent, and its run."""

    child: int
    run: RunId
    workflow: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay of a run's whole history came to: how many entries and steps it has, and how
    the run stands.
    """

    run: RunId
    workflow: str
    events: int
    steps: int
    status: RunStatus


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as it is now.

    Attributes:
        status: ``active``, ``paused`` or ``finished``.
        spec: A ``work.schedules.spec.Spec``; None once the key that sealed it is gone.
        note: Why it is paused.
        next_ms: When it starts a run next.
        fired: Runs started so far.
        skipped: Times that were left out.
        waiting: Times that wait for earlier runs.
        open: The runs that are under way, as people name them.
        last_ms: The last nominal time that was met.
        last_run: The run that was started for it.
    """

    tenant: str
    schedule_id: str
    status: str
    spec: Any
    note: str = ""
    next_ms: int | None = None
    fired: int = 0
    skipped: int = 0
    waiting: int = 0
    open: tuple[str, ...] = ()
    last_ms: int | None = None
    last_run: str | None = None


class Started(Protocol):
    """A run that was started or attached to."""

    @property
    def run_id(self) -> RunId:
        """Which one."""

    async def result(self) -> Any:
        """Wait for its result; see ``EnginePort.result``."""


class SchedulesPort(Protocol):
    """The schedules of an engine; ``tenant`` is the engine's own when left out, ``spec`` a
    ``work.schedules.spec.Spec``.
    """

    async def create(self, schedule_id: str, spec: Any, *, tenant: str | None = None) -> Scheduled:
        """A new schedule.

        Raises:
            Conflict: it exists (``schedule.exists``).
            Invalid: it can never fire (``schedule.never``), or is malformed.
        """

    async def change(self, schedule_id: str, spec: Any, *, tenant: str | None = None) -> Scheduled:
        """Another specification from now on.

        Raises:
            Missing: no such schedule (``schedule.missing``); so do all that follow.
            Invalid: it is malformed.
        """

    async def pause(
        self, schedule_id: str, *, note: str = "", tenant: str | None = None
    ) -> Scheduled:
        """Let its times pass by until it is resumed."""

    async def resume(
        self, schedule_id: str, *, note: str = "", tenant: str | None = None
    ) -> Scheduled:
        """Count its times again, from now on."""

    async def trigger(
        self, schedule_id: str, *, overlap: Any = None, tenant: str | None = None
    ) -> Scheduled:
        """Ask for a run now, beside its own times; also while it is paused."""

    async def backfill(
        self,
        schedule_id: str,
        *,
        from_ms: int,
        until_ms: int,
        overlap: Any = None,
        tenant: str | None = None,
    ) -> Scheduled:
        """Ask for the runs of its times with ``from_ms <= time < until_ms``."""

    async def delete(self, schedule_id: str, *, tenant: str | None = None) -> None:
        """Let nothing fire any more; runs that were started go on."""

    async def get(self, schedule_id: str, *, tenant: str | None = None) -> Scheduled:
        """One schedule."""

    def ls(self, *, tenant: str | None = None, limit: int = 100) -> AsyncIterator[Scheduled]:
        """The schedules that are not deleted, by tenant and id, at most ``limit``."""


class EnginePort(Protocol):
    """An engine, as those see it who start runs and talk to them."""

    @property
    def name(self) -> str:
        """``tarl`` or ``temporal``."""

    @property
    def schedules(self) -> SchedulesPort:
        """Its schedules."""

    async def start(
        self,
        workflow: Workflow[..., Any],
        input: Any = None,
        *,
        id: str | None = None,
        tenant: str | None = None,
        new_run: bool = False,
        agent: str | None = None,
        task: str | None = None,
    ) -> Started:
        """Start a workflow, or attach to the run of that id.

        Raises:
            Invalid: the code would not replay, or the input does not fit.
            Conflict: the id has a run with another workflow or input (``run.exists``).
        """

    async def run(self, workflow: Workflow[..., Any], input: Any = None, **start: Any) -> Any:
        """Start a workflow, or attach, and wait for the result; see ``start`` and ``result``."""

    async def result(self, run: RunId | str, workflow: Workflow[..., Any] | None = None) -> Any:
        """Wait for a run's end, as its workflow's declared type where the code is known.

        Raises:
            Missing: no such run.
            RunFailed: it ended with an error, was cancelled or terminated.
        """

    async def signal(self, run: RunId | str, name: str, payload: Any = None) -> None:
        """Send a signal; it is durable when this returns.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
            Invalid: a payload without a JSON form.
        """

    async def query(self, run: RunId | str, name: str, *args: Any) -> Any:
        """Ask a run, under way or ended, what it sees.

        Raises:
            Missing: no such run or query.
        """

    async def update(
        self,
        run: RunId | str,
        name: str,
        payload: Any = None,
        *,
        timeout_s: float = UPDATE_TIMEOUT_S,
    ) -> Any:
        """Send an update and wait for the answer.

        Raises:
            Missing: no such run.
            Conflict: refused (``update.rejected``), failed (``update.failed``), or the run has
                ended (``run.ended``).
            Unavailable: no answer in time (``update.no_answer``); it may still come.
        """

    async def cancel(self, run: RunId | str, *, reason: str = "") -> None:
        """Ask a run to stop; its code may clean up.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
        """

    async def terminate(self, run: RunId | str, *, reason: str = "") -> None:
        """End a run at once; its code does not get to clean up.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
        """

    def list(
        self,
        *,
        tenant: str | None = None,
        workflow: str | None = None,
        status: RunStatus | None = None,
        limit: int = 100,
        after: Cursor | None = None,
    ) -> AsyncIterator[RunListed]:
        """Runs, the newest first, at most ``limit``; those of a tenant, a workflow's wire name or a
        status where one is given, and behind ``after``. Runs that start while a list is read by
        pages are not in its later pages, and none that was there is left out.

        Raises:
            Invalid: a limit that is none (``runs.limit``).
        """

    def history(self, run: RunId | str) -> AsyncIterator[Moment]:
        """What has happened in a run so far, from its first entry on.

        Raises:
            Missing: no such run, or what it held is erased (``journal.erased``).
        """

    async def timers(self, run: RunId | str) -> tuple[OpenTimer, ...]:
        """A run's timers that have not fired, in the order in which they were set.

        Raises:
            Missing: no such run.
        """

    async def children(self, run: RunId | str) -> tuple[OpenChild, ...]:
        """A run's children whose end it has not seen, in the order in which they were asked for.

        Raises:
            Missing: no such run.
        """

    async def replay(self, run: RunId | str, *, strict: bool = True) -> Replayed:
        """Replay a run's history against the code that is loaded, without any effect.

        Args:
            run: Which one.
            strict: Whether a run that has ended must end exactly there.

        Raises:
            Missing: no such run, or its workflow's code is not loaded.
            NondeterminismError: the code does something else than the history says.
        """


def checked_limit(limit: int) -> int:
    """The limit of a list, if it can be one.

    Raises:
        Invalid: it cannot (``runs.limit``).
    """
    if not 1 <= limit <= LISTED_MAX:
        raise Invalid(
            f"a list has 1 to {LISTED_MAX} runs, not {limit}",
            code="runs.limit",
            next_step="ask for fewer, of one tenant, workflow or status",
            limit=limit,
        )
    return limit


async def open_timers(history: AsyncIterator[Moment]) -> tuple[OpenTimer, ...]:
    """The timers that a history leaves open."""
    found: dict[int, OpenTimer] = {}
    async for moment in history:
        if moment.kind == events.TIMER_STARTED:
            told = DECODERS[moment.kind](moment.body)
            due_at_ms = moment.at_ms + told.delay_ms
            found[told.timer] = OpenTimer(timer=told.timer, due_at_ms=due_at_ms)
        elif moment.kind in (events.TIMER_FIRED, events.TIMER_CANCELLED):
            found.pop(DECODERS[moment.kind](moment.body).timer, None)
        elif moment.kind in events.CLOSING:
            return ()
    return tuple(found.values())


async def open_children(history: AsyncIterator[Moment]) -> tuple[events.ChildStarted, ...]:
    """The children that a history leaves open; those of a run that has ended too, which may outlive
    it.
    """
    found: dict[int, events.ChildStarted] = {}
    async for moment in history:
        if moment.kind == events.CHILD_STARTED:
            told = DECODERS[moment.kind](moment.body)
            found[told.child] = told
        elif moment.kind in (events.CHILD_COMPLETED, events.CHILD_FAILED):
            found.pop(DECODERS[moment.kind](moment.body).child, None)
    return tuple(found.values())
