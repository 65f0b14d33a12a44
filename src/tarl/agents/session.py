"""What all patterns share: agents asked in turns, within bounds, under authority, on the record.

1. Every turn that began is in the result, however it ended.
2. A refusal of authority (``Denied``) always passes through: no pattern goes on without it.
3. Stop conditions and budgets are asked before a turn; nothing begins once they say so.
4. What was lent for a turn is taken back when it ends, however it ends.
5. A pattern inside another one's turn uses that turn's budget, and authority in it comes from the
   agent whose turn it is.

A pattern is written with the workflow author's API alone and draws nothing from outside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol, TypedDict, Unpack

import msgspec

from tarl.agents.agent import (
    Agent,
    checked_answer,
    checked_input,
    deed,
    given,
    is_inline,
    method_of,
    team,
)
from tarl.agents.desk import Desk, at_desk, desk_here, liveliest
from tarl.agents.model import NO_USAGE, Source, Usage
from tarl.agents.result import Ending, Result, Status, Turn
from tarl.agents.spending import UNBOUNDED, Budget, BudgetSpent, Spending
from tarl.agents.stop import Progress, Stop
from tarl.errors import ActivityFailed, ChildFailed, Corrupt, Denied, TarlError
from tarl.kernel.aims import Capture
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.values.plain import plain

TURNS_MAX = 10_000
"""Of one pattern: a loop between agents ends."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """People who must approve before an agent has its turn.

    Attributes:
        before: Ids of agents; ``*`` for every one.
        approvers: Names of human principals.
        needed: How many of them must approve; all when None.
        expires_s: After this long nobody approved.
    """

    before: tuple[str, ...]
    approvers: tuple[str, ...]
    needed: int | None = None
    expires_s: float | None = None

    def concerns(self, agent: str) -> bool:
        """Whether an agent's turns wait for it."""
        return "*" in self.before or agent in self.before


class Lending(Protocol):
    """How authority passes from who asks to who is asked; see the trust-aware runtime."""

    def lent(
        self,
        ctx: Context,
        giver: str | None,
        taker: str,
        actions: Sequence[str],
        *,
        constraints: Sequence[str] = (),
        budget: Budget = UNBOUNDED,
        moves: bool = False,
    ) -> AbstractAsyncContextManager[Context]:
        """The run as the taker acts in it, with what was lent for as long as it is open.

        Args:
            ctx: The run.
            giver: Who hands on; None for who began it all.
            taker: Who receives.
            actions: What the task takes, and no more.
            constraints: Names of further constraints.
            budget: The taker's part of the giver's budget.
            moves: Whether the giver keeps nothing of it meanwhile (a handoff).

        Raises:
            Denied: the giver does not hold it, or the taker may not have it.
        """
        ...

    async def admits(self, ctx: Context, taker: str, actions: Sequence[str]) -> bool:
        """Whether an agent may be given something, asked before anybody chooses who gets it.

        The answer is recorded; what the agent then does is decided anew at each effect.

        Args:
            ctx: The run.
            taker: Who would receive.
            actions: What the task takes.
        """
        ...


class Loan(TypedDict, total=False):
    """What an agent is lent for a turn.

    Attributes:
        giver: Who asks, from whom authority comes; whoever's turn the pattern is in when left out.
        needs: The capabilities that the task takes.
        constraints: Names of further constraints.
        budget: The agent's part, for this turn.
        moves: Whether authority is handed over whole.
        held: The run as the agent acts in it, if it was lent to it before; see ``Session.lent``.
    """

    giver: Agent | None
    needs: Sequence[str]
    constraints: Sequence[str]
    budget: Budget | None
    moves: bool
    held: Context | None


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What every pattern can be told.

    Attributes:
        stop: When to stop between turns.
        budget: What all agents may use together.
        budgets: What single agents may use, by id, within ``budget``.
        turn_timeout_s: How long one turn may take.
        ask: Who must approve which agents' turns.
        lending: How authority is handed over; None where no agent holds any.
        streams: Whether models tell their text as it comes.
        capture: Whether what agents, models and tools are given is recorded, or its digest alone.
            Their answers are what the run remembers, and are recorded.
    """

    stop: Stop | None = None
    budget: Budget = UNBOUNDED
    budgets: Mapping[str, Budget] = {}
    turn_timeout_s: float | None = None
    ask: Ask | None = None
    lending: Lending | None = None
    streams: bool = False
    capture: Capture = "full"


PLAIN = Options()


class TurnFailed(Exception):
    """An agent gave no answer; the turn is in the result."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(f"{turn.agent}.{turn.role}: {turn.error}")
        self.turn = turn


class Stopped(Exception):
    """A stop condition, a budget or a person ended it."""


class OverBudget(Stopped):
    """A turn's agent wanted more than its budget allows; the turn is in the result."""


class Session:
    """One pattern at work.

    Args:
        ctx: The run.
        pattern: Its name.
        agents: Who works, in order.
        options: Bounds and the like.
        least: How many agents it takes.

    Raises:
        Invalid: too few agents, or something that is none (``agents.too_few``).
        Conflict: two of one id (``agents.duplicate``).
    """

    def __init__(
        self,
        ctx: Context,
        pattern: str,
        agents: Iterable[Agent | Callable[[Any], Any]],
        options: Options = PLAIN,
        *,
        least: int = 1,
    ) -> None:
        self.ctx = ctx
        self.pattern = pattern
        self.agents = team(agents, least=least)
        self.options = options
        self.output: Any = None
        """The best so far, for a result that is stopped or exhausted."""
        self.details: dict[str, Any] = {}
        self._host = desk_here()
        outer = None if self._host is None else self._host.spending
        self.spending = Spending(options.budget, ctx.now, outer=outer)
        self._parts = {id: self.spending.part(own) for id, own in options.budgets.items()}
        self._deeds: dict[tuple[str, str, tuple[str, ...]], Activity[..., Any]] = {}
        self._turns: list[Turn] = []
        self._answers: list[Any] = []
        self._begun = 0
        self._used = NO_USAGE
        self._source: Source | None = None

    # --- turns

    async def ask(
        self,
        agent: Agent,
        role: str = "run",
        *args: Any,
        timeout_s: float | None = None,
        **loan: Unpack[Loan],
    ) -> Any:
        """Let an agent have its turn; its answer, as the role's type.

        Args:
            agent: Who is asked.
            role: The method.
            args: What it is given.
            timeout_s: How long it may take; as the options say when None.
            loan: What it is lent for it.

        Raises:
            TurnFailed: it gave no answer that can be used.
            Stopped: a stop condition, a budget or a person says so; it was not asked.
            Denied: authority is missing.
        """
        turn = await self.attempt(agent, role, *args, timeout_s=timeout_s, **loan)
        if turn.ending != "answered":
            raise TurnFailed(turn)
        return checked_answer(agent, role, turn.answer)

    async def attempt(
        self,
        agent: Agent,
        role: str = "run",
        *args: Any,
        timeout_s: float | None = None,
        **loan: Unpack[Loan],
    ) -> Turn:
        """As ``ask``, but a turn without an answer is a value too."""
        self.check()
        self._begun += 1
        number, began_ms = self._begun, self.spending.elapsed_ms
        await self._approved(agent, role, args)
        limit_s = self.options.turn_timeout_s if timeout_s is None else timeout_s
        seat: Desk | None = None
        ending: Ending = "withdrawn"
        answer: Any = None
        error: str | None = None
        try:
            async with self.lent(agent, **loan) as ctx:
                seat = self._seat(ctx, agent, loan.get("budget"))
                needs = tuple(loan.get("needs", ()))
                answer = await self._carried_out(seat, agent, role, args, needs, limit_s)
            ending = "answered"
        except (Denied, Corrupt) as refusal:
            ending, error = "failed", str(refusal)
            raise
        except BudgetSpent as refusal:
            ending, error = "failed", str(refusal)
            raise OverBudget(f"{agent.id}: {refusal.message}") from None
        except (Stopped, TurnFailed):
            ending = "failed"
            raise
        except asyncio.CancelledError as failure:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            ending, error = "failed", f"CancelledError: {failure}"  # nobody asked for it
        except Exception as failure:
            ending, error = _ending_of(failure, limit_s)
        finally:
            turn = Turn(
                number=number,
                agent=agent.id,
                role=role,
                ending=ending,
                answer=answer if ending == "answered" else None,
                error=error,
                began_ms=began_ms,
                took_ms=self.spending.elapsed_ms - began_ms,
                usage=NO_USAGE if seat is None else seat.used,
            )
            self._record(turn, seat)
        return turn

    def lent(
        self,
        agent: Agent,
        **loan: Unpack[Loan],
    ) -> AbstractAsyncContextManager[Context]:
        """The run as an agent acts in it, with what it is lent for as long as this is open.

        For loans that outlast a turn: what it gives is the turns' ``held``.

        Raises:
            Denied: authority is missing.
        """
        held, lending = loan.get("held"), self.options.lending
        if held is not None or lending is None:
            return nullcontext(held or self.ctx)
        host = None if self._host is None else self._host.agent
        giver = loan.get("giver")
        return lending.lent(
            self.ctx,
            host if giver is None else giver.id,
            agent.id,
            tuple(loan.get("needs", ())),
            constraints=tuple(loan.get("constraints", ())),
            budget=loan.get("budget") or UNBOUNDED,
            moves=loan.get("moves", False),
        )

    def check(self) -> None:
        """Ask whether another turn may begin.

        Raises:
            Stopped: it may not.
        """
        if self._begun >= TURNS_MAX:
            raise Stopped(f"{TURNS_MAX} turns, which is where every pattern ends")
        stop = self.options.stop
        reason = None if stop is None else stop.reason(self.progress)
        if reason is not None:
            raise Stopped(reason)
        limit_ms = self.options.budget.time_ms
        if limit_ms is not None and self.spending.elapsed_ms >= limit_ms:
            raise Stopped(f"the budget of {limit_ms} ms is spent")

    @property
    def progress(self) -> Progress:
        """How far they have come."""
        return Progress(
            turns=len(self._turns),
            elapsed_ms=self.spending.elapsed_ms,
            usage=self._used,
            answers=tuple(self._answers),
        )

    @property
    def turns(self) -> Sequence[Turn]:
        """What ended so far."""
        return self._turns

    # --- how it ends

    async def play(self, moves: Awaitable[Any]) -> Result:
        """Let a pattern take its moves; what it returns is the output, or a whole ``Result``."""
        try:
            output = await moves
        except TurnFailed as failure:
            return self.result("failed", self.output, str(failure))
        except Stopped as stop:
            return self.result("stopped", self.output, str(stop))
        return output if isinstance(output, Result) else self.result("solved", output)

    def result(self, status: Status, output: Any = None, reason: str = "") -> Result:
        """What there is to say so far."""
        return Result(
            pattern=self.pattern,
            status=status,
            output=output,
            reason=reason,
            turns=tuple(self._turns),
            usage=self._used,
            source=self._source,
            details=self.details,
        )

    # --- inside

    async def _carried_out(
        self,
        seat: Desk,
        agent: Agent,
        role: str,
        args: tuple[Any, ...],
        needs: tuple[str, ...],
        limit_s: float | None,
    ) -> Any:
        told = [plain(arg) for arg in args]
        if role == "run" and told:
            checked_input(agent, told[0])
        if is_inline(agent):
            with at_desk(seat):
                async with asyncio.timeout(limit_s) if limit_s is not None else nullcontext():
                    answer = await method_of(agent, role)(*told)
            return given(agent, role, answer)
        activity = self._deed(agent, role, needs)
        if limit_s is not None:
            activity = activity.options(timeout_ms=max(1, round(limit_s * 1000)))
        return await seat.call(activity, *told)

    def _deed(self, agent: Agent, role: str, needs: tuple[str, ...]) -> Activity[..., Any]:
        key = agent.id, role, needs
        known = self._deeds.get(key)
        if known is None:
            known = self._deeds[key] = deed(agent, role, needs=needs)
        return known

    def _seat(self, ctx: Context, agent: Agent, budget: Budget | None) -> Desk:
        own = self._parts.get(agent.id, self.spending)
        purse = own if budget is None else own.part(budget)
        options = self.options
        return Desk(ctx, agent.id, purse, streams=options.streams, capture=options.capture)

    async def _approved(self, agent: Agent, role: str, args: tuple[Any, ...]) -> None:
        ask = self.options.ask
        if ask is None or not ask.concerns(agent.id):
            return
        approval = await self.ctx.approval(
            f"Let {agent.id} have its turn as {role} in {self.pattern}?",
            approvers=ask.approvers,
            needed=ask.needed,
            context={"agent": agent.id, "role": role, "given": plain(args)},
            expires_s=ask.expires_s,
        )
        if not approval.approved:
            raise Stopped(f"the turn of {agent.id} was {approval.status}")

    def _record(self, turn: Turn, seat: Desk | None) -> None:
        self._turns.append(turn)
        if turn.ending == "answered":
            self._answers.append(turn.answer)
        used = Usage() if seat is None else seat.used
        self._used = self._used + used
        if seat is None:
            return
        self._source = liveliest(self._source, seat.source)
        if self._host is not None:
            self._host.bear(used, seat.source)


def _ending_of(failure: Exception, limit_s: float | None) -> tuple[Ending, str]:
    """How a turn ended that gave no answer, and why, for its record."""
    if isinstance(failure, TimeoutError):
        return "timed_out", f"no answer within {limit_s} s"
    if isinstance(failure, ActivityFailed | ChildFailed):
        is_late = failure.type == "TimeoutError"
        return "timed_out" if is_late else "failed", f"{failure.type}: {failure.message}"
    if isinstance(failure, TarlError):
        return "failed", f"{failure.code}: {failure.message}"
    return "failed", f"{type(failure).__name__}: {failure}"
