"""The command around the service."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import tarl
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.errors import Corrupt
from tarl.interfaces.cli import duties
from tarl.interfaces.cli.engines import Opened
from tarl.interfaces.serve.command import _driving


def test_where_runs_are_not_driven_any_more_the_service_ends_with_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise Corrupt("the journal is damaged")

    async def goes_on() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(duties, "duties", lambda runtime, loaded: [goes_on(), fails()])

    async def main() -> None:
        enough = asyncio.Event()
        async with tarl.open(tmp_path / "tarl.db") as runtime:
            opened = Opened(runtime, EmbeddedEngine(runtime))
            with pytest.raises(Corrupt, match="the journal is damaged"):
                async with _driving(opened, [], [], drain_s=None, enough=enough):
                    await asyncio.wait_for(enough.wait(), 10)

    asyncio.run(main())
