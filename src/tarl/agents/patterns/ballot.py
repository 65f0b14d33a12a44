"""Ballots and how they are counted: by arithmetic on whole numbers, by nobody's judgement.

1. One vote counts for each voter and for each key: who is not on the ballot's roll, or votes again,
   by whatever name, is refused and named.
2. A vote is for one of the options, for ``reject`` (none of them), or is ``abstain``.
3. The same ballot and the same votes in the same order always count to the same tally.

The rules, of weights w of the votes that were not abstentions, with their sum W:

- ``majority``: an option wins with w·den > num·W, where ``share`` is num/den. If several lead with
  exactly that share, the tie rule decides.
- ``plurality``: the option with the largest w wins. If several have it, the tie rule decides.
- ``unanimous``: an option wins with w = W.

With ``counts_abstentions`` W has the abstentions too. Before that: fewer than ``quorum`` voters,
abstentions included, decide nothing; and nothing is decided when a holder of a veto rejects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import msgspec

from tarl.errors import Invalid
from tarl.values.canonical import encode
from tarl.values.plain import plain

ABSTAIN = "abstain"
REJECT = "reject"


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How votes decide; see the module.

    Attributes:
        rule: What it takes to win.
        share: Of a majority: more than this part, as numerator and denominator.
        weights: What each voter's vote weighs; 1 for who is left out, 0 for who only watches.
        quorum: How many voters must have voted.
        veto: Who can prevent a decision by rejecting.
        tie: What decides between options that lead together: nothing, their order on the ballot,
            or the chair's vote.
        chair: Who breaks ties.
        counts_abstentions: Whether abstentions are part of the whole.
    """

    rule: Literal["majority", "plurality", "unanimous"] = "majority"
    share: tuple[int, int] = (1, 2)
    weights: dict[str, int] = {}
    quorum: int = 1
    veto: tuple[str, ...] = ()
    tie: Literal["none", "first", "chair"] = "none"
    chair: str | None = None
    counts_abstentions: bool = False

    def check(self, voters: Sequence[str]) -> None:
        """Refuse rules under which these voters could decide nothing sensibly.

        Raises:
            Invalid: ``consensus.rules``.
        """
        numerator, denominator = self.share
        strangers = [id for id in (*self.weights, *self.veto) if id not in voters]
        if self.chair is not None and self.chair not in voters:
            strangers.append(self.chair)
        if strangers:
            raise _wrong(f"{strangers[0]!r} has a part in them and no vote")
        if any(weight < 0 for weight in self.weights.values()):
            raise _wrong("a vote cannot weigh less than nothing")
        if not sum(self.weights.get(voter, 1) for voter in voters):
            raise _wrong("no vote weighs anything")
        if not 1 <= self.quorum <= len(voters):
            raise _wrong(f"a quorum of {self.quorum} among {len(voters)} voters cannot be")
        if not denominator <= 2 * numerator < 2 * denominator:
            raise _wrong(f"a majority is more than a part of at least a half, not {self.share}")
        if self.tie == "chair" and self.chair is None:
            raise _wrong("nobody is the chair who breaks ties")


class Ballot(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is voted on, by whom, and how it is counted.

    Attributes:
        id: Of this ballot alone.
        run: The stream of its run.
        round: From 1.
        question: What it is about.
        options: What can be chosen, by id, in order.
        voters: Who may vote, in order.
        keys: The verifier key of each voter who has one; empty where votes are not signed.
        rules: How it is counted.
    """

    id: str
    run: str
    round: int
    question: Any
    options: dict[str, Any]
    voters: tuple[str, ...]
    rules: Rules
    keys: dict[str, str] = {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it, in hex: what a signed vote is about."""
        return sha256(encode(plain(self))).hexdigest()


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """A vote that came in; ``key`` is whose it is: the public key that signed it, in
    hex, or the voter's name.

    ``against`` is why it cannot count, where that is known already.
    """

    voter: str
    choice: str
    key: str
    reason: str = ""
    against: str | None = None
    envelope: dict[str, Any] | None = None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What the votes came to.

    Attributes:
        winner: The option, ``reject``, or None when nothing is decided.
        why: Why so, for people.
        totals: The weight for each option and for ``reject``.
        abstained: Weight of the abstentions.
        counted: The votes that count.
        refused: Those that do not, and why.
        absent: Voters without a vote that counts.
    """

    winner: str | None
    why: str
    totals: dict[str, int]
    abstained: int
    counted: tuple[Cast, ...]
    refused: tuple[dict[str, str], ...]
    absent: tuple[str, ...]


def count(ballot: Ballot, casts: Iterable[Cast]) -> Tally:
    """Count votes, in the order in which they come."""
    counted: dict[str, Cast] = {}
    keys: set[str] = set()
    refused: list[dict[str, str]] = []
    for cast in casts:
        why = _against(ballot, cast, counted, keys)
        if why is not None:
            refused.append({"voter": cast.voter, "choice": cast.choice, "why": why})
            continue
        counted[cast.voter] = cast
        keys.add(cast.key)
    weights = {voter: ballot.rules.weights.get(voter, 1) for voter in ballot.voters}
    totals = dict.fromkeys((*ballot.options, REJECT, ABSTAIN), 0)
    for voter, cast in counted.items():
        totals[cast.choice] += weights[voter]
    abstained = totals.pop(ABSTAIN)
    winner, why = _decided(ballot.rules, counted, totals, abstained)
    return Tally(
        winner=winner,
        why=why,
        totals=totals,
        abstained=abstained,
        counted=tuple(counted.values()),
        refused=tuple(refused),
        absent=tuple(voter for voter in ballot.voters if voter not in counted),
    )


def _against(ballot: Ballot, cast: Cast, counted: Mapping[str, Cast], keys: set[str]) -> str | None:
    """Why a vote does not count, if it does not."""
    if cast.voter not in ballot.voters:
        return "it has no vote"
    if cast.against is not None:
        return cast.against
    if cast.voter in counted:
        return "it has voted already"
    if cast.key in keys:
        return "its key has voted already"
    if cast.choice not in ballot.options and cast.choice not in (ABSTAIN, REJECT):
        return "there is no such option"
    return None


def _decided(
    rules: Rules, counted: Mapping[str, Cast], totals: Mapping[str, int], abstained: int
) -> tuple[str | None, str]:
    if len(counted) < rules.quorum:
        return None, f"{len(counted)} voted, and it takes {rules.quorum}"
    vetoes = [id for id in rules.veto if id in counted and counted[id].choice == REJECT]
    if vetoes:
        return None, f"{' and '.join(vetoes)} vetoed it"
    best = max(totals.values())
    if best == 0:
        return None, "no vote with any weight was for or against anything"
    whole = sum(totals.values()) + (abstained if rules.counts_abstentions else 0)
    leaders = [option for option, weight in totals.items() if weight == best]
    numerator, denominator = rules.share
    if rules.rule == "unanimous":
        if best == whole:
            return leaders[0], f"all {whole}"
        return None, f"{best} of {whole} are not all"
    if rules.rule == "majority" and best * denominator <= numerator * whole:
        ties = len(leaders) > 1 and best * denominator == numerator * whole
        if not ties:
            return None, f"{best} of {whole} are not more than {numerator}/{denominator}"
    if len(leaders) == 1:
        return leaders[0], f"{best} of {whole}"
    return _broken(rules, counted, leaders, f"{best} of {whole} each")


def _broken(
    rules: Rules, counted: Mapping[str, Cast], leaders: Sequence[str], tied: str
) -> tuple[str | None, str]:
    if rules.tie == "first":
        return leaders[0], f"{tied}; the first on the ballot"
    if rules.tie == "chair" and rules.chair is not None and rules.chair in counted:
        choice = counted[rules.chair].choice
        if choice in leaders:
            return choice, f"{tied}; {rules.chair} breaks the tie"
    return None, f"{' and '.join(leaders)} have {tied}"


def _wrong(why: str) -> Invalid:
    return Invalid(
        f"votes cannot be counted by these rules: {why}",
        code="consensus.rules",
        next_step="see the rules of tarl.agents.patterns.ballot",
    )
