"""The solver's process, a real one: answers, stops, crashes and ends."""

from __future__ import annotations

import asyncio
import functools
import os
import random
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path

import msgspec
import pytest

from tarl.errors import Invalid, Unavailable
from tarl.planning.problem import Job, Option, Power, Problem, Resource, Schedule, Weights
from tarl.planning.solver.process import SolverProcess

HOUR_MS = 3_600_000


def in_a_loop(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    @functools.wraps(test)
    def whole() -> None:
        asyncio.run(test())

    return whole


def easy() -> Problem:
    return Problem(
        slot_ms=HOUR_MS,
        count=4,
        jobs=(Job(id="wash", options=(Option(id="machine", power_w=(1000,)),)),),
        power=Power(import_micro=(30, 10, 20, 40)),
        time_limit_ms=2_000,
        workers=1,
    )


def hard(*, time_limit_ms: int) -> Problem:
    """More jobs than can be proved in any test, though any plan is easily found."""
    dice = random.Random(7)
    jobs = tuple(
        Job(
            id=f"j{n}",
            options=(
                Option(
                    id="o",
                    power_w=tuple(dice.randrange(500, 2500) for _ in range(dice.randrange(2, 6))),
                    demands={f"d{dice.randrange(3)}": 1},
                ),
            ),
        )
        for n in range(40)
    )
    return Problem(
        slot_ms=HOUR_MS // 4,
        count=96,
        jobs=jobs,
        resources=tuple(Resource(id=f"d{n}", capacity=(1,)) for n in range(3)),
        power=Power(import_micro=tuple(dice.randrange(10**5) for _ in range(96))),
        weights=Weights(cost=1, peak=100),
        time_limit_ms=time_limit_ms,
    )


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@in_a_loop
async def test_it_is_started_once_and_ends_with_the_block() -> None:
    async with SolverProcess() as solver:
        assert solver.pid is None
        first = await solver.solve(easy())
        pid = solver.pid
        assert pid is not None
        second = await solver.solve(easy())
        assert solver.pid == pid
    assert first.status == second.status == "optimal"
    assert first.schedule is not None
    assert first.schedule.placed[0].start == 1
    assert first.schedule == second.schedule
    assert not is_alive(pid)


@in_a_loop
async def test_better_schedules_are_told_while_it_searches() -> None:
    told: list[Schedule] = []
    async with SolverProcess() as solver:
        solution = await solver.solve(hard(time_limit_ms=3_000), incumbent=told.append)
    assert solution.status == "feasible"
    assert solution.schedule is not None
    assert told
    assert told[-1].objective >= solution.schedule.objective
    assert solution.bound is not None
    assert solution.bound <= solution.schedule.objective


@in_a_loop
async def test_a_search_that_does_not_end_is_killed_and_what_it_had_found_is_the_answer() -> None:
    async with SolverProcess(grace_ms=1_000) as solver:
        await solver.solve(easy())
        pid = solver.pid
        assert pid is not None
        found = asyncio.Event()
        search = asyncio.create_task(
            solver.solve(hard(time_limit_ms=6_000), incumbent=lambda _: found.set())
        )
        await asyncio.wait(
            {asyncio.create_task(found.wait()), search}, return_when="FIRST_COMPLETED"
        )
        assert found.is_set()
        os.kill(pid, signal.SIGSTOP)
        solution = await search
        assert solution.status == "feasible"
        assert solution.schedule is not None
        assert solution.bound is None
        assert not is_alive(pid)


@in_a_loop
async def test_a_search_that_does_not_end_and_found_nothing_is_an_error() -> None:
    async with SolverProcess(grace_ms=200) as solver:
        await solver.solve(easy())
        assert solver.pid is not None
        os.kill(solver.pid, signal.SIGSTOP)
        with pytest.raises(Unavailable) as caught:
            await solver.solve(msgspec.structs.replace(easy(), time_limit_ms=100))
        assert caught.value.code == "solver.timed_out"
        assert (await solver.solve(easy())).status == "optimal"


@in_a_loop
async def test_a_search_that_nobody_waits_for_is_killed() -> None:
    async with SolverProcess() as solver:
        await solver.solve(easy())
        pid = solver.pid
        assert pid is not None
        found = asyncio.Event()
        search = asyncio.create_task(
            solver.solve(hard(time_limit_ms=60_000), incumbent=lambda _: found.set())
        )
        await found.wait()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert not is_alive(pid)


@in_a_loop
async def test_after_a_crash_it_is_started_anew() -> None:
    async with SolverProcess() as solver:
        await solver.solve(easy())
        assert solver.pid is not None
        found = asyncio.Event()
        search = asyncio.create_task(
            solver.solve(hard(time_limit_ms=60_000), incumbent=lambda _: found.set())
        )
        await found.wait()
        os.kill(solver.pid, signal.SIGKILL)
        with pytest.raises(Unavailable) as caught:
            await search
        assert caught.value.code == "solver.crashed"
        assert caught.value.facts["exit_code"] == -signal.SIGKILL
        assert (await solver.solve(easy())).status == "optimal"


@in_a_loop
async def test_a_problem_that_is_none_is_refused_before_anything_is_started() -> None:
    async with SolverProcess() as solver:
        with pytest.raises(Invalid) as caught:
            await solver.solve(msgspec.structs.replace(easy(), count=0))
        assert caught.value.code == "solver.problem"
        assert solver.pid is None


@in_a_loop
async def test_problems_wait_for_their_turn() -> None:
    async with SolverProcess() as solver:
        solutions = await asyncio.gather(*(solver.solve(easy()) for _ in range(5)))
    assert {solution.status for solution in solutions} == {"optimal"}
