"""Authority handed over for a turn: lent to who is asked, for the task alone, and taken back.

1. A loan is what the turn takes and never more, from what its giver holds; nothing can be handed on
   of a loan. A turn under a loan of all that it takes acts on that loan alone, whatever else the
   agent holds.
2. Where a giver acts on a loan itself, or acted on one before, it is lent from who lent to it, at
   most what it was lent, under the same constraints.
3. Of what moves, the giver keeps nothing meanwhile: its own loan is revoked, and lent to it anew
   when the task comes back; where it acts on its authority's word, its turn stands still.
4. Each loan is taken back when its turn ends, however it ends, and the taker notes what it did.
5. What is not held, or may not be had, is ``Denied``, which no pattern passes over; so is what a
   turn's code was refused and raised.

Lending and taking back are steps of the run, each recorded once under its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import msgspec

from tarl.agents.spending import UNBOUNDED, Budget
from tarl.errors import ActivityFailed, Denied
from tarl.kernel.acting import Acting, acting
from tarl.kernel.attempt import current_effect
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.kernel.retry import RetryPolicy
from tarl.trust.loans import LOAN_LIFE_MS, Lent, Loans, Note, Returned, Source, Wanted
from tarl.trust.operations import TrustOperations
from tarl.values.ids import encode_segment

RETRY = RetryPolicy(attempts_max=5, first_wait_ms=50, wait_max_ms=2_000)
"""A journal that others write may be busy for a moment."""

RUN = "agent.run"
"""What a turn takes that takes nothing else."""

NEVER_LENT = frozenset({RUN, "vote.sign"})
"""What is about the agent itself: to be asked, and to sign its own vote."""


VIOLATIONS = frozenset({"Denied", "TrustDenied"})
"""Errors of a turn's code that are refusals of authority, not failures of its agent."""


class TrustLending:
    """Fills ``Lending`` with delegations that givers sign; made anew in each run.

    Args:
        ctx: The run, as itself: in its name things are lent.
        trust: Opens the records, with the keys of who lends, for as long as a step takes.
        task: The task that everything is lent for.
        initiator: Who begins: an agent that lends what it holds, or an authority that attests to
            those below it; None where everybody begins on what they hold.
        givers: Who else may lend in this run, asked when it is to be known who can be given what.
        imposed: Names of constraints under which certain agents are lent anything, by id.
        along: What a giver lends a taker, by their ids: that, whatever else it holds; nothing is
            lent along a pair of which this does not tell, if it tells of any.
        siblings: Among how many takers a lender's budgets are divided.
        life_ms: When a loan ends, if nobody takes it back before.
    """

    def __init__(
        self,
        ctx: Context,
        trust: Callable[[], AbstractContextManager[TrustOperations]],
        *,
        task: str,
        initiator: str | None = None,
        givers: Collection[str] = (),
        imposed: Mapping[str, Sequence[str]] | None = None,
        along: Mapping[tuple[str, str], Sequence[str]] | None = None,
        siblings: int = 1,
        life_ms: int = LOAN_LIFE_MS,
    ) -> None:
        self.task = task
        self.initiator = initiator
        self.records: list[str] = []
        """The digests of all loans, in the order in which they were made."""
        self.notes: list[str] = []
        """The digests of what the takers noted, in order."""
        self.problems: list[str] = []
        """What could not be taken back or noted, for people."""
        self._ctx = ctx
        self._trust = trust
        self._givers = tuple(givers)
        self._imposed = dict(imposed or {})
        self._along = None if along is None else {pair: tuple(a) for pair, a in along.items()}
        self._siblings = siblings
        self._life_ms = life_ms
        self._open: dict[str, list[_Turn]] = {}
        self._had: dict[str, _Turn] = {}
        self._lend = Activity(
            self._lend_now,
            name="trust.lend",
            needs=("trust.delegate",),
            resource="agent/{taker}",
            is_record=True,
            retry=RETRY,
        )
        self._give_back = Activity(
            self._give_back_now,
            name="trust.give_back",
            needs=("trust.revoke",),
            resource="agent/{taker}",
            is_record=True,
            retry=RETRY,
        )
        self._admits = Activity(
            self._admits_now,
            name="trust.admits",
            needs=("trust.verify",),
            resource="agent/{taker}",
            access="read",
            retry=RETRY,
        )

    @asynccontextmanager
    async def lent(
        self,
        ctx: Context,
        giver: str | None,
        taker: str,
        actions: Sequence[str],
        *,
        constraints: Sequence[str] = (),
        budget: Budget = UNBOUNDED,
        moves: bool = False,
        must_lend: bool = False,
    ) -> AsyncIterator[Context]:
        """See ``Lending.lent``; with ``must_lend`` nothing but a loan of all of it will do."""
        turn = _Turn(self, giver, taker, tuple(dict.fromkeys(actions)))
        turn.is_own = not NEVER_LENT.isdisjoint(actions)
        turn.constraints = (*constraints, *self._imposed.get(taker, ()))
        turn.limits = _limits(budget)
        turn.must_lend = must_lend or bool(turn.constraints)
        host = self._turn_of(giver)
        turn.host = host if moves else None
        try:
            if host is not None and host.is_moved:
                raise host.kept_nothing()
            await _carried_through(self._take(turn, host))
            if turn.host is not None:
                await self._stand_still(turn.host)
            self._open.setdefault(taker, []).append(turn)
            yield _InTurn(ctx, turn)
            turn.result = "SUCCESS"
        except Denied as refusal:
            turn.result, turn.why = "DENIED", str(refusal)
            raise
        except asyncio.CancelledError:
            turn.why = "withdrawn"
            raise
        except ActivityFailed as failure:
            turn.why = f"{failure.type}: {failure.message}"
            if failure.type in VIOLATIONS:
                turn.result = "DENIED"
                raise Denied(
                    f"{taker} was refused: {failure.message}",
                    code="lending.violated",
                    next_step="see what it wanted to do: tarl runs show RUN",
                    agent=taker,
                ) from None
            raise
        except Exception as error:
            turn.why = f"{type(error).__name__}: {error}"
            raise
        finally:
            await _carried_through(self._ended(turn))

    async def admits(self, ctx: Context, taker: str, actions: Sequence[str]) -> bool:
        """See ``Lending.admits``."""
        lenders = [name for name in (self.initiator, *self._givers) if name not in (None, taker)]
        verdict: bool = await self._ctx.call(
            self._admits, taker, [a for a in actions if a not in NEVER_LENT], self.task, lenders
        )
        return verdict

    async def note(self, signer: str, note: Note) -> None:
        """Let somebody note something, signed and linked to what was noted before."""
        parent = self.notes[-1] if self.notes else None
        await self._given_back(signer, None, None, msgspec.structs.replace(note, parent=parent))

    async def close(self) -> None:
        """Take back whatever nobody has taken back."""
        for turns in list(self._open.values()):
            for turn in list(turns):
                await self._ended(turn)

    # --- turns

    async def _take(self, turn: _Turn, host: _Turn | None) -> None:
        turn.take(await self._asked(turn, host))

    async def _asked(self, turn: _Turn, host: _Turn | None) -> Lent:
        sources, extra = self._sources(turn, host)
        wanted = Wanted(
            taker=turn.taker,
            actions=turn.lendable,
            task=self.task,
            giver=turn.giver or self.initiator,
            sources=sources,
            constraints=turn.constraints,
            limits=turn.limits,
            siblings=self._siblings,
            life_ms=self._life_ms,
            is_bound=extra or turn.must_lend,
        )
        lent: Lent = await self._ctx.call(self._lend, turn.taker, wanted)
        if lent.code is not None:
            raise Denied(
                f"{turn.giver or self.initiator or 'nobody'} hands {_listed(turn.actions)} to"
                f" {turn.taker}: {lent.text}",
                code="lending.refused",
                next_step="let the giver hold it with the right to delegate, or the taker itself",
                reasons=[{"code": lent.code, "text": lent.text}],
                giver=turn.giver,
                taker=turn.taker,
            )
        return lent

    def _sources(self, turn: _Turn, host: _Turn | None) -> tuple[tuple[Source, ...], bool]:
        """Whom it may be lent from, and whether nothing but such a loan will do."""
        if turn.giver is None:
            return (() if self.initiator is None else (Source(lender=self.initiator),)), False
        if self._along is not None:
            only = self._along.get((turn.giver, turn.taker), ())
            return (Source(lender=turn.giver, only=only),), False
        if host is not None and host.lent.is_whole:
            return self._instead(host, turn), True
        had = self._had.get(turn.giver)
        behind = () if had is None else self._instead(had, turn)
        return (Source(lender=turn.giver), *behind), False

    def _instead(self, held: _Turn, turn: _Turn) -> tuple[Source, ...]:
        """Who lent to the giver, as far as what they lent goes."""
        if held.lent.lender is None or not set(turn.lendable) <= set(held.actions):
            return ()
        return (
            Source(lender=held.lent.lender, constraints=held.constraints, limits=dict(held.limits)),
        )

    async def _stand_still(self, host: _Turn) -> None:
        """Let the giver keep nothing of what moves."""
        host.is_moved = True
        if host.lent.record is not None:
            await self._taken_back(host, None)

    async def _ended(self, turn: _Turn) -> None:
        if turn.is_over:
            return
        turn.is_over = True
        if turn in self._open.get(turn.taker, ()):
            self._open[turn.taker].remove(turn)
        if turn.lent.record is not None:
            self._had[turn.taker] = turn
        await self._taken_back(turn, self._note(turn))
        host = turn.host
        if host is None or not host.is_moved:
            return
        if host.lent.record is not None and not host.is_over:
            sources = (
                Source(
                    lender=host.lent.lender or "",
                    constraints=host.constraints,
                    limits=dict(host.limits),
                ),
            )
            again = Wanted(
                taker=host.taker,
                actions=host.lendable,
                task=self.task,
                sources=sources,
                life_ms=self._life_ms,
                is_bound=True,
            )
            lent: Lent = await self._ctx.call(self._lend, host.taker, again)
            if lent.code is not None:
                return  # it stands still: its next effect is refused
            host.take(lent)
        host.is_moved = False

    async def _taken_back(self, turn: _Turn, note: Note | None) -> None:
        await self._given_back(turn.taker, turn.lent.record, turn.lent.lender, note)

    async def _given_back(
        self, taker: str, record: str | None, lender: str | None, note: Note | None
    ) -> None:
        said: Returned = await self._ctx.call(self._give_back, taker, record, lender, note)
        if said.note is not None:
            self.notes.append(said.note)
        if said.problem is not None:
            self.problems.append(said.problem)

    def _note(self, turn: _Turn) -> Note:
        context: dict[str, Any] = {
            "task": self.task,
            "giver": turn.giver or self.initiator,
            "actions": list(turn.actions),
            "run": self._ctx.info.run.ref,
        }
        if turn.constraints:
            context["constraints"] = list(turn.constraints)
        if turn.lent.record is not None:
            context["loan"] = turn.lent.record
        if turn.why:
            context["why"] = turn.why[:500]
        return Note(
            action=turn.actions[0] if len(turn.actions) == 1 else RUN,
            resource=f"agent/{encode_segment(turn.taker)}",
            result=turn.result,
            context=context,
            parent=self.notes[-1] if self.notes else None,
        )

    def _turn_of(self, agent: str | None) -> _Turn | None:
        turns = self._open.get(agent or "", ())
        return turns[-1] if turns else None

    # --- steps

    async def _lend_now(self, taker: str, wanted: Wanted) -> Lent:
        with self._trust() as operations:
            return Loans(operations).lend(wanted, key=current_effect().key)

    async def _give_back_now(
        self, taker: str, record: str | None, lender: str | None, note: Note | None
    ) -> Returned:
        with self._trust() as operations:
            return Loans(operations).give_back(
                record, lender, key=current_effect().key, taker=taker, note=note
            )

    async def _admits_now(
        self, taker: str, actions: list[str], task: str, lenders: list[str]
    ) -> bool:
        with self._trust() as operations:
            return Loans(operations).admits(taker, actions, task=task, lenders=lenders)


class _Turn:
    """A turn under way: who has it from whom, and on what loan it acts now."""

    def __init__(
        self, lending: TrustLending, giver: str | None, taker: str, actions: tuple[str, ...]
    ) -> None:
        self.giver = giver
        self.taker = taker
        self.actions = actions
        self.constraints: tuple[str, ...] = ()
        self.limits: dict[str, int] = {}
        self.lent = Lent()
        self.must_lend = False
        self.is_own = False
        self.host: _Turn | None = None
        self.is_moved = False
        self.is_over = False
        self.result = "FAILURE"
        self.why = ""
        self._lending = lending

    @property
    def lendable(self) -> tuple[str, ...]:
        """What of its actions can be lent."""
        return tuple(action for action in self.actions if action not in NEVER_LENT)

    @property
    def acting(self) -> Acting | None:
        """As whom its effects are done now.

        Raises:
            Denied: what it acted on has moved to another agent, or was taken back.
        """
        if self.is_moved or self.is_over:
            raise self.kept_nothing()
        lent = self.lent.record if self.lent.is_whole and not self.is_own else None
        return acting(self.taker, self._lending.task, lent)

    def kept_nothing(self) -> Denied:
        """The refusal of what its agent does when the task is another's, or its turn is over."""
        return Denied(
            f"{self.taker} has handed the task on, or its turn is over: it keeps nothing of it",
            code="lending.moved",
            next_step="act before handing on, or when the task has come back",
            agent=self.taker,
        )

    def take(self, lent: Lent) -> None:
        """Act on a loan from now on."""
        self.lent = lent
        if lent.record is not None:
            self._lending.records.append(lent.record)


class _InTurn(Context):
    """The run as an agent acts in it during a turn, on whatever it is lent at the moment."""

    __slots__ = ("_turn",)

    def __init__(self, ctx: Context, turn: _Turn) -> None:
        self._turn = turn
        super().__init__(ctx._execution)

    @property
    def _acting(self) -> Acting | None:
        return self._turn.acting

    @_acting.setter
    def _acting(self, value: Acting | None) -> None:
        return

    def acting_as(self, agent: str, *, task: str | None = None, lent: str | None = None) -> Context:
        """Refused: whoever has a turn acts as nobody else.

        Raises:
            Denied: always (``lending.other``).
        """
        raise Denied(
            f"{self._turn.taker} has a turn, and acts as nobody else than itself",
            code="lending.other",
            next_step="let a pattern ask the other agent, with this one as the giver",
            agent=self._turn.taker,
        )


async def _carried_through(work: Coroutine[Any, Any, None]) -> None:
    """Wait for work that is not left half done: a cancellation comes out when it is over."""
    task = asyncio.create_task(work)
    withdrawn: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cancelled:
            withdrawn = cancelled
        except Exception:
            break  # it is the task's own, and raised below
    if withdrawn is not None and (task.cancelled() or task.exception() is None):
        raise withdrawn
    task.result()


def _limits(budget: Budget) -> dict[str, int]:
    """The bounds of a budget that effects are charged to, by unit."""
    found = {"tokens": budget.tokens, "cost_micro": budget.cost_micro}
    return {unit: limit for unit, limit in found.items() if limit is not None}


def _listed(actions: Sequence[str]) -> str:
    return ", ".join(actions) or RUN
