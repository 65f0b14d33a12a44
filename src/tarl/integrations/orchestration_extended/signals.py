"""What people tell workflows, in a stream for each: kept whether or not anybody runs it.

A workflow of the kernel that is running is told too: the signal is put into its inbox in the same
commit (``ctx.wait_for_signal``, ``ctx.on_signal``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tarl.integrations.orchestration.frozen import canonical
from tarl.integrations.orchestration.ledger import FACE, stream_name
from tarl.integrations.orchestration_extended.chronicle import Chronicle, Fact
from tarl.integrations.orchestration_extended.place import Place, drawn, seconds_at
from tarl.integrations.orchestration_extended.refusals import QuotaExceeded
from tarl.journal.event import Row
from tarl.journal.store import Store
from tarl.kernel import inbox
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.values.canonical import quote
from tarl.values.ids import DEFAULT_TENANT, RunId

SENT = "orchestration.signal_sent/1"

PAYLOAD_BYTES_MAX = DEFAULT_LIMITS.inline_bytes_max
"""A signal lies in its event, here and in the inbox of a run."""

_STREAMS = stream_name("signals", "")


@dataclass
class Signal:
    """A signal as it was sent, in Unix seconds."""

    signal_id: str
    workflow_id: str
    signal_type: str
    payload: Any
    sent_at: int


@dataclass
class Query:
    """A question to a workflow, as its answerer gets it."""

    query_id: str
    workflow_id: str
    query_type: str
    parameters: dict[str, Any] = field(default_factory=dict)


class Signals:
    """The signals of a journal."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def send(self, workflow_id: str, signal_type: str, payload: Any) -> str:
        """Record a signal; its id."""
        id = drawn("signal")
        body = {"id": id, "payload": payload, "type": signal_type, "workflow_id": workflow_id}
        data = canonical(payload, "the payload")
        if len(data) > PAYLOAD_BYTES_MAX:
            raise QuotaExceeded(
                f"the payload has {len(data)} bytes of JSON; the limit is {PAYLOAD_BYTES_MAX}",
                code="value.too_large",
                next_step="keep large data outside and send a reference to it",
            )

        def decide(known: list[Signal]) -> Sequence[Fact]:
            return [(SENT, body)]

        def beside(store: Store) -> Sequence[Row]:
            run = _running(store, workflow_id)
            if run is None:
                return []
            said = b'{"name":%b,"payload":%b}' % (quote(signal_type), data)
            at_ms = self._place.now_ms()
            return [inbox.message(store, run, inbox.SIGNAL_SENT, said, at_ms=at_ms)]

        self._book(workflow_id).change(decide, beside=beside)
        self._place.metrics.count("signals.sent")
        return id

    def of(self, workflow_id: str) -> list[Signal]:
        """A workflow's signals in their order."""
        return list(self._book(workflow_id).state())

    def count(self) -> int:
        """How many signals were ever sent."""
        with self._place.store() as store:
            heads = (store.head(stream) for stream in list(store.streams(_STREAMS)))
            return sum(head.seq for head in heads if head is not None)

    def _book(self, workflow_id: str) -> Chronicle[list[Signal]]:
        return Chronicle(self._place, _STREAMS + _segment(workflow_id), list, _evolve)


def _segment(workflow_id: str) -> str:
    return stream_name(workflow_id).removeprefix(f"{FACE}/{DEFAULT_TENANT}/")


def _evolve(signals: list[Signal], kind: str, body: dict[str, Any], at_ms: int) -> None:
    if kind == SENT:
        signals.append(
            Signal(
                body["id"], body["workflow_id"], body["type"], body["payload"], seconds_at(at_ms)
            )
        )


def _running(store: Store, workflow_id: str) -> RunId | None:
    """The run of a workflow id that is under way, if there is one that receives signals."""
    where = {"tenant": DEFAULT_TENANT, "workflow_id": workflow_id, "status": "running"}
    found = list(store.scan("run", where, order_by="n", descending=True, limit=1))
    if not found or found[0]["workflow"].startswith(f"{FACE}/"):
        return None
    return RunId(DEFAULT_TENANT, workflow_id, found[0]["n"])
