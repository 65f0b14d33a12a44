from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, workflow
from tarl.agents.desk import Desk
from tarl.agents.model import Message, Model, ModelRequest, ModelResponse
from tarl.agents.models.recorded import RecordedModel, nearest
from tarl.agents.models.scripted import ScriptedModel
from tarl.errors import ChainBrokenError, Conflict, Invalid, Missing, NondeterminismError, RunFailed
from tarl.interfaces.cli.main import main
from tarl.testing.cassette import recorded_models
from tarl.testing.replaycheck import assert_replays

PROMPT = "You are a critic. Be brief. Say what is wrong."
LONG = "A sentence that is a part of a long report. " * 2_000

_given: dict[str, Any] = {}


def asked(text: str, prompt: str = PROMPT) -> ModelRequest:
    messages = (Message(role="system", content=prompt), Message(role="user", content=text))
    return ModelRequest(model="m", messages=messages)


@workflow
async def asks(ctx: Context, texts: list[str]) -> list[str]:
    desk = Desk(ctx, "critic", capture=_given.get("capture", "full"))
    model, prompt = _given["model"], _given.get("prompt", PROMPT)
    answers = [await desk.complete(model, asked(text, prompt)) for text in texts]
    return [f"{answer.source}: {answer.message.content}" for answer in answers]


def ask(journal: Path, texts: list[str], model: Model, **given: Any) -> list[str]:
    _given.clear()
    _given.update(model=model, **given)

    async def act() -> list[str]:
        async with tarl.open(journal, workflows=[asks]) as runtime:
            answers: list[str] = await runtime.run(asks, texts, id="it")
            return answers

    return asyncio.run(act())


class Counting:
    """A model that answers every time another thing, as live ones do."""

    name, source, price = "m", "live", ScriptedModel("m", "").price

    def __init__(self) -> None:
        self.count = 0

    async def complete(self, request: ModelRequest, *, heard: Any = None) -> ModelResponse:
        self.count += 1
        return await ScriptedModel("m", f"answer {self.count}").complete(request)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recorded.db"
    ask(path, ["one", "two", "one", LONG], Counting())  # type: ignore[arg-type]
    return path


def test_a_recording_answers_the_same(recording: Path, tmp_path: Path) -> None:
    models = recorded_models(recording, run="it/1")

    again = ask(tmp_path / "again.db", ["one", "one", "two", LONG], models["m"])

    assert again == [f"recorded: answer {number}" for number in (1, 3, 2, 4)]


def test_an_evidence_file_is_a_recording_too(recording: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "it.evidence"
    assert main(["export", "it", "--db", str(recording), "-o", str(evidence), "-q"]) == 0

    models = recorded_models(evidence)

    assert list(models) == ["m"]
    assert ask(tmp_path / "again.db", [LONG], models["m"]) == ["recorded: answer 4"]


def test_another_request_is_drift_with_what_differs(recording: Path) -> None:
    model = recorded_models(recording, run="it/1")["m"]
    request = asked("two", "You are a critic. Be kind. Say what is wrong.")

    with pytest.raises(Conflict) as raised:
        asyncio.run(model.complete(request))

    assert raised.value.code == "model.drift"
    assert raised.value.facts["recorded"] == 4
    assert (
        raised.value.message
        == """\
a request to m is not in the recording; the nearest one:
--- recorded
+++ asked
@@ -2,5 +2,5 @@
   "messages": [
     {
-      "content": "You are a critic. Be brief. Say what is wrong.",
+      "content": "You are a critic. Be kind. Say what is wrong.",
       "role": "system"
     },"""
    )


def test_asked_more_often_than_recorded_is_drift(recording: Path, tmp_path: Path) -> None:
    model = recorded_models(recording, run="it/1")["m"]

    with pytest.raises(RunFailed, match="in the recording 1 times, and asked once more"):
        ask(tmp_path / "again.db", ["two", "two"], model)


def test_drift_is_not_asked_again(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="is not in the recording"):
        ask(tmp_path / "t.db", ["one"], RecordedModel("m", []))

    store = sqlite3.connect(tmp_path / "t.db")
    failed = store.execute("SELECT kind FROM event WHERE kind LIKE 'attempt%'").fetchall()
    store.close()
    assert failed == []


@pytest.mark.parametrize("long", [False, True])
def test_a_replay_shows_how_the_prompt_changed(recording: Path, long: bool, tmp_path: Path) -> None:
    if long:  # the arguments lie in a blob
        recording = tmp_path / "long.db"
        ask(recording, ["one"], ScriptedModel("m", "x"), prompt=f"{PROMPT} {LONG}")
    tail = f" {LONG}" if long else ""
    _given.update(prompt=f"You are a critic. Be kind. Say what is wrong.{tail}")

    with pytest.raises(NondeterminismError) as raised:
        assert_replays(asks, recording, run="it/1")

    message = raised.value.message
    assert "  what differs:\n    --- recorded\n    +++ the code\n" in message
    assert [line for line in message.splitlines() if line.startswith(("    - ", "    + "))] == (
        ["    -          Be brief. ", "    +          Be kind. "]
        if long
        else [
            '    -        "content": "You are a critic. Be brief. Say what is wrong.",',
            '    +        "content": "You are a critic. Be kind. Say what is wrong.",',
        ]
    )


def test_tarl_replay_shows_it_too(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _given.clear()
    _given.update(model=ScriptedModel("m", "never asked"))
    assert main(["replay", "it", "--strict", "--db", str(recording)]) == 0
    _given.update(prompt="You are a critic. Be kind. Say what is wrong.")

    assert main(["replay", "it", "--strict", "--db", str(recording)]) == 7

    said = capsys.readouterr().err
    assert '-        "content": "You are a critic. Be brief. Say what is wrong.",' in said
    assert '+        "content": "You are a critic. Be kind. Say what is wrong.",' in said


def test_a_recording_of_digests_answers_too(tmp_path: Path) -> None:
    ask(tmp_path / "t.db", ["one", "two"], Counting(), capture="digest")  # type: ignore[arg-type]
    model = recorded_models(tmp_path / "t.db", run="it/1")["m"]

    assert ask(tmp_path / "again.db", ["two"], model) == ["recorded: answer 2"]
    with pytest.raises(Conflict) as raised:
        asyncio.run(model.complete(asked("three")))
    assert raised.value.message == "a request to m is not in the recording"


def test_what_is_no_recording(recording: Path) -> None:
    with pytest.raises(Missing):
        recorded_models(recording, run="nobody/1")
    with pytest.raises(Invalid, match="say which"):
        recorded_models(recording)


def test_a_changed_recording_is_refused(recording: Path) -> None:
    store = sqlite3.connect(recording)
    store.execute("UPDATE event SET body = replace(body, 'answer 1', 'answer 9')")
    store.commit()
    store.close()

    with pytest.raises(ChainBrokenError):
        recorded_models(recording, run="it/1")


def test_the_nearest_is_the_first_of_those_with_most_in_common() -> None:
    others = [asked("one"), asked("two"), asked("three", "nothing alike")]

    assert nearest(asked("two", "another"), others) == others[1]
    assert nearest(asked("four"), others) == others[0]
    assert nearest(asked("four"), []) is None
