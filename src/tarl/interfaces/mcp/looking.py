"""Runs, approvals and histories as the clients of the server may see them.

1. A client sees one tenant's runs, and where the server acts for an agent, that agent's runs alone.
   What it may not see is answered as what does not exist.
2. A run is named exactly: no beginning of an id, no ``@last``, tells of others.
3. Nothing is written: a view opens the journal for one question, in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.errors import Corrupt, Exceeded, Invalid, Missing
from tarl.values.canonical import encode

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.values.ids import RunId

ANSWER_BYTES_MAX = 1024 * 1024
"""Of one answer: more than a model reads."""

LOOKED_AT_MAX = 10_000
"""Records that one question passes over to find those that the client may see."""

EVENTS_MAX = 500
"""Of one page of a history."""


class View(NamedTuple):
    """What one client may see of a journal.

    Attributes:
        store: The journal.
        is_owned: Whether some process has the run of a stream in its hands now.
        tenant: Whose runs.
        agent: Whose runs alone, if the server acts for an agent.
    """

    store: Store
    is_owned: Callable[[str], bool]
    tenant: str
    agent: str | None = None

    def find(self, text: str) -> RunId:
        """The run of an exact name.

        Raises:
            Invalid: it names no run (``id.ref``), or an event (``id.unexpected_event``).
            Missing: there is none that this client may see (``run.missing``).
        """
        from tarl.kernel.history import no_run
        from tarl.values.ids import LAST, RunId, parse_ref

        ref = parse_ref(text)
        if ref.at is not None or ref.workflow_id == LAST:
            raise Invalid(
                f"{text!r} does not name one run",
                code="id.unexpected_event" if ref.at is not None else "id.ref",
                next_step="write the run's id, or id/n",
                ref=text,
            )
        where: dict[str, Any] = {"tenant": self.tenant, "workflow_id": ref.workflow_id}
        if ref.n is not None:
            where["n"] = ref.n
        newest = next(self.store.scan("run", where, order_by="n", descending=True, limit=1), None)
        if newest is None or ref.tenant not in (None, self.tenant):
            raise no_run(text)
        run = RunId(newest["tenant"], newest["workflow_id"], newest["n"])
        if not self._may_see(run):
            raise no_run(text)
        return run

    def runs(self, *, status: str | None, limit: int) -> list[dict[str, Any]]:
        """The newest runs."""
        found = []
        where = {"tenant": self.tenant}
        if status is not None:
            where["status"] = "running" if status == "interrupted" else status
        newest = self.store.scan(
            "run", where, order_by="started_at_ms", descending=True, limit=LOOKED_AT_MAX
        )
        for record in newest:
            entry = self._entry(record)
            if entry is not None and status in (None, entry["status"]):
                found.append(entry)
            if len(found) == limit:
                break
        return found

    def status(self, text: str) -> dict[str, Any]:
        """How a run stands."""
        from tarl.interfaces.cli.recorded import end_data, state_at

        run = self.find(text)
        state = state_at(self.store, run)
        counts: dict[str, int] = {}
        for step in state.steps:
            counts[step.status] = counts.get(step.status, 0) + 1
        record = {"workflow": state.workflow, "agent": state.agent, "task": state.task}
        end = end_data(self.store, run)
        data = {
            "run": run.ref,
            **record,
            "status": self._shown(state.status, run),
            "events": state.last_seq,
            "steps": counts,
            "under_way": [
                {"step": step.step, "activity": step.activity}
                for step in state.steps
                if step.ended_seq is None
            ][:20],
            "waits_for": self._asked_by(run),
        }
        return data | {name: end[name] for name in ("error", "reason") if end.get(name)}

    def result(self, text: str) -> dict[str, Any]:
        """A run's end; of a result that is too large for an answer, why it is ``left_out``."""
        from tarl.interfaces.cli.recorded import end_data

        run = self.find(text)
        end = end_data(self.store, run)
        data = {"run": run.ref, **end, "status": self._shown(end["status"], run)}
        try:
            return bounded(data)
        except Exceeded as refusal:
            refusal.next_step = f"a person can read it: tarl runs show {run.ref}"
            return {"run": run.ref, "status": data["status"], "left_out": refusal.as_data()}

    def approvals(self, *, status: str | None, limit: int) -> list[dict[str, Any]]:
        """What people are asked."""
        found = []
        for entry in self._approvals(status):
            found.append(entry)
            if len(found) == limit:
                break
        return found

    def told(self, text: str) -> dict[str, Any]:
        """A run's history in words."""
        from tarl.interfaces.cli.recorded import state_at
        from tarl.interfaces.mcp.words import told

        run = self.find(text)
        state = state_at(self.store, run)
        status = self._shown(state.status, run)
        return bounded({"run": run.ref, "status": status, "history": told(state, status=status)})

    def history(self, text: str, *, after: int = 0) -> dict[str, Any]:
        """A page of a run's events, their chain checked from the first on; ``next`` is where the
        next page begins, None at the end.
        """
        from tarl.interfaces.cli.recorded import event_data, tail

        run = self.find(text)
        events: list[dict[str, Any]] = []
        size_bytes = 0
        following = None
        for event in tail(self.store, run, after=after):
            size_bytes += len(event.body or b"")
            if len(events) == EVENTS_MAX or (events and size_bytes > ANSWER_BYTES_MAX // 2):
                following = events[-1]["seq"]
                break
            events.append(event_data(event))
        return {"run": run.ref, "events": events, "next": following}

    # --- inside

    def _may_see(self, run: RunId) -> bool:
        from tarl.interfaces.cli.commands.runs import acting_data

        return self.agent is None or acting_data(self.store, run)["agent"] == self.agent

    def _entry(self, record: Any) -> dict[str, Any] | None:
        from tarl.interfaces.cli.commands.runs import acting_data
        from tarl.values.ids import RunId
        from tarl.values.instants import isoformat_ms

        run = RunId(record["tenant"], record["workflow_id"], record["n"])
        acting = acting_data(self.store, run)
        if self.agent is not None and acting["agent"] != self.agent:
            return None
        ended_at_ms = record["ended_at_ms"]
        return {
            "run": run.ref,
            "workflow": record["workflow"],
            "status": self._shown(record["status"], run),
            "started": isoformat_ms(record["started_at_ms"]),
            "ended": None if ended_at_ms is None else isoformat_ms(ended_at_ms),
            **acting,
        }

    def _shown(self, status: str, run: RunId) -> str:
        from tarl.kernel.history import engine_of

        if status != "running" or self.is_owned(run.stream):
            return status
        return "interrupted" if engine_of(self.store, run) is None else status

    def _approvals(self, status: str | None) -> Iterator[dict[str, Any]]:
        from tarl.interfaces.cli.people import may_vote
        from tarl.kernel.approvals.ledger import Approvals
        from tarl.kernel.approvals.names import ApprovalId
        from tarl.values.ids import RunId
        from tarl.values.instants import isoformat_ms

        ledger = Approvals(self.store)
        for record in ledger.records(status=status, tenant=self.tenant, limit=LOOKED_AT_MAX):
            id = ApprovalId(record["tenant"], record["id"])
            try:
                found = ledger.get(id)
            except (Corrupt, Missing) as error:
                if self.agent is None:
                    yield {"approval": id.ref, "status": record["status"], "unreadable": error.code}
                continue
            request = found.request
            run = None if request.run is None else RunId.from_stream(request.run)
            if self.agent is not None and (run is None or not self._may_see(run)):
                continue
            expires = found.expires_at_ms
            yield {
                "approval": id.ref,
                "status": found.status,
                "description": request.description,
                "run": None if run is None else run.ref,
                "approvals": found.approvals,
                "needed": request.needed,
                "may_vote": may_vote(found),
                "requested": isoformat_ms(found.requested_at_ms),
                "expires": None if expires is None else isoformat_ms(expires),
            }

    def _asked_by(self, run: RunId) -> list[dict[str, Any]]:
        return [entry for entry in self._approvals("pending") if entry["run"] == run.ref]


def bounded(data: dict[str, Any]) -> dict[str, Any]:
    """An answer, if it is not larger than a client should be sent.

    Raises:
        Exceeded: ``mcp.answer_too_large``.
    """
    size_bytes = len(encode(data))
    if size_bytes > ANSWER_BYTES_MAX:
        raise Exceeded(
            f"the answer has {size_bytes} bytes; at most {ANSWER_BYTES_MAX} are sent",
            code="mcp.answer_too_large",
            next_step="ask for less",
            size_bytes=size_bytes,
        )
    return data
