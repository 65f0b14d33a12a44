"""What a run receives from outside: signals, updates and queries, on the side of its code.

Signals that nobody waits for yet are kept, in the order in which they came. An update is answered:
its validator may refuse it before anything is recorded, its handler then does the work. Queries
look at the state of a replay and change nothing.
"""

from __future__ import annotations

import asyncio
import inspect
from bisect import insort
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid, Missing, TarlError
from tarl.kernel import events
from tarl.kernel.payload import encode_value

if TYPE_CHECKING:
    from tarl.kernel.execution import Execution

Where = Callable[[Any], bool]

KEPT_MAX = 10_000
"""Signals that lie unread; a run that is sent more without ever reading is at fault."""


class _Waiting(msgspec.Struct, eq=False):
    name: str
    where: Where | None
    future: asyncio.Future[Any]


class _Kept(NamedTuple):
    number: int
    name: str
    payload: Any


class Mailbox:
    """One run's handlers, and the signals that it has not looked at yet."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._waiting: list[_Waiting] = []
        self._count = 0
        self._kept: list[_Kept] = []
        self._signal_handlers: dict[str, Callable[[Any], Any]] = {}
        self._updates: dict[str, tuple[Callable[[Any], Any], Callable[[Any], None] | None]] = {}
        self._queries: dict[str, Callable[..., Any]] = {}

    @property
    def is_open(self) -> bool:
        """Whether something from outside can still move the run."""
        return bool(self._waiting or self._signal_handlers or self._updates)

    def unread(self, *, bytes_max: int) -> list[tuple[str, bytes]]:
        """Names of the signals that nobody has read, and their payloads as JSON, in order."""

        def json(payload: Any) -> bytes:
            return encode_value(payload, name="the payload", bytes_max=bytes_max)

        return [(signal.name, json(signal.payload)) for signal in self._kept]

    # --- asked for by the context

    async def wait(self, name: str, where: Where | None) -> Any:
        """The payload of the oldest signal of that name that fits and nobody has taken."""
        for at, kept in enumerate(self._kept):
            if kept.name == name and (where is None or where(kept.payload)):
                del self._kept[at]
                return kept.payload
        waiting = _Waiting(name, where, self._execution.create_future())
        self._waiting.append(waiting)
        try:
            signal: _Kept = await waiting.future
        except asyncio.CancelledError:
            if waiting.future.done() and not waiting.future.cancelled():
                insort(self._kept, waiting.future.result(), key=_place)  # came, was not read
            raise
        else:
            return signal.payload
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def on_signal(self, name: str, handler: Callable[[Any], Any]) -> None:
        """Call the handler for each signal of that name, those that were kept first."""
        self._signal_handlers[name] = handler
        kept = [signal.payload for signal in self._kept if signal.name == name]
        self._kept = [signal for signal in self._kept if signal.name != name]
        for payload in kept:
            self._call(handler, payload)

    def on_update(
        self, name: str, handler: Callable[[Any], Any], validator: Callable[[Any], None] | None
    ) -> None:
        """Answer updates of that name; see ``Context.on_update``."""
        self._updates[name] = handler, validator

    def on_query(self, name: str, handler: Callable[..., Any]) -> None:
        """Answer queries of that name; see ``Context.on_query``."""
        if inspect.iscoroutinefunction(handler):
            raise Invalid(
                f"the handler of query {name!r} is asynchronous: a query only looks",
                code="query.handler",
                next_step="write a plain function that returns what it sees",
            )
        self._queries[name] = handler

    # --- delivered by the driver, inside the loop

    def receive_signal(self, name: str, payload: Any) -> None:
        """A signal came: to its handler, to the first who waits for it, or to be kept."""
        handler = self._signal_handlers.get(name)
        if handler is not None:
            self._call(handler, payload)
            return
        for waiting in self._waiting:
            fits = waiting.name == name and (waiting.where is None or waiting.where(payload))
            if fits and not waiting.future.done():
                self._count += 1
                waiting.future.set_result(_Kept(self._count, name, payload))
                return
        self.keep(name, payload)

    def keep(self, name: str, payload: Any) -> None:
        """A signal that nobody takes now.

        Raises:
            Exceeded: too many lie unread (``signal.unread``).
        """
        if len(self._kept) >= KEPT_MAX:
            raise Exceeded(f"{KEPT_MAX} signals lie unread", code="signal.unread")
        self._count += 1
        self._kept.append(_Kept(self._count, name, payload))

    def refusal(self, name: str, payload: Any) -> events.ErrorRecord | None:
        """Why an update is not accepted, asked of its validator, or None if it is."""
        known = self._updates.get(name)
        if known is None:
            names = ", ".join(sorted(self._updates)) or "none"
            return events.ErrorRecord(
                type="update.unknown", message=f"no update {name!r} is handled; known: {names}"
            )
        validator = known[1]
        try:
            if validator is not None:
                validator(payload)
        except Exception as error:
            return events.ErrorRecord(type=type(error).__name__, message=_text(error))
        return None

    def accept_update(self, message: int, name: str, payload: Any) -> None:
        """Begin to answer an update that was accepted."""
        handler = self._updates[name][0]
        self._execution.spawn(self._answer(message, name, handler, payload))

    async def _answer(
        self, message: int, name: str, handler: Callable[[Any], Any], payload: Any
    ) -> None:
        execution = self._execution
        try:
            result = handler(payload)
            if inspect.isawaitable(result):
                result = await result
            data = encode_value(
                result,
                name=f"the answer to update {name!r}",
                bytes_max=execution.limits.value_bytes_max,
            )
        except (Exception, asyncio.CancelledError) as error:
            record = events.ErrorRecord(type=_type(error), message=_text(error))
            body = b'{"error":%b,"message":%d}' % (events.error_json(record), message)
            execution.issue(events.UPDATE_FAILED, body)
        else:
            body = b'{"message":%d,"result":%b}' % (message, execution.shelved(data))
            execution.issue(events.UPDATE_COMPLETED, body)

    def query(self, name: str, args: tuple[Any, ...]) -> Any:
        """What the handler of that name sees now.

        Raises:
            Missing: no such handler (``query.unknown``).
            Conflict: the handler raised (``query.failed``).
        """
        handler = self._queries.get(name)
        if handler is None:
            names = ", ".join(sorted(self._queries)) or "none"
            raise Missing(
                f"the workflow answers no query {name!r}; known: {names}", code="query.unknown"
            )
        try:
            return handler(*args)
        except TarlError:
            raise
        except Exception as error:
            raise Conflict(f"query {name!r} failed: {_text(error)}", code="query.failed") from error

    def _call(self, handler: Callable[[Any], Any], payload: Any) -> None:
        result = handler(payload)
        if inspect.iscoroutine(result):
            self._execution.spawn(result)


def _place(kept: _Kept) -> int:
    return kept.number


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"a {type(error).__name__} that cannot be printed"


def _type(error: BaseException) -> str:
    return str(getattr(error, "type", type(error).__name__))
