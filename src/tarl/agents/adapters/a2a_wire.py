"""What A2A sends, as JSON values and back; the canonical form of agent cards.

The canonical form is RFC 8785's of the card without its signatures and without empty texts, lists
and objects (A2A 1.0, section 8.4): what signatures sign, and what a pinned digest is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from tarl.errors import Invalid, Unavailable
from tarl.values.canonical import encode

try:
    from a2a.types import AgentCard, Part
    from google.protobuf.json_format import (
        MessageToDict,
        ParseDict,
    )
    from google.protobuf.json_format import ParseError as ParseError
    from google.protobuf.struct_pb2 import Value
    from google.protobuf.timestamp_pb2 import Timestamp
except ImportError as error:
    raise Unavailable(
        "the library of A2A is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[a2a]'",
    ) from error

PARTS_MAX = 100
"""Of one message."""


def as_json(message: Any) -> Any:
    """A message of the protocol as it is sent."""
    return MessageToDict(message)


def value_of(parts: Sequence[Part]) -> Any:
    """What parts say: text and data as they are, one part alone or all in a list.

    Whole numbers in data, which the protocol's encoding makes floats of, are whole again.

    Raises:
        Invalid: no part, too many, or a file (``a2a.parts``).
    """
    if not 1 <= len(parts) <= PARTS_MAX:
        raise Invalid(f"a message has 1 to {PARTS_MAX} parts", code="a2a.parts")
    values = [_value(part) for part in parts]
    return values[0] if len(values) == 1 else values


def part_of(value: Any) -> Part:
    """A JSON value as a part: text as text, all else as data."""
    if isinstance(value, str):
        return Part(text=value, media_type="text/plain")
    return Part(data=ParseDict(value, Value()), media_type="application/json")


def timestamp(at_ms: int) -> Any:
    """An instant as the protocol has it."""
    stamp = Timestamp()
    stamp.FromMilliseconds(at_ms)
    return stamp


def canonical(card: AgentCard) -> bytes:
    """What a card's signatures sign."""
    data = MessageToDict(card)
    data.pop("signatures", None)
    return encode(_filled(data))


def card_digest(card: AgentCard) -> str:
    """SHA-256 of what a card's signatures sign, in hex."""
    return sha256(canonical(card)).hexdigest()


def _value(part: Part) -> Any:
    kind = part.WhichOneof("content")
    if kind == "text":
        return part.text
    if kind == "data":
        return _whole(MessageToDict(part.data))
    raise Invalid(
        "parts are text or data here", code="a2a.parts", next_step="give files by reference"
    )


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _filled(value: Any) -> Any:
    """A JSON value without what is empty in it; None for nothing at all."""
    if isinstance(value, dict):
        members = {name: _filled(item) for name, item in value.items()}
        return {name: item for name, item in members.items() if item is not None} or None
    if isinstance(value, list):
        return [item for item in map(_filled, value) if item is not None] or None
    return None if value == "" else value
