"""Proposals are voted on, and the votes are counted by arithmetic.

1. What wins is what ``ballot.count`` says of the votes; no agent and no model counts.
2. A voter is asked once a round. A vote counts once for each voter and key; strangers, double
   votes and choices that are not on the ballot are refused and named.
3. With ``signing``, each vote is signed by its voter over the ballot's digest and is verified
   before it is counted; one whose signature is bad is not counted, and is named. Without it votes
   are unsigned, and the details say so.
4. A voter that fails is absent, and a proposer that fails proposes nothing.
5. ``solved``: an option won; the output is its proposal. ``exhausted``: after ``rounds_max`` rounds
   nothing had won. ``failed``: nobody proposed anything.

``details``: ``signed``, ``winner``, and ``rounds``, each with its ``ballot`` (the digest),
``options``, ``totals``, ``abstained``, ``counted`` (each vote with its envelope), ``refused``,
``absent``, ``winner`` and ``why``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from tarl.agents.agent import Agent
from tarl.agents.crew import Crew
from tarl.agents.patterns.ballot import ABSTAIN, REJECT, Ballot, Cast, Rules, Tally, count
from tarl.agents.patterns.casting import all_with, at_least_one
from tarl.agents.patterns.voting import SIGN, Signing, VoteStatement, checked_roll, verify_vote
from tarl.agents.result import Result, Turn
from tarl.agents.roles import Proposal, Vote
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import ActivityFailed, Corrupt, Invalid
from tarl.kernel.context import Context
from tarl.values.plain import plain

OPTIONS_MAX = 1_000

SIMPLE = Rules()


async def consensus(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    rules: Rules = SIMPLE,
    choices: Mapping[str, Any] | None = None,
    proposers: Sequence[str] | None = None,
    voters: Sequence[str] | None = None,
    rounds_max: int = 1,
    signing: Signing | None = None,
) -> Result:
    """Let agents decide by votes.

    ``create_proposal`` is given ``{"question", "round", "earlier"}``; ``vote`` is given
    ``{"question", "round", "ballot", "options": {id: {"proposal", "reason"}}, "earlier"}`` and
    answers with the id of an option (a proposal's is its proposer's), ``reject`` or ``abstain``.
    ``earlier`` has the totals of the rounds before.

    Args:
        ctx: The run.
        agents: Proposers and voters; one may be both.
        input: The question.
        options: Bounds and the like.
        rules: How votes decide.
        choices: What can be chosen, by id; then nobody proposes.
        proposers: Who proposes; all who have ``create_proposal`` when None.
        voters: Who votes, in the order in which votes are counted; all who have ``vote`` when None.
        rounds_max: How many ballots there may be.
        signing: How votes are signed.

    Raises:
        Invalid: nobody proposes or votes (``agents.role``, ``agent.role``), rules that cannot be
            (``consensus.rules``), an option whose name means something else
            (``consensus.options``), or a bound below one (``agents.bound``).
        Conflict: two of one id (``agents.duplicate``).
        Missing: somebody named is none of the agents (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "consensus", agents, options)
    at_least_one("rounds_max", rounds_max)
    electorate = all_with(session.agents, "vote", named=voters)
    authors: tuple[Agent, ...] = ()
    if choices is None:
        authors = all_with(session.agents, "create_proposal", named=proposers)
    rules.check([voter.id for voter in electorate])
    _check_options(choices if choices is not None else [author.id for author in authors])
    given = None if choices is None else {id: {"proposal": p} for id, p in choices.items()}
    poll = _Poll(session, rules, electorate, authors, plain(input), signing)

    async def moves() -> Any:
        why = ""
        await poll.learn_keys()
        for number in range(1, rounds_max + 1):
            on_it = plain(given) if given is not None else await poll.proposals(number)
            if not on_it:
                return session.result("failed", None, f"nobody proposed anything in round {number}")
            tally = await poll.held(number, on_it)
            why = tally.why
            if tally.winner is not None and tally.winner != REJECT:
                session.details["winner"] = tally.winner
                return session.result("solved", on_it[tally.winner]["proposal"], why)
            if tally.winner == REJECT:
                why = f"rejected: {why}"
        return session.result("exhausted", None, why)

    return await session.play(moves())


class _Poll:
    """Ballots on one question."""

    def __init__(
        self,
        session: Session,
        rules: Rules,
        voters: Sequence[Agent],
        authors: Sequence[Agent],
        question: Any,
        signing: Signing | None,
    ) -> None:
        self._session = session
        self._rules = rules
        self._voters = voters
        self._authors = authors
        self._question = question
        self._signing = signing
        self._keys: dict[str, str] = {}
        self._rounds: list[dict[str, Any]] = []
        session.details |= {
            "signed": signing is not None,
            "winner": None,
            "rounds": self._rounds,
        }

    async def learn_keys(self) -> None:
        """Learn who votes with which key, where votes are signed."""
        if self._signing is not None:
            names = [voter.id for voter in self._voters]
            known = await self._session.ctx.call(self._signing.roll, names)
            self._keys = checked_roll(known, names)

    async def proposals(self, number: int) -> dict[str, Any]:
        """What is proposed, by the proposers' ids, in their order."""
        told = {"question": self._question, "round": number, "earlier": self._earlier}
        turns: dict[str, Turn] = {}
        async with Crew[str, Turn]() as crew:
            for author in self._authors:
                ask = partial(self._session.attempt, author, "create_proposal", told)
                crew.begin(author.id, partial(ask, needs=tuple(author.capabilities)))
            async for id, turn in crew:
                turns |= {id: turn}
        made = {
            author.id: msgspec.convert(turns[author.id].answer, Proposal)
            for author in self._authors
            if turns[author.id].ending == "answered"
        }
        return {id: {"proposal": said.proposal, "reason": said.reason} for id, said in made.items()}

    async def held(self, number: int, on_it: dict[str, Any]) -> Tally:
        """Hold a ballot."""
        ctx = self._session.ctx
        ballot = Ballot(
            id=str(ctx.uuid()),
            run=ctx.info.run.stream,
            round=number,
            question=self._question,
            options=on_it,
            voters=tuple(voter.id for voter in self._voters),
            rules=self._rules,
            keys=self._keys,
        )
        told = {
            "question": self._question,
            "round": number,
            "ballot": ballot.digest,
            "options": on_it,
            "earlier": self._earlier,
        }
        casts: dict[str, Cast] = {}
        tally: Tally | None = None
        try:
            async with Crew[str, Cast | None]() as crew:
                for voter in self._voters:
                    crew.begin(voter.id, partial(self._vote, voter, ballot, told))
                async for id, cast in crew:
                    casts |= {} if cast is None else {id: cast}
            in_order = [casts[voter.id] for voter in self._voters if voter.id in casts]
            tally = count(ballot, in_order)
        finally:
            self._rounds.append(_shown(ballot, tally, casts))
        return tally

    @property
    def _earlier(self) -> list[dict[str, Any]]:
        names = ("round", "totals", "abstained", "winner", "why")
        return [{name: each[name] for name in names} for each in self._rounds]

    async def _vote(self, voter: Agent, ballot: Ballot, told: dict[str, Any]) -> Cast | None:
        """A voter's vote, signed if votes are; None when it gave none."""
        needs = tuple(voter.capabilities)
        if self._signing is None:
            turn = await self._session.attempt(voter, "vote", told, needs=needs)
            if turn.ending != "answered":
                return None
            said = msgspec.convert(turn.answer, Vote)
            return Cast(voter=voter.id, choice=said.choice, key=voter.id, reason=said.reason)
        lent = self._session.lent(voter, needs=(*needs, SIGN))
        async with lent as held:
            turn = await self._session.attempt(voter, "vote", told, needs=needs, held=held)
            if turn.ending != "answered":
                return None
            said = msgspec.convert(turn.answer, Vote)
            return await self._signed(held, voter.id, ballot, said)

    async def _signed(self, held: Context, voter: str, ballot: Ballot, said: Vote) -> Cast:
        assert self._signing is not None
        statement = VoteStatement(ballot=ballot.digest, voter=voter, choice=said.choice)
        cast = Cast(voter=voter, choice=said.choice, key=voter, reason=said.reason)
        vkey = ballot.keys.get(voter)
        if vkey is None:
            return msgspec.structs.replace(cast, against="no key of it is known")
        try:
            envelope = await held.call(self._signing.sign, voter, vkey, plain(statement))
        except ActivityFailed as failure:
            return msgspec.structs.replace(cast, against=f"it is not signed: {failure.message}")
        try:
            signed, key = verify_vote(envelope, ballot, voter)
        except (Invalid, Corrupt) as failure:
            return msgspec.structs.replace(cast, against=f"bad signature: {failure.message}")
        if signed.choice != said.choice:
            against = f"bad signature: what is signed is a vote for {signed.choice}"
            return msgspec.structs.replace(cast, against=against)
        return msgspec.structs.replace(cast, key=key, envelope=envelope)


def _shown(ballot: Ballot, tally: Tally | None, casts: Mapping[str, Cast]) -> dict[str, Any]:
    head = {"round": ballot.round, "ballot": ballot.digest, "options": list(ballot.options)}
    if tally is None:
        return {**head, "winner": None, "why": "not counted", "came_in": sorted(casts)}
    said = plain(tally)
    weights = ballot.rules.weights
    for vote in said["counted"]:
        vote["weight"] = weights.get(vote["voter"], 1)
    return {**head, **said}


def _check_options(ids: Iterable[str]) -> None:
    names = list(ids)
    wrong = next((id for id in names if id in (ABSTAIN, REJECT) or not id), None)
    if wrong is not None or not names or len(names) > OPTIONS_MAX:
        raise Invalid(
            f"an option cannot be called {wrong!r}"
            if wrong is not None
            else f"{len(names)} options are none, or more than {OPTIONS_MAX}",
            code="consensus.options",
            next_step=f"give 1 to {OPTIONS_MAX} options, none of them {ABSTAIN} or {REJECT}",
        )
