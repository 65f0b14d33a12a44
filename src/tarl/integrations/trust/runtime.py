"""``TrustAwareOrchestrationRuntime``: agents play patterns in durable runs, under their authority.

1. An execution is a run of the journal of its ``TrustOperations``, named after its task: it is
   resumed where it was cut off, and the same task with the same input gives what it came to.
2. A violation of trust always aborts it; what was lent is taken back all the same.
3. A pattern that nobody knows runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tarl.agents.agent import as_agent
from tarl.agents.result import Result
from tarl.engines.embedded.handle import Handle
from tarl.errors import Denied, Missing, RunFailed
from tarl.integrations.orchestration_extended.bench import Bench
from tarl.integrations.orchestration_extended.place import drawn
from tarl.integrations.trust.agent import TrustedAgent
from tarl.integrations.trust.execution import (
    OrchestrationResult,
    RuntimeConfig,
    TrustExecutionContext,
    executing,
)
from tarl.integrations.trust.executors import BUILT_IN, TrustAwarePatternExecutor
from tarl.integrations.trust.operations import TrustOperations
from tarl.integrations.trust.refusals import (
    NoCapableAgentError,
    TrustConflict,
    TrustDenied,
    TrustError,
    TrustInvalid,
    UnknownPatternError,
    translated,
)
from tarl.integrations.trust.stage import Muster, Stage
from tarl.integrations.trust.trail import told_by
from tarl.integrations.trust.values import VerificationLevel
from tarl.kernel.context import Context
from tarl.kernel.definition import Workflow
from tarl.values.ids import RunId

WIRE_NAME = "trust/execution"
"""The name of executions' workflow in the journal."""


@dataclass(frozen=True)
class TrustAwarePattern:
    """A pattern by its name: one of one's own, or another executor for one of the nine."""

    name: str
    executor: TrustAwarePatternExecutor


class TrustAwareOrchestrationRuntime:
    """Lets agents play patterns, with authority handed over from turn to turn and taken back.

    Args:
        agents: Who takes part, by name, in order.
        trust_ops: Where authority is recorded, and the journal of the runs.
        patterns: Patterns beside the nine.
        config: Bounds.
        verification_level: How thoroughly everybody is looked at when an execution begins; at each
            effect they are looked at anew.
        require_trust: Whether everybody must be trusted. Without it agents act for nobody, and
            nothing is handed over.

    Raises:
        TrustError: something among the agents that is no agent, or no trusted one.
    """

    def __init__(
        self,
        agents: Mapping[str, Any],
        trust_ops: TrustOperations,
        patterns: Sequence[TrustAwarePattern] | None = None,
        config: RuntimeConfig | None = None,
        verification_level: VerificationLevel = VerificationLevel.STANDARD,
        require_trust: bool = True,
    ) -> None:
        self.trust_ops = trust_ops
        self.verification_level = verification_level
        self.require_trust = require_trust
        self.config = config or RuntimeConfig()
        with translated():
            self.agents = {name: as_agent(agent) for name, agent in agents.items()}
        for name, agent in self.agents.items():
            if require_trust and not isinstance(agent, TrustedAgent):
                raise TrustInvalid(
                    f"agent {name!r} is no TrustedAgent",
                    code="trust.untrusted",
                    next_step="make it one, or use require_trust=False",
                )
        executors = [TrustAwarePattern(each.name, each()) for each in BUILT_IN]
        self._executors = {p.name: p.executor for p in (*executors, *(patterns or ()))}
        self._bench = Bench(trust_ops.place, keyring=trust_ops.keyring)

    @property
    def patterns(self) -> list[str]:
        """The patterns that there are."""
        return list(self._executors)

    async def execute(
        self,
        input: Any,
        pattern: str = "sequential",
        initiator_id: str | None = None,
        task_id: str | None = None,
    ) -> OrchestrationResult:
        """Let the agents play; what they came to, with what was handed over and noted.

        An execution that was cut off is taken up where it was; one of the same task that is over
        gives what it came to.

        Args:
            input: JSON values.
            pattern: Which.
            initiator_id: Who begins: an agent or authority lends the first agent what its turn
                takes; a registered human is noted. Without one agents begin on what they hold.
            task_id: Names the execution, and is what everything is lent for; drawn when left out.

        Raises:
            UnknownPatternError: there is no such pattern; nothing ran.
            NoCapableAgentError: nobody can do what the task takes, or may be given it.
            TrustDenied: authority is missing, for a turn or an effect.
            TrustConflict: the task was executed with another input, pattern or initiator.
            TrustError: the agents cannot play this pattern, or their code raised.
        """
        executor = self._executor(pattern)
        context = TrustExecutionContext(task_id or drawn("orch"), initiator_id)
        said = {
            "agents": [agent.id for agent in self.agents.values()],
            "initiator": initiator_id,
            "input": input,
            "level": self.verification_level.value,
            "pattern": pattern,
        }
        workflow = Workflow(self._body(executor, context), name=WIRE_NAME)
        with translated():
            async with self._bench.runtime() as runtime:
                tenant = self.trust_ops.tenant
                handle = await runtime.start(workflow, said, id=context.task_id, tenant=tenant)
                try:
                    result = await handle.result()
                except RunFailed as error:
                    raise _shown(error, context) from error
        told_by(self.trust_ops, handle.run_id, context)
        return _came_to(result, context, handle)

    def workflow(self, pattern: str, task_id: str) -> Workflow[..., Any]:
        """The workflow that an execution runs, to replay it with:
        ``assert_replays(runtime.workflow(pattern, task_id), journal, run=f"{task_id}/1")``.

        Raises:
            UnknownPatternError: there is no such pattern.
        """
        context = TrustExecutionContext(task_id, None)
        return Workflow(self._body(self._executor(pattern), context), name=WIRE_NAME)

    def execution(self, task_id: str) -> TrustExecutionContext:
        """An execution as far as the journal has it, whoever ran it.

        Raises:
            TrustMissing: there is none.
        """
        with translated(), self.trust_ops.opened() as room:
            where = {"tenant": room.tenant, "workflow_id": task_id}
            found = list(
                room.ledger.store.scan("run", where, order_by="n", descending=True, limit=1)
            )
            if not found:
                raise Missing(f"there is no execution {task_id}", code="run.missing")
            run = RunId(room.tenant, task_id, found[0]["n"])
        return told_by(self.trust_ops, run, TrustExecutionContext(task_id, None))

    # --- inside

    def _executor(self, pattern: str) -> TrustAwarePatternExecutor:
        executor = self._executors.get(pattern)
        if executor is None:
            raise UnknownPatternError(
                f"there is no pattern {pattern!r}",
                code="trust.pattern",
                next_step=f"one of {', '.join(self._executors)}",
                pattern=pattern,
            )
        return executor

    def _body(self, executor: TrustAwarePatternExecutor, context: TrustExecutionContext) -> Any:
        muster = Muster(self.trust_ops, self.verification_level, is_required=self.require_trust)

        async def body(ctx: Context, said: dict[str, Any]) -> Result:
            members = await ctx.call(
                muster.step, said["agents"], context.task_id, said["initiator"]
            )
            stage = Stage(
                ctx,
                said["input"],
                agents=self.agents,
                members=members,
                context=context,
                operations=self.trust_ops,
                config=self.config,
                is_required=self.require_trust,
            )
            signer = said["initiator"] or next(iter(said["agents"]), None)
            result: Result | None = None
            why: dict[str, Any] = {"pattern": said["pattern"]}
            ending = "FAILURE"
            try:
                for member in members:
                    if member.why_not:
                        raise Denied(
                            f"{member.id} may not take part: {member.why_not}",
                            code="trust.untrusted",
                            agent=member.id,
                        )
                with executing(context):
                    result = await executor.play(stage)
                ending = "SUCCESS" if result.is_solved else "PARTIAL"
                why["status"] = result.status
            except Denied as refusal:
                ending, why["why"] = "DENIED", refusal.message[:500]
                raise
            except Exception as error:
                why["why"] = f"{type(error).__name__}: {error}"[:500]
                raise
            finally:
                is_over = "completed" if result is not None else "failed"
                await stage.end(signer, f"orchestration.{is_over}", ending, why)
            return result

        return body


def _shown(error: RunFailed, context: TrustExecutionContext) -> TrustError:
    """A failed run as an error of this face."""
    kind, text = error.facts.get("type", ""), str(error.facts.get("error") or error.message)
    facts = {"task": context.task_id}
    if kind in ("Denied", "TrustDenied"):
        return TrustDenied(text, code="trust.aborted", next_step="tarl trust show AGENT", **facts)
    if kind == "Missing" and text.startswith("no agent can do"):
        return NoCapableAgentError(text, code="agents.no_match", **facts)
    if kind == "Conflict":
        return TrustConflict(text, code="trust.execution", **facts)
    return TrustError(f"{kind}: {text}", code="trust.execution", **facts)


def _came_to(result: Result, context: TrustExecutionContext, handle: Handle) -> OrchestrationResult:
    return OrchestrationResult(
        success=result.is_solved,
        result=result.output,
        audit_trail=list(context.audit_trail),
        delegations=list(context.delegations),
        status=result.status,
        reason=result.reason,
        details=result.details,
        run=handle.run_id.ref,
    )
