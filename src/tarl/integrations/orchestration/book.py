"""What a journal holds about this face's workflows: logs, snapshots, counts.

A workflow's log is its latest run's: what was noted before its first run, the run's own events, and
what was noted outside the run since, in that order. A restored snapshot takes the place of all
before it. Counts are brought up to date by reading only what is new in the journal.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from tarl.integrations.orchestration.events import (
    Fact,
    WorkflowEvent,
    WorkflowEventKind,
    numbered,
)
from tarl.integrations.orchestration.ledger import FACE, Ledger, body_of, stream_name
from tarl.integrations.orchestration.refusals import UnknownName
from tarl.integrations.orchestration.trace import Trace, snapshot_fact
from tarl.journal.event import Event
from tarl.kernel import events, history
from tarl.kernel.events import DECODERS
from tarl.kernel.payload import decode_value
from tarl.kernel.values import unshelve
from tarl.values.ids import RunId

REGISTERED = "orchestration.registered/1"
NOTED = "orchestration.noted/1"
SNAPSHOT = "orchestration.snapshot/1"
RESTORED = "orchestration.restored/1"

ASIDE = "#aside"
"""Ends the workflow id under which tasks and agents outside a run of the workflow are run."""

_WORKFLOWS = stream_name("workflow", "")
_FRAME = (WorkflowEventKind.START, WorkflowEventKind.RETURN, WorkflowEventKind.ERROR)

Placed = tuple[int, WorkflowEvent]
"""An event and its place in the journal's log."""


class Note(NamedTuple):
    """Something recorded outside a run, while run ``n`` (0: none) was the workflow's latest."""

    log_index: int
    n: int
    fact: Fact | None
    restored: str | None = None


class Place(NamedTuple):
    """Where a snapshot was recorded."""

    stream: str
    seq: int
    workflow_id: str


def workflow_stream(workflow_id: str) -> str:
    """The stream of what is known of a workflow besides its runs."""
    return stream_name("workflow", workflow_id)


class Book:
    """Reads one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._census = _Census(ledger)

    # --- over the whole journal

    @property
    def counter(self) -> int:
        """How many events all runs have made; never goes back."""
        return self._census.taken().counter

    def workflows(self) -> dict[str, dict[str, Any]]:
        """The manifests of all workflows that were ever registered, by id."""
        return dict(self._census.taken().workflows)

    def snapshots(self) -> dict[str, str]:
        """The workflow of each snapshot, by the snapshot's identity."""
        return {name: place.workflow_id for name, place in self._census.taken().snapshots.items()}

    def workflow_ids(self) -> list[str]:
        """Every workflow that was registered, has run or was noted."""
        return sorted(self._census.taken().ids)

    # --- one workflow

    def log(self, workflow_id: str) -> list[Placed]:
        """The workflow's current events."""
        latest = self.ledger.latest(workflow_id)
        n = latest[0].n if latest else 0
        noted = self._notes(workflow_id)
        current = [note for note in noted if note.n == n]
        restored = [note for note in current if note.restored is not None]
        if restored:
            index, _, _, snapshot_id = restored[-1]
            kept = [WorkflowEvent.from_dict(e) for e in self.snapshot(snapshot_id or "")["events"]]
            later = [note.fact for note in current if note.log_index > index and note.fact]
            return [(index, event) for event in kept] + _placed(later, workflow_id, len(kept))
        facts = [note.fact for note in noted if note.n == 0 < n and note.fact and n == 1]
        if latest is not None:
            facts += self.run_facts(latest[0])
        facts += [note.fact for note in current if note.fact]
        return _placed(facts, workflow_id, 0)

    def noted_before(self, workflow_id: str) -> int:
        """How many events of the workflow a first run of it would follow."""
        if self.ledger.latest(workflow_id) is not None:
            return 0
        return sum(note.fact is not None for note in self._notes(workflow_id))

    def run_facts(self, run: RunId) -> list[Fact]:
        """The facts of one run, its chain checked."""
        trace = Trace(self.ledger)
        return [f for event in self.ledger.read(run.stream) for f in trace.facts(event)]

    def run_input(self, run: RunId) -> dict[str, Any]:
        """What a run was started with."""
        started = history.started(self.ledger.store, run)
        value: dict[str, Any] = decode_value(unshelve(bytes(started.input), shelf=self.ledger))
        return value

    def snapshot(self, snapshot_id: str) -> dict[str, Any]:
        """What a snapshot recorded, with its ``workflow_id``.

        Raises:
            UnknownName: no snapshot of that identity is in the journal.
        """
        place = self._census.taken().snapshots.get(snapshot_id)
        if place is None:
            raise UnknownName(
                f"snapshot {snapshot_id} not found", code="snapshot.missing", snapshot=snapshot_id
            )
        event = self.ledger.read(place.stream, after=place.seq - 1)[0]
        if event.kind == SNAPSHOT:
            state = body_of(event)["state"]
        else:
            raw = bytes(DECODERS[event.kind](event.body or b"").state)
            state = decode_value(unshelve(raw, shelf=self.ledger))
        return {**state, "workflow_id": place.workflow_id}

    def latest_number(self, workflow_id: str) -> int:
        """The number of the workflow's latest run; 0 if it never ran."""
        latest = self.ledger.latest(workflow_id)
        return latest[0].n if latest else 0

    def note(self, workflow_id: str, kind: str, payload: dict[str, Any]) -> None:
        """Record an event of a workflow outside its runs.

        Raises:
            BadValue: the payload is not JSON.
        """
        body = {
            "kind": kind,
            "payload": payload,
            "run": self.latest_number(workflow_id),
            "workflow_id": workflow_id,
        }
        self.ledger.append(workflow_stream(workflow_id), NOTED, body)

    def _notes(self, workflow_id: str) -> list[Note]:
        found = [
            _note(event.kind, body_of(event) or {}, event.log_index)
            for event in self.ledger.read(workflow_stream(workflow_id))
            if event.kind in (NOTED, SNAPSHOT, RESTORED)
        ]
        for aside, _ in self.ledger.runs(workflow_id + ASIDE):
            n = self.run_input(aside)["run"]
            found += [
                Note(fact.log_index, n, fact)
                for fact in self.run_facts(aside)
                if fact.kind not in _FRAME
            ]
        return sorted(found, key=lambda note: note.log_index)


class _Census:
    """Counts, and where things lie, up to some place in the log."""

    def __init__(self, ledger: Ledger) -> None:
        self.counter = 0
        self.workflows: dict[str, dict[str, Any]] = {}
        self.snapshots: dict[str, Place] = {}
        self.ids: set[str] = set()
        self._ledger = ledger
        self._lock = threading.Lock()
        self._read = 0
        self._traces: dict[str, Trace] = {}

    def taken(self) -> _Census:
        """The same, with what has been recorded since."""
        with self._lock:
            for event in self._ledger.log(self._read):
                self._read = event.log_index + 1
                if event.body is None:
                    continue
                if event.stream.startswith("run/"):
                    self._take_run(event)
                elif event.stream.startswith(_WORKFLOWS):
                    self._take_note(event)
        return self

    def _take_run(self, event: Event) -> None:
        if event.kind == events.RUN_STARTED:
            name = DECODERS[event.kind](event.body or b"").workflow
            if name.startswith(f"{FACE}/"):
                self._traces[event.stream] = Trace(self._ledger)
        trace = self._traces.get(event.stream)
        if trace is None:
            return
        workflow_id = RunId.from_stream(event.stream).workflow_id
        aside = workflow_id.endswith(ASIDE)
        workflow_id = workflow_id.removesuffix(ASIDE)
        self.ids.add(workflow_id)
        for fact in trace.facts(event):
            self.counter += not (aside and fact.kind in _FRAME)
            if fact.snapshot is not None:
                self.snapshots[fact.snapshot] = Place(event.stream, event.seq, workflow_id)
        if event.kind in events.CLOSING:
            del self._traces[event.stream]

    def _take_note(self, event: Event) -> None:
        body = body_of(event)
        workflow_id = body["workflow_id"]
        self.ids.add(workflow_id)
        if event.kind == REGISTERED:
            self.workflows[workflow_id] = body
        elif event.kind == SNAPSHOT:
            self.counter += 1
            self.snapshots[body["id"]] = Place(event.stream, event.seq, workflow_id)
        elif event.kind == NOTED:
            self.counter += 1


def _note(kind: str, body: Mapping[str, Any], index: int) -> Note:
    n = body.get("run", 0)
    if kind == RESTORED:
        return Note(index, n, None, body["id"])
    if kind == SNAPSHOT:
        return Note(index, n, snapshot_fact(body["id"], index))
    return Note(index, n, Fact(WorkflowEventKind[body["kind"]], body["payload"], index))


def _placed(facts: list[Fact], workflow_id: str, after: int) -> list[Placed]:
    shown = numbered(facts, workflow_id=workflow_id, after=after)
    return [(fact.log_index, event) for fact, event in zip(facts, shown, strict=True)]
