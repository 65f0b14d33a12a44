"""A server that speaks OpenAI's chat completions and answers with the models that it is given.

For tests and demonstrations: it listens on this machine alone, on a free port, and says what it was
asked. Faults are taken one for each request, in order, before its models answer.

    with StubServer(ScriptedModel("gpt", "hello")) as stub:
        OpenAIModel("gpt", base_url=stub.base_url)
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

import msgspec

from tarl.agents.model import Model, ModelResponse
from tarl.agents.models.chat_answers import Pieces, answer_body
from tarl.agents.models.chat_requests import Asked, read_request
from tarl.errors import TarlError

Fault = Literal[
    "none",
    "rate_limit",
    "refuse",
    "server_error",
    "malformed",
    "wrong_shape",
    "cut_off",
    "wrong_model",
    "slow",
    "silent",
    "endless",
    "no_usage",
]
"""What goes wrong with one request; ``slow`` waits ``slow_s`` before it answers, ``silent`` never
does."""

REQUESTS_MAX = 10_000
"""Of those it was asked, the last ones are kept."""

BODY_BYTES_MAX = 64 * 1024 * 1024

RETRY_AFTER_S = 2


class StubServer:
    """The server, for as long as a block runs.

    Args:
        models: Who answers, by name.
        faults: What goes wrong with the first requests.
        slow_s: How long a slow answer takes.
        api_key: What requests must bear, if anything.
        port: The port; one that is free when 0.

    Attributes:
        faults: What goes wrong with the next requests.
        requests: The bodies that it was sent, in order.
    """

    def __init__(
        self,
        *models: Model,
        faults: Iterable[Fault] = (),
        slow_s: float = 0.5,
        api_key: str | None = None,
        port: int = 0,
    ) -> None:
        self.models = {model.name: model for model in models}
        self.faults: deque[Fault] = deque(faults)
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_MAX)
        self.slow_s = slow_s
        self.api_key = api_key
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """Where it is reached."""
        assert self._server is not None, "the server runs inside a with block"
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> StubServer:
        self._server = _Server(self, self._port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.is_closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, stub: StubServer, port: int) -> None:
        self.stub = stub
        self.is_closing = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """The models."""
        listed = [{"id": name, "object": "model"} for name in self.server.stub.models]
        self._answer(200, {"object": "list", "data": listed})

    def do_POST(self) -> None:
        """One request for a completion."""
        stub = self.server.stub
        data = self.rfile.read(min(int(self.headers.get("content-length", 0)), BODY_BYTES_MAX))
        if stub.api_key is not None and self.headers.get("authorization") != (
            f"Bearer {stub.api_key}"
        ):
            given = self.headers.get("authorization", "")
            self._fail(401, f"Incorrect API key provided: {given}", "invalid_api_key")
            return
        try:
            asked = read_request(data, parameters=frozenset(msgspec.json.decode(data)))
        except (TarlError, msgspec.MsgspecError) as error:
            self._fail(400, str(error), "invalid_request_error")
            return
        stub.requests.append(msgspec.json.decode(data))
        fault = stub.faults.popleft() if stub.faults else "none"
        wrong = _WRONG.get(fault)
        if wrong is None or not wrong(self, asked):
            self._complete(asked, fault)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: ``StubServer.requests`` tells."""

    def _complete(self, asked: Asked, fault: Fault) -> None:
        model = self.server.stub.models.get(asked.request.model)
        if model is None:
            self._fail(404, f"there is no model {asked.request.model!r}", "model_not_found")
            return
        response = asyncio.run(model.complete(asked.request))
        if fault == "wrong_model":
            response = msgspec.structs.replace(response, model=f"{response.model}-changed")
        if asked.streams:
            self._stream(asked, response, fault)
            return
        body = answer_body(response, id="chatcmpl-stub", created_s=0)
        if fault == "no_usage":
            del body["usage"]
        if fault == "cut_off":
            self._answer(200, body, sent=0.5)
        else:
            self._answer(200, body)

    def _stream(self, asked: Asked, response: ModelResponse, fault: Fault) -> None:
        pieces = Pieces(model=response.model, id="chatcmpl-stub", created_s=0)
        self._begin_stream()
        self._piece(pieces.piece({"role": "assistant", "content": ""}))
        words = response.message.content.split(" ")
        for at, word in enumerate(words):
            if fault == "cut_off" and at * 2 >= len(words):
                self.close_connection = True
                return
            self._piece(pieces.piece({"content": word if at == 0 else f" {word}"}))
        usage = asked.includes_usage and fault != "no_usage"
        for piece in pieces.rest(response, includes_usage=usage):
            self._piece(piece)
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True

    def _piece(self, piece: dict[str, Any]) -> None:
        self._chunk(b"data: %b\n\n" % msgspec.json.encode(piece))

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _fail(self, status: int, message: str, code: str, *, wait_s: int | None = None) -> None:
        error = {"message": message, "type": code, "param": None, "code": code}
        self._answer(status, {"error": error}, wait_s=wait_s)

    def _answer(
        self, status: int, body: Any, *, wait_s: int | None = None, sent: float = 1.0
    ) -> None:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("connection", "close")
        if wait_s is not None:
            self.send_header("retry-after", str(wait_s))
        self.end_headers()
        self.wfile.write(data[: round(len(data) * sent)])
        self.close_connection = True

    def _rate_limit(self, asked: Asked) -> bool:
        self._fail(429, "too many requests", "rate_limit_exceeded", wait_s=RETRY_AFTER_S)
        return True

    def _refuse(self, asked: Asked) -> bool:
        self._fail(400, "this is not permitted here", "invalid_request_error")
        return True

    def _server_error(self, asked: Asked) -> bool:
        self._fail(500, "the server had an error", "server_error")
        return True

    def _malformed(self, asked: Asked) -> bool:
        if asked.streams:
            self._begin_stream()
            self._chunk(b"data: {not json\n\n")
            self._chunk(b"")
        else:
            self._answer(200, b"{not json")
        return True

    def _wrong_shape(self, asked: Asked) -> bool:
        if asked.streams:
            self._begin_stream()
            self._piece({"model": "m", "choices": [{"delta": {"content": 7}}]})
            self._chunk(b"")
        else:
            self._answer(200, {"object": "chat.completion", "choices": "none"})
        return True

    def _slow(self, asked: Asked) -> bool:
        self.server.is_closing.wait(self.server.stub.slow_s)
        return False

    def _silent(self, asked: Asked) -> bool:
        self.server.is_closing.wait()
        self.close_connection = True
        return True

    def _endless(self, asked: Asked) -> bool:
        pieces = Pieces(model=asked.request.model, id="chatcmpl-stub", created_s=0)
        self._begin_stream()
        while not self.server.is_closing.is_set():
            self._piece(pieces.piece({"content": "and so on, " * 100}))
            time.sleep(0)
        return True


_WRONG: dict[Fault, Callable[[_Handler, Asked], bool]] = {
    "rate_limit": _Handler._rate_limit,
    "refuse": _Handler._refuse,
    "server_error": _Handler._server_error,
    "malformed": _Handler._malformed,
    "wrong_shape": _Handler._wrong_shape,
    "slow": _Handler._slow,
    "silent": _Handler._silent,
    "endless": _Handler._endless,
}
"""What a fault does instead of answering; True when that was all."""
