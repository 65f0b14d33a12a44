"""Services that start before their database does."""

from __future__ import annotations

import threading
import time

import pytest
from tests.e2e.cli_process import Cli
from tests.postgres_server import server

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
