"""What is asked of planning as a whole, and what it answers: the forms of seed 003, and what its
configuration and a caller's preferences make of a task.

1. What the sentence says wins over what the caller prefers, and that over the configuration.
2. A bound that the configuration adds is a constraint like any other: its id begins with
   ``default:``, and a conflict names it.
3. A preference that means nothing here is named, and never obeyed by guessing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.formulate import Effort
from tarl.planning.formulation.weights import strategy_for
from tarl.planning.household import Household
from tarl.planning.language.names import folded
from tarl.planning.plan import Alternative, ExecutionPlan, ExecutionStatus, Strategy
from tarl.planning.task import Constraint, Question, TaskSpec, TriggerType
from tarl.values.canonical import encode
from tarl.values.plain import plain

BYTES_MAX = 65_536
"""Of a request; its hints and preferences are kept with the task."""

PLANNING_MS_MIN, PLANNING_MS_MAX = 100, 300_000
ALTERNATIVES_MAX = 10
BUDGET_MAX = 1_000_000.0
LATENCY_MS_MAX = 3_600_000


class BadRequest(Invalid, ValueError):
    """A request or a configuration that cannot be one; a ``ValueError`` as well."""


class OrchestrationConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How plans are made when neither the sentence nor the caller says otherwise.

    Attributes:
        max_planning_time_ms: Of the solver, for all that it is asked about one plan.
        max_plan_alternatives: Other plans besides the best, at most.
        enable_preview_mode: Whether plans may be made to look at alone.
        enable_replanning: Whether a plan that is being carried out is planned anew on drift.
        privacy_first: Whether what leaves the house is weighed most where the sentence asks for no
            other aim.
        local_execution_preference: 0 does not care, 1 leaves nothing outside; between, computing
            outside has to be worth so much.
        cost_budget_default: What a plan may cost, in the household's currency; None for no bound.
        latency_budget_default_ms: How long answers may take; None for no bound.

    Raises:
        BadRequest: ``orchestration.config``.
    """

    max_planning_time_ms: int = 5_000
    max_plan_alternatives: int = 3
    enable_preview_mode: bool = True
    enable_replanning: bool = True
    privacy_first: bool = True
    local_execution_preference: float = 0.8
    cost_budget_default: float | None = 1.0
    latency_budget_default_ms: int | None = 5_000

    def __post_init__(self) -> None:
        _within("max_planning_time_ms", self.max_planning_time_ms, PLANNING_MS_MIN, PLANNING_MS_MAX)
        _within("max_plan_alternatives", self.max_plan_alternatives, 0, ALTERNATIVES_MAX)
        _within("local_execution_preference", self.local_execution_preference, 0, 1)
        if self.cost_budget_default is not None:
            _within("cost_budget_default", self.cost_budget_default, 0, BUDGET_MAX)
        if self.latency_budget_default_ms is not None:
            _within("latency_budget_default_ms", self.latency_budget_default_ms, 0, LATENCY_MS_MAX)

    @property
    def effort(self) -> Effort:
        """What is asked of the solver."""
        return Effort(
            alternatives=self.max_plan_alternatives, time_limit_ms=self.max_planning_time_ms
        )


def _within(name: str, value: Any, low: float, high: float) -> None:
    kinds = int if name.endswith(("_ms", "_alternatives")) else int | float
    if isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high:
        return
    raise BadRequest(
        f"{name} is {value!r}, and lies between {low:g} and {high:g}",
        code="orchestration.config",
        next_step=f"give {name} within its bounds",
        name=name,
    )


class OrchestrationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is asked of a home.

    Attributes:
        trigger_type: Why.
        intent: The sentence.
        user_id: Who asks; somebody of the household has the trust that it gives them, all others
            are strangers.
        session_id: The conversation.
        context_hints: ``location`` (an area's id or name), ``language``; others are kept with the
            task.
        preferences: See ``Preferences``.
        preview_mode: Whether it is only looked at: nothing is recorded, nothing can be carried out.
    """

    trigger_type: TriggerType
    intent: str
    user_id: str | None = None
    session_id: str | None = None
    context_hints: dict[str, Any] = {}
    preferences: dict[str, Any] = {}
    preview_mode: bool = False

    @property
    def is_preview(self) -> bool:
        """Whether it leaves no trace."""
        return self.preview_mode or self.trigger_type is TriggerType.PREVIEW_REQUEST


class OrchestrationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request.

    Attributes:
        plan_id: The plan's; empty where there is none.
        status: The plan's; ``failed`` where there is none.
        plan: The plan.
        rationale: One paragraph.
        approval_required: Whether a person has to approve it.
        alternatives: Other plans.
        errors: Why there is no plan, or no step in it.
        warnings: What was left out, not known or not understood.
        questions: What has to be said before there can be a plan.
        explanation: The whole explanation, as Markdown.
        code: Of the refusal, where there is no plan.
    """

    plan_id: str
    status: ExecutionStatus
    plan: ExecutionPlan | None = None
    rationale: str = ""
    approval_required: bool = False
    alternatives: tuple[Alternative, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    explanation: str = ""
    code: str = ""


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller prefers for one request; the configuration counts where nothing is said.

    Attributes:
        strategy: What is weighed most.
        privacy_first: As in the configuration, but also over what the sentence aims at.
        local_execution: As ``local_execution_preference``.
        cost_budget: In the household's currency; None lifts the configuration's.
        latency_budget_ms: None lifts the configuration's.
    """

    strategy: Strategy | None = None
    privacy_first: bool | None = None
    local_execution: float | None = None
    cost_budget: float | msgspec.UnsetType | None = msgspec.UNSET
    latency_budget_ms: int | msgspec.UnsetType | None = msgspec.UNSET


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """A request's hints and preferences, read; ``warnings`` say what of them means nothing here."""

    preferences: Preferences
    area: str | None = None
    language: str = "en"
    warnings: tuple[str, ...] = ()


def checked_request(request: OrchestrationRequest) -> OrchestrationRequest:
    """The request with values of the right types.

    Raises:
        BadRequest: ``orchestration.request``.
    """
    try:
        data = plain(request)
        size = len(encode(data))
        asked = msgspec.convert(data, OrchestrationRequest)
    except Invalid as error:
        raise _bad_request(error.message) from error
    except (msgspec.ValidationError, TypeError) as error:
        raise _bad_request(str(error)) from error
    if size > BYTES_MAX:
        raise _bad_request(f"it has more than {BYTES_MAX} bytes")
    return asked


def wishes_of(request: OrchestrationRequest, household: Household) -> Wishes:
    """What a request's hints and preferences mean in a home.

    Raises:
        BadRequest: ``orchestration.request``: one that has a meaning has another type.
    """
    hints, warnings = request.context_hints, []
    location = hints.get("location", hints.get("area"))
    area = None
    if location is not None:
        area = _area_called(str(location), household)
        if area is None:
            warnings.append(f"the home has no area {str(location)[:80]!r}, and the hint is ignored")
    known = {name: v for name, v in request.preferences.items() if name in _KNOWN}
    warnings += [
        f"the preference {name[:80]!r} means nothing here, and is ignored"
        for name in request.preferences
        if name not in _KNOWN
    ]
    try:
        preferences = msgspec.convert(known, Preferences)
        language = msgspec.convert(hints.get("language", "en"), str)
    except msgspec.ValidationError as error:
        raise _bad_request(str(error)) from error
    if preferences.local_execution is not None:
        _within("local_execution", preferences.local_execution, 0, 1)
    for name, value, most in (
        ("cost_budget", preferences.cost_budget, BUDGET_MAX),
        ("latency_budget_ms", preferences.latency_budget_ms, LATENCY_MS_MAX),
    ):
        if value is not None and value is not msgspec.UNSET:
            _within(name, value, 0, most)
    return Wishes(preferences=preferences, area=area, language=language, warnings=tuple(warnings))


_KNOWN = frozenset(Preferences.__struct_fields__)


def _area_called(called: str, household: Household) -> str | None:
    for area in household.areas:
        if folded(called) in {folded(name) for name in (area.id, area.name, *area.aliases)}:
            return area.id
    return None


def strategy_wanted(
    task: TaskSpec, config: OrchestrationConfig, preferences: Preferences
) -> Strategy | None:
    """What is weighed most; None leaves it to what the task asks for."""
    if preferences.strategy is not None:
        return preferences.strategy
    if preferences.privacy_first:
        return Strategy.PRIVACY_FIRST
    is_default = preferences.privacy_first is None and config.privacy_first
    if is_default and strategy_for(task) is Strategy.BALANCED:
        return Strategy.PRIVACY_FIRST
    return None


def bounded(
    task: TaskSpec,
    config: OrchestrationConfig,
    preferences: Preferences,
    snapshot: ContextSnapshot,
) -> TaskSpec:
    """The task with the bounds of the caller and the configuration, where it has none of its own.

    A budget is only set where a price is known: else nothing could be said to keep it.
    """
    said = {bound.type for bound in task.constraints}
    added = [bound for bound in _bounds(config, preferences, snapshot) if bound.type not in said]
    return msgspec.structs.replace(task, constraints=(*task.constraints, *added))


def _bounds(
    config: OrchestrationConfig, preferences: Preferences, snapshot: ContextSnapshot
) -> Iterable[Constraint]:
    cost = preferences.cost_budget
    budget = config.cost_budget_default if cost is msgspec.UNSET else cost
    if budget is not None and any(price is not None for price in snapshot.import_price):
        amount = {"amount_micro": round(budget * 1_000_000), "currency": snapshot.currency}
        yield _default("cost", amount)
    latency = preferences.latency_budget_ms
    answer_ms = config.latency_budget_default_ms if latency is msgspec.UNSET else latency
    if answer_ms is not None:
        yield _default("latency", answer_ms)
    local = preferences.local_execution
    local = config.local_execution_preference if local is None else local
    if local > 0:
        bound = _default("privacy", "local")
        yield msgspec.structs.replace(
            bound, operator="eq", hard=local >= 1, priority=max(1, round(local * 10))
        )


def _default(type: str, value: Any) -> Constraint:
    return Constraint(type, value, priority=5, id=f"default:{type}", source="configuration")


def _bad_request(problem: str) -> BadRequest:
    return BadRequest(
        f"this is no request: {problem}",
        code="orchestration.request",
        next_step="see the fields of OrchestrationRequest and Preferences",
    )
