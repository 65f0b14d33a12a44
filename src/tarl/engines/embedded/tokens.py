"""Calls that share one outcome by the user's token: of one tenant and activity, whoever calls.

The first caller to own the token's stream carries the effect out; the others, in this process or
another, wait for what it records. An outcome that failed is not kept: the next caller tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from tarl.errors import Conflict, Invalid
from tarl.journal.event import Event
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.kernel import events
from tarl.kernel.effect import Effect
from tarl.kernel.events import ErrorRecord
from tarl.kernel.gateway import Outcome, failed
from tarl.kernel.payload import decode_value
from tarl.kernel.values import Shelf, unshelve
from tarl.values.ids import encode_segment

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine

CALL_COMPLETED = "call.completed/1"

WAIT_S = 0.01
"""How often a caller looks whether another one has come to an outcome."""


class CallCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """What a call by token came to; ``args`` is the SHA-256 of its arguments, in hex."""

    args: str
    result: msgspec.Raw


_decode = msgspec.json.Decoder(CallCompleted).decode


class Tokens:
    """The calls by token of one runtime."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def once(
        self, effect: Effect, perform: Callable[[], Awaitable[Outcome]], *, shelf: Shelf
    ) -> Outcome:
        """The outcome of the call, carried out now or known already."""
        token = effect.activity.token
        assert token is not None
        parts = (effect.run.tenant, effect.activity.name, token)
        stream = "call/" + "/".join(encode_segment(part) for part in parts)
        args = sha256(effect.command.body_of_arguments()).hexdigest()
        while True:
            recorded = next(self._engine.store.read(stream, until=1), None)
            if recorded is not None:
                return self._shared(effect, recorded, args, shelf)
            try:
                self._engine.own(stream)
            except Conflict:
                await asyncio.sleep(WAIT_S)
                continue
            try:
                if self._engine.store.head(stream) is None:
                    outcome = await perform()
                    if outcome.kind == events.STEP_COMPLETED:
                        self._record(effect, stream, args, outcome)
                    return outcome
            finally:
                self._engine.disown(stream)

    def _record(self, effect: Effect, stream: str, args: str, outcome: Outcome) -> None:
        result = bytes(events.DECODERS[events.STEP_COMPLETED](outcome.body).result)
        codec = self._engine.store.codec
        writer = StreamWriter(stream, tenant=effect.run.tenant, codec=codec)
        body = b'{"args":"%b","result":%b}' % (args.encode(), result)
        row = writer.append(CALL_COMPLETED, body, at_ms=self._engine.clock.now_ms())
        self._engine.committer.flush()  # a large result lies with the rows of the run
        self._engine.store.commit(Batch([row]))

    def _shared(self, effect: Effect, recorded: Event, args: str, shelf: Shelf) -> Outcome:
        activity, step = effect.activity, effect.step
        if recorded.body is None:
            raise Invalid(f"the outcome of token {activity.token!r} is erased", code="token.erased")
        call = _decode(recorded.body)
        if call.args != args:
            record = ErrorRecord(
                type="token.other_arguments",
                message=f"token {activity.token!r} of {activity.name} was used with other"
                " arguments; a token stands for one call",
            )
            return msgspec.structs.replace(
                failed(record, step, activity=activity.name), failure=None
            )
        result = bytes(call.result)
        value = decode_value(unshelve(result, shelf=shelf), activity.result_type)
        body = events.step_completed(result, step)
        return Outcome(events.STEP_COMPLETED, body, value, None)
