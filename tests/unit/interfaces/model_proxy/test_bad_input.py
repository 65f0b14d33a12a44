from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.interfaces.model_proxy.house import TOKEN, House, house

from tarl.agents.models.scripted import ScriptedModel

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
BEARER = {"authorization": f"Bearer {TOKEN}"}
CHAT = "/chat/completions"

Act = Callable[[House, httpx.AsyncClient], Awaitable[None]]


def inside(directory: Path, act: Act, **options: Any) -> None:
    async def work() -> None:
        async with (
            house(directory / "t.db", [ScriptedModel("m", "hello")], **options) as home,
            httpx.AsyncClient(timeout=30) as client,
        ):
            await act(home, client)

    asyncio.run(work())


def check(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert set(error) <= {"message", "type", "param", "code", "next_step"}
    assert TOKEN not in response.text


def test_who_may_not_come_in(tmp_path: Path) -> None:
    refused: list[tuple[dict[str, str], int, str]] = [
        ({}, 401, "http.token"),
        ({"authorization": "Bearer wrong"}, 401, "http.token"),
        ({"authorization": f"Bearer wrong:{TOKEN}"}, 401, "http.token"),
        ({"authorization": f"Basic {TOKEN}"}, 401, "http.token"),
        ({"authorization": "Bearer :"}, 401, "http.token"),
        ({**BEARER, "host": "evil.example"}, 421, "http.host"),
        ({**BEARER, "host": "127.0.0.1.evil.example"}, 421, "http.host"),
        ({**BEARER, "origin": "https://evil.example"}, 403, "http.origin"),
        ({**BEARER, "origin": "null"}, 403, "http.origin"),
    ]

    async def act(home: House, client: httpx.AsyncClient) -> None:
        for headers, status, code in refused:
            check(await client.post(home.url + CHAT, json=BODY, headers=headers), status, code)
            check(await client.get(f"{home.url}/models", headers=headers), status, code)
        assert list(home.runtime.journal.streams("run/")) == []
        assert (await client.post(home.url + CHAT, json=BODY, headers=BEARER)).status_code == 200

    inside(tmp_path, act)


MALFORMED: list[tuple[Any, str]] = [
    (b"", "chat.malformed"),
    (b"{", "chat.malformed"),
    (b"\xff\xfe", "chat.malformed"),
    (b"[]", "chat.malformed"),
    (b"[" * 100_000, "chat.malformed"),
    ({**BODY, "messages": []}, "chat.malformed"),
    ({**BODY, "messages": "hi"}, "chat.malformed"),
    ({**BODY, "messages": [{"role": "wizard", "content": "x"}]}, "chat.malformed"),
    ({**BODY, "messages": [{"role": "user", "content": 7}]}, "chat.malformed"),
    ({**BODY, "model": 7}, "chat.malformed"),
    ({**BODY, "max_tokens": 0}, "chat.malformed"),
    ({**BODY, "max_tokens": "many"}, "chat.malformed"),
    ({**BODY, "temperature": "hot"}, "chat.malformed"),
    ({**BODY, "tools": [{"type": "web_search"}]}, "chat.malformed"),
    ({**BODY, "response_format": {"type": "json_schema"}}, "chat.malformed"),
    ({**BODY, "n": 2}, "chat.parameter"),
    ({**BODY, "models": ["another"]}, "chat.parameter"),
    ({**BODY, "web_search_options": {}}, "chat.parameter"),
    (b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}', "chat.malformed"),
]


def test_what_is_no_request(tmp_path: Path) -> None:
    async def act(home: House, client: httpx.AsyncClient) -> None:
        for body, code in MALFORMED:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            check(await client.post(home.url + CHAT, content=data, headers=BEARER), 400, code)
        for levels in (65, 900):
            deep = {**BODY, "metadata": json.loads("[" * levels + "]" * levels)}
            response = await client.post(home.url + CHAT, json=deep, headers=BEARER)
            check(response, 400, "chat.malformed")
        assert list(home.runtime.journal.streams("run/")) == []

    inside(tmp_path, act)


def test_who_is_not_there(tmp_path: Path) -> None:
    async def act(home: House, client: httpx.AsyncClient) -> None:
        unknown = {**BODY, "model": "another"}
        check(await client.post(home.url + CHAT, json=unknown, headers=BEARER), 404, "proxy.model")
        check(await client.get(f"{home.url}/models/x", headers=BEARER), 404, "proxy.model")
        listed = (await client.get(f"{home.url}/models", headers=BEARER)).json()
        assert [each["id"] for each in listed["data"]] == ["m"]
        assert (await client.get(f"{home.url}/models/m", headers=BEARER)).json()["id"] == "m"

    inside(tmp_path, act)


PATHS = """approvals approve/1 reject/1 delegate revoke agents policy responses embeddings
completions ../approvals chat/completions/approve runs"""


@pytest.mark.parametrize("path", PATHS.split())
def test_nothing_else_is_reached(tmp_path: Path, path: str) -> None:
    async def act(home: House, client: httpx.AsyncClient) -> None:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            response = await client.request(method, f"{home.url}/{path}", headers=BEARER, json={})
            check(response, 404, "proxy.path")

    inside(tmp_path, act)


@pytest.mark.parametrize("counted", [True, False])
def test_50_megabytes(tmp_path: Path, counted: bool) -> None:
    async def parts() -> Any:
        for _ in range(50):
            yield b"x" * 1_000_000

    async def act(home: House, client: httpx.AsyncClient) -> None:
        content: Any = b"x" * 50_000_000 if counted else parts()
        try:
            response = await client.post(home.url + CHAT, content=content, headers=BEARER)
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            pass  # it hung up while the rest was still being sent
        else:
            check(response, 413, "http.body_too_large")
        assert (await client.post(home.url + CHAT, json=BODY, headers=BEARER)).status_code == 200

    inside(tmp_path, act)


def test_sessions_and_keys_that_are_none(tmp_path: Path) -> None:
    async def act(home: House, client: httpx.AsyncClient) -> None:
        for name in ("a/b", "a b", "x" * 129, "ü", "..%2f", "@last"):
            headers = {**BEARER, "x-tarl-session": name.encode()}
            response = await client.post(home.url + CHAT, json=BODY, headers=headers)  # type: ignore[arg-type]
            check(response, 400, "proxy.session")
        headers = {**BEARER, "idempotency-key": "k" * 256}  # type: ignore[dict-item]
        check(await client.post(home.url + CHAT, json=BODY, headers=headers), 400, "proxy.key")  # type: ignore[arg-type]

    inside(tmp_path, act)


class Slow(ScriptedModel):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__("m", "hello")
        self.may_answer = asyncio.Event()

    async def complete(self, request: Any, *, heard: Any = None) -> Any:
        await self.may_answer.wait()
        return await super().complete(request, heard=heard)


def test_more_at_once_than_are_taken(tmp_path: Path) -> None:
    async def work() -> None:
        slow = Slow()
        async with (
            house(tmp_path / "t.db", [slow], concurrency=2) as home,
            httpx.AsyncClient(timeout=30) as client,
        ):
            ask = lambda: client.post(home.url + CHAT, json=BODY, headers=BEARER)  # noqa: E731
            under_way = [asyncio.create_task(ask()) for _ in range(2)]
            await asyncio.sleep(0.2)
            check(response := await ask(), 429, "proxy.busy")
            assert response.headers["retry-after"] == "1"
            slow.may_answer.set()
            assert [(await each).status_code for each in under_way] == [200, 200]
            assert (await ask()).status_code == 200

    asyncio.run(work())
