"""Capability, Policy, CapabilityEngine: default deny, levels, recorded use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tarl.integrations.orchestration import (
    Capability,
    CapabilityEngine,
    Policy,
    TarlStackBox,
    Workflow,
)

HTTPS = Capability("Net.Connect", "network", {"protocol": "https"})
REQUIRE = Policy("RequireHTTPS", "Net.Connect", {"protocol": "https"})


@pytest.fixture
def engine() -> CapabilityEngine:
    engine = CapabilityEngine()
    engine.register_capability(HTTPS)
    return engine


def test_a_capability_hashes_by_its_content() -> None:
    same = Capability("Net.Connect", "network", {"protocol": "https"})
    assert hash(same) == hash(HTTPS)
    assert same == HTTPS
    assert hash(Capability("Net.Connect", "network", {"protocol": "http"})) != hash(HTTPS)
    assert hash(Capability("Net.Connect", "network", {"protocol": "https"}, "eu")) != hash(HTTPS)


@pytest.mark.parametrize(
    ("constraints", "context", "allowed", "words"),
    [
        ({"protocol": "https"}, {}, True, "satisfied"),
        ({"protocol": "https"}, {"protocol": "https"}, True, "satisfied"),
        ({"protocol": "https"}, {"protocol": "http"}, False, "does not match"),
        ({"protocol": "http"}, {"protocol": "http"}, False, "does not match"),
        ({"port": 443}, {}, False, "has no 'port'"),
        ({"port": 443}, {"port": 443}, True, "satisfied"),
        ({"port": 443}, {"port": "443"}, False, "does not match"),
        ({"strict": 1}, {"strict": True}, False, "does not match"),
        ({}, {}, True, "satisfied"),
    ],
)
def test_a_policy_compares_values(
    constraints: dict[str, Any], context: dict[str, Any], allowed: bool, words: str
) -> None:
    holds, reason = Policy("P", "Net.Connect", constraints).evaluate(HTTPS, context)
    assert holds is allowed
    assert words in reason


def test_a_policy_about_another_capability_does_not_match() -> None:
    other = Policy("P", "File.Read", {})
    assert other.evaluate(HTTPS, {})[0] is False
    assert HTTPS.matches_policy(other) is False
    assert HTTPS.matches_policy(REQUIRE) is True
    assert HTTPS.matches_policy(Policy("P", "Net.Connect", {"port": 443})) is False


class TestUse:
    def test_what_is_not_registered_is_denied(self, engine: CapabilityEngine) -> None:
        allowed, reason = engine.check_capability("File.Read", {})
        assert allowed is False
        assert "not found" in reason

    def test_the_capabilitys_own_constraints_hold_without_a_policy(
        self, engine: CapabilityEngine
    ) -> None:
        assert engine.check_capability("Net.Connect", {"protocol": "https", "more": 1})[0] is True
        denied, reason = engine.check_capability("Net.Connect", {"protocol": "http"})
        assert (denied, "does not match" in reason) == (False, True)
        missing, reason = engine.check_capability("Net.Connect", {})
        assert (missing, "has no 'protocol'" in reason) == (False, True)

    @pytest.mark.parametrize(
        ("level", "allowed"), [("required", False), ("warning", True), ("audit", True)]
    )
    def test_only_required_policies_refuse(
        self, engine: CapabilityEngine, level: str, allowed: bool
    ) -> None:
        engine.register_policy(Policy("Port", "Net.Connect", {"port": 443}, level))
        found, reason = engine.check_capability("Net.Connect", {"protocol": "https"})
        assert found is allowed
        assert "has no 'port'" in reason
        assert ("satisfied" in reason) is allowed

    def test_one_refusal_among_several_policies_refuses(self, engine: CapabilityEngine) -> None:
        engine.register_policy(Policy("Soft", "Net.Connect", {"port": 80}, "audit"))
        engine.register_policy(REQUIRE)
        engine.register_policy(Policy("Hard", "Net.Connect", {"port": 443}))
        context = {"protocol": "https", "port": 80}
        assert engine.check_capability("Net.Connect", context) == (
            False,
            "Hard does not match: port must be 443, not 80",
        )

    def test_an_unknown_level_is_refused(self, engine: CapabilityEngine) -> None:
        with pytest.raises(ValueError, match="enforcement level 'maybe'"):
            engine.register_policy(Policy("P", "Net.Connect", {}, "maybe"))
        assert engine.policies == []

    def test_every_decision_is_in_the_usage_log(self, engine: CapabilityEngine) -> None:
        engine.check_capability("Net.Connect", {"protocol": "https"})
        engine.check_capability("File.Read", {"path": "/"})
        assert engine.get_usage_log() == [
            {
                "allowed": True,
                "capability": "Net.Connect",
                "context": {"protocol": "https"},
                "reason": "All required policies satisfied",
            },
            {
                "allowed": False,
                "capability": "File.Read",
                "context": {"path": "/"},
                "reason": "Capability File.Read not found: it is not registered",
            },
        ]

    def test_a_context_that_is_not_json_is_refused(self, engine: CapabilityEngine) -> None:
        with pytest.raises(TypeError):
            engine.check_capability("Net.Connect", {"protocol": object()})
        assert engine.get_usage_log() == []

    def test_changing_what_was_registered_changes_nothing(self, engine: CapabilityEngine) -> None:
        policy = Policy("P", "Net.Connect", {"port": 443})
        engine.register_policy(policy)
        policy.constraints.clear()
        assert engine.check_capability("Net.Connect", {"protocol": "https"})[0] is False


class TestManifest:
    def test_the_metadata_are_the_context(self, engine: CapabilityEngine) -> None:
        engine.register_policy(Policy("Zone", "Net.Connect", {"zone": "eu"}))

        def verify(**metadata: str) -> tuple[bool, list[str]]:
            workflow = Workflow("w", lambda v, c: 1, {"Net.Connect"}, dict(metadata))
            return engine.verify_workflow(workflow)

        assert verify(zone="eu")[0] is True
        assert verify(zone="us")[0] is False
        assert verify()[0] is False
        assert verify(zone="eu", protocol="http")[0] is False

    def test_each_refused_capability_has_its_reason(self, engine: CapabilityEngine) -> None:
        workflow = Workflow("w", lambda v, c: 1, {"X", "Net.Connect", "A"})
        allowed, reasons = engine.verify_workflow(workflow)
        assert allowed is False
        assert [r.split()[1] for r in reasons] == ["A", "X"]
        assert all("not found" in r for r in reasons)

    def test_a_workflow_that_needs_nothing(self, engine: CapabilityEngine) -> None:
        assert engine.verify_workflow(Workflow("w", lambda v, c: 1))[0] is True


class TestGrants:
    def check(self, stack: TarlStackBox, caps: set[str]) -> tuple[bool, str]:
        def entrypoint(vm: Any, context: Any) -> Any:
            answer = stack.capabilities.check_capability("Net.Connect", {"protocol": "https"})
            return list(answer)

        stack.create_workflow("w", entrypoint, caps)
        allowed, reason = stack.vm.execute_workflow("w")
        return allowed, reason

    def test_in_a_run_only_what_it_declared(self, stack: TarlStackBox) -> None:
        stack.capabilities.register_capability(HTTPS)
        assert self.check(stack, {"Net.Connect"})[0] is True
        allowed, reason = self.check(stack, set())
        assert allowed is False
        assert "not granted" in reason
        assert [u["allowed"] for u in stack.capabilities.get_usage_log()] == [True, False]

    def test_the_same_holds_within_a_task(self, stack: TarlStackBox) -> None:
        stack.capabilities.register_capability(HTTPS)

        def task() -> Any:
            return list(stack.capabilities.check_capability("Net.Connect", {"protocol": "https"}))

        def entrypoint(vm: Any, context: Any) -> Any:
            return vm.task_result("w", vm.submit_task("w", "t", task))

        stack.create_workflow("w", entrypoint)
        assert stack.vm.execute_workflow("w")[0] is False

    def test_the_machine_does_not_go_around_the_engine(self, stack: TarlStackBox) -> None:
        ran: list[int] = []
        stack.create_workflow("w", lambda v, c: ran.append(1), {"Net.Connect"})
        with pytest.raises(PermissionError, match="not found"):
            stack.vm.execute_workflow("w")
        stack.capabilities.register_capability(HTTPS)
        stack.vm.execute_workflow("w")
        assert ran == [1]

    def test_a_decision_is_not_made_again_by_replay(self, stack: TarlStackBox) -> None:
        stack.capabilities.register_capability(HTTPS)
        self.check(stack, {"Net.Connect"})
        stack.recorder.save_recording("w", "r")
        stack.capabilities.register_policy(Policy("Never", "Net.Connect", {"never": True}))
        assert stack.recorder.replay_workflow("r")[0] is True
        assert len(stack.capabilities.get_usage_log()) == 1


def test_rules_and_uses_are_there_after_a_restart(
    stack: TarlStackBox, open_stack: Callable[[], TarlStackBox]
) -> None:
    stack.capabilities.register_capability(HTTPS)
    stack.capabilities.register_policy(REQUIRE)
    stack.capabilities.check_capability("Net.Connect", {"protocol": "http"})
    later = open_stack().capabilities
    later.register_capability(HTTPS)
    later.register_policy(REQUIRE)
    assert later.capabilities == {"Net.Connect": HTTPS}
    assert later.policies == [REQUIRE]
    assert later.get_usage_log() == stack.capabilities.get_usage_log()
    assert len(later.ledger.read("orchestration/default/capabilities")) == 2
