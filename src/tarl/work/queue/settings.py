"""What people set for a queue: how fast, how much at once, whether at all, and whose share is how
large. Facts in ``queue/default/<queue>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from tarl.errors import Invalid
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name, encode_segment
from tarl.work.queue.fairness import stride_of

QUEUE_LIMITED = "queue.limited/1"
QUEUE_WEIGHED = "queue.weighed/1"

RATE_MAX = 1_000_000.0
"""Tasks a second: more than any journal can take is no limit."""

CONCURRENT_MAX = 1_000_000


class QueueLimits(msgspec.Struct, frozen=True, kw_only=True):
    """A queue's bounds.

    Attributes:
        rate_per_s: Leases a second on average; None for no limit.
        burst: Leases at once after a pause.
        concurrent_max: Leases at one time; None for no limit.
        paused: Nothing is leased.

    Raises:
        Invalid: a value outside its range (``queue.limits``).
    """

    rate_per_s: float | None = None
    burst: int = 1
    concurrent_max: int | None = None
    paused: bool = False

    def __post_init__(self) -> None:
        if self.rate_per_s is not None and not 0.001 <= self.rate_per_s <= RATE_MAX:
            raise _refusal(f"a rate is 0.001 to {RATE_MAX:,.0f} a second, not {self.rate_per_s}")
        if not 1 <= self.burst <= CONCURRENT_MAX:
            raise _refusal(f"a burst is 1 to {CONCURRENT_MAX:,}, not {self.burst}")
        if self.concurrent_max is not None and not 1 <= self.concurrent_max <= CONCURRENT_MAX:
            raise _refusal(
                f"a concurrency limit is 1 to {CONCURRENT_MAX:,}, not {self.concurrent_max};"
                " pause the queue to stop it"
            )


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's share of a queue."""

    tenant: str
    weight: int

    def __post_init__(self) -> None:
        check_name(self.tenant, "tenant")
        stride_of(self.weight)


LIMIT = Table(
    name="queue_limit",
    columns={
        "queue": "TEXT",
        "rate_micro": "INTEGER",
        "burst": "INTEGER",
        "concurrent_max": "INTEGER",
        "paused": "INTEGER",
    },
    key=("queue",),
)
WEIGHT = Table(
    name="queue_weight",
    columns={"queue": "TEXT", "tenant": "TEXT", "weight": "INTEGER"},
    key=("queue", "tenant"),
)


def stream(queue: str) -> str:
    """The stream of a queue's settings."""
    return f"queue/{DEFAULT_TENANT}/{encode_segment(check_name(queue, 'queue'))}"


def body(value: QueueLimits | Weighed) -> tuple[str, bytes]:
    """The kind and the body that record a setting."""
    kind = QUEUE_LIMITED if isinstance(value, QueueLimits) else QUEUE_WEIGHED
    return kind, encode(msgspec.to_builtins(value))


def limits_of(record: Mapping[str, int] | None) -> QueueLimits:
    """The limits that a record of ``queue_limit`` holds; none where there is no record."""
    if record is None:
        return QueueLimits()
    rate = record["rate_micro"]
    return QueueLimits(
        rate_per_s=None if rate is None else rate / 1_000_000,
        burst=record["burst"],
        concurrent_max=record["concurrent_max"],
        paused=bool(record["paused"]),
    )


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return
    queue = unquote(fact.stream.split("/")[2])
    if fact.kind == QUEUE_WEIGHED:
        share = _decode_weight(fact.body)
        tables.put("queue_weight", {"queue": queue, "tenant": share.tenant, "weight": share.weight})
        return
    limits = _decode_limits(fact.body)
    rate = limits.rate_per_s
    tables.put(
        "queue_limit",
        {
            "queue": queue,
            "rate_micro": None if rate is None else round(rate * 1_000_000),
            "burst": limits.burst,
            "concurrent_max": limits.concurrent_max,
            "paused": int(limits.paused),
        },
    )


_decode_limits = msgspec.json.Decoder(QueueLimits).decode
_decode_weight = msgspec.json.Decoder(Weighed).decode

PROJECTION = Projection(
    name="queues",
    tables=(LIMIT, WEIGHT),
    kinds=frozenset({QUEUE_LIMITED, QUEUE_WEIGHED}),
    apply=_apply,
)


def _refusal(message: str) -> Invalid:
    return Invalid(message, code="queue.limits")
