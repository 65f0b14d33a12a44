"""Refusals that were only recorded (levels ``warning`` and ``audit``), in the journal.

They lie in the stream ``policy_note/<tenant>``, one event for each step: what a policy refuses at
these levels proceeds, but not without a trace. A step is noted once by a process, however often its
effect is asked about.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Conflict
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel.effect import Effect
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment
from tarl.values.verdict import Reason

POLICY_NOTED = "policy.noted/1"

STEPS_REMEMBERED = 4_096
_TRIES_MAX = 100


class PolicyNoted(msgspec.Struct, frozen=True, kw_only=True):
    """An effect proceeded although policies refuse it, at a level below required."""

    run: str
    step: int
    activity: str
    actions: list[str]
    reasons: list[dict[str, Any]]


class Note(NamedTuple):
    """What was noted, and when."""

    at_ms: int
    noted: PolicyNoted


_decode = msgspec.json.Decoder(PolicyNoted).decode


def notes_stream(tenant: str) -> str:
    """The name of the stream of a tenant's notes."""
    return f"policy_note/{encode_segment(tenant)}"


class Notes:
    """Writes and reads the notes of a journal.

    Args:
        store: The journal.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: OrderedDict[tuple[str, int], tuple[Reason, ...]] = OrderedDict()

    def write(self, effect: Effect, reasons: Sequence[Reason], *, at_ms: int) -> bool:
        """Note the reasons why an effect would have been denied; False if that is done already.

        Raises:
            Unavailable: the journal cannot be written.
        """
        key, held = (effect.run.stream, effect.step), tuple(reasons)
        if self._written.get(key) == held:
            return False
        body = encode(
            {
                "actions": list(effect.actions),
                "activity": effect.activity.name,
                "reasons": [reason.as_data() for reason in reasons],
                "run": effect.run.ref,
                "step": effect.step,
            }
        )
        self._append(effect.run.tenant, body, at_ms=at_ms)
        self._written[key] = held
        if len(self._written) > STEPS_REMEMBERED:
            self._written.popitem(last=False)
        return True

    def read(self, tenant: str) -> Iterator[Note]:
        """A tenant's notes, the oldest first; erased ones are left out."""
        for event in self._store.read(notes_stream(tenant)):
            if event.body is not None:
                yield Note(event.recorded_at_ms, _decode(event.body))

    def _append(self, tenant: str, body: bytes, *, at_ms: int) -> None:
        stream = notes_stream(tenant)
        for _ in range(_TRIES_MAX):
            head = self._store.head(stream)
            first = None if head is None else next(self._store.read(stream, until=1), None)
            writer = StreamWriter(stream, tenant=tenant, codec=self._store.codec.as_in(first))
            if head is not None:
                writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
            try:
                self._store.commit(Batch([writer.append(POLICY_NOTED, body, at_ms=at_ms)]))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                return
        raise Conflict(f"{stream} never stood still", code="journal.position")
