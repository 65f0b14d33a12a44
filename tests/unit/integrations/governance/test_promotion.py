"""Gates that decide who may go where."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock
from tests.unit.integrations.governance.conftest import made

from tarl.integrations.orchestration_governance import CICDEnforcementManager

Open = Callable[[], CICDEnforcementManager]


@pytest.fixture
def open_manager(journal: Path, clock: HandClock) -> Open:
    return lambda: CICDEnforcementManager(journal=journal, clock=clock)


@pytest.fixture
def manager(request: pytest.FixtureRequest) -> CICDEnforcementManager:
    manager = made(CICDEnforcementManager, request)
    manager.register_component("comp", "workflow", "dev", {"version": "1.0.0"})
    return manager


def promoted(manager: CICDEnforcementManager, source: str, target: str, id: str = "comp") -> str:
    return str(
        manager.get_promotion_status(manager.request_promotion(id, source, target))["status"]
    )


def test_what_passes_is_approved_and_the_registry_says_so(
    manager: CICDEnforcementManager, open_manager: Open
) -> None:
    asked: list[tuple[str, str]] = []

    def check(component: str, environment: str) -> bool:
        asked.append((component, environment))
        return True

    manager.register_gate("provenance_check", "Provenance", check, True, "prod")
    request = manager.request_promotion("comp", "dev", "prod")
    assert asked == [("comp", "prod")]
    again = open_manager()
    status = again.get_promotion_status(request)
    assert status.pop("reasons") == {"provenance_check": "provenance_check says yes"}
    assert status == {
        "request_id": request,
        "component_id": "comp",
        "from": "dev",
        "to": "prod",
        "status": "approved",
        "gate_results": {"provenance_check": True},
    }
    assert again.get_component("comp")["environment"] == "prod"
    assert [c["component_id"] for c in again.get_components("prod")] == ["comp"]
    assert again.get_components("stage") == []
    assert again.get_status() == {"gates": 1, "components": 1, "promotions": 1}
    assert again.get_metrics()["promotions_approved"] == 1


@pytest.mark.parametrize(
    "check",
    [lambda c, e: False, lambda c, e: None, lambda c, e: 1, lambda c, e: 1 / 0, lambda c: True],
    ids=["false", "none", "one", "raises", "arguments"],
)
def test_a_required_gate_that_does_not_say_yes_rejects(
    manager: CICDEnforcementManager, check: Any
) -> None:
    manager.register_gate("gate", "Gate", check)
    request = manager.request_promotion("comp", "dev", "stage")
    status = manager.get_promotion_status(request)
    assert (status["status"], status["gate_results"]) == ("rejected", {"gate": False})
    assert status["reasons"]["gate"]
    assert manager.get_component("comp")["environments"] == ["dev"]


def test_an_optional_gate_is_reported(manager: CICDEnforcementManager) -> None:
    manager.register_gate("gate", "Gate", lambda c, e: False, required=False)
    request = manager.request_promotion("comp", "dev", "stage")
    status = manager.get_promotion_status(request)
    assert (status["status"], status["gate_results"]) == ("approved", {"gate": False})


def test_a_gate_stands_before_its_environment(manager: CICDEnforcementManager) -> None:
    manager.register_gate("gate", "Gate", lambda c, e: False, environment="prod")
    assert promoted(manager, "dev", "stage") == "approved"
    assert promoted(manager, "stage", "prod") == "rejected"
    assert manager.get_component("comp")["environment"] == "stage"
    # What is put right is asked anew; the decision by the earlier gates stands.
    manager.register_gate("gate", "Gate", lambda c, e: True, environment="prod")
    manager.register_gate("another", "Another", lambda c, e: True)
    assert manager.get_component("comp")["environment"] == "stage"
    assert promoted(manager, "stage", "prod") == "approved"


def test_nobody_begins_where_they_are_not(manager: CICDEnforcementManager) -> None:
    request = manager.request_promotion("comp", "stage", "prod")
    status = manager.get_promotion_status(request)
    assert status["status"] == "rejected"
    assert "no decision" in " ".join(status["reasons"].values())


def test_a_component_that_nobody_registered_is_rejected(
    manager: CICDEnforcementManager, open_manager: Open
) -> None:
    request = manager.request_promotion("ghost", "dev", "prod")
    status = open_manager().get_promotion_status(request)
    assert (status["status"], status["component_id"]) == ("rejected", "ghost")
    assert "not found" in status["reasons"]["request"]
    with pytest.raises(KeyError, match="not registered"):
        manager.get_component("ghost")
    assert open_manager().get_status()["promotions"] == 1


def test_a_step_that_is_not_declared_is_rejected(manager: CICDEnforcementManager) -> None:
    assert promoted(manager, "prod", "dev") == "rejected"
    assert promoted(manager, "dev", "dev") == "rejected"


def test_what_nobody_asked_is_not_found(manager: CICDEnforcementManager) -> None:
    for id in ("nothing", "", f"{'ab' * 32}.p0"):
        assert manager.get_promotion_status(id) == {"request_id": id, "status": "not_found"}


def test_new_content_begins_in_dev(manager: CICDEnforcementManager) -> None:
    first = manager.request_promotion("comp", "dev", "prod")
    manager.register_component("comp", "workflow", "dev", {"version": "2.0.0"})
    assert manager.get_component("comp")["environment"] == "dev"
    assert manager.get_promotion_status(first)["status"] == "approved"
    manager.register_component("comp", "workflow", "dev", {"version": "1.0.0"})
    assert manager.get_component("comp")["environment"] == "prod"


def test_content_that_is_known_is_what_is_promoted(manager: CICDEnforcementManager) -> None:
    for version in ("1.0.0", "1.0.1"):
        metadata = {"version": version, "content_hash": "ab" * 32}
        manager.register_component("built", "binary", "dev", metadata)
        assert manager.get_component("built")["sha256"] == "ab" * 32
        promoted(manager, "dev", "stage", "built")
        assert manager.get_component("built")["environment"] == "stage"
    manager.register_component("named", "binary", "dev", {"content_hash": "v1"})
    assert manager.get_component("named")["sha256"] != "v1"


def test_to_be_registered_elsewhere_the_gates_are_asked(manager: CICDEnforcementManager) -> None:
    manager.register_component("early", "model", "stage", {})
    assert manager.get_component("early")["environment"] == "stage"
    manager.register_gate("gate", "Gate", lambda c, e: False, environment="prod")
    with pytest.raises(PermissionError, match="gate says no"):
        manager.register_component("bold", "model", "prod", {})
    assert manager.get_component("bold")["environment"] == "dev"


def test_a_gate_may_use_what_shares_the_journal(manager: CICDEnforcementManager) -> None:
    manager.register_gate("self", "Self", lambda c, e: manager.get_component(c)["sha256"] != "")
    assert promoted(manager, "dev", "stage") == "approved"


def test_after_a_restart_a_missing_gate_rejects(
    manager: CICDEnforcementManager, open_manager: Open, journal: Path
) -> None:
    manager.register_gate("face_gate", "Gate", lambda c, e: True)
    again = open_manager()
    assert again.gates["face_gate"].check_function is None
    request = again.request_promotion("comp", "dev", "stage")
    assert "face_gate" in again.get_promotion_status(request)["reasons"]["face_gate"]
    assert again.get_promotion_status(request)["status"] == "rejected"
    code = (
        "from tarl.integrations import CICDEnforcementManager as M;"
        f"m = M(journal={str(journal)!r});"
        f"print(m.get_promotion_status({request!r})['status']);"
        "m.register_gate('face_gate', 'Gate', lambda c, e: True);"
        "print(m.get_promotion_status(m.request_promotion('comp', 'dev', 'stage'))['status'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["rejected", "approved"]
    assert again.get_component("comp")["environment"] == "stage"


def test_what_cannot_be_registered(manager: CICDEnforcementManager) -> None:
    with pytest.raises(ValueError, match="environment"):
        manager.register_gate("g", "G", lambda c, e: True, environment="moon")
    with pytest.raises(TypeError, match="function"):
        manager.register_gate("g", "G", "check")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="environment"):
        manager.register_component("c", "workflow", "moon")
    with pytest.raises(ValueError, match="environment"):
        manager.request_promotion("comp", "dev", "moon")
    with pytest.raises(ValueError, match="metadata"):
        manager.register_component("c", "workflow", "dev", {"o": object()})
    assert manager.get_status() == {"gates": 0, "components": 1, "promotions": 0}
