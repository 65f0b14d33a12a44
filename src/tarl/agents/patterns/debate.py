"""Sides argue in rounds, and a judge who is none of them says who is ahead.

1. The judge is no side.
2. In the first round every side states its case, in later ones it answers the others; the sides of
   a round speak at the same time and see the rounds before it.
3. A side that concedes to another side that is still in the debate leaves it, and never speaks
   again. Of concessions in one round the first, in the sides' order, counts first.
4. ``solved``: one side is left, or the judge said of a side that is left that it wins, and that
   this is settled or the rounds were over. ``exhausted``: the rounds were over without a winner, or
   all is settled without one. ``failed``: a round in which no side gave an argument, or the judge
   gave no judgement.
5. A judge who names somebody that is not in the debate has named nobody; it is recorded.

The output is ``{"winner", "text", "reason"}``, ``text`` being the last argument of the winner; the
winner is None where there is none. ``details``: ``transcript`` (``round``, ``side``, ``text``),
``judgements``, ``conceded`` (who to whom), and ``ignored``: judgements and concessions that do not
count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from tarl.agents.agent import Agent, method_of
from tarl.agents.crew import Crew
from tarl.agents.patterns.casting import all_with, at_least_one, one_with
from tarl.agents.result import Result, Turn
from tarl.agents.roles import Argument, Judgement
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import Conflict
from tarl.kernel.context import Context
from tarl.values.plain import plain

ROUNDS_MAX = 3


async def debate(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    judge: str | None = None,
    sides: Sequence[str] | None = None,
    rounds_max: int = ROUNDS_MAX,
) -> Result:
    """Let sides argue before a judge.

    ``construct_argument`` is given ``{"topic", "side", "sides", "round"}``, ``rebut`` the same and
    the ``transcript``, ``judge_debate`` the ``topic``, ``sides``, ``round`` and ``transcript``.

    Args:
        ctx: The run.
        agents: The sides and the judge.
        input: The topic.
        options: Bounds and the like.
        judge: Who judges; the first that has ``judge_debate`` and is no side named when None.
        sides: Who argues; all others who have ``construct_argument`` when None.
        rounds_max: How many rounds there are, the first included.

    Raises:
        Invalid: nobody judges, or fewer than two argue (``agents.role``, ``agent.role``), or a
            bound below one (``agents.bound``).
        Conflict: the judge is a side (``debate.judge_is_side``), or two of one id
            (``agents.duplicate``).
        Missing: somebody named is none of the agents (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "debate", agents, options, least=3)
    at_least_one("rounds_max", rounds_max)
    named = () if sides is None else tuple(sides)
    if judge in named:
        raise Conflict(
            f"{judge} cannot judge a debate in which it is a side",
            code="debate.judge_is_side",
            next_step="let an agent judge that does not argue",
            agent=judge,
        )
    bench = one_with(session.agents, "judge_debate", named=judge, but=named)
    cast = all_with(session.agents, "construct_argument", named=sides, but=(bench.id,), least=2)
    if rounds_max > 1:
        for side in cast:
            method_of(side, "rebut")
    floor = _Floor(session, bench, cast, input)

    async def moves() -> Any:
        for number in range(1, rounds_max + 1):
            ended = await floor.round(number, is_last=number == rounds_max)
            if ended is not None:
                return ended
        return None  # the last round has always ended it

    return await session.play(moves())


class _Floor:
    """A debate under way: who is still in it, and what was said."""

    def __init__(self, session: Session, judge: Agent, sides: Sequence[Agent], topic: Any) -> None:
        self._session = session
        self._judge = judge
        self._sides = list(sides)
        self._topic = plain(topic)
        self._transcript: list[dict[str, Any]] = []
        self._judgements: list[dict[str, Any]] = []
        self._conceded: dict[str, str] = {}
        self._ignored: list[str] = []
        session.details |= {
            "transcript": self._transcript,
            "judgements": self._judgements,
            "conceded": self._conceded,
            "ignored": self._ignored,
        }

    @property
    def _names(self) -> list[str]:
        return [side.id for side in self._sides]

    async def round(self, number: int, *, is_last: bool) -> Result | None:
        """Let all sides speak and the judge judge; how it ended, if it has."""
        arguments = await self._heard(number)
        if not arguments:
            return self._session.result(
                "failed", self._session.output, f"no side argued in round {number}"
            )
        self._take_concessions(arguments)
        if len(self._sides) == 1:
            return self._won(self._sides[0].id, "the others conceded")
        said = await self._judged(number)
        if said.winner is not None and (said.settled or is_last):
            return self._won(said.winner, said.reason)
        if said.winner is not None:
            self._session.output = self._verdict(said.winner, said.reason)
        if not said.settled and not is_last:
            return None
        why = "the judge sees no winner" if said.settled else f"{number} rounds without a winner"
        return self._session.result("exhausted", self._verdict(None, said.reason), why)

    async def _heard(self, number: int) -> dict[str, Argument]:
        """What the sides say, in their order."""
        told = {"topic": self._topic, "sides": self._names, "round": number}
        role = "construct_argument" if number == 1 else "rebut"
        if number > 1:
            told["transcript"] = list(self._transcript)
        turns: dict[str, Turn] = {}
        try:
            async with Crew[str, Turn]() as crew:
                for side in self._sides:
                    ask = partial(self._session.attempt, side, role, {**told, "side": side.id})
                    crew.begin(side.id, partial(ask, needs=tuple(side.capabilities)))
                async for name, turn in crew:
                    turns |= {name: turn}
        finally:
            arguments = {
                name: msgspec.convert(turns[name].answer, Argument)
                for name in self._names
                if name in turns and turns[name].ending == "answered"
            }
            for name, said in arguments.items():
                self._transcript.append({"round": number, "side": name, "text": said.text})
        return arguments

    def _take_concessions(self, arguments: dict[str, Argument]) -> None:
        for name, said in arguments.items():
            if said.concedes is None:
                continue
            if said.concedes == name or said.concedes not in self._names:
                self._ignored.append(f"{name} concedes to {said.concedes}, who is not in it")
                continue
            self._conceded[name] = said.concedes
            self._sides = [side for side in self._sides if side.id != name]

    async def _judged(self, number: int) -> Judgement:
        told = {
            "topic": self._topic,
            "sides": self._names,
            "round": number,
            "transcript": list(self._transcript),
        }
        needs = tuple(self._judge.capabilities)
        said: Judgement = await self._session.ask(self._judge, "judge_debate", told, needs=needs)
        self._judgements.append({"round": number, **msgspec.to_builtins(said)})
        if said.winner is not None and said.winner not in self._names:
            self._ignored.append(f"the judge names {said.winner}, who is not in it")
            return msgspec.structs.replace(said, winner=None)
        return said

    def _won(self, winner: str, reason: str) -> Result:
        return self._session.result("solved", self._verdict(winner, reason), reason)

    def _verdict(self, winner: str | None, reason: str) -> dict[str, Any]:
        said = [each["text"] for each in self._transcript if each["side"] == winner]
        return {"winner": winner, "text": said[-1] if said else None, "reason": reason}
