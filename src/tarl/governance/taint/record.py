"""What a run had on record before anything untrusted entered it.

1. It is what the recorded events say up to the first that lets something untrusted in: the input,
   the results of steps and children, their arguments, and what the code fixed. Signals and updates
   are not in it: nobody knows who wrote them.
2. A run that began under a mark adds nothing of its own: its record is that of whoever began it, up
   to the mark there. One whose own input is what strangers wrote has none: whoever began it had
   that input on record, too.
3. What cannot be read (erased, kept as a digest, too large) is not on record.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tarl.errors import TarlError
from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.kernel import events, marks
from tarl.kernel.events import DECODERS, UPCASTERS
from tarl.kernel.marks import INPUT
from tarl.kernel.payload import decode_value
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import Kept, is_digested, unshelve
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, RunId

VALUES_MAX = 200_000
"""Values of one record; what comes after is not on record."""

TEXT_CHARS_MAX = 4 * 1024 * 1024
"""Of all texts in which names are looked for."""

DEPTH_MAX = 16
"""Runs that began one another under a mark."""

_INSIDE = re.compile(r"[\w.@+/:%-]")
"""Characters that make a word go on: part of an address is not the address."""


class Record:
    """Values and texts on record; fills ``conditions.OnRecord``."""

    def __init__(self) -> None:
        self._values: set[bytes] = set()
        self._texts: list[str] = []
        self._chars = 0

    def has(self, value: Any) -> bool:
        """Whether the value was recorded, whole."""
        return encode(value) in self._values

    def names(self, text: str) -> bool:
        """Whether a recorded text has this one in it, between spaces or punctuation."""
        return any(_stands_in(text, longer) for longer in self._texts)

    def add(self, value: Any) -> None:
        """Put a value and all that is in it on record."""
        waiting = [value]
        while waiting and len(self._values) < VALUES_MAX:
            each = waiting.pop()
            self._values.add(encode(each))
            if isinstance(each, dict):
                waiting += each.values()
            elif isinstance(each, list):
                waiting += each
            elif isinstance(each, str) and self._chars + len(each) <= TEXT_CHARS_MAX:
                self._chars += len(each)
                self._texts.append(each)


def record_of(store: Store, run: RunId) -> Record:
    """What stands for a run that is marked."""
    record, place, shelf = Record(), run, RecordedValues(store, run.tenant)
    for _ in range(DEPTH_MAX):
        began = _fold(store, place, shelf, record)
        if began is None:
            break
        place = began
    return record


def _fold(store: Store, run: RunId, shelf: Kept, record: Record) -> RunId | None:
    """Add what a run had on record; the run that began it under a mark, if one did."""
    for stored in store.read(run.stream):
        event = UPCASTERS.read(stored) if stored.kind in UPCASTERS else stored
        if event.body is None:
            if event.kind == events.RUN_STARTED:
                return None
            continue
        decode = DECODERS.get(event.kind)
        if decode is None:
            continue
        body = decode(event.body)
        if event.kind == events.RUN_STARTED and body.taint is not None:
            began = body.parent or body.continues or body.fork_of
            is_own_input = (body.taint.source, body.taint.place) == (INPUT, run.ref)
            return None if began is None or is_own_input else _run_of(began)
        if _lets_in(event, body):
            return None
        for raw in _recorded(event, body):
            _add(record, raw, shelf)
    return None


def _lets_in(event: Event, body: Any) -> bool:
    said = getattr(body, "untrusted", None) or getattr(body, "taint", None)
    return said is not None or event.kind == marks.RUN_DISTRUSTED


def _recorded(event: Event, body: Any) -> tuple[msgspec.Raw, ...]:
    if event.kind == events.RUN_STARTED:
        return (body.input,)
    if event.kind == events.STEP_SCHEDULED:
        return (body.args, body.kwargs)
    if event.kind in (events.STEP_COMPLETED, events.CHILD_COMPLETED):
        return (body.result,)
    if event.kind == events.CHILD_STARTED:
        return (body.input,)
    return (body.value,) if event.kind == marks.VALUE_FIXED else ()


def _add(record: Record, raw: msgspec.Raw, shelf: Kept) -> None:
    data = bytes(raw)
    if is_digested(data):
        return
    try:
        record.add(decode_value(unshelve(data, shelf=shelf)))
    except TarlError:
        return  # what cannot be read is not on record, and endorses nothing


def _run_of(reference: str) -> RunId:
    """The run that a start names; without its tenant where that is the default one."""
    if reference.count("/") == 1:
        reference = f"{DEFAULT_TENANT}/{reference}"
    return RunId.from_stream(f"run/{reference}")


def _stands_in(text: str, longer: str) -> bool:
    at = longer.find(text)
    while at >= 0:
        end = at + len(text)
        before, after = longer[at - 1 : at], longer[end : end + 1]
        ends_sentence = after in (".", ":", "/") and not _INSIDE.match(longer[end + 1 : end + 2])
        if not _INSIDE.match(before) and (not _INSIDE.match(after) or ends_sentence):
            return True
        at = longer.find(text, at + 1)
    return False
