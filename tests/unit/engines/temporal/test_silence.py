"""A server that does not answer is told of in plain words, with its address and what to try."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from tests.temporal_server import Server, server

import tarl
from tarl.engines.temporal import connecting
from tarl.engines.temporal.silence import NEXT_STEP, plain, unavailable
from tarl.errors import Unavailable


@pytest.fixture
def temporal() -> Iterator[Server]:
    with server() as running:
        yield running


def reached(path: Path, address: str) -> Unavailable:
    async def reach() -> Any:
        async with tarl.open(path / "t.db") as runtime:
            return await tarl.connect_temporal(runtime, address)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(reach())
    assert (caught.value.code, caught.value.next_step) == ("temporal.unavailable", NEXT_STEP)
    return caught.value


def test_where_nothing_listens(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    said = f"Temporal at {address} does not answer: nothing listens there"
    assert reached(tmp_path, address).message == said


def test_where_somebody_listens_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "CONNECT_TIMEOUT_S", 0.5)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        said = f"Temporal at {address} does not answer within 0.5 s"
        assert reached(tmp_path, address).message == said


def test_a_name_that_nobody_knows_and_an_address_that_is_none(tmp_path: Path) -> None:
    unknown = reached(tmp_path, "nobody.invalid:7233")
    assert unknown.message == (
        "Temporal at nobody.invalid:7233 does not answer: its name is not known"
    )
    assert reached(tmp_path, "::::").message == (
        "Temporal at :::: does not answer: invalid target URL: empty host"
    )


def test_a_server_that_is_killed(temporal: Server) -> None:
    async def use() -> Unavailable:
        client = await Client.connect(temporal.address)
        temporal.kill()
        try:
            await client.count_workflows(rpc_timeout=timedelta(seconds=1))
        except RPCError as error:
            return unavailable(error, client)
        raise AssertionError("it answered")

    said = asyncio.run(use()).message
    assert said.startswith(f"Temporal at {temporal.address} does not answer: ")
    assert said.rpartition(": ")[2] in (
        "no connection comes about",
        "the connection broke off",
        "no answer came in time",
        "nothing listens there",
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Namespace n is not found.", "Namespace n is not found."),
        ("", "no answer came"),
        (
            'Status { code: Unavailable, message: "the shard moves", source: None }',
            "the shard moves",
        ),
        ("tonic::Whatever(Thing)", "no connection comes about"),
        (
            "ConnectError(Custom { kind: InvalidData, error: InvalidMessage(InvalidContentType) })",
            "it does not speak TLS",
        ),
    ],
)
def test_what_the_transport_says(said: str, words: str) -> None:
    assert plain(said) == words
