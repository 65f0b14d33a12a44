"""What Temporal keeps of sealed tenants says nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.temporal_server import Server, server
from tests.unit.engines.temporal import secrets

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.temporal.sealing import KNOWN_S, Sealed
from tarl.errors import RunFailed
from tarl.storage import bounds_on, open_store
from tarl.tenancy.ledger import Tenants


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


def _texts(value: Any) -> Iterator[str]:
    """Every text in a history, payloads decoded."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
        try:
            yield base64.b64decode(value, validate=True).decode(errors="replace")
        except ValueError:
            return


@pytest.mark.parametrize("sealed", [True, False])
def test_a_history_holds_what_was_said_only_in_clear(
    temporal: Server, tmp_path: Path, sealed: bool
) -> None:
    Keyring().ensure().make_tenant_key("default")

    async def use() -> str:
        async with tarl.open(tmp_path / "t.db", sealed=sealed) as runtime:
            engine = await tarl.connect_temporal(
                runtime, temporal.address, namespace=temporal.namespace()
            )
            async with engine.working(workflows=[secrets.confides, secrets.betrays]):
                handle = await engine.start(secrets.confides, "xyzzy", id="w")
                await engine.signal("w", "more", "xyzzy again")
                assert await handle.result() == "not xyzzy, xyzzy again"
                with pytest.raises(RunFailed, match="xyzzy"):
                    await engine.run(secrets.betrays, "xyzzy", id="v")
            histories = ""
            for name in ("default/w", "default/v"):
                history = await engine.client.get_workflow_handle(name).fetch_history()
                histories += "\n".join(_texts(json.loads(history.to_json())))
            return histories

    said = asyncio.run(use())
    assert "confides" in said
    assert ("xyzzy" in said) is not sealed


@pytest.mark.parametrize("by", ["others", "this"])
def test_a_tenant_that_is_sealed_counts_as_sealed(tmp_path: Path, by: str) -> None:
    keyring = Keyring().ensure()
    here = open_store(tmp_path / "j.db", keyring=keyring)
    there = open_store(tmp_path / "j.db", keyring=keyring)
    sealed = Sealed(here)
    assert "acme" not in sealed
    store = here if by == "this" else there
    bounds = bounds_on(store, clock=SystemClock())
    Tenants(store, keyring=keyring, bounds=bounds).create("acme", sealed=True)
    if by == "others":
        time.sleep(2 * KNOWN_S)
    assert "acme" in sealed
    here.close()
    there.close()


@pytest.mark.parametrize("sealed", [True, False])
def test_why_a_run_was_stopped_is_not_said_there(
    temporal: Server, tmp_path: Path, sealed: bool
) -> None:
    Keyring().ensure().make_tenant_key("default")

    async def use() -> tuple[str, int]:
        async with tarl.open(tmp_path / "t.db", sealed=sealed) as runtime:
            engine = await tarl.connect_temporal(
                runtime, temporal.address, namespace=temporal.namespace()
            )
            histories, told = "", ""
            async with engine.working(workflows=[secrets.confides]):
                for name, stop in (("c", engine.cancel), ("t", engine.terminate)):
                    handle = await engine.start(secrets.confides, "word", id=name)
                    async with asyncio.timeout(20):
                        while not [each async for each in engine.history(name)]:
                            await asyncio.sleep(0.05)
                    await stop(name, reason="because of xyzzy")
                    with pytest.raises(RunFailed, match="because of xyzzy"):
                        await handle.result()
                    history = await engine.client.get_workflow_handle(
                        f"default/{name}"
                    ).fetch_history()
                    histories += "\n".join(_texts(json.loads(history.to_json())))
                    told += "".join([each.body.decode() async for each in engine.history(name)])
            return histories, told.count("because of xyzzy")

    said, times = asyncio.run(use())
    assert ("xyzzy" in said) is not sealed
    assert times == 3  # received, cancelled; terminated
