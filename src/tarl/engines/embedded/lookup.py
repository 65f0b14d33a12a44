"""Which run a person or a program means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tarl.errors import Conflict
from tarl.kernel import history
from tarl.tenancy.scoped import home_of
from tarl.values.ids import RunId, parse_ref

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine


def find(engine: Engine, run: RunId | str) -> RunId:
    """The run that a reference names; see ``Runtime.find``."""
    if isinstance(run, RunId):
        return run
    ref = parse_ref(run)
    tenant = ref.tenant or home_of(engine.store)
    if ref.workflow_id == "@last":
        newest = next(
            engine.store.scan("run", order_by="started_at_ms", descending=True, limit=1),
            None,
        )
        if newest is None:
            raise history.no_run(run)
        return RunId(newest["tenant"], newest["workflow_id"], newest["n"])
    if ref.n is not None:
        return RunId(tenant, ref.workflow_id, ref.n)
    latest = latest_run(engine, tenant, ref.workflow_id)
    if latest is None:
        raise history.no_run(run)
    return latest


def latest_run(engine: Engine, tenant: str, workflow_id: str) -> RunId | None:
    """The newest run of a workflow id, those included that are not on disk yet."""
    where = {"tenant": tenant, "workflow_id": workflow_id}
    newest = next(engine.store.scan("run", where, order_by="n", descending=True, limit=1), None)
    latest = RunId(tenant, workflow_id, newest["n"]) if newest else None
    following = RunId(tenant, workflow_id, latest.n + 1 if latest else 1)
    while following.stream in engine.live:
        latest, following = following, RunId(tenant, workflow_id, following.n + 1)
    return latest


def fork_target(engine: Engine, source: RunId, workflow_id: str | None) -> RunId:
    """The run that a fork becomes: the next of an id that is the source's, the first of another.

    Raises:
        Conflict: the other id has a run already (``run.exists``).
    """
    id = source.workflow_id if workflow_id is None else workflow_id
    latest = latest_run(engine, source.tenant, id)
    if id == source.workflow_id:
        return RunId(source.tenant, id, latest.n + 1 if latest else source.n + 1)
    if latest is not None:
        raise Conflict(
            f"{latest.ref} exists already",
            code="run.exists",
            next_step="choose another id for the fork",
            run=latest.ref,
        )
    return RunId(source.tenant, id, 1)
