"""What a process that stays does beside its own work: it logs, fires timers and schedules, takes up
interrupted runs, and gives what dead nodes have to others.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tarl.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
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


def timer_handlers(modules: Sequence[ModuleType]) -> Handlers | None:
    """The timers' handlers that modules register in ``Handlers`` of their own; None for none."""
    from tarl.work.timers.handlers import Handlers

    found = Handlers()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Handlers):
                found.include(value)
    return found if found.names() else None


def duties(runtime: Runtime, handlers: Handlers | None) -> list[Coroutine[Any, Any, None]]:
    """All of it, each until cancelled."""
    from tarl.engines.embedded.resuming import Resuming
    from tarl.engines.embedded.timekeeping import keep_time
    from tarl.routing.uptime import SystemUptime
    from tarl.routing.watch import keep_watching_all

    return [
        keep_time(runtime, handlers=handlers),
        Resuming(runtime).keep_resuming(),
        keep_watching_all(
            runtime.journal, clock=runtime.engine.clock, uptime=SystemUptime(), tell=_failed_over
        ),
    ]


def _failed_over(failover: Failover) -> None:
    _LOGGER.warning(
        "node %s is dead: %d of its tasks have other nodes, %d wait for one",
        failover.node,
        len(failover.moved),
        len(failover.stranded),
    )
