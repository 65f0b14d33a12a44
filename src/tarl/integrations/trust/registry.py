"""``TrustAwareAgentRegistry``: agents by what they can do, and may do now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from tarl.agents.registry import AgentRegistry
from tarl.integrations.trust.agent import TrustedAgent
from tarl.integrations.trust.operations import Capabilities, Constraints, TrustOperations
from tarl.integrations.trust.refusals import TrustInvalid, translated
from tarl.integrations.trust.values import TrustStatus, VerificationLevel


class TrustAwareAgentRegistry:
    """The agents that a program has. What they may do is in the journal, and read each time.

    Args:
        trust_ops: Where authority is recorded.
    """

    def __init__(self, trust_ops: TrustOperations) -> None:
        self.trust_ops = trust_ops
        self._agents = AgentRegistry()

    async def register(
        self,
        agent: TrustedAgent,
        authority_id: str | None = None,
        capabilities: Capabilities | None = None,
        constraints: Constraints = None,
        **options: Any,
    ) -> str:
        """Take an agent in, and let it begin below an authority if one is named; its id.

        It gets a key if it has none. Options are those of ``TrustOperations.establish``.

        Raises:
            TrustError: another agent has its id, or the authority may not give that.
        """
        if not isinstance(agent, TrustedAgent):
            raise TrustInvalid(f"{agent!r} is no TrustedAgent", code="trust.untrusted")
        with translated():
            self._agents.add(agent)
        await self.trust_ops.register(agent.id)
        if authority_id is not None and capabilities is not None:
            options.setdefault("roles", agent.ROLES)
            await self.trust_ops.establish(
                agent.id, authority_id, capabilities, constraints, **options
            )
        return agent.id

    async def find_capable_agent(
        self, capability: str, require_trust: bool = True
    ) -> TrustedAgent | None:
        """The first agent that may do something now, as it is verified at this moment; without
        ``require_trust``, that holds something of the kind.
        """
        for agent in self:
            if require_trust:
                result = await self.trust_ops.verify(
                    agent_id=agent.id, action=capability, level=VerificationLevel.STANDARD
                )
                if result.valid:
                    return agent
            elif capability in self._held(agent):
                return agent
        return None

    async def get_trust_status(self) -> dict[str, TrustStatus]:
        """How every agent stands now, by id."""
        return {agent.id: self._status(agent) for agent in self}

    def get(self, agent_id: str) -> TrustedAgent:
        """The agent of an id.

        Raises:
            TrustMissing: nobody has it.
        """
        with translated():
            return cast(TrustedAgent, self._agents.get(agent_id))

    def __iter__(self) -> Iterator[TrustedAgent]:
        for agent in self._agents:
            yield cast(TrustedAgent, agent)

    def __len__(self) -> int:
        return len(self._agents)

    def _held(self, agent: TrustedAgent) -> set[str]:
        return {c for chain in self.trust_ops.chains(agent.id) for c in chain.capabilities}

    def _status(self, agent: TrustedAgent) -> TrustStatus:
        chains = self.trust_ops.chains(agent.id)
        first = chains[0] if chains else None
        return TrustStatus(
            is_trusted=first is not None,
            capabilities=list(dict.fromkeys(c for chain in chains for c in chain.capabilities)),
            constraints=[] if first is None else first.constraints,
            chain_hash=None if first is None else first.hash(),
        )
