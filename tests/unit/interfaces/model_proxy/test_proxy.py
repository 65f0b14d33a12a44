from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.unit.interfaces.model_proxy.house import HI, House, house

from tarl.agents.model import Message, Model, Price, ToolCall
from tarl.agents.models.openai import OpenAIModel
from tarl.agents.models.recorded import exchanges
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.models.stub import StubServer
from tarl.agents.spending import Budget
from tarl.testing.replaycheck import StoredShelf

PRICE = Price(input_micro_per_million=1_000_000, output_micro_per_million=1_000_000)


def upstream(stub: StubServer, *names: str, **options: Any) -> list[Model]:
    return [OpenAIModel(name, base_url=stub.base_url, price=PRICE, **options) for name in names]


async def text_of(house: House, **options: Any) -> str:
    given: dict[str, Any] = {"model": "m", "messages": HI, **options}
    answer = await house.client.chat.completions.create(**given)
    return answer.choices[0].message.content or ""


async def told(house: House, **options: Any) -> list[Any]:
    given: dict[str, Any] = {"model": "m", "messages": HI, **options}
    stream = await house.client.chat.completions.create(**given, stream=True)
    return [piece async for piece in stream]


def recorded(house: House, session: str = "default") -> list[Any]:
    store = house.runtime.journal
    run = house.runtime.find(f"proxy-{session}/1")
    return exchanges(store.read(run.stream), shelf=StoredShelf(store, run))


def test_a_program_is_recorded_by_changing_its_address(tmp_path: Path) -> None:
    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            answer = await home.client.chat.completions.create(
                model="m", messages=HI, temperature=0.5, top_p=0.9, max_completion_tokens=99
            )
            assert answer.choices[0].message.content == "hello you"
            assert answer.usage is not None
            assert answer.usage.total_tokens == 3
            (once,) = recorded(home)
            assert once.request.temperature == 0.5
            assert once.request.extra == {"top_p": 0.9}
            assert once.response.message.content == "hello you"
            assert once.response.source == "live"
            assert home.runtime.query("proxy-default", "usage") == {
                "calls": 1,
                "source": "live",
                "usage": {
                    "cost_micro": 3,
                    "input_tokens": 1,
                    "model_calls": 1,
                    "output_tokens": 2,
                },
            }

    with StubServer(ScriptedModel("m", "hello you")) as stub:
        asyncio.run(act(stub))
        assert stub.requests[0]["top_p"] == 0.9
        assert stub.requests[0]["max_tokens"] == 99


def test_a_stream_passes_through_and_is_recorded_whole(tmp_path: Path) -> None:
    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            pieces = await told(home, stream_options={"include_usage": True})
            texts = [p.choices[0].delta.content for p in pieces if p.choices]
            assert [text for text in texts if text] == ["one", " two", " three"]
            assert pieces[-1].usage.completion_tokens == 3
            assert pieces[-2].choices[0].finish_reason == "stop"
            assert [each.response.message.content for each in recorded(home)] == ["one two three"]

    with StubServer(ScriptedModel("m", "one two three")) as stub:
        asyncio.run(act(stub))


@pytest.mark.parametrize("streams", [False, True])
def test_tools_pass_through(tmp_path: Path, streams: bool) -> None:
    call = ToolCall(id="c1", name="look", arguments='{"at": 1}')
    script = ScriptedModel("m", [Message(role="assistant", tool_calls=(call,)), "done"])
    tool = {"type": "function", "function": {"name": "look", "parameters": {}, "strict": True}}

    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            if streams:
                pieces = await told(home, tools=[tool])
                (asked,) = [c for p in pieces for c in p.choices[0].delta.tool_calls or ()]
            else:
                answer = await home.client.chat.completions.create(
                    model="m",
                    messages=HI,
                    tools=[tool],  # type: ignore[list-item]
                )
                (asked,) = answer.choices[0].message.tool_calls or ()
            assert (asked.id, asked.function.name) == ("c1", "look")
            assert asked.function.arguments == '{"at": 1}'
            made = {"id": "c1", "type": "function"}
            made["function"] = {"name": "look", "arguments": '{"at": 1}'}  # type: ignore[assignment]
            talk = [
                *HI,
                {"role": "assistant", "content": None, "tool_calls": [made]},
                {"role": "tool", "tool_call_id": "c1", "content": "a wall"},
            ]
            assert await text_of(home, messages=talk, tools=[tool]) == "done"

    with StubServer(script) as stub:
        asyncio.run(act(stub))
        assert stub.requests[0]["tools"] == [tool]


def test_a_key_gets_the_recorded_answer(tmp_path: Path) -> None:
    key = {"extra_headers": {"Idempotency-Key": "k1"}}

    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            first, second = await asyncio.gather(text_of(home, **key), text_of(home, **key))
            assert first == second == "hello"
            assert len(stub.requests) == 1
            pieces = await told(home, **key)
            assert "".join(p.choices[0].delta.content or "" for p in pieces) == "hello"
            with pytest.raises(openai.ConflictError) as raised:
                await text_of(home, temperature=0.1, **key)
            assert raised.value.code == "proxy.key_reused"
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:  # another process
            assert await text_of(home, **key) == "hello"
            assert len(stub.requests) == 1
            await text_of(home)
            assert len(stub.requests) == 2

    with StubServer(ScriptedModel("m", "hello"), faults=["slow"]) as stub:
        asyncio.run(act(stub))


def test_sessions_are_runs_of_their_own(tmp_path: Path) -> None:
    async def act() -> None:
        async with house(tmp_path / "t.db", [ScriptedModel("m", "hello")]) as home:
            await home.as_session("one").chat.completions.create(model="m", messages=HI)
            header = {"X-Tarl-Session": "two"}
            for _ in range(2):
                await text_of(home, extra_headers=header)
            assert [len(recorded(home, name)) for name in ("one", "two")] == [1, 2]
            with pytest.raises(openai.BadRequestError) as raised:
                await home.as_session("one").chat.completions.create(
                    model="m", messages=HI, extra_headers=header
                )
            assert raised.value.code == "proxy.session"
            home.runtime.signal("proxy-two", "close")
            assert (await home.runtime.resume("proxy-two")).calls == 2
            with pytest.raises(openai.ConflictError) as ended:
                await text_of(home, extra_headers=header)
            assert ended.value.code == "run.ended"

    asyncio.run(act())


def test_a_large_request_comes_in_parts(tmp_path: Path) -> None:
    text = "".join(f"{number} is a number, ü {number**3}. " for number in range(40_000))

    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            assert await text_of(home, messages=[{"role": "user", "content": text}]) == "hello"
            (once,) = recorded(home)
            assert once.request.messages[0].content == text

    assert len(text.encode()) > 1_000_000
    with StubServer(ScriptedModel("m", "hello")) as stub:
        asyncio.run(act(stub))
        assert stub.requests[0]["messages"][0]["content"] == text


@pytest.mark.parametrize(
    ("budget", "bound"),
    [
        (Budget(model_calls=2), "2 model_calls"),
        (Budget(tokens=815), "815 tokens"),
        (Budget(cost_micro=4_900), "4900 cost_micro"),
    ],
)
def test_a_budget_is_enforced_before_the_call(tmp_path: Path, budget: Budget, bound: str) -> None:
    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m"), budget=budget, retries=3) as home:
            for _ in range(2):
                assert await text_of(home) == "word " * 400
            with pytest.raises(openai.RateLimitError) as raised:
                await text_of(home)
            assert raised.value.code == "agent.budget"
            assert raised.value.type == "insufficient_quota"
            assert bound in raised.value.message
            assert len(stub.requests) == 2

    with StubServer(ScriptedModel("m", "word " * 400)) as stub:
        asyncio.run(act(stub))


def test_other_terms_are_another_session(tmp_path: Path) -> None:
    async def act() -> None:
        models = [ScriptedModel("m", "hello")]
        async with house(tmp_path / "t.db", models, budget=Budget(model_calls=1)) as home:
            await text_of(home)
        async with house(tmp_path / "t.db", models, budget=Budget(model_calls=9)) as home:
            with pytest.raises(openai.ConflictError) as raised:
                await text_of(home)
            assert raised.value.code == "proxy.terms"
            await text_of(home, extra_headers={"X-Tarl-Session": "new"})

    asyncio.run(act())
