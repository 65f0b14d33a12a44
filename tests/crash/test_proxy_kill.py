"""The real proxy, killed at random points while clients ask: no acknowledged answer is lost, and
none is asked for again.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import APIConnectionError, APIError, OpenAI
from tests.warm.process import popen

from tarl.agents.model import ModelRequest
from tarl.agents.models.recorded import exchanges
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.models.stub import StubServer
from tarl.kernel.shelves import RecordedValues
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays
from tarl.values.ids import RunId

ROOT = Path(__file__).parents[2]
SESSIONS = ("one", "two")


@contextmanager
def proxy(directory: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], OpenAI]]:
    """The proxy in a process of its own, and a client of it; killed at the end."""
    command = [sys.executable, "-m", "tarl.interfaces.cli.main", "model-proxy", "--json"]
    process = popen(
        [*command, "--port", "0", "--db", str(directory / "t.db"), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told = json.loads(line)
        token = Path(told["token_file"]).read_text().strip()
        with OpenAI(base_url=told["url"], api_key=token, max_retries=0, timeout=20) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def ask(client: OpenAI, session: str, number: int, *, streams: bool) -> str | None:
    """One request under its own key; None when the proxy died over it."""
    messages: list[Any] = [{"role": "user", "content": f"{session} {number}"}]
    headers = {"X-Tarl-Session": session, "Idempotency-Key": f"key-{number}"}
    chat = client.chat.completions
    try:
        if not streams:
            answer = chat.create(model="m", messages=messages, extra_headers=headers)
            return answer.choices[0].message.content
        text, is_whole = "", False
        for piece in chat.create(model="m", messages=messages, extra_headers=headers, stream=True):
            text += piece.choices[0].delta.content or ""
            is_whole |= piece.choices[0].finish_reason is not None
    except (APIConnectionError, APIError, httpx.HTTPError):
        return None
    return text if is_whole else None


def reply(counts: Counter[str]) -> Any:
    def answer(request: ModelRequest) -> str:
        asked = request.messages[-1].content
        counts[asked] += 1
        return f"answer {counts[asked]} to {asked}"

    return answer


def hunt(directory: Path, kills: int, seed: int) -> None:
    chance, counts = random.Random(seed), Counter[str]()
    acknowledged: dict[str, str] = {}
    done = dict.fromkeys(SESSIONS, 0)
    with StubServer(ScriptedModel("m", reply(counts)), slow_s=0.05) as stub:
        options = ("--upstream", stub.base_url, "--model", "m")
        for _ in range(kills):
            with proxy(directory, *options) as (process, client):
                wanted = len(acknowledged) + chance.randint(0, 6)
                stop = threading.Thread(
                    target=kill, args=(process, acknowledged, wanted, chance.uniform(0, 0.1))
                )
                stop.start()
                workers = [
                    threading.Thread(
                        target=go_on, args=(client, name, done, acknowledged, chance.random())
                    )
                    for name in SESSIONS
                ]
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
                stop.join()
                assert process.wait(20) == -signal.SIGKILL
        before = dict(counts)
        with proxy(directory, *options) as (process, client):
            for asked, answer in acknowledged.items():
                name, number = asked.split()
                for streams in (False, True):
                    assert ask(client, name, int(number), streams=streams) == answer
            assert {asked: counts[asked] for asked in acknowledged} == {
                asked: before[asked] for asked in acknowledged
            }
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert len(acknowledged) >= kills // 2, f"seed {seed}"
    check(directory / "t.db", acknowledged, seed)


def kill(
    process: subprocess.Popen[str], acknowledged: dict[str, str], wanted: int, wait_s: float
) -> None:
    """Kill the proxy a moment after so many answers."""
    deadline = time.monotonic() + 20
    while len(acknowledged) < wanted and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(wait_s)
    process.send_signal(signal.SIGKILL)


def go_on(
    client: OpenAI, name: str, done: dict[str, int], acknowledged: dict[str, str], streams: float
) -> None:
    """Ask until the proxy dies; the request that it died over is asked again next time."""
    chance = random.Random(streams)
    while True:
        number = done[name]
        answer = ask(client, name, number, streams=chance.random() < 0.5)
        if answer is None:
            return
        acknowledged[f"{name} {number}"] = answer
        done[name] += 1


def check(journal: Path, acknowledged: dict[str, str], seed: int) -> None:
    """Each acknowledged answer is recorded once, and the runs replay."""
    from tarl.interfaces.model_proxy.replaying import model_proxy

    store = open_store(journal)
    try:
        found: dict[str, list[str]] = {}
        for name in SESSIONS:
            run = RunId("default", f"proxy-{name}", 1)
            if store.head(run.stream) is None:
                continue
            for each in exchanges(store.read(run.stream), shelf=RecordedValues(store, run.tenant)):
                asked = each.request.messages[-1].content
                found.setdefault(asked, []).append(each.response.message.content)
    finally:
        store.close()
    for asked, answer in acknowledged.items():
        assert found[asked] == [answer], f"seed {seed}"
    for name in SESSIONS:
        assert_replays(model_proxy, journal, run=f"proxy-{name}/1")


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_no_acknowledged_answer_is_lost(tmp_path: Path) -> None:
    hunt(tmp_path, kills=4, seed=int(time.time()))


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(3_000)
def test_no_acknowledged_answer_is_lost_in_a_long_hunt(tmp_path: Path) -> None:
    hunt(tmp_path, kills=60, seed=int(time.time()))
