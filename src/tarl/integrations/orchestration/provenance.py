"""Artifacts, how they relate, what was attested; bills of materials that can be checked.

Every fact is an event in the stream ``artifact/default/<id>``, and facts are counted in the order
of the journal. A bill names how many facts it was drawn from, so it can be drawn again from the
same facts and compared: whatever was changed in it, added or left out is found.

The registry is of names. What of it is content stands among the journal's artifacts and signed
statements too (``content``), where `tarl lineage`, `tarl sbom` and `tarl verify` work on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tarl.integrations.orchestration.content import Contents
from tarl.integrations.orchestration.files import checked_name, write_json
from tarl.integrations.orchestration.frozen import canonical, copied
from tarl.integrations.orchestration.ledger import JOURNAL_NAME, Ledger, body_of
from tarl.integrations.orchestration.refusals import BadValue, UnknownName
from tarl.integrations.orchestration.session import once
from tarl.values.ids import DEFAULT_TENANT, encode_segment

ARTIFACT_REGISTERED = "artifact.registered/1"
ARTIFACT_RELATED = "artifact.related/1"
ARTIFACT_ATTESTED = "artifact.attested/1"

SBOM_VERSION = "1.0.0"
GENERATOR = "tarl"

_ARTIFACTS = f"artifact/{DEFAULT_TENANT}/"
_KINDS = frozenset({ARTIFACT_REGISTERED, ARTIFACT_RELATED, ARTIFACT_ATTESTED})
"""The registry's; content lies in streams of the same noun, and in events of its own."""


@dataclass
class Artifact:
    """Something that a workflow is made of or makes.

    Attributes:
        kind: ``workflow``, ``module``, ``binary``, ``config``, ``snapshot`` ...
        content_hash: The digest of its content.
    """

    artifact_id: str
    kind: str
    version: str
    content_hash: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class ArtifactRelationship:
    """One artifact ``uses``, ``depends_on``, ``produces``, ``requires`` ... another."""

    from_artifact: str
    to_artifact: str
    relationship_type: str
    metadata: dict[str, Any] = field(default_factory=dict)


class Registry(NamedTuple):
    """What a number of facts say."""

    facts: int
    artifacts: dict[str, Artifact]
    relationships: list[ArtifactRelationship]
    attestations: list[dict[str, Any]]


class ProvenanceManager:
    """The registry of artifacts.

    Args:
        data_dir: Where bills are saved, and the journal if the class is used alone.
        ledger: A journal that is shared with other classes.
    """

    def __init__(
        self, data_dir: str | Path = "data/tarl_provenance", *, ledger: Ledger | None = None
    ) -> None:
        self.data_dir = Path(data_dir)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.ledger = ledger or Ledger(self.data_dir / JOURNAL_NAME)
        self._contents = Contents(self.ledger)

    def register_artifact(self, artifact: Artifact) -> None:
        """Make an artifact known; registered again with other content, it has changed.

        Raises:
            BadValue: a member is not JSON, or the id is empty.
        """
        body = copied(asdict(artifact), "the artifact")

        def is_known() -> bool:
            known = self._registry().artifacts.get(body["artifact_id"])
            return known is not None and asdict(known) == body

        self._record(
            artifact.artifact_id,
            ARTIFACT_REGISTERED,
            body,
            unless=is_known,
            beside=lambda: self._contents.register(Artifact(**body)),
        )

    def add_relationship(self, relationship: ArtifactRelationship) -> None:
        """Relate two artifacts; one that is not registered is found when a bill is verified.

        Raises:
            BadValue: a member is not JSON, or an id is empty.
        """
        body = copied(asdict(relationship), "the relationship")

        def is_known() -> bool:
            return body in [asdict(known) for known in self._registry().relationships]

        def relate() -> None:
            known = self._registry().artifacts
            ends = known.get(body["from_artifact"]), known.get(body["to_artifact"])
            self._contents.relate(*ends, body["relationship_type"])

        self._record(
            relationship.from_artifact, ARTIFACT_RELATED, body, unless=is_known, beside=relate
        )

    def attest(
        self, attestation_type: str, artifact_id: str, details: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Record a statement about an artifact: type, artifact_id, details, timestamp.

        The timestamp is logical: it numbers the attestations of the journal from 0.

        Raises:
            BadValue: the details are not JSON, or the id is empty.
        """
        body = {
            "artifact_id": artifact_id,
            "details": dict(details),
            "type": attestation_type,
        }
        recorded = copied(body, "the attestation")

        def sign() -> None:
            known = self._registry().artifacts.get(artifact_id)
            self._contents.attest(known, recorded["type"], recorded["details"])

        timestamp = self._record(
            artifact_id, ARTIFACT_ATTESTED, recorded, unless=lambda: False, beside=sign
        )
        return {**recorded, "timestamp": timestamp}

    @property
    def artifacts(self) -> dict[str, Artifact]:
        """The registered artifacts by id."""
        return self._registry().artifacts

    @property
    def relationships(self) -> list[ArtifactRelationship]:
        """What was related, in the order of the journal."""
        return self._registry().relationships

    @property
    def attestations(self) -> list[dict[str, Any]]:
        """What was attested, in the order of the journal."""
        return self._registry().attestations

    def _registry(self, facts: int | None = None) -> Registry:
        """What the first so many facts say; all of them when left out."""
        artifacts: dict[str, Artifact] = {}
        relationships: list[ArtifactRelationship] = []
        attestations: list[dict[str, Any]] = []
        taken = self._facts()[:facts]
        for _, kind, body in taken:
            if kind == ARTIFACT_REGISTERED:
                artifacts[body["artifact_id"]] = Artifact(**body)
            elif kind == ARTIFACT_RELATED:
                relationships.append(ArtifactRelationship(**body))
            else:
                attestations.append({**body, "timestamp": len(attestations)})
        return Registry(len(taken), artifacts, relationships, attestations)

    def generate_sbom(self, workflow_id: str) -> dict[str, Any]:
        """The bill of an artifact: all that it relates to, directly or not, and what was attested.

        An artifact that is not registered gives an object with an ``error``.
        """
        bill: dict[str, Any] = once(
            "generate_sbom",
            {"workflow_id": workflow_id},
            lambda: _bill(workflow_id, self._registry()),
        )
        return bill

    def save_sbom(self, workflow_id: str, filename: str | None = None) -> Path:
        """Save a bill; ``sbom_<id>.json`` when no name is given.

        Raises:
            UnknownName: the artifact is not registered (a ``ValueError``).
            BadValue: the file would lie outside ``data_dir``.
        """
        sbom = self.generate_sbom(workflow_id)
        if "error" in sbom:
            raise UnknownName(str(sbom["error"]), code="artifact.unknown", artifact_id=workflow_id)
        name = filename or f"sbom_{encode_segment(workflow_id)}.json"
        path = self.data_dir / checked_name(name, "bill of materials")
        details = {"filename": name, "workflow_id": workflow_id}
        once("save_sbom", details, lambda: len(write_json(path, sbom)))
        return path

    def verify_sbom(self, sbom: Mapping[str, Any]) -> tuple[bool, list[str]]:
        """Whether a bill says what the journal said when it was drawn, and is complete."""
        valid, said = once("verify_sbom", {}, lambda: list(self._verified(sbom)))
        return valid, said

    def _verified(self, sbom: Mapping[str, Any]) -> tuple[bool, list[str]]:
        try:
            given = copied(dict(sbom), "the bill of materials")
            registry = self._registry(given["facts"])
            expected = _bill(given["workflow"]["id"], registry)
        except (BadValue, KeyError, TypeError) as error:
            return False, [f"not a bill of materials: {error}"]
        if "error" in expected:
            return False, [str(expected["error"])]
        issues = _differences(given, expected) + _defects(expected, registry)
        return (False, issues) if issues else (True, ["SBOM verification passed"])

    def _record(
        self,
        artifact_id: str,
        kind: str,
        body: dict[str, Any],
        *,
        unless: Callable[[], bool],
        beside: Callable[[], None],
    ) -> int:
        """Record a fact, and what goes with it; how many of its kind came before it."""
        if not isinstance(artifact_id, str) or not artifact_id:
            raise BadValue("an artifact needs an id", code="artifact.id")
        stream = f"{_ARTIFACTS}{encode_segment(artifact_id)}"
        details = {"kind": kind, **body}

        def record() -> int:
            beside()
            if unless():
                return 0
            place = self.ledger.append(stream, kind, body).log_index
            return [i for i, known, _ in self._facts() if known == kind].index(place)

        before: int = once("record", details, record)
        return before

    def _facts(self) -> list[tuple[int, str, dict[str, Any]]]:
        return sorted(
            (event.log_index, event.kind, body_of(event))
            for stream in self.ledger.streams(_ARTIFACTS)
            for event in self.ledger.read(stream)
            if event.kind in _KINDS
        )


def _bill(workflow_id: str, registry: Registry) -> dict[str, Any]:
    workflow = registry.artifacts.get(workflow_id)
    if workflow is None:
        return {"error": f"Artifact {workflow_id} not found"}
    reached = [workflow_id]
    for artifact_id in reached:
        for relation in registry.relationships:
            if relation.from_artifact == artifact_id and relation.to_artifact not in reached:
                reached.append(relation.to_artifact)
    return {
        "artifacts": [
            _entry(registry.artifacts[a]) for a in reached[1:] if a in registry.artifacts
        ],
        "attestations": [a for a in registry.attestations if a["artifact_id"] in reached],
        "facts": registry.facts,
        "generator": GENERATOR,
        "relationships": [
            {
                "from": relation.from_artifact,
                "metadata": relation.metadata,
                "to": relation.to_artifact,
                "type": relation.relationship_type,
            }
            for relation in registry.relationships
            if relation.from_artifact in reached
        ],
        "sbom_version": SBOM_VERSION,
        "workflow": _entry(workflow),
    }


def _entry(artifact: Artifact) -> dict[str, Any]:
    return {
        "hash": artifact.content_hash,
        "id": artifact.artifact_id,
        "kind": artifact.kind,
        "metadata": artifact.metadata,
        "version": artifact.version,
    }


def _differences(given: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Where a bill differs from the one that the journal gives."""
    issues = [
        f"{name} is not what the journal says"
        for name in sorted(given.keys() | expected.keys())
        if name not in ("artifacts", "workflow") and not _same(given.get(name), expected.get(name))
    ]
    known = {entry["id"]: entry for entry in [expected["workflow"], *expected["artifacts"]]}
    shown = _entries(given)
    for artifact_id in sorted(known.keys() | shown.keys()):
        if artifact_id not in shown:
            issues.append(f"artifact {artifact_id} was left out")
        elif artifact_id not in known:
            issues.append(f"artifact {artifact_id} not found in the journal")
        else:
            issues += [
                f"the {member} of artifact {artifact_id} is not what was registered"
                for member in sorted(known[artifact_id].keys() | shown[artifact_id].keys())
                if not _same(shown[artifact_id].get(member), known[artifact_id].get(member))
            ]
    if not issues and not _same(given, expected):
        issues.append("the artifacts are not in the journal's order")
    return issues


def _entries(bill: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    listed = bill.get("artifacts")
    entries: Sequence[Any] = [bill["workflow"], *(listed if isinstance(listed, list) else [])]
    return {str(e.get("id")): e for e in entries if isinstance(e, dict)}


def _defects(bill: Mapping[str, Any], registry: Registry) -> list[str]:
    """What is wrong with a bill that says what the journal says."""
    issues = [
        f"artifact {relation['to']} not found: {relation['from']} {relation['type']} it"
        for relation in bill["relationships"]
        if relation["to"] not in registry.artifacts
    ]
    return issues if bill["attestations"] else [*issues, "No attestations"]


def _same(a: Any, b: Any) -> bool:
    return canonical(a, "a bill") == canonical(b, "a bill")
