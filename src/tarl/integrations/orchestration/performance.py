"""One performance of an entrypoint: live in a runtime, or against its recorded history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tarl.engines.embedded.handle import Handle
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.integrations.orchestration.baton import Baton, Unfinished, Unwound
from tarl.integrations.orchestration.events import WorkflowEvent
from tarl.integrations.orchestration.ledger import Ledger
from tarl.integrations.orchestration.refusals import BadValue
from tarl.integrations.orchestration.session import RunSession, entered
from tarl.integrations.orchestration.workflow import EntrypointWorkflow
from tarl.journal.event import Event
from tarl.kernel import events, history
from tarl.kernel.execution import Execution
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.replay import Replay
from tarl.kernel.runs import result_of
from tarl.kernel.values import Shelf
from tarl.values.ids import RunId

LIMITS = Limits(stall_ms=24 * 60 * 60 * 1000)
"""A synchronous entrypoint does not yield while it works: nothing is said about it for a day."""


class Piece(NamedTuple):
    """What is performed.

    Attributes:
        workflow_id: Whose events these are.
        run_as: The workflow id of the run: the same, or another for work beside the workflow's
        runs. play: The entrypoint, given its session. code: The digest of its source. note: Records
        an event of the workflow outside its run.
    """

    workflow_id: str
    run_as: str
    play: Callable[[RunSession], Any]
    code: str
    note: Callable[[str, dict[str, Any]], None]


def perform(piece: Piece, journal: Path, *, input: dict[str, Any], resume: RunId | None) -> Any:
    """Start a new run, or take one up where it was interrupted; the recorded result.

    Raises:
        Exception: what the entrypoint raised, itself.
        BadValue: its result cannot be recorded.
        NondeterminismError: taken up, it does not do again what it had done.
        Conflict: another process has the run (``run.owned``).
        Unavailable: the journal cannot be written; the run can be taken up later.
    """

    def code(input: Any, run: RunId) -> Any:
        session = RunSession(piece.workflow_id, run, baton, input, note=piece.note)
        with entered(session):
            return piece.play(session)

    async def start(runtime: Runtime) -> Handle:
        if resume is None:
            return await runtime.start(workflow, input, id=piece.run_as, new_run=True)
        runtime.register(workflow)
        return await runtime.take_up(resume)

    baton = Baton(code)
    workflow = EntrypointWorkflow(piece.run_as, baton, code=piece.code)
    return _carried(baton, lambda: _run_live(journal, baton, start))


def perform_again(
    piece: Piece,
    recorded: Sequence[Event],
    shelf: Shelf,
    *,
    shown: Sequence[WorkflowEvent],
    until: int | None,
) -> Any:
    """Execute the entrypoint against its history: no effect runs, every difference is an error.

    Args:
        piece: What was recorded, as it is now.
        recorded: The run's events from its start.
        shelf: Where its large values lie.
        shown: Its events as the entrypoint may look them up.
        until: The number of the event after which to stop; None for the end.

    Returns:
        The recorded result, or None when the replay stops before the end.

    Raises:
        NondeterminismError: the code does something else than it did.
        Exception: what the entrypoint raises, as it did when it was recorded.
    """

    def code(input: Any, run: RunId) -> Any:
        session = RunSession(
            piece.workflow_id, run, baton, input, note=piece.note, recorded=shown, until=until
        )
        with entered(session):
            if until is not None and until < session.count:
                raise Unwound
            result = piece.play(session)
            session.check_stop()
            return result

    baton = Baton(code)
    workflow = EntrypointWorkflow(piece.run_as, baton, code=piece.code)
    return _carried(baton, lambda: _run_again(workflow, recorded, shelf))


def journal_of(ledger: Ledger) -> Path:
    """The file in which a ledger's workflows run.

    Raises:
        BadValue: the ledger is in memory.
    """
    if ledger.path is None:
        raise BadValue("a journal in memory cannot run workflows", code="journal.memory")
    ledger.path.parent.mkdir(parents=True, exist_ok=True)
    return ledger.path


def _carried(baton: Baton, kernel: Callable[[], Any]) -> Any:
    try:
        return baton.carry(kernel)
    except RunFailed as error:
        failed = error
    if baton.raised is not None:
        raise baton.raised
    if failed.facts.get("type") in ("Invalid", "Exceeded"):
        raise BadValue(str(failed.facts["error"]), code="value.unserialisable")
    raise failed


def _run_live(journal: Path, baton: Baton, start: Callable[[Runtime], Any]) -> Any:
    from tarl.stack import open_runtime

    async def main() -> Any:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        baton.cancel = lambda: _cancel(loop, task)
        async with open_runtime(journal, limits=LIMITS) as runtime:
            handle: Handle = await start(runtime)
            return await handle.result()

    with asyncio.Runner() as runner:
        return runner.run(main())


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    try:
        loop.call_soon_threadsafe(task.cancel)
    except RuntimeError:
        return  # the loop has closed: there is nothing left to cancel


def _run_again(workflow: EntrypointWorkflow, recorded: Sequence[Event], shelf: Shelf) -> Any:
    first, last = recorded[0], recorded[-1]
    started = history.read_started(first)
    run = RunId.from_stream(first.stream)
    seed = bytes.fromhex(started.seed)
    execution = Execution(workflow, run=run, seed=seed, shelf=shelf, limits=DEFAULT_LIMITS)
    execution.replaying = True
    replay = Replay(execution)
    try:
        execution.begin(bytes(started.input), at_ms=first.recorded_at_ms)
        for event in recorded[1:]:
            if execution.defect is not None:
                raise execution.defect
            replay.feed(event)
    except Unfinished:
        return None
    finally:
        execution.stop()
    if last.kind not in events.CLOSING:
        return None
    return result_of(last.kind, last.body or b"", workflow=workflow, shelf=shelf)
