"""A run as OpenLineage run events: how it began, and how it ended, for catalogs of data.

OpenLineage 2.0.2 (openlineage.io/spec/2-0-2/OpenLineage.json). The job is the workflow, in the
journal's namespace; datasets are artifacts of the kinds that hold data, in the namespace of their
digests. ``runId`` must be a UUID: it is version 5 of the run's stream in the journal (RFC 9562), so
telling of a run twice tells of the same run.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from tarl.journal.event import Event
from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.provenance.lineage.drawing import Drawing
from tarl.values.ids import RunId
from tarl.values.instants import isoformat_ms

PRODUCER = "https://tarl.dev/openlineage/v1"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://tarl.dev/openlineage/v1/facets.json"

DATA_KINDS = frozenset({"config", "dataset", "evaluation", "model", "report", "snapshot"})
"""Kinds of artifacts that are datasets in OpenLineage's sense: content that is read or written."""

_ENDED = {"completed": "COMPLETE", "failed": "FAIL", "cancelled": "ABORT", "terminated": "ABORT"}


def run_events(
    drawing: Drawing, *, origin: str, produced: Iterable[Artifact] = ()
) -> list[dict[str, Any]]:
    """The events of a run: START, and how it ended if it has.

    A run that was continued by another one is complete.

    Args:
        drawing: The run.
        origin: The journal's name.
        produced: What came of the run, as far as somebody related it.
    """
    story = drawing.story
    assert story.first is not None
    assert story.last is not None
    inputs = [_dataset(each) for each in _used(drawing)]
    events = [_event("START", story.first, drawing, origin) | {"inputs": inputs, "outputs": []}]
    if story.is_closed:
        kind = _ENDED.get(story.status, "COMPLETE")
        outputs = [_dataset(each) for each in produced if each.kind in DATA_KINDS]
        ended = _event(kind, story.last, drawing, origin)
        events.append(ended | {"inputs": inputs, "outputs": outputs})
    return events


def run_id(run: RunId, *, origin: str) -> str:
    """The UUID of a run of a journal."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:tarl:log:{origin}/{run.stream}"))


def _used(drawing: Drawing) -> list[Artifact]:
    """The data that the run itself used."""
    used = {_origin(each) for each in drawing.relations if _is_of(each, drawing.root)}
    found = [drawing.artifacts[digest] for digest in sorted(used)]
    return [each for each in found if each.kind in DATA_KINDS]


def _is_of(relation: Relation, root: Artifact) -> bool:
    return relation.edge.product == root.sha256


def _origin(relation: Relation) -> str:
    return relation.edge.origin


def _event(kind: str, event: Event, drawing: Drawing, origin: str) -> dict[str, Any]:
    story = drawing.story
    name = story.run.workflow_id if story.started is None else story.started.workflow
    head = {"digest": story.head, "events": 0 if story.last is None else story.last.seq}
    return {
        "eventTime": isoformat_ms(event.recorded_at_ms),
        "eventType": kind,
        "job": {"facets": {"jobType": _job_type()}, "name": name, "namespace": _namespace(origin)},
        "producer": PRODUCER,
        "run": {
            "facets": {"tarl_history": _facet("History", {"run": story.run.stream, **head})},
            "runId": run_id(story.run, origin=origin),
        },
        "schemaURL": SCHEMA,
    }


def _job_type() -> dict[str, Any]:
    return {
        "_producer": PRODUCER,
        "_schemaURL": "https://openlineage.io/spec/facets/2-0-4/JobTypeJobFacet.json",
        "integration": "TARL",
        "jobType": "WORKFLOW",
        "processingType": "BATCH",
    }


def _dataset(artifact: Artifact) -> dict[str, Any]:
    said = {"kind": artifact.kind, "name": artifact.name, "version": artifact.version}
    return {
        "facets": {"tarl_artifact": _facet("Artifact", said)},
        "name": artifact.sha256,
        "namespace": "sha256",
    }


def _facet(name: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}#/$defs/{name}", **said}


def _namespace(origin: str) -> str:
    return f"tarl://{origin}"
