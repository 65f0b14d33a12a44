"""Histories of Temporal's replayed against the code that is loaded: no effect, nothing written.

1. Temporal's own replayer drives the generated shells, so that what comes in, and when, is what a
   worker would be given. It compares kinds of commands and names of activities alone.
2. tarl compares what the code decides, byte for byte, with what the history holds: each step's
   body, each timer, each child, each answer to an update, each request for approval, and the end.
3. No activity runs, and no journal is written: a large value that the code makes again is only
   digested, one that it reads is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import cache
from hashlib import sha256
from types import TracebackType
from typing import Any, ClassVar

from temporalio.client import WorkflowHistory
from temporalio.converter import WorkflowSerializationContext
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import Replayer, WorkflowReplayResult
from temporalio.workflow import NondeterminismError as Refused

from tarl.engines.temporal.comparing import Comparison
from tarl.engines.temporal.home import Code, RunShelf
from tarl.engines.temporal.recorded import opened, read
from tarl.engines.temporal.sealing import converter
from tarl.engines.temporal.shell import Shell, shell_of
from tarl.errors import Corrupt, Missing, TarlError
from tarl.journal.store import Store
from tarl.kernel import guard, ordered
from tarl.kernel.commands import Command, Screened
from tarl.kernel.definition import Workflow
from tarl.kernel.engine import Replayed
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.values.ids import RunId

KEPT_BYTES_MAX = 64 * 1024 * 1024
"""Of large values that the code has made in this replay and may read again, as for a child."""

Find = Callable[[str], Workflow[..., Any]]
"""The code of a workflow by its wire name; raises ``Missing`` where it is not loaded."""


class Replays:
    """Replays histories, one at a time; an asynchronous context manager.

    Args:
        find: Where the code is.
        store: Where large values and tenants' keys are; None where there is no journal.
        limits: The bounds that the runs had.
    """

    def __init__(
        self, find: Find, store: Store | None = None, *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._find = find
        self._store = store
        self._code = _Loaded(limits, store)
        self._shells: dict[str, type[_Compared]] = {}
        self._open = AsyncExitStack()
        self._results: AsyncIterator[WorkflowReplayResult] | None = None
        self._next: asyncio.Queue[WorkflowHistory] = asyncio.Queue(1)
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Replays:
        guard.install()
        ordered.install()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def replay(self, history: WorkflowHistory, *, strict: bool = True) -> Replayed:
        """Replay one history.

        Args:
            history: The whole of it, as the server has it; its sealed payloads are opened in it.
            strict: Whether a run that has ended must end exactly there.

        Raises:
            NondeterminismError: the code does something else; shows both sides, and where.
            Missing: the workflow's code is not loaded (``workflow.unknown``); a large value is not
                here (``journal.no_blob``); a sealed payload cannot be read (``journal.erased``).
            Corrupt: no run can have gone like this (``temporal.history``), or Temporal's library
                cannot replay it (``temporal.not_replayed``).
            Invalid: it is of no run of tarl's (``temporal.foreign``).
        """
        await opened(history, self._opener(history.workflow_id))
        decisions = read(history)
        workflow = self._find(decisions.workflow)
        async with self._turn:
            shell = await self._shell(workflow)
            comparison = shell.comparison = Comparison(decisions, strict=strict)
            failure = await self._replayed(history) if decisions.is_begun else None
        if failure is not None or comparison.error is not None:
            error = self._error(comparison, failure)
            if error is not None:
                raise error from failure
        return Replayed(
            run=decisions.run,
            workflow=decisions.workflow,
            events=decisions.events,
            steps=decisions.steps,
            status=decisions.status,
        )

    def _error(self, comparison: Comparison, failure: Exception | None) -> TarlError | None:
        if comparison.error is not None:
            return comparison.error
        if isinstance(failure, Refused):
            return comparison.refused(str(failure))
        run = comparison.decisions.run.ref
        return Corrupt(
            f"{run}: Temporal's library cannot replay its history: {failure}",
            code="temporal.not_replayed",
            next_step="see what it says; the history may be cut off, or of a later version",
            run=run,
        )

    async def _replayed(self, history: WorkflowHistory) -> Exception | None:
        assert self._results is not None
        await self._next.put(history)
        result = await anext(self._results)
        return result.replay_failure

    async def _shell(self, workflow: Workflow[..., Any]) -> type[_Compared]:
        """The shell of a workflow, which Temporal's replayer is made to know."""
        found = self._shells.get(workflow.name)
        if found is not None and found.definition is workflow:
            return found
        shell: Any = shell_of(self._code, workflow, _Compared)
        self._shells[workflow.name] = shell
        await self._open.aclose()
        replayer = Replayer(
            workflows=list(self._shells.values()),
            debug_mode=True,  # in this thread, which is the journal's; nothing else is waited for
            runtime=_quiet(),
        )
        iterator = replayer.workflow_replay_iterator(self._histories())
        self._results = await self._open.enter_async_context(iterator)
        return shell  # type: ignore[no-any-return]  # the iterator made it

    async def _histories(self) -> AsyncIterator[WorkflowHistory]:
        while True:
            yield await self._next.get()

    def _opener(self, workflow_id: str) -> Any:
        if self._store is None:
            return _refuse_sealed
        codec = converter(self._store).payload_codec
        context = WorkflowSerializationContext(namespace="", workflow_id=workflow_id)
        return codec.with_context(context).decode  # type: ignore[union-attr]  # a sealed store has a codec


@cache
def _quiet() -> Runtime:
    """The threads of Temporal's library, one set for the process as for its clients, which leave it
    to outcomes to say what differs.
    """
    return Runtime(telemetry=TelemetryConfig(logging=None))


async def replay(
    history: WorkflowHistory,
    *,
    find: Find,
    store: Store | None = None,
    limits: Limits = DEFAULT_LIMITS,
    strict: bool = True,
) -> Replayed:
    """Replay one history; see ``Replays``."""
    async with Replays(find, store, limits=limits) as replays:
        return await replays.replay(history, strict=strict)


class _Loaded(Code):
    """The code, for replays: its large values are read and digested, and nothing is screened, so
    that what was taken out of a step's arguments when it was recorded counts as it was recorded.
    """

    def __init__(self, limits: Limits, store: Store | None) -> None:
        super().__init__(limits, workflows=(), activities=())
        self._store = store

    def shelf(self, run: RunId) -> RunShelf:
        """See ``Code.shelf``."""
        return _Digests(self._store, run)

    def decided(self, run: RunId, step: int) -> None:
        """See ``Code.decided``: nobody hands it out."""


class _Digests:
    """The large values of one run: read from the journal, and never put there."""

    screened: Screened | None = None

    def __init__(self, store: Store | None, run: RunId) -> None:
        self.fault: TarlError | None = None
        self._store = store
        self._run = run
        self._codec: Any = None
        self._made: dict[str, bytes] = {}
        self._made_bytes = 0

    def put(self, data: bytes) -> str:
        """See ``Shelf.put``: the digest that the value has in the run's journal; nothing is kept
        there.
        """
        digest = self._digest(data)
        if digest not in self._made:
            self._made[digest] = data
            self._made_bytes += len(data)
        while self._made_bytes > KEPT_BYTES_MAX:
            self._made_bytes -= len(self._made.pop(next(iter(self._made))))
        return digest

    def get(self, digest: str) -> bytes:
        """See ``Shelf.get``."""
        made = self._made.get(digest)
        if made is not None:
            return made
        try:
            return self._read(digest)
        except TarlError as error:
            self.fault = error
            raise

    def _read(self, digest: str) -> bytes:
        if self._store is None:
            raise Missing(
                f"{self._run.ref} needs the large value {digest}, and no journal is here",
                code="journal.no_blob",
                next_step="replay it where its journal is: --db FILE",
                digest=digest,
            )
        with guard.suspended():
            return self._store.blob(self._run.tenant, bytes.fromhex(digest))

    def _digest(self, data: bytes) -> str:
        if self._store is None:
            return sha256(data).hexdigest()
        with guard.suspended():
            if self._codec is None:
                first = next(self._store.read(self._run.stream, until=1), None)
                self._codec = self._store.codec.as_in(first).of(self._run.tenant)
            return str(self._codec.store_blob(self._run.tenant, data)[0].hex())


class _Compared(Shell):
    """One run that is replayed: each of its decisions is compared before it is handed on."""

    comparison: ClassVar[Comparison]

    @property
    def is_replaying(self) -> bool:
        """The code always counts as replaying: it stays silent."""
        return True

    def take(self, command: Command) -> None:
        """See ``Shell.take``."""
        try:
            self.comparison.check(command, self)
        except TarlError as error:
            self.comparison.fail(error)
            raise
        super().take(command)

    def fail_task(self, error: BaseException) -> None:
        """See ``Shell.fail_task``; the first error is what the replay came to."""
        self.comparison.fail(error)
        super().fail_task(error)

    def let_go(self) -> None:
        """See ``Shell.let_go``."""
        self.comparison.left(self.execution)
        super().let_go()


async def _refuse_sealed(payloads: Any) -> Any:
    raise Missing(
        "the history is sealed with its tenant's key, and no journal is here to open it",
        code="journal.erased",
        next_step="replay it where its journal and its key are: --db FILE",
    )
