"""A run's events, state and end as the journal has them, in JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tarl.journal.event import Event
    from tarl.journal.store import Store
    from tarl.kernel.state import RunState
    from tarl.values.ids import RunId


class StoredValues:
    """The shelf of one run's large values, read only."""

    def __init__(self, store: Store, run: RunId) -> None:
        self._store = store
        self._tenant = run.tenant
        self._codec = store.codec.as_in(next(store.read(run.stream, until=1), None))

    def put(self, data: bytes) -> str:
        """The digest that the value would have; nothing is kept."""
        return self._codec.store_blob(self._tenant, data)[0].hex()

    def get(self, digest: str) -> bytes:
        """A large value by its digest in hex."""
        return self._store.blob(self._tenant, bytes.fromhex(digest))


def state_at(store: Store, run: RunId, at: int | None = None) -> RunState:
    """The folded state of a run after its event ``at``, or after its last one."""
    from tarl.kernel.history import verified
    from tarl.kernel.state import fold

    events = verified(run.stream, store.read(run.stream, until=at))
    return fold(events, shelf=StoredValues(store, run))


def state_data(state: RunState) -> dict[str, Any]:
    """A state as JSON values; ``run`` is the text that names it."""
    import msgspec

    data: dict[str, Any] = msgspec.to_builtins(state)
    data["tenant"] = state.run.tenant
    data["run"] = state.run.ref
    return data


def end_data(store: Store, run: RunId) -> dict[str, Any]:
    """How a run ended: ``status`` and ``result``, ``error`` or ``reason``; ``running`` when it has
    not.
    """
    from tarl.kernel import events
    from tarl.kernel.runs import STATUS
    from tarl.kernel.values import unshelve

    head = store.head(run.stream)
    last = next(store.read(run.stream, after=head.seq - 1), None) if head else None
    if last is None or last.kind not in events.CLOSING or last.body is None:
        return {"status": "running"}
    closing = events.DECODERS[last.kind](last.body)
    if last.kind == events.RUN_FAILED:
        error = closing.error
        return {"status": "failed", "error": {"type": error.type, "message": error.message}}
    if last.kind != events.RUN_COMPLETED:
        return {"status": STATUS[last.kind], "reason": getattr(closing, "reason", None)}
    shelf = StoredValues(store, run)
    return {
        "status": "completed",
        "result": json.loads(unshelve(bytes(closing.result), shelf=shelf)),
    }


def event_data(event: Event) -> dict[str, Any]:
    """An event as JSON values."""
    data: dict[str, Any] = {
        "seq": event.seq,
        "at_ms": event.recorded_at_ms,
        "kind": event.kind,
        "body": None if event.body is None else json.loads(event.body),
        "digest": event.digest.hex(),
        "log_index": event.log_index,
    }
    if event.body is None:
        data["erased"] = True
    if event.observed:
        data["observed"] = event.observed.decode("utf-8", "replace")
    return data


_FIRST: tuple[str, ...] = ("workflow", "activity", "agent", "task", "step", "attempt", "timer")
_FIRST += ("delay_ms", "child", "approval", "message", "name", "id", "args", "kwargs")
_LAST: tuple[str, ...] = ("status", "close_policy", "reason", "input", "payload", "outcome")
_LAST += ("result", "state", "reasons", "uncompensated")
"""Members of events' bodies in the order in which a line tells them, what went wrong between the
two.
"""


def summary(event: Event) -> str:
    """What an event says, in one short line."""
    return "(erased)" if event.body is None else said(json.loads(event.body))


def said(body: dict[str, Any]) -> str:
    """What an event's body says, in one short line."""
    parts = [f"{name} {_short(body[name])}" for name in _FIRST if name in body]
    if "request" in body:
        asked = body["request"]
        parts.append(
            f"asks {', '.join(asked.get('approvers', ()))}: {asked.get('description', '')}"
        )
    if "error" in body:
        parts.append(f"{body['error']['type']}: {body['error']['message']}")
    if "wait_ms" in body:
        parts.append(f"again in {body['wait_ms']} ms")
    parts += [f"{name} {_short(body[name])}" for name in _LAST if name in body]
    return ", ".join(parts)


def tail(store: Store, run: RunId, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
    """Events that are there now, their chain checked from the first on."""
    from tarl.kernel.history import verified

    for event in verified(run.stream, store.read(run.stream, until=until)):
        if event.seq > after:
            yield event


def _short(value: Any, chars_max: int = 80) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= chars_max else text[: chars_max - 1] + "…"
