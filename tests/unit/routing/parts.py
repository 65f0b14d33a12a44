"""What the tests of routing stand on: a journal, clocks that are set by hand, and a router."""

from __future__ import annotations

from pathlib import Path

from tests.opened import until_test_ends

from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.routing.router import Router
from tarl.routing.tables import NODES_COORDINATION, NODES_PROJECTION
from tarl.routing.uptime import Mark
from tarl.values.metrics import Registry

NOON_MS = 1_800_000_000_000


class HandClock:
    """Shows what it is set to."""

    def __init__(self, at_ms: int = NOON_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


class HandUptime:
    """A machine that is as old as it is told to be."""

    def __init__(self, ms: int = 1_000_000, *, boot: str = "first") -> None:
        self.ms = ms
        self.boot = boot

    def mark(self) -> Mark:
        return Mark(self.boot, self.ms)


def memory() -> MemoryStore:
    return MemoryStore(
        origin="tarl/test",
        projections=(NODES_PROJECTION,),
        coordinations=(NODES_COORDINATION,),
    )


def sqlite(path: Path) -> SqliteStore:
    return until_test_ends(
        SqliteStore(
            path,
            origin="tarl/test",
            projections=(NODES_PROJECTION,),
            coordinations=(NODES_COORDINATION,),
            synchronous="NORMAL",
        )
    )


class Yard(Router):
    """A router whose time is set by hand; work without an id is numbered."""

    def __init__(self, store: Store | None = None, *, tenant: str = "default") -> None:
        self.hand = HandClock()
        self.machine = HandUptime()
        self.registry = Registry()
        self._drawn = 0
        super().__init__(
            store or memory(),
            clock=self.hand,
            uptime=self.machine,
            tenant=tenant,
            metrics=self.registry,
            draw_id=self._draw,
        )

    def _draw(self) -> str:
        self._drawn += 1
        return f"drawn-{self._drawn}"

    def loads(self) -> dict[str, int]:
        return {node.node: node.load for node in self.nodes.ls()}

    def places(self) -> dict[str, str]:
        return {each.task: each.node for each in self.assignments()}
