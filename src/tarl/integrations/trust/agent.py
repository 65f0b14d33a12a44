"""``TrustedAgent``: an agent with a key and an authority of its own, and what it does.

An agent object holds no authority: what it may do is read from the journal each time, so that two
objects of one name agree, and a revocation is seen at once.

What it does is ``run`` and the role methods that its class has (``tarl.agents.roles``): under the
trust-aware runtime each is a step of a durable run. A role whose method it lacks it cannot take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec

from tarl.agents.agent import Agent
from tarl.agents.roles import Decomposition, Subtask
from tarl.integrations.trust.operations import Capabilities, Constraints, TrustOperations
from tarl.integrations.trust.refusals import TrustDenied
from tarl.integrations.trust.values import DelegationRecord, TrustLineageChain, TrustStatus
from tarl.values.canonical import encode
from tarl.values.plain import plain


class TrustedAgent:
    """An agent with a key and an authority of its own.

    Args:
        name: Its name; also its id, under which it is registered.
        run: What it does with an input; a class of one's own overrides ``run`` instead.
        trust_ops: Where its authority is recorded; ``TrustOperations.current()`` when left out.
        description: What it is good for.
        agent: Whose ``run`` and role methods are its own, such as a ``ModelAgent``.
        abilities: Capabilities that its code has a use for and that it need not hold: who hands a
            task on lends them to it, or it has no turn. Those that ``agent`` declares when left
            out.
    """

    ROLES: tuple[str, ...] = ()
    """The roles that are attested to it when it is established, unless others are named."""

    def __init__(
        self,
        name: str,
        run: Callable[[Any], Any] | None = None,
        *,
        trust_ops: TrustOperations | None = None,
        description: str = "",
        agent: Agent | None = None,
        abilities: Iterable[str] | None = None,
    ) -> None:
        self.name = name
        self.id = name
        self.agent = agent
        self.description = description or getattr(agent, "description", "")
        own = () if agent is None else agent.capabilities
        self.abilities = tuple(own if abilities is None else abilities)
        self._operations = trust_ops
        if run is None and agent is not None:
            run = agent.run
        if run is not None:
            self.run = run  # type: ignore[method-assign, assignment]  # given in place of its own

    def __getattr__(self, name: str) -> Any:
        """The role methods, schemas and the like of the agent that it is made of."""
        agent = vars(self).get("agent")
        if agent is None or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no {name}", name=name, obj=self)
        return getattr(agent, name)

    async def run(self, input: Any) -> str:
        """Give back the input as text: what an agent does that was given nothing to do."""
        return input if isinstance(input, str) else encode(plain(input)).decode()

    @property
    def access(self) -> Literal["read", "write"]:
        """Whether its steps change anything: ``write`` unless a class says otherwise, but ``read``
        for an agent that was given nothing to do.
        """
        is_idle = type(self) is TrustedAgent and "run" not in vars(self)
        return "read" if is_idle else "write"

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
        options.setdefault("roles", self.ROLES)
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
        return f"{type(self).__name__}({self.name!r})"


class TrustedSupervisorAgent(TrustedAgent):
    """An agent to whom its authority attests the role ``supervisor``.

    Unless a class of one's own says otherwise, a task is what its input says: the list under
    ``subtasks``, or itself where it is a list, or one subtask; and the result is the workers'
    answers, in order.
    """

    ROLES = ("supervisor",)

    async def decompose_task(self, input: Any) -> Decomposition:
        """The task in parts, each a ``Subtask``, its members, or a worker's input."""
        parts: Sequence[Any] = input if isinstance(input, list) else [input]
        if isinstance(input, dict) and isinstance(input.get("subtasks"), list):
            parts = input["subtasks"]
        return Decomposition(subtasks=tuple(_subtasks(parts)))

    async def aggregate_results(
        self, original_input: Any, worker_results: Sequence[dict[str, Any]]
    ) -> Any:
        """The answers of the subtasks that were done."""
        return [result["answer"] for result in worker_results if "answer" in result]


def _subtasks(parts: Sequence[Any]) -> Iterable[Subtask]:
    for number, part in enumerate(parts, start=1):
        if isinstance(part, dict) and "input" in part:
            yield msgspec.convert({"id": f"part-{number}", **part}, Subtask)
        else:
            yield Subtask(id=f"part-{number}", input=part)
