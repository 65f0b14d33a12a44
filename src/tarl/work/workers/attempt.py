"""What a handler may know about the attempt that it is."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

from tarl.work.queue.selection import Lease
from tarl.work.queue.task import TaskId


class Attempt(NamedTuple):
    """The task, which attempt it is, and the number that fences later writes off.

    ``fence`` grows with every lease of the task: a store that remembers the largest one it has seen
    can refuse a holder that has lost its lease.
    """

    task: TaskId
    attempt: int
    fence: int
    worker: str


_CURRENT: ContextVar[Attempt | None] = ContextVar("tarl_attempt", default=None)


def current_attempt() -> Attempt | None:
    """The attempt that the calling handler is; None outside a worker."""
    return _CURRENT.get()


def enter(lease: Lease) -> None:
    """Say which attempt the current context carries out."""
    _CURRENT.set(Attempt(lease.task, lease.attempt, lease.fence, lease.worker))
