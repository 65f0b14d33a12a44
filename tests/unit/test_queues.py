"""Queues as programs open them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import tarl
from tarl.crypto.keys import Keyring
from tarl.errors import Exceeded
from tarl.stack import queue_on
from tarl.storage import bounds_on, open_store
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.tenant import Quotas


def test_a_queue_is_opened_by_the_file_and_keeps_to_the_quotas(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with tarl.open_queue(path) as queue:
        first = queue.enqueue("resize", 1)
        assert first.queue == "main"
        assert first.id != queue.enqueue("resize", 1).id
        assert queue.enqueue("resize", 1, id=first.id) == first
    store = open_store(path)
    Tenants(store, keyring=Keyring(), bounds=bounds_on(store)).create(
        "acme", sealed=False, quotas=Quotas(queue_depth=1)
    )
    store.close()
    with tarl.open_queue(path, "other", tenant="acme") as queue:
        queue.enqueue("resize", 1, tenant="acme")
        with pytest.raises(Exceeded):
            queue.enqueue("resize", 2, tenant="acme")
        with pytest.raises(tarl.TarlError):
            queue.enqueue("resize", 2, tenant="press")
    with tarl.open_queue(path) as queue:
        assert queue.get_metrics()["queue_depth"] == 2


def test_a_queue_beside_a_runtime_waits_for_results(tmp_path: Path) -> None:
    async def main() -> object:
        async with tarl.open(tmp_path / "t.db") as runtime:
            queue = queue_on(runtime.journal)
            task = await queue.enqueue("resize", 1)
            (delivery,) = await queue.lease("me")
            await queue.complete(delivery, "small")
            return await queue.result(task)

    assert asyncio.run(main()) == "small"
