"""Requirements, and the encodings that everything is read from."""

from __future__ import annotations

import base64
import json
import re
import sys
from datetime import UTC, datetime
from functools import lru_cache
from itertools import takewhile
from typing import Any, NoReturn

INTEGER_MAX = 2**53 - 1  # RFC 8785
FORMS_MAX = 512  # forms of objects that are remembered: the sources name fewer
HEX_32 = re.compile(r"[0-9a-f]{64}")
SEGMENT = r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+"


class Failure(Exception):
    """The evidence does not hold (exit code 6); ``line`` counts from 1."""

    def __init__(self, code: str, what: str, expected: Any = None, found: Any = None) -> None:
        super().__init__(what)
        self.code, self.what, self.line = f"evidence.{code}", what, 0
        self.sides = {"expected": expected, "found": found}


class Usage(Exception):
    """What the command line gives cannot be used (exit code 2), and what to try instead."""

    def __init__(
        self, message: str, *, code: str = "usage", next_step: str = "tarl-verify --help"
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.next_step = message, code, next_step


def require(holds: bool, code: str, what: str, found: Any = None) -> None:
    """Fail unless it holds."""
    if not holds:
        raise Failure(code, what, found=found)


def require_same(code: str, what: str, expected: Any, found: Any) -> None:
    """Fail unless both are the same value of the same type (``True`` is not ``1``)."""
    if type(expected) is not type(found) or expected != found:
        raise Failure(code, what, expected, found)


def length_prefixed(*fields: bytes) -> bytes:
    """Each field after its length in 8 big-endian bytes: other fields always give other bytes."""
    return b"".join(len(field).to_bytes(8, "big") + field for field in fields)


def base64_bytes(text: Any, *, size: int | None = None) -> bytes:
    """The bytes behind standard padded base64 in its one canonical spelling (RFC 4648, 3.5)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        data = b""
    require(base64.b64encode(data).decode() == text, "format", "not canonical base64", text)
    require(size in (None, len(data)), "format", f"not {size} bytes of base64", text)
    return data


def hex_32(text: Any) -> bytes:
    """The 32 bytes behind 64 lowercase hexadecimal digits."""
    is_hex = isinstance(text, str) and HEX_32.fullmatch(text) is not None
    require(is_hex, "format", "not 64 lowercase hexadecimal digits", text)
    return bytes.fromhex(text)


def whole(value: Any, *, least: int = 0) -> int:
    """An integer from ``least`` to 2^53-1."""
    is_whole = type(value) is int and least <= value <= INTEGER_MAX
    require(is_whole, "format", f"not an integer from {least} to 2^53-1", value)
    return int(value)


def text_of(value: Any) -> str:
    """A string with something in it."""
    require(isinstance(value, str) and value != "", "format", "not a non-empty string", value)
    return str(value)


def listed(value: Any) -> list[Any]:
    """A list."""
    require(isinstance(value, list), "format", "not a list", value)
    return list(value)


def fields(value: Any, required: str, optional: str = "") -> dict[str, Any]:
    """An object with all the members named in ``required``, and no others than ``optional``."""
    needed, allowed = _names(required, optional)
    if not isinstance(value, dict) or not needed <= value.keys() <= allowed:
        raise Failure("format", "not an object with these members", sorted(needed), value)
    return value


@lru_cache(maxsize=FORMS_MAX)
def _names(required: str, optional: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(required.split()), frozenset(f"{required} {optional}".split())


def canonical_json(data: bytes) -> Any:
    """A value from bytes spelled as RFC 8785 spells it, without fractions.

    Callers accept known ASCII names, strings and small integers only. There Python's own writer is
    canonical, so: parse, write again, compare. Duplicate names, spaces, needless escapes, wrong
    order and ``-0`` all come out as other bytes.
    """
    try:
        value = _READER.decode(data.decode())
        again = json_bytes(value)
    except (ValueError, RecursionError) as error:
        raise Failure("format", f"not canonical JSON in UTF-8: {error}") from None
    if again != data:
        same = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(again, data, strict=False))
        )
        what = f"not the canonical spelling, from byte {same + 1}"
        raise Failure("noncanonical", what, again[same : same + 80], data[same : same + 80])
    return value


def json_bytes(value: Any) -> bytes:
    """A value that was read from canonical JSON, in its canonical spelling."""
    return _WRITER.encode(value).encode()


def refuse(literal: str) -> NoReturn:
    """Refuse a number as the JSON parser meets it."""
    raise ValueError(f"the number {literal[:40]} is refused")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(value := dict(pairs)) != len(pairs):
        raise ValueError("a name occurs twice")
    return value


def _number(literal: str) -> float:
    value = int(literal) if literal.lstrip("-").isdigit() else float(literal)
    bound = INTEGER_MAX if isinstance(value, int) else sys.float_info.max
    return value if abs(value) <= bound else refuse(literal)


# Made once, since each is used for every line. What was read holds no cycles to look for.
_READER = json.JSONDecoder(parse_float=refuse, parse_constant=refuse)
_STRICT_READER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_number, parse_float=_number, parse_constant=refuse
)
_WRITER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), check_circular=False
)


def strict_object(body: str) -> dict[str, Any]:
    """A body as JSON without double meanings; its exact spelling is the chain's to check."""

    try:
        value = _STRICT_READER.decode(body)
        _WRITER.encode(value).encode()  # refuses lone surrogates
    except (ValueError, RecursionError) as error:
        raise Failure("body", f"not strict JSON in the body: {error}") from None
    require(isinstance(value, dict), "body", "the body is not an object", body)
    return dict(value)


def shown(value: Any, *, most: int = 200) -> str:
    """Something from the file for a person: one line of ASCII, so that it cannot pose as output."""
    if isinstance(value, bytes):
        value = _text(value)
    text = value if isinstance(value, str) else json.dumps(value, default=_text)
    short = (c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text[:most])
    return "".join(short) + ("..." if len(text) > most else "")


def _text(value: bytes) -> str:
    return value.hex() if len(value) == 32 else value.decode(errors="replace")


def utc(seconds: int) -> str:
    """Seconds since 1970 as a date; as they are where the calendar ends."""
    if seconds >= 253402300800:
        return f"{seconds} s after 1970"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
