"""``asyncio``'s functions whose order is left to a set, or differs from one Python to the next.

``asyncio.wait`` returns sets, ``as_completed`` starts coroutines in the order of a set, and a task
group cancels its members in the order of one. Inside a deterministic loop these follow the order of
the arguments and of creation. More do there what they do from Python 3.12 or 3.13 on,
whichever Python runs them, so that a run which one Python began another takes up:

- ``wait_for`` awaits inside the task that waits; Python 3.11 begins a task, which has its first
  turn after everybody else's.
- ``gather`` counts what is done already at once; Python 3.11 in a later turn.
- A task that is cancelled while tasks of its group fail stays cancelled, and a condition or
  semaphore that somebody gives up wakes another; before Python 3.13 that was lost.
- ``as_completed`` begins, and its time runs, when it is called; before Python 3.13 when it is first
  asked. It is an asynchronous iterator too.

On any other loop all are what they were. A module that took one of them by its name
(``from asyncio import gather``) before a runtime was opened keeps Python's own.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from types import TracebackType
from typing import Any, cast

from tarl.kernel.loop import DeterministicLoop, NumberedFuture, NumberedTask

_wait = asyncio.wait
_wait_for = asyncio.wait_for
_gather: Callable[..., Any] = asyncio.gather
_as_completed = asyncio.as_completed
_wait_on = asyncio.Condition.wait
_acquire = asyncio.Semaphore.acquire
_leave = asyncio.TaskGroup.__aexit__
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


async def wait_for(fut: Any, timeout: float | None) -> Any:
    """``asyncio.wait_for``; inside a workflow it begins no task, unless no time is left."""
    loop = events._get_running_loop()
    if not isinstance(loop, DeterministicLoop):
        return await _wait_for(fut, timeout)
    if timeout is None or timeout > 0:
        async with asyncio.timeout(timeout):
            return await fut
    future = asyncio.ensure_future(fut, loop=loop)
    if future.done():
        return future.result()
    future.cancel()
    await _wait([future])
    try:
        return future.result()
    except asyncio.CancelledError as error:
        raise TimeoutError from error


class _Gathered(NumberedFuture):
    """What ``gather`` gives: to cancel it is to cancel all that it waits for."""

    __slots__ = ("_is_cancelled", "_members", "_waits_for", "_with_errors")

    def __init__(
        self, members: list[asyncio.Future[Any]], *, loop: DeterministicLoop, with_errors: bool
    ) -> None:
        super().__init__(loop=loop)
        loop.created += 1
        self.number = loop.created
        self._members = members
        self._with_errors = with_errors
        self._is_cancelled = False
        self._waits_for = len(members)
        for member in members:
            if member.done():
                self._count(member)
            else:
                member.add_done_callback(self._count)

    def cancel(self, msg: Any | None = None) -> bool:
        if self.done():
            return False
        heard = [member.cancel(msg=msg) for member in self._members]
        self._is_cancelled = self._is_cancelled or any(heard)
        return any(heard)

    def _count(self, member: asyncio.Future[Any]) -> None:
        self._waits_for -= 1
        error = None if self._with_errors else _error_of(member)
        if self.done():
            return
        if error is not None:
            self.set_exception(error)
        elif not self._waits_for and self._is_cancelled:
            self.set_exception(member._make_cancelled_error())  # type: ignore[attr-defined]  # Future has it
        elif not self._waits_for:
            self.set_result([_outcome_of(each) for each in self._members])


def _error_of(future: asyncio.Future[Any]) -> BaseException | None:
    """How a future failed; one that was cancelled failed by that."""
    if future.cancelled():
        return cast(BaseException, future._make_cancelled_error())  # type: ignore[attr-defined]  # Future has it
    return future.exception()


def _outcome_of(future: asyncio.Future[Any]) -> Any:
    """A future's result, or its error as a value."""
    if future.cancelled():
        return asyncio.CancelledError(future._cancel_message or "")  # type: ignore[attr-defined]  # Future has it
    return future.result() if future.exception() is None else future.exception()


def gather(*coros_or_futures: Any, return_exceptions: bool = False) -> Any:
    """``asyncio.gather``; inside a workflow what is done already is counted at once."""
    loop = events._get_running_loop()
    if not isinstance(loop, DeterministicLoop) or not coros_or_futures:
        return _gather(*coros_or_futures, return_exceptions=return_exceptions)
    began: dict[Any, asyncio.Future[Any]] = {}
    for each in coros_or_futures:
        if each not in began:
            began[each] = asyncio.ensure_future(each, loop=loop)
    members = [began[each] for each in coros_or_futures]
    return _Gathered(members, loop=loop, with_errors=return_exceptions)


class _Completed:
    """What ``as_completed`` gives: coroutines, or with ``async for`` the futures, as they end."""

    def __init__(self, futures: list[asyncio.Future[Any]], timeout: float | None) -> None:
        self._ended: asyncio.Queue[asyncio.Future[Any] | None] = asyncio.Queue()
        self._open = dict.fromkeys(futures)
        self._untold = len(self._open)
        self._timer: asyncio.TimerHandle | None = None
        for future in self._open:
            future.add_done_callback(self._end)
        if self._open and timeout is not None:
            self._timer = events.get_running_loop().call_later(timeout, self._give_up)

    def __iter__(self) -> Iterator[Coroutine[Any, Any, Any]]:
        return self

    def __aiter__(self) -> _Completed:
        return self

    def __next__(self) -> Coroutine[Any, Any, Any]:
        if not self._untold:
            raise StopIteration
        self._untold -= 1
        return self._result()

    async def __anext__(self) -> asyncio.Future[Any]:
        if not self._untold:
            raise StopAsyncIteration
        self._untold -= 1
        return await self._future()

    async def _result(self) -> Any:
        return (await self._future()).result()

    async def _future(self) -> asyncio.Future[Any]:
        future = await self._ended.get()
        if future is None:
            raise TimeoutError
        return future

    def _end(self, future: asyncio.Future[Any]) -> None:
        if future in self._open:
            del self._open[future]
            self._ended.put_nowait(future)
            if not self._open and self._timer is not None:
                self._timer.cancel()

    def _give_up(self) -> None:
        for future in self._open:
            future.remove_done_callback(self._end)
            self._ended.put_nowait(None)
        self._open.clear()


def as_completed(fs: Iterable[Any], *, timeout: float | None = None) -> Any:
    """``asyncio.as_completed``; inside a workflow coroutines start in the order of ``fs``."""
    loop = events._get_running_loop()
    if not isinstance(loop, DeterministicLoop):
        return _as_completed(fs, timeout=timeout)
    return _Completed([asyncio.ensure_future(f, loop=loop) for f in dict.fromkeys(fs)], timeout)


async def wait_on(condition: Any) -> bool:
    """``Condition.wait``; inside a workflow one that is cancelled wakes another in its place."""
    if not isinstance(events._get_running_loop(), DeterministicLoop):
        return await _wait_on(condition)
    if not condition.locked():
        raise RuntimeError("cannot wait on un-acquired lock")
    woken = condition._get_loop().create_future()
    condition.release()
    try:
        try:
            condition._waiters.append(woken)
            try:
                return await woken or True
            finally:
                condition._waiters.remove(woken)
        finally:
            await _lock_again(condition)
    except BaseException:
        for waiter in condition._waiters:
            if not waiter.done():
                waiter.set_result(False)
                break
        raise


async def _lock_again(condition: Any) -> None:
    """Take the lock, however often that is cancelled; then be cancelled."""
    cancelled: asyncio.CancelledError | None = None
    while True:
        try:
            await condition.acquire()
            break
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def acquire(semaphore: Any) -> bool:
    """``Semaphore.acquire``; inside a workflow a cancelled one wakes all there is room for."""
    if not isinstance(events._get_running_loop(), DeterministicLoop):
        return await _acquire(semaphore)
    if not semaphore.locked():
        semaphore._value -= 1
        return True
    if semaphore._waiters is None:
        semaphore._waiters = deque()
    woken = semaphore._get_loop().create_future()
    semaphore._waiters.append(woken)
    try:
        try:
            await woken
        finally:
            semaphore._waiters.remove(woken)
    except asyncio.CancelledError:
        if woken.done() and not woken.cancelled():
            semaphore._value += 1
        raise
    finally:
        while semaphore._value > 0 and not all(each.done() for each in semaphore._waiters):
            semaphore._wake_up_next()
    return True


async def leave(
    group: Any,
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    """``TaskGroup.__aexit__``; inside a workflow errors in the group undo no cancellation of its
    task, which hears of it when it next waits."""
    loop, parent = events._get_running_loop(), group._parent_task
    try:
        await _leave(group, kind, error, traceback)
    except BaseExceptionGroup:
        is_lost = parent.cancelling() and not parent._must_cancel
        if is_lost and isinstance(loop, DeterministicLoop):
            loop.call_next(_cancel_again, parent)
        raise


def _cancel_again(task: NumberedTask) -> None:
    """Let a task hear of a cancellation that it was told of before, unless it is over by now."""
    if task.cancelling() and not task.done():
        task.cancel()
        task.uncancel()


def _abort_in_order(group: Any) -> None:
    if isinstance(events._get_running_loop(), DeterministicLoop):
        group._tasks = OrderedSet(sorted(group._tasks, key=lambda task: task.number))
    _abort(group)


def install() -> None:
    """Put the ordered forms in place for the whole process; they only act inside workflows."""
    asyncio.wait = wait
    asyncio.wait_for = wait_for
    asyncio.gather = gather
    asyncio.as_completed = as_completed
    asyncio.Condition.wait = wait_on  # type: ignore[assignment, method-assign]  # there is no other way in
    asyncio.Semaphore.acquire = acquire  # type: ignore[assignment, method-assign]  # there is no other way in
    asyncio.TaskGroup.__aexit__ = leave  # type: ignore[assignment, method-assign]  # there is no other way in
    asyncio.TaskGroup._abort = _abort_in_order  # type: ignore[attr-defined]  # there is no other way in
