"""Signed votes: each voter's word on one ballot, signed with its own key.

1. A vote is a statement over the ballot's digest, the voter and the choice, in a DSSE envelope with
   one signature, in the one spelling that it has. It says nothing about any other ballot.
2. Whose key counts is learnt before the ballot is opened, recorded, and part of the ballot.
3. A vote is verified where votes are counted, from its envelope and the ballot's key alone: in
   every replay again.

Secrets stay behind the key service: the activity that signs gives only the envelope.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

import msgspec

from tarl.agents.patterns.ballot import Ballot
from tarl.crypto import dsse
from tarl.crypto.note import VerifierKey, parse_vkey
from tarl.errors import Invalid, Missing, TarlError
from tarl.kernel.definition import Activity
from tarl.trust.kms import KeyService, SigningService
from tarl.values.canonical import encode

VOTE_TYPE = "application/vnd.tarl.vote+json"
SIGN = "vote.sign"
"""The capability that signing a vote takes."""


class VoteStatement(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="tarl.vote/1",
    tag_field="type",
):
    """What a voter signs.

    Attributes:
        ballot: The ballot's digest.
        voter: Who votes.
        choice: For what.
    """

    ballot: str
    voter: str
    choice: str


class Signing(Protocol):
    """How votes are signed: two activities.

    ``roll`` takes the voters' names and gives the verifier key (a vkey) of each who has one;
    ``sign`` takes a voter's name, its vkey and a statement, and gives the envelope.
    """

    @property
    def roll(self) -> Activity[..., Any]: ...

    @property
    def sign(self) -> Activity[..., Any]: ...


class VoterKeys:
    """Votes signed through a key service.

    Args:
        keys: Signs with a voter's key.
        key_of: The key of a voter that counts now; raises ``Missing`` for who has none. That of a
            tenant's principals is ``lambda name: keyholders.get(name).key``.
    """

    def __init__(self, keys: KeyService, key_of: Callable[[str], VerifierKey]) -> None:
        self._keys = keys
        self._key_of = key_of

    @cached_property
    def roll(self) -> Activity[..., Any]:
        """``vote.roll``: who votes with which key."""

        async def roll(voters: list[str]) -> dict[str, str]:
            known = {}
            for voter in voters:
                try:
                    known[voter] = self._key_of(voter).vkey
                except Missing:
                    continue
            return known

        return Activity(roll, name="vote.roll", needs=("vote.roll",), access="read")

    @cached_property
    def sign(self) -> Activity[..., Any]:
        """``vote.sign``: a voter's vote, signed."""

        async def sign(voter: str, vkey: str, statement: dict[str, Any]) -> dict[str, Any]:
            said = msgspec.convert(statement, VoteStatement)
            return signed_vote(said, self._keys.signer(parse_vkey(vkey)))

        return Activity(
            sign, name="vote.sign", needs=(SIGN,), resource="voter/{voter}", is_record=True
        )


def signed_vote(statement: VoteStatement, signer: SigningService) -> dict[str, Any]:
    """The statement in an envelope.

    Raises:
        Unavailable: whatever holds the key does not answer.
        Denied: it will not sign.
    """
    payload = encode(msgspec.to_builtins(statement))
    signature = signer.sign(dsse.pae(VOTE_TYPE, payload))
    return _enveloped(payload, signer.verifier.label, signature)


def verify_vote(envelope: Any, ballot: Ballot, voter: str) -> tuple[VoteStatement, str]:
    """The vote of a voter on a ballot, and the public key that signed it, in hex.

    Raises:
        Invalid: not a signed vote in its one form (``vote.malformed``), a vote on another ballot or
            of another voter (``vote.other``), or nobody knows the voter's key (``vote.no_key``).
        Corrupt: the voter's key has not signed it (``signature.invalid``).
    """
    vkey = ballot.keys.get(voter)
    if vkey is None:
        raise Invalid(f"no key of {voter} is known", code="vote.no_key", voter=voter)
    key = parse_vkey(vkey)
    try:
        payload = dsse.verify(envelope, VOTE_TYPE, key)
        statement = msgspec.json.decode(payload, type=VoteStatement)
        (only,) = envelope["signatures"]
        signature = base64.b64decode(only["sig"], validate=True)
        if envelope != _enveloped(payload, key.label, signature):
            raise ValueError("the envelope is not spelled as this program spells it")
        if encode(msgspec.to_builtins(statement)) != payload:
            raise ValueError("the vote is not spelled as this program spells it")
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError, Invalid) as error:
        raise Invalid(
            f"not a signed vote: {error}",
            code="vote.malformed",
            next_step="have the vote signed by the voter's own key service",
            voter=voter,
        ) from None
    if statement.ballot != ballot.digest or statement.voter != voter:
        raise Invalid(
            f"it is a vote of {statement.voter} on the ballot {statement.ballot[:12]}",
            code="vote.other",
            next_step="a vote is for one ballot and of one voter",
            voter=voter,
        )
    return statement, key.public.hex()


def checked_roll(known: Any, voters: Sequence[str]) -> dict[str, str]:
    """The keys that a roll gives to voters; what is no key is left out, and its voter has none."""
    keys: dict[str, str] = {}
    for voter in voters:
        vkey = known.get(voter) if isinstance(known, dict) else None
        try:
            keys[voter] = parse_vkey(vkey).vkey if isinstance(vkey, str) else ""
        except TarlError:
            continue
    return {voter: vkey for voter, vkey in keys.items() if vkey}


def _enveloped(payload: bytes, label: str, signature: bytes) -> dict[str, Any]:
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": VOTE_TYPE,
        "signatures": [{"keyid": label, "sig": base64.b64encode(signature).decode()}],
    }
