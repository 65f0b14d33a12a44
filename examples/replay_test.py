"""A test to keep beside a workflow: the code still does what it did when it was recorded.

``recorded`` makes a recording with a clock that jumps, so that the workflow's sleep costs no time.
In a project the journal would be a file in the tree, recorded once with the code in production.

    pytest replay_test.py
"""

from pathlib import Path

import pytest
from prices import Price, Task, cheapest_window, prices, read_prices

import tarl
from tarl import Context, NondeterminismError, workflow
from tarl.testing.clock import JumpingClock, run
from tarl.testing.replaycheck import assert_replays

CSV = Path(__file__).with_name("prices.csv")


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal with one run, in a directory of its own."""
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    clock = JumpingClock()

    async def record() -> None:
        async with tarl.open("prices.db", clock=clock) as runtime:
            await runtime.run(prices, Task(str(CSV), 3), id="prices")

    run(record(), clock=clock)
    return tmp_path / "prices.db"


def test_the_code_still_replays(recorded: Path) -> None:
    replayed = assert_replays(prices, recorded, run="prices/1")

    assert replayed.status == "completed"
    assert replayed.result["plan"] == "plan.txt"


def test_a_window_is_contiguous() -> None:
    """Activities are functions: called directly, they run unrecorded."""
    day = [Price(str(hour), price) for hour, price in enumerate([5.0, 1.0, 9.0, 2.0, 3.0])]

    assert [price.start for price in cheapest_window(day, 2)] == ["3", "4"]


@workflow(name="prices")
async def without_sleep(ctx: Context, task: Task) -> dict[str, str]:
    """The workflow as somebody might shorten it: no sleep before the plan."""
    day = await ctx.call(read_prices, task.path)
    await ctx.call(cheapest_window, day, task.hours)
    return {}


def test_a_shortened_workflow_is_refused(recorded: Path) -> None:
    with pytest.raises(NondeterminismError, match="timer"):
        assert_replays(without_sleep, recorded, run="prices/1")
