"""A model with instructions and tools: its loop, and everything that a model gets wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.agents import model as models
from tarl.agents.llm import ModelAgent
from tarl.agents.model import Message, ModelRequest, Price, ToolCall
from tarl.agents.models.scripted import Line, ScriptedModel
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.agents.session import Options
from tarl.agents.spending import Budget
from tarl.agents.tool import tool
from tarl.errors import Conflict
from tarl.testing.replaycheck import assert_replays

asked: list[ModelRequest] = []
used: list[Any] = []
agents: list[ModelAgent] = []
options: list[Options] = []


@activity
async def add(a: int, b: int) -> int:
    """Add."""
    used.append((a, b))
    return a + b


@activity
async def breaks() -> None:
    """Fail."""
    raise ValueError("broken")


@workflow
async def thinks(ctx: Context, input: Any) -> Result:
    return await sequential(ctx, agents, input, options=options[-1])


def calls(*wanted: tuple[str, str]) -> Message:
    made = (
        ToolCall(id=f"c{n}", name=name, arguments=given) for n, (name, given) in enumerate(wanted)
    )
    return Message(role="assistant", tool_calls=tuple(made))


def noting(line: Message | str) -> Line:
    def said(request: ModelRequest) -> Message | str:
        asked.append(request)
        return line

    return said


def run(
    tmp_path: Path,
    *lines: Message | str,
    given: Any = "go",
    with_: Options | None = None,
    **how: Any,
) -> Result:
    tmp_path.mkdir(exist_ok=True)
    for record in (asked, used, agents, options):
        record.clear()
    model = ScriptedModel("m", [noting(line) for line in lines], price=how.pop("price", Price()))
    agents.append(ModelAgent("thinker", model, tools=[tool(add), tool(breaks)], **how))
    options.append(with_ or Options())

    async def act() -> Result:
        async with tarl.open(tmp_path / "t.db", workflows=[thinks]) as runtime:
            return await runtime.run(thinks, given, id="it")

    result = asyncio.run(act())
    before = len(asked), len(used)
    assert_replays(thinks, tmp_path / "t.db", run="it/1")
    assert (len(asked), len(used)) == before
    return result


def test_tools_are_used_at_the_same_time_and_their_results_told(tmp_path: Path) -> None:
    wanted = calls(("add", '{"a": 1, "b": 2}'), ("add", '{"a": 3, "b": 4}'))
    result = run(tmp_path, wanted, "ten", instructions="You add.")
    assert (result.status, result.output, result.source) == ("solved", "ten", "scripted")
    assert sorted(used) == [(1, 2), (3, 4)]
    first, second = asked
    assert [m.role for m in first.messages] == ["system", "user"]
    assert [(m.role, m.content, m.tool_call_id) for m in second.messages[3:]] == [
        ("tool", "3", "c0"),
        ("tool", "7", "c1"),
    ]
    assert (result.usage.model_calls, result.usage.tool_calls) == (2, 2)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("add", '{"a": 1', "they are no JSON"),
        ("add", '{"a": "one", "b": 2}', "does not fit its schema"),
        ("launch", "{}", "there is no tool 'launch'; there are: add, breaks"),
        ("breaks", "{}", "broken"),
    ],
)
def test_what_goes_wrong_with_a_tool_is_told_to_the_model(
    tmp_path: Path, name: str, arguments: str, told: str
) -> None:
    result = run(tmp_path, calls((name, arguments)), "sorry")
    assert result.output == "sorry"
    assert asked[1].messages[-1].content.startswith("error: ")
    assert told in asked[1].messages[-1].content
    assert used == []


def test_an_answer_outside_the_schema_is_told_and_asked_again(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    result = run(tmp_path, "no json", '{"n": "x"}', '{"n": 3}', output_schema=schema)
    assert result.output == {"n": 3}
    assert [m.role for m in asked[2].messages] == ["user", "assistant", "user", "assistant", "user"]
    assert asked[0].response_schema == schema


def test_a_model_that_only_asks_for_tools_is_stopped(tmp_path: Path) -> None:
    result = run(tmp_path, calls(("add", '{"a": 1, "b": 2}')), rounds_max=3)
    assert (result.status, len(asked), len(used)) == ("failed", 3, 3)
    assert "agent.rounds" in result.reason


def test_the_budget_is_asked_before_each_call(tmp_path: Path) -> None:
    loops = calls(("add", '{"a": 1, "b": 2}'))
    result = run(tmp_path, loops, with_=Options(budget=Budget(model_calls=2)))
    assert (result.status, len(asked)) == ("stopped", 2)
    assert "2 model_calls" in result.reason
    result = run(tmp_path / "again", loops, with_=Options(budget=Budget(tool_calls=0)))
    assert (result.status, len(asked), used) == ("stopped", 1, [])


def test_money_is_counted_and_bounded(tmp_path: Path) -> None:
    price = Price(input_micro_per_million=1_000_000, output_micro_per_million=1_000_000)
    result = run(tmp_path, "two words", price=price, tokens_max=5)
    assert result.usage.cost_micro == result.usage.tokens > 0
    budget = Options(budget=Budget(cost_micro=5))
    result = run(tmp_path / "again", "two words", price=price, tokens_max=5, with_=budget)
    assert (result.status, asked) == ("stopped", [])


def test_a_prompt_over_the_limit_is_never_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "PROMPT_BYTES_MAX", 2_000)
    result = run(tmp_path, "never", given="x" * 2_000)
    assert (result.status, asked) == ("failed", [])
    assert "model.prompt_too_large" in result.reason


def test_an_input_outside_the_agents_schema_is_refused_before_anybody_is_asked(
    tmp_path: Path,
) -> None:
    result = run(tmp_path, "never", given=3, input_schema={"type": "string"})
    assert (result.status, asked) == ("failed", [])
    assert "schema.mismatch" in result.reason


def test_roles_are_answered_in_their_schemas(tmp_path: Path) -> None:
    agent = ModelAgent("judge", ScriptedModel("m", "x"))
    assert callable(agent.judge_debate)
    with pytest.raises(AttributeError):
        agent.fly_to_the_moon  # noqa: B018


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(Conflict) as refused:
        ModelAgent("a", ScriptedModel("m", "x"), tools=[tool(add), tool(breaks, name="add")])
    assert refused.value.code == "tool.duplicate"
