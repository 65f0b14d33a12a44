"""A run's course as its events tell it: a fold that needs nothing but the run.

What is erased is not told: a run whose key was destroyed has a head and times, and no workflow.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.events import DECODERS, UPCASTERS
from tarl.kernel.history import no_run, verified
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import Kept, is_digested, unshelve
from tarl.values.ids import RunId

MODEL_STEPS = "model."
"""What the names of the steps begin with in which models are asked."""

PLAN_WORKFLOW = "plan"
"""The workflow that carries a plan out; its input holds the plan."""

MENTIONED_MAX = 10_000
"""Digests that are noticed in what a run was given."""

_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class ModelCall(NamedTuple):
    """One model that was asked: the name it was asked by, the one that it answers to, and the
    SHA-256 of what it was asked.
    """

    step: int
    model: str
    answered: str
    prompt: str


class PlanRef(NamedTuple):
    """The version of a plan that a run carried out."""

    plan_id: str
    version: int


class Story:
    """What became of a run, as far as the events went that were taken."""

    def __init__(self, run: RunId, shelf: Kept) -> None:
        self.run = run
        self.first: Event | None = None
        self.last: Event | None = None
        self.started: events.RunStarted | None = None
        self.code: list[str] = []
        self.input_sha256: str | None = None
        self.result_sha256: str | None = None
        self.steps: Counter[str] = Counter()
        self.activities: Counter[str] = Counter()
        self.calls: list[ModelCall] = []
        self.approvals: list[str] = []
        self.children: list[str] = []
        self.plan: PlanRef | None = None
        self.mentioned: set[str] = set()
        self._shelf = shelf
        self._asked: dict[int, str] = {}

    @property
    def head(self) -> str:
        """The digest of the last event, which stands for the whole history."""
        assert self.last is not None
        return self.last.digest.hex()

    @property
    def is_closed(self) -> bool:
        """Whether nothing follows."""
        return self.last is not None and self.last.kind in events.CLOSING

    @property
    def status(self) -> str:
        """How the run ended, or ``open``."""
        assert self.last is not None
        return self.last.kind.removeprefix("run.").partition("/")[0] if self.is_closed else "open"

    def take(self, event: Event) -> None:
        """Go on with the run's next event."""
        self.first = self.first or event
        self.last = event
        if event.body is None:
            return
        if event.kind in UPCASTERS:
            event = UPCASTERS.read(event)
        reader = _READERS.get(event.kind)
        if reader is not None:
            reader(self, DECODERS[event.kind](event.body or b""))

    # --- what the kinds say

    def _started(self, said: events.RunStarted) -> None:
        self.started = said
        self.code.append(said.code)
        self.input_sha256 = self._digest(said.input)
        self._notice(said.input)
        if said.workflow == PLAN_WORKFLOW:
            self.plan = _plan_of(self._open(said.input))

    def _code_changed(self, said: events.CodeChanged) -> None:
        self.code.append(said.code)

    def _scheduled(self, said: events.StepScheduled) -> None:
        self.activities[said.activity] += 1
        self._notice(said.args)
        self._notice(said.kwargs)
        if said.activity.startswith(MODEL_STEPS):
            self._asked[said.step] = said.activity.removeprefix(MODEL_STEPS)

    def _completed(self, said: events.StepCompleted) -> None:
        self.steps["completed"] += 1
        model = self._asked.pop(said.step, None)
        if model is not None:
            call = _call_of(said.step, model, self._open(said.result))
            self.calls += [] if call is None else [call]

    def _failed(self, said: events.StepFailed) -> None:
        self.steps["failed"] += 1

    def _denied(self, said: events.StepDenied) -> None:
        self.steps["denied"] += 1

    def _asked_people(self, said: events.ApprovalRequested) -> None:
        self.approvals.append(said.approval)

    def _child(self, said: events.ChildStarted) -> None:
        self.children.append(said.id)
        self._notice(said.input)

    def _ended(self, said: events.RunCompleted) -> None:
        self.result_sha256 = self._digest(said.result)

    # --- values

    def _open(self, raw: msgspec.Raw) -> bytes | None:
        """The value's bytes; None where its digest alone was recorded."""
        data = bytes(raw)
        return None if is_digested(data) else unshelve(data, shelf=self._shelf)

    def _digest(self, raw: msgspec.Raw) -> str:
        data = self._open(raw)
        return sha256(bytes(raw) if data is None else data).hexdigest()

    def _notice(self, raw: msgspec.Raw) -> None:
        """Remember the digests that something holds: it may be about registered content."""
        data = self._open(raw)
        if data is not None and len(self.mentioned) < MENTIONED_MAX:
            self.mentioned.update(found.decode() for found in _DIGEST.findall(data))


_READERS: dict[str, Any] = {
    events.RUN_STARTED: Story._started,
    events.CODE_CHANGED: Story._code_changed,
    events.STEP_SCHEDULED: Story._scheduled,
    events.STEP_COMPLETED: Story._completed,
    events.STEP_FAILED: Story._failed,
    events.STEP_DENIED: Story._denied,
    events.APPROVAL_REQUESTED: Story._asked_people,
    events.CHILD_STARTED: Story._child,
    events.RUN_COMPLETED: Story._ended,
}


def story_of(store: Store, run: RunId, recorded: Iterable[Event] | None = None) -> Story:
    """A run's course.

    Args:
        store: The journal.
        run: Which run.
        recorded: Its events, if not all of them are meant.

    Raises:
        Missing: there is no such run (``run.missing``).
        ChainBrokenError: its history is damaged.
    """
    story = Story(run, RecordedValues(store, run.tenant))
    for event in verified(run.stream, store.read(run.stream) if recorded is None else recorded):
        story.take(event)
    if story.first is None:
        raise no_run(run.ref)
    return story


class _Answer(msgspec.Struct, frozen=True):
    model: str
    request_digest: str


class _PlanInput(msgspec.Struct, frozen=True):
    class Plan(msgspec.Struct, frozen=True):
        plan_id: str
        version: int = 1

    plan: Plan


_read_answer = msgspec.json.Decoder(_Answer).decode
_read_plan = msgspec.json.Decoder(_PlanInput).decode


def _call_of(step: int, model: str, result: bytes | None) -> ModelCall | None:
    """The call that a step was; None where its answer has another form than models give."""
    try:
        answer = _read_answer(result or b"")
    except msgspec.DecodeError:
        return None
    if not _DIGEST.fullmatch(answer.request_digest.encode()):
        return None
    return ModelCall(step, model, answer.model, answer.request_digest)


def _plan_of(data: bytes | None) -> PlanRef | None:
    try:
        plan = _read_plan(data or b"").plan
    except msgspec.DecodeError:
        return None  # a workflow of somebody else's that has this name
    return PlanRef(plan.plan_id, plan.version)
