"""What attempts give of their results before these are whole, recorded beside their runs.

1. Parts are for those who watch: no run waits for them, and no replay reads them.
2. What was given is on disk ``FLUSH_S`` later, and in the order in which it was given.
3. What an attempt may give is bounded (``kernel.attempt.PARTS_BYTES_MAX``), so what waits is.
4. Of an effect of which something is to be taken out, no parts are recorded: a part may hold half
of it.

The stream of a run's parts is ``parts/<tenant>/<id>/<n>``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from tarl.errors import Missing, TarlError, Unavailable
from tarl.journal.patience import unwaiting_of
from tarl.journal.store import Batch
from tarl.kernel.attempt import Attempt
from tarl.kernel.effect import Effect
from tarl.kernel.events import STEP_PARTS
from tarl.values.ids import RunId
from tarl.work.queue.streams import continued

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine

FLUSH_S = 0.1
"""Parts are collected for so long: a model tells a hundred words a second, and each commit waits
for the disk.
"""


class _Given(NamedTuple):
    run: RunId
    step: int
    attempt: int


class _Collected(NamedTuple):
    effect: Effect
    parts: list[bytes]


class Parts:
    """The parts of all attempts of one runtime."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._unwaiting = unwaiting_of(engine.store)
        self._waiting: dict[_Given, _Collected] = {}
        self._later: asyncio.TimerHandle | None = None

    def take(self, attempt: Attempt, part: bytes) -> None:
        """Take a part's canonical JSON, from any thread."""
        loop = self._engine.loop
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._collect, attempt, part)

    def flush(self) -> None:
        """Record what was given so far."""
        self._later = None
        waiting, self._waiting = self._waiting, {}
        for given, (effect, parts) in waiting.items():
            try:
                with self._unwaiting():
                    if not self._engine.gateway.screen.screens(effect):
                        self._record(given, parts)
            except Unavailable:  # another process holds the file, or it is away: with the next ones
                _, later = self._waiting.get(given, (effect, []))
                self._waiting[given] = _Collected(effect, parts + later)
                self._soon()
            except Missing:
                pass  # the tenant was erased, and nothing of it is to be kept
            except TarlError as error:
                live = self._engine.live.get(given.run.stream)
                if live is not None:
                    live.interrupt(error)

    def _collect(self, attempt: Attempt, part: bytes) -> None:
        effect = attempt.effect
        given = _Given(effect.run, effect.step, attempt.number)
        self._waiting.setdefault(given, _Collected(effect, [])).parts.append(part)
        self._soon()

    def _soon(self) -> None:
        if self._later is None:
            self._later = self._engine.loop.call_later(FLUSH_S, self.flush)

    def _record(self, given: _Given, parts: list[bytes]) -> None:
        store, tenant = self._engine.store, given.run.tenant
        stream = "parts/" + given.run.stream.partition("/")[2]
        body = b'{"attempt":%d,"parts":[%b],"step":%d}' % (
            given.attempt,
            b",".join(parts),
            given.step,
        )
        first = next(iter(store.read(stream, until=1)), None)
        rows, _ = continued(
            store,
            stream,
            tenant,
            store.head(stream),
            [(STEP_PARTS, body)],
            at_ms=self._engine.clock.now_ms(),
            sealed=first is not None and first.commitment is not None,
        )
        store.commit(Batch(rows), wait_ms=0)
