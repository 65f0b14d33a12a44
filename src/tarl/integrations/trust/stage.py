"""Where an execution's agents meet: who they are, under whose authority, in a run of their own.

1. Who takes part is looked at in the run's first step: everybody is trusted, with the capabilities
   and the roles that are attested to them, and what was seen then is what every replay sees.
2. A role is a signed word of the agent's authority, not a name.
3. When it ends, however it ends, everything that was lent is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from tarl.agents.agent import Agent
from tarl.agents.lending import TrustLending
from tarl.agents.patterns.voting import VoterKeys
from tarl.agents.result import Result
from tarl.agents.roles import ANSWERS
from tarl.agents.session import Options, Session
from tarl.crypto.note import VerifierKey
from tarl.errors import Denied
from tarl.integrations.trust.execution import RuntimeConfig, TrustExecutionContext, within
from tarl.integrations.trust.operations import TrustOperations
from tarl.integrations.trust.refusals import TrustDenied
from tarl.integrations.trust.values import (
    DelegationRecord,
    VerificationLevel,
    capabilities_of,
)
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.trust.kms import SigningService
from tarl.trust.loans import Note
from tarl.values.ids import encode_segment

PARTICIPATE = "agent.run"
"""What taking part takes: the right to be asked."""


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agent that takes part, as it stood when the run began.

    Attributes:
        why_not: Why it may not take part; empty when it may.
    """

    id: str
    capabilities: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    why_not: str = ""


class Muster:
    """Looks at who takes part: a step of the run.

    Args:
        operations: Where authority is recorded.
        level: How thoroughly it is looked at.
        is_required: Whether everybody must be trusted.
    """

    def __init__(
        self, operations: TrustOperations, level: VerificationLevel, *, is_required: bool
    ) -> None:
        self._operations = operations
        self._level = level
        self._is_required = is_required
        self.step = Activity(
            self._look, name="trust.muster", needs=("trust.verify",), access="read"
        )

    async def _look(self, agents: list[str], task: str, initiator: str | None) -> list[Member]:
        seen = [await self._seen(agent, task) for agent in agents]
        if self._is_required and initiator is not None and not self._is_known(initiator):
            seen.append(Member(id=initiator, why_not="nobody is registered under that name"))
        return seen

    def _is_known(self, name: str) -> bool:
        with self._operations.opened() as room:
            holder = room.ledger.book(room.tenant).holders.find(name)
            return holder is not None and holder.is_live

    async def _seen(self, agent: str, task: str) -> Member:
        operations = self._operations
        capabilities: dict[str, None] = {}
        roles: dict[str, None] = {}
        with operations.opened() as room:
            now_ms, book = room.now_ms(), room.ledger.book(room.tenant)
            for chain in room.ledger.chains(room.tenant, agent, at_ms=now_ms):
                leaf = chain.leaf
                is_for_it = leaf.record.task in (None, task)
                if (
                    is_for_it
                    and now_ms < leaf.expires_at_ms
                    and book.why_void(leaf, now_ms) is None
                ):
                    held = capabilities_of(leaf.terms)
                    capabilities |= dict.fromkeys(c for c in held if "*" not in c)
                    roles |= dict.fromkeys(chain.roles)
        why = ""
        if self._is_required:
            resource = f"agent/{encode_segment(agent)}"
            verdict = await operations.verify(
                agent, PARTICIPATE, resource, self._level, task_id=task
            )
            why = "" if verdict.valid else verdict.reason or "it holds nothing"
        return Member(id=agent, capabilities=tuple(capabilities), roles=tuple(roles), why_not=why)


class Participant:
    """An agent as it takes part: what it does is its own, what it can do as the muster saw it.

    Args:
        agent: The agent.
        member: How it stood.
        context: The execution that its code belongs to.
        capabilities: What its turns take, where that is not all that it can do.
    """

    def __init__(
        self,
        agent: Any,
        member: Member,
        context: TrustExecutionContext,
        capabilities: Sequence[str] | None = None,
    ) -> None:
        self.agent = agent
        self.context = context
        self.id = member.id
        self.member = member
        able = (*member.capabilities, *getattr(agent, "abilities", ()))
        self.capabilities = tuple(dict.fromkeys(able if capabilities is None else capabilities))

    def taking(self, capabilities: Sequence[str] | None) -> Participant:
        """The same, whose turns take that and nothing more."""
        return Participant(self.agent, self.member, self.context, capabilities)

    def __getattr__(self, name: str) -> Any:
        if name in ("agent", "context"):
            raise AttributeError(name)  # not made yet
        found = getattr(self.agent, name)
        if name not in ANSWERS or not callable(found):
            return found
        return within(self.context, found)


class Stage:
    """One execution in its run; executors let agents play here.

    Args:
        ctx: The run.
        input: What the agents are given.
        agents: Who takes part, by the names that the caller gave.
        members: How they stood.
        context: The execution.
        operations: Where authority is recorded.
        config: Bounds.
        is_required: Whether authority is handed over; without it agents act for nobody.
    """

    def __init__(
        self,
        ctx: Context,
        input: Any,
        *,
        agents: Mapping[str, Any],
        members: Sequence[Member],
        context: TrustExecutionContext,
        operations: TrustOperations,
        config: RuntimeConfig,
        is_required: bool,
    ) -> None:
        self.ctx = ctx
        self.input = input
        self.context = context
        self.operations = operations
        self.config = config
        self.loans = AsyncExitStack()
        self.held: dict[str, tuple[Context, tuple[str, ...]]] = {}
        by_id = {member.id: member for member in members}
        self.by_name: dict[str, Any] = {
            name: Participant(agent, by_id[agent.id], context) for name, agent in agents.items()
        }
        self._is_required = is_required
        self._lending: TrustLending | None = None
        self._session: Session | None = None

    @property
    def agents(self) -> list[Any]:
        """Who takes part, in order."""
        return list(self.by_name.values())

    def settings(self, pattern: str) -> dict[str, Any]:
        """What the configuration tells a pattern's function."""
        return dict(self.config.settings.get(pattern, {}))

    def one_in(self, role: str, method: str) -> Any:
        """The agent to whom its authority attests a role.

        Raises:
            Denied: to nobody, or to several (``trust.role``).
        """
        found = [agent for agent in self.agents if role in agent.member.roles]
        if not found and not self._is_required:
            found = [agent for agent in self.agents if callable(getattr(agent, method, None))][:1]
        if len(found) != 1:
            who = ", ".join(agent.id for agent in found) or "nobody"
            raise Denied(
                f"one agent must be attested as {role}; {who} is",
                code="trust.role",
                next_step=f"establish the agent with roles=[{role!r}]",
                role=role,
            )
        return found[0]

    def others(self, *but: Any, takes: Sequence[str] | None = None) -> list[Any]:
        """Everybody else; with ``takes`` their turns take that and nothing more."""
        out = {agent.id for agent in but}
        rest = [agent for agent in self.agents if agent.id not in out]
        if takes is None:
            return rest
        return [agent.taking(takes) for agent in rest]

    def options(self, *, initiator: str | None = None, **lending: Any) -> Options:
        """How the patterns of this execution are bound.

        Args:
            initiator: Who lends where no agent asks; who began the execution when None.
            lending: See ``TrustLending``.
        """
        config = self.config
        if self._is_required and self._lending is None:
            self._lending = TrustLending(
                self.ctx,
                self.operations.opened,
                task=self.context.task_id,
                initiator=initiator or self.context.initiator_id,
                life_ms=round(config.loan_seconds * 1000),
                **lending,
            )
        return Options(
            stop=config.stop,
            budget=config.budget,
            turn_timeout_s=config.turn_timeout_s,
            ask=config.ask,
            lending=self._lending,
        )

    async def end(self, signer: str | None, action: str, result: str, said: dict[str, Any]) -> None:
        """Take everything back, and let somebody note how it ended."""
        await self.loans.aclose()
        if self._lending is None:
            self.options()
        lending = self._lending
        if lending is None:
            return
        await lending.close()
        if signer is not None:
            context = {"task": self.context.task_id, "run": self.ctx.info.run.ref, **said}
            resource = f"task/{encode_segment(self.context.task_id)}"
            await lending.note(
                signer, Note(action=action, resource=resource, result=result, context=context)
            )

    @property
    def signing(self) -> VoterKeys | None:
        """How votes are signed; None where no trust is required."""
        if not self._is_required:
            return None
        operations = self.operations

        def key_of(name: str) -> VerifierKey:
            with operations.opened() as room:
                return room.hands.key_of(name)

        return VoterKeys(_Keys(operations), key_of)

    # --- for executors of one's own

    def cast(self) -> dict[str, Any]:
        """The agents, by name, with methods that are turns."""
        if self._session is None:
            self._session = Session(self.ctx, "custom", self.agents, self.options())
        return {name: _Player(self, agent) for name, agent in self.by_name.items()}

    async def turn(self, agent: Agent, role: str, args: tuple[Any, ...]) -> Any:
        """Let an agent have a turn, on what was delegated to it last if anything was."""
        self.cast()
        assert self._session is not None
        held, needs = self.held.get(agent.id, (None, ()))
        if held is None and role in ("run", "contribute", "execute_task"):
            needs = tuple(agent.capabilities)
        self.context.current_agent_id = agent.id
        return await self._session.ask(agent, role, *args, needs=needs, held=held)

    async def delegate(
        self, giver: str, taker: str, capabilities: Sequence[str], constraints: Sequence[str]
    ) -> DelegationRecord:
        """Lend something until the execution ends."""
        self.cast()
        lending = self._lending
        if lending is None:
            raise TrustDenied(
                "nothing is delegated where no trust is required", code="trust.untrusted"
            )
        before = len(lending.records)
        seat = await self.loans.enter_async_context(
            lending.lent(
                self.ctx, giver, taker, capabilities, constraints=constraints, must_lend=True
            )
        )
        self.held[taker] = seat, tuple(capabilities)
        digest = lending.records[before]
        shown = await self.ctx.call(
            Activity(self._shown, name="trust.delegation", needs=("trust.verify",), access="read"),
            digest,
        )
        record = msgspec.convert(shown, DelegationRecord)
        self.context.record_delegation(record)
        return record

    async def _shown(self, digest: str) -> dict[str, Any]:
        from tarl.integrations.trust.trail import delegation_of

        found: dict[str, Any] = msgspec.to_builtins(delegation_of(self.operations, digest))
        return found

    async def note(self, agent: str, note: Note) -> str | None:
        """Let an agent note something; the note's digest, None where no trust is required."""
        self.cast()
        if self._lending is None:
            return None
        before = len(self._lending.notes)
        await self._lending.note(agent, note)
        return self._lending.notes[-1] if len(self._lending.notes) > before else None

    def result(self, output: Any) -> Result:
        """What an executor of one's own came to, with the turns that there were."""
        if self._session is None:
            return Result(pattern="custom", status="solved", output=output)
        return self._session.result("solved", output)


class _Keys:
    """The agents' keys, as a service."""

    def __init__(self, operations: TrustOperations) -> None:
        self._operations = operations

    def signer(self, key: VerifierKey) -> SigningService:
        """The signer of a key."""
        with self._operations.opened() as room:
            return room.hands.of_key(key)


class _Player:
    """An agent on the stage: its methods are turns."""

    def __init__(self, stage: Stage, agent: Any) -> None:
        self._stage = stage
        self.playing = agent
        self.id = agent.id
        self.capabilities = list(agent.capabilities)

    def __getattr__(self, name: str) -> Any:
        if name == "playing":
            raise AttributeError(name)  # not made yet
        found = getattr(self.playing, name)
        if name not in ANSWERS:
            return found
        stage, agent = self._stage, self.playing

        async def turn(*args: Any) -> Any:
            return await stage.turn(agent, name, args)

        return turn

    async def receive_delegation(self, delegation: DelegationRecord) -> None:
        """Nothing more is to be done: its next turns are on what it was handed."""
