"""Functions that timers call, by the names under which another process finds them again."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from tarl.errors import Conflict, Invalid
from tarl.kernel.definition import wire_name
from tarl.values.ids import check_name


class Due(NamedTuple):
    """What a handler is told about the timer that is due.

    ``key`` is the same at every attempt: a handler with effects outside uses it so that a further
    attempt has no further effect.
    """

    tenant: str
    timer_id: str
    due_at_ms: int
    payload: Any
    about: str | None
    attempt: int

    @property
    def key(self) -> str:
        """The idempotency key of what the handler does."""
        return f"timer/{self.tenant}/{self.timer_id}"


Handler = Callable[[Due], Awaitable[None] | None]
F = TypeVar("F", bound=Handler)


class Handlers:
    """One process's handlers by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Handler] = {}

    def register(self, handler: F, *, name: str | None = None) -> F:
        """Make a handler known; its qualified name is the name that is left out.

        Raises:
            Invalid: a lambda or a local function without a name (``handler.local``), or nothing
                that can be called (``handler.type``).
            Conflict: another function has the name (``handler.exists``).
        """
        if not callable(handler):
            raise Invalid(f"{handler!r} is no function", code="handler.type")
        known_as = wire_name(handler, "handler") if name is None else check_name(name, "handler")
        other = self._by_name.get(known_as)
        if other is not None and not _is_same(other, handler):
            raise Conflict(
                f"another handler is named {known_as}",
                code="handler.exists",
                next_step="give one of them another name",
                handler=known_as,
            )
        self._by_name[known_as] = handler
        return handler

    def include(self, others: Handlers) -> None:
        """Make another's handlers known as well.

        Raises:
            Conflict: two functions have one name (``handler.exists``).
        """
        for name, handler in others._by_name.items():
            self.register(handler, name=name)

    def get(self, name: str) -> Handler | None:
        """The handler of a name, if this process has it."""
        return self._by_name.get(name)

    def names(self) -> list[str]:
        """Every name, sorted."""
        return sorted(self._by_name)


def is_async(handler: Handler) -> bool:
    """Whether calling it gives something to await."""
    call = handler if inspect.isroutine(handler) else type(handler).__call__
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(handler)


def _is_same(one: Handler, other: Handler) -> bool:
    """Whether it is the same function, or the same one loaded again from its file."""
    if one == other:
        return True
    places = [
        (code.co_filename, code.co_qualname)
        for code in (getattr(f, "__code__", None) for f in (one, other))
        if code is not None
    ]
    return len(places) == 2 and places[0] == places[1]
