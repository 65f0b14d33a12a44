"""Quotas on the tables, in the transaction of what they bound."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.tenancy.parts import Office

from tarl.errors import Exceeded, Invalid, Missing
from tarl.journal.store import Batch
from tarl.kernel.bounds import Bound, Bounds
from tarl.tenancy.tenant import COUNTED, RESOURCES, Quotas
from tarl.values.metrics import Registry


@pytest.fixture
def office() -> Office:
    office = Office()
    office.tenants.create(
        "acme",
        sealed=False,
        quotas=Quotas(
            workflows=3,
            concurrent_executions=2,
            queue_depth=10,
            storage_bytes=1_000,
            rate_per_minute=4,
        ),
    )
    return office


def refused(office: Office, resource: str, amount: int = 1) -> Exceeded:
    with pytest.raises(Exceeded) as caught:
        office.take("acme", resource, amount)
    return caught.value


def test_it_fills_the_port(office: Office) -> None:
    port: Bounds = office.bounds
    assert isinstance(port.take("acme", "workflows"), Bound)


@pytest.mark.parametrize("resource", RESOURCES)
def test_so_much_and_no_more(office: Office, resource: str) -> None:
    quota = getattr(office.tenants.get("acme").quotas, resource)
    office.take("acme", resource, quota - 1)
    error = refused(office, resource, 2)
    assert error.code == "quota.exceeded"
    assert error.facts["quota"] == quota
    assert error.facts["used"] == quota - 1
    assert error.facts["asked"] == 2
    assert error.facts["tenant"] == "acme"
    assert error.facts["resource"] == resource
    office.take("acme", resource, 1)
    refused(office, resource)
    assert office.tenants.usage("acme").as_data()[resource] == quota


@pytest.mark.parametrize("resource", COUNTED)
def test_what_is_given_back_can_be_had_again_and_never_makes_less_than_nothing(
    office: Office, resource: str
) -> None:
    quota = getattr(office.tenants.get("acme").quotas, resource)
    office.take("acme", resource, quota)
    office.give_back("acme", resource, 1)
    office.take("acme", resource, 1)
    office.give_back("acme", resource, quota + 100)
    assert office.tenants.usage("acme").as_data()[resource] == 0
    office.take("acme", resource, quota)
    refused(office, resource)


def test_a_quota_of_nothing_permits_nothing_and_no_quota_everything(office: Office) -> None:
    office.tenants.set_quotas("acme", {"workflows": 0, "queue_depth": None})
    refused(office, "workflows")
    office.take("acme", "queue_depth", 2**53 - 1)


def test_a_lower_quota_takes_nothing_away(office: Office) -> None:
    office.take("acme", "workflows", 3)
    office.tenants.set_quotas("acme", {"workflows": 1})
    assert refused(office, "workflows").facts["used"] == 3
    office.give_back("acme", "workflows", 2)
    refused(office, "workflows")
    office.give_back("acme", "workflows", 1)
    office.take("acme", "workflows")


@pytest.mark.parametrize("way", ["take", "give_back"])
@pytest.mark.parametrize(
    ("resource", "amount", "code"),
    [
        ("workflows", 0, "quota.amount"),
        ("workflows", -1, "quota.amount"),
        ("workflows", True, "quota.amount"),
        ("workflows", 1.0, "quota.amount"),
        ("workflows", float("nan"), "quota.amount"),
        ("workflows", 2**53, "quota.amount"),
        ("workflows", "1", "quota.amount"),
        ("workflows", None, "quota.amount"),
        ("cpu", 1, "quota.resource"),
        ("", 1, "quota.resource"),
        ("Workflows", 1, "quota.resource"),
        ("tenant", 1, "quota.resource"),
    ],
    ids=lambda value: str(value).replace(".", "_") or "empty",
)
def test_no_such_amount_or_resource(
    office: Office, way: str, resource: Any, amount: Any, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        getattr(office.bounds, way)("acme", resource, amount)
    assert caught.value.code == code


def test_batches_of_one_transaction_see_one_another(office: Office) -> None:
    """Guards are all asked first; the change looks again."""
    one, two = (office.bounds.take("acme", "workflows", 2) for _ in range(2))
    both = Batch((), guards=one.guards + two.guards, changes=one.changes + two.changes)
    with pytest.raises(Exceeded):
        office.store.commit(both)
    assert office.tenants.usage("acme").workflows == 0
    answers = office.store.commit_each(
        [Batch((), guards=b.guards, changes=b.changes) for b in (one, two)]
    )
    assert [type(answer) for answer in answers] == [type(None), Exceeded]
    assert office.tenants.usage("acme").workflows == 2


def test_a_rate_says_when_to_come_back(office: Office) -> None:
    for _ in range(4):
        office.take("acme", "rate_per_minute")
        office.clock.at_ms += 10_000
    error = refused(office, "rate_per_minute")
    assert "Rate limit exceeded" in error.message
    assert error.facts["retry_after_ms"] == 21_000
    office.clock.at_ms += 20_999
    refused(office, "rate_per_minute")
    office.clock.at_ms += 1
    office.take("acme", "rate_per_minute")
    assert refused(office, "rate_per_minute", 5).facts["retry_after_ms"] is None


def test_what_time_does_not_help_says_so(office: Office) -> None:
    office.take("acme", "workflows", 3)
    office.take("acme", "concurrent_executions", 2)
    for resource, word in (("workflows", "raise it"), ("concurrent_executions", "has ended")):
        error = refused(office, resource)
        assert error.facts["retry_after_ms"] is None
        assert word in (error.next_step or "")
        assert "Quota exceeded" in error.message


def test_others_are_not_bounded_and_not_counted(office: Office) -> None:
    office.take("nobody", "workflows", 1_000)
    office.take("default", "rate_per_minute", 1_000)
    assert office.store.get("tenant_usage", "nobody") is None
    assert office.store.get("tenant_rate", "default") is None
    assert office.store.get("tenant_usage", "acme") is not None


def test_only_registered_tenants_get_anything_where_that_is_asked_for(office: Office) -> None:
    office.bounds.registered_only = True
    with pytest.raises(Exceeded) as caught:
        office.take("nobody", "workflows")
    assert caught.value.code == "quota.unregistered"
    office.take("default", "workflows")
    office.take("acme", "workflows")


def test_a_closed_tenant_gets_no_more_work_and_can_still_end_what_it_has(office: Office) -> None:
    office.take("acme", "workflows")
    office.tenants.erase("acme")
    assert refused(office, "workflows").code == "quota.closed"
    office.give_back("acme", "workflows")
    office.take("acme", "storage_bytes")


def test_lost_counters_refuse_until_they_are_counted_anew(office: Office) -> None:
    lose = Batch((), changes=(lambda tables: tables.delete("tenant_usage", "acme"),))
    office.store.commit(lose)
    assert refused(office, "workflows").code == "quota.uncounted"
    office.bounds.recount("acme")
    office.take("acme", "workflows")


def test_recounting_repairs_what_does_not_agree_with_the_facts(office: Office) -> None:
    office.take("acme", "workflows", 3)
    before, after = office.bounds.recount("acme")
    assert (before.workflows, after.workflows) == (3, 0)
    assert office.tenants.usage("acme") == office.bounds.counted("acme")
    with pytest.raises(Missing) as caught:
        office.bounds.recount("nobody")
    assert caught.value.code == "tenant.missing"


def test_it_counts_its_refusals_and_says_how_things_stand(office: Office) -> None:
    office.bounds.metrics = registry = Registry()
    office.take("acme", "workflows", 3)
    refused(office, "workflows")
    assert ("tenancy.refusals", (("resource", "workflows"),), 1) in list(registry.numbers())
    assert office.tenants.get_metrics()["usage"]["acme"]["workflows"] == 3
    status = office.tenants.get_status()
    assert (status["tenants"], status["counted"]) == (2, 1)
    assert status["by_isolation"] == {"strict": 2}
