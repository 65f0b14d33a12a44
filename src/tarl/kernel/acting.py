"""For whom a run acts: an agent, its task, and perhaps the only record that it acts on."""

from __future__ import annotations

from typing import NamedTuple

from tarl.values.ids import check_name


class Acting(NamedTuple):
    """An agent, by the name it is registered under in the run's tenant, and the task it is at.

    ``task`` is empty for what is done at the task of the run that it belongs to. ``lent`` is the
    digest of the only record that the agent acts on; empty for any that it holds.
    """

    agent: str
    task: str = ""
    lent: str = ""

    def within(self, outer: Acting | None, *, default_task: str) -> Acting:
        """The same with its task named, inside something that is done for ``outer``."""
        return self if self.task else self._replace(task=outer.task if outer else default_task)


def acting(agent: str | None, task: str | None, lent: str | None = None) -> Acting | None:
    """For whom a caller says that something is done; None for nobody in particular.

    Raises:
        Invalid: not a name, or a task or record without an agent (``id.*``).
    """
    if agent is None and task is None and lent is None:
        return None
    name = check_name("" if agent is None else agent, "agent")
    return Acting(
        name,
        "" if task is None else check_name(task, "task"),
        "" if lent is None else check_name(lent, "record"),
    )


def recorded_acting(agent: str | None, task: str | None, lent: str | None) -> Acting | None:
    """For whom something was done, as an event says it."""
    return None if agent is None else Acting(agent, task or "", lent or "")
