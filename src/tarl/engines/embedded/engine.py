"""What the runs of one runtime share: the store, the committer, the gateway, the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tarl.engines.embedded.asking import Asking, AskPeople
from tarl.engines.embedded.clock import Clock, seconds_of
from tarl.engines.embedded.committer import Committer
from tarl.engines.embedded.dispatch import Dispatch
from tarl.engines.embedded.effects import Effects
from tarl.engines.embedded.owners import Owners
from tarl.engines.embedded.parts import Parts
from tarl.engines.embedded.post import Post
from tarl.engines.embedded.starts import continuation
from tarl.engines.embedded.tokens import Tokens
from tarl.engines.embedded.turns import TurnStore
from tarl.engines.embedded.watchdog import Watchdog
from tarl.errors import Conflict
from tarl.journal.event import Row
from tarl.journal.patience import line_of
from tarl.journal.store import Store
from tarl.kernel import guard, ordered
from tarl.kernel.gateway import Gate, Gateway
from tarl.kernel.limits import Limits
from tarl.kernel.permit import Notary
from tarl.kernel.screen import Screen, Unscreened
from tarl.values.metrics import Metrics, Unmeasured

if TYPE_CHECKING:
    from tarl.engines.embedded.live_run import LiveRun
    from tarl.engines.embedded.offspring import Offspring

EFFECTS_MAX = 1_000
"""Activities under way at once; more wait their turn, so that sockets and memory stay bounded."""

RUNS_MAX = 10_000
"""Runs under way at once; ``start`` waits beyond it."""

THREADS_MAX = 16
"""Threads for synchronous activities."""


class Engine:
    """The shared parts, and which runs are under way.

    Made inside the running loop that will drive the runs.
    """

    def __init__(
        self,
        store: Store,
        *,
        owners: Owners | None,
        gate: Gate,
        clock: Clock,
        limits: Limits,
        metrics: Metrics | None = None,
        notary: Notary | None = None,
        screen: Screen = Unscreened(),  # noqa: B008
        seen: TurnStore | None = None,
    ) -> None:
        guard.install()
        ordered.install()
        self.loop = asyncio.get_running_loop()
        self.store = store
        self.seen = seen or TurnStore(store, self.loop)
        self.journal = store.origin
        self.clock = clock
        self.metrics = metrics or Unmeasured()
        self.limits = limits
        self.committer = Committer(store, self.loop, notary)
        self.threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="tarl-activity")
        self.gateway = Gateway(
            gate,
            threads=self.threads,
            limits=limits,
            now_s=seconds_of(self.loop),
            screen=screen,
            line=line_of(store),
        )
        self.watchdog = Watchdog(stall_ms=limits.stall_ms)
        self.effects = Effects(self.loop, together_max=EFFECTS_MAX)
        self.slots = asyncio.Semaphore(RUNS_MAX)
        self.live: dict[str, LiveRun] = {}
        self.post = Post(self)
        self.parts = Parts(self)
        self.tokens = Tokens(self)
        self.dispatch = Dispatch(self)
        self.asking: Asking = AskPeople(store, clock, metrics=self.metrics)
        self.offspring: Offspring  # these two are the runtime's, which has the code
        self.follow_continuation: Callable[[LiveRun], None]
        self._owners = owners
        self._owned: set[str] = set()

    def own(self, stream: str) -> None:
        """Own a run's stream.

        Raises:
            Conflict: another process owns it (``run.owned``).
        """
        if self._owners is not None:
            self._owners.take(stream)
        elif stream in self._owned:
            raise Conflict(f"{stream} is being run here", code="run.owned", stream=stream)
        self._owned.add(stream)

    def disown(self, stream: str) -> None:
        """Give up a stream that was owned without becoming a live run."""
        self._owned.discard(stream)
        if self._owners is not None:
            self._owners.release(stream)

    def released(self, run: LiveRun) -> None:
        """A run is over or interrupted: let others have it."""
        if self.live.pop(run.stream, None) is not None:
            self.disown(run.stream)
            self.slots.release()

    def next_run(self, live: LiveRun, body: bytes) -> list[Row]:
        """The first event of the run as which a workflow goes on."""
        return continuation(
            self, live.execution.workflow, live.run, body, unread=live.letters.unread()
        )

    def get_status(self) -> dict[str, int]:
        """What is under way: live runs, effects, commits so far."""
        return {
            "live_runs": len(self.live),
            "effects_under_way": self.effects.under_way,
            "effects_waiting": self.effects.waiting,
            "commits": self.committer.commits,
            "stalls": len(self.watchdog.stalls),
        }

    def close(self) -> None:
        """Interrupt what is under way, write what is already known, and let everything go."""
        self.committer.flush()
        self.parts.flush()
        self.offspring.close()
        self.dispatch.close()
        for run in list(self.live.values()):
            run.abandon()
        self.watchdog.close()
        self.threads.shutdown(wait=False, cancel_futures=True)
        if self._owners is not None:
            self._owners.close()
