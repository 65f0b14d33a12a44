"""Servers and offers as values, and servers over HTTP that answer what they should not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tarl.agents.adapters.mcp import McpServer
from tarl.agents.adapters.mcp_errors import ToolChanged
from tarl.agents.adapters.mcp_offer import Offer, listed, refuse_changed, schema_of, settled
from tarl.errors import Invalid, TarlError


def test_the_digest_is_of_what_decides_and_of_nothing_else() -> None:
    plain = Offer(name="a", description="b", parameters={"type": "object", "x": [1, 2]})
    same = Offer(name="a", description="b", parameters={"x": [1.0, 2], "type": "object"})
    assert plain.digest == same.digest
    assert len({plain.digest, Offer(name="a").digest, Offer(name="b").digest}) == 3


def test_bounds_that_no_integer_of_ours_can_pass_are_left_out() -> None:
    far = {"a": [{"maximum": 2**64 - 1, "minimum": 0}], "exclusiveMinimum": -(2**63)}
    assert schema_of(far) == {"a": [{"minimum": 0}]}
    assert schema_of({"maximum": 1e30, "minimum": -1e30}) == {}
    assert schema_of({"minimum": 2**64}) == {"minimum": 2**64}, "this one does decide"


@pytest.mark.parametrize("number", [2**64, 2.0**60, float("nan")])
def test_a_number_that_cannot_be_recorded_makes_a_tool_unfit(number: float) -> None:
    said = Offer(name="a", parameters={"default": number})
    entry = listed("shop", settled(said))
    assert entry.unfit
    assert entry.offer.parameters == {}
    assert entry.digest != Offer(name="a").digest
    with pytest.raises(ToolChanged, match="its schema changed"):
        refuse_changed("shop", Offer(name="a"), [settled(said)])


@pytest.mark.parametrize(
    "options",
    [{}, {"command": ["a"], "url": "http://x"}, {"command": "python server.py"}],
)
def test_a_server_is_a_command_or_a_url(options: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        McpServer("x", **options)
    assert refused.value.code == "mcp.server"


@pytest.mark.parametrize("name", ["", "a.b", "a/b", "a b", "x" * 65])
def test_a_servers_name_is_one_word(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        McpServer(name, command=["a"])
    assert refused.value.code == "mcp.server"


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.agents.adapters.mcp.find_spec", lambda name: None)
    with pytest.raises(TarlError) as missing:
        asyncio.run(McpServer("x", command=["a"]).offered())
    assert missing.value.code == "extra.missing"
    assert missing.value.next_step == "pip install 'tarl[mcp]'"


def test_the_library_is_imported_when_a_server_is_asked() -> None:
    code = "import sys, tarl.agents.adapters.mcp; assert not {'mcp', 'anyio'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- servers over HTTP that answer what they should not


class Web(ThreadingHTTPServer):
    """A server over HTTP that answers the method ``tools/list`` with what a test says."""

    daemon_threads = True

    def __init__(self, answer: bytes, *, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.answer = answer
        self.status = status
        self.asked: list[str] = []
        self.bearers: set[str | None] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/mcp"


DISCOVERED = {
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "resultType": "complete",
    "ttlMs": 0,
    "cacheScope": "private",
}


class Page(BaseHTTPRequestHandler):
    server: Web

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked["method"])
        self.server.bearers.add(self.headers["Authorization"])
        status, body = self.server.status, self.server.answer
        if asked["method"] == "server/discover":
            found = {"jsonrpc": "2.0", "id": asked["id"], "result": DISCOVERED}
            status, body = 200, json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 2, "resu', 200, "mcp.malformed"),
        (b'{"jsonrpc": "2.0", "id": 2, "result": {"tools": 7}}', 200, "mcp.malformed"),
        (b'"' + b"x" * 200_000 + b'"', 200, "mcp.result_too_large"),
        (b"{}", 500, "mcp.refused"),
        (b"{}", 401, "mcp.refused"),
    ],
)
def test_over_http_what_is_no_answer(
    answer: bytes, status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tarl.agents.adapters.mcp_session.LINE_BYTES_MAX", 100_000)
    web = Web(answer, status=status)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()

    async def go() -> TarlError:
        async with McpServer("web", url=web.url, token="secret") as server:
            with pytest.raises(TarlError) as failed:
                await server.offered()
            return failed.value

    try:
        error = asyncio.run(go())
    finally:
        web.shutdown()
        thread.join()
        web.server_close()
    assert error.code == code
    assert web.asked == ["server/discover", "tools/list"]
    assert web.bearers == {"Bearer secret"}
    assert "secret" not in str(error.as_data())
