"""A server takes the place of another in the middle of commits: what was acknowledged is there, and
nothing is there twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.postgres_server import PORT, Server, server

from tarl.journal.event import ChainCheck
from tarl.journal.postgres.store import PostgresStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

WRITERS, BEFORE, AFTER = 3, 40, 20


@pytest.fixture
def two() -> Iterator[tuple[Server, Server]]:
    with server() as leader, server(leader=leader) as follower:
        leader.wait_for_followers()
        yield leader, follower


def test_commits_go_on_at_the_server_that_took_over(two: tuple[Server, Server]) -> None:
    leader, follower = two
    name = leader.database().partition("?")[0]
    hosts = f"host={leader.home},{follower.home}&port={PORT},{PORT}"
    url = f"{name}?{hosts}&target_session_attrs=read-write"
    PostgresStore(url, origin="o").close()
    acknowledged = [0] * WRITERS
    going = threading.Barrier(WRITERS + 1)

    def write(n: int) -> None:
        store = PostgresStore(url, origin="o")
        writer = StreamWriter(f"run/a/{n}/1", tenant="a", codec=store.codec)
        for at in range(BEFORE + AFTER):
            if at == BEFORE:
                going.wait()
            row = writer.append("x/1", b"{}", at_ms=at)
            store.commit(Batch([row], epochs={writer.stream: 1}))
            acknowledged[n] = row.seq
        store.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    going.wait()
    leader.kill()
    follower.promote()
    for thread in threads:
        thread.join(timeout=60)

    assert acknowledged == [BEFORE + AFTER] * WRITERS
    store = PostgresStore(url, origin="o")
    events = list(store.read_log())
    assert [event.log_index for event in events] == list(range(WRITERS * (BEFORE + AFTER)))
    for n in range(WRITERS):
        stream = f"run/a/{n}/1"
        ChainCheck(stream).check_all(event for event in events if event.stream == stream)
    store.close()
