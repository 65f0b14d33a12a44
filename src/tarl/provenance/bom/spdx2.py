"""A bill as SPDX 2.3, JSON: packages and relationships. What 2.3 has no words for (cards of models
and data, how a run went, claims) stands in comments and annotations, as canonical JSON.

Source: SPDX 2.3, https://spdx.github.io/spdx-spec/v2.3/.
"""

from __future__ import annotations

from typing import Any

from tarl.provenance.bom.graph import Bill, Component, Relation, Task
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
from tarl.provenance.bom.spdx3 import Spoken
from tarl.values.canonical import encode
from tarl.values.plain import plain

DOCUMENT = "SPDXRef-DOCUMENT"

PURPOSES = {
    "workflow": "APPLICATION",
    "module": "SOURCE",
    "package": "LIBRARY",
    "binary": "FILE",
    "run": "APPLICATION",
    "report": "FILE",
}
"""Of the kinds that 2.3 has a word for; the others are OTHER."""

RELATIONSHIPS: dict[str, Spoken] = {
    "contains": Spoken("CONTAINS"),
    "decided": Spoken("OTHER"),
    "depends_on": Spoken("DEPENDS_ON"),
    "derived_from": Spoken("DESCENDANT_OF"),
    "described_by": Spoken("DOCUMENTATION_OF", turned=True),
    "evaluated_on": Spoken("DATA_FILE_OF", turned=True),
    "evaluates": Spoken("TEST_OF"),
    "produces": Spoken("GENERATES"),
    "prompted_by": Spoken("DEPENDS_ON"),
    "requires": Spoken("HAS_PREREQUISITE"),
    "trained_on": Spoken("DATA_FILE_OF", turned=True),
    "uses": Spoken("DEPENDS_ON"),
}


def write(bill: Bill) -> bytes:
    """The document with its namespace."""
    created = {
        "created": seconds(bill.at_ms),
        "creators": [_organization(bill.author), "Tool: tarl"],
    }
    document: dict[str, Any] = {
        "SPDXID": DOCUMENT,
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "name": bill.root.name,
        "documentNamespace": NAMESPACE + ZEROS,
        "creationInfo": created,
        "packages": [_package(component) for component in bill.components],
        "relationships": [
            _joined(DOCUMENT, "DESCRIBES", package_id(bill.subject)),
            *(
                _joined(DOCUMENT, "DESCRIBES", package_id(component.ref))
                for component in bill.components
                if component.ref != bill.subject
            ),
            *(_relationship(relation) for relation in bill.relations),
        ],
    }
    if bill.basis is not None:
        created["comment"] = basis_comment(bill)
    own = {c.licence for c in bill.components if c.licence and not is_expression(c.licence)}
    if own:
        document["hasExtractedLicensingInfos"] = [_own_licence(text) for text in sorted(own)]
    annotations = _annotations(bill)
    if annotations:
        document["annotations"] = annotations
    return with_namespace(document)


def package_id(ref: str) -> str:
    """The id of a component."""
    return f"SPDXRef-{short(ref)}"


def _package(component: Component) -> dict[str, Any]:
    body: dict[str, Any] = {
        "SPDXID": package_id(component.ref),
        "name": component.name,
        "versionInfo": component.version,
        "supplier": _organization(component.supplier),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": PURPOSES.get(component.kind, "OTHER"),
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": component.package_url,
            }
        ],
        "comment": component_comment(component),
    }
    if component.licence:
        body["licenseDeclared"] = licence_expression(component.licence)
    if component.sha256 is not None:
        body["checksums"] = [{"algorithm": "SHA256", "checksumValue": component.sha256}]
    if component.description:
        body["description"] = component.description
    if component.at_ms:
        body["releaseDate"] = seconds(component.at_ms)
    return body


def _organization(name: str) -> str:
    """An actor, on one line; parentheses would begin an address of mail."""
    line = " ".join(name.split())
    return f"Organization: {line.replace('(', '[').replace(')', ']')}"


def _relationship(relation: Relation) -> dict[str, Any]:
    spoken = RELATIONSHIPS[relation.type]
    source, target = package_id(relation.source), package_id(relation.target)
    if spoken.turned:
        source, target = target, source
    return {**_joined(source, spoken.type, target), "comment": relation_comment(relation)}


def _joined(source: str, type: str, target: str) -> dict[str, str]:
    return {
        "spdxElementId": source,
        "relationshipType": type,
        "relatedSpdxElement": target,
    }


def _own_licence(text: str) -> dict[str, str]:
    return {"licenseId": own_id(text), "extractedText": text, "name": text}


def _annotations(bill: Bill) -> list[dict[str, str]]:
    said: list[Any] = []
    if bill.formulation is not None:
        whole = plain(bill.formulation)
        tasks: list[Task] = whole.pop("tasks")
        said.append({"formulation": whole})
        said += [{"task": task} for task in tasks]
    said += [
        {"declaration": {**plain(each), "assessor": bill.assessor}} for each in bill.declarations
    ]
    return [
        {
            "annotationDate": seconds(bill.at_ms),
            "annotationType": "OTHER",
            "annotator": "Tool: tarl",
            "comment": encode(each).decode(),
        }
        for each in said
    ]
