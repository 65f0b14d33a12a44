"""Runs among the artifacts: drawn from the journal and recorded, with what they stand on."""

from __future__ import annotations

from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.lineage.drawing import Drawer, Drawing
from tarl.provenance.lineage.environment import Environment
from tarl.values.ids import RunId


def register_run(
    artifacts: Artifacts, run: RunId, *, by: str, environment: Environment | None = None
) -> Drawing:
    """Draw a run and record what is not recorded yet.

    Raises:
        Missing, ChainBrokenError, Exceeded: as ``Drawer.draw``.
        Conflict: something else was said about one of the digests (``artifact.conflict``).
    """
    drawer = Drawer(artifacts.store, registered=artifacts, environment=environment)
    drawing = drawer.draw(run)
    artifacts.record(list(drawing.artifacts.values()), drawing.relations, by=by, tenant=run.tenant)
    return drawing
