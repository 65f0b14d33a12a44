"""Who may come in: the application sees only what passed every question."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Conflict, Denied, Invalid
from tarl.interfaces.http.guarding import Guarded, is_loopback, make_token

TOKEN = "a-token-that-nobody-guesses"
RIGHT = {"host": "127.0.0.1:8080", "authorization": f"Bearer {TOKEN}"}


class Seen:
    """An application that says what reached it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


def _asked(
    headers: dict[str, str] | list[tuple[str, str]],
    *parts: bytes,
    stalls: bool = False,
    method: str = "POST",
    path: str = "/",
    **guard: Any,
) -> tuple[int, dict[str, Any], Seen]:
    app, sent = Seen(), list[MutableMapping[str, Any]]()
    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(k.encode(), v.encode()) for k, v in pairs],
    }
    chunks = list(parts or (b"",))

    async def receive() -> dict[str, Any]:
        if stalls:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guarded(app, token=TOKEN, **guard)(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"]), app


def _with(**changed: str) -> dict[str, str]:
    return {**RIGHT, **changed}


def test_what_bears_the_token_comes_in_with_its_whole_body() -> None:
    status, _, app = _asked(RIGHT, b"one ", b"two")
    assert (status, app.bodies) == (200, [b"one two"])


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "[::1]:80", "[::1]", "127.0.0.1"])
def test_the_names_of_this_machine(host: str) -> None:
    assert _asked(_with(host=host))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        (_with(host="evil.example"), 421, "http.host"),
        (_with(host="127.0.0.1.evil.example"), 421, "http.host"),
        (_with(host="localhost:80:80"), 421, "http.host"),
        (_with(host=""), 421, "http.host"),
        ([("host", "localhost"), ("host", "evil.example")], 421, "http.host"),
        ({"authorization": f"Bearer {TOKEN}"}, 421, "http.host"),
        (_with(origin="http://evil.example"), 403, "http.origin"),
        (_with(origin="null"), 403, "http.origin"),
        ({"host": "localhost"}, 401, "http.token"),
        (_with(authorization="Bearer "), 401, "http.token"),
        (_with(authorization=f"Bearer {TOKEN[:-1]}"), 401, "http.token"),
        (_with(authorization=f"Bearer {TOKEN}x"), 401, "http.token"),
        (_with(authorization=f"Basic {TOKEN}"), 401, "http.token"),
        (_with(authorization=TOKEN), 401, "http.token"),
        (_with(authorization="Bearer töken"), 401, "http.token"),
        ([*RIGHT.items(), ("authorization", "Bearer other")], 401, "http.token"),
        (_with(**{"content-length": "11"}), 413, "http.body_too_large"),
        (_with(**{"content-length": "-1"}), 413, "http.body_too_large"),
        (_with(**{"content-length": "9" * 5000}), 413, "http.body_too_large"),
    ],
)
def test_what_is_refused_never_reaches_the_application(
    headers: Any, status: int, code: str
) -> None:
    answered, body, app = _asked(headers, body_bytes_max=10)
    assert (answered, body["code"]) == (status, code)
    assert body["message"]
    assert body["next_step"]
    assert app.bodies == []
    assert TOKEN not in json.dumps(body)


def test_an_origin_that_was_allowed() -> None:
    page = "http://localhost:5173"
    assert _asked(_with(origin=page), origins=[page])[0] == 200
    assert _asked(_with(origin=page + "0"), origins=[page])[0] == 403


def test_an_open_path_needs_no_token_and_takes_no_body() -> None:
    nobody = {"host": "localhost"}
    health: dict[str, Any] = {"path": "/healthz", "open_paths": ["/healthz"]}
    status, _, app = _asked(nobody, b"a body", method="GET", **health)
    assert (status, app.bodies) == (200, [b""])
    assert _asked(nobody, method="POST", **health)[0] == 401
    assert _asked(nobody, method="GET", **{**health, "path": "/healthz/x"})[0] == 401
    assert _asked({"host": "evil.example"}, method="GET", **health)[0] == 421
    evil = {**nobody, "origin": "https://evil.example"}
    assert _asked(evil, method="GET", **health)[0] == 403


def test_a_body_that_does_not_say_its_size_is_bounded_all_the_same() -> None:
    assert _asked(RIGHT, b"12345", b"67890", body_bytes_max=10)[0] == 200
    status, body, app = _asked(RIGHT, b"12345", b"678901", body_bytes_max=10)
    assert (status, body["code"], app.bodies) == (413, "http.body_too_large", [])


def test_a_body_without_an_end_is_not_read_to_its_end() -> None:
    megabyte = b"x" * 1024 * 1024
    parts = [megabyte] * 100
    status, _, app = _asked(RIGHT, *parts, body_bytes_max=10)
    assert (status, app.bodies) == (413, [])


def test_a_body_that_never_comes() -> None:
    status, body, _ = _asked(RIGHT, stalls=True, body_wait_s=0.01)
    assert (status, body["code"]) == (408, "http.body_late")


def test_only_http() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    app = Seen()
    guarded = Guarded(app, token=TOKEN)
    asyncio.run(guarded({"type": "websocket", "headers": []}, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]
    assert app.bodies == []


@pytest.mark.parametrize("guard", [{"token": ""}, {"token": TOKEN, "hosts": ()}])
def test_no_service_without_a_guard(guard: Any) -> None:
    with pytest.raises(Invalid) as caught:
        Guarded(Seen(), **guard)
    assert caught.value.code == "http.unguarded"


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "services" / "a2a.token"
    token = make_token(path)
    assert len(token) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_token(path) == token
    path.chmod(0o644)
    with pytest.raises(Denied) as caught:
        make_token(path)
    assert caught.value.code == "keys.permissions"


@pytest.mark.parametrize("content", ["", "short", "two words are no token at all", "ö" * 40])
def test_a_file_without_a_token(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(Conflict) as caught:
        make_token(path)
    assert caught.value.code == "http.token_file"


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        *((own, True) for own in ("127.0.0.1", "127.3.4.5", "::1", "[::1]", "localhost")),
        *((other, False) for other in ("0.0.0.0", "::", "10.0.0.1", "example.org", "")),
    ],
)
def test_which_addresses_are_this_machine_s_own(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own
