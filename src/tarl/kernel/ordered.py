"""``asyncio``'s functions that iterate sets, in an ordered form inside workflows.

``asyncio.wait`` returns sets, ``as_completed`` starts coroutines in the order of a set, and a task
group cancels its members in the order of one. Inside a deterministic loop these follow the order of
the arguments and of creation; on any other loop they stay what they were.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from collections.abc import Iterable, Iterator
from typing import Any

from tarl.kernel.loop import DeterministicLoop

_wait = asyncio.wait
_as_completed = asyncio.as_completed
_abort = asyncio.TaskGroup._abort  # type: ignore[attr-defined]  # there is no other way in


class OrderedSet(set[Any]):
    """A set that iterates and pops in the order in which it was given its members.

    Members that were added later follow by their number of creation.
    """

    def __init__(self, members: Iterable[Any]) -> None:
        self._order = dict.fromkeys(members)
        super().__init__(self._order)

    def __iter__(self) -> Iterator[Any]:
        first = [member for member in self._order if set.__contains__(self, member)]
        later = [member for member in set.__iter__(self) if member not in self._order]
        return iter(first + sorted(later, key=hash))

    def pop(self) -> Any:
        for member in self:
            self.discard(member)
            return member
        raise KeyError("pop from an empty set")


async def wait(
    fs: Iterable[Any], *, timeout: float | None = None, return_when: str = asyncio.ALL_COMPLETED
) -> tuple[set[Any], set[Any]]:
    """``asyncio.wait``; inside a workflow both sets iterate in the order of ``fs``."""
    if not isinstance(events._get_running_loop(), DeterministicLoop):
        return await _wait(fs, timeout=timeout, return_when=return_when)
    given = list(dict.fromkeys(fs))
    done, pending = await _wait(given, timeout=timeout, return_when=return_when)
    return (
        OrderedSet(f for f in given if f in done),
        OrderedSet(f for f in given if f in pending),
    )


def as_completed(fs: Iterable[Any], *, timeout: float | None = None) -> Any:
    """``asyncio.as_completed``; inside a workflow coroutines start in the order of ``fs``."""
    loop = events._get_running_loop()
    if isinstance(loop, DeterministicLoop):
        fs = [asyncio.ensure_future(f, loop=loop) for f in dict.fromkeys(fs)]
    return _as_completed(fs, timeout=timeout)


def _abort_in_order(group: Any) -> None:
    if isinstance(events._get_running_loop(), DeterministicLoop):
        group._tasks = OrderedSet(sorted(group._tasks, key=lambda task: task.number))
    _abort(group)


def install() -> None:
    """Put the ordered forms in place for the whole process; they only act inside workflows."""
    asyncio.wait = wait
    asyncio.as_completed = as_completed
    asyncio.TaskGroup._abort = _abort_in_order  # type: ignore[attr-defined]  # there is no other way in
