"""For whom a run acts: an agent, and the task that its authority is for."""

from __future__ import annotations

from typing import NamedTuple

from tarl.values.ids import check_name


class Acting(NamedTuple):
    """An agent, by the name it is registered under in the run's tenant, and the task it is at."""

    agent: str
    task: str


def acting(agent: str | None, task: str | None, *, default_task: str) -> Acting | None:
    """For whom a caller says that a run acts; None for nobody in particular.

    Raises:
        Invalid: not a name (``name.malformed``), or a task without an agent.
    """
    if agent is None:
        if task is not None:
            check_name("", "agent of the task")
        return None
    check_name(agent, "agent")
    chosen = default_task if task is None else task
    check_name(chosen, "task")
    return Acting(agent, chosen)
