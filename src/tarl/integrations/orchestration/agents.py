"""Patterns of agents working together; no recorded answer is ever asked for again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tarl.integrations.orchestration.ledger import body_of, stream_name
from tarl.integrations.orchestration.refusals import BadValue, UnknownName
from tarl.integrations.orchestration.session import Deed, once
from tarl.integrations.orchestration.vm import DeterministicVM

AGENT_REGISTERED = "orchestration.agent_registered/1"

Agent = Callable[[Any], Any]
"""Takes JSON, returns JSON."""

_AGENTS = stream_name("agents")


class NobodyToTalk(BadValue, ZeroDivisionError):
    """A conversation without agents."""


class AgentOrchestrator:
    """Runs agents one after another, at the same time, in turns, or along a graph.

    Called from a workflow's entrypoint, each agent's work is a step of its run; from elsewhere, it
    is run beside the workflow's runs.
    """

    def __init__(self, vm: DeterministicVM) -> None:
        self.vm = vm
        self._agents: dict[str, Agent] = {}

    def register_agent(self, agent_id: str, agent_fn: Agent) -> None:
        """Give an agent its name, which is recorded; each process registers the function itself.

        Raises:
            BadValue: the function cannot be called.
        """
        if not callable(agent_fn):
            raise BadValue(f"agent {agent_id!r} is not callable", code="agent.not_callable")
        once("register_agent", {"agent_id": agent_id}, lambda: self._record(agent_id))
        self._agents[agent_id] = agent_fn

    def known_agents(self) -> list[str]:
        """Every agent that was ever registered."""
        known: list[str] = once("known_agents", {}, self._recorded)
        return known

    def sequential(self, workflow_id: str, agents: Sequence[str], initial_input: Any) -> Any:
        """Each agent's answer is the next one's input; the last answer.

        Raises:
            UnknownName: an agent is not registered (a ``ValueError``); nothing has run.
            StepFailed: an agent raised.
        """
        self._check(agents)
        answer = initial_input
        for position, agent_id in enumerate(agents):
            deed = self._deed(agent_id, answer, pattern="sequential", position=position)
            [answer] = self.vm.perform(workflow_id, [deed])
        return answer

    def concurrent(
        self, workflow_id: str, agents: Sequence[str], inputs: Sequence[Any]
    ) -> list[Any]:
        """All agents at the same time, each with its own input; the answers in their order.

        Raises:
            UnknownName: an agent is not registered (a ``ValueError``); nothing has run.
            BadValue: there are not as many inputs as agents.
            StepFailed: after all have ended, what the first that failed raised.
        """
        if len(agents) != len(inputs):
            raise BadValue(
                f"{len(agents)} agents cannot share {len(inputs)} inputs: the numbers must match",
                code="agent.inputs",
            )
        self._check(agents)
        if not agents:
            return []
        pairs = enumerate(zip(agents, inputs, strict=True))
        deeds = [self._deed(a, i, pattern="concurrent", position=n) for n, (a, i) in pairs]
        return self.vm.perform(workflow_id, deeds)

    def chat(
        self,
        workflow_id: str,
        agents: Sequence[str],
        initial_message: Any,
        max_turns: int = 10,
    ) -> list[Any]:
        """The agents answer in turns, each given all that was said; the whole conversation.

        Raises:
            UnknownName: an agent is not registered (a ``ValueError``); nothing has run.
            NobodyToTalk: there are turns and no agents (a ``ZeroDivisionError``).
            StepFailed: an agent raised.
        """
        self._check(agents)
        if max_turns > 0 and not agents:
            raise NobodyToTalk("a conversation needs an agent", code="agent.none")
        said = [initial_message]
        for turn in range(max_turns):
            deed = self._deed(agents[turn % len(agents)], said, pattern="chat", turn=turn)
            [answer] = self.vm.perform(workflow_id, [deed])
            said = [*said, answer]
        return said

    def graph(
        self,
        workflow_id: str,
        graph_spec: Mapping[str, Sequence[str]],
        start_node: str,
        input_data: Any,
    ) -> Any:
        """Agents along a directed acyclic graph, each after all that lead to it.

        A node with one predecessor gets its answer; one with several gets an object of their
        answers by name. The result is the answer of the one node without successors, or an object
        of several's. Nodes that cannot be reached from the start do not run; nodes that are ready
        together run at the same time.

        Raises:
            UnknownName: a node is not a registered agent (a ``ValueError``); nothing has run.
            BadValue: the graph has a cycle; nothing has run.
            StepFailed: an agent raised.
        """
        layers, before = _layers(graph_spec, start_node)
        self._check([node for layer in layers for node in layer])
        answers: dict[str, Any] = {}
        for layer in layers:
            deeds = [
                self._deed(node, _input(before[node], answers, input_data), pattern="graph")
                for node in layer
            ]
            answers |= zip(layer, self.vm.perform(workflow_id, deeds), strict=True)
        ends = [node for node in answers if not graph_spec.get(node)]
        return answers[ends[0]] if len(ends) == 1 else {node: answers[node] for node in ends}

    def _record(self, agent_id: str) -> None:
        if agent_id not in self._recorded():
            body = {"agent_id": agent_id}
            self.vm.ledger.append(_AGENTS, AGENT_REGISTERED, body)

    def _recorded(self) -> list[str]:
        recorded = self.vm.ledger.read(_AGENTS)
        return sorted({body_of(event)["agent_id"] for event in recorded})

    def _deed(self, agent_id: str, given: Any, *, pattern: str, **place: int) -> Deed:
        agent = self._agents[agent_id]
        details = {"agent_id": agent_id, "input": given, "pattern": pattern, **place}
        return Deed(f"agent/{agent_id}", details, lambda d: agent(d["input"]), agent)

    def _check(self, agents: Sequence[str]) -> None:
        for agent_id in agents:
            if agent_id not in self._agents:
                raise UnknownName(
                    f"Agent {agent_id} not registered",
                    code="agent.unknown",
                    next_step="register_agent(agent_id, function)",
                    agent_id=agent_id,
                )


def _input(before: Sequence[str], answers: Mapping[str, Any], given: Any) -> Any:
    if not before:
        return given
    return answers[before[0]] if len(before) == 1 else {node: answers[node] for node in before}


def _layers(
    graph_spec: Mapping[str, Sequence[str]], start_node: str
) -> tuple[list[list[str]], dict[str, list[str]]]:
    """Reachable nodes in layers ready together, and each one's predecessors (Kahn 1962)."""
    before: dict[str, list[str]] = {start_node: []}
    reached = [start_node]
    for node in reached:
        for following in dict.fromkeys(graph_spec.get(node, ())):
            if following not in before:
                before[following] = []
                reached.append(following)
            before[following].append(node)
    waiting = {node: set(predecessors) for node, predecessors in before.items()}
    layers = []
    while waiting:
        layer = [node for node, predecessors in waiting.items() if not predecessors]
        if not layer:
            raise BadValue(
                f"the graph has a cycle among {', '.join(sorted(waiting))}",
                code="graph.cycle",
                nodes=sorted(waiting),
            )
        for node in layer:
            del waiting[node]
        for predecessors in waiting.values():
            predecessors.difference_update(layer)
        layers.append(layer)
    return layers, before
