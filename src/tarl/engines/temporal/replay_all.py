"""Many histories, fetched from Temporal and replayed by several processes at once.

1. Histories stream through: for each process one that it replays and one that is fetched meanwhile;
   none is written to disk.
2. Each run has an outcome of its own. A divergence ends nothing; nor does a process that dies or
   takes too long, whose run alone has failed.
3. Whatever ends this ends the processes: they are given up, since they have nothing to lose.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.temporal import wire
from tarl.engines.temporal.recorded import to_bytes
from tarl.engines.temporal.replay_process import (
    FRAME_BYTES_MAX,
    HEAD_BYTES,
    Answer,
    Done,
    Given,
    Ready,
    Told,
    framed,
    read_answer,
)
from tarl.engines.temporal.silence import unavailable
from tarl.errors import Invalid, Missing, TarlError, Unavailable
from tarl.kernel.engine import Replayed
from tarl.values.ids import encode_segment
from tarl.values.instants import isoformat_ms

PROCESSES_MAX = 64

START_S_MAX = 120.0
"""How long a process may take to load the code."""

REPLAY_S_MAX = 300.0
"""How long one history may take: a hundred times what the largest that Temporal allows takes."""

END_S_MAX = 10.0
"""How long a process may take to end once it is told that nothing more comes."""

_STATUS = {
    "running": "Running",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Canceled",
    "terminated": "Terminated",
    "continued": "ContinuedAsNew",
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs.

    Attributes:
        workflow: Of this wire name.
        status: As they stand; ``all`` for any.
        since_ms: Started then or later.
        tenant: Of this tenant.
        limit: So many, the newest.
    """

    workflow: str | None = None
    status: str = "all"
    since_ms: int | None = None
    tenant: str | None = None
    limit: int

    @property
    def query(self) -> str:
        """As Temporal is asked."""
        said = []
        if self.workflow is not None:
            said.append(f"WorkflowType = {_quoted(self.workflow)}")
        if self.status != "all":
            said.append(f"ExecutionStatus = '{_STATUS[self.status]}'")
        if self.since_ms is not None:
            said.append(f"StartTime >= '{isoformat_ms(self.since_ms)}'")
        return " AND ".join(said)


class Found(NamedTuple):
    """A run that Temporal lists: its name there, and its history's."""

    workflow_id: str
    history_id: str
    workflow: str


class Outcome(NamedTuple):
    """What the replay of one run came to: ``replayed``, or the error."""

    found: Found
    replayed: Replayed | None
    error: TarlError | None


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """How histories are replayed.

    Attributes:
        command: What a process is started with.
        greeting: The first message to it.
        processes: How many there are.
        strict: Whether a run that has ended must end exactly there.
    """

    command: tuple[str, ...]
    greeting: Any
    processes: int
    strict: bool = True


async def replay_all(
    client: Client, wanted: Wanted, how: Replaying, tell: Callable[[Outcome], None]
) -> None:
    """Replay what is wanted; ``tell`` is told each outcome as it comes.

    Raises:
        Unavailable: Temporal does not answer (``temporal.unavailable``), or a process cannot be
            started (``replay.process``).
        TarlError: what a process says that it cannot load.
    """
    source = _Source(client, wanted)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(how.processes):
                group.create_task(_work(group, source, how, tell))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _work(
    group: asyncio.TaskGroup, source: _Source, how: Replaying, tell: Callable[[Outcome], None]
) -> None:
    """Replay, and have the next history fetched meanwhile."""
    process = _Process(how)
    try:
        ahead = group.create_task(source.next())
        while (job := await ahead) is not None:
            ahead = group.create_task(source.next())
            found, history = job
            if isinstance(history, TarlError):
                tell(Outcome(found, None, history))
            else:
                tell(await _replay(process, found, history, strict=how.strict))
        await process.end()
    finally:
        await process.kill()


async def _replay(process: _Process, found: Found, history: bytes, *, strict: bool) -> Outcome:
    try:
        given = framed(Given(history=history, strict=strict))
    except TarlError as error:
        return Outcome(found, None, error)
    await process.start()
    try:
        answer = await process.ask(given, REPLAY_S_MAX)
    except Unavailable as error:
        return Outcome(found, None, error)
    if isinstance(answer, Done):
        return Outcome(found, answer.replayed, None)
    assert isinstance(answer, Told)
    return Outcome(found, None, answer.error)


class _Source:
    """The histories that are wanted, fetched one by one for whoever asks."""

    def __init__(self, client: Client, wanted: Wanted) -> None:
        self._client = client
        self._wanted = wanted
        self._listed = client.list_workflows(wanted.query)
        self._left = wanted.limit
        self._turn = asyncio.Lock()

    async def next(self) -> tuple[Found, bytes | TarlError] | None:
        """The next run with its history, or why there is none; None when no run is left."""
        async with self._turn:
            found = await self._found()
        if found is None:
            return None
        try:
            return found, await fetch(self._client, found.workflow_id, found.history_id)
        except Missing as error:
            return found, error

    async def _found(self) -> Found | None:
        tenant = self._wanted.tenant
        prefix = "" if tenant is None else f"{encode_segment(tenant)}/"
        try:
            while self._left > 0:
                each = await anext(self._listed, None)
                if each is None:
                    self._left = 0
                elif each.workflow_type not in wire.OWN and each.id.startswith(prefix):
                    self._left -= 1
                    return Found(each.id, each.run_id, each.workflow_type)
        except RPCError as error:
            raise unavailable(error, self._client) from error
        return None


class _Process:
    """One of the processes; started when it is needed, and again when it was lost."""

    def __init__(self, how: Replaying) -> None:
        self._command = how.command
        self._greeting = framed(how.greeting)
        self._running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """See that it is there, with the code loaded.

        Raises:
            Unavailable: it cannot be started (``replay.process``).
            TarlError: what it says that it cannot load.
        """
        if self._running is not None:
            return
        self._running = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # an interruption is its owner's to hear
        )
        answer = await self.ask(self._greeting, START_S_MAX)
        if isinstance(answer, Told):
            raise answer.error
        assert isinstance(answer, Ready)

    async def ask(self, frame: bytes, wait_s: float) -> Answer:
        """Send a message and take the answer.

        Raises:
            Unavailable: it was lost, or did not answer in time (``replay.process``).
        """
        process = self._running
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(wait_s):
                with contextlib.suppress(
                    ConnectionError
                ):  # that it is gone is seen when it is read
                    process.stdin.write(frame)
                    await process.stdin.drain()
                head = await process.stdout.readexactly(HEAD_BYTES)
                length = int.from_bytes(head, "big")
                if length > FRAME_BYTES_MAX:
                    raise ValueError(f"a message of {length:,} bytes")
                answer: Answer = read_answer(await process.stdout.readexactly(length))
                return answer
        except TimeoutError:
            await self.kill()
            raise Unavailable(
                f"no answer from the process within {wait_s:.0f} s",
                code="replay.process",
                next_step="replay this run alone, where an endless loop can be looked at",
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            if not isinstance(error, ValueError):  # it is about to end, and says how
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(END_S_MAX):
                        await process.wait()
            await self.kill()
            raise Unavailable(
                f"the process that replayed it has ended ({_said(process.returncode or 0)})",
                code="replay.process",
                next_step="replay this run alone; what the code prints is on stderr",
                exit_code=process.returncode,
            ) from error

    async def end(self) -> None:
        """Let it end."""
        process = self._running
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S_MAX):
                await process.wait()

    async def kill(self) -> None:
        """End it now, and wait until it has ended."""
        process, self._running = self._running, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        ended = asyncio.ensure_future(process.wait())
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            await ended  # nothing keeps what is killed from ending
            raise


async def count(client: Client, wanted: Wanted) -> int:
    """How many runs there are, whatever the limit; of all tenants.

    Raises:
        Unavailable: Temporal does not answer (``temporal.unavailable``).
    """
    try:
        return (await client.count_workflows(wanted.query)).count
    except RPCError as error:
        raise unavailable(error, client) from error


async def fetch(client: Client, workflow_id: str, history_id: str | None = None) -> bytes:
    """A run's history, as it is on the server.

    Raises:
        Missing: Temporal does not have it any more (``temporal.history_gone``).
        Unavailable: Temporal does not answer (``temporal.unavailable``).
    """
    handle = client.get_workflow_handle(workflow_id, run_id=history_id)
    try:
        return to_bytes(await handle.fetch_history())
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise unavailable(error, client) from error
        raise Missing(
            f"Temporal keeps no history of {workflow_id} any more",
            code="temporal.history_gone",
            next_step="replay what is younger: --since INSTANT",
            run=workflow_id,
        ) from error


def _said(ended: int) -> str:
    return f"exit code {ended}" if ended >= 0 else f"killed by signal {-ended}"


def _quoted(text: str) -> str:
    """A text in a query; one that Temporal's language has no way to write is refused.

    Raises:
        Invalid: it holds a quotation mark or a backslash (``temporal.query``).
    """
    if set(text) & set("'\"\\`"):
        raise Invalid(
            f"{text!r} cannot be asked for",
            code="temporal.query",
            next_step="leave --workflow out, or give the workflow a plain name",
        )
    return f"'{text}'"
