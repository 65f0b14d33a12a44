"""``TrustOperations`` for executors of one's own: in a run, questions and notes are steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.integrations.trust.trail import anchor_of
from tarl.integrations.trust.values import (
    ActionResult,
    AuditAnchor,
    DelegationRecord,
    VerificationLevel,
    VerificationResult,
)
from tarl.kernel.definition import Activity
from tarl.trust.loans import Note

if TYPE_CHECKING:
    from tarl.integrations.trust.stage import Stage


class StageOperations:
    """What an executor may ask of trust while its agents play; the rest of ``TrustOperations`` is
    for outside.

    Args:
        stage: The execution.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._verify = self._step("trust.ask", self._verified)
        self._anchor = self._step("trust.note", self._noted)

    @property
    def tenant(self) -> str:
        """Whose agents."""
        return self._stage.operations.tenant

    async def verify(
        self,
        agent_id: str,
        action: str,
        resource: str | None = None,
        level: VerificationLevel = VerificationLevel.STANDARD,
        context: Mapping[str, Any] | None = None,
        *,
        task_id: str | None = None,
        access: str | None = None,
        output: str | None = None,
    ) -> VerificationResult:
        """See ``TrustOperations.verify``; the answer is recorded."""
        about = {"resource": resource, "context": dict(context or {}), "task_id": task_id}
        about |= {"access": access, "output": output}
        said = await self._stage.ctx.call(self._verify, agent_id, action, level.value, about)
        return msgspec.convert(said, VerificationResult)

    async def audit(
        self,
        agent_id: str,
        action: str,
        result: ActionResult = ActionResult.SUCCESS,
        context: Mapping[str, Any] | None = None,
        *,
        resource: str | None = None,
    ) -> AuditAnchor | None:
        """Let an agent note something, once, linked to what was noted before; None where no trust
        is required.
        """
        note = Note(
            action=action,
            resource=resource or f"activity/{action}",
            result=result.value,
            context={"task": self._stage.context.task_id, **(context or {})},
        )
        digest = await self._stage.note(agent_id, note)
        if digest is None:
            return None
        said = await self._stage.ctx.call(self._anchor, digest)
        anchor = msgspec.convert(said, AuditAnchor)
        self._stage.context.record_audit(anchor)
        return anchor

    async def delegate(
        self,
        delegator_id: str,
        delegatee_id: str,
        task_id: str | None = None,
        capabilities: Sequence[str] = (),
        additional_constraints: Sequence[str] | None = None,
    ) -> DelegationRecord:
        """Lend something until the execution ends, for its task."""
        return await self._stage.delegate(
            delegator_id, delegatee_id, capabilities, additional_constraints or ()
        )

    # --- inside

    def _step(self, name: str, fn: Any) -> Activity[..., Any]:
        return Activity(fn, name=name, needs=("trust.verify",), access="read")

    async def _verified(
        self, agent: str, action: str, level: str, about: dict[str, Any]
    ) -> dict[str, Any]:
        verdict = await self._stage.operations.verify(
            agent, action, level=VerificationLevel(level), **about
        )
        found: dict[str, Any] = msgspec.to_builtins(verdict)
        return found

    async def _noted(self, digest: str) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(anchor_of(self._stage.operations, digest))
        return found
