"""Violations in the journal: what may follow what, who finds them, on which page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.governance.violations.parts import (
    COORDINATIONS,
    LADDER,
    PROJECTIONS,
    ledger,
    memory,
    recorded,
)

from tarl.errors import Conflict, Denied, Exceeded, Invalid, Missing
from tarl.governance.severity import Severity
from tarl.governance.violations.events import Level
from tarl.governance.violations.ledger import Violations
from tarl.governance.violations.pages import Filters, check_status
from tarl.governance.violations.state import Violation
from tarl.journal.projection import table_names
from tarl.tenancy.scope import Caller
from tarl.tenancy.scoped import scoped
from tarl.work.timers.ledger import Timers


def test_a_violation_is_kept_as_it_was_recorded() -> None:
    known = ledger()
    made = recorded(known)
    assert (made.id, made.policy, made.run, made.by) == ("v1", "limits", "shop/1", "court")
    assert (made.severity, made.status, made.level) == (Severity.HIGH, "open", 0)
    assert made.facts == {"amount_minor": 20_000}
    assert known.get("v1") == made
    assert made.as_data()["severity"] == "high"
    assert recorded(known).id == "v2"
    assert recorded(known, tenant="acme").id == "v1"


def test_what_happened_once_is_recorded_once() -> None:
    known = ledger()
    first = recorded(known, key="step 4")
    assert recorded(known, key="step 4", description="said otherwise") == first
    assert recorded(known, key="step 5") != first
    assert recorded(known, key="step 4", policy="other") != first
    assert known.count() == 3


def test_it_passes_through_its_states() -> None:
    known = ledger()
    known.ladders.set("limits", LADDER, by="ann")
    id = recorded(known).id
    up = known.escalate(id, by="ann", why="look at this")
    assert (up.status, up.level, up.handler, up.why) == (
        "escalated",
        1,
        "page-ops",
        "look at this",
    )
    taken = known.acknowledge(id, by="bob", note="mine")
    assert (taken.status, taken.acknowledged_by, taken.note) == ("acknowledged", "bob", "mine")
    assert known.escalate(id, by="bob").level == 2
    assert known.escalate(id, by="bob").level == 2  # the last level once more
    over = known.resolve(id, by="bob", resolution="limit raised")
    assert (over.status, over.resolved_by, over.resolution) == ("resolved", "bob", "limit raised")
    assert [known.count(status=s) for s in ("open", "escalated", "resolved")] == [0, 0, 1]


def test_nothing_follows_a_resolution() -> None:
    known = ledger()
    id = recorded(known).id
    known.resolve(id, by="bob", resolution="done")
    again: list[Callable[[], Any]] = [
        lambda: known.resolve(id, by="eve", resolution="done again"),
        lambda: known.escalate(id, by="eve"),
        lambda: known.acknowledge(id, by="eve"),
    ]
    for attempt in again:
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "violation.resolved"
    assert known.get(id).resolved_by == "bob"


def test_a_critical_one_is_escalated_in_the_same_commit() -> None:
    store = memory()
    known = ledger(store)
    known.ladders.set("*", LADDER, by="ann")
    before = store.revision()
    made = recorded(known, severity=Severity.CRITICAL)
    assert (made.status, made.level, made.handler) == ("escalated", 1, "page-ops")
    assert made.by == "court"
    assert not made.is_exhausted
    assert store.revision() == before + 1
    timers = Timers(store, clock=known.clock).of(f"violation/{made.id}")
    assert [(t.handler, t.due_at_ms - made.at_ms) for t in timers] == [
        ("escalation.page-ops", 0),
        ("violation.overdue", 60_000),
    ]


def test_without_a_ladder_it_says_that_nobody_is_told() -> None:
    known = ledger()
    made = recorded(known, severity=Severity.CRITICAL)
    assert (made.status, made.level, made.handler, made.is_exhausted) == (
        "escalated",
        1,
        None,
        True,
    )


def test_a_ladder_of_its_own_goes_before_the_common_one() -> None:
    known = ledger()
    own = (Level(handler="mail-legal", within_ms=5),)
    known.ladders.set("*", LADDER, by="ann")
    known.ladders.set("limits", own, by="ann")
    assert known.ladders.of("limits") == own
    assert known.ladders.of("other") == LADDER
    assert known.ladders.ls() == {"*": LADDER, "limits": own}
    known.ladders.set("limits", (), by="ann")
    assert known.ladders.of("limits") == LADDER
    assert known.ladders.of("limits", tenant="acme") == ()


@pytest.mark.parametrize(
    "levels",
    [
        [Level(handler="a", within_ms=0)],
        [Level(handler="a", within_ms=31 * 86_400_000)],
        [Level(handler="a", within_ms=1)] * 17,
    ],
)
def test_what_is_no_ladder_is_refused(levels: list[Level]) -> None:
    with pytest.raises(Invalid) as refusal:
        ledger().ladders.set("limits", levels, by="ann")
    assert refusal.value.code == "violation.ladder"


def test_filters_and_pages_leave_nothing_out() -> None:
    known = ledger()
    for n in range(30):
        recorded(
            known,
            policy=f"p{n % 2}",
            run=f"r/{n % 3}",
            severity=Severity(1 + n % 4),
        )
    known.resolve("v7", by="ann", resolution="done")
    asked = {
        Filters(): 30,
        Filters(policy="p1"): 15,
        Filters(run="r/0", policy="p1"): 5,
        Filters(severity=Severity.LOW): 8,
        Filters(at_least=Severity.HIGH): 14,
        Filters(at_least=Severity.HIGH, severity=Severity.LOW): 0,
        Filters(status="resolved"): 1,
        Filters(status="escalated"): 7,
    }
    for filters, count in asked.items():
        ids, cursor = [], None
        while True:
            page = known.ls(filters, limit=4, cursor=cursor)
            ids += [int(one.id[1:]) for one in page.items]
            cursor = page.cursor
            if cursor is None:
                break
            assert len(page.items) == 4
        assert ids == sorted(set(ids), reverse=True)
        assert len(ids) == count, filters


def test_a_cursor_of_another_query_is_refused() -> None:
    known = ledger()
    for _ in range(3):
        recorded(known)
    cursor = known.ls(limit=1).cursor
    assert cursor is not None
    wrong: list[tuple[Filters, str, str]] = [
        (Filters(policy="limits"), "default", cursor),
        (Filters(), "acme", cursor),
        (Filters(), "default", "2"),
        (Filters(), "default", "-1." + cursor.partition(".")[2]),
        (Filters(), "default", "9" * 99 + "." + cursor.partition(".")[2]),
    ]
    for filters, tenant, text in wrong:
        with pytest.raises(Invalid) as refusal:
            known.ls(filters, tenant=tenant, cursor=text)
        assert refusal.value.code == "violation.cursor"
    with pytest.raises(Invalid, match="1 to 1000"):
        known.ls(limit=0)


def test_what_cannot_be_one_is_refused() -> None:
    known = ledger()
    wrong: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"description": "x" * 4_001}, Exceeded, "violation.too_large"),
        ({"facts": {"text": "x" * 70_000}}, Exceeded, "violation.too_large"),
        ({"facts": {"x": float("nan")}}, Invalid, "value.not_finite"),
        ({"policy": ""}, Invalid, "id.empty"),
        ({"by": ""}, Invalid, "id.empty"),
    ]
    for changes, kind, code in wrong:
        with pytest.raises(kind) as refusal:
            recorded(known, **changes)
        assert getattr(refusal.value, "code", None) == code
    with pytest.raises(ValueError, match="9"):
        recorded(known, severity=9)
    with pytest.raises(Missing) as missing:
        known.get("v9")
    assert missing.value.code == "violation.missing"
    with pytest.raises(Invalid) as status:
        check_status("closed")
    assert status.value.code == "violation.status"


def test_a_tenant_sees_its_own_and_no_ladder_is_its_to_change() -> None:
    whole = memory()
    operator = ledger(whole)
    operator.ladders.set("*", LADDER, by="ann", tenant="acme")
    recorded(operator, tenant="beta")
    store = scoped(whole, Caller("acme"), tables=table_names((*PROJECTIONS, *COORDINATIONS)))
    acme = Violations(store, clock=operator.clock)
    made = recorded(acme, tenant="acme", severity=Severity.CRITICAL)
    assert (made.id, made.handler) == ("v1", "page-ops")
    assert acme.ls(tenant="beta").items == ()
    with pytest.raises(Denied):
        recorded(acme, tenant="beta")
    with pytest.raises(Denied):
        acme.ladders.set("*", (), by="eve", tenant="acme")


def test_only_the_last_escalation_is_passed_upwards() -> None:
    known = ledger()
    known.ladders.set("*", LADDER, by="ann")
    made = recorded(known, severity=Severity.CRITICAL)
    second = known.escalate(made.id, by="ann")
    third = known.escalate(made.id, by="ann")
    assert (second.level, third.level) == (2, 2)

    def passed(seq: int) -> Violation:
        return known.pass_upwards(made.id, seq=seq, why="nobody answered", tenant="default")

    assert passed(made.escalated_seq) == passed(second.escalated_seq) == third
    assert passed(third.escalated_seq).is_exhausted
    taken = known.acknowledge(made.id, by="bob")
    assert passed(third.escalated_seq) == taken
