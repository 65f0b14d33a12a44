"""What the verifier accepts and rejects of approvals: each vote by whose it is, each decision by
its votes. Everything is in the log and signed by the operator; only what is said is wrong.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import evidence_builder as build
import pytest
import trust_builder as trust
from test_verify_trust import checked, code
from trust_builder import Journal, signer

ASKED = "deploy"
STREAM = f"approval/default/{ASKED}"


def request(*approvers: str, **changes: Any) -> dict[str, Any]:
    return {
        "approvers": list(approvers),
        "context": {"version": 2},
        "description": "Deploy",
        "escalations": [],
        "expires_after_ms": None,
        "needed": 1,
        "reason_required": False,
        "rejection": "any",
        "run": build.STREAM,
        "step": None,
        "subject": None,
        "workflow_id": None,
        **changes,
    }


class Panel:
    """A run that asks, and people who answer."""

    def __init__(self, asked: dict[str, Any], *, in_run: dict[str, Any] | None = None) -> None:
        self.journal = Journal()
        for name in ("alice", "bob", "carol"):
            self.journal.register(name, "human")
        self.journal.register("robot", "agent")
        self.journal.started(None)
        self.asked = asked
        body = {"approval": ASKED, "request": in_run or asked}
        self.journal.add(build.STREAM, "approval.asked/1", body)
        self.journal.add(STREAM, "approval.requested/1", asked)

    @property
    def digest(self) -> str:
        fields = (b"default", ASKED.encode(), build.canonical(self.asked))
        return build.sha256(build.length_prefixed(b"tarl.approval/1", *fields)).hex()

    def say(self, name: str, kind: str, *signers: build.Signer, **changes: Any) -> None:
        says = {
            "approval": ASKED,
            "digest": self.digest,
            "journal": build.ORIGIN,
            "origin": "human",
            "principal": name,
            "reason": "seen",
            "tenant": "default",
            "type": f"tarl.approval-{kind}/1",
            **changes,
        }
        envelope = trust.dsse(
            "application/vnd.tarl.approval+json", says, *(signers or (signer(name),))
        )
        event = "approval.voted/1" if kind == "vote" else "approval.delegated/1"
        self.journal.add(STREAM, event, {"envelope": envelope})

    def vote(self, name: str, choice: str = "approve", *signers: build.Signer, **more: Any) -> None:
        self.say(name, "vote", *signers, choice=choice, **more)

    def delegate(self, name: str, to: str) -> None:
        self.say(name, "delegation", to=to)

    def decide(self, status: str, *, told: str | None = None) -> None:
        self.journal.add(STREAM, "approval.decided/1", {"status": status})
        outcome = {"status": told or status, "votes": []}
        body = {"approval": ASKED, "message": 1, "outcome": outcome}
        self.journal.add(build.STREAM, "approval.received/1", body)
        self.journal.ended()

    @property
    def data(self) -> bytes:
        return self.journal.draft().data()


def panel(*approvers: str, **changes: Any) -> Panel:
    return Panel(request(*(approvers or ("alice", "bob")), **changes))


def test_a_vote_and_its_decision_are_proved() -> None:
    asked = panel()
    asked.vote("bob")
    asked.decide("approved")

    said = checked(asked.data).trust.statements()
    assert f"approval: {ASKED}: approved (bob: approve; needed 1), signed by each" in said


def test_a_decision_follows_from_the_votes() -> None:
    def decided(status: str, *votes: tuple[str, str], **options: Any) -> str:
        asked = panel("alice", "bob", "carol", **options)
        for name, choice in votes:
            asked.vote(name, choice)
        asked.decide(status)
        return code(asked.data)

    yes, no = ("alice", "approve"), ("bob", "reject")
    assert decided("approved") == "approval"
    assert decided("approved", no) == "approval"
    assert decided("approved", yes, needed=2) == "approval"
    assert decided("approved", yes, ("carol", "approve"), needed=2) == "accepted"
    assert decided("rejected") == "approval"
    assert decided("rejected", no) == "accepted"
    assert decided("rejected", no, rejection="unreachable") == "approval"
    assert decided("rejected", no, rejection="unreachable", needed=3) == "accepted"


VOTES: dict[str, dict[str, Any]] = {
    "on another request": {"approval": "other"},
    "on something else": {"digest": "00" * 32},
    "in another journal": {"journal": "example.org/other"},
    "of another tenant": {"tenant": "acme"},
    "by a program": {"origin": "agent"},
    "with a third choice": {"choice": "maybe"},
}


@pytest.mark.parametrize("changes", VOTES.values(), ids=VOTES)
def test_a_vote_is_about_this_request(changes: dict[str, Any]) -> None:
    asked = panel()
    asked.vote("bob", **{"choice": "approve", **changes}) if "choice" not in changes else asked.say(
        "bob", "vote", **changes
    )
    asked.decide("approved")

    assert code(asked.data) in ("approval", "format")


def test_votes_of_others_do_not_count() -> None:
    def voted(name: str, *signers: build.Signer) -> str:
        asked = panel()
        asked.vote(name, "approve", *signers)
        asked.decide("approved")
        return code(asked.data)

    assert voted("carol") == "approval"  # not asked
    assert voted("bob", signer("alice")) == "signature"
    assert voted("bob", signer("bob", 2)) == "signature"
    assert voted("robot") == "signature"
    assert voted("nobody") == "signature"


def test_nobody_votes_twice_or_after_the_decision() -> None:
    twice = panel(needed=2)
    twice.vote("bob")
    twice.vote("bob")
    twice.decide("approved")
    late = panel()
    late.vote("bob")
    late.decide("approved")
    late.vote("alice", "reject")

    assert [code(asked.data) for asked in (twice, late)] == ["approval", "approval"]


def test_a_vote_is_handed_on_by_its_holder() -> None:
    handed = panel("alice")
    handed.delegate("alice", "carol")
    handed.vote("carol")
    handed.decide("approved")
    kept = panel("alice")
    kept.delegate("alice", "carol")
    kept.vote("alice")
    kept.decide("approved")
    doubled = panel("alice", "bob", needed=2)
    doubled.delegate("alice", "bob")
    doubled.vote("bob")
    doubled.decide("approved")

    found = [code(asked.data) for asked in (handed, kept, doubled)]
    assert found == ["accepted", "approval", "approval"]


def test_further_people_are_those_whom_the_request_names() -> None:
    def escalated(*to: str) -> str:
        asked = panel("alice", escalations=[{"after_ms": 1, "to": ["carol"]}])
        asked.journal.add(STREAM, "approval.escalated/1", {"to": list(to)})
        asked.vote("carol")
        asked.decide("approved")
        return code(asked.data)

    assert escalated("carol") == "accepted"
    assert escalated("bob") == "approval"


def test_what_has_expired_is_not_decided() -> None:
    asked = panel(expires_after_ms=1)
    asked.vote("bob")
    asked.decide("approved")

    assert code(asked.data) == "approval"


def test_a_revoked_person_does_not_vote() -> None:
    asked = panel()
    asked.journal.add("principal/default/bob", "principal.revoked/1", {"reason": "left"})
    asked.vote("bob")
    asked.decide("approved")

    assert code(asked.data) == "revoked"


def test_the_run_was_told_what_was_decided_of_what_it_asked() -> None:
    told = panel()
    told.vote("bob", "reject")
    told.decide("rejected", told="approved")
    other = Panel(request("alice"), in_run=request("alice", description="Something else"))
    other.vote("alice")
    other.decide("approved")
    elsewhere = panel(run="run/default/prices/2")
    elsewhere.vote("bob")
    elsewhere.decide("approved")

    assert [code(asked.data) for asked in (told, other, elsewhere)] == ["approval"] * 3


def test_a_request_is_shown_as_a_whole() -> None:
    asked = panel()
    asked.vote("bob", "reject")
    asked.vote("alice")
    asked.decide("approved")
    draft = asked.journal.draft()
    place = next(n for n, line in enumerate(draft.lines) if "approval.voted/1" in str(line))
    draft.lines.pop(place)

    assert code(draft.data()) == "chain"


def test_an_approval_that_the_run_received_is_in_the_file() -> None:
    asked = panel()
    asked.vote("bob")
    asked.decide("approved")
    asked.journal.hidden = {STREAM}

    assert code(asked.data) == "approval"


def test_a_file_of_the_first_version_says_that_votes_are_not_in_it() -> None:
    body = build.canonical({"approval": ASKED, "request": {}}).decode()
    run = [build.Happening("approval.asked/1", body), build.Happening("run.completed/1", "{}")]

    said = checked(build.draft(run).data()).statements()

    assert "not checked: 1 approval(s), of which no vote is here" in said


def test_a_vote_is_not_handed_back() -> None:
    asked = panel("alice")
    asked.delegate("alice", "carol")
    asked.delegate("carol", "alice")
    asked.vote("alice")
    asked.decide("approved")

    assert code(asked.data) == "approval"


def test_an_approval_of_a_held_effect_is_about_its_step() -> None:
    def held(intent: str | None) -> str:
        journal = Journal()
        journal.register("alice", "human")
        journal.started(None)
        body = journal.scheduled(1).body
        shown = sha256(build.canonical(body)).hexdigest() if intent is None else intent
        context = {"activity": "send", "intent": shown}
        asked = request("alice", context=context, step=1, subject="00" * 32)
        journal.add("approval/default/effect-1", "approval.requested/1", asked)
        return code(journal.draft().data())

    assert held(None) == "accepted"
    assert held("00" * 32) == "approval"
