"""A journal that fails in the middle of the code's turn: the code never hears of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.converter import DefaultFailureConverter, WorkflowSerializationContext
from tests.temporal_server import Server, server

import tarl
from tarl import Context, activity, workflow
from tarl.engines.temporal import home
from tarl.engines.temporal.runtime import connect
from tarl.engines.temporal.sealing import converter
from tarl.errors import Unavailable
from tarl.journal.codec import Codec

MUCH = 40_000
LONG_S = 90.0


@activity
async def writes_much(n: int) -> str:
    return "x" * n


@activity
async def measures(text: str) -> int:
    return len(text)


@workflow
async def passes_much_on(ctx: Context) -> list[Any]:
    said: list[Any] = []
    try:
        said.append(len(await ctx.call(writes_much, MUCH)))
        said.append(await ctx.call(measures, "y" * MUCH))
    except Exception as error:  # as code that catches too much would
        said.append(type(error).__name__)
    return said


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


def silent(*_: Any) -> None:
    """The loop waits for a server that does not answer."""
    time.sleep(0.4)


def refuses(*_: Any) -> None:
    raise Unavailable("gone", code="journal.unreachable")


class Once:
    """A function of the store's that fails when it is first called for a workflow's code."""

    def __init__(self, real: Callable[..., Any], fails: Callable[..., None]) -> None:
        self.calls = 0
        self._real = real
        self._fails = fails

    def __call__(self, *args: Any, **more: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            self._fails()
        return self._real(*args, **more)


@pytest.mark.parametrize("fails", [silent, refuses])
@pytest.mark.parametrize("what", ["put", "get"])
def test_the_code_is_not_told(
    temporal: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    fails: Callable[..., None],
) -> None:
    monkeypatch.setattr(home, "_WAIT_S", 0.2)

    async def use() -> Any:
        async with tarl.open(tmp_path / "t.db", workflows=[passes_much_on]) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            owner, name = (runtime.journal, "blob") if what == "get" else (home.TenantShelf, "_put")
            failing = Once(getattr(owner, name), fails)
            if what == "get":
                monkeypatch.setattr(owner, name, failing)
            else:
                monkeypatch.setattr(owner, name, lambda shelf, data: failing(shelf, data))
            async with engine.working(workflows=[passes_much_on]):
                result = await asyncio.wait_for(engine.run(passes_much_on), LONG_S)
            return result, failing.calls > 1

    assert asyncio.run(use()) == ([MUCH, MUCH], True)


def test_temporal_is_never_told_in_the_middle_that_the_journal_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker would not give back a task whose context it cannot make."""

    def of(codec: Codec, tenant: str) -> Codec:
        raise Unavailable("gone", code="journal.unreachable")

    async def use() -> bool:
        async with tarl.open(tmp_path / "t.db") as runtime:
            made = converter(runtime.journal)
            monkeypatch.setattr(Codec, "of", of)
            context = WorkflowSerializationContext(namespace="default", workflow_id="acme/w")
            failures = made.with_context(context).failure_converter
            monkeypatch.undo()
            assert isinstance(failures, DefaultFailureConverter)
            return failures._encode_common_attributes

    assert asyncio.run(use())
