"""What happens to a tenant's safety settings. Kinds are frozen.

What narrows and what widens lie apart: ``safety/<tenant>`` is the operator's, and says what guards
and which blocks are lifted; ``safety_block/<tenant>`` is the tenant's own, and says what is
blocked. Whoever acts for a tenant can block, and cannot lift.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.governance.safety.watch import Watch, Word
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment
from tarl.values.plain import plain

GUARDRAIL_ENABLED = "safety.guardrail_enabled/1"
GUARDRAIL_DISABLED = "safety.guardrail_disabled/1"
WATCH_SET = "safety.watch_set/1"
WATCH_REMOVED = "safety.watch_removed/1"
REDACTION_SET = "safety.redaction_set/1"
REDACTION_REMOVED = "safety.redaction_removed/1"
BLOCK_LIFTED = "safety.block_lifted/1"
ACTION_BLOCKED = "safety.action_blocked/1"


class _By(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    reason: str = ""


class GuardrailEnabled(_By, frozen=True, kw_only=True):
    """The guardrail is asked about every effect, after those that were enabled before it;
    ``severity`` is null for the one that it was registered with.
    """

    guardrail: str
    severity: Word | None = None


class GuardrailDisabled(_By, frozen=True, kw_only=True):
    """The guardrail is asked no more."""

    guardrail: str


class WatchSet(_By, frozen=True, kw_only=True):
    """The watch counts from now on, instead of the one of its name."""

    watch: Watch


class WatchRemoved(_By, frozen=True, kw_only=True):
    """The watch counts no more."""

    watch: str


class RedactionSet(_By, frozen=True, kw_only=True):
    """What activities of that name answer is recorded without values of these classes."""

    tool: str
    classes: tuple[str, ...]


class RedactionRemoved(_By, frozen=True, kw_only=True):
    """What they answer is recorded as it is."""

    tool: str


class ActionBlocked(_By, frozen=True, kw_only=True):
    """No effect that takes the action, or calls the activity of that name, runs for the agent (any
    when ``*``) until the block is lifted; ``lifters`` may lift it, any operator when empty.
    """

    action: str
    agent: str = "*"
    severity: Word = "critical"
    found_by: str = ""
    lifters: tuple[str, ...] = ()


class BlockLifted(_By, frozen=True, kw_only=True):
    """The block counts no more."""

    block: str


Body = (
    GuardrailEnabled
    | GuardrailDisabled
    | WatchSet
    | WatchRemoved
    | RedactionSet
    | RedactionRemoved
    | ActionBlocked
    | BlockLifted
)

BODIES: dict[str, type[msgspec.Struct]] = {
    GUARDRAIL_ENABLED: GuardrailEnabled,
    GUARDRAIL_DISABLED: GuardrailDisabled,
    WATCH_SET: WatchSet,
    WATCH_REMOVED: WatchRemoved,
    REDACTION_SET: RedactionSet,
    REDACTION_REMOVED: RedactionRemoved,
    BLOCK_LIFTED: BlockLifted,
    ACTION_BLOCKED: ActionBlocked,
}
KINDS: dict[type, str] = {body: kind for kind, body in BODIES.items()}
_DECODERS: dict[str, Any] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def settings_stream(tenant: str) -> str:
    """The operator's stream of a tenant's safety settings."""
    return f"safety/{encode_segment(tenant)}"


def blocks_stream(tenant: str) -> str:
    """The tenant's own stream of what is blocked."""
    return f"safety_block/{encode_segment(tenant)}"


def body_bytes(body: Body) -> bytes:
    """The canonical JSON of a body."""
    return encode(plain(body))


def read_body(kind: str, data: bytes) -> Body:
    """The body of an event."""
    body: Body = _DECODERS[kind](data)
    return body
