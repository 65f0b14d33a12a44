"""Whether a workflow still does what its recordings say: the test to keep beside each workflow.

def test_prices_still_replays():
    assert_replays(prices, journal="tests/recordings/prices.db", run="prices/1")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from tarl.errors import NondeterminismError, TarlError
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel import events, history, ordered
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS
from tarl.kernel.execution import Execution
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.replay import Replay
from tarl.kernel.runs import result_of
from tarl.kernel.values import Shelf
from tarl.values.ids import RunId

Blobs = Callable[[str, bytes], bytes]
"""Tenant and digest to a large value's bytes, as ``Store.blob`` does it."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to.

    Attributes:
        events: How many events the code was held against.
        is_closed: Whether the recorded run had ended.
        result: The run's result, as its declared type; None while it is open or when it failed.
        error: How it failed; None when it completed or is open.
        waits_at: ``function:line`` where the code of an open run waits.
        commands: Kind and body of what the code would do next, in a run that was cut off.
    """

    events: int
    is_closed: bool
    result: Any
    error: str | None
    waits_at: tuple[str, ...]
    commands: tuple[tuple[str, bytes], ...]


def assert_replays(
    workflow: Workflow[..., Any],
    *,
    journal: str | Path,
    run: RunId | str,
    limits: Limits = DEFAULT_LIMITS,
) -> Replayed:
    """Replay a run from a journal file with today's code; no effect runs and nothing is written.

    Raises:
        NondeterminismError: the code does something else than the recording; shows both sides.
        ChainBrokenError: the recording is damaged.
        Missing: no such journal or run.
    """
    from tarl.stack import open_store

    run_id = run if isinstance(run, RunId) else _run_id(run)
    store = open_store(journal, must_exist=True)
    try:
        return replay_from(store, workflow, run_id, limits=limits)
    finally:
        store.close()


def replay_from(
    store: Store, workflow: Workflow[..., Any], run: RunId, *, limits: Limits = DEFAULT_LIMITS
) -> Replayed:
    """Like ``assert_replays``, from an open store."""
    return replayed(workflow, store.read(run.stream), run=run, blobs=store.blob, limits=limits)


def replayed(
    workflow: Workflow[..., Any],
    recorded: Iterable[Event],
    *,
    run: RunId,
    blobs: Blobs,
    limits: Limits = DEFAULT_LIMITS,
) -> Replayed:
    """Hold the code against a recorded history, whole or cut off anywhere.

    Raises:
        NondeterminismError: the code does something else than the recording; shows both sides.
        ChainBrokenError: the recording is damaged.
        Missing: it is empty.
    """
    ordered.install()
    recording = list(history.verified(run.stream, recorded))
    if not recording:
        raise history.no_run(run.ref)
    started = history.read_started(recording[0])
    shelf = _Recorded(run.tenant, blobs)
    execution = Execution(
        workflow,
        run=run,
        seed=bytes.fromhex(started.seed),
        shelf=shelf,
        limits=limits,
        patches=_patches(recording),
    )
    try:
        return _feed(execution, recording, bytes(started.input), shelf)
    finally:
        execution.stop()


def _feed(
    execution: Execution, recording: list[Event], input_json: bytes, shelf: Shelf
) -> Replayed:
    replay = Replay(execution)
    commands_end = max(
        (i for i, event in enumerate(recording) if event.kind in events.COMMANDS), default=0
    )
    execution.replaying = commands_end > 0
    execution.begin(input_json, at_ms=recording[0].recorded_at_ms)
    for i, event in enumerate(recording[1:], 1):
        execution.replaying = i < commands_end
        replay.feed(event)
    last = recording[-1]
    is_closed = last.kind in events.CLOSING
    if is_closed:
        replay.finish()
    result, error = None, None
    if is_closed and last.body is not None:
        try:
            result = result_of(last.kind, last.body, workflow=execution.workflow, shelf=shelf)
        except TarlError as failure:
            error = str(failure)
    return Replayed(
        events=len(recording),
        is_closed=is_closed,
        result=result,
        error=error,
        waits_at=() if is_closed else tuple(execution.where()),
        commands=tuple((command.kind, command.body) for command in execution.commands),
    )


def _patches(recording: Iterable[Event]) -> frozenset[str]:
    return frozenset(
        DECODERS[event.kind](event.body).id
        for event in recording
        if event.kind == events.PATCH_MARKED and event.body is not None
    )


def _run_id(ref: str) -> RunId:
    from tarl.values.ids import parse_ref

    parsed = parse_ref(ref)
    return RunId(parsed.tenant or "default", parsed.workflow_id, parsed.n or 1)


class _Recorded(Shelf):
    """The large values of a recording: those that the code makes again are only named."""

    def __init__(self, tenant: str, blobs: Blobs) -> None:
        self._tenant = tenant
        self._blobs = blobs
        self._made: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        from hashlib import sha256

        digest = sha256(data).hexdigest()
        self._made[digest] = data
        return digest

    def get(self, digest: str) -> bytes:
        made = self._made.get(digest)
        return self._blobs(self._tenant, bytes.fromhex(digest)) if made is None else made


__all__ = ["NondeterminismError", "Replayed", "assert_replays", "replay_from", "replayed"]
