"""Expiry and escalation, by a clock that may jump; and what the waiting run is told."""

from __future__ import annotations

import pytest
from tests.unit.kernel.voters import ASKED, Panel, further, request

from tarl.errors import Conflict, Denied, TarlError
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch
from tarl.kernel import inbox
from tarl.kernel.approvals import events
from tarl.kernel.approvals.ledger import Approvals, request_rows, withdraw_rows
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.request import Escalation, Request
from tarl.values.canonical import decode
from tarl.values.ids import RunId
from tarl.values.metrics import Registry

RUN = RunId("default", "deploy", 1)


def code_of(caught: pytest.ExceptionInfo[TarlError]) -> str:
    return caught.value.code


def messages(panel: Panel) -> list[object]:
    return [decode(event.body or b"") for event in panel.store.read(inbox.stream(RUN))]


# --- expiry


def test_a_request_expires_at_its_time_and_not_before() -> None:
    panel = Panel("a")
    panel.ask(request("a", expires_after_ms=1_000), at_ms=500)
    assert panel.approvals.next_due_at_ms() == 1_500
    assert panel.approvals.due(1_499) == []
    assert panel.approvals.advance(1_499) == []
    assert panel.approvals.due(1_500) == [ASKED]

    (expired,) = panel.approvals.advance(1_500)

    assert (expired.status, expired.ended_at_ms) == ("expired", 1_500)
    assert panel.approvals.next_due_at_ms() is None
    assert panel.approvals.advance(9_999) == []
    with pytest.raises(Conflict) as caught:
        panel.vote("a", at_ms=1_400)
    assert code_of(caught) == "approval.expired"


def test_a_vote_at_the_last_moment_counts() -> None:
    panel = Panel("a")
    panel.ask(request("a", expires_after_ms=1_000))
    assert panel.vote("a", at_ms=999).status == "approved"
    assert panel.approvals.advance(5_000) == []


def test_a_vote_that_is_late_expires_the_request_though_nobody_looked_before() -> None:
    panel = Panel("a", "b")
    panel.ask(request("a", "b", expires_after_ms=1_000, run=RUN.stream))
    panel.vote("a", at_ms=10)
    for act in (lambda: panel.vote("b", at_ms=1_000), lambda: panel.vote("b", at_ms=1)):
        with pytest.raises(Conflict) as caught:
            act()
        assert code_of(caught) == "approval.expired"
    assert panel.kinds[-1] == "approval.expired"
    assert len(messages(panel)) == 1


def test_a_clock_that_steps_back_does_not_reopen_anything() -> None:
    panel = Panel("a", "b", "c")
    panel.ask(request("a", "b", needed=2, expires_after_ms=1_000), at_ms=5_000)
    panel.vote("a", at_ms=1_000)
    assert panel.approvals.get(ASKED).last_at_ms == 5_000
    panel.approvals.advance(1_000)
    assert panel.approvals.get(ASKED).is_pending
    panel.approvals.advance(6_000)
    with pytest.raises(Conflict):
        panel.vote("b", at_ms=5_500)


# --- escalation


def test_further_people_may_vote_once_nobody_has_answered_in_time() -> None:
    panel = Panel("a", "boss", "chief")
    asked = request("a", escalations=(further(100, "boss"), further(200, "chief")))
    panel.ask(asked)
    with pytest.raises(Denied) as caught:
        panel.vote("boss", at_ms=99)
    assert code_of(caught) == "approval.stranger"

    assert [a.level for a in panel.approvals.advance(150)] == [1]
    assert panel.approvals.next_due_at_ms() == 200
    assert panel.vote("boss", at_ms=151).status == "approved"
    assert panel.approvals.next_due_at_ms() is None


def test_all_that_was_missed_happens_late_in_its_order() -> None:
    panel = Panel("a", "boss", "chief")
    asked = request(
        "a", escalations=(further(100, "boss"), further(200, "chief")), expires_after_ms=300
    )
    panel.ask(asked)
    (late,) = panel.approvals.advance(250)
    assert [seat.holder for seat in late.seats] == ["a", "boss", "chief"]
    assert panel.approvals.next_due_at_ms() == 300
    assert [a.status for a in panel.approvals.advance(400)] == ["expired"]
    assert panel.kinds[1:] == ["approval.escalated", "approval.escalated", "approval.expired"]


def test_what_is_over_is_not_escalated() -> None:
    panel = Panel("a", "boss")
    panel.ask(request("a", escalations=(further(100, "boss"),), expires_after_ms=300))
    panel.approvals.advance(400)
    assert panel.kinds[1:] == ["approval.expired"]


def test_somebody_escalated_to_votes_when_it_is_time_though_nobody_looked() -> None:
    panel = Panel("a", "boss")
    panel.ask(request("a", escalations=(further(100, "boss"),)))
    assert panel.vote("boss", at_ms=100).status == "approved"
    assert panel.kinds[1:] == ["approval.escalated", "approval.voted", "approval.decided"]


def test_of_several_that_look_at_the_clock_one_acts() -> None:
    class Slower(MemoryStore):
        def commit(self, batch: Batch, **options: object) -> None:
            if any(row.kind == events.EXPIRED for row in batch.rows) and not self.overtaken:
                self.overtaken = True
                assert len(Approvals(self).advance(10)) == 1
            super().commit(batch)

        overtaken = False

    panel = Panel("a", store=Slower(origin="tarl/test", projections=(APPROVALS_PROJECTION,)))
    panel.ask(request("a", expires_after_ms=10, run=RUN.stream))
    panel.approvals.advance(10)
    assert panel.kinds == ["approval.requested", "approval.expired"]
    assert len(messages(panel)) == 1


def test_a_look_at_the_clock_takes_the_longest_due_and_no_more_than_told() -> None:
    panel = Panel("a")
    for n in range(5):
        asked = request("a", expires_after_ms=100 - n)
        panel.ask(asked, ApprovalId("default", f"r{n}"))
    panel.ask(request("a"), ApprovalId("default", "for ever"))
    assert [id.id for id in panel.approvals.due(1_000, limit=2)] == ["r4", "r3"]
    assert [a.id.id for a in panel.approvals.advance(1_000, limit=2)] == ["r4", "r3"]
    assert len(panel.approvals.advance(1_000)) == 3
    assert panel.approvals.get_status()["pending"] == 1


def test_a_request_that_cannot_be_read_holds_up_no_other() -> None:
    metrics = Registry()
    panel = Panel("a", metrics=metrics)
    panel.ask(request("a", expires_after_ms=1))
    panel.ask(request("a", expires_after_ms=2), ApprovalId("default", "fine"))
    assert isinstance(panel.store, MemoryStore)
    panel.store._log[panel.store._streams[ASKED.stream][0]] = panel.store._log[
        panel.store._streams[ASKED.stream][0]
    ]._replace(body=b"{}")
    assert [a.id.id for a in panel.approvals.advance(10, limit=2)] == ["fine"]
    panel.ask(request("a", expires_after_ms=3), ApprovalId("default", "later"))
    assert [a.id.id for a in panel.approvals.advance(10, limit=1)] == ["later"]
    assert ("approvals.unreadable", (), 1) in list(metrics.numbers())


# --- what the run is told


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_the_run_is_told_in_the_commit_that_decides(choice: str) -> None:
    panel = Panel("a")
    panel.ask(request("a", run=RUN.stream, step=3))
    assert messages(panel) == []
    revision = panel.store.revision()
    panel.vote("a", choice, reason="so be it", at_ms=7)
    assert panel.store.revision() == revision + 1
    vote = {
        "at_ms": 7,
        "choice": choice,
        "principal": "a",
        "reason": "so be it",
        "seat": "a",
    }
    status = {"approve": "approved", "reject": "rejected"}[choice]
    outcome = {"status": status, "votes": [vote]}
    assert messages(panel) == [{"approval": "deploy", "outcome": outcome}]
    (event,) = panel.store.read(inbox.stream(RUN))
    assert event.kind == inbox.APPROVAL_ENDED


def test_the_run_is_told_of_an_expiry_and_of_a_withdrawal() -> None:
    panel = Panel("a")
    panel.ask(request("a", run=RUN.stream, expires_after_ms=5))
    panel.approvals.advance(5)
    other = ApprovalId("default", "other")
    panel.ask(request("a", run=RUN.stream), other)
    panel.approvals.withdraw(other, "no longer", at_ms=6)
    assert messages(panel) == [
        {"approval": "deploy", "outcome": {"status": "expired", "votes": []}},
        {"approval": "other", "outcome": {"status": "withdrawn", "votes": []}},
    ]


def test_a_request_is_asked_in_the_commit_of_the_runs_own_command() -> None:
    panel = Panel("a")
    rows = request_rows(panel.store, ASKED, request("a", run=RUN.stream), at_ms=4)
    assert panel.kinds == []
    panel.store.commit(Batch(rows))
    assert panel.approvals.get(ASKED).requested_at_ms == 4
    assert panel.approvals.of_run(RUN) == [ASKED]
    with pytest.raises(Conflict) as caught:
        panel.store.commit(Batch(rows))
    assert code_of(caught) == "journal.position"


def test_a_run_that_ends_takes_its_questions_back_in_its_own_commit() -> None:
    panel = Panel("a")
    panel.ask(request("a", run=RUN.stream))
    panel.store.commit(Batch(withdraw_rows(panel.store, ASKED, "run ended", at_ms=9)))
    assert panel.approvals.get(ASKED).status == "withdrawn"
    assert messages(panel) == []
    assert panel.approvals.of_run(RUN) == []
    assert withdraw_rows(panel.store, ASKED, "again", at_ms=9) == []
    assert withdraw_rows(panel.store, ApprovalId("default", "never"), "", at_ms=9) == []


def test_a_request_without_a_run_tells_nobody() -> None:
    panel = Panel("a")
    panel.ask(request("a", workflow_id="wf_001"))
    panel.vote("a")
    assert [*panel.store.streams("inbox/")] == []
    assert panel.approvals.get(ASKED).request.workflow_id == "wf_001"


def test_equal_requests_have_equal_bytes_whenever_they_are_asked() -> None:
    early, late = Panel(), Panel()
    asked: Request = request(
        "a",
        expires_after_ms=5,
        escalations=(Escalation(after_ms=2, to=("b",)),),
        context={"x": 1.5},
    )
    early.ask(asked, at_ms=1)
    late.ask(asked, at_ms=1_000_000)
    (first,), (second,) = early.store.read(ASKED.stream), late.store.read(ASKED.stream)
    assert (first.body, first.digest) == (second.body, second.digest)
