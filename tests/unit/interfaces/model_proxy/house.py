"""A proxy over a journal, and the real client of OpenAI in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from openai import AsyncOpenAI

import tarl
from tarl.agents.model import Model
from tarl.agents.spending import Budget
from tarl.engines.embedded.runtime import Runtime
from tarl.interfaces.http.serving import served
from tarl.interfaces.model_proxy.app import Doors, Proxy
from tarl.interfaces.model_proxy.sessions import Sessions
from tarl.interfaces.model_proxy.workflow import Terms

TOKEN = "a-token-for-tests"
HI: list[Any] = [{"role": "user", "content": "hi"}]


class House(NamedTuple):
    """What a test talks to."""

    url: str
    client: AsyncOpenAI
    runtime: Runtime
    sessions: Sessions

    def as_session(self, name: str) -> AsyncOpenAI:
        """The same client in another session, named behind the token."""
        return self.client.with_options(api_key=f"{TOKEN}:{name}")


@asynccontextmanager
async def house(
    journal: Path,
    models: Iterable[Model],
    *,
    budget: Budget | None = None,
    runtime_options: dict[str, Any] | None = None,
    retries: int = 0,
    session_options: dict[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[House]:
    """A proxy for a block."""
    by_name = {model.name: model for model in models}
    terms = Terms(
        models={name: model.price for name, model in by_name.items()}, budget=budget or Budget()
    )
    async with tarl.open(journal, **(runtime_options or {})) as runtime:
        sessions = Sessions(runtime, terms, by_name, **(session_options or {}))
        proxy = Proxy(sessions, **options)
        async with served(Doors(proxy.app, token=TOKEN)) as port:
            url = f"http://127.0.0.1:{port}/v1"
            async with AsyncOpenAI(base_url=url, api_key=TOKEN, max_retries=retries) as client:
                yield House(url, client, runtime, sessions)
            await proxy.finish()
