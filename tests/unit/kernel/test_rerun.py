"""A recorded run against its code: the same, or a named difference, and never an effect."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.kernel import recorded

import tarl
from tarl.errors import (
    ChainBrokenError,
    Conflict,
    Corrupt,
    Invalid,
    Missing,
    NondeterminismError,
)
from tarl.journal.codec import committed
from tarl.journal.event import Event
from tarl.journal.upcast import Upcast, Upcasters
from tarl.kernel import events
from tarl.kernel.rerun import BLOCK_EVENTS, ReplayReport, rerun
from tarl.kernel.state import fold
from tarl.storage import open_store


@pytest.fixture(autouse=True)
def _as_written() -> None:
    recorded.CALLS.clear()
    recorded.BEHAVES.clear()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "tarl.db"


def replayed(flow: Any, history: Iterable[Event], **options: Any) -> ReplayReport:
    recorded.CALLS.clear()
    report = rerun(flow, history, shelf=options.pop("shelf", recorded.Values()), **options)
    assert recorded.CALLS == []
    return report


def test_a_run_replays_to_its_recorded_end(db: Path) -> None:
    history = recorded.record(db, recorded.everything, {"n": 4})
    report = replayed(recorded.everything, history)
    state = fold(history)
    assert (report.events, report.steps) == (len(history), len(state.steps))
    assert (report.status, report.result, report.error) == ("completed", state.result, None)
    assert report.digest == history[-1].digest.hex()
    assert (report.waits, report.frames, report.ahead) == ((), (), ())
    assert (report.open_steps, report.open_timers) == ((), ())
    assert report.same_code
    assert report.run.ref == "r/1"


def test_a_failed_run_replays_to_its_error(db: Path) -> None:
    report = replayed(recorded.fails, recorded.record(db, recorded.fails, 2))
    assert report.status == "failed"
    assert report.error is not None
    assert report.error.message == "no way on"
    assert report.result is None


@pytest.mark.parametrize("count", [0, 1, BLOCK_EVENTS // 2 - 1, BLOCK_EVENTS // 2, BLOCK_EVENTS])
def test_runs_of_any_length_replay(db: Path, count: int) -> None:
    history = recorded.record(db, recorded.doubles, count)
    report = replayed(recorded.doubles, iter(history))
    assert (report.events, report.steps) == (2 * count + 2, count)
    assert report.result == count * (count - 1)


def test_up_to_every_event_the_code_waits_as_it_did_then(db: Path) -> None:
    history = recorded.record(db, recorded.everything, {"n": 4})
    for until in range(1, len(history) + 1):
        report = replayed(recorded.everything, history, until=until)
        state = fold(history[:until])
        assert report.events == until
        assert report.status == state.status
        assert report.digest == history[until - 1].digest.hex()
        assert report.open_steps == tuple(step.step for step in state.open_steps)
        assert report.open_timers == tuple(timer.timer for timer in state.open_timers)
        following = [e for e in history[until:] if e.kind in events.COMMANDS]
        ahead = [(command.kind, command.body) for command in report.ahead]
        assert ahead == recorded.pairs(following)[: len(ahead)]


def test_where_the_code_waits_and_its_variables_are_shown(db: Path) -> None:
    history = recorded.record(db, recorded.doubles, 5)
    report = replayed(recorded.doubles, history, until=6)
    line = recorded.doubles.fn.__code__.co_firstlineno + 4
    assert report.waits == (f"doubles:{line}",)
    frame = report.frames[0]
    assert {name: frame.locals[name] for name in ("count", "n", "total")} == {
        "count": "5",
        "n": "2",
        "total": "2",
    }
    assert frame.locals["ctx"] == "(the context)"
    assert report.open_steps == (3,)
    assert report.status == "running"


def test_a_recording_shorter_than_asked_for_is_named(db: Path) -> None:
    history = recorded.record(db, recorded.doubles, 2)
    with pytest.raises(Missing) as missing:
        replayed(recorded.doubles, history, until=7)
    assert missing.value.code == "run.no_event"
    with pytest.raises(Invalid):
        replayed(recorded.doubles, history, until=0)
    with pytest.raises(Missing):
        replayed(recorded.doubles, [])


def test_code_that_asks_for_something_else_is_shown_with_both_sides(db: Path) -> None:
    history = recorded.record(db, recorded.doubles, 3)
    recorded.BEHAVES["shift"] = 70
    with pytest.raises(NondeterminismError) as diverged:
        replayed(recorded.doubles, history)
    assert diverged.value.facts["seq"] == 2
    assert '"args":[0]' in diverged.value.facts["expected"]
    assert '"args":[70]' in diverged.value.facts["actual"]
    assert diverged.value.facts["where"][0].startswith("doubles:")


@pytest.mark.parametrize("after", [0, 1, 2])
def test_code_that_asks_for_more_diverges_wherever_it_does(db: Path, after: int) -> None:
    history = recorded.record(db, recorded.doubles, 3)
    recorded.BEHAVES["extra_after"] = after
    with pytest.raises(NondeterminismError) as diverged:
        replayed(recorded.doubles, history)
    assert diverged.value.facts["seq"] == 2 * after + 4


def test_code_that_asks_for_less_diverges(db: Path) -> None:
    recorded.BEHAVES["extra_after"] = 1
    history = recorded.record(db, recorded.doubles, 3)
    recorded.BEHAVES.clear()
    with pytest.raises(NondeterminismError) as diverged:
        replayed(recorded.doubles, history)
    assert "1000" in diverged.value.facts["expected"]


def test_only_the_workflow_of_the_recorded_name_replays_strictly(db: Path) -> None:
    history = recorded.record(db, recorded.doubles, 1)
    with pytest.raises(Conflict) as conflict:
        replayed(recorded.fails, history)
    assert conflict.value.code == "replay.workflow"
    with pytest.raises(NondeterminismError):
        replayed(recorded.fails, history, strict=False)


def tampered(history: list[Event], how: str) -> list[Event]:
    at = len(history) // 2
    changed = list(history)
    if how == "body":
        changed[at] = changed[at]._replace(body=changed[at].body + b" ")  # type: ignore[operator]
    elif how == "kind":
        changed[at] = changed[at]._replace(kind="step.failed/1")
    elif how == "dropped":
        del changed[at]
    elif how == "swapped":
        changed[at - 1], changed[at] = changed[at], changed[at - 1]
    elif how == "repeated":
        changed.insert(at, changed[at])
    elif how == "first":
        del changed[0]
    elif how == "commitment":
        changed[at] = changed[at]._replace(commitment=bytes(32))
    elif how == "renumbered":
        changed[at] = changed[at]._replace(seq=99)
    elif how == "padded":
        changed[at] = changed[at]._replace(commitment=bytes(33))
    return changed


@pytest.mark.parametrize(
    "how",
    [
        "body",
        "kind",
        "dropped",
        "swapped",
        "repeated",
        "first",
        "commitment",
        "padded",
        "renumbered",
    ],
)
def test_a_changed_recording_is_refused(db: Path, how: str) -> None:
    history = recorded.record(db, recorded.doubles, 4)
    with pytest.raises(ChainBrokenError):
        replayed(recorded.doubles, tampered(history, how))


def started(flow: Any, input: bytes) -> tuple[str, bytes]:
    body = events.run_started(
        code=flow.code_digest, seed="00" * 32, workflow=flow.name, input_json=input
    )
    return events.RUN_STARTED, body


def step(number: int, arg: int, result: int) -> list[tuple[str, bytes]]:
    scheduled = b'{"activity":"double","args":[%d],"step":%d}' % (arg, number)
    return [
        (events.STEP_SCHEDULED, scheduled),
        (events.STEP_COMPLETED, b'{"result":%d,"step":%d}' % (result, number)),
    ]


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ((events.STEP_COMPLETED, b'{"result":2,"step":1}'), "run.impossible"),
        ((events.STEP_COMPLETED, b'{"result":2,"step":9}'), "run.impossible"),
        ((events.STEP_DENIED, b'{"reasons":[],"step":9}'), "run.impossible"),
        ((events.TIMER_FIRED, b'{"timer":1}'), "run.impossible"),
        (("step.invented/9", b"{}"), "replay.unknown_kind"),
    ],
)
def test_a_well_chained_history_that_no_run_can_have_is_refused(
    extra: tuple[str, bytes], code: str
) -> None:
    history = recorded.history(started(recorded.doubles, b"2"), *step(1, 0, 0), extra)
    with pytest.raises(Corrupt) as corrupt:
        replayed(recorded.doubles, history)
    assert corrupt.value.code == code
    assert corrupt.value.facts.get("seq", 4) == 4


def test_nothing_follows_the_end_of_a_run() -> None:
    end = (events.RUN_COMPLETED, b'{"result":0}')
    whole = [started(recorded.doubles, b"1"), *step(1, 0, 0), end]
    assert replayed(recorded.doubles, recorded.history(*whole)).result == 0
    too_long = recorded.history(*whole, (events.CODE_CHANGED, b'{"code":"d"}'))
    with pytest.raises(Corrupt) as corrupt:
        replayed(recorded.doubles, too_long)
    assert corrupt.value.code == "run.after_end"


def test_the_code_that_went_on_last_is_named() -> None:
    history = recorded.history(
        started(recorded.doubles, b"1"), (events.CODE_CHANGED, b'{"code":"d"}'), *step(1, 0, 0)
    )
    report = replayed(recorded.doubles, history)
    assert (report.code, report.same_code) == ("d", False)


def test_an_open_run_may_be_ahead_of_its_recording() -> None:
    history = recorded.history(started(recorded.doubles, b"2"), *step(1, 0, 0))
    report = replayed(recorded.doubles, history)
    assert report.status == "running"
    assert [command.body for command in report.ahead] == [step(2, 1, 0)[0][1]]
    assert report.open_steps == ()


def test_a_result_of_another_type_than_declared_is_named() -> None:
    scheduled, _ = step(1, 0, 0)
    history = recorded.history(
        started(recorded.doubles, b"1"),
        scheduled,
        (events.STEP_COMPLETED, b'{"result":"text","step":1}'),
    )
    with pytest.raises(Invalid) as invalid:
        replayed(recorded.doubles, history)
    assert invalid.value.code == "value.mismatch"


def test_an_erased_event_stops_a_replay(db: Path) -> None:
    history = recorded.record(db, recorded.doubles, 2, sealed=True)
    erased = [event._replace(body=None, opening=None) for event in history]
    with pytest.raises(Missing):
        replayed(recorded.doubles, erased)
    with pytest.raises(NondeterminismError) as stopped:
        replayed(recorded.doubles, [history[0], *erased[1:]])
    assert stopped.value.code == "replay.erased"


def test_a_sealed_body_must_be_the_one_it_commits_to(db: Path) -> None:
    history = recorded.record(db, recorded.doubles, 2, sealed=True)
    assert history[1].opening is not None
    assert replayed(recorded.doubles, history).result == 2
    with pytest.raises(ChainBrokenError):
        replayed(recorded.doubles, recorded.resealed(history))
    forged = history[2]._replace(body=b'{"result":7,"step":1}')
    with pytest.raises(ChainBrokenError):
        replayed(recorded.doubles, [*history[:2], forged, *history[3:]])


@pytest.mark.parametrize("sealed", [False, True])
def test_large_values_come_from_the_shelf(db: Path, sealed: bool) -> None:
    history = recorded.record(db, recorded.carries, 50_000, sealed=sealed)
    assert b'"$blob"' in (history[2].body or b"")
    store = open_store(db)

    class Shelf(recorded.Values):
        def put(self, data: bytes) -> str:
            assert sealed
            key = store.codec.blob_opening("default", data)
            assert key is not None
            return committed(key, data).hex()

    report = replayed(recorded.carries, history, shelf=Shelf(store))
    assert report.result == 50_000
    store.close()


def test_a_large_value_of_any_type_comes_from_the_shelf(db: Path) -> None:
    history = recorded.record(db, recorded.tabulates, 400)
    assert b'"result":{"$blob"' in (history[2].body or b"")
    store = open_store(db)
    assert replayed(recorded.tabulates, history, shelf=recorded.Values(store)).result == 400
    store.close()


def test_an_outcome_answers_its_own_step_only() -> None:
    asked, answered = step(2, 1, 2)[0], step(1, 0, 0)[1]
    history = recorded.history(started(recorded.doubles, b"2"), *step(1, 0, 0), asked, answered)
    with pytest.raises(Corrupt) as corrupt:
        replayed(recorded.doubles, history)
    assert corrupt.value.code == "run.impossible"


def test_a_patch_is_known_behind_other_commands_of_its_turn(db: Path) -> None:
    history = recorded.record(db, recorded.patches_later)
    assert [e.kind for e in history[5:8]] == [
        events.STEP_COMPLETED,
        events.SNAPSHOT_TAKEN,
        events.PATCH_MARKED,
    ]
    assert replayed(recorded.patches_later, history).result == [None, True]
    recorded.BEHAVES["early"] = True
    with pytest.raises(NondeterminismError) as diverged:
        replayed(recorded.patches_later, history)
    assert diverged.value.facts["seq"] == 8  # not asked for early, and then not again
    history = recorded.record(db, recorded.patches_later, id="early")
    assert replayed(recorded.patches_later, history).result == [True, True]


def test_patches_take_the_side_that_was_recorded(db: Path) -> None:
    old = recorded.record(db, recorded.patchwork, 4, id="old")
    recorded.BEHAVES["patches"] = True
    new = recorded.record(db, recorded.patchwork, 4, id="new")
    assert sum(event.kind == events.PATCH_MARKED for event in new) == 4
    assert replayed(recorded.patchwork, new).result == [True] * 4
    for until in range(1, len(new) + 1):
        report = replayed(recorded.patchwork, iter(new), until=until)
        markers = sum(event.kind == events.PATCH_MARKED for event in new[:until])
        sides = fold(new[:until]).patches + tuple(
            command.body.decode() for command in report.ahead if "patch" in command.kind
        )
        assert markers <= len(sides) <= markers + 1
    # The run from before took the old side everywhere; only its result would be another now.
    report = replayed(recorded.patchwork, old, until=len(old) - 1)
    assert not [c for c in report.ahead if c.kind == events.PATCH_MARKED]
    assert report.ahead[-1].body == b'{"result":[false,false,false,false]}'


def test_the_end_of_an_open_recording_is_new_ground_for_patches(db: Path) -> None:
    recorded.BEHAVES["patches"] = True
    history = recorded.history(started(recorded.patchwork, b"2"), *step(1, 0, 0))
    report = replayed(recorded.patchwork, history)
    assert [command.kind for command in report.ahead] == [
        events.PATCH_MARKED,
        events.STEP_SCHEDULED,
    ]


@pytest.mark.parametrize("seed", range(20))
def test_outcomes_in_any_order_replay(seed: int) -> None:
    dice = random.Random(seed)
    count = dice.randint(2, 40)
    asked = [step(n + 1, n, 2 * n) for n in range(count)]
    outcomes = [completed for _, completed in asked]
    dice.shuffle(outcomes)
    history = recorded.history(
        started(fans_out, b"%d" % count),
        *(scheduled for scheduled, _ in asked),
        *outcomes,
        (events.RUN_COMPLETED, b'{"result":%d}' % (count * (count - 1))),
    )
    assert replayed(fans_out, history).result == count * (count - 1), f"seed {seed}"


@tarl.workflow(name="recorded.fans_out")
async def fans_out(ctx: tarl.Context, count: int) -> int:
    return sum(await asyncio.gather(*(ctx.call(recorded.double, n) for n in range(count))))


def test_events_stream_and_are_not_kept() -> None:
    asked = 0

    def endless() -> Iterator[Event]:
        nonlocal asked
        source = recorded.history(
            started(recorded.doubles, b"100000"),
            *(event for n in range(1, 1_500) for event in step(n, n - 1, 0)),
        )
        for event in source:
            asked += 1
            yield event
        raise AssertionError("nobody asks for more")

    report = replayed(recorded.doubles, endless(), until=600)
    assert report.events == 600
    assert asked <= 600 + BLOCK_EVENTS
    recorded.BEHAVES["extra_after"] = 300
    asked = 0
    with pytest.raises(NondeterminismError):
        replayed(recorded.doubles, endless())
    assert 600 < asked <= 600 + 2 * BLOCK_EVENTS


def test_the_guard_stands_during_a_replay() -> None:
    history = recorded.history(started(looks_at_the_clock, b"null"))
    with pytest.raises(NondeterminismError) as refused:
        replayed(looks_at_the_clock, history)
    assert refused.value.code == "guard.clock"
    import time

    assert time.time() > 0  # and is down again


def test_the_guard_stands_after_a_step_too() -> None:
    history = recorded.history(started(looks_later, b"null"), *step(1, 0, 0))
    with pytest.raises(NondeterminismError) as refused:
        replayed(looks_later, history)
    assert refused.value.code == "guard.clock"


@tarl.workflow(name="recorded.looks_later")
async def looks_later(ctx: tarl.Context) -> float:
    import time

    return await ctx.call(recorded.double, 0) + time.time()


def test_a_process_that_only_replays_is_guarded(tmp_path: Path) -> None:
    code = (
        "from tests.unit.kernel import recorded, test_rerun as t\n"
        "history = recorded.history(t.started(t.looks_later, b'null'), *t.step(1, 0, 0))\n"
        "try:\n    t.replayed(t.looks_later, history)\n"
        "except t.NondeterminismError as error:\n    print(error.code)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "guard.clock\n"


@tarl.workflow(name="recorded.looks_at_the_clock")
async def looks_at_the_clock(ctx: tarl.Context) -> float:
    import time

    return time.time()


def test_events_of_an_older_kind_are_read_as_todays() -> None:
    old = Upcasters(
        {
            "step.asked/0": Upcast(
                events.STEP_SCHEDULED,
                lambda body: {"activity": body["name"], "args": body["with"], "step": body["no"]},
            ),
            "run.begun/0": Upcast("run.begun/1", lambda body: {**body, "code": "old"}),
            "run.begun/1": Upcast(
                events.RUN_STARTED, lambda body: {**body, "workflow": "recorded.doubles"}
            ),
        }
    )
    history = recorded.history(
        ("run.begun/0", b'{"input":2,"seed":"00"}'),
        ("step.asked/0", b'{"name":"double","no":1,"with":[0]}'),
        *step(1, 0, 0)[1:],
        *step(2, 1, 5),
        (events.RUN_COMPLETED, b'{"result":5}'),
    )
    report = replayed(recorded.doubles, history, upcasters=old)
    assert (report.status, report.result, report.code) == ("completed", 5, "old")
    state = fold(history, upcasters=old)
    assert (state.workflow, state.input, len(state.steps)) == ("recorded.doubles", 2, 2)
    with pytest.raises(Corrupt):
        replayed(recorded.doubles, history)


def test_a_local_that_cannot_be_shown_does_not_stop_the_report() -> None:
    history = recorded.history(started(holds_odd_things, b"null"))
    frame = replayed(holds_odd_things, history).frames[0]
    assert frame.locals["odd"] == "(cannot be shown: RuntimeError)"
    assert len(frame.locals["long"]) == 1_001


class _Odd:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@tarl.workflow(name="recorded.holds_odd_things")
async def holds_odd_things(ctx: tarl.Context) -> None:
    odd, long = _Odd(), "x" * 5_000
    await ctx.sleep(1)
    del odd, long
