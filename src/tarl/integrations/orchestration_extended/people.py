"""Signals, queries and approvals: ``tarl.kernel.inbox`` and ``tarl.kernel.approvals`` under the
names of the seed.

Every vote is signed with the voter's own key. A voter without a key in the journal gets one on this
machine when first voting; so a vote proves that somebody who may read the key file made it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Unpack

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.people import People
from tarl.errors import Refused
from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, Where, drawn, ms_of
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    UnknownName,
    translated,
)
from tarl.integrations.orchestration_extended.signals import Query, Signal, Signals
from tarl.journal.store import Store
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.request import Request
from tarl.kernel.approvals.state import Approval
from tarl.kernel.approvals.statement import Choice
from tarl.kernel.definition import DECLARED
from tarl.kernel.execution import Execution
from tarl.kernel.rerun import rerun
from tarl.kernel.shelves import RecordedShelf
from tarl.values.ids import DEFAULT_TENANT, RunId, check_name

__all__ = [
    "ApprovalRequest",
    "BadValue",
    "Busy",
    "HumanInTheLoopManager",
    "Query",
    "Signal",
    "UnknownName",
]

_LOGGER = logging.getLogger("tarl.integrations")

_NO = frozenset(
    {
        "approval.decided",
        "approval.delegated",
        "approval.expired",
        "approval.missing",
        "approval.not_human",
        "approval.revoked",
        "approval.stranger",
        "approval.voted",
        "approval.withdrawn",
    }
)
"""Refusals of a vote that are answered with False."""


@dataclass
class ApprovalRequest:
    """A request as it was when it was read, its signatures verified.

    Attributes:
        status: ``pending``, ``approved``, ``rejected``, ``expired`` or ``withdrawn``.
        votes: Who voted how, when and why.
    """

    request_id: str
    workflow_id: str
    description: str
    context: dict[str, Any]
    required_approvers: list[str]
    approvals: list[str] = field(default_factory=list)
    status: str = "pending"
    votes: list[dict[str, Any]] = field(default_factory=list)


class HumanInTheLoopManager:
    """What people tell workflows, ask them and decide for them.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path = "data/tarl_hitl",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._signals = Signals(self.place)
        self._answers: dict[str, Callable[[Query], Any]] = {}

    # --- signals and queries

    def send_signal(self, workflow_id: str, signal_type: str, payload: Any = None) -> str:
        """Tell a workflow something; the signal's id, once it is on disk.

        Raises:
            BadValue: a name that cannot be one, or a payload that is not JSON.
        """
        _check(workflow_id, "workflow id")
        _check(signal_type, "signal type")
        details = {"workflow": workflow_id, "type": signal_type, "payload": payload}
        id: str = once(
            "send_signal", details, lambda: self._signals.send(workflow_id, signal_type, payload)
        )
        return id

    def get_signals(self, workflow_id: str, signal_type: str | None = None) -> list[Signal]:
        """What a workflow was told, of one type or of all, in its order."""

        def look() -> list[dict[str, Any]]:
            return [asdict(each) for each in self._signals.of(workflow_id)]

        found = [Signal(**each) for each in once("get_signals", {"workflow": workflow_id}, look)]
        return [each for each in found if signal_type in (None, each.signal_type)]

    def register_query(self, query_type: str, answer: Callable[[Query], Any]) -> None:
        """Let a function of this process answer a type of question.

        Raises:
            BadValue: a name that cannot be one, or nothing that can be called.
        """
        _check(query_type, "query type")
        if not callable(answer):
            raise BadValue(f"{answer!r} is no function", code="handler.type")
        self._answers[query_type] = answer

    def query(
        self, workflow_id: str, query_type: str, parameters: dict[str, Any] | None = None
    ) -> Any:
        """Ask a workflow; nothing is changed by it.

        Answered by the function that was registered for the type; ``status``, ``signals`` and
        ``approvals`` by the journal; anything else by the code of the workflow's latest run
        (``ctx.on_query``), which is replayed for it.

        Raises:
            UnknownName: nobody answers this.
            BadValue: parameters that are not JSON.
        """
        asked = Query(
            drawn("query"), workflow_id, query_type, copied(parameters or {}, "the parameters")
        )
        details = {"workflow": workflow_id, "type": query_type, "parameters": asked.parameters}
        return once("query", details, lambda: copied(self._answer(asked), "the answer"))

    def _answer(self, asked: Query) -> Any:
        known: dict[str, Callable[[Query], Any]] = {
            "status": self._run_status,
            "signals": lambda query: [asdict(s) for s in self._signals.of(query.workflow_id)],
            "approvals": lambda query: [
                asdict(each)
                for each in self.get_approval_requests()
                if each.workflow_id == query.workflow_id
            ],
            **self._answers,
        }
        answer = known.get(asked.query_type)
        return self._ask_code(asked) if answer is None else answer(asked)

    def _run_status(self, asked: Query) -> dict[str, Any]:
        with self.place.store() as store:
            run = _latest(store, asked.workflow_id)
        return {"run": None, "status": None} if run is None else {"run": run[0].ref, **run[1]}

    def _ask_code(self, asked: Query) -> Any:
        """The answer of the run's own code."""
        answers: list[Any] = []

        def ask(execution: Execution) -> None:
            args = (asked.parameters,) if asked.parameters else ()
            answers.append(execution.query(asked.query_type, args))

        with self.place.store() as store:
            run = _latest(store, asked.workflow_id)
            if run is not None:
                workflow = DECLARED.find(run[1]["workflow"])
                shelf = RecordedShelf(store, run[0])
                rerun(workflow, store.read(run[0].stream), shelf=shelf, strict=False, look=ask)
        if not answers:
            raise UnknownName(
                f"nobody answers {asked.query_type!r} of {asked.workflow_id}",
                code="query.unknown",
                next_step="register_query lets a function answer",
            )
        return answers[0]

    # --- approvals

    def request_approval(
        self,
        workflow_id: str,
        description: str,
        required_approvers: Sequence[str],
        context: dict[str, Any] | None = None,
        *,
        needed: int | None = None,
        expires_in: float | None = None,
        request_id: str | None = None,
    ) -> str:
        """Ask people; the request's id, once it is on disk.

        Args:
            workflow_id: What it is for.
            description: What is decided about.
            required_approvers: Who may vote.
            context: What they should see, JSON values.
            needed: How many must approve; all when left out.
            expires_in: Seconds after which it lapses; never when left out.
            request_id: Its id; the same request again is asked once.

        Raises:
            BadValue: nobody could decide this.
            Busy: the id has another request.
        """
        _check(workflow_id, "workflow id")
        if isinstance(required_approvers, str):
            raise BadValue("required_approvers are several names", code="approval.request")
        approvers = list(required_approvers)
        details: dict[str, Any] = {
            "approvers": approvers,
            "context": {"context": dict(context or {}), "workflow_id": workflow_id},
            "description": description,
            "expires_ms": None if expires_in is None else ms_of(expires_in, "expiry", least_ms=1),
            "needed": len(approvers) if needed is None else needed,
            "id": request_id,
        }
        id: str = once("request_approval", details, lambda: self._request(**details))
        return id

    def _request(
        self,
        *,
        approvers: Any,
        context: Any,
        description: Any,
        expires_ms: Any,
        needed: Any,
        id: Any,
    ) -> str:
        asked = _approval_id(id or drawn("approval"))
        with self._approvals() as approvals:
            request = Request(
                description=description,
                approvers=tuple(approvers),
                needed=needed,
                context=copied(context, "the context"),
                expires_after_ms=expires_ms,
            )
            return approvals.request(asked, request, at_ms=self.place.now_ms()).id.id

    def approve(self, request_id: str, approver: str, rationale: str | None = None) -> bool:
        """Vote for it; whether that vote counts: True also if it did already.

        False for a request that is unknown or over, and for whoever may not vote.
        """
        return self._vote(request_id, approver, "approve", rationale)

    def reject(self, request_id: str, rejector: str, rationale: str | None = None) -> bool:
        """Vote against it, which rejects it; otherwise as ``approve``."""
        return self._vote(request_id, rejector, "reject", rationale)

    def is_approved(self, request_id: str) -> bool:
        """Whether enough have approved; their signatures are verified anew."""
        try:
            return self.get_approval_request(request_id).status == "approved"
        except UnknownName:
            return False

    def get_approval_request(self, request_id: str) -> ApprovalRequest:
        """A request as it stands now.

        Raises:
            UnknownName: there is none.
        """

        def look() -> dict[str, Any]:
            with self._approvals() as approvals:
                approvals.advance(self.place.now_ms())
                return asdict(_shown(approvals.get(_approval_id(request_id))))

        return ApprovalRequest(**once("get_approval_request", {"request": request_id}, look))

    def get_approval_requests(self, status: str | None = None) -> list[ApprovalRequest]:
        """Requests of a status, or all: those that wait first."""

        def look() -> list[str]:
            with self._approvals() as approvals:
                approvals.advance(self.place.now_ms())
                found = approvals.records(status=status, tenant=DEFAULT_TENANT)
                return [record["id"] for record in found]

        ids = once("get_approval_requests", {"status": status}, look)
        return [self.get_approval_request(id) for id in ids]

    # --- as a whole

    def get_metrics(self) -> dict[str, int]:
        """Signals that were sent, and requests by status."""

        def look() -> dict[str, int]:
            with self._approvals() as approvals:
                return {"signals": self._signals.count(), **approvals.get_status()}

        found: dict[str, int] = once("people_metrics", {}, look)
        return found

    def get_status(self) -> dict[str, int]:
        """How many signals were sent, and how many requests were made."""
        metrics = self.get_metrics()
        return {"signals": metrics.pop("signals"), "approvals": sum(metrics.values())}

    # --- inside

    def _vote(self, request_id: str, voter: str, choice: Choice, rationale: str | None) -> bool:
        _check(voter, "approver")
        details = {
            "request": request_id,
            "voter": voter,
            "choice": choice,
            "rationale": rationale or "",
        }
        counted: bool = once("vote", details, lambda: self._cast(**details))  # type: ignore[arg-type]  # the dict says object
        return counted

    def _cast(self, *, request: str, voter: str, choice: Choice, rationale: str) -> bool:
        at_ms = self.place.now_ms()
        id, principal = _approval_id(request), PrincipalId(DEFAULT_TENANT, voter)
        with self.place.store() as store:
            people = People(store, Keyring().ensure(), metrics=self.place.metrics)
            try:
                known = people.approvals.get(id)
                seat = known.seat_of(voter)
                if seat is not None and seat.cast is not None and seat.cast.choice == choice:
                    return True
                if seat is not None and known.is_pending:
                    people.ensure_human(principal, at_ms=at_ms)
                    people.vote(id, principal, choice, reason=rationale, at_ms=at_ms)
                    return True
            except Refused as refusal:
                if refusal.code not in _NO:
                    raise
                _LOGGER.warning("%s of %s by %s: %s", choice, request, voter, refusal.message)
                return False
        _LOGGER.warning("%s of %s by %s: not among those asked, or over", choice, request, voter)
        return False

    @contextmanager
    def _approvals(self) -> Iterator[Approvals]:
        with self.place.store() as store:
            yield Approvals(store, metrics=self.place.metrics)


def _check(name: str, what: str) -> None:
    with translated():
        check_name(name, what)


def _approval_id(id: str) -> ApprovalId:
    with translated():
        return ApprovalId(DEFAULT_TENANT, id)


def _latest(store: Store, workflow_id: str) -> tuple[RunId, dict[str, Any]] | None:
    where = {"tenant": DEFAULT_TENANT, "workflow_id": workflow_id}
    found = list(store.scan("run", where, order_by="n", descending=True, limit=1))
    if not found:
        return None
    run = RunId(DEFAULT_TENANT, workflow_id, found[0]["n"])
    return run, {"status": found[0]["status"], "workflow": found[0]["workflow"]}


def _shown(approval: Approval) -> ApprovalRequest:
    request = approval.request
    context = dict(request.context)
    is_ours = set(context) == {"context", "workflow_id"}
    return ApprovalRequest(
        request_id=approval.id.id,
        workflow_id=context["workflow_id"] if is_ours else _workflow_of(request),
        description=request.description,
        context=context["context"] if is_ours else context,
        required_approvers=list(request.approvers),
        approvals=[v["principal"] for v in approval.votes if v["choice"] == "approve"],
        status=approval.status,
        votes=[dict(vote) for vote in approval.votes],
    )


def _workflow_of(request: Request) -> str:
    """The workflow of a request that a run of the kernel made."""
    return "" if request.run is None else RunId.from_stream(request.run).workflow_id
