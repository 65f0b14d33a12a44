"""What a request says, parsed once into typed values, or refused (``serve.request``).

A body is strict JSON (RFC 8785 can write it: no duplicate members, no NaN), a query string has each
name once. A member that nobody reads is refused, so a misspelt one is not passed over.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Meta

from tarl.errors import Invalid
from tarl.kernel.runs import RunStatus
from tarl.values.canonical import decode
from tarl.values.ids import SEGMENT_CHARS_MAX

WAIT_S_MAX = 60.0
"""A long poll is asked again after that; proxies cut off what is silent for longer."""

LISTED_MAX = 1_000
"""Runs in one list."""

PAGE_MAX = 1_000
"""Entries of a history in one answer."""

QUERY_CHARS_MAX = 8_192

Name = Annotated[str, Meta(min_length=1, max_length=SEGMENT_CHARS_MAX)]
Reason = Annotated[str, Meta(max_length=4_096)]
T = TypeVar("T")


class Start(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run that is to be started, or attached to; see ``EnginePort.start``."""

    workflow: Name
    input: Any = None
    id: Name | None = None
    tenant: Name | None = None
    new_run: bool = False
    agent: Name | None = None
    task: Name | None = None


class Tell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal."""

    name: Name
    payload: Any = None


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An update, and how long its answer is waited for."""

    name: Name
    payload: Any = None
    timeout_s: Annotated[float, Meta(gt=0, le=WAIT_S_MAX)] = WAIT_S_MAX


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query."""

    name: Name
    args: Annotated[list[Any], Meta(max_length=100)] = []


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cancellation or a termination."""

    reason: Reason = ""


class Listed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs are listed: those behind ``after``, the cursor of the page before."""

    tenant: Name | None = None
    workflow: Name | None = None
    status: RunStatus | None = None
    limit: Annotated[int, Meta(ge=1, le=LISTED_MAX)] = 100
    after: Annotated[str, Meta(max_length=QUERY_CHARS_MAX)] | None = None


class Wait(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a run's end is waited for."""

    wait_s: Annotated[float, Meta(ge=0, le=WAIT_S_MAX)] = 30.0


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries of a history: those behind number ``after``."""

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 100


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A query string that says nothing."""


def body_as(kind: type[T], body: bytes) -> T:
    """A request's body; an empty one is that of an empty object.

    Raises:
        Invalid: it is not that (``serve.request``), or not JSON (``json.*``).
    """
    value = decode(body) if body.strip() else {}
    return _converted(kind, value, "body", strict=True)


def query_as(kind: type[T], query: bytes) -> T:
    """A request's query string.

    Raises:
        Invalid: it is not that (``serve.request``).
    """
    try:
        if len(query) > QUERY_CHARS_MAX:
            raise ValueError(f"longer than {QUERY_CHARS_MAX} characters")
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=20,
        )
        named = dict(pairs)
        if len(named) != len(pairs):
            raise ValueError("a name stands there twice")
    except ValueError as error:
        raise _malformed("query string", str(error)) from None
    return _converted(kind, named, "query string", strict=False)


def segments(raw_path: bytes) -> tuple[str, ...]:
    """The segments of a path, each decoded by itself.

    Raises:
        Invalid: it is not UTF-8 (``serve.request``).
    """
    try:
        path = raw_path.partition(b"?")[0].decode("ascii")
        return tuple(unquote(each, errors="strict") for each in path.strip("/").split("/"))
    except UnicodeDecodeError:
        raise _malformed("path", "it is not percent-encoded UTF-8") from None


def number_of(text: str) -> int | None:
    """A run's number; None for ``latest``.

    Raises:
        Invalid: it is neither (``serve.request``).
    """
    if text == "latest":
        return None
    if text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0:
        return int(text)
    raise _malformed("path", f"a run's number is 1 or more, or `latest`, not {text[:40]!r}")


def _converted(kind: type[T], value: Any, what: str, *, strict: bool) -> T:
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise _malformed(what, str(error)) from None


def _malformed(what: str, why: str) -> Invalid:
    return Invalid(
        f"the {what} cannot be read: {why}",
        code="serve.request",
        next_step="docs/reference/http.md says what each request has",
    )
