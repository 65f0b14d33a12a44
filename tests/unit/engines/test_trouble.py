"""What code of users does wrong: it ends in its own run, with a name, and disturbs no other."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from tests.lab import memory, using
from tests.unit.engines import trials

from tarl.engines.embedded import watchdog
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Exceeded, Invalid, Missing, NondeterminismError, RunFailed, TarlError
from tarl.journal.codec import Codec
from tarl.kernel import events
from tarl.kernel.limits import Limits


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    trials.SEEN.clear()
    trials.GATES.clear()


def runs(workflow: Any, input: Any = None, **options: Any) -> Any:
    async def use(runtime: Runtime) -> Any:
        return await runtime.run(workflow, input, id="r")

    return using(options.pop("store", None) or memory(), use, **options)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("loses_its_task", "CancelledError: "),
        ("exits", "SystemExit: 3"),
        ("exits_in_thread", "SystemExit: thread"),
        ("unprintable", "Unprintable: a Unprintable that cannot be printed"),
        ("surrogate_error", "ValueError: broken \\ud800 text"),
        ("long_error", f"ValueError: {'x' * 8192}... (1000000 characters)"),
    ],
)
def test_an_activity_that_ends_oddly_fails_its_step(kind: str, said: str) -> None:
    store = memory()
    assert runs(trials.meets, kind, store=store) == said
    assert runs(trials.meets, kind, store=store) == said


@pytest.mark.parametrize("workflow", [trials.unprintable_end, trials.exits_itself])
def test_a_workflow_that_ends_oddly_has_failed(workflow: Any) -> None:
    store = memory()
    for _ in range(2):
        with pytest.raises(RunFailed):
            runs(workflow, store=store)


def test_a_raising_callback_harms_neither_its_run_nor_the_others_in_the_batch() -> None:
    async def use(runtime: Runtime) -> Any:
        handles = [await runtime.start(trials.bad_callback, id="bad")]
        handles += [await runtime.start(trials.simple, 2, id=f"good-{i}") for i in range(3)]
        return [await asyncio.wait_for(handle.result(), 30) for handle in handles]

    assert using(memory(), use) == ["unharmed", [0, 1], [0, 1], [0, 1]]


def test_a_run_that_is_closed_in_the_middle_does_nothing_more(
    recwarn: pytest.WarningsRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    store = memory()
    trials.GATES["cleans_up"] = asyncio.Event()

    async def use(runtime: Runtime) -> None:
        await runtime.start(trials.cleans_up, id="r")
        await asyncio.sleep(1)

    using(store, use)
    gc.collect()
    assert "cleaned" not in trials.SEEN
    assert [e.kind for e in store.read("run/default/r/1")] == [
        events.RUN_STARTED,
        events.STEP_SCHEDULED,
    ]
    assert not recwarn.list
    assert capsys.readouterr().err == ""


def test_deadlock_names_where_the_code_waits_without_line_numbers() -> None:
    from tests.corpus import deadlocked

    with pytest.raises(RunFailed, match=r"Deadlock: .* at .*Event\.wait < deadlocked$"):
        runs(deadlocked)


def test_a_workflow_that_computes_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="tarl.watchdog"):
        assert runs(trials.computes, 0.5, limits=Limits(stall_ms=100)) == "computed"
    [warning] = [r.getMessage() for r in caplog.records if r.name == "tarl.watchdog"]
    assert "r/1" in warning
    assert "trials.py" in warning
    assert "in computes" in warning


def test_a_workflow_that_only_waits_is_not_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="tarl.watchdog"):
        runs(trials.loops, 50, limits=Limits(stall_ms=400))
    assert not [r for r in caplog.records if r.name == "tarl.watchdog"]


class Looks:
    """So many looks of a watchdog, as soon as they may begin."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.begin, self.over = threading.Event(), threading.Event()

    def wait(self, within_s: float) -> bool:
        self.begin.wait(30)
        self._left -= 1
        if self._left < 0:
            self.over.set()
        return self._left < 0

    def set(self) -> None:
        self.begin.set()


@pytest.mark.parametrize("more", [0, 1])
def test_a_process_that_stood_still_has_computed_nothing(
    monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    looks = Looks(watchdog.LOOKS_MIN - 1 + more)
    threads = SimpleNamespace(**{**vars(threading), "Event": lambda: looks})
    monkeypatch.setattr(watchdog, "threading", threads)
    dog = watchdog.Watchdog(stall_ms=100)
    run: Any = SimpleNamespace(run=SimpleNamespace(ref="r/1"))
    dog.driven = (run, time.monotonic() - 60)
    looks.begin.set()
    assert looks.over.wait(30)
    dog.close()
    assert len(dog.stalls) == more


def test_a_history_that_grows_too_long_interrupts_and_goes_on_with_a_higher_limit() -> None:
    store = memory()
    with pytest.raises(Exceeded) as refused:
        runs(trials.loops_and_pays, 10, store=store, limits=Limits(history_events_max=12))
    assert refused.value.code == "run.history_too_long"
    size = store.log_size()
    for _ in range(3):
        with pytest.raises(Exceeded):
            runs(trials.loops_and_pays, 10, store=store, limits=Limits(history_events_max=12))
        assert store.log_size() == size, "trying again adds nothing"
    result = runs(trials.loops_and_pays, 10, store=store)
    assert len(result) == 10
    assert len(trials.SEEN) == 10, "no payment was made twice"


def test_a_run_may_end_at_its_limit() -> None:
    events_of_simple = 4
    limits = Limits(history_events_max=events_of_simple)
    assert runs(trials.simple, 1, limits=limits) == [0]


@pytest.mark.parametrize(
    "kind",
    ["nan", "infinity", "surrogate", "bytes", "object", "big int", "set", "key", "deep", "blob"],
)
def test_a_result_that_cannot_be_recorded_fails_the_step(kind: str) -> None:
    store = memory()
    first = runs(trials.gets, kind, store=store)
    assert first.startswith("value.")
    assert runs(trials.gets, kind, store=store) == first


def test_a_result_over_the_limit_fails_the_step() -> None:
    assert runs(trials.gets, "large", limits=Limits(value_bytes_max=2_000)) == "value.too_large"


@pytest.mark.parametrize("workflow", [trials.argues, trials.argues_by_name])
@pytest.mark.parametrize("kind", ["nan", "surrogate", "object"])
def test_arguments_that_cannot_be_recorded_raise_in_the_workflow(workflow: Any, kind: str) -> None:
    with pytest.raises(RunFailed, match="argument"):
        runs(workflow, kind)


@pytest.mark.parametrize("kind", ["nan", "surrogate", "object", "blob"])
def test_a_final_result_that_cannot_be_recorded_fails_the_run(kind: str) -> None:
    store = memory()
    for _ in range(2):
        with pytest.raises(RunFailed):
            runs(trials.ends_with, kind, store=store)


def test_a_final_result_over_the_limit_fails_the_run() -> None:
    with pytest.raises(RunFailed, match="3002 bytes"):
        runs(trials.ends_with, "large", limits=Limits(value_bytes_max=2_000))


@pytest.mark.parametrize(
    ("workflow", "input"),
    [
        (trials.any_input, {"$blob": {"digest": "00" * 32, "size": 1}}),
        (trials.any_input, float("nan")),
        (trials.any_input, "\ud800"),
        (trials.any_input, {"\ud800": 1}),
        (trials.any_input, object()),
        (trials.any_input, "x" * 70_000_000),
        (trials.typed_input, "no number"),
        (trials.typed_input, None),
        (trials.typed_input, 1.5),
        (trials.no_input, {"a": 1}),
    ],
    ids=lambda value: getattr(value, "name", None) or ascii(value)[:20],
)
def test_a_refused_input_leaves_nothing_and_the_id_free(workflow: Any, input: Any) -> None:
    store = memory()

    async def use(runtime: Runtime) -> Any:
        with pytest.raises((Invalid, Exceeded)):
            await runtime.start(workflow, input, id="r")
        assert not runtime.engine.live
        return await runtime.run(trials.simple, 1, id="r")

    assert using(store, use) == [0]


@pytest.mark.parametrize("id", ["", "\ud800", "..", "../x", "a/b", "x" * 10_000, "ä ö", "\x00"])
def test_odd_ids_stay_in_their_place_or_are_refused(id: str) -> None:
    store = memory()

    async def use(runtime: Runtime) -> Any:
        try:
            await runtime.run(trials.simple, 1, id=id)
        except TarlError:
            return
        [stream] = store.streams()
        assert stream.startswith("run/default/")
        assert stream.count("/") == 3
        assert not {"", ".", ".."} & set(stream.split("/"))

    using(store, use)


def test_a_destroyed_key_interrupts_the_runs_of_its_tenant_alone() -> None:
    keys = {"a": b"a" * 32, "b": b"b" * 32}
    store = memory(codec=Codec(keys.get, seals=True))
    trials.GATES["gate"] = asyncio.Event()

    async def use(runtime: Runtime) -> None:
        cut = await runtime.start(trials.one_by_one, ["gate"], id="r", tenant="a")
        lives = await runtime.start(trials.one_by_one, ["gate"], id="r", tenant="b")
        await asyncio.sleep(1)
        del keys["a"]
        trials.GATES["gate"].set()
        assert await asyncio.wait_for(lives.result(), 30) == ["gate"]
        with pytest.raises(Missing) as refused:
            await asyncio.wait_for(cut.result(), 30)
        assert refused.value.code == "keys.tenant_missing"
        with pytest.raises(Missing):
            await runtime.start(trials.simple, 1, id="new", tenant="a")
        with pytest.raises(Missing):
            await runtime.resume(cut.run_id)

    using(store, use)


def test_a_refusal_to_replay_leaves_the_run_to_be_taken_up_again() -> None:
    from tests.lab import copied, record

    live = record(trials.loops, 5)
    store = copied(live, 6)

    async def use(runtime: Runtime) -> Any:
        other = trials.workflow(trials.any_input.fn, name="loops")
        runtime._registry.add(other)
        for _ in range(2):
            with pytest.raises(NondeterminismError) as diverged:
                await runtime.take_up(live.run)
            assert diverged.value.facts["expected"]
        assert not runtime.engine.live
        runtime._registry._by_name["loops"] = [trials.loops]
        return await runtime.resume(live.run)

    assert using(store, use) == 5
