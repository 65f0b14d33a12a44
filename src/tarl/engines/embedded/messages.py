"""What anybody who knows a run can tell it or ask it, wherever it runs."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.engines.embedded.committer import LOCKED_WAIT_S_MAX
from tarl.engines.embedded.handover import pass_on
from tarl.engines.embedded.kin import own_children
from tarl.engines.embedded.recorded import (
    continued,
    last_event,
    record_termination,
)
from tarl.errors import Conflict, Missing, Unavailable
from tarl.journal.event import Event
from tarl.journal.patience import heard, locked_wait_s
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Batch, Store
from tarl.kernel import events, history, inbox
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS
from tarl.kernel.execution import Execution
from tarl.kernel.payload import encode_value
from tarl.kernel.rerun import rerun
from tarl.kernel.runs import STATUS
from tarl.kernel.shelves import RecordedShelf, RecordedValues
from tarl.kernel.values import unshelve
from tarl.values.canonical import quote
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine

ANSWER_WAIT_S = 0.005
"""How often the answer to an update is looked for at first."""

ANSWER_WAIT_S_MAX = 0.05
"""And how often when it takes long: a hundredth of the time that it has taken, up to this."""

_ANSWERS = frozenset({events.UPDATE_REJECTED, events.UPDATE_COMPLETED, events.UPDATE_FAILED})


class Correspondence(ABC):
    """The part of a runtime that talks to runs."""

    engine: Engine

    @abstractmethod
    def find(self, run: RunId | str) -> RunId:
        """The run that a reference names."""

    @abstractmethod
    def registered(self, name: str) -> Workflow[..., Any]:
        """The workflow of a wire name."""

    def signal(self, run: RunId | str, name: str, payload: Any = None) -> None:
        """Send a signal; it is on disk when this returns, and reaches the run once.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
            Invalid: a payload without a JSON form.
        """
        send_named(self.engine, self.find(run), inbox.SIGNAL_SENT, name, payload)

    async def update(
        self, run: RunId | str, name: str, payload: Any = None, *, timeout_s: float = 60.0
    ) -> Any:
        """Send an update and wait for the workflow's answer; see ``Context.on_update``.

        Raises:
            Missing: no such run.
            Conflict: refused (``update.rejected``), failed (``update.failed``), left unfinished by
                a run that ended (``update.unfinished``), or not taken by one (``run.ended``).
            Unavailable: no answer in time (``update.no_answer``); it may still come.
        """
        engine = self.engine
        body = named_body(engine, name, payload)
        run_id = await heard(engine.store, lambda: continued(engine.store, self.find(run)))
        head = await heard(engine.store, lambda: engine.store.head(run_id.stream))
        told, message = await send_from_loop(engine, lambda: run_id, inbox.UPDATE_SENT, body)
        after = 0 if head is None or told != run_id else head.seq  # it is answered after that
        return await answer(engine, told, message, after=after, timeout_s=timeout_s)

    def query(self, run: RunId | str, name: str, *args: Any) -> Any:
        """Ask a run, under way or ended, what it sees; answered from its recorded history.

        Raises:
            Missing: no such run, query, or code.
        """
        run_id = self.find(run)
        if run_id.stream in self.engine.live:
            self.engine.committer.flush()
        workflow = self.registered(history.started(self.engine.store, run_id).workflow)
        return query(self.engine, workflow, run_id, name, args)

    def cancel(self, run: RunId | str, *, reason: str = "") -> None:
        """Ask a run to stop: its code is cancelled and may clean up, what it did is compensated.

        A run that nobody runs receives it when it is resumed.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``).
        """
        send_reason(self.engine, self.find(run), inbox.CANCEL_SENT, reason)

    def terminate(self, run: RunId | str, *, reason: str = "") -> None:
        """End a run at once; its code does not get to clean up, nothing is compensated.

        Raises:
            Missing: no such run.
            Conflict: the run has ended (``run.ended``), or another engine drives it.
        """
        store, run_id = self.engine.store, self.find(run)
        if run_id.stream in self.engine.live:
            self.engine.committer.flush()  # its start may not be on disk yet
        run_id = continued(store, run_id)
        history.refuse_elsewhere(run_id, history.started(store, run_id))
        try:
            self.engine.own(run_id.stream)
        except Conflict:
            send_reason(self.engine, run_id, inbox.TERMINATE_SENT, reason)
            return
        try:
            last = last_event(store, run_id)
            if last is None:
                raise history.no_run(run_id.ref)
            if last.kind not in events.CLOSING:
                record_termination(self.engine, run_id, reason)
        finally:
            self.engine.disown(run_id.stream)
        if last.kind not in events.CLOSING:
            self.end_children(run_id)
            return
        if last.kind == events.RUN_CONTINUED:
            self.terminate(run_id, reason=reason)  # it went on meanwhile
            return
        raise Conflict(f"{run_id.ref} has ended", code="run.ended", run=run_id.ref)

    def end_children(self, parent: RunId) -> None:
        """Tell the children of a run that nobody ran when it was ended."""
        reason = f"its parent {parent.ref} ended"
        for run, policy in list(own_children(self.engine, parent)):
            try:
                if policy == "terminate":
                    self.terminate(run, reason=reason)
                elif policy == "cancel":
                    self.cancel(run, reason=reason)
            except Conflict as error:
                if error.code != "run.ended":
                    raise


def send_named(engine: Engine, run: RunId, kind: str, name: str, payload: Any) -> tuple[RunId, int]:
    """Send a signal or an update; which run has it, and its number in that run's inbox.

    Raises:
        Missing: no such run.
        Conflict: the run has ended (``run.ended``).
        Invalid: a payload without a JSON form.
        Exceeded: a payload that does not fit into an event.
    """
    return _send(engine, run, kind, named_body(engine, name, payload))


def send_reason(engine: Engine, run: RunId, kind: str, reason: str) -> tuple[RunId, int]:
    """Ask a run to stop; see ``send_named``."""
    return _send(engine, run, kind, reason_body(reason))


async def send_from_loop(
    engine: Engine, run: Callable[[], RunId], kind: str, body: bytes
) -> tuple[RunId, int]:
    """As ``send_named`` and ``send_reason``, for a loop: while the journal is away it goes on, and
    the very same message is committed again until it is known to be there.
    """
    store, locked_s = engine.store, 0.0

    def written() -> tuple[RunId, Batch]:
        told, guard = _addressed(engine, run())
        row = inbox.message(store, told, kind, body, at_ms=engine.clock.now_ms())
        return told, Batch([row], guards=(guard,))

    told, batch = await heard(store, written)
    for _ in range(inbox.TRIES_MAX):
        try:
            await heard(store, partial(store.commit, batch))
        except Conflict as error:
            if error.code != "journal.position" and not _has_gone_on(error):
                raise
            told, batch = await heard(store, written)
        except Unavailable as error:
            if error.code != "journal.locked" or locked_s >= LOCKED_WAIT_S_MAX:
                raise
            wait_s = locked_wait_s(locked_s)
            locked_s += wait_s
            await asyncio.sleep(wait_s)
        else:
            engine.post.deliver(told.stream)
            return told, batch.rows[0].seq
    raise Conflict(f"{told.ref} never stood still", code="journal.position")


def named_body(engine: Engine, name: str, payload: Any) -> bytes:
    """A signal or an update as it is sent.

    Raises:
        Invalid: a payload without a JSON form.
        Exceeded: one that does not fit into an event.
    """
    data = encode_value(payload, name="the payload", bytes_max=engine.limits.inline_bytes_max)
    return b'{"name":%b,"payload":%b}' % (quote(name), data)


def reason_body(reason: str) -> bytes:
    """A request to stop, as it is sent."""
    return b'{"reason":%b}' % quote(reason)


def _send(engine: Engine, run: RunId, kind: str, body: bytes) -> tuple[RunId, int]:
    """Send to a run, or to the one as which it goes on by now."""
    store = engine.store
    while True:
        run, guard = _addressed(engine, run)
        at_ms = engine.clock.now_ms()
        try:
            number = inbox.send(store, run, kind, body, at_ms=at_ms, guards=(guard,))
        except Conflict as error:
            if not _has_gone_on(error):
                raise
        else:
            engine.post.deliver(run.stream)
            return run, number


def _has_gone_on(error: Conflict) -> bool:
    return error.code == "run.ended" and error.facts.get("status") == "continued"


def _addressed(engine: Engine, run: RunId) -> tuple[RunId, Guard]:
    """The run that a message goes to now, and what refuses the message once that has ended."""
    store, run = engine.store, continued(engine.store, run)
    if run.stream in engine.live:
        engine.committer.flush()  # its start may not be on disk yet

    def is_running(tables: Tables) -> None:
        record = tables.get("run", run.tenant, run.workflow_id, run.n)
        if record is None:
            raise history.no_run(run.ref)
        if record["status"] != "running":
            raise Conflict(
                f"{run.ref} has ended: {record['status']}",
                code="run.ended",
                next_step="tarl runs ls shows what is running",
                run=run.ref,
                status=record["status"],
            )

    at_ms = engine.clock.now_ms()
    head = store.head(run.stream)
    if head is not None:
        history.refuse_elsewhere(run, history.started(store, run))
    if head is not None and head.seq == 1:
        pass_on(store, run, at_ms=at_ms)  # what was sent before comes first
    return run, is_running


async def answer(
    engine: Engine, run: RunId, message: int, *, timeout_s: float, after: int = 0
) -> Any:
    """Wait for a run's answer to an update, which comes after the event ``after``.

    Raises:
        Conflict: it was refused (``update.rejected``), failed (``update.failed``), or the run ended
            before it took the update (``run.ended``) or before its handler was done
            (``update.unfinished``).
        Unavailable: no answer in time; the update stands (``update.no_answer``).
    """
    began = engine.loop.time()
    deadline = began + timeout_s
    is_accepted = False
    while True:
        for event in await heard(engine.store, partial(_behind, engine.store, run, after)):
            after = event.seq
            if event.kind == events.UPDATE_ACCEPTED and event.body is not None:
                is_accepted |= DECODERS[event.kind](event.body).message == message
            if event.kind in _ANSWERS and event.body is not None:
                answered = DECODERS[event.kind](event.body)
                if answered.message == message:
                    return _result(engine, run, event.kind, answered)
            if event.kind in events.CLOSING:
                raise _unanswered(run, STATUS[event.kind], is_accepted=is_accepted)
        if engine.loop.time() >= deadline:
            raise Unavailable(
                f"{run.ref} has not answered within {timeout_s:g} s",
                code="update.no_answer",
                next_step="see that somebody runs it: tarl runs show RUN, tarl resume RUN",
                run=run.ref,
            )
        waited_s = (engine.loop.time() - began) / 100
        await asyncio.sleep(min(max(waited_s, ANSWER_WAIT_S), ANSWER_WAIT_S_MAX))


def _behind(store: Store, run: RunId, after: int) -> list[Event]:
    return list(store.read(run.stream, after=after))


def _unanswered(run: RunId, status: str, *, is_accepted: bool) -> Conflict:
    facts: dict[str, str] = {"run": run.ref, "status": status}
    if is_accepted:
        return Conflict(
            f"{run.ref} {status} before the update's handler was done; what it did so far stands",
            code="update.unfinished",
            next_step="see what it did before sending it again: tarl runs show RUN",
            **facts,
        )
    again = "send it again" if status == "continued" else "tarl runs ls shows what is running"
    return Conflict(
        f"{run.ref} {status} before it took the update: nothing was done for it",
        code="run.ended",
        next_step=again,
        **facts,
    )


def _result(engine: Engine, run: RunId, kind: str, answered: Any) -> Any:
    if kind == events.UPDATE_COMPLETED:
        shelf = RecordedValues(engine.store, run.tenant)
        return msgspec.json.decode(unshelve(bytes(answered.result), shelf=shelf))
    refused = kind == events.UPDATE_REJECTED
    raise Conflict(
        f"{run.ref} {'refused' if refused else 'failed over'} the update: {answered.error.message}",
        code="update.rejected" if refused else "update.failed",
        type=answered.error.type,
        error=answered.error.message,
    )


def query(
    engine: Engine, workflow: Workflow[..., Any], run: RunId, name: str, args: tuple[Any, ...]
) -> Any:
    """Ask a replay of the run's recorded history.

    Raises:
        Missing: no such run or query.
        NondeterminismError: the code does not do what the history says.
    """
    if run.stream in engine.live:
        engine.committer.flush()
    if engine.store.head(run.stream) is None:
        raise history.no_run(run.ref)
    answers: list[Any] = []

    def ask(execution: Execution) -> None:
        answers.append(execution.query(name, args))

    shelf = RecordedShelf(engine.store, run)
    recorded = engine.store.read(run.stream)
    rerun(workflow, recorded, shelf=shelf, limits=engine.limits, strict=False, look=ask)
    if not answers:
        raise Missing(f"{run.ref} has no event yet", code="run.missing")
    return answers[0]
