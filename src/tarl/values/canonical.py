"""Canonical JSON (RFC 8785): one spelling for each value, and a strict reader for outside text.

Integers lie within 2^53-1 of zero, numbers are finite, strings are Unicode without lone surrogates,
object members have distinct names, containers nest at most ``DEPTH_MAX`` deep. Only the builtin
types themselves are values, no subclass of them. Whatever else comes in is refused with the place
where it stands.

Writing takes one of two ways: ``_check`` looks whether msgspec spells the value as RFC 8785 does
(no floats, names of members in ASCII), and ``_exact`` spells the others. ``_fault`` looks for the
place only when a value is refused.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Invalid

INTEGER_MAX = 2**53 - 1
DEPTH_MAX = 128
"""Containers within containers: deeper ones are an attack or a mistake, and recursion must end."""

INTEGER_DIGITS_MAX = 16
PATH_CHARS_MAX = 200

_sorted = msgspec.json.Encoder(order="sorted").encode
_STRINGS = frozenset({str})
_CONSTANTS = {None: b"null", True: b"true", False: b"false"}


class _NeedsCare(Exception):
    """The value holds something that the fast writer spells in another way than RFC 8785."""


class _Unfit(Exception):
    """The value has no canonical form."""


class _Twice(NamedTuple):
    """Stands in a value that was read for an object which has a member twice."""

    name: str


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
    elif kind is str:
        return quote(value)
    elif value is None or kind is bool:
        return _CONSTANTS[value]
    else:
        try:
            _check(value, DEPTH_MAX)
            return _sorted(value)
        except (_NeedsCare, UnicodeEncodeError):
            pass
    try:
        return _exact(value, DEPTH_MAX)
    except (_Unfit, UnicodeEncodeError):
        raise _fault(value, "$", DEPTH_MAX) or AssertionError("a fault without a place") from None


def quote(text: str) -> bytes:
    """A string as a JSON string.

    Raises:
        Invalid: the text has a lone surrogate.
    """
    try:
        return _sorted(text)
    except UnicodeEncodeError:
        raise _lone_surrogate("the text at", "$") from None


def number(value: float) -> bytes:
    """A finite double as ECMAScript writes it (ECMA-262, Number::toString), shortest digits.

    Raises:
        Invalid: NaN or infinite.
    """
    if not isfinite(value):
        raise _not_finite(value, "$")
    text = repr(value)
    if "e" not in text:  # both write 1e-4 <= |value| < 1e16 without an exponent
        return text.removesuffix(".0").encode() if value else b"0"
    mantissa, _, exponent = text.partition("e")
    sign = "-" if value < 0 else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return (sign + _placed(digits, int(exponent) + 1)).encode()


def decode(data: bytes | str) -> Any:
    """The value of JSON text from outside, read strictly.

    Raises:
        Invalid: ``json.encoding``, ``json.malformed``, ``json.duplicate_key``, ``json.not_finite``,
            ``json.integer_range``, ``json.lone_surrogate`` or ``json.depth``.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        value = json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise Invalid(
            f"the text is not UTF-8 at byte {error.start}",
            code="json.encoding",
            next_step="save it as UTF-8",
            byte=error.start,
        ) from None
    except json.JSONDecodeError as error:
        raise Invalid(
            f"malformed JSON at line {error.lineno}, column {error.colno}: {error.msg}",
            code="json.malformed",
            next_step="check quotes and commas; JSON strings take double quotes",
            line=error.lineno,
            column=error.colno,
        ) from None
    except RecursionError:
        raise _too_deep("$", code="json.depth") from None
    try:
        encode(value)
    except Invalid as error:
        code = error.code.replace("value.", "json.")
        step = error.next_step
        raise Invalid(error.message, code=code, next_step=step, **error.facts) from None
    return value


def _check(value: Any, depth: int) -> None:
    """Whether the fast writer spells the container as RFC 8785 does."""
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


def _exact(value: Any, depth: int) -> bytes:
    """The value as RFC 8785 spells it, whatever it holds; ``depth`` containers may still nest."""
    kind = type(value)
    if kind is str:
        return _sorted(value)
    if kind is float:
        if isfinite(value):
            return number(value)
    elif kind is int:
        if -INTEGER_MAX <= value <= INTEGER_MAX:
            return b"%d" % value
    elif value is None or kind is bool:
        return _CONSTANTS[value]
    elif depth == 0:
        raise _Unfit
    elif kind is list:
        return b"[%b]" % b",".join([_exact(item, depth - 1) for item in value])
    elif kind is dict:
        if not _STRINGS.issuperset(map(type, value)):
            raise _Unfit
        plain = "".join(value).isascii()
        members = [
            b"%b:%b" % (_sorted(name), _exact(value[name], depth - 1))
            for name in sorted(value, key=None if plain else _utf16)
        ]
        return b"{%b}" % b",".join(members)
    raise _Unfit


def _utf16(name: str) -> bytes:
    """RFC 8785, section 3.2.3: members are ordered by the UTF-16 code units of their names."""
    return name.encode("utf-16-be")


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


def _fault(value: Any, path: str, depth: int) -> Invalid | None:
    """Why the value has no canonical form, from its first fault on; None if it has one."""
    kind = type(value)
    if kind is str:
        return _lone_surrogate("the text at", path) if _is_torn(value) else None
    if kind is float:
        return None if isfinite(value) else _not_finite(value, path)
    if kind is int:
        return None if -INTEGER_MAX <= value <= INTEGER_MAX else _out_of_range(path)
    if value is None or kind is bool:
        return None
    if kind is _Twice:
        return Invalid(
            f"the object at {path} has the member {value.name!r} twice",
            code="json.duplicate_key",
            next_step="keep one of them",
            path=path,
            name=value.name,
        )
    if kind is not list and kind is not dict:
        return Invalid(
            f"{path} is a {kind.__name__}, which JSON does not have",
            code="value.type",
            next_step="use null, booleans, numbers, strings, lists and objects with string names",
            path=path,
            type=kind.__name__,
        )
    if depth == 0:
        return _too_deep(path)
    if kind is dict and (fault := _fault_of_names(value, path)):
        return fault
    faults = (_fault(item, at, depth - 1) for at, item in _places(value, path))
    return next((fault for fault in faults if fault), None)


def _fault_of_names(value: dict[Any, Any], path: str) -> Invalid | None:
    for name in value:
        if type(name) is not str:
            return Invalid(
                f"{path} has the member name {name!r}, which is not a string",
                code="value.key_type",
                next_step="use strings as member names",
                path=path,
            )
        if _is_torn(name):
            return _lone_surrogate("a member name of", path)
    return None


def _places(value: list[Any] | dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """What a container holds, each with its JSON path."""
    if isinstance(value, list):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))
    else:
        for name, item in value.items():
            step = f".{name}" if name.isidentifier() else f"[{json.dumps(name)}]"
            yield f"{path}{step}", item


def _is_torn(text: str) -> bool:
    """Whether the text has a lone surrogate."""
    return any("\ud800" <= c <= "\udfff" for c in text)


def _lone_surrogate(what: str, path: str) -> Invalid:
    return Invalid(
        f"{what} {path} has a lone surrogate, which is no Unicode character",
        code="value.lone_surrogate",
        next_step="repair the text's encoding where it is read",
        path=path,
    )


def _not_finite(value: float, path: str) -> Invalid:
    return Invalid(
        f"{path} is {value}, which JSON does not have",
        code="value.not_finite",
        next_step="use null, or a string, where there is no number",
        path=path,
    )


def _out_of_range(path: str) -> Invalid:
    return Invalid(
        f"{path} is an integer beyond 2^53-1, which JSON readers do not agree on",
        code="value.integer_range",
        next_step="use a string of digits",
        path=path,
    )


def _too_deep(path: str, *, code: str = "value.depth") -> Invalid:
    return Invalid(
        f"lists and objects nest more than {DEPTH_MAX} deep",
        code=code,
        next_step="flatten the value, or keep it as a string",
        path=path[:PATH_CHARS_MAX],
    )


def _object(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    counts = Counter(name for name, _ in pairs)
    return _Twice(next(name for name, count in counts.items() if count > 1))


def _integer(text: str) -> int:
    """The integer; of too many digits one that is out of range too, and cheap to make."""
    return int(text) if len(text) <= INTEGER_DIGITS_MAX + 1 else INTEGER_MAX + 1
