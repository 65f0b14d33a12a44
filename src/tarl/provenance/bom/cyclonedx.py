"""A bill as CycloneDX 1.6 and 1.7, JSON.

1. The same bill gives the same bytes; the serial number follows from the content.
2. Every relation stands as a property of the component that it comes from
   (``tarl:relation:<type>``), and as a dependency of what stands on what.

Source: CycloneDX 1.6 (ECMA-424) and 1.7, bom.schema.json: metadata, component, modelCard,
componentData, dependency, compositions, formula, declarations, definitions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from tarl.provenance.bom.cards import Metric
from tarl.provenance.bom.cyclonedx_parts import (
    data_cards,
    declarations,
    definitions,
    formula,
    model_card,
)
from tarl.provenance.bom.graph import Bill, Component, Relation
from tarl.provenance.bom.licences import is_expression
from tarl.provenance.bom.seal import UUID_ZEROS, with_uuid
from tarl.values.canonical import encode
from tarl.values.instants import isoformat_ms
from tarl.values.plain import plain

Spec = Literal["1.6", "1.7"]

BASIS = "tarl:basis"
RELATION = "tarl:relation:"
TYPES: dict[str, str] = {
    "workflow": "application",
    "module": "library",
    "package": "library",
    "binary": "file",
    "config": "data",
    "snapshot": "data",
    "plan": "data",
    "prompt": "data",
    "model": "machine-learning-model",
    "dataset": "data",
    "evaluation": "data",
    "decision": "data",
    "run": "application",
    "report": "file",
}
"""What CycloneDX calls each kind; the kind itself is the property ``tarl:kind``."""

_instant = lru_cache(maxsize=1024)(isoformat_ms)
"""Much is registered at one instant."""

_MEDIA_TYPE = re.compile(r"[-+a-z0-9.]+/[-+a-z0-9.]+")


def write(bill: Bill, *, spec: Spec = "1.6") -> bytes:
    """The document, in canonical order, with its serial number.

    Raises:
        Invalid: a text has a lone surrogate (``value.lone_surrogate``).
    """
    written = _components(bill)
    root = written.pop(bill.subject)
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "serialNumber": UUID_ZEROS,
        "version": 1,
        "metadata": _metadata(bill, root),
        "components": list(written.values()),
        "dependencies": _dependencies(bill),
        "compositions": [
            {"aggregate": bill.completeness, "assemblies": [bill.subject]},
        ],
    }
    if bill.formulation is not None:
        document["formulation"] = [formula(bill.formulation, bill.subject)]
    if bill.declarations:
        document["declarations"] = declarations(bill, _target(bill.root))
        document["definitions"] = definitions(bill)
    return with_uuid(document)


def _components(bill: Bill) -> dict[str, dict[str, Any]]:
    outgoing: dict[str, list[Relation]] = {}
    for relation in bill.relations:
        outgoing.setdefault(relation.source, []).append(relation)
    return {
        c.ref: _component(c, outgoing.get(c.ref, []), bill.measured.get(c.ref, []))
        for c in bill.components
    }


def _component(
    component: Component, relations: list[Relation], measured: Sequence[Metric]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "bom-ref": component.ref,
        "type": TYPES[component.kind],
        "name": component.name,
        "version": component.version,
        "supplier": {"name": component.supplier},
        "purl": component.package_url,
        "properties": [
            *_properties(component),
            *({"name": RELATION + r.type, "value": _related(r)} for r in relations),
        ],
    }
    if component.sha256 is not None:
        body["hashes"] = [{"alg": "SHA-256", "content": component.sha256}]
    if component.description:
        body["description"] = component.description
    if component.licence:
        body["licenses"] = [_licence(component.licence)]
    if component.media_type and _MEDIA_TYPE.fullmatch(component.media_type):
        body["mime-type"] = component.media_type
    if component.kind == "model":
        datasets = [r.target for r in relations if r.type == "trained_on"]
        body["modelCard"] = model_card(component, datasets, measured)
    elif TYPES[component.kind] == "data":
        body["data"] = data_cards(component)
    return body


def _properties(component: Component) -> list[dict[str, str]]:
    found = [("tarl:kind", component.kind)]
    if component.at_ms:
        found.append(("tarl:registered", _instant(component.at_ms)))
    if component.media_type and not _MEDIA_TYPE.fullmatch(component.media_type):
        found.append(("tarl:media-type", component.media_type))
    found += [(f"tarl:fact:{name}", value) for name, value in component.facts]
    return [{"name": name, "value": value} for name, value in found]


def _related(relation: Relation) -> str:
    if not relation.facts:
        return relation.target
    return f"{relation.target} {encode(dict(relation.facts)).decode()}"


def _licence(text: str) -> dict[str, Any]:
    return {"expression": text} if is_expression(text) else {"license": {"name": text}}


def _metadata(bill: Bill, root: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "timestamp": isoformat_ms(bill.at_ms),
        "authors": [{"name": bill.author}],
        "component": root,
        "tools": {"components": [{"type": "application", "name": "tarl"}]},
    }
    if bill.basis is not None:
        basis = encode(plain(bill.basis)).decode()
        metadata["properties"] = [{"name": BASIS, "value": basis}]
    return metadata


def _dependencies(bill: Bill) -> list[dict[str, Any]]:
    needed: dict[str, dict[str, None]] = {component.ref: {} for component in bill.components}
    for relation in bill.relations:
        product, origin = relation.edge
        needed[product][origin] = None
    return [
        {"ref": ref, "dependsOn": list(targets)} if targets else {"ref": ref}
        for ref, targets in needed.items()
    ]


def _target(root: Component) -> dict[str, Any]:
    """The subject once more, as what claims are made of: refs are unique in a document."""
    body: dict[str, Any] = {
        "bom-ref": "tarl:target",
        "type": TYPES[root.kind],
        "name": root.name,
        "version": root.version,
    }
    if root.sha256 is not None:
        body["hashes"] = [{"alg": "SHA-256", "content": root.sha256}]
    return body
