"""Agents elsewhere whose card is right and whose answers are not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, workflow
from tarl.agents.adapters.a2a import A2AAgent
from tarl.agents.adapters.a2a_wire import as_json
from tarl.agents.patterns.sequential import sequential
from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.interfaces.a2a.card import card_of, signed
from tarl.interfaces.http.serving import served

SIGNER = Signer("elsewhere", SigningKey(b"k" * 32))
AGENT: dict[str, A2AAgent] = {}

WORKING = {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"}}
DONE = {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}}


def result(value: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": "1", "result": value}).encode()


class Elsewhere:
    """A server: its card, then what a test makes of each request."""

    def __init__(self, answer: Any, *, streams: bool) -> None:
        self.answer = answer
        self.streams = streams
        self.url = ""
        self.methods: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = (await receive()).get("body") or b"{}"
        if scope["method"] == "GET":
            card = card_of([], url=self.url, name="elsewhere", description="Odd.")
            card.capabilities.streaming = self.streams
            await self._sent(send, json.dumps(as_json(signed(card, SIGNER))).encode())
            return
        request = json.loads(asked)
        self.methods.append(request["method"])
        await self.answer(self, request, send)

    async def _sent(
        self, send: Any, body: bytes, *, status: int = 200, kind: bytes = b"application/json"
    ) -> None:
        headers = [(b"content-type", kind)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def huge(self: Elsewhere, request: Any, send: Any) -> None:
    await self._sent(send, result({"task": {**DONE, "metadata": {"x": "y" * 50_000_000}}}))


async def large_result(self: Elsewhere, request: Any, send: Any) -> None:
    artifact = {"artifactId": "a", "parts": [{"text": "y" * 5_000_000}]}
    await self._sent(send, result({"task": {**DONE, "artifacts": [artifact]}}))


async def no_json(self: Elsewhere, request: Any, send: Any) -> None:
    await self._sent(send, b"<html>")


async def neither(self: Elsewhere, request: Any, send: Any) -> None:
    await self._sent(send, result({}))


async def odd_types(self: Elsewhere, request: Any, send: Any) -> None:
    await self._sent(send, result({"task": {"id": 5, "status": "done"}}))


async def a_file(self: Elsewhere, request: Any, send: Any) -> None:
    artifact = {"artifactId": "a", "parts": [{"url": "file:///etc/passwd"}]}
    await self._sent(send, result({"task": {**DONE, "artifacts": [artifact]}}))


async def broken(self: Elsewhere, request: Any, send: Any) -> None:
    await self._sent(send, b"oh no", status=500)


async def moved(self: Elsewhere, request: Any, send: Any) -> None:
    headers = [(b"location", b"http://127.0.0.1:9/")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def never_done(self: Elsewhere, request: Any, send: Any) -> None:
    task = WORKING if request["method"] != "SendMessage" else {"task": WORKING}
    await self._sent(send, result(task))


async def endless(self: Elsewhere, request: Any, send: Any) -> None:
    if request["method"] == "CancelTask":
        await self._sent(send, result(WORKING))
        return
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    update = result(
        {"statusUpdate": {"taskId": "t", "contextId": "c", "status": WORKING["status"]}}
    )
    while True:
        await send(
            {"type": "http.response.body", "body": b"data: " + update + b"\n\n", "more_body": True}
        )
        await asyncio.sleep(0.01)


async def flooding(self: Elsewhere, request: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(40):
        await send(
            {"type": "http.response.body", "body": b":" + b"x" * 1_000_000, "more_body": True}
        )
    await send({"type": "http.response.body", "body": b""})


@workflow(name="a2abad.turn")
async def turn(ctx: Context) -> Any:
    result = await sequential(ctx, [AGENT["it"]], {"what": [1, 2.5, None, True]})
    return [result.status, result.reason]


@asynccontextmanager
async def at(server: Elsewhere) -> AsyncIterator[str]:
    async with served(server) as port:  # type: ignore[arg-type]
        server.url = f"http://127.0.0.1:{port}/"
        yield server.url


@pytest.mark.parametrize(
    ("answer", "streams", "told"),
    [
        (huge, False, "Exceeded: an agent answered more than is read"),
        (large_result, False, "Exceeded: an agent answered more than is read"),
        (flooding, True, "Exceeded: an agent answered more than is read"),
        (no_json, False, "Corrupt: it does not speak A2A"),
        (no_json, True, "Corrupt: it does not speak A2A"),
        (neither, False, "Corrupt: it does not speak A2A"),
        (odd_types, False, "Corrupt: it does not speak A2A"),
        (a_file, False, "Invalid: parts are text or data here"),
        (broken, False, "Unavailable: it does not answer"),
        (moved, False, "Unavailable: it does not answer"),
        (never_done, False, "Unavailable: it was not done within 1 s"),
        (endless, True, "Unavailable: it was not done within 1 s"),
    ],
)
def test_answers_that_are_none(answer: Any, streams: bool, told: str, tmp_path: Path) -> None:
    server = Elsewhere(answer, streams=streams)

    async def work() -> Any:
        async with at(server) as url:
            wait_s = 1.0 if "within" in told else 60.0
            AGENT["it"] = A2AAgent(url, id="it", keys=[SIGNER.verifier.vkey], wait_s=wait_s)
            async with tarl.open(tmp_path / "t.db") as runtime:
                return await runtime.run(turn, id="r")

    status, reason = asyncio.run(work())
    assert status == "failed"
    assert told in reason
    if "within" in told:
        assert server.methods[-1] == "CancelTask"
