"""What two runs did differently, event by event.

Events are compared by kind and body. Their streams, times and digests are left out, and so are the
members of a body that only say which run it is: the seed, the run it was forked from, and
identifiers derived from the workflow's id. Two runs that did the same are therefore the same here.

Up to the first difference events are paired by position. From there on an event has its
counterpart in the other run when it is of the same kind and of the same step, timer or patch; of
events whose order changed, as few as possible count as missing on one side (the longest increasing
subsequence of
positions: Szymanski 1975, "A special case of the maximal common subsequence problem").
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Literal

import msgspec

from tarl.journal.event import Event
from tarl.journal.upcast import Upcasters
from tarl.kernel import events
from tarl.kernel.events import UPCASTERS

Change = Literal["same", "changed", "only_a", "only_b"]

CONTEXT_EVENTS = 3
"""Equal events shown before the first difference, to see where it happened."""

_OWN_MEMBERS = {
    events.RUN_STARTED: ("fork_at", "fork_of", "seed"),
    events.SNAPSHOT_TAKEN: ("id",),
}

_decode = msgspec.json.Decoder().decode


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One run's event; ``body`` is None when it is erased."""

    seq: int
    kind: str
    body: bytes | None


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """An event and its counterpart in the other run, or one without a counterpart."""

    change: Change
    a: Side | None
    b: Side | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How two runs compare.

    Attributes:
        common: How many events both begin with.
        first: The sequence number of the first difference; None when there is none.
        pairs: The last few common events, then everything from the first difference on.
        length_a: Events of the first run.
        length_b: Events of the second run.
    """

    common: int
    first: int | None
    pairs: tuple[Pair, ...]
    length_a: int
    length_b: int

    @property
    def same(self) -> bool:
        """Whether both did the same."""
        return self.first is None


def difference(
    a: Iterable[Event],
    b: Iterable[Event],
    *,
    context: int = CONTEXT_EVENTS,
    upcasters: Upcasters = UPCASTERS,
) -> Difference:
    """Compare two runs' events; what they begin with in common is streamed, not kept."""
    sides_a, sides_b = _sides(a, upcasters), _sides(b, upcasters)
    shown: deque[Pair] = deque(maxlen=context)
    common = 0
    rest_a: list[Side] = []
    rest_b: list[Side] = []
    for side_a, side_b in zip_longest(sides_a, sides_b):
        if side_a is not None and side_b is not None and _equal(side_a, side_b):
            common += 1
            shown.append(Pair(change="same", a=side_a, b=side_b))
            continue
        rest_a += [side_a] if side_a is not None else []
        rest_b += [side_b] if side_b is not None else []
        break
    rest_a += sides_a
    rest_b += sides_b
    pairs = [*shown, *_paired(rest_a, rest_b)]
    return Difference(
        common=common,
        first=common + 1 if rest_a or rest_b else None,
        pairs=tuple(pairs),
        length_a=common + len(rest_a),
        length_b=common + len(rest_b),
    )


def _sides(recorded: Iterable[Event], upcasters: Upcasters) -> Iterator[Side]:
    for event in recorded:
        if event.kind in upcasters:
            event = upcasters.read(event)
        yield Side(seq=event.seq, kind=event.kind, body=event.body)


def _equal(a: Side, b: Side) -> bool:
    if a.kind != b.kind:
        return False
    return a.body == b.body or (
        a.body is not None and b.body is not None and _essence(a) == _essence(b)
    )


def _essence(side: Side) -> Any:
    """The body without what only says which run it is."""
    body = _decode(side.body or b"null")
    for name in _OWN_MEMBERS.get(side.kind, ()):
        body.pop(name, None)
    if side.kind == events.RUN_FAILED:
        body["error"].pop("id", None)
    return body


def _paired(a: Sequence[Side], b: Sequence[Side]) -> Iterator[Pair]:
    places_b = {key: place for place, key in enumerate(_keys(b))}
    counterparts = [
        (place_a, places_b[key]) for place_a, key in enumerate(_keys(a)) if key in places_b
    ]
    at_a = at_b = 0
    for place_a, place_b in [*_increasing(counterparts), (len(a), len(b))]:
        yield from (Pair(change="only_a", a=side, b=None) for side in a[at_a:place_a])
        yield from (Pair(change="only_b", a=None, b=side) for side in b[at_b:place_b])
        if place_a < len(a):
            side_a, side_b = a[place_a], b[place_b]
            change: Change = "same" if _equal(side_a, side_b) else "changed"
            yield Pair(change=change, a=side_a, b=side_b)
        at_a, at_b = place_a + 1, place_b + 1


def _keys(sides: Iterable[Side]) -> Iterator[tuple[str, Any, int]]:
    """What each event is about: its kind, its step, timer or patch, and the how-manieth of
    those.
    """
    counts: dict[tuple[str, Any], int] = {}
    for side in sides:
        about: Any = None
        if side.body is not None:
            body = _decode(side.body)
            about = body.get("step", body.get("timer"))
            if side.kind == events.PATCH_MARKED:
                about = body.get("id")
        key = side.kind, about
        counts[key] = counts.get(key, 0) + 1
        yield side.kind, about, counts[key]


def _increasing(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs in which both places ascend (the first ones ascend already)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, place_b) in enumerate(places):
        length = bisect_left(tops, place_b)
        before.append(ends[length - 1] if length else -1)
        if length == len(tops):
            tops.append(place_b)
            ends.append(index)
        else:
            tops[length], ends[length] = place_b, index
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(places[index])
        index = before[index]
    return chain[::-1]
