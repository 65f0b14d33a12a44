"""What a process that stays does beside its own work: it logs, fires timers and schedules, tells of
violations, takes up interrupted runs, and gives what dead nodes have to others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.governance.violations.handlers import EscalationHandler
    from tarl.routing.router import Failover
    from tarl.work.timers.handlers import Handlers

_LOGGER = logging.getLogger("tarl.nodes")


def log_to_stderr(invocation: Invocation) -> None:
    """Warnings of everybody, tarl's and the loaded code's, with the ids of what they are about; one
    JSON object a line where the command prints JSON.
    """
    from tarl.telemetry.logs import configure_logs

    output = invocation.output
    if output.as_json or not output.quiet:
        configure_logs(level="warning", as_json=output.as_json, logger="")


class Loaded(NamedTuple):
    """What modules register: handlers of timers, and those that tell of violations, by name."""

    timers: Handlers
    escalations: Mapping[str, EscalationHandler]

    @property
    def is_empty(self) -> bool:
        """Whether they register none."""
        return not self.escalations and not self.timers.names()

    def on(self, runtime: Runtime) -> Handlers:
        """All handlers of timers on a runtime's journal, those of escalations among them."""
        from tarl.governance.violations.escalation import escalation_timers
        from tarl.governance.violations.ledger import Violations
        from tarl.work.timers.handlers import Handlers

        engine, found = runtime.engine, Handlers()
        violations = Violations(runtime.journal, clock=engine.clock, metrics=engine.metrics)
        found.include(self.timers)
        found.include(escalation_timers(violations, self.escalations))
        return found


def handlers_of(modules: Sequence[ModuleType]) -> Loaded:
    """What modules register: timers' handlers in ``Handlers`` of their own, and
    ``@escalation_handler``.
    """
    from tarl.governance.violations.handlers import handlers_in
    from tarl.work.timers.handlers import Handlers

    found = Handlers()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Handlers):
                found.include(value)
    return Loaded(found, handlers_in(modules))


def duties(runtime: Runtime, loaded: Loaded) -> list[Coroutine[Any, Any, None]]:
    """All of it, each until cancelled."""
    from tarl.engines.embedded.resuming import Resuming
    from tarl.engines.embedded.timekeeping import keep_time
    from tarl.routing.uptime import SystemUptime
    from tarl.routing.watch import keep_watching_all

    return [
        keep_time(runtime, handlers=loaded.on(runtime)),
        Resuming(runtime).keep_resuming(),
        keep_watching_all(
            runtime.journal, clock=runtime.engine.clock, uptime=SystemUptime(), tell=_failed_over
        ),
    ]


@asynccontextmanager
async def beside(
    duties: Sequence[Coroutine[Any, Any, None]], *, over: Callable[[], object]
) -> AsyncIterator[None]:
    """Do them for as long as it is open. Where one of them ends, ``over`` is called, and what it
    failed with is raised at the end.
    """
    tasks = [asyncio.create_task(duty) for duty in duties]
    for task in tasks:
        task.add_done_callback(lambda _: over())
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome


@contextmanager
def told_to_end(invocation: Invocation) -> Iterator[asyncio.Event]:
    """Set once SIGTERM or SIGINT says that it is enough; code that computes then without
    yielding is interrupted (as ``ending``).
    """
    from tarl.interfaces.cli.insisting import ending

    enough = asyncio.Event()
    with ending(enough.set, invocation.give_up):
        yield enough


def _failed_over(failover: Failover) -> None:
    _LOGGER.warning(
        "node %s is dead: %d of its tasks have other nodes, %d wait for one",
        failover.node,
        len(failover.moved),
        len(failover.stranded),
    )
