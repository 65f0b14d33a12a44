"""``TrustedAgent``: the trust half; what it runs comes with the agents.

An agent object holds no authority: what it may do is read from the journal each time, so that two
objects of one name agree, and a revocation is seen at once.
"""

from __future__ import annotations

from typing import Any

from tarl.integrations.trust.operations import Capabilities, Constraints, TrustOperations
from tarl.integrations.trust.refusals import TrustDenied
from tarl.integrations.trust.values import DelegationRecord, TrustLineageChain, TrustStatus


class TrustedAgent:
    """An agent with a key and an authority of its own.

    Args:
        name: Its name; also its id, under which it is registered.
        trust_ops: Where its authority is recorded; ``TrustOperations.current()`` when left out.
    """

    def __init__(self, name: str, *, trust_ops: TrustOperations | None = None) -> None:
        self.name = name
        self.id = name
        self._operations = trust_ops

    @property
    def trust_ops(self) -> TrustOperations:
        """Where its authority is recorded."""
        if self._operations is None:
            self._operations = TrustOperations.current()
        return self._operations

    async def register(self) -> None:
        """Get a key, if it has none; authority comes with ``establish_trust`` or a delegation."""
        await self.trust_ops.register(self.id)

    async def establish_trust(
        self,
        authority_id: str,
        capabilities: Capabilities,
        constraints: Constraints = None,
        **options: Any,
    ) -> TrustLineageChain:
        """Begin below an authority; see ``TrustOperations.establish``.

        Raises:
            TrustError: the authority does not exist, or may not give that.
        """
        return await self.trust_ops.establish(
            self.id, authority_id, capabilities, constraints, **options
        )

    async def receive_delegation(self, delegation: DelegationRecord) -> TrustLineageChain:
        """Take what another agent has handed on; nothing is believed but what the journal has.

        Raises:
            TrustDenied: it is for another agent, or does not count now.
        """
        for chain in self.trust_ops.chains(self.id):
            if chain.grant_id == delegation.id:
                return chain
        raise TrustDenied(
            f"{self.name} holds no delegation {delegation.id[:12]} that counts now",
            code="trust.no_grant",
            next_step="have it delegated to this agent, in this journal",
            record=delegation.id,
        )

    @property
    def capabilities(self) -> list[str]:
        """The actions that it may do now, as far as their constraints admit."""
        held: dict[str, None] = {}
        for chain in self.trust_ops.chains(self.id):
            held.update(dict.fromkeys(chain.capabilities))
        return list(held)

    @property
    def effective_constraints(self) -> list[str]:
        """What holds of everything that its first grant permits; see ``trust_chain``."""
        chain = self.trust_chain
        return [] if chain is None else chain.constraints

    @property
    def is_trusted(self) -> bool:
        """Whether it holds anything that counts now."""
        return self.trust_chain is not None

    @property
    def trust_chain(self) -> TrustLineageChain | None:
        """The chain of the first of its grants that count now: its own attestation, if it has one;
        None when it holds nothing.
        """
        return next(iter(self.trust_ops.chains(self.id)), None)

    @property
    def trust_status(self) -> TrustStatus:
        """How it stands."""
        chain = self.trust_chain
        return TrustStatus(
            is_trusted=chain is not None,
            capabilities=self.capabilities,
            constraints=[] if chain is None else chain.constraints,
            chain_hash=None if chain is None else chain.hash(),
        )

    def __repr__(self) -> str:
        return f"TrustedAgent({self.name!r})"
