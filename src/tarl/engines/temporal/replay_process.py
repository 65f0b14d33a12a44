"""A process that replays histories for another one, and what the two say to each other: messages in
MessagePack, each after its length in four bytes, most significant first.

1. The first message to it says what it needs; what it answers first is that it is ready, or why it
   will not be.
2. One history at a time, one answer to each.
"""

from __future__ import annotations

import asyncio
from typing import Any, BinaryIO

import msgspec

from tarl import errors
from tarl.engines.temporal.recorded import from_bytes
from tarl.engines.temporal.replaying import Replays
from tarl.errors import TarlError
from tarl.kernel.engine import Replayed

FRAME_BYTES_MAX = 256 * 1024 * 1024
"""Of one message: Temporal ends a run whose history passes 50 MB unless its server is told
otherwise.
"""

HEAD_BYTES = 4


class Given(msgspec.Struct, frozen=True, kw_only=True, tag="given"):
    """A history to be replayed, as Temporal's server has it."""

    history: bytes
    strict: bool


class Told(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """An error of tarl's, from one process to another."""

    kind: str
    message: str
    code: str
    next_step: str | None = None
    facts: dict[str, Any] = {}

    @property
    def error(self) -> TarlError:
        """The error; of the same class, where it is made like ``TarlError``."""
        kind = getattr(errors, self.kind, TarlError)
        if kind not in _PLAIN:
            kind = TarlError
        made: TarlError = kind(self.message, code=self.code, next_step=self.next_step, **self.facts)
        return made


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process has loaded the code."""


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A history was replayed."""

    replayed: Replayed


Answer = Ready | Done | Told

_PLAIN = frozenset(
    {
        errors.Invalid,
        errors.Missing,
        errors.Conflict,
        errors.Denied,
        errors.Exceeded,
        errors.Unavailable,
        errors.Corrupt,
        errors.NondeterminismError,
    }
)
_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_read_given = msgspec.msgpack.Decoder(Given).decode
read_answer = msgspec.msgpack.Decoder(Answer).decode


def framed(message: Any) -> bytes:
    """A message as it is sent.

    Raises:
        Exceeded: it is too large (``temporal.history_size``).
    """
    body = _encode(message)
    if len(body) > FRAME_BYTES_MAX:
        raise errors.Exceeded(
            f"a history of {len(body):,} bytes is too large to be replayed",
            code="temporal.history_size",
            next_step="let the workflow continue as new before",
            bytes=len(body),
            bytes_max=FRAME_BYTES_MAX,
        )
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def told(error: TarlError) -> Told:
    """An error as it is sent."""
    return Told(
        kind=type(error).__name__,
        message=error.message,
        code=error.code,
        next_step=error.next_step,
        facts=error.facts,
    )


def read_frame(source: BinaryIO) -> bytes | None:
    """The next message, or None at the end."""
    head = source.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return None
    length = int.from_bytes(head, "big")
    body = source.read(length)
    return body if len(body) == length else None


def write_frame(target: BinaryIO, message: Any) -> None:
    """Send a message."""
    target.write(framed(message))
    target.flush()


async def serve(replays: Replays, source: BinaryIO, target: BinaryIO) -> None:
    """Replay what comes until nothing more does."""
    write_frame(target, Ready())
    while (frame := await asyncio.to_thread(read_frame, source)) is not None:
        given = _read_given(frame)
        try:
            answer: Answer = Done(
                await replays.replay(from_bytes(given.history), strict=given.strict)
            )
        except TarlError as error:
            answer = told(error)
        write_frame(target, answer)
