"""For whom a run acts: an agent, and the task that its authority is for."""

from __future__ import annotations

from typing import NamedTuple

from tarl.values.ids import check_name


class Acting(NamedTuple):
    """An agent, by the name it is registered under in the run's tenant, and the task it is at.

    ``task`` is empty for what is done at the task of the run that it belongs to.
    """

    agent: str
    task: str = ""

    def within(self, outer: Acting | None, *, default_task: str) -> Acting:
        """The same with its task named, inside something that is done for ``outer``."""
        return self if self.task else Acting(self.agent, outer.task if outer else default_task)


def acting(agent: str | None, task: str | None) -> Acting | None:
    """For whom a caller says that something is done; None for nobody in particular.

    Raises:
        Invalid: not a name, or a task without an agent (``id.*``).
    """
    if agent is None and task is None:
        return None
    name = check_name("" if agent is None else agent, "agent")
    return Acting(name, "" if task is None else check_name(task, "task"))
