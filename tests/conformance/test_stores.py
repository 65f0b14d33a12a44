"""One suite for every store: a state machine against a naive model, and each law by itself.

The model keeps Python lists and does the obvious. Stores: memory, SQLite and PostgreSQL, in clear
and sealed; those on disk through two connections, as two processes would hold them, and opened
again at random.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.postgres_server import Server, server

from tarl.errors import Conflict, Corrupt, Exceeded, Missing
from tarl.journal import sqlite_index
from tarl.journal.codec import Codec
from tarl.journal.event import ChainCheck, Row
from tarl.journal.memory import MemoryStore
from tarl.journal.postgres.store import PostgresStore
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, Checkpoint, CommitsAt, Store
from tarl.journal.writer import StreamWriter
from tarl.testing.faults import Faults, FaultyStore

TALLY = Table(
    name="tally",
    columns={"stream": "TEXT", "kind": "TEXT", "count": "INTEGER", "last": "TEXT"},
    key=("stream", "kind"),
    indexes=(("count",),),
)


def tally(tables: Tables, fact: Fact) -> None:
    key = fact.stream, fact.kind
    if fact.kind == "thing.removed/1":
        tables.delete("tally", fact.stream, "thing.made/1")
        return
    text = None if fact.body is None else fact.body.decode()
    if (record := tables.get("tally", *key)) is None:
        tables.put("tally", dict(zip(TALLY.columns, (*key, 1, text), strict=True)))
    else:
        tables.update("tally", key, {"count": record["count"] + 1, "last": text})


PROJECTION = Projection(
    name="tally",
    tables=(TALLY,),
    kinds=frozenset({"thing.made/1", "thing.removed/1", "patch.marked/1"}),
    apply=tally,
)
KINDS = ("thing.made/1", "thing.removed/1", "patch.marked/1", "other/1")
STREAMS = ("run/a/x/1", "run/a/x/10", "run/b/x/1", "agent/a/%C3%A4", "loose")
TENANTS = ("a", "b", "ä", "")


def tenant_of(stream: str) -> str:
    parts = stream.split("/", 2)
    return unquote(parts[1]) if len(parts) > 1 else ""


class Keys:
    """Tenant keys that can be destroyed."""

    def __init__(self) -> None:
        self.keys = {tenant: bytes([i + 1]) * 32 for i, tenant in enumerate(TENANTS)}

    def __call__(self, tenant: str) -> bytes | None:
        return self.keys.get(tenant)


class Place:
    """Where a store's data lies, so that it can be opened more than once."""

    def __init__(self, kind: str, folder: Path, database: Callable[[], str]) -> None:
        self.on_disk = kind.startswith(("sqlite", "postgres"))
        self._url = database() if kind.startswith("postgres") else None
        self._is_faulty = kind == "faulty"
        self.keys = Keys()
        self.codec = Codec(self.keys, seals=kind.endswith("sealed"))
        self._path = folder / "journal.db"
        self._memory: MemoryStore | None = None

    def open(self) -> Store:
        options: dict[str, Any] = {"codec": self.codec, "projections": (PROJECTION,)}
        if self._url is not None:
            return PostgresStore(self._url, origin="tarl/test", **options)
        if self.on_disk:
            return SqliteStore(self._path, origin="tarl/test", synchronous="NORMAL", **options)
        if self._memory is None:
            self._memory = MemoryStore(origin="tarl/test", **options)
        return FaultyStore(self._memory, Faults(0, {})) if self._is_faulty else self._memory


class StoreMachine(RuleBasedStateMachine):
    kind = "memory"
    database: Callable[[], str]

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory(prefix="tarl-store-")
        self.place = Place(self.kind, Path(self.folder.name), type(self).database)
        self.stores = [self.place.open(), self.place.open()]
        self.log: list[tuple[Row, bytes]] = []
        self.bodies: dict[tuple[str, int], bytes] = {}
        self.epochs: dict[str, int] = {}
        self.blobs: dict[tuple[str, bytes], bytes] = {}
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.erased: set[str] = set()
        self.clock = 1_000

    # --- what is done

    @rule(
        who=st.integers(0, 1),
        parts=st.lists(
            st.tuples(
                st.sampled_from(STREAMS),
                st.lists(st.tuples(st.sampled_from(KINDS), st.text(max_size=5)), max_size=3),
            ),
            max_size=3,
            unique_by=lambda part: part[0],
        ),
        blob=st.none() | st.binary(max_size=40),
        flaw=st.sampled_from(("", "", "", "gap", "again", "epoch", "guard")),
        owned=st.booleans(),
    )
    def commit(self, who: int, parts: Any, blob: bytes | None, flaw: str, owned: bool) -> None:
        parts = [part for part in parts if tenant_of(part[0]) not in self.erased]
        if not parts:
            return
        rows: list[tuple[Row, bytes]] = []
        for stream, facts in parts:
            rows += self.rows(stream, facts, shift=flaw == "gap")
        epochs = {s: self.epochs.get(s, 1) for s, _ in parts} if owned else {}
        expected: type[Exception] | None = None
        if flaw == "gap" and rows:
            expected = Conflict
        elif flaw == "again" and rows and self.length(rows[-1][0].stream):
            rows.append((rows[-1][0]._replace(seq=1), b"{}"))
            expected = Conflict
        elif flaw == "epoch" and parts[-1][0] in self.epochs:
            epochs[parts[-1][0]] = self.epochs[parts[-1][0]] - 1
            expected = Conflict
        guards = (self.refusing,) if flaw == "guard" else (self.looking,)
        expected = Exceeded if flaw == "guard" else expected
        blobs = []
        if blob is not None:
            tenant = tenant_of(parts[0][0])
            digest, stored = self.place.codec.store_blob(tenant, blob)
            blobs.append((digest, stored))
        batch = Batch([row for row, _ in rows], blobs, epochs, guards)
        if expected is not None:
            with pytest.raises(expected):
                self.stores[who].commit(batch)
            return
        self.stores[who].commit(batch)
        for digest, _ in blobs:
            self.blobs[tenant, digest] = blob or b""
        for row, body in rows:
            self.model(row, body, epochs)

    @rule(
        who=st.integers(0, 1),
        streams=st.lists(st.sampled_from(STREAMS), min_size=1, max_size=2, unique=True),
        texts=st.lists(st.text(max_size=5), min_size=1, max_size=5),
        flaw=st.sampled_from(("", "", "", "gap", "again", "epoch")),
        shorter=st.none() | st.integers(0, 2),
    )
    def go_on(
        self, who: int, streams: list[str], texts: list[str], flaw: str, shorter: int | None
    ) -> None:
        """What a run's step commits: a few rows, one owner, nothing beside them."""
        if any(tenant_of(stream) in self.erased for stream in streams):
            return
        store, owned = self.stores[who], streams[0]
        rows: list[tuple[Row, bytes]] = []
        for stream in streams:
            facts = [("other/1", text) for text in texts]
            rows += self.rows(stream, facts, shift=flaw == "gap")
        epochs = {owned: self.epochs.get(owned, 1)}
        if flaw == "again" and self.length(owned):
            rows = [(row._replace(seq=row.seq - 1), body) for row, body in rows]
        elif flaw == "epoch" and owned in self.epochs:
            epochs[owned] -= 1
        elif flaw != "gap":
            flaw = ""
        batch = Batch([row for row, _ in rows], (), epochs)
        if shorter is not None and isinstance(store, CommitsAt):
            written = store.commit_at(len(self.log) - shorter, batch)
            assert not (written and (flaw or shorter))
        elif flaw:
            with pytest.raises(Conflict):
                store.commit(batch)
            written = False
        else:
            store.commit(batch)
            written = True
        for row, body in rows if written else ():
            self.model(row, body, epochs)

    def rows(self, stream: str, facts: Any, *, shift: bool) -> list[tuple[Row, bytes]]:
        writer = StreamWriter(stream, tenant=tenant_of(stream), codec=self.place.codec)
        mine = [row for row, _ in self.log if row.stream == stream]
        if mine:
            writer.continue_from(mine[-1].seq, mine[-1].digest, mine[-1].recorded_at_ms)
        if shift:
            writer.seq += 1
        made = []
        for kind, text in facts:
            self.clock += 1
            body = json.dumps({"text": text}).encode()
            observed = b"{}" if len(text) == 1 else None
            made.append((writer.append(kind, body, at_ms=self.clock, observed=observed), body))
        return made

    def model(self, row: Row, body: bytes, epochs: dict[str, int]) -> None:
        self.epochs.setdefault(row.stream, epochs.get(row.stream, 0))
        self.log.append((row, body))
        key = row.stream, row.kind
        if row.kind == "thing.removed/1":
            self.records.pop((row.stream, "thing.made/1"), None)
        elif row.kind in PROJECTION.kinds:
            count = self.records.get(key, {"count": 0})["count"] + 1
            values = (*key, count, body.decode())
            self.records[key] = dict(zip(TALLY.columns, values, strict=True))

    def refusing(self, tables: Tables) -> None:
        raise Exceeded("the guard refuses")

    def looking(self, tables: Tables) -> None:
        assert list(tables.scan("tally")) == [self.records[key] for key in sorted(self.records)]

    @rule(who=st.integers(0, 1), stream=st.sampled_from(STREAMS))
    def take_over(self, who: int, stream: str) -> None:
        if stream not in self.epochs:
            with pytest.raises(Missing):
                self.stores[who].take_over(stream)
            return
        self.epochs[stream] += 1
        assert self.stores[who].take_over(stream) == self.epochs[stream]

    @rule(who=st.integers(0, 1))
    def open_again(self, who: int) -> None:
        if self.place.on_disk:
            self.stores[who].close()
        self.stores[who] = self.place.open()

    @precondition(lambda self: self.place.codec.seals)
    @rule(tenant=st.sampled_from(TENANTS))
    def destroy_key(self, tenant: str) -> None:
        self.erased.add(tenant)
        self.place.keys.keys.pop(tenant, None)

    # --- what is read

    @rule(
        who=st.integers(0, 1),
        stream=st.sampled_from(STREAMS),
        after=st.integers(0, 4),
        until=st.none() | st.integers(0, 6),
    )
    def read(self, who: int, stream: str, after: int, until: int | None) -> None:
        expected = [
            self.read_back(i)
            for i, (row, _) in enumerate(self.log)
            if row.stream == stream and after < row.seq <= (until if until is not None else 10**9)
        ]
        found = self.stores[who].read(stream, after=after, until=until)
        assert [event[:7] + event[9:] for event in found] == expected

    @rule(who=st.integers(0, 1), stream=st.sampled_from(STREAMS))
    def read_kind(self, who: int, stream: str) -> None:
        expected = [
            row.seq for row, _ in self.log if row.stream == stream and row.kind == "patch.marked/1"
        ]
        found = list(self.stores[who].read_kind(stream, "patch.marked/1"))
        assert [event.seq for event in found] == expected
        with pytest.raises(ValueError, match="not looked up"):
            list(self.stores[who].read_kind(stream, "other/1"))

    @rule(who=st.integers(0, 1), start=st.integers(0, 5), stop=st.none() | st.integers(0, 12))
    def read_log(self, who: int, start: int, stop: int | None) -> None:
        expected = [self.read_back(i) for i in range(len(self.log))][start:stop]
        found = self.stores[who].read_log(start, stop)
        assert [event[:7] + event[9:] for event in found] == expected

    @rule(who=st.integers(0, 1), prefix=st.sampled_from(("", "run/", "run/a/x/1", "loose", "zz")))
    def streams(self, who: int, prefix: str) -> None:
        expected = sorted({row.stream for row, _ in self.log if row.stream.startswith(prefix)})
        assert list(self.stores[who].streams(prefix)) == expected

    @rule(who=st.integers(0, 1))
    def read_blobs(self, who: int) -> None:
        for (tenant, digest), data in self.blobs.items():
            if tenant in self.erased:
                with pytest.raises(Missing, match="erased"):
                    self.stores[who].blob(tenant, digest)
            else:
                assert self.stores[who].blob(tenant, digest) == data
        with pytest.raises(Missing, match="no blob"):
            self.stores[who].blob("a", bytes(32))

    @rule(who=st.integers(0, 1), descending=st.booleans(), limit=st.none() | st.integers(0, 3))
    def scan(self, who: int, descending: bool, limit: int | None) -> None:
        records = [self.records[key] for key in sorted(self.records)]
        store = self.stores[who]
        assert list(store.scan("tally")) == records
        ones = [record for record in records if record["count"] == 1]
        assert list(store.scan("tally", {"count": 1})) == ones
        found = store.scan("tally", order_by="count", descending=descending, limit=limit)
        counts = sorted((r["count"] for r in records), reverse=descending)
        assert [record["count"] for record in found] == counts[:limit]
        for key in self.records:
            assert store.get("tally", *key) == self.records[key]
        assert store.get("tally", "loose", "nothing/1") is None

    @invariant()
    def heads_and_chains(self) -> None:
        if not hasattr(self, "stores"):
            return
        last: dict[str, Row] = {row.stream: row for row, _ in self.log}
        for store in self.stores:
            assert store.log_size() == len(self.log)
            for stream in STREAMS:
                head, row = store.head(stream), last.get(stream)
                assert head == (row and (row.seq, row.digest, row.recorded_at_ms))

    @rule(who=st.integers(0, 1))
    def verify_chains(self, who: int) -> None:
        checks = {stream: ChainCheck(stream) for stream in STREAMS}
        for event in self.stores[who].read_log():
            checks[event.stream].check_all([event])

    def length(self, stream: str) -> int:
        return sum(row.stream == stream for row, _ in self.log)

    def read_back(self, index: int) -> tuple[Any, ...]:
        row, body = self.log[index]
        seen = None if self.place.codec.seals and tenant_of(row.stream) in self.erased else body
        place = (row.stream, row.seq, row.kind, seen, row.digest)
        return (*place, row.recorded_at_ms, row.observed, index)

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            for store in set(self.stores):
                if isinstance(store, SqliteStore):
                    assert store.index_faults() == []
                store.close()
            self.folder.cleanup()


STORES = (
    *("memory", "memory-sealed", "sqlite", "sqlite-sealed", "postgres", "postgres-sealed"),
    "faulty",
)
"""``faulty`` is the testing room's store over memory, with no fault: a fake passes the same
suite.
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


Database = Callable[[], str]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """Makes an empty database; the server is started by the first test that wants one."""

    def empty() -> str:
        made: str = request.getfixturevalue("postgres").database()
        return made

    return empty


class Emptied:
    """One database, emptied for each example: to make one takes longer than an example."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._url = ""

    def __call__(self) -> str:
        if not self._url:
            self._url = self._database()
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self._url


@pytest.mark.parametrize("kind", STORES)
def test_it_behaves_as_the_model(kind: str, database: Database) -> None:
    there = {"kind": kind, "database": Emptied(database)}
    machine = type(f"Machine_{kind}", (StoreMachine,), there)
    examples = 25 if kind.startswith("postgres") else 60
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=30, deadline=None)
    )


@pytest.mark.parametrize("behind", [1, 2, 7])
def test_it_behaves_as_the_model_wherever_its_index_ends(
    behind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_index, "BEHIND_MAX", behind)
    there = {"kind": "sqlite", "database": None}
    machine = type(f"Machine_behind_{behind}", (StoreMachine,), there)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=60, stateful_step_count=30, deadline=None)
    )


# --- each law by itself


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Place:
    return Place(request.param, tmp_path, database)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = place.open()
    yield opened
    opened.close()


def rows(store: Store, stream: str, *kinds: str) -> list[Row]:
    writer = StreamWriter(stream, tenant=tenant_of(stream), codec=store.codec)
    if (head := store.head(stream)) is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    return [writer.append(kind, b'{"n":1}', at_ms=5) for kind in kinds]


def test_a_commit_is_all_or_nothing_over_streams(store: Store) -> None:
    store.commit(Batch(rows(store, "run/a/x/1", "thing.made/1")))
    good = rows(store, "run/b/x/1", "thing.made/1")
    bad = rows(store, "run/a/x/1", "thing.made/1")[0]._replace(seq=7)
    blob = store.codec.store_blob("a", b"large")
    with pytest.raises(Conflict) as refused:
        store.commit(Batch([*good, bad], [blob]))
    assert refused.value.code == "journal.position"
    assert store.head("run/b/x/1") is None
    assert store.log_size() == 1
    assert [record["count"] for record in store.scan("tally")] == [1]
    with pytest.raises(Missing):
        store.blob("a", blob[0])
    store.commit(Batch(good))
    assert store.head("run/b/x/1") is not None


def test_a_writer_whose_epoch_has_passed_writes_nothing(store: Store) -> None:
    store.commit(Batch(rows(store, "run/a/x/1", "thing.made/1"), epochs={"run/a/x/1": 1}))
    assert store.take_over("run/a/x/1") == 2
    late = rows(store, "run/a/x/1", "thing.made/1")
    with pytest.raises(Conflict) as refused:
        store.commit(Batch(late, epochs={"run/a/x/1": 1}))
    assert refused.value.code == "journal.epoch"
    store.commit(Batch(late, epochs={"run/a/x/1": 2}))
    assert store.log_size() == 2


def test_the_same_epoch_guards_a_batch_without_rows(store: Store) -> None:
    store.commit(Batch(rows(store, "run/a/x/1", "thing.made/1"), epochs={"run/a/x/1": 1}))
    store.take_over("run/a/x/1")
    with pytest.raises(Conflict):
        store.commit(Batch([], [store.codec.store_blob("a", b"x")], {"run/a/x/1": 1}))


def test_a_refusing_guard_and_a_broken_projection_leave_nothing(
    tmp_path: Path, database: Database
) -> None:
    def broken(tables: Tables, fact: Fact) -> None:
        tables.put("tally", dict(zip(TALLY.columns, ("s", "k", 1, ""), strict=True)))
        raise RuntimeError("broken projection")

    projection = Projection(
        name="tally", tables=(TALLY,), kinds=frozenset({"thing.made/1"}), apply=broken
    )
    makers: tuple[Callable[[], Store], ...] = (
        lambda: MemoryStore(origin="o", projections=(projection,)),
        lambda: SqliteStore(tmp_path / "j.db", origin="o", projections=(projection,)),
        lambda: PostgresStore(database(), origin="o", projections=(projection,)),
    )
    for make in makers:
        store = make()
        with pytest.raises(RuntimeError):
            store.commit(Batch(rows(store, "run/a/x/1", "other/1", "thing.made/1")))
        assert store.log_size() == 0
        assert store.head("run/a/x/1") is None
        assert list(store.scan("tally")) == []
        store.commit(Batch(rows(store, "run/a/x/1", "other/1")))
        assert store.log_size() == 1
        store.close()


def test_a_read_left_half_way_keeps_no_other_read_in_the_past(store: Store) -> None:
    store.commit(Batch(rows(store, "run/a/x/1", *["other/1"] * 5)))
    readings = [store.read("run/a/x/1"), store.read_log(), store.streams()]
    for reading in readings:
        next(reading)
    store.commit(Batch(rows(store, "run/a/x/1", "thing.made/1")))
    head = store.head("run/a/x/1")
    assert head is not None
    assert head.seq == 6
    assert store.log_size() == 6
    assert len(list(store.read("run/a/x/1"))) == 6
    assert len(list(store.scan("tally"))) == 1


def test_readers_see_a_commit_whole(place: Place) -> None:
    writer, reader = place.open(), place.open()
    for n in range(20):
        batch = rows(writer, "run/a/x/1", "thing.made/1") + rows(writer, "run/b/x/1", "other/1")
        writer.commit(Batch(batch))
        sizes = defaultdict(int)
        for event in reader.read_log():
            sizes[event.stream] += 1
        assert sizes["run/a/x/1"] == sizes["run/b/x/1"] == n + 1
    for store in {writer, reader}:
        store.close()


def test_what_others_commit_is_another_revision(place: Place) -> None:
    here, there = place.open(), place.open()
    seen = here.foreign_revision(), here.tables_revision(), here.foreign_tables_revision()
    there.commit(Batch(rows(there, "run/a/x/1", "thing.made/1")))
    now = here.foreign_revision(), here.tables_revision(), here.foreign_tables_revision()
    assert all(a != b for a, b in zip(seen, now, strict=True))
    there.commit(Batch(rows(there, "run/a/x/1", "other/1")))
    assert here.foreign_revision() != now[0]
    assert here.foreign_tables_revision() == here.foreign_tables_revision()
    for store in {here, there}:
        store.close()


def test_the_same_blob_twice_is_kept_once_and_reads_back(store: Store) -> None:
    digest, stored = store.codec.store_blob("a", b"content")
    again, stored_again = store.codec.store_blob("a", b"content")
    assert digest == again
    store.commit(Batch([], [(digest, stored)]))
    store.commit(Batch([], [(again, stored_again)]))
    assert store.blob("a", digest) == b"content"


def test_a_blob_that_is_not_its_digest_is_corrupt(store: Store) -> None:
    digest, _ = store.codec.store_blob("a", b"content")
    _, other = store.codec.store_blob("a", b"forged!")
    store.commit(Batch([], [(digest, other)]))
    with pytest.raises(Corrupt):
        store.blob("a", digest)


def test_equal_inputs_have_equal_digests_sealed_or_not(store: Store) -> None:
    first = rows(store, "run/a/x/1", "other/1", "thing.made/1")
    second = rows(store, "run/a/x/1", "other/1", "thing.made/1")
    assert [row.digest for row in first] == [row.digest for row in second]
    if store.codec.seals:
        assert first[0].body != second[0].body


def test_checkpoints_are_kept_newest_first_and_stay_published(store: Store) -> None:
    store.commit(Batch(rows(store, "run/a/x/1", *["other/1"] * 3)))
    store.keep_checkpoint(Checkpoint(1, "one", 10, True), [(8, 0, b"h" * 32)])
    store.keep_checkpoint(Checkpoint(3, "three", 20, False), [(8, 0, b"g" * 32), (8, 1, b"i" * 32)])
    store.keep_checkpoint(Checkpoint(1, "one again", 30, False), [])
    assert [c.size for c in store.checkpoints(limit=9)] == [3, 1]
    assert store.checkpoints(published=True) == [Checkpoint(1, "one again", 30, True)]
    assert store.checkpoints(published=False) == [Checkpoint(3, "three", 20, False)]
    assert list(store.log_nodes()) == [(8, 0, b"h" * 32), (8, 1, b"i" * 32)]
    assert [store.log_node(8, index) for index in range(3)] == [b"h" * 32, b"i" * 32, None]
