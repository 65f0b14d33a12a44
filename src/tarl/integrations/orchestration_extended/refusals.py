"""Errors of this face: tarl's own, which are also the built-in classes that callers catch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tarl.errors import Conflict, Denied, Exceeded, Invalid, Missing, TarlError
from tarl.integrations.orchestration.refusals import (
    BadValue,
    Busy,
    NotPermitted,
    Plain,
    UnknownName,
)

__all__ = [
    "BadValue",
    "Busy",
    "NotHolder",
    "NotPermitted",
    "QuotaExceeded",
    "UnknownName",
    "translated",
]


class QuotaExceeded(Plain, Exceeded, ValueError):
    """A namespace has used up what it may have, or a value is larger than its bound."""


class NotHolder(Plain, Conflict, ValueError):
    """Whoever asks does not hold the lease, or does not any more."""


_SHOWN: tuple[tuple[type[TarlError], type[TarlError]], ...] = (
    (Invalid, BadValue),
    (Missing, UnknownName),
    (Exceeded, QuotaExceeded),
    (Denied, NotPermitted),
    (Conflict, Busy),
)


def shown(error: TarlError) -> TarlError:
    """A room's refusal as this face's; any other error as it is."""
    if isinstance(error, Plain):
        return error
    cls: type[TarlError] | None = NotHolder if error.code == "lease.lost" else None
    for raised, face in _SHOWN:
        if cls is None and isinstance(error, raised):
            cls = face
    if cls is None:
        return error
    return cls(error.message, code=error.code, next_step=error.next_step, **error.facts)


@contextmanager
def translated() -> Iterator[None]:
    """Raise the rooms' refusals as this face's."""
    try:
        yield
    except TarlError as error:
        face = shown(error)
        if face is error:
            raise
        raise face from error
