"""What an MCP server says of its tools, as values that a run records and pins.

A tool's digest covers all that a model is told about it and all that decides how it is called: its
name, description, schemas and hints. What is shown to people only (title, icons) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from tarl.agents.adapters.mcp_errors import tool_changed
from tarl.agents.schema import Schema
from tarl.errors import Invalid, TarlError
from tarl.kernel.wording import printable
from tarl.policy.capability import is_action
from tarl.values.canonical import INTEGER_MAX, encode
from tarl.values.ids import SEGMENT_CHARS_MAX, encode_segment
from tarl.values.plain import plain

LISTING = "tools"
"""The last word of the activity that lists a server's tools: no tool can have it as its name."""

_UPPER = ("maximum", "exclusiveMaximum")
_LOWER = ("minimum", "exclusiveMinimum")


class Hints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a server says about a tool's effect; nobody has checked it."""

    is_read_only: bool = False
    is_idempotent: bool = False
    is_destructive: bool = True
    is_open_world: bool = True


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """A tool as a server offers it.

    Attributes:
        name: Its name at the server.
        description: What a model is told.
        parameters: JSON Schema of its arguments.
        output: JSON Schema of its structured answer, if it has any.
        hints: What the server says about its effect.
        flaw: Why what the server says of it cannot be recorded, if so; the rest is left out then.
    """

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    output: dict[str, Any] | None = None
    hints: Hints = Hints()
    flaw: str | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hex: what is pinned."""
        return sha256(encode(plain(self))).hexdigest()


class Listed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool in a recorded listing; ``unfit`` says why it cannot be used, if so."""

    digest: str
    offer: Offer
    unfit: str | None = None


def listed(server: str, offer: Offer) -> Listed:
    """A tool as it goes into the record."""
    unfit = offer.flaw or _unfit(server, offer)
    return Listed(digest=offer.digest, offer=offer, unfit=unfit)


def settled(offer: Offer) -> Offer:
    """A tool as the record gives it back."""
    try:
        again = msgspec.json.decode(encode(plain(offer)), type=Offer)
        again.digest  # noqa: B018 (a number that cannot be recorded twice is found here)
    except TarlError as error:
        return Offer(name=printable(offer.name), flaw=error.message)
    return again


def schema_of(document: dict[str, Any]) -> dict[str, Any]:
    """A schema without bounds so far out (2^64 - 1) that no integer of ours passes them."""
    kept: dict[str, Any] = _without_far_bounds(document)
    return kept


def refuse_changed(server: str, pinned: Offer, live: Iterable[Offer]) -> None:
    """Refuse to use a tool that is not the one that was pinned.

    Raises:
        ToolChanged: it is gone, has another name, or says something else (``mcp.tool_changed``).
    """
    offers = {offer.name: offer for offer in live}
    found = offers.get(pinned.name)
    if found is not None and found.digest == pinned.digest:
        return
    if found is not None:
        raise tool_changed(server, pinned.name, _differences(pinned, found))
    renamed = [other.name for other in offers.values() if not _differences(pinned, other)]
    raise tool_changed(server, pinned.name, ("name",), now=renamed)


def _differences(pinned: Offer, found: Offer) -> tuple[str, ...]:
    pairs = {
        "description": (pinned.description, found.description),
        "schema": (
            (pinned.parameters, pinned.output, pinned.flaw),
            (found.parameters, found.output, found.flaw),
        ),
        "hints": (pinned.hints, found.hints),
    }
    return tuple(what for what, (a, b) in pairs.items() if encode(plain([a])) != encode(plain([b])))


def _unfit(server: str, offer: Offer) -> str | None:
    """Why a tool cannot be an activity with a capability of its own; None if it can."""
    if offer.name == LISTING:
        return f"its name is that of the step that lists tools, mcp.{server}.{LISTING}"
    action = f"mcp.{server}.{offer.name}"
    if not is_action(action) or len(encode_segment(offer.name)) > SEGMENT_CHARS_MAX:
        return f"{offer.name!r} cannot be part of a capability's name"
    try:
        Schema(offer.parameters, what=f"the arguments of {offer.name}")
    except Invalid as error:
        return error.message
    return None


def _without_far_bounds(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_far_bounds(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_far_bounds(item)
        for key, item in value.items()
        if not ((key in _UPPER and _is_beyond(item, 1)) or (key in _LOWER and _is_beyond(item, -1)))
    }


def _is_beyond(bound: Any, sign: int) -> bool:
    return isinstance(bound, int | float) and bound * sign > INTEGER_MAX
