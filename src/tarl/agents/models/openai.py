"""A model behind any endpoint that speaks OpenAI's chat completions, over httpx (extra ``models``).

1. The key goes into one header of one request, and nowhere else: not into a record, a message of an
   error or a log. What a provider says is told without it.
2. An answer is bounded in size and in time, and taken whole or not at all.
3. Redirects are not followed: a key is for the address that was named.

Source: OpenAI API reference; server-sent events: WHATWG HTML, section 9.2.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from tarl.agents.model import FREE, Heard, ModelRequest, ModelResponse, Price, Source
from tarl.agents.models.chat_answers import Gathered, malformed, read_answer, too_large
from tarl.agents.models.chat_requests import request_body
from tarl.errors import Corrupt, Invalid, TarlError, Unavailable

if TYPE_CHECKING:
    import ssl

    import httpx

OPENAI = "https://api.openai.com/v1"

ANSWER_CHARS_MAX = 4 * 1024 * 1024
"""Text and arguments of one answer: what is larger belongs outside."""

WRAPPED = 24
"""Bytes of a stream for one character of its text, at most: each piece repeats what it is of."""

CONNECT_S = 10.0
SILENCE_S = 120.0
"""A provider that says nothing for so long is not answering."""

ANSWER_S = 280.0
"""The whole of an answer: less than a step has."""

RETRY_AFTER_MS_MAX = 3_600_000

_SAID_CHARS = 300
_KEYLESS = "(not shown)"


class OpenAIModel:
    """A model that a service answers for.

    Args:
        name: The model's name; also what the service is asked for, unless ``sent_as`` says it.
        base_url: Where ``/chat/completions`` lies.
        api_key: The key.
        api_key_env: The environment variable that holds the key when a request is made.
        price: What the model's tokens cost.
        pinned: The exact version that must answer, as the service names it.
        sent_as: The model as the service knows it.
        tokens_name: What the service calls the bound of an answer; by its address when left out.
        silence_s: How long the service may say nothing.
        answer_s: How long a whole answer may take.
        answer_chars_max: How much an answer may hold.

    Raises:
        Invalid: an address or a key that cannot be used (``model.address``, ``model.key``).
    """

    source: Source = "live"

    def __init__(
        self,
        name: str,
        *,
        base_url: str = OPENAI,
        api_key: str | None = None,
        api_key_env: str | None = None,
        price: Price = FREE,
        pinned: str | None = None,
        sent_as: str | None = None,
        tokens_name: str | None = None,
        silence_s: float = SILENCE_S,
        answer_s: float = ANSWER_S,
        answer_chars_max: int = ANSWER_CHARS_MAX,
    ) -> None:
        self.name = name
        self.price = price
        self.pinned = pinned
        self._url, self._host = _address(base_url)
        self._sent_as = sent_as
        self._api_key, self._api_key_env = api_key, api_key_env
        own_name = "max_completion_tokens" if base_url == OPENAI else "max_tokens"
        self._tokens_name = tokens_name or own_name
        self._silence_s, self._answer_s = silence_s, answer_s
        self._chars_max = answer_chars_max
        if api_key is not None and api_key_env is not None:
            raise Invalid("a key, or the variable that holds it: not both", code="model.key")
        if api_key is not None:
            _check_key(api_key, "the key")

    def __repr__(self) -> str:
        return f"OpenAIModel({self.name!r}, {self._host!r})"

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """Ask the service; with ``heard`` the answer comes as a stream. See ``Model.complete``.

        Raises:
            Invalid: the service refuses the request (``model.refused``), or there is no key.
            Unavailable: no answer (``model.unreachable``, ``model.silent``, ``model.failed``), too
                many requests (``model.rate_limited``), or half an answer (``model.cut_off``).
            Corrupt: no answer that could be read (``model.malformed``), or of another version than
                the pinned one (``model.changed``).
            Exceeded: more than is taken (``model.answer_too_large``), or a prompt over the limit.
        """
        request.prompt_bytes  # noqa: B018 (refuses what is too large)
        body = request_body(request, tokens_name=self._tokens_name, model=self._sent_as)
        if heard is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        loop, key = asyncio.get_running_loop(), self._key()
        began = loop.time()
        try:
            async with asyncio.timeout(self._answer_s), self._sent(body, key) as response:
                if response.status_code != 200:
                    raise await self._refusal(response, key)
                raw = await (
                    self._whole(response) if heard is None else self._told(response, heard)
                )
        except TimeoutError:
            raise self._unanswered("model.silent", "did not answer in time") from None
        answer = read_answer(
            raw, request, price=self.price, latency_ms=round((loop.time() - began) * 1000)
        )
        self._check_version(answer.model)
        return answer

    @cached_property
    def _roots(self) -> ssl.SSLContext:
        """Whom TLS trusts; reading it takes longer than a request."""
        context: ssl.SSLContext = _httpx().create_ssl_context()
        return context

    @asynccontextmanager
    async def _sent(self, body: dict[str, Any], key: str | None) -> AsyncIterator[httpx.Response]:
        httpx = _httpx()
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream" if "stream" in body else "application/json",
            "accept-encoding": "identity",
        }
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        limits = httpx.Timeout(self._silence_s, connect=CONNECT_S)
        data = msgspec.json.encode(body)
        try:
            async with (
                httpx.AsyncClient(
                    timeout=limits, follow_redirects=False, verify=self._roots
                ) as client,
                client.stream("POST", self._url, content=data, headers=headers) as response,
            ):
                yield response
        except (httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout):
            raise self._unanswered(
                "model.silent", f"said nothing for {self._silence_s:g} s"
            ) from None
        except (httpx.RemoteProtocolError, httpx.ReadError):
            raise self._cut_off("the connection was closed") from None
        except httpx.HTTPError as error:
            why = f"cannot be reached ({type(error).__name__})"
            raise self._unanswered("model.unreachable", why) from None

    async def _whole(self, response: httpx.Response) -> Any:
        data = await _read(response, self._chars_max * 4)
        try:
            return msgspec.json.decode(data)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise malformed(f"no JSON ({error})") from None

    async def _told(self, response: httpx.Response, heard: Heard) -> Any:
        gathered = Gathered(chars_max=self._chars_max)
        async for data in _events(response, self._chars_max):
            if data == b"[DONE]":
                return gathered.whole()
            try:
                piece = msgspec.json.decode(data)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                raise malformed(f"a piece of it is no JSON ({error})") from None
            if isinstance(piece, dict) and piece.get("error"):
                raise self._cut_off("the service told of an error")
            text = gathered.take(piece)
            if gathered.model is not None:
                self._check_version(gathered.model)
            if text:
                heard(text)
        if gathered.finish is None:
            raise self._cut_off("the stream ended")
        return gathered.whole()

    def _check_version(self, model: str) -> None:
        if self.pinned is not None and model != self.pinned:
            raise Corrupt(
                f"{self._host} answered as {model[:100]!r}; {self.name} is pinned to"
                f" {self.pinned!r}",
                code="model.changed",
                next_step="try the new version, then pin that one",
                pinned=self.pinned,
                answered=model[:100],
            )

    async def _refusal(self, response: httpx.Response, key: str | None) -> TarlError:
        status = response.status_code
        said = _message(await _read(response, 65_536, cut=True))
        said = said if key is None else said.replace(key, _KEYLESS)
        told = f": {said}" if said else ""
        if status == 429:
            return Unavailable(
                f"{self._host} is asked too often{told}",
                code="model.rate_limited",
                next_step="wait, or ask less often",
                retry_after_ms=_retry_after_ms(response),
            )
        if status >= 500 or status in (408, 409, 425):
            return self._unanswered("model.failed", f"failed with status {status}{told}")
        return Invalid(
            f"{self._host} refuses the request with status {status}{told}",
            code="model.refused",
            next_step="see what it says about the request, the model's name and the key",
            status=status,
        )

    def _unanswered(self, code: str, why: str) -> Unavailable:
        return Unavailable(
            f"{self._host} {why}", code=code, next_step="try again later", model=self.name
        )

    def _cut_off(self, why: str) -> Unavailable:
        return Unavailable(
            f"the answer of {self._host} was cut off: {why}",
            code="model.cut_off",
            next_step="ask again",
            model=self.name,
        )

    def _key(self) -> str | None:
        if self._api_key_env is None:
            return self._api_key
        key = os.environ.get(self._api_key_env, "").strip()
        if not key:
            raise Invalid(
                f"{self._api_key_env} holds no key for {self._host}",
                code="model.key",
                next_step=f"export {self._api_key_env}=...",
            )
        _check_key(key, self._api_key_env)
        return key


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise Unavailable(
            "httpx is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[models]'",
        ) from error
    return httpx


def _address(base_url: str) -> tuple[str, str]:
    """Where requests go, and how messages call it."""
    try:
        parts = urlsplit(base_url)
        parts.port  # noqa: B018 (refuses what is no number)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Invalid(
            "the address of a model begins with http:// or https://, and names a host",
            code="model.address",
            next_step="name it as https://api.openai.com/v1",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Invalid(
            "the address of a model holds no user, password or query",
            code="model.address",
            next_step="give a key as api_key_env",
        )
    return f"{base_url.rstrip('/')}/chat/completions", parts.netloc


def _check_key(key: str, what: str) -> None:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise Invalid(f"{what} holds no key that a header could carry", code="model.key")


async def _read(response: httpx.Response, bytes_max: int, *, cut: bool = False) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise malformed("it is compressed, which was not asked for")
    data = bytearray()
    async for part in response.aiter_raw():
        data += part
        if len(data) > bytes_max:
            if cut:
                break
            raise too_large(bytes_max // 4)
    return bytes(data)


async def _events(response: httpx.Response, chars_max: int) -> AsyncIterator[bytes]:
    """The data of server-sent events; their names do not matter here."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise malformed("it is compressed, which was not asked for")
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise malformed("it is no stream of events")
    bytes_max, taken = 65_536 + chars_max * WRAPPED, 0
    rest = b""
    async for part in response.aiter_raw():
        taken += len(part)
        if taken > bytes_max:
            raise too_large(chars_max)
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > chars_max:
            raise malformed(f"a piece of it has more than {chars_max} bytes")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()
    if rest.startswith(b"data:"):
        yield rest[5:].strip()


def _message(data: bytes) -> str:
    """What a provider says about an error, on one line."""
    try:
        raw = msgspec.json.decode(data)
        error = raw.get("error", raw)
        text = error if isinstance(error, str) else str(error.get("message", ""))
    except (msgspec.MsgspecError, AttributeError, RecursionError, UnicodeDecodeError):
        return ""
    return "".join(c if c.isprintable() else " " for c in text)[:_SAID_CHARS]


def _retry_after_ms(response: httpx.Response) -> int:
    """RFC 9110, section 10.2.3: seconds, or a date, which is counted from the answer's own."""
    headers = response.headers
    try:
        if "retry-after-ms" in headers:
            wait_ms = round(float(headers["retry-after-ms"]))
        elif headers.get("retry-after", "0").replace(".", "", 1).isdigit():
            wait_ms = round(float(headers.get("retry-after", "0")) * 1000)
        else:
            until = parsedate_to_datetime(headers["retry-after"])
            waits = until - parsedate_to_datetime(headers["date"])
            wait_ms = round(waits.total_seconds() * 1000)
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0
    return max(0, min(wait_ms, RETRY_AFTER_MS_MAX))
