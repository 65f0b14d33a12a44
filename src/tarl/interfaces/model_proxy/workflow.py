"""A session of the proxy as a durable run: it is sent requests, asks models, and answers.

1. Each request is one step ``model.<name>`` through the gateway: policy, permits, budgets and
   evidence hold for it as for any other effect.
2. A request that comes again under its key gets the recorded answer, or waits for the first one's.
   A call that failed may be tried again under its key.
3. Only this room sends what the run takes: the request's digest says whether it came whole.

The run goes on until it is sent the signal ``close``.
"""

from __future__ import annotations

import asyncio
import base64
import zlib
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from tarl.agents.desk import Desk, completion, liveliest
from tarl.agents.model import Heard, Model, ModelRequest, ModelResponse, Price, Source, Usage
from tarl.agents.models.recorded import RecordedModel
from tarl.agents.spending import ANSWER_TOKENS, Budget, BudgetSpent, Spending, most_of
from tarl.errors import ActivityFailed, Conflict, Denied, Exceeded, Invalid, TarlError, Unavailable
from tarl.interfaces.model_proxy.wires import Wires
from tarl.kernel.context import Context
from tarl.kernel.definition import Workflow
from tarl.values.plain import plain

NAME = "model_proxy"
ASK = "ask"
PART = "part"
CLOSE = "close"
USAGE = "usage"

CALLS_MAX = 100_000
"""Of one session: its run is kept whole, and another session costs nothing."""

KEYS_MAX = 10_000
"""Of which the answers are known again: a client that asks again does so soon."""

INLINE_BYTES_MAX = 16 * 1024
"""A larger request comes in parts: a message lies in an event."""

PART_CHARS_MAX = 24 * 1024
REQUEST_BYTES_MAX = 32 * 1024 * 1024
INCOMPLETE_MAX = 256
"""Requests of which parts came and the rest did not: the process died, or a client gave up."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session may do.

    Attributes:
        models: Which models may be asked, and what their tokens cost.
        budget: What all calls of the session together may take.
        replay: The run whose recording answers.
    """

    models: dict[str, Price]
    budget: Budget = Budget()
    replay: str | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request as it is sent to the run.

    Attributes:
        id: The call's own.
        digest: Of the request.
        request: The request; None when it came in parts.
        key: The client's word for this one call, under which it may ask again.
        streams: Whether the client listens while the model speaks.
    """

    id: str
    digest: str
    request: ModelRequest | None = None
    key: str | None = None
    streams: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a large request: base64 of its compressed canonical JSON, in order."""

    call: str
    text: str


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why there is no answer."""

    code: str
    kind: str
    message: str
    next_step: str | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a request; ``again`` when it was recorded before."""

    response: ModelResponse | None = None
    failure: Failure | None = None
    again: bool = False


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a session came to."""

    calls: int
    usage: Usage
    source: Source | None


class Served:
    """A model as one call of a session asks it.

    Args:
        name: The model's name.
        price: What the session's terms say that it costs.
        model: Who answers; None in a process that only replays.
        call: The call's id: who listens, and what went wrong, is kept under it.
        count: How often the session asked the same before.
        wires: Where those listen.
    """

    def __init__(
        self, name: str, price: Price, model: Model | None, *, call: str, count: int, wires: Wires
    ) -> None:
        self.name = name
        self.price = price
        self.source: Source = "live" if model is None else model.source
        self._model = model
        self._call, self._count, self._wires = call, count, wires

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """Ask the model, and let those listen who wait for it."""
        wire = self._wires.get(self._call)
        try:
            if self._model is None:
                raise Unavailable(
                    f"nobody answers for {self.name} here",
                    code="proxy.no_model",
                    next_step="start the proxy with this model",
                )
            if isinstance(self._model, RecordedModel):
                response = self._model.recorded(request, self._count)
                if heard is not None:
                    heard(response.message.content)
            else:
                response = await self._model.complete(
                    request, heard=None if heard is None else wire.attempt(heard)
                )
        except TarlError as error:
            wire.error = error
            raise
        return response


class _Session:
    """The state of one session: what its run computes again in every replay."""

    def __init__(
        self, ctx: Context, terms: Terms, models: Mapping[str, Model], wires: Wires
    ) -> None:
        self._ctx, self._terms = ctx, terms
        self._models, self._wires = models, wires
        self._spending = Spending(terms.budget, ctx.now)
        self._parts: dict[str, list[str]] = {}
        self._known: dict[str, tuple[str, asyncio.Future[Outcome]]] = {}
        self._asked: Counter[str] = Counter()
        self._calls = 0
        self._source: Source | None = None

    def take_part(self, payload: Any) -> None:
        """Keep a part until the call comes that it is of."""
        part = msgspec.convert(payload, Part)
        self._parts.setdefault(part.call, []).append(part.text)
        while len(self._parts) > INCOMPLETE_MAX:
            del self._parts[next(iter(self._parts))]

    async def ask(self, payload: Any) -> Any:
        """Answer a call."""
        call = msgspec.convert(payload, Call)
        try:
            outcome = await self._once(call)
        except TarlError as error:
            outcome = _failed(error)
        return plain(outcome)

    async def _once(self, call: Call) -> Outcome:
        request = self._request(call)
        if call.key is None:
            return await self._answer(call, request)
        known = self._known.get(call.key)
        if known is not None:
            if known[0] != call.digest:
                raise Conflict(
                    "the key was used for another request",
                    code="proxy.key_reused",
                    next_step="give each request an Idempotency-Key of its own",
                )
            return msgspec.structs.replace(await asyncio.shield(known[1]), again=True)
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._known[call.key] = call.digest, done
        if len(self._known) > KEYS_MAX:
            del self._known[next(iter(self._known))]
        try:
            outcome = await self._answer(call, request)
        except TarlError as error:
            self._known.pop(call.key, None)
            outcome = _failed(error)
        done.set_result(outcome)
        return outcome

    async def _answer(self, call: Call, request: ModelRequest) -> Outcome:
        if self._calls >= CALLS_MAX:
            raise Exceeded(
                f"the session has had {CALLS_MAX} calls",
                code="proxy.session_full",
                next_step="open another session",
            )
        self._calls += 1
        price = self._terms.models.get(request.model)
        if price is None:
            raise Invalid(
                f"the session's terms do not name the model {request.model!r}",
                code="proxy.model",
                next_step=f"one of {', '.join(self._terms.models)}",
            )
        desk = Desk(self._ctx, NAME, self._spending, streams=call.streams)
        request = desk.bounded(self._bounded(request))
        count = self._asked[request.digest]
        self._asked[request.digest] += 1
        model = Served(
            request.model,
            price,
            self._models.get(request.model),
            call=call.id,
            count=count,
            wires=self._wires,
        )
        response: ModelResponse = await desk.ask(
            completion(model), request, most=most_of(request, price)
        )
        self._source = liveliest(self._source, response.source)
        return Outcome(response=response)

    def _bounded(self, request: ModelRequest) -> ModelRequest:
        """Where cost is bounded, so is the answer: what is set aside is the most that it takes."""
        budget = self._terms.budget
        if request.tokens_max is not None or budget.cost_micro is None:
            return request
        return msgspec.structs.replace(request, tokens_max=ANSWER_TOKENS)

    def _request(self, call: Call) -> ModelRequest:
        parts = self._parts.pop(call.id, [])
        if call.request is not None:
            request = call.request
        else:
            packed = base64.b64decode("".join(parts))
            data = zlib.decompressobj().decompress(packed, REQUEST_BYTES_MAX)
            if sha256(data).hexdigest() != call.digest:
                raise Unavailable(
                    "the request did not come whole", code="proxy.incomplete", next_step="try again"
                )
            request = msgspec.json.decode(data, type=ModelRequest)
        return request

    def usage(self) -> Any:
        """What the session used so far."""
        return plain(self.summary())

    def summary(self) -> Summary:
        """What the session came to."""
        return Summary(calls=self._calls, usage=self._spending.used, source=self._source)


def sessions(models: Mapping[str, Model], wires: Wires) -> Workflow[..., Any]:
    """The workflow ``model_proxy`` of a process in which these models answer."""

    async def model_proxy(ctx: Context, terms: Terms) -> Summary:
        session = _Session(ctx, terms, models, wires)
        ctx.on_signal(PART, session.take_part)
        ctx.on_update(ASK, session.ask, validator=_check)
        ctx.on_query(USAGE, session.usage)
        await ctx.wait_for_signal(CLOSE)
        return session.summary()

    return Workflow(model_proxy, name=NAME)


def _check(payload: Any) -> None:
    msgspec.convert(payload, Call)


def _failed(error: TarlError) -> Outcome:
    kind = error.type if isinstance(error, ActivityFailed) else type(error).__name__
    code = "agent.budget" if isinstance(error, BudgetSpent) else error.code
    message = error.message
    if isinstance(error, Denied):
        kind = "Denied"
    failure = Failure(code=code, kind=kind, message=message, next_step=error.next_step)
    return Outcome(failure=failure)
