"""Prices that are asked for when a snapshot is taken: how often, and what is not published yet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tarl.errors import Denied
from tarl.planning.context import ContextSnapshot
from tarl.planning.context_puller import ContextPuller
from tarl.planning.household import Household
from tarl.planning.slots import HOUR_MS, MINUTE_MS, day_grid, grid_from, zone_named
from tarl.planning.sources import settings
from tarl.planning.sources.live import RETRY_MS, Live
from tarl.planning.sources.reading import Readings
from tarl.planning.sources.snapshot import Home
from tarl.values.instants import from_datetime, isoformat_ms

NOW = from_datetime(datetime(2025, 5, 7, 10, tzinfo=UTC))
NORDPOOL, OCTOPUS = settings.sources_from(
    [
        {"kind": "nordpool_http", "area": "FI", "plus_micro": 1_000},
        {"kind": "octopus_http", "product": "AGILE-24-10-01", "tariff": "E-1R-AGILE-24-10-01-C"},
    ]
)

ZONE = zone_named("Europe/Helsinki")

Asked = list[dict[str, list[str]]]


def day_of_nord_pool(asked: dict[str, list[str]]) -> bytes:
    """A whole day of one price, the day of the month in euros a megawatt-hour."""
    day = datetime.fromisoformat(asked["date"][0]).date()
    grid = day_grid(day, zone_named("Europe/Oslo"), slot_ms=HOUR_MS)
    entries = [
        {
            "deliveryStart": isoformat_ms(grid.at(slot)),
            "deliveryEnd": isoformat_ms(grid.at(slot + 1)),
            "entryPerArea": {"FI": day.day},
        }
        for slot in range(grid.count)
    ]
    body = {
        "updatedAt": "2025-05-06T11:00:00Z",
        "currency": "EUR",
        "multiIndexEntries": entries,
    }
    return json.dumps(body).encode()


def half_day_of_octopus(asked: dict[str, list[str]]) -> bytes:
    start = datetime.fromisoformat(asked["period_from"][0])
    rates = [
        {
            "value_inc_vat": 20,
            "valid_from": (start + timedelta(minutes=30 * n)).isoformat(),
            "valid_to": (start + timedelta(minutes=30 * n + 30)).isoformat(),
        }
        for n in range(46)  # until eleven in the evening, as they are published
    ]
    return json.dumps({"next": None, "results": rates}).encode()


class Served:
    """A service on this machine, and what it was asked."""

    def __init__(self, answer: Callable[[dict[str, list[str]]], bytes | None]) -> None:
        self.answer = answer
        self.asked: Asked = []

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked = parse_qs(urlsplit(head.split()[1].decode()).query)
        self.asked.append(asked)
        body = self.answer(asked)
        status = b"204 No Content" if body is None else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nConnection: close\r\n\r\n" + (body or b""))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def run(self, work: Callable[[str], Any]) -> Any:
        async def serving() -> Any:
            server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
            async with server:
                return await work(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

        return asyncio.run(serving())


def service(source: settings.Source, base: str) -> Live:
    assert isinstance(source, settings.ServiceSource)
    return Live(source, hosts={"127.0.0.1"}, base=base)


def test_the_days_that_a_plan_touches_are_asked_for_once() -> None:
    served = Served(day_of_nord_pool)

    async def work(base: str) -> list[Any]:
        live = service(NORDPOOL, base)
        grid = grid_from(NOW, hours=36)
        await live(grid, NOW)
        return list(await live(grid, NOW + 24 * HOUR_MS))

    days = served.run(work)
    assert [asked["date"] for asked in served.asked] == [["2025-05-07"], ["2025-05-08"]]
    assert [item.values.points[0].value for item in days] == [7_000, 8_000]


def test_a_day_that_is_not_published_is_asked_for_again_but_not_at_once() -> None:
    published = {7}

    def answer(asked: dict[str, list[str]]) -> bytes | None:
        day = int(asked["date"][0][-2:])
        return day_of_nord_pool(asked) if day in published else None

    served = Served(answer)

    async def work(base: str) -> list[int]:
        live, grid = service(NORDPOOL, base), grid_from(NOW, hours=36)
        counts = [len(list(await live(grid, NOW + after))) for after in (0, RETRY_MS - 1, RETRY_MS)]
        published.add(8)
        for after in (RETRY_MS + 1, 2 * RETRY_MS):
            counts += [len(list(await live(grid, NOW + after)))]
        return counts

    assert served.run(work) == [1, 1, 1, 1, 2]
    assert [asked["date"][0][-2:] for asked in served.asked] == ["07", "08", "08", "08"]


def test_half_a_day_is_used_and_asked_for_again() -> None:
    served = Served(half_day_of_octopus)

    async def work(base: str) -> list[Any]:
        live, grid = service(OCTOPUS, base), grid_from(NOW, hours=4)
        await live(grid, NOW)
        await live(grid, NOW + MINUTE_MS)
        return list(await live(grid, NOW + RETRY_MS))

    (rates,) = served.run(work)
    assert len(rates.values.points) == 46
    assert len(served.asked) == 2
    # London's day, which begins an hour before UTC's in May.
    assert served.asked[0]["period_from"] == ["2025-05-06T23:00Z"]


def test_a_puller_asks_the_services_of_a_home() -> None:
    served = Served(day_of_nord_pool)
    household = Household(id="h", time_zone="Europe/Helsinki")
    home = Home(household=household, readings=Readings(services=(NORDPOOL,)))  # type: ignore[arg-type]

    async def work(base: str) -> ContextSnapshot:
        puller = ContextPuller(
            home, clock=lambda: NOW, asks=lambda source: service(source, base), hours=24
        )
        await puller.get_snapshot()
        return await puller.get_snapshot(is_fresh=True)

    snapshot = served.run(work)
    assert snapshot.import_price == (8_000,) * 48 + (9_000,) * 48
    assert snapshot.doubts == ()
    assert [source.kind for source in snapshot.sources] == ["nordpool_http"]
    assert len(served.asked) == 2


def test_a_service_elsewhere_is_not_asked() -> None:
    async def work() -> Any:
        assert isinstance(NORDPOOL, settings.ServiceSource)
        return await Live(NORDPOOL, base="https://example.org")(grid_from(NOW), NOW)

    with pytest.raises(Denied) as caught:
        asyncio.run(work())
    assert caught.value.code == "fetch.host"


def test_preliminary_prices_are_asked_for_again_until_they_are_final() -> None:
    state = "Preliminary"

    def day(asked: dict[str, list[str]]) -> bytes:
        body = json.loads(day_of_nord_pool(asked))
        body["areaStates"] = [
            {"state": state, "areas": ["FI"]},
            {"state": "Preliminary", "areas": ["SE1"]},
        ]
        return json.dumps(body).encode()

    served = Served(day)

    async def asked_thrice(base: str) -> list[int]:
        nonlocal state
        live = service(NORDPOOL, base)
        counts = []
        for later in (0, RETRY_MS, 2 * RETRY_MS):
            found = await live(grid_from(NOW, hours=2), NOW + later)
            assert all(item.series(start_ms=0, end_ms=1, zone=ZONE).points for item in found)
            counts.append(len(served.asked))
            state = "Final"
        return counts

    assert served.run(asked_thrice) == [1, 2, 2]
