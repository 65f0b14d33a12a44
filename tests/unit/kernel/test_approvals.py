"""Who may vote, delegate and withdraw, and what counts when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.kernel.voters import ASKED, Panel, further, request, signer, someone

from tarl.errors import Conflict, Denied, Invalid, Missing, TarlError
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch
from tarl.kernel.approvals import events
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.request import CONTEXT_BYTES_MAX, Request
from tarl.values.ids import RunId
from tarl.values.metrics import Registry


def refused(kind: type[TarlError], code: str, act: Callable[[], Any]) -> TarlError:
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def test_all_who_are_needed_approve() -> None:
    panel = Panel("alice", "bob")
    panel.ask(request("alice", "bob"))

    assert panel.vote("alice", reason="tests pass", at_ms=5).status == "pending"
    done = panel.vote("bob", at_ms=6)

    assert (done.status, done.ended_at_ms) == ("approved", 6)
    assert panel.approvals.get(ASKED) == done
    assert done.votes == (
        {
            "at_ms": 5,
            "choice": "approve",
            "principal": "alice",
            "reason": "tests pass",
            "seat": "alice",
        },
        {"at_ms": 6, "choice": "approve", "principal": "bob", "reason": "", "seat": "bob"},
    )
    assert panel.kinds == [
        "approval.requested",
        "approval.voted",
        "approval.voted",
        "approval.decided",
    ]


def test_m_of_n_is_enough() -> None:
    panel = Panel("a", "b", "c")
    panel.ask(request("a", "b", "c", needed=2))
    panel.vote("c")
    assert panel.vote("a").status == "approved"
    refused(Conflict, "approval.decided", lambda: panel.vote("b"))


def test_one_rejection_rejects_unless_told_otherwise() -> None:
    panel = Panel("a", "b", "c")
    panel.ask(request("a", "b", "c", needed=1))
    assert panel.vote("a", "reject", reason="no").status == "rejected"
    refused(Conflict, "approval.decided", lambda: panel.vote("b"))
    refused(Conflict, "approval.decided", lambda: panel.vote("a"))
    refused(Conflict, "approval.decided", lambda: panel.delegate("b", "a"))
    assert panel.approvals.get(ASKED).status == "rejected"


def test_rejected_when_the_number_cannot_be_reached() -> None:
    panel = Panel("a", "b", "c")
    panel.ask(request("a", "b", "c", needed=2, rejection="unreachable"))
    assert panel.vote("a", "reject").status == "pending"
    assert panel.vote("b").status == "pending"
    assert panel.vote("c", "reject").status == "rejected"


def test_those_who_will_be_asked_can_still_be_reached() -> None:
    panel = Panel("a", "b", "later")
    asked = request("a", "b", rejection="unreachable", escalations=(further(100, "later"),))
    panel.ask(asked)
    panel.vote("a", "reject")
    assert panel.approvals.get(ASKED).is_pending
    panel.vote("b", at_ms=2)
    assert panel.vote("later", at_ms=100).status == "approved"


def test_a_stranger_and_a_second_vote_are_refused() -> None:
    panel = Panel("alice", "bob", "mallory")
    panel.ask(request("alice", "bob"))
    error = refused(Denied, "approval.stranger", lambda: panel.vote("mallory"))
    assert "alice, bob" in error.message
    panel.vote("alice")
    refused(Conflict, "approval.voted", lambda: panel.vote("alice"))
    refused(Conflict, "approval.voted", lambda: panel.vote("alice", "reject"))
    assert panel.approvals.get(ASKED).approvals == 1


def test_nobody_votes_who_is_not_registered() -> None:
    panel = Panel("alice")
    panel.ask(request("alice", "ghost", needed=1))
    refused(Missing, "principal.missing", lambda: panel.vote("ghost"))


@pytest.mark.parametrize("kind", ["agent", "service"])
def test_agents_and_services_never_approve(kind: Any) -> None:
    panel = Panel("alice")
    panel.register("robot", kind)
    panel.ask(request("alice", "robot", needed=1))
    refused(Denied, "approval.not_human", lambda: panel.vote("robot"))
    refused(Denied, "approval.not_human", lambda: panel.delegate("robot", "alice"))
    panel.register("helper", kind)
    refused(Denied, "approval.not_human", lambda: panel.delegate("alice", "helper"))
    assert panel.kinds == ["approval.requested"]


def test_a_reason_can_be_required() -> None:
    panel = Panel("a")
    panel.ask(request("a", reason_required=True))
    refused(Invalid, "approval.reason", lambda: panel.vote("a"))
    refused(Invalid, "approval.reason", lambda: panel.vote("a", "reject", reason="  "))
    refused(Invalid, "approval.reason", lambda: panel.vote("a", reason="x" * 4097))
    assert panel.vote("a", reason="because").status == "approved"


# --- delegation


def test_a_delegate_votes_in_the_delegators_place() -> None:
    panel = Panel("alice", "bob", "carol")
    panel.ask(request("alice", "bob"))
    panel.delegate("alice", "carol", reason="on holiday")

    error = refused(Denied, "approval.delegated", lambda: panel.vote("alice"))
    assert error.facts["holder"] == "carol"
    refused(Denied, "approval.delegated", lambda: panel.delegate("alice", "bob"))
    panel.vote("bob")
    done = panel.vote("carol")

    assert done.status == "approved"
    assert [(vote["principal"], vote["seat"]) for vote in done.votes] == [
        ("bob", "bob"),
        ("carol", "alice"),
    ]


def test_a_chain_of_delegations_has_no_cycle_and_an_end() -> None:
    names = [f"p{n}" for n in range(12)]
    panel = Panel("a", *names)
    panel.ask(request("a"))
    panel.delegate("a", "p0")
    refused(Conflict, "approval.delegation_cycle", lambda: panel.delegate("p0", "a"))
    refused(Conflict, "approval.delegation_cycle", lambda: panel.delegate("p0", "p0"))
    for n in range(7):
        panel.delegate(f"p{n}", f"p{n + 1}")
    refused(Conflict, "approval.delegation_cycle", lambda: panel.delegate("p7", "p3"))
    refused(Conflict, "approval.delegation_depth", lambda: panel.delegate("p7", "p8"))
    assert panel.vote("p7").status == "approved"


def test_nobody_gets_a_second_vote() -> None:
    panel = Panel("a", "b", "c", "later")
    panel.ask(request("a", "b", escalations=(further(100, "later"),)))
    refused(Conflict, "approval.delegation_named", lambda: panel.delegate("a", "b"))
    refused(Conflict, "approval.delegation_named", lambda: panel.delegate("a", "later"))
    panel.delegate("a", "c")
    refused(Conflict, "approval.delegation_named", lambda: panel.delegate("b", "c"))
    refused(Conflict, "approval.delegation_named", lambda: panel.delegate("b", "a"))
    refused(Conflict, "approval.delegation_cycle", lambda: panel.delegate("b", "b"))


def test_what_has_voted_is_not_handed_on() -> None:
    panel = Panel("a", "b", "c")
    panel.ask(request("a", "b"))
    panel.vote("a")
    refused(Conflict, "approval.voted", lambda: panel.delegate("a", "c"))


def test_a_delegate_must_be_a_registered_live_human() -> None:
    panel = Panel("a", "gone")
    panel.ask(request("a"))
    panel.principals.revoke(someone("gone"), "left", at_ms=0)
    refused(Missing, "principal.missing", lambda: panel.delegate("a", "ghost"))
    refused(Denied, "approval.revoked", lambda: panel.delegate("a", "gone"))


# --- keys that change


def test_earlier_votes_stand_when_a_principal_is_revoked() -> None:
    panel = Panel("a", "b", "c")
    panel.ask(request("a", "b", "c"))
    panel.vote("a")
    panel.principals.revoke(someone("a"), "left the company", at_ms=0)
    panel.principals.revoke(someone("b"), "left the company", at_ms=0)
    refused(Denied, "approval.revoked", lambda: panel.vote("b"))
    refused(Denied, "approval.revoked", lambda: panel.delegate("b", "c"))
    assert panel.approvals.get(ASKED).approvals == 1


def test_only_the_key_that_counts_now_signs_and_earlier_votes_stand() -> None:
    panel = Panel("a", "b")
    panel.ask(request("a", "b"))
    panel.vote("a")
    panel.rotate("a")
    panel.rotate("b")
    error = refused(Denied, "approval.signature", lambda: panel.vote("b"))
    assert "another took over" in error.message
    assert panel.vote("b", serial=2).status == "approved"
    assert panel.approvals.get(ASKED).status == "approved"


# --- others at the same moment


class Racing(MemoryStore):
    """A store in which somebody is always faster once: ``first`` happens before a vote lands."""

    first: Callable[[], Any] | None = None

    def commit(self, batch: Batch, **options: Any) -> None:
        if self.first is not None and any(row.kind == events.VOTED for row in batch.rows):
            first, self.first = self.first, None
            first()
        super().commit(batch, **options)


def racing() -> tuple[Racing, Panel]:
    store = Racing(origin="tarl/test", projections=(APPROVALS_PROJECTION,))
    panel = Panel("a", "b", store=store)
    panel.ask(request("a", "b", needed=1))
    return store, panel


def test_who_is_revoked_while_voting_has_not_voted() -> None:
    store, panel = racing()
    store.first = lambda: panel.principals.revoke(someone("a"), "left", at_ms=0)
    refused(Denied, "approval.revoked", lambda: panel.vote("a"))
    assert panel.kinds == ["approval.requested"]


def test_whose_key_is_replaced_while_voting_signs_anew() -> None:
    store, panel = racing()
    store.first = lambda: panel.rotate("a")
    refused(Denied, "approval.signature", lambda: panel.vote("a"))
    assert panel.vote("a", serial=2).status == "approved"


def test_of_two_decisions_at_the_same_moment_one_counts() -> None:
    store, panel = racing()
    store.first = lambda: panel.vote("b", "reject")
    refused(Conflict, "approval.decided", lambda: panel.vote("a"))
    assert panel.approvals.get(ASKED).status == "rejected"


def test_a_vote_that_loses_a_race_without_a_decision_counts_too() -> None:
    store, panel = racing()
    other = ApprovalId("default", "other")
    panel.ask(request("a", "b"), other)
    store.first = lambda: panel.vote("b", id=other)
    assert panel.vote("a", id=other).status == "approved"


# --- asking


def test_the_same_request_is_asked_once() -> None:
    panel = Panel("a", "b")
    first = panel.ask(request("a"), at_ms=1)
    assert panel.ask(request("a"), at_ms=9) == first
    panel.vote("a")
    assert panel.ask(request("a"), at_ms=9).status == "approved"
    refused(Conflict, "approval.exists", lambda: panel.ask(request("a", "b")))
    assert panel.kinds.count("approval.requested") == 1


@pytest.mark.parametrize(
    ("member", "asked"),
    [
        ("description", Request(description=" ", approvers=("a",), needed=1)),
        ("description", Request(description="x" * 4097, approvers=("a",), needed=1)),
        ("context", request("a", context="x" * CONTEXT_BYTES_MAX)),
        ("subject", request("a", subject="ABC")),
        ("approvers", request()),
        ("approvers", request("a", "b", "a")),
        ("approvers", request("a", escalations=(further(1, "a"),))),
        ("approvers", request(*(f"p{n}" for n in range(101)), needed=1)),
        ("needed", request("a", needed=0)),
        ("needed", request("a", needed=2)),
        ("needed", request("a", needed=2, escalations=(further(1, "b"),))),
        ("expires_after_ms", request("a", expires_after_ms=0)),
        ("escalations", request("a", escalations=(further(0, "b"),))),
        ("escalations", request("a", escalations=(further(2, "b"), further(2, "c")))),
        ("escalations", request("a", escalations=(further(2, "b"),), expires_after_ms=2)),
        ("escalations", request("a", escalations=(further(2),))),
        ("step", request("a", step=1)),
        ("run", request("a", run=RunId("acme", "w", 1).stream)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_decided_is_not_asked(member: str, asked: Request) -> None:
    panel = Panel()
    error = refused(Invalid, "approval.request", lambda: panel.ask(asked))
    assert error.facts["member"] == member
    assert panel.kinds == []


@pytest.mark.parametrize("context", [float("nan"), {1: 2}, (1,), "\ud800", b"x"], ids=repr)
def test_a_context_without_a_json_form_is_refused(context: Any) -> None:
    with pytest.raises(Invalid, match=r"\$|finite|NaN|nan"):
        Panel().ask(request("a", context=context))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(json_values)
@example(1e16)
@example({"a": [1.0, -0.0, 2**53, 1e21]})
@settings(max_examples=100)
def test_what_is_asked_can_be_read_back_and_decided(context: Any) -> None:
    panel = Panel("a")
    try:
        panel.ask(request("a", context=context))
    except Invalid:
        assert panel.kinds == []
    else:
        assert panel.vote("a").status == "approved"
        assert panel.approvals.get(ASKED).request.context == context


def test_requests_of_one_tenant_are_nothing_to_principals_of_another() -> None:
    panel = Panel()
    panel.register("a", tenant="acme")
    panel.register("a", tenant="other")
    asked = ApprovalId("acme", "x")
    panel.ask(request("a"), asked)
    foreign = panel.word("a", asked)

    def vote_with_a_foreign_key() -> None:
        from tarl.kernel.approvals.statement import sign

        panel.approvals.vote(asked, sign(foreign, signer(someone("a", "other"))), at_ms=1)

    refused(Denied, "approval.signature", vote_with_a_foreign_key)
    other = ApprovalId("other", "x")
    refused(Missing, "approval.missing", lambda: panel.approvals.get(other))
    assert panel.vote("a", id=asked).status == "approved"


def test_names_are_read_as_they_are_written() -> None:
    strange = PrincipalId("a/b", "ünï 1..")
    assert PrincipalId.from_stream(strange.stream) == strange
    assert PrincipalId.parse(strange.ref) == strange
    assert PrincipalId.parse("alice", tenant="acme") == PrincipalId("acme", "alice")
    assert ApprovalId("default", "x").ref == "x"
    for text in ("", "a/", "a/b/c"):
        refused(Invalid, "id.ref", lambda text=text: PrincipalId.parse(text))
    for stream in ("run/a/b/1", "approval/a/b", "principal/a"):
        refused(Invalid, "id.stream", lambda stream=stream: PrincipalId.from_stream(stream))
    with pytest.raises(Invalid):
        ApprovalId("default", "a\nb")


# --- withdrawing, looking, counting


def test_what_is_withdrawn_stays_so() -> None:
    panel = Panel("a")
    panel.ask(request("a"))
    done = panel.approvals.withdraw(ASKED, "the run was cancelled", at_ms=3)
    assert (done.status, done.reason) == ("withdrawn", "the run was cancelled")
    refused(Conflict, "approval.withdrawn", lambda: panel.vote("a"))
    assert panel.approvals.withdraw(ASKED, "again", at_ms=4) == done
    assert panel.kinds == ["approval.requested", "approval.withdrawn"]


def test_withdrawing_does_not_undo_a_decision() -> None:
    panel = Panel("a")
    panel.ask(request("a"))
    panel.vote("a")
    assert panel.approvals.withdraw(ASKED, "too late", at_ms=3).status == "approved"


def test_pending_requests_come_first_and_the_longest_waiting_among_them() -> None:
    panel = Panel("a")
    for n in range(6):
        panel.ask(request("a"), ApprovalId("acme" if n == 5 else "default", f"r{n}"), at_ms=n)
    panel.vote("a", id=ApprovalId("default", "r0"), at_ms=10)
    panel.vote("a", "reject", id=ApprovalId("default", "r3"), at_ms=11)

    def listed(**options: Any) -> list[str]:
        return [record["id"] for record in panel.approvals.records(**options)]

    assert listed() == ["r1", "r2", "r4", "r5", "r3", "r0"]
    assert listed(limit=2) == ["r1", "r2"]
    assert listed(limit=5) == ["r1", "r2", "r4", "r5", "r3"]
    assert listed(status="approved") == ["r0"]
    assert listed(tenant="acme") == ["r5"]
    assert panel.approvals.get_status() == {
        "pending": 4,
        "approved": 1,
        "rejected": 1,
        "expired": 0,
        "withdrawn": 0,
    }


def test_what_happens_is_counted() -> None:
    metrics = Registry()
    panel = Panel("a", "b", metrics=metrics)
    panel.ask(request("a", "b"))
    panel.vote("a")
    refused(Conflict, "approval.voted", lambda: panel.vote("a"))
    panel.vote("b")
    assert list(metrics.numbers()) == [
        ("approvals.ended", (("status", "approved"),), 1),
        ("approvals.refused", (("code", "approval.voted"),), 1),
        ("approvals.requested", (), 1),
        ("approvals.voted", (), 2),
    ]
