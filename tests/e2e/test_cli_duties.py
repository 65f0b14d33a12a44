"""What ``tarl worker`` does beside its queue: timers, nodes, logs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from tests.e2e.cli_process import Cli, stop, wait_until

pytestmark = pytest.mark.e2e

REMIND = """
import logging
from pathlib import Path

from tarl.work.timers.handlers import Due, Handlers

handlers = Handlers()


@handlers.register
def remind(due: Due) -> None:
    Path(__file__).with_name("reminded.txt").write_text(str(due.payload))
    logging.getLogger("mine").warning("reminded")
"""

SET = """
from tarl.engines.embedded.clock import SystemClock
from tarl.storage import open_store
from tarl.work.timers.ledger import Request, Timers

store = open_store("tarl.db")
timers = Timers(store, clock=SystemClock())
timers.set(Request(timer_id="tea", handler="remind", delay_ms=100, payload="the tea"))
store.close()
"""


@pytest.mark.parametrize("command", [("worker",), ("schedules", "run")], ids=["worker", "run"])
def test_timers_are_fired_by_handlers_of_the_loaded_code(cli: Cli, command: tuple[str]) -> None:
    (cli.directory / "remind.py").write_text(REMIND)
    subprocess.run([sys.executable, "-c", SET], cwd=cli.directory, check=True)
    process = cli.start(*command, "--code", "remind.py")
    wait_until(lambda: (cli.directory / "reminded.txt").exists())
    done = stop(process, signal.SIGTERM)
    assert done.code == 0, done
    assert (cli.directory / "reminded.txt").read_text() == "the tea"


def test_a_worker_without_anything_to_do_says_so(cli: Cli) -> None:
    (cli.directory / "empty.py").write_text("")
    assert cli.refused("worker", "--code", "empty.py") == (2, "worker.no_code")


def test_a_dead_node_s_work_goes_to_others_of_its_tenant(cli: Cli) -> None:
    cli("nodes", "add", "weak", "--priority", "5", "--heartbeat", "600", "--tenant", "acme")
    cli("nodes", "add", "strong", "--tenant", "acme")
    assert cli("nodes", "route", "job", "--task", "t", "--tenant", "acme").out == "weak\n"
    weak = ("--priority", "5", "--heartbeat", "0.001", "--tenant", "acme")
    cli("nodes", "add", "weak", *weak)
    process = cli.start("worker", "--code", "one.py")

    def load() -> int:
        return int(cli("nodes", "show", "strong", "--tenant", "acme", "--json").data["load"])

    wait_until(lambda: load() == 1)
    done = stop(process, signal.SIGTERM)
    assert "node weak is dead: 1 of its tasks have other nodes" in done.err


def test_what_a_worker_logs_names_what_it_is_about(cli: Cli) -> None:
    (cli.directory / "noisy.py").write_text(
        "import logging\n"
        "from tarl import activity\n\n\n"
        "@activity\n"
        "def shout(n: int) -> None:\n"
        "    logging.getLogger('mine').warning('loud')\n"
    )
    cli("queue", "add", "shout", "--input", "1", "--id", "one")
    words = ("worker", "--code", "noisy.py", "--until-empty")
    assert "WARNING  mine: loud tenant=default attempt=1 queue=main task=one" in cli(*words).err
    cli("queue", "add", "shout", "--input", "1", "--id", "two")
    done = cli(*words, "--json")
    (line,) = map(json.loads, done.err.splitlines())
    assert (line["logger"], line["message"], line["task"]) == ("mine", "loud", "two")
