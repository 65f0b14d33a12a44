"""One pass over what the journal tells about a component: events counted, checks carried out.

1. Every number has the place of the first and the last event that it counts, by stream, sequence
   number and digest, so that anybody can count again.
2. Each stream's chain is verified as it passes; what does not follow from its digest counts for
   nothing after the break.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from tarl.crypto.note import VerifierKey
from tarl.errors import ChainBrokenError
from tarl.governance.compliance.checks import CheckResult, Checks, Failure, check_log
from tarl.governance.compliance.component import Component, Told, told
from tarl.governance.compliance.controls import Check, Clause
from tarl.governance.compliance.places import Place, Tally, place_of
from tarl.journal.event import ChainCheck, Event
from tarl.journal.log import Log
from tarl.journal.store import Store
from tarl.trust.events import agent_stream
from tarl.trust.keyholders import Keyholders

BLOCK_EVENTS = 1_024


class Census(NamedTuple):
    """What was counted of a component.

    ``log_size`` and ``root`` say over which state of the journal: the root of its Merkle log over
    so many events.
    """

    component: Component
    at_ms: int
    origin: str
    log_size: int
    root: str
    events: int
    streams: int
    tallies: Mapping[Want, Tally]
    checks: Mapping[Check, CheckResult]


class Want(NamedTuple):
    """A clause about events, and from when on they are fresh enough to count."""

    clause: Clause
    since_ms: int


def take(
    store: Store,
    component: Component,
    wants: Iterable[Want],
    *,
    at_ms: int,
    log_key: VerifierKey | None = None,
) -> Census:
    """Count everything that is wanted of a component; the caller has the journal stand still
    meanwhile (``Store.at_one_moment``).

    Raises:
        Corrupt: the log cannot be computed at all.
    """
    by_kind: dict[str, list[Want]] = {}
    counts: dict[Want, _Count] = {}
    for want in dict.fromkeys(wants):
        counts[want] = _Count()
        for kind in want.clause.events:
            by_kind.setdefault(kind, []).append(want)
    holders = Keyholders(store, component.tenant)
    checks, events, streams = Checks(at_ms, find_holder=holders.find), 0, 0
    size = store.log_size()
    root = Log(store).root(size).hex()
    for source in told(store, component):
        streams += 1
        for event in _sound(store, source, checks):
            checks.see(event)
            events += 1
            for want in by_kind.get(event.kind, ()):
                if event.recorded_at_ms >= want.since_ms and _fits(event, want.clause.where):
                    counts[want].add(event)
    if component.kind != "journal":  # of which the agents' streams are a part already
        for agent in sorted(checks.agents):
            for event in store.read(agent_stream(component.tenant, agent)):
                checks.see_permits(event)
    checks.add("log", check_log(store, log_key))
    tallies = {want: count.tally for want, count in counts.items()}
    results = checks.results()
    return Census(component, at_ms, store.origin, size, root, events, streams, tallies, results)


class _Count:
    """Events that a clause is about, as they are counted."""

    __slots__ = ("count", "first", "last")

    def __init__(self) -> None:
        self.count = 0
        self.first: Event | None = None
        self.last: Event | None = None

    def add(self, event: Event) -> None:
        self.count += 1
        if self.first is None or event.log_index < self.first.log_index:
            self.first = event
        if self.last is None or event.log_index > self.last.log_index:
            self.last = event

    @property
    def tally(self) -> Tally:
        return Tally(self.count, _place(self.first), _place(self.last))


def _place(event: Event | None) -> Place | None:
    return None if event is None else place_of(event)


def _sound(store: Store, source: Told, checks: Checks) -> Iterator[Event]:
    """A stream's events up to the first that does not follow from those before it."""
    chain, events = ChainCheck(source.stream), store.read(source.stream)
    while block := list(islice(events, BLOCK_EVENTS)):
        try:
            chain.check_all(block)
        except ChainBrokenError as error:
            checks.broken(Failure(f"{source.stream}@{chain.seq + 1}", error.message))
            return
        yield from (e for e in block if source.only is None or source.only(e))


def _fits(event: Event, where: Mapping[str, tuple[Any, ...]]) -> bool:
    if not where:
        return True
    if event.body is None:
        return False
    return fits(msgspec.json.decode(event.body), where)


def fits(value: Any, where: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether the members at these dotted paths have one of these values."""
    return all(_at(value, path) in wanted for path, wanted in where.items())


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
