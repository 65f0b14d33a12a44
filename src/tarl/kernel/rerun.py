"""A whole recorded run replayed against its code: no effect, nothing written, as fast as it goes.

The events stream through in blocks: a block's chain is checked, then its commands are compared with
what the code decides, byte for byte, and its outcomes are delivered. Memory is bounded by the block
and by what the code itself keeps. Nothing is looked up in a journal, so that an exported recording
replays anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec

from tarl.errors import ChainBrokenError, Conflict, Invalid, Missing
from tarl.journal.codec import committed
from tarl.journal.event import ChainCheck, Event
from tarl.journal.upcast import Upcasters
from tarl.kernel import events, guard, ordered
from tarl.kernel.context import Context
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS, UPCASTERS, ErrorRecord, RunStarted
from tarl.kernel.execution import Execution
from tarl.kernel.history import read_started, refuse_elsewhere
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.payload import decode_value
from tarl.kernel.replay import Replay
from tarl.kernel.runs import STATUS, RunStatus
from tarl.kernel.values import Shelf, unshelve
from tarl.values.ids import RunId

BLOCK_EVENTS = 256
"""Events that are read, checked and replayed together: the loops around them then cost nothing."""

LOCAL_CHARS_MAX = 1_000
"""Of a local variable's text, so that a report stays a page."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of the workflow's code that waits: ``function:line``, and its variables as text."""

    place: str
    locals: Mapping[str, str]


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """A command that the code has decided and the replayed events do not hold."""

    kind: str
    body: bytes


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to.

    Attributes:
        events: How many events were replayed.
        steps: How many steps the code asked for in them.
        status: As the replayed events tell; ``running`` when they do not reach the run's end.
        result: The recorded result, as the workflow's declared type.
        error: The recorded error.
        waits: Where the code waits, ``function:line`` from the outermost frame in; empty at its
            end.
        frames: The same with local variables.
        open_steps: Steps without an outcome.
        open_timers: Timers that have not fired.
        ahead: Commands that the code has decided beyond the replayed events.
        code: Digest of the code that recorded the last events.
        same_code: Whether that is the code of this replay.
        digest: The last event's digest, in hex.
    """

    run: RunId
    workflow: str
    events: int
    steps: int
    status: RunStatus
    result: Any
    error: ErrorRecord | None
    waits: tuple[str, ...]
    frames: tuple[Frame, ...]
    open_steps: tuple[int, ...]
    open_timers: tuple[int, ...]
    ahead: tuple[Ahead, ...]
    code: str
    same_code: bool
    digest: str


def rerun(
    workflow: Workflow[..., Any],
    recorded: Iterable[Event],
    *,
    shelf: Shelf,
    limits: Limits = DEFAULT_LIMITS,
    until: int | None = None,
    strict: bool = True,
    upcasters: Upcasters = UPCASTERS,
    look: Callable[[Execution], None] | None = None,
) -> ReplayReport:
    """Replay a run's events, from its first one on, and say where that leads.

    Args:
        workflow: The code, of the recorded name or of another.
        recorded: The whole history, even with ``until``: a patch is known by what follows.
        shelf: Where the run's large values lie.
        limits: The bounds that the run had.
        until: Stop after this event and look at where the code waits.
        strict: Whether a run that has ended must end exactly there, under the recorded name.
        upcasters: How events of older kinds are read.
        look: Shown the code where it has come to, before it is let go.

    Raises:
        NondeterminismError: the code does something else than the recording; shows both sides.
        ChainBrokenError: the recording is damaged.
        Corrupt: it is whole, and still no run can have gone like this.
        Missing: it is empty, erased, shorter than ``until`` or without one of its large values.
        Conflict: it is of another workflow (``replay.workflow``), or another engine keeps the rest
            of it (``run.elsewhere``).
    """
    if until is not None and until < 1:
        raise Invalid(f"events count from 1, not {until}", code="replay.until")
    guard.install()
    ordered.install()
    history = _History(recorded, upcasters)
    first = history.first
    started = read_started(first)
    if strict and started.workflow != workflow.name:
        raise Conflict(
            f"the recording is of {started.workflow!r}, not of {workflow.name!r}",
            code="replay.workflow",
            next_step="replay with the workflow of that name",
        )
    run = RunId.from_stream(first.stream)
    refuse_elsewhere(run, started)
    values = _Values(shelf, sealed=first.commitment is not None)
    patches = _RecordedPatches(history)
    execution = Execution(
        workflow,
        run=run,
        seed=bytes.fromhex(started.seed),
        shelf=values,
        limits=limits,
        patches=patches,
    )
    replay = patches.replay = Replay(execution, fork_at=started.fork_at or 0)
    try:
        _feed(replay, history, started, until=until)
        if strict and history.last.kind in events.CLOSING:
            replay.finish()
        if look is not None:
            look(execution)
        return _report(replay, history, started, values)
    finally:
        execution.stop()


def _feed(replay: Replay, history: _History, started: RunStarted, *, until: int | None) -> None:
    execution = replay.execution
    # The code always counts as replaying: it stays silent, and `patched` asks the history alone.
    execution.replaying = True
    at_ms = history.first.recorded_at_ms
    execution.begin(bytes(started.input), at_ms=at_ms, taint=started.taint)
    replay.events = 1
    if execution.defect is not None:
        raise execution.defect
    while until is None or replay.events < until:
        count = BLOCK_EVENTS if until is None else min(BLOCK_EVENTS, until - replay.events)
        block = history.next_block(count)
        if not block:
            break
        replay.feed_all(block)
    if until is not None and replay.events < until:
        raise Missing(
            f"{execution.run.ref} has {replay.events} events, not {until}",
            code="run.no_event",
            run=execution.run.ref,
            until=until,
        )


def _report(replay: Replay, history: _History, started: RunStarted, shelf: Shelf) -> ReplayReport:
    execution, last = replay.execution, history.last
    status: RunStatus = "running"
    result, error = None, None
    if last.kind in events.CLOSING:
        closing = DECODERS[last.kind](last.body or b"")
        status = STATUS[last.kind]
        if last.kind == events.RUN_FAILED:
            error = closing.error
        elif last.kind == events.RUN_COMPLETED:
            data = unshelve(bytes(closing.result), shelf=shelf)
            result = decode_value(data, execution.workflow.result_type)
    frames = tuple(
        Frame(place=place, locals={name: _text(value) for name, value in variables.items()})
        for place, variables in execution.frames()
    )
    code = replay.code or started.code
    return ReplayReport(
        run=execution.run,
        workflow=started.workflow,
        events=replay.events,
        steps=replay.steps,
        status=status,
        result=result,
        error=error,
        waits=tuple(frame.place for frame in frames),
        frames=frames,
        open_steps=tuple(sorted(replay.open_steps)),
        open_timers=tuple(sorted(replay.open_timers)),
        ahead=tuple(Ahead(kind=c.kind, body=c.body) for c in execution.commands),
        code=code,
        same_code=code == execution.workflow.code_digest,
        digest=last.digest.hex(),
    )


class _History:
    """The recorded events: the first one, the others in blocks, and a look at what follows.

    What is handed out is checked; ``last`` is the last event of it.
    """

    def __init__(self, recorded: Iterable[Event], upcasters: Upcasters) -> None:
        self._source = iter(recorded)
        self._upcasters = upcasters
        self._block: list[Event] = []
        self._ahead: list[Event] = []
        first = next(self._source, None)
        if first is None:
            raise Missing("the recording holds no event", code="run.missing")
        self._chain = ChainCheck(first.stream)
        self.first = self.last = self._checked([first])[0]

    def next_block(self, count: int) -> list[Event]:
        """The next events, at most ``count``, checked and in today's kinds; none at the end."""
        block = self._ahead[:count]
        del self._ahead[:count]
        if len(block) < count:
            block += islice(self._source, count - len(block))
        self._block = self._checked(block)
        if block:
            self.last = self._block[-1]
        return self._block

    def following(self, seq: int) -> Iterator[Event]:
        """The events after one of the present block, read ahead and not yet checked."""
        if self._block:
            yield from self._block[seq + 1 - self._block[0].seq :]
        at = 0
        while True:
            if at == len(self._ahead):
                event = next(self._source, None)
                if event is None:
                    return
                self._ahead.append(event)
            event = self._ahead[at]
            yield self._upcasters.read(event) if event.kind in self._upcasters else event
            at += 1

    def _checked(self, block: list[Event]) -> list[Event]:
        self._chain.check_all(block)
        upcasters = self._upcasters
        for event in block:
            if event.opening is not None and event.body is not None:
                _check_opening(event)
        if any(event.kind in upcasters for event in block):
            return [upcasters.read(event) if event.kind in upcasters else event for event in block]
        return block


class _RecordedPatches:
    """The patches that the code takes the new side of: those that the history marks right there.

    The commands that the code has issued and that are still to be matched come first in what
    follows; a marker is the command after them. Where the history is over before, the code is on
    new ground, and takes the new side.
    """

    def __init__(self, history: _History) -> None:
        self.replay: Replay | None = None
        self._history = history

    def __contains__(self, patch: object) -> bool:
        assert self.replay is not None
        issued = len(self.replay.execution.commands)
        for event in self._history.following(self.replay.seq):
            if event.kind not in events.COMMANDS:
                continue
            if issued == 0:
                is_marker = event.kind == events.PATCH_MARKED and event.body is not None
                return is_marker and DECODERS[event.kind](event.body or b"").id == patch
            issued -= 1
        return True


class _Values(Shelf):
    """The run's large values, and the digests under which the code's own would be kept."""

    def __init__(self, shelf: Shelf, *, sealed: bool) -> None:
        self._shelf = shelf
        self._sealed = sealed

    def put(self, data: bytes) -> str:
        if not self._sealed:
            return sha256(data).hexdigest()
        with guard.suspended():
            return self._shelf.put(data)

    def get(self, digest: str) -> bytes:
        with guard.suspended():
            return self._shelf.get(digest)


def _check_opening(event: Event) -> None:
    assert event.opening is not None
    assert event.body is not None
    if committed(event.opening, event.body) != event.commitment:
        raise ChainBrokenError(
            f"{event.stream}: event {event.seq} has another body than it commits to",
            stream=event.stream,
            seq=event.seq,
        )


def _text(value: Any) -> str:
    if isinstance(value, Context):
        return "(the context)"
    try:
        text = repr(value)
    except Exception as error:
        return f"(cannot be shown: {type(error).__name__})"
    return text if len(text) <= LOCAL_CHARS_MAX else text[:LOCAL_CHARS_MAX] + "…"
