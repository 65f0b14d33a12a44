"""What a client asks is what the provider is asked: requests survive being read and written."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tarl.agents.model import FREE
from tarl.agents.models.chat_answers import Gathered, Pieces, answer_body, read_answer
from tarl.agents.models.chat_requests import PARAMETERS, read_request, request_body

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAME = st.text("abc_", min_size=1, max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAME, inner, max_size=2),
    max_leaves=5,
)
PART = st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}) | st.fixed_dictionaries(
    {"type": st.just("image_url"), "image_url": st.fixed_dictionaries({"url": TEXT})}
)
CALL = st.fixed_dictionaries(
    {
        "id": NAME,
        "type": st.just("function"),
        "function": st.fixed_dictionaries({"name": NAME, "arguments": TEXT}),
    }
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["developer", "system", "user"]), "content": TEXT},
    optional={"name": NAME},
) | st.one_of(
    st.fixed_dictionaries(
        {"role": st.just("user"), "content": st.lists(PART, min_size=1, max_size=3)}
    ),
    st.fixed_dictionaries(
        {
            "role": st.just("assistant"),
            "content": st.none() | TEXT.filter(bool),
            "tool_calls": st.lists(CALL, min_size=1, max_size=2),
        },
        optional={"reasoning_content": TEXT.filter(bool)},
    ),
    st.fixed_dictionaries(
        {"role": st.just("tool"), "content": TEXT, "tool_call_id": NAME}, optional={"name": NAME}
    ),
)
TOOL = st.fixed_dictionaries(
    {
        "type": st.just("function"),
        "function": st.fixed_dictionaries(
            {"name": NAME},
            optional={
                "description": TEXT,
                "parameters": st.dictionaries(NAME, JSON, max_size=2),
                "strict": st.booleans(),
            },
        ),
    }
)
SCHEMA = st.fixed_dictionaries(
    {"name": NAME, "schema": st.just({"type": "object"})}, optional={"strict": st.booleans()}
)
BODY = st.fixed_dictionaries(
    {"model": NAME, "messages": st.lists(MESSAGE, min_size=1, max_size=4)},
    optional={
        "temperature": st.floats(0, 2).map(lambda x: round(x, 3)),
        "max_tokens": st.integers(1, 9),
        "seed": st.integers(0, 9),
        "stop": TEXT | st.lists(TEXT, min_size=1, max_size=3),
        "tools": st.lists(TOOL, min_size=1, max_size=2),
        "top_p": st.just(0.5),
        "tool_choice": st.sampled_from(["auto", "none"]),
        "metadata": st.dictionaries(NAME, TEXT, min_size=1, max_size=2),
        "response_format": st.just({"type": "json_object"})
        | st.fixed_dictionaries({"type": st.just("json_schema"), "json_schema": SCHEMA}),
    },
)


@given(BODY, st.booleans())
def test_a_request_that_is_read_and_written_asks_the_same(
    body: dict[str, Any], streams: bool
) -> None:
    asked = read_request(json.dumps({**body, "stream": streams}).encode())

    assert request_body(asked.request) == body
    assert asked.streams is streams
    again = read_request(json.dumps(request_body(asked.request)).encode())
    assert again.request.digest == asked.request.digest


@given(TEXT, st.lists(CALL, max_size=2), st.integers(1, 4))
def test_an_answer_in_pieces_is_the_answer(
    text: str, calls: list[dict[str, Any]], width: int
) -> None:
    request = read_request(b'{"model":"m","messages":[{"role":"user","content":"x"}]}').request
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = calls
    finish = "tool_calls" if calls else "stop"
    raw = {
        "model": "m",
        "choices": [{"message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    answer = read_answer(raw, request, price=FREE, latency_ms=0)

    pieces = Pieces(model="m", id="i", created_s=0)
    gathered = Gathered(chars_max=1_000)
    cut = [text[at : at + width] for at in range(0, len(text), width)]
    told = "".join(gathered.take(piece) for part in cut for piece in pieces.text(part))
    for piece in pieces.rest(answer, includes_usage=True):
        told += gathered.take(piece)

    assert told == text
    again = read_answer(gathered.whole(), request, price=FREE, latency_ms=0)
    assert again == answer
    body = answer_body(answer, id="i", created_s=0)
    assert read_answer(body, request, price=FREE, latency_ms=0) == answer


def test_nothing_that_passes_names_another_model() -> None:
    assert not PARAMETERS & {"models", "model", "route", "provider", "plugins", "service_tier"}
