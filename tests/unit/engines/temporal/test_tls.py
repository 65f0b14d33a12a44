"""A server that wants TLS, a certificate of the caller's, a key: reached, or refused by name.

The development server speaks none, so something stands before it that ends TLS.
"""

from __future__ import annotations

import asyncio
import datetime
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.temporal_server import Server, server

import tarl
from tarl.errors import Unavailable


class Pair(NamedTuple):
    """A certificate and its key, as files, and to sign with."""

    cert_file: Path
    key_file: Path
    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def made(directory: Path, name: str, by: Pair | None = None) -> Pair:
    """A certificate for ``localhost``, by itself or by another."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.cert.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36_500))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    cert = builder.sign(key if by is None else by.key, hashes.SHA256())
    pair = Pair(directory / f"{name}.pem", directory / f"{name}.key", cert, key)
    pair.cert_file.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    pair.key_file.touch(mode=0o600)
    pair.key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pair


DUMPED = re.compile(r"::|[{}()]|Status|Error|tonic")
"""What types of the library's look like."""


@asynccontextmanager
async def ended_before(temporal: Server, own: Pair, callers: Pair | None) -> AsyncIterator[str]:
    """Something that ends TLS before a server; where it listens.

    Args:
        temporal: The server.
        own: What it shows.
        callers: Who must have signed the caller's certificate; None when it asks for none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.cert_file, own.key_file)
    context.set_alpn_protocols(["h2"])
    if callers is not None:
        context.load_verify_locations(callers.cert_file)
        context.verify_mode = ssl.CERT_REQUIRED

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        except (OSError, ssl.SSLError):
            pass
        finally:
            target.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_connection("127.0.0.1", temporal.port)
        ends.extend((writer, back))
        await asyncio.gather(carry(reader, back), carry(onward, writer))

    ends: list[asyncio.StreamWriter] = []
    listening = await asyncio.start_server(both, "127.0.0.1", 0, ssl=context)
    try:
        yield f"localhost:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        for end in ends:  # whoever is connected still is not waited for
            end.transport.abort()
            with suppress(OSError):
                await end.wait_closed()


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server() as running:
        yield running


async def reach(path: Path, address: str, **credentials: Any) -> Any:
    async with tarl.open(path) as runtime:
        return await tarl.connect_temporal(runtime, address, **credentials)


def test_tls_is_spoken_and_the_caller_shows_who_it_is(temporal: Server, tmp_path: Path) -> None:
    root, others = made(tmp_path, "root"), made(tmp_path, "others")
    own, caller = made(tmp_path, "server", root), made(tmp_path, "caller", root)
    stranger = made(tmp_path, "stranger", others)
    db, api_key = tmp_path / "tarl.db", tmp_path / "api-key"
    api_key.touch(mode=0o600)
    api_key.write_text("key-of-the-caller\n")

    async def main() -> None:
        async with ended_before(temporal, own, None) as address:
            found = await reach(db, address, ca_file=root.cert_file, api_key_file=api_key)
            assert found.client.service_client.config.api_key == "key-of-the-caller"
            assert await found.client.service_client.check_health()
            for wrong in ({}, {"tls": True}, {"ca_file": others.cert_file}):
                with pytest.raises(Unavailable) as caught:
                    await reach(db, address, **wrong)
                assert caught.value.code == "temporal.unavailable"
                assert caught.value.message.startswith(f"Temporal at {address} does not answer: ")
                assert not DUMPED.search(caught.value.message)
        async with ended_before(temporal, own, root) as address:
            shown = {"cert_file": caller.cert_file, "key_file": caller.key_file}
            found = await reach(db, address, ca_file=root.cert_file, **shown)
            assert await found.client.service_client.check_health()
            unknown = {"cert_file": stranger.cert_file, "key_file": stranger.key_file}
            for wrong in ({}, unknown):
                with pytest.raises(Unavailable) as caught:
                    await reach(db, address, ca_file=root.cert_file, **wrong)
                assert not DUMPED.search(caught.value.message)

    asyncio.run(main())
