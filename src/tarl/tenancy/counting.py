"""What a tenant uses, counted from the facts: the truth that the counters are held against.

Workflows are the runs of the table of runs, of which a run and the one that it continued as are
one; an execution lasts from a run's first event to its last, whoever is driving it meanwhile. A
task that a worker has is one as well, and the same one as the run of its id that it carries out; a
run's step is part of its run.
Bytes are those of event bodies and blobs as they are stored; a blob that a tenant holds several
times counts once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tarl.crypto.aead import NONCE_BYTES
from tarl.journal.event import Event
from tarl.journal.projection import Tables
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.runs import STATUS
from tarl.tenancy.tenant import Resource
from tarl.values.ids import tenant_of

OPERATOR_NOUN = "tenant"
"""Streams of this noun are the operator's facts about a tenant; they are no content of it."""

SEALED_EXTRA_BYTES = NONCE_BYTES + 16
"""What sealing adds: the nonce and the tag (XChaCha20-Poly1305)."""

Counter = Callable[[Tables, str], int]
"""How much of something a tenant has, from the tables of facts or leases."""

HeldTasks = Callable[[Tables, str, str], int]
"""How many tasks of an id workers of a tenant have."""

_REFERENCE = re.compile(rb'\{"\$blob":\{"digest":"([0-9a-f]{64})","size":(\d{1,16})\}\}')


def _workflows(tables: Tables, tenant: str) -> int:
    continued = {"tenant": tenant, "status": STATUS[events.RUN_CONTINUED]}
    return tables.count("run", {"tenant": tenant}) - tables.count("run", continued)


def _executions(tables: Tables, tenant: str) -> int:
    return tables.count("run", {"tenant": tenant, "status": "running"})


def no_tasks(tables: Tables, tenant: str, id: str) -> int:
    """Where there is no queue, workers have no tasks."""
    return 0


def open_runs(tables: Tables, tenant: str, id: str) -> int:
    """How many runs of an id have not ended."""
    return tables.count("run", {"tenant": tenant, "workflow_id": id, "status": "running"})


def executions(tables: Tables, tenant: str, held: Sequence[str]) -> int:
    """Open runs, and the tasks of the ids ``held`` that workers have, but for runs that such a
    task carries out.
    """
    carried_out = sum(open_runs(tables, tenant, id) for id in set(held))
    return _executions(tables, tenant) - carried_out + len(held)


def rows_of(table: str, **where: str) -> Counter:
    """Counts a tenant's records of a table that has a column ``tenant``."""
    return lambda tables, tenant: tables.count(table, {"tenant": tenant, **where})


RUN_COUNTERS: Mapping[Resource, tuple[Counter, ...]] = {
    "workflows": (_workflows,),
    "concurrent_executions": (_executions,),
}
"""What the kernel's own tables say; ``stack.py`` adds what the other rooms' say."""


def owner_of(stream: str) -> str | None:
    """Whose content a stream holds; None when it is nobody's."""
    noun = stream.partition("/")[0]
    return None if noun == OPERATOR_NOUN else tenant_of(stream) or None


class Storage:
    """The bytes of one tenant's events and blobs, counted on from where the last look ended."""

    def __init__(self, store: Store, tenant: str) -> None:
        self.blobs: dict[bytes, int] = {}
        self._store = store
        self._tenant = tenant
        self._seen: dict[str, int] = {}
        self._body_bytes = 0

    @property
    def total(self) -> int:
        """Bytes so far."""
        return self._body_bytes + sum(self.blobs.values())

    def advance(self) -> None:
        """Count what has come since the last look."""
        for stream in list(self._store.streams()):
            if owner_of(stream) == self._tenant:
                for event in self._store.read(stream, after=self._seen.get(stream, 0)):
                    self._take(event)
                    self._seen[stream] = event.seq

    def _take(self, event: Event) -> None:
        if event.body is None:
            return  # erased: what is left has no owner any more
        extra = 0 if event.commitment is None else SEALED_EXTRA_BYTES
        self._body_bytes += len(event.body) + extra
        if b'{"$blob"' in event.body:
            for digest, size in _REFERENCE.findall(event.body):
                self.blobs[bytes.fromhex(digest.decode())] = int(size) + extra
