"""Histories of Temporal's against the code: the same, or a difference that is shown; no effect."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from tests.temporal_server import server
from tests.unit.engines.temporal import recounts

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.temporal.recorded import from_bytes, from_json, read, to_bytes
from tarl.engines.temporal.replaying import Replays, replay
from tarl.errors import Conflict, Corrupt, Invalid, Missing, NondeterminismError, RunFailed
from tarl.journal.store import Store
from tarl.kernel.definition import DECLARED
from tarl.kernel.engine import EnginePort, Replayed
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_history_replays

LONG_S = 60.0


class Past(NamedTuple):
    """What a worker has left behind: histories by run, the journal, and where the server is."""

    histories: dict[str, WorkflowHistory]
    db: Path
    address: str


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    folder = tmp_path_factory.mktemp("past")
    db = folder / "tarl.db"
    recounts.CHANGED.clear()
    with pytest.MonkeyPatch.context() as patch, server() as running:
        patch.setenv("TARL_HOME", str(folder / "home"))
        lived = asyncio.run(asyncio.wait_for(_lived(running.address, db), LONG_S))
        yield Past(lived, db, running.address)


@pytest.fixture(autouse=True)
def _as_written() -> Iterator[None]:
    recounts.CHANGED.clear()
    yield
    recounts.CHANGED.clear()
    assert not [call for call in recounts.CALLS if call.startswith("again")]


async def _lived(address: str, db: Path) -> dict[str, WorkflowHistory]:
    async with tarl.open(db, workflows=recounts.WORKFLOWS) as runtime:
        engine = await tarl.connect_temporal(runtime, address)
        async with engine.working(workflows=recounts.WORKFLOWS):
            whole = await engine.start(recounts.recounted, "tea", id="whole")
            assert await engine.update("whole", "discount", 3) == 3
            with pytest.raises(Conflict, match="never"):
                await engine.update("whole", "refuse")
            await engine.signal("whole", "go")
            large = "x" * recounts.LARGE
            ended = [
                await engine.start(recounts.recount_large, "x", id="large"),
                await engine.start(recounts.recount_reads, large, id="reads"),
                await engine.start(recounts.recount_goes_on, 1, id="goes-on"),
                await engine.start(recounts.recount_gives_up, id="gives-up"),
                whole,
            ]
            cancelled = await engine.start(recounts.recount_cancelled, id="cancelled")
            waits = await engine.start(recounts.recount_waits, id="waits")
            terminated = await engine.start(recounts.recount_waits, id="terminated")
            for each in ended:
                await each.result()
            for each in (cancelled, waits, terminated):
                await _until_a_step_is_over(engine, each.run_id)
            await engine.cancel("cancelled")
            await engine.terminate("terminated")
            with pytest.raises(RunFailed):
                await cancelled.result()
        histories = {}
        async for found in engine.client.list_workflows():
            handle = engine.client.get_workflow_handle(found.id, run_id=found.run_id)
            history = await handle.fetch_history()
            histories[read(history).run.ref] = history
        return histories


async def _until_a_step_is_over(engine: Any, run: Any) -> None:
    while not any([m.kind == "step.completed/1" async for m in engine.history(run)]):
        await asyncio.sleep(0.05)


def again(history: WorkflowHistory, store: Store | None = None, **options: Any) -> Replayed:
    """Replay a history with what is changed."""
    recounts.CALLS.clear()
    copy = WorkflowHistory(history.workflow_id, list(history.events))
    one = replay(copy, find=DECLARED.find, store=store, **options)
    found = asyncio.run(asyncio.wait_for(one, LONG_S))
    assert recounts.CALLS == []
    return found


def diverged(past: Past, run: str, changed: str) -> NondeterminismError:
    """The error of a run whose code is changed."""
    recounts.CHANGED.add(changed)
    store = open_store(past.db)
    size = store.log_size()
    try:
        with pytest.raises(NondeterminismError) as caught:
            again(past.histories[run], store)
    finally:
        assert store.log_size() == size
        store.close()
    assert recounts.CALLS == []
    return caught.value


def test_every_history_replays_against_the_code_that_made_it(past: Past) -> None:
    store = open_store(past.db)
    size, found = store.log_size(), {}
    for run, history in past.histories.items():
        found[run] = again(history, store)
        assert (found[run].run.ref, found[run].events) == (run, len(history.events))
    assert store.log_size() == size
    store.close()
    stand = {run: each.status for run, each in found.items() if "/" in run}
    assert stand["whole/1"] == stand["goes-on/2"] == stand["gives-up/1"] == "completed"
    assert stand["goes-on/1"] == "continued"
    assert stand["cancelled/1"] == "cancelled"
    assert stand["terminated/1"] == "terminated"
    assert stand["waits/1"] == "running"
    assert sorted(stand.values()).count("failed") == 1
    assert found["whole/1"].steps == 7
    assert found["whole/1"].workflow == "recounted"


def test_a_history_replays_wherever_it_is_cut_off(past: Past) -> None:
    async def use() -> int:
        cuts = 0
        async with Replays(DECLARED.find, store) as replays:
            for run, history in past.histories.items():
                for end, event in enumerate(history.events):
                    if event.event_type in _TASKS:
                        cut = WorkflowHistory(history.workflow_id, history.events[:end])
                        one = await asyncio.wait_for(replays.replay(cut), LONG_S) if end else None
                        assert one is None or (one.run.ref, one.status) == (run, "running")
                        cuts += 1
        return cuts

    store = open_store(past.db)
    assert asyncio.run(use()) > 50
    store.close()


_TASKS = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
)

CHANGES = [
    ("whole/1", "more", '"activity":"recount_weighs"', '"activity":"recount_fetches"'),
    ("whole/1", "pure", '"args":["tea"],"mode":"pure"', '"args":["other"],"mode":"pure"'),
    ("whole/1", "failed pure", '"args":["bad"]', '"args":["worse"]'),
    ("whole/1", "timer", '{"delay_ms":20,"timer":1}', '{"delay_ms":30,"timer":1}'),
    ("whole/1", "timer away", '{"delay_ms":20}', '"activity":"recount_fetches"'),
    ("whole/1", "activity", '"activity":"recount_fetches"', '"activity":"recount_books"'),
    ("whole/1", "order", '"args":["b"],"step":4', '"args":["c"],"step":4'),
    ("whole/1", "fewer", '"activity":"recount_fails"', "child.started"),
    ("whole/1", "child", '"workflow":"recount_child"', '"workflow":"recount_other"'),
    ("whole/1", "input", '"input":3', '"input":4'),
    ("whole/1", "answer", '"result":3', '"result":4'),
    ("whole/1", "refusal", '"message":"never"', '"message":"not today"'),
    ("whole/1", "question", '"description":"Really?"', '"description":"Is it?"'),
    ("whole/1", "more at the end", "run.completed/1", '"args":["end"]'),
    ("whole/1", "result", '"expired",[3]]', '"expired",[3],"so"]'),
    ("large/1", "large", '"size":50004', '"size":50005'),
    ("goes-on/1", "continued", '{"input":2}', '{"input":3}'),
    ("gives-up/1", "once more", "run.completed/1", '"args":["once more"]'),
    ("cancelled/1", "clean-up", '"args":["broom"]', '"args":["mop"]'),
    ("waits/1", "waiting", '"args":["a"]', '"args":["b"]'),
    ("terminated/1", "waiting", '"args":["a"]', '"args":["b"]'),
]


@pytest.mark.parametrize(("run", "changed", "recorded", "decided"), CHANGES)
def test_a_change_is_found_and_both_sides_are_shown(
    past: Past, run: str, changed: str, recorded: str, decided: str
) -> None:
    error = diverged(past, run, changed)
    assert recorded in error.facts["expected"]
    assert decided in error.facts["actual"]
    assert error.facts["run"] == run
    assert error.message.startswith(f"{run}@{error.facts['seq']}: ")
    event = past.histories[run].events[error.facts["seq"] - 1]
    assert event.event_id == error.facts["seq"]


def test_where_in_the_code_is_said(past: Past) -> None:
    error = diverged(past, "whole/1", "activity")
    assert error.facts["where"][0].startswith("recounted:")
    assert f"in the code: {error.facts['where'][0]}" in error.message


def test_the_error_of_a_failed_run_is_compared(past: Past) -> None:
    failed = [run for run, each in past.histories.items() if read(each).status == "failed"]
    error = diverged(past, failed[0], "error")
    assert "too few" in error.facts["expected"]
    assert "far too few" in error.facts["actual"]


@pytest.mark.parametrize("unchanging", ["patched", "redacted"])
def test_code_that_minds_its_histories_passes(past: Past, unchanging: str) -> None:
    recounts.CHANGED.add(unchanging)
    store = open_store(past.db)
    assert again(past.histories["whole/1"], store).steps == 7
    store.close()


def test_a_run_that_is_not_held_to_its_end_may_go_on(past: Past) -> None:
    recounts.CHANGED.add("more at the end")
    store = open_store(past.db)
    assert again(past.histories["whole/1"], store, strict=False).status == "completed"
    store.close()
    assert diverged(past, "whole/1", "timer").code == "replay.diverged"


def test_a_large_value_that_the_code_makes_again_is_only_digested(past: Past) -> None:
    assert again(past.histories["large/1"]).steps == 1


def test_a_large_value_that_nobody_kept_is_not_kept(past: Past) -> None:
    error = diverged(past, "large/1", "large")
    digest = bytes.fromhex(error.facts["actual"].partition('"digest":"')[2][:64])
    store = open_store(past.db)
    with pytest.raises(Missing):
        store.blob("default", digest)
    store.close()


def test_a_large_value_that_is_not_here_is_named(past: Past) -> None:
    with pytest.raises(Missing, match=r"no journal is here") as caught:
        again(past.histories["reads/1"])
    assert caught.value.code == "journal.no_blob"
    digest = caught.value.facts["digest"]
    assert digest.encode() in past.histories["reads/1"].events[0].SerializeToString()


def test_replays_leave_no_threads_behind(past: Past) -> None:
    async def use() -> set[int]:
        seen = set()
        for _ in range(6):
            copy = WorkflowHistory("", list(past.histories["gives-up/1"].events))
            await replay(copy, find=DECLARED.find)
            seen.add(len(os.listdir("/proc/self/task")))
        return seen

    found = asyncio.run(asyncio.wait_for(use(), LONG_S))
    assert max(found) - min(found) <= 2


def test_another_workflow_s_code_does_not_do(past: Past) -> None:
    def nothing(name: str) -> Any:
        raise Missing(f"no {name}", code="workflow.unknown")

    with pytest.raises(Missing, match="no recounted") as caught:
        asyncio.run(replay(past.histories["whole/1"], find=nothing))
    assert caught.value.code == "workflow.unknown"


def test_a_history_travels_as_json(past: Past) -> None:
    history = from_json(past.histories["gives-up/1"].to_json().encode(), name="it")
    assert again(history).run.ref == "gives-up/1"


def test_a_saved_history_is_held_against_code_in_a_test(past: Past, tmp_path: Path) -> None:
    saved = tmp_path / "reads.json"
    saved.write_text(past.histories["reads/1"].to_json())
    replayed = assert_history_replays(recounts.recount_reads, saved, journal=past.db)
    assert (replayed.run.ref, replayed.status) == ("reads/1", "completed")
    with pytest.raises(Missing) as caught:
        assert_history_replays(recounts.recount_reads, str(saved))
    assert caught.value.code == "journal.no_blob"
    with pytest.raises(Conflict) as conflict:
        assert_history_replays(recounts.recount_waits, saved)
    assert conflict.value.code == "replay.workflow"
    with pytest.raises(Missing) as missing:
        assert_history_replays(recounts.recount_waits, tmp_path / "nothing.json")
    assert missing.value.code == "recording.missing"
    saved.write_text(past.histories["waits/1"].to_json())
    recounts.CHANGED.add("waiting")
    with pytest.raises(NondeterminismError):
        assert_history_replays(recounts.recount_waits, saved)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"3", b'{"events": 3}', b'{"events": [{"eventId": "x"}]}', b"{}"]
)
def test_what_is_no_history_is_refused(data: bytes) -> None:
    with pytest.raises(Corrupt) as caught:
        again(from_json(data, name="it"))
    assert caught.value.code == "temporal.history"


def test_a_history_that_says_what_no_worker_writes_is_refused(past: Past) -> None:
    text = past.histories["waits/1"].to_json()
    history = from_json(text.encode(), name="it")
    for event in history.events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            event.activity_task_scheduled_event_attributes.input.payloads[0].data = b'{"no": 1}'
    with pytest.raises(Corrupt, match="no worker of tarl's writes this") as caught:
        again(history)
    assert caught.value.code == "temporal.history"


def test_a_workflow_that_tarl_did_not_start_is_refused(past: Past) -> None:
    history = from_json(past.histories["waits/1"].to_json().encode(), name="it")
    started = history.events[0].workflow_execution_started_event_attributes
    started.input.payloads[0].data = b'"mine"'
    with pytest.raises(Invalid) as caught:
        again(history)
    assert caught.value.code == "temporal.foreign"


async def _sealed(address: str, db: Path) -> WorkflowHistory:
    async with tarl.open(db, workflows=recounts.WORKFLOWS, sealed=True) as runtime:
        engine = await tarl.connect_temporal(runtime, address, task_queue="sealed")
        async with engine.working(workflows=recounts.WORKFLOWS):
            large = "x" * recounts.LARGE
            assert await engine.run(recounts.recount_reads, large, id="sealed") == 2 * len(large)
            with pytest.raises(RunFailed):
                await engine.run(recounts.recount_child, -1, id="sealed-failed")
            port: EnginePort = engine
            replayed = await port.replay("sealed")
            assert (replayed.workflow, replayed.status) == ("recount_reads", "completed")
        handle = engine.client.get_workflow_handle("default/sealed-failed")
        return await handle.fetch_history()


def test_a_sealed_history_replays_with_its_key_and_says_when_it_is_gone(
    past: Past, tmp_path: Path
) -> None:
    keyring, db = Keyring().ensure(), tmp_path / "sealed.db"
    keyring.make_tenant_key("default")
    history = asyncio.run(asyncio.wait_for(_sealed(past.address, db), LONG_S))
    data = to_bytes(history)
    assert b"too few" not in data
    store = open_store(db, keyring=keyring)
    assert again(from_bytes(data), store).status == "failed"
    recounts.CHANGED.add("error")
    with pytest.raises(NondeterminismError, match="far too few"):
        again(from_bytes(data), store)
    with pytest.raises(Missing, match="no journal is here") as caught:
        again(from_bytes(data))
    assert caught.value.code == "journal.erased"
    store.close()
    keyring.destroy_tenant_key("default")
    store = open_store(db, keyring=Keyring())
    with pytest.raises(Missing, match="key was destroyed") as caught:
        again(from_bytes(data), store)
    assert caught.value.code == "journal.erased"
    store.close()
