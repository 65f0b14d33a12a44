"""Runs on their way in: new ones, and ones brought back from their history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.live_run import LiveRun
from tarl.engines.embedded.starts import NO_ORIGIN, Origin, seed_of, started_under
from tarl.errors import ChainBrokenError
from tarl.journal.event import Event
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, history
from tarl.kernel.acting import Acting
from tarl.kernel.commands import Command
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS, UPCASTERS, RunStarted
from tarl.kernel.execution import Execution
from tarl.kernel.replay import Replay, unknown_outcome
from tarl.kernel.values import shelve
from tarl.values.ids import RunId


class Recording:
    """A run's history read from its first event on, keeping what continuing it needs to know."""

    def __init__(self, engine: Engine, run: RunId) -> None:
        self._events = history.verified(run.stream, engine.store.read(run.stream))
        first = next(self._events, None)
        if first is None:
            raise history.no_run(run.ref)
        self.first = first
        self.last = first
        self.started = history.read_started(first)
        self.code = self.started.code

    def __iter__(self) -> Iterator[Event]:
        for stored in self._events:
            event = UPCASTERS.read(stored) if stored.kind in UPCASTERS else stored
            self.last = event
            if event.kind == events.CODE_CHANGED and event.body is not None:
                self.code = DECODERS[event.kind](event.body).code
            yield event


def begin(
    engine: Engine,
    workflow: Workflow[..., Any],
    run: RunId,
    input_json: bytes,
    *,
    origin: Origin = NO_ORIGIN,
) -> LiveRun:
    """Start a new run that this engine already owns; its code begins once its start is on disk."""
    input_json = engine.gateway.screen.input(run, workflow.name, input_json)
    workflow.check_input(input_json)
    seed = seed_of(run, input_json)
    acting = origin.acting
    live = _live(engine, workflow, run, seed=seed, head=None, epoch=1, acting=acting)
    limit = engine.limits.inline_bytes_max
    held = shelve(input_json, shelf=live, inline_bytes_max=limit)
    taint = started_under(workflow, run, origin.taint)
    body = events.run_started(
        code=workflow.code_digest,
        seed=seed,
        workflow=workflow.name,
        input_json=held,
        parentage=origin.parentage,
        acting=acting,
        taint=taint,
    )
    live.start(body, input_json, taint)
    return live


def reopen(engine: Engine, workflow: Workflow[..., Any], run: RunId) -> LiveRun:
    """Bring a run back from its history and let it go on; the engine owns its stream already.

    Raises:
        Conflict: another engine drives it (``run.elsewhere``).
        NondeterminismError: the code does not do what its history says.
        UnknownOutcome: a non-idempotent step was cut off and nobody has decided about it.
        ChainBrokenError: the history is damaged.
    """
    recording = Recording(engine, run)
    history.refuse_elsewhere(run, recording.started)
    epoch = engine.store.take_over(run.stream)
    started = recording.started
    live = _live(
        engine,
        workflow,
        run,
        seed=started.seed,
        head=recording.first,
        epoch=epoch,
        acting=started.acting,
    )
    try:
        replay = replay_recorded(live.execution, recording.first, started, iter(recording))
        _check_head(engine, run, recording.last)
        changed = workflow.code_digest if recording.code != workflow.code_digest else None
        live.go_on(recording.last, replay, _steps_to_run(replay), code_digest=changed)
    except BaseException as error:
        live.interrupt(error)
        raise
    return live


def replay_recorded(
    execution: Execution, first: Event, started: RunStarted, following: Iterator[Event]
) -> Replay:
    """Feed the recorded events; the code replays up to its last recorded command, not beyond."""
    replay = Replay(execution, fork_at=started.fork_at or 0)
    passage = _passage(following)
    execution.replaying = _has_command(passage)
    execution.begin(bytes(started.input), at_ms=first.recorded_at_ms, taint=started.taint)
    while passage:
        # The outcomes of a passage make the code decide on the command that it ends with.
        execution.replaying = _has_command(passage)
        for event in passage:
            replay.feed(event)
        passage = _passage(following)
    execution.replaying = False
    return replay


def _has_command(passage: list[Event]) -> bool:
    return bool(passage) and passage[-1].kind in events.COMMANDS


def _passage(following: Iterator[Event]) -> list[Event]:
    """The next events up to a command of the code, which is the last of them; or what is left."""
    passage = []
    for event in following:
        passage.append(event)
        if event.kind in events.COMMANDS:
            break
    return passage


def _live(
    engine: Engine,
    workflow: Workflow[..., Any],
    run: RunId,
    *,
    seed: str,
    head: Event | None,
    epoch: int,
    acting: Acting | None,
) -> LiveRun:
    codec = engine.store.codec.as_in(head)
    writer = StreamWriter(run.stream, tenant=run.tenant, codec=codec)
    patches = frozenset() if head is None else history.patches(engine.store, run)
    return LiveRun(
        engine,
        workflow,
        run=run,
        seed=bytes.fromhex(seed),
        patches=patches,
        writer=writer,
        epoch=epoch,
        acting=acting,
    )


def _steps_to_run(replay: Replay) -> list[Command]:
    steps = []
    for number, command in sorted(replay.open_steps.items()):
        assert command.activity is not None
        attempts = replay.attempts.get(number)
        is_known = number in replay.retries or (attempts is not None and attempts.is_waiting)
        if not command.activity.idempotent and not is_known:
            raise unknown_outcome(replay.execution, command)
        steps.append(command)
    return steps


def _check_head(engine: Engine, run: RunId, last: Event) -> None:
    head = engine.store.head(run.stream)
    if head is None or head.seq != last.seq:
        raise ChainBrokenError(
            f"{run.stream} ends at {head.seq if head else 0}, but {last.seq} events were read",
            code="journal.gap",
            stream=run.stream,
        )
