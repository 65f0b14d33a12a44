"""A run's steps on stderr as they complete, read from the journal like anybody else would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tarl.interfaces.cli.output import Output
from tarl.values.instants import isoformat_ms

if TYPE_CHECKING:
    from tarl.journal.event import Event
    from tarl.journal.store import Store
    from tarl.values.ids import RunId

LOOK_EVERY_S = 0.1
LINES_A_LOOK_MAX = 20
"""More steps than this between two looks are counted, not listed."""

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
        self._seq = after
        self._names: dict[int, tuple[str, int]] = {}

    def look(self) -> None:
        """Write what is new."""
        lines = []
        for event in self._store.read(self._run.stream, after=self._seq):
            self._seq = event.seq
            line = self._line(event)
            if line is not None:
                lines.append(line)
        for line in lines[:LINES_A_LOOK_MAX]:
            self._output.note(line)
        if len(lines) > LINES_A_LOOK_MAX:
            self._output.note(f"  ... and {len(lines) - LINES_A_LOOK_MAX} more")

    def _line(self, event: Event) -> str | None:
        if event.body is None or not event.kind.startswith(("step.", "timer.started")):
            return None
        body = json.loads(event.body)
        if event.kind == "timer.started/1":
            due = isoformat_ms(event.recorded_at_ms + body["delay_ms"])
            return f"  timer {body['timer']} is due at {due}"
        step = body["step"]
        if event.kind == "step.scheduled/1":
            self._names[step] = body["activity"], event.recorded_at_ms
            return None
        end = _ENDS.get(event.kind)
        if end is None:
            return None
        self.steps += 1
        name, since_ms = self._names.pop(step, ("", event.recorded_at_ms))
        why = f": {body['error']['message']}" if "error" in body else ""
        return f"  step {step} {name} {end} after {event.recorded_at_ms - since_ms} ms{why}"


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
