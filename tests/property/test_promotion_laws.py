"""Laws of promotion gates, over statements of every sort in every order."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.governance.promotion.promotion_parts import (
    NOW_MS,
    case,
    evidence,
    gate,
    release,
)

from tarl.governance.promotion.conditions import Condition
from tarl.governance.promotion.evidence import Evidence, Standing
from tarl.governance.promotion.judging import judge
from tarl.governance.promotion.outcome import GateResult, joined
from tarl.governance.promotion.pipeline import TEST_RESULT, Gate, Pipeline
from tarl.governance.promotion.standing import place_of
from tarl.governance.promotion.summary import Summary, verifier_id

PEOPLE = ("ann", "ann-admin", "ben", "cleo")
PIPELINE: Pipeline = msgspec.structs.replace(release(), people={"ann": ("ann", "ann-admin")})
DAY_MS = 86_400_000

predicates = st.sampled_from(
    [{"result": "PASSED"}, {"result": "FAILED"}, {"result": 1}, {}, {"result": ["PASSED"]}]
)


@st.composite
def statements(draw: st.DrawFn, *, says: Any = predicates) -> list[Evidence]:
    """Up to eight statements, each at its own place of the journal."""
    found = draw(
        st.lists(
            st.tuples(
                says,
                st.lists(st.sampled_from((*PEOPLE, "dan")), min_size=1, max_size=3, unique=True),
                st.integers(-3 * DAY_MS, DAY_MS),
                st.sampled_from([TEST_RESULT, "https://example.com/other/v1"]),
            ),
            max_size=8,
        )
    )
    return [
        evidence(said, *names, number=n, at_ms=NOW_MS + at_ms, predicate_type=kind)
        for n, (said, names, at_ms, kind) in enumerate(found, 1)
    ]


gates = st.builds(
    lambda threshold, max_age, independent: gate(
        signers=PEOPLE,
        threshold=threshold,
        max_age_ms=max_age,
        independent=independent,
        requires=(Condition(at="/result", equals="PASSED"),),
    ),
    st.integers(1, 3),
    st.sampled_from([None, DAY_MS]),
    st.booleans(),
)
authors = st.sampled_from([None, frozenset[str](), frozenset({"ann"}), frozenset({"dan", "ben"})])


def outcome(asked: Gate, found: list[Evidence], who: frozenset[str] | None) -> GateResult:
    standing = {name: Standing("human", True) for name in PEOPLE}
    return judge(asked, case(*found, authors=who, principals=standing), PIPELINE)


@given(gates, statements(), authors, st.randoms(use_true_random=False))
def test_the_order_of_the_statements_does_not_matter(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None, chance: Any
) -> None:
    shuffled = found[:]
    chance.shuffle(shuffled)
    assert outcome(asked, shuffled, who) == outcome(asked, found, who)


@given(gates, statements(), authors, st.data())
def test_taking_away_what_speaks_for_it_passes_nothing(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None, data: st.DataObject
) -> None:
    for_it = [each for each in found if each.predicate.get("result") == "PASSED"]
    gone = data.draw(st.sets(st.sampled_from([e.id for e in for_it])) if for_it else st.just(set()))
    rest = [each for each in found if each.id not in gone]
    if outcome(asked, found, who).outcome != "PASSED":
        assert outcome(asked, rest, who).outcome != "PASSED"


@given(gates, statements(says=st.just({"result": "PASSED"})), authors, st.data())
def test_where_nobody_objects_taking_anything_away_passes_nothing(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None, data: st.DataObject
) -> None:
    found = [recorded_at(each, NOW_MS) for each in found]
    rest = [each for each in found if data.draw(st.booleans())]
    if outcome(asked, found, who).outcome != "PASSED":
        assert outcome(asked, rest, who).outcome != "PASSED"


def recorded_at(each: Evidence, at_ms: int) -> Evidence:
    """The same statement, recorded now."""
    return each._replace(recorded_at_ms=at_ms)


@given(gates, statements(), authors)
def test_a_no_more_passes_nothing(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None
) -> None:
    no = evidence({"result": "FAILED"}, "ben", number=99)
    assert outcome(asked, [*found, no], who).outcome != "PASSED"


@given(gates, statements(), authors)
def test_a_higher_threshold_passes_no_more_and_fails_no_less(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None
) -> None:
    higher = msgspec.structs.replace(asked, threshold=asked.threshold + 1)
    before, after = outcome(asked, found, who).outcome, outcome(higher, found, who).outcome
    assert before == "PASSED" or after != "PASSED"
    assert (before == "FAILED") == (after == "FAILED")


@given(gates, statements(), authors)
def test_who_passes_it_are_different_people_whom_it_trusts(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None
) -> None:
    result = outcome(asked, found, who)
    if result.outcome == "PASSED":
        assert len(set(result.signers)) == len(result.signers) >= asked.threshold
        assert set(result.signers) <= {"ann", "ben", "cleo"}
        signed = {PIPELINE.person(n) for each in found for n in each.signers}
        assert set(result.signers) <= signed
        if asked.independent:
            assert who is not None
            assert not set(result.signers) & {PIPELINE.person(name) for name in who}


@given(gates, statements(), authors)
def test_a_shorter_age_and_a_known_author_pass_no_more(
    asked: Gate, found: list[Evidence], who: frozenset[str] | None
) -> None:
    shorter = msgspec.structs.replace(asked, max_age_ms=DAY_MS // 2)
    if outcome(asked, found, who).outcome != "PASSED":
        assert outcome(shorter, found, who).outcome != "PASSED"
        if who is not None:
            assert outcome(asked, found, who | {"cleo"}).outcome != "PASSED"


answers = st.builds(
    GateResult,
    gate=st.text(max_size=3),
    outcome=st.sampled_from(["PASSED", "FAILED", "INCONCLUSIVE"]),
    is_required=st.booleans(),
)


@given(st.lists(answers), answers)
def test_one_gate_more_never_makes_a_pass_of_what_was_none(
    found: list[GateResult], more: GateResult
) -> None:
    required = [each for each in found if each.is_required]
    if required and joined(found) != "PASSED":
        assert joined([*found, more]) != "PASSED"
    if not more.is_required:
        assert joined([*found, more]) == joined(found)


# --- where it stands


@st.composite
def summaries(draw: st.DrawFn) -> list[Summary]:
    """Decisions and revocations as they come about: a pass knows of the failures before it."""
    found: list[Summary] = []
    for n in range(draw(st.integers(0, 7))):
        passes, knows = draw(st.booleans()), draw(st.booleans())
        failed = tuple(s.id for s in found if s.result == "FAILED")
        signer = draw(st.sampled_from(["ci", "ann", "dan"]))
        found.append(
            Summary(
                id=f"{n:064x}",
                result="PASSED" if passes else "FAILED",
                verifier=verifier_id(draw(st.sampled_from([signer, "ci"])), tenant="default"),
                resource=PIPELINE.resource_of("stage", tenant="default"),
                policy_uri=PIPELINE.uri,
                policy_digest=PIPELINE.digest,
                at_ms=NOW_MS + draw(st.integers(-200_000, 100_000)),
                levels=("X",),
                supersedes=failed if passes and knows else (),
                revokes=not passes and draw(st.booleans()),
                signers=(signer,),
            )
        )
    return found


def place(found: list[Summary]) -> str:
    return place_of(PIPELINE, "stage", found, tenant="default", at_ms=NOW_MS).word


@given(summaries(), st.randoms(use_true_random=False))
def test_where_it_stands_does_not_depend_on_the_order(found: list[Summary], chance: Any) -> None:
    shuffled = found[:]
    chance.shuffle(shuffled)
    assert place(shuffled) == place(found)
    assert place([*found, *found]) == place(found)


@given(summaries(), st.data())
def test_what_is_replayed_or_lost_promotes_nothing(
    found: list[Summary], data: st.DataObject
) -> None:
    if place(found) != "promoted":
        passed = [s for s in found if s.result == "PASSED"]
        gone = {s.id for s in passed if data.draw(st.booleans())}
        assert place([s for s in found if s.id not in gone]) != "promoted"
        assert place([*found, *passed]) != "promoted"


@given(summaries())
def test_a_revocation_that_is_newest_stands(found: list[Summary]) -> None:
    newest_ms = max((s.at_ms for s in found), default=NOW_MS)
    revocation = Summary(
        id="f" * 64,
        result="FAILED",
        verifier=verifier_id("ann", tenant="default"),
        resource=PIPELINE.resource_of("stage", tenant="default"),
        policy_uri=PIPELINE.uri,
        policy_digest=None,
        at_ms=newest_ms + 1,
        levels=("FAILED",),
        revokes=True,
        signers=("ann",),
    )
    assert place([*found, revocation]) == "revoked"
