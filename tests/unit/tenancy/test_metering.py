"""Whoever commits, quotas hold: runs by their first and last event, bytes by all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.tenancy.parts import NOON_MS, Office, ended, memory, sqlite, started, writer

from tarl.errors import Conflict, Exceeded
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.store import Batch
from tarl.kernel import events
from tarl.tenancy.bounds import TenantBounds
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.metering import BoundedStore
from tarl.tenancy.tenant import Quotas


class Metered(Office):
    """An office all of whose commits are bounded."""

    def __init__(self, inner: object) -> None:
        super().__init__(inner)  # type: ignore[arg-type]
        self.inner = self.store
        self.store = BoundedStore(self.inner, self.bounds)
        self.tenants = Tenants(self.store, keyring=self.keyring, bounds=self.bounds)

    def commit(self, *rows: Row) -> None:
        self.store.commit(Batch(rows))

    def agree(self, tenant: str) -> bool:
        """Whether what is counted is what the facts say."""
        return self.bounds.usage(tenant) == self.bounds.counted(tenant)


@pytest.fixture(params=["memory", "sqlite"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Metered]:
    office = Metered(memory() if request.param == "memory" else sqlite(tmp_path / "t.db"))
    office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=3, concurrent_executions=2))
    yield office
    office.store.close()


def test_runs_are_bounded_by_their_first_and_last_event(office: Metered) -> None:
    office.commit(started("acme", "a"))
    office.commit(started("acme", "b"))
    with pytest.raises(Exceeded) as refused:
        office.commit(started("acme", "c"))
    assert refused.value.facts["resource"] == "concurrent_executions"
    assert office.store.head("run/acme/c/1") is None
    office.commit(ended(office.store, "acme", "a"))
    office.commit(started("acme", "c"))
    office.commit(ended(office.store, "acme", "b", events.RUN_FAILED))
    with pytest.raises(Exceeded) as refused:
        office.commit(started("acme", "d"))
    assert refused.value.facts["resource"] == "workflows"
    assert office.agree("acme")
    office.commit(started("other", "d"))


def test_a_run_that_goes_on_as_another_one_takes_nothing_more(office: Metered) -> None:
    office.tenants.set_quotas(
        "acme", {"workflows": 1, "concurrent_executions": 1, "rate_per_minute": 1}
    )
    office.commit(started("acme", "a"))
    for n in range(1, 5):
        end = writer("acme", "a", n=n)
        head = office.store.head(end.stream)
        assert head is not None
        end.continue_from(*head)
        last = end.append(events.RUN_CONTINUED, b"{}", at_ms=NOON_MS)
        office.commit(last, started("acme", "a", n=n + 1))
    usage = office.bounds.usage("acme")
    assert (usage.workflows, usage.concurrent_executions) == (1, 1)
    assert office.agree("acme")


def test_several_runs_of_one_commit_count_as_several(office: Metered) -> None:
    with pytest.raises(Exceeded):
        office.commit(started("acme", "a"), started("acme", "b"), started("acme", "c"))
    assert list(office.store.streams("run/")) == []
    assert office.bounds.usage("acme").workflows == 0


def test_one_tenants_quota_is_nothing_to_another_batch(office: Metered) -> None:
    batches = [
        Batch([started("acme", "a")]),
        Batch([started("beta", "a")]),
        Batch([started("acme", "b")]),
        Batch([started("acme", "c")]),
        Batch([started("beta", "b")]),
    ]
    answers = office.store.commit_each(batches)
    assert [type(a).__name__ for a in answers] == [
        "NoneType",
        "NoneType",
        "NoneType",
        "Exceeded",
        "NoneType",
    ]


def test_a_run_that_is_there_already_is_a_conflict_and_counts_once(office: Metered) -> None:
    office.commit(started("acme", "a"))
    with pytest.raises(Conflict) as refused:
        office.commit(started("acme", "a"))
    assert refused.value.code == "journal.position"
    assert office.bounds.usage("acme").workflows == 1


def test_bytes_are_those_of_bodies_and_blobs_as_they_lie(office: Metered) -> None:
    office.tenants.set_quotas("acme", {"storage_bytes": 1_000})
    row = started("acme", "a")
    office.commit(row)
    assert office.bounds.usage("acme").storage_bytes == len(row.body or b"")
    large = writer("acme", "big").append("note/1", b'"%b"' % (b"x" * 1_000), at_ms=NOON_MS)
    with pytest.raises(Exceeded) as refused:
        office.commit(large)
    assert refused.value.facts["resource"] == "storage_bytes"
    assert "raise it" in (refused.value.next_step or "")
    assert office.agree("acme")


def with_blob(tenant: str, id: str, data: bytes, codec: Codec) -> Batch:
    digest, stored = codec.store_blob(tenant, data)
    holder = b'{"a":{"$blob":{"digest":"%b","size":%d}}}' % (digest.hex().encode(), len(data))
    row = writer(tenant, id, codec=codec).append("note/1", holder, at_ms=NOON_MS)
    return Batch([row], [(digest, stored)])


def test_a_blob_counts_once_for_each_tenant_that_holds_it(office: Metered) -> None:
    office.tenants.create("beta", sealed=False)
    for tenant in ("acme", "beta"):
        for id in ("x", "y"):
            office.store.commit(with_blob(tenant, id, b"z" * 5_000, Codec()))
        assert 5_000 < office.bounds.usage(tenant).storage_bytes < 6_000
        assert office.agree(tenant)


def test_a_blob_of_several_tenants_batch_is_its_owners(office: Metered) -> None:
    office.tenants.create("beta", sealed=False)
    one, two = with_blob("acme", "x", b"a" * 700, Codec()), started("beta", "x")
    office.store.commit(Batch([*one.rows, two], one.blobs))
    assert office.agree("acme")
    assert office.agree("beta")
    assert office.bounds.usage("beta").storage_bytes < 700


def test_sealed_bytes_are_counted_as_they_lie(office: Metered) -> None:
    office.tenants.create("safe")
    codec = Codec(office.keyring.tenant_key, seals=True)
    office.inner.codec = office.store.codec = codec
    batch = with_blob("safe", "x", b"s" * 900, codec)
    office.store.commit(Batch([*batch.rows, started("acme", "x")], batch.blobs))
    lies = len(batch.rows[0].body or b"") + len(batch.blobs[0][1].data)
    assert office.bounds.usage("safe").storage_bytes == lies
    assert office.agree("safe")


def test_the_operators_facts_are_no_content(office: Metered) -> None:
    office.tenants.set_quotas("acme", {"storage_bytes": 0})
    tenants = type(office.tenants)(office.store, keyring=office.keyring, bounds=office.bounds)
    tenants.set_quotas("acme", {"storage_bytes": 10_000})
    assert office.tenants.usage("acme").storage_bytes == 0


def test_a_tenant_that_another_process_registers_is_bounded_at_once(tmp_path: Path) -> None:
    one, two = Metered(sqlite(tmp_path / "x.db")), Metered(sqlite(tmp_path / "x.db"))
    two.commit(started("acme", "a"))
    one.tenants.create("acme", sealed=False, quotas=Quotas(workflows=1, storage_bytes=200))
    with pytest.raises(Exceeded):
        two.commit(started("acme", "b"))
    stream = writer("acme", "n")
    with pytest.raises(Exceeded):
        two.commit(stream.append("note/1", b'"%b"' % (b"x" * 300), at_ms=NOON_MS))
    assert two.agree("acme")
    one.store.close()
    two.store.close()


def test_who_is_killed_in_a_commit_has_taken_nothing(tmp_path: Path) -> None:
    """The counters and the facts are one transaction: what is not there was not counted."""
    path = tmp_path / "x.db"
    office = Metered(sqlite(path))
    office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=2))

    def killed(tables: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.store.commit(Batch([started("acme", "a")], changes=(killed,)))
    office.store.close()
    again = Metered(sqlite(path))
    assert again.bounds.usage("acme").workflows == 0
    assert again.agree("acme")
    again.store.close()


def test_other_kinds_can_have_rules(tmp_path: Path) -> None:
    inner = sqlite(tmp_path / "x.db")
    office = Office(inner)
    bounds = TenantBounds(inner, clock=office.clock)
    store = BoundedStore(inner, bounds, rules={"task.enqueued/1": {"rate_per_minute": 1}})
    office.tenants.create("acme", sealed=False, quotas=Quotas(rate_per_minute=1, workflows=0))
    rows = [writer("acme", id).append("task.enqueued/1", b"{}", at_ms=0) for id in "ab"]
    store.commit(Batch([rows[0], started("acme", "c")]))
    with pytest.raises(Exceeded):
        store.commit(Batch([rows[1]]))
    store.close()
