"""What was written past the rules is found when it is read, and counts for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.kernel.voters import ASKED, Panel, further, memory, request, signer, someone

from tarl.errors import ChainBrokenError, Corrupt, Missing
from tarl.journal.codec import Codec
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch
from tarl.kernel.approvals import events, principals
from tarl.kernel.approvals.events import Decided, Escalated, Expired, Signed, Withdrawn, decision
from tarl.kernel.approvals.register import Principals, continued
from tarl.kernel.approvals.statement import sign


def write(panel: Panel, *said: tuple[str, Any], at_ms: int = 50) -> None:
    """Append events to the request's stream as somebody would who can write the file."""
    writer = continued(panel.store, ASKED.stream, tenant="default")
    rows = [writer.append(*decision(kind, body), at_ms=at_ms) for kind, body in said]
    panel.store.commit(Batch(rows))


def signed(panel: Panel, name: str, **options: Any) -> Signed:
    return Signed(envelope=panel.signed(name, **options))


APPROVED = (events.DECIDED, Decided(status="approved"))
REJECTED = (events.DECIDED, Decided(status="rejected"))


def forged(panel: Panel) -> Signed:
    return Signed(envelope=sign(panel.word("alice"), signer(someone("bob"))))


@pytest.mark.parametrize(
    "said",
    [
        lambda p: [APPROVED],
        lambda p: [REJECTED],
        lambda p: [(events.VOTED, signed(p, "alice")), APPROVED],
        lambda p: [(events.VOTED, forged(p))],
        lambda p: [(events.VOTED, signed(p, "alice"))] * 2,
        lambda p: [(events.VOTED, signed(p, "alice")), (events.VOTED, signed(p, "bob"))],
        lambda p: [(events.VOTED, signed(p, "alice")), (events.VOTED, signed(p, "bob")), REJECTED],
        lambda p: [(events.VOTED, signed(p, "mallory"))],
        lambda p: [(events.VOTED, signed(p, "robot"))],
        lambda p: [(events.VOTED, signed(p, "alice", choice="reject")), APPROVED],
        lambda p: [(events.VOTED, signed(p, "alice", to="mallory"))],
        lambda p: [(events.DELEGATED, signed(p, "alice"))],
        lambda p: [(events.DELEGATED, signed(p, "alice", to="bob"))],
        lambda p: [(events.ESCALATED, Escalated(to=("mallory",)))],
        lambda p: [(events.ESCALATED, Escalated(to=("boss",)))],
        lambda p: [(events.EXPIRED, Expired())],
        lambda p: [
            (events.WITHDRAWN, Withdrawn(reason="")),
            (events.VOTED, signed(p, "alice")),
        ],
        lambda p: [(events.REQUESTED, request("mallory"))],
        lambda p: [(principals.REVOKED, principals.Revoked(reason="x"))],
        lambda p: [(events.VOTED, Withdrawn(reason="no envelope"))],
    ],
    ids=[
        "decided without votes",
        "rejected without votes",
        "decided too early",
        "forged",
        "twice",
        "no decision",
        "another decision",
        "stranger",
        "agent",
        "against the votes",
        "delegation as vote",
        "vote as delegation",
        "second seat",
        "escalated to anybody",
        "escalated early",
        "expired early",
        "after the end",
        "asked again",
        "foreign kind",
        "malformed",
    ],
)
def test_what_could_not_have_come_about_is_found(
    said: Callable[[Panel], list[tuple[str, Any]]],
) -> None:
    panel = Panel("alice", "bob", "mallory", "boss")
    panel.register("robot", "agent")
    panel.ask(
        request("alice", "bob", "robot", needed=2, escalations=(further(99, "boss"),)), at_ms=10
    )
    write(panel, *said(panel))
    with pytest.raises(Corrupt) as caught:
        panel.approvals.get(ASKED)
    assert caught.value.code == "approval.unproved"


def test_the_same_events_from_those_who_may_hold() -> None:
    panel = Panel("alice", "bob", "mallory", "boss")
    panel.ask(request("alice", "bob", escalations=(further(40, "boss"),)), at_ms=10)
    write(
        panel,
        (events.ESCALATED, Escalated(to=("boss",))),
        (events.DELEGATED, signed(panel, "bob", to="mallory")),
        (events.VOTED, signed(panel, "alice")),
        (events.VOTED, signed(panel, "mallory")),
        APPROVED,
    )
    assert panel.approvals.get(ASKED).status == "approved"


def test_a_request_that_nobody_could_have_asked_is_found() -> None:
    panel = Panel("alice")
    write(panel, (events.REQUESTED, request("alice", needed=0)))
    with pytest.raises(Corrupt, match="could not have come about"):
        panel.approvals.get(ASKED)


def test_a_key_counts_from_its_registration_on() -> None:
    """A vote from before is no vote, though the key is known by now."""
    panel = Panel("bob")
    panel.ask(request("alice", "bob"))
    write(panel, (events.VOTED, signed(panel, "alice")))
    panel.register("alice")
    with pytest.raises(Corrupt, match="nobody is registered"):
        panel.approvals.get(ASKED)


def test_a_key_counts_until_the_next_one_or_the_revocation() -> None:
    for end in ("rotate", "revoke"):
        panel = Panel("alice", "bob")
        panel.ask(request("alice", "bob"))
        late = signed(panel, "alice")
        if end == "rotate":
            panel.rotate("alice")
        else:
            panel.principals.revoke(someone("alice"), "left", at_ms=0)
        write(panel, (events.VOTED, late))
        with pytest.raises(Corrupt) as caught:
            panel.approvals.get(ASKED)
        assert caught.value.code == "approval.unproved"


def test_a_changed_byte_is_found() -> None:
    panel = Panel("alice")
    panel.ask(request("alice", context={"version": "1"}))
    panel.vote("alice")
    store = panel.store
    assert isinstance(store, MemoryStore)
    at = store._streams[ASKED.stream][0]
    row = store._log[at]
    store._log[at] = row._replace(body=(row.body or b"").replace(b'"1"', b'"2"'))
    with pytest.raises(ChainBrokenError):
        panel.approvals.get(ASKED)


def test_erased_requests_and_principals_say_so() -> None:
    keys = {"default": bytes(32)}
    panel = Panel("alice", store=memory(codec=Codec(keys.get, seals=True)))
    panel.ask(request("alice", context={"secret": "tea"}, expires_after_ms=10))
    panel.vote("alice", "reject")
    assert panel.approvals.get(ASKED).status == "rejected"
    assert all(
        event.commitment is not None and event.body for event in panel.store.read(ASKED.stream)
    )
    table = repr([*panel.approvals.records()])
    assert "tea" not in table
    assert "alice" not in table

    keys.clear()

    with pytest.raises(Missing) as caught:
        panel.approvals.get(ASKED)
    assert caught.value.code == "journal.erased"
    with pytest.raises(Missing):
        Principals(panel.store).get(someone("alice"))
