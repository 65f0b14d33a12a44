"""What happens to a plan, in the stream ``plan/<tenant>/<plan id>``; what was known when a version
was made, in ``context/<tenant>/<digest>``. Kinds are frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.plan import ExecutionPlan, ExecutionStatus
from tarl.work.streams import stream_of

MADE = "plan.made/1"
STATUS_CHANGED = "plan.status_changed/1"
DECLINED = "plan.version_declined/1"
STEP_ENDED = "plan.step_ended/1"
TAKEN = "context.taken/1"

Outcome = Literal["completed", "failed", "skipped", "cancelled", "compensated"]
"""What a step came to: ``skipped`` because its condition did not hold, ``compensated`` when it was
completed and has been undone."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A version was made. The snapshot is not in ``plan`` but under its digest, ``context``;
    ``digest`` is that of both; ``took_ms`` is how long planning took, where somebody measured it.
    """

    version: int
    plan: ExecutionPlan
    digest: str
    context: str | None = None
    took_ms: int | None = None


class StatusChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The plan stands elsewhere: which version of it, by whose word and why."""

    version: int
    status: ExecutionStatus
    by: str = ""
    reason: str = ""


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version is not wanted: the one before it that is being carried out goes on."""

    version: int
    by: str = ""
    reason: str = ""


class StepEnded(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a version came to something; times are UTC milliseconds, cost in micro-units: what
    was planned of it, and of tries that failed what was planned until they did."""

    version: int
    step_id: str
    outcome: Outcome
    began_ms: int
    ended_ms: int
    cost_micro: int = 0
    energy_wh: int = 0
    error: str = ""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot was taken, and a plan was made by it."""

    snapshot: ContextSnapshot


BODIES: dict[str, type[msgspec.Struct]] = {
    MADE: Made,
    STATUS_CHANGED: StatusChanged,
    DECLINED: Declined,
    STEP_ENDED: StepEnded,
}
KINDS = frozenset(BODIES)
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in {**BODIES, TAKEN: Taken}.items()
}


def plan_stream(tenant: str, plan_id: str) -> str:
    """The stream of a plan."""
    return stream_of("plan", tenant, plan_id)


def context_stream(tenant: str, digest: str) -> str:
    """The stream of a snapshot, which has one event."""
    return stream_of("context", tenant, digest)
