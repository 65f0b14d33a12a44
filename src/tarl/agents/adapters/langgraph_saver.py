"""LangGraph's checkpoints in the journal: a graph that is carried out anywhere goes on where it
was, and every state that it was in can be proved.

1. A thread is a stream ``thread/<tenant>/<thread id>``; checkpoints and writes are events in it,
   chained and logged as every fact is. Nothing is overwritten: what a thread is now is a fold.
2. What is put is on disk when ``put`` or ``put_writes`` returns; ``durability="sync"`` makes the
   graph wait for that.
3. A channel's value is written when it changes; large values lie in blobs by their digest.
4. Deleting, which LangGraph asks for, is an event that hides what was before it. What is to be gone
   for good goes with the tenant's key (``tarl tenants erase``).
5. Versions of channels are counted, not drawn: the same steps put the same bytes.

Values are encoded by LangGraph's own serializer. Needs ``tarl[langgraph]``.
"""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from threading import RLock
from typing import Any

import msgspec

from tarl.agents.adapters.threads import (
    CHECKPOINT_PUT,
    DELETED,
    PRUNED,
    WRITES_PUT,
    CheckpointPut,
    Kept,
    Pruned,
    Thread,
    Value,
    Write,
    WritesPut,
)
from tarl.errors import Conflict, Invalid, Unavailable
from tarl.journal.codec import Stored
from tarl.journal.store import Batch, Store
from tarl.values.canonical import encode
from tarl.values.plain import plain
from tarl.work.streams import continued, key_of, stream_of

try:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import (
        WRITES_IDX_MAP,
        BaseCheckpointSaver,
        ChannelVersions,
        Checkpoint,
        CheckpointMetadata,
        CheckpointTuple,
        get_checkpoint_id,
        get_checkpoint_metadata,
    )
    from langgraph.checkpoint.serde.base import SerializerProtocol
except ImportError as error:
    raise Unavailable(
        "LangGraph is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[langgraph]'",
    ) from error

INLINE_BYTES_MAX = 4_096
"""A value up to here lies in its event, above in a blob."""

THREADS_KEPT = 64
"""Folded threads in memory; another one is read from its stream again."""

_TRIES_MAX = 100
"""Others who write to a thread at the same moment make a try fail; so many in a row is a fault."""

_NOUN = "thread"

Blobs = list[tuple[bytes, Stored]]
"""Large values on their way into the journal, by digest."""


class JournalSaver(BaseCheckpointSaver[str]):
    """A LangGraph checkpointer over a journal; from any thread.

    Args:
        store: The journal, opened for this saver alone (``tarl.storage.open_store``): a store is
            used by one thread at a time, and this one sees to it.
        now_ms: The clock, in UTC milliseconds.
        tenant: Whose threads they are.
        serde: LangGraph's serializer; its own when left out.
    """

    def __init__(
        self,
        store: Store,
        *,
        now_ms: Callable[[], int],
        tenant: str = "default",
        serde: SerializerProtocol | None = None,
    ) -> None:
        super().__init__(serde=serde)
        self._store = store
        self._now_ms = now_ms
        self._tenant = tenant
        self._threads: OrderedDict[str, Thread] = OrderedDict()
        self._lock = RLock()

    # --- what LangGraph reads

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the config names, or the newest of its namespace."""
        thread_id, ns = _place(config)
        with self._lock:
            thread = self._thread(thread_id)
            id = get_checkpoint_id(config) or thread.newest(ns)
            kept = None if id is None else thread.checkpoint(ns, id)
            return None if kept is None else self._tuple(thread_id, thread, kept)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of a thread, or of all, the newest first."""
        wanted = None if config is None else config["configurable"].get("checkpoint_ns")
        only = None if config is None else get_checkpoint_id(config)
        bound = None if before is None else get_checkpoint_id(before)
        given = 0
        for thread_id in self._thread_ids(config):
            with self._lock:
                thread = self._thread(thread_id)
                found = [
                    kept
                    for kept in thread.newest_first(wanted)
                    if (only is None or kept.id == only) and (bound is None or kept.id < bound)
                ]
            for kept in found:
                if limit is not None and given >= limit:
                    return
                with self._lock:
                    metadata = self._loaded(kept.metadata)
                    if filter and any(metadata.get(k) != v for k, v in filter.items()):
                        continue
                    item = self._tuple(thread_id, thread, kept)
                given += 1
                yield item

    # --- what LangGraph writes

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Record a checkpoint, with the values of the channels that are new in it."""
        thread_id, ns = _place(config)
        values = checkpoint["channel_values"]
        blobs: Blobs = []
        bare = {name: value for name, value in checkpoint.items() if name != "channel_values"}
        body = CheckpointPut(
            ns=ns,
            id=checkpoint["id"],
            parent=config["configurable"].get("checkpoint_id"),
            checkpoint=self._dumped(bare, blobs),
            metadata=self._dumped(get_checkpoint_metadata(config, metadata), blobs),
            values={
                channel: self._dumped(values[channel], blobs) if channel in values else None
                for channel in new_versions
            },
        )
        self._append(thread_id, CHECKPOINT_PUT, body, blobs)
        return _config(thread_id, ns, checkpoint["id"])

    def put_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Record what a task wrote after a checkpoint."""
        thread_id, ns = _place(config)
        blobs: Blobs = []
        body = WritesPut(
            ns=ns,
            checkpoint=config["configurable"]["checkpoint_id"],
            task=task_id,
            path=task_path,
            writes=[
                Write(
                    index=WRITES_IDX_MAP.get(channel, index),
                    channel=channel,
                    value=self._dumped(value, blobs),
                )
                for index, (channel, value) in enumerate(writes)
            ],
        )
        self._append(thread_id, WRITES_PUT, body, blobs)

    def delete_thread(self, thread_id: str) -> None:
        """Hide everything that the thread has been; see the module's fourth rule."""
        with self._lock:
            if self._thread(thread_id).seq:
                self._append(thread_id, DELETED, None, [])

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Hide the checkpoints of LangGraph's runs of these ids."""
        wanted = set(run_ids)
        for thread_id in self._thread_ids(None):
            with self._lock:
                thread = self._thread(thread_id)
                gone = [
                    (kept.ns, kept.id)
                    for kept in thread.newest_first(None)
                    if self._loaded(kept.metadata).get("run_id") in wanted
                ]
                if gone:
                    self._append(thread_id, PRUNED, Pruned(checkpoints=gone), [])

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Record everything that one thread is as another one's past too.

        Raises:
            Conflict: the other one has a past (``langgraph.thread``).
        """
        with self._lock:
            if self._thread(target_thread_id).newest_of_all() is not None:
                raise Conflict(
                    f"thread {target_thread_id} has checkpoints already",
                    code="langgraph.thread",
                    next_step="copy to a thread that is new",
                )
            source = stream_of(_NOUN, self._tenant, source_thread_id)
            target = stream_of(_NOUN, self._tenant, target_thread_id)
            writer = continued(self._store, target, tenant=self._tenant)
            events = [event for event in self._store.read(source) if event.body is not None]
            rows = [writer.append(e.kind, e.body or b"", at_ms=self._now_ms()) for e in events]
            self._store.commit(Batch(rows))

    def get_next_version(self, current: str | None, channel: None) -> str:
        """The version after one, as text that sorts."""
        number = 0 if current is None else int(str(current).partition(".")[0])
        return f"{number + 1:032}"

    # --- the same for an event loop, which goes on meanwhile

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """As ``get_tuple``."""
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """As ``list``."""
        found = self.list(config, filter=filter, before=before, limit=limit)
        while (item := await asyncio.to_thread(next, found, None)) is not None:
            yield item

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """As ``put``."""
        return await asyncio.to_thread(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """As ``put_writes``."""
        await asyncio.to_thread(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """As ``delete_thread``."""
        await asyncio.to_thread(self.delete_thread, thread_id)

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """As ``delete_for_runs``."""
        await asyncio.to_thread(self.delete_for_runs, run_ids)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """As ``copy_thread``."""
        await asyncio.to_thread(self.copy_thread, source_thread_id, target_thread_id)

    # --- the journal

    def _thread_ids(self, config: RunnableConfig | None) -> Sequence[str]:
        if config is not None:
            return [str(config["configurable"]["thread_id"])]
        with self._lock:
            prefix = stream_of(_NOUN, self._tenant, "x").removesuffix("x")
            return [key_of(stream)[1] for stream in self._store.streams(prefix)]

    def _thread(self, thread_id: str) -> Thread:
        """The fold of a thread's stream as it is now."""
        thread = self._threads.pop(thread_id, None) or Thread()
        for event in self._store.read(stream_of(_NOUN, self._tenant, thread_id), after=thread.seq):
            thread.evolve(event)
        self._threads[thread_id] = thread
        if len(self._threads) > THREADS_KEPT:
            self._threads.popitem(last=False)
        return thread

    def _append(
        self,
        thread_id: str,
        kind: str,
        body: msgspec.Struct | None,
        blobs: Sequence[tuple[bytes, Stored]],
    ) -> None:
        data = encode({} if body is None else plain(body))
        stream = stream_of(_NOUN, self._tenant, thread_id)
        with self._lock:
            for _ in range(_TRIES_MAX):
                writer = continued(self._store, stream, tenant=self._tenant)
                row = writer.append(kind, data, at_ms=self._now_ms())
                try:
                    self._store.commit(Batch([row], list(blobs)))
                except Conflict as refusal:
                    if refusal.code != "journal.position":
                        raise
                else:
                    return
        raise Conflict(f"{stream} never stood still", code="journal.position")

    # --- values

    def _tuple(self, thread_id: str, thread: Thread, kept: Kept) -> CheckpointTuple:
        checkpoint: Checkpoint = self._loaded(kept.checkpoint)
        values = {
            channel: self._loaded(value)
            for channel, value in kept.values.items()
            if value is not None and channel in checkpoint["channel_versions"]
        }
        return CheckpointTuple(
            config=_config(thread_id, kept.ns, kept.id),
            checkpoint={**checkpoint, "channel_values": values},
            metadata=self._loaded(kept.metadata),
            parent_config=(
                None if kept.parent is None else _config(thread_id, kept.ns, kept.parent)
            ),
            pending_writes=[
                (task, write.channel, self._loaded(write.value))
                for task, write in thread.writes(kept.ns, kept.id)
            ],
        )

    def _dumped(self, value: Any, blobs: Blobs) -> Value:
        kind, data = self.serde.dumps_typed(value)
        if len(data) <= INLINE_BYTES_MAX:
            return Value(type=kind, data=base64.b64encode(data).decode())
        digest, stored = self._store.codec.store_blob(self._tenant, data)
        blobs.append((digest, stored))
        return Value(type=kind, blob=digest.hex())

    def _loaded(self, value: Value) -> Any:
        if value.blob is not None:
            data = self._store.blob(self._tenant, bytes.fromhex(value.blob))
        else:
            data = base64.b64decode(value.data or "")
        return self.serde.loads_typed((value.type, data))


def _place(config: RunnableConfig) -> tuple[str, str]:
    configurable = config.get("configurable") or {}
    if not configurable.get("thread_id"):
        raise Invalid(
            "a graph with a checkpointer needs a thread",
            code="langgraph.thread",
            next_step='config={"configurable": {"thread_id": "..."}}',
        )
    return str(configurable["thread_id"]), str(configurable.get("checkpoint_ns", ""))


def _config(thread_id: str, ns: str, id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns, "checkpoint_id": id}}
