"""A run's beginning and end as local activities, and its questions to people as one that waits."""

from __future__ import annotations

from msgspec import Raw
from temporalio import activity as temporal
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from tarl.engines.embedded.asking import ENDED
from tarl.engines.embedded.recorded import closing_event
from tarl.engines.temporal import wire
from tarl.engines.temporal.effects import as_temporal_says
from tarl.engines.temporal.home import Home
from tarl.engines.temporal.record import Addition, RunLog, RunLogs
from tarl.kernel import events
from tarl.kernel.events import DECODERS
from tarl.kernel.marks import Mark
from tarl.kernel.runs import STATUS
from tarl.values.ids import RunId

_read_begin, _read_close, _read_ask = map(wire.reader, (wire.Begin, wire.Close, wire.Ask))
_read_call_off, _read_marked = map(wire.reader, (wire.CallOff, wire.Marked))

ASK_WAIT_MS = 1_000
"""How often it is looked whether people have decided."""


class Records:
    """Keeps the records of runs in one worker."""

    def __init__(self, home: Home, logs: RunLogs) -> None:
        self._home = home
        self._engine = home.engine
        self._logs = logs

    @temporal.defn(name=wire.BEGIN)
    async def begin(self, value: RawValue) -> RawValue:
        """Record that a run begins; its last event where it has ended already, else null."""
        told: wire.Begin = _read_begin(value)
        log, body = self._log(told.run), bytes(told.started)

        def choose() -> Addition | None:
            if log.started is None:
                return Addition([(events.RUN_STARTED, body)])
            _check_same(log, DECODERS[events.RUN_STARTED](body))
            return None

        with as_temporal_says():
            if await log.add(choose):
                self._engine.metrics.count("runs.started")
        if log.closed is None:
            return wire.raw(wire.NOTHING)
        kind, body = log.closed
        return wire.sent(wire.Told(kind=kind, body=Raw(body)))

    @temporal.defn(name=wire.CLOSE)
    async def close(self, value: RawValue) -> None:
        """Record how a run ends; nobody needs to answer what it still asks."""
        told: wire.Close = _read_close(value)
        log = self._log(told.run)

        def choose() -> Addition | None:
            return Addition([(told.kind, bytes(told.closing))]) if log.closed is None else None

        with as_temporal_says():
            if await log.add(choose):
                self._engine.metrics.count("runs.ended", status=STATUS[told.kind])
            self._engine.asking.withdraw(log.run, ENDED)

    @temporal.defn(name=wire.CALL_OFF)
    async def call_off(self, value: RawValue) -> RawValue:
        """Record that nobody waits for a step any more, unless it is over; the body of what is
        recorded if it completed, else null.
        """
        told: wire.CallOff = _read_call_off(value)
        log, scheduled = self._log(told.run), bytes(told.scheduled)
        step: int = DECODERS[events.STEP_SCHEDULED](scheduled).step
        cancelled = events.STEP_CANCELLED, b'{"step":%d}' % step

        def choose() -> Addition | None:
            known = log.steps.get(step)
            if log.closed is not None or (known is not None and known.is_over):
                return None
            first = [(events.STEP_SCHEDULED, scheduled)] if known is None else []
            return Addition([*first, cancelled])

        with as_temporal_says():
            await log.add(choose)
            self._engine.asking.take_back(log.run, lambda other: other != step)
        known = log.steps.get(step)
        completed = known is not None and known.kind == events.STEP_COMPLETED
        return wire.raw(known.body if known is not None and completed else wire.NOTHING)

    @temporal.defn(name=wire.MARK)
    async def mark(self, value: RawValue) -> RawValue:
        """The mark with which a run ended that was cancelled, of which Temporal tells a parent
        nothing but that; null for none.
        """
        told: wire.Marked = _read_marked(value)
        with as_temporal_says():
            last = closing_event(self._engine.store, RunId.from_stream(told.run))
        if last is None or last.body is None:
            return wire.raw(wire.NOTHING)
        mark: Mark | None = DECODERS[last.kind](last.body).taint
        return wire.raw(wire.NOTHING if mark is None else mark.json)

    @temporal.defn(name=wire.ASK)
    async def ask(self, value: RawValue) -> RawValue:
        """Put a request before people, and answer with their decision once there is one."""
        told: wire.Ask = _read_ask(value)
        log, asked = self._log(told.run), DECODERS[events.APPROVAL_REQUESTED](bytes(told.asked))
        with as_temporal_says():
            await log.add(lambda: self._request(log, asked, bytes(told.asked)))
            outcome = self._engine.asking.outcome(log.run, asked.approval)
            if outcome is None:
                said = f"approval {asked.approval} is waited for"
                raise wire.later(said, type="approval.pending", wait_ms=ASK_WAIT_MS)
            return wire.raw(outcome)

    def _request(
        self, log: RunLog, asked: events.ApprovalRequested, body: bytes
    ) -> Addition | None:
        if asked.approval in log.asked:
            return None
        rows = self._engine.asking.request(log.run, asked)
        return Addition([(events.APPROVAL_REQUESTED, body)], rows=rows)

    def _log(self, run: str) -> RunLog:
        return self._logs.of(RunId.from_stream(run))


def _check_same(log: RunLog, wanted: events.RunStarted) -> None:
    """Refuse to go on with a run that the journal knows as another."""
    known = log.started
    assert known is not None
    if (known.engine, known.workflow, known.seed) != (wire.ENGINE, wanted.workflow, wanted.seed):
        raise ApplicationError(
            f"{log.run.ref} exists in the journal with another engine, workflow or input",
            type="run.exists",
            non_retryable=True,
        )
