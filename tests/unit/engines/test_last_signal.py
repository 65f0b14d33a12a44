"""A signal that came when the code had ended already, and a crash before the run went on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.unit.engines import talks

import tarl
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, inbox
from tarl.values.ids import RunId

RUN = RunId("default", "w", 1)


def write(store: Store, stream: str, rows: list[tuple[str, bytes]]) -> None:
    writer = StreamWriter(stream, tenant="default", codec=store.codec)
    store.commit(Batch([writer.append(kind, body, at_ms=1) for kind, body in rows]))


def test_it_is_for_the_run_that_goes_on(tmp_path: Path) -> None:
    async def whole() -> list[Any]:
        async with tarl.open(tmp_path / "whole.db") as runtime:
            handle = await runtime.start(talks.hops, [[], 2], id="w")
            for payload in (0, 1):
                runtime.signal("w", "item", payload)
                while len(list(runtime.journal.scan("run"))) < payload + 1:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.2)
            assert await handle.result() == [0, 1]
            return list(runtime.journal.read(RUN.stream))

    async def cut() -> Any:
        recorded = await whole()
        kept = [(e.kind, e.body) for e in recorded if e.kind != events.RUN_CONTINUED]
        late = (events.SIGNAL_RECEIVED, b'{"message":2,"name":"item","payload":1}')
        async with tarl.open(tmp_path / "cut.db") as runtime:
            write(runtime.journal, RUN.stream, [*kept[:4], late])
            sent = [b'{"name":"item","payload":%d}' % n for n in (0, 1)]
            write(runtime.journal, inbox.stream(RUN), [(inbox.SIGNAL_SENT, body) for body in sent])
            runtime.register(talks.hops)
            return await asyncio.wait_for(runtime.resume("w/1"), 30)

    assert asyncio.run(cut()) == [0, 1]
