"""A bill as SPDX 3.0.1, JSON-LD: the profiles Core, Software, Simple Licensing, AI, Dataset, Build.

The graph is flat: one object an element, which others name by its IRI. A run is a Build, and each
of its steps is one that descends from it.

Source: SPDX 3.0.1, https://spdx.github.io/spdx-spec/v3.0.1/ (model and JSON-LD serialisation).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tarl.provenance.bom.cards import DataCard, Metric, ModelCard
from tarl.provenance.bom.cyclonedx_parts import named_by_hash
from tarl.provenance.bom.graph import (
    Bill,
    Component,
    Formulation,
    Passed,
    Relation,
    Task,
)
from tarl.provenance.bom.licences import is_expression, own_id
from tarl.provenance.bom.seal import NAMESPACE, ZEROS, with_namespace
from tarl.provenance.bom.spdx import (
    basis_comment,
    component_comment,
    licence_expression,
    relation_comment,
    seconds,
    short,
)
from tarl.values.canonical import encode
from tarl.values.plain import plain

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
BUILD_TYPE = "https://tarl.dev/workflow-run/v1"

_PLACE = f"{NAMESPACE}{ZEROS}#"
_CREATION = "_:CreationInfo0"

PURPOSES = {
    "workflow": "application",
    "module": "module",
    "package": "library",
    "binary": "executable",
    "config": "configuration",
    "snapshot": "data",
    "plan": "specification",
    "prompt": "specification",
    "model": "model",
    "dataset": "data",
    "evaluation": "test",
    "decision": "evidence",
    "run": "application",
    "report": "documentation",
}

CONFIDENTIALITY = {
    "public": "clear",
    "internal": "green",
    "confidential": "amber",
    "restricted": "red",
    "clear": "clear",
    "green": "green",
    "amber": "amber",
    "red": "red",
}
"""Usual words for how confidential data is, and SPDX's colours; other words have none."""


class Spoken(NamedTuple):
    """How SPDX says a relation, and whether it says it the other way round."""

    type: str
    turned: bool = False


RELATIONSHIPS: dict[str, Spoken] = {
    "contains": Spoken("contains"),
    "decided": Spoken("hasEvidence", turned=True),
    "depends_on": Spoken("dependsOn"),
    "derived_from": Spoken("descendantOf"),
    "described_by": Spoken("hasDocumentation"),
    "evaluated_on": Spoken("testedOn"),
    "evaluates": Spoken("hasTest", turned=True),
    "produces": Spoken("generates"),
    "prompted_by": Spoken("dependsOn"),
    "requires": Spoken("hasPrerequisite"),
    "trained_on": Spoken("trainedOn"),
    "uses": Spoken("dependsOn"),
}


def write(bill: Bill) -> bytes:
    """The document with its namespace."""
    elements = [
        *_agents(bill),
        *_licences(bill),
        *(_package(component, bill) for component in bill.components),
        *_relationships(bill.relations),
        *_declared_licences(bill),
        *_annotations(bill),
    ]
    if bill.formulation is not None:
        elements += _builds(bill, bill.formulation)
    packages = [package_id(component.ref) for component in bill.components]
    sbom = _element("software_Sbom", "sbom", name=bill.root.name)
    sbom |= {"rootElement": [package_id(bill.subject)], "element": packages}
    if bill.formulation is not None:
        sbom["software_sbomType"] = ["runtime"]
    completeness = "noAssertion" if bill.completeness == "unknown" else bill.completeness
    holds = _joined("sbom", "contains", packages, source=sbom["spdxId"])
    elements += [sbom, holds | {"completeness": completeness}]
    document = _element("SpdxDocument", "document", name=bill.root.name)
    document |= {
        "element": sorted(each["spdxId"] for each in elements),
        "profileConformance": _profiles(bill),
        "rootElement": [sbom["spdxId"]],
    }
    if bill.basis is not None:
        document["comment"] = basis_comment(bill)
    graph = [_creation(bill), document, *sorted(elements, key=lambda each: each["spdxId"])]
    return with_namespace({"@context": CONTEXT, "@graph": graph})


def package_id(ref: str) -> str:
    """The IRI of a component."""
    return f"{_PLACE}package-{short(ref)}"


def _element(type: str, id: str, **members: Any) -> dict[str, Any]:
    return {"type": type, "spdxId": _PLACE + id, "creationInfo": _CREATION, **members}


def _joined(id: str, type: str, to: list[str], *, source: str) -> dict[str, Any]:
    return _element(
        "Relationship", f"relationship-{id}", **{"from": source}, relationshipType=type, to=to
    )


def _creation(bill: Bill) -> dict[str, Any]:
    return {
        "type": "CreationInfo",
        "@id": _CREATION,
        "specVersion": "3.0.1",
        "created": seconds(bill.at_ms),
        "createdBy": [_agent_id(bill.author)],
        "createdUsing": [_PLACE + "tool"],
    }


def _profiles(bill: Bill) -> list[str]:
    kinds = {component.kind for component in bill.components}
    profiles = ["core", "software", "simpleLicensing"]
    profiles += ["ai"] if "model" in kinds else []
    profiles += ["dataset"] if "dataset" in kinds else []
    return profiles + (["build"] if bill.formulation is not None else [])


def _agents(bill: Bill) -> list[dict[str, Any]]:
    names = {bill.author, *(component.supplier for component in bill.components)}
    agents = [_element("Organization", _agent_part(name), name=name) for name in sorted(names)]
    return [*agents, _element("Tool", "tool", name="tarl")]


def _agent_part(name: str) -> str:
    return f"agent-{short(name)}"


def _agent_id(name: str) -> str:
    return _PLACE + _agent_part(name)


# --- packages


def _package(component: Component, bill: Bill) -> dict[str, Any]:
    types = {"model": "ai_AIPackage", "dataset": "dataset_DatasetPackage"}
    supplier = _agent_id(component.supplier)
    known = seconds(component.at_ms or bill.at_ms)
    body = _element(
        types.get(component.kind, "software_Package"),
        f"package-{short(component.ref)}",
        name=component.name,
        builtTime=known,
        comment=component_comment(component),
        originatedBy=[supplier],
        releaseTime=known,
        software_copyrightText="NOASSERTION",
        software_packageUrl=component.package_url,
        software_packageVersion=component.version,
        software_primaryPurpose=PURPOSES[component.kind],
        suppliedBy=supplier,
    )
    if component.sha256 is not None:
        body["verifiedUsing"] = [_hash(component.sha256)]
        body["software_downloadLocation"] = named_by_hash(component.sha256)
    else:
        body["software_downloadLocation"] = component.package_url
    if component.description:
        body["description"] = component.description
    if component.kind == "model":
        body |= _ai(component, bill)
    elif component.kind == "dataset":
        body |= _dataset(component.data or DataCard())
    return body


def _hash(sha256: str) -> dict[str, Any]:
    return {"type": "Hash", "algorithm": "sha256", "hashValue": sha256}


def _ai(component: Component, bill: Bill) -> dict[str, Any]:
    card = component.model or ModelCard()
    metrics = [*card.metrics, *bill.measured.get(component.ref, ())]
    said = {
        "ai_domain": [card.task] if card.task else [],
        "ai_informationAboutApplication": "\n".join(card.use_cases),
        "ai_informationAboutTraining": card.training,
        "ai_limitation": "\n".join(card.limitations),
        "ai_metric": [_metric(metric) for metric in metrics],
        "ai_typeOfModel": [text for text in (card.family, card.architecture) if text],
        "ai_useSensitivePersonalInformation": _presence(card.personal_data),
    }
    return {name: value for name, value in said.items() if value}


def _metric(metric: Metric) -> dict[str, Any]:
    name = f"{metric.name} ({metric.slice})" if metric.slice else metric.name
    interval = f" [{metric.lower}, {metric.upper}]" if metric.lower or metric.upper else ""
    return _entry(name, metric.value + interval)


def _dataset(card: DataCard) -> dict[str, Any]:
    said = {
        "dataset_anonymizationMethodUsed": list(card.anonymisation),
        "dataset_confidentialityLevel": CONFIDENTIALITY.get(card.classification.lower()),
        "dataset_dataCollectionProcess": card.collection,
        "dataset_dataPreprocessing": list(card.preprocessing),
        "dataset_datasetNoise": card.noise,
        "dataset_datasetSize": card.rows,
        "dataset_datasetType": [card.form],
        "dataset_hasSensitivePersonalInformation": _presence(card.personal_data),
        "dataset_intendedUse": card.intended_use,
        "dataset_knownBias": list(card.known_bias),
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _presence(said: bool | None) -> str:
    return "noAssertion" if said is None else "yes" if said else "no"


def _entry(key: str, value: str) -> dict[str, Any]:
    return {"type": "DictionaryEntry", "key": key, "value": value}


# --- relations and licences


def _relationships(relations: Iterable[Relation]) -> list[dict[str, Any]]:
    """The relations; those of one component that say the same of others are one relationship."""
    found: dict[tuple[str, str], list[str]] = {}
    types: dict[tuple[str, str], str] = {}
    for relation in relations:
        spoken = RELATIONSHIPS[relation.type]
        source, target = relation.source, relation.target
        if spoken.turned:
            source, target = target, source
        key = package_id(source), relation_comment(relation)
        found.setdefault(key, []).append(package_id(target))
        types[key] = spoken.type
    return [
        _joined(
            short(f"{source} {comment}"), types[source, comment], sorted(targets), source=source
        )
        | {"comment": comment}
        for (source, comment), targets in found.items()
    ]


def _licences(bill: Bill) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for text in sorted({c.licence for c in bill.components if c.licence}):
        licence = _element(
            "simplelicensing_LicenseExpression",
            f"licence-{short(text)}",
            simplelicensing_licenseExpression=licence_expression(text),
        )
        if not is_expression(text):
            place = f"licence-text-{short(text)}"
            licence["simplelicensing_customIdToUri"] = [_entry(own_id(text), _PLACE + place)]
            shown = {"name": text, "simplelicensing_licenseText": text}
            found.append(_element("simplelicensing_SimpleLicensingText", place, **shown))
        found.append(licence)
    return found


def _declared_licences(bill: Bill) -> list[dict[str, Any]]:
    return [
        _joined(
            f"licence-{short(component.ref)}",
            "hasDeclaredLicense",
            [f"{_PLACE}licence-{short(component.licence)}"],
            source=package_id(component.ref),
        )
        for component in bill.components
        if component.licence
    ]


# --- how it came about, and what is declared


def _builds(bill: Bill, formulation: Formulation) -> list[dict[str, Any]]:
    whole = _build(formulation, "build")
    if formulation.runtime:
        whole["build_environment"] = [_entry(name, value) for name, value in formulation.runtime]
    whole["build_configSourceEntrypoint"] = [formulation.name]
    tasks = [_build(task, f"build-{short(task.uid)}") for task in formulation.tasks]
    subject, author = [package_id(bill.subject)], [_agent_id(bill.author)]
    joined = [
        _joined("build-output", "hasOutput", subject, source=whole["spdxId"]),
        _joined("build-invoked", "invokedBy", author, source=whole["spdxId"]),
    ]
    origins = [r.edge[1] for r in bill.relations if r.edge[0] == bill.subject]
    inputs = [package_id(ref) for ref in sorted(set(origins))]
    if inputs:
        joined.append(_joined("build-input", "hasInput", inputs, source=whole["spdxId"]))
    if tasks:
        parts = [task["spdxId"] for task in tasks]
        joined.append(_joined("build-tasks", "ancestorOf", parts, source=whole["spdxId"]))
    return [whole, *tasks, *joined]


def _build(ran: Formulation | Task, id: str) -> dict[str, Any]:
    passed = [("input", each) for each in ran.inputs] + [("output", each) for each in ran.outputs]
    body = _element(
        "build_Build",
        id,
        name=ran.name,
        build_buildId=ran.uid,
        build_buildStartTime=seconds(ran.began_ms),
        build_buildType=BUILD_TYPE,
        comment=encode({"facts": dict(ran.facts), "status": ran.status}).decode(),
    )
    if passed:
        body["build_parameter"] = [_passed(way, each) for way, each in passed]
    if ran.ended_ms is not None:
        body["build_buildEndTime"] = seconds(ran.ended_ms)
    return body


def _passed(way: str, passed: Passed) -> dict[str, Any]:
    return _entry(f"{way}:{passed.name}", f"sha256:{passed.sha256}")


def _annotations(bill: Bill) -> list[dict[str, Any]]:
    return [
        _element(
            "Annotation",
            f"declaration-{short(f'{each.framework} {each.requirement_id}')}",
            annotationType="review",
            contentType="application/json",
            statement=encode({**plain(each), "assessor": bill.assessor}).decode(),
            subject=package_id(bill.subject),
        )
        for each in bill.declarations
    ]
