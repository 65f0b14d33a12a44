"""Models here as pydantic-ai models, and the other way round."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Agent, BinaryContent, models
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel
from tests.unit.agents.adapters.runs import asks, model, played, steps

from tarl import Context, activity, workflow
from tarl.agents.adapters.pydantic_ai import PydanticAgent
from tarl.agents.adapters.pydantic_ai_messages import from_request, to_request
from tarl.agents.adapters.pydantic_ai_models import (
    PydanticModel,
    TarlModel,
    refusal_of,
    source_of,
)
from tarl.agents.llm import ModelAgent
from tarl.agents.model import (
    FREE,
    Message,
    ModelRequest,
    Price,
    ToolCall,
    ToolSchema,
    Usage,
)
from tarl.agents.model import ModelResponse as ModelAnswer
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.agents.session import Options
from tarl.agents.tool import tool
from tarl.errors import Corrupt, Invalid, Unavailable

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}

REQUEST = ModelRequest(
    model="m",
    messages=(
        Message(role="system", content="Report."),
        Message(role="user", content="How is it?"),
        Message(
            role="assistant",
            content="I look.",
            tool_calls=(ToolCall(id="1", name="weather", arguments='{"city":"Oulu"}'),),
        ),
        Message(role="tool", content="sun", tool_call_id="1", name="weather"),
    ),
    tools=(ToolSchema(name="weather", description="The weather.", parameters=SCHEMA),),
    temperature=0.5,
    tokens_max=100,
    seed=7,
    stop=("END",),
)


@pytest.fixture(autouse=True)
def no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)


@activity(name="pydanticai.weather")
async def weather(city: str) -> str:
    """The weather of a city."""
    return f"sun in {city}"


_agents: list[Any] = []


@workflow(name="pydanticai.any")
async def anyone(ctx: Context, asked: str) -> Result:
    return await sequential(ctx, [_agents[-1]], asked)


@workflow(name="pydanticai.streaming")
async def streaming(ctx: Context, asked: str) -> Result:
    return await sequential(ctx, [_agents[-1]], asked, options=Options(streams=True))


def test_requests_survive_the_way_there_and_back() -> None:
    told, settings, parameters = from_request(REQUEST)
    assert to_request("m", told, settings, parameters) == REQUEST


def test_a_schema_of_the_answer_survives_too() -> None:
    asked = ModelRequest(
        model="m", messages=(Message(role="user", content="x"),), response_schema=SCHEMA
    )
    told, settings, parameters = from_request(asked)
    assert to_request("m", told, settings, parameters) == asked


def test_content_that_is_no_text_is_refused() -> None:
    agent = Agent(TarlModel(ScriptedModel("tiny", "ok")), name="a")
    with pytest.raises(Invalid) as refused:
        asyncio.run(agent.run(["look", BinaryContent(b"\x89PNG", media_type="image/png")]))
    assert refused.value.code == "adapter.content"


def test_the_librarys_agent_asks_a_model_here(tmp_path: Path) -> None:
    asked: list[ModelRequest] = []
    script = model(asked, asks(("look", '{"city":"Oulu"}')), "Sunny.")

    async def look(city: str) -> str:
        """The weather of a city."""
        return f"sun in {city}"

    agent = Agent(TarlModel(script), name="a", instructions="Report.", tools=[look])
    assert asyncio.run(agent.run("How is it?")).output == "Sunny."
    first, second = asked
    assert first.messages[0] == Message(role="system", content="Report.")
    assert first.messages[1] == Message(role="user", content="How is it?")
    assert first.tools[0].name == "look"
    assert second.messages[-1].role == "tool"
    assert second.messages[-1].content == "sun in Oulu"


def test_its_cost_and_its_source_are_the_runs(tmp_path: Path) -> None:
    price = Price(input_micro_per_million=1_000_000, output_micro_per_million=1_000_000)
    script = ScriptedModel("tiny", "It is sunny.", price=price)
    _agents.append(PydanticAgent(Agent(TarlModel(script), name="a")))
    result = played(anyone, "How is it?", tmp_path)

    assert (result.output, result.source) == ("It is sunny.", "scripted")
    assert steps(tmp_path) == ["model.tiny"]
    assert result.usage.cost_micro == result.usage.tokens > 0


class Speaker:
    """A model that tells its answer word by word, and then perhaps asks for a tool."""

    name, source, price = "speaker", "scripted", FREE

    def __init__(self, *words: str, silent: bool = False, fails: bool = False) -> None:
        self._words, self._silent, self._fails = words, silent, fails
        self.was_cancelled = False

    async def complete(self, request: ModelRequest, *, heard: Any = None) -> ModelAnswer:
        try:
            for word in self._words:
                if heard is not None:
                    heard(word)
                    await asyncio.sleep(0)
            if self._fails:
                raise Unavailable("cut off", code="model.cut_off")
            await asyncio.sleep(600 if self._silent else 0)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        said = any(message.role == "assistant" for message in request.messages)
        calls = (
            () if said or not request.tools else (ToolCall(id="1", name="look", arguments="{}"),)
        )
        return ModelAnswer(
            model="speaker-2",
            message=Message(role="assistant", content="".join(self._words), tool_calls=calls),
            finish="tool_calls" if calls else "stop",
            usage=Usage(model_calls=1, input_tokens=3, output_tokens=len(self._words)),
            source="scripted",
            request_digest=request.digest,
        )


def test_its_answer_is_streamed_as_it_is_told() -> None:
    looked: list[int] = []

    def look() -> str:
        looked.append(1)
        return "sun"

    agent = Agent(TarlModel(Speaker("It ", "is ", "sunny.")), name="a", tools=[look])

    async def heard() -> tuple[list[str], Any]:
        async with agent.run_stream("How is it?", output_type=str) as stream:
            texts = [text async for text in stream.stream_text(delta=True, debounce_by=None)]
            return texts, stream.usage

    texts, usage = asyncio.run(heard())
    assert texts == ["It ", "is ", "sunny."]
    assert usage.output_tokens >= 3


def test_a_stream_with_tools_goes_on_to_the_end(tmp_path: Path) -> None:
    looked: list[int] = []

    async def look() -> str:
        looked.append(1)
        return "sun"

    _agents.append(PydanticAgent(Agent(TarlModel(Speaker("Sunny", ".")), name="a", tools=[look])))
    result = played(streaming, "How is it?", tmp_path)
    assert (result.output, looked) == ("Sunny.", [1])
    assert steps(tmp_path) == ["model.speaker", "tool.look", "model.speaker"]
    assert result.usage.output_tokens == 4


def test_a_stream_that_nobody_hears_to_the_end_is_not_asked_for_any_more() -> None:
    speaker = Speaker("It ", silent=True)

    async def leave() -> None:
        told, settings, parameters = from_request(REQUEST)
        async with TarlModel(speaker).request_stream(told, settings, parameters) as stream:
            async for _ in stream:
                break

    asyncio.run(leave())
    assert speaker.was_cancelled


def test_a_stream_that_is_cut_off_raises() -> None:
    async def hear() -> None:
        told, settings, parameters = from_request(REQUEST)
        model = TarlModel(Speaker("It ", fails=True))
        async with model.request_stream(told, settings, parameters) as stream:
            async for _ in stream:
                pass

    with pytest.raises(Unavailable):
        asyncio.run(hear())


def test_an_agent_here_asks_a_model_of_the_library(tmp_path: Path) -> None:
    async def say(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if any(isinstance(m, ModelResponse) for m in messages):
            return ModelResponse(parts=[TextPart(f"Sunny, {len(messages)}.")])
        assert [t.name for t in info.function_tools] == ["weather"]
        return ModelResponse(parts=[ToolCallPart("weather", {"city": "Oulu"}, "1")])

    asked = PydanticModel(FunctionModel(say, model_name="fn"))
    _agents.append(ModelAgent("a", asked, instructions="Report.", tools=[tool(weather)]))
    result = played(anyone, "How is it?", tmp_path)

    assert (result.output, result.source) == ("Sunny, 3.", "scripted")
    assert steps(tmp_path) == ["model.fn", "pydanticai.weather", "model.fn"]


def test_a_model_of_the_library_tells_its_text_as_it_comes() -> None:
    async def speak(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        for word in ("It ", "is ", "sunny."):
            yield word

    heard: list[str] = []
    asked = PydanticModel(FunctionModel(stream_function=speak, model_name="fn"))
    request = ModelRequest(model="fn", messages=(Message(role="user", content="How?"),))
    response = asyncio.run(asked.complete(request, heard=heard.append))
    assert heard == ["It ", "is ", "sunny."]
    assert response.message.content == "It is sunny."
    assert response.request_digest == request.digest
    assert response.finish == "stop"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ModelHTTPError(400, "m"), Invalid, "model.refused"),
        (ModelHTTPError(404, "m"), Invalid, "model.refused"),
        (ModelHTTPError(408, "m"), Unavailable, "model.failed"),
        (ModelHTTPError(429, "m"), Unavailable, "model.rate_limited"),
        (ModelHTTPError(503, "m"), Unavailable, "model.failed"),
        (ModelAPIError("m", "no route"), Unavailable, "model.failed"),
        (UnexpectedModelBehavior("no choices"), Corrupt, "model.malformed"),
    ],
)
def test_errors_of_providers_are_errors_here(
    error: Exception, kind: type[Exception], code: str
) -> None:
    refusal = refusal_of(error, "m")
    assert type(refusal) is kind
    assert refusal.code == code  # type: ignore[attr-defined]


def test_what_is_no_providers_error_is_left_as_it_is() -> None:
    error = KeyError("x")
    assert refusal_of(error, "m") is error


def test_models_for_tests_are_scripted() -> None:
    assert source_of(TestModel()) == "scripted"
    assert source_of(TarlModel(ScriptedModel("tiny", "ok"))) == "scripted"
    recorded = ScriptedModel("tiny", "ok")
    recorded.source = "recorded"
    assert source_of(TarlModel(recorded)) == "recorded"
