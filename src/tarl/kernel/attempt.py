"""The attempt that the calling activity is: its effect, its number, its heartbeats, its parts."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.errors import Exceeded, Invalid, Unavailable
from tarl.kernel.payload import decode_value, encode_value

if TYPE_CHECKING:
    from tarl.kernel.effect import Effect

DETAILS_BYTES_MAX = 8_192
"""What a heartbeat says is kept in the event of the failed attempt."""

PARTS_BYTES_MAX = 4 * 1024 * 1024
"""Of one attempt's partial output: what never ends is stopped."""


class Attempt(msgspec.Struct, eq=False):
    """One attempt of a step.

    Attributes:
        effect: What is to be done, and under which key.
        number: Which attempt it is, from 1.
        last_details: What the attempt before said in its last heartbeat.
        details: What this one said.
        is_cancelled: Whether nobody waits for it any more.
        has_begun: Whether the effect may have happened.
    """

    effect: Effect
    number: int = 1
    last_details: Any = None
    details: Any = None
    is_cancelled: bool = False
    has_begun: bool = False
    on_heartbeat: Callable[[], None] | None = None
    on_part: Callable[[Attempt, bytes], None] | None = None
    part_bytes: int = 0


current: ContextVar[Attempt | None] = ContextVar("tarl_attempt", default=None)


def current_attempt() -> Attempt:
    """The attempt that the calling activity is.

    Raises:
        Invalid: called outside an activity that a runtime runs (``activity.outside``).
    """
    attempt = current.get()
    if attempt is None:
        raise Invalid("no activity is running here", code="activity.outside")
    return attempt


def current_effect() -> Effect:
    """The effect that the calling activity carries out.

    Raises:
        Invalid: called outside an activity that a runtime runs (``activity.outside``).
    """
    return current_attempt().effect


def heartbeat(details: Any = None) -> None:
    """Say that the attempt is alive, and how far it has come.

    Should it fail and be tried again, ``current_attempt().last_details`` is what was said last.
    From any thread that carries the activity's context.

    Args:
        details: JSON values.

    Raises:
        Unavailable: the step was cancelled or timed out: stop (``activity.cancelled``).
        Invalid: called outside an activity, or details without a JSON form.
        Exceeded: details of more than 8 KiB.
    """
    attempt = _wanted()
    data = encode_value(details, name="the heartbeat's details", bytes_max=DETAILS_BYTES_MAX)
    attempt.details = decode_value(data)
    if attempt.on_heartbeat is not None:
        attempt.on_heartbeat()


def emit(part: Any) -> None:
    """Give a part of the result to those who watch, before the whole is there.

    It is recorded beside the run, as an event of ``parts/<tenant>/<id>/<n>``, within a tenth of a
    second; no replay reads it. From any thread that carries the activity's context.

    Args:
        part: JSON values; of a text, what is new of it.

    Raises:
        Unavailable: the step was cancelled or timed out: stop (``activity.cancelled``).
        Invalid: called outside an activity, or a part without a JSON form.
        Exceeded: all parts together have more than ``PARTS_BYTES_MAX`` (``activity.parts``).
    """
    attempt = _wanted()
    data = encode_value(part, name="a part of the result", bytes_max=PARTS_BYTES_MAX)
    attempt.part_bytes += len(data)
    if attempt.part_bytes > PARTS_BYTES_MAX:
        raise Exceeded(
            f"the parts of one result have more than {PARTS_BYTES_MAX} bytes",
            code="activity.parts",
            next_step="end the stream, or give the rest with the result",
        )
    if attempt.on_part is not None:
        attempt.on_part(attempt, data)


def _wanted() -> Attempt:
    attempt = current_attempt()
    if attempt.is_cancelled:
        raise Unavailable(
            "nobody waits for this attempt any more: it was cancelled or timed out",
            code="activity.cancelled",
            next_step="stop, and undo what is half done",
        )
    return attempt
