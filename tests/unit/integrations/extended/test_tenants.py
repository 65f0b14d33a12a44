"""Namespaces: quotas that hold, whoever asks at the same time, and amounts that are amounts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock

from tarl.integrations.orchestration_extended import MultiTenantManager, Namespace, ResourceQuota


@pytest.fixture
def open_tenants(journal: Path, clock: HandClock) -> Callable[[], MultiTenantManager]:
    return lambda: MultiTenantManager(journal=journal, clock=clock)


@pytest.fixture
def tenants(open_tenants: Callable[[], MultiTenantManager]) -> MultiTenantManager:
    manager = open_tenants()
    quota = ResourceQuota(max_workflows=10, max_storage_mb=2, rate_limit_per_minute=3)
    manager.create_namespace("t", "Team", quota)
    return manager


def test_a_namespace_as_it_stands(
    tenants: MultiTenantManager, open_tenants: Callable[[], MultiTenantManager]
) -> None:
    assert open_tenants().get_namespace("t") == Namespace(
        "t",
        "Team",
        {
            "max_workflows": 10,
            "max_concurrent_executions": 10,
            "max_queue_depth": 1000,
            "max_storage_mb": 2,
            "rate_limit_per_minute": 3,
        },
        "strict",
        {},
    )
    assert tenants.get_status() == {"namespaces": 1}


@pytest.mark.parametrize("resource", ["workflows", "concurrent_executions", "storage_mb"])
def test_a_quota_holds(tenants: MultiTenantManager, resource: str) -> None:
    limit = 2 if resource == "storage_mb" else 10
    before = tenants.get_usage("t")[resource]
    free = limit - before
    assert tenants.check_quota("t", resource, free) is True
    assert tenants.check_quota("t", resource, free + 1) is False
    with pytest.raises(ValueError, match="Quota exceeded"):
        tenants.consume_quota("t", resource, free + 1)
    tenants.release_quota("t", resource, 100)
    assert tenants.get_usage("t")[resource] == 0
    tenants.consume_quota("t", resource, limit)
    assert tenants.get_usage("t")[resource] == limit


def test_a_release_gives_back(tenants: MultiTenantManager) -> None:
    tenants.consume_quota("t", "workflows", 8)
    tenants.release_quota("t", "workflows", 3)
    assert tenants.get_usage("t")["workflows"] == 5


def test_a_rate_comes_back_with_time(tenants: MultiTenantManager, clock: HandClock) -> None:
    tenants.consume_quota("t", "rate_per_minute", 3)
    with pytest.raises(ValueError, match="Rate limit exceeded"):
        tenants.consume_quota("t", "rate_per_minute")
    clock.forward(61)
    tenants.consume_quota("t", "rate_per_minute")


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "1", None])
@pytest.mark.parametrize("call", ["check_quota", "consume_quota", "release_quota"])
def test_bad_amounts_are_refused(tenants: MultiTenantManager, call: str, amount: Any) -> None:
    tenants.consume_quota("t", "workflows", 5)
    with pytest.raises(ValueError, match="no amount of workflows"):
        getattr(tenants, call)("t", "workflows", amount)
    assert tenants.get_usage("t")["workflows"] == 5


@pytest.mark.parametrize("call", ["check_quota", "consume_quota", "release_quota"])
def test_unknown_resources_are_refused(tenants: MultiTenantManager, call: str) -> None:
    with pytest.raises(ValueError, match="no quotas of 'gold'"):
        getattr(tenants, call)("t", "gold")


def test_unknown_namespaces(tenants: MultiTenantManager) -> None:
    assert tenants.check_quota("nobody", "workflows") is False
    for call in (tenants.consume_quota, tenants.release_quota):
        with pytest.raises(ValueError, match="'nobody' not found"):
            call("nobody", "workflows")
    with pytest.raises(KeyError):
        tenants.get_usage("nobody")


def test_creating_again_sets_the_quotas(tenants: MultiTenantManager) -> None:
    tenants.consume_quota("t", "workflows", 8)
    tenants.create_namespace("t", "Team", ResourceQuota(max_workflows=8), "shared")
    namespace = tenants.get_namespace("t")
    assert (namespace.quotas["max_workflows"], namespace.isolation_level) == (8, "shared")
    with pytest.raises(ValueError, match="Quota exceeded"):
        tenants.consume_quota("t", "workflows")
    with pytest.raises(ValueError, match="under the name 'Team'"):
        tenants.create_namespace("t", "Others", ResourceQuota())


@pytest.mark.parametrize(
    ("id", "quota", "isolation"),
    [
        ("", ResourceQuota(), "strict"),
        ("x", ResourceQuota(), "loose"),
        ("x", ResourceQuota(max_workflows=-1), "strict"),
        ("x", ResourceQuota(max_workflows=1.5), "strict"),  # type: ignore[arg-type]
        ("x", {"max_workflows": 1}, "strict"),
    ],
    ids=["no_id", "isolation", "negative", "fraction", "dict"],
)
def test_bad_namespaces_are_refused(
    tenants: MultiTenantManager, id: str, quota: Any, isolation: str
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (every message differs)
        tenants.create_namespace(id, "X", quota, isolation)
    assert [each.namespace_id for each in tenants.get_namespaces()] == ["t"]


def test_many_at_once_take_no_more_than_there_is(
    tenants: MultiTenantManager, open_tenants: Callable[[], MultiTenantManager]
) -> None:
    taken: list[int] = []

    def take() -> None:
        manager = open_tenants()
        for _ in range(4):
            try:
                manager.consume_quota("t", "workflows")
            except ValueError:
                return
            taken.append(1)

    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == tenants.get_usage("t")["workflows"] == 10
