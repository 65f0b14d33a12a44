"""What the solver's process and its owner say to each other: values as JSON, each after its length
in four bytes, most significant first.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.errors import Corrupt, Invalid, TarlError, Unavailable
from tarl.planning.problem import Schedule, Solution

FRAME_BYTES_MAX = 64 * 1024 * 1024
"""Of one value: the largest problem and its answer with alternatives, but not all memory."""

HEAD_BYTES = 4


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process has loaded what it needs."""


class Better(msgspec.Struct, frozen=True, tag="better"):
    """A better schedule than those before, while the search goes on."""

    schedule: Schedule


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The end of a search."""

    solution: Solution


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="failure"):
    """The end of a search that raised an error."""

    kind: str
    message: str
    code: str
    next_step: str | None = None
    facts: dict[str, Any] = {}

    def as_error(self) -> TarlError:
        """The error."""
        kinds = {kind.__name__: kind for kind in (Invalid, Unavailable, Corrupt)}
        return kinds.get(self.kind, TarlError)(
            self.message, code=self.code, next_step=self.next_step, **self.facts
        )


Message = Ready | Better | Answer | Failure

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def framed(value: object) -> bytes:
    """A value as it is sent.

    Raises:
        Invalid: ``solver.problem``: it is too large.
    """
    body = _encoder.encode(value)
    if len(body) > FRAME_BYTES_MAX:
        raise Invalid(
            f"{len(body):,} bytes are too many for the solver's process",
            code="solver.problem",
            next_step="plan less at once",
            where="size",
        )
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def length_of(head: bytes) -> int:
    """How long the value is of which this came first.

    Raises:
        ValueError: longer than anything that is sent.
    """
    length = int.from_bytes(head, "big")
    if length > FRAME_BYTES_MAX:
        raise ValueError(f"a frame of {length:,} bytes")
    return length


def message_of(body: bytes) -> Message:
    """What the solver's process said.

    Raises:
        ValueError: it is none of its messages.
    """
    return _decoder.decode(body)
