"""Errors of this face: tarl's own, all of them ``TrustError``, and also the built-in classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tarl.errors import Conflict, Corrupt, Denied, Exceeded, Invalid, Missing, TarlError
from tarl.integrations.orchestration.refusals import (
    BadValue,
    Busy,
    NotPermitted,
    Plain,
    UnknownName,
)


class TrustError(Plain):
    """Authority is missing, does not hold, or cannot be established."""


class TrustDenied(TrustError, NotPermitted):
    """Nobody who asked may do that; a ``PermissionError`` as well."""


class TrustInvalid(TrustError, BadValue):
    """A value that cannot be signed, or a constraint that nobody registered."""


class TrustMissing(TrustError, UnknownName):
    """An agent, authority or record that nobody has registered."""


class TrustConflict(TrustError, Busy):
    """The agent or authority is in a state in which this cannot be done."""


class TrustExceeded(TrustError, Exceeded, ValueError):
    """A budget or a bound would be passed."""


class TrustCorrupt(TrustError, Corrupt):
    """What is recorded is not what was signed."""


class NoCapableAgentError(TrustError, UnknownName):
    """No agent that is registered may do what is asked for."""


class UnknownPatternError(TrustError, UnknownName):
    """There is no pattern of that name; nothing ran."""


class WorkflowValidationError(TrustError, BadValue):
    """A workflow asks of its agents what they do not hold."""


_SHOWN: tuple[tuple[type[TarlError], type[TrustError]], ...] = (
    (Denied, TrustDenied),
    (Invalid, TrustInvalid),
    (Missing, TrustMissing),
    (Conflict, TrustConflict),
    (Exceeded, TrustExceeded),
    (Corrupt, TrustCorrupt),
    (TarlError, TrustError),
)


@contextmanager
def translated() -> Iterator[None]:
    """Raise the rooms' refusals as this face's."""
    try:
        yield
    except TrustError:
        raise
    except TarlError as error:
        face = next(shown for raised, shown in _SHOWN if isinstance(error, raised))
        raise face(
            error.message, code=error.code, next_step=error.next_step, **error.facts
        ) from error
