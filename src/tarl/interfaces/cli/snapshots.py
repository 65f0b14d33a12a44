"""A journal's snapshot as text: what ``tarl status`` and ``tarl top`` show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.interfaces.cli.output import Output
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.instants import isoformat_ms

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.journal.store import Store
    from tarl.telemetry.status import Snapshot

ROWS_MAX = 20
"""Rows of one table on the screen; --json has more."""


class Listing(NamedTuple):
    """A table on the screen."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def taken(invocation: Invocation, store: Store) -> Snapshot:
    """How the journal stands now."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.routing.uptime import SystemUptime
    from tarl.telemetry.sections import SECTIONS
    from tarl.telemetry.status import Reading, take_snapshot

    reading = Reading(
        store=store,
        now_ms=SystemClock().now_ms(),
        mark=SystemUptime().mark(),
        path=invocation.db if isinstance(invocation.db, Path) else None,
        is_owned=invocation.is_owned,
    )
    return take_snapshot(reading, SECTIONS)


def show(output: Output, snapshot: Snapshot, *, tables: bool) -> None:
    """The snapshot as lines, and the tables below them if they are wanted."""
    output.fields(fields(snapshot))
    if tables:
        for listing in listings(snapshot):
            output.data("")
            output.table(listing.columns, listing.rows)


def fields(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """A line for each section that has something to say."""
    yield "at", isoformat_ms(snapshot.at_ms)
    for name, text in snapshot.summaries.items():
        yield name.replace("_", " "), text


def listings(snapshot: Snapshot) -> Iterator[Listing]:
    """The tables of what there is: runs that run, queues, nodes."""
    sections = snapshot.sections
    running = sections.get("runs", {}).get("running", ())[:ROWS_MAX]
    if running:
        columns = ("run", "workflow", "status", "since")
        yield Listing(
            columns,
            [(r["run"], r["workflow"], r["status"], _seconds(r["age_ms"])) for r in running],
        )
    queues = list(sections.get("queues", {}).get("by_queue", {}).items())[:ROWS_MAX]
    if queues:
        columns_of = ("waiting", "delayed", "leased", "completed", "dead", "workers")
        rows = [(name, *(counts[c] for c in columns_of)) for name, counts in queues]
        yield Listing(("queue", *columns_of), rows)
    nodes = sections.get("nodes", {}).get("nodes", ())[:ROWS_MAX]
    if nodes:
        rows = [
            (_named(n), n["state"], f"{n['load']}/{n['max_load']}", ", ".join(n["capabilities"]))
            for n in nodes
        ]
        yield Listing(("node", "state", "load", "capabilities"), rows)


def _seconds(age_ms: int | None) -> str:
    return "" if age_ms is None else f"{age_ms // 1000} s"


def _named(node: dict[str, Any]) -> str:
    tenant = node["tenant"]
    return str(node["node"] if tenant == DEFAULT_TENANT else f"{tenant}/{node['node']}")
