"""Who owns a run, by locks of the server; and waiting for what others commit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from tests.postgres_server import Server, server

from tarl.errors import Conflict, Unavailable
from tarl.journal.place import is_database, place_of, shown
from tarl.journal.postgres.line import Line
from tarl.journal.postgres.owners import PostgresOwners, is_owned
from tarl.journal.postgres.session import connect, durability
from tarl.journal.postgres.store import PostgresStore
from tarl.journal.postgres.tailing import Tail
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

HOLDER = """
import sys, time
from tarl.journal.postgres.owners import PostgresOwners
owners = PostgresOwners(sys.argv[1])
owners.take("run/a/x/1")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.database()


def test_one_owner_at_a_time(url: str) -> None:
    one, other = PostgresOwners(url), PostgresOwners(url)
    one.take("run/a/x/1")
    other.take("run/a/x/2")
    for owners in (one, other):
        with pytest.raises(Conflict) as refused:
            owners.take("run/a/x/1")
        assert refused.value.code == "run.owned"
    assert [is_owned(url, f"run/a/x/{n}") for n in (1, 2, 3)] == [True, True, False]
    one.release("run/a/x/1")
    assert not is_owned(url, "run/a/x/1")
    other.take("run/a/x/1")
    other.close()
    assert not is_owned(url, "run/a/x/2")
    one.close()


def test_what_is_closed_is_free_before_the_server_hears_of_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = PostgresOwners(url), PostgresOwners(url)
    one.take("run/a/x/1")
    with monkeypatch.context() as later:
        later.setattr(one._session, "close", lambda: None)
        one.close()
        other.take("run/a/x/1")
    one.close()
    other.close()


def test_death_frees_what_a_process_owned(url: str) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        assert is_owned(url, "run/a/x/1")
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(timeout=10)
    deadline = time.monotonic() + 60
    while is_owned(url, "run/a/x/1"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_was_owned_is_owned_again_on_a_new_connection(url: str) -> None:
    one, other = PostgresOwners(url), PostgresOwners(url)
    one.take("run/a/x/1")
    one.take("run/a/x/2")
    cut_off(url)
    other.take("run/a/x/2")
    one.take("run/a/x/3")
    assert is_owned(url, "run/a/x/1")
    with pytest.raises(Conflict):
        one.take("run/a/x/2")
    one.close()
    other.close()


@pytest.mark.parametrize("has_line", [False, True])
def test_what_is_let_go_of_while_the_server_is_away_is_free(
    postgres: Server, url: str, has_line: bool
) -> None:
    line = Line(url, lambda: connect(url).close()) if has_line else None
    one, other = PostgresOwners(url, line=line), PostgresOwners(url)
    one.take("run/a/x/1")
    postgres.kill()
    before_s = time.monotonic()
    one.release("run/a/x/1")
    assert time.monotonic() - before_s < 10
    postgres.start()
    other.take("run/a/x/1")
    other.close()
    one.take("run/a/x/1")
    one.close()


def test_what_could_not_be_let_go_of_is_let_go_of_later(
    postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(url, lambda: connect(url).close())
    one, other = PostgresOwners(url, line=line), PostgresOwners(url)
    one.take("run/a/x/1")
    with monkeypatch.context() as away:
        away.setattr(line, "check", refuse)
        one.release("run/a/x/1")
    with pytest.raises(Conflict):
        other.take("run/a/x/1")
    one.take("run/a/x/2")
    other.take("run/a/x/1")
    one.close()
    other.close()


def refuse() -> None:
    raise Unavailable("gone", code="journal.unreachable")


def cut_off(url: str) -> None:
    """End all other connections; each is gone when this returns."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_whoever_waits_hears_of_a_commit(url: str) -> None:
    store, tail = PostgresStore(url, origin="o"), Tail(url)
    assert not tail.wait(0.3)
    writer = StreamWriter("run/a/x/1", tenant="a", codec=store.codec)
    commit = Batch([writer.append("x/1", b"{}", at_ms=1)])
    later = threading.Timer(0.3, store.commit, [commit])
    later.start()
    begin = time.monotonic()
    assert tail.wait(20)
    assert time.monotonic() - begin < 10
    later.join()
    cut_off(url)
    store.commit(Batch([writer.append("x/1", b"{}", at_ms=1)]))
    assert tail.wait(5)  # something may have been missed
    assert tail.wait(5)  # and something was
    assert not tail.wait(0.3)
    tail.close()
    store.close()


def test_a_password_is_not_shown() -> None:
    url = "postgresql://bob:secret@db.example:5433/tarl?sslmode=require"
    assert place_of(url) == url
    assert is_database(url)
    assert not is_database("tarl.db")
    assert shown(url) == "postgresql://db.example:5433/tarl"
    with pytest.raises(Unavailable) as refused:
        durability("postgresql://bob:secret@/none?host=/nowhere")
    assert "secret" not in str(refused.value) + str(refused.value.facts)


def test_what_a_server_may_lose_is_named(postgres: Server, url: str) -> None:
    assert durability(url)[1] == []
    postgres.stop()
    postgres.start(fsync="off")
    try:
        assert durability(url)[1] == ["fsync = off"]
    finally:
        postgres.stop()
        postgres.start(fsync="on")


def test_who_reads_goes_on_when_the_server_was_started_again(postgres: Server, url: str) -> None:
    reads, writes = PostgresStore(url, origin="o"), PostgresStore(url, origin="o")
    writer = StreamWriter("run/a/x/1", tenant="a", codec=writes.codec)

    def commit() -> None:
        row = writer.append("x/1", b"{}", at_ms=1)
        writes.commit(Batch([row], epochs={writer.stream: 1}))

    commit()
    assert [event.seq for event in reads.read(writer.stream)] == [1]  # it gives places out itself
    postgres.kill()
    postgres.start()
    commit()
    assert [event.seq for event in reads.read(writer.stream)] == [1, 2]
    postgres.kill()
    postgres.start()
    assert reads.log_size() == 2
    for store in (reads, writes):
        store.close()
