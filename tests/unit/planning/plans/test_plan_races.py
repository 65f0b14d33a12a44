"""Two who write at the same moment: whoever is slower decides anew about what is there then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.planning.consent.consent_parts import CAMERA, want
from tests.unit.planning.plans.plan_parts import plan
from tests.unit.tenancy.parts import NOON_MS, HandClock

from tarl.errors import Conflict
from tarl.journal.memory import MemoryStore
from tarl.journal.store import COMMIT_WAIT_MS, Batch
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.state import CONSENTS_PROJECTION
from tarl.planning.plan import ExecutionStatus
from tarl.planning.plans.ledger import PlanLedger
from tarl.planning.plans.state import PLANS_PROJECTION
from tarl.tenancy.passing import PassingStore

PROJECTIONS = (PLANS_PROJECTION, CONSENTS_PROJECTION)


class Overtaken(PassingStore):
    """A store whose first commit comes after somebody else's, and perhaps before another."""

    def __init__(
        self,
        store: MemoryStore,
        faster: Callable[[], object],
        then: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(store)
        self._faster, self._then = [faster], then

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        while self._faster:
            self._faster.pop()()
        self._store.commit(batch, wait_ms=wait_ms)
        self._then()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS)


def test_the_slower_of_two_versions_is_refused(store: MemoryStore) -> None:
    one = PlanLedger(store, clock=HandClock())
    one.record(plan())
    slower = Overtaken(store, lambda: one.record(plan(version=2, rationale="faster")))
    with pytest.raises(Conflict) as caught:
        PlanLedger(slower, clock=HandClock()).record(plan(version=2, rationale="slower"))
    assert caught.value.code == "plan.version"
    assert one.get("p1").rationale == "faster"


def test_the_same_version_and_snapshot_of_two_are_recorded_once(store: MemoryStore) -> None:
    one = PlanLedger(store, clock=HandClock())
    slower = Overtaken(store, lambda: (one.record(plan()), one.record(plan("p2"))))
    PlanLedger(slower, clock=HandClock()).record(plan())
    assert len(list(one.history("p1"))) == 1
    assert len(list(store.streams("context/"))) == 1


def test_what_was_cancelled_meanwhile_is_not_approved(store: MemoryStore) -> None:
    one = PlanLedger(store, clock=HandClock())
    one.record(plan())
    slower = Overtaken(store, lambda: one.change_status("p1", ExecutionStatus.CANCELLED))
    with pytest.raises(Conflict) as caught:
        PlanLedger(slower, clock=HandClock()).change_status(
            "p1", ExecutionStatus.APPROVED, version=1
        )
    assert caught.value.code == "plan.ended"


def test_a_revocation_takes_back_what_was_granted_meanwhile(store: MemoryStore) -> None:
    one = Consents(store, clock=HandClock())
    one.grant("anna", [CAMERA], by="anna")
    slower = Overtaken(store, lambda: one.grant("anna", ["*:camera/*:*"], by="anna"))
    gone = Consents(slower, clock=HandClock()).revoke("anna", scope=CAMERA, by="anna")
    assert len(gone) == 2
    assert one.live("anna", want(), NOON_MS) is None


def test_two_consents_of_one_moment_have_names_of_their_own(store: MemoryStore) -> None:
    one = Consents(store, clock=HandClock())
    others = (lambda by=name: one.grant("anna", [CAMERA], by=by) for name in ("ben", "carl"))
    slower = Overtaken(store, *others)
    given = Consents(slower, clock=HandClock()).grant("anna", [CAMERA], by="anna")
    assert given.said.by == "anna"
    assert [each.said.by for each in one.of("anna")] == ["ben", "anna", "carl"]
    assert len({each.token for each in one.of("anna")}) == 3
