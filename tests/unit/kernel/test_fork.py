"""A fork shares the past up to an event, and nothing after it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.unit.kernel import recorded

import tarl
from tarl.crypto.keys import Keyring
from tarl.errors import Conflict, Invalid, Missing, NondeterminismError, UnknownOutcome
from tarl.journal.event import Event
from tarl.kernel import events
from tarl.kernel.history import read_started, verified
from tarl.kernel.state import fold
from tarl.storage import open_store


@pytest.fixture(autouse=True)
def _as_written() -> None:
    recorded.CALLS.clear()
    recorded.BEHAVES.clear()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "tarl.db"


def fork(db: Path, run: str = "r/1", *, sealed: bool = False, **options: Any) -> Any:
    """Fork and wait for the result."""
    recorded.CALLS.clear()

    async def go() -> Any:
        async with tarl.open(db, sealed=sealed) as runtime:
            handle = await runtime.fork(run, **options)
            return await handle.result()

    return asyncio.run(go())


def streams(db: Path) -> list[str]:
    store = open_store(db)
    try:
        return list(store.streams("run/"))
    finally:
        store.close()


def shared(a: list[Event], b: list[Event], at: int) -> bool:
    """Whether events 2 to ``at`` are the same, with the times of the first recording."""
    return [(e.kind, e.body, e.recorded_at_ms) for e in a[1:at]] == [
        (e.kind, e.body, e.recorded_at_ms) for e in b[1:at]
    ]


@pytest.mark.parametrize("flow", ["looks_back", "doubles"])
def test_at_every_event_a_fork_takes_over_what_was_and_does_the_rest(db: Path, flow: str) -> None:
    original = recorded.record(db, getattr(recorded, flow), 3)
    result = fold(original).result
    for n, at in enumerate(range(1, len(original)), 2):
        got = fork(db, at=at)
        forked = recorded.read(db, n=n)
        assert shared(original, forked, at)
        done = sum(e.kind == events.STEP_COMPLETED for e in original[:at])
        asked = sum(e.kind == events.STEP_SCHEDULED for e in original)
        assert len(recorded.CALLS) == asked - done
        assert list(verified(forked[0].stream, forked)) == forked
        if flow == "doubles":
            assert got == result
        else:  # the same dice; another clock after the fork
            assert got[:36] == result[:36]
    assert recorded.read(db) == original


def test_a_fork_says_where_it_comes_from(db: Path) -> None:
    original = recorded.record(db, recorded.doubles, 3)
    fork(db, at=3)
    forked = recorded.read(db, n=2)
    started = read_started(forked[0])
    first = read_started(original[0])
    assert (started.fork_of, started.fork_at) == ("r/1", 3)
    assert (started.seed, bytes(started.input)) == (first.seed, bytes(first.input))
    assert started.code == recorded.doubles.code_digest
    assert forked[0].recorded_at_ms == original[0].recorded_at_ms
    assert b"copied_at_ms" in (forked[0].observed or b"")
    assert b"copied_at_ms" in (forked[2].observed or b"")
    assert forked[3].observed is None
    assert forked[1].digest != original[1].digest
    store = open_store(db)
    record = store.get("run", "default", "r", 2)
    store.close()
    assert record is not None
    assert (record["fork_of"], record["status"]) == ("r/1", "completed")


def test_another_input_keeps_outcomes_while_the_code_asks_for_the_same(db: Path) -> None:
    recorded.record(db, recorded.doubles, 2)
    assert fork(db, at=5, input=4) == 12
    assert recorded.CALLS == [("double", 2), ("double", 3)]
    assert fold(recorded.read(db, n=2)).input == 4


def test_another_input_that_asks_for_something_else_writes_nothing(db: Path) -> None:
    recorded.record(db, recorded.fails, 2)
    before = streams(db)
    with pytest.raises(NondeterminismError) as diverged:
        fork(db, at=2, input=9)
    assert '"args":[9]' in diverged.value.facts["actual"]
    assert streams(db) == before
    assert recorded.CALLS == []
    with pytest.raises(Invalid) as invalid:
        fork(db, at=1, input="text")
    assert invalid.value.code == "workflow.input"
    assert streams(db) == before


@pytest.mark.parametrize("at", [2, 3, 5])
def test_other_code_goes_on_if_it_comes_to_the_same_event(db: Path, at: int) -> None:
    recorded.record(db, recorded.doubles, 3)
    recorded.BEHAVES["extra_after"] = 2
    assert fork(db, at=at) == 2_006
    recorded.BEHAVES["extra_after"] = 0
    before = streams(db)
    if at == 5:
        with pytest.raises(NondeterminismError):
            fork(db, at=at)
        assert streams(db) == before
    else:
        assert fork(db, at=at) == 2_006


def test_another_workflow_may_take_over(db: Path) -> None:
    recorded.record(db, recorded.doubles, 3)
    assert fork(db, at=3, workflow=triples_the_rest) == 30 + 0
    assert fold(recorded.read(db, n=2)).workflow == "recorded.triples_the_rest"


@tarl.workflow(name="recorded.triples_the_rest")
async def triples_the_rest(ctx: tarl.Context, count: int) -> int:
    first = await ctx.call(recorded.double, 0)
    return first + 3 * await ctx.call(recorded.double, 5)


def test_a_fork_at_the_end_or_beyond_is_refused(db: Path) -> None:
    original = recorded.record(db, recorded.doubles, 1)
    for flow in ("r", "f"):
        if flow == "f":
            original = recorded.record(db, recorded.fails, 1, id="f")
        with pytest.raises(Invalid) as invalid:
            fork(db, flow, at=len(original))
        assert invalid.value.code == "fork.at_end"
    for at in (0, len(original) + 1):
        with pytest.raises(Missing) as missing:
            fork(db, "f", at=at)
        assert missing.value.code == "run.no_event"
    with pytest.raises(Missing):
        fork(db, "nobody", at=1)
    assert len(streams(db)) == 2


def test_the_fork_takes_the_next_number_or_the_id_it_is_given(db: Path) -> None:
    original = recorded.record(db, recorded.everything, {"n": 4})
    at = next(e.seq for e in original if e.kind == events.SNAPSHOT_TAKEN) + 2
    fork(db, at=at, id="branch")
    forked = recorded.read(db, "branch")
    assert [e.body for e in forked[1:at]] != [e.body for e in original[1:at]]  # the snapshot's id
    assert fold(forked[:at]).steps == fold(original[:at]).steps
    fork(db, "branch", at=at)
    assert fold(recorded.read(db, "branch", 2)).fork_of == "branch/1"
    with pytest.raises(Conflict) as conflict:
        fork(db, at=at, id="branch")
    assert conflict.value.code == "run.exists"
    assert len(streams(db)) == 3


def test_an_unfinished_payment_simply_runs_in_the_fork(db: Path) -> None:
    recorded.BEHAVES["pay_hangs"] = True
    original = recorded.record_open(db, recorded.pays, 50, events=4)
    assert original[3].kind == events.STEP_SCHEDULED

    async def resume() -> None:
        async with tarl.open(db) as runtime:
            await runtime.resume("r")

    with pytest.raises(UnknownOutcome):
        asyncio.run(resume())
    recorded.BEHAVES.clear()
    assert fork(db, at=4) == [100, "paid 50", 2]
    assert recorded.CALLS == [("pay", 50), ("double", 1)]
    kinds = [event.kind for event in recorded.read(db, n=2)]
    assert kinds[4:6] == [events.STEP_RETRY_ALLOWED, events.STEP_RETRIED]


def test_a_payment_cut_off_in_the_fork_is_unknown_again(db: Path) -> None:
    recorded.BEHAVES["pay_hangs"] = True
    recorded.record_open(db, recorded.pays, 50, events=4)
    recorded.CALLS.clear()

    async def leave() -> None:
        async with tarl.open(db) as runtime:
            await runtime.fork("r", at=4)
            while ("pay", 50) not in recorded.CALLS:
                await asyncio.sleep(0.005)

    asyncio.run(leave())

    async def resume() -> None:
        async with tarl.open(db) as runtime:
            await runtime.resume("r/2")

    with pytest.raises(UnknownOutcome):
        asyncio.run(resume())


def test_a_timer_of_the_past_is_due_at_once(db: Path) -> None:
    original = recorded.record_open(db, sleeps_shortly, events=2)
    assert fold(original).open_timers[0].delay_ms == 30
    assert fork(db, at=2) == "slept"
    forked = recorded.read(db, n=2)
    assert forked[1].recorded_at_ms == original[1].recorded_at_ms


@tarl.workflow(name="recorded.sleeps_shortly")
async def sleeps_shortly(ctx: tarl.Context) -> str:
    await ctx.sleep(0.03)
    return "slept"


def test_large_values_and_inputs_go_along(db: Path) -> None:
    recorded.record(db, recorded.carries, 50_000)
    assert fork(db, at=3) == 50_000
    recorded.record(db, measures, "y" * 40_000, id="m")
    assert fork(db, "m", at=1, input="z" * 45_000) == 45_000
    assert fork(db, "m/2", at=1) == 45_000


@tarl.workflow(name="recorded.measures")
async def measures(ctx: tarl.Context, text: str) -> int:
    return await ctx.call(recorded.measure, text)


@pytest.mark.parametrize("now_sealed", [False, True])
@pytest.mark.parametrize("was_sealed", [False, True])
def test_a_fork_is_sealed_if_the_original_is(db: Path, was_sealed: bool, now_sealed: bool) -> None:
    Keyring().ensure().make_tenant_key("default")
    original = recorded.record(db, recorded.carries, 50_000, sealed=was_sealed)
    assert fork(db, at=3, sealed=now_sealed) == 50_000
    forked = recorded.read(db, n=2)
    assert all((event.commitment is not None) is was_sealed for event in forked)
    assert [e.body for e in forked[1:3]] == [e.body for e in original[1:3]]
    if was_sealed:
        assert [e.commitment for e in forked[1:3]] != [e.commitment for e in original[1:3]]


def test_patches_before_the_fork_stay_and_later_ones_are_new(db: Path) -> None:
    recorded.record(db, recorded.patchwork, 3)
    recorded.BEHAVES["patches"] = True
    assert fork(db, at=5) == [False, True, True]
    kinds = [event.kind for event in recorded.read(db, n=2)]
    assert kinds.count(events.PATCH_MARKED) == 2


def test_a_patch_that_was_marked_after_the_fork_does_not_count(db: Path) -> None:
    original = recorded.record(db, recorded.patches_later)
    recorded.BEHAVES["early"] = True
    assert original[4].kind == events.STEP_SCHEDULED
    assert fork(db, at=5) == [False, False]


def test_a_fork_survives_being_left_and_resumed(db: Path) -> None:
    original = recorded.record(db, recorded.doubles, 4)

    async def leave() -> None:
        async with tarl.open(db) as runtime:
            await runtime.fork("r", at=5)

    async def resume() -> Any:
        async with tarl.open(db) as runtime:
            return await runtime.resume("r/2")

    asyncio.run(leave())
    assert asyncio.run(resume()) == fold(original).result
    assert shared(original, recorded.read(db, n=2), 5)
