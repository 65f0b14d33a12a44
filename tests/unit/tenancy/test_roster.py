"""Which tenants' content is sealed, and that a stream stays as it began."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.tenancy.parts import Office, ended, sqlite, started

from tarl.crypto.keys import Keyring
from tarl.errors import Missing
from tarl.journal.codec import Codec
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.metering import BoundedStore
from tarl.tenancy.roster import Roster


class Sealed(Office):
    """An office whose journal asks for each tenant."""

    def __init__(self, path: Path, *, seals: bool = False) -> None:
        roster = Roster()
        codec = Codec(Keyring().tenant_key, seals=seals, seals_for=roster.seals)
        self.file: SqliteStore = sqlite(path, codec=codec)
        roster.attach(self.file)
        super().__init__(self.file)
        self.bounded = BoundedStore(self.file, self.bounds, roster=roster)
        self.tenants = Tenants(self.bounded, keyring=self.keyring, bounds=self.bounds)

    def start(self, tenant: str, id: str) -> None:
        self.store.commit(Batch([started(tenant, id, codec=self.store.codec)]))

    def is_sealed(self, tenant: str, id: str) -> bool:
        (event,) = self.store.read(f"run/{tenant}/{id}/1", until=1)
        return event.commitment is not None


@pytest.fixture
def office(tmp_path: Path) -> Sealed:
    return Sealed(tmp_path / "t.db")


def test_strict_tenants_are_sealed_and_others_are_not(office: Sealed) -> None:
    office.tenants.create("acme")
    office.tenants.create("open", isolation="shared")
    for tenant in ("acme", "open", "nobody", "default"):
        office.start(tenant, "a")
    assert office.is_sealed("acme", "a")
    assert not any(office.is_sealed(tenant, "a") for tenant in ("open", "nobody", "default"))
    office.file.close()


def test_what_was_sealed_lies_nowhere_in_clear(office: Sealed, tmp_path: Path) -> None:
    office.tenants.create("acme")
    codec = office.store.codec
    digest, stored = codec.store_blob("acme", b"a secret of acme" * 10)
    row = started("acme", "a", codec=codec)
    office.store.commit(Batch([row], [(digest, stored)]))
    assert office.store.blob("acme", digest) == b"a secret of acme" * 10
    office.file.close()
    for file in tmp_path.glob("t.db*"):
        assert b"secret of acme" not in file.read_bytes()


def test_a_stream_stays_as_it_began(office: Sealed) -> None:
    office.start("acme", "before")
    office.tenants.create("acme")
    office.start("acme", "after")
    office.store.commit(Batch([ended(office.store, "acme", "before")]))
    office.tenants.set_isolation("acme", "none")
    office.store.commit(Batch([ended(office.store, "acme", "after")]))
    for id, sealed in (("before", False), ("after", True)):
        events = list(office.store.read(f"run/acme/{id}/1"))
        assert [event.commitment is not None for event in events] == [sealed, sealed]
        assert all(event.body for event in events)
    office.file.close()


def test_another_process_sees_a_change_at_once(office: Sealed, tmp_path: Path) -> None:
    other = Sealed(tmp_path / "t.db")
    other.start("acme", "a")
    office.tenants.create("acme")
    other.start("acme", "b")
    assert (other.is_sealed("acme", "a"), other.is_sealed("acme", "b")) == (False, True)
    office.file.close()
    other.file.close()


def test_where_all_is_sealed_nobody_is_asked(tmp_path: Path) -> None:
    office = Sealed(tmp_path / "t.db", seals=True)
    with pytest.raises(Missing) as refused:
        office.start("nobody", "a")
    assert refused.value.code == "keys.tenant_missing"
    office.tenants.create("open", isolation="none")
    Keyring().make_tenant_key("open")
    office.start("open", "a")
    assert office.is_sealed("open", "a")
    office.file.close()


def test_an_erased_tenant_gets_nothing_in_clear(office: Sealed) -> None:
    office.tenants.create("acme")
    office.tenants.erase("acme")
    with pytest.raises(Missing) as refused:
        office.start("acme", "late")
    assert refused.value.code == "keys.tenant_missing"
    office.file.close()


def test_roster_without_a_journal_seals_nothing() -> None:
    assert not Roster().seals("acme")
    assert Roster().registered() == frozenset()
