"""A connection to a server that may fall silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.postgres_server import Server, server

from tarl.errors import Unavailable
from tarl.journal.postgres.session import connect


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


def told(url: str) -> dict[str, str]:
    with connect(url) as connection:
        return connection.info.get_parameters()


def test_silence_ends_a_connection_within_half_a_minute(postgres: Server) -> None:
    said = told(postgres.database())
    assert int(said["tcp_user_timeout"]) <= 30_000
    idle, often, times = (int(said[f"keepalives_{x}"]) for x in ("idle", "interval", "count"))
    assert idle + often * times <= 30
    assert said["application_name"] == "tarl"


def test_what_the_url_says_counts(postgres: Server) -> None:
    said = told(postgres.database() + "&tcp_user_timeout=5000&application_name=mine")
    assert (said["tcp_user_timeout"], said["application_name"]) == ("5000", "mine")
    assert said["connect_timeout"] == "10"


def test_a_url_that_is_none_is_said_to_be_unreachable() -> None:
    with pytest.raises(Unavailable):
        connect("postgresql://user@/name?host=/nowhere")
