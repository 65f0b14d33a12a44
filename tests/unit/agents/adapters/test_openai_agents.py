"""Agents of the OpenAI Agents SDK inside runs: the real library, with scripted models."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    ModelProvider,
    ModelSettings,
    OpenAIChatCompletionsModel,
    ShellTool,
    WebSearchTool,
    function_tool,
    handoff,
    input_guardrail,
)
from agents.mcp import MCPServerStdio
from openai import AsyncOpenAI
from pydantic import BaseModel
from tests.unit.agents.adapters.runs import Refusing, asks, model, played, steps, voting

from tarl import Context, workflow
from tarl.agents.adapters.openai_agents import OpenAIAgent
from tarl.agents.model import ModelRequest, Price
from tarl.agents.models.stub import StubServer
from tarl.agents.patterns.sequential import sequential
from tarl.agents.session import PLAIN, Options
from tarl.agents.spending import Budget
from tarl.errors import Invalid, NondeterminismError, RunFailed

USED: list[Any] = []
ASKED: list[ModelRequest] = []


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    USED.clear()
    ASKED.clear()


@function_tool
async def price(of: str) -> int:
    """What a thing costs."""
    USED.append(("price", of))
    return {"tea": 3, "milk": 2}[of]


@function_tool
def weigh(of: str) -> str:
    """What a thing weighs; a plain function, which the SDK runs in a thread."""
    USED.append(("weigh", threading.current_thread() is threading.main_thread()))
    return "100 g"


@function_tool(needs_approval=True)
async def buy(of: str) -> str:
    """Buy a thing."""
    USED.append(("buy", of))
    return "bought"


class Total(BaseModel):
    """A typed answer."""

    total: int


async def turn(ctx: Context, agent: OpenAIAgent, given: Any, options: Options = PLAIN) -> Any:
    result = await sequential(ctx, [agent], given, options=options)
    return [result.status, result.output if result.status == "solved" else result.reason]


TEA = ("price", '{"of":"tea"}')
CLERK = OpenAIAgent(
    Agent(name="clerk", instructions="Be brief.", tools=[price, weigh]),
    model=model(ASKED, asks(TEA, ("weigh", '{"of":"tea"}')), "3 for 100 g"),
)


@workflow
async def ask_clerk(ctx: Context, what: str) -> Any:
    result = await sequential(ctx, [CLERK], what)
    return [result.status, result.output, result.usage.model_calls, result.source]


def test_each_model_call_and_each_tool_call_is_a_step_of_its_own(tmp_path: Path) -> None:
    answer = played(ask_clerk, "What is tea?", tmp_path)
    assert answer == ["solved", "3 for 100 g", 2, "scripted"]
    assert steps(tmp_path) == ["model.tiny", "tool.price", "tool.weigh", "model.tiny"]
    assert USED == [("price", "tea"), ("weigh", False)]
    first, second = ASKED
    assert [message.role for message in first.messages] == ["system", "user"]
    assert first.messages[0].content == "Be brief."
    assert [tool.name for tool in first.tools] == ["price", "weigh"]
    assert first.tools[0].parameters["required"] == ["of"]
    assert [message.role for message in second.messages[2:]] == ["assistant", "tool", "tool"]
    assert [message.content for message in second.messages[3:]] == ["3", "100 g"]


def test_a_tool_that_is_denied_is_told_to_the_model(tmp_path: Path) -> None:
    answer = played(ask_clerk, "What is tea?", tmp_path, gate=Refusing("tool.price"))
    assert answer[0] == "solved"
    assert USED == [("weigh", False)]
    assert "not for tests" in ASKED[1].messages[3].content


def test_a_model_that_may_not_be_asked_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="Denied"):
        played(ask_clerk, "What is tea?", tmp_path, gate=Refusing("model.tiny"))
    assert ASKED == []


@workflow
async def within_a_budget(ctx: Context, calls: int) -> Any:
    return await turn(ctx, CLERK, "tea?", Options(budget=Budget(model_calls=calls)))


def test_a_spent_budget_ends_the_turn_before_the_call(tmp_path: Path) -> None:
    status, reason = played(within_a_budget, 1, tmp_path)
    assert status == "stopped"
    assert "1 model_calls" in reason
    assert len(ASKED) == 1


BUYER = OpenAIAgent(
    Agent(name="buyer", tools=[buy]),
    model=model(ASKED, asks(("buy", '{"of":"tea"}'), ("buy", '{"of":"milk"}')), "done"),
    approvers=["alice"],
)


@workflow
async def ask_buyer(ctx: Context) -> Any:
    return await turn(ctx, BUYER, "buy tea and milk")


def test_people_approve_what_needs_it(tmp_path: Path) -> None:
    answer = played(ask_buyer, None, tmp_path, beside=voting("alice", "approve", times=2))
    assert answer == ["solved", "done"]
    assert USED == [("buy", "tea"), ("buy", "milk")]
    assert steps(tmp_path) == ["model.tiny", "tool.buy", "tool.buy", "model.tiny"]


def test_what_people_reject_is_not_done(tmp_path: Path) -> None:
    answer = played(ask_buyer, None, tmp_path, beside=voting("alice", "reject", times=2))
    assert answer == ["solved", "done"]
    assert USED == []
    assert "not approved" in ASKED[1].messages[-1].content


NOBODY = OpenAIAgent(
    Agent(name="nobody", tools=[buy]), model=model(ASKED, asks(("buy", '{"of":"tea"}')), "done")
)


@workflow
async def ask_nobody(ctx: Context) -> Any:
    return await turn(ctx, NOBODY, "buy tea")


def test_without_anybody_to_approve_it_is_not_done(tmp_path: Path) -> None:
    status, reason = played(ask_nobody, None, tmp_path)
    assert status == "failed"
    assert "adapter.approvers" in reason
    assert USED == []


ADDER = Agent(name="adder", tools=[price], output_type=Total)
GREETER = Agent(name="greeter", handoffs=[ADDER])
ADDER.handoffs = [handoff(GREETER)]
PAIR = OpenAIAgent(
    GREETER,
    models={
        "greeter": model(ASKED, asks(("transfer_to_adder", "{}")), "never", name="polite"),
        "adder": model(ASKED, "never", asks(TEA), '{"total": 3}', name="exact"),
    },
)


@workflow
async def ask_pair(ctx: Context) -> Any:
    return await turn(ctx, PAIR, {"things": ["tea"]})


def test_agents_that_are_handed_off_to_are_recorded_too(tmp_path: Path) -> None:
    assert played(ask_pair, None, tmp_path) == ["solved", {"total": 3}]
    assert steps(tmp_path) == ["model.polite", "model.exact", "tool.price", "model.exact"]
    assert ASKED[0].messages[0].content == '{"things":["tea"]}'
    assert ASKED[1].response_schema is not None
    assert [tool.name for tool in ASKED[1].tools] == ["price", "transfer_to_greeter"]


@function_tool(timeout=0.05)
async def hang() -> str:
    """Never answers."""
    import asyncio

    await asyncio.Event().wait()
    return "never"


@function_tool
async def stumble() -> str:
    """Raises."""
    raise ValueError("a stone")


TROUBLED = OpenAIAgent(
    Agent(name="troubled", tools=[hang, stumble]),
    model=model(ASKED, asks(("hang", "{}"), ("stumble", "{}")), "so be it"),
)


@workflow
async def ask_troubled(ctx: Context) -> Any:
    return await turn(ctx, TROUBLED, "go")


def test_a_tool_that_hangs_and_one_that_raises(tmp_path: Path) -> None:
    assert played(ask_troubled, None, tmp_path) == ["solved", "so be it"]
    assert steps(tmp_path) == ["model.tiny", "tool.hang", "tool.stumble", "model.tiny"]
    late, stone = (message.content for message in ASKED[1].messages[-2:])
    assert "error" in late
    assert "An error occurred while running the tool" in stone


ENDLESS = OpenAIAgent(
    Agent(name="endless", tools=[price], model_settings=ModelSettings(temperature=0.5)),
    model=model(ASKED, asks(TEA), asks(("price", '{"of":"milk"}')), asks(TEA), "never"),
    rounds_max=2,
)
CONFUSED = OpenAIAgent(
    Agent(name="confused", tools=[price]), model=model(ASKED, asks(("prize", "{}")), "never")
)
MUMBLING = OpenAIAgent(
    Agent(name="mumbling", tools=[price], output_type=Total),
    model=model(ASKED, asks(("price", '{"of": 5')), "no JSON at all"),
)


@workflow
async def ask_endless(ctx: Context) -> Any:
    return await turn(ctx, ENDLESS, "go")


@workflow
async def ask_confused(ctx: Context) -> Any:
    return await turn(ctx, CONFUSED, "go")


@workflow
async def ask_mumbling(ctx: Context) -> Any:
    return await turn(ctx, MUMBLING, "go")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (ask_endless, "agent.rounds: endless had no answer after 2 rounds"),
        (ask_confused, "adapter.failed: confused: ModelBehaviorError: Tool prize not found"),
        (ask_mumbling, "adapter.failed: mumbling: ModelBehaviorError: Invalid JSON"),
    ],
)
def test_what_a_model_gets_wrong(body: Any, reason: str, tmp_path: Path) -> None:
    status, said = played(body, None, tmp_path)
    assert status == "failed"
    assert reason in said


@input_guardrail
def no_secrets(context: Any, agent: Any, input: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="secret" in str(input))


GUARDED = OpenAIAgent(
    Agent(name="guarded", input_guardrails=[no_secrets]), model=model(ASKED, "fine")
)


@workflow
async def ask_guarded(ctx: Context, what: str) -> Any:
    return await turn(ctx, GUARDED, what)


def test_the_library_s_own_guardrails_hold(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert played(ask_guarded, "hello", tmp_path / "a") == ["solved", "fine"]
    status, reason = played(ask_guarded, "a secret", tmp_path)
    assert status == "failed"
    assert "InputGuardrailTripwireTriggered" in reason


def timed(context: Any, agent: Any) -> str:
    return f"It is {time.localtime().tm_year}, file {Path(__file__).read_text()[:1]}."


CURIOUS = OpenAIAgent(Agent(name="curious", instructions=timed), model=model(ASKED, "fine"))


@workflow
async def ask_curious(ctx: Context) -> Any:
    return await turn(ctx, CURIOUS, "go")


def test_code_beside_the_tools_is_workflow_code(tmp_path: Path) -> None:
    with pytest.raises(NondeterminismError) as caught:
        played(ask_curious, None, tmp_path)
    assert caught.value.code == "guard.file"


def inner() -> Any:
    return Agent(name="inner").as_tool(tool_name="inner", tool_description="asks another")


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        (lambda: Agent(name="a", tools=[ShellTool(executor=lambda _: "")]), "adapter.tool"),
        (lambda: Agent(name="a", tools=[inner()]), "adapter.tool"),
        (
            lambda: Agent(name="a", mcp_servers=[MCPServerStdio({"command": "true"})]),
            "adapter.tool",
        ),
        (lambda: Agent(name="a", handoffs=[Agent(name="b", tools=[inner()])]), "adapter.tool"),
    ],
)
def test_what_would_act_past_the_gateway_is_refused(agent: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        OpenAIAgent(agent(), model=model(ASKED, "fine"))
    assert caught.value.code == code


def test_a_tool_of_the_provider_needs_the_provider() -> None:
    searching = Agent(name="a", tools=[WebSearchTool()])
    with pytest.raises(Invalid) as caught:
        OpenAIAgent(searching, model=model(ASKED, "fine"))
    assert caught.value.code == "adapter.tool"
    OpenAIAgent(searching)


# --- the SDK's own models


OWN: dict[str, OpenAIAgent] = {}


@workflow
async def ask_own(ctx: Context, what: str) -> Any:
    result = await sequential(ctx, [OWN["it"]], what)
    told = result.output if result.status == "solved" else result.reason
    return [result.status, told, result.usage.cost_micro, result.source]


def own(stub: StubServer, **options: Any) -> OpenAIAgent:
    """An agent whose model is the SDK's own, over HTTP."""

    class Provider(ModelProvider):
        def get_model(self, model_name: str | None) -> Any:
            client = AsyncOpenAI(base_url=stub.base_url, api_key="none", max_retries=0)
            return OpenAIChatCompletionsModel(model_name or "tiny", client)

    agent = Agent(name="own", instructions="Be brief.", model="tiny", tools=[price])
    return OpenAIAgent(agent, provider=Provider(), **options)


def test_the_sdk_s_own_model_over_http_is_asked_once_for_each_answer(tmp_path: Path) -> None:
    lines = model(ASKED, asks(TEA), "3")
    cents = Price(input_micro_per_million=1_000_000, output_micro_per_million=1_000_000)
    with StubServer(lines) as stub:
        OWN["it"] = own(stub, price=cents)
        status, told, cost_micro, source = played(ask_own, "tea?", tmp_path)
    assert (status, told, source) == ("solved", "3", "live")
    assert cost_micro > 0
    assert steps(tmp_path) == ["model.tiny", "tool.price", "model.tiny"]
    assert [len(asked.messages) for asked in ASKED] == [2, 4]
    assert USED == [("price", "tea")]


@pytest.mark.parametrize(
    ("fault", "status", "requests"), [("refuse", "failed", 1), ("rate_limit", "solved", 2)]
)
def test_what_the_provider_refuses_is_not_asked_again(
    fault: Any, status: str, requests: int, tmp_path: Path
) -> None:
    with StubServer(model(ASKED, "fine"), faults=[fault]) as stub:
        OWN["it"] = own(stub)
        assert played(ask_own, "tea?", tmp_path)[0] == status
        assert len(stub.requests) == requests


def test_a_budget_is_asked_before_the_sdk_s_own_model(tmp_path: Path) -> None:
    with StubServer(model(ASKED, "fine")) as stub:
        OWN["it"] = own(stub)
        assert played(own_on_a_budget, "tea?", tmp_path) == "stopped"
        assert len(stub.requests) == 0


@workflow
async def own_on_a_budget(ctx: Context, what: str) -> Any:
    options = Options(budget=Budget(tokens=10))
    return (await sequential(ctx, [OWN["it"]], what, options=options)).status
