"""A stream of this face that is one state: read once, brought up to date, decided upon, extended.

What is kept in memory is what was read; a decision counts only if nobody has written since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from tarl.errors import Conflict
from tarl.integrations.orchestration.frozen import canonical
from tarl.integrations.orchestration.ledger import body_of
from tarl.integrations.orchestration_extended.place import Place
from tarl.journal.event import ChainCheck, Row
from tarl.journal.store import Batch, Store
from tarl.values.ids import DEFAULT_TENANT
from tarl.work.streams import continued

S = TypeVar("S")

Fact = tuple[str, dict[str, Any]]
"""An event to come: its kind and body."""

TRIES_MAX = 100
"""Others who write at the same moment make a try fail: each failure is another's success."""


class Chronicle(Generic[S]):
    """One stream as a state.

    Args:
        place: The journal.
        stream: The stream's name.
        begin: The state before any event.
        evolve: Takes one more event into the state, in place; the event's time in milliseconds.
    """

    def __init__(
        self,
        place: Place,
        stream: str,
        begin: Callable[[], S],
        evolve: Callable[[S, str, dict[str, Any], int], None],
    ) -> None:
        self.place = place
        self.stream = stream
        self._evolve = evolve
        self._state = begin()
        self._chain = ChainCheck(stream)

    def state(self) -> S:
        """The state now; whoever gets it only reads it."""
        with self.place.store() as store:
            return self._read(store)

    def change(
        self,
        decide: Callable[[S], Sequence[Fact]],
        *,
        beside: Callable[[Store], Sequence[Row]] = lambda store: (),
    ) -> None:
        """Record what is decided about the state as it is, or nothing.

        Args:
            decide: The events, or a refusal.
            beside: Rows of other streams for the same commit.
        """
        for _ in range(TRIES_MAX):
            with self.place.store() as store:
                facts = decide(self._read(store))
                if not facts:
                    return
                rows = [*self._rows(store, facts), *beside(store)]
                try:
                    store.commit(Batch(rows))
                except Conflict as error:
                    if error.code != "journal.position":
                        raise
                else:
                    return
        raise Conflict(f"{self.stream} never stood still", code="journal.position")

    def _read(self, store: Store) -> S:
        for event in store.read(self.stream, after=self._chain.seq):
            self._chain.check_all((event,))
            body = body_of(event)
            if body is not None:
                self._evolve(self._state, event.kind, body, event.recorded_at_ms)
        return self._state

    def _rows(self, store: Store, facts: Sequence[Fact]) -> list[Row]:
        writer = continued(store, self.stream, tenant=DEFAULT_TENANT)
        if writer.seq != self._chain.seq:
            raise Conflict(f"{self.stream} has grown", code="journal.position")
        at_ms = self.place.now_ms()
        return [
            writer.append(kind, canonical(body, f"the body of {kind}"), at_ms=at_ms)
            for kind, body in facts
        ]
