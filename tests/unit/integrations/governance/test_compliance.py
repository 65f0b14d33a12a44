"""Verdicts that rest on evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.integrations.extended.conftest import HandClock
from tests.unit.integrations.governance.conftest import made

from tarl.errors import TarlError
from tarl.integrations.orchestration_governance import ComplianceFramework, ComplianceManager

THREE = ["eu_ai_act_1", "nist_ai_rmf_gov_1", "slsa_l3_1"]
Open = Callable[[], ComplianceManager]


@pytest.fixture
def open_manager(journal: Path, clock: HandClock) -> Open:
    return lambda: ComplianceManager(journal=journal, clock=clock)


@pytest.fixture
def manager(request: pytest.FixtureRequest) -> ComplianceManager:
    return made(ComplianceManager, request)


def test_what_is_not_mapped_may_not_run(manager: ComplianceManager) -> None:
    found = manager.verify_compliance("wf")
    assert (found["status"], "not mapped" in found["reason"]) == ("unknown", True)
    allowed, reason = manager.enforce_no_run_without_attestations("wf")
    assert (allowed, "not mapped" in reason) == (False, True)
    with pytest.raises(KeyError, match="not mapped"):
        manager.get_mapping("wf")


def test_without_evidence_nothing_is_compliant(manager: ComplianceManager) -> None:
    manager.map_component("wf", "workflow", THREE)
    found = manager.verify_compliance("wf")
    assert found["status"] == "non_compliant"
    assert {r["status"] for r in found["requirements"]} == {"non_compliant"}
    assert [r["framework"] for r in found["requirements"]] == [
        "eu_ai_act",
        "nist_ai_rmf",
        "slsa",
    ]
    allowed, reason = manager.enforce_no_run_without_attestations("wf")
    assert allowed is False
    assert "not compliant" in reason
    assert "No attestations" in reason


def test_evidence_makes_it_compliant_until_it_expires(
    manager: ComplianceManager, open_manager: Open, clock: HandClock
) -> None:
    manager.map_component("wf", "workflow", THREE)
    for each in THREE[:2]:
        manager.add_evidence("wf", each, "looked at the register of risks", lasts_days=10)
    allowed, reason = manager.enforce_no_run_without_attestations("wf")
    assert (allowed, "provenance-unforgeable" in reason, "No attestations" in reason) == (
        False,
        True,
        False,
    )
    digest = "ab" * 32
    id = manager.add_evidence(
        "wf", THREE[2], "verified", attested_by="alice", evidence=[("report", digest)]
    )
    again = open_manager()
    allowed, reason = again.enforce_no_run_without_attestations("wf")
    assert (allowed, "satisfied" in reason) == (True, True)
    evidence = again.get_mapping("wf").evidence["slsa:SLSA-BUILD-L3/provenance-unforgeable"]
    assert evidence == [f"attestation:{id}", f"sha256:{digest}"]
    clock.forward(11 * 86_400)
    assert again.enforce_no_run_without_attestations("wf")[0] is False


def test_who_finds_it_unmet_is_heard(manager: ComplianceManager) -> None:
    manager.map_component("wf", "workflow", ["gdpr:Art. 32(1)"])
    manager.add_evidence("wf", "gdpr:Art. 32(1)", "encrypted")
    assert manager.verify_compliance("wf")["status"] == "compliant"
    manager.add_evidence("wf", "gdpr:Art. 32(1)", "the key is public", status="unmet")
    [found] = manager.verify_compliance("wf")["requirements"]
    assert (found["status"], found["finding"]) == ("non_compliant", "unmet")
    assert "the key is public" in found["why"]


def test_the_report_counts_components_by_framework(
    manager: ComplianceManager, open_manager: Open
) -> None:
    assert manager.generate_compliance_report(ComplianceFramework.GDPR) == {
        "framework": "gdpr",
        "total_components": 0,
        "compliant": 0,
        "non_compliant": 0,
        "compliance_rate": 0.0,
        "components": [],
    }
    manager.map_component("one", "workflow", ["eu_ai_act_1"])
    manager.map_component("two", "model", ["eu_ai_act_1", "slsa_l3_1"])
    manager.add_evidence("two", "eu_ai_act_1", "a process is in place")
    report = open_manager().generate_compliance_report(ComplianceFramework.EU_AI_ACT)
    assert (report["total_components"], report["compliant"], report["compliance_rate"]) == (
        2,
        1,
        0.5,
    )
    assert report["components"] == [
        {"component_id": "one", "type": "workflow", "status": "non_compliant"},
        {"component_id": "two", "type": "model", "status": "compliant"},
    ]
    assert manager.generate_compliance_report("slsa")["non_compliant"] == 1
    assert manager.get_status() == {"mappings": 2, "frameworks": 9}
    assert manager.get_metrics() == {
        "mappings": 2,
        "requirements": 3,
        "compliant": 0,
        "non_compliant": 2,
    }


def test_mapping_again_adds(manager: ComplianceManager) -> None:
    manager.map_component("wf", "workflow", ["eu_ai_act_1"])
    mapping = manager.map_component("wf", "workflow", ["eu_ai_act_1", "slsa_l3_1"])
    assert len(mapping.requirements) == 2
    manager.unmap_component("wf", ["eu_ai_act_1"])
    assert manager.get_mapping("wf").requirements == ["slsa:SLSA-BUILD-L3/provenance-unforgeable"]


def test_requirements_by_their_short_names(manager: ComplianceManager) -> None:
    found = manager.requirements
    assert list(found) == THREE
    assert (found["eu_ai_act_1"].framework, found["eu_ai_act_1"].control_id) == (
        "eu_ai_act",
        "Art. 9(1)",
    )
    assert found["slsa_l3_1"].risk_level == "build level 3"
    assert found["eu_ai_act_1"].verification_method == "attestation"
    assert {each.value for each in ComplianceFramework} == {
        "eu_ai_act",
        "nist_ai_rmf",
        "slsa",
        "soc2",
        "iso_27001",
        "gdpr",
    }
    for each in ComplianceFramework:
        assert manager.generate_compliance_report(each)["framework"] == each.value


def test_what_cannot_be_mapped(manager: ComplianceManager) -> None:
    with pytest.raises(KeyError, match="no requirement"):
        manager.map_component("wf", "workflow", ["eu_ai_act_99999"])
    with pytest.raises(KeyError, match="framework"):
        manager.generate_compliance_report("iso_9001")
    for empty in ([], "eu_ai_act_1"):
        with pytest.raises(TypeError, match="requirement"):
            manager.map_component("wf", "workflow", empty)
    assert manager.get_status()["mappings"] == 0
    manager.map_component("wf", "workflow", ["eu_ai_act_1"])
    for bad in ({"status": "perfect"}, {"evidence": [("report", "nodigest")]}):
        with pytest.raises(TarlError):
            manager.add_evidence("wf", "eu_ai_act_1", "looked", **bad)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="not mapped"):
        manager.add_evidence("other", "eu_ai_act_1", "looked")


def test_an_agent_does_not_vouch_for_itself(manager: ComplianceManager) -> None:
    manager.map_component("bot", "agent", ["eu_ai_act_1"])
    with pytest.raises(PermissionError, match="does not count"):
        manager.add_evidence("bot", "eu_ai_act_1", "trust me", attested_by="bot")
