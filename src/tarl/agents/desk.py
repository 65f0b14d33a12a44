"""What an inline agent acts with inside a run: models, tools and activities, within its budget.

1. Each model call and each use of a tool is one step of the run, through the gateway, and one
   charge of the agent's budget, set aside before it begins.
2. The desk is found through the context of the calling task: agents at work at the same time have
   desks of their own, and nothing is shared but the budget that they divide.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

from tarl.agents.model import NO_USAGE, Model, ModelRequest, ModelResponse, Source, Usage
from tarl.agents.spending import UNBOUNDED, Spending, most_of
from tarl.agents.tool import Tool
from tarl.errors import Invalid
from tarl.kernel.aims import Capture
from tarl.kernel.attempt import emit
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.kernel.retry import RetryPolicy
from tarl.values.ids import encode_segment

MODEL_TIMEOUT_MS = 300_000
"""A model that has not answered by then is asked again, as the retry policy says."""

MODEL_RETRY = RetryPolicy(
    attempts_max=4, first_wait_ms=1_000, wait_max_ms=30_000, never=("Refused", "Corrupt")
)
"""A rate limit, a cut stream or a silent provider may pass; a refused request will not."""

_SOURCES: tuple[Source, ...] = ("scripted", "recorded", "live")

_ONE_USE = Usage(tool_calls=1)

_desk: ContextVar[Desk | None] = ContextVar("tarl_desk", default=None)


class Desk:
    """One agent's hands in one run.

    Args:
        ctx: The run, as the agent acts in it.
        agent: The agent's id.
        spending: What its calls are charged to.
        streams: Whether models tell their text as it comes.
        capture: Whether what is asked is recorded, or its digest alone.
    """

    def __init__(
        self,
        ctx: Context,
        agent: str,
        spending: Spending | None = None,
        *,
        streams: bool = False,
        capture: Capture = "full",
    ) -> None:
        self.ctx = ctx
        self.agent = agent
        self.used = NO_USAGE
        self.source: Source | None = None
        self.streams = streams
        self.capture: Capture = capture
        self.spending = spending or Spending(UNBOUNDED, ctx.now)

    async def complete(self, model: Model, request: ModelRequest) -> ModelResponse:
        """Ask a model.

        Raises:
            BudgetSpent: the budget does not allow it; nobody was asked.
            ActivityFailed: no answer, after the attempts that the policy allows.
            Denied: the agent may not.
        """
        request = self.bounded(request)
        response: ModelResponse = await self.ask(
            completion(model), request, most=most_of(request, model.price)
        )
        return response

    def bounded(self, request: ModelRequest) -> ModelRequest:
        """The request, its answer bounded by the tokens that are left.

        Raises:
            BudgetSpent: not even the prompt can be paid.
        """
        return self.spending.left(request)

    async def ask(self, activity: Activity[..., Any], asked: Any, *, most: Usage) -> Any:
        """Ask a model that another library speaks to; as ``complete`` does, in one step.

        Args:
            activity: Takes what ``completion`` takes; its result has ``usage`` and ``source``.
            asked: The request.
            most: What the call may take.

        Raises:
            BudgetSpent, ActivityFailed, Denied: as ``complete``.
        """
        self.spending.set_aside(most)
        used = Usage(model_calls=1)
        try:
            answer = await self.call(
                activity, asked, self.agent, most.tokens, most.cost_micro, self.streams
            )
            used = answer.usage
        finally:
            self.spending.settle(most, used)
            self.used = self.used + used
        self.source = liveliest(self.source, answer.source)
        return answer

    async def use(self, tool: Tool | Activity[..., Any], arguments: dict[str, Any]) -> Any:
        """Use a tool, or an activity as one.

        Raises:
            BudgetSpent: the budget does not allow it; it was not used.
            ActivityFailed: it failed.
            Denied: the agent may not.
        """
        self.spending.set_aside(_ONE_USE)
        try:
            activity = tool.activity if isinstance(tool, Tool) else tool
            return await self.call(activity, **arguments)
        finally:
            self.spending.settle(_ONE_USE, _ONE_USE)
            self.used = self.used + _ONE_USE

    async def call(self, activity: Activity[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run an activity for the agent; see ``Context.call``."""
        if self.capture != activity.capture and self.capture == "digest":
            activity = activity.options(capture="digest")
        return await self.ctx.call(activity, *args, **kwargs)

    def bear(self, used: Usage, source: Source | None) -> None:
        """Count what agents of a pattern inside this agent's turn used; their spending is a part
        of this desk's already.
        """
        self.used = self.used + used
        self.source = liveliest(self.source, source)


def desk() -> Desk:
    """The desk of the agent whose code is running.

    Raises:
        Invalid: no inline agent is running here (``agent.outside``).
    """
    found = _desk.get()
    if found is None:
        raise Invalid(
            "no agent is at work here",
            code="agent.outside",
            next_step="let a pattern or `at_desk` run the agent inside a workflow",
        )
    return found


def desk_here() -> Desk | None:
    """The desk of the agent whose code is running; None where no inline agent is."""
    return _desk.get()


def liveliest(one: Source | None, other: Source | None) -> Source | None:
    """Of two sources the one that was less prepared."""
    known = [source for source in (one, other) if source is not None]
    return max(known, key=_SOURCES.index, default=None)


@contextmanager
def at_desk(seat: Desk) -> Iterator[Desk]:
    """Let the code inside act with a desk."""
    token = _desk.set(seat)
    try:
        yield seat
    finally:
        _desk.reset(token)


def completion(model: Model) -> Activity[..., Any]:
    """Asking a model, as an activity ``model.<name>``.

    It needs ``model.complete`` on ``model/<name>``, and spends at most the tokens and the
    micro-units that its arguments say.
    """
    return _completion(cast(Any, model))


@lru_cache(maxsize=256)
def _completion(model: Any) -> Activity[..., Any]:
    async def complete(
        request: ModelRequest, agent: str, tokens: int, cost_micro: int, streams: bool
    ) -> ModelResponse:
        response: ModelResponse = await model.complete(request, heard=emit if streams else None)
        return response

    return Activity(
        complete,
        name=f"model.{model.name}",
        needs=("model.complete",),
        resource=f"model/{encode_segment(model.name)}",
        access="read",
        timeout_ms=MODEL_TIMEOUT_MS,
        retry=MODEL_RETRY,
        spends={"tokens": "tokens", "cost_micro": "cost_micro"},
    )
