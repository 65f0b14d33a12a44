"""Prices over HTTP, from a server on this machine: what is asked, bounded and refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from tarl.errors import Denied, Exceeded, Invalid, Missing, TarlError, Unavailable
from tarl.planning.sources import fetch
from tarl.planning.sources.tariffs import nordpool, octopus

DATA = Path(__file__).parents[3] / "data" / "prices"
HERE = frozenset({"127.0.0.1"})

Answer = Callable[[str], tuple[int, bytes, dict[str, str]]]


@asynccontextmanager
async def server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server whose conversations have all ended when it is left."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(cast("asyncio.Task[None]", asyncio.current_task()))
        with suppress(ConnectionError):
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        try:
            yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        finally:
            await asyncio.gather(*talks)


def served(answer: Answer, ask: Callable[[str], Awaitable[Any]]) -> tuple[Any, list[str]]:
    """What ``ask`` made of a server that answers so, and which paths it was asked for."""
    paths: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        paths.append(path)
        status, body, headers = answer(path)
        lines = [f"HTTP/1.1 {status} X", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        await writer.drain()

    async def run() -> Any:
        async with server(talk) as base:
            return await ask(base)

    return asyncio.run(run()), paths


def whole(body: bytes) -> Answer:
    return lambda path: (200, body, {"Content-Type": "application/json"})


def refused(kind: type[TarlError], code: str, answer: Answer, **options: Any) -> None:
    with pytest.raises(kind) as caught:
        served(answer, lambda base: fetch.fetch(f"{base}/x", hosts=HERE, **options))
    assert caught.value.code == code
    assert caught.value.next_step


def test_a_day_of_nord_pool_comes_as_the_parser_wants_it() -> None:
    recorded = (DATA / "nordpool_fi_15min.json").read_bytes()

    async def ask(base: str) -> bytes:
        return await fetch.fetch(
            fetch.nordpool_url(date(2025, 5, 7), area="FI", base=base), hosts=HERE
        )

    data, paths = served(whole(recorded), ask)
    assert len(nordpool.parse(data, area="FI", source="x").points) == 96
    # As the recording's own question was, in another order.
    assert paths == [
        "/api/DayAheadPriceIndices?currency=EUR&market=DayAhead&date=2025-05-07"
        "&resolutionInMinutes=15&indexNames=FI"
    ]


def test_pages_of_octopus_are_followed_on_the_same_host() -> None:
    def page(hour: int, next: str | None) -> bytes:
        rate = {
            "value_inc_vat": 10 + hour,
            "valid_from": f"2025-01-01T{hour:02}:00:00Z",
            "valid_to": f"2025-01-01T{hour:02}:30:00Z",
        }
        return json.dumps({"next": next, "results": [rate]}).encode()

    bases: list[str] = []

    def answer(path: str) -> tuple[int, bytes, dict[str, str]]:
        return 200, page(1, None) if "page=2" in path else page(0, f"{bases[0]}/?page=2"), {}

    async def ask(base: str) -> tuple[bytes, ...]:
        bases.append(base)
        url = fetch.octopus_url(
            product="AGILE-24-10-01",
            tariff="E-1R-AGILE-24-10-01-C",
            start_ms=1_735_689_600_000,
            end_ms=1_735_776_000_000,
            base=base,
        )
        return await fetch.octopus_pages(url, hosts=HERE)

    pages, paths = served(answer, ask)
    first, second = (octopus.parse(page, source="x", observed_ms=0) for page in pages)
    assert first.points[0].value == 100_000
    assert second.points[0].value == 110_000
    assert paths[0] == (
        "/v1/products/AGILE-24-10-01/electricity-tariffs/E-1R-AGILE-24-10-01-C/"
        "standard-unit-rates/?period_from=2025-01-01T00%3A00Z&period_to=2025-01-02T00%3A00Z"
        "&page_size=1500"
    )


def test_a_next_page_elsewhere_is_not_asked_for() -> None:
    body = json.dumps({"next": "http://127.0.0.2/secrets", "results": []}).encode()
    with pytest.raises(Denied) as caught:
        served(whole(body), lambda base: fetch.octopus_pages(base, hosts=HERE))
    assert caught.value.code == "fetch.host"


def test_pages_without_end_have_one() -> None:
    bases: list[str] = []

    async def ask(base: str) -> tuple[bytes, ...]:
        bases.append(base)
        return await fetch.octopus_pages(base, hosts=HERE)

    with pytest.raises(Exceeded) as caught:
        served(lambda path: (200, json.dumps({"next": bases[0], "results": []}).encode(), {}), ask)
    assert caught.value.code == "fetch.too_many_pages"


def test_an_answer_has_a_bound_of_size() -> None:
    refused(Exceeded, "fetch.too_large", whole(b"x" * 2_000), bytes_max=1_999)
    data, _ = served(
        whole(b"x" * 2_000), lambda base: fetch.fetch(base, hosts=HERE, bytes_max=2_000)
    )
    assert len(data) == 2_000


def test_an_answer_has_a_bound_of_time() -> None:
    async def ask() -> None:
        begun = asyncio.Event()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            begun.set()
            await reader.read()  # until who asked gives up

        async with server(talk) as base:
            try:
                await fetch.fetch(base, hosts=HERE, timeout_s=0.3)
            finally:
                await begun.wait()

    with pytest.raises(Unavailable) as caught:
        asyncio.run(ask())
    assert caught.value.code == "fetch.timed_out"


def test_an_answer_that_trickles_has_the_same_bound() -> None:
    async def ask() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not reader.at_eof() and not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1_000), 0.02)

        async with server(talk) as base:
            await fetch.fetch(base, hosts=HERE, timeout_s=0.4)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(asyncio.wait_for(ask(), 5))
    assert caught.value.code == "fetch.timed_out"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (204, Missing, "fetch.nothing"),
        (404, Missing, "fetch.nothing"),
        (400, Invalid, "fetch.refused"),
        (401, Invalid, "fetch.refused"),
        (429, Unavailable, "fetch.failed"),
        (503, Unavailable, "fetch.failed"),
    ],
)
def test_what_is_no_answer_says_what_to_do(status: int, kind: type[TarlError], code: str) -> None:
    refused(kind, code, lambda path: (status, b"", {"Content-Length": "0"}))


def test_a_redirect_is_not_followed() -> None:
    headers = {"Location": "http://127.0.0.1:1/", "Content-Length": "0"}
    refused(Unavailable, "fetch.failed", lambda path: (302, b"", headers))


def test_an_answer_that_breaks_off_is_none() -> None:
    refused(Unavailable, "fetch.unreachable", lambda path: (200, b"{", {"Content-Length": "100"}))


@pytest.mark.parametrize(
    ("url", "kind", "code"),
    [
        ("https://example.org/prices", Denied, "fetch.host"),
        ("http://api.octopus.energy/v1", Denied, "fetch.host"),  # without TLS
        ("http://127.0.0.1/", Denied, "fetch.host"),  # nobody allowed it
        ("https://api.octopus.energy.evil.org/", Denied, "fetch.host"),
        ("https://api.octopus.energy@evil.org/", Invalid, "fetch.address"),
        ("file:///etc/passwd", Invalid, "fetch.address"),
        ("prices.json", Invalid, "fetch.address"),
        ("https://[::1", Invalid, "fetch.address"),
        ("https://api.octopus.energy:port/", Invalid, "fetch.address"),
    ],
)
def test_only_hosts_that_are_allowed_are_asked(url: str, kind: type[TarlError], code: str) -> None:
    with pytest.raises(kind) as caught:
        asyncio.run(fetch.fetch(url))
    assert caught.value.code == code


def test_names_cannot_change_the_path() -> None:
    url = fetch.octopus_url(product="../../accounts", tariff="a/b?c", start_ms=0, end_ms=1)
    assert url.startswith(
        "https://api.octopus.energy/v1/products/..%2F..%2Faccounts/electricity-tariffs/a%2Fb%3Fc/"
    )
