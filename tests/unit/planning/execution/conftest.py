"""One real broker for the tests of each file: another process, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tarl.interfaces.demo.home.broker import start_broker
from tarl.planning.devices.broker import Broker


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with asyncio.Runner() as runner:
        process = runner.run(start_broker())
        yield process.address
        runner.run(process.end())
