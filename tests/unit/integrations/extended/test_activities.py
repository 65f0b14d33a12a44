"""Activities: one outcome for one token, attempts with waits, sagas that are undone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.warm.process import run as run_forked

from tarl.integrations.orchestration_extended import Activity, ActivityExecutor

DONE: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


class Work(Activity):
    """Notes that it was done; fails the first times."""

    def __init__(self, id: str = "work", *, fails: int = 0, idempotent: bool = True) -> None:
        super().__init__(id, idempotent)
        self.fails = fails

    async def execute(self, **kwargs: Any) -> Any:
        DONE.append(self.activity_id)
        await asyncio.sleep(0.01)
        if self.fails:
            self.fails -= 1
            raise ValueError(f"{self.activity_id} failed")
        return {"number": len(DONE), **kwargs}

    async def compensate(self, **kwargs: Any) -> None:
        DONE.append(f"undo {self.activity_id} {kwargs}")


@pytest.fixture
def executor(journal: Path) -> ActivityExecutor:
    return ActivityExecutor(journal=journal)


def test_calls_without_a_token_are_each_carried_out(executor: ActivityExecutor) -> None:
    async def main() -> list[Any]:
        return [(await executor.execute_activity(Work(), n=n)).result for n in range(2)]

    assert asyncio.run(main()) == [{"number": 1, "n": 0}, {"number": 2, "n": 1}]
    assert executor.get_status() == {"completed": 2}


def test_calls_at_the_same_time_share_one_outcome(
    executor: ActivityExecutor, journal: Path
) -> None:
    other = ActivityExecutor(journal=journal)

    async def main() -> list[Any]:
        calls = [each.execute_activity(Work(), "t") for each in (executor, other) * 3]
        return await asyncio.gather(*calls)

    results = asyncio.run(main())
    assert DONE == ["work"]
    assert {(r.success, r.idempotency_token) for r in results} == {(True, "t")}
    assert all(r.result == {"number": 1} for r in results)


def test_an_outcome_survives_a_restart(executor: ActivityExecutor, journal: Path) -> None:
    first = asyncio.run(executor.execute_activity(Work(fails=1), "t"))
    again = asyncio.run(ActivityExecutor(journal=journal).execute_activity(Work(), "t"))
    assert first == again
    assert (again.result, again.attempt) == ({"number": 2}, 2)
    assert DONE == ["work", "work"]


def test_a_token_belongs_to_one_activity_and_its_arguments(executor: ActivityExecutor) -> None:
    async def main() -> list[Any]:
        return [
            await executor.execute_activity(Work("a"), "t", n=1),
            await executor.execute_activity(Work("b"), "t", n=1),
            await executor.execute_activity(Work("a"), "t", n=2),
        ]

    first, second, third = asyncio.run(main())
    assert (first.success, second.success, third.success) == (True, True, False)
    assert "other arguments" in str(third.error)
    assert DONE == ["a", "b"]


def test_attempts_are_counted_and_exhaustion_is_a_result(executor: ActivityExecutor) -> None:
    result = asyncio.run(executor.execute_activity(Work(fails=9), "t", max_retries=3))
    assert (result.success, result.error, result.attempt) == (False, "work failed", 3)
    assert result.result is None
    assert len(DONE) == 3
    once = asyncio.run(executor.execute_activity(Work(fails=9), max_retries=1))
    assert (once.success, once.attempt, len(DONE)) == (False, 1, 4)


def test_a_failed_outcome_is_not_kept(executor: ActivityExecutor) -> None:
    async def main() -> list[Any]:
        return [
            await executor.execute_activity(Work(fails=fails), "t", max_retries=1)
            for fails in (1, 0, 1)
        ]

    assert [each.success for each in asyncio.run(main())] == [False, True, True]
    assert len(DONE) == 2


def test_calls_at_the_same_time_after_a_failed_one(
    executor: ActivityExecutor, journal: Path
) -> None:
    other = ActivityExecutor(journal=journal)

    async def main() -> list[Any]:
        await executor.execute_activity(Work(fails=1), "t", max_retries=1)
        calls = [each.execute_activity(Work(), "t") for each in (executor, other) * 3]
        return await asyncio.gather(*calls)

    results = asyncio.run(main())
    assert [r.result for r in results] == [{"number": 2}] * 6
    assert DONE == ["work", "work"]


def test_a_result_that_is_not_json_is_a_failure(executor: ActivityExecutor) -> None:
    class Odd(Work):
        async def execute(self, **kwargs: Any) -> Any:
            return object()

    result = asyncio.run(executor.execute_activity(Odd("odd"), max_retries=1))
    assert result.success is False
    assert "odd" in str(result.error)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_retries": 0}, ValueError),
        ({"max_retries": -1}, ValueError),
        ({"max_retries": True}, ValueError),
        ({"idempotency_token": ""}, ValueError),
        ({"idempotency_token": 7}, ValueError),
        ({"argument": object()}, TypeError),
        ({"activity": "work"}, TypeError),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else value.__name__,
)
def test_bad_calls_are_refused(
    executor: ActivityExecutor, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        asyncio.run(executor.execute_activity(**{"activity": Work(), **options}))
    assert DONE == []


def test_an_activity_needs_both_methods() -> None:
    class Half(Activity):
        async def execute(self, **kwargs: Any) -> Any:
            return None

    with pytest.raises(TypeError, match="compensate"):
        Half("half")  # type: ignore[abstract]


# --- sagas


class Undo(Work):
    async def compensate(self, result: Any = None, **kwargs: Any) -> None:
        DONE.append(f"undo {self.activity_id} of {result['number']}")


def test_a_saga_answers_with_every_result(executor: ActivityExecutor) -> None:
    saga = asyncio.run(executor.execute_saga("s", [(Work("a"), {"n": 1}), (Work("b"), {})]))
    assert saga.success is True
    assert saga.results == [{"number": 1, "n": 1}, {"number": 2}]
    assert saga.compensated == []


def test_a_failing_step_undoes_those_before_it(executor: ActivityExecutor, journal: Path) -> None:
    steps = [(Work("a"), {"n": 1}), (Undo("b"), {}), (Work("c", fails=9), {}), (Work("d"), {})]
    saga = asyncio.run(executor.execute_saga("s", steps, max_retries=2))
    assert (saga.success, saga.error) == (False, "c failed")
    assert saga.compensated == ["b", "a"]
    assert DONE == ["a", "b", "c", "c", "undo b of 2", "undo a {'n': 1}"]
    again = asyncio.run(ActivityExecutor(journal=journal).execute_saga("s", steps))
    assert again == saga
    assert len(DONE) == 6
    assert executor.get_metrics()["sagas_failed"] == 1


def test_a_saga_keeps_its_steps(executor: ActivityExecutor) -> None:
    asyncio.run(executor.execute_saga("s", [(Work("a"), {})]))
    with pytest.raises(ValueError, match="another input"):
        asyncio.run(executor.execute_saga("s", [(Work("a"), {"n": 1})]))
    with pytest.raises(TypeError, match="no step"):
        asyncio.run(executor.execute_saga("t", [Work("a")]))  # type: ignore[list-item]


# --- another process

CHILD = """
import asyncio, os, signal, sys
from tarl.integrations.orchestration_extended import Activity, ActivityExecutor

class Step(Activity):
    async def execute(self, **kwargs):
        with open(sys.argv[2], "a") as file:
            file.write(self.activity_id + "\\n")
        if self.activity_id == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.activity_id
    async def compensate(self, **kwargs):
        pass

async def main():
    executor = ActivityExecutor(journal=sys.argv[1])
    return await executor.execute_saga("s", [(Step(name), {}) for name in "abc"])

saga = asyncio.run(main())
print(saga.results)
"""


@pytest.mark.crash
def test_a_saga_that_was_killed_goes_on_where_it_was(journal: Path, tmp_path: Path) -> None:
    effects = tmp_path / "effects"

    def run(killed_at: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", CHILD, str(journal), str(effects), killed_at]
        return run_forked(command, capture_output=True, text=True, env={**os.environ})

    assert run("b").returncode == -signal.SIGKILL
    done = run("nobody")
    assert json.loads(done.stdout.replace("'", '"')) == ["a", "b", "c"], done.stderr
    assert effects.read_text().split() == ["a", "b", "b", "c"]
