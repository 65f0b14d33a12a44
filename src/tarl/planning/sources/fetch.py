"""Day-ahead prices over HTTP: the public addresses of Nord Pool and Octopus Energy, and bytes back
for the parsers.

1. Only hosts that the caller lists are asked, over TLS unless they are this machine; an address
   that an answer names (the next page) is held to the same. Redirects are not followed.
2. An answer has a bound of size and of time, and the pages of one question a bound of number.
3. Nobody is asked unless somebody calls: the services' terms of use are the caller's to keep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tarl.errors import Denied, Exceeded, Invalid, Missing, Unavailable
from tarl.planning.sources.tariffs import octopus
from tarl.values.instants import to_datetime

NORDPOOL = "https://dataportal-api.nordpoolgroup.com"
OCTOPUS = "https://api.octopus.energy"
HOSTS = frozenset({"dataportal-api.nordpoolgroup.com", "api.octopus.energy"})
"""Whose forms are understood; what a caller allows when it says nothing else."""

BYTES_MAX = 4 * 1024 * 1024
TIMEOUT_S = 20.0
PAGES_MAX = 10
PAGE_SIZE = 1_500
"""The most that Octopus gives at once: a month of half-hours."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_OK, _NO_CONTENT, _NOT_FOUND = 200, 204, 404


def nordpool_url(
    day: date, *, area: str, currency: str = "EUR", minutes: int = 15, base: str = NORDPOOL
) -> str:
    """Where the prices of a delivery day are, in the market's central European day."""
    asked = {
        "currency": currency,
        "market": "DayAhead",
        "date": day.isoformat(),
        "resolutionInMinutes": minutes,
        "indexNames": area,
    }
    return f"{base}/api/DayAheadPriceIndices?{urlencode(asked)}"


def octopus_url(
    *, product: str, tariff: str, start_ms: int, end_ms: int, base: str = OCTOPUS
) -> str:
    """Where the unit rates of a tariff (``E-1R-AGILE-24-10-01-C``) of a product are."""
    asked = {
        "period_from": _zulu(start_ms),
        "period_to": _zulu(end_ms),
        "page_size": PAGE_SIZE,
    }
    path = f"v1/products/{quote(product, safe='')}/electricity-tariffs/{quote(tariff, safe='')}"
    return f"{base}/{path}/standard-unit-rates/?{urlencode(asked)}"


async def fetch(
    url: str,
    *,
    hosts: Collection[str] = HOSTS,
    bytes_max: int = BYTES_MAX,
    timeout_s: float = TIMEOUT_S,
) -> bytes:
    """The answer of an address.

    Raises:
        Denied: ``fetch.host``: not one of ``hosts``, or without TLS.
        Invalid: ``fetch.address``; ``fetch.refused``: the service will not answer this.
        Missing: ``fetch.nothing``: there is nothing yet, like tomorrow's prices before noon.
        Exceeded: ``fetch.too_large``.
        Unavailable: ``fetch.unreachable``, ``fetch.timed_out``, ``fetch.failed``,
            ``extra.missing``.
    """
    host = _allowed(url, hosts)
    try:
        import httpx
    except ImportError as error:
        raise Unavailable(
            "httpx is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[models]'",
        ) from error
    try:
        async with (
            asyncio.timeout(timeout_s),
            httpx.AsyncClient(follow_redirects=False, timeout=timeout_s) as client,
            client.stream("GET", url, headers={"Accept": "application/json"}) as response,
        ):
            _check_status(response.status_code, host)
            return await _body(response, host, bytes_max)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Unavailable(
            f"{host} did not answer within {timeout_s:g} s",
            code="fetch.timed_out",
            next_step="try again later; plans go on with what is known",
            host=host,
        ) from error
    except httpx.HTTPError as error:
        raise Unavailable(
            f"{host} cannot be reached: {type(error).__name__}",
            code="fetch.unreachable",
            next_step="check the network; plans go on with what is known",
            host=host,
        ) from error


async def octopus_pages(
    url: str,
    *,
    hosts: Collection[str] = HOSTS,
    timeout_s: float = TIMEOUT_S,
) -> tuple[bytes, ...]:
    """An answer of Octopus and the pages that follow it.

    Raises:
        Exceeded: ``fetch.too_many_pages``; and those of :func:`fetch` and ``octopus.next_page``.
    """
    pages: list[bytes] = []
    address: str | None = url
    while address is not None:
        if len(pages) == PAGES_MAX:
            raise Exceeded(
                f"{urlsplit(url).hostname} answers with more than {PAGES_MAX} pages",
                code="fetch.too_many_pages",
                next_step="ask for a shorter time",
            )
        pages.append(await fetch(address, hosts=hosts, timeout_s=timeout_s))
        address = octopus.next_page(pages[-1], source=str(urlsplit(url).hostname))
    return tuple(pages)


def _allowed(url: str, hosts: Collection[str]) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 (refuses what is no number)
    except ValueError as error:
        raise _address() from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise _address()
    if host in hosts and (parts.scheme == "https" or host in _LOOPBACK):
        return host
    raise Denied(
        f"prices are not fetched from {parts.scheme}://{host}",
        code="fetch.host",
        next_step="allow the host, with https; or save the answer as a file",
        host=host,
    )


def _address() -> Invalid:
    return Invalid(
        "this is no address to fetch prices from",
        code="fetch.address",
        next_step="begin it with https:// and a host, without a password",
    )


def _check_status(status: int, host: str) -> None:
    if status == _OK:
        return
    if status in (_NO_CONTENT, _NOT_FOUND):
        raise Missing(
            f"{host} has no such prices ({status})",
            code="fetch.nothing",
            next_step="tomorrow's are published after noon, central European time",
            host=host,
            status=status,
        )
    if 400 <= status < 500 and status != 429:
        raise Invalid(
            f"{host} refuses the question ({status})",
            code="fetch.refused",
            next_step="check area, currency, product and tariff",
            host=host,
            status=status,
        )
    raise Unavailable(
        f"{host} answers with {status}",
        code="fetch.failed",
        next_step="try again later; plans go on with what is known",
        host=host,
        status=status,
    )


async def _body(response: Any, host: str, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > bytes_max:
            raise Exceeded(
                f"{host} answers with more than {bytes_max} bytes",
                code="fetch.too_large",
                next_step="ask for fewer days",
                host=host,
            )
    return bytes(body)


def _zulu(ms: int) -> str:
    return to_datetime(ms).strftime("%Y-%m-%dT%H:%MZ")
