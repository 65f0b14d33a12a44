"""Signals, queries, and votes that are signed and final."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock

from tarl import workflow
from tarl.integrations.orchestration_extended import HumanInTheLoopManager
from tarl.stack import open_runtime


@pytest.fixture
def open_hitl(journal: Path, clock: HandClock) -> Callable[[], HumanInTheLoopManager]:
    return lambda: HumanInTheLoopManager(journal=journal, clock=clock)


@pytest.fixture
def hitl(open_hitl: Callable[[], HumanInTheLoopManager]) -> HumanInTheLoopManager:
    return open_hitl()


# --- approvals


def test_all_must_approve(
    hitl: HumanInTheLoopManager, open_hitl: Callable[[], HumanInTheLoopManager]
) -> None:
    id = hitl.request_approval("wf", "Deploy", ["alice", "bob"], {"version": "1"})
    assert hitl.approve(id, "alice", rationale="tests pass") is True
    assert (hitl.is_approved(id), hitl.get_approval_request(id).status) == (False, "pending")
    assert open_hitl().approve(id, "bob") is True
    request = open_hitl().get_approval_request(id)
    assert (request.status, request.approvals) == ("approved", ["alice", "bob"])
    assert (request.workflow_id, request.context) == ("wf", {"version": "1"})
    assert [vote["reason"] for vote in request.votes] == ["tests pass", ""]
    assert open_hitl().is_approved(id) is True


def test_strangers_decide_nothing(hitl: HumanInTheLoopManager) -> None:
    id = hitl.request_approval("wf", "Deploy", ["alice"], {})
    assert hitl.approve(id, "charlie") is False
    assert hitl.reject(id, "charlie") is False
    assert hitl.get_approval_request(id).status == "pending"
    with hitl.place.store() as store:
        assert list(store.streams("principal/")) == []  # nobody made a key for a stranger


def test_a_rejection_stays(hitl: HumanInTheLoopManager) -> None:
    id = hitl.request_approval("wf", "Deploy", ["alice", "bob"], {})
    assert hitl.reject(id, "alice", "not today") is True
    assert hitl.approve(id, "alice") is False
    assert hitl.approve(id, "bob") is False
    assert hitl.get_approval_request(id).status == "rejected"
    assert hitl.is_approved(id) is False


def test_an_approval_stays(hitl: HumanInTheLoopManager) -> None:
    id = hitl.request_approval("wf", "Deploy", ["alice"], {})
    assert hitl.approve(id, "alice") is True
    assert hitl.approve(id, "alice") is True  # the same vote again
    assert hitl.reject(id, "alice") is False
    assert hitl.is_approved(id) is True
    assert len(hitl.get_approval_request(id).votes) == 1


def test_some_may_be_enough(hitl: HumanInTheLoopManager) -> None:
    id = hitl.request_approval("wf", "Deploy", ["a", "b", "c"], needed=2)
    hitl.approve(id, "a")
    hitl.approve(id, "c")
    assert hitl.is_approved(id) is True


def test_a_request_expires(hitl: HumanInTheLoopManager, clock: HandClock) -> None:
    id = hitl.request_approval("wf", "Deploy", ["alice"], expires_in=60)
    clock.forward(61)
    assert hitl.approve(id, "alice") is False
    assert hitl.get_approval_request(id).status == "expired"
    assert hitl.get_metrics()["expired"] == 1


def test_unknown_requests(hitl: HumanInTheLoopManager) -> None:
    assert hitl.approve("nothing", "alice") is False
    assert hitl.reject("nothing", "alice") is False
    assert hitl.is_approved("nothing") is False
    with pytest.raises(KeyError):
        hitl.get_approval_request("nothing")


@pytest.mark.parametrize(
    "approvers", [[], ["alice", "alice"], [""], "alice"], ids=["none", "twice", "empty", "text"]
)
def test_nobody_could_decide_these(hitl: HumanInTheLoopManager, approvers: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (every message differs)
        hitl.request_approval("wf", "Deploy", approvers, {})
    assert hitl.get_approval_requests() == []


def test_a_context_must_be_json(hitl: HumanInTheLoopManager) -> None:
    with pytest.raises(TypeError):
        hitl.request_approval("wf", "Deploy", ["alice"], {"x": object()})


# --- signals and queries


def test_signals_are_kept_in_order(
    hitl: HumanInTheLoopManager, open_hitl: Callable[[], HumanInTheLoopManager], clock: HandClock
) -> None:
    ids = [hitl.send_signal("wf", kind, {"n": n}) for n, kind in enumerate(["a", "b", "a"])]
    hitl.send_signal("wf/other", "a", None)
    found = open_hitl().get_signals("wf")
    assert [(s.signal_id, s.payload["n"]) for s in found] == list(zip(ids, range(3), strict=True))
    assert [s.payload["n"] for s in hitl.get_signals("wf", "a")] == [0, 2]
    assert found[0].sent_at == clock.ms // 1000
    assert hitl.get_status() == {"signals": 4, "approvals": 0}


def test_bad_signals_are_refused(hitl: HumanInTheLoopManager) -> None:
    refused: list[Callable[[], Any]] = [
        lambda: hitl.send_signal("", "a"),
        lambda: hitl.send_signal("wf", ""),
        lambda: hitl.send_signal("wf", "a", {1, 2}),
        lambda: hitl.send_signal("wf", "a", "x" * 40_000),
    ]
    for call in refused:
        with pytest.raises(ValueError):  # noqa: PT011 (every message differs)
            call()
    assert hitl.get_status()["signals"] == 0


@workflow
async def waits_for_a_word(ctx: Any) -> Any:
    ctx.on_query("mood", lambda: "waiting")
    return await ctx.wait_for_signal("word")


def test_a_running_workflow_hears_it_and_answers(journal: Path) -> None:
    hitl = HumanInTheLoopManager(journal=journal)

    async def main() -> Any:
        async with open_runtime(journal) as runtime:
            handle = await runtime.start(waits_for_a_word, id="w")
            runtime.engine.committer.flush()
            assert hitl.query("w", "status")["status"] == "running"
            assert hitl.query("w", "mood") == "waiting"
            hitl.send_signal("w", "word", {"said": "go"})
            async with asyncio.timeout(20):
                return await handle.result()

    assert asyncio.run(main()) == {"said": "go"}
    assert hitl.query("w", "status")["status"] == "completed"
    assert [s.signal_type for s in hitl.get_signals("w")] == ["word"]


def test_functions_answer_queries(hitl: HumanInTheLoopManager) -> None:
    hitl.register_query("sum", lambda query: sum(query.parameters["of"]))
    assert hitl.query("wf", "sum", {"of": [1, 2]}) == 3
    hitl.send_signal("wf", "pause")
    [signal] = hitl.query("wf", "signals")
    assert signal["signal_type"] == "pause"
    id = hitl.request_approval("wf", "Deploy", ["alice"])
    assert [each["request_id"] for each in hitl.query("wf", "approvals")] == [id]
    with pytest.raises(KeyError, match="nobody answers"):
        hitl.query("wf", "mood")
    with pytest.raises(TypeError):
        hitl.query("wf", "sum", {"of": object()})
