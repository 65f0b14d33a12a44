from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.unit.interfaces.model_proxy.house import HI, House, house
from tests.unit.trust.household import Household

import tarl
from tarl.agents.model import Message, Model, Price, ToolCall
from tarl.agents.models.openai import OpenAIModel
from tarl.agents.models.recorded import exchanges
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.models.stub import Fault, StubServer
from tarl.agents.spending import Budget
from tarl.interfaces.model_proxy.offering import offer_recorded
from tarl.kernel.effect import Effect
from tarl.kernel.shelves import RecordedValues
from tarl.policy.grant import Grant
from tarl.values.verdict import Allow, Deny, Reason, Verdict

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
    return exchanges(store.read(run.stream), shelf=RecordedValues(store, run.tenant))


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


def test_a_stream_that_is_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            pieces = await told(home)
            assert "".join(p.choices[0].delta.content or "" for p in pieces) == "one two three four"
            assert len(stub.requests) == 2

    with StubServer(ScriptedModel("m", "one two three four"), faults=["cut_off"]) as stub:
        asyncio.run(act(stub))


def test_what_was_told_otherwise_is_said_so_and_can_be_asked_for(tmp_path: Path) -> None:
    answers = iter(["one two three four", "uno due tre"])
    key = {"extra_headers": {"Idempotency-Key": "k"}}

    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            with pytest.raises(openai.APIError) as raised:
                await told(home, **key)
            assert raised.value.code == "proxy.told_otherwise"
            assert await text_of(home, **key) == "uno due tre"
            assert len(stub.requests) == 2

    script = ScriptedModel("m", lambda request: next(answers))
    with StubServer(script, faults=["cut_off"]) as stub:
        asyncio.run(act(stub))


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("refuse", openai.BadRequestError, "model.refused"),
        ("malformed", openai.InternalServerError, "model.malformed"),
        ("wrong_model", openai.InternalServerError, "model.changed"),
    ],
)
def test_what_a_provider_does_wrong(
    tmp_path: Path, fault: Fault, kind: type[openai.APIStatusError], code: str, streams: bool
) -> None:
    async def act(stub: StubServer) -> None:
        models = upstream(stub, "m", pinned="m")
        async with house(tmp_path / "t.db", models, retries=2) as home:
            with pytest.raises(kind) as raised:
                await (told(home) if streams else text_of(home))
            assert raised.value.code == code
            assert len(stub.requests) == 1  # neither the step nor the client asks again
            assert await text_of(home) == "hello"

    with StubServer(ScriptedModel("m", "hello"), faults=[fault]) as stub:
        asyncio.run(act(stub))


def test_the_provider_s_key_is_in_no_file(tmp_path: Path) -> None:
    key = "sk-the-provider-s-key"

    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m", api_key=key)) as home:
            assert await text_of(home) == "hello"
            stub.api_key = "another"
            with pytest.raises(openai.BadRequestError) as raised:
                await text_of(home)
            assert "Incorrect API key" in raised.value.message
            assert key not in str(raised.value.body)

    with StubServer(ScriptedModel("m", "hello"), api_key=key) as stub:
        asyncio.run(act(stub))
        stub.api_key = None
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"hello" in path.read_bytes() for path in files)
    assert not [path for path in files if key.encode() in path.read_bytes()]


def test_what_a_client_gives_up_is_recorded(tmp_path: Path) -> None:
    key = {"extra_headers": {"Idempotency-Key": "k"}}

    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            with pytest.raises(openai.APITimeoutError):
                await text_of(home, timeout=0.3, **key)
            assert await text_of(home, **key) == "hello"
            assert len(stub.requests) == 1

    with StubServer(ScriptedModel("m", "hello"), faults=["slow"], slow_s=1.0) as stub:
        asyncio.run(act(stub))


def test_an_agent_s_authority_is_asked(tmp_path: Path) -> None:
    Household(tmp_path / "t.db", capabilities=[Grant("model.complete", "model/m")])
    models = [ScriptedModel("m", "hello"), ScriptedModel("dear", "hello")]
    acting = {"agent": "bot", "task": "chat"}

    async def act() -> None:
        async with house(tmp_path / "t.db", models, session_options=acting) as home:
            assert await text_of(home) == "hello"
            with pytest.raises(openai.PermissionDeniedError) as raised:
                await text_of(home, model="dear")
            assert raised.value.code == "step.denied"

            assert [each.model for each in recorded(home)] == ["m"]

    asyncio.run(act())


def test_a_recording_answers_and_refuses_drift(tmp_path: Path) -> None:
    async def record() -> None:
        answers = iter(["first", "second"])
        script = ScriptedModel("m", lambda request: next(answers))
        async with house(tmp_path / "t.db", [script], budget=Budget(tokens=5_000)) as home:
            assert [await text_of(home) for _ in range(2)] == ["first", "second"]

    async def replay(session: str) -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            offered = offer_recorded(runtime.journal, "proxy-default", None)
        assert offered.terms.budget == Budget(tokens=5_000)
        assert offered.terms.replay == "proxy-default/1"
        options = {"budget": offered.terms.budget, "session": session}
        async with house(tmp_path / "t.db", offered.models.values(), **options) as home:
            assert await text_of(home) == "first"
        async with house(tmp_path / "t.db", offered.models.values(), **options) as home:
            pieces = await told(home)  # another process: the second time is the second time
            assert "".join(p.choices[0].delta.content or "" for p in pieces) == "second"
            with pytest.raises(openai.ConflictError) as often:
                await text_of(home)
            assert often.value.code == "model.drift"
            with pytest.raises(openai.ConflictError) as other:
                await text_of(home, messages=[{"role": "user", "content": "bye"}])
            assert '-      "content": "hi",' in other.value.message
            assert '+      "content": "bye",' in other.value.message
            again = recorded(home, session)
            assert [each.response.source for each in again] == ["recorded", "recorded"]

    asyncio.run(record())
    asyncio.run(replay("again"))


def test_an_answer_that_takes_too_long_can_be_asked_for_again(tmp_path: Path) -> None:
    key = {"extra_headers": {"Idempotency-Key": "k"}}

    async def in_time(home: Any) -> str:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(openai.InternalServerError):
                    return await text_of(home, **key)

    async def act(stub: StubServer) -> None:
        waits = {"wait_s": 0.2}
        async with house(tmp_path / "t.db", upstream(stub, "m"), session_options=waits) as home:
            with pytest.raises(openai.InternalServerError) as raised:
                await text_of(home, **key)
            assert (raised.value.status_code, raised.value.code) == (504, "update.no_answer")
            assert await in_time(home) == "hello"
            assert len(stub.requests) == 1

    with StubServer(ScriptedModel("m", "hello"), faults=["slow"], slow_s=0.6) as stub:
        asyncio.run(act(stub))


def test_two_proxies_share_a_session(tmp_path: Path) -> None:
    key = {"extra_headers": {"Idempotency-Key": "k"}}

    async def act() -> None:
        counts = iter(range(9))
        models = [ScriptedModel("m", lambda request: f"hello {next(counts)}")]
        async with (
            house(tmp_path / "t.db", models) as one,
            house(tmp_path / "t.db", models) as other,
        ):
            assert await text_of(one, **key) == "hello 0"
            assert await text_of(other, **key) == "hello 0"
            pieces = await told(other)
            assert "".join(p.choices[0].delta.content or "" for p in pieces) == "hello 1"
            assert len(recorded(one)) == 2

    asyncio.run(act())


def test_a_policy_decides_about_each_call(tmp_path: Path) -> None:
    class NoRain:
        def decide(self, effect: Effect) -> Verdict:
            args, _ = effect.command.json_arguments()
            if "rain" in args[0]["messages"][-1]["content"]:
                return Deny((Reason(code="test.rain", text="nobody asks about rain"),))
            return Allow()

    async def act() -> None:
        options = {"gate": NoRain()}
        models = [ScriptedModel("m", "hello")]
        async with house(tmp_path / "t.db", models, runtime_options=options) as home:
            assert await text_of(home) == "hello"
            with pytest.raises(openai.PermissionDeniedError, match="nobody asks about rain"):
                await text_of(home, messages=[{"role": "user", "content": "will it rain?"}])

    asyncio.run(act())


def test_a_rate_limit_is_waited_for_and_then_told(tmp_path: Path) -> None:
    async def act(stub: StubServer) -> None:
        async with house(tmp_path / "t.db", upstream(stub, "m")) as home:
            with pytest.raises(openai.RateLimitError) as raised:
                await text_of(home)
            assert raised.value.code == "model.rate_limited"
            assert raised.value.response.headers["retry-after"] == "2"
            assert raised.value.response.headers["x-should-retry"] == "true"
            assert len(stub.requests) == 4
            assert await text_of(home) == "hello"

    limits: list[Fault] = ["rate_limit"] * 4
    with StubServer(ScriptedModel("m", "hello"), faults=limits) as stub:
        asyncio.run(act(stub))
