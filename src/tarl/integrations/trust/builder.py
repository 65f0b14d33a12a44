"""``TrustAwareWorkflowBuilder``: agents along connections, handing on what connections say.

1. What an agent is given, input and authority, comes along connections alone.
2. A connection hands on what it says, if its giver holds that, and nothing more; it is looked at
   when the workflow is built, and again whenever it is walked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tarl.agents.patterns.graph import graph
from tarl.agents.patterns.shape import Edge, Shape
from tarl.agents.result import Result
from tarl.errors import TarlError
from tarl.integrations.trust.agent import TrustedAgent
from tarl.integrations.trust.execution import OrchestrationResult, RuntimeConfig
from tarl.integrations.trust.executors import TrustAwarePatternExecutor
from tarl.integrations.trust.operations import TrustOperations
from tarl.integrations.trust.refusals import WorkflowValidationError
from tarl.integrations.trust.runtime import TrustAwareOrchestrationRuntime, TrustAwarePattern
from tarl.integrations.trust.stage import Stage

PATTERN = "workflow"


@dataclass(frozen=True)
class AgentConnection:
    """From whom to whom, and what is handed on with it."""

    from_agent: TrustedAgent
    to_agent: TrustedAgent
    capabilities: list[str] = field(default_factory=list)


class TrustAwareWorkflowBuilder:
    """Builds workflows.

    Args:
        trust_ops: Where authority is recorded, and the journal of the workflows' runs.
    """

    def __init__(self, trust_ops: TrustOperations) -> None:
        self.trust_ops = trust_ops
        self._agents: list[TrustedAgent] = []
        self._connections: list[AgentConnection] = []
        self._requirements: dict[str, list[str]] = {}

    def add_agent(
        self, agent: TrustedAgent, required_capabilities: Sequence[str] | None = None
    ) -> TrustAwareWorkflowBuilder:
        """Let an agent take part; its turn takes what is required, or all that it can do."""
        self._agents.append(agent)
        if required_capabilities:
            self._requirements[agent.id] = list(required_capabilities)
        return self

    def connect(
        self,
        from_agent: TrustedAgent,
        to_agent: TrustedAgent,
        capabilities_to_delegate: Sequence[str] | None = None,
    ) -> TrustAwareWorkflowBuilder:
        """Let one agent's answer be another's input, and hand on capabilities with it."""
        self._connections.append(
            AgentConnection(from_agent, to_agent, list(capabilities_to_delegate or ()))
        )
        return self

    def build(self) -> TrustAwareWorkflow:
        """The workflow, if it is sound; it may be awaited, and need not be.

        Raises:
            WorkflowValidationError: an agent lacks what is required, a connection would hand on
                what its giver does not hold, agents are not added or not connected, or it goes
                round in a circle.
        """
        for agent in self._agents:
            held = self._held(agent)
            for capability in self._requirements.get(agent.id, ()):
                if capability not in held:
                    raise _unsound(f"agent {agent.id} lacks the required capability {capability}")
        for each in self._connections:
            for capability in each.capabilities:
                if capability not in self._held(each.from_agent):
                    raise _unsound(
                        f"{capability} cannot be handed on from {each.from_agent.id}, who does not"
                        " hold it"
                    )
        self._check_shape()
        return TrustAwareWorkflow(
            agents=self._agents,
            connections=self._connections,
            trust_requirements=self._requirements,
            trust_ops=self.trust_ops,
        )

    def _held(self, agent: TrustedAgent) -> set[str]:
        return {c for chain in self.trust_ops.chains(agent.id) for c in chain.capabilities}

    def _check_shape(self) -> None:
        added = {agent.id for agent in self._agents}
        if not added or len(added) < len(self._agents):
            raise _unsound("there are no agents, or one of them was added twice")
        ends = [(each.from_agent.id, each.to_agent.id) for each in self._connections]
        strangers = sorted({end for pair in ends for end in pair} - added)
        if strangers:
            raise _unsound(f"{strangers[0]} is connected and was not added")
        alone = sorted(added - {end for pair in ends for end in pair})
        if len(added) > 1 and alone:
            raise _unsound(f"nothing connects {alone[0]} with the others")
        try:
            Shape(tuple(self._agents), (), [Edge(*pair) for pair in ends], None)
        except TarlError as error:
            raise _unsound(error.message) from error


class TrustAwareWorkflow:
    """Agents along connections; made by ``TrustAwareWorkflowBuilder.build``."""

    def __init__(
        self,
        agents: Iterable[TrustedAgent],
        connections: Iterable[AgentConnection],
        trust_requirements: Mapping[str, Sequence[str]],
        *,
        trust_ops: TrustOperations,
        config: RuntimeConfig | None = None,
    ) -> None:
        self.agents = list(agents)
        self.connections = list(connections)
        self.trust_requirements = {id: list(names) for id, names in trust_requirements.items()}
        self.trust_ops = trust_ops
        self.config = config

    def __await__(self) -> Generator[Any, None, TrustAwareWorkflow]:
        yield from ()
        return self

    async def execute(
        self, input_data: Any, initiator_id: str | None = None, task_id: str | None = None
    ) -> OrchestrationResult:
        """Let the agents work; see ``TrustAwareOrchestrationRuntime.execute``.

        The result is the answer of the last agent, or an object of several's by their ids.

        Raises:
            TrustError: authority is missing; the workflow stops there.
        """
        runtime = TrustAwareOrchestrationRuntime(
            {agent.id: agent for agent in self.agents},
            self.trust_ops,
            patterns=[TrustAwarePattern(PATTERN, _Along(self))],
            config=self.config,
        )
        return await runtime.execute(input_data, PATTERN, initiator_id, task_id)


class _Along(TrustAwarePatternExecutor):
    """Plays a workflow's agents along its connections."""

    name = PATTERN

    def __init__(self, workflow: TrustAwareWorkflow) -> None:
        self._workflow = workflow

    async def play(self, stage: Stage) -> Result:
        """See ``TrustAwarePatternExecutor.play``."""
        workflow = self._workflow
        takes = {id: list(names) for id, names in workflow.trust_requirements.items()}
        for each in workflow.connections:
            wanted = takes.setdefault(each.to_agent.id, [])
            wanted += [name for name in each.capabilities if name not in wanted]
        agents = [agent.taking(takes.get(agent.id) or None) for agent in stage.agents]
        along = {(c.from_agent.id, c.to_agent.id): c.capabilities for c in workflow.connections}
        return await graph(
            stage.ctx,
            agents,
            stage.input,
            edges=list(along),
            options=stage.options(along=along),
            **stage.settings(self.name),
        )


def _unsound(why: str) -> WorkflowValidationError:
    return WorkflowValidationError(
        why, code="trust.workflow", next_step="see TrustedAgent.capabilities, and the connections"
    )
