"""What agents are asked in their roles, and what they answer.

An agent has the methods of the roles that it can take; each takes and gives JSON values or the
structs below. A method that is left out is a role that nobody has.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Subtask(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a task, for one worker.

    ``weight`` is its share of the supervisor's budget, beside the other subtasks'.
    """

    id: str
    input: Any = None
    required_capabilities: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    weight: int = 1


class Decomposition(msgspec.Struct, frozen=True, kw_only=True):
    """A task in parts."""

    subtasks: tuple[Subtask, ...]


class RoutingDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an input needs, and perhaps who should have it."""

    required_capability: str = ""
    agent: str | None = None
    reason: str = ""


class Selection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is to contribute next; nobody when the problem is solved."""

    solved: bool = False
    specialist: str | None = None
    reason: str = ""


class Contribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value for a key of the blackboard; ``based_on`` is the version of it that was seen."""

    key: str
    value: Any = None
    type: str = "contribution"
    based_on: int | None = None


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be voted on."""

    proposal: Any
    reason: str = ""


class Vote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One voter's choice: the id of an option, or ``abstain``."""

    choice: str
    reason: str = ""


class Argument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a side of a debate says; ``concedes`` to the side of that name, if it gives up."""

    text: str
    concedes: str | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A judge's word: the side that is ahead, and whether more rounds would change nothing."""

    winner: str | None = None
    settled: bool = False
    reason: str = ""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether an agent takes a task, or to whom it would hand it."""

    can_handle: bool
    hand_to: str | None = None
    reason: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a planning supervisor's plan, and who is to take it."""

    id: str
    agent: str
    input: Any = None


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known, and the steps that are left; none when the task is done with ``answer``."""

    facts: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    is_done: bool = False
    answer: Any = None


ANSWERS: dict[str, Any] = {
    "run": Any,
    "decompose_task": Decomposition,
    "aggregate_results": Any,
    "route": RoutingDecision,
    "select_specialist": Selection,
    "contribute": Contribution,
    "synthesize": Any,
    "create_proposal": Proposal,
    "vote": Vote,
    "construct_argument": Argument,
    "rebut": Argument,
    "judge_debate": Judgement,
    "evaluate_task": Evaluation,
    "execute_task": Any,
    "plan_task": Plan,
}
"""Role method -> the type of its answer."""
