from __future__ import annotations

import asyncio
import gc
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from openai import OpenAI

from tarl.agents.model import Message, ModelRequest, ModelResponse, Price, ToolCall, ToolSchema
from tarl.agents.models.openai import OpenAIModel
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.models.stub import Fault, StubServer
from tarl.agents.spending import prompt_tokens
from tarl.errors import Corrupt, Exceeded, Invalid, TarlError, Unavailable

ASKED = ModelRequest(model="m", messages=(Message(role="user", content="say something"),))
CALL = ToolCall(id="c1", name="look_up", arguments='{"of": "Oslo"}')
CALLING = Message(role="assistant", content="", tool_calls=(CALL,))


def ask(
    stub: StubServer,
    request: ModelRequest = ASKED,
    *,
    heard: list[str] | None = None,
    **options: Any,
) -> ModelResponse:
    model = OpenAIModel("m", base_url=stub.base_url, **options)
    return asyncio.run(model.complete(request, heard=None if heard is None else heard.append))


def refused(stub: StubServer, *, heard: list[str] | None = None, **options: Any) -> TarlError:
    with pytest.raises(TarlError) as raised:
        ask(stub, heard=heard, **options)
    return raised.value


@pytest.fixture
def stub() -> Any:
    with StubServer(ScriptedModel("m", "one two three four")) as server:
        yield server
    gc.collect()


@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_with_what_it_took(stub: StubServer, streams: bool) -> None:
    heard: list[str] = []
    price = Price(input_micro_per_million=1_000_000, output_micro_per_million=2_000_000)

    answer = ask(stub, heard=heard if streams else None, price=price)

    assert answer.message == Message(role="assistant", content="one two three four")
    assert (answer.finish, answer.source, answer.model) == ("stop", "live", "m")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (2, 4)
    assert answer.usage.cost_micro == 2 + 2 * 4
    assert answer.request_digest == ASKED.digest
    assert heard == (["one", " two", " three", " four"] if streams else [])


@pytest.mark.parametrize("streams", [False, True])
def test_a_call_of_a_tool(streams: bool) -> None:
    request = ModelRequest(
        model="m",
        messages=ASKED.messages,
        tools=(ToolSchema(name="look_up", description="", parameters={"type": "object"}),),
    )
    with StubServer(ScriptedModel("m", CALLING)) as stub:
        answer = ask(stub, request, heard=[] if streams else None)

    assert answer.message == CALLING
    assert answer.finish == "tool_calls"


def test_everything_that_a_request_says_is_sent(stub: StubServer) -> None:
    request = ModelRequest(
        model="m",
        messages=(
            Message(role="system", content="be short"),
            Message(role="user", content="weather?", name="ann"),
            CALLING,
            Message(role="tool", content="rain", tool_call_id="c1", name="look_up"),
        ),
        tools=(ToolSchema(name="look_up", description="d", parameters={"type": "object"}),),
        temperature=0.5,
        tokens_max=9,
        seed=4,
        response_schema={"type": "object"},
        stop=("END",),
        extra={"top_p": 0.1},
    )

    ask(stub, request)

    sent = stub.requests[0]
    assert sent == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "be short"},
            {"role": "user", "content": "weather?", "name": "ann"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "look_up", "arguments": '{"of": "Oslo"}'},
                    }
                ],
            },
            {"role": "tool", "content": "rain", "tool_call_id": "c1"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "look_up",
                    "description": "d",
                    "parameters": {"type": "object"},
                },
            }
        ],
        "temperature": 0.5,
        "max_tokens": 9,
        "seed": 4,
        "stop": ["END"],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}},
        },
        "top_p": 0.1,
    }


FAULTS: list[tuple[Fault, type[TarlError], str]] = [
    ("rate_limit", Unavailable, "model.rate_limited"),
    ("refuse", Invalid, "model.refused"),
    ("server_error", Unavailable, "model.failed"),
    ("malformed", Corrupt, "model.malformed"),
    ("wrong_shape", Corrupt, "model.malformed"),
    ("cut_off", Unavailable, "model.cut_off"),
    ("silent", Unavailable, "model.silent"),
    ("endless", Exceeded, "model.answer_too_large"),
]


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("fault", "kind", "code"), FAULTS)
def test_faults(
    stub: StubServer, fault: Fault, kind: type[TarlError], code: str, streams: bool
) -> None:
    stub.faults.append(fault)

    silence_s = 0.3 if fault == "silent" else 20.0
    heard: list[str] | None = [] if streams else None
    error = refused(stub, heard=heard, silence_s=silence_s, answer_chars_max=100_000)

    assert (type(error), error.code) == (kind, code)
    assert ask(stub).message.content == "one two three four"


def test_a_rate_limit_says_how_long(stub: StubServer) -> None:
    stub.faults.append("rate_limit")

    assert refused(stub).facts == {"retry_after_ms": 2_000}


def test_an_answer_that_drips_is_bounded_in_time(stub: StubServer) -> None:
    stub.faults.append("slow")

    assert refused(stub, answer_s=0.1).code == "model.silent"


@pytest.mark.parametrize("streams", [False, True])
def test_another_version_than_the_pinned_one(stub: StubServer, streams: bool) -> None:
    heard: list[str] | None = [] if streams else None
    assert ask(stub, pinned="m", heard=heard).model == "m"
    stub.faults.append("wrong_model")
    told: list[str] | None = [] if streams else None

    error = refused(stub, pinned="m", heard=told)

    assert (type(error), error.code) == (Corrupt, "model.changed")
    assert error.facts == {"pinned": "m", "answered": "m-changed"}
    assert not told


@pytest.mark.parametrize("streams", [False, True])
def test_a_provider_that_does_not_count_is_charged_the_most(
    stub: StubServer, streams: bool
) -> None:
    stub.faults.append("no_usage")

    answer = ask(stub, heard=[] if streams else None)

    assert answer.usage.input_tokens == prompt_tokens(ASKED)
    assert answer.usage.output_tokens == 6
    assert answer.extra == {"usage": {"estimated": True}}


@pytest.mark.parametrize("how", ["given", "in the environment"])
def test_the_key_is_in_no_error_and_no_log(
    how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = "sk-very-secret-key"
    monkeypatch.setenv("THE_KEY", key)
    options = {"api_key": key} if how == "given" else {"api_key_env": "THE_KEY"}
    caplog.set_level(logging.DEBUG)
    with StubServer(ScriptedModel("m", "hello"), api_key=key) as stub:
        answer = ask(stub, **options)
        wrong = StubServer(ScriptedModel("m", "hello"), api_key="another")
        with wrong:
            error = refused(wrong, **options)

    assert error.code == "model.refused"
    assert "Incorrect API key provided" in error.message
    for text in (
        repr(answer),
        repr(error.as_data()),
        caplog.text,
        repr(OpenAIModel("m", **options)),
    ):
        assert key not in text


def test_keys_that_are_none(stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", "sk\nx: y")

    assert refused(stub, api_key_env="NO_SUCH_KEY").code == "model.key"
    assert refused(stub, api_key_env="THE_KEY").code == "model.key"
    with pytest.raises(Invalid, match="not both"):
        OpenAIModel("m", api_key="a", api_key_env="B")
    assert not stub.requests


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://host/v1",
        "http:///v1",
        "https://user:pw@host/v1",
        "https://host/v1?key=x",
        "https://host:p/",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(Invalid) as raised:
        OpenAIModel("m", base_url=address)

    assert raised.value.code == "model.address"
    assert "pw" not in str(raised.value)


def test_nobody_answers() -> None:
    with StubServer() as stub:
        address = stub.base_url
    model = OpenAIModel("m", base_url=address)

    with pytest.raises(Unavailable) as raised:
        asyncio.run(model.complete(ASKED))

    assert raised.value.code == "model.unreachable"


def test_a_prompt_over_the_limit_is_not_sent(stub: StubServer) -> None:
    request = ModelRequest(
        model="m", messages=(Message(role="user", content="x" * 9 * 1024 * 1024),)
    )

    with pytest.raises(Invalid) as raised:
        ask(stub, request)

    assert raised.value.code == "model.prompt_too_large"
    assert not stub.requests


@pytest.mark.parametrize("streams", [False, True])
def test_the_stub_answers_the_client_of_openai(stub: StubServer, streams: bool) -> None:
    with OpenAI(base_url=stub.base_url, api_key="x", max_retries=0) as client:
        messages: Any = [{"role": "user", "content": "hi"}]
        if streams:
            pieces = client.chat.completions.create(model="m", messages=messages, stream=True)
            text = "".join(p.choices[0].delta.content or "" for p in pieces)
        else:
            whole = client.chat.completions.create(model="m", messages=messages)
            text = whole.choices[0].message.content or ""

    assert text == "one two three four"


def test_a_redirect_is_not_followed(stub: StubServer) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(307)
            self.send_header("location", f"{stub.base_url}/chat/completions")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        model = OpenAIModel("m", base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="k")
        try:
            with pytest.raises(Invalid) as raised:
                asyncio.run(model.complete(ASKED))
        finally:
            server.shutdown()
            thread.join()

    assert (raised.value.code, raised.value.facts) == ("model.refused", {"status": 307})
    assert not stub.requests


def test_what_is_no_answer_of_such_a_service(stub: StubServer) -> None:
    answers: list[tuple[str, bytes]] = [
        ("application/json", b"[]"),
        ("application/json", b"null"),
        ("application/json", b'{"model": "m", "choices": []}'),
        ("application/json", b'{"model": 1, "choices": [{"message": {}}]}'),
        ("application/json", b"[" * 100_000),
        ("text/html", b"<html>a portal</html>"),
        ("text/event-stream", b"data: []\n\n"),
        ("text/event-stream", b'data: {"choices": [7]}\n\n'),
        (
            "text/event-stream",
            b'data: {"choices": [{"delta": {"tool_calls": [{"index": -1}]}}]}\n\n',
        ),
        ("text/event-stream", b"data: " + b"x" * 200_000 + b"\n\n"),
    ]
    at = 0

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            kind, body = answers[at]
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        model = OpenAIModel("m", base_url=url, answer_chars_max=100_000)
        try:
            for at, (kind, _) in enumerate(answers):
                heard: list[str] = []
                streams = kind != "application/json"
                with pytest.raises(Corrupt) as raised:
                    asyncio.run(model.complete(ASKED, heard=heard.append if streams else None))
                assert raised.value.code == "model.malformed", at
        finally:
            server.shutdown()
            thread.join()
