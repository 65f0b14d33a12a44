"""Real pydantic-ai agents in real runs: what is recorded, and what a replay does not do again."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, FunctionToolset, ModelRetry, RunContext, Tool, models
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.toolsets import DynamicToolset
from tests.unit.agents.adapters.runs import Refusing, played, steps, voting

import tarl
from tarl import Context, workflow
from tarl.agents.adapters.pydantic_ai import PydanticAgent
from tarl.agents.model import Price
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.agents.roles import Vote
from tarl.agents.session import Options, Session
from tarl.agents.spending import Budget
from tarl.errors import Invalid, NondeterminismError
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays

Said = list[ModelMessage]

_playing: list[tuple[PydanticAgent, Options]] = []


@pytest.fixture(autouse=True)
def no_requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)
    yield
    _playing.clear()


@workflow(name="pydanticai.one")
async def one(ctx: Context, asked: str) -> Result:
    agent, options = _playing[-1]
    return await sequential(ctx, [agent], asked, options=options)


def answered(
    path: Path, agent: Agent[Any, Any], options: Options | None = None, **given: Any
) -> Result:
    """What comes of one turn, live and in a strict replay."""
    opening = {"gate": given.pop("gate", None)}
    _playing.append((PydanticAgent(agent, **given), options or Options()))
    result: Result = played(one, "how is the weather?", path, **opening)
    return result


def bodies(path: Path, kind: str, stream: str = "run/default/r/1") -> list[dict[str, Any]]:
    store = open_store(path / "t.db")
    try:
        return [json.loads(e.body or b"") for e in store.read(stream) if e.kind == kind]
    finally:
        store.close()


def script(*lines: ModelResponse | Exception, asked: list[Said] | None = None) -> FunctionModel:
    """A model that says its lines, one an answer that the conversation has."""

    async def say(messages: Said, info: AgentInfo) -> ModelResponse:
        if asked is not None:
            asked.append(messages)
        said = sum(isinstance(message, ModelResponse) for message in messages)
        line = lines[min(said, len(lines) - 1)]
        if isinstance(line, Exception):
            raise line
        return line

    return FunctionModel(say, model_name="scripted")


def asks(name: str, arguments: Any, id: str = "1") -> ModelResponse:
    return ModelResponse(parts=[ToolCallPart(name, arguments, id)])


def says(text: str) -> ModelResponse:
    return ModelResponse(parts=[TextPart(text)])


def returns(messages: Said) -> list[ToolReturnPart[Any]]:
    """What tools gave back, in order."""
    return [p for m in messages for p in m.parts if isinstance(p, ToolReturnPart)]


def reporter(model: models.Model[Any], uses: list[Any], **options: Any) -> Agent[Any, Any]:
    """An agent with a tool that writes down its uses."""

    async def weather(city: str, days: int = 1) -> str:
        """The weather of a city."""
        uses.append((city, days))
        return f"sun in {city}"

    return Agent(model, name="reporter", tools=[Tool(weather)], **options)


# --- what is recorded


def test_each_model_request_and_each_tool_call_is_one_step(tmp_path: Path) -> None:
    uses: list[Any] = []
    model = script(asks("weather", {"city": "Oulu"}), says("Sunny."))
    result = answered(tmp_path, reporter(model, uses, instructions="Report."))

    assert (result.status, result.output, result.source) == ("solved", "Sunny.", "scripted")
    assert steps(tmp_path) == ["model.scripted", "tool.weather", "model.scripted"]
    assert uses == [("Oulu", 1)]  # once, the replay that ``answered`` makes included
    [turn] = result.turns
    assert (turn.usage.model_calls, turn.usage.tool_calls) == (2, 1)
    assert turn.usage.tokens > 0


def test_a_request_is_recorded_with_its_digest_parameters_and_price(tmp_path: Path) -> None:
    price = Price(input_micro_per_million=1_000_000, output_micro_per_million=2_000_000)
    agent = Agent(
        script(says("Hi.")), name="a", instructions="Be brief.", model_settings={"temperature": 0.5}
    )
    result = answered(tmp_path, agent, price=price)

    [scheduled] = bodies(tmp_path, "step.scheduled/1")
    asked = scheduled["args"][0]
    assert asked["model"] == "scripted"
    assert asked["request"]["settings"] == {"temperature": 0.5}
    [message] = asked["request"]["messages"]
    assert message["instructions"] == "Be brief."
    assert message["parts"][0]["content"] == "how is the weather?"
    assert "timestamp" not in json.dumps(asked)
    [completed] = bodies(tmp_path, "step.completed/1")
    answer = completed["result"]
    assert answer["request_digest"] == asked["digest"]
    assert answer["source"] == "scripted"
    used = answer["usage"]
    assert used["cost_micro"] == used["input_tokens"] + 2 * used["output_tokens"]
    assert result.usage.cost_micro == used["cost_micro"]


def test_without_content_the_digest_alone_is_recorded(tmp_path: Path) -> None:
    agent = Agent(script(says("Hi.")), name="a")
    (tmp_path / "with").mkdir()
    answered(tmp_path / "with", agent)
    answered(tmp_path, agent, records_content=False)

    [told] = bodies(tmp_path / "with", "step.scheduled/1")
    [silent] = bodies(tmp_path, "step.scheduled/1")
    assert "request" not in silent["args"][0]
    assert silent["args"][0]["digest"] == told["args"][0]["digest"]


def test_tools_at_the_same_time_are_steps_at_the_same_time(tmp_path: Path) -> None:
    both = asyncio.Barrier(2)

    async def meet(who: str) -> str:
        await both.wait()
        return f"{who} was there"

    two = ModelResponse(
        parts=[ToolCallPart("meet", {"who": "Ann"}, "1"), ToolCallPart("meet", {"who": "Bo"}, "2")]
    )
    asked: list[Said] = []
    agent = Agent(script(two, says("ok"), asked=asked), name="a", tools=[meet])
    result = answered(tmp_path, agent)

    assert result.output == "ok"
    assert [part.content for part in returns(asked[-1])] == ["Ann was there", "Bo was there"]


def test_plain_functions_are_tools_that_run_in_threads(tmp_path: Path) -> None:
    def roll(sides: int) -> int:
        time.sleep(0.001)
        return random.randint(1, 6 + sides)

    agent = Agent(TestModel(), name="a", tools=[roll])
    assert json.loads(answered(tmp_path, agent).output)["roll"] >= 1
    assert steps(tmp_path) == ["model.test", "tool.roll", "model.test"]


def test_partial_output_is_told_as_it_comes(tmp_path: Path) -> None:
    async def speak(messages: Said, info: AgentInfo) -> AsyncIterator[str]:
        for word in ("It ", "is ", "sunny."):
            yield word

    agent = Agent(FunctionModel(stream_function=speak, model_name="speaker"), name="a")
    result = answered(tmp_path, agent, Options(streams=True))

    assert result.output == "It is sunny."
    heard = bodies(tmp_path, "step.parts/1", "parts/default/r/1")
    assert "".join(part for body in heard for part in body["parts"]) == "It is sunny."


def test_an_answer_of_a_type_is_json(tmp_path: Path) -> None:
    class Weather(BaseModel):
        city: str
        degrees: float

    agent = Agent(TestModel(custom_output_args={"city": "Oulu", "degrees": 3.5}), name="a")
    agent = Agent(agent.model, name="a", output_type=Weather)
    assert answered(tmp_path, agent).output == {"city": "Oulu", "degrees": 3.5}


# --- workflow code


def test_instructions_draw_times_and_dice_that_every_replay_gives_again(tmp_path: Path) -> None:
    agent = Agent(script(says("ok")), name="a")
    drawn: list[Any] = []

    @agent.instructions
    def draw() -> str:
        drawn.append((time.time(), time.time_ns(), time.monotonic(), str(uuid.uuid4())))
        return f"{drawn[-1]}"

    assert answered(tmp_path, agent).status == "solved"
    live, again = drawn
    assert live == again


def test_the_world_is_refused_to_instructions(tmp_path: Path) -> None:
    agent = Agent(script(says("ok")), name="a")

    @agent.instructions
    def look() -> str:
        return Path(__file__).read_text()

    with pytest.raises(NondeterminismError) as refused:
        answered(tmp_path, agent)
    assert refused.value.code == "guard.file"


# --- what the model gets wrong


@pytest.mark.parametrize("wrong", ['{"city": ', '{"town": "Oulu"}', '["Oulu"]', {"city": None}])
def test_arguments_that_cannot_be_used_are_told_to_the_model(tmp_path: Path, wrong: Any) -> None:
    uses: list[Any] = []
    asked: list[Said] = []
    lines = asks("weather", wrong), asks("weather", {"city": "Oulu"}, "2"), says("Sunny.")
    result = answered(tmp_path, reporter(script(*lines, asked=asked), uses))

    assert result.output == "Sunny."
    assert steps(tmp_path) == [
        "model.scripted",
        "model.scripted",
        "tool.weather",
        "model.scripted",
    ]
    assert [part.outcome for part in returns(asked[-1])] == ["retried", "success"]
    assert uses == [("Oulu", 1)]


def test_an_unknown_tool_is_told_to_the_model(tmp_path: Path) -> None:
    asked: list[Said] = []
    result = answered(
        tmp_path, reporter(script(asks("send_email", {}), says("Sorry."), asked=asked), [])
    )
    assert result.output == "Sorry."
    [told] = returns(asked[-1])
    assert told.outcome == "retried"
    assert "weather" in str(told.content)
    assert steps(tmp_path) == ["model.scripted", "model.scripted"]


def test_a_model_that_is_never_right_fails_the_turn(tmp_path: Path) -> None:
    result = answered(tmp_path, reporter(script(asks("send_email", {})), []))
    assert result.status == "failed"
    assert "adapter.failed" in result.reason


def test_a_tool_may_ask_the_model_to_try_again(tmp_path: Path) -> None:
    asked: list[Said] = []
    agent = Agent(
        script(
            asks("find", {"text": "x"}),
            asks("find", {"text": "xyz"}, "2"),
            says("ok"),
            asked=asked,
        ),
        name="a",
    )

    @agent.tool_plain
    async def find(text: str) -> str:
        if len(text) < 3:
            raise ModelRetry("too short")
        return "found"

    assert answered(tmp_path, agent).output == "ok"
    assert [part.outcome for part in returns(asked[-1])] == ["retried", "success"]
    assert "too short" in str(returns(asked[-1])[0].content)


def test_an_output_that_does_not_validate_is_asked_again(tmp_path: Path) -> None:
    agent = Agent(script(says("maybe"), says("yes")), name="a")

    @agent.output_validator
    def decided(text: str) -> str:
        if text == "maybe":
            raise ModelRetry("decide")
        return text

    assert answered(tmp_path, agent).output == "yes"
    assert steps(tmp_path) == ["model.scripted", "model.scripted"]


# --- authority, budgets, failures


def test_a_denied_tool_is_not_used_and_the_model_is_told(tmp_path: Path) -> None:
    uses: list[Any] = []
    asked: list[Said] = []
    model = script(asks("weather", {"city": "Oulu"}), says("I may not."), asked=asked)
    result = answered(tmp_path, reporter(model, uses), gate=Refusing("tool.weather"))

    assert (result.status, result.output) == ("solved", "I may not.")
    assert uses == []
    [told] = returns(asked[-1])
    assert told.outcome == "failed"
    assert "denied" in str(told.content)


def test_a_denied_model_ends_the_turn(tmp_path: Path) -> None:
    asked: list[Said] = []
    with pytest.raises(Exception, match="denied"):
        answered(
            tmp_path,
            reporter(script(says("ok"), asked=asked), []),
            gate=Refusing("model.scripted"),
        )
    assert asked == []


@pytest.mark.parametrize(
    ("budget", "calls", "bound"),
    [
        (Budget(model_calls=1), 1, "model_calls"),
        (Budget(tool_calls=0), 1, "tool_calls"),
        (Budget(tokens=100), 0, "tokens"),
        (Budget(cost_micro=1), 0, "cost_micro"),
    ],
)
def test_a_call_that_the_budget_does_not_allow_is_not_made(
    tmp_path: Path, budget: Budget, calls: int, bound: str
) -> None:
    uses: list[Any] = []
    asked: list[Said] = []
    price = Price(input_micro_per_million=1_000_000)
    model = script(asks("weather", {"city": "Oulu"}), says("Sunny."), asked=asked)
    result = answered(tmp_path, reporter(model, uses), Options(budget=budget), price=price)

    assert result.status == "stopped"
    assert bound in result.reason
    assert len(asked) == calls
    assert len(uses) == (bound == "model_calls")


def test_an_answer_is_bounded_by_the_tokens_that_are_left(tmp_path: Path) -> None:
    agent = Agent(script(says("Hi.")), name="a")
    assert answered(tmp_path, agent, Options(budget=Budget(tokens=1_000))).status == "solved"
    [scheduled] = bodies(tmp_path, "step.scheduled/1")
    assert 0 < scheduled["args"][0]["request"]["settings"]["max_tokens"] < 1_000


def test_what_a_tool_raises_ends_the_turn(tmp_path: Path) -> None:
    agent = Agent(script(asks("broken", {}), says("never")), name="a")

    @agent.tool_plain
    async def broken() -> str:
        raise RuntimeError("no power")

    result = answered(tmp_path, agent)
    assert result.status == "failed"
    assert "no power" in result.reason
    assert steps(tmp_path) == ["model.scripted", "tool.broken"]


def test_a_request_that_the_provider_refuses_is_not_sent_again(tmp_path: Path) -> None:
    asked: list[Said] = []
    refusal = ModelHTTPError(401, "scripted", {"error": "no key"})
    result = answered(tmp_path, Agent(script(refusal, asked=asked), name="a"))
    assert result.status == "failed"
    assert "refuses" in result.reason
    assert len(asked) == 1


def test_a_tools_metadata_are_options_of_its_step(tmp_path: Path) -> None:
    seen: list[Any] = []

    class Looking(Refusing):
        def decide(self, effect: Any) -> Any:
            seen.append((effect.activity.name, effect.actions, effect.resource))
            return super().decide(effect)

    async def send(to: str) -> str:
        return "sent"

    options = {"tarl": {"needs": ("mail.send",), "resource": "mailbox/{to}", "idempotent": False}}
    agent = Agent(
        script(asks("send", {"to": "ann@x"}), says("ok")),
        name="a",
        tools=[Tool(send, metadata=options)],
    )
    assert answered(tmp_path, agent, gate=Looking()).output == "ok"
    assert ("tool.send", ("mail.send",), "mailbox/ann%40x") in seen
    assert ("model.scripted", ("model.complete",), "model/scripted") in seen


def test_metadata_that_no_step_has_are_refused(tmp_path: Path) -> None:
    async def send(to: str) -> str:
        return "sent"

    tool = Tool(send, metadata={"tarl": {"queue": "far"}})
    agent = Agent(script(asks("send", {"to": "x"})), name="a", tools=[tool])
    result = answered(tmp_path, agent)
    assert result.status == "failed"
    assert "queue" in result.reason


def test_an_agent_without_a_model_or_a_name_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        PydanticAgent(Agent(name="a"))
    assert refused.value.code == "adapter.unfit"
    with pytest.raises(Invalid):
        PydanticAgent(Agent(TestModel()))


def test_tools_see_the_dependencies_and_cannot_steer_the_run(tmp_path: Path) -> None:
    agent = Agent(script(asks("who", {}), says("ok")), name="a", deps_type=str)
    seen: list[str] = []

    @agent.tool
    async def who(ctx: RunContext[str]) -> str:
        seen.append(ctx.deps)
        return ctx.deps

    assert answered(tmp_path, agent, deps="Ann").output == "ok"
    assert seen == ["Ann"]


# --- roles, and runs that are taken up


@workflow(name="pydanticai.votes")
async def votes(ctx: Context, topic: str) -> Result:
    agent, options = _playing[-1]
    session = Session(ctx, "test", [agent], options)

    async def moves() -> Any:
        vote: Vote = await session.ask(agent, "vote", {"topic": topic, "options": ["yes", "no"]})
        return vote.choice

    return await session.play(moves())


def test_it_takes_roles_with_the_answers_that_they_take(tmp_path: Path) -> None:
    agent = Agent(TestModel(custom_output_args={"choice": "yes"}), name="a")
    _playing.append((PydanticAgent(agent), Options()))
    result = played(votes, "more trees?", tmp_path)
    assert (result.status, result.output) == ("solved", "yes"), result.reason


def test_a_run_that_was_let_go_of_is_taken_up_where_it_was(tmp_path: Path) -> None:
    asked: list[Said] = []
    waits = asyncio.Event()
    uses: list[str] = []

    async def slow(city: str) -> str:
        uses.append(city)
        if len(uses) == 2:
            waits.set()
            await asyncio.sleep(600)
        return "sun"

    lines = asks("slow", {"city": "Oulu"}), asks("slow", {"city": "Turku"}, "2"), says("Sunny.")
    agent = Agent(script(*lines, asked=asked), name="a", tools=[slow])
    _playing.append((PydanticAgent(agent), Options()))

    async def cut_off() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[one]) as runtime:
            await runtime.start(one, "how?", id="r")
            await waits.wait()

    async def go_on() -> Result:
        async with tarl.open(tmp_path / "t.db", workflows=[one]) as runtime:
            result: Result = await runtime.resume("r")
            return result

    asyncio.run(cut_off())
    gc.collect()  # a generator that was not closed would say so now
    assert (len(asked), uses) == (2, ["Oulu", "Turku"])
    assert asyncio.run(go_on()).output == "Sunny."
    assert (len(asked), uses) == (3, ["Oulu", "Turku", "Turku"])
    assert_replays(one, tmp_path / "t.db", run="r/1")


def test_elsewhere_the_librarys_agent_works_as_it_always_does() -> None:
    agent = reporter(script(asks("weather", {"city": "Oulu"}), says("Sunny.")), uses := [])
    PydanticAgent(agent)
    assert asyncio.run(agent.run("how?")).output == "Sunny."
    assert uses == [("Oulu", 1)]


def test_what_is_recorded_does_not_depend_on_hash_seeds() -> None:
    from pydantic_ai.models import ModelRequestParameters

    from tarl.agents.adapters.pydantic_ai_messages import request_json

    names = {f"tool-{n}" for n in range(50)}
    parameters = ModelRequestParameters(revealed_tool_names=names, introduced_tool_names=names)
    told = request_json([], None, parameters)["parameters"]
    assert told["revealed_tool_names"] == told["introduced_tool_names"] == sorted(names)


# --- what hangs, is too large, passes, or runs beside


def test_a_tool_that_hangs_is_late(tmp_path: Path) -> None:
    async def hang() -> str:
        await asyncio.sleep(600)
        return "never"

    tool = Tool(hang, metadata={"tarl": {"timeout_ms": 50}})
    agent = Agent(script(asks("hang", {}), says("never")), name="a", tools=[tool])
    result = answered(tmp_path, agent)
    assert result.status == "failed"
    assert result.turns[0].ending == "timed_out"


def test_a_turn_that_takes_too_long_ends_whatever_it_waits_for(tmp_path: Path) -> None:
    async def hang() -> str:
        await asyncio.sleep(600)
        return "never"

    agent = Agent(script(asks("hang", {}), says("never")), name="a", tools=[hang])
    result = answered(tmp_path, agent, Options(turn_timeout_s=0.2))
    gc.collect()
    assert result.turns[0].ending == "timed_out"


def test_a_prompt_over_the_limit_is_not_sent(tmp_path: Path) -> None:
    asked: list[Said] = []
    agent = Agent(script(says("ok"), asked=asked), name="a", instructions="x" * 9_000_000)
    result = answered(tmp_path, agent)
    assert result.status == "failed"
    assert "model.prompt_too_large" in result.reason
    assert asked == []


def test_an_answer_over_the_limit_fails_the_turn(tmp_path: Path) -> None:
    result = answered(tmp_path, Agent(script(says("x" * 5_000_000)), name="a"))
    assert result.status == "failed"
    assert "agent.output_too_large" in result.reason


def test_a_provider_that_limits_its_rate_is_asked_again(tmp_path: Path) -> None:
    asked: list[int] = []

    async def say(messages: Said, info: AgentInfo) -> ModelResponse:
        asked.append(len(messages))
        if len(asked) == 1:
            raise ModelHTTPError(429, "limited", None)
        return says("ok")

    agent = Agent(FunctionModel(say, model_name="limited"), name="a")
    assert answered(tmp_path, agent).output == "ok"
    assert len(asked) == 2
    assert steps(tmp_path) == ["model.limited"]


def test_an_agent_that_a_tool_asks_is_part_of_the_tools_step(tmp_path: Path) -> None:
    inner: list[Said] = []
    helper = Agent(script(says("42"), asked=inner), name="helper")

    async def ask_helper(question: str) -> str:
        return (await helper.run(question)).output

    agent = Agent(
        script(asks("ask_helper", {"question": "?"}), says("It is 42.")),
        name="a",
        tools=[ask_helper],
    )
    assert answered(tmp_path, agent).output == "It is 42."
    assert steps(tmp_path) == ["model.scripted", "tool.ask_helper", "model.scripted"]
    assert len(inner) == 1


def test_tools_that_are_found_while_it_runs_are_found_in_a_step(tmp_path: Path) -> None:
    found: list[str] = []

    async def dig(place: str) -> str:
        """Dig."""
        found.append(place)
        return f"nothing at {place}"

    def toolset(ctx: RunContext[None]) -> FunctionToolset[None]:
        return FunctionToolset([dig])

    dynamic = DynamicToolset(toolset, id="spades")
    agent = Agent(
        script(asks("dig", {"place": "here"}), says("Nothing.")), name="a", toolsets=[dynamic]
    )
    assert answered(tmp_path, agent).output == "Nothing."
    assert found == ["here"]
    assert steps(tmp_path) == [
        "a__dynamic_toolset__spades.get_tools",
        "model.scripted",
        "tool.dig",
        "a__dynamic_toolset__spades.get_tools",
        "model.scripted",
    ]


def test_agents_at_work_at_the_same_time_have_steps_of_their_own(tmp_path: Path) -> None:
    uses: list[Any] = []
    agents = []
    for name in ("ann", "bo"):
        model = script(asks("weather", {"city": name}), says(f"{name} is done"))
        agents.append(PydanticAgent(reporter(model, uses), id=name))
    _teams.append(agents)
    result = played(together, "go", tmp_path)
    assert result.output == ["ann is done", "bo is done"]
    assert sorted(uses) == [("ann", 1), ("bo", 1)]
    assert Counter(steps(tmp_path)) == {"model.scripted": 4, "tool.weather": 2}


_teams: list[list[PydanticAgent]] = []


@workflow(name="pydanticai.together")
async def together(ctx: Context, asked: str) -> Result:
    session = Session(ctx, "test", _teams[-1])

    async def moves() -> Any:
        return await asyncio.gather(*(session.ask(a, "run", asked) for a in session.agents))

    return await session.play(moves())


# --- people


def careful(path: Path, choice: Any, **given: Any) -> tuple[Result, list[str], list[Said]]:
    """An agent whose tool waits for a person, who decides."""
    sent: list[str] = []
    asked: list[Said] = []

    async def send(to: str) -> str:
        sent.append(to)
        return "sent"

    agent = Agent(
        script(asks("send", {"to": "ann"}), says("ok"), asked=asked),
        name="a",
        tools=[Tool(send, requires_approval=True)],
    )
    _playing.append((PydanticAgent(agent, **given), Options()))
    beside = None if choice is None else voting("alice", choice)
    return played(one, "go", path, beside=beside), sent, asked


def test_a_tool_that_needs_an_approval_waits_for_people(tmp_path: Path) -> None:
    result, sent, _ = careful(tmp_path, "approve", approvers=["alice"])
    assert (result.output, sent) == ("ok", ["ann"])


def test_what_people_reject_is_not_done_and_the_model_is_told(tmp_path: Path) -> None:
    result, sent, asked = careful(tmp_path, "reject", approvers=["alice"])
    assert (result.output, sent) == ("ok", [])
    [told] = returns(asked[-1])
    assert told.outcome == "denied"
    assert "people say no" in str(told.content)


def test_where_nobody_may_approve_the_turn_fails(tmp_path: Path) -> None:
    result, sent, _ = careful(tmp_path, None)
    assert "adapter.approvers" in result.reason
    assert sent == []


def test_without_the_library_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['pydantic_ai'] = None\n"
        "from tarl.errors import Unavailable\n"
        "try:\n"
        "    import tarl.agents.adapters.pydantic_ai\n"
        "except Unavailable as error:\n"
        "    print(error.code, error.next_step)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "extra.missing pip install 'tarl[pydantic-ai]'\n"
