"""How a run went: each step, child and approval as a task, its values by the digest of their
canonical JSON. A value that lies in a blob has the digest of what lies there.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

from tarl.journal.event import Event
from tarl.kernel import events
from tarl.kernel.events import DECODERS, UPCASTERS
from tarl.kernel.values import Kept, is_digested, unshelve
from tarl.provenance.bom.graph import Facts, Formulation, Moment, Passed, Task
from tarl.values.canonical import encode


def formulation_of(
    recorded: Iterable[Event], *, shelf: Kept, runtime: Facts = ()
) -> Formulation | None:
    """A run as its events tell it; None where its beginning is erased.

    Args:
        recorded: The run's events, from the first on.
        shelf: Its large values.
        runtime: What it ran on.
    """
    course = _Course(shelf)
    for event in recorded:
        if event.body is None:
            continue
        course.take(UPCASTERS.read(event) if event.kind in UPCASTERS else event)
    return course.whole(runtime)


class _Draft:
    """A task while its events pass."""

    def __init__(self, uid: str, name: str, began_ms: int) -> None:
        self.uid = uid
        self.name = name
        self.began_ms = began_ms
        self.ended_ms: int | None = None
        self.status = "open"
        self.inputs: list[Passed] = []
        self.outputs: list[Passed] = []
        self.moments: list[Moment] = []
        self.facts: dict[str, str] = {}

    def end(self, status: str, at_ms: int) -> None:
        """It ended so."""
        self.status = status
        self.ended_ms = at_ms

    def task(self) -> Task:
        """The task as a value."""
        return Task(
            uid=self.uid,
            name=self.name,
            status=self.status,
            began_ms=self.began_ms,
            ended_ms=self.ended_ms,
            inputs=tuple(self.inputs),
            outputs=tuple(self.outputs),
            moments=tuple(self.moments),
            facts=tuple(sorted(self.facts.items())),
        )


class _Course:
    """Folds a run's events into tasks."""

    def __init__(self, shelf: Kept) -> None:
        self._shelf = shelf
        self._run: _Draft | None = None
        self._tasks: dict[str, _Draft] = {}

    def take(self, event: Event) -> None:
        """Go on with the next event."""
        said = DECODERS[event.kind](event.body or b"")
        if event.kind == events.RUN_STARTED:
            self._run = self._started(event, said)
        elif event.kind in events.CLOSING and self._run is not None:
            self._closed(self._run, event, said)
        elif event.kind in _OPENING:
            draft = self._opened(event, said)
            self._tasks[draft.uid] = draft
        uid = _uid(said)
        if uid in self._tasks:
            draft = self._tasks[uid]
            kind, at_ms = event.kind, event.recorded_at_ms
            draft.moments.append(Moment(seq=event.seq, kind=kind, at_ms=at_ms))
            if kind in _ENDING:
                self._ended(draft, event, said)

    def whole(self, runtime: Facts) -> Formulation | None:
        """The run as it went so far."""
        run = self._run
        if run is None:
            return None
        return Formulation(
            uid=run.uid,
            name=run.name,
            status=run.status,
            began_ms=run.began_ms,
            ended_ms=run.ended_ms,
            inputs=tuple(run.inputs),
            outputs=tuple(run.outputs),
            tasks=tuple(draft.task() for draft in self._tasks.values()),
            runtime=runtime,
            facts=tuple(sorted(run.facts.items())),
        )

    def _started(self, event: Event, said: events.RunStarted) -> _Draft:
        run = _Draft(event.stream, said.workflow, event.recorded_at_ms)
        run.inputs.append(self._passed("input", said.input))
        run.facts["code"] = said.code
        for name in ("agent", "task", "parent", "fork_of", "continues"):
            value = getattr(said, name)
            if value is not None:
                run.facts[name] = value
        return run

    def _closed(self, run: _Draft, event: Event, said: Any) -> None:
        run.end(_word(event.kind), event.recorded_at_ms)
        run.outputs += self._results(said)

    def _opened(self, event: Event, said: Any) -> _Draft:
        uid, at_ms = _uid(said), event.recorded_at_ms
        if isinstance(said, events.StepScheduled):
            draft = _Draft(uid, said.activity, at_ms)
            draft.inputs.append(self._passed("args", said.args))
            if bytes(said.kwargs) != b"{}":
                draft.inputs.append(self._passed("kwargs", said.kwargs))
            draft.facts["mode"] = said.mode
        elif isinstance(said, events.ChildStarted):
            draft = _Draft(uid, said.workflow, at_ms)
            draft.inputs.append(self._passed("input", said.input))
            draft.facts["child"] = said.id
        else:
            draft = _Draft(uid, "approval", at_ms)
            draft.inputs.append(self._passed("request", said.request))
        for name in ("agent", "task"):
            value = getattr(said, name, None)
            if value is not None:
                draft.facts[name] = value
        return draft

    def _ended(self, draft: _Draft, event: Event, said: Any) -> None:
        draft.end(_word(event.kind), event.recorded_at_ms)
        draft.outputs += self._results(said)

    def _results(self, said: Any) -> list[Passed]:
        found = []
        for name in ("result", "outcome", "input"):
            value = getattr(said, name, None)
            if isinstance(value, msgspec.Raw):
                found.append(self._passed(name, value))
        error = getattr(said, "error", None)
        if error is not None:
            data = events.error_json(error)
            found.append(_of_bytes("error", data))
        reasons = getattr(said, "reasons", None)
        if reasons is not None:
            found.append(_of_bytes("error", encode(reasons)))
        return found

    def _passed(self, name: str, raw: msgspec.Raw) -> Passed:
        data = bytes(raw)
        if is_digested(data):
            held = _digested(data).digest
            return Passed(name=name, sha256=held.sha256, size_bytes=held.size)
        return _of_bytes(name, unshelve(data, shelf=self._shelf))


_OPENING = frozenset({events.STEP_SCHEDULED, events.CHILD_STARTED, events.APPROVAL_REQUESTED})
_ENDING = frozenset(
    {
        events.STEP_COMPLETED,
        events.STEP_FAILED,
        events.STEP_DENIED,
        events.STEP_CANCELLED,
        events.CHILD_COMPLETED,
        events.CHILD_FAILED,
        events.CHILD_CANCELLED,
        events.APPROVAL_RECEIVED,
    }
)


class _Held(msgspec.Struct, frozen=True):
    sha256: str
    size: int


class _Digested(msgspec.Struct, frozen=True):
    digest: _Held = msgspec.field(name="$digest")


_digested = msgspec.json.Decoder(_Digested).decode


def _uid(said: Any) -> str:
    """The task that an event is about; empty when it is about none."""
    for name in ("step", "child", "approval"):
        value = getattr(said, name, None)
        if value is not None and not isinstance(said, events.RunStarted):
            return f"{name}-{value}"
    return ""


def _word(kind: str) -> str:
    return kind.partition(".")[2].partition("/")[0]


def _of_bytes(name: str, data: bytes) -> Passed:
    return Passed(name=name, sha256=sha256(data).hexdigest(), size_bytes=len(data))
