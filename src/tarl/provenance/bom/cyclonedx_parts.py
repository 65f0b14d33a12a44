"""The parts of a CycloneDX document that tell of models, data, runs and claims.

Source: CycloneDX 1.6, bom.schema.json: modelCard, componentData, formula, workflow, task,
declarations, definitions. Values that went through a task are named by their hash (RFC 6920).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from tarl.provenance.bom.cards import DataCard, Metric, ModelCard
from tarl.provenance.bom.graph import (
    Bill,
    Component,
    Declaration,
    Formulation,
    Moment,
    Passed,
    Task,
)
from tarl.values.instants import isoformat_ms

TARGET = "tarl:target"
ASSESSOR = "tarl:assessor"

_DATA_TYPES = {
    "dataset": "dataset",
    "config": "configuration",
    "plan": "definition",
    "prompt": "definition",
}
_STANDING = {
    "met": "it is met",
    "unmet": "it is not met",
    "unknown": "nothing is known of it",
    "not_applicable": "it does not apply",
}
_SCORES = {"met": 1, "unmet": 0}
"""Conformance is said of what is known; unknown and not applicable have no score."""


def named_by_hash(sha256: str) -> str:
    """The URI of a content by its SHA-256 (RFC 6920, section 3)."""
    return f"ni:///sha-256;{urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip('=')}"


# --- models and data


def model_card(
    component: Component, datasets: list[str], measured: Iterable[Metric]
) -> dict[str, Any]:
    """The card of a model, which may say nothing."""
    card = component.model or ModelCard()
    metrics = [_metric(metric) for metric in (*card.metrics, *measured)]
    parameters = {
        "approach": {"type": card.approach} if card.approach else None,
        "task": card.task,
        "architectureFamily": card.family,
        "modelArchitecture": card.architecture,
        "datasets": [{"ref": ref} for ref in datasets],
        "inputs": [{"format": text} for text in card.inputs],
        "outputs": [{"format": text} for text in card.outputs],
    }
    considerations = {
        "users": list(card.users),
        "useCases": list(card.use_cases),
        "technicalLimitations": list(card.limitations),
        "performanceTradeoffs": list(card.tradeoffs),
        "ethicalConsiderations": [{"name": text} for text in card.risks],
    }
    rest = {
        "tarl:training": card.training,
        "tarl:personal-data": _yes_or_no(card.personal_data),
    }
    return _present(
        {
            "bom-ref": f"tarl:card:{component.ref}",
            "modelParameters": _present(parameters),
            "quantitativeAnalysis": _present({"performanceMetrics": metrics}),
            "considerations": _present(considerations),
            "properties": _properties((n, v) for n, v in rest.items() if v),
        }
    )


def _metric(metric: Metric) -> dict[str, Any]:
    interval = {"lowerBound": metric.lower, "upperBound": metric.upper}
    return {
        "type": metric.name,
        "value": metric.value,
        **_present({"slice": metric.slice, "confidenceInterval": _present(interval)}),
    }


def data_cards(component: Component) -> list[dict[str, Any]]:
    """What is known of a component that is data; a data set's governance and content."""
    card, digest = component.data, component.sha256
    said = [] if card is None else _content(card)
    said += [(f"tarl:metric:{metric.name}", _said(metric)) for metric in component.metrics]
    contents = {
        "url": None if digest is None else named_by_hash(digest),
        "properties": _properties(said),
    }
    body = {
        "type": _DATA_TYPES.get(component.kind, "other"),
        "name": component.name,
        "contents": _present(contents),
    }
    if card is not None:
        parties = {
            "owners": _parties(card.owners),
            "stewards": _parties(card.stewards),
            "custodians": _parties(card.custodians),
        }
        body["classification"] = card.classification
        body["sensitiveData"] = list(card.sensitive)
        body["governance"] = _present(parties)
    return [_present(body)]


def _content(card: DataCard) -> list[tuple[str, str]]:
    said = [
        ("form", card.form),
        ("collection", card.collection),
        ("intended-use", card.intended_use),
        ("noise", card.noise),
        ("rows", "" if card.rows is None else str(card.rows)),
        ("personal-data", _yes_or_no(card.personal_data)),
        *(("preprocessing", text) for text in card.preprocessing),
        *(("anonymisation", text) for text in card.anonymisation),
        *(("known-bias", text) for text in card.known_bias),
    ]
    return [(f"tarl:data:{name}", text) for name, text in said if text]


def _parties(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"organization": {"name": name}} for name in names]


def _yes_or_no(said: bool | None) -> str:
    return "" if said is None else "yes" if said else "no"


def _said(metric: Metric) -> str:
    interval = f" [{metric.lower}, {metric.upper}]" if metric.lower or metric.upper else ""
    return f"{metric.value}{interval}{f' ({metric.slice})' if metric.slice else ''}"


# --- the workflow as it ran


def formula(formulation: Formulation, subject: str) -> dict[str, Any]:
    """How the subject came about: one workflow, its tasks, and what it ran on."""
    runtime = {
        "type": "platform",
        "bom-ref": "tarl:runtime",
        "name": dict(formulation.runtime).get("name", "tarl"),
        "properties": _properties(formulation.runtime, "tarl:runtime:"),
    }
    workflow = _timed(
        {
            "bom-ref": "tarl:formulation",
            "uid": formulation.uid,
            "name": formulation.name,
            "taskTypes": ["other"],
            "resourceReferences": [{"ref": subject}],
            "inputs": [_input(passed) for passed in formulation.inputs],
            "outputs": [_output(passed) for passed in formulation.outputs],
            "tasks": [_task(task) for task in formulation.tasks],
            "runtimeTopology": [{"ref": "tarl:formulation", "dependsOn": ["tarl:runtime"]}],
            "properties": _properties(
                (("status", formulation.status), *formulation.facts), "tarl:"
            ),
        },
        formulation.began_ms,
        formulation.ended_ms,
    )
    return {"components": [runtime], "workflows": [workflow]}


def _task(task: Task) -> dict[str, Any]:
    return _timed(
        {
            "bom-ref": f"tarl:task:{task.uid}",
            "uid": task.uid,
            "name": task.name,
            "taskTypes": ["other"],
            "inputs": [_input(passed) for passed in task.inputs],
            "outputs": [_output(passed) for passed in task.outputs],
            "steps": [_step(moment) for moment in task.moments],
            "properties": _properties((("status", task.status), *task.facts), "tarl:"),
        },
        task.began_ms,
        task.ended_ms,
    )


def _timed(body: dict[str, Any], began_ms: int, ended_ms: int | None) -> dict[str, Any]:
    body["timeStart"] = isoformat_ms(began_ms)
    if ended_ms is not None:
        body["timeEnd"] = isoformat_ms(ended_ms)
    return _present(body)


def _step(moment: Moment) -> dict[str, Any]:
    said = (("tarl:event", str(moment.seq)), ("tarl:at", isoformat_ms(moment.at_ms)))
    return {"name": moment.kind, "properties": _properties(said)}


def _input(passed: Passed) -> dict[str, Any]:
    return {"resource": _resource(passed), "properties": _passed(passed)}


def _output(passed: Passed) -> dict[str, Any]:
    kind = "log" if passed.name == "error" else "artifact"
    return {"type": kind, "resource": _resource(passed), "properties": _passed(passed)}


def _resource(passed: Passed) -> dict[str, Any]:
    return {
        "externalReference": {
            "type": "other",
            "url": named_by_hash(passed.sha256),
            "hashes": [{"alg": "SHA-256", "content": passed.sha256}],
        }
    }


def _passed(passed: Passed) -> list[dict[str, str]]:
    size = () if passed.size_bytes is None else (("tarl:bytes", str(passed.size_bytes)),)
    return _properties((("tarl:name", passed.name), *size))


# --- what is claimed


def declarations(bill: Bill, target: dict[str, Any]) -> dict[str, Any]:
    """The claims: one for each requirement, with its evidence and how it stands."""
    evidence = sorted({id for each in bill.declarations for id in each.evidence})
    return {
        "assessors": [
            {
                "bom-ref": ASSESSOR,
                "thirdParty": False,
                "organization": {"name": bill.assessor},
            }
        ],
        "attestations": [
            {
                "summary": f"What {bill.assessor} says of {bill.root.name}",
                "assessor": ASSESSOR,
                "map": [_mapped(each) for each in bill.declarations],
            }
        ],
        "claims": [_claim(each) for each in bill.declarations],
        "evidence": [
            {"bom-ref": f"tarl:evidence:{id}", "propertyName": "tarl:evidence", "description": id}
            for id in evidence
        ],
        "targets": {"components": [target]},
    }


def _mapped(declared: Declaration) -> dict[str, Any]:
    side = "counterClaims" if declared.status == "unmet" else "claims"
    found: dict[str, Any] = {
        "requirement": _requirement_ref(declared),
        side: [_claim_ref(declared)],
    }
    if declared.status in _SCORES:
        score = _SCORES[declared.status]
        found["conformance"] = {"score": score, "rationale": _STANDING[declared.status]}
    else:
        found["confidence"] = {"rationale": _STANDING[declared.status]}
    return found


def _claim(declared: Declaration) -> dict[str, Any]:
    return _present(
        {
            "bom-ref": _claim_ref(declared),
            "target": TARGET,
            "predicate": declared.claim,
            "reasoning": declared.reasoning,
            "evidence": [f"tarl:evidence:{id}" for id in dict.fromkeys(declared.evidence)],
        }
    )


def definitions(bill: Bill) -> dict[str, Any]:
    """The requirements that claims are made about, by framework."""
    frameworks: dict[str, list[Declaration]] = {}
    for declared in bill.declarations:
        frameworks.setdefault(declared.framework, []).append(declared)
    return {
        "standards": [
            {
                "bom-ref": f"tarl:framework:{framework}",
                "name": framework,
                "requirements": [
                    _present(
                        {
                            "bom-ref": _requirement_ref(each),
                            "identifier": each.requirement_id,
                            "title": each.title,
                        }
                    )
                    for each in declared
                ],
            }
            for framework, declared in frameworks.items()
        ]
    }


def _requirement_ref(declared: Declaration) -> str:
    return f"tarl:requirement:{declared.framework}:{declared.requirement_id}"


def _claim_ref(declared: Declaration) -> str:
    return f"tarl:claim:{declared.framework}:{declared.requirement_id}"


def _properties(pairs: Iterable[tuple[str, str]], prefix: str = "") -> list[dict[str, str]]:
    return [{"name": prefix + name, "value": value} for name, value in pairs]


def _present(body: dict[str, Any]) -> dict[str, Any]:
    """The members that say something."""
    return {name: value for name, value in body.items() if value not in (None, "", [], {})}
