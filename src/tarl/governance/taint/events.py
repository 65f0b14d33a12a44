"""What happens to a tenant's settings of taint, in the stream ``taint/<tenant>/settings``.

Kinds are frozen. The settings are the operator's: whoever acts for a tenant sees them, and does not
change them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.governance.taint.rules import Mode
from tarl.values.canonical import encode
from tarl.values.plain import plain

TAINT_CONFIGURED = "taint.configured/1"
TAINT_ENDORSED = "taint.endorsed/1"
TAINT_WITHDRAWN = "taint.withdrawn/1"


class Configured(msgspec.Struct, frozen=True, kw_only=True):
    """How suspect effects that no rule endorses are treated from now on.

    ``mode`` is null for what holds where nobody says anything; ``guards_reads`` whether reading
    from an untrusted source counts as a side effect too, since what is asked for is told to it.
    """

    by: str
    mode: Mode | None = None
    approvers: tuple[str, ...] = ()
    needed: int | None = None
    guards_reads: bool = False
    reason: str = ""


class Endorsed(msgspec.Struct, frozen=True, kw_only=True):
    """A rule counts from now on, instead of one of the same id."""

    by: str
    rule: dict[str, Any]


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """A rule counts no more."""

    by: str
    rule: str
    reason: str = ""


Body = Configured | Endorsed | Withdrawn

BODIES: dict[str, Any] = {
    TAINT_CONFIGURED: Configured,
    TAINT_ENDORSED: Endorsed,
    TAINT_WITHDRAWN: Withdrawn,
}
KINDS: dict[type, str] = {body: kind for kind, body in BODIES.items()}
_DECODERS: dict[str, Any] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def body_bytes(body: Body) -> bytes:
    """The canonical JSON of a body."""
    return encode(plain(body))


def read_body(kind: str, data: bytes) -> Body:
    """The body of an event."""
    body: Body = _DECODERS[kind](data)
    return body
