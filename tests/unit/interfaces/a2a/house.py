"""An agent on a real port for the tests of A2A, and the SDK's own client for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from a2a.client import A2ACardResolver, Client, ClientConfig, ClientFactory
from a2a.types import AgentCard, Message, Role, SendMessageRequest, StreamResponse

from tarl import Context, activity, workflow
from tarl.agents.adapters.a2a_wire import part_of
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.runtime import Runtime
from tarl.interfaces.a2a.card import card_of, signed
from tarl.interfaces.a2a.handler import Handler
from tarl.interfaces.a2a.service import service
from tarl.interfaces.http.serving import served
from tarl.kernel.attempt import emit
from tarl.stack import open_runtime

TOKEN = "a-token-that-nobody-guesses"
DONE: list[Any] = []


@activity(name="house.count")
async def count(word: str) -> dict[str, Any]:
    DONE.append(word)
    for letter in word:
        emit(letter)
    return {"word": word, "letters": len(word), "ratio": 0.5}


@workflow(name="house.counts")
async def counts(ctx: Context, word: str) -> Any:
    """Counts the letters of a word."""
    return await ctx.call(count, word)


@activity(name="house.note")
async def note(what: str) -> None:
    DONE.append(what)


@workflow(name="house.asks")
async def asks(ctx: Context, what: Any) -> str:
    """Asks people before it does anything."""
    answer = await ctx.approval(f"Do {what}?", approvers=["alice"])
    await ctx.call(note, answer.status)
    return answer.status


@workflow(name="house.waits")
async def waits(ctx: Context) -> str:
    """Waits for a signal that never comes."""
    return str(await ctx.wait_for_signal("go"))


@workflow(name="house.fails")
async def fails(ctx: Context, what: Any) -> None:
    """Fails."""
    raise ValueError(f"no {what}")


@activity(name="house.forbidden", needs=["house.forbidden"])
async def forbidden() -> None:
    DONE.append("forbidden")


@workflow(name="house.may_not")
async def may_not(ctx: Context) -> None:
    """Does what nobody let it do."""
    await ctx.call(forbidden)


ALL = (counts, asks, waits, fails, may_not)


class House(NamedTuple):
    """The agent as it is served."""

    runtime: Runtime
    url: str
    key: str


@asynccontextmanager
async def house(
    path: Path,
    *,
    workflows: Sequence[Any] = ALL,
    port: int = 0,
    agent: str | None = None,
    **options: Any,
) -> AsyncIterator[House]:
    """The agent, served until the block ends."""
    signer = Keyring().ensure().signer("operator")
    async with open_runtime(path / "house.db", workflows=workflows, **options) as runtime:
        await runtime.resume_all()
        urls: list[str] = []

        def card() -> AgentCard:
            return signed(
                card_of(workflows, url=urls[0], name="house", description="Tests."), signer
            )

        app = service(Handler(runtime, workflows, agent=agent, wait_s=5.0), card, token=TOKEN)
        async with served(app, port=port) as port:
            urls.append(f"http://127.0.0.1:{port}/")
            yield House(runtime, urls[0], signer.verifier.vkey)


@asynccontextmanager
async def client_of(
    url: str, *, token: str | None = TOKEN, streaming: bool = False, polling: bool = False
) -> AsyncIterator[Client]:
    """The SDK's own client."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        config = ClientConfig(streaming=streaming, polling=polling, httpx_client=http)
        yield ClientFactory(config).create(card)


def message(value: Any, *, skill: str, id: str = "m-1", **fields: Any) -> SendMessageRequest:
    """A request that begins a task."""
    said = Message(message_id=id, role=Role.ROLE_USER, parts=[part_of(value)], **fields)
    said.metadata.update({"skill": skill})
    return SendMessageRequest(message=said)


async def sent(client: Client, request: SendMessageRequest) -> list[StreamResponse]:
    """All that comes back."""
    return [response async for response in client.send_message(request)]


async def task_of(client: Client, request: SendMessageRequest) -> Any:
    """The task that a request begins."""
    return (await sent(client, request))[0].task


async def until(check: Any) -> Any:
    """Wait until something holds."""
    while not (found := check()):
        await asyncio.sleep(0.01)
    return found
