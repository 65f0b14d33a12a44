"""An artifact's requests and decisions as the events leave them, and the table that lists them.

The table says what was done last about an artifact in an environment. Whether it stands there is
for its signed statements to say (``standing.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

from tarl.governance.promotion.events import (
    BODIES,
    DECODERS,
    Body,
    Decided,
    Reinstated,
    Requested,
    Revoked,
)
from tarl.journal.projection import Fact, Projection, Table, Tables

OPEN, REVOKED, REINSTATED = "OPEN", "REVOKED", "REINSTATED"


class Said(NamedTuple):
    """An event of an artifact's way: its place, when it was recorded, and its body."""

    seq: int
    at_ms: int
    body: Body


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what has become of it."""

    said: Requested
    at_ms: int
    decided: Decided | None = None
    decided_at_ms: int | None = None

    @property
    def id(self) -> str:
        """Names it."""
        return self.said.request

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided yet."""
        return self.decided is None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened to an artifact, up to the event ``seq``."""

    tenant: str
    sha256: str
    seq: int = 0
    last_ms: int = 0
    requests: dict[str, Request] = {}
    said: tuple[Said, ...] = ()

    @property
    def open(self) -> Request | None:
        """The request that nobody has decided."""
        return next((r for r in self.requests.values() if r.is_open), None)

    @property
    def name(self) -> str:
        """What people called it last."""
        return next((r.said.name for r in reversed(self.requests.values())), "")

    def last(self, source: str, target: str) -> Request | None:
        """The last request for a step that was decided."""
        steps = [
            r
            for r in self.requests.values()
            if (r.said.source, r.said.target) == (source, target) and not r.is_open
        ]
        return steps[-1] if steps else None


def evolve(way: Way, said: Iterable[Said]) -> Way:
    """The way after more events; never fails on what was accepted."""
    requests, seq, last_ms, all_said = dict(way.requests), way.seq, way.last_ms, list(way.said)
    for each in said:
        seq, last_ms, body = each
        all_said.append(each)
        match body:
            case Requested():
                requests[body.request] = Request(said=body, at_ms=last_ms)
            case Decided():
                requests[body.request] = msgspec.structs.replace(
                    requests[body.request], decided=body, decided_at_ms=last_ms
                )
            case Revoked() | Reinstated():
                pass  # their statements say it
    return msgspec.structs.replace(
        way, requests=requests, seq=seq, last_ms=last_ms, said=tuple(all_said)
    )


PROMOTION = Table(
    name="promotion",
    columns={
        "tenant": "TEXT",
        "sha256": "TEXT",
        "environment": "TEXT",
        "name": "TEXT",
        "outcome": "TEXT",
        "digest": "TEXT",
        "statement": "TEXT",
        "at_ms": "INTEGER",
        "number": "INTEGER",
    },
    key=("tenant", "sha256", "environment"),
    indexes=(("tenant", "number"),),
)
"""``outcome``: what the gates came to last, or that it was asked, revoked or reinstated since;
``digest`` the pipeline's; ``number`` counts a tenant's events here, the newest the highest.
"""

REQUEST = Table(
    name="promotion_request",
    columns={"tenant": "TEXT", "request": "TEXT", "environment": "TEXT"},
    key=("tenant", "request"),
)

COUNT = Table(
    name="promotion_count", columns={"tenant": "TEXT", "number": "INTEGER"}, key=("tenant",)
)


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # its key was destroyed: nobody knows what it says
    _, segment, sha256 = fact.stream.split("/")
    tenant, body = unquote(segment), DECODERS[fact.kind](fact.body)
    changes: dict[str, Any] = {"at_ms": fact.recorded_at_ms, "number": _next_number(tables, tenant)}
    match body:
        case Requested():
            environment = body.target
            request = {"tenant": tenant, "request": body.request, "environment": environment}
            tables.put(REQUEST.name, request)
            changes |= {"name": body.name, "digest": body.digest, "outcome": OPEN}
        case Decided():
            record = tables.get(REQUEST.name, tenant, body.request)
            if record is None:
                return
            environment = record["environment"]
            changes |= {"outcome": body.outcome, "statement": body.statement}
        case Revoked():
            environment = body.environment
            changes |= {"outcome": REVOKED, "statement": body.statement}
        case _:
            environment = body.environment
            changes |= {"outcome": REINSTATED, "statement": body.statement}
    known = tables.get(PROMOTION.name, tenant, sha256, environment)
    blank = {"name": "", "digest": None, "statement": None}
    key = {"tenant": tenant, "sha256": sha256, "environment": environment}
    tables.put(PROMOTION.name, {**blank, **(known or {}), **key, **changes})


def _next_number(tables: Tables, tenant: str) -> int:
    count = tables.get(COUNT.name, tenant)
    number = 1 if count is None else int(count["number"]) + 1
    tables.put(COUNT.name, {"tenant": tenant, "number": number})
    return number


PROMOTIONS_PROJECTION = Projection(
    name="promotions",
    tables=(PROMOTION, REQUEST, COUNT),
    kinds=frozenset(BODIES),
    apply=_apply,
)
