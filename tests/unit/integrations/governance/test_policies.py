"""Versions of policies by semantic order, and violations that reach somebody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock
from tests.unit.integrations.governance.conftest import made

from tarl.errors import TarlError
from tarl.governance.violations.events import Level
from tarl.governance.violations.ledger import Violations
from tarl.integrations.orchestration_governance import GovernanceEngine, PolicyViolation

Open = Callable[[], GovernanceEngine]


@pytest.fixture
def open_engine(journal: Path, clock: HandClock) -> Open:
    return lambda: GovernanceEngine(journal=journal, clock=clock)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> GovernanceEngine:
    return made(GovernanceEngine, request)


# --- policies


def test_the_highest_version_decides_whatever_came_last(
    engine: GovernanceEngine, open_engine: Open
) -> None:
    for version in ("1.2.0", "1.10.0", "1.9.0"):
        engine.register_policy_version("p", version, "prod", {"max_retries": 3})
    again = open_engine()
    active = again.get_active_policy("p", "prod")
    assert active is not None
    assert (active.version, active.policy_data, active.active) == (
        "1.10.0",
        {"max_retries": 3},
        True,
    )
    assert active.created_at == "2027-01-15T08:00:00.000Z"
    assert [(v.version, v.active) for v in again.get_policy_versions("p")] == [
        ("1.2.0", False),
        ("1.10.0", True),
        ("1.9.0", False),
    ]
    assert again.get_policy_versions("other") == []


def test_environments_are_kept_apart(engine: GovernanceEngine) -> None:
    engine.register_policy_version("p", "2.0.0", "stage", {"read_only": True})
    assert engine.get_active_policy("p", "prod") is None
    assert engine.get_active_policy("other", "prod") is None
    engine.register_policy_version("p", "1.0.0", "all", {"max_retries": 1})
    found = {env: engine.get_active_policy("p", env) for env in ("dev", "stage", "prod")}
    assert {env: p and (p.version, p.environment) for env, p in found.items()} == {
        "dev": ("1.0.0", "all"),
        "stage": ("2.0.0", "stage"),
        "prod": ("1.0.0", "all"),
    }


def test_deactivation_and_activation(engine: GovernanceEngine, open_engine: Open) -> None:
    for version, most in (("1.0.0", 3), ("1.1.0", 2)):
        engine.register_policy_version("p", version, "prod", {"max_retries": most})
    engine.deactivate_policy("p", "prod")
    assert open_engine().get_active_policy("p", "prod") is None
    assert not any(v.active for v in engine.get_policy_versions())
    # Registering what is known changes nothing.
    engine.register_policy_version("p", "1.1.0", "prod", {"max_retries": 2})
    assert engine.get_active_policy("p", "prod") is None
    assert engine.activate_policy("p", "1.0.0").active is True
    active = open_engine().get_active_policy("p", "prod")
    assert active is not None
    assert active.version == "1.0.0"


def test_a_version_says_one_thing(engine: GovernanceEngine) -> None:
    first = engine.register_policy_version("p", "1.0.0", "prod", {"max_retries": 3})
    assert engine.register_policy_version("p", "1.0.0", "prod", {"max_retries": 3}) == first
    with pytest.raises(TarlError) as refused:
        engine.register_policy_version("p", "1.0.0", "prod", {"max_retries": 2})
    assert refused.value.code == "policy.semver_order"
    assert len(engine.get_policy_versions()) == 1


def test_to_allow_more_takes_a_major_version(engine: GovernanceEngine) -> None:
    engine.register_policy_version("p", "1.0.0", "prod", {"max_retries": 3})
    for looser in ({"max_retries": 4}, {"note": "nothing is enforced"}):
        with pytest.raises(ValueError, match="looser") as refused:
            engine.register_policy_version("p", "1.1.0", "prod", looser)
        assert getattr(refused.value, "code", "") == "policy.loosening"
    assert engine.register_policy_version("p", "2.0.0", "prod", {"max_retries": 4}).active


def test_what_nothing_enforces_is_named(
    engine: GovernanceEngine, caplog: pytest.LogCaptureFixture
) -> None:
    data = {"max_retries": 3, "contact": "ops@example.org"}
    version = engine.register_policy_version("p", "1.0.0", "prod", data)
    assert (version.policy_data, version.not_enforced) == (data, ["contact"])
    assert "nothing enforces contact" in caplog.text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("p", "1.0", "prod", {}), "policy.semver"),
        (("p", "1.0.0", "production", {}), "environment.unknown"),
        (("p", "1.0.0", "prod", {"requre_mfa": True}), "policy.data_key"),
        (("p", "1.0.0", "prod", {"max_retries": "three"}), "policy.data"),
        (("p", "1.0.0", "prod", ["max_retries"]), "policy.data"),
        (("", "1.0.0", "prod", {}), "policy.id"),
    ],
)
def test_what_is_no_version(engine: GovernanceEngine, given: Any, code: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        engine.register_policy_version(*given)
    assert isinstance(refused.value, TarlError)
    assert refused.value.code in (code, "id.empty")
    assert engine.get_status() == {"policies": 0, "violations": 0}


# --- violations


def test_violations_are_found_by_workflow_and_severity(
    engine: GovernanceEngine, open_engine: Open
) -> None:
    first = engine.record_violation("p", "wf_1", "low", "one", {"n": 1})
    second = engine.record_violation("p", "wf_2", "high", "two")
    again = open_engine()
    assert [v.violation_id for v in again.get_violations()] == [first, second]
    assert [v.violation_id for v in again.get_violations(workflow_id="wf_1")] == [first]
    assert [v.violation_id for v in again.get_violations(severity="high")] == [second]
    assert again.get_violations("wf_1", "high") == []
    assert again.get_violation(first) == PolicyViolation(
        first, "p", "wf_1", "low", "one", {"n": 1}, escalated=False, resolved=False, status="open"
    )
    with pytest.raises(ValueError, match="severity"):
        engine.record_violation("p", "wf_1", "terrible", "three")
    with pytest.raises(ValueError, match="severity"):
        engine.get_violations(severity="terrible")
    assert engine.get_metrics()["violations"] == 2


def test_a_critical_violation_escalates_by_itself(
    engine: GovernanceEngine, open_engine: Open
) -> None:
    told: list[PolicyViolation] = []
    engine.register_escalation_handler("p", told.append)
    engine.record_violation("p", "wf", "high", "not yet")
    assert told == []
    id = engine.record_violation("p", "wf", "critical", "MFA not enabled", {"user": "test"})
    assert [(v.violation_id, v.escalated, v.context) for v in told] == [
        (id, True, {"user": "test"})
    ]
    assert open_engine().get_violation(id).status == "escalated"
    engine.record_violation("other", "wf", "critical", "of another policy")
    assert len(told) == 1


def test_escalated_by_hand_and_resolved(engine: GovernanceEngine) -> None:
    told: list[str] = []
    engine.register_escalation_handler("p", lambda v: told.append(v.violation_id))
    id = engine.record_violation("p", "wf", "low", "small")
    assert engine.escalate_violation(id, "it grows").escalated is True
    assert told == [id]
    assert engine.acknowledge_violation(id, "alice").status == "acknowledged"
    assert engine.resolve_violation(id, "alice", "switched on").resolved is True
    with pytest.raises(ValueError, match="resolved"):
        engine.escalate_violation(id)
    with pytest.raises(KeyError, match="no violation"):
        engine.escalate_violation("v99")


def test_whoever_fails_is_told_again_by_the_next_process(
    engine: GovernanceEngine, open_engine: Open, clock: HandClock
) -> None:
    def broken(violation: PolicyViolation) -> None:
        raise ConnectionError("the pager is down")

    engine.register_escalation_handler("p", broken)
    id = engine.record_violation("p", "wf", "critical", "it burns")
    clock.forward(60)
    told: list[str] = []
    open_engine().register_escalation_handler("p", lambda v: told.append(v.violation_id))
    assert told == [id]
    with pytest.raises(TypeError, match="no function"):
        engine.register_escalation_handler("p", "page")  # type: ignore[arg-type]


def test_handlers_are_called_where_a_loop_runs_too(engine: GovernanceEngine) -> None:
    told: list[str] = []
    engine.register_escalation_handler("p", lambda v: told.append(engine.get_violation(
        v.violation_id).severity))  # fmt: skip

    async def record() -> None:
        engine.record_violation("p", "wf", "critical", "inside")

    asyncio.run(record())
    assert told == ["critical"]


def test_a_ladder_that_is_there_keeps_its_levels(engine: GovernanceEngine) -> None:
    with engine.place.store() as store:
        ladders = Violations(store, clock=engine.place.clock).ladders
        ladders.set("p", [Level(handler="page-ops", within_ms=1_000)], by="ops")
        for within in (60, 60, 30):
            engine.register_escalation_handler("p", print, within=within)
        assert [(each.handler, each.within_ms) for each in ladders.of("p")] == [
            ("policy:p", 30_000),
            ("page-ops", 1_000),
        ]
    with pytest.raises(ValueError, match="time to answer"):
        engine.register_escalation_handler("p", print, within=0)
