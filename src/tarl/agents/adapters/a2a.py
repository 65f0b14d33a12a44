"""Agents elsewhere, over the protocol A2A 1.0: each turn is one step, one task of theirs.

1. Who answers is who was pinned: the agent's card is fetched for each turn, and must bear a
   signature of a pinned key (RFC 7515 over RFC 8785), or have the pinned digest, or both. Where a
   signature says that its key can be fetched is not looked at.
2. The token goes to the pinned address alone: a card that names another one is refused, and
   redirects are not followed.
3. The message's id is drawn from the run and recorded with the step: an agent that knows messages
   by their ids, as ``tarl a2a`` does, carries a turn out once, however often it is sent.
4. A turn that is cancelled or takes too long asks the agent to cancel the task.

Partial output is told as it comes, where the agent streams. Needs ``tarl[a2a]``.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from tarl.agents.adapters.a2a_wire import ParseError, card_digest, part_of, value_of
from tarl.agents.agent import OUTPUT_BYTES_MAX
from tarl.agents.desk import desk
from tarl.crypto.note import parse_vkey
from tarl.errors import Corrupt, Denied, Exceeded, Invalid, RunFailed, TarlError, Unavailable
from tarl.kernel.attempt import emit
from tarl.kernel.definition import Activity
from tarl.kernel.marks import outside
from tarl.values.canonical import encode
from tarl.values.ids import check_name, encode_segment

try:
    import httpx
    from a2a.client import A2ACardResolver, Client, ClientConfig, ClientFactory
    from a2a.client.errors import (
        A2AClientError,
        A2AClientTimeoutError,
        AgentCardResolutionError,
    )
    from a2a.types import (
        AgentCard,
        CancelTaskRequest,
        GetTaskRequest,
        Message,
        Role,
        SendMessageRequest,
        StreamResponse,
        Task,
        TaskState,
    )
    from a2a.utils.errors import A2AError
    from a2a.utils.signing import SignatureVerificationError, create_signature_verifier
    from jwt.api_jwk import PyJWK
    from jwt.exceptions import InvalidKeyError, PyJWKError
except ImportError as error:
    raise Unavailable(
        "the library of A2A is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[a2a]'",
    ) from error

ALGORITHMS = ("EdDSA", "ES256", "ES384", "RS256", "PS256")
"""Signatures with a public key: a shared secret proves nobody's word."""

ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""Of one response, a whole stream too."""

CARD_BYTES_MAX = 1024 * 1024

WAIT_S = 3_600.0
"""How long a turn may take, people included whom the agent asks."""

REQUEST_S = 60.0
"""How long a connection may be silent."""

_HTTP_ERROR = re.compile(r"HTTP Error (\d{3})")
_CANCEL_S = 5.0
_POLL_FIRST_S, _POLL_MAX_S = 0.2, 5.0

Key = str | Mapping[str, Any]
"""A verifier key of tarl (``tarl keys show``), or a public JWK with its ``kid``."""


class A2AAgent:
    """An agent elsewhere as an agent of tarl.

    Args:
        url: Where it is: the address under which its card lies.
        id: The agent's id here.
        keys: Pinned keys of who signs its card.
        pinned_digest: The pinned digest of its card; see ``card_digest``.
        token: What it wants to see; a function is asked each time.
        skill: Which of its skills, in the message's metadata.
        capabilities: What it can do.
        description: What it is good for.
        wait_s: How long a turn may take.
        untrusted: Whether its answers may hold what strangers wrote; assumed when left out.

    Raises:
        Invalid: nothing is pinned (``a2a.unpinned``), a key that is none (``key.malformed``), or no
            address (``a2a.address``).
    """

    inline = True

    def __init__(
        self,
        url: str,
        *,
        id: str,
        keys: Iterable[Key] = (),
        pinned_digest: str | None = None,
        token: str | Callable[[], str] | None = None,
        skill: str | None = None,
        capabilities: Iterable[str] = (),
        description: str = "",
        wait_s: float = WAIT_S,
        untrusted: bool | None = None,
    ) -> None:
        self.id = check_name(id, "agent")
        self.capabilities = tuple(capabilities)
        self.description = description
        self._url = url
        self._origin = _origin(url)
        self._keys = dict(_pinned(key) for key in keys)
        self._pinned_digest = pinned_digest
        self._token = token
        self._skill = skill
        self._wait_s = wait_s
        self._activity = Activity(
            self._sent,
            name=f"agent.{id}.run",
            needs=self.capabilities or ("agent.run",),
            resource=f"agent/{encode_segment(id)}",
            untrusted=outside(untrusted),
        )
        if not self._keys and pinned_digest is None:
            raise Invalid(
                f"agent {id} could be anybody: neither a key nor a card is pinned",
                code="a2a.unpinned",
                next_step="A2AAgent(..., keys=[...]) with the key that signs its card",
                agent=id,
            )

    async def run(self, input: Any) -> Any:
        """Let it do a task, in one step: its artifact, or what it said.

        The step fails with:
            Denied: it is not who was pinned (``a2a.card_unsigned``, ``a2a.card_changed``,
                ``a2a.card_elsewhere``), it does not let us in (``a2a.token``), or it will not do it
                (``a2a.rejected``, ``a2a.auth_required``).
            RunFailed: it tried and failed (``a2a.failed``), or it was cancelled there
                (``a2a.cancelled``).
            Invalid: it does not take the request (``a2a.refused``).
            Unavailable: it does not answer (``a2a.unreachable``), or not in time (``a2a.late``).
            Corrupt: what it says is not A2A (``a2a.malformed``).
        """
        ctx = desk().ctx
        drawn = f"{ctx.uuid()} {ctx.info.run.ref}"  # a fork's turns are tasks of their own
        return await desk().call(self._activity, input, sha256(drawn.encode()).hexdigest())

    async def _sent(self, input: Any, message_id: str) -> Any:
        message = Message(message_id=message_id, role=Role.ROLE_USER, parts=[part_of(input)])
        if self._skill is not None:
            message.metadata.update({"skill": self._skill})
        with _told_as_ours(self.id):
            async with self._connected() as client:
                answer = await self._turn(client, SendMessageRequest(message=message))
        if len(encode(answer)) > OUTPUT_BYTES_MAX:
            raise _too_large()
        return answer

    async def card(self) -> AgentCard:
        """Its card, if it is who was pinned; raises as ``run`` does."""
        with _told_as_ours(self.id):
            async with self._http() as http:
                return await self._card(http)

    # --- who it is

    async def _card(self, http: httpx.AsyncClient) -> AgentCard:
        card = await A2ACardResolver(http, self._url).get_agent_card()
        if self._keys:
            self._check_signature(card)
        if self._pinned_digest is not None and card_digest(card) != self._pinned_digest:
            raise Denied(
                f"the card of {self.id} is another one than was pinned",
                code="a2a.card_changed",
                next_step="look at what changed, and pin the new card if it is right",
                agent=self.id,
                pinned=self._pinned_digest,
                found=card_digest(card),
            )
        for interface in card.supported_interfaces:
            if _origin(interface.url) != self._origin:
                raise Denied(
                    f"the card of {self.id} leads to {interface.url}",
                    code="a2a.card_elsewhere",
                    next_step="use the address that the card names, if it is the right one",
                    agent=self.id,
                )
        return card

    def _check_signature(self, card: AgentCard) -> None:
        def key_of(kid: str | None, jku: str | None) -> PyJWK:
            if kid not in self._keys:
                raise InvalidKeyError("not a pinned key")
            return self._keys[kid]

        try:
            create_signature_verifier(key_of, list(ALGORITHMS))(card)
        except SignatureVerificationError:
            raise Denied(
                f"the card of {self.id} is not signed by a key that was pinned",
                code="a2a.card_unsigned",
                next_step="ask its operator for the key, or stay away",
                agent=self.id,
            ) from None

    # --- a turn

    async def _turn(self, client: Client, request: SendMessageRequest) -> Any:
        known = _Known()
        try:
            async with asyncio.timeout(self._wait_s):
                with contextlib.suppress(_Cut):
                    async for response in _uncut(client.send_message(request)):
                        known.take(response)
                if known.said is None:
                    await self._awaited(client, known, request)
        except (asyncio.CancelledError, TimeoutError) as error:
            await self._cancelled(client, known)
            if isinstance(error, TimeoutError):
                raise Unavailable(
                    f"{self.id} was not done within {self._wait_s:g} s",
                    code="a2a.late",
                    next_step="give it more time (wait_s), or less to do",
                    agent=self.id,
                ) from None
            raise
        return value_of(known.said.parts) if known.said is not None else self._result(known.task)

    async def _awaited(self, client: Client, known: _Known, request: SendMessageRequest) -> None:
        """Look at the task until it has ended."""
        wait_s = _POLL_FIRST_S
        while known.task is None or known.task.status.state not in _ENDED or known.is_partial:
            if known.task is None:  # cut before it was heard of: the same message is the same task
                async for response in client.send_message(request):
                    known.take(response)
            else:
                try:
                    known.task = await client.get_task(GetTaskRequest(id=known.task.id))
                    known.is_partial = False
                except A2AClientError as error:  # it may have been restarted: the task goes on
                    if not isinstance(_client_error(self.id, error), Unavailable):
                        raise
            if known.said is not None:
                return
            if known.is_partial or known.task is None or known.task.status.state not in _ENDED:
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _POLL_MAX_S)

    async def _cancelled(self, client: Client, known: _Known) -> None:
        if known.task is not None and known.task.status.state not in _ENDED:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CANCEL_S):
                    await client.cancel_task(CancelTaskRequest(id=known.task.id))

    def _result(self, task: Task | None) -> Any:
        assert task is not None
        state, status = task.status.state, task.status
        why = _text(status.message.parts) if status.HasField("message") else ""
        facts = {"agent": self.id, "task": task.id}
        if state == TaskState.TASK_STATE_COMPLETED:
            values = [value_of(artifact.parts) for artifact in task.artifacts]
            return values[0] if len(values) == 1 else values or why or None
        if state == TaskState.TASK_STATE_AUTH_REQUIRED:
            raise Denied(f"{self.id} lacks authority: {why}", code="a2a.auth_required", **facts)
        if state == TaskState.TASK_STATE_REJECTED:
            raise Denied(f"{self.id} will not do it: {why}", code="a2a.rejected", **facts)
        if state == TaskState.TASK_STATE_CANCELED:
            raise RunFailed(f"the task was cancelled: {why}", code="a2a.cancelled", **facts)
        raise RunFailed(f"{self.id} failed: {why}", code="a2a.failed", **facts)

    # --- the connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        async with self._http() as http:
            card = await self._card(http)
            config = ClientConfig(streaming=card.capabilities.streaming, httpx_client=http)
            yield ClientFactory(config).create(card)

    def _http(self) -> httpx.AsyncClient:
        token = self._token() if callable(self._token) else self._token
        return httpx.AsyncClient(
            transport=_Bounded(httpx.AsyncHTTPTransport()),
            headers={} if token is None else {"Authorization": f"Bearer {token}"},
            timeout=REQUEST_S,
            follow_redirects=False,
        )


_ENDED = frozenset(
    {
        TaskState.TASK_STATE_COMPLETED,
        TaskState.TASK_STATE_FAILED,
        TaskState.TASK_STATE_CANCELED,
        TaskState.TASK_STATE_REJECTED,
        TaskState.TASK_STATE_AUTH_REQUIRED,
    }
)
"""States after which nothing comes; where people are asked there, something may."""


class _Cut(Exception):
    """The stream ended in the middle; the task goes on."""


class _Known:
    """What was heard of a task."""

    def __init__(self) -> None:
        self.task: Task | None = None
        self.said: Message | None = None
        self.is_partial = False

    def take(self, response: StreamResponse) -> None:
        """Take one event in, and tell its text."""
        kind = response.WhichOneof("payload")
        if kind == "message":
            self.said = response.message
        elif kind == "task":
            self.task = response.task
        elif kind == "status_update":
            if self.task is None:
                self.task = Task(id=response.status_update.task_id)
            self.task.status.CopyFrom(response.status_update.status)
            self.is_partial = True
        elif kind == "artifact_update":
            text = _text(response.artifact_update.artifact.parts)
            if text:
                emit(text)
            self.is_partial = True


async def _uncut(events: AsyncIterator[StreamResponse]) -> AsyncIterator[StreamResponse]:
    """The events; ``_Cut`` where the connection ends after the first of them."""
    is_begun = False
    try:
        async for event in events:
            is_begun = True
            yield event
    except (httpx.TransportError, A2AClientError):
        if not is_begun:
            raise
        raise _Cut from None


class _Bounded(httpx.AsyncBaseTransport):
    """A transport that reads no more than it may."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        limit = CARD_BYTES_MAX if request.method == "GET" else ANSWER_BYTES_MAX
        response.stream = _BoundedStream(response.stream, limit)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, limit: int) -> None:
        self._inner = inner
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise _too_large()
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


@contextlib.contextmanager
def _told_as_ours(id: str) -> Any:
    """The library's errors as tarl's."""
    try:
        yield
    except TarlError:
        raise
    except AgentCardResolutionError as error:
        if not isinstance(error.__cause__, httpx.HTTPError):
            raise _malformed(id, error.message) from None
        raise _refusal(id, error.status_code, str(error)) from None
    except A2AClientError as error:
        raise _client_error(id, error) from None
    except A2AError as error:
        raise Invalid(
            f"{id} does not take the request: {error.message}", code="a2a.refused", agent=id
        ) from None
    except httpx.TransportError as error:
        raise _unreachable(id, f"{type(error).__name__}: {error}") from None
    except (ValueError, KeyError, RecursionError, ParseError) as error:
        raise _malformed(id, str(error)) from None


def _client_error(id: str, error: A2AClientError) -> TarlError:
    """The library tells most of its errors apart by their words alone."""
    status = _HTTP_ERROR.match(error.message)
    if status is not None:
        return _refusal(id, int(status[1]), error.message)
    is_network = error.message.startswith("Network communication error")
    if is_network or isinstance(error, A2AClientTimeoutError):
        return _unreachable(id, error.message)
    return _malformed(id, error.message)


def _refusal(id: str, status: int | None, why: str) -> TarlError:
    if status in (401, 403):
        return Denied(
            f"{id} does not let us in",
            code="a2a.token",
            next_step="give the token that the agent's operator issued",
            agent=id,
        )
    if status is not None and 400 <= status < 500 and status != 429:
        return Invalid(f"{id} does not take the request: {why}", code="a2a.refused", agent=id)
    return _unreachable(id, why)


def _too_large() -> Exceeded:
    return Exceeded(
        "an agent answered more than is read",
        code="a2a.answer_too_large",
        next_step="let it answer with a reference to what is large",
    )


def _malformed(id: str, why: str) -> Corrupt:
    return Corrupt(
        f"{id} does not speak A2A: {why[:300]}",
        code="a2a.malformed",
        next_step="check its address",
        agent=id,
    )


def _unreachable(id: str, why: str) -> Unavailable:
    return Unavailable(
        f"{id} does not answer: {why}",
        code="a2a.unreachable",
        next_step="see whether it runs, and try again",
        agent=id,
    )


def _pinned(key: Key) -> tuple[str, PyJWK]:
    """A pinned key by its ``kid``."""
    try:
        if isinstance(key, str):
            public = base64.urlsafe_b64encode(parse_vkey(key).public).decode().rstrip("=")
            jwk = {"kty": "OKP", "crv": "Ed25519", "x": public, "alg": "EdDSA", "kid": key.strip()}
        else:
            jwk = dict(key)
        return str(jwk["kid"]), PyJWK.from_dict(jwk)
    except (PyJWKError, InvalidKeyError, KeyError, ValueError) as error:
        raise Invalid(
            f"not a public key that can be pinned: {error}",
            code="key.malformed",
            next_step="give a verifier key (tarl keys show), or a JWK with its kid",
        ) from None


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid(f"{url!r} is no address", code="a2a.address")
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _text(parts: Sequence[Any]) -> str:
    return "".join(part.text for part in parts if part.WhichOneof("content") == "text")
