"""The seed's nine executors: thin faces over ``tarl.agents.patterns``, with authority handed over.

Each lets the agents of a stage play a pattern; who has which role is what their authority attests.
An executor of one's own overrides ``execute``, which then is workflow code: what its agents do are
turns, and what it asks of trust (``delegate``, ``verify``, ``audit``) are steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from tarl.agents.patterns.blackboard import blackboard
from tarl.agents.patterns.consensus import consensus
from tarl.agents.patterns.debate import debate
from tarl.agents.patterns.ensemble import ensemble
from tarl.agents.patterns.handoff import handoff
from tarl.agents.patterns.parallel import parallel
from tarl.agents.patterns.ranking import Asked
from tarl.agents.patterns.router import router
from tarl.agents.patterns.sequential import sequential
from tarl.agents.patterns.supervisor_worker import supervisor_worker
from tarl.agents.result import Result
from tarl.integrations.trust.execution import TrustExecutionContext
from tarl.integrations.trust.operations import TrustOperations
from tarl.integrations.trust.refusals import TrustInvalid
from tarl.integrations.trust.stage import Stage
from tarl.integrations.trust.steps import StageOperations
from tarl.integrations.trust.values import DelegationRecord

CONTRIBUTE = "blackboard.contribute"
"""What a specialist's turn at a blackboard takes, and all that it takes."""

WRITE_ONLY = "blackboard_write_only"

_stage: ContextVar[Stage | None] = ContextVar("tarl.trust_stage", default=None)


class TrustAwarePatternExecutor:
    """How agents play one pattern.

    Attributes:
        name: The pattern's.
    """

    name = "custom"

    async def execute(
        self,
        input: Any,
        agents: Mapping[str, Any],
        context: TrustExecutionContext,
        trust_ops: TrustOperations,
    ) -> Any:
        """Let agents play; the output.

        Called directly, it is an execution of its own, with a run in the journal of ``trust_ops``;
        the context is filled in.

        Raises:
            TrustError: authority is missing.
        """
        from tarl.integrations.trust.runtime import TrustAwareOrchestrationRuntime
        from tarl.integrations.trust.runtime import TrustAwarePattern as Pattern

        runtime = TrustAwareOrchestrationRuntime(
            agents, trust_ops, patterns=[Pattern(self.name, self)]
        )
        done = await runtime.execute(
            input, self.name, initiator_id=context.initiator_id, task_id=context.task_id
        )
        for delegation in done.delegations:
            context.record_delegation(delegation)
        for anchor in done.audit_trail:
            context.record_audit(anchor)
        return done.result

    async def play(self, stage: Stage) -> Result:
        """Let the agents of a stage play, inside their run."""
        if type(self).execute is TrustAwarePatternExecutor.execute:
            raise TrustInvalid(
                f"{type(self).__name__} says nowhere how its agents play",
                code="trust.pattern",
                next_step="override execute",
            )
        token = _stage.set(stage)
        try:
            output = await self.execute(
                input=stage.input,
                agents=stage.cast(),
                context=stage.context,
                trust_ops=StageOperations(stage),  # type: ignore[arg-type]  # it does what is used of them
            )
        finally:
            _stage.reset(token)
        return stage.result(output)

    async def delegate_to_agent(
        self,
        from_agent: Any,
        to_agent: Any,
        capabilities: Sequence[str],
        context: TrustExecutionContext,
        trust_ops: TrustOperations,
        additional_constraints: Sequence[str] | None = None,
    ) -> DelegationRecord:
        """Let one agent hand on some of what it holds, for the execution's task.

        In an execution it is a step, ``to_agent`` acts on it alone from then on, and it is taken
        back when the execution ends.

        Raises:
            TrustError, Denied: it is not held, or a constraint that nobody registered.
        """
        stage = _stage.get()
        if stage is not None:
            return await stage.delegate(
                from_agent.id, to_agent.id, capabilities, additional_constraints or ()
            )
        delegation = await trust_ops.delegate(
            delegator_id=from_agent.id,
            delegatee_id=to_agent.id,
            task_id=context.task_id,
            capabilities=capabilities,
            additional_constraints=additional_constraints,
        )
        await to_agent.receive_delegation(delegation)
        context.record_delegation(delegation)
        return delegation


class TrustAwareSequentialExecutor(TrustAwarePatternExecutor):
    """One after another, each handing on to the next: A → B → C."""

    name = "sequential"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        return await sequential(
            stage.ctx,
            stage.agents,
            stage.input,
            options=stage.options(),
            **stage.settings(self.name),
        )


class TrustAwareParallelExecutor(TrustAwarePatternExecutor):
    """The same for all at the same time, and budgets divided among them. An agent attested as
    ``aggregator``, if there is one, makes one answer of theirs.
    """

    name = "parallel"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        closing = [agent for agent in stage.agents if "aggregator" in agent.member.roles][:1]
        workers = stage.others(*closing)
        settings = {"aggregate": closing[0] if closing else None, **stage.settings(self.name)}
        options = stage.options(siblings=len(workers))
        return await parallel(stage.ctx, workers, stage.input, options=options, **settings)


class TrustAwareSupervisorWorkerExecutor(TrustAwarePatternExecutor):
    """The agent attested as ``supervisor`` splits the task and lends each worker what its subtask
    takes; budgets are divided among the workers, and no subtask is left out.
    """

    name = "supervisor_worker"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        supervisor = stage.one_in("supervisor", "decompose_task")
        workers = len(stage.others(supervisor))
        options = stage.options(givers=(supervisor.id,), siblings=workers)
        settings = {"failures_max": None, **stage.settings(self.name)}
        return await supervisor_worker(
            stage.ctx,
            stage.agents,
            stage.input,
            options=options,
            supervisor=supervisor.id,
            **settings,
        )


class TrustAwareRouterExecutor(TrustAwarePatternExecutor):
    """The agent attested as ``router`` says what the input takes, or who is to have it, of those
    who hold it or may be lent it.
    """

    name = "router"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        chooser = stage.one_in("router", "route")
        return await router(
            stage.ctx,
            stage.others(chooser),
            stage.input,
            by=Asked(chooser),
            options=stage.options(initiator=chooser.id),
            **stage.settings(self.name),
        )


class TrustAwareEnsembleExecutor(TrustAwarePatternExecutor):
    """Experts are consulted together, and the agent attested as ``synthesizer`` combines what they
    say.
    """

    name = "ensemble"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        synthesizer = stage.one_in("synthesizer", "synthesize")
        experts = stage.others(synthesizer)
        return await ensemble(
            stage.ctx,
            experts,
            stage.input,
            synthesizer=synthesizer,
            options=stage.options(initiator=synthesizer.id, siblings=len(experts)),
            **stage.settings(self.name),
        )


class TrustAwareBlackboardExecutor(TrustAwarePatternExecutor):
    """The agent attested as ``controller`` chooses who contributes, and lends each of them
    ``blackboard.contribute`` under ``blackboard_write_only``: in its turn a specialist can do
    nothing else, whatever it holds.
    """

    name = "blackboard"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        controller = stage.one_in("controller", "select_specialist")
        specialists = stage.others(controller, takes=(CONTRIBUTE,))
        options = stage.options(
            givers=(controller.id,),
            imposed={agent.id: (WRITE_ONLY,) for agent in specialists},
        )
        settings = {"rounds_max": stage.config.max_iterations, **stage.settings(self.name)}
        return await blackboard(
            stage.ctx,
            [controller, *specialists],
            stage.input,
            options=options,
            controller=controller.id,
            **settings,
        )


class TrustAwareConsensusExecutor(TrustAwarePatternExecutor):
    """Proposals are voted on; each vote is signed by its voter, and they are counted by
    arithmetic.
    """

    name = "consensus"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        options = stage.options(siblings=len(stage.agents))
        settings = {"signing": stage.signing, **stage.settings(self.name)}
        return await consensus(stage.ctx, stage.agents, stage.input, options=options, **settings)


class TrustAwareDebateExecutor(TrustAwarePatternExecutor):
    """Sides argue before the agent attested as ``judge``."""

    name = "debate"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        judge = stage.one_in("judge", "judge_debate")
        return await debate(
            stage.ctx,
            stage.agents,
            stage.input,
            options=stage.options(),
            judge=judge.id,
            **stage.settings(self.name),
        )


class TrustAwareHandoffExecutor(TrustAwarePatternExecutor):
    """A task goes from agent to agent until one can handle it, and authority moves with it: what
    every agent that may get it can do.
    """

    name = "handoff"

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        agents = stage.agents
        common = [
            capability
            for capability in (agents[0].capabilities if agents else ())
            if all(capability in agent.capabilities for agent in agents)
        ]
        settings = {
            "hops_max": stage.config.max_iterations,
            "needs": common,
            **stage.settings(self.name),
        }
        return await handoff(stage.ctx, agents, stage.input, options=stage.options(), **settings)


BUILT_IN: tuple[type[TrustAwarePatternExecutor], ...] = (
    TrustAwareSequentialExecutor,
    TrustAwareParallelExecutor,
    TrustAwareSupervisorWorkerExecutor,
    TrustAwareRouterExecutor,
    TrustAwareEnsembleExecutor,
    TrustAwareBlackboardExecutor,
    TrustAwareConsensusExecutor,
    TrustAwareDebateExecutor,
    TrustAwareHandoffExecutor,
)
"""The seed's nine."""
