"""What is said of data sets, models, evaluations and decisions, and the artifacts that say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from tarl.integrations.orchestration.frozen import copied
from tarl.integrations.orchestration_extended.refusals import BadValue
from tarl.provenance.artifacts.artifact import Artifact
from tarl.provenance.artifacts.ledger import Lineage
from tarl.values.canonical import encode


@dataclass
class DatasetProvenance:
    """A data set as it was registered; ``collection_date`` is when the journal learnt of it."""

    dataset_id: str
    name: str
    version: str
    source: str
    size_bytes: int
    record_count: int
    schema_hash: str
    collection_date: str
    license: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class ModelProvenance:
    """A model as it was registered; ``training_date`` is when the journal learnt of it."""

    model_id: str
    name: str
    version: str
    architecture: str
    framework: str
    training_dataset_id: str
    hyperparameters: dict[str, Any]
    training_date: str
    model_hash: str
    performance_metrics: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class EvaluationProvenance:
    """An evaluation of a model as it was registered."""

    eval_id: str
    model_id: str
    eval_dataset_id: str
    eval_date: str
    metrics: dict[str, Any]
    fairness_metrics: dict[str, Any]
    bias_analysis: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class HumanDecisionProvenance:
    """What somebody decided, and why."""

    decision_id: str
    workflow_id: str
    decision_maker: str
    decision_type: str
    rationale: str
    timestamp: str
    metadata: dict[str, Any] = field(default_factory=dict)


class Entry(NamedTuple):
    """What is to be registered: its id, kind and version, what is said of it, its digest if its
    content is known, and for bills of materials what they call it.
    """

    id: str
    kind: str
    version: str
    said: dict[str, Any]
    content: str | None
    facts: dict[str, Any]


def object_of(value: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise BadValue(f"{what} are no object", code="value.type")
    found: dict[str, Any] = copied(dict(value or {}), what)
    return found


def metrics_of(figures: Mapping[str, Any], slice: str = "") -> list[dict[str, str]]:
    """Figures as a card of a bill of materials has them."""
    return [
        {
            "name": name,
            "value": value if isinstance(value, str) else encode(value).decode(),
            **({"slice": slice} if slice else {}),
        }
        for name, value in sorted(figures.items())
    ]


def artifact_of(entry: Entry) -> Artifact:
    described = {"id": entry.id, "kind": entry.kind, "version": entry.version, "said": entry.said}
    return Artifact(
        sha256=entry.content or sha256(encode(described)).hexdigest(),
        kind=entry.kind,
        name=entry.id,
        version=entry.version,
        facts={
            "id": entry.id,
            "said": entry.said,
            "digest_of": "content" if entry.content else "description",
            **entry.facts,
        },
    )


def entry_of(artifact: Artifact) -> dict[str, Any]:
    """An artifact as the seed's bill lists it."""
    entry = {"id": artifact.name, "version": artifact.version, "sha256": artifact.sha256}
    return {**entry, **artifact.facts.get("said", {})}


def lineage_of(up: Lineage, down: Lineage) -> dict[str, Any]:
    names = {each.sha256: each.name for each in (up.root, *up.artifacts, *down.artifacts)}
    relations = {(r.source, r.type, r.target) for r in (*up.relations, *down.relations)}
    return {
        "dependencies": [each.name for each in up.artifacts],
        "used_by": [each.name for each in down.artifacts],
        "relations": [
            {"from": names.get(source, source), "type": type, "to": names.get(target, target)}
            for source, type, target in sorted(relations)
        ],
    }
