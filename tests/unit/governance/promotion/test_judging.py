"""What a gate of statements answers: ages, dates, signers, conditions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.promotion.promotion_parts import (
    NOW_MS,
    case,
    evidence,
    gate,
    release,
)

from tarl.governance.promotion.conditions import Condition
from tarl.governance.promotion.deciding import decide
from tarl.governance.promotion.evidence import Case, Standing
from tarl.governance.promotion.functions import GateFunctions
from tarl.governance.promotion.judging import judge
from tarl.governance.promotion.outcome import GateResult, joined
from tarl.governance.promotion.pipeline import APPROVAL, Gate
from tarl.values.instants import isoformat_ms

DAY_MS = 86_400_000
PASSED = (Condition(at="/result", equals="PASSED"),)
YES, NO = {"result": "PASSED"}, {"result": "FAILED"}


def judged(found: Case, **options: Any) -> tuple[str, set[str]]:
    result = judge(gate(requires=PASSED, **options), found, release())
    return result.outcome, {reason.code for reason in result.reasons}


def test_a_trusted_yes_passes_and_a_trusted_no_fails() -> None:
    assert judged(case(evidence(YES))) == ("PASSED", {"promotion.said"})
    assert judged(case(evidence(NO))) == ("FAILED", {"promotion.opposed"})
    assert judged(case()) == ("INCONCLUSIVE", {"promotion.evidence"})


def test_a_strangers_word_is_not_heard() -> None:
    assert judged(case(evidence(YES, "dan")))[0] == "INCONCLUSIVE"
    assert judged(case(evidence(YES), evidence(NO, "dan", number=2)))[0] == "PASSED"


@pytest.mark.parametrize("age_ms", [0, 7 * DAY_MS])
def test_evidence_counts_until_it_is_too_old(age_ms: int) -> None:
    found = case(evidence(YES, at_ms=NOW_MS - age_ms))
    assert judged(found, max_age_ms=7 * DAY_MS)[0] == "PASSED"
    older = case(evidence(YES, at_ms=NOW_MS - 7 * DAY_MS - 1))
    assert judged(older, max_age_ms=7 * DAY_MS) == (
        "INCONCLUSIVE",
        {"promotion.evidence", "promotion.expired"},
    )


def test_what_expires_by_its_own_word_counts_until_then() -> None:
    assert judged(case(evidence(YES, expires_at_ms=NOW_MS + 1)))[0] == "PASSED"
    assert "promotion.expired" in judged(case(evidence(YES, expires_at_ms=NOW_MS)))[1]


def test_clocks_may_differ_by_what_the_pipeline_says_and_no_more() -> None:
    assert judged(case(evidence(YES, at_ms=NOW_MS + 60_000)))[0] == "PASSED"
    late = judged(case(evidence(YES, at_ms=NOW_MS + 60_001)))
    assert late == ("INCONCLUSIVE", {"promotion.evidence", "promotion.future"})


def test_a_date_in_the_predicate_counts_where_the_gate_says_so() -> None:
    def at(ms: int) -> dict[str, str]:
        return {**YES, "at": isoformat_ms(ms)}

    dated = {"dated_by": "/at", "max_age_ms": DAY_MS}
    assert judged(case(evidence(at(NOW_MS - DAY_MS))), **dated)[0] == "PASSED"
    assert "promotion.expired" in judged(case(evidence(at(NOW_MS - DAY_MS - 1))), **dated)[1]
    assert "promotion.future" in judged(case(evidence(at(NOW_MS + 61_000))), **dated)[1]
    for at_ in ({}, {"at": "yesterday"}, {"at": 5}, {"at": "2026-11-21T00:00:00"}):
        assert "promotion.undated" in judged(case(evidence({**YES, **at_})), **dated)[1]


def test_a_no_does_not_expire_and_outlives_its_key() -> None:
    old = evidence(NO, at_ms=NOW_MS - 30 * DAY_MS)
    assert judged(case(old), max_age_ms=DAY_MS)[0] == "FAILED"
    gone = {"principals": {"ci": Standing("service", False)}}
    assert judged(case(old, **gone))[0] == "FAILED"
    assert judged(case(evidence(YES), **gone)) == (
        "INCONCLUSIVE",
        {"promotion.evidence", "promotion.signer"},
    )


def test_the_newest_word_counts_in_the_order_of_the_journal() -> None:
    assert judged(case(evidence(YES, number=2), evidence(NO, number=1)))[0] == "PASSED"
    assert judged(case(evidence(YES, number=1), evidence(NO, number=2)))[0] == "FAILED"
    set_back = evidence(NO, number=2, at_ms=NOW_MS - DAY_MS)  # the clock was, not the journal
    assert judged(case(evidence(YES, number=1), set_back))[0] == "FAILED"


def test_an_older_yes_that_is_recorded_later_does_not_win_over_a_dated_no() -> None:
    yes = evidence({**YES, "at": isoformat_ms(NOW_MS - 2_000)}, number=9)
    no = evidence({**NO, "at": isoformat_ms(NOW_MS - 1_000)}, number=1)
    assert judged(case(no, yes), dated_by="/at")[0] == "FAILED"
    same = evidence({**NO, "at": isoformat_ms(NOW_MS - 2_000)}, number=1)
    assert judged(case(same, yes), dated_by="/at")[0] == "FAILED"


def test_nobody_stays_newest_by_dating_a_word_ahead() -> None:
    ahead = evidence({**YES, "at": isoformat_ms(NOW_MS + 30_000)}, number=1)
    no = evidence({**NO, "at": isoformat_ms(NOW_MS + 1_000)}, number=2, at_ms=NOW_MS + 1_000)
    assert judged(case(ahead, no), dated_by="/at")[0] == "FAILED"


def test_which_statements_are_meant_and_what_they_must_say_are_two_things() -> None:
    unit = (Condition(at="/configuration/0/name", equals="unit"),)

    def of(name: str, result: str) -> dict[str, Any]:
        return {"result": result, "configuration": [{"name": name}]}

    lint_failed = case(evidence(of("unit", "PASSED")), evidence(of("lint", "FAILED"), number=2))
    assert judged(lint_failed, where=unit)[0] == "PASSED"
    assert judged(case(evidence(YES)), where=unit)[0] == "INCONCLUSIVE"


def test_what_is_not_said_is_not_a_yes() -> None:
    for said in ({}, {"result": None}, {"result": ["PASSED"]}, {"Result": "PASSED"}):
        outcome, codes = judged(case(evidence(said)))
        assert outcome in ("INCONCLUSIVE", "FAILED")
        assert codes & {"promotion.unsaid", "promotion.opposed"}
    assert judged(case(evidence(YES, number=1), evidence({}, number=2)))[0] == "INCONCLUSIVE"


def test_every_type_is_wanted() -> None:
    both = {"predicate_types": (gate().predicate_types[0], "https://example.com/scan/v1")}
    assert judged(case(evidence(YES)), **both)[0] == "INCONCLUSIVE"
    scanned = evidence(YES, predicate_type="https://example.com/scan/v1", number=2)
    assert judged(case(evidence(YES), scanned), **both)[0] == "PASSED"
    failed = evidence(NO, predicate_type="https://example.com/scan/v1", number=3)
    assert judged(case(evidence(YES), failed), **both)[0] == "FAILED"


def test_a_statement_that_two_signed_counts_for_both() -> None:
    found = case(evidence(YES, "ann", "ben"))
    assert judged(found, signers=("ann", "ben"), threshold=2)[0] == "PASSED"
    assert judged(found, signers=("ann", "cleo"), threshold=2)[0] == "INCONCLUSIVE"


def test_an_approval_is_a_persons_for_the_environment_and_not_the_authors() -> None:
    def said(**more: str) -> dict[str, str]:
        at = isoformat_ms(NOW_MS)
        return {"decision": "approve", "environment": "prod", "decidedOn": at, **more}

    approvals = Gate(
        name="approvals", predicate_types=(APPROVAL,), signers=("ann", "bot"), independent=True
    )

    def answer(*found: Any, authors: frozenset[str] | None = frozenset({"dan"})) -> GateResult:
        return judge(approvals, case(*found, authors=authors), release())

    def approval(by: str = "ann", **more: str) -> Any:
        return evidence(said(**more), by, predicate_type=APPROVAL)

    assert answer(approval()).outcome == "PASSED"
    assert answer(approval(environment="stage")).outcome == "INCONCLUSIVE"
    assert answer(approval(decision="reject")).outcome == "FAILED"
    assert answer(approval("bot")).reasons[-1].code == "promotion.not_human"
    own = answer(approval(), authors=frozenset({"ann"}))
    assert own.reasons[-1].code == "promotion.author"
    unknown = answer(approval(), authors=None)
    assert (unknown.outcome, unknown.reasons[0].code) == (
        "INCONCLUSIVE",
        "promotion.author_unknown",
    )


def test_optional_gates_decide_nothing_and_no_gate_is_not_a_pass() -> None:
    passed = GateResult(gate="a", outcome="PASSED")
    broken = GateResult(gate="b", outcome="FAILED", is_required=False)
    assert joined([passed, broken]) == "PASSED"
    assert joined([GateResult(gate="c", outcome="PASSED", is_required=False)]) == "INCONCLUSIVE"
    assert joined([]) == "INCONCLUSIVE"
    unsure = GateResult(gate="d", outcome="INCONCLUSIVE")
    assert joined([passed, unsure]) == "INCONCLUSIVE"
    assert joined([unsure, GateResult(gate="e", outcome="FAILED")]) == "FAILED"


def test_a_gate_that_breaks_is_inconclusive() -> None:
    nobody = evidence(YES)._replace(signers=None)  # type: ignore[arg-type]
    bad = case(nobody)._replace(source="dev", target="stage")
    found = decide(release(), bad, (), GateFunctions(), tenant="default")
    assert found.outcome == "INCONCLUSIVE"
    assert [r.reasons[0].code for r in found.results if r.reasons] == ["promotion.broken"]
