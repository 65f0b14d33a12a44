"""The embedded engine leaves alone what Temporal drives, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines.temporal import secrets

import tarl
from tarl.engines.embedded.resuming import Resuming
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.kernel import events
from tarl.kernel.rerun import rerun
from tarl.kernel.shelves import RecordedShelf
from tarl.values.ids import RunId

RUN = RunId("default", "w", 1)
STARTED = events.run_started(
    code=secrets.confides.code_digest,
    seed="00" * 32,
    workflow="confides",
    input_json=b'"word"',
    engine="temporal",
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Runtime]:
    """A runtime over a journal with a run of Temporal's."""
    async with tarl.open(folder / "t.db", workflows=[secrets.confides]) as runtime:
        writer = StreamWriter(RUN.stream, tenant="default", codec=runtime.journal.codec)
        row = writer.append(events.RUN_STARTED, STARTED, at_ms=1)
        runtime.journal.commit(Batch([row]))
        yield runtime


def replay(runtime: Runtime) -> Any:
    recorded = runtime.journal.read(RUN.stream)
    return rerun(secrets.confides, recorded, shelf=RecordedShelf(runtime.journal, RUN))


@pytest.mark.parametrize(
    "do",
    [
        lambda runtime: runtime.signal("w", "more"),
        lambda runtime: runtime.cancel("w"),
        lambda runtime: runtime.terminate("w"),
        lambda runtime: runtime.query("w", "what"),
        replay,
    ],
)
def test_it_is_not_spoken_to_here(tmp_path: Path, do: Callable[[Runtime], Any]) -> None:
    async def use() -> None:
        async with opened(tmp_path) as runtime:
            with pytest.raises(Conflict) as refused:
                do(runtime)
            assert refused.value.code == "run.elsewhere"
            assert [event.kind for event in runtime.journal.read(RUN.stream)] == [
                events.RUN_STARTED
            ]

    asyncio.run(use())


def test_it_is_not_taken_up_here(tmp_path: Path) -> None:
    async def use() -> None:
        async with opened(tmp_path) as runtime:
            with pytest.raises(Conflict) as refused:
                await runtime.take_up("w")
            assert refused.value.code == "run.elsewhere"
            assert await runtime.resume_all() == []
            resuming = Resuming(runtime)
            assert [await resuming.look(), await resuming.look()] == [0, 0]
            head = runtime.journal.head(RUN.stream)
            assert head is not None
            assert head.seq == 1

    asyncio.run(use())
