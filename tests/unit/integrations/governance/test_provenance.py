"""Data sets, models, evaluations and decisions, and what stands on what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock
from tests.unit.integrations.governance.conftest import made

from tarl.integrations.orchestration_governance import AIProvenanceManager
from tarl.integrations.orchestration_governance.rooms import attestations_of

Open = Callable[[], AIProvenanceManager]


@pytest.fixture
def open_manager(journal: Path, clock: HandClock) -> Open:
    return lambda: AIProvenanceManager(journal=journal, clock=clock)


@pytest.fixture
def manager(request: pytest.FixtureRequest) -> AIProvenanceManager:
    return made(AIProvenanceManager, request)


def dataset(manager: AIProvenanceManager, id: str = "ds", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "name": "Training Data",
        "version": "1.0.0",
        "source": "internal",
        "size_bytes": 1_000,
        "record_count": 10,
        "schema_hash": "abc123",
    }
    return manager.register_dataset(id, **{**given, **changes})


def model(manager: AIProvenanceManager, id: str = "model", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "name": "Classifier",
        "version": "1.0.0",
        "architecture": "transformer",
        "framework": "pytorch",
        "training_dataset_id": "ds",
        "hyperparameters": {"lr": 0.001, "epochs": 10},
        "model_hash": "def456",
        "performance_metrics": {"accuracy": 0.95},
    }
    return manager.register_model(id, **{**given, **changes})


def test_a_model_with_all_that_belongs_to_it(
    manager: AIProvenanceManager, open_manager: Open
) -> None:
    data = dataset(manager, license="MIT", metadata={"lang": "en"})
    assert (data.license, data.metadata) == ("MIT", {"lang": "en"})
    assert data.collection_date == "2027-01-15T08:00:00.000Z"
    trained = model(manager)
    assert (trained.training_dataset_id, trained.hyperparameters["lr"]) == ("ds", 0.001)
    manager.register_evaluation(
        "eval", "model", "ds", {"accuracy": 0.95}, {"parity": 0.9}, {"gender": "low"}
    )
    decision = manager.record_human_decision("model", "alice", "approval", "Passed all tests")
    again = open_manager()
    assert again.get_dataset("ds") == data
    assert again.get_model("model") == trained
    assert again.get_evaluation("eval").fairness_metrics == {"parity": 0.9}
    assert again.get_decision(decision).rationale == "Passed all tests"
    lineage = again.get_lineage("model")
    assert lineage["artifact_id"] == "model"
    assert set(lineage["dependencies"]) == {"ds", decision}
    assert lineage["used_by"] == ["eval"]
    assert set(again.get_lineage("eval")["dependencies"]) == {"model", "ds", decision}
    assert again.get_status() == {"datasets": 1, "models": 1, "evaluations": 1}
    assert again.get_metrics() == {
        "datasets": 1,
        "models": 1,
        "evaluations": 1,
        "decisions": 1,
        "relations": 4,
    }


def test_the_bill_of_a_model(manager: AIProvenanceManager) -> None:
    dataset(manager, license="MIT")
    model(manager)
    manager.register_evaluation("eval", "model", "ds", {"accuracy": 0.95}, {}, {})
    sbom = manager.generate_ai_sbom("model")
    assert set(sbom) == {
        "model",
        "training_data",
        "evaluations",
        "lineage",
        "sbom_version",
        "generator",
        "bom",
    }
    assert sbom["model"]["performance_metrics"] == {"accuracy": 0.95}
    assert [each["id"] for each in sbom["training_data"]] == ["ds"]
    assert [each["id"] for each in sbom["evaluations"]] == ["eval"]
    assert (sbom["lineage"]["dependencies"], sbom["generator"]) == (["ds"], "tarl")
    assert sbom["bom"]["bomFormat"] == "CycloneDX"
    assert {each["name"] for each in sbom["bom"]["components"]} == {"ds", "eval"}
    assert manager.generate_ai_sbom("model") == sbom
    assert "not found" in manager.generate_ai_sbom("nobody")["error"]
    assert "not found" in manager.generate_ai_sbom("ds")["error"]


def test_nothing_stands_on_what_is_not_there(manager: AIProvenanceManager) -> None:
    with pytest.raises(KeyError, match="dataset ds not found"):
        model(manager)
    dataset(manager)
    with pytest.raises(KeyError, match="model model not found"):
        manager.register_evaluation("eval", "model", "ds", {}, {}, {})
    model(manager)
    with pytest.raises(KeyError, match="dataset other not found"):
        manager.register_evaluation("eval", "model", "other", {}, {}, {})
    assert manager.get_status()["evaluations"] == 0
    assert manager.get_lineage("nobody")["dependencies"] == []
    assert "not found" in manager.get_lineage("nobody")["error"]


def test_a_version_is_one_content(manager: AIProvenanceManager, clock: HandClock) -> None:
    first = dataset(manager)
    clock.forward(60)
    assert dataset(manager) == first
    with pytest.raises(ValueError, match="other facts"):
        dataset(manager, record_count=11)
    assert dataset(manager, version="2.0.0", record_count=11).record_count == 11
    assert dataset(manager) .version == "2.0.0"  # the newest is what the id means  # fmt: skip
    assert manager.get_metrics()["datasets"] == 2


def test_content_that_is_known_names_the_artifact(manager: AIProvenanceManager) -> None:
    dataset(manager, content_hash="aa" * 32)
    model(manager, model_hash="bb" * 32)
    sbom = manager.generate_ai_sbom("model")
    assert sbom["model"]["sha256"] == "bb" * 32
    assert sbom["training_data"][0]["sha256"] == "aa" * 32


def test_a_decision_is_signed_by_whoever_made_it(manager: AIProvenanceManager) -> None:
    id = manager.record_human_decision("wf_001", "alice", "approval", "Looked at it")
    with manager.place.store() as store:
        page = attestations_of(manager.place, store).ls(signer="alice")
    [said] = page.items
    assert said.predicate["id"] == id
    assert said.predicate["rationale"] == "Looked at it"
    assert manager.get_lineage(id)["dependencies"] == []
    with pytest.raises(ValueError, match="rationale"):
        manager.record_human_decision("wf_001", "alice", "approval", " ")
    with pytest.raises(ValueError, match="empty"):
        manager.record_human_decision("wf_001", "", "approval", "why")


@pytest.mark.parametrize(
    "change",
    [
        {"size_bytes": -1},
        {"record_count": "10"},
        {"metadata": ["x"]},
        {"metadata": {"o": object()}},
        {"content_hash": "short"},
        {"id": ""},
    ],
)
def test_what_is_no_data_set(manager: AIProvenanceManager, change: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        dataset(manager, **change)
    assert manager.get_status()["datasets"] == 0
