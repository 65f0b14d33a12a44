"""How often a database is asked: once before an effect and once for its commit, and what that rests
upon is looked at by the commit itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from time import monotonic
from typing import Any

import psycopg
import pytest
from tests.postgres_server import Server, server
from tests.unit.tenancy.parts import started

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.turns import TurnStore
from tarl.errors import Conflict
from tarl.journal.event import Row
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.storage import bounds_on, open_store
from tarl.tenancy.ledger import Tenants


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each statement was put to a server."""
    found: Counter[str] = Counter()
    execute = psycopg.Connection.execute

    def counted(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        found[str(query)] += 1
        return execute(self, query, *args, **more)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    return found


class Two:
    """A journal, as two processes hold it."""

    def __init__(self, url: str) -> None:
        self.keyring = Keyring().ensure()
        self.here, self.there = (open_store(url, keyring=self.keyring) for _ in range(2))

    def register(self, tenant: str) -> None:
        bounds = bounds_on(self.there, clock=SystemClock())
        Tenants(self.there, keyring=self.keyring, bounds=bounds).create(tenant)

    def close(self) -> None:
        self.here.close()
        self.there.close()


@pytest.fixture
def two(postgres: Server) -> Iterator[Two]:
    made = Two(postgres.database())
    yield made
    made.close()


def following(store: Store, stream: str, n: int = 1) -> list[Row]:
    writer = StreamWriter(stream, tenant=stream.split("/")[1], codec=store.codec)
    head = store.head(stream)
    if head is not None:
        writer.continue_from(*head)
    return [writer.append("note.taken/1", b'{"n":%d}' % i, at_ms=1) for i in range(n)]


def used(store: Store, tenant: str) -> int:
    found = store.get("tenant_usage", tenant)
    return 0 if found is None else int(found["storage_bytes"])


@pytest.mark.parametrize("at_once", [False, True])
def test_what_is_committed_for_a_tenant_who_was_just_registered_is_counted(
    two: Two, at_once: bool
) -> None:
    here = two.here
    stream = "run/acme/a/1"
    here.commit(Batch([started("acme", "a", codec=here.codec)]))
    epoch = here.take_over(stream)
    here.commit(Batch(following(here, stream), epochs={stream: epoch}))
    rows = following(here, stream, 2)
    two.register("acme")
    before = used(here, "acme")
    if at_once:
        batches = [Batch([row], epochs={stream: epoch}) for row in rows]
        assert here.commit_each(batches) == [None, None]
    else:
        here.commit(Batch(rows, epochs={stream: epoch}))
    assert used(here, "acme") - before == sum(len(row.body or b"") for row in rows)
    assert [event.seq for event in here.read(stream)] == [1, 2, 3, 4]


def test_a_commit_that_rests_upon_older_tables_is_refused(two: Two) -> None:
    store: Any = two.here
    while hasattr(store, "behind"):
        store = store.behind
    rows = following(store, "note/acme/a")
    revision = store.foreign_tables_revision()
    two.register("acme")
    for batch in (Batch(rows), Batch(rows, guards=[lambda tables: None])):
        with pytest.raises(Conflict) as refused:
            store.commit(batch._replace(tables=revision))
        assert refused.value.code == "journal.tables"
        assert store.head("note/acme/a") is None
    store.commit(Batch(rows, tables=store.foreign_tables_revision()))
    assert store.head("note/acme/a").seq == 1


def test_a_run_that_goes_on_is_one_question(two: Two, asked: Counter[str]) -> None:
    here, stream = two.here, "run/acme/a/1"
    here.commit(Batch([started("acme", "a", codec=here.codec)]))
    epoch = here.take_over(stream)
    here.commit(Batch(following(here, stream), epochs={stream: epoch}))
    for n in (1, 2, 8, 9, 40):
        rows = following(here, stream, n)
        asked.clear()
        here.commit(Batch(rows, epochs={stream: epoch}))
        assert asked.total() == 1, asked
    assert [event.seq for event in here.read(stream)] == [*range(1, 63)]
    assert [event.log_index for event in here.read(stream)] == [*range(62)]


def test_a_turn_that_has_read_a_run_knows_whether_a_rule_has_changed(
    two: Two, asked: Counter[str]
) -> None:
    async def main() -> None:
        seen = TurnStore(two.here, asyncio.get_running_loop())
        before = seen.tables_revision()
        await asyncio.sleep(0)
        asked.clear()
        list(seen.read("run/acme/a/1"))
        assert seen.tables_revision() == before
        assert asked.total() == 1, asked
        await asyncio.sleep(0)
        two.register("acme")
        list(seen.read("run/acme/a/1"))
        assert seen.tables_revision() != before
        after = seen.tables_revision()
        list(two.here.read("run/acme/a/1"))
        await asyncio.sleep(0)
        two.register("other")
        assert seen.tables_revision() != after

    asyncio.run(main())


def test_who_has_looked_for_this_effect_knows_until_the_turn_is_over(
    two: Two, asked: Counter[str]
) -> None:
    async def main() -> None:
        seen = TurnStore(two.here, asyncio.get_running_loop())
        at_s = monotonic()
        before = seen.tables_revision()
        await asyncio.sleep(0)
        two.register("acme")
        asked.clear()
        with seen.known_at(at_s):
            assert seen.tables_revision() == before
            assert not asked
            await asyncio.sleep(0)
            assert seen.tables_revision() != before
        after = seen.tables_revision()
        await asyncio.sleep(0)
        later_s = monotonic()
        two.register("other")
        with seen.known_at(later_s):
            assert seen.tables_revision() != after
        with seen.known_at(None):
            assert seen.tables_revision() != after

    asyncio.run(main())


def test_what_one_effect_knows_is_not_what_others_know(two: Two) -> None:
    async def main() -> None:
        seen = TurnStore(two.here, asyncio.get_running_loop())
        at_s = monotonic()
        before = seen.tables_revision()
        await asyncio.sleep(0)
        two.register("acme")
        with seen.known_at(at_s):
            assert seen.tables_revision() == before
        assert seen.tables_revision() != before

    asyncio.run(main())


def test_what_was_heard_counts_for_as_long_as_it_is_said(two: Two, asked: Counter[str]) -> None:
    here = two.here
    before = here.foreign_tables_revision()
    heard_at = monotonic()
    two.register("acme")
    asked.clear()
    assert here.foreign_tables_revision(since=0.0) == before
    assert not asked
    assert here.foreign_tables_revision(since=heard_at) != before
    assert here.foreign_tables_revision() == here.foreign_tables_revision(since=heard_at)
