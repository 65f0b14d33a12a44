"""Where a call of this face is made: in an entrypoint's run, in one of its effects, or elsewhere.

In a run, whatever acts on the world or looks at it becomes a step of the run. Within an effect it
is carried out at once and kept in the effect's own outcome. So an entrypoint that is executed
again, by replay or after a crash, does none of it twice.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from tarl.errors import ActivityFailed, Denied
from tarl.integrations.orchestration.baton import Baton, Unwound
from tarl.integrations.orchestration.events import (
    Fact,
    WorkflowEvent,
    WorkflowEventKind,
    numbered_one,
)
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.refusals import NotPermitted, step_failed
from tarl.integrations.orchestration.trace import snapshot_fact, step_facts
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.values.ids import RunId


class Deed(NamedTuple):
    """Something to be done once; ``fn`` gets a copy of ``details``, recorded with its result.

    ``name`` is the step's wire name; ``origin`` is the caller's own function, if it has one.
    """

    name: str
    details: dict[str, Any]
    fn: Callable[[Any], Any]
    origin: Callable[..., Any] | None = None


class RunSession:
    """An entrypoint under way.

    Attributes:
        events: What has happened so far in this run, the same on every replay.
        grants: Capabilities that were verified when the run began; None outside a workflow's own
        run. recorded: In a replay, the recorded events by number.
    """

    def __init__(
        self,
        workflow_id: str,
        run: RunId,
        baton: Baton,
        input: dict[str, Any],
        *,
        note: Callable[[str, dict[str, Any]], None],
        recorded: Sequence[WorkflowEvent] | None = None,
        until: int | None = None,
    ) -> None:
        self.workflow_id = workflow_id
        self.run = run
        self.context: dict[str, Any] = input["context"]
        grants = input["grants"]
        self.grants: frozenset[str] | None = None if grants is None else frozenset(grants)
        self.recorded = None if recorded is None else {e.sequence: e for e in recorded}
        self._baton = baton
        self._note = note
        self._until = until
        self._after: int = input["events_before"]
        self.events: list[WorkflowEvent] = []
        start = {"context": self.context}
        self._happened([Fact(WorkflowEventKind.START, start)])

    @property
    def count(self) -> int:
        """The number of the last event of the workflow."""
        return self._after + len(self.events)

    def perform(self, deed: Deed) -> Any:
        """Do it as a step of the run; the recorded result.

        Raises:
            StepFailed: it raised; also of the class that it raised where that is known.
            NotPermitted: the gate refused it.
            BadValue: the details cannot be recorded.
        """
        return self.perform_all([deed])[0]

    def perform_all(self, deeds: Sequence[Deed]) -> list[Any]:
        """Do all of them at the same time; their recorded results, in the order of the deeds.

        Raises:
            StepFailed: after all have ended, what the first of the failed ones raised.
        """
        self.check_stop()
        whole = [
            deed._replace(details=copied(deed.details, f"the details of {deed.name}"))
            for deed in deeds
        ]
        answers = self._baton.ask(partial(self._issue_all, whole))
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return list(answers)

    def snapshot(self) -> str:
        """Record the run's state so far; the snapshot's identity, once it is on disk."""
        self.check_stop()
        state = copied(state_of(self.context, self.events), "the snapshot's state")

        async def take(ctx: Context) -> str:
            snapshot_id = ctx.snapshot(state)
            await ctx.call(_ON_DISK)
            return snapshot_id

        snapshot_id: str = self._baton.ask(take)
        self._happened([snapshot_fact(snapshot_id)])
        return snapshot_id

    def check_stop(self) -> None:
        """End a partial replay that has come as far as it should.

        Raises:
            Unwound: it has.
        """
        if self._until is not None and self.count >= self._until:
            raise Unwound

    async def _issue_all(self, deeds: list[Deed], ctx: Context) -> list[Any]:
        if len(deeds) == 1:
            return [await self._issue(deeds[0], ctx)]
        return await asyncio.gather(
            *(self._issue(deed, ctx) for deed in deeds), return_exceptions=True
        )

    async def _issue(self, deed: Deed, ctx: Context) -> Any:
        held = [partial(self._effect, deed)]  # the kernel remembers activities for a while

        def effect(details: Any) -> Any:
            return held[0](details)

        activity: Activity[..., Any] = Activity(effect, name=deed.name)
        try:
            outcome = await ctx.call(activity, deed.details)
        except ActivityFailed as failure:
            error: dict[str, Any] = {"type": failure.type, "message": failure.message}
            self._happened(step_facts(deed.name, deed.details, error=error))
            raise step_failed(failure, deed.origin or deed.fn) from None
        except Denied as denial:
            reasons = denial.facts.get("reasons", [])
            error = {"type": "Denied", "message": "the gate refused it", "reasons": reasons}
            self._happened(step_facts(deed.name, deed.details, error=error))
            raise NotPermitted(denial.message, code=denial.code, **denial.facts) from None
        finally:
            held.clear()
        self._happened(step_facts(deed.name, deed.details, result=outcome))
        return outcome["result"]

    def _effect(self, deed: Deed, details: Any) -> Any:
        session = EffectSession(self.workflow_id, self.grants)
        try:
            with entered(session):
                result = copied(deed.fn(details), f"the result of {deed.name}")
        except BaseException:
            for call in session.calls:  # the step's own outcome is a failure, which holds no more
                self._note(call["kind"], call["payload"])
            raise
        return {"calls": session.calls, "result": result} if session.calls else {"result": result}

    def _happened(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            self.events.append(numbered_one(fact, self.workflow_id, self.count + 1))


class EffectSession:
    """A task or agent under way; ``calls`` are the events of what it did through this face."""

    def __init__(self, workflow_id: str, grants: frozenset[str] | None) -> None:
        self.workflow_id = workflow_id
        self.grants = grants
        self.calls: list[dict[str, Any]] = []

    @property
    def count(self) -> int:
        """0: events within an effect are numbered when the effect ends."""
        return 0

    def perform(self, deed: Deed) -> Any:
        """Do it now, as a part of the effect."""
        details = copied(deed.details, f"the details of {deed.name}")
        try:
            result = copied(deed.fn(copied(details, deed.name)), f"the result of {deed.name}")
        except Exception as error:
            self._keep(step_facts(deed.name, details, error=_described(error)))
            raise
        self._keep(step_facts(deed.name, details, result={"result": result}))
        return result

    def perform_all(self, deeds: Sequence[Deed]) -> list[Any]:
        """Do all of them at the same time, each in a thread."""
        if len(deeds) == 1:
            return [self.perform(deeds[0])]
        parts = [EffectSession(self.workflow_id, self.grants) for _ in deeds]

        def one(part: EffectSession, deed: Deed) -> Any:
            with entered(part):
                return part.perform(deed)

        with ThreadPoolExecutor(max_workers=max(1, len(deeds))) as threads:
            futures = [threads.submit(one, p, d) for p, d in zip(parts, deeds, strict=True)]
        for part in parts:
            self.calls += part.calls
        return [future.result() for future in futures]

    def _keep(self, facts: Sequence[Fact]) -> None:
        self.calls += [{"kind": fact.kind.name, "payload": fact.payload} for fact in facts]


def _nothing() -> None:
    """A step's result is on disk before it is seen, and so is all that came before it."""


_ON_DISK = Activity(_nothing, name="face/on_disk")

Session = RunSession | EffectSession

_here = threading.local()


def current() -> Session | None:
    """The session of the calling thread."""
    session: Session | None = getattr(_here, "session", None)
    return session


@contextmanager
def entered(session: Session) -> Iterator[None]:
    """Make it the calling thread's session for a while."""
    outer = current()
    _here.session = session
    try:
        yield
    finally:
        _here.session = outer


def once(name: str, details: dict[str, Any], fn: Callable[[], Any]) -> Any:
    """Write to the journal or read from it; in a run, as a step that replay does not repeat.

    ``details`` and what ``fn`` returns are JSON, and in a run ``details`` depend on nothing else.
    """
    session = current()
    if isinstance(session, RunSession):
        return session.perform(Deed(f"face/{name}", details, lambda _: fn(), fn))
    return fn()


def state_of(context: Any, events: Sequence[WorkflowEvent]) -> dict[str, Any]:
    """What a snapshot records of a workflow."""
    return {
        "context": context,
        "counter": events[-1].sequence if events else 0,
        "events": [event.to_dict() for event in events],
    }


def _described(error: Exception) -> dict[str, Any]:
    return {"type": type(error).__name__, "message": str(error)}
