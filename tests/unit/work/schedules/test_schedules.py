"""Schedules: each time is started once, held back by its policy, or skipped for a stated reason."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Conflict, Exceeded, Invalid, Missing, TarlError, Unavailable
from tarl.journal.memory import MemoryStore
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.testing.clock import JumpingClock, run
from tarl.work.leases import LEASES_COORDINATION, Leases
from tarl.work.schedules.firing import Firing
from tarl.work.schedules.ledger import Schedules
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.starting import Wanted
from tarl.work.schedules.state import SCHEDULES_PROJECTION
from tarl.work.schedules.times import Cron, Every

MINUTE_MS = 60_000
START_MS = 1_767_225_600_000
"""2026-01-01T00:00Z."""

ROOMS: dict[str, Any] = {
    "origin": "tarl/test",
    "projections": (SCHEDULES_PROJECTION,),
    "coordinations": (LEASES_COORDINATION,),
}


class Runs:
    """Runs of one world: started once by id, ended by the test."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.wanted: dict[str, Wanted] = {}
        self.running: set[str] = set()
        self.stopped: list[tuple[str, str]] = []
        self.known = {"w"}
        self.error: TarlError | None = None

    def knows(self, workflow: str) -> bool:
        return workflow in self.known

    async def start(self, wanted: Wanted) -> None:
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        if wanted.workflow_id not in self.wanted:
            self.started.append(wanted.workflow_id)
            self.wanted[wanted.workflow_id] = wanted
            self.running.add(wanted.workflow_id)

    def has_begun(self, tenant: str, workflow_id: str) -> bool:
        return workflow_id in self.wanted

    def is_running(self, tenant: str, workflow_id: str) -> bool:
        return workflow_id in self.running

    async def cancel(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        self.stopped.append(("cancel", workflow_id))

    async def terminate(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        self.stopped.append(("terminate", workflow_id))
        self.running.discard(workflow_id)


class World:
    """Processes over one journal, on one clock."""

    def __init__(self, store: Store | None = None) -> None:
        self.clock = JumpingClock(start_ms=START_MS)
        self.store = store or MemoryStore(**ROOMS)
        self.schedules = Schedules(self.store, clock=self.clock)
        self.runs = Runs()

    def process(self, name: str = "p1") -> Firing:
        leases = Leases(self.store, clock=self.clock)
        return Firing(
            self.schedules,
            self.runs,
            leases,
            holder=name,
            monotonic=lambda: self.clock.elapsed_s,
        )

    def create(self, schedule_id: str = "s", **options: Any) -> None:
        whole = {"times": Every(every_ms=MINUTE_MS), "workflow": "w", **options}
        self.schedules.create(schedule_id, Spec(**whole))

    def until(self, minutes: float, process: Firing, *, step_s: float = 15.0) -> None:
        """Let time pass, and the process look every so often."""
        end_s = self.clock.elapsed_s + minutes * 60

        async def live() -> None:
            while self.clock.elapsed_s < end_s:
                self.clock.advance(step_s)
                for _ in range(3):
                    await process.tick()

        asyncio.run(live())

    def tick(self, process: Firing | None = None) -> None:
        asyncio.run((process or self.process()).tick())

    def end_all(self) -> None:
        self.runs.running.clear()

    def events(self, schedule_id: str = "s") -> list[tuple[str, Any]]:
        found = self.schedules.events(schedule_id, limit=1_000)
        return [
            (kind.removeprefix("schedule.").removesuffix("/1"), body) for _, kind, body in found
        ]

    @property
    def kinds(self) -> list[str]:
        return [f"{kind}:{body.why}" if kind == "skipped" else kind for kind, body in self.events()]

    @property
    def minutes(self) -> list[str]:
        """Minute of each run that was started."""
        return [one.removeprefix("s-20260101T00")[:2] for one in self.runs.started]


@pytest.fixture
def world() -> World:
    return World()


def test_each_time_starts_its_run_once(world: World) -> None:
    world.create(input={"n": 1}, overlap="allow_all")
    process = world.process()
    world.until(3, process)
    assert world.runs.started == [
        "s-20260101T000000Z",
        "s-20260101T000100Z",
        "s-20260101T000200Z",
        "s-20260101T000300Z",
    ]
    assert world.runs.wanted["s-20260101T000100Z"] == Wanted(
        "w", {"n": 1}, "s-20260101T000100Z", "default"
    )
    state = world.schedules.get("s").state
    assert (state.fired, state.status, state.last_run) == (4, "active", "s-20260101T000300Z")
    assert state.nominal_ms == START_MS + 4 * MINUTE_MS


def test_a_restart_between_the_start_and_its_record_starts_nothing_twice(world: World) -> None:
    world.create(overlap="allow_all")
    process = world.process()

    def fail(*args: Any, **options: Any) -> bool:
        raise Unavailable("no disk", code="journal.io")

    process._schedules = Schedules(world.store, clock=world.clock)
    process._schedules.record = fail  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        world.tick(process)
    assert world.runs.started == ["s-20260101T000000Z"]
    other = world.process("p2")
    world.tick(other)
    assert world.kinds == ["created"]  # the dead process may be alive
    world.clock.advance(11)
    world.tick(other)
    assert world.runs.started == ["s-20260101T000000Z"]
    assert world.kinds == ["created", "fired"]


def test_what_somebody_else_decided_meanwhile_is_not_started(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the moment when a schedule was read and the lease to start its run."""
    world.create(overlap="skip")
    process = world.process()
    acquire = process._leases.acquire

    def late(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(process._leases, "acquire", acquire)
        world.schedules.pause("s")
        return acquire(*args, **options)

    monkeypatch.setattr(process._leases, "acquire", late)
    world.tick(process)
    assert world.runs.started == []
    assert world.kinds == ["created", "paused"]


def test_a_run_that_began_is_recorded_though_the_schedule_was_paused_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.create(overlap="skip")
    start = world.runs.start

    async def slow(wanted: Wanted) -> None:
        await start(wanted)
        world.schedules.pause("s")

    monkeypatch.setattr(world.runs, "start", slow)
    world.tick()
    assert world.kinds == ["created", "paused", "fired"]
    state = world.schedules.get("s").state
    assert (state.status, state.at_ms, state.open) == ("paused", None, tuple(world.runs.started))


def test_nothing_is_decided_while_somebody_else_starts_a_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the moment when a schedule was read and the record that a time is skipped."""
    world.create(overlap="skip")
    process = world.process()
    world.tick(process)
    world.clock.advance(60)
    record = process._schedules.record

    def late(*args: Any, **options: Any) -> bool:
        monkeypatch.setattr(process._schedules, "record", record)
        other = Leases(world.store, clock=world.clock)
        assert other.acquire("schedule/s", "p2", duration_ms=10_000)
        return record(*args, **options)

    monkeypatch.setattr(process._schedules, "record", late)
    world.tick(process)
    assert world.kinds == ["created", "fired"]


def test_several_processes_start_each_time_once(world: World) -> None:
    world.create(overlap="allow_all")
    processes = [world.process(f"p{i}") for i in range(3)]

    async def live() -> None:
        for _ in range(40):
            world.clock.advance(7)
            await asyncio.gather(*(process.tick() for process in processes))

    asyncio.run(live())
    fired = [body.nominal_ms for kind, body in world.events() if kind == "fired"]
    assert fired == [START_MS + n * MINUTE_MS for n in range(len(fired))]
    assert len(fired) == 5
    assert len(world.runs.started) == 5


def test_skip_leaves_out_what_comes_while_a_run_runs(world: World) -> None:
    world.create(overlap="skip")
    process = world.process()
    world.until(2, process)
    world.end_all()
    world.until(1, process)
    assert world.minutes == ["00", "03"]
    assert world.kinds == ["created", "fired", "skipped:overlap", "skipped:overlap", "fired"]


def test_buffer_one_keeps_one(world: World) -> None:
    world.create(overlap="buffer_one")
    process = world.process()
    world.until(3, process)
    assert world.minutes == ["00"]
    world.end_all()
    world.until(0.5, process)
    assert world.minutes == ["00", "01"]
    kinds = ["created", "fired", "buffered", *["skipped:buffer_full"] * 2, "fired"]
    assert world.kinds == kinds


def test_buffer_all_keeps_all_in_their_order(world: World) -> None:
    world.create(overlap="buffer_all")
    process = world.process()
    world.until(3, process)
    for _ in range(3):
        world.end_all()
        world.until(0.1, process, step_s=1)
    assert world.minutes == ["00", "01", "02", "03"]


def test_what_is_buffered_is_bounded(world: World) -> None:
    world.create(overlap="buffer_all", times=Every(every_ms=1_000))
    process = world.process()

    async def live() -> None:
        for _ in range(1_010):
            world.clock.advance(1)
            await process.tick()

    asyncio.run(live())
    state = world.schedules.get("s").state
    assert len(state.waiting) == 1_000
    assert state.skipped > 0


def test_cancel_other_cancels_waits_and_starts_the_newest(world: World) -> None:
    world.create(overlap="cancel_other")
    process = world.process()
    world.until(2.5, process)
    assert set(world.runs.stopped) == {("cancel", "s-20260101T000000Z")}
    assert world.minutes == ["00"]
    world.end_all()
    world.until(0.2, process, step_s=1)
    assert world.minutes == ["00", "02"]
    assert world.schedules.get("s").state.skipped == 1


def test_terminate_other_ends_it_and_starts(world: World) -> None:
    world.create(overlap="terminate_other")
    world.until(2.5, world.process())
    assert world.minutes == ["00", "01", "02"]
    assert [how for how, _ in world.runs.stopped] == ["terminate", "terminate"]


def test_what_was_missed_for_longer_than_the_window_is_skipped_at_once(world: World) -> None:
    world.create(overlap="allow_all", catch_up_ms=5 * MINUTE_MS, times=Every(every_ms=1_000))
    world.clock.advance(30 * 86_400)
    process = world.process()
    world.tick(process)
    assert world.kinds == ["created", "skipped:missed"]
    for _ in range(400):
        world.tick(process)
    state = world.schedules.get("s").state
    assert state.fired == 301
    assert state.nominal_ms == world.clock.now_ms() + 1_000


def test_within_the_window_late_rather_than_never(world: World) -> None:
    world.create(overlap="allow_all", times=Cron(expression="0 3 * * *"))
    world.clock.advance(20 * 3_600)
    world.tick()
    assert world.runs.started == ["s-20260101T030000Z"]
    assert world.events()[-1][1].late_ms == 17 * 3_600_000


def test_pause_lets_times_pass_and_resume_goes_on_from_now(world: World) -> None:
    world.create(overlap="allow_all")
    process = world.process()
    world.until(1, process)
    world.schedules.pause("s", note="release on Friday")
    assert world.schedules.get("s").note == "release on Friday"
    world.schedules.pause("s")
    world.until(5, process)
    assert world.minutes == ["00", "01"]
    world.schedules.resume("s", note="done")
    world.schedules.resume("s")
    assert world.schedules.get("s").note == ""
    world.until(2, process)
    assert world.minutes == ["00", "01", "06", "07", "08"]
    assert world.kinds.count("paused") == world.kinds.count("resumed") == 1


def test_what_waits_is_held_back_by_a_pause(world: World) -> None:
    world.create(overlap="buffer_one")
    process = world.process()
    world.until(1, process)
    world.schedules.pause("s")
    world.end_all()
    world.until(1, process)
    assert world.minutes == ["00"]
    world.schedules.resume("s")
    world.until(0.25, process)
    assert world.minutes == ["00", "01"]


def test_trigger_starts_one_now_even_while_paused(world: World) -> None:
    world.create(times=Cron(expression="0 0 1 6 *"))
    world.schedules.pause("s")
    world.schedules.trigger("s")
    process = world.process()
    world.until(1, process)
    assert world.runs.started == ["s-trigger-20260101T000000Z"]
    state = world.schedules.get("s").state
    assert (state.status, state.fired, state.fired_due) == ("paused", 1, 0)


def test_backfill_starts_each_time_of_a_range_one_after_another(world: World) -> None:
    world.create(times=Cron(expression="0 0 * * *"))
    day = 86_400_000
    world.schedules.backfill("s", from_ms=START_MS - 3 * day, until_ms=START_MS)
    process = world.process()
    for _ in range(6):
        world.until(0.1, process, step_s=1)
        world.end_all()
    assert world.runs.started == [
        "s-20251229T000000Z",
        "s-20251230T000000Z",
        "s-20251231T000000Z",
    ]


def test_backfill_at_once_where_runs_may_overlap(world: World) -> None:
    world.create(times=Cron(expression="0 0 * * *"))
    span = {"from_ms": START_MS - 3 * 86_400_000, "until_ms": START_MS}
    world.schedules.backfill("s", **span, overlap="allow_all")
    world.until(0.2, world.process(), step_s=1)
    assert len(world.runs.started) == 3


def test_backfills_are_bounded_and_not_empty(world: World) -> None:
    world.create()
    with pytest.raises(Exceeded) as refused:
        world.schedules.backfill("s", from_ms=0, until_ms=START_MS)
    assert refused.value.code == "schedule.buffer_full"
    with pytest.raises(Invalid) as empty:
        world.schedules.backfill("s", from_ms=START_MS, until_ms=START_MS)
    assert empty.value.code == "schedule.backfill_empty"


def test_so_many_runs_and_no_more(world: World) -> None:
    world.create(overlap="buffer_all", runs_max=3)
    process = world.process()
    for _ in range(8):
        world.until(0.6, process)
        world.end_all()
    assert world.minutes == ["00", "01", "02"]
    assert world.schedules.get("s").state.status == "finished"
    world.schedules.trigger("s")
    world.until(0.5, process)
    assert len(world.runs.started) == 4


def test_it_finishes_after_its_end(world: World) -> None:
    world.create(overlap="allow_all", end_at_ms=START_MS + MINUTE_MS)
    world.until(4, world.process())
    assert world.minutes == ["00", "01"]
    assert world.schedules.get("s").state.status == "finished"


def test_a_change_counts_from_now_on(world: World) -> None:
    world.create(overlap="allow_all")
    process = world.process()
    world.until(1, process)
    later = Spec(times=Every(every_ms=5 * MINUTE_MS), workflow="w", overlap="allow_all")
    world.schedules.change("s", later)
    world.until(9, process)
    assert world.minutes == ["00", "01", "05", "10"]


def test_delete_ends_it_and_the_id_is_free_again(world: World) -> None:
    world.create(overlap="allow_all")
    process = world.process()
    world.until(1, process)
    world.schedules.delete("s")
    world.until(2, process)
    assert world.minutes == ["00", "01"]
    for call in (world.schedules.pause, world.schedules.trigger, world.schedules.delete):
        with pytest.raises(Missing) as refused:
            call("s")
        assert refused.value.code == "schedule.missing"
    assert list(world.schedules.ls()) == []
    world.create(overlap="allow_all")
    world.until(1, process)
    assert world.minutes == ["00", "01", "03", "04"]


def test_what_exists_is_not_created_and_what_never_fires_neither(world: World) -> None:
    world.create()
    with pytest.raises(Conflict) as exists:
        world.create()
    assert exists.value.code == "schedule.exists"
    with pytest.raises(Invalid) as never:
        world.create("never", times=Cron(expression="0 0 30 2 *"))
    assert never.value.code == "schedule.never"
    with pytest.raises(Missing):
        world.schedules.get("never")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"overlap": "whatever"}, "schedule.overlap"),
        ({"runs_max": 0}, "schedule.range"),
        ({"jitter_ms": -1}, "schedule.range"),
        ({"catch_up_ms": 1.5}, "schedule.range"),
        ({"input": "x" * 40_000}, "schedule.input_too_large"),
        ({"workflow": ""}, "id.empty"),
        ({"schedule_id": "x" * 450}, "id.too_long"),
    ],
    ids=str,
)
def test_malformed_schedules_are_refused(world: World, options: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.create(**options)
    assert refused.value.code == code
    assert world.store.log_size() == 0


def test_a_workflow_that_nobody_has_is_named_aloud_and_waited_for(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.create(workflow="gone", times=Every(every_ms=3_600_000))
    process = world.process()
    world.until(2, process, step_s=1)
    assert world.kinds == ["created", "refused"]
    assert "gone" in caplog.text
    world.runs.known.add("gone")
    world.until(1, process)
    assert world.kinds == ["created", "refused", "fired"]


def test_a_run_that_can_never_begin_is_skipped_with_its_reason(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.create(times=Every(every_ms=3_600_000))
    world.runs.error = Conflict("taken by somebody", code="run.exists")
    with caplog.at_level(logging.CRITICAL):
        world.until(1, world.process())
    assert world.kinds == ["created", "skipped:refused"]
    assert world.events()[-1][1].error == "taken by somebody"


def test_a_run_that_cannot_begin_now_is_tried_again(world: World) -> None:
    world.create(times=Every(every_ms=3_600_000))
    world.runs.error = Exceeded("too many runs of this tenant", code="quota.exceeded")
    process = world.process()
    world.until(1, process)
    assert world.kinds == ["created", "refused"]
    world.runs.error = None
    world.until(0.5, process)
    assert world.kinds == ["created", "refused", "fired"]


def test_a_clock_that_is_set_starts_nothing_twice(world: World) -> None:
    world.create(overlap="allow_all")
    process = world.process()
    world.until(3, process)
    world.clock.set_wall(world.clock.now_ms() - 3_600_000)
    world.until(30, process)
    assert world.minutes == ["00", "01", "02", "03"]
    world.clock.set_wall(world.clock.now_ms() + 3_600_000)
    world.until(1, process, step_s=0.5)
    numbers = [int(minute) for minute in world.minutes]
    assert numbers == list(range(len(numbers)))
    assert len(set(world.runs.started)) == len(world.runs.started)


def test_one_schedule_that_is_broken_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.create("broken", workflow="broken", overlap="allow_all")
    world.create("s", overlap="allow_all")
    start = world.runs.start

    async def fails(wanted: Wanted) -> None:
        if wanted.workflow == "broken":
            raise TarlError("out of order")
        await start(wanted)

    world.runs.known.add("broken")
    monkeypatch.setattr(world.runs, "start", fails)
    world.until(2, world.process())
    assert world.minutes == ["00", "01", "02"]


def test_the_loop_meets_times_as_they_come(world: World) -> None:
    world.create(overlap="allow_all", times=Every(every_ms=1_000))

    async def main() -> None:
        task = asyncio.create_task(world.process().keep_firing(poll_s=0.05))
        await asyncio.sleep(5.5)
        task.cancel()

    run(main(), clock=world.clock)
    late = [body.late_ms for kind, body in world.events() if kind == "fired"]
    assert len(late) == 6
    assert max(late) <= 60


def test_the_tables_can_be_made_anew_from_the_events(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    world = World(store)
    world.create(overlap="buffer_one")
    world.create("t", overlap="cancel_other")
    world.create("gone")
    process = world.process()
    world.until(3, process)
    world.schedules.pause("t", note="x")
    world.schedules.trigger("t")
    world.schedules.delete("gone")
    world.end_all()
    world.until(1, process)
    assert list(changed_tables(store)) == []
    assert world.schedules.get_status()["paused"] == 1
    store.close()
