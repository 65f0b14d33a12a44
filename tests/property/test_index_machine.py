"""Several writers on one file against a list: no two events in one place, and all are found.

Nothing in the file refuses a second event at a place of a stream; what the writers know of it does.
So they write to few streams in turn, in every way that there is, with positions that are right and
wrong, and the index by stream is brought up to date after every few events.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tarl.errors import Conflict
from tarl.journal import sqlite_index
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

STREAMS = ("run/a/x/1", "run/a/y/1")
KINDS = ("step.completed/1", "step.completed/1", "patch.marked/1", "signal.sent/1")
WRITERS = 3


class IndexMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory(prefix="tarl-index-")
        self.stores = [self.opened() for _ in range(WRITERS)]
        self.log: list[tuple[str, int, str]] = []
        self.epochs: dict[str, int] = {}

    def opened(self) -> SqliteStore:
        path = Path(self.folder.name) / "j.db"
        return SqliteStore(path, origin="tarl/test", synchronous="NORMAL")

    @rule(
        who=st.integers(0, WRITERS - 1),
        how=st.sampled_from(("alone", "alone", "at", "at", "transaction", "each")),
        parts=st.lists(
            st.tuples(st.sampled_from(STREAMS), st.lists(st.sampled_from(KINDS), min_size=1)),
            min_size=1,
            max_size=2,
            unique_by=lambda part: part[0],
        ),
        shift=st.sampled_from((0, 0, 0, 0, -1, -2, 1)),
        longer=st.sampled_from((0, 0, 0, -1, 1)),
    )
    def commit(
        self, who: int, how: str, parts: list[tuple[str, list[str]]], shift: int, longer: int
    ) -> None:
        shift = max([shift, *(-self.length(stream) for stream, _ in parts)])
        rows = [row for stream, kinds in parts for row in self.rows(stream, kinds[:2], shift)]
        store, owned = self.stores[who], parts[0][0]
        batch = Batch(rows, (), {owned: self.epochs.get(owned, 1)})
        if how == "at":
            written = store.commit_at(len(self.log) + longer, batch)
            assert not (written and (shift or longer))
        elif how == "each":
            (refusal,) = store.commit_each([batch])
            assert (refusal is None) == (not shift)
            written = refusal is None
        else:
            if how == "transaction":
                batch = batch._replace(guards=(lambda tables: None,))
            written = not shift
            if shift:
                with pytest.raises(Conflict):
                    store.commit(batch)
            else:
                store.commit(batch)
        if written:
            self.log += [(row.stream, row.seq, row.kind) for row in rows]
            for stream, _ in parts:
                self.epochs.setdefault(stream, 1 if stream == owned else 0)
        self.all_is_found(self.stores[who - 1])

    def rows(self, stream: str, kinds: list[str], shift: int) -> list[Row]:
        writer = StreamWriter(stream, tenant="a", codec=Codec())
        writer.seq = self.length(stream) + shift
        return [writer.append(kind, b"{}", at_ms=1) for kind in kinds]

    def length(self, stream: str) -> int:
        return sum(name == stream for name, _, _ in self.log)

    @rule(who=st.integers(0, WRITERS - 1), stream=st.sampled_from(STREAMS))
    def take_over(self, who: int, stream: str) -> None:
        if stream in self.epochs:
            self.epochs[stream] = self.stores[who].take_over(stream)

    @rule(who=st.integers(0, WRITERS - 1))
    def open_again(self, who: int) -> None:
        self.stores[who].close()
        self.stores[who] = self.opened()

    def all_is_found(self, store: SqliteStore) -> None:
        assert [(e.stream, e.seq, e.kind) for e in store.read_log()] == self.log
        for stream in STREAMS:
            mine = [place for place in self.log if place[0] == stream]
            assert [(e.stream, e.seq, e.kind) for e in store.read(stream)] == mine
            assert [e.seq for e in store.read(stream, after=2, until=5)] == [
                seq for _, seq, _ in mine if 2 < seq <= 5
            ]
            assert [e.seq for e in store.read_kind(stream, "patch.marked/1")] == [
                seq for _, seq, kind in mine if kind == "patch.marked/1"
            ]
            head = store.head(stream)
            assert (0 if head is None else head.seq) == len(mine)
        assert store.announced(3) == [
            (index, stream)
            for index, (stream, _, kind) in enumerate(self.log)
            if kind == "signal.sent/1" and index >= 3
        ]

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            assert self.stores[0].index_faults() == []
            for store in self.stores:
                store.close()
            self.folder.cleanup()


@pytest.mark.parametrize("behind", [1, 2, 3, 7])
def test_no_two_events_in_one_place_and_all_are_found(
    behind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_index, "BEHIND_MAX", behind)
    run_state_machine_as_test(
        IndexMachine, settings=settings(max_examples=100, stateful_step_count=40, deadline=None)
    )
