"""Services that start before their database does."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.e2e.cli_process import Cli, stop
from tests.postgres_server import server
from tests.temporal_server import Server as Temporal
from tests.temporal_server import server as temporal_server

from tarl.interfaces.cli.starting import WAIT_S

pytestmark = pytest.mark.e2e

SERVICES = [("worker", "--code", "flow.py", "--until-empty"), ("serve", "--code", "flow.py")]
NOBODY = "postgresql://tarl@/t0?host=/nowhere&port=5432"


@pytest.mark.parametrize("words", SERVICES, ids=["worker", "serve"])
def test_a_database_that_stays_away_is_waited_for_and_then_told(
    cli: Cli, words: tuple[str, ...]
) -> None:
    began_s = time.monotonic()
    done = cli(*words, "--db", NOBODY, "--wait", "2")
    assert time.monotonic() - began_s >= 2
    assert done.code == 10
    assert "does not answer" in done.err
    assert "; waiting for it for up to 2 s\n" in done.err
    assert done.err.count("waiting") == 1
    assert "code: journal.unreachable" in done.err
    assert cli(*words, "--db", NOBODY, "--wait", "0").err.count("waiting") == 0


def test_a_worker_begins_once_its_database_is_there(cli: Cli) -> None:
    with server() as postgres:
        url = postgres.database()
        postgres.kill()
        threading.Timer(2, postgres.start).start()
        done = cli("worker", "--code", "flow.py", "--until-empty", "--db", url)
    assert done.code == 0, done
    assert "; waiting for it for up to 60 s\nthe database answers\n" in done.err
    assert "completed 0" in done.err


ON_TEMPORAL = [
    ("worker", "--code", "flow.py", "--engine", "temporal"),
    ("serve", "--code", "flow.py", "--engine", "temporal", "--port", "0"),
]


@pytest.mark.parametrize("words", ON_TEMPORAL, ids=["worker", "serve"])
def test_a_temporal_server_that_stays_away_is_waited_for_and_then_told(
    cli: Cli, words: tuple[str, ...]
) -> None:
    began_s = time.monotonic()
    done = cli(*words, "--temporal", "127.0.0.1:1", "--wait", "2")
    assert time.monotonic() - began_s >= 2
    assert done.code == 10
    told = "Temporal at 127.0.0.1:1 does not answer: nothing listens there; waiting for it"
    assert f"{told} for up to 2 s\n" in done.err
    assert done.err.count("waiting") == 1
    assert "code: temporal.unavailable" in done.err
    none = cli(*words, "--temporal", "127.0.0.1:1", "--wait", "0")
    assert (none.code, none.err.count("waiting")) == (10, 0)


def test_what_is_no_temporal_server_is_not_waited_for(cli: Cli) -> None:
    """A connection that breaks off before the client knows what it talks to is tried again."""
    began_s = time.monotonic()
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        done = cli(*ON_TEMPORAL[0], "--temporal", f"127.0.0.1:{other.server_port}")
        other.shutdown()
    assert time.monotonic() - began_s < WAIT_S / 2
    assert done.code == 10, done
    assert done.err.count("waiting") == done.err.count("the connection broke off") <= 1
    assert "what answers there is no Temporal server" in done.err


def test_a_worker_begins_once_its_temporal_server_is_there(cli: Cli, temporal: Temporal) -> None:
    address = temporal.address
    temporal.stop()
    words = ("--temporal", address, "--namespace", temporal.namespace())
    worker = cli.start(*ON_TEMPORAL[0], *words)
    assert worker.stderr is not None
    heard = [worker.stderr.readline().decode()]
    assert "; waiting for it for up to 60 s\n" in heard[-1]
    temporal.start()
    while "serves task queue" not in heard[-1]:
        heard.append(worker.stderr.readline().decode())
        assert heard[-1], heard
    assert "Temporal answers\n" in heard
    assert stop(worker, signal.SIGTERM).code == 0


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[Temporal]:
    with temporal_server(tmp_path / "temporal.db", namespaces=1) as running:
        yield running
