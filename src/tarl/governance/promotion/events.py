"""What happens to an artifact on its way, in the stream ``promotion/<tenant>/<sha256>``. Kinds are
frozen.

Decisions and revocations name the signed statement that was recorded with them, in one commit; what
it says is not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tarl.governance.promotion.outcome import Outcome
from tarl.values.ids import encode_segment

REQUESTED = "promotion.requested/1"
DECIDED = "promotion.decided/1"
REVOKED = "promotion.revoked/1"
REINSTATED = "promotion.reinstated/1"


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks that an artifact goes on.

    Attributes:
        request: Names the request.
        name: What people call the artifact.
        source: Where it is.
        target: Where it is to go.
        pipeline: The pipeline, as its canonical JSON.
        digest: The pipeline's digest.
        by: Who asks, and will sign the decision.
    """

    request: str
    name: str
    source: str
    target: str
    pipeline: dict[str, Any]
    digest: str
    by: str


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """The gates were asked.

    Attributes:
        request: Which request it answers.
        outcome: What they came to.
        results: What each of them answered.
        inputs: Ids of the statements that they counted.
        by: Who signed the decision.
        statement: The id of the verification summary; None where there is none, since nothing was
            found out.
        repeats: Whether that statement is an earlier decision's, which says the same.
    """

    request: str
    outcome: Outcome
    results: tuple[dict[str, Any], ...]
    inputs: tuple[str, ...]
    by: str
    statement: str | None = None
    repeats: bool = False


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody takes back that the artifact may be in an environment."""

    environment: str
    reason: str
    by: str
    statement: str


class Reinstated(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody lifts a revocation, named by its statement; the gates decide anew."""

    environment: str
    revocation: str
    reason: str
    by: str
    statement: str


Body = Requested | Decided | Revoked | Reinstated

BODIES: dict[str, type[msgspec.Struct]] = {
    REQUESTED: Requested,
    DECIDED: Decided,
    REVOKED: Revoked,
    REINSTATED: Reinstated,
}
KINDS: dict[type, str] = {body: kind for kind, body in BODIES.items()}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def promotion_stream(tenant: str, sha256: str) -> str:
    """The name of the stream of an artifact's way."""
    return f"promotion/{encode_segment(tenant)}/{sha256}"
