"""The log is hashed beside the loop, and what is signed is the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl.crypto.keys import Keyring
from tarl.crypto.note import open_note, parse_checkpoint
from tarl.engines.embedded import checkpointer
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.engines.embedded.clock import SystemClock
from tarl.errors import Unavailable
from tarl.journal.codec import Codec
from tarl.journal.log import BLOCK_LEAVES, Log
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, ReadsBeside
from tarl.journal.writer import StreamWriter

EVENTS = 3 * BLOCK_LEAVES + 77


class World:
    def __init__(self, path: Path) -> None:
        self.store = SqliteStore(path / "tarl.db", origin="tarl/test")
        self.keyring = Keyring(path / "home").ensure()
        self.writer = StreamWriter("run/t/x/1", tenant="t", codec=Codec())

    def write(self, count: int) -> None:
        rows = [self.writer.append("k/1", b"{}", at_ms=i) for i in range(count)]
        self.store.commit(Batch(rows))

    def checkpointer(self) -> Checkpointer:
        return Checkpointer(self.store, self.keyring, SystemClock())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(checkpointer, "INTERVAL_S", 0.01)
    world = World(tmp_path)
    yield world
    world.store.close()


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Blocks that were hashed beside, each with whether that was in the thread of the test."""
    found: list[tuple[int, bool]] = []
    hash_block, own = Log.hash_block, threading.get_ident()

    def seen(log: Log, block: int, **options: object) -> None:
        found.append((block, threading.get_ident() == own))
        hash_block(log, block, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Log, "hash_block", seen)
    return found


async def signed(world: World, size: int) -> None:
    async with asyncio.timeout(10):
        while not (kept := world.store.checkpoints()) or kept[0].size < size:
            await asyncio.sleep(0.005)


def test_blocks_are_hashed_in_a_thread_and_signed_as_ever(
    world: World, hashed: list[tuple[int, bool]]
) -> None:
    async def scene() -> None:
        signer = world.checkpointer()
        world.write(EVENTS)
        task = asyncio.create_task(signer.keep_signing())
        await signed(world, EVENTS)
        world.write(BLOCK_LEAVES)
        await signed(world, EVENTS + BLOCK_LEAVES)
        task.cancel()
        signer.close()
        assert hashed == [(block, False) for block in range(4)]
        text, _ = open_note(world.store.checkpoints()[0].note, world.keyring.signer("log").verifier)
        plain = Log(world.store)
        assert parse_checkpoint(text).root == plain.root(EVENTS + BLOCK_LEAVES)
        assert plain.check_nodes() == 4 + 2 + 1

    asyncio.run(scene())


def test_whoever_may_not_sign_hashes_nothing(world: World, hashed: list[tuple[int, bool]]) -> None:
    async def scene() -> None:
        first, second = world.checkpointer(), world.checkpointer()
        world.write(EVENTS)
        assert first.sign().size == EVENTS
        world.write(BLOCK_LEAVES)
        task = asyncio.create_task(second.keep_signing())
        await asyncio.sleep(0.05)
        task.cancel()
        second.close()
        first.close()
        assert hashed == []

    asyncio.run(scene())


def test_a_runtime_that_closes_does_not_wait_for_the_whole_log(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        begun, go_on = threading.Event(), threading.Event()
        blocks: list[int] = []

        def slow(log: Log, block: int, **options: object) -> None:
            blocks.append(block)
            begun.set()
            go_on.wait(10)

        monkeypatch.setattr(Log, "hash_block", slow)
        signer = world.checkpointer()
        world.write(EVENTS)
        task = asyncio.create_task(signer.keep_signing())
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        threading.Timer(0.05, go_on.set).start()
        signer.close()
        assert blocks == [0]
        assert world.store.checkpoints()[0].size == EVENTS

    asyncio.run(scene())


def test_a_read_beside_that_fails_leaves_the_log_to_who_signs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        def locked(self: object, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
            raise Unavailable("locked", code="journal.locked")

        monkeypatch.setattr(SqliteStore, "leaf_data_beside", locked)
        signer = world.checkpointer()
        world.write(EVENTS)
        task = asyncio.create_task(signer.keep_signing())
        await signed(world, EVENTS)
        assert not task.done()
        task.cancel()
        signer.close()

    asyncio.run(scene())


def test_many_threads_read_the_log_beside_a_writer(world: World) -> None:
    world.write(EVENTS)
    store = world.store
    assert isinstance(store, ReadsBeside)
    stretches = {at: store.leaf_data(at, at + 50) for at in range(0, EVENTS - 50, 50)}
    wrong: list[Exception | int] = []

    def read() -> None:
        try:
            for at, leaves in 50 * list(stretches.items()):
                if store.leaf_data_beside(at, at + 50) != leaves:
                    wrong.append(at)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        world.write(3)
        list(store.read("run/t/x/1", until=10))
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_read_beside_is_not_of_the_moment_that_others_look_at(world: World) -> None:
    world.write(EVENTS)
    other = SqliteStore(world.store.path, origin="tarl/test")
    with world.store.at_one_moment():
        assert world.store.log_size() == EVENTS
        row = world.writer.append("k/1", b"{}", at_ms=EVENTS)
        other.commit(Batch([row]))
        assert world.store.leaf_data(EVENTS, EVENTS + 1) == []
        assert len(world.store.leaf_data_beside(EVENTS, EVENTS + 1)) == 1
    other.close()
