"""What an execution is told and what it came to; everything in it is read from its run.

Two executions at once do not mix: which one the running code belongs to is a context variable.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from tarl.agents.session import Ask
from tarl.agents.spending import UNBOUNDED, Budget
from tarl.agents.stop import Stop
from tarl.integrations.trust.values import AuditAnchor, DelegationRecord

LOAN_SECONDS = 3_600.0


@dataclass(frozen=True)
class RuntimeConfig:
    """How a runtime's executions are bounded.

    Attributes:
        max_iterations: Rounds of a blackboard, a consensus or a debate, and hops of a handoff.
        turn_timeout_s: How long one turn may take.
        loan_seconds: When a delegation ends at the latest, if nothing takes it back before.
        budget: What all agents may use together, of models and tools.
        stop: When to stop between turns.
        ask: People who must approve turns.
        settings: What a pattern's function is told besides, by the pattern's name: see
            ``tarl.agents.patterns``.
    """

    max_iterations: int = 10
    turn_timeout_s: float | None = None
    loan_seconds: float = LOAN_SECONDS
    budget: Budget = UNBOUNDED
    stop: Stop | None = None
    ask: Ask | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class TrustExecutionContext:
    """One execution, as far as it has come.

    Attributes:
        delegations: What was handed over, in order.
        audit_trail: What the agents noted, each signed by its agent, in order.
    """

    task_id: str
    initiator_id: str | None
    started_at: datetime | None = None
    audit_trail: list[AuditAnchor] = field(default_factory=list)
    delegations: list[DelegationRecord] = field(default_factory=list)
    current_agent_id: str | None = None
    parent_anchor_id: str | None = None

    def record_delegation(self, delegation: DelegationRecord) -> None:
        """Add a delegation; one that is there is there once."""
        if delegation not in self.delegations:
            self.delegations.append(delegation)

    def record_audit(self, anchor: AuditAnchor) -> None:
        """Add a note."""
        if anchor not in self.audit_trail:
            self.audit_trail.append(anchor)
            self.parent_anchor_id = anchor.id


@dataclass(frozen=True)
class OrchestrationResult:
    """What agents came to.

    Attributes:
        success: Whether the pattern reached its end (``status`` is ``solved``).
        result: The output; the best so far where it was stopped or is exhausted.
        audit_trail: What each agent noted of its turns, signed by it.
        delegations: What was handed over, all of it revoked again.
        status: ``solved``, ``exhausted``, ``stopped`` or ``failed``.
        reason: Why it ended so.
        details: What the pattern says besides.
        run: The run that it was, ``tenant/id/n``.
    """

    success: bool
    result: Any
    audit_trail: list[AuditAnchor]
    delegations: list[DelegationRecord]
    status: str = "solved"
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""


_current: ContextVar[TrustExecutionContext | None] = ContextVar(
    "tarl.trust_execution", default=None
)


def current_execution() -> TrustExecutionContext | None:
    """The execution that the running code belongs to; None outside one."""
    return _current.get()


@contextmanager
def executing(context: TrustExecutionContext) -> Iterator[TrustExecutionContext]:
    """Let the code inside belong to an execution."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def within(context: TrustExecutionContext, method: Callable[..., Any]) -> Callable[..., Any]:
    """A method whose code belongs to an execution, wherever it is carried out."""
    if inspect.isasyncgenfunction(method):

        @wraps(method)
        async def stream(*args: Any) -> Any:
            with executing(context):
                async for part in method(*args):
                    yield part

        return stream
    if inspect.iscoroutinefunction(method):

        @wraps(method)
        async def answer(*args: Any) -> Any:
            with executing(context):
                return await method(*args)

        return answer

    @wraps(method)
    def compute(*args: Any) -> Any:
        with executing(context):
            return method(*args)

    return compute
