"""``tarl serve``: runs over HTTP in a real process, on both engines, and what it refuses."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from tests.e2e.cli_process import Cli, stop, wait_until
from tests.links import to_socket
from tests.postgres_server import PORT
from tests.postgres_server import server as postgres_server
from tests.temporal_server import Server, server

from tarl.interfaces.serve.readiness import KEPT_S

pytestmark = pytest.mark.e2e

FLOW = """
from tarl import Context, activity, workflow


@activity
async def doubled_behind_the_counter(number: int) -> int:
    return 2 * number


@workflow
async def counter(ctx: Context, number: int) -> int:
    seen = []
    ctx.on_query("seen", lambda: list(seen))

    def check(value):
        if value is None:
            raise ValueError("a number is needed")

    ctx.on_update("add", lambda value: seen.append(value) or len(seen), validator=check)
    added = await ctx.wait_for_signal("go")
    return await ctx.call(doubled_behind_the_counter, number) + added


@workflow
async def broken_counter(ctx: Context) -> None:
    raise ValueError("no change")
"""
ENGINES = ("tarl", "temporal")
SOCKET = f".s.PGSQL.{PORT}"
SILENT_S_MAX = 10.0
"""An answer of the database's is waited for a moment; the machine of the tests is busy."""

LONG = quote("一" * 512)
"""The longest name; two of them are longer than a query string may be."""


class Answer(NamedTuple):
    status: int
    data: Any
    headers: dict[str, str]


class Service:
    """A service that runs, asked over loopback."""

    def __init__(self, cli: Cli, *words: str) -> None:
        self.process = cli.start("serve", "--code", "counter.py", "--port", "0", "--json", *words)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        told = json.loads(line)
        assert told["schema"] == "tarl.serve/1"
        self.url = told["url"]
        self.port = int(self.url.rpartition(":")[2])
        self.token = Path(told["token_file"]).read_text().strip()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=70)
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        connection.request(method, path, body=data, headers={k: v for k, v in given.items() if v})
        answered = connection.getresponse()
        text = answered.read()
        connection.close()
        named = {name.lower(): value for name, value in answered.getheaders()}
        return Answer(answered.status, json.loads(text), named)

    def refused(self, method: str, path: str, body: Any = None, **how: Any) -> tuple[int, str]:
        answer = self(method, path, body, **how)
        assert answer.data["message"]
        return answer.status, answer.data["code"]


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=6) as running:
        yield running


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def service(
    cli: Cli, engine: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Service:
    (cli.directory / "counter.py").write_text(FLOW)
    if engine == "tarl":
        return Service(cli)
    on_temporal(request.getfixturevalue("temporal"), monkeypatch)
    return Service(cli, "--worker")


def on_temporal(temporal: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARL_ENGINE", "temporal")
    monkeypatch.setenv("TARL_TEMPORAL", temporal.address)
    monkeypatch.setenv("TARL_TEMPORAL_NAMESPACE", temporal.namespace())


def test_a_run_is_started_waited_for_told_asked_and_looked_at(
    service: Service, engine: str
) -> None:
    assert service("GET", "/v1/workflows").data == {
        "engine": engine,
        "workflows": ["broken_counter", "counter"],
    }
    begin = {"workflow": "counter", "input": 4, "id": "a/b", "tenant": "default"}
    started = service("POST", "/v1/runs", begin)
    assert started.data == service("POST", "/v1/runs", begin).data
    assert started.status == 200
    assert started.data == {"run": "a%2Fb/1", "tenant": "default", "id": "a/b", "n": 1}
    run = f"/v1/runs/default/{quote('a/b', safe='')}"
    assert service.refused("POST", "/v1/runs", {**begin, "input": 5}) == (409, "run.exists")

    assert service("GET", f"{run}/latest/result?wait_s=0").data["status"] == "running"
    assert service("POST", f"{run}/1/update", {"name": "add", "payload": 7}).data["answer"] == 1
    refusal = service("POST", f"{run}/1/update", {"name": "add"})
    assert (refusal.status, refusal.data["code"]) == (409, "update.rejected")
    assert service("POST", f"{run}/latest/query", {"name": "seen"}).data["answer"] == [7]
    assert service.refused("POST", f"{run}/1/query", {"name": "unseen"}) == (404, "query.unknown")

    waited: list[Answer] = []
    poll = threading.Thread(
        target=lambda: waited.append(service("GET", f"{run}/latest/result?wait_s=60"))
    )
    poll.start()
    assert service("POST", f"{run}/latest/signal", {"name": "go", "payload": 2}).status == 200
    poll.join(timeout=60)
    assert waited[0].data == {**started.data, "status": "completed", "result": 10}
    assert service("GET", f"{run}/1/result?wait_s=0").data["result"] == 10
    assert service.refused("POST", f"{run}/1/signal", {"name": "go"}) == (409, "run.ended")

    listed = service("GET", "/v1/runs?limit=5&status=completed").data["runs"]
    wait_until(lambda: len(service("GET", "/v1/runs?status=completed").data["runs"]) == 1)
    (listed,) = service("GET", "/v1/runs?limit=5&status=completed").data["runs"]
    assert (listed["id"], listed["workflow"]) == ("a/b", "counter")
    assert listed["ended_at_ms"] >= listed["started_at_ms"]
    assert service("GET", "/v1/runs?limit=1").data["next_after"] is None
    service("POST", "/v1/runs", {"workflow": "counter", "input": 1, "id": "later"})
    wait_until(lambda: len(service("GET", "/v1/runs").data["runs"]) == 2)
    page = service("GET", "/v1/runs?limit=1").data
    assert [each["id"] for each in page["runs"]] == ["later"]
    rest = service("GET", f"/v1/runs?limit=1&after={page['next_after']}").data
    assert ([each["id"] for each in rest["runs"]], rest["next_after"]) == (["a/b"], None)

    first = service("GET", f"{run}/1/history?limit=3").data
    rest = service("GET", f"{run}/1/history?after={first['next_after']}").data
    assert rest["next_after"] is None
    moments = [*first["history"], *rest["history"]]
    assert [moment["seq"] for moment in moments] == list(range(1, len(moments) + 1))
    kinds = [moment["kind"] for moment in moments]
    assert (kinds[0], kinds[-1]) == ("run.started/1", "run.completed/1")
    assert {"signal.received/1", "step.completed/1", "update.completed/1"} <= set(kinds)


def test_runs_that_fail_or_are_stopped_say_so(service: Service) -> None:
    service("POST", "/v1/runs", {"workflow": "broken_counter", "id": "f"})
    failed = service("GET", "/v1/runs/default/f/1/result?wait_s=60")
    assert failed.status == 200
    assert (failed.data["status"], failed.data["error"]) == (
        "failed",
        {"type": "ValueError", "message": "no change"},
    )
    for how, status in (("cancel", "cancelled"), ("terminate", "terminated")):
        service("POST", "/v1/runs", {"workflow": "counter", "input": 1, "id": how})
        run = f"/v1/runs/default/{how}/1"
        service("POST", f"{run}/update", {"name": "add", "payload": 1})
        assert service("POST", f"{run}/{how}", {"reason": "enough"}).status == 200
        ended = service("GET", f"{run}/result?wait_s=60").data
        assert (ended["status"], ended["reason"]) == (status, "enough")


def test_health_needs_no_token_and_everything_else_does(service: Service) -> None:
    nobody = {"Authorization": ""}
    assert service("GET", "/healthz", headers=nobody).data == {"status": "alive"}
    ready = service("GET", "/readyz", headers=nobody)
    assert (ready.status, ready.data["checks"]) == (200, {"journal": "ok", "engine": "ok"})
    for method, path in (("GET", "/v1/runs"), ("POST", "/healthz"), ("GET", "/healthz/")):
        assert service.refused(method, path, headers=nobody) == (401, "http.token")
    assert service.refused("GET", "/healthz", headers={"Host": "evil.example"}) == (
        421,
        "http.host",
    )
    evil = {"Origin": "https://evil.example"}
    assert service.refused("GET", "/readyz", headers=evil) == (403, "http.origin")


@pytest.mark.parametrize("engine", ["tarl"], indirect=True)
def test_what_cannot_be_read_is_refused_with_its_code(service: Service) -> None:
    run = "/v1/runs/default/x/1"
    bad = (400, "serve.request")
    for method, path, body, expected in (
        ("POST", "/v1/runs", {"workflow": "counter", "inptu": 1}, bad),
        ("POST", "/v1/runs", {}, bad),
        ("POST", "/v1/runs", {"workflow": 1}, bad),
        ("POST", "/v1/runs", [], bad),
        ("POST", "/v1/runs", {"workflow": "counter", "id": "x" * 513}, bad),
        ("POST", "/v1/runs", {"workflow": "counter", "input": 1, "id": "\x00"},
         (400, "id.characters")),
        ("POST", "/v1/runs", {"workflow": "counter", "input": "x"}, (400, "input.type")),
        ("POST", "/v1/runs", {"workflow": "counter"}, (400, "input.required")),
        ("POST", "/v1/runs", {"workflow": "nope"}, (404, "workflow.unknown")),
        ("POST", "/v1/runs", {"workflow": "counter", "input": 1, "agent": "nobody"},
         (404, "principal.missing")),
        ("GET", "/v1/runs?limit=0", None, bad),
        ("GET", "/v1/runs?limit=1001", None, bad),
        ("GET", "/v1/runs?limit=1&limit=2", None, bad),
        ("GET", "/v1/runs?after=W10", None, (400, "runs.cursor")),
        ("GET", "/v1/runs?status=interrupted", None, bad),
        ("GET", "/v1/runs?staus=running", None, bad),
        ("GET", f"/v1/runs?tenant={LONG}&workflow={LONG}", None, bad),
        ("GET", f"/v1/runs?tenant={LONG}%e4%b8%80", None, bad),
        ("GET", f"{run}/result?wait_s=61", None, bad),
        ("GET", f"{run}/result?wait_s=nan", None, bad),
        ("GET", f"{run}/result?wait_s=-1", None, bad),
        ("GET", f"{run}/history?limit=1001", None, bad),
        ("GET", "/v1/runs/default/x/0/result", None, bad),
        ("GET", "/v1/runs/default/x/-1/result", None, bad),
        ("GET", "/v1/runs/default/%ff/1/result", None, bad),
        ("GET", "/v1/runs/default//1/result", None, (400, "id.empty")),
        ("GET", f"{run}/result", None, (404, "run.missing")),
        ("GET", "/v1/runs/default/x/latest/result", None, (404, "run.missing")),
        ("POST", f"{run}/update", {"name": "add", "timeout_s": 61}, bad),
        ("POST", f"{run}/update", {"name": "add", "timeout_s": 0}, bad),
        ("POST", f"{run}/query", {"name": "seen", "args": [1] * 101}, bad),
        ("POST", f"{run}/cancel", {"reason": "x" * 5000}, bad),
        ("POST", f"{run}/signal", {"name": "go"}, (404, "run.missing")),
        ("GET", "/v1/nope", None, (404, "serve.path")),
        ("GET", "/", None, (404, "serve.path")),
        ("GET", f"{run}/result/more", None, (404, "serve.path")),
        ("DELETE", "/v1/runs", None, (405, "serve.method")),
        ("GET", f"{run}/signal", None, (405, "serve.method")),
    ):  # fmt: skip
        assert service.refused(method, path, body) == expected, (method, path, body)
    for raw in (b'{"name":"a","name":"b"}', b'{"name":NaN}', b"\xff", b"{"):
        status, code = service.refused("POST", f"{run}/signal", raw=raw)
        assert (status, code.partition(".")[0]) == (400, "json"), raw
    assert service.refused("POST", "/v1/runs", raw=b" " * (4 * 1024 * 1024 + 1)) == (
        413,
        "http.body_too_large",
    )
    assert service("DELETE", "/v1/runs").headers["allow"] == "GET, POST"
    nothing_began = {"runs": [], "next_after": None}
    assert service("GET", "/v1/runs").data == nothing_began


def test_waits_are_bounded_and_keep_nobody_from_telling(cli: Cli) -> None:
    (cli.directory / "counter.py").write_text(FLOW)
    service = Service(cli, "--concurrency", "2")
    service("POST", "/v1/runs", {"workflow": "counter", "input": 1, "id": "w"})
    path = "/v1/runs/default/w/1/result?wait_s=60"
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {service.token}\r\n\r\n"
    )
    waiting = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(2)]
    for each in waiting:
        each.sendall(request.encode())
    wait_until(lambda: service("GET", path.replace("60", "0")).status == 503)
    busy = service("GET", path)
    assert (busy.data["code"], busy.headers["retry-after"]) == ("serve.busy", "1")
    assert service("GET", "/v1/runs").status == 200

    waiting[0].close()  # who goes away is not waited for
    wait_until(lambda: service("GET", path.replace("60", "0")).status == 200)
    assert (
        service("POST", "/v1/runs/default/w/1/signal", {"name": "go", "payload": 0}).status == 200
    )
    with waiting[1] as listening:
        heard = b""
        while b"}" not in heard:
            heard += listening.recv(4096)
        assert b'"result":2' in heard


def test_killed_and_started_again_it_goes_on(service: Service, engine: str, cli: Cli) -> None:
    service("POST", "/v1/runs", {"workflow": "counter", "input": 3, "id": "k"})
    run = "/v1/runs/default/k/latest"
    assert service("POST", f"{run}/update", {"name": "add", "payload": 7}).data["answer"] == 1
    stop(service.process, signal.SIGKILL)
    again = Service(cli, *(["--worker"] if engine == "temporal" else []))
    assert again.token == service.token
    assert again("POST", f"{run}/query", {"name": "seen"}).data["answer"] == [7]
    assert again("POST", f"{run}/signal", {"name": "go", "payload": 1}).status == 200
    assert again("GET", f"{run}/result?wait_s=60").data["result"] == 7
    done = stop(again.process, signal.SIGTERM)
    assert done.code == 0, done.err


def test_acting_for_a_tenant_nothing_of_others_is_seen(cli: Cli) -> None:
    (cli.directory / "counter.py").write_text(FLOW)
    assert cli("run", "one.py", "--id", "o", "--tenant", "other").code == 0
    service = Service(cli, "--as-tenant", "acme")
    started = service("POST", "/v1/runs", {"workflow": "counter", "input": 1, "id": "t"}).data
    assert started["tenant"] == "acme"
    assert [run["tenant"] for run in service("GET", "/v1/runs").data["runs"]] == ["acme"]
    theirs = {"workflow": "counter", "input": 1, "tenant": "other"}
    assert service.refused("POST", "/v1/runs", theirs) == (403, "tenant.denied")
    for method, verb, body in (
        ("GET", "result?wait_s=0", None),
        ("GET", "history", None),
        ("POST", "signal", {"name": "go"}),
        ("POST", "cancel", {}),
    ):
        status, code = service.refused(method, f"/v1/runs/other/o/1/{verb}", body)
        assert (status, code) in ((404, "run.missing"), (403, "tenant.denied")), (verb, code)


def test_a_server_that_goes_away_makes_it_unready(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cli.directory / "counter.py").write_text(FLOW)
    with server(tmp_path / "temporal.db", namespaces=1) as temporal:
        on_temporal(temporal, monkeypatch)
        service = Service(cli)
        assert (
            service("POST", "/v1/runs", {"workflow": "counter", "input": 1, "id": "u"}).status
            == 200
        )
        assert (
            service("GET", "/v1/runs/default/u/latest/result?wait_s=0.2").data["status"]
            == "running"
        )
        assert service.refused("GET", "/v1/runs/default/nobody/latest/result?wait_s=0") == (
            404,
            "run.missing",
        )
        here = cli("run", "one.py", "--id", "here", environ={"TARL_ENGINE": "tarl"})
        assert here.code == 0
        for n in ("1", "latest"):
            refused = service.refused("POST", f"/v1/runs/default/here/{n}/signal", {"name": "go"})
            assert refused == (409, "run.elsewhere")
        temporal.kill()
        wait_until(lambda: service("GET", "/readyz").status == 503)
        assert service("GET", "/readyz").data["checks"] == {
            "journal": "ok",
            "engine": "temporal.unavailable",
        }
        assert service("GET", "/healthz").status == 200
        temporal.start()
        wait_until(lambda: service("GET", "/readyz").status == 200)
        assert cli("run", "counter.py:counter", "--id", "u", "--input", "1", "--detach").code == 0
        worker = cli.start("worker", "--code", "counter.py")
        assert (
            service("POST", "/v1/runs/default/u/latest/signal", {"name": "go", "payload": 1}).status
            == 200
        )
        assert service("GET", "/v1/runs/default/u/latest/result?wait_s=60").data["result"] == 3
        stop(worker, signal.SIGTERM)
        further = {"workflow": "counter", "input": 1, "id": "u", "new_run": True}
        assert service("POST", "/v1/runs", further).data["n"] == 2
        assert service("POST", "/v1/runs/default/u/latest/cancel", {}).data["n"] == 2
        stop(service.process, signal.SIGTERM)


def test_it_serves_this_machine_alone_unless_told(cli: Cli) -> None:
    assert cli.refused("serve", "--host", "0.0.0.0") == (4, "http.not_loopback")
    assert cli.refused("serve", "--worker") == (2, "usage")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.refused("serve", "--port", port) == (10, "http.port")


@pytest.mark.parametrize("worker", [(), ("--worker",)])
def test_a_database_that_goes_away_makes_it_unready_and_not_silent(
    cli: Cli,
    tmp_path: Path,
    temporal: Server,
    monkeypatch: pytest.MonkeyPatch,
    worker: tuple[str, ...],
) -> None:
    (cli.directory / "counter.py").write_text(FLOW)
    on_temporal(temporal, monkeypatch)
    with postgres_server() as postgres, to_socket(postgres.home / SOCKET, tmp_path) as link:
        url = postgres.database().replace(str(postgres.home), str(tmp_path))
        service = Service(cli, "--db", url, *worker)
        wait_until(lambda: service("GET", "/readyz").status == 200)
        link.hold()
        said = []
        for _ in range(3):
            asked_s = time.monotonic()
            said.append(service("GET", "/readyz").data["checks"]["journal"])
            assert service("GET", "/healthz").status == 200
            assert time.monotonic() - asked_s < SILENT_S_MAX
            time.sleep(KEPT_S)
        assert said[-1] == "journal.unreachable"
        assert service.refused("GET", "/v1/runs/default/u/latest/result?wait_s=0") == (
            503,
            "journal.unreachable",
        )
        link.reset()
        wait_until(lambda: service("GET", "/readyz").status == 200)
        assert stop(service.process, signal.SIGTERM).code == 0
