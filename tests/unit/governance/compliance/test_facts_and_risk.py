"""What is declared, the risk class that follows from it, and what then does not apply."""

from __future__ import annotations

import pytest
from tests.unit.governance.compliance.compliance_parts import LOANS, Office

from tarl.errors import Invalid
from tarl.governance.compliance.facts import FACTS, Declared, parse, value_of
from tarl.governance.compliance.risk import classify

NO_RISK = {
    "prohibited_practices": "none",
    "annex_i_safety": "no",
    "annex_iii_areas": "none",
    "interacts_with_persons": "no",
    "generates_content": "no",
    "recognises_emotion": "no",
    "deep_fakes": "no",
}


def declared(**given: str) -> dict[str, Declared]:
    return {
        name: Declared(name=name, value=value_of(name, word), by="anna", at_ms=1)
        for name, word in given.items()
    }


@pytest.mark.parametrize(
    ("changes", "risk_class"),
    [
        ({}, "minimal"),
        ({"generates_content": "yes"}, "limited"),
        ({"annex_iii_areas": "4,5"}, "high"),
        ({"annex_iii_areas": "4", "narrow_task": "yes", "profiles_persons": "no"}, "minimal"),
        ({"annex_iii_areas": "4", "narrow_task": "yes", "profiles_persons": "yes"}, "high"),
        ({"annex_iii_areas": "4", "narrow_task": "no"}, "high"),
        ({"annex_i_safety": "yes", "narrow_task": "yes", "profiles_persons": "no"}, "high"),
        ({"annex_iii_areas": "1", "prohibited_practices": "h"}, "prohibited"),
        ({"ai_system": "no"}, "not_in_scope"),
        ({"excluded_use": "yes", "prohibited_practices": "a"}, "not_in_scope"),
    ],
)
def test_the_facts_settle_the_class(changes: dict[str, str], risk_class: str) -> None:
    found = classify(declared(**{**NO_RISK, **changes}))
    assert found.risk_class == risk_class
    assert found.because
    assert not found.missing


@pytest.mark.parametrize("left_out", [*NO_RISK])
def test_a_missing_fact_is_unknown_and_named(left_out: str) -> None:
    facts = {name: word for name, word in NO_RISK.items() if name != left_out}
    found = classify(declared(**facts))
    assert found.risk_class == "unknown"
    assert left_out in found.missing


def test_nothing_declared_is_unknown() -> None:
    assert classify({}).risk_class == "unknown"


def test_what_is_certain_is_said_while_the_class_is_unknown() -> None:
    found = classify(declared(annex_iii_areas="4"))
    assert (found.risk_class, found.at_least) == ("unknown", "high")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("colour=red", "compliance.fact"),
        ("", "compliance.fact"),
        ("ai_system=maybe", "compliance.fact_value"),
        ("ai_system=", "compliance.fact_value"),
        ("annex_iii_areas=9", "compliance.fact_value"),
        ("annex_iii_areas=", "compliance.fact_value"),
        ("annex_iii_areas=1,none", "compliance.fact_value"),
        ("ai_act_roles=<script>", "compliance.fact_value"),
    ],
)
def test_a_fact_that_is_none_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.next_step


def test_each_fact_can_be_declared_as_it_is_written() -> None:
    for fact in FACTS:
        word = ",".join(fact.choices[:2]) if fact.choices else "yes"
        assert parse(f"{fact.name}={word}")[0] == fact.name


class TestWhatDoesNotApply:
    def test_nothing_is_left_out_while_nobody_has_declared_anything(self) -> None:
        office = Office()
        office.run()
        assert {r.status for r in office.assess().results if r.requirement.is_assessable} <= {
            "met",
            "unknown",
        }

    def test_who_declared_it_is_part_of_the_answer(self) -> None:
        office = Office()
        office.run()
        office.compliance.declare(LOANS, "personal_data", "no", by="anna", reason="none is read")
        found = office.result("gdpr:Art. 7(1)")
        assert (found.status, found.declared_by) == ("not_applicable", ("anna",))
        assert "anna declared personal_data = no" in found.why

    def test_high_risk_duties_are_left_out_of_what_is_minimal(self) -> None:
        office = Office()
        office.run()
        for name, word in NO_RISK.items():
            office.compliance.declare(LOANS, name, word, by="anna")
        assert office.status("eu-ai-act:Art. 12(1)") == "not_applicable"
        assert office.status("eu-ai-act:Annex IV(2)") == "not_applicable"
        assert office.status("eu-ai-act:Art. 4/1") == "unknown"

    def test_duties_of_others_are_left_out(self) -> None:
        office = Office()
        office.run()
        office.compliance.declare(LOANS, "ai_act_roles", "deployer", by="anna")
        assert office.status("eu-ai-act:Art. 17(1)(a)") == "not_applicable"
        assert office.status("eu-ai-act:Art. 26(2)") == "unknown"

    def test_the_newest_answer_counts(self) -> None:
        office = Office()
        office.run()
        office.compliance.declare(LOANS, "personal_data", "no", by="anna")
        office.compliance.declare(LOANS, "personal_data", "yes", by="ben")
        assert office.status("gdpr:Art. 7(1)") == "unknown"
