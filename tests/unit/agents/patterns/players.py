"""Agents with whatever roles a test gives them, and what a pattern refuses before anybody acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.stage import played, secret

import tarl
from tarl import Context
from tarl.agents.desk import desk
from tarl.agents.result import Result


class Player:
    """An agent whose methods are given as keywords: each an answer, a function of what it is
    given (pure, if the agent is inline), or an exception.

    Args:
        id: Its id.
        capabilities: What it can do.
        inline: Whether it is workflow code.
        delay_s: How long each turn takes.
        roles: Its methods; ``run`` gives back what it gets when left out.
    """

    def __init__(
        self,
        id: str,
        *,
        capabilities: Iterable[str] = (),
        inline: bool = True,
        delay_s: float = 0,
        **roles: Any,
    ) -> None:
        self.id = id
        self.capabilities = tuple(capabilities)
        self.inline = inline
        self.delay_s = delay_s
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        for role, said in ({"run": lambda given: given} | roles).items():
            setattr(self, role, self._method(role, said))

    def _method(self, role: str, said: Any) -> Callable[..., Awaitable[Any]]:
        async def take(*given: Any) -> Any:
            self.heard.append((role, given))
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            answer = said(*given) if callable(said) else said
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return take


class Forbidden(Player):
    """Does, in one role, what the gate of ``stage.NoSecrets`` refuses, after a while."""

    def __init__(self, id: str, role: str, **options: Any) -> None:
        super().__init__(id, **options)

        async def take(*given: Any) -> Any:
            await asyncio.sleep(self.delay_s)
            return await desk().call(secret)

        setattr(self, role, take)


async def answers_come(runtime: Any, handle: Any) -> None:
    """Bring the run what people decided, or did not: in jumping time nobody looks for it."""
    await asyncio.sleep(3_700)
    runtime.engine.post.look()


def refused(directory: Path, act: Callable[[Context], Awaitable[Result]]) -> str:
    """The code with which a pattern refuses to begin."""
    caught: list[str] = []

    async def tries(ctx: Context) -> Result:
        try:
            return await act(ctx)
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(directory, tries)
    assert len(set(caught)) == 1
    return caught[0]
