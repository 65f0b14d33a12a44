"""What a run on Temporal begins with, whoever starts it: a client, or a schedule."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.starts import seed_of
from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import shown
from tarl.journal.store import Batch
from tarl.kernel.acting import Acting
from tarl.kernel.definition import Workflow
from tarl.kernel.payload import encode_value
from tarl.kernel.values import shelve
from tarl.values.ids import RunId


def input_of(engine: Engine, workflow: Workflow[..., Any], input: Any) -> bytes:
    """A run's input as it is recorded.

    Raises:
        Invalid: it has no JSON form, or does not fit the workflow (``value.*``).
        Exceeded: it is too large (``value.too_large``).
    """
    data = encode_value(
        input,
        name=f"the input of {workflow.name}",
        declared=workflow.input_type,
        bytes_max=engine.limits.value_bytes_max,
    )
    workflow.check_input(data)
    return data


def beginning(
    engine: Engine,
    workflow: Workflow[..., Any],
    run: RunId,
    data: bytes,
    *,
    acting: Acting | None = None,
    registered: bool,
) -> wire.Start:
    """What Temporal is given for a new run: its input as the screen leaves it, a large one in the
    journal's blobs already.

    Args:
        engine: The journal, the gateway and the rest.
        workflow: What is run.
        run: Its name.
        data: Its input; see ``input_of``.
        acting: For whom it acts.
        registered: Whether the namespace has tarl's search attributes.

    Raises:
        Invalid: what the screen leaves does not fit the workflow.
    """
    data = engine.gateway.screen.input(run, workflow.name, data)
    workflow.check_input(data)
    shelf = Kept(engine, run.tenant)
    held = shelve(data, shelf=shelf, inline_bytes_max=engine.limits.inline_bytes_max)
    sealed = engine.store.codec.of(run.tenant).seals
    return wire.Start(
        run=run.stream,
        seed=seed_of(run, data),
        input=Raw(held),
        acting=acting,
        shown=shown(registered=registered, sealed=sealed),
    )


class Kept:
    """Keeps a tenant's large values before anything refers to them."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        self._store = engine.store
        self._tenant = tenant

    def put(self, data: bytes) -> str:
        """See ``Shelf.put``; it is on disk when this returns."""
        digest, stored = self._store.codec.of(self._tenant).store_blob(self._tenant, data)
        self._store.commit(Batch((), [(digest, stored)]))
        return digest.hex()

    def get(self, digest: str) -> bytes:
        """See ``Shelf.get``."""
        return self._store.blob(self._tenant, bytes.fromhex(digest))
