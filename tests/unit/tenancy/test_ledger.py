"""Tenants of a journal: registered, set, erased; on memory and on a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.tenancy.parts import Office, ended, memory, sqlite, started, writer

from tarl.crypto.keys import Keyring
from tarl.errors import Conflict, Invalid, Missing
from tarl.journal.codec import Codec
from tarl.journal.rebuild import changed_tables, rebuild_projections
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.tenancy.tenant import Quotas, Tenant


@pytest.fixture(params=["memory", "sqlite"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    codec = Codec(Keyring().tenant_key)
    store = memory() if request.param == "memory" else sqlite(tmp_path / "t.db", codec=codec)
    store.codec = codec
    yield Office(store)
    store.close()


def sealed_run(office: Office, tenant: str, id: str) -> None:
    codec = Codec(Keyring().tenant_key, seals=True)
    office.store.commit(Batch([started(tenant, id, codec=codec)]))


def test_what_nobody_registered_is_there_by_implication(office: Office) -> None:
    assert office.tenants.get("acme") == Tenant(id="acme", name="acme", registered=False)
    assert [tenant.id for tenant in office.tenants.list()] == ["default"]
    assert office.tenants.find("default").isolation == "strict"
    with pytest.raises(Missing) as refused:
        office.tenants.find("acme")
    assert refused.value.code == "tenant.missing"


def test_a_tenant_is_as_it_was_made(office: Office) -> None:
    made = office.tenants.create(
        "ä/b c", name="Ä", isolation="shared", quotas=Quotas(workflows=2), metadata={"plan": "x"}
    )
    found = office.tenants.get("ä/b c")
    assert found == made
    assert (found.name, found.isolation, found.sealed, found.metadata) == (
        "Ä",
        "shared",
        False,
        {"plan": "x"},
    )
    assert [tenant.id for tenant in office.tenants.list()] == ["default", "ä/b c"]


def test_an_id_is_given_once(office: Office) -> None:
    office.tenants.create("acme")
    with pytest.raises(Conflict) as refused:
        office.tenants.create("acme", isolation="none")
    assert refused.value.code == "tenant.exists"
    office.tenants.erase("acme")
    with pytest.raises(Conflict) as refused:
        office.tenants.create("acme")
    assert refused.value.code == "tenant.erased"
    assert Keyring().tenant_key("acme") is None


@pytest.mark.parametrize("id", ["", "a\x00b", "x" * 600, "\ud800"])
def test_what_is_no_id(office: Office, id: str) -> None:
    with pytest.raises(Invalid):
        office.tenants.create(id)
    with pytest.raises(Invalid):
        office.tenants.get(id)


def test_ids_that_look_like_paths_stay_apart(office: Office) -> None:
    for id in ("..", "a/b", "a", "a%2Fb"):
        office.tenants.create(id, quotas=Quotas(workflows=1))
        office.take(id, "workflows")
    assert all(office.tenants.usage(id).workflows == 1 for id in ("..", "a/b", "a", "a%2Fb"))


def test_quotas_change_one_by_one(office: Office) -> None:
    office.tenants.create("acme", quotas=Quotas(workflows=2, queue_depth=5))
    office.tenants.set_quotas("acme", {"workflows": None, "storage_bytes": 10})
    assert office.tenants.get("acme").quotas == Quotas(queue_depth=5, storage_bytes=10)
    assert len(list(office.tenants.history("acme"))) == 2
    office.tenants.set_quotas("acme", {"queue_depth": 5})
    assert len(list(office.tenants.history("acme"))) == 2


def test_the_default_tenant_takes_quotas_and_is_counted_from_then_on(office: Office) -> None:
    office.store.commit(Batch([started("default", "a")]))
    office.tenants.set_quotas("default", {"workflows": 5})
    assert office.tenants.usage("default").workflows == 1
    assert [tenant.id for tenant in office.tenants.list()] == ["default"]


def test_what_was_there_before_is_counted_when_a_tenant_is_registered(office: Office) -> None:
    for id in ("a", "b", "c"):
        office.store.commit(Batch([started("acme", id)]))
    office.store.commit(Batch([ended(office.store, "acme", "a")]))
    office.tenants.create("acme", sealed=False)
    usage = office.tenants.usage("acme")
    assert (usage.workflows, usage.concurrent_executions) == (3, 2)
    assert usage == office.bounds.counted("acme")
    assert usage.storage_bytes > 0


def test_a_sealed_tenant_has_a_key_before_anything_else(office: Office) -> None:
    office.tenants.create("acme")
    assert Keyring().tenant_key("acme") is not None
    office.tenants.create("open", isolation="shared")
    assert Keyring().tenant_key("open") is None
    office.tenants.set_isolation("open", "strict")
    assert Keyring().tenant_key("open") is not None
    key = Keyring().tenant_key("acme")
    office.tenants.set_isolation("acme", "none", sealed=True)
    assert Keyring().tenant_key("acme") == key


def test_erasing_destroys_the_key_and_ends_all_new_work(office: Office) -> None:
    office.tenants.create("acme")
    sealed_run(office, "acme", "a")
    erasure = office.tenants.erase("acme", by="ann")
    assert erasure.key_destroyed
    assert erasure.clear == ()
    assert erasure.tenant.status == "erased"
    assert Keyring().tenant_key("acme") is None
    assert [event.body for event in office.store.read("run/acme/a/1")] == [None]
    again = office.tenants.erase("acme")
    assert (again.tenant.status, again.key_destroyed) == ("erased", False)
    for change in (
        lambda: office.tenants.set_quotas("acme", {"workflows": 1}),
        lambda: office.tenants.set_isolation("acme", "none"),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "tenant.erased"


def test_what_lies_in_clear_is_named_before_anything_is_destroyed(office: Office) -> None:
    office.tenants.create("acme")
    office.store.commit(Batch([started("acme", "before")]))
    sealed_run(office, "acme", "after")
    with pytest.raises(Conflict) as refused:
        office.tenants.erase("acme")
    assert refused.value.code == "tenant.clear"
    assert refused.value.facts["first"] == "run/acme/before/1"
    assert office.tenants.get("acme").status == "active"
    assert Keyring().tenant_key("acme") is not None
    erasure = office.tenants.erase("acme", leave_clear=True)
    assert erasure.clear == ("run/acme/before/1",)


def test_an_erasure_that_was_interrupted_is_finished(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tenants.create("acme")

    def dies(self: Keyring, tenant: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Keyring, "destroy_tenant_key", dies)
        with pytest.raises(KeyboardInterrupt):
            office.tenants.erase("acme")
    assert office.tenants.get("acme").status == "closed"
    assert Keyring().tenant_key("acme") is not None
    assert office.tenants.erase("acme").tenant.status == "erased"
    assert Keyring().tenant_key("acme") is None


def test_a_tenants_own_facts_outlive_its_key_and_the_table_can_be_made_anew(
    tmp_path: Path,
) -> None:
    store = sqlite(tmp_path / "t.db", codec=Codec(Keyring().tenant_key, seals=True))
    office = Office(store)
    office.tenants.create("acme", quotas=Quotas(workflows=2), metadata={"plan": "x"})
    office.tenants.create("beta", isolation="none", sealed=False)
    office.tenants.set_quotas("acme", {"queue_depth": 3})
    office.tenants.erase("acme")
    assert list(changed_tables(store)) == []
    before = list(office.tenants.list())
    rebuild_projections(store)
    assert list(office.tenants.list()) == before
    store.close()


def test_two_processes_that_create_the_same_tenant_agree_on_one(tmp_path: Path) -> None:
    one, two = Office(sqlite(tmp_path / "t.db")), Office(sqlite(tmp_path / "t.db"))
    one.tenants.create("acme", name="one")
    with pytest.raises(Conflict):
        two.tenants.create("acme", name="two")
    two.tenants.set_quotas("acme", {"workflows": 1})
    one.tenants.set_quotas("acme", {"queue_depth": 2})
    assert two.tenants.get("acme").quotas == Quotas(workflows=1, queue_depth=2)
    assert two.tenants.get("acme").name == "one"
    for office in (one, two):
        assert isinstance(office.store, SqliteStore)
        office.store.close()


def test_streams_of_others_are_not_counted(office: Office) -> None:
    office.tenants.create("a", sealed=False)
    office.store.commit(Batch([started("ab", "x"), writer("b", "a").append("x/1", b"{}", at_ms=0)]))
    assert office.bounds.counted("a").storage_bytes == 0
    assert office.tenants.clear_streams("a") == ()


def test_no_second_key_is_made_beside_what_another_one_sealed(office: Office) -> None:
    keyring = Keyring().ensure()
    keyring.make_tenant_key("acme")
    sealed_run(office, "acme", "a")
    key = keyring.tenant_key("acme")
    keyring.destroy_tenant_key("acme")
    with pytest.raises(Conflict) as refused:
        office.tenants.create("acme")
    assert refused.value.code == "tenant.key_gone"
    assert keyring.tenant_key("acme") is None
    office.tenants.create("acme", isolation="shared")
    with pytest.raises(Conflict) as refused:
        office.tenants.set_isolation("acme", "strict")
    assert refused.value.code == "tenant.key_gone"
    assert key


def test_a_change_from_where_the_key_is_not_makes_no_other_one(
    office: Office, tmp_path: Path
) -> None:
    office.tenants.create("acme")
    office.keyring.directory = tmp_path / "elsewhere" / "keys"
    office.tenants.set_quotas("acme", {"workflows": 1})
    office.tenants.set_isolation("acme", "none", sealed=True)
    assert office.keyring.tenant_key("acme") is None
