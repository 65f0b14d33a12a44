"""What is wanted: goals and constraints, each with the words that said so.

A task holds no instants: ``before 7 am`` is a :class:`When`, which becomes an instant only where a
clock and a time zone are known (``moments``). The vocabulary of goals and constraints is closed:
``GOAL_TARGETS`` and ``CONSTRAINT_VALUES`` list it, docs/reference/planning.md explains it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec

from tarl.errors import Invalid

SENTENCE_CHARS_MAX = 2_000
"""A long paragraph; what is longer is not a request but a document."""

PRIORITY_MIN, PRIORITY_MAX = 1, 10


class PrivacyClass(StrEnum):
    """How private what a step handles is; the later, the more."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class TrustTier(StrEnum):
    """How far who asks, or what acts, is trusted; the later, the more."""

    UNTRUSTED = "untrusted"
    BASIC = "basic"
    VERIFIED = "verified"
    TRUSTED = "trusted"
    PRIVILEGED = "privileged"


class TriggerType(StrEnum):
    """Why a plan is made."""

    USER_REQUEST = "user_request"
    SCHEDULED_ROUTINE = "scheduled_routine"
    INSIGHT_RECOMMENDATION = "insight_recommendation"
    STATE_DRIFT = "state_drift"
    DEVICE_FAILURE = "device_failure"
    CONSENT_CHANGE = "consent_change"
    PREVIEW_REQUEST = "preview_request"


class Said(msgspec.Struct, frozen=True):
    """The words that something comes from: ``text == sentence[start:end]``.

    ``confidence`` is a share: 1.0 for what a grammar matched in full.
    """

    start: int
    end: int
    text: str
    confidence: float = 1.0


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A time as people say it. Exactly one of ``clock``, ``in_minutes``, ``event`` and ``part``
    names the time; ``day``, ``weekday`` or ``date`` the day, the next one that fits when left out.

    Attributes:
        clock: ``HH:MM`` on the wall.
        in_minutes: From now.
        event: ``sunrise``, ``sunset``, ``wake_up``, ``bedtime``, ``arrival``, ``departure``.
        part: ``morning``, ``noon``, ``afternoon``, ``evening``, ``night``, ``midnight``.
        day: Days from today.
        weekday: 0 is Monday.
        date: A day of the calendar: ``2026-12-24``; ``--12-24`` is the next 24th of December,
            ``---24`` the next 24th. With a ``weekday`` it has to be one.
    """

    clock: str | None = None
    in_minutes: int | None = None
    event: str | None = None
    part: str | None = None
    day: int | None = None
    weekday: int | None = None
    date: str | None = None

    @property
    def names_day(self) -> bool:
        """Whether it says which day is meant."""
        return (self.day, self.weekday, self.date) != (None, None, None)


GoalType = Literal["optimize", "minimize", "maximize", "achieve", "keep"]

GOAL_TARGETS: dict[str, tuple[str, ...]] = {
    "minimize": ("cost", "energy", "co2", "peak_power", "grid_import", "latency", "noise"),
    "maximize": ("solar_use", "comfort", "privacy", "security"),
    "optimize": ("energy", "cost", "comfort", "privacy", "latency", "balanced"),
    "keep": ("temperature", "humidity", "brightness", "power", "security"),
    "achieve": ("*",),
}
"""What goals of each type can aim at. ``achieve`` aims at a device's id, at the kind of a device
that the home does not name (``dishwasher``), or at ``scene:<name>`` (``scene:cozy``)."""


class Goal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to strive for.

    Attributes:
        type: ``achieve`` is done or not; ``keep`` holds over time; the others are objectives.
        target: See ``GOAL_TARGETS``.
        value: For ``achieve``: ``{"action": ..., ...}`` with the action of a device (``run``,
            ``turn_on``, ``charge``, ``set_temperature``, ...) and its parameters. For ``keep``:
            ``{"lte": 210}``, ``{"gte": ...}`` or both, in the room's units. Else None.
        weight: Against other goals.
        id: ``g1``, ``g2``, ... in the order of the words.
        scope: Ids of areas and floors that it is about; everywhere when empty.
        said: The words behind it.
        at_once: Whether it is to begin as soon as it can, whatever waiting would save.
    """

    type: GoalType
    target: str
    value: Any = None
    weight: float = 1.0
    id: str = ""
    scope: tuple[str, ...] = ()
    said: Said | None = None
    at_once: bool = False


Operator = Literal["lte", "gte", "eq", "neq", "in"]

CONSTRAINT_VALUES: dict[str, str] = {
    "deadline": "lte a When: done by then",
    "earliest": "gte a When: not begun before",
    "window": "in {'from': When, 'to': When}: run inside it; neq: not inside it",
    "duration": "eq minutes: how long",
    "cost": "lte {'amount_micro': n, 'currency': 'EUR'}: of all that the task does",
    "price": "lte {'amount_micro': n, 'currency': 'EUR'}: of a kilowatt-hour, while it runs",
    "energy": "lte watt-hours",
    "power": "lte watts of the whole house, while it runs",
    "tariff": "eq 'cheapest' | 'off_peak' | 'solar_only' | 'greenest'",
    "condition": "eq | neq {'subject': ..., 'state': ...}: only while it is so | never while it is",
    "privacy": "neq 'cloud' | eq 'local': where it may be done, or what may leave the house",
    "temperature": "lte | gte tenths of a degree",
    "quiet": "eq true: quiet hours are kept",
    "exclude": "neq id of a device or area: not that one",
    "order": "eq {'after': goal id}: begins when that is done",
    "latency": "lte milliseconds",
    "level": "lte | gte permille: of charge, brightness, position",
}
"""The types of constraint, and what their values are.

Subjects of a ``condition``: ``occupancy`` (states ``home``, ``away``, ``asleep``, ``awake``; with
``who`` and ``area`` when said), ``device`` (with ``device`` and a state), ``weather`` (``sunny``,
``raining``, ``cold``, ``hot``), ``price`` (``high``, ``low``, ``negative``), ``solar``
(``surplus``), ``mode`` (``vacation``, ``guests``). ``weather`` and ``solar`` may be ``above`` or
``below`` a ``value``: tenths of a degree outside, watts of the sun."""


class Constraint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bound on how goals are reached.

    Attributes:
        type: See ``CONSTRAINT_VALUES``.
        value: As the type wants it.
        operator: How what is planned compares with ``value``.
        priority: 1 to 10; what gives way first when not all can be kept is the lowest.
        hard: Whether a plan that breaks it is no plan; soft ones cost.
        id: ``c1``, ``c2``, ... in the order of the words; ``house:<name>`` for rules of the house.
        source: ``user``, or the rule, routine or policy that it comes from.
        goals: Ids of the goals that it bounds; all when empty.
        said: The words behind it.
        is_start: It begins then: of an ``earliest`` ("at 9 am") and not some time after ("after
            9 am"), of a ``deadline`` ("an hour before sunset") and is not just done by then.
        lasts: Of ``deadline`` and ``window``: what is wanted is so until then ("until 10 pm"), or
            from then till then ("from 6 to 7"), and not just done by then, or some time between.
        offset_min: Minutes from the time that ``value`` names to the one that is meant, of
            ``deadline`` and ``earliest`` and the beginning of a ``window``; negative is before it
            ("20 minutes before sunset").
        to_offset_min: The same of the end of a ``window``.
    """

    type: str
    value: Any
    operator: Operator = "lte"
    priority: int = 1
    hard: bool = True
    id: str = ""
    source: str = "user"
    goals: tuple[str, ...] = ()
    said: Said | None = None
    is_start: bool = False
    lasts: bool = False
    offset_min: int = 0
    to_offset_min: int = 0

    @property
    def is_beginning(self) -> bool:
        """Whether it says when something begins."""
        return self.type == "earliest" or (self.type == "deadline" and self.is_start)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be asked before planning; ``slot`` is the id of the goal or constraint, a dot,
    and what is missing (``g1.device``), or ``confirm``. ``choices`` may be empty."""

    slot: str
    text: str
    choices: tuple[str, ...] = ()


class TaskSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A task, ready to be planned once it has no questions.

    Attributes:
        task_id: Its own.
        trigger_type: Why.
        intent: The sentence, as it was said.
        goals: What is wanted.
        constraints: What bounds it.
        privacy_class: Of what the task handles.
        trust_tier: Of who asks.
        user_id: Who asks; None when nobody known does.
        session_id: The conversation.
        metadata: What the caller keeps with it.
        created_at: UTC milliseconds.
        language: ``en``, ``de``, ...
        questions: Open ones.
        confidence: A share, of the least certain part.
        is_hypothetical: A what-if: planned, never carried out.
    """

    task_id: str
    trigger_type: TriggerType
    intent: str
    goals: tuple[Goal, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL
    trust_tier: TrustTier = TrustTier.BASIC
    user_id: str | None = None
    session_id: str | None = None
    metadata: dict[str, Any] = {}
    created_at: int = 0
    language: str = "en"
    questions: tuple[Question, ...] = ()
    confidence: float = 1.0
    is_hypothetical: bool = False


def check_goal(goal: Goal) -> Goal:
    """The goal, if it is of the vocabulary.

    Raises:
        Invalid: ``task.goal``.
    """
    allowed = GOAL_TARGETS.get(goal.type, ())
    if goal.target and ("*" in allowed or goal.target in allowed):
        return goal
    raise Invalid(
        f"no goal of type {goal.type!r} aims at {goal.target!r}",
        code="task.goal",
        next_step=f"use one of {', '.join(allowed)}"
        if allowed
        else "see the reference of planning",
        type=goal.type,
        target=goal.target,
    )


def check_constraint(constraint: Constraint) -> Constraint:
    """The constraint, if it is of the vocabulary.

    Raises:
        Invalid: ``task.constraint``.
    """
    if constraint.type not in CONSTRAINT_VALUES:
        problem = f"no constraint has the type {constraint.type!r}"
    elif not PRIORITY_MIN <= constraint.priority <= PRIORITY_MAX:
        problem = f"a priority lies between {PRIORITY_MIN} and {PRIORITY_MAX}"
    else:
        return constraint
    raise Invalid(
        problem,
        code="task.constraint",
        next_step=f"types are {', '.join(CONSTRAINT_VALUES)}",
        type=constraint.type,
    )
