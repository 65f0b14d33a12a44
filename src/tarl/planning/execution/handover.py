"""What a run that carries a plan out is given, what it is told on the way, and what it comes to."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from tarl.planning.checker.finding import Finding
from tarl.planning.context import DeviceState
from tarl.planning.plan import ExecutionPlan, ExecutionStep, Spent

DRIFT_SIGNAL = "drift"
CONSENT_SIGNAL = "consent"
PROGRESS_QUERY = "progress"


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What may change without asking.

    Attributes:
        cost_more_micro: So much more than the version that was approved.
        later_ms: So much later any step that was approved.
        debounce_ms: How long drift is collected before planning anew.
        replans_max: How often at most; then the run goes on with what it has.
        grace_ms: How long after its start a step still waits for a consent or a yes.
    """

    cost_more_micro: int = 100_000
    later_ms: int = 3_600_000
    debounce_ms: int = 30_000
    replans_max: int = 50
    grace_ms: int = 900_000


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, ready to be carried out.

    Attributes:
        plan: The version that was approved; without its snapshot.
        approvers: Who may be asked on the way.
        confirmed: Marks of the steps that somebody said yes to (``guardrails.mark_of``).
        thresholds: What may change without asking.
        tenant: Whose plan it is.
    """

    plan: ExecutionPlan
    approvers: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    thresholds: Thresholds = Thresholds()
    tenant: str = "default"


DriftKind = Literal[
    "price", "device_offline", "step_failed", "occupancy", "consent", "power", "person"
]


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Something is no longer as the plan took it to be.

    ``affected``: ids of the steps that it touches; all that have not begun when empty.
    ``subject``: what has drifted (a device, a step), by which it is told once.
    """

    kind: DriftKind
    text: str
    affected: tuple[str, ...] = ()
    observed_ms: int = 0
    subject: str = ""


class Observed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is so when a step is due.

    Attributes:
        at_ms: The instant.
        state: What the device says; None when it says nothing.
        states: What other devices that were asked about say.
        consents: Scopes that are live.
        dynamic: Those of them for which the user is asked each time.
        overrides: Tokens of the consents that let the step run without a sandbox, by scope.
        home, asleep: Permille, now; None when nobody knows.
        price_micro: Of a kilowatt-hour, now.
        mean_price_micro: Of the plan's time.
        solar_w, base_w: Now.
        temperature: Outside, tenths of a degree.
        modes: ``vacation``, ``guests`` and the like that are on.
        weather: ``sunny``, ``raining``, if anybody says.
        sandbox: Whether the step can be isolated here, if it wants to be.
        amiss: What the independent check has against beginning the step now.
    """

    at_ms: int
    state: DeviceState | None = None
    states: dict[str, DeviceState] = {}
    consents: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    overrides: dict[str, str] = {}
    home: int | None = None
    asleep: int | None = None
    price_micro: int | None = None
    mean_price_micro: int | None = None
    solar_w: int | None = None
    base_w: int | None = None
    temperature: int | None = None
    modes: tuple[str, ...] = ()
    weather: str | None = None
    sandbox: bool = False
    amiss: tuple[Finding, ...] = ()


Ending = Literal["completed", "failed", "skipped", "cancelled", "compensated"]


class StepResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step came to; ``answer`` is the device's, ``reason`` says why not.

    ``is_part``: a later version does the rest. ``drawn``: what tries of it that failed, and parts
    that were cut short, have come to, as they were planned.
    """

    step_id: str
    ending: Ending
    began_ms: int
    ended_ms: int
    answer: Any = None
    reason: str = ""
    version: int = 1
    is_part: bool = False
    drawn: Spent | None = None


class Waiting(NamedTuple):
    """A step that waits for another version, why, and what it comes to without one."""

    step: ExecutionStep
    why: str
    or_else: Ending


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan came to: ``completed`` when every step was done or rightly skipped."""

    plan_id: str
    status: Literal["completed", "failed", "cancelled"]
    version: int
    results: tuple[StepResult, ...]
    replans: int = 0
