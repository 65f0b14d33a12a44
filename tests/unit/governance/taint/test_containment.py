"""What still has side effects once something untrusted has entered a run, in a real runtime."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.governance.taint import flows
from tests.unit.kernel.voters import Panel

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.governance.taint.ledger import TaintSettings
from tarl.governance.taint.record import Record
from tarl.governance.taint.rules import Rule
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.conditions import Each, Named, OneOf, Recorded, Text
from tarl.kernel.events import DECODERS
from tarl.kernel.rerun import rerun
from tarl.kernel.shelves import RecordedValues
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

FREE = Text(why="a test")
REFUSED = "taint.action"


@pytest.fixture(autouse=True)
def nothing_done() -> Iterator[None]:
    flows.DONE.clear()
    yield
    flows.DONE.clear()


def settings_of(runtime: Runtime) -> TaintSettings:
    return TaintSettings(runtime.journal, clock=runtime.engine.clock)


def opened(path: Path, **options: Any) -> Any:
    return tarl.open(path / "tarl.db", workflows=flows.FLOWS, synchronous="NORMAL", **options)


def ran(path: Path, workflow: Any, given: Any = None, *rules: Rule, **options: Any) -> Any:
    """What a workflow answers in a runtime with some rules."""
    configured = options.pop("configured", None)

    async def use() -> Any:
        async with opened(path, **options) as runtime:
            for rule in rules:
                settings_of(runtime).allow(rule, by="ops")
            if configured is not None:
                settings_of(runtime).configure(by="ops", **configured)
            return await runtime.run(workflow, given, id="w")

    return asyncio.run(use())


def rule(id: str = "r", **arguments: Any) -> Rule:
    times = arguments.pop("times", None)
    return Rule(id=id, actions=("mail.send",), arguments=arguments, times=times, why="a test")


# --- the mark


def test_what_is_done_before_passes_and_what_is_done_after_does_not(tmp_path: Path) -> None:
    before, length, after = ran(tmp_path, flows.reads_then, "bob")
    assert before == ["sent to bob"]
    assert length == len("page: do as I say")
    assert after[0] == REFUSED
    assert flows.DONE == [("send", "bob", "hello", 1)]


def test_a_call_without_any_argument_is_refused_too(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.wipes) == [REFUSED]


def test_a_failure_lets_in_what_its_message_says(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.fails_first) == [REFUSED]


def test_what_nobody_has_declared_is_watched_and_not_stopped(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.assumes) == ["wiped"]


def test_what_is_assumed_counts_where_the_mode_says_so(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.assumes, taint="deny") == [REFUSED]


def test_a_mark_hardens_when_something_declared_comes_in(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.hardens) == [["wiped"], [REFUSED]]


def test_a_workflow_may_be_for_what_strangers_write(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.mails, "eve")
    assert found[0] == REFUSED


def test_an_input_that_strangers_wrote_is_on_nobodys_record(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.forwards, "eve@evil.example", rule(to=Recorded()))
    assert found[0] == REFUSED


def test_a_replay_comes_to_the_same_mark(tmp_path: Path) -> None:
    marks: list[Any] = []

    async def use() -> None:
        async with opened(tmp_path) as runtime:
            await runtime.run(flows.hardens, id="w")
            shelf = RecordedValues(runtime.journal, "default")
            for until in (3, 6, None):
                rerun(
                    flows.hardens,
                    runtime.journal.read("run/default/w/1"),
                    shelf=shelf,
                    until=until,
                    look=lambda execution: marks.append(execution.watermark.mark),
                )

    asyncio.run(use())
    assert [mark and (mark.source, mark.said) for mark in marks] == [
        ("taint.outside", "assumed"),
        ("taint.outside", "assumed"),
        ("taint.page", "declared"),
    ]


def test_code_may_say_what_it_distrusts(tmp_path: Path) -> None:
    async def use() -> Any:
        async with opened(tmp_path) as runtime:
            handle = await runtime.start(flows.signalled, id="w")
            runtime.signal("w", "form", "eve")
            return await handle.result()

    assert asyncio.run(use())[0] == REFUSED


def test_the_reasons_name_the_argument_the_source_and_the_next_step(tmp_path: Path) -> None:
    async def use() -> Any:
        async with opened(tmp_path) as runtime:
            await runtime.run(flows.reads_then, "bob", id="w")
            events = list(runtime.journal.read("run/default/w/1"))
            denied = next(event for event in events if event.kind == "step.denied/1")
            return denied.body

    reasons = json.loads(asyncio.run(use()))["reasons"]
    assert reasons[0]["facts"]["source"] == "taint.page"
    assert reasons[0]["facts"]["place"] == "w/1 step 2"
    assert "ctx.intend" in reasons[0]["facts"]["next_step"]
    told = {each["facts"]["argument"]: each["facts"]["on_record"] for each in reasons[1:]}
    assert told == {"to": True, "body": False, "copies": False}


def test_what_a_queues_worker_read_is_marked_where_it_was_asked_for(tmp_path: Path) -> None:
    async def use() -> Any:
        async with opened(tmp_path) as runtime:
            queue = AsyncTaskQueue(runtime.journal, "far", clock=runtime.engine.clock, draw_id=str)
            worker = Worker(queue, Handlers([flows.page]), WorkerOptions(name="w"))
            working = asyncio.create_task(worker.run())
            try:
                return await runtime.run(flows.reads_far, id="w")
            finally:
                worker.stop()
                await working

    assert asyncio.run(use()) == [REFUSED]


def test_an_outcome_that_runs_share_by_a_token_marks_each_of_them(tmp_path: Path) -> None:
    async def use() -> Any:
        async with opened(tmp_path) as runtime:
            return [await runtime.run(flows.reads_shared, id=id) for id in ("a", "b")]

    assert asyncio.run(use()) == [[REFUSED], [REFUSED]]


# --- calls that were fixed


def call(to: str = "bob", **more: Any) -> dict[str, Any]:
    return {"to": to, **more}


def test_a_fixed_call_passes_as_often_as_it_was_fixed(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.intends, [call(body="x"), call(copies=2), call()])
    assert found[:2] == [["sent to bob"], ["sent to bob"]]
    assert "taint.used_up" in found[2]


@pytest.mark.parametrize(
    "other", [call("eve"), call(copies=3), call(copies=True), call(body=None), call("bob ")]
)
def test_a_call_that_differs_in_one_argument_is_another(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    (found,) = ran(tmp_path, flows.intends, [other])
    assert "taint.not_as_intended" in found
    assert not flows.DONE


def test_calls_at_the_same_time_use_it_once(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.at_once)
    assert sorted(each[0] for each in found) == ["sent to bob", REFUSED, REFUSED]


def test_nothing_is_fixed_after_the_mark(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="too late"):
        ran(tmp_path, flows.too_late)


def completed(runtime: Runtime) -> list[Any]:
    events = runtime.journal.read("run/default/w/1")
    return [DECODERS[e.kind](e.body or b"") for e in events if e.kind == "step.completed/1"]


@pytest.mark.parametrize("workflow", [flows.waits, flows.uses], ids=["fixed", "rule"])
def test_what_was_used_stays_used_after_a_restart(tmp_path: Path, workflow: Any) -> None:
    async def first() -> None:
        async with opened(tmp_path) as runtime:
            settings_of(runtime).allow(rule(to=OneOf(values=("bob",)), times=1), by="ops")
            if workflow is flows.waits:
                settings_of(runtime).withdraw("r", by="ops")
            await runtime.start(workflow, id="w")
            while not any(e.step == 2 for e in completed(runtime)):
                await asyncio.sleep(0.01)

    async def second() -> Any:
        async with opened(tmp_path) as runtime:
            handle = await runtime.take_up("w")
            runtime.signal("w", "go")
            return await handle.result()

    asyncio.run(first())
    assert asyncio.run(second())[:2] == ["sent to bob", REFUSED]
    assert len(flows.DONE) == 1


def test_what_is_undone_was_fixed_with_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="no"):
        ran(tmp_path, flows.undoes)
    assert flows.DONE == [("book", "room"), ("unbook", "room")]


# --- rules


def test_a_rule_endorses_what_it_says_of_every_argument(tmp_path: Path) -> None:
    mine = rule(to=OneOf(values=("bob",)), body=FREE)
    found = ran(tmp_path, flows.asked, [call(body="x"), call("eve"), call(copies=2)], mine)
    assert found[0] == ["sent to bob"]
    assert "taint.rule_unfit" in found[1]
    assert "taint.rule_unfit" in found[2]  # the rule says nothing of copies: their default alone


GIVEN = {"mail": "carl", "prompt": "Tell (frank@x.org) about it; not eve-lyn."}


def test_a_rule_may_ask_what_was_on_record(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.remembers, GIVEN, rule(to=Recorded()))
    passed = {to for to, said in found.items() if said.startswith("sent")}
    assert passed == {"bob@firm.example", "dana", "carl"}  # a trusted step, the code, the input
    assert found["page: do as I say"] == found["late"] == REFUSED  # what was read, and since then


def test_a_name_in_a_users_words_is_on_record_and_a_part_of_one_is_not(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.remembers, GIVEN, rule(to=Named()))
    passed = {to for to, said in found.items() if said.startswith("sent")}
    assert passed == {"bob@firm.example", "dana", "carl", "frank@x.org"}


def test_a_rule_counts_its_uses_in_a_run(tmp_path: Path) -> None:
    mine = rule(to=OneOf(values=("bob",)), times=2)
    found = ran(tmp_path, flows.asked, [call(), call(), call()], mine)
    assert found[:2] == [["sent to bob"]] * 2
    assert "taint.used_up" in found[2]


def test_a_rule_that_is_withdrawn_counts_no_more(tmp_path: Path) -> None:
    async def use() -> list[Any]:
        async with opened(tmp_path) as runtime:
            settings = settings_of(runtime)
            settings.allow(rule(to=FREE), by="ops")
            first = await runtime.run(flows.asked, [call()], id="a")
            settings.withdraw("r", by="ops")
            return [first, await runtime.run(flows.asked, [call()], id="b")]

    first, second = asyncio.run(use())
    assert first == [["sent to bob"]]
    assert second[0][0] == REFUSED


def test_a_rule_of_another_resource_is_about_something_else(tmp_path: Path) -> None:
    mine = Rule(
        id="r", actions=("mail.*",), resource="mailbox/bob", arguments={"to": FREE}, why="a test"
    )
    found = ran(tmp_path, flows.asked, [call(), call("eve")], mine)
    assert found[0] == ["sent to bob"]
    assert found[1][0] == REFUSED


def test_a_list_is_not_clean_because_its_items_are(tmp_path: Path) -> None:
    each = Each(of=Named(), items_max=2)
    record = Record()
    record.add(["dana", "erin"])
    assert each.admits(["dana", "erin"], record)
    assert not each.admits(["dana", "erin", "dana"], record)
    assert Recorded().admits(["dana", "erin"], record)
    assert not Recorded().admits(["erin", "dana"], record)
    assert not Recorded().admits({"to": "dana"}, record)


# --- modes and people


@pytest.mark.parametrize(("mode", "done"), [("off", 1), ("watch", 1), ("deny", 0)])
def test_the_mode_of_a_tenant_goes_before_the_runtimes(
    tmp_path: Path, mode: str, done: int
) -> None:
    ran(tmp_path, flows.wipes, configured={"mode_word": mode}, taint="deny")
    assert len(flows.DONE) == done


def test_reading_strangers_again_may_count_as_telling_them(tmp_path: Path) -> None:
    found = ran(tmp_path, flows.looks_on, configured={"guards_reads": True})
    assert found[0][0] == REFUSED
    assert found[1] == [{"bob": "bob@firm.example"}]


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_people_approve_exactly_what_they_saw(tmp_path: Path, choice: str) -> None:
    async def use() -> Any:
        async with opened(tmp_path) as runtime:
            panel = Panel("maria", store=runtime.journal)
            settings_of(runtime).configure(by="ops", mode_word="hold", approvers=["maria"])
            handle = await runtime.start(flows.wipes, id="w")
            while not (waiting := list(runtime.journal.scan("approval", {"status": "pending"}))):
                await asyncio.sleep(0.01)
            at_ms = runtime.engine.clock.now_ms()
            id = ApprovalId("default", waiting[0]["id"])
            panel.vote("maria", choice, id=id, at_ms=at_ms)
            runtime.engine.post.deliver("run/default/w/1")
            return await handle.result()

    found = asyncio.run(use())
    assert found == ["wiped"] if choice == "approve" else "taint.approval" in found


def test_nobody_to_ask_is_a_no(tmp_path: Path) -> None:
    assert "taint.nobody_to_ask" in ran(tmp_path, flows.wipes, taint="hold")


# --- children, continuations, forks


def test_a_child_brings_its_mark_unless_its_result_is_endorsed(tmp_path: Path) -> None:
    async def use() -> list[Any]:
        async with opened(tmp_path) as runtime:
            return [await runtime.run(flows.parent, said, id=said) for said in ("yes", "leak")]

    endorsed, leaked = asyncio.run(use())
    assert endorsed[1] == ["wiped"]
    assert leaked[1] == [REFUSED]


def test_a_child_begins_under_its_parents_mark(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.tainted_parent) == [REFUSED]


def test_a_run_that_goes_on_as_another_keeps_the_mark(tmp_path: Path) -> None:
    assert ran(tmp_path, flows.rounds, 0) == [REFUSED]


def test_a_fork_keeps_the_mark(tmp_path: Path) -> None:
    async def use() -> Any:
        async with opened(tmp_path) as runtime:
            await runtime.run(flows.wipes, id="w")
            fork = await runtime.fork("w", at=3, id="f")
            return await fork.result()

    assert asyncio.run(use()) == [REFUSED]
