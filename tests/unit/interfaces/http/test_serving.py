"""An application on a real port."""

from __future__ import annotations

import asyncio
import http.client
from typing import Any

import pytest

from tarl.errors import Denied, Unavailable
from tarl.interfaces.http.guarding import Guarded
from tarl.interfaces.http.serving import served

TOKEN = "a-token-that-nobody-guesses"


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


APP = Guarded(_echo, token=TOKEN, body_bytes_max=1_000)


def _post(port: int, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_service_answers_while_the_block_runs() -> None:
    async def ask() -> list[int]:
        async with served(APP) as port:
            answers = [
                await asyncio.to_thread(_post, port, b"hi", Authorization=f"Bearer {TOKEN}"),
                await asyncio.to_thread(_post, port, b"hi"),
                await asyncio.to_thread(_post, port, b"x" * 2_000, Authorization=f"Bearer {TOKEN}"),
                await asyncio.to_thread(
                    _post, port, b"hi", Authorization=f"Bearer {TOKEN}", Host="evil.example"
                ),
            ]
            assert answers[0] == (200, b"hi")
        with pytest.raises(OSError, match="refused"):
            _post(port, b"hi")
        return [status for status, _ in answers]

    assert asyncio.run(ask()) == [200, 401, 413, 421]


def test_other_machines_only_when_it_is_said() -> None:
    async def ask() -> None:
        async with served(APP, host="0.0.0.0"):
            raise AssertionError("it was served")

    with pytest.raises(Denied) as caught:
        asyncio.run(ask())
    assert caught.value.code == "http.not_loopback"


def test_a_port_that_is_taken() -> None:
    async def ask() -> None:
        async with served(APP) as port, served(APP, port=port):
            raise AssertionError("it was served twice")

    with pytest.raises(Unavailable) as caught:
        asyncio.run(ask())
    assert caught.value.code == "http.port"
