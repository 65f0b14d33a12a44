"""Values on their way into and out of the journal: canonical JSON and the declared type.

A workflow always receives a value as decoded from its recorded bytes into the declared type, live
and replayed alike. What does not survive that round trip is refused with its name, because it
would be one thing today and another after a restart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from tarl.errors import Exceeded, Invalid
from tarl.kernel.events import StepCompletedAs
from tarl.values.canonical import encode
from tarl.values.plain import plain

_SCALARS = frozenset({int, str, bool, type(None)})
_decode_any = msgspec.json.Decoder().decode


def encode_value(value: Any, *, name: str, declared: Any = Any, bytes_max: int) -> bytes:
    """The canonical bytes of a value.

    Args:
        value: JSON values, or what ``declared`` can be read back from (dataclasses, structs, enums,
            datetimes, tuples ...).
        name: What the value is, for the error's message.
        declared: The type it will be read back as.
        bytes_max: The largest encoding that is accepted.

    Raises:
        Invalid: it has no JSON form, or is another value once read back (``value.*``).
        Exceeded: it is larger than ``bytes_max`` (``value.too_large``).
    """
    try:
        data = encode(value)
    except Invalid as error:
        if error.code != "value.type":
            raise _named(error, name) from None
        data = _encode_through_type(value, name=name, declared=declared)
    if len(data) > bytes_max:
        raise Exceeded(
            f"{name} is {len(data)} bytes of JSON; the limit is {bytes_max}",
            code="value.too_large",
            next_step="keep large data outside and pass a reference to it",
            name=name,
            size_bytes=len(data),
            size_bytes_max=bytes_max,
        )
    return data


def decode_value(data: bytes, declared: Any = Any) -> Any:
    """A recorded value as its declared type.

    Raises:
        Invalid: the recorded value does not fit the type (``value.mismatch``).
    """
    if declared is Any:
        return _decode_any(data)
    try:
        return _decoder(declared).decode(data)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"the recorded value is no {_type_name(declared)}: {error}",
            code="value.mismatch",
            next_step="let the annotation say what the function really returns",
        ) from None


@lru_cache(maxsize=1024)
def completion_decoder(declared: Any) -> Callable[[bytes], StepCompletedAs[Any]]:
    """What reads a step's completion with a result of the declared type in one pass.

    Raises:
        Invalid: the type cannot be read from JSON (``value.declared_type``).
    """
    _decoder(declared)
    return msgspec.json.Decoder(StepCompletedAs[declared]).decode


def received(value: Any, data: bytes, declared: Any) -> Any:
    """What the workflow gets for a value just encoded: the same as replay will give it."""
    if type(value) in _SCALARS and declared in (Any, type(value)):
        return value
    return decode_value(data, declared)


def _encode_through_type(value: Any, *, name: str, declared: Any) -> bytes:
    try:
        data = encode(plain(value))
        again = decode_value(data, declared)
    except (TypeError, msgspec.MsgspecError, Invalid) as error:
        raise Invalid(
            f"{name} cannot be recorded: {error}",
            code="value.unserialisable",
            next_step="return JSON values, or annotate the type (dataclass, msgspec.Struct, enum)",
            name=name,
        ) from None
    if again != value:
        raise Invalid(
            f"{name}{_lost(value, again)} after a restart",
            code="value.round_trip",
            next_step="annotate the type it should come back as, or use plain JSON values",
            name=name,
        )
    return data


def _lost(value: Any, again: Any, path: str = "") -> str:
    """Where a value differs from what is read back, and what it becomes there."""
    if isinstance(value, dict) and isinstance(again, dict) and value.keys() == again.keys():
        parts = [(f".{key}", value[key], again[key]) for key in value]
    elif isinstance(value, list) and isinstance(again, list) and len(value) == len(again):
        parts = [(f"[{i}]", a, b) for i, (a, b) in enumerate(zip(value, again, strict=True))]
    else:
        parts = []
    for step, here, there in parts:
        if here != there:
            return _lost(here, there, f"{path or ': $'}{step}")
    before, after = type(value).__name__, type(again).__name__
    otherwise = f"other than it is: {again!r:.80}" if before == after else f"as {after}"
    return f"{path} is a {before} and would come back {otherwise}"


@lru_cache(maxsize=1024)
def _decoder(declared: Any) -> msgspec.json.Decoder[Any]:
    try:
        return msgspec.json.Decoder(declared)
    except TypeError as error:
        raise Invalid(
            f"{_type_name(declared)} cannot be read from JSON: {error}",
            code="value.declared_type",
            next_step="annotate JSON types, dataclasses, msgspec.Structs, enums or datetimes",
        ) from None


def _named(error: Invalid, name: str) -> Invalid:
    return Invalid(
        f"{name}: {error.message}", code=error.code, next_step=error.next_step, **error.facts
    )


def _type_name(declared: Any) -> str:
    return getattr(declared, "__name__", None) or str(declared)
