"""Looks at a run's record between the decision to take a step and its coming here.

While Temporal is told of the decision and hands the step out, its worker has nothing to do. What it
reads then need not be read once the step has come, when everybody waits for it.

1. What is read after the code has decided counts as read when the step comes: whatever the decision
   rests upon was committed before.
2. It counts for ``COUNTS_S``. The permit's age begins with it, so that an effect rests on nothing
   older than a permit may be.
3. Nothing rests on the look itself: who finds it missing, or failed, looks.
4. A file is read faster than this takes.
"""

from __future__ import annotations

from math import inf
from time import monotonic  # the clock itself, which the guard does not ask about

from tarl.engines.embedded.engine import Engine
from tarl.engines.temporal.record import RunLogs
from tarl.errors import TarlError
from tarl.journal.patience import line_of
from tarl.values.ids import RunId

COUNTS_S = 0.04
"""How long a look counts; what is left of a permit's life is for the gate."""

TOLD_S = 0.001
"""How long a decision takes on its way to Temporal: a look before would hold it up."""

Key = tuple[str, int]


class Ahead:
    """The steps that the code of one worker's runs has decided on and that have not come yet.

    Args:
        engine: The journal and the loop.
        logs: The runs' records.
    """

    def __init__(self, engine: Engine, logs: RunLogs) -> None:
        self._engine = engine
        self._logs = logs
        self._is_worth_it = line_of(engine.store) is not None
        self._decided: dict[Key, float] = {}
        self._come_here = False

    def decided(self, run: RunId, step: int) -> None:
        """The code has decided on a step; told from its thread."""
        if self._is_worth_it:
            self._engine.loop.call_soon_threadsafe(self._wait, run, step, monotonic())

    def came(self, run: RunId, step: int) -> float:
        """Since when what was read of a run counts for a step that has come: an instant of
        ``time.monotonic``; ``inf`` where the code has decided elsewhere, or long ago.
        """
        at_s = self._decided.pop((run.stream, step), -inf)
        if monotonic() - at_s > COUNTS_S:
            return inf
        self._come_here = True
        return at_s

    def _wait(self, run: RunId, step: int, at_s: float) -> None:
        """Look soon, unless the steps that were decided on before have gone elsewhere."""
        self._drop_old()
        key = run.stream, step
        self._decided.pop(key, None)  # the oldest lie first
        self._decided[key] = at_s
        if self._come_here:
            self._engine.loop.call_later(TOLD_S, self._look, run, step)

    def _look(self, run: RunId, step: int) -> None:
        if (run.stream, step) not in self._decided:
            return  # it was faster
        try:
            self._logs.of(run)
        except TarlError:  # whoever carries out the step says what is wrong
            self._decided.pop((run.stream, step), None)

    def _drop_old(self) -> None:
        """Forget those that somebody else was given, or that wait for long."""
        now_s = monotonic()
        for key, at_s in list(self._decided.items()):
            if now_s - at_s <= COUNTS_S:
                return
            del self._decided[key]
            self._come_here = False
