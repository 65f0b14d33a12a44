"""How a run's first event comes to be: started by somebody, or as another run's continuation."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.engines.embedded.handover import unread_rows
from tarl.journal.event import Row
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, history
from tarl.kernel.acting import Acting
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS, Parentage
from tarl.kernel.marks import INPUT, Mark
from tarl.values.digest import length_prefixed
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine


class Origin(NamedTuple):
    """Whose child a run is, for whom it acts, and the mark of what its input was made of, if
    anybody's, for anybody and of anything untrusted.
    """

    parentage: Parentage | None = None
    acting: Acting | None = None
    taint: Mark | None = None


NO_ORIGIN = Origin()


def seed_of(run: RunId, input_json: bytes) -> str:
    """What a run's chance and identifiers derive from, in hex: its name and its input."""
    fields = (b"tarl.seed/1", run.stream.encode(), sha256(input_json).digest())
    return sha256(length_prefixed(*fields)).hexdigest()


def started_under(workflow: Workflow[..., Any], run: RunId, taint: Mark | None) -> Mark | None:
    """The mark that a run begins with: that of whoever began it, or of its own input."""
    if workflow.untrusted and (taint is None or taint.said == "assumed"):
        return Mark(source=INPUT, place=run.ref, said="declared")
    return taint


def continuation(
    engine: Engine,
    workflow: Workflow[..., Any],
    run: RunId,
    body: bytes,
    *,
    unread: Sequence[tuple[str, bytes]],
) -> list[Row]:
    """The rows that start the run as which ``run`` goes on, by its ``run.continued/1``, with the
    signals that it has not read.
    """
    going_on = DECODERS[events.RUN_CONTINUED](body)
    held = bytes(going_on.input)
    following = RunId(run.tenant, run.workflow_id, run.n + 1)
    first = next(engine.store.read(run.stream, until=1), None)
    codec = engine.store.codec.as_in(first)
    writer = StreamWriter(following.stream, tenant=following.tenant, codec=codec)
    started = events.run_started(
        code=workflow.code_digest,
        seed=seed_of(following, held),
        workflow=workflow.name,
        input_json=held,
        continues=run.stream.removeprefix("run/"),
        acting=None if first is None else history.read_started(first).acting,
        taint=started_under(workflow, following, going_on.taint),
    )
    at_ms = engine.clock.now_ms()
    return [
        writer.append(events.RUN_STARTED, started, at_ms=at_ms),
        *unread_rows(following, unread, codec=codec, at_ms=at_ms),
    ]
