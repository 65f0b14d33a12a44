"""Why a Temporal server does not answer, in plain words: what the library's transport says is a
dump of its own types.
"""

from __future__ import annotations

import re

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tarl.errors import Unavailable

_REASONS = (
    (r"Connection ?refused", "nothing listens there"),
    (r"dns error|failed to lookup|Name or service not known", "its name is not known"),
    (r"No ?route to host|Network ?(is )?unreachable|HostUnreachable", "no way leads there"),
    (r"timed out|TimedOut|deadline", "no answer came in time"),
    (r"InvalidContentType", "it does not speak TLS"),
    (r"UnknownIssuer|NotValidForName|Expired|InvalidCertificate|UnknownCA|self.?signed",
     "its certificate is not one that is trusted"),
    (r"CertificateRequired|CertificateUnknown|BadCertificate|HandshakeFailure|AlertReceived",
     "it does not accept this client's certificate"),
    (r"HTTP status code|http2 error|h2 protocol|FRAME_SIZE|Unimplemented",
     "what answers there is no Temporal server, or wants TLS"),
    (r"reset|broken pipe|BrokenPipe|UnexpectedEof|connection closed|connection error",
     "the connection broke off"),
    (r"tcp connect error|transport", "no connection comes about"),
)  # fmt: skip
_STAYS = re.compile(r"certificate|TLS|no Temporal server")
"""Reasons that waiting does not change."""

_DUMPED = re.compile(r"::|\w \{|\w\(")
_NOT_LET_IN = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)
_SILENT = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.INTERNAL,
)

NEXT_STEP = (
    "see that the server runs (temporal operator cluster health), or start one (temporal server"
    " start-dev); name it with --temporal HOST:PORT or the setting temporal"
)


def plain(said: str) -> str:
    """What a transport's error means, in a few words; what is plain already stays as it is."""
    for pattern, words in _REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return words
    if not _DUMPED.search(said):
        return said.strip() or "no answer came"
    inner = re.findall(r'message: "([^"]+)"', said)
    return inner[-1] if inner else "no connection comes about"


def address_of(client: Client) -> str:
    """Where a client's server is."""
    return client.service_client.config.target_host


def unavailable(error: RPCError, client: Client) -> Unavailable:
    """The error for a server that does not do what was asked."""
    address = address_of(client)
    if error.status in _SILENT:
        return silent(address, f"does not answer: {plain(error.message)}")
    said, next_step = f"refuses: {error.message}", NEXT_STEP
    if error.status in _NOT_LET_IN:
        said, next_step = f"does not let this client ask: {error.message}", "see its credentials"
    return silent(address, said, next_step=next_step, is_away=False)


def silent(
    address: str, said: str, *, next_step: str = NEXT_STEP, is_away: bool | None = None
) -> Unavailable:
    """The error for a server of which this is to be said.

    Args:
        is_away: Whether it may well answer soon; as the words say when left out.
    """
    if is_away is None:
        is_away = _STAYS.search(said) is None
    return Unavailable(
        f"Temporal at {address} {said}",
        code="temporal.unavailable",
        next_step=next_step,
        address=address,
        is_away=is_away,
    )
