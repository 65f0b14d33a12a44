"""Laws of compliance, over whatever was recorded and declared."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.governance.compliance.compliance_parts import ANSWERED, LOANS, Office

from tarl.governance.compliance.assess import totals
from tarl.governance.compliance.catalog import catalog
from tarl.governance.compliance.facts import FACTS, NONE, Declared, Fact, value_of
from tarl.governance.compliance.risk import classify

REQUIREMENTS = [
    each for name in ("eu-ai-act", "slsa", "gdpr") for each in catalog(name).requirements
]
REFS = [each.ref for each in REQUIREMENTS if each.is_assessable]


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Declared]:
    chosen = draw(st.lists(st.sampled_from(FACTS), unique=True, max_size=len(FACTS)))
    return {fact.name: draw(answers(fact)) for fact in chosen}


def answers(fact: Fact) -> st.SearchStrategy[Declared]:
    words = st.sampled_from([*fact.choices, NONE] if fact.choices else ["yes", "no"])
    return words.map(
        lambda word: Declared(name=fact.name, value=value_of(fact.name, word), by="anna", at_ms=1)
    )


@given(facts(), st.data())
def test_a_class_that_is_settled_stays_when_more_is_declared_beside_it(
    known: dict[str, Declared], data: st.DataObject
) -> None:
    """Of facts that are not among those that overrule: scope, and practices that are prohibited."""
    before = classify(known)
    beside = [f for f in FACTS if f.name not in known and f.name in ("gpai_model", "personal_data")]
    more = {fact.name: data.draw(answers(fact)) for fact in beside}
    assert classify({**known, **more}).risk_class == before.risk_class


@given(facts())
def test_a_class_is_unknown_exactly_when_facts_are_missing(known: dict[str, Declared]) -> None:
    found = classify(known)
    assert (found.risk_class == "unknown") == bool(found.missing)
    assert not set(found.missing) & set(known)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=4),
    st.lists(st.tuples(st.sampled_from(REFS), st.sampled_from(["met", "unmet"])), max_size=4),
    facts(),
)
def test_nothing_is_met_without_evidence_and_every_status_says_why(
    runs: list[tuple[bool, bool, bool]],
    said: list[tuple[str, str]],
    known: dict[str, Declared],
) -> None:
    office = Office()
    office.run("first", steps=(), ended=False)
    for n, (answered, ended, by_agent) in enumerate(runs):
        steps = ANSWERED if answered else ()
        office.run(f"r{n}", steps, ended=ended, agent="bot" if by_agent else None)
    anna = office.register("anna")
    for ref, status in said:
        office.clock.at_ms += 1
        office.says(ref, status, anna)
    for fact in known.values():
        office.compliance.declare(LOANS, fact.name, fact.value, by=fact.by)
    found = office.compliance.assess(LOANS, requirements=REQUIREMENTS)
    for each in found.results:
        assert each.why
        assert each.status != "met" or each.evidence
        assert each.status != "unmet" or each.against
        assert each.status != "not_applicable" or each.declared_by
    counted = totals(found.results)
    assert counted.met + counted.unmet + counted.unknown == counted.applicable
