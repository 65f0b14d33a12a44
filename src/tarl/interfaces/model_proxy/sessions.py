"""Sessions by name: begun or taken up again when they are first asked, each a run of its own."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from tarl.agents.model import Model
from tarl.agents.models.chat_requests import Asked
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.errors import Conflict, Exceeded, Invalid, RunFailed, TarlError
from tarl.interfaces.model_proxy.wires import Wire, Wires
from tarl.interfaces.model_proxy.workflow import (
    ASK,
    INLINE_BYTES_MAX,
    PART,
    PART_CHARS_MAX,
    Call,
    Outcome,
    Part,
    Terms,
    sessions,
)
from tarl.values.plain import plain

if TYPE_CHECKING:
    from tarl.engines.embedded.handle import Handle
    from tarl.engines.embedded.runtime import Runtime
    from tarl.values.ids import RunId

SESSIONS_MAX = 1_000
"""At once: each is a run that is under way."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")

WAIT_S = 600.0
"""How long a request waits for its answer: longer than all attempts at a model, and long enough for
a person to approve."""


class Sessions:
    """The sessions of one proxy.

    Args:
        runtime: Where they run.
        terms: What each of them may do.
        models: Who answers.
        prefix: What the ids of their runs begin with.
        agent: For whom they act.
        task: What that agent's authority must be for.
        tenant: Whose runs they are.
        wait_s: How long a request waits for its answer.
    """

    def __init__(
        self,
        runtime: Runtime,
        terms: Terms,
        models: Mapping[str, Model],
        *,
        prefix: str = "proxy-",
        agent: str | None = None,
        task: str | None = None,
        tenant: str | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        self.terms = terms
        self._runtime = runtime
        self._wires = Wires()
        self._workflow = sessions(models, self._wires)
        self._prefix = prefix
        self._agent, self._task, self._tenant = agent, task, tenant
        self._wait_s = wait_s
        self._runs: dict[str, asyncio.Task[Handle]] = {}

    async def ask(
        self, session: str, asked: Asked, *, call: str, key: str | None = None
    ) -> Outcome:
        """Ask in a session, and wait for the outcome, which is recorded when this returns.

        Args:
            session: The session's name.
            asked: What is asked.
            call: The call's id.
            key: The client's word for this one call.

        Raises:
            Conflict: the session has ended (``run.ended``), or is on other terms (``proxy.terms``).
            Unavailable: no outcome in time; it may still come (``update.no_answer``).
        """
        request = asked.request
        handle = await self._session(session)
        whole = Call(
            id=call, digest=request.digest, request=request, key=key, streams=asked.streams
        )
        if len(request.encoded) > INLINE_BYTES_MAX:
            whole = msgspec.structs.replace(whole, request=None)
            text = base64.b64encode(zlib.compress(request.encoded)).decode()
            for at in range(0, len(text), PART_CHARS_MAX):
                part = Part(call=call, text=text[at : at + PART_CHARS_MAX])
                await EmbeddedEngine(self._runtime).signal(handle.run_id, PART, plain(part))
        update = asyncio.ensure_future(
            self._runtime.update(handle.run_id, ASK, plain(whole), timeout_s=self._wait_s)
        )
        try:
            await asyncio.wait({update, handle.future}, return_when=asyncio.FIRST_COMPLETED)
            if not update.done() and not handle.future.cancelled():
                error = handle.future.exception()
                if error is not None and not isinstance(error, RunFailed):
                    raise error  # the run is not under way any more: nobody would answer
            return msgspec.convert(await update, Outcome)
        finally:
            update.cancel()

    def open_wire(self) -> tuple[str, Wire]:
        """A new call's id, and where it can be listened to while the wire is held."""
        call = secrets.token_hex(12)
        return call, self._wires.open(call)

    async def run(self, session: str) -> RunId:
        """The run of a session, which is begun if there is none."""
        return (await self._session(session)).run_id

    async def _session(self, session: str) -> Handle:
        check_session(session)
        opening = self._runs.get(session)
        if opening is None:
            if len(self._runs) >= SESSIONS_MAX:
                raise Exceeded(
                    f"{SESSIONS_MAX} sessions are open",
                    code="proxy.sessions",
                    next_step="go on in one of them, or start the proxy anew",
                )
            opening = self._runs[session] = asyncio.create_task(self._open(session))
        try:
            return await asyncio.shield(opening)
        except TarlError:
            self._runs.pop(session, None)
            raise

    async def _open(self, session: str) -> Handle:
        id = f"{self._prefix}{session}"
        try:
            return await self._runtime.start(
                self._workflow,
                self.terms,
                id=id,
                agent=self._agent,
                task=self._task,
                tenant=self._tenant,
            )
        except Conflict as error:
            if error.code != "run.exists":
                raise
            raise Conflict(
                f"the session {session} was begun on other terms: other models, prices, budgets,"
                " agent or task",
                code="proxy.terms",
                next_step="choose another session, or start the proxy as it was",
                run=id,
            ) from None


def check_session(name: str) -> None:
    """Refuse what cannot be a session's name.

    Raises:
        Invalid: ``proxy.session``.
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            "a session's name is 1 to 128 letters, digits, dots, dashes or underscores",
            code="proxy.session",
            next_step="send another X-Tarl-Session",
        )
