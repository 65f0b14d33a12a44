"""LangGraph's checkpoints in the journal: its own conformance suite, and what a journal adds."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

import tarl
from tarl import Context, workflow
from tarl.agents.adapters import threads
from tarl.agents.adapters.langgraph import LangGraphAgent
from tarl.agents.adapters.langgraph_saver import INLINE_BYTES_MAX, JournalSaver
from tarl.agents.patterns.sequential import sequential
from tarl.crypto.keys import Keyring
from tarl.errors import Invalid
from tarl.journal.store import Store
from tarl.kernel.history import verified
from tarl.storage import open_store

DONE: list[str] = []


class Sums(TypedDict):
    """What nodes add up."""

    parts: Annotated[list[Any], operator.add]


def first(state: Sums) -> Any:
    DONE.append("first")
    return {"parts": ["first" * 2_000]}


def second(state: Sums) -> Any:
    answer = interrupt("go on?")
    DONE.append("second")
    return {"parts": [answer]}


def graph(saver: JournalSaver) -> Any:
    builder = StateGraph(Sums)
    builder.add_node("first", first)
    builder.add_node("second", second)
    builder.add_edge(START, "first")
    builder.add_edge("first", "second")
    builder.add_edge("second", END)
    return builder.compile(checkpointer=saver)


def config(thread: str = "t", **more: Any) -> Any:
    return {"configurable": {"thread_id": thread, **more}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    DONE.clear()
    opened = open_store(tmp_path / "t.db")
    yield opened
    opened.close()


def saver_on(store: Store) -> JournalSaver:
    return JournalSaver(store, now_ms=lambda: 1_000)


def test_langgraph_s_conformance_suite(tmp_path: Path) -> None:
    suite = pytest.importorskip("langgraph.checkpoint.conformance")
    made = 0

    @suite.checkpointer_test(name="JournalSaver")
    async def saver() -> AsyncIterator[JournalSaver]:
        nonlocal made
        made += 1
        store = open_store(tmp_path / f"{made}.db")
        yield saver_on(store)
        store.close()

    report = asyncio.run(suite.validate(saver))
    failures = {name: result.failures for name, result in report.results.items()}
    passed = {name: result.passed for name, result in report.results.items()}
    assert passed == {
        "put": True,
        "put_writes": True,
        "get_tuple": True,
        "list": True,
        "delete_thread": True,
        "delete_for_runs": True,
        "copy_thread": True,
        "prune": None,
    }, failures
    assert sum(result.tests_passed for result in report.results.values()) >= 60


def test_a_graph_goes_on_in_another_process_s_store(tmp_path: Path, store: Store) -> None:
    asked = graph(saver_on(store)).invoke({"parts": []}, config(), durability="sync")
    assert [each.value for each in asked["__interrupt__"]] == ["go on?"]
    other = open_store(tmp_path / "t.db")
    try:
        result = graph(saver_on(other)).invoke(Command(resume="yes"), config(), durability="sync")
    finally:
        other.close()
    assert result["parts"] == ["first" * 2_000, "yes"]
    assert DONE == ["first", "second"]


def test_the_same_for_an_event_loop(store: Store) -> None:
    async def work() -> Any:
        compiled = graph(saver_on(store))
        await compiled.ainvoke({"parts": []}, config())
        await compiled.ainvoke(Command(resume="yes"), config())
        history = [state async for state in compiled.aget_state_history(config())]
        return (await compiled.aget_state(config())).values["parts"][1:], len(history)

    assert asyncio.run(work()) == (["yes"], 4)


def test_every_event_is_chained_and_large_values_lie_in_blobs(store: Store) -> None:
    graph(saver_on(store)).invoke({"parts": []}, config(), durability="sync")
    events = list(verified("thread/default/t", store.read("thread/default/t")))
    assert {event.kind for event in events} == {threads.CHECKPOINT_PUT, threads.WRITES_PUT}
    assert all(len(event.body or b"") < 3 * INLINE_BYTES_MAX for event in events)
    assert any(b'"blob"' in (event.body or b"") for event in events)


def test_the_same_steps_put_the_same_versions(tmp_path: Path) -> None:
    def versions(name: str) -> Any:
        opened = open_store(tmp_path / name)
        try:
            compiled = graph(saver_on(opened))
            compiled.invoke({"parts": []}, config(), durability="sync")
            return [state.metadata for state in compiled.get_state_history(config())], [
                item.checkpoint["channel_versions"] for item in saver_on(opened).list(config())
            ]
        finally:
            opened.close()

    assert versions("a.db") == versions("b.db")


def test_a_fork_has_its_own_values(store: Store) -> None:
    compiled = graph(saver_on(store))
    compiled.invoke({"parts": []}, config(), durability="sync")
    past = next(s for s in compiled.get_state_history(config()) if s.next == ("first",))
    forked = compiled.update_state(past.config, {"parts": ["other"]}, as_node="first")
    compiled.invoke(None, forked, durability="sync")
    assert compiled.get_state(config()).values["parts"] == ["other"]
    assert [s.values["parts"] for s in compiled.get_state_history(config())].count(
        ["first" * 2_000]
    ) == 1


def test_what_is_deleted_is_hidden_and_stays_proved(store: Store) -> None:
    saver = saver_on(store)
    graph(saver).invoke({"parts": []}, config(), durability="sync")
    before = store.head("thread/default/t")
    saver.delete_thread("t")
    assert saver.get_tuple(config()) is None
    assert list(saver.list(config())) == []
    head = store.head("thread/default/t")
    assert before is not None
    assert head is not None
    assert head.seq == before.seq + 1
    graph(saver).invoke({"parts": []}, config(), durability="sync")
    assert saver_on(store).get_tuple(config()) is not None


def test_a_thread_is_sealed_with_its_tenant_s_key_and_gone_with_it(tmp_path: Path) -> None:
    keyring = Keyring()
    keyring.make_tenant_key("acme")
    sealed = open_store(tmp_path / "t.db", keyring=keyring, sealed=True)
    try:
        saver = JournalSaver(sealed, now_ms=lambda: 1_000, tenant="acme")
        graph(saver).invoke({"parts": []}, config(), durability="sync")
        assert b"firstfirst" not in (tmp_path / "t.db").read_bytes()
        keyring.destroy_tenant_key("acme")
        again = JournalSaver(sealed, now_ms=lambda: 1_000, tenant="acme")
        assert again.get_tuple(config()) is None
    finally:
        sealed.close()


def test_two_savers_write_to_one_thread(tmp_path: Path, store: Store) -> None:
    other = open_store(tmp_path / "t.db")
    try:
        compiled, beside = graph(saver_on(store)), graph(saver_on(other))
        compiled.invoke({"parts": []}, config(), durability="sync")
        beside.update_state(config(), {"parts": ["beside"]})
        compiled.update_state(config(), {"parts": ["mine"]})
        assert beside.get_state(config()).values["parts"][1:] == ["beside", "mine"]
    finally:
        other.close()


def test_a_graph_without_a_thread(store: Store) -> None:
    with pytest.raises(Invalid) as caught:
        saver_on(store).get_tuple({"configurable": {}})
    assert caught.value.code == "langgraph.thread"


def test_of_a_task_s_writes_the_first_count_and_of_notes_about_it_the_last(store: Store) -> None:
    saver = saver_on(store)
    graph(saver).invoke({"parts": []}, config(), durability="sync")
    newest = saver.get_tuple(config())
    assert newest is not None
    for value in ("one", "two"):
        saver.put_writes(newest.config, [("parts", value), ("__error__", value)], "task-x")
    written = saver_on(store).get_tuple(config())
    assert written is not None
    mine = [write for write in written.pending_writes or () if write[0] == "task-x"]
    assert sorted(mine) == [("task-x", "__error__", "two"), ("task-x", "parts", "one")]


def test_writes_come_in_the_order_of_their_tasks_paths(store: Store) -> None:
    saver = saver_on(store)
    graph(saver).invoke({"parts": []}, config(), durability="sync")
    newest = saver.get_tuple(config())
    assert newest is not None
    saver.put_writes(newest.config, [("parts", 1), ("parts", 2)], "task-a", "~pull, 2")
    saver.put_writes(newest.config, [("parts", 3)], "task-b", "~pull, 1")
    saver.put_writes(newest.config, [("parts", 4)], "task-0", "~pull, 2")
    written = saver_on(store).get_tuple(config())
    assert written is not None
    values = [value for _, channel, value in written.pending_writes or () if channel == "parts"]
    assert values == [3, 4, 1, 2]


# --- a graph as one step, with checkpoints

GATE: dict[str, asyncio.Event] = {}
AGENT: dict[str, LangGraphAgent] = {}


async def prepare(state: Sums) -> Any:
    DONE.append("prepare")
    return {"parts": ["prepared"]}


async def finish(state: Sums) -> Any:
    DONE.append("finish")
    GATE["begun"].set()
    await GATE["open"].wait()
    return {"parts": ["finished"]}


def two_nodes(saver: JournalSaver) -> Any:
    builder = StateGraph(Sums)
    builder.add_node("prepare", prepare)
    builder.add_node("finish", finish)
    builder.add_edge(START, "prepare")
    builder.add_edge("prepare", "finish")
    return builder.compile(checkpointer=saver, name="two")


@workflow(name="langgraphtest.two")
async def ask_two(ctx: Context) -> Any:
    result = await sequential(ctx, [AGENT["it"]], {"parts": []})
    return [result.status, result.output]


def test_a_step_that_was_cut_off_goes_on_at_the_graph_s_checkpoint(
    tmp_path: Path, store: Store
) -> None:
    AGENT["it"] = LangGraphAgent(two_nodes(saver_on(store)), answered=lambda s: s["parts"])

    async def begin() -> None:
        GATE.update(begun=asyncio.Event(), open=asyncio.Event())
        async with tarl.open(tmp_path / "runs.db") as runtime:
            await runtime.start(ask_two, id="r")
            await GATE["begun"].wait()

    async def go_on() -> Any:
        GATE.update(begun=asyncio.Event(), open=asyncio.Event())
        GATE["open"].set()
        async with tarl.open(tmp_path / "runs.db", workflows=[ask_two]) as runtime:
            return await runtime.resume("r")

    asyncio.run(begin())
    assert DONE == ["prepare", "finish"]
    assert asyncio.run(go_on()) == ["solved", ["prepared", "finished"]]
    assert DONE == ["prepare", "finish", "finish"]
