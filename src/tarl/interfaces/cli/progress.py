"""A run's steps on stderr as they complete, read from the journal like anybody else would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from tarl.interfaces.cli.output import Output
from tarl.interfaces.cli.program import command
from tarl.values.ids import RunId
from tarl.values.instants import isoformat_ms

if TYPE_CHECKING:
    from tarl.journal.event import Event
    from tarl.journal.store import Store

LOOK_EVERY_S = 0.1
LINES_A_LOOK_MAX = 20
"""More steps than this between two looks are counted, not listed."""

REASON_CHARS_MAX = 200
"""Of an error's text; the whole of it is in the history, and is printed when it ends the run."""

_ENDS = {
    "step.completed/1": "done",
    "step.failed/1": "failed",
    "step.denied/1": "denied",
    "step.cancelled/1": "cancelled",
}


class Progress:
    """Lists what has happened in a run since the last look."""

    def __init__(self, store: Store, run: RunId, output: Output, *, after: int) -> None:
        self.steps = 0
        self._store = store
        self._run = run
        self._output = output
        self._seq = self._after = after
        self._names: dict[int, tuple[str, int]] = {}

    def look(self) -> None:
        """Write what is new."""
        lines = []
        while True:
            event = None
            for event in self._store.read(self._run.stream, after=self._seq):
                self._seq = event.seq
                line = self._line(event)
                if line is not None:
                    lines.append(line)
            if event is None or event.kind != "run.continued/1":
                break
            self._go_on()
            lines.append(f"run {self._run.ref} continues it")
        for line in lines[:LINES_A_LOOK_MAX]:
            self._output.note(line)
        if len(lines) > LINES_A_LOOK_MAX:
            self._output.note(f"  ... and {len(lines) - LINES_A_LOOK_MAX} more")

    def _go_on(self) -> None:
        run = self._run
        self._run = RunId(run.tenant, run.workflow_id, run.n + 1)
        self._seq = self._after = 0
        self._names.clear()

    def _line(self, event: Event) -> str | None:
        if event.body is None:
            return None
        about, _, what = event.kind.partition("/")[0].partition(".")
        tell = _TELL.get(about)
        return None if tell is None else tell(self, event, what, json.loads(event.body))

    def _step(self, event: Event, what: str, body: dict[str, Any]) -> str | None:
        step = body["step"]
        if what == "scheduled":
            self._names[step] = body["activity"], event.recorded_at_ms
            return None
        if what == "attempt_failed":
            name = self._scheduled(step, event)[0]
            again = f"again in {body['wait_ms']} ms"
            return f"  step {step} {name}: attempt {body['attempt']} failed, {again}{_why(body)}"
        end = _ENDS.get(event.kind)
        if end is None:
            return None
        self.steps += 1
        name, since_ms = self._scheduled(step, event)
        self._names.pop(step, None)
        took_ms = event.recorded_at_ms - since_ms
        return f"  step {step} {name} {end} after {took_ms} ms{_why(body)}"

    def _timer(self, event: Event, what: str, body: dict[str, Any]) -> str | None:
        if what != "started":
            return None
        due = isoformat_ms(event.recorded_at_ms + body["delay_ms"])
        return f"  timer {body['timer']} is due at {due}"

    def _message(self, event: Event, what: str, body: dict[str, Any]) -> str | None:
        about = event.kind.partition(".")[0]
        name = body.get("name") or body.get("reason") or body["message"]
        return f"  {about} {name} {what}"

    def _child(self, event: Event, what: str, body: dict[str, Any]) -> str | None:
        if what == "started":
            return f"  child {body['child']} {body['workflow']} started as {body['id']}"
        return f"  child {body['child']} {body.get('status', what)}{_why(body)}"

    def _approval(self, event: Event, what: str, body: dict[str, Any]) -> str | None:
        if what == "asked":
            who = ", ".join(body["request"].get("approvers", ()))
            asks = f"  asks {who}: {body['request'].get('description', '')}"
            ways = " or ".join(command(vote, body["approval"]) for vote in ("approve", "reject"))
            return f"{asks} ({ways})"
        return f"  approval {body['approval']}: {body['outcome'].get('status')}"

    def _scheduled(self, step: int, event: Event) -> tuple[str, int]:
        """A step's activity and when it was asked for, perhaps before the first look."""
        if step not in self._names and self._after:
            for earlier in self._store.read(self._run.stream, until=self._after):
                if earlier.kind == "step.scheduled/1" and earlier.body is not None:
                    body = json.loads(earlier.body)
                    self._names.setdefault(body["step"], (body["activity"], earlier.recorded_at_ms))
            self._after = 0
        return self._names.get(step, ("", event.recorded_at_ms))


def _why(body: dict[str, Any]) -> str:
    """What an event's error says, as the end of one line; nothing where it has none."""
    if "error" not in body:
        return ""
    text = " ".join(body["error"]["message"].split())
    return f": {text[:REASON_CHARS_MAX]}{'…' if len(text) > REASON_CHARS_MAX else ''}"


_TELL: dict[str, Callable[[Progress, Event, str, dict[str, Any]], str | None]] = {
    "step": Progress._step,
    "timer": Progress._timer,
    "signal": Progress._message,
    "update": Progress._message,
    "cancel": Progress._message,
    "child": Progress._child,
    "approval": Progress._approval,
}


@asynccontextmanager
async def following(
    store: Store, run: RunId, output: Output, *, after: int = 0
) -> AsyncIterator[None]:
    """Show the run's progress while the body waits for it."""
    if output.quiet:
        yield
        return
    progress = Progress(store, run, output, after=after)

    async def watch() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            progress.look()

    task = asyncio.get_running_loop().create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
        progress.look()
