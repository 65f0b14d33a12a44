"""Services whose workflow code computes without yielding: one Ctrl-C ends them as it ends a run."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.e2e.cli_process import Cli, stop, wait_until
from tests.e2e.spinning import SPINS

pytestmark = pytest.mark.e2e

END_S_MAX = 20.0
"""What a service may take; it finishes for 3 s, is interrupted for 2 s, and machines are busy."""

CATCHES = "try:\n            len([])\n        except BaseException:\n            pass"


def spinning(cli: Cli, waits: str, catches: str = "pass") -> None:
    (cli.directory / "spins.py").write_text(
        SPINS.replace("WAITS", waits).replace("CATCHES", catches)
    )


def working(cli: Cli) -> subprocess.Popen[bytes]:
    assert cli("queue", "add", "spins", "--id", "s").code == 0
    return cli.start("worker", "--code", "spins.py", "--lease", "2")


def serving(cli: Cli) -> subprocess.Popen[bytes]:
    process = cli.start("serve", "--code", "spins.py", "--port", "0", "--json")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()
    told = json.loads(line)
    connection = http.client.HTTPConnection(urlsplit(told["url"]).netloc, timeout=30)
    token = Path(told["token_file"]).read_text().strip()
    body = json.dumps({"workflow": "spins", "id": "s"})
    with contextlib.closing(connection):
        connection.request("POST", "/v1/runs", body, {"Authorization": f"Bearer {token}"})
        wait_until(lambda: has_begun(cli))
    return process


def taking_up(cli: Cli) -> subprocess.Popen[bytes]:
    run = cli.start("run", "spins.py", "--id", "s")
    wait_until(lambda: has_begun(cli))
    stop(run, signal.SIGKILL)
    taken = cli.start("schedules", "run", "--code", "spins.py")
    wait_until(lambda: cli("runs", "ls", "--json").data["runs"][0]["status"] == "running")
    return taken


def has_begun(cli: Cli) -> bool:
    listed = cli("runs", "ls", "--json")
    if listed.code or not listed.data["runs"]:
        return False
    return "step.completed" in cli("runs", "tail", listed.data["runs"][0]["run"], "--json").out


SERVICES = {"worker": working, "serve": serving, "schedules": taking_up}


@pytest.mark.parametrize("catches", ["pass", CATCHES], ids=["spinning", "catching everything"])
@pytest.mark.parametrize("service", SERVICES)
def test_one_interruption_ends_a_service_whose_code_computes_without_end(
    cli: Cli, service: str, catches: str
) -> None:
    spinning(cli, "True", catches)
    process = SERVICES[service](cli)
    wait_until(lambda: has_begun(cli))
    time.sleep(1)
    assert process.poll() is None, process.communicate()
    began_s = time.monotonic()
    done = stop(process, signal.SIGINT)
    assert time.monotonic() - began_s < END_S_MAX
    assert done.code == 130, done
    assert "interrupted" in (done.data["error"]["code"] if service == "serve" else done.err)
    assert "Traceback" not in done.err
    assert cli("db", "check").code == 0

    (run,) = (record["run"] for record in cli("runs", "ls", "--json").data["runs"])
    spinning(cli, "False")
    assert cli("resume", run, "--code", "spins.py").out == "1\n"
