"""What a user of the runtime sees: starting, attaching, failing, resuming, deciding."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines import flows

import tarl
from tarl import (
    Conflict,
    DenyAll,
    Exceeded,
    Invalid,
    Limits,
    Missing,
    NondeterminismError,
    RunFailed,
    UnknownOutcome,
)
from tarl.kernel.events import STEP_COMPLETED


@pytest.fixture
def db(tmp_path: Path) -> Path:
    flows.CALLS.clear()
    return tmp_path / "tarl.db"


async def run(db: Path, workflow: Any, input: Any = None, **options: Any) -> Any:
    settings = {k: options.pop(k) for k in ("gate", "limits", "sealed") if k in options}
    async with tarl.open(db, **settings) as runtime:
        return await runtime.run(workflow, input, **options)


def test_a_run_gives_its_result_and_never_runs_again(db: Path) -> None:
    assert asyncio.run(run(db, flows.doubled_sum, 4, id="a")) == 12
    assert len(flows.CALLS) == 4
    assert asyncio.run(run(db, flows.doubled_sum, 4, id="a")) == 12
    assert len(flows.CALLS) == 4
    assert len({key for _, key in flows.CALLS}) == 4


def test_another_input_or_workflow_is_a_conflict_and_a_new_run_is_not(db: Path) -> None:
    asyncio.run(run(db, flows.doubled_sum, 2, id="a"))
    for workflow, input in ((flows.doubled_sum, 3), (flows.threads, 2)):
        with pytest.raises(Conflict) as caught:
            asyncio.run(run(db, workflow, input, id="a"))
        assert caught.value.code == "run.exists"
    assert asyncio.run(run(db, flows.doubled_sum, 3, id="a", new_run=True)) == 6
    assert asyncio.run(run(db, flows.doubled_sum, 3, id="a")) == 6


def test_tenants_have_ids_of_their_own(db: Path) -> None:
    asyncio.run(run(db, flows.echo, 1, id="a"))
    assert asyncio.run(run(db, flows.echo, 2, id="a", tenant="acme")) == 2


def test_attaching_to_a_run_under_way(db: Path) -> None:
    async def twice() -> list[Any]:
        async with tarl.open(db) as runtime:
            return await asyncio.gather(
                *(runtime.run(flows.doubled_sum, 5, id="a") for _ in range(3))
            )

    assert asyncio.run(twice()) == [20, 20, 20]
    assert len(flows.CALLS) == 5


def test_threads_types_and_keyword_arguments(db: Path) -> None:
    assert asyncio.run(run(db, flows.threads, 5)) == [0, 2, 4, 6, 8]
    assert asyncio.run(run(db, flows.typed, "lamp")) == flows.Order("lamp", 120)


def test_failures_and_timeouts_reach_the_workflow(db: Path) -> None:
    seen = asyncio.run(run(db, flows.tolerant))
    assert seen == ["ValueError: no such thing", "TimeoutError: no outcome within 20 ms"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("nan", "value.not_finite"),
        ("set", "value.round_trip"),
        ("surrogate", "value.lone_surrogate"),
        ("huge", "value.integer_range"),
    ],
)
def test_results_that_cannot_be_recorded_fail_the_step(db: Path, kind: str, code: str) -> None:
    assert asyncio.run(run(db, flows.odd, kind)) == code


def test_a_failed_run_stays_failed(db: Path) -> None:
    for _ in range(2):
        with pytest.raises(RunFailed, match="KeyError") as caught:
            asyncio.run(run(db, flows.fails_at_once, id="a"))
        assert caught.value.facts["type"] == "KeyError"
    with pytest.raises(RunFailed, match=r"set"):
        asyncio.run(run(db, flows.returns_a_set))


@pytest.mark.parametrize("value", [float("nan"), {1}, "\ud800", 2**60, {"$blob": 1}, {2: 3}])
def test_inputs_without_a_json_form_are_refused(db: Path, value: Any) -> None:
    with pytest.raises(Invalid):
        asyncio.run(run(db, flows.echo, value))


def test_values_have_a_stated_maximum(db: Path) -> None:
    with pytest.raises(Exceeded) as caught:
        asyncio.run(run(db, flows.echo, "x" * 2000, limits=Limits(value_bytes_max=1000)))
    assert caught.value.code == "value.too_large"


def test_large_values_come_back_whole(db: Path) -> None:
    text = "x" * 200_000
    assert asyncio.run(run(db, flows.echo, text, id="a")) == text
    assert asyncio.run(run(db, flows.echo, text, id="a")) == text
    assert asyncio.run(run(db, flows.echo, [1.5, "ü", None, {"a": []}])) == [
        1.5,
        "ü",
        None,
        {"a": []},
    ]


def test_a_gate_that_denies_keeps_the_effect_from_running(db: Path) -> None:
    assert asyncio.run(run(db, flows.fetches, gate=DenyAll())) == "step.denied"


def test_a_gate_that_crashes_denies(db: Path) -> None:
    class Broken:
        def decide(self, effect: object) -> Any:
            raise RuntimeError("no policy")

    assert asyncio.run(run(db, flows.fetches, gate=Broken())) == "step.denied"
    assert asyncio.run(run(db, flows.fetches)) == "fetched"


def test_time_is_recorded_time(db: Path) -> None:
    assert 0.05 <= asyncio.run(run(db, flows.sleeps, 0.05)) < 5


def test_waiting_for_nothing_ends_the_run_with_the_place(db: Path) -> None:
    with pytest.raises(RunFailed, match="waits_for_nothing") as caught:
        asyncio.run(run(db, flows.waits_for_nothing))
    assert caught.value.facts["type"] == "Deadlock"


def test_a_clock_in_a_workflow_interrupts_the_run_and_does_not_end_it(db: Path) -> None:
    with pytest.raises(NondeterminismError) as caught:
        asyncio.run(run(db, flows.peeks_at_the_clock, id="a"))
    assert caught.value.code == "guard.clock"

    async def status() -> Any:
        async with tarl.open(db) as runtime:
            return runtime.journal.get("run", "default", "a", 1)["status"]

    assert asyncio.run(status()) == "running"


def test_history_has_a_stated_maximum(db: Path) -> None:
    with pytest.raises(Exceeded) as caught:
        asyncio.run(run(db, flows.doubled_sum, 100, limits=Limits(history_events_max=50)))
    assert caught.value.code == "run.history_too_long"


def test_unknown_runs_and_workflows(db: Path) -> None:
    async def resume(ref: str) -> Any:
        async with tarl.open(db) as runtime:
            return await runtime.resume(ref)

    for ref in ("nobody", "nobody/3", "@last"):
        with pytest.raises(Missing) as caught:
            asyncio.run(resume(ref))
        assert caught.value.code == "run.missing"


def test_an_interrupted_run_is_resumed_without_its_recorded_steps(db: Path) -> None:
    async def interrupted() -> None:
        async with tarl.open(db) as runtime:
            await runtime.start(flows.doubled_sum, 50, id="a")
            while not flows.CALLS:
                await asyncio.sleep(0)

    async def resumed() -> Any:
        async with tarl.open(db) as runtime:
            return await runtime.resume("a")

    asyncio.run(interrupted())
    before = len(flows.CALLS)
    assert before < 50
    assert asyncio.run(resumed()) == sum(range(50)) * 2
    assert len(flows.CALLS) <= 51
    assert len({key for _, key in flows.CALLS}) == 50


class Cut(Exception):
    """The process dies here."""


def cut_off_payment(db: Path) -> None:
    """Leave a run whose non-idempotent step has an intent on disk and no outcome."""

    async def play() -> None:
        async with tarl.open(db) as runtime:
            commit = runtime.journal.commit

            def until_the_outcome(batch: Any, **options: Any) -> None:
                if any(row.kind == STEP_COMPLETED for row in batch.rows):
                    raise tarl.Unavailable("cut off", code="test.cut")
                commit(batch, **options)

            runtime.journal.commit = until_the_outcome
            await runtime.run(flows.pays_once, id="a")

    with pytest.raises(tarl.Unavailable):
        asyncio.run(play())


async def decide(db: Path, **decision: Any) -> Any:
    async with tarl.open(db) as runtime:
        with pytest.raises(UnknownOutcome):
            await runtime.resume("a")
        runtime.resolve("a", step=1, **decision)
        return await runtime.resume("a")


def test_a_cut_off_payment_waits_for_a_decision(db: Path) -> None:
    cut_off_payment(db)
    assert asyncio.run(decide(db, result="paid 100 by hand")) == "paid 100 by hand"
    assert len(flows.CALLS) == 1


def test_a_cut_off_payment_may_be_tried_again_under_its_key(db: Path) -> None:
    cut_off_payment(db)
    assert asyncio.run(decide(db, retry=True)) == "paid 100"
    assert len(flows.CALLS) == 2
    assert len({key for _, key in flows.CALLS}) == 1


def test_a_cut_off_payment_may_count_as_failed(db: Path) -> None:
    cut_off_payment(db)
    with pytest.raises(RunFailed, match="it bounced"):
        asyncio.run(decide(db, error="it bounced"))


def test_decisions_about_what_is_decided_or_missing_are_refused(db: Path) -> None:
    asyncio.run(run(db, flows.pays_once, id="a"))

    async def resolve(step: int) -> None:
        async with tarl.open(db) as runtime:
            runtime.resolve("a", step=step, result="x")

    for step, code in ((1, "step.decided"), (7, "step.missing")):
        with pytest.raises((Conflict, Missing)) as caught:
            asyncio.run(resolve(step))
        assert caught.value.code == code


def test_an_older_copy_of_the_journal_is_refused(db: Path, tmp_path: Path) -> None:
    asyncio.run(run(db, flows.echo, 1, id="a"))
    older = db.read_bytes()
    asyncio.run(run(db, flows.echo, 2, id="b"))
    db.write_bytes(older)
    for beside in tmp_path.glob("tarl.db-*"):
        beside.unlink()
    with pytest.raises(tarl.Corrupt) as caught:
        asyncio.run(run(db, flows.echo, 3, id="c"))
    assert caught.value.code == "journal.older"
