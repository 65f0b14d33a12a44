"""Messages of a scenario, and the laws of messages and sagas, checked on what it left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tarl.journal.store import Store
from tarl.kernel import events, inbox
from tarl.kernel.definition import Activity
from tarl.kernel.events import DECODERS
from tarl.kernel.state import RunState
from tarl.values.canonical import encode, quote
from tarl.values.ids import RunId

REASON = "the scenario says so"
"""Why a scenario asks a run to stop."""


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a scenario; those to one run are sent in their order.

    Attributes:
        to: The run's id.
        name: The signal's name; None asks the run to stop.
        payload: The signal's payload; no two to one run are the same.
        delay_s: At most so long after the one before.
    """

    to: str
    name: str | None = None
    payload: Any = None
    delay_s: float = 1.0


def message_of(send: Send) -> tuple[str, bytes]:
    """Kind and body of the message in the inbox."""
    if send.name is None:
        return inbox.CANCEL_SENT, b'{"reason":%b}' % quote(REASON)
    body = b'{"name":%b,"payload":%b}' % (quote(send.name), encode(send.payload))
    return inbox.SIGNAL_SENT, body


def broken_by_saga(state: RunState, activities: Mapping[str, Activity[..., Any]]) -> str | None:
    """What a run that failed or was cancelled has not undone, or not in reverse order.

    Steps whose outcome came with or after the blow that ended the run are undone in any order: the
    undoing had begun when the code saw them.
    """
    done = sorted(
        (step for step in state.steps if step.status == "completed"),
        key=lambda step: step.ended_seq or 0,
    )
    owed = [
        (activity.compensate.name, step.args, step.ended_seq or 0)
        for step in done
        if (activity := activities.get(step.activity)) is not None
        and activity.compensate is not None
    ]
    undoing = {name for name, _, _ in owed}
    undone = [(step.activity, step.args) for step in done if step.activity in undoing]
    if len(undone) + len(state.uncompensated) != len(owed):
        return f"{state.run.ref} owes {owed}, undid {undone}, could not {state.uncompensated}"
    begun = min((s.scheduled_seq for s in state.steps if s.activity in undoing), default=0)
    blows = [s.ended_seq or 0 for s in state.steps if s.status != "completed"]
    blows += [exchange.seq for exchange in state.exchanges if exchange.what == "cancel"]
    blow = min((seq for seq in blows if 0 < seq < begun), default=begun)
    before = [(name, args) for name, args, seq in reversed(owed) if seq < blow]
    in_order = [step for step in undone if step in before]
    if not state.uncompensated and in_order != before:
        return f"{state.run.ref} owes {before} and undid {undone}"
    return None


def sent_to(store: Store, id: str) -> list[tuple[str, bytes]]:
    """What lies in the inboxes of a run and of those as which it went on, as kind and body; what
    one left to the next counts where it was sent.
    """
    sent: list[tuple[str, bytes]] = []
    for record in store.scan("run", {"workflow_id": id}, order_by="n"):
        run = RunId(record["tenant"], id, record["n"])
        for event in store.read(inbox.stream(run)):
            message = event.kind, event.body or b""
            if message not in sent:
                sent.append(message)
    return sent


def broken_by_messages(store: Store, to: str, wanted: Sequence[tuple[str, bytes]]) -> str | None:
    """What was received twice or out of order, or sent otherwise than it was meant."""
    for record in store.scan("run", {"workflow_id": to}, order_by="n"):
        run = RunId(record["tenant"], to, record["n"])
        received = [
            DECODERS[event.kind](event.body or b"").message
            for event in store.read(run.stream)
            if event.kind in (events.SIGNAL_RECEIVED, events.CANCEL_RECEIVED)
        ]
        if received != list(range(1, len(received) + 1)):
            return f"{run.ref} received {received}"
    sent = sent_to(store, to)
    if sent != list(wanted[: len(sent)]):
        return f"{to} was sent {sent}, not {wanted}"
    return None
