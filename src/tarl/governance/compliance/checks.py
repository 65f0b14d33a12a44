"""Checks over a journal's events, which counting alone cannot answer.

Each passes or fails thing by thing, and says which failed. One that finds nothing to look at has
neither passed nor failed.

1. ``chains``: every event follows from the one before it.
2. ``log``: the newest signed checkpoint is signed with the log's key and has the log's root.
3. ``denied``: no step that was refused has a result.
4. ``permitted``: each effect that a run did for an agent has a permit, signed with that agent's
   registered key.
5. ``approved``: what people approved has as many approving votes, of different people, as it took.
6. ``retained``: there are records older than 183 days, and none of the last 183 days is erased.
7. ``closed``: runs have a beginning and an end.
8. ``code``: runs say by digest which code they carry out.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

import msgspec

from tarl.crypto.note import VerifierKey, open_note, parse_checkpoint
from tarl.errors import TarlError
from tarl.governance.compliance.controls import Check
from tarl.governance.compliance.permits import FindHolder, Step, permitted_by
from tarl.governance.compliance.places import Place, place_of
from tarl.journal.event import Event
from tarl.journal.log import Log
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.approvals import events as approval_events
from tarl.trust.events import EFFECTS

RETAINED_DAYS = 183
"""Six months, of which none has more than 31 days (AI Act, Art. 19(1) and 26(6))."""

DAY_MS = 86_400_000
FAILURES_MAX = 20
"""Of a check, in its result; all are counted."""


class Failure(NamedTuple):
    """What contradicts: where, and in words."""

    ref: str
    text: str


class CheckResult(NamedTuple):
    """How a check went: how much of it held and failed, and the last event that held."""

    passed: int = 0
    failed: int = 0
    last: Place | None = None
    failures: tuple[Failure, ...] = ()


class _Result:
    """A check under way."""

    __slots__ = ("failed", "failures", "last", "passed")

    def __init__(self) -> None:
        self.passed = self.failed = 0
        self.last: Event | None = None
        self.failures: list[Failure] = []

    def hold(self, event: Event) -> None:
        self.passed += 1
        if self.last is None or event.log_index > self.last.log_index:
            self.last = event

    def fail(self, failure: Failure) -> None:
        self.failed += 1
        if len(self.failures) < FAILURES_MAX:
            self.failures.append(failure)

    @property
    def result(self) -> CheckResult:
        last = None if self.last is None else place_of(self.last)
        return CheckResult(self.passed, self.failed, last, tuple(self.failures))


class Checks:
    """The checks of one pass.

    Args:
        now_ms: When now is.
        find_holder: Whose keys counted when, for permits.

    Attributes:
        agents: For whom anything was done; their streams have the permits.
    """

    def __init__(self, now_ms: int, *, find_holder: FindHolder) -> None:
        self.agents: set[str] = set()
        self._find_holder = find_holder
        self._young_ms = now_ms - RETAINED_DAYS * DAY_MS
        self._results: dict[Check, _Result] = {}
        self._chains = self._of("chains")
        self._given: dict[Check, CheckResult] = {}
        self._oldest: Event | None = None
        self._permits: set[Step] = set()
        self._done_for_agents: list[tuple[Step, Event]] = []
        self._run = _Run()
        self._approval = _Approval()

    def see(self, event: Event) -> None:
        """Look at the next event of a stream, in its order."""
        self.see_permits(event)
        self._chains.hold(event)
        if self._oldest is None or event.recorded_at_ms < self._oldest.recorded_at_ms:
            self._oldest = event
        if event.body is None:
            if event.recorded_at_ms >= self._young_ms:
                text = "its content was erased before 183 days had passed"
                self._of("retained").fail(Failure(_ref(event), text))
            return
        noun = event.stream.partition("/")[0]
        if noun == "run":
            self._see_run(event, event.body)
        elif noun == "approval":
            self._see_approval(event, event.body)

    def broken(self, failure: Failure) -> None:
        """A stream whose chain breaks."""
        self._of("chains").fail(failure)

    def add(self, name: Check, result: CheckResult) -> None:
        """The result of a check that is carried out elsewhere."""
        self._given[name] = result

    def results(self) -> dict[Check, CheckResult]:
        """How each check went, once everything was seen."""
        self._settle_permits()
        oldest = self._oldest
        if oldest is not None and oldest.recorded_at_ms < self._young_ms:
            self._of("retained").hold(oldest)
        return {**{name: each.result for name, each in self._results.items()}, **self._given}

    # --- inside

    def _of(self, name: Check) -> _Result:
        return self._results.setdefault(name, _Result())

    def _see_run(self, event: Event, body: bytes) -> None:
        kind = event.kind
        if kind == events.RUN_STARTED:
            started = events.DECODERS[kind](body)
            self._run = _Run(started.agent)
            self._note_agent(started.agent)
            if started.code:
                self._of("code").hold(event)
        elif kind == events.STEP_SCHEDULED:
            scheduled = events.DECODERS[kind](body)
            self._run.agents[scheduled.step] = scheduled.agent or self._run.agent
            self._note_agent(scheduled.agent)
        elif kind in (events.STEP_RETRIED, events.STEP_RETRY_ALLOWED):
            self._run.denied.discard(events.DECODERS[kind](body).step)
        elif kind in (events.STEP_COMPLETED, events.STEP_FAILED, events.STEP_DENIED):
            self._see_outcome(event, events.DECODERS[kind](body).step)
        elif kind in events.CLOSING:
            self._of("closed").hold(event)

    def _note_agent(self, agent: str | None) -> None:
        if agent is not None:
            self.agents.add(agent)

    def _see_outcome(self, event: Event, step: int) -> None:
        run = self._run
        if event.kind == events.STEP_DENIED:
            run.denied.add(step)
            self._of("denied").hold(event)
            return
        if step in run.denied and event.kind == events.STEP_COMPLETED:
            text = f"step {step} was refused, and has a result"
            self._of("denied").fail(Failure(_ref(event), text))
        else:
            self._of("denied").hold(event)
        agent = run.agents.get(step)
        if agent is not None and event.kind == events.STEP_COMPLETED:
            name = Step(event.stream.removeprefix("run/"), step, agent)
            self._done_for_agents.append((name, event))

    def see_permits(self, event: Event) -> None:
        """Look at an event for the permits alone that an agent signed."""
        if event.kind != EFFECTS:
            return
        try:
            self._permits.update(permitted_by(event, self._find_holder))
        except TarlError as error:
            self._of("permitted").fail(Failure(_ref(event), error.message))

    def _settle_permits(self) -> None:
        result = self._of("permitted")
        for name, event in self._done_for_agents:
            if name in self._permits:
                result.hold(event)
            else:
                text = f"step {name.step} was done for {name.agent}, who signed no permit for it"
                result.fail(Failure(_ref(event), text))

    def _see_approval(self, event: Event, body: bytes) -> None:
        if event.kind == approval_events.REQUESTED:
            self._approval = _Approval(approval_events.DECODERS[event.kind](body).needed)
        elif event.kind == approval_events.VOTED:
            said = _signed(approval_events.DECODERS[event.kind](body).envelope)
            if said.get("choice") == "approve":
                self._approval.voters.add(str(said.get("principal")))
        elif event.kind == approval_events.DECIDED:
            self._decide_approval(event, approval_events.DECODERS[event.kind](body).status)

    def _decide_approval(self, event: Event, status: str) -> None:
        needed, given = self._approval.needed, len(self._approval.voters)
        if status == "approved" and given < needed:
            text = f"it counts as approved with {given} of {needed} votes"
            self._of("approved").fail(Failure(_ref(event), text))
        else:
            self._of("approved").hold(event)


class _Run:
    """What is known of the run whose stream is passing."""

    def __init__(self, agent: str | None = None) -> None:
        self.agent = agent
        self.agents: dict[int, str | None] = {}
        self.denied: set[int] = set()


class _Approval:
    """What is known of the request whose stream is passing."""

    def __init__(self, needed: int = 1) -> None:
        self.needed = needed
        self.voters: set[str] = set()


def check_log(store: Store, log_key: VerifierKey | None) -> CheckResult:
    """Whether the newest signed checkpoint is the log's; nothing without the key that signs it."""
    newest = next(iter(store.checkpoints(limit=1)), None)
    if newest is None or log_key is None:
        return CheckResult()
    ref = f"checkpoint@{newest.size}"
    try:
        stated = parse_checkpoint(open_note(newest.note, log_key)[0])
        root = Log(store).root(stated.size)
    except TarlError as error:
        return CheckResult(failed=1, failures=(Failure(ref, error.message),))
    if stated.root != root or stated.origin != store.origin:
        text = "the log is not the one that was signed"
        return CheckResult(failed=1, failures=(Failure(ref, text),))
    return CheckResult(passed=1, last=Place(ref, root.hex(), newest.signed_at_ms))


def _signed(envelope: dict[str, str]) -> dict[str, object]:
    said: dict[str, object] = msgspec.json.decode(base64.b64decode(envelope["payload"]))
    return said


def _ref(event: Event) -> str:
    return f"{event.stream}@{event.seq}"
