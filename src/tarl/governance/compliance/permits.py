"""Which steps an agent's signed effects permit: read from the journal, signature and root verified.

An entry that nobody signed, that another key signed, or whose leaves are not under the signed root
permits nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from tarl.crypto import dsse
from tarl.errors import Corrupt, TarlError
from tarl.journal.event import Event
from tarl.journal.merkle import fold, hash_of_leaf
from tarl.trust.events import parts_of
from tarl.trust.keyholders import Holder
from tarl.trust.signed import payload_type
from tarl.values.canonical import encode

FindHolder = Callable[[str], Holder | None]
"""A principal by its id, or None when nobody is registered."""


class Step(NamedTuple):
    """A step of a run, by the run's stream without its noun, and for whom it is done."""

    run: str
    step: int
    agent: str


def permitted_by(event: Event, find: FindHolder) -> list[Step]:
    """The steps that an ``effects.signed`` event permits.

    Raises:
        Corrupt: nobody whose key counted then signed it (``signature.invalid``), or its leaves are
            not what was signed (``compliance.permit``).
        Invalid: it is no envelope (``envelope.malformed``).
    """
    if event.body is None:
        return []
    _, tenant, agent = parts_of(event.stream)
    body = msgspec.json.decode(event.body)
    signed = msgspec.json.decode(_payload(event, body["envelope"], find(agent)))
    root = fold([hash_of_leaf(encode(leaf)) for leaf in body["leaves"]]).hex()
    if (signed["root"], signed["agent"], signed["tenant"]) != (root, agent, tenant):
        raise Corrupt("the permits are not those that were signed", code="compliance.permit")
    permits = (leaf["permit"] for leaf in body["leaves"] if "permit" in leaf)
    return [Step(permit["run"], permit["step"], agent) for permit in permits]


def _payload(event: Event, envelope: dict[str, object], holder: Holder | None) -> bytes:
    keys = {} if holder is None else holder.keys_at(event.log_index, event.recorded_at_ms)
    problem: TarlError | None = None
    for key in keys.values():
        try:
            return dsse.verify(envelope, payload_type("effects"), key)
        except Corrupt as error:
            problem = error
    raise problem or Corrupt("no key of the agent counted", code="signature.invalid")
