"""Consensus: votes by agents, signed with their own keys, counted by arithmetic."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, answers_come, refused
from tests.unit.agents.patterns.stage import Lender, NoSecrets, endings, played

import tarl
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.ballot import Rules
from tarl.agents.patterns.consensus import consensus
from tarl.agents.patterns.voting import VOTE_TYPE, VoterKeys, VoteStatement, signed_vote
from tarl.agents.roles import Proposal, Vote
from tarl.agents.session import Ask, Options
from tarl.agents.stop import TurnsMax
from tarl.crypto import dsse
from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Missing
from tarl.kernel.definition import Activity
from tarl.trust.kms import HeldKeys, LocalSigner
from tarl.values.canonical import encode

CHOICES = {"x": "left", "y": "right"}


def voter(id: str, choice: Any, **options: Any) -> Player:
    said = Vote(choice=choice) if isinstance(choice, str) else choice
    return Player(id, vote=said, **options)


def signer(name: str, seed: int | None = None) -> Signer:
    number = sum(name.encode()) if seed is None else seed
    return Signer(f"principal/default/{name}", SigningKey(bytes([number % 256]) * 32))


def voting(*names: str, **others: Signer) -> VoterKeys:
    """Keys of their own for voters, or those that are given."""
    signers = {name: signer(name) for name in names} | others

    def key_of(name: str) -> VerifierKey:
        if name not in signers:
            raise Missing(f"nobody is {name}")
        return signers[name].verifier

    return VoterKeys(HeldKeys(*map(LocalSigner, signers.values())), key_of)


class Forging(VoterKeys):
    """Has the envelope of one voter made by somebody else's rules."""

    def __init__(self, voters: VoterKeys, victim: str, forge: Any) -> None:
        self._voters = voters
        self._victim = victim
        self._forge = forge

    @property
    def roll(self) -> Any:
        return self._voters.roll

    @property
    def sign(self) -> Any:
        async def sign(voter: str, vkey: str, statement: dict[str, Any]) -> Any:
            if voter == self._victim:
                return self._forge(msgspec.convert(statement, VoteStatement))
            return await self._voters.sign.fn(voter, vkey, statement)

        return Activity(sign, name="vote.sign", needs=("vote.sign",), resource="voter/{voter}")


def votes(result: Any, at: int = -1) -> dict[str, str]:
    return {each["voter"]: each["choice"] for each in result.details["rounds"][at]["counted"]}


def why_not(result: Any, at: int = -1) -> dict[str, str]:
    return {each["voter"]: each["why"] for each in result.details["rounds"][at]["refused"]}


def test_proposals_are_voted_on(tmp_path: Path) -> None:
    def chooses(told: dict[str, Any]) -> Vote:
        return Vote(choice=max(told["options"], key=lambda id: told["options"][id]["proposal"]))

    agents = [
        Player("a", create_proposal=Proposal(proposal=1), vote=chooses),
        Player("b", create_proposal=Proposal(proposal=2), vote=chooses),
        voter("c", "a"),
    ]
    result = played(tmp_path, lambda ctx: consensus(ctx, agents, "how much?"))
    assert (result.status, result.output, result.reason) == ("solved", 2, "2 of 3")
    assert result.details["winner"] == "b"
    assert result.details["signed"] is False
    assert votes(result) == {"a": "b", "b": "b", "c": "a"}


def test_no_majority_is_no_decision(tmp_path: Path) -> None:
    agents = [voter("a", "x"), voter("b", "y"), voter("c", "abstain")]
    result = played(tmp_path, lambda ctx: consensus(ctx, agents, "?", choices=CHOICES))
    assert (result.status, result.output) == ("exhausted", None)
    assert result.reason == "x and y have 1 of 2 each"
    assert result.details["rounds"][0]["abstained"] == 1


def test_rejecting_is_a_choice_and_a_veto_stops(tmp_path: Path) -> None:
    agents = [voter("a", "reject"), voter("b", "reject"), voter("c", "x")]
    result = played(tmp_path / "1", lambda ctx: consensus(ctx, agents, "?", choices=CHOICES))
    assert (result.status, result.reason) == ("exhausted", "rejected: 2 of 3")
    agents = [voter("a", "x"), voter("b", "x"), voter("c", "reject")]
    result = played(
        tmp_path / "2",
        lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, rules=Rules(veto=("c",))),
    )
    assert (result.status, result.reason) == ("exhausted", "c vetoed it")


def test_rounds_see_the_totals_before_them(tmp_path: Path) -> None:
    def learns(told: dict[str, Any]) -> Vote:
        return Vote(choice="x" if told["earlier"] else "y")

    agents = [voter("a", "x"), voter("b", "x"), voter("c", learns)]
    result = played(
        tmp_path,
        lambda ctx: consensus(
            ctx, agents, "?", choices=CHOICES, rounds_max=3, rules=Rules(rule="unanimous")
        ),
    )
    assert (result.status, result.output) == ("solved", "left")
    assert [each["totals"]["x"] for each in result.details["rounds"]] == [2, 3]
    digests = [each["ballot"] for each in result.details["rounds"]]
    assert len(set(digests)) == 2


def test_a_voter_that_fails_or_hangs_is_absent_and_a_wrong_choice_refused(tmp_path: Path) -> None:
    agents = [
        voter("a", "x"),
        voter("b", ValueError("no")),
        voter("c", "y", delay_s=1e6),
        voter("d", "nothing like that"),
        voter("e", {"choices": 3}),
    ]
    result = played(
        tmp_path,
        lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, options=Options(turn_timeout_s=5)),
    )
    assert (result.status, result.output) == ("solved", "left")
    assert result.details["rounds"][0]["absent"] == ["b", "c", "d", "e"]
    assert why_not(result) == {"d": "there is no such option"}
    assert ("c", "timed_out") in endings(result)


def test_too_few_voters_are_no_quorum(tmp_path: Path) -> None:
    agents = [voter("a", "x"), voter("b", ValueError("no")), voter("c", ValueError("no"))]
    result = played(
        tmp_path,
        lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, rules=Rules(quorum=2)),
    )
    assert (result.status, result.reason) == ("exhausted", "1 voted, and it takes 2")


def test_nobody_proposing_fails(tmp_path: Path) -> None:
    agents = [Player("a", create_proposal=ValueError("no"), vote=Vote(choice="a"))]
    result = played(tmp_path, lambda ctx: consensus(ctx, agents, "?"))
    assert (result.status, result.reason) == ("failed", "nobody proposed anything in round 1")


def test_models_vote_and_answer_anew_what_cannot_be_used(tmp_path: Path) -> None:
    lines = {
        "a": ['{"choice": "x"}'],
        "b": ["I vote for x!", '{"vote": "x"}', '{"choice": "x", "reason": "left is better"}'],
        "c": ["never any JSON"],
    }
    agents = [ModelAgent(id, ScriptedModel(f"m-{id}", said)) for id, said in lines.items()]
    result = played(tmp_path, lambda ctx: consensus(ctx, agents, "?", choices=CHOICES))
    assert (result.status, result.output, result.source) == ("solved", "left", "scripted")
    assert votes(result) == {"a": "x", "b": "x"}
    assert result.details["rounds"][0]["absent"] == ["c"]
    assert [turn.usage.model_calls for turn in result.turns if turn.agent == "b"] == [3]
    assert "agent.rounds" in next(turn.error or "" for turn in result.turns if turn.agent == "c")


# --- signed


def test_signed_votes_can_be_verified_by_anybody(tmp_path: Path) -> None:
    agents = [voter("a", "x"), voter("b", "x"), voter("c", "y")]
    result = played(
        tmp_path,
        lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, signing=voting("a", "b", "c")),
    )
    assert (result.status, result.output) == ("solved", "left")
    assert result.details["signed"] is True
    ballot = result.details["rounds"][0]
    for vote in ballot["counted"]:
        key = signer(vote["voter"]).verifier
        payload = msgspec.json.decode(dsse.verify(vote["envelope"], VOTE_TYPE, key))
        assert payload == {
            "type": "tarl.vote/1",
            "ballot": ballot["ballot"],
            "voter": vote["voter"],
            "choice": vote["choice"],
        }
        assert vote["key"] == key.public.hex()


def forged_with_another_key(said: VoteStatement) -> Any:
    return signed_vote(said, LocalSigner(signer("mallory")))


def forged_under_the_right_name(said: VoteStatement) -> Any:
    envelope = signed_vote(said, LocalSigner(signer("mallory")))
    envelope["signatures"][0]["keyid"] = signer("b").verifier.label
    return envelope


def forged_for_another_choice(said: VoteStatement) -> Any:
    other = msgspec.structs.replace(said, choice="y")
    return signed_vote(other, LocalSigner(signer("b")))


def forged_for_another_ballot(said: VoteStatement) -> Any:
    other = msgspec.structs.replace(said, ballot="0" * 64)
    return signed_vote(other, LocalSigner(signer("b")))


def forged_for_another_voter(said: VoteStatement) -> Any:
    other = msgspec.structs.replace(said, voter="a")
    return signed_vote(other, LocalSigner(signer("b")))


def forged_by_changing_the_payload(said: VoteStatement) -> Any:
    envelope = signed_vote(said, LocalSigner(signer("b")))
    payload = encode(msgspec.to_builtins(msgspec.structs.replace(said, choice="y")))
    return envelope | {"payload": base64.b64encode(payload).decode()}


def forged_by_spelling_it_otherwise(said: VoteStatement) -> Any:
    payload = msgspec.json.encode(msgspec.to_builtins(said)) + b" "
    own = signer("b")
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": VOTE_TYPE,
        "signatures": [
            {
                "keyid": own.verifier.label,
                "sig": base64.b64encode(own.key.sign(dsse.pae(VOTE_TYPE, payload))).decode(),
            }
        ],
    }


def forged_as_no_envelope(said: VoteStatement) -> Any:
    return {"signatures": 3}


def forged_with_a_second_signature(said: VoteStatement) -> Any:
    envelope = signed_vote(said, LocalSigner(signer("b")))
    envelope["signatures"].append({"keyid": "x", "sig": ""})
    return envelope


FORGERIES = [fn for name, fn in sorted(globals().items()) if name.startswith("forged_")]


@pytest.mark.parametrize("forge", FORGERIES, ids=[fn.__name__[7:] for fn in FORGERIES])
def test_a_vote_with_a_bad_signature_is_not_counted_and_named(tmp_path: Path, forge: Any) -> None:
    agents = [voter("a", "y"), voter("b", "x")]
    result = played(
        tmp_path,
        lambda ctx: consensus(
            ctx, agents, "?", choices=CHOICES, signing=Forging(voting("a", "b"), "b", forge)
        ),
    )
    assert (result.status, result.output) == ("solved", "right")
    assert votes(result) == {"a": "y"}
    assert list(why_not(result)) == ["b"]
    assert why_not(result)["b"].startswith("bad signature: ")


def test_a_voter_without_a_key_and_one_whose_key_is_not_here_do_not_count(tmp_path: Path) -> None:
    held = voting("a", "b")
    known = voting("a", "b", "c")
    signing = VoterKeys(held._keys, known._key_of)
    agents = [voter("a", "x"), voter("b", "x"), voter("c", "y"), voter("d", "y")]
    result = played(
        tmp_path, lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, signing=signing)
    )
    assert result.output == "left"
    assert why_not(result)["d"] == "no key of it is known"
    assert why_not(result)["c"].startswith("it is not signed: ")


def test_a_key_votes_once_whatever_its_names(tmp_path: Path) -> None:
    signing = voting("a", b=signer("b", seed=sum(b"a")))
    agents = [voter("a", "x"), voter("b", "x")]
    result = played(
        tmp_path, lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, signing=signing)
    )
    assert votes(result) == {"a": "x"}
    assert why_not(result) == {"b": "its key has voted already"}


def test_a_vote_of_another_run_does_not_count(tmp_path: Path) -> None:
    kept: list[Any] = []

    def keeps(said: VoteStatement) -> Any:
        kept.append(signed_vote(said, LocalSigner(signer("b"))))
        return kept[0]

    agents, rules = [voter("a", "y"), voter("b", "x")], Rules(weights={"b": 2})
    for number, counts in ((1, True), (2, False)):

        async def act(ctx: tarl.Context, number: int = number) -> Any:
            for _ in range(number):  # the second ballot of a run is another one, too
                result = await consensus(
                    ctx,
                    agents,
                    "?",
                    choices=CHOICES,
                    rules=rules,
                    signing=Forging(voting("a", "b"), "b", keeps),
                )
            return result

        result = played(tmp_path / str(number), act)
        assert ("b" in votes(result)) is counts


def test_signing_is_the_voters_own_deed(tmp_path: Path) -> None:
    lender = Lender()
    played(
        tmp_path,
        lambda ctx: consensus(
            ctx,
            [voter("a", "x", capabilities=["judge"])],
            "?",
            choices=CHOICES,
            signing=voting("a"),
            options=Options(lending=lender),
        ),
    )
    assert lender.lent_to[0] == (None, "a", ("judge", "vote.sign"))
    assert lender.open == []


# --- bounds


def test_a_refusal_of_authority_aborts(tmp_path: Path) -> None:
    agents = [voter("a", "x", delay_s=1e6), Forbidden("b", "vote", delay_s=1)]
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(tmp_path, lambda ctx: consensus(ctx, agents, "?", choices=CHOICES), gate=NoSecrets())


class NoVotes:
    """A gate that lets nobody sign."""

    def decide(self, effect: Any) -> Any:
        if effect.activity.name == "vote.sign":
            return tarl.Deny((tarl.Reason(code="test.votes", text="nobody votes"),))
        return tarl.Allow()


def test_who_may_not_sign_aborts_too(tmp_path: Path) -> None:
    agents = [voter("a", "x"), voter("b", "x")]
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(
            tmp_path,
            lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, signing=voting("a", "b")),
            gate=NoVotes(),
        )


def test_stop_conditions_and_people_decide_nothing(tmp_path: Path) -> None:
    agents = [voter("a", "x"), voter("b", "x")]
    rules = Rules(rule="unanimous", quorum=2)
    both = [voter("a", "x"), voter("b", "y")]
    result = played(
        tmp_path / "1",
        lambda ctx: consensus(
            ctx,
            both,
            "?",
            choices=CHOICES,
            rounds_max=5,
            rules=rules,
            options=Options(stop=TurnsMax(2)),
        ),
    )
    assert (result.status, result.reason, result.output) == ("stopped", "2 turns", None)
    assert result.details["rounds"][1]["why"] == "not counted"
    ask = Options(ask=Ask(before=("b",), approvers=("ada",), expires_s=60))
    result = played(
        tmp_path / "2",
        lambda ctx: consensus(ctx, agents, "?", choices=CHOICES, options=ask),
        during=answers_come,
    )
    assert (result.status, result.output) == ("stopped", None)
    assert result.details["rounds"][0]["came_in"] == ["a"]


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.role", [Player("a")], {"choices": CHOICES}),
        ("agents.role", [voter("a", "x")], {}),
        ("agent.role", [voter("a", "x"), Player("b")], {"choices": CHOICES, "voters": ["b"]}),
        ("agent.role", [voter("a", "x")], {"proposers": ["a"]}),
        ("agents.unknown", [voter("a", "x")], {"choices": CHOICES, "voters": ["b"]}),
        ("agents.duplicate", [voter("a", "x"), voter("a", "x")], {"choices": CHOICES}),
        ("consensus.options", [voter("a", "x")], {"choices": {"abstain": 1}}),
        ("consensus.options", [voter("a", "x")], {"choices": {}}),
        ("consensus.rules", [voter("a", "x")], {"choices": CHOICES, "rules": Rules(quorum=2)}),
        ("agents.bound", [voter("a", "x")], {"choices": CHOICES, "rounds_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Any], settings: dict[str, Any]
) -> None:
    assert refused(tmp_path, lambda ctx: consensus(ctx, agents, "?", **settings)) == code
    assert not any(agent.heard for agent in agents)
