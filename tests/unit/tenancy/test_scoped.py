"""What a scoped store lets through, table by table and batch by batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.tenancy.parts import (
    COORDINATIONS,
    NOON_MS,
    PROJECTIONS,
    Office,
    memory,
    started,
    writer,
)

from tarl.errors import Denied, Missing
from tarl.journal.memory import MemoryStore
from tarl.journal.projection import Coordination, Table, Tables, table_names
from tarl.journal.store import Batch
from tarl.tenancy.scope import OPERATOR, Caller
from tarl.tenancy.scoped import ScopedStore, check_write, home_of, require_operator, scoped

THING = Table(
    name="thing", columns={"tenant": "TEXT", "id": "TEXT", "n": "INTEGER"}, key=("tenant", "id")
)
PLACE = Table(name="place", columns={"id": "TEXT", "tenant": "TEXT", "n": "INTEGER"}, key=("id",))
COMMON = Table(name="common", columns={"id": "TEXT", "n": "INTEGER"}, key=("id",))
THINGS = Coordination(name="things", tables=(THING, PLACE, COMMON))
TABLES = table_names((*PROJECTIONS, *COORDINATIONS, THINGS))

Change = Callable[[Tables], None]


@pytest.fixture
def whole() -> MemoryStore:
    store = MemoryStore(
        origin="tarl/test", projections=PROJECTIONS, coordinations=(*COORDINATIONS, THINGS)
    )

    def fill(tables: Tables) -> None:
        for tenant in ("acme", "beta"):
            for n, id in enumerate(("x", "y")):
                tables.put("thing", {"tenant": tenant, "id": id, "n": n})
                tables.put("place", {"tenant": tenant, "id": f"{tenant}-{id}", "n": n})
        tables.put("common", {"id": "c", "n": 0})

    rows = [started("acme", "a"), started("beta", "b")]
    store.commit(Batch(rows, changes=(fill,)))
    return store


@pytest.fixture
def betas(whole: MemoryStore) -> ScopedStore:
    store = scoped(whole, Caller("beta"), tables=TABLES)
    assert isinstance(store, ScopedStore)
    return store


FOREIGN: dict[str, Change] = {
    "put": lambda t: t.put("thing", {"tenant": "acme", "id": "z", "n": 1}),
    "put over": lambda t: t.put("thing", {"tenant": "acme", "id": "x", "n": 9}),
    "update": lambda t: t.update("thing", ("acme", "x"), {"n": 9}),
    "update, given away": lambda t: t.update("place", ("beta-x",), {"tenant": "acme"}),
    "update, by another key": lambda t: t.update("place", ("acme-x",), {"n": 9}),
    "delete": lambda t: t.delete("thing", "acme", "x"),
    "delete, by another key": lambda t: t.delete("place", "acme-x"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_no_change_writes_a_record_of_another_tenant(
    name: str, whole: MemoryStore, betas: ScopedStore
) -> None:
    before = [dict(record) for table in ("thing", "place") for record in whole.scan(table)]
    with pytest.raises(Denied) as refused:
        betas.commit(Batch((), changes=(FOREIGN[name],)))
    assert refused.value.code == "tenant.denied"
    assert [dict(r) for table in ("thing", "place") for r in whole.scan(table)] == before


def test_a_change_reads_everything_and_writes_ones_own_and_what_is_nobodys(
    whole: MemoryStore, betas: ScopedStore
) -> None:
    def change(tables: Tables) -> None:
        total = sum(record["n"] for record in tables.scan("thing"))
        tables.put("thing", {"tenant": "beta", "id": "z", "n": total})
        tables.update("place", ("beta-x",), {"n": 7})
        tables.update("place", ("nowhere",), {"n": 7})
        tables.delete("thing", "beta", "y")
        tables.put("common", {"id": "c", "n": tables.count("thing")})

    betas.commit(Batch((), changes=(change,)))
    assert {(r["tenant"], r["id"]): r["n"] for r in whole.scan("thing")} == {
        ("acme", "x"): 0,
        ("acme", "y"): 1,
        ("beta", "x"): 0,
        ("beta", "z"): 2,
    }
    assert whole.get("place", "beta-x") == {"id": "beta-x", "tenant": "beta", "n": 7}


def test_a_refused_batch_says_so_by_itself(whole: MemoryStore, betas: ScopedStore) -> None:
    mine, theirs = started("beta", "new"), started("acme", "new")
    answers = betas.commit_each([Batch([theirs]), Batch([mine]), Batch([theirs, mine])])
    assert [type(answer) for answer in answers] == [Denied, type(None), Denied]
    assert whole.head(mine.stream) is not None
    assert whole.head(theirs.stream) is None


@pytest.mark.parametrize(
    "stream", ["tenant/beta", "queue/beta/q", "loose", "run", "other/beta/x", "run//x/1"]
)
def test_what_is_no_tenants_is_the_operators(betas: ScopedStore, stream: str) -> None:
    row = writer("beta", "x").append("note/1", b"{}", at_ms=NOON_MS)._replace(stream=stream)
    with pytest.raises(Denied) as refused:
        betas.commit(Batch([row]))
    assert refused.value.code == "tenant.operator"
    with pytest.raises(Denied):
        betas.commit(Batch((), epochs={stream: 1}))


def test_tables_are_read_by_tenant_in_every_way(betas: ScopedStore) -> None:
    assert [r["id"] for r in betas.scan("thing")] == ["x", "y"]
    assert [r["n"] for r in betas.scan("thing", order_by="n", descending=True)] == [1, 0]
    assert [r["n"] for r in betas.scan("thing", at_most={"n": 0})] == [0]
    assert [r["tenant"] for r in betas.scan("thing", limit=1)] == ["beta"]
    assert list(betas.scan("thing", {"tenant": "acme"})) == []
    assert betas.count("thing") == 2
    assert betas.count("thing", {"tenant": "acme"}) == 0
    assert betas.count("thing", {"id": "x"}) == 1
    assert betas.get("thing", "acme", "x") is None
    assert betas.get("place", "acme-x") is None
    assert betas.get("place", "beta-x") is not None
    for read in (
        lambda: betas.get("common", "c"),
        lambda: betas.scan("common"),
        lambda: betas.count("common"),
    ):
        with pytest.raises(Denied):
            read()


def test_of_a_shared_tenant_only_the_table_of_runs_is_seen(whole: MemoryStore) -> None:
    Office(whole).tenants.create("acme", isolation="shared", sealed=False)
    store = scoped(whole, Caller("beta"), tables=TABLES)
    assert {r["tenant"] for r in store.scan("run")} == {"acme", "beta"}
    assert store.get("run", "acme", "a", 1) is not None
    for table in ("thing", "place", "tenant", "tenant_usage"):
        assert {r["tenant"] for r in store.scan(table)} <= {"beta"}
    assert store.get("thing", "acme", "x") is None
    assert store.head("run/acme/a/1") is not None
    for read in (store.read, lambda stream: store.read_kind(stream, "patch.marked/1")):
        with pytest.raises(Denied) as refused:
            read("run/acme/a/1")
        assert refused.value.code == "tenant.denied"


def test_several_tenants_records_come_in_one_order(whole: MemoryStore) -> None:
    Office(whole).tenants.create("acme", isolation="none", sealed=False)
    store = scoped(whole, Caller("beta"), tables=TABLES)
    seen = [(r["n"], r["tenant"]) for r in store.scan("thing", order_by=("n", "tenant"))]
    assert seen == [(0, "acme"), (0, "beta"), (1, "acme"), (1, "beta")]
    latest = store.scan("thing", order_by=("n", "tenant"), descending=True, limit=2)
    assert [(r["n"], r["tenant"]) for r in latest] == [(1, "beta"), (1, "acme")]


def test_the_operator_gets_the_store_itself() -> None:
    store: Any = memory()
    assert scoped(store, OPERATOR, tables=TABLES) is store
    assert home_of(store) == "default"
    check_write(store, "tenant/acme")
    require_operator(store, "this")


def test_what_happens_outside_the_journal_asks_first(betas: ScopedStore) -> None:
    assert home_of(betas) == "beta"
    check_write(betas, "principal/beta/ann")
    for stream in ("principal/acme/ann", "tenant/beta"):
        with pytest.raises(Denied):
            check_write(betas, stream)
    with pytest.raises(Denied):
        require_operator(betas, "the backup")


def test_a_blob_of_nobody_here_is_missing(betas: ScopedStore) -> None:
    for tenant in ("acme", "beta"):
        with pytest.raises(Missing) as refused:
            betas.blob(tenant, b"\x00" * 32)
        assert refused.value.code == "journal.no_blob"
