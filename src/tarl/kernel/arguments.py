"""What steps are called with: recorded as canonical JSON, received as the activity declares it."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.kernel.definition import Activity
from tarl.kernel.payload import decode_value, encode_value
from tarl.values.canonical import INTEGER_MAX, encode

_encode_scalars = msgspec.json.Encoder().encode
_decode_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_named_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def encode_scalars(args: tuple[Any, ...]) -> bytes | None:
    """Positional arguments that are null, booleans, integers and texts, which most are, as a
    canonical JSON list; None when one is something else.
    """
    for arg in args:
        kind = type(arg)
        if kind is int:
            if not -INTEGER_MAX <= arg <= INTEGER_MAX:
                return None
        elif kind is not str and arg is not None and kind is not bool:
            return None
    try:
        return _encode_scalars(args)
    except UnicodeEncodeError:
        return None


def encode_arguments(
    activity: Activity[..., Any], args: tuple[Any, ...], *, bytes_max: int
) -> bytes:
    """The positional arguments as a canonical JSON list.

    Raises:
        Invalid: one has no JSON form, or would come back as something else.
        Exceeded: they are larger than ``bytes_max``.
    """
    try:
        data = encode([*args])
    except Invalid:
        pass  # said again, with its name, below
    else:
        if len(data) <= bytes_max:
            return data
    try:
        name = f"the arguments of {activity.name}"
        return encode_value([*args], name=name, bytes_max=bytes_max)
    except Invalid as error:
        if error.code not in ("value.unserialisable", "value.round_trip"):
            raise
    types = _positional_types(activity, len(args))
    parts = [
        encode_value(arg, name=f"argument {i} of {activity.name}", declared=t, bytes_max=bytes_max)
        for i, (arg, t) in enumerate(zip(args, types, strict=True))
    ]
    return b"[" + b",".join(parts) + b"]"


def encode_keywords(
    activity: Activity[..., Any], kwargs: dict[str, Any], *, bytes_max: int
) -> bytes:
    """The named arguments as a canonical JSON object; see ``encode_arguments``."""
    parts = []
    for key in sorted(kwargs):
        data = encode_value(
            kwargs[key],
            name=f"argument {key!r} of {activity.name}",
            declared=_keyword_type(activity, key),
            bytes_max=bytes_max,
        )
        parts.append(encode(key) + b":" + data)
    return b"{" + b",".join(parts) + b"}"


def read_arguments(
    activity: Activity[..., Any], args_json: bytes, kwargs_json: bytes
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as the activity receives them, of its declared types."""
    parts = _decode_parts(args_json)
    types = _positional_types(activity, len(parts))
    read = [decode_value(bytes(part), t) for part, t in zip(parts, types, strict=True)]
    named = {
        key: decode_value(bytes(part), _keyword_type(activity, key))
        for key, part in _decode_named_parts(kwargs_json).items()
    }
    return read, named


def _positional_types(activity: Activity[..., Any], count: int) -> tuple[Any, ...]:
    types, rest = activity.positional_types
    return types[:count] if count <= len(types) else types + (rest,) * (count - len(types))


def _keyword_type(activity: Activity[..., Any], key: str) -> Any:
    parameters = activity.signature.parameters
    if key in parameters:
        return parameters[key].annotation
    for parameter in parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return parameter.annotation
    return Any
