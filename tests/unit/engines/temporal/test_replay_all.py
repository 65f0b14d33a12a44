"""Histories replayed by processes: what the server is asked, and processes that do not answer."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.temporal import replay_all as module
from tarl.engines.temporal import wire
from tarl.engines.temporal.replay_all import Outcome, Replaying, Wanted, replay_all
from tarl.errors import Conflict, Exceeded, Invalid, NondeterminismError, Unavailable

ANSWERS = """
import os, sys, time
from tarl.engines.temporal.replay_process import read_frame, write_frame, Ready, Told
source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
read_frame(source)
{ready}
while read_frame(source) is not None:
    {answer}
"""
READY = "write_frame(target, Ready())"
DIVERGES = (
    "write_frame(target, Told(kind='NondeterminismError', message='else',"
    " code='replay.diverged', facts=dict(run='r/1', pid=os.getpid())))"
)


class Listing:
    """Answers as a client does, from what is listed; counts what is held at once."""

    service_client = SimpleNamespace(config=SimpleNamespace(target_host="127.0.0.1:7233"))

    def __init__(self, runs: list[str], *, workflow: str = "any", gone: str = "") -> None:
        self.queries: list[str] = []
        self.fetched = 0
        self.told = 0
        self.held_max = 0
        self._runs = runs
        self._workflow = workflow
        self._gone = gone

    async def list_workflows(self, query: str) -> AsyncIterator[Any]:
        self.queries.append(query)
        for run in self._runs:
            yield SimpleNamespace(id=run, run_id=f"x-{run}", workflow_type=self._workflow)

    def get_workflow_handle(self, workflow_id: str, *, run_id: str) -> Any:
        async def fetch_history() -> Any:
            if workflow_id == self._gone:
                raise RPCError("gone", RPCStatusCode.NOT_FOUND, b"")
            if workflow_id == "silent":
                raise RPCError("no", RPCStatusCode.UNAVAILABLE, b"")
            self.fetched += 1
            self.held_max = max(self.held_max, self.fetched - self.told)
            await asyncio.sleep(0)
            return SimpleNamespace(events=[])

        return SimpleNamespace(fetch_history=fetch_history)


def tried(
    listing: Listing,
    *,
    answer: str = DIVERGES,
    ready: str = READY,
    processes: int = 2,
    limit: int = 100,
    **wanted: Any,
) -> list[Outcome]:
    outcomes: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        listing.told += 1
        outcomes.append(outcome)

    how = Replaying(
        command=(sys.executable, "-c", ANSWERS.format(ready=ready, answer=answer)),
        greeting={},
        processes=processes,
    )
    client: Any = listing
    asyncio.run(asyncio.wait_for(replay_all(client, Wanted(limit=limit, **wanted), how, tell), 120))
    return outcomes


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLAY_S_MAX", 2.0)


def test_every_run_has_an_outcome_and_few_histories_are_held() -> None:
    listing = Listing([f"default/r{n}" for n in range(40)])
    outcomes = tried(listing)
    assert sorted(each.found.workflow_id for each in outcomes) == sorted(listing._runs)
    assert {type(each.error) for each in outcomes} == {NondeterminismError}
    assert listing.held_max <= 4
    pids = {each.error.facts["pid"] for each in outcomes if each.error is not None}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_history_that_is_gone_is_the_outcome_of_its_run() -> None:
    outcomes = tried(Listing(["default/a", "default/b"], gone="default/a"))
    codes = {each.found.workflow_id: each.error and each.error.code for each in outcomes}
    assert codes == {"default/a": "temporal.history_gone", "default/b": "replay.diverged"}


def test_a_server_that_falls_silent_ends_it() -> None:
    with pytest.raises(Unavailable) as caught:
        tried(Listing(["default/a", "silent", "default/b"]))
    assert caught.value.code == "temporal.unavailable"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("os._exit(4)", "exit code 4"),
        ("os.kill(os.getpid(), 9)", "killed by signal 9"),
        ("os.write(target.fileno(), b'\\xff' * 8)", "killed"),
        ("os.write(target.fileno(), b'\\x00\\x00\\x00\\x01\\xc1')", "killed"),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_process_that_is_lost_is_started_again(answer: str, said: str) -> None:
    outcomes = tried(Listing(["default/a", "default/b", "default/c"]), answer=answer, processes=1)
    assert len(outcomes) == 3
    for each in outcomes:
        assert isinstance(each.error, Unavailable)
        assert each.error.code == "replay.process"
        assert said in each.error.message or "no answer" in each.error.message


def test_what_comes_after_a_lost_process_is_replayed(tmp_path: Path) -> None:
    died = repr(str(tmp_path / "died"))
    dies_once = f"(open({died}, 'x'), os._exit(4)) if not os.path.exists({died}) else {DIVERGES}"
    outcomes = tried(Listing(["default/a", "default/b"]), answer=dies_once, processes=1)
    codes = {each.found.workflow_id: each.error and each.error.code for each in outcomes}
    assert codes == {"default/a": "replay.process", "default/b": "replay.diverged"}


@pytest.mark.usefixtures("quick")
def test_a_history_that_takes_too_long_is_given_up() -> None:
    outcomes = tried(Listing(["default/a", "default/b"]), answer="time.sleep(60)", processes=2)
    assert [each.error and each.error.message for each in outcomes] == [
        "no answer from the process within 2 s"
    ] * 2


def test_a_process_that_cannot_begin_ends_it() -> None:
    refusal = "write_frame(target, Told(kind='Invalid', message='no', code='code.load'))"
    with pytest.raises(Invalid) as caught:
        tried(Listing(["default/a", "default/b"]), ready=refusal)
    assert caught.value.code == "code.load"
    with pytest.raises(Unavailable) as unready:
        tried(Listing(["default/a"]), ready="os._exit(1)")
    assert unready.value.code == "replay.process"


def test_a_history_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.engines.temporal.replay_process.FRAME_BYTES_MAX", 20)
    outcomes = tried(Listing(["default/a"]), processes=1)
    assert isinstance(outcomes[0].error, Exceeded)
    assert outcomes[0].error.code == "temporal.history_size"


def test_what_is_asked_of_the_server() -> None:
    listing = Listing(["acme/a", "acme-2/b", "default/c", "acme/d", "acme/e"])
    found = tried(
        listing, workflow="ship", status="cancelled", since_ms=1_500, tenant="acme", limit=2
    )
    assert sorted(each.found.workflow_id for each in found) == ["acme/a", "acme/d"]
    assert listing.queries == [
        "WorkflowType = 'ship' AND ExecutionStatus = 'Canceled'"
        " AND StartTime >= '1970-01-01T00:00:01.500Z'"
    ]
    with pytest.raises(Invalid) as caught:
        tried(Listing([]), workflow="it's")
    assert caught.value.code == "temporal.query"


def test_what_starts_scheduled_runs_is_no_run() -> None:
    assert tried(Listing(["default/a"], workflow=wire.SCHEDULED)) == []


def test_an_error_that_is_made_otherwise_travels_as_what_they_all_are() -> None:
    told = "write_frame(target, Told(kind='ActivityFailed', message='no', code='step.failed'))"
    outcomes = tried(Listing(["default/a"]), answer=told, processes=1)
    assert outcomes[0].error is not None
    assert outcomes[0].error.code == "step.failed"
    assert not isinstance(outcomes[0].error, Conflict)


def test_the_program_of_a_process_ends_when_nobody_speaks_to_it(tmp_path: Path) -> None:
    async def use() -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tarl.interfaces.cli.replay_process"),
            stdin=asyncio.subprocess.DEVNULL,
            cwd=tmp_path,
        )
        return await asyncio.wait_for(process.wait(), 60)

    assert asyncio.run(use()) == 0
