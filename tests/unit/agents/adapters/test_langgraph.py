"""Graphs of LangGraph as agents: the real library, with scripted models."""

from __future__ import annotations

import asyncio
import operator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AnyMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Send, interrupt
from tests.unit.agents.adapters.runs import Refusing, asks, model, played, steps, voting

from tarl import Context, workflow
from tarl.agents.adapters.langchain_desk import chat, recorded
from tarl.agents.adapters.langgraph import LangGraphAgent
from tarl.agents.model import ModelRequest
from tarl.agents.patterns.sequential import sequential
from tarl.agents.session import PLAIN, Options
from tarl.agents.spending import Budget
from tarl.errors import NondeterminismError

USED: list[Any] = []
ASKED: list[ModelRequest] = []


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    USED.clear()
    ASKED.clear()


async def turn(ctx: Context, agent: LangGraphAgent, given: Any, options: Options = PLAIN) -> Any:
    result = await sequential(ctx, [agent], given, options=options)
    return [result.status, result.output if result.status == "solved" else result.reason]


class Talk(TypedDict):
    """A conversation."""

    messages: Annotated[list[AnyMessage], add_messages]


@tool
def price(of: str) -> int:
    """What a thing costs."""
    USED.append(of)
    return {"tea": 3, "milk": 2}[of]


PRICE = recorded(price)
TEA, MILK = ("price", '{"of":"tea"}'), ("price", '{"of":"milk"}')


def clerk_of(*lines: Any) -> Any:
    """The usual loop of a model and its tools, as LangGraph's own parts make it."""
    asked = chat(model(ASKED, *lines)).bind_tools([PRICE])

    async def think(state: Talk) -> Any:
        return {"messages": [await asked.ainvoke(state["messages"])]}

    graph = StateGraph(Talk)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode([PRICE]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile(name="clerk")


CLERK = LangGraphAgent(clerk_of(asks(TEA, MILK), asks(TEA), "8 in all"), inline=True)


@workflow
async def ask_clerk(ctx: Context, what: str) -> Any:
    return await turn(ctx, CLERK, what)


def test_inside_the_run_each_model_call_and_each_tool_call_is_a_step(tmp_path: Path) -> None:
    assert played(ask_clerk, "tea and milk", tmp_path) == ["solved", "8 in all"]
    assert steps(tmp_path) == [
        "model.tiny",
        "tool.price",
        "tool.price",
        "model.tiny",
        "tool.price",
        "model.tiny",
    ]
    assert USED == ["tea", "milk", "tea"]
    assert [message.role for message in ASKED[1].messages] == ["user", "assistant", "tool", "tool"]
    assert [message.content for message in ASKED[1].messages[2:]] == ["3", "2"]
    assert ASKED[0].tools[0].name == "price"


def test_a_tool_that_is_denied_is_told_to_the_model(tmp_path: Path) -> None:
    answer = played(ask_clerk, "tea", tmp_path, gate=Refusing("tool.price"))
    assert answer == ["solved", "8 in all"]
    assert USED == []
    assert "not for tests" in ASKED[1].messages[-1].content


@workflow
async def on_a_budget(ctx: Context) -> Any:
    return await turn(ctx, CLERK, "tea", Options(budget=Budget(tool_calls=2)))


def test_a_spent_budget_ends_the_turn(tmp_path: Path) -> None:
    status, reason = played(on_a_budget, None, tmp_path)
    assert status == "stopped"
    assert "2 tool_calls" in reason
    assert USED == ["tea", "milk"]


WRONG = LangGraphAgent(clerk_of(asks(("price", '{"of": ')), "sorry"), inline=True)


@workflow
async def ask_wrong(ctx: Context) -> Any:
    return await turn(ctx, WRONG, "tea")


def test_arguments_that_are_no_json_are_not_used(tmp_path: Path) -> None:
    assert played(ask_wrong, None, tmp_path)[0] == "solved"
    assert USED == []


class Sums(TypedDict):
    """What nodes add up."""

    parts: Annotated[list[Any], operator.add]


def fan(state: Sums) -> Any:
    """A plain function that sends work to as many nodes as it likes."""
    return [Send("double", {"parts": [part]}) for part in state["parts"]]


def double(state: Sums) -> Any:
    """A plain node, which LangGraph would run in a thread."""
    return {"parts": [2 * state["parts"][0]]}


def consent(state: Sums) -> Any:
    return {"parts": [["asked", interrupt({"so far": state["parts"]})]]}


def many() -> Any:
    graph = StateGraph(Sums)
    graph.add_node("double", double)
    graph.add_node("one", consent)
    graph.add_node("other", consent)
    graph.add_conditional_edges(START, fan, ["double"])
    graph.add_edge("double", "one")
    graph.add_edge("double", "other")
    graph.add_edge(["one", "other"], END)
    return graph.compile(name="many")


MANY = LangGraphAgent(many(), inline=True, approvers=["alice"], answered=lambda s: s["parts"])


@workflow
async def ask_many(ctx: Context) -> Any:
    return await turn(ctx, MANY, {"parts": [1, 2, 3]})


@pytest.mark.parametrize(("choice", "is_approved"), [("approve", True), ("reject", False)])
def test_interrupts_wait_for_people(choice: Any, is_approved: bool, tmp_path: Path) -> None:
    answer = played(ask_many, None, tmp_path, beside=voting("alice", choice, times=2))
    asked = ["asked", is_approved]
    assert answer == ["solved", [1, 2, 3, 2, 4, 6, asked, asked]]


NOBODY = LangGraphAgent(many(), inline=True)
ONE_STEP = LangGraphAgent(many(), answered=lambda state: state["parts"])


@workflow
async def ask_nobody(ctx: Context) -> Any:
    return await turn(ctx, NOBODY, {"parts": [1]})


@workflow
async def ask_one_step(ctx: Context) -> Any:
    return await turn(
        ctx, LangGraphAgent(many().copy({"checkpointer": InMemorySaver()})), {"parts": [1]}
    )


@pytest.mark.parametrize("body", [ask_nobody, ask_one_step])
def test_an_interrupt_that_nobody_may_answer_fails_the_turn(body: Any, tmp_path: Path) -> None:
    status, reason = played(body, None, tmp_path)
    assert status == "failed"
    assert "nobody may answer" in reason


def reads(state: Sums) -> Any:
    return {"parts": [Path(__file__).read_text()[:3]]}


def reader() -> Any:
    graph = StateGraph(Sums)
    graph.add_node("reads", reads)
    graph.add_edge(START, "reads")
    return graph.compile(name="reader")


READER = LangGraphAgent(reader(), answered=lambda state: state["parts"])
CONFINED = LangGraphAgent(reader(), id="confined", inline=True)


@workflow
async def ask_reader(ctx: Context) -> Any:
    return await turn(ctx, READER, {"parts": []})


@workflow
async def ask_confined(ctx: Context) -> Any:
    return await turn(ctx, CONFINED, {"parts": []})


def test_as_one_step_a_graph_may_do_what_any_activity_may(tmp_path: Path) -> None:
    assert played(ask_reader, None, tmp_path) == ["solved", ['"""']]
    assert steps(tmp_path) == ["agent.reader.run"]


def test_inside_the_run_it_may_not(tmp_path: Path) -> None:
    with pytest.raises(NondeterminismError, match="open"):
        played(ask_confined, None, tmp_path)


def endless() -> Any:
    async def again(state: Sums) -> Any:
        await asyncio.sleep(0)
        return {"parts": [1]}

    graph = StateGraph(Sums)
    graph.add_node("again", again)
    graph.add_edge(START, "again")
    graph.add_edge("again", "again")
    return graph.compile(name="endless")


ENDLESS = LangGraphAgent(endless(), inline=True, steps_max=5)


@workflow
async def ask_endless(ctx: Context) -> Any:
    return await turn(ctx, ENDLESS, {"parts": []})


def test_a_graph_without_an_end_is_stopped(tmp_path: Path) -> None:
    status, reason = played(ask_endless, None, tmp_path)
    assert status == "failed"
    assert "GraphRecursionError" in reason
