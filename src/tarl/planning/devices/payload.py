"""Bytes from outside as values, bounded: what a device, a broker or a hub says of itself.

Nothing here is evaluated. A message is text or JSON; what is larger, deeper or odder than a device
has reason to send is refused with ``device.payload``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tarl.errors import Invalid, TarlError
from tarl.values.canonical import encode

PAYLOAD_BYTES_MAX = 64 * 1024
"""A device's state with all its attributes takes hundreds of bytes."""

ATTRIBUTES_MAX = 64
TEXT_BYTES_MAX = 1_000
TOPIC_BYTES_MAX = 512


def checked_topic(topic: Any) -> str:
    """A topic that names one thing: no wildcards, no control characters, not the broker's own.

    Raises:
        Invalid: ``device.topic``.
    """
    if (
        isinstance(topic, str)
        and topic.isprintable()
        and 0 < len(topic.encode(errors="replace")) <= TOPIC_BYTES_MAX
        and not topic.startswith("$")
        and not set("+#") & set(topic)
    ):
        return topic
    raise Invalid(
        f"{str(topic)[:80]!r} is not the topic of one device",
        code="device.topic",
        next_step=f"use at most {TOPIC_BYTES_MAX} bytes, without + and #, not beginning with $",
    )


def checked_command_topic(topic: Any) -> str:
    """A topic on which a device that announced itself may be told something: none on which hubs
    take requests, and none that announces devices.

    Raises:
        Invalid: ``device.topic``.
    """
    checked = checked_topic(topic)
    if "/bridge/" not in checked and not checked.endswith("/config"):
        return checked
    raise Invalid(
        f"{checked!r} is a hub's, and not one device's",
        code="device.topic",
        next_step="look at who announced the device",
    )


def text_of(payload: bytes) -> str:
    """A short message as text.

    Raises:
        Invalid: ``device.payload``.
    """
    if len(payload) > TEXT_BYTES_MAX:
        raise odd(f"it has {len(payload)} bytes, and is no JSON")
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError as error:
        raise odd("it is not UTF-8") from error
    if not text.isprintable():
        raise odd("it has control characters")
    return text


def json_of(payload: bytes, *, bytes_max: int = PAYLOAD_BYTES_MAX) -> Any:
    """A message as JSON.

    Raises:
        Invalid: ``device.payload``.
    """
    if len(payload) > bytes_max:
        raise odd(f"it has {len(payload)} bytes, at most {bytes_max} are taken")
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise odd(f"it is not JSON: {error}") from error


def json_or_text(payload: bytes) -> Any:
    """A message as JSON where it is a JSON object or array, and as text otherwise.

    Raises:
        Invalid: ``device.payload``.
    """
    if payload.lstrip()[:1] in (b"{", b"["):
        return json_of(payload)
    return text_of(payload)


def value_at(value: Any, path: Sequence[str | int]) -> Any:
    """What stands at a path; None where the path leads nowhere."""
    for step in path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def word_of(value: Any) -> str:
    """A state as the word that is used here: ``on`` for true and for ``ON``.

    Raises:
        Invalid: ``device.payload``.
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) and 0 < len(value) <= TEXT_BYTES_MAX and value.isprintable():
        return value.strip().lower()
    if isinstance(value, int | float):
        return str(value)
    raise odd("it holds no state")


def attributes_from(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes that a journal can hold.

    Raises:
        Invalid: ``device.payload``.
    """
    if len(values) > ATTRIBUTES_MAX:
        raise odd(f"it has more than {ATTRIBUTES_MAX} attributes")
    try:
        encode(dict(values))
    except (TarlError, ValueError, TypeError, RecursionError) as error:
        raise odd(f"its values are none that can be kept: {error}") from error
    return dict(values)


def number_of(value: Any) -> int | float | None:
    """A number, also where it came as text; None for what is none."""
    if isinstance(value, str):
        if not (0 < len(value) <= 32):
            return None
        try:
            value = msgspec.json.decode(value.strip())
        except msgspec.DecodeError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def odd(problem: str) -> Invalid:
    """A refusal of a message."""
    return Invalid(
        f"the message cannot be taken: {problem}",
        code="device.payload",
        next_step="look at what the device sends",
    )
