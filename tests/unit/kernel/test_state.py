"""The state at event N is the fold of the first N events."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.kernel import recorded

from tarl.errors import Corrupt, Missing
from tarl.journal.event import Event
from tarl.kernel import events
from tarl.kernel.state import RunState, StepState, fold
from tarl.storage import open_store

STARTED = (events.RUN_STARTED, b'{"code":"c","input":5,"seed":"00","workflow":"w"}')


@pytest.fixture(autouse=True)
def _as_written() -> None:
    recorded.CALLS.clear()
    recorded.BEHAVES.clear()


@pytest.fixture
def whole(tmp_path: Path) -> list[Event]:
    return recorded.record(tmp_path / "tarl.db", recorded.everything, {"n": 4})


def by_number(state: RunState) -> dict[int, StepState]:
    return {step.step: step for step in state.steps}


def test_everything_that_a_run_did_is_in_its_state(whole: list[Event]) -> None:
    state = fold(whole)
    steps = by_number(state)
    assert state.run.ref == "r/1"
    assert (state.workflow, state.status, state.input) == (
        "recorded.everything",
        "completed",
        {"n": 4},
    )
    assert state.result["pair"] == [40, 1]
    assert state.error is None
    assert (steps[1].activity, steps[1].args, steps[1].result) == ("double", [4], 8)
    assert steps[1].status == "completed"
    failed = steps[2]
    assert failed.status == "failed"
    assert failed.error is not None
    assert (failed.error.type, failed.error.message) == ("ValueError", "as told")
    assert steps[3].args == [60_000]
    assert steps[3].status == "cancelled"
    assert [timer.status for timer in state.timers] == ["fired", "fired", "cancelled"]
    assert [timer.delay_ms for timer in state.timers] == [1, 2, 60_000]
    assert state.timers[0].due_at_ms == state.timers[0].started_at_ms + 1
    assert state.snapshot is not None
    assert (state.snapshots, state.snapshot.state) == (1, {"so_far": 8})
    assert state.patches == ("faster",)
    assert (state.last_seq, state.last_at_ms) == (len(whole), whole[-1].recorded_at_ms)
    assert (state.open_steps, state.open_timers) == ((), ())
    assert (state.erased, state.unknown) == (0, 0)


def test_at_every_event_a_step_is_what_it_was_then(whole: list[Event]) -> None:
    final = by_number(fold(whole))
    for n in range(1, len(whole) + 1):
        state = fold(whole[:n])
        assert state.last_seq == n
        assert state.status == ("completed" if n == len(whole) else "running")
        scheduled = {number for number, step in final.items() if step.scheduled_seq <= n}
        assert set(by_number(state)) == scheduled
        for number, step in by_number(state).items():
            ended_seq = final[number].ended_seq
            assert ended_seq is not None
            ended = ended_seq <= n
            assert step.status == (final[number].status if ended else "scheduled")
            assert step.ended_at_ms == (whole[ended_seq - 1].recorded_at_ms if ended else None)
            assert (step in state.open_steps) is not ended


def test_a_run_that_failed_says_why(tmp_path: Path) -> None:
    state = fold(recorded.record(tmp_path / "tarl.db", recorded.fails, 2))
    assert state.status == "failed"
    assert state.error is not None
    assert (state.error.type, state.error.message) == ("RuntimeError", "no way on")
    assert state.result is None


def test_refusals_and_decisions_about_a_step() -> None:
    scheduled = b'{"activity":"a","args":[],"kwargs":{"k":1},"mode":"non_idempotent","step":%d}'
    made = recorded.history(
        STARTED,
        (events.STEP_SCHEDULED, scheduled % 1),
        (events.STEP_DENIED, b'{"reasons":[{"code":"no","text":"never"}],"step":1}'),
        (events.STEP_SCHEDULED, scheduled % 2),
        (events.STEP_RETRY_ALLOWED, b'{"step":2}'),
        (events.CODE_CHANGED, b'{"code":"d"}'),
        (events.STEP_RETRIED, b'{"step":2}'),
    )
    state = fold(made)
    steps = by_number(state)
    assert steps[1].status == "denied"
    assert steps[1].reasons == ({"code": "no", "text": "never"},)
    assert (steps[2].status, steps[2].mode, steps[2].kwargs) == (
        "scheduled",
        "non_idempotent",
        {"k": 1},
    )
    assert by_number(fold(made[:5]))[2].retry_allowed_seq == 5
    assert steps[2].retry_allowed_seq is None
    assert (fold(made[:5]).code, state.code) == ("c", "d")


def test_an_outcome_stays_when_the_code_cancels_the_step_before_it_sees_it() -> None:
    state = fold(
        recorded.history(
            STARTED,
            (events.STEP_SCHEDULED, b'{"activity":"a","args":[],"step":1}'),
            (events.STEP_COMPLETED, b'{"result":1,"step":1}'),
            (events.STEP_CANCELLED, b'{"step":1}'),
            (events.TIMER_STARTED, b'{"delay_ms":5,"timer":1}'),
            (events.TIMER_FIRED, b'{"timer":1}'),
            (events.TIMER_CANCELLED, b'{"timer":1}'),
        )
    )
    assert (state.steps[0].status, state.steps[0].ended_seq) == ("completed", 3)
    assert (state.timers[0].status, state.timers[0].ended_seq) == ("fired", 6)


@pytest.mark.parametrize(
    ("last", "status"),
    [(events.STEP_SCHEDULED, "running"), (events.RUN_COMPLETED, "completed")],
)
def test_erased_content_and_kinds_of_the_future_are_counted(last: str, status: str) -> None:
    made = recorded.history(STARTED, ("step.invented/9", b"{}"), (last, b"{}"))
    erased = [made[0]._replace(body=None), made[1], made[2]._replace(body=None)]
    state = fold(erased)
    assert (state.workflow, state.input, state.status) == (None, None, status)
    assert (state.erased, state.unknown, state.last_seq) == (2, 1, 3)


def test_large_values_are_references_without_a_shelf(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"
    found = recorded.record(db, recorded.carries, 50_000)
    reference: Any = fold(found).steps[0].result
    assert reference["$blob"]["size"] == 50_002
    store = open_store(db)
    state = fold(found, shelf=recorded.Values(store))
    store.close()
    assert state.steps[0].result == "x" * 50_000
    assert state.steps[1].args == ["x" * 50_000]


def test_what_is_no_run_has_no_state() -> None:
    with pytest.raises(Missing) as missing:
        fold([])
    assert missing.value.code == "run.missing"
    with pytest.raises(Corrupt) as corrupt:
        fold(recorded.history((events.CODE_CHANGED, b'{"code":"d"}')))
    assert corrupt.value.code == "run.no_start"
