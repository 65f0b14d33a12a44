"""Given a tenant, when something is asked, then its event or a refusal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tarl.errors import Conflict, Invalid, Missing, TarlError
from tarl.tenancy import decide
from tarl.tenancy.events import (
    BODIES,
    TenantClosed,
    TenantCreated,
    TenantErased,
    TenantIsolationSet,
    TenantQuotaSet,
    body_bytes,
    read_body,
)
from tarl.tenancy.state import evolve
from tarl.tenancy.tenant import Quotas, Tenant, implied

NEW = implied("acme")
ACME = Tenant(id="acme", name="Acme", sealed=True, quotas=Quotas(workflows=5))
CLOSED = msgspec.structs.replace(ACME, status="closed")
ERASED = msgspec.structs.replace(ACME, status="erased")


def test_a_strict_tenant_is_sealed_unless_somebody_says_otherwise() -> None:
    assert decide.create(NEW).sealed
    assert not decide.create(NEW, sealed=False).sealed
    assert not decide.create(NEW, isolation="shared").sealed
    assert decide.create(NEW, isolation="none", sealed=True).sealed


def test_a_tenant_is_called_by_its_id_when_it_has_no_other_name() -> None:
    assert decide.create(NEW).name == "acme"
    assert decide.create(NEW, name="Acme Ltd").name == "Acme Ltd"


@pytest.mark.parametrize(
    ("tenant", "options", "code"),
    [
        (ACME, {}, "tenant.exists"),
        (implied("default"), {}, "tenant.exists"),
        (CLOSED, {}, "tenant.erased"),
        (ERASED, {}, "tenant.erased"),
        (NEW, {"isolation": "Strict"}, "tenant.isolation"),
        (NEW, {"isolation": ""}, "tenant.isolation"),
        (NEW, {"name": ""}, "id.empty"),
        (NEW, {"name": "a\x00"}, "id.characters"),
        (NEW, {"metadata": {"a": float("nan")}}, "value.not_finite"),
        (NEW, {"metadata": {"a": "x" * 20_000}}, "tenant.metadata"),
        (NEW, {"metadata": ["no object"]}, "tenant.metadata"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_created(tenant: Tenant, options: dict[str, Any], code: str) -> None:
    with pytest.raises(TarlError) as refused:
        decide.create(tenant, **options)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "amount",
    [-1, True, False, 1.0, float("nan"), float("inf"), 2**53, 10**400, "5", [], object()],
    ids=lambda value: type(value).__name__ + repr(value)[:4],
)
def test_an_amount_is_a_whole_number_that_json_can_hold(amount: Any) -> None:
    with pytest.raises(Invalid) as refused:
        decide.set_quotas(ACME, {"workflows": amount})
    assert refused.value.code == "quota.amount"
    assert len(refused.value.message) < 120


def test_quotas_that_change_nothing_are_no_event() -> None:
    assert decide.set_quotas(ACME, {"workflows": 5}) is None
    assert decide.set_quotas(ACME, {"queue_depth": None}) is None
    assert decide.set_quotas(ACME, {"workflows": 5, "queue_depth": 0}) == TenantQuotaSet(
        quotas={"queue_depth": 0}
    )


@pytest.mark.parametrize(
    ("tenant", "amounts", "kind", "code"),
    [
        (NEW, {"workflows": 1}, Missing, "tenant.missing"),
        (ERASED, {"workflows": 1}, Conflict, "tenant.erased"),
        (ACME, {}, Invalid, "quota.resource"),
        (ACME, {"cpus": 1}, Invalid, "quota.resource"),
        (ACME, {"workflows": 1, "": 2}, Invalid, "quota.resource"),
    ],
)
def test_quotas_that_cannot_be_set(
    tenant: Tenant, amounts: dict[str, int | None], kind: type[TarlError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        decide.set_quotas(tenant, amounts)
    assert refused.value.code == code


def test_the_default_tenant_always_exists() -> None:
    default = implied("default")
    assert decide.set_quotas(default, {"workflows": 1}) == TenantQuotaSet(quotas={"workflows": 1})
    with pytest.raises(Conflict) as refused:
        decide.close(default, by="me")
    assert refused.value.code == "tenant.default"


def test_isolation_decides_about_seals_again() -> None:
    assert decide.set_isolation(ACME, "shared") == TenantIsolationSet(
        isolation="shared", sealed=False
    )
    assert decide.set_isolation(ACME, "strict") is None
    assert decide.set_isolation(ACME, "strict", sealed=False) == TenantIsolationSet(
        isolation="strict", sealed=False
    )
    with pytest.raises(Conflict):
        decide.set_isolation(ERASED, "none")


def test_a_tenant_is_closed_then_erased_and_neither_twice() -> None:
    assert decide.close(ACME, by="me") == TenantClosed(by="me")
    assert decide.close(CLOSED, by="me") is None
    assert decide.erase(CLOSED, clear=2) == TenantErased(clear=2)
    assert decide.erase(ERASED, clear=2) is None
    assert decide.erase(ACME, clear=0) is None
    with pytest.raises(Missing):
        decide.close(NEW, by="me")


def test_bodies_are_read_as_they_were_written() -> None:
    bodies = [
        TenantCreated(
            name="A", isolation="strict", sealed=True, quotas={"workflows": 1}, metadata={"a": [1]}
        ),
        TenantQuotaSet(quotas={"workflows": None, "queue_depth": 0}),
        TenantIsolationSet(isolation="none", sealed=False),
        TenantClosed(by="ä"),
        TenantErased(clear=0),
    ]
    kinds = {body: kind for kind, body in BODIES.items()}
    assert len(bodies) == len(BODIES)
    for body in bodies:
        assert read_body(kinds[type(body)], body_bytes(body)) == body


def test_the_fold_of_a_life() -> None:
    tenant = NEW
    for at_ms, body in enumerate(
        (
            TenantCreated(name="A", isolation="strict", sealed=True, quotas={"workflows": 1}),
            TenantQuotaSet(quotas={"workflows": None, "queue_depth": 7}),
            TenantIsolationSet(isolation="shared", sealed=False),
            TenantClosed(by="me"),
            TenantErased(clear=0),
        ),
        10,
    ):
        tenant = evolve(tenant, body, at_ms=at_ms)
    assert tenant == Tenant(
        id="acme",
        name="A",
        isolation="shared",
        sealed=False,
        quotas=Quotas(queue_depth=7),
        status="erased",
        created_at_ms=10,
        closed_at_ms=13,
    )
