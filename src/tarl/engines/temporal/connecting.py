"""The way to a Temporal server."""

from __future__ import annotations

import asyncio
import re

from temporalio.client import Client
from temporalio.converter import DataConverter

from tarl.engines.temporal.credentials import NO_CREDENTIALS, Credentials
from tarl.errors import Unavailable

CONNECT_TIMEOUT_S = 10.0


async def reached(
    address: str,
    *,
    namespace: str,
    credentials: Credentials = NO_CREDENTIALS,
    payloads: DataConverter = DataConverter.default,
) -> Client:
    """A connection to the server at ``HOST:PORT``.

    Raises:
        Unavailable: it does not answer (``temporal.unavailable``).
        Refused: a file of the credentials cannot be used (``temporal.credentials``).
    """
    tls, api_key = credentials.tls_config(), credentials.api_key()
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            return await Client.connect(
                address, namespace=namespace, tls=tls, api_key=api_key, data_converter=payloads
            )
    except (RuntimeError, TimeoutError) as error:
        said = _said(error)
        raise Unavailable(
            f"no Temporal server answers at {address}: {said}",
            code="temporal.unavailable",
            next_step="start one (temporal server start-dev), or name it with --temporal HOST:PORT"
            " or the setting temporal",
            address=address,
        ) from error


def _said(error: Exception) -> str:
    """What the connection failed with, without the names of types around it."""
    if isinstance(error, TimeoutError):
        return f"nothing within {CONNECT_TIMEOUT_S:g} s"
    inner = re.findall(r'message: "([^"]+)"', str(error))
    return inner[-1] if inner else str(error)
