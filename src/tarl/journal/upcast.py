"""Bodies of older kinds, read as today's.

A kind is frozen once a version of tarl has written it. When a body needs another shape, a new kind
is made and the old one gets an upcast: a function from the old body to the new. It is applied to
what was read and verified, never to what is stored, so digests, proofs and exports keep the old
bytes. Kinds that are written today have no upcast, and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tarl.journal.event import Event
from tarl.values.canonical import decode, encode


class Upcast(NamedTuple):
    """What an older kind has become: the kind one step newer, and its body made from the older
    one.
    """

    kind: str
    convert: Callable[[dict[str, Any]], dict[str, Any]]


class Upcasters:
    """The upcasts by the older kind; several in a row are followed to the newest.

    Raises:
        ValueError: they lead in a circle.
    """

    __slots__ = ("_by_kind",)

    def __init__(self, upcasts: Mapping[str, Upcast] | None = None) -> None:
        self._by_kind = dict(upcasts or {})
        for kind in self._by_kind:
            self.newest(kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_kind)

    def __contains__(self, kind: str) -> bool:
        return kind in self._by_kind

    def newest(self, kind: str) -> str:
        """The kind that events of ``kind`` are read as."""
        seen = {kind}
        while kind in self._by_kind:
            kind = self._by_kind[kind].kind
            if kind in seen:
                raise ValueError(f"the upcasts of {kind} lead in a circle")
            seen.add(kind)
        return kind

    def read(self, event: Event) -> Event:
        """The event with today's kind and canonical body; everything else is as stored.

        Its digest still belongs to the stored bytes: verify before, not after. An erased body stays
        erased under the newest kind.
        """
        kind, body = event.kind, event.body
        if body is None:
            return event._replace(kind=self.newest(kind))
        value = decode(body)
        while kind in self._by_kind:
            kind, convert = self._by_kind[kind]
            value = convert(value)
        return event._replace(kind=kind, body=encode(value))
