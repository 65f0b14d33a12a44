"""Functions that tell somebody of a violation, by the names under which a process finds them again.

    @escalation_handler("page-ops")
    async def page(violation: Violation) -> None: ...

A handler may be called again after a crash, always with the same ``violation.key``; one that raises
is tried again, one that takes longer than ``CALL_S`` counts as one that raised. One that is not
asynchronous runs in a thread of its own, which nobody can end: so many hang at the most.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable
from types import ModuleType

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid, Unavailable
from tarl.governance.violations.state import Violation
from tarl.values.ids import check_name

CALL_S = 60.0
"""How long a handler may take."""

HANGING_MAX = 16
"""Threads of handlers that do not come back; more are not begun."""

Tell = Callable[[Violation], Awaitable[None] | None]


class EscalationHandler(msgspec.Struct, frozen=True):
    """A function under its name; calling it calls the function."""

    name: str
    tell: Tell

    def __call__(self, violation: Violation) -> Awaitable[None] | None:
        return self.tell(violation)


def escalation_handler(name: str) -> Callable[[Tell], EscalationHandler]:
    """Give a function the name by which ladders name it.

    Raises:
        Invalid: a name that is none (``id.*``), or nothing that can be called
            (``violation.handler``).
    """
    check_name(name, "handler")

    def named(tell: Tell) -> EscalationHandler:
        if not callable(tell):
            raise Invalid(
                f"{tell!r} cannot be called",
                code="violation.handler",
                next_step="decorate a function that takes a violation",
            )
        return EscalationHandler(name, tell)

    return named


def handlers_in(modules: Iterable[ModuleType]) -> dict[str, EscalationHandler]:
    """The handlers that modules hold, by name.

    Raises:
        Conflict: two have one name (``violation.handler_exists``).
    """
    found: dict[str, EscalationHandler] = {}
    for module in modules:
        own = [value for value in vars(module).values() if isinstance(value, EscalationHandler)]
        for handler in own:
            if found.setdefault(handler.name, handler) != handler:
                raise Conflict(
                    f"two handlers are named {handler.name}",
                    code="violation.handler_exists",
                    next_step="give one of them another name",
                    handler=handler.name,
                )
    return found


class Caller:
    """Calls handlers, each for a limited time.

    Args:
        call_s: How long one may take.
    """

    def __init__(self, *, call_s: float = CALL_S) -> None:
        self._call_s = call_s
        self._hanging = 0

    async def call(self, handler: EscalationHandler, violation: Violation) -> None:
        """Have somebody told.

        Raises:
            Unavailable: it has not come back in time (``violation.handler_hangs``).
            Exceeded: too many have not (``violation.handlers_hang``).
            Exception: whatever the handler raises.
        """
        try:
            async with asyncio.timeout(self._call_s) as limit:
                if inspect.iscoroutinefunction(handler.tell):
                    await handler.tell(violation)
                else:
                    result = await self._in_thread(handler, violation)
                    if inspect.isawaitable(result):
                        await result
        except TimeoutError:
            if not limit.expired():
                raise
            raise Unavailable(
                f"handler {handler.name} has not come back within {self._call_s:g} s",
                code="violation.handler_hangs",
                next_step="have it end sooner; it is tried again",
                handler=handler.name,
            ) from None

    async def _in_thread(
        self, handler: EscalationHandler, violation: Violation
    ) -> Awaitable[None] | None:
        if self._hanging >= HANGING_MAX:
            raise Exceeded(
                f"{self._hanging} handlers have not come back",
                code="violation.handlers_hang",
                next_step="restart the process, and have them end sooner",
            )
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Awaitable[None] | None] = loop.create_future()

        def told(result: Awaitable[None] | None, error: BaseException | None) -> None:
            self._hanging -= 1
            if done.done():
                return
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

        def work() -> None:
            try:
                result, error = handler.tell(violation), None
            except Exception as raised:
                result, error = None, raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(told, result, error)

        self._hanging += 1
        # A daemon: one that hangs must not keep the process from ending.
        threading.Thread(target=work, name=f"escalation-{handler.name}", daemon=True).start()
        return await done
