"""Specialists write to a board that all can read, until the problem on it is solved.

1. Entries are only added, each with its version, who wrote it and in which turn. What its writer
   had no right to write, or what rests on a version that is not the newest of its key any more, is
   refused and recorded; the board stays as it was.
2. Each round the controller, or a pure rule, says who contributes next, or that it is solved. Those
   who contribute in the same round see the same board; their entries are taken in the order in
   which they were selected.
3. ``solved``: the controller or the rule said so, or ``until`` holds for the values. ``exhausted``:
   ``rounds_max`` rounds, ``stall_max`` rounds in a row without a new entry, or nobody was selected.
   ``failed``: the controller gave no answer. The reason says which.
4. A specialist that fails, or that nobody knows, costs its round and is recorded.

The output is the newest value of each key, or the value of ``answer_key`` alone. ``details``:
``entries`` and ``refused`` in order, ``rounds``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from tarl.agents.agent import Agent, agent_apart
from tarl.agents.crew import Crew
from tarl.agents.patterns.board import Board, check_writers
from tarl.agents.patterns.casting import all_with, at_least_one, by_id, one_with
from tarl.agents.result import Result, Turn
from tarl.agents.roles import Contribution, Selection
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import Missing
from tarl.kernel.context import Context
from tarl.values.plain import plain

ROUNDS_MAX = 20
STALL_MAX = 3

Rule = Callable[[dict[str, Any]], "Selection | Sequence[Selection]"]
"""A pure function of what agents are told; several selections contribute at the same time."""


async def blackboard(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    controller: str | Rule | None = None,
    writers: Mapping[str, Sequence[str]] | None = None,
    until: Callable[[dict[str, Any]], bool] | None = None,
    answer_key: str | None = None,
    rounds_max: int = ROUNDS_MAX,
    stall_max: int = STALL_MAX,
) -> Result:
    """Let specialists solve a problem on a board.

    Specialists' ``contribute`` is given ``{"problem": input, "version": n, "round": n, "board":
    {key: {"value", "version", "by", "type"}}}``; the controller's ``select_specialist`` is given
    the same, and the specialists: ``[{"id", "capabilities"}, ...]``.

    Args:
        ctx: The run.
        agents: The specialists, and the controller unless a rule chooses.
        input: The problem.
        options: Bounds and the like.
        controller: Who chooses: an agent's id, or a pure rule; the first agent that has
            ``select_specialist`` when None.
        writers: Keys that each specialist may write; see ``Board``.
        until: A pure predicate of the values by key; when it holds, it is solved.
        answer_key: The key whose value is the output.
        rounds_max: How many rounds it may take.
        stall_max: How many rounds in a row may bring nothing.

    Raises:
        Invalid: nobody chooses or contributes (``agents.role``, ``agent.role``), rights of somebody
            who is no specialist (``blackboard.writers``), or a bound below one (``agents.bound``).
        Conflict: two of one id (``agents.duplicate``).
        Missing: the controller named is none of the agents (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "blackboard", agents, options)
    for name, bound in (("rounds_max", rounds_max), ("stall_max", stall_max)):
        at_least_one(name, bound)
    chooser: Agent | Rule
    if controller is None or isinstance(controller, str):
        chooser = one_with(session.agents, "select_specialist", named=controller)
        specialists = all_with(session.agents, "contribute", but=(chooser.id,))
    else:
        chooser, specialists = controller, all_with(session.agents, "contribute")
    if writers is not None:
        check_writers(writers, [agent.id for agent in specialists])
    work = _Work(session, chooser, specialists, Board(writers), input, answer_key)
    session.output = work.output

    async def moves() -> Any:
        stall = 0
        try:
            for number in range(1, rounds_max + 1):
                version = work.board.version
                ended = await work.round(number)
                if ended is None and until is not None and until(work.board.values):
                    ended = session.result("solved", work.output, "the condition holds")
                if ended is not None:
                    return ended
                stall = 0 if work.board.version > version else stall + 1
                if stall >= stall_max:
                    reason = f"{stall} rounds in a row brought no entry"
                    return session.result("exhausted", work.output, reason)
        finally:
            work.tell()
        return session.result("exhausted", work.output, f"{rounds_max} rounds")

    return await session.play(moves())


class _Work:
    """A board, those who write to it and who chooses among them."""

    def __init__(
        self,
        session: Session,
        chooser: Agent | Rule,
        specialists: Sequence[Agent],
        board: Board,
        problem: Any,
        answer_key: str | None,
    ) -> None:
        self.board = board
        self.rounds = 0
        self._session = session
        self._controller, self._rule = agent_apart(chooser)
        self._specialists = specialists
        self._problem = plain(problem)
        self._answer_key = answer_key

    @property
    def output(self) -> Any:
        """What the board says now."""
        values = self.board.values
        return values if self._answer_key is None else values.get(self._answer_key)

    def tell(self) -> None:
        """Say in the result's details what was written and what was not."""
        self._session.output = self.output
        self._session.details |= {
            "entries": msgspec.to_builtins(self.board.entries),
            "refused": msgspec.to_builtins(self.board.refusals),
            "rounds": self.rounds,
        }

    async def round(self, number: int) -> Result | None:
        """Choose, and let those chosen contribute; how it ended, if it has."""
        self.rounds = number
        view = {
            "problem": self._problem,
            "version": self.board.version,
            "round": number,
            "board": self.board.shown,
        }
        selections = await self._selections(view)
        if any(selection.solved for selection in selections):
            said = next(selection.reason for selection in selections if selection.solved)
            return self._session.result("solved", self.output, said)
        names = [each.specialist for each in selections if each.specialist is not None]
        if not names:
            return self._session.result("exhausted", self.output, "nobody was selected")
        await self._contributed(list(dict.fromkeys(names)), view)
        self.tell()
        return None

    async def _selections(self, view: dict[str, Any]) -> Sequence[Selection]:
        if self._rule is not None:
            chosen = self._rule(view)
            return (chosen,) if isinstance(chosen, Selection) else tuple(chosen)
        assert self._controller is not None
        told = [{"id": s.id, "capabilities": list(s.capabilities)} for s in self._specialists]
        needs = tuple(self._controller.capabilities)
        ask = self._session.ask(self._controller, "select_specialist", view, told, needs=needs)
        return (await ask,)

    async def _contributed(self, names: Sequence[str], view: dict[str, Any]) -> None:
        turns: dict[str, Turn] = {}
        try:
            async with Crew[str, Turn]() as crew:
                for name in names:
                    self._begin(crew, name, view)
                async for name, turn in crew:
                    turns |= {name: turn}
        finally:
            for name in names:
                if name in turns and turns[name].ending == "answered":
                    said = msgspec.convert(turns[name].answer, Contribution)
                    self.board.add(said, by=name, turn=turns[name].number)

    def _begin(self, crew: Crew[str, Turn], name: str, view: dict[str, Any]) -> None:
        try:
            agent = by_id(self._specialists, name)
        except Missing:
            self.board.refuse("no such specialist", by=name, turn=0)
            return
        ask = partial(self._session.attempt, agent, "contribute", view)
        needs = tuple(agent.capabilities)
        crew.begin(name, partial(ask, giver=self._controller, needs=needs))
