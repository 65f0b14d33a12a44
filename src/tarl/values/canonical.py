"""Canonical JSON (RFC 8785): one spelling for each value, and a strict reader for outside text.

Integers lie within 2^53-1 of zero, numbers are finite, strings are Unicode without lone surrogates,
object members have distinct names. Whatever else comes in is refused with the place where it
stands.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

from tarl.errors import Invalid

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 128
"""Nesting of a value: deeper ones are an attack or a mistake, and recursion must end."""

_sorted = msgspec.json.Encoder(order="sorted").encode
_CONSTANTS = {None: b"null", True: b"true", False: b"false"}


class _NeedsCare(Exception):
    """The value holds numbers or names that the fast writer spells in another way than RFC 8785."""


def encode(value: Any) -> bytes:
    """The canonical bytes of a value made of None, bool, int, float, str, list and dict.

    Raises:
        Invalid: ``value.type``, ``value.not_finite``, ``value.integer_range``,
            ``value.lone_surrogate``, ``value.key_type`` or ``value.depth``, with the JSON path.
    """
    kind = type(value)
    if kind is int:
        if -INTEGER_MAX <= value <= INTEGER_MAX:
            return b"%d" % value
        _refuse_integer(value, "$")
    if kind is str:
        return quote(value)
    if value is None or kind is bool:
        return _CONSTANTS[value]
    try:
        _check(value, DEPTH_MAX)
        return _sorted(value)
    except (_NeedsCare, UnicodeEncodeError):
        parts: list[bytes] = []
        _write(value, parts, "$", DEPTH_MAX)
        return b"".join(parts)


def quote(text: str, path: str = "$") -> bytes:
    """A string as a JSON string.

    Raises:
        Invalid: the text has a lone surrogate.
    """
    try:
        return _sorted(text)
    except UnicodeEncodeError:
        raise Invalid(
            f"the text at {path} has a lone surrogate, which is no Unicode character",
            code="value.lone_surrogate",
            next_step="repair the text's encoding where it is read",
            path=path,
        ) from None


def decode(data: bytes | str) -> Any:
    """The value of JSON text from outside, read strictly.

    Raises:
        Invalid: ``json.encoding``, ``json.malformed``, ``json.duplicate_key``, ``json.not_finite``,
            ``json.integer_range``, ``json.lone_surrogate`` or ``json.depth``.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError as error:
        raise Invalid(
            f"the text is not UTF-8 at byte {error.start}", code="json.encoding"
        ) from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_not_finite, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise Invalid(
            f"malformed JSON at line {error.lineno}, column {error.colno}: {error.msg}",
            code="json.malformed",
            next_step="check quotes and commas; JSON strings take double quotes",
            line=error.lineno,
            column=error.colno,
        ) from None
    except RecursionError:
        raise Invalid("the JSON is nested too deeply", code="json.depth") from None
    try:
        encode(value)
    except Invalid as error:
        code = error.code.replace("value.", "json.")
        raise Invalid(error.message, code=code, **error.facts) from None
    return value


def _check(value: Any, depth: int) -> None:
    """Whether the fast writer spells the value as RFC 8785 does."""
    if depth == 0:
        raise _NeedsCare
    if type(value) is list:
        for item in value:
            kind = type(item)
            if kind is int:
                if not -INTEGER_MAX <= item <= INTEGER_MAX:
                    raise _NeedsCare
            elif kind is not str and item is not None and kind is not bool:
                _check(item, depth - 1)
    elif type(value) is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                raise _NeedsCare
            kind = type(item)
            if kind is int:
                if not -INTEGER_MAX <= item <= INTEGER_MAX:
                    raise _NeedsCare
            elif kind is not str and item is not None and kind is not bool:
                _check(item, depth - 1)
    else:
        raise _NeedsCare


def _write(value: Any, parts: list[bytes], path: str, depth: int) -> None:
    if depth == 0:
        raise Invalid(f"nested more than {DEPTH_MAX} deep", code="value.depth", path=path[:200])
    kind = type(value)
    if kind is str:
        parts.append(quote(value, path))
    elif value is None or kind is bool:
        parts.append(_CONSTANTS[value])
    elif kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            _refuse_integer(value, path)
        parts.append(b"%d" % value)
    elif kind is float:
        parts.append(number(value, path))
    elif kind is list:
        _write_list(value, parts, path, depth)
    elif kind is dict:
        _write_object(value, parts, path, depth)
    else:
        raise Invalid(
            f"{path} is a {kind.__name__}, which JSON does not have",
            code="value.type",
            next_step="use null, booleans, numbers, strings, lists and objects with string names",
            path=path,
            type=kind.__name__,
        )


def _write_list(value: list[Any], parts: list[bytes], path: str, depth: int) -> None:
    mark = b"["
    for index, item in enumerate(value):
        parts.append(mark)
        _write(item, parts, f"{path}[{index}]", depth - 1)
        mark = b","
    parts.append(b"[]" if not value else b"]")


def _write_object(value: dict[Any, Any], parts: list[bytes], path: str, depth: int) -> None:
    for name in value:
        if type(name) is not str:
            raise Invalid(
                f"{path} has the member name {name!r}, which is not a string",
                code="value.key_type",
                next_step="use strings as member names",
                path=path,
            )
    quoted = {name: quote(name, path) for name in value}
    mark = b"{"
    for name in sorted(value, key=_utf16):
        parts.append(mark + quoted[name] + b":")
        _write(value[name], parts, f"{path}.{name}", depth - 1)
        mark = b","
    parts.append(b"{}" if not value else b"}")


def number(value: float, path: str = "$") -> bytes:
    """A finite double as ECMAScript writes it (ECMA-262, Number::toString), shortest digits.

    Raises:
        Invalid: NaN or infinite.
    """
    if value != value or value in (float("inf"), float("-inf")):
        raise Invalid(
            f"{path} is {value}, which JSON does not have",
            code="value.not_finite",
            next_step="use null, or a string, where there is no number",
            path=path,
        )
    if value == 0:
        return b"0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0")
    return (sign + _placed(digits, point)).encode()


def _placed(digits: str, point: int) -> str:
    """Digits with the decimal point after the first ``point`` of them."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def _refuse_integer(value: int, path: str) -> NoReturn:
    raise Invalid(
        f"{path} is an integer beyond 2^53-1, which JSON readers do not agree on",
        code="value.integer_range",
        next_step="use a string of digits",
        path=path,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise Invalid(
            f"an object has the member {twice!r} twice",
            code="json.duplicate_key",
            next_step="keep one of them",
            name=twice,
        )
    return members


def _not_finite(text: str) -> NoReturn:
    raise Invalid(f"{text} is not a JSON number", code="json.not_finite")


def _integer(text: str) -> int:
    if len(text) > 20:
        raise Invalid("an integer beyond 2^53-1", code="json.integer_range")
    return int(text)
