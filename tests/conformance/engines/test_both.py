"""The laws that every engine keeps, on the same workflows: results, failures, effects and their
keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines import flows
from tests.conformance.engines.both import asked, live, told
from tests.conformance.engines.opening import Use
from tests.temporal_server import Server, server

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Missing, RunFailed
from tarl.kernel import events
from tarl.kernel.commands import Command
from tarl.kernel.effect import Effect
from tarl.kernel.engine import EnginePort
from tarl.kernel.events import DECODERS
from tarl.kernel.gateway import Gate
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Deny, Reason, Verdict


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=60) as running:
        yield running


class On:
    """An engine under test."""

    def __init__(self, temporal: tuple[str, str] | None, path: Path) -> None:
        self._temporal = temporal
        self._path = path

    def live(self, use: Use, *, gate: Gate | None = None) -> Any:
        return live(self._temporal, self._path, use, gate=gate)

    def run(self, workflow: Any, input: Any = None, **options: Any) -> Any:
        async def use(runtime: Runtime, engine: EnginePort) -> Any:
            return await engine.run(workflow, input, id="w")

        return self.live(use, **options)


@pytest.fixture(params=["embedded", "temporal"])
def on(request: pytest.FixtureRequest, tmp_path: Path) -> On:
    if request.param == "embedded":
        return On(None, tmp_path / "tarl.db")
    running: Server = request.getfixturevalue("temporal")
    return On((running.address, running.namespace()), tmp_path / "tarl.db")


def names() -> list[str]:
    return [name for name, _, _ in flows.DONE]


async def charged(engine: EnginePort, run: str) -> None:
    """Wait until a run of ``cleans_up`` has seen that it has charged."""
    while True:
        try:
            assert await engine.query(run, "charged")
        except Missing:
            await asyncio.sleep(0.02)
        else:
            return


# --- steps


def test_steps_one_after_another(on: On) -> None:
    assert on.run(flows.sequential, 3) == [6, 12, 18]
    assert names() == ["double", "double_in_thread"]


def test_keys_are_those_of_the_run_and_the_step(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> list[str]:
        handle = await engine.start(flows.sequential, 3, id="w")
        await handle.result()
        run, origin = handle.run_id, runtime.journal.origin
        calls = ((1, flows.double), (2, flows.double_in_thread))
        command = Command(events.STEP_SCHEDULED, b"")
        return [Effect(run, n, each, command, None, origin).key for n, each in calls]

    assert on.live(use) == [key for _, _, key in flows.DONE]


def test_steps_side_by_side(on: On) -> None:
    assert on.run(flows.gathered) == [0, 1, 2, 3, 4]
    assert sorted(what for _, what, _ in flows.DONE) == [0, 1, 2, 3, 4]


def test_the_first_of_several(on: On) -> None:
    assert on.run(flows.first_of_several) == [[10], 2]


def test_as_they_come(on: On) -> None:
    assert on.run(flows.as_they_come) == [10, 1_000, 2_000]


def test_in_a_task_group(on: On) -> None:
    assert on.run(flows.in_a_group) == [0, 2, 4]


def test_a_step_that_fails(on: On) -> None:
    assert on.run(flows.failing_step) == ["ValueError", "no such thing"]


def test_steps_that_take_too_long_or_are_silent(on: On) -> None:
    assert on.run(flows.times_out) == [
        "TimeoutError",
        "no outcome within 50 ms",
        "TimeoutError",
        "no heartbeat within 50 ms",
    ]


def test_failed_attempts_are_followed_by_others(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        result = await engine.run(flows.retried, "a", id="w")
        failed = [body for kind, body in await told(engine, "w") if kind == events.ATTEMPT_FAILED]
        return result, [DECODERS[events.ATTEMPT_FAILED](body).wait_ms for body in failed]

    assert on.live(use) == ([3, "OSError"], [10, 20, 10, 20])
    tries = [what for name, what, _ in flows.DONE if name == "third_time_lucky"]
    assert tries == [(1, None), (2, {"at": 1}), (3, {"at": 2})]
    assert len({key for name, _, key in flows.DONE if name == "third_time_lucky"}) == 1


def test_a_step_that_is_not_idempotent_records_its_intent(on: On) -> None:
    assert on.run(flows.paid) == "paid 5"
    assert names() == ["pay"]


def test_calls_by_one_token_share_one_outcome(on: On) -> None:
    assert on.run(flows.shares) == [flows.LARGE, True, "token.other_arguments"]
    assert names() == ["by_token"]


def test_a_court_that_denies(on: On) -> None:
    class NoNetwork:
        def decide(self, effect: Effect) -> Verdict:
            if "net.connect" in effect.actions:
                return Deny((Reason(code="test.no", text="not here"),))
            return Allow()

    said = on.run(flows.tries_what_is_forbidden, gate=NoNetwork())
    assert said == "forbidden was denied: not here"
    assert names() == []


def test_large_values(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        carried = await engine.run(flows.carries_much, id="w")
        kept = await engine.run(flows.keeps_much, "y" * flows.LARGE, id="v")
        events_bytes = max([len(body) for run in ("w", "v") for _, body in await told(engine, run)])
        return carried, len(kept), events_bytes < 1_000, b"hidden" in b"".join(asked(runtime, "w"))

    assert on.live(use) == ([flows.LARGE, flows.LARGE, 6], flows.LARGE + 1, True, False)


# --- ends


def test_an_error_of_the_code_fails_the_run(on: On) -> None:
    with pytest.raises(RunFailed) as failed:
        on.run(flows.own_error)
    assert failed.value.facts["type"] == "KeyError"


def test_what_was_done_is_undone_in_reverse(on: On) -> None:
    with pytest.raises(RunFailed):
        on.run(flows.undone)
    assert [(name, what) for name, what, _ in flows.DONE] == [
        ("charge", 5),
        ("charge", 7),
        ("refund", (7, "charged 7")),
        ("refund", (5, "charged 5")),
    ]


def test_a_cancelled_run_cleans_up(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.cleans_up, id="w")
        await charged(engine, "w")
        await engine.cancel("w", reason="enough")
        with pytest.raises(RunFailed) as failed:
            await handle.result()
        return failed.value.code, failed.value.facts["error"]

    assert on.live(use) == ("run.cancelled", "enough")
    assert names() == ["charge", "double", "refund"]


def test_a_step_is_cancelled_with_its_run(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.cancelled_in_a_step, id="w")
        await asyncio.sleep(0.3)
        await engine.cancel("w")
        with pytest.raises(RunFailed) as failed:
            await handle.result()
        return failed.value.code

    assert on.live(use) == "run.cancelled"
    assert names() == []


def test_a_terminated_run_does_not_clean_up(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.cleans_up, id="w")
        await charged(engine, "w")
        await engine.terminate("w", reason="now")
        with pytest.raises(RunFailed) as failed:
            await handle.result()
        return failed.value.code, failed.value.facts["error"], (await told(engine, "w"))[-1][0]

    assert on.live(use) == ("run.terminated", "now", events.RUN_TERMINATED)
    assert names() == ["charge"]


def test_a_run_goes_on_as_another(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.goes_on, 1, id="w")
        await engine.signal("w", "kept", "for later")
        result = await handle.result()
        runs = [RunId("default", "w", n) for n in (1, 2, 3)]
        return result, [(await told(engine, run))[-1][0] for run in runs]

    assert on.live(use) == (
        [3, 6, "for later"],
        [events.RUN_CONTINUED, events.RUN_CONTINUED, events.RUN_COMPLETED],
    )


# --- time, chance


def test_time(on: On) -> None:
    assert on.run(flows.sleeps) == [True]


def test_chance_is_that_of_the_run(on: On) -> None:
    assert on.run(flows.drawn) == DRAWN  # the same on both, of the same name and input


def test_patches(on: On) -> None:
    assert on.run(flows.patched) == [True, 4]


# --- told and asked


def test_signals_before_and_after_the_wait(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.signalled, id="w")
        await engine.signal("w", "item", 1)
        await engine.signal("w", "other", 0)
        await asyncio.sleep(0.2)
        await engine.signal("w", "item", {"two": 2})
        await engine.signal("w", "item")
        return await handle.result()

    assert on.live(use) == [1, {"two": 2}, None]


def test_queries_and_updates(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.talkative, id="w")
        said: list[Any] = [await engine.update("w", "take", 3)]
        said.append(await engine.update("w", "take_twice", 4))
        said.append(await engine.query("w", "items"))
        said.append(await engine.query("w", "above", 5))
        for name, payload in (("take", "x"), ("nothing", 1), ("break_off", 1)):
            with pytest.raises(Conflict) as refused:
                await engine.update("w", name, payload)
            said.append((refused.value.code, refused.value.facts["type"]))
        with pytest.raises(Missing) as unknown:
            await engine.query("w", "nothing")
        said.append(unknown.value.code)
        await engine.signal("w", "end")
        said.append(await handle.result())
        said.append(await engine.query("w", "items"))
        return said

    assert on.live(use) == [
        1,
        [4, 2],
        [3, 8],
        [8],
        ("update.rejected", "TypeError"),
        ("update.rejected", "update.unknown"),
        ("update.failed", "ValueError"),
        "query.unknown",
        [3, 8],
        [3, 8],
    ]


def test_whoever_talks_to_a_run_that_is_over_is_told(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        await engine.run(flows.sequential, 1, id="w")
        said = []
        for what, args in (("signal", ("x",)), ("update", ("x",)), ("cancel", ())):
            with pytest.raises(Conflict) as refused:
                await getattr(engine, what)("w", *args)
            said.append(refused.value.code)
        with pytest.raises(Missing) as unknown:
            await engine.signal("nobody", "x")
        return [*said, unknown.value.code]

    assert on.live(use) == ["run.ended", "run.ended", "run.ended", "run.missing"]


def test_the_same_start_attaches(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        first = await engine.run(flows.small, 4, id="w")
        again = await engine.run(flows.small, 4, id="w")
        with pytest.raises(Conflict) as other:
            await engine.run(flows.small, 5, id="w")
        anew = await engine.start(flows.small, 5, id="w", new_run=True)
        return first, again, other.value.code, anew.run_id.n, await anew.result()

    assert on.live(use) == (8, 8, "run.exists", 2, 10)
    assert [what for _, what, _ in flows.DONE] == [4, 5]


# --- children


def test_children(on: On) -> None:
    assert on.run(flows.parent) == [8, "ValueError", "failed", "cancelled"]


# --- both at once


def test_the_steps_that_are_asked_for_are_the_same_byte_by_byte(
    temporal: Server, tmp_path: Path
) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        for workflow, given in SAME:
            await engine.run(workflow, given, id=workflow.name)
        return {workflow.name: sorted(asked(runtime, workflow.name)) for workflow, _ in SAME}

    there = temporal.address, temporal.namespace()
    assert live(None, tmp_path / "a.db", use) == live(there, tmp_path / "b.db", use)


@pytest.mark.filterwarnings("ignore:Cannot find activity to cancel")  # it has just ended
def test_runs_that_no_worker_keeps_in_memory_are_replayed(temporal: Server, tmp_path: Path) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        said = await engine.start(flows.talkative, id="t")
        await engine.update("t", "take_twice", 4)
        cleaned = await engine.start(flows.cleans_up, id="c")
        results = [await engine.run(each, given, id=each.name) for each, given in REPLAYED]
        await charged(engine, "c")
        await engine.cancel("c", reason="enough")
        with pytest.raises(RunFailed):
            await cleaned.result()
        await engine.signal("t", "end")
        return [await said.result(), *results]

    there = temporal.address, temporal.namespace()
    inside = live(None, tmp_path / "a.db", use)
    assert live(there, tmp_path / "b.db", use, cached=0) == inside
    assert len(names()) == len(set(flows.DONE))  # no step is done again


REPLAYED: list[tuple[Any, Any]] = [
    (flows.sequential, 3),
    (flows.gathered, None),
    (flows.drawn, None),
    (flows.patched, None),
    (flows.sleeps, None),
]
SAME: list[tuple[Any, Any]] = [
    (flows.sequential, 3),
    (flows.gathered, None),
    (flows.retried, "same"),
    (flows.carries_much, None),
    (flows.drawn, None),
]
DRAWN: list[Any] = [
    "42896f85-6111-5f90-8a19-170b6e69409a",
    "7f5ebe96-a88b-5fe8-87e6-ca040f337b63",
    0.53653309593164,
    122466621,
]
