"""The catalogs: all of it there, named as officially cited, found by every name."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from tarl.errors import Missing
from tarl.governance.compliance.catalog import (
    FRAMEWORKS,
    SHORT_NAMES,
    catalog,
    catalogs,
    framework,
    requirement,
)
from tarl.governance.compliance.controls import controls, controls_by_requirement
from tarl.governance.compliance.spans import is_within

ENTRIES = {
    "eu-ai-act": (991, 355),
    "gdpr": (886, 287),
    "iso27001": (93, 93),
    "iso42001": (38, 38),
    "nist-800-53": (424, 424),
    "nist-ai-600-1": (12, 12),
    "nist-ai-rmf": (72, 72),
    "slsa": (8, 8),
    "soc2": (61, 61),
}


def test_every_entry_is_there() -> None:
    found = {c.framework: (len(c.requirements), c.assessable) for c in catalogs()}
    assert found == ENTRIES
    assert sum(entries for entries, _ in found.values()) == 2_585


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_each_name_means_one_entry(name: str) -> None:
    entries = catalog(name).requirements
    ids = [each.id for each in entries]
    assert len(set(ids)) == len(ids)
    for each in entries:
        for alias in (each.id, *each.aliases):
            assert requirement(f"{name}:{alias}") is each


@pytest.mark.parametrize("name", ["iso27001", "iso42001", "soc2"])
def test_text_that_may_not_be_given_away_is_not_there(name: str) -> None:
    assert not any(each.text for each in catalog(name).requirements)
    if name == "soc2":
        assert not any(each.title for each in catalog(name).requirements)


@pytest.mark.parametrize(
    ("written", "id", "begins"),
    [
        ("eu-ai-act:Art.12#12.1", "Art. 12(1)", "High-risk AI systems shall technically allow"),
        ("eu-ai-act:art. 12 (1)", "Art. 12(1)", "High-risk AI systems shall technically allow"),
        ("EU_AI_ACT:Art. 13(3)(b)(ii)", "Art. 13(3)(b)(ii)", "the level of accuracy"),
        ("eu-ai-act:Art.3#3.2", "Art. 3(1)", "‘AI system’ means"),
        ("eu-ai-act:Art.14#14.3.b", "Art. 14(3)(a)", "measures identified and built"),
        ("eu-ai-act:Art.19#2", "Art. 19(1)", "Providers of high-risk AI systems shall keep"),
        ("eu-ai-act:Annex IV#3", "Annex IV(2)", "2. A detailed description"),
        ("gdpr:Art.72#73.2", "Art. 72(2)", "The Board shall adopt its own rules"),
        ("gdpr:Art.3#3.1", "Art. 3(1)", "This Regulation applies"),
        ("nist-800-53:AC-2.1", "AC-2(1)", "Support the management"),
        ("nist-ai-rmf:GOVERN-1.1", "GOVERN 1.1", "Legal and regulatory"),
    ],
)
def test_ids_are_those_of_the_official_citation(written: str, id: str, begins: str) -> None:
    found = requirement(written)
    assert found.id == id
    assert found.text.startswith(begins)


def test_what_has_no_number_of_its_own_says_so() -> None:
    found = requirement("eu-ai-act:Art.9#14")
    assert (found.id, found.citation, found.positional) == ("Art. 9(5)/1", "Art. 9(5)", True)
    nested = requirement("eu-ai-act:Art.43#c")
    assert (nested.id, nested.citation) == ("Art. 43(1)/1(c)", "Art. 43(1)")
    assert not requirement("eu-ai-act:Art. 9(5)").positional


def test_the_seeds_names_mean_requirements() -> None:
    found = {name: requirement(name).ref for name in SHORT_NAMES}
    assert found["eu_ai_act_1"] == "eu-ai-act:Art. 9(1)"
    assert found["nist_ai_rmf_gov_1"] == "nist-ai-rmf:GOVERN 1.1"
    assert requirement(found["slsa_l3_1"]).level == 3


def test_a_risk_class_and_a_heading_cannot_be_met_a_document_section_can() -> None:
    assert not requirement("eu-ai-act:Annex III(4)").is_assessable
    assert not requirement("eu-ai-act:Art. 9").is_assessable
    assert requirement("eu-ai-act:Annex IV(2)").is_assessable


def test_dates_of_application_are_data() -> None:
    dates = {
        "eu-ai-act:Art. 5(1)(a)": date(2025, 2, 2),
        "eu-ai-act:Art. 53(1)(a)": date(2025, 8, 2),
        "eu-ai-act:Art. 6(1)(a)": date(2027, 8, 2),
        "eu-ai-act:Art. 6(2)": date(2026, 8, 2),
        "gdpr:Art. 5(2)": date(2018, 5, 25),
        "slsa:SLSA-BUILD-L2/hosted": None,
    }
    assert {ref: requirement(ref).applies_from for ref in dates} == dates


@pytest.mark.parametrize(
    ("id", "spans", "within"),
    [
        ("Art. 8(1)", "8-15", True),
        ("Art. 16(a)", "8-15", False),
        ("Art. 6(1)(a)", "6(1)", True),
        ("Art. 6(10)", "6(1)", False),
        ("Art. 9(5)/1", "9(5)", True),
        ("Annex IV(2)", "1-99,Annex IV", True),
        ("Annex III(2)", "Annex II", False),
    ],
)
def test_spans(id: str, spans: str, within: bool) -> None:
    assert is_within(id, spans) is within


@pytest.mark.parametrize("word", ["", "hipaa", "eu ai act", "slsa:", "../slsa"])
def test_an_unknown_framework_is_refused(word: str) -> None:
    with pytest.raises(Missing) as caught:
        framework(word)
    assert caught.value.code == "compliance.framework"


@pytest.mark.parametrize(
    "ref", ["slsa:L3.1", "eu-ai-act:Art. 400", "eu-ai-act:", "nothing", "soc2:CC1.1/1"]
)
def test_an_unknown_requirement_is_refused(ref: str) -> None:
    with pytest.raises(Missing) as caught:
        requirement(ref)
    assert caught.value.code == "compliance.requirement"


def test_controls_name_requirements_that_can_be_met() -> None:
    bearing = controls_by_requirement()
    assert len(controls()) >= 20
    assert len(bearing) > 150
    assert all(each.needs and each.limits and each.asserts for each in controls())


def test_nobody_claims_the_whole_of_what_is_not_known() -> None:
    for ref, found in controls_by_requirement().items():
        if ref.split(":")[0] in ("iso27001", "iso42001", "soc2"):
            assert {how for _, how in found} == {"part"}, ref


def test_no_control_claims_a_hosted_or_isolated_build() -> None:
    for ref in ("slsa:SLSA-BUILD-L2/hosted", "slsa:SLSA-BUILD-L3/isolated"):
        assert ref not in controls_by_requirement()


def test_the_origin_of_the_data_is_told() -> None:
    text = (files("tarl.governance.compliance") / "data" / "ORIGIN.md").read_text()
    assert all(name in text for name in FRAMEWORKS)
    assert "Decision 2011/833/EU" in text
    assert "Community Specification License" in text
