"""Data sets, models, evaluations and human decisions as artifacts of the journal.

1. What something was made of is registered before it: a model without its data set is refused.
2. An artifact is named by the digest of its content where that is known, else by that of its
   description. The same id in the same version is one content; a new version is another artifact,
   and the id then means the newest.
3. Dates are the journal's. Decisions are signed by whoever made them, with their key of this
   machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, Where, drawn
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    UnknownName,
    translated,
)
from tarl.integrations.orchestration_governance.described import (
    DatasetProvenance,
    Entry,
    EvaluationProvenance,
    HumanDecisionProvenance,
    ModelProvenance,
    artifact_of,
    entry_of,
    lineage_of,
    metrics_of,
    object_of,
)
from tarl.integrations.orchestration_governance.rooms import (
    BY,
    artifacts_of,
    attestations_of,
    signer_of,
)
from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.provenance.artifacts.ledger import Artifacts, Registered
from tarl.provenance.attestations.predicates import own
from tarl.provenance.attestations.statement import Subject, is_sha256, make
from tarl.provenance.bom import cyclonedx
from tarl.provenance.bom.drawing import of_artifact
from tarl.values.ids import check_name
from tarl.values.instants import isoformat_ms

KINDS = ("dataset", "model", "evaluation", "decision")
"""What an id of this face may name; decisions may be about other artifacts too."""

DECISION = own("human-decision")
SBOM_VERSION = "1.0.0"
GENERATOR = "tarl"


class AIProvenanceManager:
    """What models are made of, how they were judged, and who decided.

    Args:
        data_dir: Where its journal lies, ``tarl.db``.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = "data/tarl_ai_provenance",
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)

    # --- registering

    def register_dataset(
        self,
        dataset_id: str,
        name: str,
        version: str,
        source: str,
        size_bytes: int,
        record_count: int,
        schema_hash: str,
        license: str = "Unknown",
        *,
        content_hash: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> DatasetProvenance:
        """Register a data set; the same again is the one that there is.

        Args:
            dataset_id: Names it.
            name: What people call it.
            version: As its maker counts.
            source: Where it comes from.
            size_bytes: How large it is.
            record_count: How many entries it has.
            schema_hash: A digest of its schema.
            license: Under which licence.
            content_hash: The SHA-256 of its content, in hex.
            metadata: What else is known.

        Raises:
            BadValue: a count that is none, or a value that cannot be recorded.
            Busy: this version of it is known with other facts.
        """
        for what, count in (("size", size_bytes), ("number of records", record_count)):
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise BadValue(f"{count!r} is no {what}", code="value.type")
        said = {
            "name": name,
            "source": source,
            "size_bytes": size_bytes,
            "record_count": record_count,
            "schema_hash": schema_hash,
            "license": license,
            "metadata": object_of(metadata, "the metadata"),
        }
        facts = {"rows": record_count, "collection": source, "licence": license}
        entry = Entry(dataset_id, "dataset", version, said, content_hash, facts)
        self._register(entry)
        return self.get_dataset(dataset_id)

    def register_model(
        self,
        model_id: str,
        name: str,
        version: str,
        architecture: str,
        framework: str,
        training_dataset_id: str,
        hyperparameters: Mapping[str, Any],
        model_hash: str,
        performance_metrics: Mapping[str, Any],
        *,
        metadata: Mapping[str, Any] | None = None,
    ) -> ModelProvenance:
        """Register a model and what it was trained on; the same again is the one that there is.

        Args:
            model_id: Names it.
            name: What people call it.
            version: As its maker counts.
            architecture: Such as ``transformer``.
            framework: Such as ``pytorch``.
            training_dataset_id: What it was trained on.
            hyperparameters: How.
            model_hash: A digest of it; a SHA-256 in hex names its content.
            performance_metrics: What it achieves.
            metadata: What else is known.

        Raises:
            UnknownName: the data set is not registered.
            BadValue: a value that cannot be recorded.
            Busy: this version of it is known with other facts.
        """
        metrics = object_of(performance_metrics, "the performance metrics")
        said = {
            "name": name,
            "architecture": architecture,
            "framework": framework,
            "training_dataset_id": training_dataset_id,
            "hyperparameters": object_of(hyperparameters, "the hyperparameters"),
            "model_hash": model_hash,
            "performance_metrics": metrics,
            "metadata": object_of(metadata, "the metadata"),
        }
        facts = {"architecture": architecture, "metrics": metrics_of(metrics)}
        content = model_hash if is_sha256(model_hash) else None
        entry = Entry(model_id, "model", version, said, content, facts)
        self._register(entry, trained_on=("dataset", training_dataset_id))
        return self.get_model(model_id)

    def register_evaluation(
        self,
        eval_id: str,
        model_id: str,
        eval_dataset_id: str,
        metrics: Mapping[str, Any],
        fairness_metrics: Mapping[str, Any],
        bias_analysis: Mapping[str, Any],
        *,
        metadata: Mapping[str, Any] | None = None,
    ) -> EvaluationProvenance:
        """Register how a model did on a data set; the same again is the one that there is.

        Raises:
            UnknownName: the model or the data set is not registered.
            BadValue: a value that cannot be recorded.
            Busy: it is known with other facts.
        """
        measured = object_of(metrics, "the metrics")
        fairness = object_of(fairness_metrics, "the fairness metrics")
        said = {
            "model_id": model_id,
            "eval_dataset_id": eval_dataset_id,
            "metrics": measured,
            "fairness_metrics": fairness,
            "bias_analysis": object_of(bias_analysis, "the bias analysis"),
            "metadata": object_of(metadata, "the metadata"),
        }
        facts = {"metrics": [*metrics_of(measured), *metrics_of(fairness, slice="fairness")]}
        entry = Entry(eval_id, "evaluation", "", said, None, facts)
        self._register(
            entry, evaluates=("model", model_id), evaluated_on=("dataset", eval_dataset_id)
        )
        return self.get_evaluation(eval_id)

    def record_human_decision(
        self,
        workflow_id: str,
        decision_maker: str,
        decision_type: str,
        rationale: str,
        *,
        metadata: Mapping[str, Any] | None = None,
    ) -> str:
        """Record what somebody decided, signed by them; the decision's id.

        Whatever is registered under the workflow's id stands on the decision from then on.

        Raises:
            BadValue: a name that cannot be one, or no rationale.
            UnknownName: the key of the decision maker is not on this machine.
        """
        with translated():
            for text, what in (
                (workflow_id, "workflow id"),
                (decision_maker, "decision maker"),
                (decision_type, "decision's type"),
            ):
                check_name(text, what)
        if not isinstance(rationale, str) or not rationale.strip():
            raise BadValue("a decision has a rationale", code="promotion.reason")
        details = {
            "workflow_id": workflow_id,
            "decision_maker": decision_maker,
            "decision_type": decision_type,
            "rationale": rationale,
            "metadata": object_of(metadata, "the metadata"),
        }
        id: str = once("record_human_decision", details, lambda: self._decide(details))
        return id

    # --- looking

    def get_dataset(self, dataset_id: str) -> DatasetProvenance:
        """A data set in its newest version.

        Raises:
            UnknownName: there is none.
        """
        said, version, at = self._described("dataset", dataset_id)
        return DatasetProvenance(dataset_id=dataset_id, version=version, collection_date=at, **said)

    def get_model(self, model_id: str) -> ModelProvenance:
        """A model in its newest version.

        Raises:
            UnknownName: there is none.
        """
        said, version, at = self._described("model", model_id)
        return ModelProvenance(model_id=model_id, version=version, training_date=at, **said)

    def get_evaluation(self, eval_id: str) -> EvaluationProvenance:
        """An evaluation.

        Raises:
            UnknownName: there is none.
        """
        said, _, at = self._described("evaluation", eval_id)
        return EvaluationProvenance(eval_id=eval_id, eval_date=at, **said)

    def get_decision(self, decision_id: str) -> HumanDecisionProvenance:
        """A decision.

        Raises:
            UnknownName: there is none.
        """
        said, _, at = self._described("decision", decision_id)
        return HumanDecisionProvenance(decision_id=decision_id, timestamp=at, **said)

    def get_lineage(self, artifact_id: str) -> dict[str, Any]:
        """What something stands on, the nearest first, how, and what stands on it; with ``error``
        where nothing of that id is registered.
        """
        with self._artifacts() as artifacts:
            found = _find(artifacts, artifact_id)
            if found is None:
                error = f"artifact {artifact_id} not found"
                return {"artifact_id": artifact_id, "dependencies": [], "error": error}
            up, down = artifacts.up(found.artifact.sha256), artifacts.down(found.artifact.sha256)
            return {"artifact_id": artifact_id, **lineage_of(up, down)}

    def generate_ai_sbom(self, model_id: str) -> dict[str, Any]:
        """What a model is made of, how it was judged, and as ``bom`` its CycloneDX bill; only
        ``error`` where there is no such model.
        """
        with self._artifacts() as artifacts:
            found = _find(artifacts, model_id, "model")
            if found is None:
                return {"error": f"model {model_id} not found"}
            digest = found.artifact.sha256
            up, down = artifacts.up(digest), artifacts.down(digest, 1)
            bom = json.loads(cyclonedx.write(of_artifact(artifacts.store, digest)))
            described = [each for each in (*up.artifacts, *down.artifacts) if "id" in each.facts]
            return {
                "model": entry_of(found.artifact),
                "training_data": [entry_of(each) for each in described if each.kind == "dataset"],
                "evaluations": [entry_of(each) for each in described if each.kind == "evaluation"],
                "lineage": lineage_of(up, down),
                "sbom_version": SBOM_VERSION,
                "generator": GENERATOR,
                "bom": bom,
            }

    # --- as a whole

    def get_metrics(self) -> dict[str, int]:
        """Registered artifacts by kind, and the relations among them."""
        with self.place.store() as store:
            tenant = {"tenant": "default"}
            counts = {f"{k}s": store.count("artifact", {**tenant, "kind": k}) for k in KINDS}
            return {**counts, "relations": store.count("artifact_relation", tenant)}

    def get_status(self) -> dict[str, int]:
        """How many data sets, models and evaluations are registered."""
        metrics = self.get_metrics()
        return {name: metrics[name] for name in ("datasets", "models", "evaluations")}

    # --- inside

    @contextmanager
    def _artifacts(self) -> Iterator[Artifacts]:
        with self.place.store() as store:
            yield artifacts_of(self.place, store)

    def _register(self, entry: Entry, **needs: tuple[str, str]) -> None:
        """Register something with what it was made of, in one commit; ``needs`` are kinds and ids
        by the relation's type.
        """
        artifact = artifact_of(entry)
        details = {"artifact": artifact.sha256, "id": entry.id, "kind": entry.kind}

        def register() -> None:
            with self._artifacts() as artifacts:
                known = _of_version(artifacts, entry)
                if known is not None:
                    _refuse_other(known, artifact)
                    return
                relations = [
                    Relation(source=artifact.sha256, target=_needed(artifacts, *need), type=type)
                    for type, need in needs.items()
                ]
                artifacts.record([artifact], relations, by=BY)

        once(f"register_{entry.kind}", details, register)

    def _decide(self, said: dict[str, Any]) -> str:
        id = drawn("decision")
        entry = Entry(id, "decision", "", said, None, {})
        artifact = artifact_of(entry)
        subject = Subject(name=id, sha256=artifact.sha256)
        maker = said["decision_maker"]
        with self._artifacts() as artifacts:
            about = _find(artifacts, said["workflow_id"])
            target = [] if about is None else [about.artifact.sha256]
            signer = signer_of(self.place, artifacts.store, maker)
            envelope = make([subject], DECISION, {"id": id, **said}, signers=[signer])
            relations = [
                Relation(source=artifact.sha256, target=each, type="decided") for each in target
            ]
            attestations_of(self.place, artifacts.store).record(envelope)
            artifacts.record([artifact], relations, by=maker)
        return id

    def _described(self, kind: str, id: str) -> tuple[dict[str, Any], str, str]:
        """What was said of something, its version, and when."""
        with self._artifacts() as artifacts:
            found = _find(artifacts, id, kind)
            if found is None or "said" not in found.artifact.facts:
                raise _unknown(kind, id)
            artifact = found.artifact
            return artifact.facts["said"], artifact.version, isoformat_ms(found.at_ms)


def _find(artifacts: Artifacts, id: str, kind: str | None = None) -> Registered | None:
    """The newest artifact of an id."""
    page = artifacts.ls(kind=kind, name=id, limit=1)
    return page.items[0] if page.items else None


def _of_version(artifacts: Artifacts, entry: Entry) -> Artifact | None:
    """What is known of a version; of all versions, the newest is looked for first."""
    cursor = None
    while True:
        page = artifacts.ls(kind=entry.kind, name=entry.id, cursor=cursor)
        for each in page.items:
            if each.artifact.version == entry.version:
                return each.artifact
        if page.cursor is None:
            return None
        cursor = page.cursor


def _refuse_other(known: Artifact, said: Artifact) -> None:
    if known != said:
        version = f" {said.version}" if said.version else ""
        raise Busy(
            f"{said.kind} {said.name}{version} is known with other facts",
            code="artifact.conflict",
            next_step="register it as a new version",
            artifact=known.sha256,
        )


def _needed(artifacts: Artifacts, kind: str, id: str) -> str:
    found = _find(artifacts, id, kind)
    if found is None:
        raise _unknown(kind, id)
    return found.artifact.sha256


def _unknown(kind: str, id: str) -> UnknownName:
    return UnknownName(
        f"{kind} {str(id)[:120]} not found: it is not registered",
        code="artifact.missing",
        next_step=f"register_{kind} registers it",
    )
