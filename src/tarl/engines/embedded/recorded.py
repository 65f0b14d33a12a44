"""What people write into a run's own stream while nobody runs it: decisions and terminations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tarl.engines.embedded.asking import ENDED
from tarl.errors import Conflict, Missing
from tarl.journal.event import Event, Row
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, history
from tarl.kernel.approvals.register import TRIES_MAX
from tarl.kernel.events import DECODERS, ErrorRecord
from tarl.kernel.payload import encode_value
from tarl.values.canonical import quote
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine


_ASKING = frozenset({events.APPROVAL_REQUESTED, events.STEP_SCHEDULED})
"""What may have asked people something: the run's code, or a gate about a step of its."""


def last_event(store: Store, run: RunId) -> Event | None:
    """Where a run has come to."""
    head = store.head(run.stream)
    return None if head is None else next(store.read(run.stream, after=head.seq - 1), None)


def continued(store: Store, run: RunId) -> RunId:
    """The last of the runs as which a run went on; itself when it did not."""
    while (last := last_event(store, run)) is not None and last.kind == events.RUN_CONTINUED:
        run = RunId(run.tenant, run.workflow_id, run.n + 1)
    return run


def closing_event(store: Store, run: RunId) -> Event | None:
    """The event that closed a run, or the last of those as which it went on; None if it is open."""
    last = last_event(store, continued(store, run))
    return None if last is None or last.kind not in events.CLOSING else last


def record_decision(
    engine: Engine, run: RunId, step: int, *, result: Any, error: str | None, retry: bool
) -> None:
    """Decide about a step that was cut off; see ``Runtime.resolve``."""
    store = engine.store
    decided = [
        e.kind
        for e in history.verified(run.stream, store.read(run.stream))
        if e.body is not None
        and e.kind.startswith("step.")
        and DECODERS[e.kind](e.body).step == step
    ]
    if not decided:
        raise Missing(f"{run.ref} has no step {step}", code="step.missing", step=step)
    if decided[-1] not in (events.STEP_SCHEDULED, events.STEP_RETRIED):
        raise Conflict(
            f"step {step} of {run.ref} is decided already: {decided[-1]}",
            code="step.decided",
            step=step,
        )
    if retry:
        kind, body = events.STEP_RETRY_ALLOWED, b'{"step":%d}' % step
    elif error is not None:
        record = ErrorRecord(type="Resolved", message=error)
        kind, body = events.STEP_FAILED, events.step_failed(record, step)
    else:
        limit = engine.limits.inline_bytes_max
        data = encode_value(result, name="the result", bytes_max=limit)
        kind, body = events.STEP_COMPLETED, events.step_completed(data, step)
    _append(engine, run, kind, body, observed=b'{"resolved_by":"operator"}')


def record_termination(engine: Engine, run: RunId, reason: str) -> None:
    """End a run that nobody runs, and take back what it or its effects ask people, in one commit.

    The caller owns the run's stream, so that only votes can come between.
    """
    body = b'{"reason":%b}' % quote(reason)
    observed = b'{"terminated_by":"operator"}'
    asks = any(e.kind in _ASKING for e in engine.store.read(run.stream))
    for left in reversed(range(TRIES_MAX)):
        withdrawn = engine.asking.withdrawn(run, ENDED) if asks else ()
        try:
            _append(engine, run, events.RUN_TERMINATED, body, observed=observed, also=withdrawn)
        except Conflict as error:
            if error.code != "journal.position" or not withdrawn or not left:
                raise
        else:
            return


def _append(
    engine: Engine,
    run: RunId,
    kind: str,
    body: bytes,
    *,
    observed: bytes,
    also: Sequence[Row] = (),
) -> None:
    store = engine.store
    head = store.head(run.stream)
    assert head is not None
    codec = store.codec.as_in(next(store.read(run.stream, until=1), None))
    writer = StreamWriter(run.stream, tenant=run.tenant, codec=codec)
    writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    row = writer.append(kind, body, at_ms=engine.clock.now_ms(), observed=observed)
    store.commit(Batch([row, *also]))
