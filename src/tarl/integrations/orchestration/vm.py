"""The seeds' virtual machine: runs synchronous workflows over one journal.

Every event, snapshot and manifest is in the journal and is there again after a restart; a run that
was cut off is taken up by the next ``execute_workflow``. Runs of one id are numbered; the log shows
the latest.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from tarl.errors import Invalid, RunFailed
from tarl.integrations.orchestration.aside import number_of_task, perform_aside
from tarl.integrations.orchestration.book import (
    ASIDE,
    REGISTERED,
    RESTORED,
    SNAPSHOT,
    Book,
    workflow_stream,
)
from tarl.integrations.orchestration.events import WorkflowEvent
from tarl.integrations.orchestration.files import write_json
from tarl.integrations.orchestration.frozen import canonical, copied
from tarl.integrations.orchestration.ledger import JOURNAL_NAME, Ledger, body_of
from tarl.integrations.orchestration.performance import Piece, journal_of, perform
from tarl.integrations.orchestration.refusals import BadValue, Busy, NotPermitted, UnknownName
from tarl.integrations.orchestration.session import (
    Deed,
    RunSession,
    current,
    once,
    state_of,
)
from tarl.integrations.orchestration.workflow import Workflow, code_digest
from tarl.kernel.runs import result_of
from tarl.values.ids import check_name

_LOGGER = logging.getLogger("tarl.integrations")

STATE_FILE = "vm_state.json"


class Verifier(Protocol):
    """Who says whether a workflow may have what its manifest asks for."""

    def verify_workflow(self, workflow: Workflow) -> tuple[bool, list[str]]: ...


class DeterministicVM:
    """Runs registered workflows; see the module.

    Args:
        data_dir: Where the journal lies, and the exports of ``persist_state``.
        journal: The journal's file; ``tarl.db`` in ``data_dir`` when left out.
        ledger: A journal that is shared with other classes.
        capabilities: Who verifies manifests. Without one, a workflow that needs capabilities is
            registered and is not run.
    """

    def __init__(
        self,
        data_dir: str | Path = "data/tarl_vm",
        *,
        journal: str | Path | None = None,
        ledger: Ledger | None = None,
        capabilities: Verifier | None = None,
    ) -> None:
        self.data_dir = Path(data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.ledger = ledger or Ledger(Path(journal or self.data_dir / JOURNAL_NAME))
        self.capabilities = capabilities
        self.book = Book(self.ledger)
        self._workflows: dict[str, Workflow] = {}

    # --- workflows

    def register_workflow(self, workflow: Workflow) -> None:
        """Make a workflow known; its manifest is recorded when it is new or has changed.

        Raises:
            BadValue: the id cannot be one, the entrypoint cannot be called, or the metadata are not
            JSON.
        """
        check_workflow(workflow)
        findings = self._findings(workflow)
        body = {
            "code": code_digest(workflow.entrypoint),
            "findings": findings,
            "metadata": workflow.metadata,
            "required_caps": sorted(workflow.required_caps),
            "workflow_id": workflow.workflow_id,
        }
        once("register_workflow", {"workflow_id": workflow.workflow_id}, lambda: self._record(body))
        self._workflows[workflow.workflow_id] = workflow
        for finding in findings:
            _LOGGER.warning("workflow %s: %s", workflow.workflow_id, finding)

    def workflow(self, workflow_id: str) -> Workflow:
        """The workflow registered in this process under an id.

        Raises:
            UnknownName: there is none.
        """
        found = self._workflows.get(workflow_id)
        if found is None:
            raise UnknownName(
                f"Workflow {workflow_id} not registered",
                code="workflow.unknown",
                next_step="register_workflow(Workflow(workflow_id=..., entrypoint=...))",
                workflow_id=workflow_id,
            )
        return found

    def execute_workflow(
        self, workflow_id: str, context: dict[str, Any] | None = None, *, new_run: bool = False
    ) -> Any:
        """Run a workflow to its end, or take up its last run if that was cut off; its result.

        ``new_run`` leaves a run that was cut off as it is, and starts another.
        Called by an entrypoint, the other workflow's run is a step of the one that calls.

        Raises:
            UnknownName: no such workflow (a ``ValueError``).
            NotPermitted: it needs a capability that it is not given (a ``PermissionError``).
            BadValue: the context or the result is not JSON.
            Busy: its last run was cut off and had another context.
            Exception: what the entrypoint raised, itself.
        """
        workflow = self.workflow(workflow_id)
        given = None if context is None else copied(context, "the context")
        session = current()
        if session is None:
            return self._execute(workflow, given, new_run=new_run)
        details = {"args": {"context": given}, "task_name": f"execute_workflow {workflow_id}"}
        deed = Deed(
            f"task/execute_workflow {workflow_id}",
            details,
            lambda _: self._execute(workflow, given, new_run=new_run),
        )
        return session.perform(deed)

    def workflow_state(self, workflow_id: str) -> dict[str, Any]:
        """How far a workflow is: status (registered, running, completed, failed), result or error.

        A run that is cut off is ``running`` until it is taken up.

        Raises:
            UnknownName: the journal does not know it.
        """
        details = {"workflow_id": workflow_id}
        state: dict[str, Any] = once("state", details, lambda: self._state(workflow_id))
        return state

    def _state(self, workflow_id: str) -> dict[str, Any]:
        latest = self.ledger.latest(workflow_id)
        if latest is None:
            self._check_known(workflow_id)
            return {"run": None, "status": "registered"}
        run, status = latest
        state: dict[str, Any] = {"run": run.ref, "status": status}
        if status != "running":
            head = self.ledger.store.head(run.stream)
            last = self.ledger.read(run.stream, after=(head.seq if head else 1) - 1)[0]
            try:
                state["result"] = result_of(
                    last.kind, last.body or b"", workflow=None, shelf=self.ledger
                )
            except RunFailed as error:
                state["error"] = error.facts["error"]
        return state

    # --- within a workflow, or beside it

    def submit_task(
        self,
        workflow_id: str,
        task_name: str,
        task_fn: Callable[..., Any],
        args: Mapping[str, Any] | Sequence[Any] | None = None,
    ) -> int:
        """Run a task through the gateway and record it; the number of its event.

        A task within a task is numbered when the outer one ends, and 0 is returned.
        ``args`` are the task's arguments by name, or in order. ``task_result`` gives what it
        returned. Within a run of the workflow the task is a step, and is not run again by replay.

        Raises:
            StepFailed: the task raised; also of the class that it raised where that is known.
            BadValue: the arguments or the result are not JSON.
        """
        if not callable(task_fn):
            raise BadValue(f"the task {task_name!r} is not callable", code="task.not_callable")
        given = list(args) if isinstance(args, (list, tuple)) else dict(args or {})
        details = {"args": given, "task_name": task_name}
        deed = Deed(f"task/{task_name}", details, lambda d: _call(task_fn, d["args"]), task_fn)
        session = current()
        if session is None:
            return self._submit_aside(workflow_id, deed)
        if session.workflow_id == workflow_id:
            session.perform(deed)
            return session.count
        details = {**details, "workflow_id": workflow_id}
        beside = Deed(
            "face/submit_task", details, lambda _: self._submit_aside(workflow_id, deed), task_fn
        )
        number: int = session.perform(beside)
        return number

    def task_result(self, workflow_id: str, sequence: int) -> Any:
        """What the task returned whose event has this number.

        Raises:
            UnknownName: no such task in the workflow's current log, or it failed.
        """
        for event in self.get_event_log(workflow_id):
            if event.sequence == sequence and "result" in event.payload:
                return copied(event.payload["result"], "the result")
        raise UnknownName(f"event {sequence} of {workflow_id} holds no result", code="task.missing")

    def perform(self, workflow_id: str, deeds: Sequence[Deed]) -> list[Any]:
        """Do things for a workflow, at the same time: as steps of its run, or beside its runs."""
        session = current()
        if session is not None and session.workflow_id == workflow_id:
            return session.perform_all(deeds)
        if not isinstance(session, RunSession):
            return perform_aside(self.book, workflow_id, deeds).results
        details = {"steps": [deed.name for deed in deeds], "workflow_id": workflow_id}
        beside = Deed(
            "face/beside",
            details,
            lambda _: perform_aside(self.book, workflow_id, deeds).results,
            deeds[0].origin,
        )
        done: list[Any] = session.perform(beside)
        return done

    # --- the past

    def snapshot(self, workflow_id: str) -> str:
        """Record the workflow's context and its events so far; 64 hex digits that name them.

        Raises:
            UnknownName: the workflow is not known (a ``KeyError``).
        """
        session = current()
        if isinstance(session, RunSession) and session.workflow_id == workflow_id:
            return session.snapshot()
        taken: str = once(
            "snapshot", {"workflow_id": workflow_id}, lambda: self._snapshot(workflow_id)
        )
        return taken

    def restore_snapshot(self, snapshot_hash: str) -> None:
        """Let the workflow's log go on from a snapshot. What came after stays in the journal.

        Raises:
            UnknownName: there is no such snapshot (a ``ValueError``).
            Busy: the workflow has a run that has not ended.
        """
        details = {"snapshot_hash": snapshot_hash}
        once("restore_snapshot", details, lambda: self._restore(snapshot_hash))

    def _restore(self, snapshot_hash: str) -> None:
        workflow_id = self.book.snapshot(snapshot_hash)["workflow_id"]
        latest = self.ledger.latest(workflow_id)
        if latest is not None and latest[1] == "running":
            raise Busy(
                f"{latest[0].ref} has not ended; its past cannot be left now",
                code="snapshot.running",
                next_step="let it end first, or fork it: tarl fork RUN@N",
                run=latest[0].ref,
            )
        body = {
            "id": snapshot_hash,
            "run": latest[0].n if latest else 0,
            "workflow_id": workflow_id,
        }
        self._append(workflow_id, RESTORED, body)

    def get_event_log(self, workflow_id: str | None = None) -> list[WorkflowEvent]:
        """The events of a workflow's latest run, or of every workflow's in the order of the
        journal.
        """
        session = current()
        if isinstance(session, RunSession) and session.workflow_id == workflow_id:
            return list(session.events)
        details = {"workflow_id": workflow_id}
        shown = once("get_event_log", details, lambda: self._log(workflow_id))
        return [WorkflowEvent.from_dict(event) for event in shown]

    def _log(self, workflow_id: str | None) -> list[dict[str, Any]]:
        ids = self.book.workflow_ids() if workflow_id is None else [workflow_id]
        placed = [item for name in ids for item in self.book.log(name)]
        placed.sort(key=lambda item: item[0])
        return [event.to_dict() for _, event in placed]

    @property
    def counter(self) -> int:
        """The logical clock: how many events all runs have made."""
        count: int = once("counter", {}, lambda: self.book.counter)
        return count

    @property
    def _counter(self) -> int:
        return self.counter

    def persist_state(self) -> None:
        """Write ``vm_state.json`` for people and other programs; the journal has it all already."""
        once("persist_state", {}, self._persist)

    def _persist(self) -> None:
        manifests = self.book.workflows()
        state = {
            "counter": self.book.counter,
            "event_log": self._log(None),
            "snapshots": self.book.snapshots(),
            "workflows": {
                name: {"required_caps": m["required_caps"]} for name, m in manifests.items()
            },
        }
        write_json(self.data_dir / STATE_FILE, state)

    def load_state(self) -> None:
        """Nothing is loaded: the state is the journal's. A missing or damaged export does not
        matter.
        """

    # --- inside

    def _execute(self, workflow: Workflow, context: dict[str, Any] | None, *, new_run: bool) -> Any:
        allowed, reasons = self._verify(workflow)
        if not allowed:
            raise NotPermitted(
                f"Workflow {workflow.workflow_id} is not permitted: {'; '.join(reasons)}",
                code="workflow.not_permitted",
                next_step="register the capabilities, and meet their policies",
                reasons=reasons,
            )
        latest = self.ledger.latest(workflow.workflow_id)
        resume = None
        if latest is not None and latest[1] == "running" and not new_run:
            resume = latest[0]
            recorded = self.book.run_input(resume)["context"]
            if context is not None and canonical(context, "the context") != canonical(recorded, ""):
                raise Busy(
                    f"{resume.ref} was cut off and had another context",
                    code="run.exists",
                    next_step="execute it without a context to take it up, or with new_run=True",
                    run=resume.ref,
                )
        input = {
            "context": context or {},
            "events_before": self.book.noted_before(workflow.workflow_id),
            "grants": sorted(workflow.required_caps),
        }
        return perform(self.piece(workflow), journal_of(self.ledger), input=input, resume=resume)

    def piece(self, workflow: Workflow) -> Piece:
        """A workflow as something that can be performed."""

        def play(session: RunSession) -> Any:
            result = workflow.entrypoint(self, copied(session.context, "the context"))
            if inspect.iscoroutine(result):
                result.close()
                raise BadValue(
                    f"the entrypoint of {workflow.workflow_id} is an async def",
                    code="workflow.async",
                    next_step="write `def`, or use `from tarl import workflow`",
                )
            return result

        return Piece(
            workflow_id=workflow.workflow_id,
            run_as=workflow.workflow_id,
            play=play,
            code=code_digest(workflow.entrypoint),
            note=lambda kind, payload: self.book.note(workflow.workflow_id, kind, payload),
        )

    def _submit_aside(self, workflow_id: str, deed: Deed) -> int:
        done = perform_aside(self.book, workflow_id, [deed])
        return number_of_task(self.book, workflow_id, done.run)

    def _snapshot(self, workflow_id: str) -> str:
        self._check_known(workflow_id)
        latest = self.ledger.latest(workflow_id)
        context = self.book.run_input(latest[0])["context"] if latest else {}
        state = state_of(context, [event for _, event in self.book.log(workflow_id)])
        text = f"{workflow_id}:{state['counter']}:".encode()
        snapshot_id = sha256(text + canonical(state, "the snapshot's state")).hexdigest()
        body = {
            "id": snapshot_id,
            "run": latest[0].n if latest else 0,
            "state": state,
            "workflow_id": workflow_id,
        }
        self._append(workflow_id, SNAPSHOT, body)
        return snapshot_id

    def _append(self, workflow_id: str, kind: str, body: dict[str, Any]) -> None:
        self.ledger.append(workflow_stream(workflow_id), kind, body)

    def _record(self, body: dict[str, Any]) -> None:
        workflow_id = body["workflow_id"]
        recorded = [
            body_of(event)
            for event in self.ledger.read(workflow_stream(workflow_id))
            if event.kind == REGISTERED
        ]
        if not recorded or recorded[-1] != copied(body, "the manifest"):
            self._append(workflow_id, REGISTERED, body)

    def _verify(self, workflow: Workflow) -> tuple[bool, list[str]]:
        if self.capabilities is not None:
            return self.capabilities.verify_workflow(workflow)
        missing = [f"capability {name} not found" for name in sorted(workflow.required_caps)]
        return not missing, missing

    def _findings(self, workflow: Workflow) -> list[str]:
        allowed, reasons = self._verify(workflow)
        return [] if allowed else reasons

    def _check_known(self, workflow_id: str) -> None:
        if workflow_id not in self._workflows and workflow_id not in self.book.workflow_ids():
            self.workflow(workflow_id)


def check_workflow(workflow: Workflow) -> None:
    """Whether a workflow can be registered.

    Raises:
        BadValue: no.
    """
    if not callable(workflow.entrypoint):
        raise BadValue("the entrypoint is not callable", code="workflow.not_callable")
    try:
        check_name(workflow.workflow_id, "workflow id")
        if workflow.workflow_id.endswith(ASIDE):
            raise Invalid(f"a workflow id does not end with {ASIDE}", code="id.reserved")
    except Invalid as error:
        raise BadValue(error.message, code=error.code) from None
    canonical(workflow.metadata, "the metadata")


def _call(task: Callable[..., Any], args: Any) -> Any:
    """Call a task with its recorded arguments: by name, in order, or as the one that it takes."""
    if isinstance(args, list):
        return task(*args)
    try:
        signature = inspect.signature(task)
    except (TypeError, ValueError):
        return task(**args)
    try:
        signature.bind(**args)
    except TypeError:
        signature.bind(args)
        return task(args)
    return task(**args)
