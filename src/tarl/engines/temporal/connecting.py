"""The way to a Temporal server."""

from __future__ import annotations

import asyncio

from temporalio.client import Client
from temporalio.converter import DataConverter

from tarl.engines.temporal.credentials import NO_CREDENTIALS, Credentials
from tarl.engines.temporal.silence import plain, silent

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
    except TimeoutError as error:
        raise silent(address, f"does not answer within {CONNECT_TIMEOUT_S:g} s") from error
    except (RuntimeError, ValueError) as error:
        said = f"does not answer: {plain(str(error))}"
        is_no_address = isinstance(error, ValueError)
        raise silent(address, said, is_away=False if is_no_address else None) from error
